"""Functions, procedures, aggregates and triggers."""

from __future__ import annotations

from itertools import chain
from typing import Final, Literal, cast

from msgspec.structs import replace

from tripoint.model.catalog import Argument, Function, Grant, Trigger
from tripoint.model.name import Name, quote_identifier
from tripoint.model.place import Place
from tripoint.sources.migrations.early import needs_function, needs_type
from tripoint.sources.migrations.state import Context, State
from tripoint.sources.migrations.tables import option_text
from tripoint.sources.migrations.types import create_type
from tripoint.sql.definitions import LISTS
from tripoint.sql.facts import Node
from tripoint.sql.types import format_type, strings

__all__ = [
    "alter_function",
    "constant_text",
    "create_function",
    "create_trigger",
    "define",
    "find_function",
    "wanted_function",
]

_MODES: Final[dict[str, Literal["in", "out", "inout", "variadic", "table"]]] = {
    "FUNC_PARAM_DEFAULT": "in",
    "FUNC_PARAM_IN": "in",
    "FUNC_PARAM_OUT": "out",
    "FUNC_PARAM_INOUT": "inout",
    "FUNC_PARAM_VARIADIC": "variadic",
    "FUNC_PARAM_TABLE": "table",
}
_EVENTS: Final = {4: "insert", 8: "delete", 16: "update", 32: "truncate"}


def signature_type(state: State, type_name: Node) -> str:
    """Return a type as a function's signature holds it: without length and precision."""
    return format_type(type_name, state.resolve_type, state.column_type, modifiers=False)


def _arguments(state: State, context: Context, nodes: list[Node]) -> tuple[Argument, ...]:
    found: list[Argument] = []
    for item in nodes:
        node = item["FunctionParameter"]
        default = None
        if "defexpr" in node:
            first = context.extents.index(node.get("location", 0))
            last = context.extents.term_end(first)
            starts = [context.extents.find(word, first, stop=last) for word in ("default", "=")]
            start = min((position for position in starts if position >= 0), default=-1)
            default = context.extents.between(start, last) if start >= 0 else None
        needs_type(state, context, node["argType"])
        type_ = signature_type(state, node["argType"])
        found.append(Argument(node.get("name") or None, type_, _MODES[node["mode"]], default))
    return tuple(found)


def _result(state: State, node: Node, arguments: tuple[Argument, ...]) -> str | None:
    """Return what pg_get_function_result prints."""
    if node.get("is_procedure"):
        return None
    columns = [argument for argument in arguments if argument.mode == "table"]
    if columns:
        parts = (f"{quote_identifier(column.name)} {column.type}" if column.name else column.type for column in columns)
        return f"TABLE({', '.join(parts)})"
    written = node.get("returnType")
    if written is not None:
        return signature_type(state, written)
    outputs = [argument.type for argument in arguments if argument.mode in ("out", "inout")]
    return outputs[0] if len(outputs) == 1 else "record" if outputs else "void"


def _body(context: Context, node: Node, function: Function) -> None:
    """Set the body and where it stands, where body and file agree byte for byte."""
    extents = context.extents
    if "sql_body" in node:
        for words in ("begin atomic", "return"):
            start = extents.find(words, depth=0)
            if start >= 0:
                function.body = extents.between(start - len(words.split()), len(extents.tokens))
                return
    for item in node.get("options", ()):
        option = item["DefElem"]
        if option["defname"] != "as":
            continue
        texts = strings(option["arg"]["List"]["items"]) if "List" in option["arg"] else ()
        function.body = texts[0] if texts else None
        first = extents.index(option.get("location", 0)) + 1
        if function.body is None or first >= len(extents.tokens) or extents.tokens[first].kind != "string":
            return
        token = extents.tokens[first]
        opening = token.text.index(b"$", 1) + 1 if token.text[:1] == b"$" else token.text.index(b"'") + 1
        closing = opening if token.text[:1] == b"$" else 1
        if token.text[opening : len(token.text) - closing] == function.body.encode("utf-8"):
            start, end = token.start + opening, token.start + len(token.text) - closing
            place = context.span(start, end)
            function.body_place = place if place.end - place.start == end - start else None


def _set_options(state: State, function: Function, options: list[Node]) -> None:
    for item in options:
        option = item["DefElem"]
        name, argument = option["defname"], option.get("arg", {})
        if name == "language":
            function.language = option_text(argument).lower()
        elif name == "volatility":
            function.volatility = cast("Literal['immutable', 'stable', 'volatile']", option_text(argument))
        elif name == "strict":
            function.strict = bool(argument.get("Boolean", {}).get("boolval"))
        elif name == "security":
            function.security_definer = bool(argument.get("Boolean", {}).get("boolval"))
        elif name == "window":
            function.kind = "window"
        elif name == "set":
            _set_setting(state, function, argument["VariableSetStmt"])


def _set_setting(state: State, function: Function, setting: Node) -> None:
    name = setting.get("name", "")
    kind = setting.get("kind")
    if kind == "VAR_RESET_ALL":
        function.settings.clear()
    elif kind in ("VAR_RESET", "VAR_SET_DEFAULT"):
        function.settings.pop(name, None)
    elif kind == "VAR_SET_CURRENT":
        if name == "search_path":
            function.settings[name] = ", ".join(quote_identifier(schema) for schema in state.search_path)
    else:
        function.settings[name] = setting_text(name, setting.get("args", []))


def setting_text(name: str, arguments: list[Node]) -> str:
    """Return the value of SET as PostgreSQL stores it: the items of a list of identifiers are quoted where needed."""
    texts = [constant_text(argument) for argument in arguments]
    if name in LISTS:
        texts = [quote_identifier(text) if text != "$user" else '"$user"' for text in texts]
    return ", ".join(texts)


def constant_text(node: Node) -> str:
    """Return the text of a literal; empty for what is none."""
    return option_text(_constant(node))


def _constant(node: Node) -> Node:
    """Return the value within an A_Const as the node that it would be alone."""
    constant = node.get("A_Const")
    if constant is None:
        inner = node.get("TypeCast", {}).get("arg")
        return _constant(inner) if inner else node
    for key, kind in (("sval", "String"), ("ival", "Integer"), ("fval", "Float"), ("boolval", "Boolean")):
        if key in constant:
            return {kind: constant[key]}
    return {"String": {}}


def create_function(state: State, context: Context, node: Node) -> None:
    """CREATE [OR REPLACE] FUNCTION and PROCEDURE."""
    names = strings(node["funcname"])
    name = Name(names[-2] if len(names) > 1 else state.creation_schema(), names[-1])
    arguments = _arguments(state, context, node.get("parameters", []))
    kind: Literal["function", "procedure"] = "procedure" if node.get("is_procedure") else "function"
    if "returnType" in node:
        needs_type(state, context, node["returnType"])
    place = _head(context, kind)
    function = Function(name, arguments, _result(state, node, arguments), kind, place=place, extent=context.place)
    function.checked = state.checks_bodies or "sql_body" in node
    _set_options(state, function, node.get("options", []))
    _body(context, node, function)
    _enter(state, context, function, bool(node.get("replace")))
    if function.language == "plpgsql" and not (context.in_block or context.caught):
        state.versions.append(function)
    texts = [function.returns, *(text for argument in arguments for text in (argument.type, argument.default))]
    for text in [*texts, function.body if "sql_body" in node else None]:
        state.mention(text, name, "function")


def _defaults(function: Function) -> int:
    return sum(argument.default is not None for argument in function.arguments)


def _enter(state: State, context: Context, function: Function, or_replace: bool) -> None:
    name = function.name
    identity = function.identity
    known = chain(state.catalog.functions.get(name, ()), state.base.functions.get(name, ()))
    former = next((one for one in known if one.identity == identity), None)
    if former is not None and not or_replace:
        state.refuse(context, f'function "{name.name}" already exists with same argument types')
        return
    overloads = state.catalog.functions.setdefault(name, [])
    if former is not None:
        if former.returns != function.returns and former.kind == function.kind and "%TYPE" not in str(function.returns):
            state.refuse(context, f'cannot change return type of existing function "{name.name}"')
            function.kept = former.arguments
        elif (renamed := _renamed(former, function)) is not None:
            state.refuse(context, f'cannot change name of input parameter "{renamed}"')
            function.kept = former.arguments
        elif _defaults(function) < _defaults(former):
            state.refuse(context, "cannot remove parameter defaults from existing function")
            function.kept = former.arguments
        function.grants, function.owner, function.comment = former.grants, former.owner, former.comment
        function.default_granted = former.default_granted
        if former in overloads:
            overloads[overloads.index(former)] = function
            return
    else:
        function.owner = state.role
        function.grants = {Grant("public", "execute")} if not state.public_revoked() else set()
        function.grants |= state.default_grants("functions", name.schema)
        function.default_granted = state.default_grants("functions", name.schema, state.base.default_grants)
    overloads.append(function)
    state.temporary = state.temporary or name.schema == "pg_temp"
    state.note_made(f"{name}()", context.place)


def _renamed(former: Function, function: Function) -> str | None:
    """Return the first argument that has another name than before, which PostgreSQL takes for another function."""
    inputs = [[a.name for a in one.arguments if a.mode in ("in", "inout", "variadic")] for one in (former, function)]
    return next((old for old, new in zip(*inputs, strict=False) if old and old != new), None)


def _head(context: Context, kind: str) -> Place:
    index = context.extents.find(kind, depth=0)
    tokens = context.extents.tokens
    return context.head(tokens[index].start) if 0 <= index < len(tokens) else context.place


def define(state: State, context: Context, node: Node) -> None:
    """CREATE AGGREGATE and CREATE TYPE of a base type."""
    if node.get("kind") == "OBJECT_TYPE":
        create_type(state, context, node)
    if node.get("kind") != "OBJECT_AGGREGATE":
        return
    names = strings(node.get("defnames"))
    name = Name(names[-2] if len(names) > 1 else state.creation_schema(), names[-1])
    options = {
        item["DefElem"]["defname"].lower(): item["DefElem"].get("arg", {}) for item in node.get("definition", ())
    }
    parameters = node["args"][0].get("List", {}).get("items", []) if node.get("args") else []
    arguments = _arguments(state, context, parameters)
    base = options.get("basetype", {}).get("TypeName")  # the old style
    if base is not None and strings(base.get("names")) != ("any",):
        arguments = (Argument(None, state.type_text(base)),)
    state_type = options.get("stype", {}).get("TypeName")
    returns = state.type_text(state_type) if state_type is not None else None
    final = options.get("finalfunc", {}).get("TypeName")
    if final is not None:
        functions = state.functions(state.function_name(strings(final.get("names"))))
        returns = functions[0].returns if functions else None
    place = _head(context, "aggregate")
    function = Function(name, arguments, returns, "aggregate", "internal", place=place, extent=context.place)
    function.volatility, function.body = "immutable", "aggregate_dummy"  # what pg_proc holds of each
    _enter(state, context, function, bool(node.get("replace")))
    state.mention(returns, name, "function")
    for argument in arguments:
        state.mention(argument.type, name, "function")


def find_function(state: State, item: Node) -> Function | None:
    """Return the function of an ObjectWithArgs; without arguments only where there is just one."""
    names = strings(item.get("objname"))
    wanted: tuple[str, ...] | None = None
    if not item.get("args_unspecified"):
        inputs = [
            parameter["FunctionParameter"]
            for parameter in item.get("objfuncargs", ())
            if parameter["FunctionParameter"].get("mode") not in ("FUNC_PARAM_OUT", "FUNC_PARAM_TABLE")
        ]
        wanted = tuple(signature_type(state, parameter["argType"]) for parameter in inputs)
        if not item.get("objfuncargs"):
            wanted = tuple(
                signature_type(state, node["TypeName"]) for node in item.get("objargs", ()) if "TypeName" in node
            )
    for name in state.candidates(names):
        found = [f for f in state.functions(name) if wanted is None or f.identity == wanted]
        if len(found) == 1 or (found and wanted is not None):
            return found[0]
        if found:
            return None
    return None


def wanted_function(state: State, context: Context, item: Node, dropped: bool = False) -> Function | None:
    """Return the function that a statement changes or drops; where there is none, PostgreSQL refuses the statement.

    Which functions an extension of the project brings along is not known, and none of them is the project's.
    """
    function = find_function(state, item)
    if function is None:
        names = strings(item.get("objname"))
        schemas = {name.schema for name in state.candidates(names)}
        if not any(extension.schema in schemas for extension in state.catalog.extensions.values()):
            state.refuse(context, f'function "{".".join(names)}" does not exist')
            if not dropped:
                needs_function(state, context, names)
    return function


def alter_function(state: State, context: Context, node: Node) -> None:
    """ALTER FUNCTION: its options."""
    function = wanted_function(state, context, node["func"])
    if function is None:
        return
    _set_options(state, state.change_function(function), node.get("actions", []))


def create_trigger(state: State, context: Context, node: Node) -> None:
    """CREATE [OR REPLACE] [CONSTRAINT] TRIGGER."""
    written = state.written(node["relation"])
    table = state.find_table(written)
    if table is None:
        state.missing(context, written, "trigger")
        return
    name = node["trigname"]
    if name in table.triggers and not node.get("replace"):
        state.refuse(context, f'trigger "{name}" for relation "{table.name.name}" already exists')
        return
    timing = node.get("timing", 0)
    events = node.get("events", 0)
    is_view = table.kind == "view"
    if is_view if node.get("row") and not timing & 64 else timing & 64 and not is_view:
        state.refuse(context, f'"{table.name.name}" is a {table.kind}')
        return
    function = state.function_name(strings(node["funcname"]))
    if any(one.returns != "trigger" for one in state.catalog.functions.get(function, ()) if not one.arguments):
        state.refuse(context, f"function {function} must return type trigger")
    trigger = Trigger(
        name,
        function,
        "before" if timing & 2 else "instead of" if timing & 64 else "after",
        tuple(sorted(event for bit, event in _EVENTS.items() if events & bit)),
        strings(node.get("columns")),
        bool(node.get("row")),
        None,
        strings(node.get("args")),
        bool(node.get("isconstraint")),
        place=context.place,
    )
    if "whenClause" in node:
        trigger.when = context.extents.parenthesized(context.extents.find("when (", depth=0) - 1)
    table = state.change(table, context.place)
    table.triggers[name] = trigger
    state.mention(trigger.function.name, table.name)
    state.mention(trigger.when, table.name)
    if table.partitioned is not None and trigger.row:
        for child in state.descendants(table.name):
            state.change(child, context.place).triggers.setdefault(name, replace(trigger, inherited=True))
            state.mention(trigger.function.name, child.name)
