"""A migration in TypeScript or JavaScript and the modules of its project that it imports, as the bytes of one text.

A reader knows bytes alone. So that it can follow what a migration hands to a helper of its own, the helper's bytes
stand behind the migration's, behind a line that says which imports of which texts mean it.
"""

from __future__ import annotations

from collections.abc import Iterable

import msgspec
from msgspec import Struct

from tripoint.model.regex import regex

__all__ = ["SNAKE", "Module", "bundle", "parts", "without_marks"]

SNAKE = (-1, "snake")
"""What a module without a text is imported by where a plugin writes the names of the builder's calls in snake case."""

_MARK = b"\n//tripoint-module "
_LINE = regex(rb"\n//tripoint-module ([^\n]*+)\n")


class Module(Struct, frozen=True):
    """One module behind a migration."""

    imported: tuple[tuple[int, str], ...]
    """By which specifiers it is imported, each with the number of the text that does so: 0 is the migration."""
    start: int
    end: int


def without_marks(text: bytes) -> bytes:
    """Return a text of the project in which no line is taken for `bundle`'s own: behind one it would be read as another
    module, which nothing imports. Every offset still holds."""
    return text.replace(_MARK, _MARK.replace(b"-", b"_"))


def bundle(data: bytes, modules: Iterable[tuple[tuple[tuple[int, str], ...], bytes]]) -> bytes:
    """Return a migration's bytes with those of modules behind them, each with the imports that mean it."""
    found = [data]
    for imported, text in modules:
        found += [_MARK, msgspec.json.encode(imported), b"\n", text]
    return b"".join(found)


def parts(data: bytes) -> tuple[int, list[Module]]:
    """Return where the migration ends in what `bundle` made, and its modules; a text of its own has none."""
    lines = list(_LINE.finditer(data))
    modules: list[Module] = []
    for at, line in enumerate(lines):
        try:
            imported = msgspec.json.decode(line[1], type=tuple[tuple[int, str], ...])
        except msgspec.MsgspecError:
            return len(data), []
        end = lines[at + 1].start() if at + 1 < len(lines) else len(data)
        modules.append(Module(imported, line.end(), end))
    return (lines[0].start(), modules) if lines else (len(data), [])
