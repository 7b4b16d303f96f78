"""Parts of SQL that code gathers in a list and joins: `SET ${fields.join(', ')}`, `" AND ".join(conditions)`.

Which of them a call sends hangs on what it is given; each is sent by one, so that all of them stand for the list.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator

from msgspec.structs import replace

from tripoint.sources.code.changes import assigned_to
from tripoint.sources.code.facts import Array, Chain, Ref, Template, Text, Value
from tripoint.sources.code.scene import FileScene

__all__ = ["gathered"]

_PASSING = frozenset({"filter", "join"})


def gathered(scene: FileScene | None, value: Value, texts: Callable[[Value], Iterable[str]]) -> Value:
    """Return a template with the parts of the lists that are joined in it; where none of one is told, as it is.

    `texts` returns the strings that a value may be: `${column} = $1` stands for each of the columns.
    """
    if scene is None or not isinstance(value, Template):
        return value
    parts: list[Value] = []
    for part in value.parts:
        parts += _pieces(scene, part, texts) or [part]
    return replace(value, parts=tuple(parts)) if len(parts) != len(value.parts) else value


def _pieces(scene: FileScene, part: Value, texts: Callable[[Value], Iterable[str]]) -> list[Value]:
    joined = _joined(part)
    if joined is None:
        return []
    ref, separator = joined
    first = [binding.value for binding in scene.held(ref)]
    if not first or not all(isinstance(one, Array) for one in first):
        return []
    items: list[Value] = [item for one in first if isinstance(one, Array) for item in one.items]
    items += [given for key, given, _ in assigned_to(scene, ref) if key == "[]"]
    pieces: list[Value] = []
    for item in items:
        for fragment in _fragments(item, texts):
            pieces += [Text(separator, part.start, part.end, False), *fragment] if pieces else fragment
    return [*pieces, Text("", part.start, part.end, False)] if len(pieces) == 1 else pieces


def _fragments(item: Value, texts: Callable[[Value], Iterable[str]]) -> Iterator[tuple[Value, ...]]:
    """Yield the parts of SQL that an item of the list stands for; none where its beginning is not told."""
    first, *rest = item.parts if isinstance(item, Template) and item.parts else (item,)
    if isinstance(first, Text) and first.value.strip():
        yield first, *rest
    elif isinstance(item, Template) and not isinstance(first, Text):
        for told in sorted(set(texts(first))):
            yield Text(told, first.start, first.end, False), *rest


def _joined(part: Value) -> tuple[Ref, str] | None:
    """Return the list that is joined and what with."""
    if not isinstance(part, Chain) or not part.steps or part.steps[-1].name != "join":
        return None
    given = part.steps[-1].arguments
    if isinstance(part.root, Text):  # Python's, of a string
        listed: Value | None = given[0] if len(part.steps) == 1 and len(given) == 1 else None
        separator: Value | None = part.root
    else:
        listed = part.root if all(step.name in _PASSING for step in part.steps) else None
        separator = given[0] if len(given) == 1 else None
    if not isinstance(listed, Ref) or len(listed.path) != 1 or not isinstance(separator, Text):
        return None
    return listed, separator.value
