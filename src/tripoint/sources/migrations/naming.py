"""The names that PostgreSQL gives to what is created without one (makeObjectName, ChooseRelationName and kin)."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from typing import Final

from tripoint.sql.facts import Node
from tripoint.sql.naming import figured_name

__all__ = ["choose_name", "column_part", "index_column_names", "make_object_name"]

_MAX_BYTES: Final = 63


def _clip(raw: bytes, size: int) -> bytes:
    """Cut UTF-8 text to at most `size` bytes without splitting a character."""
    return raw[:size].decode("utf-8", "ignore").encode("utf-8")


def make_object_name(name1: str, name2: str | None, label: str) -> str:
    """Return `name1_name2_label` in at most 63 bytes, the longer of the two names shortened first."""
    first, second = name1.encode("utf-8"), name2.encode("utf-8") if name2 is not None else None
    available = _MAX_BYTES - len(label.encode("utf-8")) - 1 - (1 if second is not None else 0)
    size1, size2 = len(first), len(second) if second is not None else 0
    while size1 + size2 > available:
        if size1 > size2:
            size1 -= 1
        else:
            size2 -= 1
    parts = [_clip(first, size1)]
    if second is not None:
        parts.append(_clip(second, size2))
    return b"_".join([*parts, label.encode("utf-8")]).decode("utf-8")


def choose_name(name1: str, name2: str | None, label: str, taken: Callable[[str], bool]) -> str:
    """Return the first of `…_label`, `…_label1`, `…_label2`, … that is not taken."""
    number = 0
    while True:
        name = make_object_name(name1, name2, f"{label}{number}" if number else label)
        if not taken(name):
            return name
        number += 1


def column_part(columns: Iterable[str]) -> str:
    """Return the middle part of the name of something over several columns."""
    part = b""
    for column in columns:
        if part:
            part += b"_"
        part += column.encode("utf-8")
        if len(part) >= _MAX_BYTES + 1:
            break
    return part.decode("utf-8")


def index_column_names(elements: Sequence[tuple[str | None, Node | None]]) -> list[str]:
    """Return the attribute names of an index over columns and expressions, told apart by numbers."""
    chosen: list[str] = []
    for column, expression in elements:
        original = column if column is not None else (figured_name(expression) or "expr")
        name, number = original, 1
        while name in chosen:
            suffix = str(number)
            name = _clip(original.encode("utf-8"), _MAX_BYTES - len(suffix)).decode("utf-8") + suffix
            number += 1
        chosen.append(name)
    return chosen
