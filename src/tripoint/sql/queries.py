"""The columns of a query, and every name in it."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from typing import Any, Final

from msgspec.structs import replace

from tripoint.model.words import counted
from tripoint.sql.extent import first_location
from tripoint.sql.facts import Node
from tripoint.sql.from_clause import FromClauses, renamed
from tripoint.sql.grouping import RefusedQuery, refusals, written_refusals
from tripoint.sql.naming import column_name
from tripoint.sql.overload import UNKNOWN
from tripoint.sql.space import Cell, Item, Rows, Scope, SqlName
from tripoint.sql.types import strings

__all__ = ["Queries"]


_OUTPUT: Final = Item(None, Rows())
_ASKS_MORE: Final = frozenset({"groupClause", "havingClause", "distinctClause"})
"""Clauses that ask something of the others."""
_NOT_OVERRIDING: Final = "OVERRIDING_NOT_SET"
_SETS: Final = {"SETOP_UNION": "UNION", "SETOP_INTERSECT": "INTERSECT", "SETOP_EXCEPT": "EXCEPT"}


class Queries(FromClauses):
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
        before = self.aggregates
        rows = self._targets(body.get("targetList", ()), scope)
        self.condition(body.get("whereClause"), scope, "WHERE")
        self.condition(body.get("havingClause"), scope, "HAVING")
        self.visit(body.get("windowClause"), scope)
        self._sorting(body, scope, rows)
        if self.aggregates != before or not _ASKS_MORE.isdisjoint(body):
            self._refuse(refusals(body, scope, rows, self.catalog, self.search_path))
        return rows

    def _refuse(self, found: Iterable[RefusedQuery]) -> None:
        for one in found:
            self.refuses(one.code, one.said, one.location)

    def _sorting(self, body: Node, scope: Scope, rows: Rows) -> None:
        """Analyse GROUP BY, ORDER BY, DISTINCT ON, LIMIT: a bare name there may be an output column's, in the brackets
        of `group by (a, b)` and of grouping sets, too.

        GROUP BY takes a column of the FROM clause first, the others one of the output.
        """
        outputs = frozenset(c.name for c in rows.cells)
        for key in ("groupClause", "sortClause", "distinctClause"):
            for node in _keys(body.get(key, ())):
                reference = node.get("ColumnRef") if isinstance(node, dict) else None
                if reference is not None and len(reference["fields"]) == 1:
                    written = strings(reference["fields"])
                    if written and (written[0] in outputs or not rows.complete):
                        named = [(_OUTPUT, c) for c in rows.cells if c.name == written[0] and c.source is not None]
                        apart = list({c.source: (item, c) for item, c in named}.values())
                        local = scope.holders(written[0]) if key == "groupClause" else apart
                        self.unclear(
                            written,
                            reference.get("location", -1),
                            local,
                            scope.called(written[0]),
                            key == "groupClause",
                        )
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
            # A parameter without a name holds the place of what code fills in: a list of columns, often.
            complete = complete and ("name" in entry or not _is_parameter(value))
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
        self._sorting(body, scope, Rows(complete=False))
        width = len(lines[0])
        columns = [[line[i] for line in lines if i < len(line)] for i in range(width)]
        if len(lines) == 1:
            return Rows(tuple(Cell(f"column{i + 1}", c[0]) for i, c in enumerate(columns)))
        written = body["valuesLists"]
        return Rows(tuple(Cell(f"column{i + 1}", self.common(c, "VALUES", written)) for i, c in enumerate(columns)))

    def _set_operation(self, body: Node, scope: Scope) -> Rows:
        left = self.query({"SelectStmt": body["larg"]}, scope, resolve=False)
        right = self.query({"SelectStmt": body["rarg"]}, scope, resolve=False)
        self._sorting(body, scope, Rows(complete=False))
        word = _SETS[body["op"]]
        known = right.complete and len(right.cells) == len(left.cells)
        if left.complete and right.complete and not known:
            self.refuses(
                "42601", f"each {word} query must have the same number of columns", first_location(body["rarg"])
            )
        cells = [
            Cell(c.name, self.common([c.type, right.cells[i].type], word, body["rarg"]) if known else None)
            for i, c in enumerate(left.cells)
        ]
        return Rows(tuple(cells), left.complete)

    # -- WITH ----------------------------------------------------------------------------------------------------

    def _with(self, clause: Node | None, scope: Scope) -> None:
        if clause is None:
            return
        entries = clause.get("ctes", ())
        if clause.get("recursive"):  # each may name itself and the others; what it gives is then not known yet
            scope.queries.update((entry["CommonTableExpr"]["ctename"], Rows(complete=False)) for entry in entries)
        for entry in entries:
            body = entry["CommonTableExpr"]
            name, names = body["ctename"], strings(body.get("aliascolnames"))
            statement = body["ctequery"]
            select = statement.get("SelectStmt")
            if clause.get("recursive") and select is not None and select.get("op", "SETOP_NONE") == "SETOP_UNION":
                rows = self._recursive(name, names, select, scope)
            else:
                rows = renamed(self.query(statement, scope), names)
            scope.queries[name] = self._searched(body, rows, scope)

    def _recursive(self, name: str, names: tuple[str, ...], select: Node, scope: Scope) -> Rows:
        inner = Scope(outer=scope)
        self._with(select.get("withClause"), inner)
        rows = renamed(self.query({"SelectStmt": select["larg"]}, inner), names)
        inner.queries[name] = Rows(tuple(replace(c, source=None) for c in rows.cells), rows.complete)
        self.query({"SelectStmt": select["rarg"]}, inner)
        self._sorting(select, inner, Rows(complete=False))
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
                given = self.type_of(value, scope)
                if "indirection" not in entry:
                    self.stores(cell, given, entry.get("location", -1))
            elif multiple.get("colno", 1) == 1:
                source = multiple.get("source") or {}
                if "SubLink" in source:  # as many columns as are set, not one
                    self.query(source["SubLink"]["subselect"], scope)
                else:
                    self.visit([source], scope)

    def _computes(self, item: Item, targets: Any) -> None:
        """Note what is written to columns that PostgreSQL computes itself: it takes nothing there but DEFAULT."""
        table = self.catalog.tables.get(item.relation) if item.relation is not None else None
        for target in targets if table is not None else ():
            entry = target["ResTarget"]
            column = table.columns.get(entry["name"]) if table is not None else None
            computed = column is not None and (column.generated or column.identity == "always")
            if computed and item.relation is not None and "SetToDefault" not in entry.get("val", {"SetToDefault": {}}):
                location = entry.get("location", -1)
                name = SqlName("refused", ("428C9",), location, "bound", item.relation, entry["name"], write=True)
                self.names.append(name)

    def _named_once(self, targets: Any, code: str, said: str) -> None:
        """Note a column that a statement writes twice; parts of one, as of an array, may be."""
        seen: set[str] = set()
        for target in targets:
            entry = target["ResTarget"]
            if entry["name"] in seen and "indirection" not in entry:
                self.refuses(code, said.format(entry["name"]), entry.get("location", -1))
            seen.add(entry["name"])

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
        given = self._rows_given(body["selectStmt"], scope) if "selectStmt" in body else []
        scope.items.append(item)
        self._assignments(body.get("cols", ()), item, scope)
        self._named_once(body.get("cols", ()), "42701", 'column "{}" specified more than once')
        self._inserted(body, item, given)
        conflict = body.get("onConflictClause")
        if conflict is not None:
            infer = conflict.get("infer") or {}
            for element in infer.get("indexElems", ()):
                entry = element["IndexElem"]
                if "name" in entry:
                    if entry["name"] in self.variables:
                        self.unclear((entry["name"],), infer.get("location", -1), scope.holders(entry["name"]))
                    self.member(item, (entry["name"],), infer.get("location", -1))
                else:
                    self.visit([entry.get("expr")], scope)
            self.visit([n for n in (infer.get("whereClause"),) if n], scope)
            inner = Scope([item, replace(item, alias="excluded")], outer, scope.queries)
            self._assignments(conflict.get("targetList", ()), item, inner)
            self._named_once(conflict.get("targetList", ()), "42601", 'multiple assignments to same column "{}"')
            self._computes(item, conflict.get("targetList", ()))
            self.visit([n for n in (conflict.get("whereClause"),) if n], inner)
        return self._returning(body, scope, item)

    def _rows_given(self, statement: Node, scope: Scope) -> list[list[str | None]]:
        """Return the types of the rows that an INSERT is given: of a query one row; none where they can't be told."""
        select = statement.get("SelectStmt", {})
        if "valuesLists" in select and "withClause" not in select:
            inner = Scope(outer=scope)
            rows = [[self.type_of(n, inner) for n in line["List"].get("items", ())] for line in select["valuesLists"]]
            self._sorting(select, inner, Rows(complete=False))
            return rows
        found = self.query(statement, scope, resolve=False)
        return [[cell.type for cell in found.cells]] if found.complete else []

    def _inserted(self, body: Node, item: Item, given: list[list[str | None]]) -> None:
        """Hold the literals of an INSERT that lists its columns against them."""
        columns = [column["ResTarget"] for column in body.get("cols", ())]
        select = body.get("selectStmt", {}).get("SelectStmt", {})
        lines = [line["List"].get("items", ()) for line in select.get("valuesLists", ())]
        if not lines and select.get("op", "SETOP_NONE") == "SETOP_NONE":
            lines = [[target["ResTarget"].get("val") for target in select.get("targetList", ())]]
        wrong = [line for line in lines if columns and _differs(line, len(columns))]
        plain = body.get("override", _NOT_OVERRIDING) == _NOT_OVERRIDING
        for number, column in enumerate(columns if plain and not wrong else ()):
            if not lines or any("SetToDefault" not in line[number] for line in lines if len(line) == len(columns)):
                self._computes(item, [{"ResTarget": column | {"val": {"ParamRef": {}}}}])
        if wrong and item.row_type is not None:
            relation = body["relation"]
            written = tuple(filter(None, (relation.get("schemaname"), relation["relname"])))
            said = f"{counted(len(columns), 'column')}, but {counted(len(wrong[0]), 'value')}"
            location = relation.get("location", -1)
            self.names.append(SqlName("count", written, location, "bound", item.relation, reason=said))
        for row in given if not wrong else ():
            for column, type_ in zip(columns, row, strict=False):
                cell = item.cell(column["name"])
                if cell is not None and "indirection" not in column:
                    self.stores(cell, type_, column.get("location", -1))
        for line in lines if not wrong else ():  # else nothing tells which value is meant for which column
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
        before = self.aggregates
        self._assignments(body.get("targetList", ()), item, scope)
        self._named_once(body.get("targetList", ()), "42601", 'multiple assignments to same column "{}"')
        self._computes(item, body.get("targetList", ()))
        self.condition(body.get("whereClause"), scope, "WHERE")
        if self.aggregates != before:
            self._refuse(written_refusals(body, scope, self.catalog, self.search_path))
        return self._returning(body, scope, item)

    def _delete(self, body: Node, outer: Scope | None) -> Rows:
        scope = Scope(outer=outer)
        self._with(body.get("withClause"), scope)
        item = self._target(body, scope)
        scope.items.append(item)
        for entry in body.get("usingClause", ()):
            self._from(entry, scope)
        before = self.aggregates
        self.condition(body.get("whereClause"), scope, "WHERE")
        if self.aggregates != before:
            self._refuse(written_refusals(body, scope, self.catalog, self.search_path))
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


def _keys(entries: Any) -> Iterator[Any]:
    """Yield what is grouped or sorted by."""
    for entry in entries:
        node = entry.get("SortBy", {}).get("node", entry)
        row = node.get("RowExpr", {}) if isinstance(node, dict) else {}
        if row.get("row_format") == "COERCE_IMPLICIT_CAST":
            yield from _keys(row.get("args", ()))
        elif isinstance(node, dict) and "GroupingSet" in node:
            yield from _keys(node["GroupingSet"].get("content", ()))
        else:
            yield node


def _is_parameter(value: Node) -> bool:
    """Return whether an expression is a parameter alone; `id $1` is one of the type `id` to libpg_query."""
    inner: Node = value["TypeCast"]["arg"] if value.get("TypeCast", {}).get("location") == -1 else value
    return "ParamRef" in inner


def _differs(line: Sequence[Node], width: int) -> bool:
    """Return whether a row has more or fewer values than an INSERT has columns; what a star stands for is not known."""
    return bool(line) and len(line) != width and not any(_is_starred(value) for value in line)


def _is_starred(value: Node) -> bool:
    fields = value.get("ColumnRef", {}).get("fields") or value.get("A_Indirection", {}).get("indirection") or ()
    return any("A_Star" in one for one in fields)
