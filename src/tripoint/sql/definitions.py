"""What PostgreSQL prints of a function: the texts that a migration reads, changes and runs again."""

from __future__ import annotations

from collections.abc import Sequence

from tripoint.model.catalog import Argument, Function
from tripoint.model.name import quote_identifier, quote_literal

__all__ = ["LISTS", "function_definition", "has_sql_body", "identity_arguments", "split_path"]

LISTS = frozenset({"search_path", "session_preload_libraries", "temp_tablespaces", "local_preload_libraries"})
"""Settings that are lists of identifiers: these are kept quoted where needed, and printed as texts of their own."""


def identity_arguments(function: Function, search_path: Sequence[str]) -> str:
    """Return the arguments as `pg_get_function_identity_arguments` prints them: no defaults, no columns of TABLE."""
    return ", ".join(_argument(function, a, search_path) for a in function.arguments if a.mode != "table")


def function_definition(function: Function, search_path: Sequence[str]) -> str | None:
    """Return what `pg_get_functiondef` prints, but for costs, PARALLEL and how defaults are written.

    None where its body is parsed SQL, which PostgreSQL writes anew, or is not known.
    """
    if function.body is None or function.kind not in ("function", "procedure") or has_sql_body(function):
        return None
    arguments = ", ".join(
        _argument(function, argument, search_path) + (f" DEFAULT {argument.default}" if argument.default else "")
        for argument in function.arguments
        if argument.mode != "table"
    )
    kind = function.kind.upper()
    lines = [f"CREATE OR REPLACE {kind} {_quoted(function)}({arguments})"]
    if function.returns is not None:
        lines.append(f" RETURNS {_shown(function.returns, search_path)}")
    lines.append(f" LANGUAGE {quote_identifier(function.language)}")
    words = [
        *([function.volatility.upper()] if function.volatility != "volatile" else []),
        *(["STRICT"] if function.strict else []),
        *(["SECURITY DEFINER"] if function.security_definer else []),
    ]
    if words:
        lines.append(" " + " ".join(words))
    for name, value in function.settings.items():
        items = split_path(value) if name in LISTS else [value]
        lines.append(f" SET {name} TO {', '.join(map(quote_literal, items))}")
    tag = f"${kind.lower()}"
    while tag in function.body:
        tag += "x"
    return "\n".join((*lines, f"AS {tag}${function.body}{tag}$", ""))


def split_path(text: str) -> tuple[str, ...]:
    """Return the schemas of a search path that is given as one text."""
    parts = (part.strip() for part in text.split(","))
    return tuple(part[1:-1] if part[:1] == '"' == part[-1:] else part.lower() for part in parts if part)


def has_sql_body(function: Function) -> bool:
    """Whether its body is SQL that PostgreSQL parsed as it was made: BEGIN ATOMIC or RETURN, and no text."""
    return function.language == "sql" and (function.body or "").lstrip().lower().startswith(("begin", "return"))


def _quoted(function: Function) -> str:
    return f"{quote_identifier(function.name.schema)}.{quote_identifier(function.name.name)}"


def _argument(function: Function, argument: Argument, search_path: Sequence[str]) -> str:
    modes = {"in": "IN " if function.kind == "procedure" else "", "out": "OUT ", "inout": "INOUT "}
    name = f"{quote_identifier(argument.name)} " if argument.name else ""
    return modes.get(argument.mode, "VARIADIC ") + name + _shown(argument.type, search_path)


def _shown(text: str, search_path: Sequence[str]) -> str:
    """Return a type as it is printed where that search path is in force."""
    return next((text[len(s) + 1 :] for s in search_path if text.startswith(f"{s}.")), text)
