"""What an expression or a query names: relations, functions, types, columns."""

from __future__ import annotations

from functools import lru_cache

from msgspec import Struct, field

from tripoint.sql.facts import Node
from tripoint.sql.grammar import Refusal, parse_expression, parse_statement
from tripoint.sql.types import strings

__all__ = ["Speech", "speech_of"]


class Speech(Struct):
    """Names as written, each as the tuple of its parts."""

    relations: set[tuple[str, ...]] = field(default_factory=set)
    functions: set[tuple[str, ...]] = field(default_factory=set)
    types: set[tuple[str, ...]] = field(default_factory=set)
    columns: set[str] = field(default_factory=set)
    """The last part of every column reference; `*` for all."""


@lru_cache(maxsize=65536)
def speech_of(text: str) -> Speech:
    """Return what the text of an expression or of a query names. Callers must not change it."""
    speech = Speech()
    tree: Node | None = parse_expression(text)
    if tree is None:
        read = parse_statement(text)
        tree = None if read is None or isinstance(read, Refusal) else read[1]
    if tree is not None:
        _collect(tree, speech)
    return speech


def _collect(tree: Node, speech: Speech) -> None:
    local: set[str] = set()
    pending: list[object] = [tree]
    while pending:
        item = pending.pop()
        if isinstance(item, list):
            pending.extend(item)
        if not isinstance(item, dict):
            continue
        for key, value in item.items():
            if key == "RangeVar":
                schema = value.get("schemaname")
                speech.relations.add((schema, value["relname"]) if schema else (value["relname"],))
            elif key == "CommonTableExpr":
                local.add(value.get("ctename", ""))
            elif key == "FuncCall":
                names = strings(value["funcname"])
                speech.functions.add(names)
                if names[-1] in ("nextval", "currval", "setval"):
                    _collect_regclass(value.get("args"), speech)
            elif key in ("TypeName", "typeName"):
                speech.types.add(strings(value.get("names")))
            elif key == "ColumnRef":
                last = value["fields"][-1]
                speech.columns.add(last["String"].get("sval", "") if "String" in last else "*")
            elif key == "TypeCast" and strings(value.get("typeName", {}).get("names"))[-1:] == ("regclass",):
                _collect_regclass([value.get("arg")], speech)
            pending.append(value)
    speech.relations -= {(name,) for name in local}


def _collect_regclass(arguments: list[Node] | None, speech: Speech) -> None:
    """Add the relation that a string literal names."""
    first = (arguments or [{}])[0] or {}
    literal = first.get("TypeCast", {}).get("arg", first).get("A_Const", {}).get("sval", {}).get("sval")
    if literal:
        speech.relations.add(tuple(part.strip('"') for part in literal.split(".")))
