"""A schema as a diagram: boxes, lines with their cardinality, and where the witnesses disagree.

The syntaxes stand in `diagram_mermaid`, `diagram_dbml`, `diagram_dot` and `diagram_svg`, each with a function
`write(diagram) -> str`. Boxes are ordered by schema and name, lines by their two ends, so that the text can be
committed and compared.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable
from typing import Literal

from msgspec import Struct
from msgspec.structs import replace

from tripoint.bind.tables import lookup_table
from tripoint.formats.inventory import Inventory, RelationshipEntry, RelationshipStatus, TableEntry
from tripoint.model.audit import Audit
from tripoint.model.catalog import Constraint, Table, TableKind
from tripoint.model.evidence import Evidence
from tripoint.model.name import Name

__all__ = ["DRIFTS", "DRIFT_RULES", "Box", "Diagram", "Drift", "Field", "Line", "Many", "around", "draw", "drift_of"]

Drift = Literal["missing", "undocumented", "unused", "no-row-security"]
DRIFTS: dict[Drift, str] = {
    "missing": "missing",
    "undocumented": "undocumented",
    "unused": "unused",
    "no-row-security": "without row security",
}
"""What a box may be marked with, and how that is said; the first that holds gives the colour."""

Many = Literal["one", "zero-or-one", "many"]

DRIFT_RULES: dict[str, Drift] = {
    "missing-table": "missing",
    "documented-but-missing": "missing",
    "undocumented-table": "undocumented",
    "unused-table": "unused",
}
"""The rules whose findings mark a box."""


class Field(Struct, frozen=True):
    """A column in a box. `defined` is false where only documents or code speak of it."""

    name: str
    type: str | None
    nullable: bool | None
    primary: bool = False
    foreign: bool = False
    unique: bool = False
    defined: bool = True
    default: str | None = None
    comment: str | None = None


class Box(Struct, frozen=True):
    """A table of the diagram. `platform` says that the platform brings it along; of it only the named columns stand."""

    name: Name
    kind: TableKind
    fields: tuple[Field, ...]
    drift: tuple[Drift, ...] = ()
    platform: bool = False
    junction: bool = False
    """Whether its key is made of foreign keys, so that it joins the tables that they point to."""
    comment: str | None = None

    def lacks(self, field: Field) -> bool:
        """Whether the table is there and the column is not."""
        return not field.defined and "missing" not in self.drift


class Line(Struct, frozen=True):
    """A relationship. Each side says how many rows of its table belong to one row of the other."""

    from_table: Name
    from_columns: tuple[str, ...]
    to_table: Name
    to_columns: tuple[str, ...]
    from_many: Many
    to_many: Many
    status: RelationshipStatus
    on_delete: str = "no action"
    through: Name | None = None
    """The junction that holds a many-to-many relationship, which no foreign key of its own stands for."""

    @property
    def enforced(self) -> bool:
        """Whether a foreign key stands behind it."""
        return self.through is None and self.status != "documented-only"


class Diagram(Struct, frozen=True):
    """The boxes and lines of one database."""

    boxes: tuple[Box, ...]
    lines: tuple[Line, ...]
    enums: tuple[tuple[Name, tuple[str, ...]], ...] = ()

    def schemas(self) -> dict[str, list[Box]]:
        """Return the boxes by schema, both in order."""
        groups: dict[str, list[Box]] = defaultdict(list)
        for box in self.boxes:
            groups[box.name.schema].append(box)
        return dict(sorted(groups.items()))


def drift_of(audit: Audit, inventory: Inventory) -> dict[tuple[str, Name], tuple[Drift, ...]]:
    """Return what is wrong with each table as a whole, by database and name, in the order of `DRIFTS`.

    Missing, undocumented and unused is what a rule has found to be so. Row security is asked for on Supabase, and
    where another table of the database has it.
    """
    found: dict[tuple[str, str], set[Drift]] = defaultdict(set)
    for finding in audit.findings:
        drift = DRIFT_RULES.get(finding.rule)
        if drift is not None and finding.state != "mended":
            found[finding.database, finding.subject].add(drift)
    for entry in inventory.relationships:
        if entry.status == "dangling":
            found[entry.database, str(entry.to_table)].add("missing")
    guarded = {e.database.name for e in audit.evidence if e.database.platform == "supabase"}
    guarded |= {entry.database for entry in inventory.tables if entry.row_security}
    drifts = {}
    for table in inventory.tables:
        marks = found[table.database, str(table.name)]
        if table.table is not None:
            marks = marks - {"missing"}
        if table.row_security is False and table.database in guarded:
            marks = marks | {"no-row-security"}
        drifts[table.database, table.name] = tuple(drift for drift in DRIFTS if drift in marks)
    return drifts


def draw(audit: Audit, inventory: Inventory, database: str) -> Diagram:
    """Return the diagram of one database; raise StopIteration where the audit knows none of that name.

    A name that nothing creates is drawn only where a finding calls it missing.
    """
    evidence = next(e for e in audit.evidence if e.database.name == database)
    drifts = drift_of(audit, inventory)
    lines = [_line(entry, evidence) for entry in inventory.relationships if entry.database == database]
    foreign: dict[Name, set[str]] = defaultdict(set)
    named: dict[Name, list[str]] = defaultdict(list)
    for line in lines:
        foreign[line.from_table].update(line.from_columns if line.enforced else ())
        named[line.to_table] += line.to_columns
        named[line.from_table] += line.from_columns
    boxes: dict[Name, Box] = {}
    for entry in inventory.tables:
        if entry.database != database:
            continue
        drift = drifts[database, entry.name]
        if entry.table is not None or "missing" in drift:
            box = _box(entry, drift, foreign[entry.name])
            known = {field.name for field in box.fields}
            # Of a table that is missing, or a column, what foreign keys and documents point to stands there too.
            others = sorted(set(named[entry.name]) - known)
            added = tuple(Field(column, None, None, defined=False) for column in others)
            boxes[entry.name] = replace(box, fields=box.fields + added)
    for line in lines:
        for name in (line.from_table, line.to_table):
            if name not in boxes:
                boxes[name] = _outside(name, named[name], evidence)
    lines += _through_junctions(boxes, lines)
    enums = tuple((e.name, e.values) for e in inventory.enums if e.database == database)
    return Diagram(
        tuple(boxes[name] for name in sorted(boxes)),
        tuple(sorted(lines, key=lambda one: (one.from_table, one.from_columns, one.to_table, one.to_columns))),
        enums,
    )


def around(diagram: Diagram, tables: Iterable[Name], depth: int) -> Diagram:
    """Return the part of the diagram within `depth` lines of the given tables."""
    neighbours: dict[Name, set[Name]] = defaultdict(set)
    for line in diagram.lines:
        neighbours[line.from_table].add(line.to_table)
        neighbours[line.to_table].add(line.from_table)
    kept = set(tables)
    edge = set(kept)
    for _ in range(depth):
        edge = {other for name in edge for other in neighbours[name]} - kept
        kept |= edge
    boxes = tuple(box for box in diagram.boxes if box.name in kept)
    types = {(field.type or "").removesuffix("[]") for box in boxes for field in box.fields}
    return replace(
        diagram,
        boxes=boxes,
        lines=tuple(one for one in diagram.lines if one.from_table in kept and one.to_table in kept),
        enums=tuple((name, values) for name, values in diagram.enums if str(name) in types),
    )


def _box(entry: TableEntry, drift: tuple[Drift, ...], foreign: set[str]) -> Box:
    table = entry.table
    primary = set(table.primary_key.columns) if table is not None and table.primary_key is not None else set()
    unique = {key[0] for key in _unique_keys(table) if len(key) == 1} if table is not None else set()
    defined = table.columns if table is not None else {}
    fields = tuple(
        Field(
            column.name,
            column.type,
            column.nullable,
            column.name in primary or (table is None and column.key),
            column.name in foreign,
            column.name in unique and column.name not in primary,
            column.defined,
            defined[column.name].default if column.name in defined else None,
            defined[column.name].comment if column.name in defined else None,
        )
        for column in entry.columns
        if column.defined or table is None or column.documented
    )
    comment = table.comment if table is not None else None
    return Box(entry.name, entry.kind, fields, drift, False, table is not None and _is_junction(table), comment)


def _outside(name: Name, columns: list[str], evidence: Evidence) -> Box:
    """A table that is no row of the inventory: the platform's own, or one that a document alone relates."""
    table = lookup_table(name, evidence)
    fields = []
    for column in dict.fromkeys(columns):
        known = table.columns.get(column) if table is not None else None
        primary = table is not None and table.primary_key is not None and column in table.primary_key.columns
        fields.append(Field(column, known.type if known else None, known.nullable if known else None, primary))
    missing: tuple[Drift, ...] = () if table is not None else ("missing",)
    return Box(name, table.kind if table is not None else "table", tuple(fields), missing, table is not None)


def _unique_keys(table: Table) -> list[tuple[str, ...]]:
    """The column lists that hold each row apart: keys, and unique indexes over all rows."""
    keys = [c.columns for c in table.constraints.values() if c.kind in ("primary", "unique")]
    for index in table.indexes.values():
        if index.unique and index.predicate is None and all(column.name for column in index.columns):
            keys.append(tuple(column.name or "" for column in index.columns))
    return keys


def _is_junction(table: Table) -> bool:
    """Whether a key of the table is made of two foreign keys or more, and of nothing else."""
    foreign = table.constraint("foreign")
    for key in _unique_keys(table):
        within = [set(f.columns) for f in foreign if set(f.columns) <= set(key)]
        if len(within) > 1 and set().union(*within) == set(key):
            return True
    return False


def _line(entry: RelationshipEntry, evidence: Evidence) -> Line:
    table = evidence.defined.tables.get(entry.from_table)
    columns = set(entry.from_columns)
    from_many: Many = "many"
    to_many: Many = "one"
    if table is not None and columns:
        if any(set(key) <= columns for key in _unique_keys(table)):
            from_many = "zero-or-one"
        if any(column.nullable for column in table.columns.values() if column.name in columns):
            to_many = "zero-or-one"
    if table is None and columns:
        claims = evidence.claims.by_table.get(entry.from_table, ())
        said = {column.name for claim in claims[:1] for column in claim.columns if column.primary}
        from_many = "zero-or-one" if said and said <= columns else "many"
    key = _key_of(table, entry) if table is not None else None
    return Line(
        entry.from_table,
        entry.from_columns,
        entry.to_table,
        entry.to_columns,
        from_many,
        to_many,
        entry.status,
        key.on_delete if key is not None else "no action",
    )


def _key_of(table: Table, entry: RelationshipEntry) -> Constraint | None:
    return next(
        (k for k in table.constraint("foreign") if k.columns == entry.from_columns and k.references == entry.to_table),
        None,
    )


def _through_junctions(boxes: dict[Name, Box], lines: list[Line]) -> list[Line]:
    """The many-to-many relationships that junctions hold, between the tables that their keys point to."""
    ends: dict[Name, list[Name]] = defaultdict(list)
    for line in lines:
        if line.enforced and boxes[line.from_table].junction:
            primary = {field.name for field in boxes[line.from_table].fields if field.primary}
            if not primary or set(line.from_columns) <= primary or line.to_many == "one":
                ends[line.from_table].append(line.to_table)
    found = []
    for junction, targets in sorted(ends.items()):
        # With more than two it is a relationship among all of them, which no line between two stands for.
        if len(targets) == 2:
            one, other = sorted(targets)
            found.append(Line(one, (), other, (), "many", "many", "verified", through=junction))
    return found
