"""The value of an SQL expression, as far as text and catalog tell it.

Whatever can't be told is `HOLE`; a text that holds such a part has `HOLE_CHARACTER` in its place. Logic is three-valued
with holes: `false AND HOLE` is false, EXISTS is true once one row is sure.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from typing import Any, Final

from msgspec import Struct

from tripoint.model.catalog import Catalog, Function
from tripoint.model.name import Name, fold_identifier, quote_identifier, quote_literal
from tripoint.sql.definitions import function_definition, identity_arguments
from tripoint.sql.facts import Node
from tripoint.sql.grammar import Refusal, parse_statement
from tripoint.sql.system_views import HOLE, Oid, Row, Unlike, function_oid
from tripoint.sql.types import format_type, strings

__all__ = ["HOLE_CHARACTER", "Evaluator", "array_elements", "is_open", "text_of"]

HOLE_CHARACTER: Final = "\ue000"

_MEMBERS_OF_NONE: Final = frozenset({"anon", "authenticated", "service_role"})
"""Roles of Supabase that hold what is granted to themselves and to everyone, and no more."""

_COMPARE: Final[dict[str, Callable[[Any, Any], bool]]] = {
    "=": lambda a, b: a == b,
    "<>": lambda a, b: a != b,
    "<": lambda a, b: a < b,
    ">": lambda a, b: a > b,
    "<=": lambda a, b: a <= b,
    ">=": lambda a, b: a >= b,
}


def is_open(value: Any) -> bool:
    """Whether a value, or a part of it, can't be told."""
    return value is HOLE or isinstance(value, Unlike) or (isinstance(value, str) and HOLE_CHARACTER in value)


def text_of(value: Any) -> str:
    """Return a value as text, a hole as its character."""
    if value is HOLE or isinstance(value, Unlike):
        return HOLE_CHARACTER
    if isinstance(value, bool):
        return "t" if value else "f"
    return "" if value is None else str(value)


def _like(value: str, pattern: str, flags: int = 0) -> bool:
    """Whether LIKE matches. What stands between two `%` is taken where it first fits: long texts take no long time."""
    parts: list[list[str]] = [[]]
    for part in re.findall(r"\\.|.", pattern, re.S):
        if part == "%":
            parts.append([])
        else:
            parts[-1].append("." if part == "_" else re.escape(part[-1]))
    first, *others = (re.compile("".join(part), re.S | flags) for part in parts)
    if not others:
        return first.fullmatch(value) is not None
    found = first.match(value)
    for other in others[:-1]:
        found = other.search(value, found.end()) if found is not None else None
    last = len(value) - len(parts[-1])
    return found is not None and last >= found.end() and others[-1].fullmatch(value, last) is not None


def _format(arguments: Sequence[Any]) -> Any:
    if not arguments or arguments[0] is HOLE:
        return HOLE
    if arguments[0] is None:
        return None
    following = 0

    def put(match: re.Match[str]) -> str:
        nonlocal following
        if match[3] == "%":
            return "%"
        following = int(match[1]) if match[1] else following + 1
        value = arguments[following] if following < len(arguments) else HOLE
        if value is HOLE:
            return HOLE_CHARACTER
        if match[3] == "I":
            return HOLE_CHARACTER if is_open(value) else quote_identifier(text_of(value))
        if match[3] == "L":
            return "NULL" if value is None else quote_literal(text_of(value))
        return text_of(value)

    return re.sub(r"%(?:(\d+)\$)?(-?\d+)?([sIL%])", put, text_of(arguments[0]))


def _replace(value: str, old: str, new: str) -> str:
    return value.replace(old, new) if old else value


_TEXT_FUNCTIONS: Final[dict[str, Callable[..., Any]]] = {
    "lower": str.lower,
    "upper": str.upper,
    "btrim": lambda s, c=" ": s.strip(c),
    "ltrim": lambda s, c=" ": s.lstrip(c),
    "rtrim": lambda s, c=" ": s.rstrip(c),
    "replace": _replace,
    "length": len,
    "quote_ident": quote_identifier,
    "quote_literal": quote_literal,
    "string_to_array": lambda s, d: s.split(d),
    "split_part": lambda s, d, n: (s.split(d) + [""] * n)[n - 1] if n > 0 else HOLE,
    "left": lambda s, n: s[:n],
    "right": lambda s, n: s[-n:] if n else "",
    "starts_with": str.startswith,
}
"""Functions that are strict and total over known values."""

_PRINTED: Final[dict[str, Callable[[Function, Sequence[str]], str | None]]] = {
    "pg_get_function_identity_arguments": identity_arguments,
    "pg_get_functiondef": function_definition,
}


class Evaluator(Struct):
    """Evaluates against a catalog; `variables` are those of the block around."""

    catalog: Catalog
    search_path: tuple[str, ...]
    variables: Mapping[str, Any]
    answer: Callable[[Node], Any] = lambda call: HOLE
    """Says what the call of a function of the project's own gives, where no row decides it."""

    def value(self, node: Node | None, row: Row | None = None) -> Any:
        """Return the value of an expression. `row` holds `column` and `alias.column` of the query's current row."""
        if not node:
            return HOLE
        ((tag, body),) = node.items()
        handler: Callable[[Node, Row], Any] | None = getattr(self, f"_{tag}", None)
        return HOLE if handler is None else handler(body, row or {})

    def truth(self, node: Node | None, row: Row | None = None) -> Any:
        """Return a condition's outcome: True, False (also for null) or HOLE."""
        found = self.value(node, row)
        return HOLE if is_open(found) else found in (True, "t", "true")

    def _A_Const(self, body: Node, row: Row) -> Any:
        if body.get("isnull"):
            return None
        if "ival" in body:
            return body["ival"].get("ival", 0)
        if "boolval" in body:
            return body["boolval"].get("boolval", False)
        return body["sval"].get("sval", "") if "sval" in body else HOLE

    def _ColumnRef(self, body: Node, row: Row) -> Any:
        name = ".".join(strings(body["fields"]))
        if name in row:
            return row[name]
        if name in self.variables:
            return self.variables[name]
        parts = strings(body["fields"])
        record = self.variables.get(parts[0]) if len(parts) == 2 else None
        return record.get(parts[1], HOLE) if isinstance(record, dict) else HOLE

    def _TypeCast(self, body: Node, row: Row) -> Any:
        value = self.value(body.get("arg"), row)
        names = strings(body["typeName"].get("names"))
        if is_open(value) or value is None:
            return value
        if isinstance(value, Oid) and names[-1] in ("regclass", "regprocedure", "regnamespace", "regtype"):
            return value
        if names[-1] == "regclass" and isinstance(value, str):
            return self._regclass([value]) or HOLE
        if names[-1] == "regprocedure" and isinstance(value, str):
            return self._regprocedure(value) or HOLE
        if names[-1] == "regnamespace" and isinstance(value, str):
            return Oid("schema", "", fold_identifier(value))
        if names[-1] == "regtype" and isinstance(value, str):
            return self._regtype([value]) or HOLE
        if body["typeName"].get("arrayBounds"):
            return array_elements(value)
        if names[-1] in ("text", "varchar", "name", "bpchar", "regproc"):
            return text_of(value)
        if names[-1] in ("int2", "int4", "int8", "integer"):
            return int(value) if re.fullmatch(r"\s*-?\d+\s*", text_of(value)) else HOLE
        if names[-1] == "bool":
            return value if isinstance(value, bool) else text_of(value).lower() in ("t", "true", "yes", "on", "1")
        return value if names[-1] in ("oid", "char") else HOLE

    def _BoolExpr(self, body: Node, row: Row) -> Any:
        if body["boolop"] == "NOT_EXPR":
            found = self.value(body["args"][0], row)
            return found if is_open(found) or found is None else not found
        decisive = body["boolop"] == "OR_EXPR"
        values = []
        for node in body["args"]:
            found = self.value(node, row)
            if found is decisive:
                return decisive
            values.append(found)
        return HOLE if any(map(is_open, values)) else None if None in values else not decisive

    def _NullTest(self, body: Node, row: Row) -> Any:
        value = self.value(body.get("arg"), row)
        if value is HOLE:
            return HOLE
        return (value is None) == (body.get("nulltesttype") == "IS_NULL")

    def _BooleanTest(self, body: Node, row: Row) -> Any:
        value = self.value(body.get("arg"), row)
        expected: dict[str, list[Any]] = {
            "IS_TRUE": [True],
            "IS_FALSE": [False],
            "IS_NOT_TRUE": [False, None],
            "IS_NOT_FALSE": [True, None],
        }
        wanted: list[Any] | None = expected.get(body.get("booltesttype", "IS_TRUE"))
        return HOLE if value is HOLE or wanted is None else value in wanted

    def _CaseExpr(self, body: Node, row: Row) -> Any:
        subject = self.value(body["arg"], row) if "arg" in body else None
        for entry in body.get("args", ()):
            when = entry["CaseWhen"]
            found = self.value(when.get("expr"), row)
            if is_open(found) or ("arg" in body and is_open(subject)):
                return HOLE
            if found is True if "arg" not in body else found == subject:
                return self.value(when.get("result"), row)
        return self.value(body["defresult"], row) if "defresult" in body else None

    def _CoalesceExpr(self, body: Node, row: Row) -> Any:
        return next((v for n in body.get("args", ()) if (v := self.value(n, row)) is not None), None)

    def _A_ArrayExpr(self, body: Node, row: Row) -> Any:
        return [self.value(n, row) for n in body.get("elements", ())]

    def _A_Indirection(self, body: Node, row: Row) -> Any:
        value = self.value(body.get("arg"), row)
        for step in body.get("indirection", ()):
            index = self.value(step["A_Indices"].get("uidx"), row) if "A_Indices" in step else HOLE
            if not isinstance(value, list) or not isinstance(index, int) or step["A_Indices"].get("is_slice"):
                return HOLE
            value = value[index - 1] if 0 < index <= len(value) else None
        return value

    def _A_Expr(self, body: Node, row: Row) -> Any:
        kind, operator = body.get("kind", "AEXPR_OP"), strings(body.get("name"))[-1]
        left = self.value(body.get("lexpr"), row)
        right_node = body.get("rexpr") or {}
        if kind == "AEXPR_IN":
            options = [self.value(n, row) for n in right_node["List"].get("items", ())]
            return _any("=", left, options) if operator == "=" else _not(_any("=", left, options))
        right = self.value(right_node, row)
        if kind == "AEXPR_OP_ANY":
            return _any(operator, left, array_elements(right)) if not is_open(right) else HOLE
        if kind == "AEXPR_OP_ALL" and operator == "<>" and not is_open(right):
            return _not(_any("=", left, array_elements(right)))
        if kind in ("AEXPR_DISTINCT", "AEXPR_NOT_DISTINCT"):
            return HOLE if is_open(left) or is_open(right) else (left == right) == (kind == "AEXPR_NOT_DISTINCT")
        if kind not in ("AEXPR_OP", "AEXPR_LIKE", "AEXPR_ILIKE"):
            return HOLE
        return _operate(operator, left, right)

    def rows(self, select: Node, outer: Row | None = None) -> list[tuple[Row, bool]] | None:
        """Return a query's rows, each with whether it is sure; None where they can't be told."""
        raise NotImplementedError

    def _SubLink(self, body: Node, row: Row) -> Any:
        rows = self.rows(body["subselect"]["SelectStmt"], row)
        if rows is None:
            return HOLE
        kind = body.get("subLinkType")
        sure = [r for r, certain in rows if certain]
        if kind == "EXISTS_SUBLINK":
            return True if sure else HOLE if rows else False
        if len(sure) < len(rows):
            return HOLE
        firsts = [next(iter(r.values()), HOLE) for r in sure]
        if kind == "EXPR_SUBLINK":
            return firsts[0] if firsts else None
        if kind == "ARRAY_SUBLINK":
            return firsts
        if kind == "ANY_SUBLINK":
            operator = strings(body.get("operName"))
            return _any(operator[-1] if operator else "=", self.value(body.get("testexpr"), row), firsts)
        return HOLE

    # -- functions -----------------------------------------------------------------------------------------------

    def _FuncCall(self, body: Node, row: Row) -> Any:
        name = strings(body["funcname"])[-1]
        arguments = [self.value(n, row) for n in body.get("args", ())]
        if name == "format":
            if body.get("func_variadic") and isinstance(arguments[-1], list):
                arguments = arguments[:-1] + arguments[-1]
            return _format(arguments)
        if name in ("concat", "concat_ws"):
            given = [text_of(a) for a in arguments if a is not None]
            return "".join(given) if name == "concat" else given[0].join(given[1:])
        if name == "quote_nullable" and arguments[:1] == [None]:
            return "NULL"
        if name == "current_schema" and self.search_path:
            return self.search_path[0]
        if any(map(is_open, arguments)):
            return HOLE
        if None in arguments:
            return None if name in _TEXT_FUNCTIONS or name.startswith("to_reg") else HOLE
        if name in ("to_regclass", "to_regtype", "to_regnamespace", "to_regprocedure"):
            if "/*" in text_of(arguments[0]):
                return HOLE  # no name: a template, whose mark a runner replaces
            return self._registered(name, arguments)
        if name in ("array_length", "cardinality") and isinstance(arguments[0], list):
            return len(arguments[0]) or (None if name == "array_length" else 0)
        if name == "array_to_string" and isinstance(arguments[0], list):
            return text_of(arguments[1]).join(text_of(a) for a in arguments[0] if a is not None)
        if name == "quote_nullable":
            name = "quote_literal"
        if name in _TEXT_FUNCTIONS:
            try:
                return _TEXT_FUNCTIONS[name](*(a if isinstance(a, int | list) else text_of(a) for a in arguments))
            except (TypeError, ValueError, AttributeError):
                return HOLE
        if name in _PRINTED and isinstance(arguments[0], Oid):
            found = self._function(arguments[0])
            printed = None if found is None else _PRINTED[name](found, self.search_path)
            return HOLE if printed is None else printed
        if name == "has_function_privilege" and len(arguments) == 3:
            return self._may_execute(*arguments)
        return HOLE if row else self.answer(body)

    def _may_execute(self, role: Any, function: Any, privilege: Any) -> Any:
        """Return whether a role may execute a function, where no membership can give it more than is granted."""
        oid = self._regprocedure(function) if isinstance(function, str) else function
        if role not in _MEMBERS_OF_NONE or text_of(privilege).lower() != "execute":
            return HOLE
        found = self._function(oid)
        if found is None:
            return HOLE
        return any(grant.role in (role, "public") and grant.privilege == "execute" for grant in found.grants)

    def _function(self, oid: Any) -> Function | None:
        if not isinstance(oid, Oid):
            return None
        # Only a name that is quoted is looked for among all.
        one = self.catalog.functions.get(Name(oid.schema, oid.name.partition("(")[0]))
        several = self.catalog.functions.values() if oid.name.startswith('"') else (one or (),)
        return next((found for overloads in several for found in overloads if function_oid(found) == oid), None)

    def _SQLValueFunction(self, body: Node, row: Row) -> Any:
        return self.search_path[0] if body.get("op") == "SVFOP_CURRENT_SCHEMA" and self.search_path else HOLE

    def _names(self, text: str) -> list[Name]:
        parts = re.findall(r'"(?:[^"]|"")*"|[^".\s]+', text)
        folded = [fold_identifier(p) for p in parts]
        return (
            [Name(folded[0], folded[1])]
            if len(folded) > 1
            else [Name(s, folded[0]) for s in self.search_path if folded]
        )

    def _registered(self, function: str, arguments: Sequence[Any]) -> Oid | None:
        if function == "to_regclass":
            return self._regclass(arguments)
        if function == "to_regprocedure":
            return self._regprocedure(text_of(arguments[0]))
        return self._regtype(arguments) if function == "to_regtype" else self._regnamespace(arguments)

    def _regclass(self, arguments: Sequence[Any]) -> Oid | None:
        for name in self._names(text_of(arguments[0])):
            if (
                name in self.catalog.tables
                or name in self.catalog.sequences
                or any(name.name in t.indexes for n, t in self.catalog.tables.items() if n.schema == name.schema)
            ):
                return Oid("rel", name.schema, name.name)
        return None

    def _regtype(self, arguments: Sequence[Any]) -> Oid | None:
        catalog = self.catalog
        for name in self._names(text_of(arguments[0])):
            if any(name in held for held in (catalog.enums, catalog.domains, catalog.composites, catalog.tables)):
                return Oid("type", name.schema, name.name)
        return None

    def _regprocedure(self, text: str) -> Oid | None:
        """Return the function that a signature names: `public.f(uuid, text)`."""
        parsed = parse_statement(f"drop function {text}")
        if parsed is None or isinstance(parsed, Refusal) or parsed[0] != "DropStmt":
            return None
        signature = parsed[1]["objects"][0]["ObjectWithArgs"]
        written = strings(signature["objname"])
        types = tuple(format_type(a["TypeName"], self._type) for a in signature.get("objargs", ()))
        for schema in written[:1] if len(written) > 1 else self.search_path:
            for function in self.catalog.functions.get(Name(schema, written[-1]), ()):
                if function.identity == types:
                    return function_oid(function)
        return None

    def _type(self, written: tuple[str, ...]) -> Name | None:
        found = self._regtype([".".join(map(quote_identifier, written))])
        return Name(found.schema, found.name) if found is not None else None

    def _regnamespace(self, arguments: Sequence[Any]) -> Oid | None:
        name = fold_identifier(text_of(arguments[0]))
        return Oid("schema", "", name) if name in self.catalog.schemas or name == "public" else None


def array_elements(value: Any) -> list[Any]:
    """Return the elements of an array value or of an array literal."""
    if isinstance(value, list):
        return value
    inner = text_of(value).strip()
    if not (inner.startswith("{") and inner.endswith("}")):
        return [HOLE]
    parts = re.findall(r'"((?:[^"\\]|\\.)*)"|([^,{}]+)', inner[1:-1])
    return [re.sub(r"\\(.)", r"\1", quoted) if quoted else plain.strip() for quoted, plain in parts]


def _not(value: Any) -> Any:
    return value if value is HOLE or value is None else not value


def _any(operator: str, left: Any, options: Sequence[Any]) -> Any:
    told = [_operate(operator, left, option) for option in options]
    return True if True in told else HOLE if HOLE in told else None if None in told else False


def _operate(operator: str, left: Any, right: Any) -> Any:
    if operator == "||":
        if left is None or right is None:
            return None
        if isinstance(left, list) or isinstance(right, list):
            return HOLE if HOLE in (left, right) else [*_listed(left), *_listed(right)]
        return text_of(left) + text_of(right)
    if operator in ("=", "<>"):
        for one, other in ((left, right), (right, left)):
            if isinstance(one, Unlike) and one.differs(other):
                return operator == "<>"
    if is_open(left) or is_open(right):
        return HOLE
    if left is None or right is None:
        return None
    if isinstance(left, Oid) != isinstance(right, Oid):
        return operator == "<>" if 0 in (left, right) and operator in ("=", "<>") else HOLE
    if operator in _COMPARE:
        if type(left) is not type(right):
            left, right = text_of(left), text_of(right)
        return _COMPARE[operator](left, right)
    if operator in ("+", "-", "*") and isinstance(left, int) and isinstance(right, int):
        return left + right if operator == "+" else left - right if operator == "-" else left * right
    if operator in ("~~", "!~~", "~~*", "!~~*"):
        flags = re.I if operator.endswith("*") else 0
        return _like(text_of(left), text_of(right), flags) != operator.startswith("!")
    if operator in ("~", "!~", "~*", "!~*"):
        pattern, text = text_of(right), text_of(left)
        # A name is short; what a pattern with quantifiers takes on a function's body has no bound.
        if not re.fullmatch(r"\^?[\w |().*+?-]*\$?" if len(text) <= _SHORT else r"[\w |-]*", pattern):
            return HOLE
        try:
            found = re.search(pattern, text, re.I if operator.endswith("*") else 0) is not None
        except re.error:
            return HOLE
        return found != operator.startswith("!")
    return HOLE


_SHORT: Final = 200


def _listed(value: Any) -> list[Any]:
    return value if isinstance(value, list) else [value]
