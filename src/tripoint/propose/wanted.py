"""What the witnesses ask of a table or a column that does not exist."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Callable, Iterable

from msgspec import Struct, field

from tripoint.bind.tables import query_table_name
from tripoint.model.binding import SqlInsert, SqlReference
from tripoint.model.catalog import Column, Table
from tripoint.model.claim import ColumnClaim
from tripoint.model.evidence import Evidence
from tripoint.model.generated import DeclaredKey
from tripoint.model.name import Name
from tripoint.model.query import Embed, Query, Select, Value

__all__ = ["WantedColumn", "WantedTable", "gather"]

_NOT_COLUMNS = frozenset({"*", "count"})


class WantedColumn(Struct):
    """A column that does not exist yet, with everything that is said of it."""

    name: str
    uses: Counter[str] = field(default_factory=Counter)
    """How often it is selected, filtered, ordered, written, a conflict target, or named in SQL."""
    operators: Counter[str] = field(default_factory=Counter)
    values: list[Value] = field(default_factory=list)
    """Literals that it is compared with or that are written to it."""
    compared: Counter[str] = field(default_factory=Counter)
    """Literals that it is compared with for equality, by their text."""
    inside: int = 0
    """How often something within it is asked for: `column->key`."""
    claims: list[ColumnClaim] = field(default_factory=list)
    referencing: list[tuple[Table, Column]] = field(default_factory=list)
    """Columns of foreign keys that point to it."""
    may_be_null: bool | None = None
    """What generated type declarations say."""
    declared: str | None = None
    """The type that it has in them, in TypeScript."""
    given: bool | None = None
    """Whether an insert must give it, as they say."""
    declared_values: tuple[str, ...] = ()
    """The values of the enum that is its type there."""
    written_null: bool = False

    @property
    def reads(self) -> str:
        """How the code uses it, in words."""
        words = (
            ("select", "selected"),
            ("filter", "filtered by"),
            ("order", "ordered by"),
            ("write", "written"),
            ("conflict", "a conflict target"),
            ("sql", "named in SQL"),
        )
        said = [f"{text} {self.uses[use]}×" for use, text in words if self.uses[use]]
        return ", ".join(said)


class WantedTable(Struct):
    """A table that does not exist yet, with everything that is said of it."""

    name: Name
    columns: dict[str, WantedColumn] = field(default_factory=dict)
    queries: list[Query] = field(default_factory=list)
    conflicts: Counter[tuple[str, ...]] = field(default_factory=Counter)
    inserts: list[frozenset[str]] = field(default_factory=list)
    """The keys of each inserted row that is known as a whole."""
    searches: Counter[tuple[str, ...]] = field(default_factory=Counter)
    """Columns that the code searches by, one query each."""
    embeds: dict[str, Embed] = field(default_factory=dict)
    """Relations that are embedded in it, by their name; of several times the one with a hint."""
    embedded_in: set[Name] = field(default_factory=set)
    documented: bool = False
    declared: bool = False
    """Whether generated type declarations list its columns, all of them."""
    declared_keys: tuple[DeclaredKey, ...] = ()

    def column(self, name: str) -> WantedColumn:
        """Return the column of that name, new where nobody has spoken of it."""
        return self.columns.setdefault(name, WantedColumn(name))

    def always_written(self, column: str) -> bool:
        """Whether every insert that can be read whole writes the column; False where none can be."""
        return bool(self.inserts) and all(column in keys for keys in self.inserts)


def gather(evidence: Evidence) -> Callable[[Name], WantedTable]:
    """Return a function that tells what is asked of the table of a name. The evidence is looked through once."""
    queries: dict[Name, list[Query]] = defaultdict(list)
    embeds: dict[str, list[tuple[Name, Embed, Query]]] = defaultdict(list)
    for query in evidence.queries:
        if query.test or query.kind not in ("table", "model"):
            continue
        name = query_table_name(query, evidence)
        if name is None:
            continue
        queries[name].append(query)
        if query.select is not None:
            for owner, embed in _embeds(name, query.select):
                embeds[embed.target].append((owner, embed, query))
    references: dict[Name, list[SqlReference]] = defaultdict(list)
    for one in _references(evidence):
        if one.kind == "column" and one.target is not None and one.column is not None:
            references[one.target].append(one)
    inserts: dict[Name, list[SqlInsert]] = defaultdict(list)
    for binding in evidence.bindings:
        for insert in binding.inserts if not binding.query.test else ():
            inserts[insert.table].append(insert)
    pointing: dict[Name, list[tuple[Table, str, str]]] = defaultdict(list)
    for table in evidence.defined.tables.values():
        for key in table.constraint("foreign"):
            if key.references is not None and not key.inherited:
                ends = key.referenced_columns or (("id",) if len(key.columns) == 1 else ())
                pointing[key.references] += [(table, *pair) for pair in zip(key.columns, ends, strict=False)]

    def wanted(name: Name) -> WantedTable:
        found = WantedTable(name)
        for claim in evidence.claims.by_table.get(name, ()):
            found.documented = found.documented or not claim.generated
            for said in claim.columns:
                found.column(said.name).claims.append(said)
        for table, own, their in pointing.get(name, ()):
            if own in table.columns:
                found.column(their).referencing.append((table, table.columns[own]))
        for query in queries.get(name, ()):
            _add_query(found, query)
        for owner, embed, query in embeds.get(name.name, ()):
            if owner.schema == name.schema:
                found.embedded_in.add(owner)
                _add_select(found, embed.select)
                _add_embedded_filters(found, embed, query)
        for reference in references.get(name, ()):
            found.column(reference.column or "").uses["write" if reference.write else "sql"] += 1
        for insert in inserts.get(name, ()):
            found.inserts.append(frozenset(insert.columns))
            if insert.conflict:
                found.conflicts[insert.conflict] += 1
        _add_generated(found, evidence)
        return found

    return wanted


def _references(evidence: Evidence) -> Iterable[SqlReference]:
    for binding in evidence.bindings:
        if not binding.query.test:
            yield from binding.references
    for body in evidence.bodies:
        yield from body.references


def _embeds(owner: Name, select: Select) -> Iterable[tuple[Name, Embed]]:
    for embed in select.embeds:
        yield owner, embed
        yield from _embeds(Name(owner.schema, embed.target), embed.select)


def _add_query(found: WantedTable, query: Query) -> None:
    found.queries.append(query)
    if query.select is not None:
        _add_select(found, query.select)
        for embed in query.select.embeds:
            if embed.hint is not None or embed.target not in found.embeds:
                found.embeds[embed.target] = embed
    searched = []
    for condition in query.filters:
        if condition.path:
            continue
        column = found.column(condition.column)
        ordered = condition.operator == "order"
        column.uses["order" if ordered else "filter"] += 1
        column.inside += condition.json_path is not None
        if ordered or condition.json_path is not None:
            continue
        column.operators[condition.operator] += 1
        column.values += condition.values
        if condition.operator in ("eq", "in", "neq"):
            searched.append(condition.column)
            column.compared.update(v.value for v in condition.values if v.kind == "string" and v.value is not None)
    if searched:
        found.searches[tuple(dict.fromkeys(searched))] += 1
    for written in query.written:
        column = found.column(written.column)
        column.uses["write"] += 1
        if written.value is not None and written.value.kind == "null":
            column.written_null = True
        elif written.value is not None:
            column.values.append(written.value)
    if query.operation in ("insert", "upsert") and query.written_complete and query.written:
        found.inserts.append(frozenset(written.column for written in query.written))
    if query.conflict:
        found.conflicts[query.conflict] += 1
        for name in query.conflict:
            found.column(name).uses["conflict"] += 1


def _add_select(found: WantedTable, select: Select) -> None:
    for asked in select.fields:
        if asked.name not in _NOT_COLUMNS:
            column = found.column(asked.name)
            column.uses["select"] += 1
            column.inside += asked.json_path is not None


def _add_embedded_filters(found: WantedTable, embed: Embed, query: Query) -> None:
    for condition in query.filters:
        if condition.path and condition.path[-1] in (embed.alias, embed.target):
            column = found.column(condition.column)
            column.uses["order" if condition.operator == "order" else "filter"] += 1
            column.values += condition.values


def _add_generated(found: WantedTable, evidence: Evidence) -> None:
    for _, types in evidence.generated:
        inserts = any(table.given for table in types.tables)
        enums = {f'Database["{enum.schema}"]["Enums"]["{enum.name}"]': enum.values for enum in types.enums}
        for table in types.tables:
            if (table.schema, table.name) != tuple(found.name) or table.view:
                continue
            found.declared = True
            found.declared_keys += table.keys
            for name, (_, _, nullable) in table.columns.items():
                column = found.column(name)
                column.may_be_null = nullable
                column.declared = table.types.get(name)
                column.given = name in table.given if inserts else None
                column.declared_values = enums.get(column.declared or "", ())
