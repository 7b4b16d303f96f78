"""What a session does beside defining: settings and calls."""

from __future__ import annotations

import re
from typing import Final

from tripoint.model.regex import regex
from tripoint.sources.migrations.blocks import Apply, run_function, split_path
from tripoint.sources.migrations.functions import constant_text
from tripoint.sources.migrations.state import Context, State
from tripoint.sources.migrations.views import create_table_as
from tripoint.sql.calls import call_of, called_function
from tripoint.sql.extensions import bringing_function
from tripoint.sql.facts import Node
from tripoint.sql.types import strings

__all__ = ["alter_database", "call", "select", "set_variable"]

_DEFINES: Final = regex(r"\b(execute|create|alter|drop|grant|revoke)\b(?!\s+on\b)", re.I)
_DEFAULT_KINDS: Final = frozenset({"VAR_RESET", "VAR_SET_DEFAULT"})


def path_of(setting: Node) -> tuple[str, ...]:
    """Return the schemas of SET search_path. One string is one schema, also when it holds a comma."""
    return tuple(constant_text(argument) for argument in setting.get("args", ()))


def set_variable(state: State, context: Context, node: Node) -> None:
    """SET and RESET of what a later statement's meaning depends on: search_path and role."""
    name, kind = node.get("name", ""), node.get("kind")
    if kind == "VAR_RESET_ALL":
        state.search_path, state.role = state.default_path, None
    elif name == "search_path":
        state.search_path = state.default_path if kind in _DEFAULT_KINDS else path_of(node)
    elif name in ("role", "session_authorization"):
        text = constant_text(node["args"][0]) if node.get("args") else "none"
        state.role = None if kind in _DEFAULT_KINDS or text in ("none", "postgres") else text


def alter_database(state: State, context: Context, node: Node) -> None:
    """ALTER DATABASE … SET search_path, which sessions that begin later see."""
    state.set_default_path(node["setstmt"])


def select(state: State, context: Context, node: Node, apply: Apply) -> None:
    """SELECT: what it calls may change a setting (`set_config`); SELECT INTO makes a table."""
    if "intoClause" in node:
        create_table_as(state, context, {"into": node["intoClause"], "query": {"SelectStmt": node}})
        return
    only = call_of("SelectStmt", node)
    calls = [item.get("ResTarget", {}).get("val", {}).get("FuncCall") for item in node.get("targetList", ())]
    for called in [only] if only is not None else filter(None, calls):
        arguments = [constant_text(argument) for argument in called.get("args", ())]
        if strings(called["funcname"])[-1] == "set_config" and arguments[:1] == ["search_path"] and len(arguments) > 1:
            state.search_path = split_path(arguments[1])
        else:
            _called(state, context, called, apply if only is not None else None)


def call(state: State, context: Context, node: Node, apply: Apply) -> None:
    """CALL of a procedure."""
    _called(state, context, node["funccall"], apply)


def _note_lacking(state: State, context: Context, written: tuple[str, ...]) -> None:
    """Note that a function is called whose extension is not there yet."""
    extension = bringing_function(written[-2] if len(written) > 1 else None, written[-1])
    there = extension in state.catalog.extensions or extension in state.base.extensions
    if extension is not None and not there and not context.in_block and not context.caught:
        state.lacking.append((extension, context.place))


def _called(state: State, context: Context, node: Node, apply: Apply | None) -> None:
    """Apply what a function of the project defines when it is called, or say that it may."""
    name = state.function_name(strings(node["funcname"]))
    functions = state.catalog.functions.get(name, [])
    if not functions:
        _note_lacking(state, context, strings(node["funcname"]))
    if not any(function.body is not None and _DEFINES.search(function.body) for function in functions):
        return
    meant = called_function(functions, node, state.lookup()) if apply is not None else None
    if apply is not None and meant is not None and meant.language == "plpgsql":
        run_function(state, context, meant, node, apply)
    else:
        state.cannot_tell(context, f"calls {name}, which may create or change objects")
