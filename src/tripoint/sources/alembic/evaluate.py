"""Python's expressions, followed in their syntax tree. Calls of functions are left to who follows statements."""

from __future__ import annotations

import ast
import operator
from collections.abc import Callable, Iterable
from typing import Any, Final

from tripoint.model.name import quote_literal
from tripoint.model.regex import regex
from tripoint.sources.alembic.lines import Lines
from tripoint.sources.alembic.values import Asked, Each, EnumClass, Made, Member, Names, Ref, either, qualified, truth
from tripoint.sources.programs.values import Condition, is_known_text
from tripoint.sources.programs.written import Text
from tripoint.sql.system_views import HOLE
from tripoint.sql.values import HOLE_CHARACTER

__all__ = ["Evaluator", "Scope"]

Scope = dict[str, Any]

DIALECT: Final = "tripoint.dialect"
INSPECTOR: Final = "tripoint.inspector"
_COLUMNS: Final = "information_schema.columns"
_MAX_ITEMS: Final = 2_000
_MAX_TEXT: Final = 1_000_000
_WIDE = regex(r"%(?:\([^)]*\))?[-+ #0]*(?:[0-9]{4}|\*)|%[^%]*\.(?:[0-9]{4}|\*)")
_WIDE_FIELD = regex(r"\{[^{}]*:[^{}]*[0-9]{4}|\{[^{}]*:[^{}]*\{")
"""Widths in templates, which make much of little."""
_SIMPLE: Final = (str, int, float, bool, type(None))
_COMPARE: Final[dict[type[ast.cmpop], Callable[[Any, Any], bool]]] = {
    ast.Eq: operator.eq,
    ast.NotEq: operator.ne,
    ast.Lt: operator.lt,
    ast.LtE: operator.le,
    ast.Gt: operator.gt,
    ast.GtE: operator.ge,
    ast.Is: operator.eq,
    ast.IsNot: operator.ne,
}
_TEXT_METHODS: Final = frozenset(
    ["format", "join", "strip", "lstrip", "rstrip", "lower", "upper", "replace", "split", "splitlines", "title"]
)
_ANSWERS: Final = frozenset(["first", "fetchone", "one_or_none", "fetchall", "all", "scalars"])


class Evaluator:
    """Gives the value of expressions: plain values of Python, records of `values`, or HOLE."""

    def __init__(self, lines: Lines, module: Scope) -> None:
        self.lines = lines
        self.module = module

    def called(self, callee: Any, made: Made, scope: Scope) -> Any:
        """Return what a call comes to that is no plain one of Python's."""
        raise NotImplementedError

    def value(self, node: ast.expr | None, scope: Scope) -> Any:
        """Return the value of an expression."""
        if node is None:
            return None
        handler: Callable[[Any, Scope], Any] | None = getattr(self, f"_{type(node).__name__}", None)
        return handler(node, scope) if handler is not None else HOLE

    def text(self, value: str, node: ast.expr) -> Text:
        """Return a string that is put together; one that grows beyond all measure is not known."""
        return Text(value if len(value) <= _MAX_TEXT else HOLE_CHARACTER, self.lines.span(node))

    def text_of(self, value: Any) -> str:
        """Return a value as it is written into a string; what can't be told is a hole in it."""
        if isinstance(value, Member):
            value = value.value
        return str(value) if isinstance(value, _SIMPLE) else HOLE_CHARACTER

    # ---- leaves

    def _Constant(self, node: ast.Constant, scope: Scope) -> Any:
        if isinstance(node.value, str):
            return self.lines.text(node, node.value)
        return node.value if isinstance(node.value, int | float | bool | type(None)) else HOLE

    def _Name(self, node: ast.Name, scope: Scope) -> Any:
        for names in (scope, self.module):
            if node.id in names:
                found = names[node.id]
                return Ref(found.path, self.lines.span(node)) if isinstance(found, Ref) else found
        return Ref(f"builtins.{node.id}", self.lines.span(node))

    def _Attribute(self, node: ast.Attribute, scope: Scope) -> Any:
        return self.attribute(self.value(node.value, scope), node)

    def attribute(self, base: Any, node: ast.Attribute) -> Any:
        """Return what an attribute of a value is."""
        if node.attr in ("dialect", "engine") and not isinstance(base, str | EnumClass):
            return base if isinstance(base, Ref) and base.path.startswith("sqlalchemy") else Ref(DIALECT)
        if isinstance(base, Ref):
            if base.path == DIALECT:
                return "postgresql" if node.attr == "name" else HOLE
            return Ref(f"{base.path}.{node.attr}", self.lines.span(node))
        if isinstance(base, EnumClass) and node.attr in base.members:
            return Member(node.attr, base.members[node.attr])
        if isinstance(base, Member) and node.attr in ("name", "value"):
            return getattr(base, node.attr)
        if isinstance(base, Each) and node.attr == "name":
            return base
        if isinstance(base, Made) and base.name == "Column" and node.attr == "name":
            return base.arguments[0] if base.arguments else base.named.get("name", HOLE)
        return HOLE

    # ---- what is put together

    def items(self, nodes: Iterable[ast.expr], scope: Scope) -> list[Any] | None:
        """Return the values of the items of a list; None where their number can't be told."""
        found: list[Any] = []
        for node in nodes:
            if isinstance(node, ast.Starred):
                inner = self.value(node.value, scope)
                if not isinstance(inner, list | tuple):
                    return None
                found += inner
            else:
                found.append(self.value(node, scope))
        return found

    def _List(self, node: ast.List | ast.Tuple | ast.Set, scope: Scope) -> Any:
        found = self.items(node.elts, scope)
        return HOLE if found is None else found

    _Tuple = _List
    _Set = _List

    def _Dict(self, node: ast.Dict, scope: Scope) -> Any:
        found: dict[Any, Any] = {}
        for key, value in zip(node.keys, node.values, strict=True):
            if key is None:
                more = self.value(value, scope)
                if not isinstance(more, dict):
                    return HOLE
                found |= more
                continue
            name = self.value(key, scope)
            if not isinstance(name, str | int | bool):
                return HOLE
            found[name] = self.value(value, scope)
        return found

    def _JoinedStr(self, node: ast.JoinedStr, scope: Scope) -> Any:
        parts: list[str] = []
        for part in node.values:
            if isinstance(part, ast.FormattedValue):
                plain = part.format_spec is None
                parts.append(self.text_of(self.value(part.value, scope)) if plain else HOLE_CHARACTER)
            else:
                parts.append(self.text_of(part.value if isinstance(part, ast.Constant) else HOLE))
        return self.text("".join(parts), node)

    def _BinOp(self, node: ast.BinOp, scope: Scope) -> Any:
        left, right = self.value(node.left, scope), self.value(node.right, scope)
        if isinstance(node.op, ast.Add):
            if isinstance(left, str) or isinstance(right, str):
                return self.text(self.text_of(left) + self.text_of(right), node)
            if isinstance(left, list) and isinstance(right, list):
                return left + right if len(left) + len(right) <= _MAX_ITEMS else HOLE
        if isinstance(node.op, ast.Mod) and isinstance(left, str):
            if _WIDE.search(left):
                return Text(HOLE_CHARACTER, self.lines.span(node))
            given: Any = right
            if isinstance(right, list):
                given = tuple(map(self.text_of, right))
            elif isinstance(right, dict):
                given = {key: self.text_of(value) for key, value in right.items()}
            else:
                given = self.text_of(right)
            try:
                return self.text(left % given, node)
            except (TypeError, ValueError, KeyError):
                return Text(HOLE_CHARACTER, self.lines.span(node))
        if isinstance(left, int) and isinstance(right, int) and isinstance(node.op, ast.Add | ast.Sub):
            return left + right if isinstance(node.op, ast.Add) else left - right
        return HOLE

    def _Subscript(self, node: ast.Subscript, scope: Scope) -> Any:
        base, key = self.value(node.value, scope), self.value(node.slice, scope)
        if isinstance(base, Names) and is_known_text(key):
            return Each(Names(base.question.replace("{}", quote_literal(key))))
        if isinstance(base, Each):
            if key == "nullable" and _COLUMNS in base.names.question and "{}" not in base.names.question:
                return Condition(f"{base.names.question[:-1]} AND is_nullable = 'YES')")
            return base if key == "name" else HOLE
        if isinstance(base, Asked) and key == 0:
            return Asked(base.sql, True)
        if isinstance(base, EnumClass) and isinstance(key, str) and key in base.members:
            return Member(key, base.members[key])
        try:
            return base[key] if isinstance(base, dict) or (isinstance(base, list) and isinstance(key, int)) else HOLE
        except (KeyError, IndexError, TypeError):
            return HOLE

    # ---- conditions

    def _UnaryOp(self, node: ast.UnaryOp, scope: Scope) -> Any:
        value = self.value(node.operand, scope)
        if isinstance(node.op, ast.Not):
            said = truth(value)
            if isinstance(said, Condition):
                return Condition(f"NOT ({said.sql})")
            return said if said is HOLE else not said
        return -value if isinstance(node.op, ast.USub) and isinstance(value, int | float) else HOLE

    def _BoolOp(self, node: ast.BoolOp, scope: Scope) -> Any:
        every = isinstance(node.op, ast.And)
        open_: list[str] = []
        unknown = False
        value: Any = every
        for operand in node.values:
            value = self.value(operand, scope)
            said = truth(value)
            if isinstance(said, Condition):
                open_.append(f"({said.sql})")
            elif said is HOLE:
                unknown = True
            elif bool(said) is not every:
                return value
        if unknown:
            return HOLE
        return Condition((" AND " if every else " OR ").join(open_)) if open_ else value

    def _Compare(self, node: ast.Compare, scope: Scope) -> Any:
        if len(node.ops) != 1:
            return HOLE
        (kind,) = map(type, node.ops)
        left, right = self.value(node.left, scope), self.value(node.comparators[0], scope)
        if kind in (ast.In, ast.NotIn):
            found = self._among(left, right)
            if isinstance(found, Condition):
                return found if kind is ast.In else Condition(f"NOT ({found.sql})")
            return found if found is HOLE else found is (kind is ast.In)
        for one, other in ((left, right), (right, left)):
            if isinstance(one, Each) and is_known_text(other) and kind is ast.Eq:
                return Condition(one.names.question.replace("{}", quote_literal(other)))
            if isinstance(one, Asked) and other is None and kind in (ast.Is, ast.IsNot, ast.Eq, ast.NotEq):
                exists = Condition(f"EXISTS ({one.sql})")
                return exists if kind in (ast.IsNot, ast.NotEq) else Condition(f"NOT {exists.sql}")
        known = all(isinstance(v, _SIMPLE) and not (isinstance(v, str) and HOLE_CHARACTER in v) for v in (left, right))
        if not known and not (isinstance(left, list) and isinstance(right, list)):
            return HOLE
        try:
            return _COMPARE[kind](left, right)
        except (TypeError, KeyError):
            return HOLE

    def _among(self, item: Any, items: Any) -> Any:
        if isinstance(items, Names):
            return Condition(items.question.replace("{}", quote_literal(item))) if is_known_text(item) else HOLE
        if isinstance(items, list | dict) and is_known_text(item):
            values = list(items)
            if item in values:
                return True
            return False if all(map(is_known_text, values)) else HOLE
        if is_known_text(items) and is_known_text(item):
            return item in items
        return HOLE

    def _all_among(self, items: list[Any], others: Any) -> Any:
        asked = [self._among(item, others) for item in items]
        if any(one is False for one in asked):
            return False
        if not all(isinstance(one, Condition | bool) for one in asked):
            return HOLE
        open_ = [f"({one.sql})" for one in asked if isinstance(one, Condition)]
        return Condition(" AND ".join(open_)) if open_ else True

    def _IfExp(self, node: ast.IfExp, scope: Scope) -> Any:
        said = truth(self.value(node.test, scope))
        if isinstance(said, bool):
            return self.value(node.body if said else node.orelse, scope)
        return either(said, self.value(node.body, scope), self.value(node.orelse, scope))

    def _NamedExpr(self, node: ast.NamedExpr, scope: Scope) -> Any:
        scope[node.target.id] = found = self.value(node.value, scope)
        return found

    def _Await(self, node: ast.Await, scope: Scope) -> Any:
        return self.value(node.value, scope)

    # ---- comprehensions

    def _ListComp(self, node: ast.ListComp | ast.SetComp | ast.GeneratorExp, scope: Scope) -> Any:
        if len(node.generators) != 1:
            return HOLE
        (part,) = node.generators
        items = self.value(part.iter, scope)
        inner = dict(scope)
        if isinstance(items, Names):
            self.assign(part.target, Each(items), inner)
            tests = [self.value(test, inner) for test in part.ifs]
            # `if key.get("name")`: each of the names is one.
            if not all(isinstance(test, Each) for test in tests):
                return truth(tests[0]) if len(tests) == 1 else HOLE
            made = self.value(node.elt, inner)
            return items if isinstance(made, Each) else made
        if not isinstance(items, list | dict):
            return HOLE
        found: list[Any] = []
        for item in list(items)[:_MAX_ITEMS]:
            self.assign(part.target, item, inner)
            wanted = [truth(self.value(test, inner)) for test in part.ifs]
            if not all(isinstance(one, bool) for one in wanted):
                return HOLE
            if all(one is True for one in wanted):
                found.append(self.value(node.elt, inner))
        return found

    _SetComp = _ListComp
    _GeneratorExp = _ListComp

    def _DictComp(self, node: ast.DictComp, scope: Scope) -> Any:
        keys = ast.ListComp(node.key, node.generators)
        found = self.value(ast.copy_location(keys, node), scope)
        return found if isinstance(found, Names) else HOLE

    def assign(self, target: ast.expr, value: Any, scope: Scope) -> None:
        """Give a name, or the names of a tuple, a value."""
        if isinstance(target, ast.Name):
            scope[target.id] = value
        elif isinstance(target, ast.Tuple | ast.List):
            values = value if isinstance(value, list) and len(value) == len(target.elts) else [HOLE] * len(target.elts)
            for one, part in zip(target.elts, values, strict=True):
                self.assign(one, part, scope)
        elif isinstance(target, ast.Subscript):
            base, key = self.value(target.value, scope), self.value(target.slice, scope)
            if isinstance(base, dict) and isinstance(key, str | int):
                base[key] = value

    # ---- calls

    def _Call(self, node: ast.Call, scope: Scope) -> Any:
        base: Any = None
        if isinstance(node.func, ast.Attribute):
            base = self.value(node.func.value, scope)
            callee = self.attribute(base, node.func)
        else:
            callee = self.value(node.func, scope)
        arguments = self.items(node.args, scope)
        if arguments is None:  # what stands before the first that can't be told is known
            arguments = [self.value(one, scope) for one in node.args if not isinstance(one, ast.Starred)]
            spread = True
        else:
            spread = False
        named: dict[str, Any] = {}
        for keyword in node.keywords:
            given = self.value(keyword.value, scope)
            if keyword.arg is not None:
                named[keyword.arg] = given
            elif isinstance(given, dict) and all(isinstance(key, str) for key in given):
                named |= given
            else:
                spread = True
        method = node.func.attr if isinstance(node.func, ast.Attribute) else ""
        span, head = self.lines.span(node), self.lines.head(node)
        if isinstance(callee, Ref) and not callee.path.startswith("tripoint."):
            made = Made(callee.path, tuple(arguments), named, span, None, spread, head)
            if callee.path.startswith("builtins."):
                return self._builtin(callee.path[9:], arguments, made, scope)
        else:
            made = Made(method, tuple(arguments), named, span, base, spread, head)
            plain = self._method(base, method, arguments, named, node)
            if plain is not None:
                return plain
        return self.called(callee, made, scope)

    def _builtin(self, name: str, arguments: list[Any], made: Made, scope: Scope) -> Any:
        one = arguments[0] if arguments else None
        if name in ("list", "tuple", "set", "frozenset", "sorted", "reversed"):
            listed = list(one) if isinstance(one, list | dict) else [] if not arguments else one
            if isinstance(listed, list) and name in ("sorted", "reversed"):
                return sorted(listed, key=str) if name == "sorted" else listed[::-1]
            return listed
        if name in ("any", "bool") and isinstance(one, Condition | bool | Asked):
            return truth(one)
        if name == "str" and isinstance(one, (Each, Member, *_SIMPLE)):
            return one if isinstance(one, Each) else self.text_of(one)
        if name == "len" and isinstance(one, list | dict):
            return len(one)
        if name == "range" and all(isinstance(number, int) for number in arguments):
            try:
                numbers = range(*arguments)
                return list(numbers) if len(numbers) < _MAX_ITEMS else HOLE
            except (TypeError, ValueError, OverflowError):  # none or four of them, a step of 0, more than there is room
                return HOLE
        if name == "enumerate" and isinstance(one, list):
            return [[number, item] for number, item in enumerate(one)]
        if name == "zip" and all(isinstance(each, list) for each in arguments):
            return [list(items) for items in zip(*arguments, strict=False)]
        if name == "dict" and not arguments:
            return dict(made.named)
        return self.called(Ref(f"builtins.{name}"), made, scope)

    def _method(self, base: Any, name: str, arguments: list[Any], named: dict[str, Any], node: ast.Call) -> Any:
        """Return what a method of a plain value gives; None where it is none."""
        if isinstance(base, str) and name in _TEXT_METHODS:
            given = [list(map(self.text_of, one)) if isinstance(one, list) else one for one in arguments]
            if name == "format":
                given = list(map(self.text_of, given))
                named = {key: self.text_of(value) for key, value in named.items()}
            if len(base) * (1 + sum(len(str(one)) for one in (*given, *named.values()))) > _MAX_TEXT * 10:
                return HOLE
            if name == "format" and _WIDE_FIELD.search(base):
                return HOLE
            try:
                found = getattr(str(base), name)(*given, **named)
            except (TypeError, ValueError, LookupError, AttributeError):
                return HOLE
            return self.text(found, node) if isinstance(found, str) else found
        if isinstance(base, dict) and name in ("items", "keys", "values", "get", "copy"):
            if name == "get":
                default = arguments[1] if len(arguments) > 1 else None
                key = arguments[0] if arguments else None
                return base.get(key, default) if isinstance(key, str | int) else HOLE
            return {
                "items": [[key, value] for key, value in base.items()],
                "keys": list(base),
                "values": list(base.values()),
                "copy": dict(base),
            }[name]
        if isinstance(base, list) and name in ("append", "extend", "add", "update"):
            one = arguments[0] if arguments else HOLE
            more = [one] if name in ("append", "add") else one if isinstance(one, list) else [HOLE]
            base += more[: max(_MAX_ITEMS - len(base), 0)]
            return HOLE
        if isinstance(base, list) and name == "issubset" and len(arguments) == 1:
            return self._all_among(base, arguments[0])
        if isinstance(base, Each) and name == "get":
            return base if arguments[:1] == ["name"] else HOLE
        if isinstance(base, Ref) and base.path in (INSPECTOR, DIALECT):
            return self._inspected(name, arguments[base.path == DIALECT :], named)
        if isinstance(base, Asked):
            if name in ("scalar", "scalar_one", "scalar_one_or_none"):
                return Asked(base.sql, True)
            return base if name in _ANSWERS else HOLE
        return None

    def _inspected(self, name: str, arguments: list[Any], named: dict[str, Any]) -> Any:
        """What an inspector of SQLAlchemy says of the database."""
        table = arguments[0] if arguments else named.get("table_name")
        schema = named.get("schema", arguments[1] if len(arguments) > 1 else None)
        schema = schema if isinstance(schema, str) else "public" if schema is None else None
        if schema is None:
            return HOLE
        if name in ("has_table", "get_table_names", "get_view_names", "has_column"):
            if name == "has_table":
                if not is_known_text(table):
                    return HOLE
                return Condition(f"to_regclass({quote_literal(qualified(table, schema))}) IS NOT NULL")
            if name == "get_table_names" and arguments:
                schema = arguments[0] if isinstance(arguments[0], str) else schema
            return Names(_asks("information_schema.tables", f"table_schema = {quote_literal(schema)}", "table_name"))
        if name in ("get_enums", "get_schema_names"):
            view, column = ("pg_type", "typname") if name == "get_enums" else ("pg_namespace", "nspname")
            return Names(_asks(view, "", column))
        if not is_known_text(table):
            return HOLE
        own = f"table_schema = {quote_literal(schema)} AND table_name = {quote_literal(table)}"
        if name == "get_columns":
            return Names(_asks(_COLUMNS, own, "column_name"))
        if name == "get_indexes":
            of_table = f"schemaname = {quote_literal(schema)} AND tablename = {quote_literal(table)}"
            return Names(_asks("pg_indexes", of_table, "indexname"))
        if name in ("get_unique_constraints", "get_foreign_keys", "get_check_constraints"):
            return Names(_asks("information_schema.table_constraints", own, "constraint_name"))
        return HOLE


def _asks(view: str, within: str, column: str) -> str:
    condition = f"{within} AND " if within else ""
    return f"EXISTS (SELECT 1 FROM {view} WHERE {condition}{column} = {{}})"
