"""The columns of a query, and every name in it."""

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

__all__ = ["Queries"]


class Queries(Expressions):
    """Analyses queries against a catalog."""

    def query(self, node: Node, outer: Scope | None, resolve: bool = True) -> Rows:
        """Return what a statement gives: `node` is the tagged statement, or the body of a SelectStmt.

        With `resolve`, literals that nothing has given a type are text.
        """
        tag, body = next(iter(node.items())) if len(node) == 1 else ("SelectStmt", node)
        if tag == "InsertStmt":
            return self._insert(body, outer)
        if tag == "UpdateStmt":
            return self._update(body, outer)
        if tag == "DeleteStmt":
            return self._delete(body, outer)
        if tag == "MergeStmt":
            return self._merge(body, outer)
        if tag != "SelectStmt":
            tag, body = "SelectStmt", node
        rows = self._select(body, outer)
        if resolve:
            rows = replace(rows, cells=tuple(replace(c, type="text") if c.type == UNKNOWN else c for c in rows.cells))
        return rows

    # -- SELECT --------------------------------------------------------------------------------------------------

    def _select(self, body: Node, outer: Scope | None) -> Rows:
        scope = Scope(outer=outer)
        self._with(body.get("withClause"), scope)
        if body.get("op", "SETOP_NONE") != "SETOP_NONE":
            return self._set_operation(body, scope)
        if "valuesLists" in body:
            return self._values(body, scope)
        for entry in body.get("fromClause", ()):
            self._from(entry, scope)
        rows = self._targets(body.get("targetList", ()), scope)
        self.type_of(body.get("whereClause"), scope)
        self.type_of(body.get("havingClause"), scope)
        self.visit(body.get("windowClause"), scope)
        outputs = frozenset(c.name for c in rows.cells)
        self._sorting(body, scope, outputs, rows.complete)
        return rows

    def _sorting(self, body: Node, scope: Scope, outputs: frozenset[str], complete: bool) -> None:
        """Analyse GROUP BY, ORDER BY, DISTINCT ON, LIMIT: a bare name there may be an output column's."""
        for key in ("groupClause", "sortClause", "distinctClause"):
            for entry in body.get(key, ()):
                node = entry.get("SortBy", {}).get("node", entry)
                reference = node.get("ColumnRef") if isinstance(node, dict) else None
                if reference is not None and len(reference["fields"]) == 1:
                    written = strings(reference["fields"])
                    if written and (written[0] in outputs or not complete):
                        continue
                self.visit([node], scope)
        for key in ("limitCount", "limitOffset"):
            self.type_of(body.get(key), scope)

    def _targets(self, targets: Any, scope: Scope) -> Rows:
        cells: list[Cell] = []
        complete = True
        for target in targets:
            entry = target["ResTarget"]
            value = entry["val"]
            starred = self._starred(value, scope)
            if starred is not None:
                cells.extend(starred.cells)
                complete = complete and starred.complete
                continue
            inner: list[str] = []
            cell = self.cell(value, scope)
            if "SubLink" in value or entry.get("name") is None:
                inner = self._inner_names(value)
            name = entry.get("name") or column_name(value, inner)
            cells.append(replace(cell, name=name))
        return Rows(tuple(cells), complete)

    def _inner_names(self, value: Node) -> list[str]:
        """Return the name of a scalar subquery's column, where the value's own name derives from one."""
        while True:
            ((tag, body),) = value.items()
            if tag == "SubLink" and body.get("subLinkType") == "EXPR_SUBLINK":
                quiet = Queries(self.catalog, self.search_path, self.parameters, self.temporary)
                rows = quiet.query(body["subselect"], None)
                return [rows.cells[0].name] if rows.cells else []
            following = body.get("defresult") if tag == "CaseExpr" else body.get("arg") if tag != "FuncCall" else None
            if not isinstance(following, dict) or len(following) != 1 or not next(iter(following))[0].isupper():
                return []
            value = following

    def _starred(self, value: Node, scope: Scope) -> Rows | None:
        """Return the columns that a select list's `*`, `t.*` or `(row).*` stands for; None where it is none of them."""
        reference = value.get("ColumnRef")
        if reference is not None and "A_Star" in reference["fields"][-1]:
            return self.star(reference, scope)
        indirection = value.get("A_Indirection")
        if indirection is not None and "A_Star" in indirection["indirection"][-1]:
            call = indirection["arg"].get("FuncCall")
            if call is not None and len(indirection["indirection"]) == 1:
                return self._function_rows(call, scope, None)[0]
            inner = dict(indirection, indirection=indirection["indirection"][:-1])
            text = self.type_of({"A_Indirection": inner}, scope)
            return self.fields(text) if text is not None else Rows(complete=False)
        return None

    def _values(self, body: Node, scope: Scope) -> Rows:
        lines = [[self.type_of(n, scope) for n in line["List"].get("items", ())] for line in body["valuesLists"]]
        self._sorting(body, scope, frozenset(), False)
        width = len(lines[0])
        columns = [[line[i] for line in lines if i < len(line)] for i in range(width)]
        if len(lines) == 1:
            return Rows(tuple(Cell(f"column{i + 1}", c[0]) for i, c in enumerate(columns)))
        return Rows(tuple(Cell(f"column{i + 1}", self.common(c)) for i, c in enumerate(columns)))

    def _set_operation(self, body: Node, scope: Scope) -> Rows:
        left = self.query({"SelectStmt": body["larg"]}, scope, resolve=False)
        right = self.query({"SelectStmt": body["rarg"]}, scope, resolve=False)
        self._sorting(body, scope, frozenset(c.name for c in left.cells), False)
        return self._united(left, right)

    def _united(self, left: Rows, right: Rows) -> Rows:
        known = right.complete and len(right.cells) == len(left.cells)
        cells = [
            Cell(c.name, self.common([c.type, right.cells[i].type]) if known else None)
            for i, c in enumerate(left.cells)
        ]
        return Rows(tuple(cells), left.complete)

    # -- WITH ----------------------------------------------------------------------------------------------------

    def _with(self, clause: Node | None, scope: Scope) -> None:
        if clause is None:
            return
        for entry in clause.get("ctes", ()):
            body = entry["CommonTableExpr"]
            name, names = body["ctename"], strings(body.get("aliascolnames"))
            statement = body["ctequery"]
            select = statement.get("SelectStmt")
            if clause.get("recursive") and select is not None and select.get("op", "SETOP_NONE") == "SETOP_UNION":
                rows = self._recursive(name, names, select, scope)
            else:
                if clause.get("recursive"):  # it may name itself; what it gives is then not known yet
                    scope.queries[name] = Rows(complete=False)
                rows = _renamed(self.query(statement, scope), names)
            scope.queries[name] = self._searched(body, rows, scope)

    def _recursive(self, name: str, names: tuple[str, ...], select: Node, scope: Scope) -> Rows:
        inner = Scope(outer=scope)
        self._with(select.get("withClause"), inner)
        rows = _renamed(self.query({"SelectStmt": select["larg"]}, inner), names)
        inner.queries[name] = Rows(tuple(replace(c, source=None) for c in rows.cells), rows.complete)
        self.query({"SelectStmt": select["rarg"]}, inner)
        self._sorting(select, inner, frozenset(c.name for c in rows.cells), False)
        return inner.queries[name]

    def _searched(self, body: Node, rows: Rows, scope: Scope) -> Rows:
        added: list[Cell] = []
        search, cycle = body.get("search_clause"), body.get("cycle_clause")
        if search is not None:
            breadth = search.get("search_breadth_first", False)
            added.append(Cell(search["search_seq_column"], "record" if breadth else "record[]"))
        if cycle is not None:
            marks = [self.type_of(cycle.get(k), scope) for k in ("cycle_mark_value", "cycle_mark_default")]
            added.append(Cell(cycle["cycle_mark_column"], self.common(marks)))
            added.append(Cell(cycle["cycle_path_column"], "record[]"))
        return replace(rows, cells=rows.cells + tuple(added))

    # -- FROM ----------------------------------------------------------------------------------------------------

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
        item.rows = _renamed(item.rows, names)
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
        return Item(name, Rows(complete=False), None if schema is None else Name(schema, name), row_type=None)

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
            merged, rest = [], [*left.rows.cells, *right.rows.cells]
        shared = body.get("join_using_alias")
        if shared is not None:
            scope.items.append(Item(shared["aliasname"], Rows(tuple(merged)), columns_visible=False))
        quals = body.get("quals")
        if quals is not None:
            # The condition sees the two sides alone (and the queries around); the names before them are out of reach.
            inner = Scope(scope.items[before:], scope.outer, scope.queries)
            self.type_of(quals, inner)
        join = Item(label, _renamed(Rows((*merged, *rest), complete), names), named=label is not None)
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
                rows = Rows((Cell(label or column_name(call[0], []), self.type_of(call[0], scope)),))
            cells.extend(rows.cells)
            complete = complete and rows.complete
        if body.get("ordinality"):
            cells.append(Cell("ordinality", "bigint"))
        whole = len(calls) == 1 and not body.get("ordinality")
        return Item(
            label or column_name(first, []), Rows(tuple(cells), complete), row_type=row_type if whole else "record"
        )

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

    # -- statements that write -----------------------------------------------------------------------------------

    def _target(self, body: Node, scope: Scope) -> Item:
        relation = body["relation"]
        item = self._relation(relation, scope, write=True)
        item.alias = (relation.get("alias") or {}).get("aliasname") or item.alias
        return item

    def _assignments(self, targets: Any, item: Item, scope: Scope) -> None:
        for target in targets:
            entry = target["ResTarget"]
            cell = self.member(item, (entry["name"],), entry.get("location", -1), write=True)
            self.visit(entry.get("indirection"), scope)
            value = entry.get("val")
            if value is None:
                continue
            if "indirection" not in entry:
                self.meets(cell, value, write=True)
            multiple = value.get("MultiAssignRef")
            if multiple is None:
                self.visit([value], scope)
            elif multiple.get("colno", 1) == 1:
                self.visit([multiple.get("source")], scope)

    def _returning(self, body: Node, scope: Scope, item: Item) -> Rows:
        clause = body.get("returningClause")
        if clause is None:
            return Rows()
        aliases = {"old": "old", "new": "new"}
        for option in clause.get("options", ()):
            entry = option["ReturningOption"]
            aliases["old" if entry.get("option") == "RETURNING_OPTION_OLD" else "new"] = entry["value"]
        for alias in aliases.values():
            scope.items.append(replace(item, alias=alias, columns_visible=False, named=True))
        return self._targets(clause.get("exprs", ()), scope)

    def _insert(self, body: Node, outer: Scope | None) -> Rows:
        scope = Scope(outer=outer)
        self._with(body.get("withClause"), scope)
        item = self._target(body, scope)
        if "selectStmt" in body:
            self.query(body["selectStmt"], scope)
        scope.items.append(item)
        self._assignments(body.get("cols", ()), item, scope)
        self._inserted(body, item)
        conflict = body.get("onConflictClause")
        if conflict is not None:
            infer = conflict.get("infer") or {}
            for element in infer.get("indexElems", ()):
                entry = element["IndexElem"]
                if "name" in entry:
                    self.member(item, (entry["name"],), infer.get("location", -1))
                else:
                    self.visit([entry.get("expr")], scope)
            self.visit([n for n in (infer.get("whereClause"),) if n], scope)
            excluded = replace(item, alias="excluded", columns_visible=False)
            inner = Scope([item, excluded], outer, scope.queries)
            self._assignments(conflict.get("targetList", ()), item, inner)
            self.visit([n for n in (conflict.get("whereClause"),) if n], inner)
        return self._returning(body, scope, item)

    def _inserted(self, body: Node, item: Item) -> None:
        """Hold the literals of an INSERT that lists its columns against them."""
        columns = [column["ResTarget"] for column in body.get("cols", ())]
        select = body.get("selectStmt", {}).get("SelectStmt", {})
        lines = [line["List"].get("items", ()) for line in select.get("valuesLists", ())]
        if not lines and select.get("op", "SETOP_NONE") == "SETOP_NONE":
            lines = [[target["ResTarget"].get("val") for target in select.get("targetList", ())]]
        for line in lines:
            for column, value in zip(columns, line, strict=False):
                cell = item.cell(column["name"])
                if value and cell is not None and "indirection" not in column:
                    self.meets(cell, value, write=True)

    def _update(self, body: Node, outer: Scope | None) -> Rows:
        scope = Scope(outer=outer)
        self._with(body.get("withClause"), scope)
        item = self._target(body, scope)
        scope.items.append(item)
        for entry in body.get("fromClause", ()):
            self._from(entry, scope)
        self._assignments(body.get("targetList", ()), item, scope)
        self.type_of(body.get("whereClause"), scope)
        return self._returning(body, scope, item)

    def _delete(self, body: Node, outer: Scope | None) -> Rows:
        scope = Scope(outer=outer)
        self._with(body.get("withClause"), scope)
        item = self._target(body, scope)
        scope.items.append(item)
        for entry in body.get("usingClause", ()):
            self._from(entry, scope)
        self.type_of(body.get("whereClause"), scope)
        return self._returning(body, scope, item)

    def _merge(self, body: Node, outer: Scope | None) -> Rows:
        scope = Scope(outer=outer)
        self._with(body.get("withClause"), scope)
        item = self._target(body, scope)
        self._from(body["sourceRelation"], scope)
        source = list(scope.items)
        scope.items.append(item)
        self.type_of(body.get("joinCondition"), scope)
        for entry in body.get("mergeWhenClauses", ()):
            clause = entry["MergeWhenClause"]
            insert = clause.get("commandType") == "CMD_INSERT"
            inner = Scope(source, outer, scope.queries) if insert else scope
            self.type_of(clause.get("condition"), inner)
            self._assignments(clause.get("targetList", ()), item, inner)
            self.visit(clause.get("values"), inner)
        return self._returning(body, scope, item)


def _beside(scope: Scope) -> Scope:
    """Return what a subquery in FROM sees without LATERAL: the queries of this level and all around, no neighbours."""
    return Scope([], scope.outer, scope.queries)


def _renamed(rows: Rows, names: tuple[str, ...]) -> Rows:
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
