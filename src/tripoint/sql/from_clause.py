"""What the entries of a FROM clause give: relations, subqueries, functions, joins."""

from __future__ import annotations

from typing import Any

from msgspec.structs import replace

from tripoint.model.name import Name
from tripoint.sql.builtins import builtins
from tripoint.sql.expressions import Expressions
from tripoint.sql.facts import Node
from tripoint.sql.naming import column_name
from tripoint.sql.overload import UNKNOWN
from tripoint.sql.space import Cell, Item, Rows, Scope, SqlName
from tripoint.sql.types import strings

__all__ = ["FromClauses", "renamed"]


class FromClauses(Expressions):
    """Analyses FROM clauses, and the tables that statements write."""

    def _from(self, node: Node, scope: Scope) -> Item:
        """Add one entry of a FROM clause to a scope, and return it."""
        ((tag, body),) = node.items()
        alias = body.get("alias") or {}
        label, names = alias.get("aliasname"), strings(alias.get("colnames"))
        if tag == "JoinExpr":
            return self._join(body, label, names, scope)
        if tag == "RangeVar":
            item = self._relation(body, scope)
        elif tag == "RangeSubselect":
            rows = self.query(body["subquery"], scope if body.get("lateral") else _beside(scope))
            item = Item(None, rows)
        elif tag == "RangeFunction":
            item = self._range_function(body, label, scope)
        elif tag == "RangeTableSample":
            item = self._from(body["relation"], scope)
            self.visit(body.get("args"), scope)
            return item
        elif tag in ("JsonTable", "RangeTableFunc"):
            item = self._table_function(tag, body, scope)
        else:
            item = Item(None, Rows(complete=False))
        item.alias = label or item.alias
        item.rows = renamed(item.rows, names)
        scope.items.append(item)
        return item

    def _relation(self, body: Node, scope: Scope, write: bool = False) -> Item:
        """Return the table, view or WITH query that a RangeVar names."""
        schema, name = body.get("schemaname"), body["relname"]
        if schema is None and not write:
            rows = scope.query(name)
            if rows is not None:
                return Item(name, rows)
        written = (name,) if schema is None else (schema, name)
        location = body.get("location", -1)
        found = self.find_relation(written)
        if found is not None:
            self.names.append(SqlName("relation", written, location, "bound", found, None, write))
            return self.table_item(found)
        system = builtins().relations.get((schema or "pg_catalog", name))
        if system is not None:
            cells = tuple(Cell(c, t) for c, t in system.items())
            return Item(name, Rows(cells), Name(schema or "pg_catalog", name), system_columns=True)
        outcome: Any = "unknown"
        reason = "no relation of that name is known"
        if name in self.temporary and schema in (None, "pg_temp"):
            outcome, reason = "undecidable", "the relation is made at run time"
        elif schema in ("pg_catalog", "information_schema", "pg_temp") or name.startswith("pg_"):
            outcome, reason = "undecidable", "a relation of the system that is not listed"
        self.names.append(SqlName("relation", written, location, outcome, None, None, write, reason))
        # What is asked of a table that nothing creates says what it would have to hold.
        likely = schema or next(iter(self.search_path), None)
        return Item(name, Rows(complete=False), None if likely is None else Name(likely, name), row_type=None)

    def find_relation(self, written: tuple[str, ...]) -> Name | None:
        """Return the table, view or sequence of the catalog that a name means."""
        if len(written) == 1 and ("pg_catalog", written[0]) in builtins().relations:
            return None
        for schema in written[:1] if len(written) > 1 else self.search_path:
            name = Name(schema, written[-1])
            if name in self.catalog.tables or name in self.catalog.sequences:
                return name
        return None

    def table_item(self, name: Name) -> Item:
        """Return a table, view or sequence of the catalog as an entry of a FROM clause."""
        if name not in self.catalog.tables:
            cells = Cell("last_value", "bigint"), Cell("log_cnt", "bigint"), Cell("is_called", "boolean")
            return Item(name.name, Rows(cells), name, system_columns=True)
        kind = self.catalog.tables[name].kind
        return Item(
            name.name,
            self.table_rows(name),
            name,
            self.relation_type(name),
            system_columns=kind in ("table", "foreign-table"),
        )

    def _join(self, body: Node, label: str | None, names: tuple[str, ...], scope: Scope) -> Item:
        before = len(scope.items)
        left = self._from(body["larg"], scope)
        right = self._from(body["rarg"], scope)
        using = strings(body.get("usingClause"))
        complete = left.rows.complete and right.rows.complete
        if body.get("isNatural"):
            theirs = {c.name for c in right.rows.cells}
            using = tuple(c.name for c in left.rows.cells if c.name in theirs)
        kind = body.get("jointype", "JOIN_INNER")
        for name in using:
            self.member(left, (name,), -1)
            self.member(right, (name,), -1)
        merged = [self._merged(name, left, right, kind) for name in using]
        rest = [c for item in (left, right) for c in item.rows.cells if c.name not in using]
        if body.get("isNatural") and not complete:
            merged, rest = [], [*left.rows.cells, *(c for c in right.rows.cells if c.name not in using)]
        shared = body.get("join_using_alias")
        if shared is not None:
            scope.items.append(Item(shared["aliasname"], Rows(tuple(merged)), columns_visible=False))
        quals = body.get("quals")
        if quals is not None:
            # The condition sees the two sides alone (and the queries around); the names before them are out of reach.
            inner = Scope(scope.items[before:], scope.outer, scope.queries)
            self.type_of(quals, inner)
        join = Item(label, renamed(Rows((*merged, *rest), complete), names), named=label is not None)
        for item in scope.items[before:]:
            item.columns_visible = False
            item.named = item.named and label is None
        scope.items.append(join)
        return join

    def _merged(self, name: str, left: Item, right: Item, kind: str) -> Cell:
        mine, theirs = left.cell(name), right.cell(name)
        types = [c.type if c is not None else None for c in (mine, theirs)]
        kept = theirs if kind == "JOIN_RIGHT" else mine
        if kind != "JOIN_FULL" and kept is not None and (types[0] == types[1]):
            return kept
        return Cell(name, self.common(types))

    def _range_function(self, body: Node, label: str | None, scope: Scope) -> Item:
        cells: list[Cell] = []
        complete = True
        row_type: str | None = "record"
        calls = [entry["List"]["items"] for entry in body.get("functions", ())]
        first = calls[0][0]
        if len(calls) == 1:
            calls = [[call] for call in _unnested(first)] or calls
        for call in calls:
            definitions = call[1].get("List", {}).get("items") if len(call) > 1 else None
            if len(calls) == 1:
                definitions = definitions or body.get("coldeflist")
            function = call[0].get("FuncCall")
            if definitions:
                self.visit([call[0]], scope)
                rows = Rows(tuple(self._defined(d) for d in definitions))
            elif function is not None:
                rows, row_type = self._function_rows(function, scope, label if len(calls) == 1 else None)
            else:
                rows = Rows((Cell(label or column_name(call[0]), self.type_of(call[0], scope)),))
            cells.extend(rows.cells)
            complete = complete and rows.complete
        if body.get("ordinality"):
            cells.append(Cell("ordinality", "bigint"))
        whole = len(calls) == 1 and not body.get("ordinality")
        if not complete and not whole:
            cells = []  # what stands behind columns that can't be counted has no place of its own
        return Item(label or column_name(first), Rows(tuple(cells), complete), row_type=row_type if whole else "record")

    def _defined(self, node: Node) -> Cell:
        definition = node["ColumnDef"]
        return Cell(definition["colname"], self.type_name(definition["typeName"]))

    def _function_rows(self, call: Node, scope: Scope, label: str | None) -> tuple[Rows, str | None]:
        """Return the columns that a function in a FROM clause gives, and the type of its whole row."""
        chosen, text = self.function(call, scope)
        name = strings(call.get("funcname"))[-1]
        if chosen is not None and len(chosen.outputs) > 1:
            return Rows(tuple(Cell(n or f"column{i + 1}", t) for i, (n, t) in enumerate(chosen.outputs))), "record"
        if text is None or text == UNKNOWN:
            # One column or several: that can't be told.
            return Rows(complete=False), None
        user = self.types.user(self.types.flat(text))
        if user is not None:
            if user in self.catalog.tables or user in self.catalog.composites:
                rows = self.fields(text)
                if rows.cells or not rows.complete:
                    return Rows(tuple(replace(c, source=None) for c in rows.cells), rows.complete), text
        elif text == "record":
            return Rows(complete=False), "record"
        if user is not None and self.types.category(text) is None and user not in self.catalog.domains:
            return Rows(complete=False), text
        if chosen is None:
            return Rows(complete=False), text
        single = chosen.outputs[0][0] if len(chosen.outputs) == 1 else ""
        return Rows((Cell(single or label or name, text),)), text

    def _table_function(self, tag: str, body: Node, scope: Scope) -> Item:
        """Return the columns of JSON_TABLE or XMLTABLE."""
        if tag == "JsonTable":
            self.visit([body.get("context_item")], scope)
            cells = tuple(self._json_columns(body.get("columns", ())))
            return Item("json_table", Rows(cells))
        self.visit([body.get("docexpr"), body.get("rowexpr")], scope)
        found = []
        for entry in body.get("columns", ()):
            column = entry["RangeTableFuncCol"]
            text = "integer" if column.get("for_ordinality") else self.type_name(column["typeName"])
            found.append(Cell(column["colname"], text))
        return Item("xmltable", Rows(tuple(found)))

    def _json_columns(self, columns: Any) -> list[Cell]:
        found: list[Cell] = []
        for entry in columns:
            column = entry["JsonTableColumn"]
            if column.get("coltype") == "JTC_NESTED":
                found.extend(self._json_columns(column.get("columns", ())))
            elif column.get("coltype") == "JTC_FOR_ORDINALITY":
                found.append(Cell(column["name"], "integer"))
            else:
                found.append(Cell(column["name"], self.type_name(column["typeName"])))
        return found


def _beside(scope: Scope) -> Scope:
    """Return what a subquery in FROM sees without LATERAL: the queries of this level and all around, no neighbours."""
    return Scope([], scope.outer, scope.queries)


def renamed(rows: Rows, names: tuple[str, ...]) -> Rows:
    """Return rows with the names that an alias gives its first columns."""
    if not names:
        return rows
    if not rows.complete and not rows.cells:
        return Rows(tuple(Cell(n) for n in names), False)
    cells = [replace(c, name=names[i]) if i < len(names) else c for i, c in enumerate(rows.cells)]
    return replace(rows, cells=tuple(cells))


def _unnested(node: Node) -> list[Node]:
    """Return the calls that `unnest(a, b)` in a FROM clause stands for: unnest(a) beside unnest(b)."""
    call = node.get("FuncCall")
    if call is None or strings(call.get("funcname"))[-1] != "unnest" or len(call.get("args", ())) < 2:
        return []
    return [{"FuncCall": dict(call, args=[argument])} for argument in call["args"]]
