"""A database's schema as one value, whatever it was read from: folded from SQL, replayed, live, or an ORM's schema.

The records are mutable while a fold builds them; whoever receives a finished `Catalog` only reads it. Expressions are
kept as the SQL text they were written in (a fold) or as PostgreSQL prints them (a read-back); to compare two of them,
let PostgreSQL print both. Types are written as `format_type` writes them under an empty search path.
"""

# Annotations are values here, and not text that is compiled one by one whenever a decoder of these records is made.

from typing import Final, Literal

from msgspec import Struct, field

from tripoint.model.name import Name
from tripoint.model.place import Place

__all__ = [
    "PUBLISHED",
    "REPLICA_IDENTITIES",
    "Argument",
    "Bucket",
    "Catalog",
    "Column",
    "Composite",
    "Constraint",
    "DefaultGrant",
    "Domain",
    "Enum",
    "Extension",
    "Function",
    "Grant",
    "Index",
    "IndexColumn",
    "Policy",
    "Publication",
    "ReplicaIdentity",
    "Schema",
    "Sequence",
    "Table",
    "TableKind",
    "Trigger",
]

ReplicaIdentity = Literal["default", "nothing", "full", "index"]
REPLICA_IDENTITIES: Final[dict[str, ReplicaIdentity]] = {
    "d": "default",
    "n": "nothing",
    "f": "full",
    "i": "index",
}
"""By their letters in pg_class."""
TableKind = Literal["table", "view", "materialized-view", "foreign-table"]
Command = Literal["all", "select", "insert", "update", "delete"]
ReferentialAction = Literal["no action", "restrict", "cascade", "set null", "set default"]


class Column(Struct):
    """A column of a table, view or composite type, in attribute order."""

    name: str
    type: str
    nullable: bool = True
    default: str | None = None
    """The default's expression; of a generated column, the generation expression."""
    identity: Literal["", "always", "by default"] = ""
    generated: Literal["", "stored", "virtual"] = ""
    comment: str | None = None
    place: Place | None = None
    retyped: Place | None = None
    """Where it was last given another type."""
    inherited: bool = False


class Constraint(Struct):
    """A primary key, unique, foreign key, check or exclusion constraint."""

    name: str
    kind: Literal["primary", "unique", "foreign", "check", "exclude"]
    columns: tuple[str, ...] = ()
    expression: str | None = None
    """The condition of a check; the element list of an exclusion constraint."""
    references: Name | None = None
    """The referenced table, also where no such table exists (then `resolved` is false)."""
    referenced_columns: tuple[str, ...] = ()
    """The referenced columns; the referenced table's primary key where none were written and it is known."""
    on_delete: ReferentialAction = "no action"
    on_delete_columns: tuple[str, ...] = ()
    """What ON DELETE SET NULL or SET DEFAULT writes, where it lists columns; else it writes all of the key."""
    on_update: ReferentialAction = "no action"
    deferrable: bool = False
    initially_deferred: bool = False
    validated: bool = True
    nulls_not_distinct: bool = False
    include: tuple[str, ...] = ()
    place: Place | None = None
    inherited: bool = False


class IndexColumn(Struct, frozen=True):
    """One key of an index: a column's name, or an expression."""

    name: str | None
    expression: str | None = None
    descending: bool = False
    nulls_first: bool = False
    opclass: str | None = None


class Index(Struct):
    """An index, including the one that stands behind a primary key, unique or exclusion constraint."""

    name: str
    columns: tuple[IndexColumn, ...]
    unique: bool = False
    method: str = "btree"
    predicate: str | None = None
    include: tuple[str, ...] = ()
    constraint: str | None = None
    """The constraint that owns it."""
    nulls_not_distinct: bool = False
    valid: bool = True
    place: Place | None = None
    inherited: bool = False


class Policy(Struct):
    """A row security policy."""

    name: str
    command: Command = "all"
    permissive: bool = True
    roles: tuple[str, ...] = ("public",)
    using: str | None = None
    check: str | None = None
    place: Place | None = None
    altered: Place | None = None
    """The last statement that changed a condition."""


class Trigger(Struct):
    """A user trigger (internal triggers of constraints are left out)."""

    name: str
    function: Name
    timing: Literal["before", "after", "instead of"] = "after"
    events: tuple[str, ...] = ()
    """Sorted among insert, update, delete, truncate."""
    update_columns: tuple[str, ...] = ()
    row: bool = False
    when: str | None = None
    arguments: tuple[str, ...] = ()
    constraint: bool = False
    enabled: bool = True
    place: Place | None = None
    inherited: bool = False


class Grant(Struct, frozen=True, order=True):
    """One privilege that one role holds on one object or column."""

    role: str
    """A role name, or `public`."""
    privilege: str
    """Lower case: select, insert, update, delete, truncate, references, trigger, maintain, usage, execute, create."""
    column: str | None = None
    grantable: bool = False


class Table(Struct):
    """A table, partitioned table, foreign table, view or materialized view."""

    name: Name
    kind: TableKind = "table"
    columns: dict[str, Column] = field(default_factory=dict)
    constraints: dict[str, Constraint] = field(default_factory=dict)
    indexes: dict[str, Index] = field(default_factory=dict)
    policies: dict[str, Policy] = field(default_factory=dict)
    triggers: dict[str, Trigger] = field(default_factory=dict)
    row_security: bool = False
    force_row_security: bool = False
    replica_identity: ReplicaIdentity = "default"
    """What of a row as it was is written for those who replicate it: `default` is the primary key."""
    switched_off: Place | None = None
    """Where row security was disabled that had been on."""
    partitioned: str | None = None
    """The partition key as written, of a partitioned table."""
    partition_of: Name | None = None
    inherits: tuple[Name, ...] = ()
    unlogged: bool = False
    query: str | None = None
    """The query of a view or materialized view."""
    options: dict[str, str] = field(default_factory=dict)
    """Storage and view options, such as security_invoker."""
    grants: set[Grant] = field(default_factory=set)
    default_granted: set[Grant] = field(default_factory=set)
    """Those of `grants` that came with the platform's own default privileges and that no statement of the project
    repeats. Not compared: a database does not tell them from the others."""
    owner: str | None = None
    comment: str | None = None
    complete: bool = True
    """False where the columns are not all known: created by text that can't be evaluated, or a view over such."""
    place: Place | None = None
    """Where it was created: the statement up to the end of the name."""
    extent: Place | None = None
    """The whole statement that gave it its columns or query."""
    touched: list[Place] = field(default_factory=list)
    """Every later statement that changed it, in order."""

    def constraint(self, kind: str) -> list[Constraint]:
        """Return the constraints of one kind, by name."""
        return [c for _, c in sorted((name, c) for name, c in self.constraints.items() if c.kind == kind)]

    @property
    def primary_key(self) -> Constraint | None:
        """The primary key constraint, if there is one."""
        return next((c for c in self.constraints.values() if c.kind == "primary"), None)


class Argument(Struct, frozen=True):
    """An argument of a function."""

    name: str | None
    type: str
    mode: Literal["in", "out", "inout", "variadic", "table"] = "in"
    default: str | None = None


class Function(Struct):
    """A function, procedure or aggregate. Overloads are told apart by `Function.identity`."""

    name: Name
    arguments: tuple[Argument, ...] = ()
    returns: str | None = None
    """As pg_get_function_result prints it: `uuid`, `SETOF public.posts`, `TABLE(a integer)`; None for a procedure."""
    kind: Literal["function", "procedure", "aggregate", "window"] = "function"
    language: str = "sql"
    volatility: Literal["immutable", "stable", "volatile"] = "volatile"
    strict: bool = False
    security_definer: bool = False
    settings: dict[str, str] = field(default_factory=dict)
    """The SET clauses, such as search_path."""
    body: str | None = None
    body_place: Place | None = None
    """The body's text in the file, between the quotes, where body and file agree byte for byte."""
    grants: set[Grant] = field(default_factory=set)
    default_granted: set[Grant] = field(default_factory=set)
    """As of a table."""
    owner: str | None = None
    comment: str | None = None
    place: Place | None = None
    """Where it was created: the statement up to the end of the name."""
    extent: Place | None = None
    """The whole statement."""
    checked: bool = True
    """Whether PostgreSQL looked at what its body names when it was created: `check_function_bodies` was on."""
    kept: tuple[Argument, ...] | None = None
    """What the version takes that PostgreSQL would not have replaced by this one."""

    @property
    def identity(self) -> tuple[str, ...]:
        """The types of the input arguments, which with the name identify it."""
        return tuple(a.type for a in self.arguments if a.mode in ("in", "inout", "variadic"))


class Schema(Struct):
    """A schema (namespace)."""

    name: str
    owner: str | None = None
    grants: set[Grant] = field(default_factory=set)
    comment: str | None = None
    place: Place | None = None


class Enum(Struct):
    """An enumerated type."""

    name: Name
    values: list[str]
    comment: str | None = None
    place: Place | None = None


class Domain(Struct):
    """A domain."""

    name: Name
    type: str
    nullable: bool = True
    default: str | None = None
    checks: dict[str, str] = field(default_factory=dict)
    """Constraint name to expression."""
    comment: str | None = None
    place: Place | None = None


class Composite(Struct):
    """A composite, range or base type; `columns` is empty for the last two."""

    name: Name
    kind: Literal["composite", "range", "base"] = "composite"
    columns: dict[str, Column] = field(default_factory=dict)
    comment: str | None = None
    place: Place | None = None


class Sequence(Struct):
    """A sequence; `owned_by` is the (table, column) whose serial or identity made it."""

    name: Name
    type: str = "bigint"
    owned_by: tuple[Name, str] | None = None
    internal: bool = False
    """Whether it belongs to an identity column."""
    grants: set[Grant] = field(default_factory=set)
    comment: str | None = None
    place: Place | None = None


class Extension(Struct):
    """An installed extension."""

    name: str
    schema: str | None = None
    place: Place | None = None


PUBLISHED = frozenset({"insert", "update", "delete", "truncate"})
"""What a publication publishes where nothing is said of it."""


class Publication(Struct):
    """A publication and the tables it publishes."""

    name: str
    all_tables: bool = False
    publish: frozenset[str] = PUBLISHED
    """The operations that it publishes."""
    tables: set[Name] = field(default_factory=set)
    schemas: set[str] = field(default_factory=set)
    place: Place | None = None
    removed: dict[Name, Place] = field(default_factory=dict)
    """Tables that a migration took out of it, and did not put back: whoever had put them in."""


class DefaultGrant(Struct, frozen=True):
    """An entry of ALTER DEFAULT PRIVILEGES: what `creator` grants on objects that it will create."""

    creator: str
    schema: str | None
    kind: Literal["tables", "sequences", "functions", "types", "schemas"]
    grant: Grant


class Bucket(Struct):
    """A storage bucket that SQL or the project's configuration creates (a row of storage.buckets)."""

    id: str
    public: bool = False
    place: Place | None = None


class Catalog(Struct):
    """Everything that one origin says a database holds.

    Tables, views, sequences, enums, domains and composite types share PostgreSQL's two name spaces per schema, but
    stand in mappings of their own.
    """

    schemas: dict[str, Schema] = field(default_factory=dict)
    tables: dict[Name, Table] = field(default_factory=dict)
    functions: dict[Name, list[Function]] = field(default_factory=dict)
    enums: dict[Name, Enum] = field(default_factory=dict)
    domains: dict[Name, Domain] = field(default_factory=dict)
    composites: dict[Name, Composite] = field(default_factory=dict)
    sequences: dict[Name, Sequence] = field(default_factory=dict)
    extensions: dict[str, Extension] = field(default_factory=dict)
    publications: dict[str, Publication] = field(default_factory=dict)
    default_grants: set[DefaultGrant] = field(default_factory=set)
    buckets: dict[str, Bucket] = field(default_factory=dict)
    roles: set[str] = field(default_factory=set)
    search_path: tuple[str, ...] = ("public",)
    """Where an unqualified name is looked up at run time by an ordinary session."""
