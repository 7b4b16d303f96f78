"""The type of an expression, and every name in it."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any, Final

from tripoint.model.readable import reads
from tripoint.model.regex import regex
from tripoint.model.words import counted
from tripoint.sql.alternatives import alternatives, denied, equality
from tripoint.sql.builtins import Signature, base_type
from tripoint.sql.extent import first_location
from tripoint.sql.facts import Node
from tripoint.sql.grouping import aggregate_names
from tripoint.sql.overload import UNKNOWN, laid_out
from tripoint.sql.resolver import Resolver
from tripoint.sql.space import Cell, Item, Rows, Scope, SqlName
from tripoint.sql.types import SYSTEM_TYPES, strings

__all__ = ["Expressions"]

_VALUES: Final = {
    "SVFOP_CURRENT_DATE": "date",
    "SVFOP_CURRENT_TIME": "time with time zone",
    "SVFOP_CURRENT_TIME_N": "time with time zone",
    "SVFOP_CURRENT_TIMESTAMP": "timestamp with time zone",
    "SVFOP_CURRENT_TIMESTAMP_N": "timestamp with time zone",
    "SVFOP_LOCALTIME": "time without time zone",
    "SVFOP_LOCALTIME_N": "time without time zone",
    "SVFOP_LOCALTIMESTAMP": "timestamp without time zone",
    "SVFOP_LOCALTIMESTAMP_N": "timestamp without time zone",
}
"""The types of CURRENT_DATE and its like; the others (CURRENT_USER, …) are of type name."""

_FIXED: Final = {
    "NullTest": "boolean",
    "BooleanTest": "boolean",
    "GroupingFunc": "integer",
    "MergeSupportFunc": "text",
    "CurrentOfExpr": "boolean",
    "JsonIsPredicate": "boolean",
    "JsonScalarExpr": "json",
    "JsonParseExpr": "json",
}
_JSON_DEFAULT: Final = {
    "JsonObjectConstructor": "json",
    "JsonArrayConstructor": "json",
    "JsonArrayQueryConstructor": "json",
    "JsonObjectAgg": "json",
    "JsonArrayAgg": "json",
    "JsonSerializeExpr": "text",
}
_JSON_FUNCTION: Final = {"JSON_EXISTS_OP": "boolean", "JSON_QUERY_OP": "jsonb", "JSON_VALUE_OP": "text"}

_COMPARISONS: Final = frozenset(
    ["AEXPR_OP_ANY", "AEXPR_OP_ALL", "AEXPR_DISTINCT", "AEXPR_NOT_DISTINCT", "AEXPR_IN"]
) | {
    "AEXPR_LIKE",
    "AEXPR_ILIKE",
    "AEXPR_SIMILAR",
    "AEXPR_BETWEEN",
    "AEXPR_NOT_BETWEEN",
    "AEXPR_BETWEEN_SYM",
    "AEXPR_NOT_BETWEEN_SYM",
}
_ALWAYS_BOOLEAN: Final = frozenset(
    ["=", "<>", "!=", "<", ">", "<=", ">=", "~~", "!~~", "~~*", "!~~*", "@>", "<@", "&&"]
)

_OWN: Final = frozenset("= <> != < > <= >= ~~ !~~ ~~* !~~* + - * / || -> ->>".split())  # noqa: SIM905
"""Operators of which an extension has none for PostgreSQL's own types, but for `+` and `-` of arrays (intarray)."""

_MEETING: Final = frozenset(["AEXPR_OP", "AEXPR_IN", "AEXPR_DISTINCT", "AEXPR_NOT_DISTINCT"])
"""The comparisons in which an untyped literal takes the type of the other side."""

_FILLED_IN: Final = regex(r"\$\d|[%{}]|^[:@?]|\s\s|\s$")
"""What a literal holds of which a part is only known at run time: a parameter, a placeholder, or a constant among the
blanks that keep every offset of the code's own text."""

_NOT_HELD: Final = frozenset({None, "P", "C", "X"})
"""The categories of types of which nothing is said: pseudo types, rows, and what is not known."""

_CELL: Final = Cell("")


def _is_array(text: str | None) -> bool:
    return text is not None and text.endswith("[]")


def _branches(node: Node | None) -> list[Node]:
    """Return the values of which a CASE or a COALESCE gives one."""
    body = (node or {}).get("CaseExpr")
    if body is not None:
        results = [entry["CaseWhen"].get("result") for entry in body.get("args", ())]
        return [one for one in (*results, body.get("defresult")) if one]
    return list((node or {}).get("CoalesceExpr", {}).get("args", ()))


class Expressions(Resolver):
    """Analyses expressions against a catalog; `queries.Queries` adds the queries."""

    def query(self, node: Node, outer: Scope | None, resolve: bool = True) -> Rows:
        """Analyse a query inside an expression."""
        raise NotImplementedError

    # -- expressions ---------------------------------------------------------------------------------------------

    def type_of(self, node: Node | None, scope: Scope) -> str | None:
        """Return the type of an expression: `UNKNOWN` for an untyped literal, None where it can't be told."""
        return self.cell(node, scope).type if node else None

    def cell(self, node: Node, scope: Scope) -> Cell:
        """Return an expression's type, and the column that it passes on."""
        ((tag, body),) = node.items()
        if tag == "ColumnRef":
            return self.column(body, scope)
        handler: Callable[[Node, Scope], str | None] | None = getattr(self, f"_{tag}", None)
        if handler is not None:
            return Cell("", handler(body, scope))
        self.visit(body, scope)
        if tag in _JSON_DEFAULT:
            returning = body.get("output", {}).get("typeName")
            return Cell("", self.type_name(returning) if returning else _JSON_DEFAULT[tag])
        return Cell("", _FIXED.get(tag))

    def visit(self, value: Any, scope: Scope) -> None:
        """Analyse whatever expressions stand in a part of the tree."""
        if isinstance(value, list):
            for entry in value:
                self.visit(entry, scope)
        elif isinstance(value, dict):
            for key, entry in value.items():
                if key[:1].isupper() and isinstance(entry, dict) and key not in _STRUCTURE:
                    self.cell({key: entry}, scope)
                else:
                    self.visit(entry, scope)

    def _A_Const(self, body: Node, scope: Scope) -> str | None:
        if body.get("isnull") or "sval" in body:
            return UNKNOWN
        if "ival" in body:
            return "integer"
        if "fval" in body:
            text = str(body["fval"].get("fval", ""))
            return "bigint" if text.isdecimal() and int(text) < 1 << 63 else "numeric"
        return "boolean" if "boolval" in body else '"bit"' if "bsval" in body else None

    def _ParamRef(self, body: Node, scope: Scope) -> str | None:
        return self.parameters.get(f"${body.get('number', 0)}")

    def _TypeCast(self, body: Node, scope: Scope) -> str | None:
        given = self.type_of(body.get("arg"), scope)
        text = self.type_name(body["typeName"])
        if given is not None and text is not None and not self.types.castable(given, text):
            self.refuses("42846", f"cannot cast type {given} to {text}", first_location(body.get("arg")))
        self.meets(Cell("", text), body.get("arg"), cast=True)
        return text

    def meets(self, cell: Cell, node: Node | None, write: bool = False, cast: bool = False) -> None:
        """Note a string literal that an enum or a column's type refuses, or that is written to a column with a CHECK
        constraint."""
        branches = _branches(node)
        # Of strings alone PostgreSQL makes text, which nothing but a cast makes a value of an enum.
        text_alone = not cast and all("sval" in branch.get("A_Const", {}) for branch in branches)
        for branch in branches:
            self.meets(Cell("", "text", cell.source) if text_alone else cell, branch, write, cast)
        constant = node.get("A_Const", {}) if node else {}
        if "sval" not in constant:
            return
        text = constant["sval"].get("sval", "")
        if _FILLED_IN.search(text):
            return
        name = self.types.user(cell.type) if cell.type is not None else None
        while name in self.catalog.domains and (write or cast):  # no operator compares a domain over an enum
            name = self.types.user(self.catalog.domains[name].type)
        enum = self.catalog.enums.get(name) if name is not None else None
        table, column = cell.source or (None, None)
        held = self.catalog.tables.get(table) if table is not None and write else None
        checked = held is not None and any(column in check.columns for check in held.constraint("check"))
        unread = table is not None and not cast and cell.type is not None and not reads(cell.type, text)
        if (enum is not None and text not in enum.values) or (enum is None and (checked or unread)):
            target = table or name
            at = constant.get("location", -1)
            if at >= 0 and at in self._met:
                return
            self._met.add(at)
            self.names.append(SqlName("value", (text,), at, "bound", target, column, write))

    def asks(self, cell: Cell, node: Node, scope: Scope) -> None:
        """Note a text that a column with a CHECK constraint is compared with, where nothing beside it may be met.

        A row that is yet to be written, or that a variable holds, is held to no constraint.
        """
        found = equality(node)
        if found is None or cell.source is None:
            return
        written, text, at = found
        if written[0] in ("new", "old") or (len(written) > 1 and scope.item(written[-2]) is None):
            return
        table, column = cell.source
        held = self.catalog.tables.get(table)
        checked = held is not None and any(column in check.columns for check in held.constraint("check"))
        name = self.types.user(cell.type) if cell.type is not None else None
        known = at < 0 or at in self._met or at in self._alternatives or _FILLED_IN.search(text) is not None
        if checked and not known and name not in self.catalog.enums:
            self._met.add(at)
            self.names.append(SqlName("value", (text,), at, "bound", table, column))

    def _of_itself(self, one: Node | None, other: Node | None, scope: Scope) -> None:
        """Note a column of a table that is compared with itself, however each side is written."""
        (item, name, at), (same, again, _) = (self._item_of(node, scope) for node in (one, other))
        if item is not None and item is same and name == again and item.relation is not None:
            self.names.append(SqlName("itself", (name,), at, "bound", item.relation, name))

    def _item_of(self, node: Node | None, scope: Scope) -> tuple[Item | None, str, int]:
        """Return the relation of a FROM clause that a column is one of, its name, and where it stands."""
        body = (node or {}).get("ColumnRef", {})
        fields = body.get("fields", ())
        if not fields or any("A_Star" in field for field in fields):
            return None, "", -1
        *qualifier, name = strings(fields)
        item = scope.item(qualifier[-1]) if qualifier else scope.column(name).item
        return item, name, body.get("location", -1)

    def _BoolExpr(self, body: Node, scope: Scope) -> str:
        operator, parts = body.get("boolop"), body.get("args", ())
        if operator == "OR_EXPR":
            self._alternatives |= alternatives(parts)
        elif operator == "NOT_EXPR":
            self._alternatives |= denied(parts[0])
        self.visit(parts, scope)
        return "boolean"

    def stores(self, cell: Cell, given: str | None, location: int) -> None:
        """Note a value that is written to a column, of a type of which PostgreSQL makes none of the column's."""
        if cell.type is None or given is None or cell.source is None or UNKNOWN in (cell.type, given):
            return
        kinds = {self.types.category(self.types.flat(text)) for text in (cell.type, given)}
        if kinds & _NOT_HELD or self.types.assignable(given, cell.type):
            return
        table, column = cell.source
        reason = base_type(given)
        self.names.append(SqlName("assignment", (column,), location, "bound", table, column, True, reason))

    def _CollateClause(self, body: Node, scope: Scope) -> str | None:
        return self.type_of(body.get("arg"), scope)

    def _NamedArgExpr(self, body: Node, scope: Scope) -> str | None:
        return self.type_of(body.get("arg"), scope)

    def _SQLValueFunction(self, body: Node, scope: Scope) -> str | None:
        text = _VALUES.get(body["op"], "name")
        precision = body.get("typmod", 0)
        return text.replace(" ", f"({precision}) ", 1) if body["op"].endswith("_N") else text

    def _CaseExpr(self, body: Node, scope: Scope) -> str | None:
        compared = self.type_of(body.get("arg"), scope)
        self._alternatives |= alternatives(entry["CaseWhen"].get("expr") for entry in body.get("args", ()))
        results: list[Node] = []
        for entry in body.get("args", ()):
            self.type_of(entry["CaseWhen"].get("expr"), scope)
            self.meets(Cell("", compared), entry["CaseWhen"].get("expr"))
            results += [result for result in (entry["CaseWhen"].get("result"),) if result]
        default = body.get("defresult")
        # PostgreSQL takes ELSE for the first of them.
        nodes = [default, *results] if default else results
        return self._of_one_type(nodes, scope, "CASE", body, whole=bool(default))

    def condition(self, node: Node | None, scope: Scope, clause: str) -> None:
        """Analyse what has to be true or false."""
        text = self.type_of(node, scope)
        if (
            node
            and text is not None
            and self.types.flat(text) != "boolean"
            and not self.types.assignable(text, "boolean")
        ):
            said = f"argument of {clause} must be type boolean, not type {text}"
            self.refuses("42804", said, first_location(node))

    def common(self, types: list[str | None], what: str = "", at: object = None) -> str | None:
        """Return the common type of several values: text where all are untyped literals.

        Where PostgreSQL finds none, and `what` says of which words it speaks, that is noted.
        """
        found = self.types.common(types)
        clash = self.types.clash(types) if found is None and what else None
        if clash is not None:
            self.refuses(clash[0], f"{what} {clash[1]}", first_location(at))
        return "text" if found == UNKNOWN else found

    def _of_one_type(self, nodes: list[Node], scope: Scope, what: str, at: Node, whole: bool = True) -> str | None:
        """Return the type that PostgreSQL makes of several values; strings among columns of one type become of that."""
        cells = [self.cell(node, scope) for node in nodes]
        typed = [cell for cell in cells if cell.type != UNKNOWN]
        kinds = {None if cell.type is None else base_type(cell.type) for cell in typed}
        column = next((cell for cell in typed if cell.source is not None), None)
        if column is not None and len(kinds) == 1:
            for node in nodes:
                if "A_Const" in node:
                    self.meets(column, node)
        types = [cell.type for cell in cells]
        return self.common(types if whole else [*types, UNKNOWN], what, at)

    def _CoalesceExpr(self, body: Node, scope: Scope) -> str | None:
        return self._of_one_type(list(body.get("args", ())), scope, "COALESCE", body)

    def _MinMaxExpr(self, body: Node, scope: Scope) -> str | None:
        word = "LEAST" if body.get("op") == "IS_LEAST" else "GREATEST"
        return self._of_one_type(list(body.get("args", ())), scope, word, body)

    def _A_ArrayExpr(self, body: Node, scope: Scope) -> str | None:
        elements = [self.type_of(n, scope) for n in body.get("elements", ())]
        common = self.common(elements, "ARRAY", body) if elements else None
        if common is None or common.endswith("[]"):
            return common
        return base_type(common) + "[]"

    def _RowExpr(self, body: Node, scope: Scope) -> str | None:
        self.visit(body.get("args"), scope)
        return "record"

    def _JsonFuncExpr(self, body: Node, scope: Scope) -> str | None:
        self.visit({k: v for k, v in body.items() if k != "output"}, scope)
        returning = body.get("output", {}).get("typeName")
        return self.type_name(returning) if returning else _JSON_FUNCTION.get(body.get("op", ""))

    def _SubLink(self, body: Node, scope: Scope) -> str | None:
        self.type_of(body.get("testexpr"), scope)
        rows = self.query(body["subselect"], scope)
        kind = body.get("subLinkType")
        if (
            kind in _OF_ONE_COLUMN
            and rows.complete
            and len(rows.cells) > 1
            and "RowExpr" not in body.get("testexpr", {})
        ):
            said = "subquery has too many columns" if kind in _COMPARED else "subquery must return only one column"
            self.refuses("42601", said, body.get("location", -1))
        if kind not in ("EXPR_SUBLINK", "ARRAY_SUBLINK"):
            return "boolean"
        text = rows.cells[0].type if rows.cells and rows.complete else None
        if kind == "EXPR_SUBLINK" or text is None:
            return text
        return text if self.types.element(text) is not None else base_type(text) + "[]"

    def _A_Indirection(self, body: Node, scope: Scope) -> str | None:
        text = self.type_of(body.get("arg"), scope)
        sliced = within = False
        for step in body.get("indirection", ()):
            if "A_Indices" in step:
                indices = step["A_Indices"]
                self.type_of(indices.get("lidx"), scope)
                self.type_of(indices.get("uidx"), scope)
                if text is None or self.types.flat(text) == "jsonb":
                    continue
                if indices.get("is_slice"):
                    sliced = True
                elif not sliced:
                    # All subscripts of one array count together: `a[1][2]` is an element just as `a[1]` is.
                    text, within = self.types.element(text) or (text if within else None), True
            elif "String" in step and text is not None:
                text = self._part(text, str(step["String"].get("sval", "")), body["arg"].get("ParamRef", {}))
            elif "A_Star" in step:
                return None
        return text

    def _part(self, text: str, name: str, parameter: Node) -> str | None:
        """Return the type of a row's field, `$1.title`, which is noted where the row is a table's."""
        owner = self.types.user(self.types.flat(text))
        if owner in self.catalog.tables:
            before = len(f"${parameter.get('number', 0)}.")
            at = parameter["location"] + before if parameter.get("location", -1) >= 0 else -1
            return self.member(Item(None, self.fields(text), owner, text), (name,), at).type
        return next((cell.type for cell in self.fields(text).cells if cell.name == name), None)

    def _A_Expr(self, body: Node, scope: Scope) -> str | None:
        lexpr, rexpr = body.get("lexpr"), body.get("rexpr")
        asked = (rexpr or {}).get("SubLink", {})
        row = (lexpr or {}).get("RowExpr")
        if (
            row is not None
            and asked.get("subLinkType") == "EXPR_SUBLINK"
            and body.get("kind", "AEXPR_OP") == "AEXPR_OP"
        ):
            return self._row_of_query(row, asked, scope)
        one = self.cell(lexpr, scope) if lexpr else _CELL
        other = _CELL
        if rexpr is not None and "List" in rexpr:
            self.visit(rexpr["List"], scope)
        elif rexpr:
            other = self.cell(rexpr, scope)
        left, right = one.type, other.type
        kind = body.get("kind", "AEXPR_OP")
        if kind in _MEETING and strings(body.get("name"))[-1] in ("=", "<>", "!="):
            for node in rexpr.get("List", {}).get("items", ()) if kind == "AEXPR_IN" and rexpr else (rexpr,):
                self.meets(one, node)
            self.meets(other, lexpr)
            for each in (one, other):
                self.asks(each, {"A_Expr": body}, scope)
            if kind == "AEXPR_OP" and strings(body.get("name"))[-1] == "=":
                self._of_itself(lexpr, rexpr, scope)
        if kind in _MEETING or kind == "AEXPR_OP_ANY":
            self._suits(body, one, other)
        if kind in _COMPARISONS:
            return "boolean"
        if kind == "AEXPR_NULLIF":
            return self._nullif(left, right)
        names = strings(body.get("name"))
        found = self.types.operator(names[-1], left, right, prefix="lexpr" not in body)
        if found is None and names[-1] in _ALWAYS_BOOLEAN and "lexpr" in body:
            return "boolean"
        return found

    def _row_of_query(self, row: Node, asked: Node, scope: Scope) -> str:
        """Analyse a comparison of a row with what a query returns, `(a, b) = (select c, d …)`: column by column."""
        values = row.get("args", ())
        self.visit(values, scope)
        rows = self.query(asked["subselect"], scope)
        whole = not any("A_Star" in field for value in values for field in value.get("ColumnRef", {}).get("fields", ()))
        if rows.complete and whole and len(rows.cells) != len(values):
            many = "many" if len(rows.cells) > len(values) else "few"
            self.refuses("42601", f"subquery has too {many} columns", asked.get("location", -1))
        return "boolean"

    def _suits(self, body: Node, one: Cell, other: Cell) -> None:
        """Note an operator that PostgreSQL does not have: of types that are known, and are none of others."""
        left, right = one.type, other.type
        kind, name = body.get("kind", "AEXPR_OP"), strings(body.get("name"))
        if kind == "AEXPR_OP_ANY" and right is not None:
            right = self.types.element(right)
        if kind == "AEXPR_IN" or name[-1] not in _OWN or (name[-1] in "+-" and any(map(_is_array, (left, right)))):
            return
        if self.types.lacks_operator(name[-1], left, right):
            reason = f"{left} {name[-1]} {right}"
            self._lacks(name, body.get("location", -1), (one, other), reason)

    def _lacks(self, name: tuple[str, ...], location: int, operands: Sequence[Cell], reason: str) -> None:
        """Note an operator or a function that PostgreSQL does not have, with the first column that it is asked of."""
        table, column = next((cell.source for cell in operands if cell.source is not None), (None, None))
        self.names.append(SqlName("operator", name[-1:], location, "bound", table, column, reason=reason))

    def _nullif(self, left: str | None, right: str | None) -> str | None:
        if left is None:
            return None
        if left != UNKNOWN:
            return left
        return "text" if right == UNKNOWN else base_type(right) if right is not None else None

    # -- functions -----------------------------------------------------------------------------------------------

    def _FuncCall(self, body: Node, scope: Scope) -> str | None:
        return self.function(body, scope)[1]

    def function(self, body: Node, scope: Scope) -> tuple[Signature | None, str | None]:
        """Return the function that a call means and its result's type; either is None where it can't be told."""
        arguments = list(body.get("args", ()))
        names = [a["NamedArgExpr"]["name"] if "NamedArgExpr" in a else None for a in arguments]
        cells = [self.cell(a, scope) for a in arguments]
        types = [cell.type for cell in cells]
        ordered = [self.type_of(s["SortBy"].get("node"), scope) for s in body.get("agg_order", ())]
        if body.get("agg_within_group"):
            types, names = types + ordered, names + [None] * len(ordered)
        self.type_of(body.get("agg_filter"), scope)
        self.visit(body.get("over"), scope)
        written = strings(body.get("funcname"))
        location = body.get("location", -1)
        self.aggregates += "over" in body or written[-1] in aggregate_names()
        target, candidates = self.find_functions(written)
        fitting = [c for s in candidates if (c := laid_out(s, names, bool(body.get("func_variadic"))))]
        if not fitting and len(written) == len(types) == 1 and names == [None]:
            field = self._called_field(written, types[0], location)
            if field is not None:
                return None, field.type
        if not candidates:
            self.names.append(SqlName("function", written, location, *self._absent(written)))
            return None, None
        if not fitting and not any(a is None for a in names) and names:
            reason = "no function of that name takes these arguments"
        else:
            reason = f"no function of that name takes {counted(len(names), 'argument')}"
        if not fitting:
            if target is not None:
                self.names.append(SqlName("function", written, location, "unknown", target, reason=reason))
            return None, None
        chosen, result = self.types.call(fitting, types)
        plain = not body.get("func_variadic") and not body.get("agg_within_group")
        if chosen is None and plain and self._takes_none(written[-1], fitting, types):
            shown = f"{written[-1]}({', '.join(map(str, types))})"
            reason = f"no function of that name takes ({', '.join(map(str, types))})"
            if target is None:
                self._lacks(written, location, cells, shown)
            else:
                self.names.append(SqlName("function", written, location, "unknown", target, reason=reason))
        elif target is not None:
            self.names.append(SqlName("function", written, location, "bound", target))
        if chosen is not None and chosen.kind == "p":
            return chosen, None
        return chosen, result

    def _takes_none(self, name: str, fitting: list[Signature], types: list[str | None]) -> bool:
        return name not in SYSTEM_TYPES and self.types.lacks_function(fitting, types)  # a type's name may be a cast


_COMPARED: Final = frozenset({"ANY_SUBLINK", "ALL_SUBLINK"})
_OF_ONE_COLUMN: Final = _COMPARED | {"EXPR_SUBLINK", "ARRAY_SUBLINK"}

_STRUCTURE: Final = frozenset(
    """
    List ResTarget CaseWhen SortBy WindowDef JsonValueExpr JsonFormat JsonOutput JsonReturning JsonKeyValue
    JsonBehavior JsonArgument JsonAggConstructor String Integer Float Boolean BitString TypeName
    """.split()  # noqa: SIM905
)
"""Nodes that hold expressions and are none."""
