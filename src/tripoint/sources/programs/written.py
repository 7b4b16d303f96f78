"""SQL that is put together from a program, with where each part of it comes from."""

from __future__ import annotations

from collections.abc import Iterable

from msgspec import Struct

from tripoint.sql.facts import Origin

__all__ = ["Sql", "Text"]


class Text(str):
    """A string of a program, with the bytes of the file that say it; `exact` where they are its very characters."""

    span: tuple[int, int]
    exact: bool

    def __new__(cls, value: str, span: tuple[int, int], exact: bool = False) -> Text:
        """Return the string with its place."""
        made = super().__new__(cls, value)
        made.span, made.exact = span, exact
        return made


class Sql(Struct):
    """A piece of SQL, with the origins of its parts (by bytes of the piece)."""

    text: str
    origins: tuple[Origin, ...] = ()

    @classmethod
    def of(cls, *parts: str | Sql, at: tuple[int, int] | None = None) -> Sql:
        """Return the parts one after the other; all of it comes from `at`."""
        text = ""
        origins: list[Origin] = []
        length = 0
        for part in parts:
            if isinstance(part, Sql):
                origins += [origin.moved(length) for origin in part.origins]
                part = part.text
            elif isinstance(part, Text) and part.exact:
                origins.append(Origin(length, length + len(part.encode()), *part.span))
            text += part
            length += len(part.encode("utf-8", "replace"))
        if at is not None:
            origins.append(Origin(0, length, *at))
        return cls(text, tuple(origins))

    @classmethod
    def join(cls, between: str, parts: Iterable[str | Sql]) -> Sql:
        """Return the parts with a text between them."""
        listed: list[str | Sql] = []
        for part in parts:
            listed += [between, part] if listed else [part]
        return cls.of(*listed)
