"""What a type of TypeScript says of an object: the keys that stand in it for sure.

An object may have more keys than its type, so that they never are all.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from functools import lru_cache

from tripoint.model.regex import regex
from tripoint.model.text import without_comments
from tripoint.sources.code.facts import Chain, Entry, Object

__all__ = ["all_optional", "keys_of", "member_type", "type_of_schema"]

_COMMENT = regex(rb"//[^\n]*|/\*")
_MEMBER = regex(r"\s*(?:readonly\s+)?(['\"]?)([A-Za-z_$][\w$]*)\1(\?)?\s*:(.*)", re.DOTALL)
_OPENING, _CLOSING = "{[(<", "}])>"


def keys_of(text: str) -> tuple[str, ...]:
    """Return the keys that every object of a type has that is written out (`{ a: string; b?: number }`)."""
    found = (_MEMBER.fullmatch(member) for member in _members(text))
    return tuple(one[2] for one in found if one is not None and not one[3] and not _may_be_undefined(one[4]))


@lru_cache(maxsize=512)
def member_type(text: str, key: str) -> str | None:
    """Return the type of a member of a type that is written out; None where it has no such member for sure."""
    for member in _members(text):
        found = _MEMBER.fullmatch(member)
        if found is not None and found[2] == key:
            return None if found[3] else found[4].strip()
    return None


def all_optional(text: str) -> str:
    """Return a type that is written out with all of its keys optional, as `Partial` makes it."""
    found = (_MEMBER.fullmatch(member) for member in _members(text))
    return "{ " + "; ".join(f"{one[2]}?: {one[4].strip()}" for one in found if one is not None) + " }"


def type_of_schema(rows: Object) -> str:
    """Return the type of what a schema of Zod takes: `z.object({ a: z.string() })`."""
    return "{ " + "; ".join(f"{e.key}{'?' if _optional(e) else ''}: unknown" for e in rows.entries) + " }"


def _optional(entry: Entry) -> bool:
    steps = entry.value.steps if isinstance(entry.value, Chain) else ()
    return not steps or any(step.name in ("optional", "nullish", "undefined", "never", "any") for step in steps)


def _may_be_undefined(type_text: str) -> bool:
    words = type_text.replace("|", " ").split()
    return bool({"undefined", "never"} & set(words))


def _members(text: str) -> Iterator[str]:
    """Yield what stands between the braces of a type, member by member; nothing where the text does not end with it."""
    text = without_comments(text.encode("utf-8", "replace"), _COMMENT).decode("utf-8").strip()
    if not (text.startswith("{") and text.endswith("}")):
        return
    depth, start, quote = 0, 1, ""
    for index, char in enumerate(text):
        if quote:
            quote = "" if char == quote else quote
        elif char in "'\"`":
            quote = char
        elif char in _OPENING:
            depth += 1
        elif char in _CLOSING and not (char == ">" and text[index - 1] == "="):
            depth -= 1
            if depth == 0:
                if index == len(text) - 1:
                    yield text[start:index]
                return
        elif depth == 1 and (char in ";," or (char == "\n" and _complete(text[start:index], text[index:]))):
            yield text[start:index]
            start = index + 1


def _complete(member: str, rest: str) -> bool:
    """Whether a line ends a member: a union may go on in the next one."""
    return ":" in member and not member.rstrip().endswith((":", "|", "&")) and not rest.lstrip().startswith(("|", "&"))
