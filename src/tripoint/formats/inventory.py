"""What each witness says of every table, function, enum and relationship: the rows that reports are made of.

Orders: databases in the audit's order; tables, functions and enums by name; relationships by their two ends; spots by
path and place. All texts compare by code point.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable
from typing import Literal

from msgspec import Struct

from tripoint.bind.tables import lookup_table
from tripoint.formats.columns import ColumnEntry, column_entries
from tripoint.formats.uses import TableUse, table_uses
from tripoint.model.audit import Audit, Spot
from tripoint.model.catalog import Constraint, Table, TableKind
from tripoint.model.claim import RelationshipClaim
from tripoint.model.evidence import Evidence
from tripoint.model.fault import Witness
from tripoint.model.name import Name
from tripoint.model.place import Place
from tripoint.rules._shared import foreign_keys, own_tables
from tripoint.sql.key_types import key_type_base

__all__ = [
    "EnumEntry",
    "FunctionEntry",
    "Inventory",
    "RelationshipEntry",
    "RelationshipStatus",
    "TableEntry",
    "take_inventory",
]

RelationshipStatus = Literal["dangling", "mismatched", "documented-only", "undocumented", "verified"]


class TableEntry(Struct, frozen=True):
    """One table that any witness speaks of. `table` is None where nothing creates it."""

    database: str
    name: Name
    table: Table | None
    documented: tuple[Spot, ...]
    defined: tuple[Spot, ...]
    used: tuple[Spot, ...]
    held: bool | None
    columns: tuple[ColumnEntry, ...]

    @property
    def kind(self) -> TableKind:
        """What it is; a table nobody creates is taken for a table."""
        return self.table.kind if self.table is not None else "table"

    @property
    def row_security(self) -> bool | None:
        """Whether row security is on; None where the question does not arise."""
        return self.table.row_security if self.table is not None and self.table.kind == "table" else None


class FunctionEntry(Struct, frozen=True):
    """One function that a migration creates or that the code calls."""

    database: str
    name: Name
    arguments: tuple[tuple[str | None, str, bool], ...]
    """Name, type and whether there is a default, of each input argument."""
    returns: str | None
    defined: tuple[Spot, ...]
    used: tuple[Spot, ...]
    held: bool | None


class EnumEntry(Struct, frozen=True):
    """One enumerated type."""

    database: str
    name: Name
    values: tuple[str, ...]
    defined: tuple[Spot, ...]


class RelationshipEntry(Struct, frozen=True):
    """A relationship that a foreign key holds or a document draws. Columns are empty where none are named."""

    database: str
    from_table: Name
    from_columns: tuple[str, ...]
    to_table: Name
    to_columns: tuple[str, ...]
    status: RelationshipStatus
    spots: tuple[Spot, ...]

    @property
    def from_text(self) -> str:
        """The referring end, as `schema.table.column`."""
        return end_text(self.from_table, self.from_columns)

    @property
    def to_text(self) -> str:
        """The end that is referred to, as `schema.table.column`."""
        return end_text(self.to_table, self.to_columns)


class Inventory(Struct, frozen=True):
    """All rows of one audit."""

    tables: tuple[TableEntry, ...]
    functions: tuple[FunctionEntry, ...]
    enums: tuple[EnumEntry, ...]
    relationships: tuple[RelationshipEntry, ...]


def end_text(table: Name, columns: tuple[str, ...]) -> str:
    """Return one end of a relationship: `schema.table.column`, `schema.table.(a, b)`, or the table alone."""
    if not columns:
        return str(table)
    return f"{table}.{columns[0]}" if len(columns) == 1 else f"{table}.({', '.join(columns)})"


def take_inventory(audit: Audit) -> Inventory:
    """Return what the witnesses of every database say, row by row."""
    tables: list[TableEntry] = []
    functions: list[FunctionEntry] = []
    enums: list[EnumEntry] = []
    relationships: list[RelationshipEntry] = []
    for evidence in audit.evidence:
        tables += _tables(audit, evidence)
        functions += _functions(audit, evidence)
        enums += [
            EnumEntry(
                evidence.database.name, name, tuple(enum.values), _spots(audit, [(enum.place, None)], "migrations")
            )
            for name, enum in sorted(evidence.defined.enums.items())
            if name not in evidence.platform.enums
        ]
        relationships += _relationships(audit, evidence)
    return Inventory(tuple(tables), tuple(functions), tuple(enums), tuple(relationships))


def _spots(audit: Audit, places: Iterable[tuple[Place | None, str | None]], witness: Witness) -> tuple[Spot, ...]:
    spots = []
    for place, note in sorted({(p, n) for p, n in places if p is not None}, key=lambda pair: (pair[0], pair[1] or "")):
        line, column, end_line, end_column, excerpt = audit.spots[place.path, place.start, place.end]
        spots.append(Spot(place.path, line, column, end_line, end_column, witness, "primary", note, excerpt))
    return tuple(spots)


def _tables(audit: Audit, evidence: Evidence) -> list[TableEntry]:
    own = {table.name: table for table in own_tables(evidence)}
    uses: dict[Name, list[TableUse]] = defaultdict(list)
    for use in table_uses(evidence):
        uses[use.table].append(use)
    names = {*own, *evidence.claims.by_table, *uses, *_pointed_at(evidence)} - set(evidence.platform.tables)
    entries = []
    for name in sorted(names):
        table = own.get(name)
        if table is None and name in evidence.defined.tables:
            continue  # a partition, or a table that its runner keeps
        claims = evidence.claims.by_table.get(name, ())
        entries.append(
            TableEntry(
                database=evidence.database.name,
                name=name,
                table=table,
                documented=_spots(audit, [(claim.place, None) for claim in claims], "documents"),
                defined=_spots(audit, [(table.place, None)] if table is not None else [], "migrations"),
                used=_spots(audit, [(use.place, use.note) for use in uses[name]], "code"),
                held=name in evidence.held.tables if evidence.held is not None else None,
                columns=column_entries(table, claims, uses[name], evidence),
            )
        )
    return entries


def _pointed_at(evidence: Evidence) -> set[Name]:
    """The tables that foreign keys refer to and nothing creates."""
    return {
        key.references
        for _, key in foreign_keys(evidence)
        if key.references is not None and lookup_table(key.references, evidence) is None
    }


def _functions(audit: Audit, evidence: Evidence) -> list[FunctionEntry]:
    calls: dict[Name, list[Place]] = defaultdict(list)
    for binding in evidence.bindings:
        if binding.function_name is not None and not binding.query.test:
            calls[binding.function_name].append(binding.query.place)
    entries = []
    for name in sorted({*evidence.defined.functions, *calls}):
        used = _spots(audit, [(place, "called here") for place in calls[name]], "code")
        held = name in evidence.held.functions if evidence.held is not None else None
        overloads = sorted(evidence.defined.functions.get(name, []), key=lambda function: function.identity)
        if name in evidence.platform.functions:
            continue
        if not overloads:
            entries.append(FunctionEntry(evidence.database.name, name, (), None, (), used, held))
        for function in overloads:
            arguments = tuple(
                (argument.name, argument.type, argument.default is not None)
                for argument in function.arguments
                if argument.mode in ("in", "inout", "variadic")
            )
            defined = _spots(audit, [(function.place, None)], "migrations")
            entries.append(
                FunctionEntry(evidence.database.name, name, arguments, function.returns, defined, used, held)
            )
    return entries


def _relationships(audit: Audit, evidence: Evidence) -> list[RelationshipEntry]:
    keys = list(foreign_keys(evidence))
    claims = [claim for claim in evidence.claims.relationships if not claim.generated]
    pairs = {(table.name, key.references) for table, key in keys}
    entries = []
    drawn: set[int] = set()
    for table, key in keys:
        assert key.references is not None
        matching = [index for index, claim in enumerate(claims) if _draws(claim, table, key)]
        drawn.update(matching)
        spots = (
            *_spots(audit, [(claims[index].place, "drawn here") for index in matching], "documents"),
            *_spots(audit, [(key.place, "foreign key")], "migrations"),
        )
        status = _status(table, key, bool(matching), evidence)
        entries.append(
            RelationshipEntry(
                evidence.database.name, table.name, key.columns, key.references, key.referenced_columns, status, spots
            )
        )
    only: dict[tuple[Name, tuple[str, ...], Name, tuple[str, ...]], list[Place]] = defaultdict(list)
    undrawn = [claim for index, claim in enumerate(claims) if index not in drawn]
    exact = {frozenset((claim.from_table, claim.to_table)) for claim in undrawn if claim.from_columns}
    for claim in undrawn:
        tables = frozenset((claim.from_table, claim.to_table))
        if not claim.from_columns and (tables in exact or _joined(claim, pairs)):
            continue
        only[claim.from_table, claim.from_columns, claim.to_table, claim.to_columns].append(claim.place)
    for (from_table, from_columns, to_table, to_columns), places in only.items():
        spots = _spots(audit, [(place, "drawn here") for place in places], "documents")
        entries.append(
            RelationshipEntry(
                evidence.database.name, from_table, from_columns, to_table, to_columns, "documented-only", spots
            )
        )
    return sorted(entries, key=lambda entry: (entry.from_text, entry.to_text, entry.status))


def _draws(claim: RelationshipClaim, table: Table, key: Constraint) -> bool:
    """Whether `claim` speaks of the foreign key. A line between two entities does not say which side holds it."""
    if not claim.from_columns:
        return {(claim.from_table, claim.to_table), (claim.to_table, claim.from_table)} & {
            (table.name, key.references)
        } != set()
    return (claim.from_table, claim.from_columns, claim.to_table) == (table.name, key.columns, key.references)


def _joined(claim: RelationshipClaim, pairs: set[tuple[Name, Name | None]]) -> bool:
    """Whether a table in between relates the two ends of a claim that names no columns."""
    owners = {owner for owner, target in pairs if target == claim.from_table}
    return any((owner, claim.to_table) in pairs for owner in owners)


def _status(table: Table, key: Constraint, documented: bool, evidence: Evidence) -> RelationshipStatus:
    assert key.references is not None
    target = lookup_table(key.references, evidence)
    if target is None or (target.complete and not set(key.referenced_columns) <= set(target.columns)):
        return "dangling"
    domains = {str(name) for name in (*evidence.defined.domains, *evidence.platform.domains)}
    for own, other in zip(key.columns, key.referenced_columns, strict=False):
        if own in table.columns and other in target.columns:
            types = {key_type_base(table.columns[own].type), key_type_base(target.columns[other].type)}
            if len(types) == 2 and "" not in types and not types & domains:
                return "mismatched"
    return "verified" if documented or "documents" not in evidence.heard else "undocumented"
