"""The tables that GORM's AutoMigrate makes of a Go program's structs when it starts, by the names that GORM gives."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator

from tripoint.model.place import Place
from tripoint.model.regex import regex

__all__ = ["made_by_automigrate"]

_CALL = regex(rb"\.AutoMigrate\(")
_STRUCT = regex(rb"^(?:type[ \t]+|\t)(\w+)[ \t]+struct[ \t]*\{(.*?)^\t?\}", re.M | re.S)
_FIELD = regex(rb"^[ \t]+(?P<names>[A-Z]\w*(?:[ \t]*,[ \t]*[A-Z]\w*)*)[ \t]+[^\s`/][^`\n]*(?P<tags>`[^`]*`)?", re.M)
_EMBEDDED = regex(rb"^[ \t]+\*?(?:\w+\.)?([A-Z]\w*)[ \t]*(?:`[^`]*`)?[ \t]*(?://[^\n]*)?$", re.M)
_COLUMN = regex(rb"\bcolumn:(\w+)")
_TABLE = regex(
    rb"^func[ \t]*\(\s*(?:\w+\s+)?\*?(\w+)\s*\)[ \t]*TableName\(\)[ \t]*string[ \t]*\{\s*return[ \t]+\"([\w.]+)\"", re.M
)
_HUMP = regex(r"(?<=[a-z0-9])(?=[A-Z])|(?<=[A-Z])(?=[A-Z][a-z])")
_OF_GORM = {"Model": {"id", "created_at", "updated_at", "deleted_at"}}
_DEEPEST = 5


def made_by_automigrate(
    paths: Iterable[str], read: Callable[[str], bytes | None]
) -> Iterator[tuple[str, str | None, Place, str]]:
    """Yield a table and None, or one of its columns, the struct's place, and the file that calls AutoMigrate.

    Names are those of GORM's default strategy, or what `TableName` and `column:` say. Which structs a program hands
    over is not asked: one that it does not is as a rule what a query is scanned into.
    """
    texts = {path: read(path) or b"" for path in paths}
    calling = next((path for path, text in texts.items() if _CALL.search(text)), None)
    if calling is None:
        return
    bodies: dict[str, tuple[bytes, Place]] = {}
    names: dict[str, str] = {}
    for path, text in texts.items():
        for match in _STRUCT.finditer(text):
            bodies.setdefault(match[1].decode("utf-8", "replace"), (match[2], Place(path, *match.span(1))))
        names |= {m[1].decode("utf-8", "replace"): m[2].decode("utf-8", "replace") for m in _TABLE.finditer(text)}
    for struct, (_, place) in bodies.items():
        table = names.get(struct) or _plural(_snake(struct))
        subject = table if "." in table else f"public.{table}"
        yield subject, None, place, calling
        for column in sorted(_columns(struct, bodies, 0)):
            yield subject, column, place, calling


def _columns(struct: str, bodies: dict[str, tuple[bytes, Place]], depth: int) -> set[str]:
    if struct not in bodies or depth > _DEEPEST:
        return _OF_GORM.get(struct, set())
    body = bodies[struct][0]
    found: set[str] = set()
    for match in _FIELD.finditer(body):
        said = _COLUMN.search(match["tags"] or b"")
        fields = [name.strip().decode("utf-8", "replace") for name in match["names"].split(b",")]
        found.update([said[1].decode("utf-8", "replace")] if said else map(_snake, fields))
    for match in _EMBEDDED.finditer(body):
        found |= _columns(match[1].decode("utf-8", "replace"), bodies, depth + 1)
    return found


def _snake(name: str) -> str:
    return _HUMP.sub("_", name.replace("IDs", "Ids").replace("URLs", "Urls")).lower()


def _plural(name: str) -> str:
    if re.search(r"(?:s|x|z|ch|sh)$", name):
        return f"{name}es"
    return f"{name[:-1]}ies" if re.search(r"[^aeiou]y$", name) else f"{name}s"
