"""What PostgreSQL asks of a SELECT with aggregates, DISTINCT or GROUP BY, whatever its tables hold (parse_agg.c)."""

from __future__ import annotations

from collections.abc import Iterator
from functools import lru_cache
from typing import Any, Final

from msgspec import Struct

from tripoint.model.catalog import Catalog, Function
from tripoint.model.name import Name
from tripoint.sql.builtins import builtins
from tripoint.sql.facts import Node
from tripoint.sql.space import Cell, Item, Rows, Scope
from tripoint.sql.types import strings

__all__ = ["RefusedQuery", "aggregate_names", "refusals", "written_refusals"]


class RefusedQuery(Struct, frozen=True):
    """Why PostgreSQL refuses a query: its SQLSTATE, its own words, and the byte that it is about."""

    code: str
    said: str
    location: int


@lru_cache(maxsize=1)
def aggregate_names() -> frozenset[str]:
    """Return the names of PostgreSQL's own functions that are aggregates and nothing else."""
    found = builtins().functions.items()
    return frozenset(name for name, several in found if all(one.kind == "a" for one in several))


def refusals(
    body: Node, scope: Scope, rows: Rows, catalog: Catalog, search_path: tuple[str, ...]
) -> Iterator[RefusedQuery]:
    """Yield why PostgreSQL refuses a SELECT whose names were read: `scope` holds its FROM clause, `rows` what it gives.

    Nothing is said of what can't be told: of columns of relations that are not wholly known, and of functions that may
    be aggregates.
    """
    level = _Level(scope, catalog, search_path)
    targets = [target["ResTarget"] for target in body.get("targetList", ())]
    shown = [target["val"] for target in targets]
    sorted_by = [node for entry in body.get("sortClause", ()) for node in (entry["SortBy"].get("node"),) if node]
    groups, having = body.get("groupClause", ()), body.get("havingClause")
    yield from level.out_of_place(body.get("whereClause"), "WHERE")
    yield from level.out_of_place(groups, "GROUP BY")
    yield from level.windows(having, "HAVING")
    calls = list(level.aggregates([*shown, having, *sorted_by]))
    for call in calls:
        for nested in level.aggregates(_parts(call)):
            yield RefusedQuery("42803", "aggregate function calls cannot be nested", _location(nested))
        yield from _ordered_apart(call)
    yield from _locked(body, bool(calls))
    outputs = {target["name"]: target["val"] for target in targets if "name" in target}
    if calls or groups or having is not None:
        grouped = level.grouped(groups, outputs, shown)
        if grouped is not None:
            yield from level.ungrouped([*shown, having, *_inputs(sorted_by, rows)], grouped)
    elif body.get("distinctClause") == [{}]:
        yield from level.sorted_apart(shown, _inputs(sorted_by, rows))
    elif "distinctClause" in body:
        yield from level.distinct_apart(body["distinctClause"], sorted_by, outputs)


def written_refusals(
    body: Node, scope: Scope, catalog: Catalog, search_path: tuple[str, ...]
) -> Iterator[RefusedQuery]:
    """Yield the same of an UPDATE or a DELETE: neither its condition nor what it writes may hold an aggregate."""
    level = _Level(scope, catalog, search_path)
    yield from level.out_of_place(body.get("whereClause"), "WHERE")
    values = [target["ResTarget"].get("val") for target in body.get("targetList", ())]
    yield from level.out_of_place(values, "UPDATE")


def _locked(body: Node, aggregated: bool) -> Iterator[RefusedQuery]:
    for entry in body.get("lockingClause", ()):
        clause = entry.get("LockingClause", {})
        word = _LOCKS.get(clause.get("strength", ""))
        what = (
            "aggregate functions"
            if aggregated
            else "GROUP BY clause"
            if "groupClause" in body
            else "DISTINCT clause"
            if "distinctClause" in body
            else None
        )
        if word is not None and what is not None:
            yield RefusedQuery("0A000", f"FOR {word} is not allowed with {what}", -1)
            return


_LOCKS: Final = {
    "LCS_FORUPDATE": "UPDATE",
    "LCS_FORNOKEYUPDATE": "NO KEY UPDATE",
    "LCS_FORSHARE": "SHARE",
    "LCS_FORKEYSHARE": "KEY SHARE",
}


def _ordered_apart(call: Node) -> Iterator[RefusedQuery]:
    """Yield a refusal where an aggregate of DISTINCT values is ordered by a column that none of them names."""
    if not call.get("agg_distinct") or call.get("agg_within_group"):
        return
    named = {strings(one["fields"])[-1:] for one in _found(call.get("args"), "ColumnRef")}
    for entry in call.get("agg_order", ()):
        reference = entry["SortBy"].get("node", {}).get("ColumnRef")
        if reference is not None and strings(reference["fields"])[-1:] not in named:
            said = "in an aggregate with DISTINCT, ORDER BY expressions must appear in argument list"
            yield RefusedQuery("42P10", said, reference.get("location", -1))


def _inputs(sorted_by: list[Node], rows: Rows) -> list[Node]:
    """Return what is sorted by but for the columns of the output, and their numbers."""
    outputs = {cell.name for cell in rows.cells}
    found = []
    for node in sorted_by:
        written = strings(node["ColumnRef"]["fields"]) if "ColumnRef" in node else ()
        if "A_Const" not in node and (len(written) != 1 or (rows.complete and written[0] not in outputs)):
            found.append(node)
    return found


class _Grouped(Struct):
    """What a query is grouped by: columns of its FROM clause, and those that stand in longer expressions."""

    columns: dict[int, Cell]
    inside: dict[int, Cell]


class _Level(Struct):
    """One SELECT: its FROM clause, and what names in its expressions mean there."""

    scope: Scope
    catalog: Catalog
    search_path: tuple[str, ...]

    def column(self, reference: Node) -> tuple[Item, Cell] | None:
        """Return the column of this level that a name means; None of another level, a variable or a whole row.

        Raises `_Unsure` where that can't be told.
        """
        fields = reference["fields"]
        if "A_Star" in fields[-1]:
            raise _Unsure
        written = strings(fields)
        if len(written) == 1:
            found = self.scope.column(written[0])
            if found.outcome == "undecidable":
                raise _Unsure
            return (found.item, found.cell) if found.level is self.scope and found.item and found.cell else None
        schema = written[-3] if len(written) > 2 else None
        for item in self.scope.items:
            if item.named and item.alias == written[-2] and (schema is None or item.may_be_of(schema)):
                cell = item.cell(written[-1])
                if cell is None:
                    raise _Unsure
                return item, cell
        if len(written) > 2 and self.scope.item(written[0]) is not None:
            raise _Unsure  # a field of a column
        return None

    def aggregates(self, part: Any) -> Iterator[Node]:
        """Yield the aggregates of this level in a part of the tree, but not those within others."""
        for call in _found(part, "FuncCall", self._is_aggregate):
            if self._is_aggregate(call) and self._is_mine(call):
                yield call

    def out_of_place(self, part: Any, where: str) -> Iterator[RefusedQuery]:
        """Yield a refusal for each aggregate and each window function in a clause that takes none."""
        for call in self.aggregates(part):
            yield RefusedQuery("42803", f"aggregate functions are not allowed in {where}", _location(call))
        yield from self.windows(part, where)

    def windows(self, part: Any, where: str) -> Iterator[RefusedQuery]:
        """Yield a refusal for each window function in a clause that takes none."""
        for call in _found(part, "FuncCall"):
            if "over" in call:
                yield RefusedQuery("42P20", f"window functions are not allowed in {where}", _location(call))

    def _is_aggregate(self, call: Node) -> bool:
        written = strings(call["funcname"])
        if "over" in call or written[-1] not in aggregate_names() or written[:-1] not in ((), ("pg_catalog",)):
            return False
        return not self._own(written)

    def _own(self, written: tuple[str, ...]) -> list[Function]:
        """Return the project's functions that a call of that name may mean."""
        schemas = written[-2:-1] or self.search_path
        return [one for schema in schemas for one in self.catalog.functions.get(Name(schema, written[-1]), ())]

    def _is_mine(self, call: Node) -> bool:
        """Whether its arguments are of this level: an aggregate of another level's columns alone is of that one."""
        references = [*_found(_parts(call), "ColumnRef")]
        try:
            return not references or any(self.column(one) is not None for one in references)
        except _Unsure:
            return False

    def grouped(self, groups: Any, outputs: dict[Any, Node], shown: list[Node]) -> _Grouped | None:
        """Return what GROUP BY names, or None where that can't be told."""
        found = _Grouped({}, {})
        starred = any("A_Star" in one["fields"][-1] for one in _found(shown, "ColumnRef"))
        for node in _flattened(groups):
            value = node
            constant = node.get("A_Const", {}).get("ival")
            if constant is not None:
                number = constant.get("ival", 0)
                if starred or not 0 < number <= len(shown):
                    return None
                value = shown[number - 1]
            reference = value.get("ColumnRef")
            try:
                if value is node and reference is not None and len(reference["fields"]) == 1:
                    name = strings(reference["fields"])[-1:]
                    if name and not self.scope.holders(name[0]) and name[0] in outputs:
                        value = outputs[name[0]]
                        reference = value.get("ColumnRef")
                for one in (reference,) if reference is not None else _found(value, "ColumnRef"):
                    column = self.column(one)
                    if column is not None:
                        (found.columns if reference is not None else found.inside)[id(column[1])] = column[1]
                    elif reference is not None and len(reference["fields"]) == 1:
                        return None  # a whole row, or a variable
            except _Unsure:
                return None
        for item in self.scope.items:
            if any(id(cell) in found.columns for cell in item.rows.cells):
                key = self._key(item)
                if key is None:
                    return None
                if key and all((cell := item.cell(name)) is not None and id(cell) in found.columns for name in key):
                    found.columns |= {id(cell): cell for cell in item.rows.cells}
        return found

    def _key(self, item: Item) -> tuple[str, ...] | None:
        """Return a table's primary key, on which its columns depend; None where it is not known whether it has one."""
        table = self.catalog.tables.get(item.relation) if item.relation is not None else None
        if table is None:
            return ()
        keys = (c.columns for c in table.constraints.values() if c.kind == "primary")
        return next(keys, ()) if table.complete else None

    def ungrouped(self, parts: Any, grouped: _Grouped) -> Iterator[RefusedQuery]:
        """Yield the first column that stands beside aggregates and is not grouped by."""
        try:
            for reference in _found(parts, "ColumnRef", self._may_aggregate):
                column = self.column(reference)
                if column is not None and id(column[1]) not in grouped.columns and id(column[1]) not in grouped.inside:
                    name = ".".join((*([column[0].alias] if column[0].alias else []), column[1].name))
                    said = f'column "{name}" must appear in the GROUP BY clause or be used in an aggregate function'
                    yield RefusedQuery("42803", said, reference.get("location", -1))
                    return
        except _Unsure:
            return

    def _may_aggregate(self, call: Node) -> bool:
        """Whether a call is of an aggregate, or of a function that nothing is known of and may be one."""
        written = strings(call["funcname"])
        if "over" in call:
            return False
        own = self._own(written)
        if own:
            return any(one.kind not in ("function", "procedure") for one in own)
        return written[-1] in aggregate_names() or written[-1] not in builtins().functions

    def sorted_apart(self, shown: list[Node], sorted_by: list[Node]) -> Iterator[RefusedQuery]:
        """Yield the first column that a SELECT DISTINCT is sorted by and does not give."""
        try:
            given = {
                id(c[1]) for node in shown if "ColumnRef" in node and (c := self.column(node["ColumnRef"])) is not None
            }
            for node in sorted_by:
                reference = node.get("ColumnRef")
                column = self.column(reference) if reference is not None else None
                if column is not None and id(column[1]) not in given:
                    said = "for SELECT DISTINCT, ORDER BY expressions must appear in select list"
                    yield RefusedQuery("42P10", said, node["ColumnRef"].get("location", -1))
                    return
        except _Unsure:
            return

    def distinct_apart(
        self, distinct: list[Node], sorted_by: list[Node], outputs: dict[Any, Node]
    ) -> Iterator[RefusedQuery]:
        """Yield a refusal where a SELECT DISTINCT ON is first sorted by a column that is none of those."""
        try:
            kept = [self._named(node, outputs) for node in distinct]
            if None in kept:
                return
            same = {id(column) for column in kept}
            for node in sorted_by[: len(kept)]:
                column = self._named(node, outputs)
                if column is not None and id(column) not in same:
                    said = "SELECT DISTINCT ON expressions must match initial ORDER BY expressions"
                    yield RefusedQuery("42P10", said, node["ColumnRef"].get("location", -1))
                    return
                if column is None:
                    return
        except _Unsure:
            return

    def _named(self, node: Node, outputs: dict[Any, Node]) -> Cell | None:
        """Return the column that an entry of DISTINCT ON or ORDER BY names, by itself or by its name in the output."""
        fields: list[Node] = node.get("ColumnRef", {}).get("fields", [])
        named = outputs.get(strings(fields)[0], node) if len(fields) == 1 and "String" in fields[0] else node
        reference = named.get("ColumnRef")
        column = self.column(reference) if reference is not None else None
        return column[1] if column is not None else None


class _Unsure(Exception):
    """What a name means can't be told."""


def _parts(call: Node) -> Node:
    return {key: call.get(key) for key in ("args", "agg_filter", "agg_order")}


def _location(call: Node) -> int:
    return int(call.get("location", -1))


def _flattened(groups: Any) -> Iterator[Node]:
    """Yield the expressions of a GROUP BY, those of grouping sets and of lists among them."""
    left = list(reversed(list(groups)))
    while left:
        node = left.pop()
        inner = node.get("GroupingSet", {}).get("content") if "GroupingSet" in node else None
        if inner is None and "List" in node:
            inner = node["List"].get("items", ())
        if inner is None and "RowExpr" in node:
            inner = node["RowExpr"].get("args", ())
        if inner is not None:
            left.extend(reversed(list(inner)))
        elif "GroupingSet" not in node:
            yield node


def _found(part: Any, tag: str, closed: Any = None) -> Iterator[Node]:
    """Yield the bodies of the nodes of a kind in a part of the tree, in order; subqueries are not looked into.

    Nor are calls for which `closed` holds, nor GROUPING(…), whose arguments are names of what is grouped by.
    """
    left: list[Any] = [part]
    while left:
        value = left.pop()
        if isinstance(value, list | tuple):
            left.extend(reversed(value))
        elif isinstance(value, dict):
            if tag in value and isinstance(value[tag], dict):
                yield value[tag]
            call = value.get("FuncCall")
            if isinstance(call, dict) and closed is not None and closed(call):
                continue
            if "SubLink" in value and isinstance(value["SubLink"], dict):
                left.append(value["SubLink"].get("testexpr"))
                continue
            if "GroupingFunc" in value:
                continue
            left.extend(reversed(list(value.values())))
