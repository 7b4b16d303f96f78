"""What a session does beside defining: settings and calls."""

from __future__ import annotations

import re
from collections import defaultdict
from typing import Final

from tripoint.model.catalog import Function
from tripoint.model.name import Name
from tripoint.model.regex import regex
from tripoint.sources.migrations.blocks import Apply, run_function
from tripoint.sources.migrations.early import needs_extension, needs_function
from tripoint.sources.migrations.functions import constant_text
from tripoint.sources.migrations.state import Context, State
from tripoint.sources.migrations.views import create_table_as
from tripoint.sql.calls import call_of, called_function
from tripoint.sql.definitions import split_path
from tripoint.sql.extensions import bringing_function
from tripoint.sql.facts import Node
from tripoint.sql.types import strings

__all__ = ["alter_database", "call", "select", "set_variable"]

_DEFINES: Final = regex(r"\b(execute|create|alter|drop|grant|revoke)\b(?!\s+on\b)", re.I)
_ADDS_COLUMN: Final = "addgeometrycolumn"
"""Of PostGIS, in no schema of its own."""
_WATCHES: Final = frozenset({"enable_tracking", "disable_tracking", "audit_table"})
"""Functions of extensions that put triggers on a table, and change nothing else of it."""
_WORD: Final = regex(r"\w+")
_OFF: Final = frozenset({"off", "false", "no", "0"})
_DEFAULT_KINDS: Final = frozenset({"VAR_RESET", "VAR_SET_DEFAULT"})


def path_of(setting: Node) -> tuple[str, ...]:
    """Return the schemas of SET search_path. One string is one schema, also when it holds a comma."""
    return tuple(constant_text(argument) for argument in setting.get("args", ()))


def set_variable(state: State, context: Context, node: Node) -> None:
    """SET and RESET of what a later statement's meaning depends on: search_path and role."""
    name, kind = node.get("name", ""), node.get("kind")
    if kind == "VAR_RESET_ALL":
        state.search_path, state.role, state.checks_bodies = state.default_path, None, True
    elif name == "search_path":
        state.search_path = state.default_path if kind in _DEFAULT_KINDS else path_of(node)
    elif name == "check_function_bodies":
        state.checks_bodies = kind in _DEFAULT_KINDS or constant_text(node["args"][0]).lower() not in _OFF
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
        needs_extension(state, context, extension)


def _note_given(state: State, context: Context, node: Node, name: Name) -> None:
    """Note that a function which nothing that is read makes is given tables: it may change them, and make others that
    are named after them."""
    written = strings(node["funcname"])
    if len(written) == 1 and written[0] != _ADDS_COLUMN:
        return
    brought = bringing_function(written[-2], written[-1]) if len(written) > 1 else None
    if brought is not None or written[0] == "pg_catalog" or name in state.base.functions or written[-1] in _WATCHES:
        return
    given = (constant_text(argument.get("NamedArgExpr", {}).get("arg", argument)) for argument in node.get("args", ()))
    tables = {
        table.name.name
        for text in given
        if text and (table := state.find_table(split_path(text.replace(".", ",")))) is not None
    }
    if tables:
        reason = f"calls {'.'.join(written)}, which nothing that is read makes and which may change what it is given"
        state.cannot_tell(context, reason, frozenset(tables | {f"{table}_*" for table in tables}))


def _called(state: State, context: Context, node: Node, apply: Apply | None) -> None:
    """Apply what a function of the project defines when it is called, or say that it may."""
    name = state.function_name(strings(node["funcname"]))
    functions = state.catalog.functions.get(name, [])
    if not functions:
        _note_lacking(state, context, strings(node["funcname"]))
        needs_function(state, context, strings(node["funcname"]))
        _note_given(state, context, node, name)
    if not _defines(state, functions):
        return
    meant = called_function(functions, node, state.lookup()) if apply is not None else None
    if apply is not None and meant is not None and meant.language == "plpgsql":
        run_function(state, context, meant, node, apply)
    else:
        state.cannot_tell(context, f"calls {name}, which may create or change objects")


def _defines(state: State, functions: list[Function]) -> bool:
    """Whether functions define anything, or call one of the project's that does: a body is looked through for names."""
    by_word: dict[str, list[Function]] | None = None
    pending, seen = [function.body or "" for function in functions], set[str]()
    while pending:
        body = pending.pop()
        if _DEFINES.search(body):
            return True
        if by_word is None:
            by_word = defaultdict(list)
            for name, named in state.catalog.functions.items():
                by_word[name.name] += named
        words = {word.lower() for word in _WORD.findall(body)} - seen
        seen |= words
        pending += [function.body or "" for word in words for function in by_word.get(word, ())]
    return False
