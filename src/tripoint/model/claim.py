"""What documents say the schema should be."""

from typing import Literal

from msgspec import Struct, field

from tripoint.model.name import Name
from tripoint.model.place import Place, Problem

__all__ = [
    "Claims",
    "ColumnCandidate",
    "ColumnClaim",
    "DocumentFacts",
    "EntityCandidate",
    "RelationshipCandidate",
    "RelationshipClaim",
    "SchemaSection",
    "TableClaim",
]

Form = Literal["heading", "table-row", "list-item", "series", "erdiagram", "classdiagram", "sql", "dbml", "prose"]


class ColumnCandidate(Struct, frozen=True):
    """A field that a document lists under an entity. Offsets are bytes."""

    name: str
    start: int
    end: int
    type: str | None = None
    """As the document writes it."""
    nullable: bool | None = None
    primary: bool = False
    unique: bool = False
    references: tuple[str, str | None] | None = None
    """The (table, column) that the field is said to point to."""
    description: str | None = None
    default: str | None = None
    """Of a field in SQL: the expression of its DEFAULT."""
    on_delete: str | None = None
    """Of a foreign key in SQL: what it does where the row that it points to is deleted."""


class EntityCandidate(Struct, frozen=True):
    """Something in a document that may name a table. Whether it does is decided when facts are folded."""

    name: str
    start: int
    end: int
    form: Form
    columns: tuple[ColumnCandidate, ...] = ()
    context: tuple[str, ...] = ()
    """The headings that it stands under, outermost first, and the header of its column in a table of tables."""
    coded: bool = False
    """Whether the name stands in a code span, which says that an identifier is meant."""
    description: str | None = None
    generated: bool = False
    """Whether it stands between tripoint's own markers, so that it follows the schema instead of vouching for it."""
    complete: bool = False
    """Whether its fields are listed as a whole: no "key fields", no "for example", no "…"."""
    aliases: tuple[tuple[str, int, int], ...] = ()
    """Other names that the same words give it, with their offsets: `Persona (personas)`, a diagram's `p[Persona]`."""


class RelationshipCandidate(Struct, frozen=True):
    """`a.b → c.d` in prose or a list, an edge of a diagram, or a Ref of DBML. Columns are empty where none is named."""

    from_table: str
    from_columns: tuple[str, ...]
    to_table: str
    to_columns: tuple[str, ...]
    start: int
    end: int
    form: Form
    cardinality: str | None = None
    generated: bool = False


class SchemaSection(Struct, frozen=True):
    """A section that `tripoint docs` keeps in step, from its start marker to its end marker. Offsets are bytes.

    `attributes` is what stands in the start marker, as `name=value` pairs.
    """

    start: int
    marker_end: int
    end: int
    attributes: tuple[tuple[str, str], ...] = ()


class DocumentFacts(Struct, frozen=True):
    """What one document says, as candidates."""

    title: str | None = None
    entities: tuple[EntityCandidate, ...] = ()
    relationships: tuple[RelationshipCandidate, ...] = ()
    problems: tuple[Problem, ...] = ()
    sections: tuple[SchemaSection, ...] = ()
    named: tuple[str, ...] = ()
    """The identifiers that stand in code spans of their own, in order."""


class ColumnClaim(Struct, frozen=True):
    """A document says that a table has this column."""

    name: str
    place: Place
    type: str | None = None
    nullable: bool | None = None
    description: str | None = None
    primary: bool = False
    """Whether the document calls it the primary key, or a part of it."""
    unique: bool = False
    """Whether the document says that no two rows have the same value of it."""
    default: str | None = None
    on_delete: str | None = None
    """As SQL in the document says; None where it does not."""


class TableClaim(Struct, frozen=True):
    """A document says that this table exists."""

    name: Name
    place: Place
    form: Form
    columns: tuple[ColumnClaim, ...] = ()
    lists_columns: bool = False
    """Whether the document lists this entity's fields as a whole, so that an absent one is undocumented."""
    description: str | None = None
    generated: bool = False


class RelationshipClaim(Struct, frozen=True):
    """A document says that columns of one table refer to another. Columns may be empty: only the tables were named."""

    from_table: Name
    from_columns: tuple[str, ...]
    to_table: Name
    to_columns: tuple[str, ...]
    place: Place
    generated: bool = False


class Claims(Struct, frozen=True):
    """All that the documents of one database claim, in the order of files and lines."""

    tables: tuple[TableClaim, ...] = ()
    relationships: tuple[RelationshipClaim, ...] = ()
    domain_models: tuple[str, ...] = ()
    """Paths of the documents taken for a domain model: those that are expected to name every table."""
    by_table: dict[Name, tuple[TableClaim, ...]] = field(default_factory=dict)
    problems: tuple[tuple[str, Problem], ...] = ()
    """(path, what could not be decided there). What could not be read stands in the facts."""
    sections: tuple[tuple[str, SchemaSection], ...] = ()
    """(path, section) of every section that `tripoint docs` keeps in step."""
    named: frozenset[Name] = frozenset()
    """The tables that a domain model names, if only in passing."""
