"""The type of an expression, and every name in it."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any, Final

from msgspec import Struct, field
from msgspec.structs import replace

from tripoint.model.catalog import Catalog
from tripoint.model.name import Name, quote_identifier
from tripoint.model.regex import regex
from tripoint.model.words import counted
from tripoint.sql.builtins import SYSTEM_DOMAINS, Signature, base_type, builtins
from tripoint.sql.facts import Node
from tripoint.sql.names_in import parse_type_name
from tripoint.sql.overload import UNKNOWN, Types, laid_out, signature_of
from tripoint.sql.space import SYSTEM_COLUMNS, Cell, Item, Rows, Scope, SqlName
from tripoint.sql.types import SYSTEM_TYPES, format_type, strings

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
    "BoolExpr": "boolean",
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

_MEETING: Final = frozenset(["AEXPR_OP", "AEXPR_IN", "AEXPR_DISTINCT", "AEXPR_NOT_DISTINCT"])
"""The comparisons in which an untyped literal takes the type of the other side."""

_FILLED_IN: Final = regex(r"\$\d|[%{}]|^[:@?]|\s\s|\s$")
"""What a literal holds of which a part is only known at run time: a parameter, a placeholder, or a constant among the
blanks that keep every offset of the code's own text."""

_CELL: Final = Cell("")


def _branches(node: Node | None) -> list[Node]:
    """Return the values of which a CASE or a COALESCE gives one."""
    body = (node or {}).get("CaseExpr")
    if body is not None:
        results = [entry["CaseWhen"].get("result") for entry in body.get("args", ())]
        return [one for one in (*results, body.get("defresult")) if one]
    return list((node or {}).get("CoalesceExpr", {}).get("args", ()))


class Expressions(Struct):
    """Analyses expressions against a catalog; `queries.Queries` adds the queries."""

    catalog: Catalog
    search_path: tuple[str, ...]
    parameters: Mapping[str, str | None] = field(default_factory=dict)
    """Variables and parameters in reach: name → type; None or `record` where its fields can't be told."""
    temporary: frozenset[str] = frozenset()
    """Relations that only exist at run time."""
    names: list[SqlName] = field(default_factory=list)
    _types: Types | None = None

    @property
    def types(self) -> Types:
        """What the catalog says of types."""
        if self._types is None:
            self._types = Types(self.catalog)
        return self._types

    def query(self, node: Node, outer: Scope | None, resolve: bool = True) -> Rows:
        """Analyse a query inside an expression."""
        raise NotImplementedError

    # -- names ---------------------------------------------------------------------------------------------------

    def type_name(self, node: Node) -> str | None:
        """Return the type that a TypeName means, or None where the catalog knows none of that name."""
        names = strings(node.get("names"))
        if node.get("pct_type"):
            return None
        missing: list[tuple[str, ...]] = []

        def resolve(written: tuple[str, ...]) -> Name | None:
            found = self.find_type(written)
            if found is None:
                missing.append(written)
            return found

        text = format_type({k: v for k, v in node.items() if k != "setof"}, resolve)
        location = node.get("location", -1)
        own = len(names) == 1 and names[0] not in SYSTEM_TYPES
        if missing:
            extension = bool(set(self.catalog.extensions) - {"plpgsql"})
            outcome: Any = (
                "undecidable" if extension or missing[0][0] in ("pg_catalog", "information_schema") else "unknown"
            )
            self.names.append(SqlName("type", names, location, outcome, reason="no type of that name is known"))
            return None
        if own or (len(names) > 1 and names[0] != "pg_catalog"):
            self.names.append(SqlName("type", names, location, "bound", parse_type_name(text.removesuffix("[]"))))
        return text

    def find_type(self, written: tuple[str, ...]) -> Name | None:
        """Return the enum, domain, composite type or table that a type's name means."""
        schemas = written[:1] if len(written) > 1 else self.search_path
        catalog = self.catalog
        for schema in schemas:
            name = Name(schema, written[-1])
            if any(name in held for held in (catalog.enums, catalog.domains, catalog.composites, catalog.tables)):
                return name
            if name in SYSTEM_DOMAINS:
                return name
        return None

    def fields(self, text: str) -> Rows:
        """Return the fields of a composite type."""
        name = self.types.user(self.types.flat(text))
        if name is not None and name in self.catalog.tables:
            return self.table_rows(name)
        composite = self.catalog.composites.get(name) if name is not None else None
        if composite is None or composite.kind != "composite":
            return Rows(complete=False)
        return Rows(tuple(Cell(c.name, c.type) for c in composite.columns.values()))

    def table_rows(self, name: Name) -> Rows:
        """Return the columns of a table or view."""
        table = self.catalog.tables[name]
        cells = (Cell(c.name, c.type, (name, c.name)) for c in table.columns.values())
        return Rows(tuple(cells), table.complete)

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
        self.type_of(body.get("arg"), scope)
        text = self.type_name(body["typeName"])
        self.meets(Cell("", text), body.get("arg"), cast=True)
        return text

    def meets(self, cell: Cell, node: Node | None, write: bool = False, cast: bool = False) -> None:
        """Note a string literal that an enum refuses, and one that is written to a column with a CHECK constraint."""
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
        if (enum is not None and text not in enum.values) or (enum is None and checked):
            target = table or name
            at = constant.get("location", -1)
            self.names.append(SqlName("value", (text,), at, "bound", target, column, write))

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
        results = []
        for entry in body.get("args", ()):
            self.type_of(entry["CaseWhen"].get("expr"), scope)
            self.meets(Cell("", compared), entry["CaseWhen"].get("expr"))
            results.append(self.type_of(entry["CaseWhen"].get("result"), scope))
        default = body.get("defresult")
        results.append(self.type_of(default, scope) if default else UNKNOWN)
        return self.common(results)

    def common(self, types: list[str | None]) -> str | None:
        """Return the common type of several values: text where all are untyped literals."""
        found = self.types.common(types)
        return "text" if found == UNKNOWN else found

    def _CoalesceExpr(self, body: Node, scope: Scope) -> str | None:
        return self.common([self.type_of(n, scope) for n in body.get("args", ())])

    _MinMaxExpr = _CoalesceExpr

    def _A_ArrayExpr(self, body: Node, scope: Scope) -> str | None:
        elements = [self.type_of(n, scope) for n in body.get("elements", ())]
        common = self.common(elements) if elements else None
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
        if kind not in ("EXPR_SUBLINK", "ARRAY_SUBLINK"):
            return "boolean"
        text = rows.cells[0].type if rows.cells and rows.complete else None
        if kind == "EXPR_SUBLINK" or text is None:
            return text
        return text if self.types.element(text) is not None else base_type(text) + "[]"

    def _A_Indirection(self, body: Node, scope: Scope) -> str | None:
        text = self.type_of(body.get("arg"), scope)
        sliced = False
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
                    text = self.types.element(text) or text
            elif "String" in step and text is not None:
                cell = next((c for c in self.fields(text).cells if c.name == step["String"].get("sval")), None)
                text = cell.type if cell is not None else None
            elif "A_Star" in step:
                return None
        return text

    def _A_Expr(self, body: Node, scope: Scope) -> str | None:
        lexpr, rexpr = body.get("lexpr"), body.get("rexpr")
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
        if kind in _COMPARISONS:
            return "boolean"
        if kind == "AEXPR_NULLIF":
            return self._nullif(left, right)
        names = strings(body.get("name"))
        found = self.types.operator(names[-1], left, right, prefix="lexpr" not in body)
        if found is None and names[-1] in _ALWAYS_BOOLEAN and "lexpr" in body:
            return "boolean"
        return found

    def _nullif(self, left: str | None, right: str | None) -> str | None:
        if left is None:
            return None
        if left != UNKNOWN:
            return left
        return "text" if right == UNKNOWN else base_type(right) if right is not None else None

    # -- columns -------------------------------------------------------------------------------------------------

    def column(self, body: Node, scope: Scope) -> Cell:
        """Return what a ColumnRef without a star means."""
        fields = body["fields"]
        if "A_Star" in fields[-1]:
            self.star(body, scope)
            return _CELL
        written = strings(fields)
        location = body.get("location", -1)
        if len(written) == 1:
            return self._bare(written, scope, location)
        qualifier, name = written[:-1], written[-1]
        item = scope.item(qualifier[-1], qualifier[-2] if len(qualifier) > 1 else None)
        if item is not None:
            return self.member(item, written, location)
        if len(qualifier) == 1 or len(written) == 3:
            outer = scope.item(written[0]) if len(written) == 3 else None
            if outer is not None:  # relation.column.field
                return self._field(self.member(outer, written[:2], location), name)
        if qualifier[0] in self.parameters:
            return self._variable_field(written, self.parameters[qualifier[0]], location)
        if len(qualifier) == 1 and f"{qualifier[0]}.{name}" in self.parameters:
            return Cell(name, self.parameters[f"{qualifier[0]}.{name}"])
        return self._record(written, location, None, "unknown", f"no relation {qualifier[-1]} in the FROM clause")

    def _bare(self, written: tuple[str, ...], scope: Scope, location: int) -> Cell:
        (name,) = written
        found = scope.column(name)
        if found.outcome == "bound" and found.cell is not None:
            return self._record(written, location, found.item, "bound", cell=found.cell)
        if name in self.parameters:
            return Cell(name, self.parameters[name])
        item = scope.item(name)
        if item is not None:  # a whole row
            return Cell(name, item.row_type)
        return self._record(written, location, found.item, found.outcome, found.reason)

    def member(self, item: Item, written: tuple[str, ...], location: int, write: bool = False) -> Cell:
        """Return a column of one relation."""
        name = written[-1]
        cell = item.cell(name)
        if cell is None and item.system_columns and name in SYSTEM_COLUMNS:
            cell = Cell(name, SYSTEM_COLUMNS[name])
        if cell is not None:
            return self._record(written, location, item, "bound", cell=cell, write=write)
        if not item.rows.complete:
            return self._record(written, location, item, "undecidable", "its relation's columns are not all known")
        computed = None if write else self._computed(item, name)
        if computed is not None:
            self.names.append(SqlName("function", written, location, "bound", computed[0]))
            return Cell(name, computed[1])
        return self._record(written, location, item, "unknown", "the relation has no such column", write=write)

    def _computed(self, item: Item, name: str) -> tuple[Name, str] | None:
        """Return the function that `row.name` calls: one that takes the row's type."""
        for schema in self.search_path:
            for function in self.catalog.functions.get(Name(schema, name), ()):
                if len(function.identity) == 1 and function.identity[0] in (item.row_type, "record"):
                    return Name(schema, name), signature_of(function.arguments, function.returns, function.kind).returns
        return None

    def _variable_field(self, written: tuple[str, ...], text: str | None, location: int) -> Cell:
        """Return a field of a record variable."""
        rows = self.fields(text) if text is not None else Rows(complete=False)
        owner = self.types.user(text) if text is not None else None
        found = next((c for c in rows.cells if c.name == written[1]), None)
        if found is not None:
            self.names.append(SqlName("column", written, location, "bound", owner, found.name))
            return found
        outcome: Any = "unknown" if rows.complete else "undecidable"
        reason = "its type has no such field" if rows.complete else "what the variable holds is only known at run time"
        self.names.append(SqlName("column", written, location, outcome, owner, written[1], reason=reason))
        return Cell(written[-1])

    def _field(self, cell: Cell, name: str) -> Cell:
        found = next((c for c in self.fields(cell.type).cells if c.name == name), None) if cell.type else None
        return Cell(name, found.type if found is not None else None)

    def _record(
        self,
        written: tuple[str, ...],
        location: int,
        item: Item | None,
        outcome: Any,
        reason: str | None = None,
        cell: Cell | None = None,
        write: bool = False,
    ) -> Cell:
        source = cell.source if cell is not None else None
        target = source[0] if source is not None else item.relation if item is not None else None
        column = source[1] if source is not None else written[-1]
        self.names.append(SqlName("column", written, location, outcome, target, column, write, reason))
        return replace(cell, name=written[-1]) if cell is not None else Cell(written[-1])

    def star(self, body: Node, scope: Scope) -> Rows:
        """Return the columns of `*`, `t.*` or `schema.t.*`."""
        written = strings(body["fields"])
        if not written:
            visible = [item for item in scope.items if item.columns_visible]
            return Rows(tuple(c for i in visible for c in i.rows.cells), all(i.rows.complete for i in visible))
        item = scope.item(written[-1], written[-2] if len(written) > 1 else None)
        if item is not None:
            return item.rows
        found = scope.column(written[0]) if len(written) == 1 else None
        if found is not None and found.cell is not None and found.cell.type is not None:
            return self.fields(found.cell.type)
        parameter = self.parameters.get(written[0])
        return self.fields(parameter) if parameter is not None else Rows(complete=False)

    # -- functions -----------------------------------------------------------------------------------------------

    def _FuncCall(self, body: Node, scope: Scope) -> str | None:
        return self.function(body, scope)[1]

    def function(self, body: Node, scope: Scope) -> tuple[Signature | None, str | None]:
        """Return the function that a call means and its result's type; either is None where it can't be told."""
        arguments = list(body.get("args", ()))
        names = [a["NamedArgExpr"]["name"] if "NamedArgExpr" in a else None for a in arguments]
        types = [self.type_of(a, scope) for a in arguments]
        ordered = [self.type_of(s["SortBy"].get("node"), scope) for s in body.get("agg_order", ())]
        if body.get("agg_within_group"):
            types, names = types + ordered, names + [None] * len(ordered)
        self.type_of(body.get("agg_filter"), scope)
        self.visit(body.get("over"), scope)
        written = strings(body.get("funcname"))
        location = body.get("location", -1)
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
        if target is not None:
            self.names.append(SqlName("function", written, location, "bound", target))
        chosen, result = self.types.call(fitting, types)
        if chosen is not None and chosen.kind == "p":
            return chosen, None
        return chosen, result

    def _called_field(self, written: tuple[str, ...], text: str | None, location: int) -> Cell | None:
        """Return the field that `name(row)` reads, which PostgreSQL takes as `row.name` where no function fits."""
        if text is not None and text != "record":
            found = next((c for c in self.fields(text).cells if c.name == written[0]), None)
            if found is not None:
                self.names.append(SqlName("column", written, location, "bound", self.types.user(text), found.name))
            return found
        catalog = self.catalog
        if not any(written[0] in row.columns for row in catalog.composites.values()) and not any(
            written[0] in table.columns for table in catalog.tables.values()
        ):
            return None
        reason = "it may read a field of a row whose type can't be told"
        self.names.append(SqlName("column", written, location, "undecidable", reason=reason))
        return Cell(written[0])

    def _absent(self, written: tuple[str, ...]) -> tuple[Any, None, None, bool, str]:
        if written[-1].startswith(("pg_", "_pg_")) or written[0] in ("pg_catalog", "information_schema"):
            return "undecidable", None, None, False, "a function of the system that is not listed"
        if len(written) == 1 and set(self.catalog.extensions) - {"plpgsql"}:
            return (
                "undecidable",
                None,
                None,
                False,
                "no function of that name is known; an extension may bring it along",
            )
        return "unknown", None, None, False, "no function of that name is known"

    def find_functions(self, written: tuple[str, ...]) -> tuple[Name | None, list[Signature]]:
        """Return the functions of a name in reach, and the first one's name where it is the catalog's."""
        name = written[-1]
        schemas = written[-2:-1] if len(written) > 1 else ("pg_catalog", *self.search_path)
        found: list[Signature] = []
        target = None
        seen: set[tuple[str, ...]] = set()
        for schema in schemas:
            if schema == "pg_catalog":
                own: list[Signature] = list(builtins().functions.get(name, ()))
            else:
                own = [
                    signature_of(f.arguments, f.returns, f.kind)
                    for f in self.catalog.functions.get(Name(schema, name), ())
                ]
                if own and target is None:
                    target = Name(schema, name)
            for signature in own:
                if signature.arguments not in seen:
                    seen.add(signature.arguments)
                    found.append(signature)
        return target, found

    def relation_type(self, name: Name) -> str:
        """Return the text of a table's row type."""
        return f"{quote_identifier(name.schema)}.{quote_identifier(name.name)}"


_STRUCTURE: Final = frozenset(
    """
    List ResTarget CaseWhen SortBy WindowDef JsonValueExpr JsonFormat JsonOutput JsonReturning JsonKeyValue
    JsonBehavior JsonArgument JsonAggConstructor String Integer Float Boolean BitString TypeName
    """.split()  # noqa: SIM905
)
"""Nodes that hold expressions and are none."""
