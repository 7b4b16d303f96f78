"""The rows of a query over the system catalogs, literal values and series, as far as text and catalog tell them."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from typing import Any, Final

from msgspec import field

from tripoint.sql.facts import Node
from tripoint.sql.naming import column_name
from tripoint.sql.relations import Relations, labelled
from tripoint.sql.system_views import HOLE, SYSTEM_VIEWS, Oid, Row
from tripoint.sql.types import strings
from tripoint.sql.values import Evaluator, array_elements, is_open, text_of

__all__ = ["Values"]

MAX_ROWS: Final = 20_000
"""How many rows of a join are looked at before it counts as undecided."""


class Values(Evaluator):
    """Evaluates expressions with the queries inside them."""

    relations: Relations = field(default_factory=Relations)
    """What was asked of the catalog so far, which has not changed since."""

    def rows(self, select: Node, outer: Row | None = None) -> list[tuple[Row, bool]] | None:
        """Return a query's rows, each with whether it is sure; None where they can't be told."""
        if select.get("op", "SETOP_NONE") == "SETOP_UNION" and "withClause" not in select:
            halves = [self.rows(select[side], outer) for side in ("larg", "rarg")]
            if halves[0] is None or halves[1] is None or "limitCount" in select:
                return None
            names = tuple(halves[0][0][0]) if halves[0] else ()
            right = [(_renamed(row, names), sure) for row, sure in halves[1]]
            return _distinct(halves[0] + right, not select.get("all"))
        if {"withClause", "groupClause", "havingClause", "limitOffset"} & select.keys():
            return None
        if "valuesLists" in select:
            lines = [line["List"].get("items", ()) for line in select["valuesLists"]]
            return [({f"column{i + 1}": self.value(n, outer) for i, n in enumerate(line)}, True) for line in lines]
        if select.get("op", "SETOP_NONE") != "SETOP_NONE":
            return None
        found: list[tuple[Row, bool]] | None = [(dict(outer or {}), True)]
        around = [*(outer or ()), *_fields(self.variables)]
        where = _Where(select.get("whereClause"), _still_meant(around, select.get("fromClause", ())))
        for entry in select.get("fromClause", ()):
            found = self._joined(found, entry, None, where)
        if found is None:
            return None
        if "whereClause" in select:
            kept = [(r, sure, self.truth(select["whereClause"], r)) for r, sure in found]
            found = [(r, sure and t is True) for r, sure, t in kept if t is not False]
        if "sortClause" in select:
            found = self._sorted(found, select["sortClause"])
        rows = self._project(select.get("targetList", ()), found)
        if rows is not None and "distinctClause" in select:
            rows = _distinct(rows, True)
        if rows is not None and "limitCount" in select:
            limit = self.value(select["limitCount"], outer)
            if not isinstance(limit, int):
                return None
            if all(sure for _, sure in rows):
                rows = rows[:limit]
        return rows

    def _sorted(self, rows: list[tuple[Row, bool]], clause: list[Node]) -> list[tuple[Row, bool]]:
        for entry in reversed(clause):
            sort = entry["SortBy"]
            keys = [(self.value(sort.get("node"), r), r, sure) for r, sure in rows]
            if any(is_open(k) or k is None or isinstance(k, list) for k, _, _ in keys):
                return rows
            keys.sort(key=lambda k: str(k[0]), reverse=sort.get("sortby_dir") == "SORTBY_DESC")
            rows = [(r, sure) for _, r, sure in keys]
        return rows

    def _joined(
        self, rows: list[tuple[Row, bool]] | None, entry: Node, condition: Node | None, where: _Where
    ) -> list[tuple[Row, bool]] | None:
        ((tag, body),) = entry.items()
        if rows is None:
            return None
        if tag == "JoinExpr":
            if body.get("jointype", "JOIN_INNER") != "JOIN_INNER" or "usingClause" in body or body.get("isNatural"):
                return None
            left = self._joined(rows, body["larg"], None, where)
            return self._joined(left, body["rarg"], body.get("quals"), where)
        result: list[tuple[Row, bool]] = []
        entries: list[tuple[Row, bool]] | None = None
        conditions: list[Node] = []
        index: _Index | None = None
        for row, sure in rows:
            if entries is None and tag == "RangeVar":
                outside = set[str]().union(*(held for held, _ in rows))
                entries = self._view(body, [held for held, _ in rows], _conjuncts(condition), where, conditions)
                if entries is None:
                    return None
                index = _Index(self, entries, outside, _conjuncts(condition), conditions)
            elif entries is None or tag != "RangeVar":
                entries = self._entries(tag, body, row)
                if entries is None:
                    return None
                if entries:
                    conditions += where.told_by(entries[0][0].keys(), self.variables)
            for other, certain in entries if index is None else index.entries_for(row):
                joined = row | other
                told = True if condition is None else self.truth(condition, joined)
                if told is not False and all(self.truth(part, joined) is not False for part in conditions):
                    result.append((joined, sure and certain and told is True))
            if len(result) > MAX_ROWS:
                return None
        return result

    def _view(
        self, body: Node, rows: list[Row], joining: list[Node], where: _Where, conditions: list[Node]
    ) -> list[tuple[Row, bool]] | None:
        """Return the rows of a view that conditions may let through; what of WHERE is told with them is added."""
        alias = body.get("alias") or {}
        schema, relation = body.get("schemaname", "pg_catalog"), body["relname"]
        view = SYSTEM_VIEWS.get((schema, relation))
        if view is None or strings(alias.get("colnames")):
            return None
        label = alias.get("aliasname") or relation
        first = next(view(self.catalog, {}), None)
        if first is None:
            return []
        held = labelled(first, label)
        conditions += where.told_by(held, self.variables)
        wanted: Row = {}
        # A key must be the same for all pairs. What a single row so far holds is, under a label that is not the view's.
        varying = held.keys() | {n for row in rows for n in row if len(rows) > 1 or n.rpartition(".")[0] in ("", label)}
        for part in (*joining, *conditions):
            for own, key in _equated(part):
                name = ".".join(strings(own["ColumnRef"]["fields"])) if "ColumnRef" in own else ""
                if name in held and _reads_none(key, varying):
                    value = self.value(key, rows[0])
                    if type(value) is type(held[name]) and type(value) in (str, Oid) and not is_open(value):
                        wanted[name.removeprefix(f"{label}.")] = value
        return self.relations.of(self.catalog, schema, relation, label, wanted)

    def _entries(self, tag: str, body: Node, row: Row) -> list[tuple[Row, bool]] | None:
        alias = body.get("alias") or {}
        names = strings(alias.get("colnames"))
        if tag == "RangeSubselect":
            inner = self.rows(body["subquery"]["SelectStmt"], row if body.get("lateral") else None)
            if inner is None:
                return None
            label = alias.get("aliasname") or ""
            return [(labelled(_renamed(r, names), label), sure) for r, sure in inner]
        if tag == "RangeFunction" and len(body.get("functions", ())) == 1 and not body.get("ordinality"):
            call = body["functions"][0]["List"]["items"][0].get("FuncCall")
            values = self._series(call, row) if call else None
            if values is None or call is None:
                return None
            label = alias.get("aliasname") or strings(call["funcname"])[-1]
            column = names[0] if names else label
            return [(labelled({column: v}, label), True) for v in values]
        return None

    def _series(self, call: Node, row: Row) -> list[Any] | None:
        name = strings(call["funcname"])[-1]
        arguments = [self.value(n, row) for n in call.get("args", ())]
        if name == "unnest" and len(arguments) == 1 and isinstance(arguments[0], list | str):
            return None if is_open(arguments[0]) else array_elements(arguments[0])
        if name == "generate_series" and len(arguments) == 2 and all(isinstance(a, int) for a in arguments):
            return list(range(arguments[0], min(arguments[1], arguments[0] + MAX_ROWS) + 1))
        return None

    def _project(self, targets: Any, rows: list[tuple[Row, bool]]) -> list[tuple[Row, bool]] | None:
        entries = [t["ResTarget"] for t in targets]
        for entry in entries:
            call = entry["val"].get("FuncCall")
            if call is not None and strings(call["funcname"])[-1] in ("count", "array_agg", "string_agg", "max", "min"):
                return self._aggregate(entry, call, rows) if len(entries) == 1 else None
        result: list[tuple[Row, bool]] = []
        for row, sure in rows:
            found: Row = {}
            spread: list[Any] | None = None
            for entry in entries:
                call, reference = entry["val"].get("FuncCall"), entry["val"].get("ColumnRef")
                if reference is not None and "A_Star" in reference["fields"][-1]:
                    found |= {k: v for k, v in row.items() if "." not in k}
                elif call is not None and strings(call["funcname"])[-1] == "unnest":
                    spread = self._series(call, row)
                    if spread is None or len(entries) > 1:
                        return None
                    result.extend(({entry.get("name") or "unnest": v}, sure) for v in spread)
                else:
                    found[entry.get("name") or column_name(entry["val"])] = self.value(entry["val"], row)
            if spread is None:
                result.append((found, sure))
        return result

    def _aggregate(self, entry: Node, call: Node, rows: list[tuple[Row, bool]]) -> list[tuple[Row, bool]] | None:
        name = strings(call["funcname"])[-1]
        label = entry.get("name") or name
        if not all(sure for _, sure in rows) or "agg_filter" in call or call.get("agg_distinct"):
            return [({label: HOLE}, True)]
        values = [self.value(call["args"][0], r) for r, _ in rows] if call.get("args") else [True] * len(rows)
        if any(map(is_open, values)):
            return [({label: HOLE}, True)]
        if name == "count":
            return [({label: sum(v is not None for v in values)}, True)]
        if name == "array_agg":
            return [({label: values or None}, True)]
        if name == "string_agg" and "agg_order" not in call:
            glue = self.value(call["args"][1])
            told = not is_open(glue) and None not in values
            return [
                ({label: text_of(glue).join(map(text_of, values)) if values and told else None if told else HOLE}, True)
            ]
        return [({label: HOLE}, True)]


class _Index:
    """The rows of a view without those that no condition lets through, and found by what they are joined on.

    It leaves out what the conditions would refuse, and decides nothing: each pair that is left is still tested.
    """

    def __init__(
        self,
        values: Values,
        entries: list[tuple[Row, bool]],
        outside: set[str],
        joining: list[Node],
        conditions: list[Node],
    ) -> None:
        self._values = values
        anywhere = set[str]().union(*(row for row, _ in entries))
        # What the rows so far hold and the view does not say in each of its rows.
        everywhere = set(entries[0][0]) if entries else set[str]()
        outside -= everywhere.intersection(*(row for row, _ in entries))
        for part in (*joining, *conditions) if len(entries) > 1 else ():
            for own, key in _equated(part):
                if "ColumnRef" in own and _reads_none(own, outside) and _reads_none(key, outside | anywhere):
                    entries = self._holding(".".join(strings(own["ColumnRef"]["fields"])), values.value(key), entries)
        for part in joining:
            if _reads_none(part, outside):
                entries = [entry for entry in entries if values.value(part, entry[0]) is not False]
        for part in conditions:
            if _reads_none(part, outside):
                entries = [entry for entry in entries if values.truth(part, entry[0]) is not False]
        self._entries = entries
        self._key: Node | None = None
        self._kind: type | None = None
        self._by_value: dict[Any, list[tuple[Row, bool]]] = {}
        for part in (*joining, *conditions) if len(entries) > 1 else ():
            for own, key in _equated(part):
                if _reads_none(own, outside) and _reads_none(key, anywhere) and self._found_by(own):
                    self._key = key
                    return

    @staticmethod
    def _holding(name: str, wanted: Any, entries: list[tuple[Row, bool]]) -> list[tuple[Row, bool]]:
        """Leave out the rows in which a column holds another value of the same kind than the one that it must have."""
        kind = type(wanted)
        if kind not in (str, Oid) or is_open(wanted):
            return entries
        return [
            entry
            for entry in entries
            if type(value := entry[0].get(name)) is not kind or value == wanted or is_open(value)
        ]

    def _found_by(self, own: Node) -> bool:
        """Sort the rows by the value of an expression, where all of them have one of the same kind."""
        values = [self._values.value(own, row) for row, _ in self._entries]
        kinds = {type(value) for value in values}
        if kinds not in ({str}, {Oid}) or any(map(is_open, values)):
            return False
        self._kind = kinds.pop()
        for value, entry in zip(values, self._entries, strict=True):
            self._by_value.setdefault(value, []).append(entry)
        return True

    def entries_for(self, row: Row) -> list[tuple[Row, bool]]:
        """Return the rows of the view that may go with a row."""
        value = HOLE if self._key is None else self._values.value(self._key, row)
        if type(value) is not self._kind or is_open(value):
            return self._entries
        return self._by_value.get(value, [])


def _reads_none(node: Node, names: set[str]) -> bool:
    """Whether an expression asks no query and reads none of the columns."""
    return names.isdisjoint(_names_in(node)) and not _asks(node)


def _asks(node: Any) -> bool:
    if isinstance(node, dict):
        return "SubLink" in node or any(map(_asks, node.values()))
    return isinstance(node, list) and any(map(_asks, node))


def _equated(node: Node) -> Iterator[tuple[Node, Node]]:
    """Give the two sides of an equality, either way round."""
    body = node.get("A_Expr")
    if body is not None and body.get("kind", "AEXPR_OP") == "AEXPR_OP" and strings(body.get("name")) == ("=",):
        left, right = body.get("lexpr"), body.get("rexpr")
        if left and right and not _asks(left) and not _asks(right):
            yield left, right
            yield right, left


class _Where:
    """The parts of a WHERE that must all hold, each tested as soon as the rows so far hold all that it names."""

    def __init__(self, clause: Node | None, known: Iterable[str]) -> None:
        self._waiting = [(part, frozenset(_names_in(part))) for part in _conjuncts(clause)]
        self._known = set(known)

    def told_by(self, names: Iterable[str], variables: Iterable[str]) -> list[Node]:
        """Return the parts that can be tested now that columns called `names` were joined."""
        self._known.update(names)
        known = self._known.union(variables)
        told = [part for part, needed in self._waiting if needed <= known]
        self._waiting = [(part, needed) for part, needed in self._waiting if not needed <= known]
        return told


def _fields(variables: Mapping[str, Any]) -> Iterator[str]:
    """Give the fields of those variables that hold a record."""
    for name, held in variables.items():
        if isinstance(held, dict):
            yield from (f"{name}.{column}" for column in held)


def _still_meant(names: Iterable[str], entries: Iterable[Node]) -> Iterator[str]:
    """Give the names from around a query that mean the same inside it, whatever it joins."""
    labels = set(_labels(entries))
    return (name for name in names if "." in name and name.partition(".")[0] not in labels)


def _labels(entries: Iterable[Node]) -> Iterator[str]:
    for entry in entries:
        ((tag, body),) = entry.items()
        if tag == "JoinExpr":
            yield from _labels((body["larg"], body["rarg"]))
        yield (body.get("alias") or {}).get("aliasname") or body.get("relname", "")


def _conjuncts(clause: Node | None) -> list[Node]:
    if clause is None:
        return []
    body = clause.get("BoolExpr")
    if body is None or body["boolop"] != "AND_EXPR":
        return [clause]
    return [part for argument in body["args"] for part in _conjuncts(argument)]


def _names_in(node: Any) -> Iterator[str]:
    """Give the columns that an expression names, those of queries inside it as well."""
    if isinstance(node, dict):
        if "ColumnRef" in node:
            yield ".".join(strings(node["ColumnRef"]["fields"]))
        for value in node.values():
            yield from _names_in(value)
    elif isinstance(node, list):
        for value in node:
            yield from _names_in(value)


def _renamed(row: Row, names: tuple[str, ...]) -> Row:
    keys = [*names, *list(row)[len(names) :]]
    return dict(zip(keys, row.values(), strict=False))


def _distinct(rows: list[tuple[Row, bool]], wanted: bool) -> list[tuple[Row, bool]]:
    if not wanted:
        return rows
    found: dict[str, tuple[Row, bool]] = {}
    for row, sure in rows:
        found.setdefault(repr(list(row.values())), (row, sure))
    return list(found.values())
