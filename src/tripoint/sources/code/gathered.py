"""Parts of SQL that code gathers in a list and joins: `SET ${fields.join(', ')}`, `" AND ".join(conditions)`,
`strings.Join(conditions, " AND ")`.

Which of them a call sends hangs on what it is given; each is sent by one, so that all of them stand for the list.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator

from msgspec.structs import replace

from tripoint.sources.code.changes import assigned_to
from tripoint.sources.code.facts import Array, Chain, Choice, Ref, Template, Text, Value
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
    joined = _joined(part) or _joined_before(scene, part)
    if joined is None:
        return []
    ref, separator = joined
    first = [binding.value for binding in scene.held(ref)]
    if not first or not all(isinstance(one, Array) or _is_empty(one) for one in first):
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


def _is_empty(value: Value | None) -> bool:
    """Whether a list begins with nothing, as Go declares one (`var conditions []string`, `make([]string, 0)`)."""
    return value is None or (isinstance(value, Chain) and isinstance(value.root, Ref) and value.root.path == ("make",))


def _joined_before(scene: FileScene, part: Value) -> tuple[Ref, str] | None:
    """Return what a variable holds that is the one list which is joined (`where = " AND ".join(conditions)`), or
    another text where the list is empty (`… if conditions else "TRUE"`)."""
    held = scene.held(part) if isinstance(part, Ref) and len(part.path) == 1 else []
    value = held[0].value if len(held) == 1 and not held[0].path else None
    found = [_joined(one) for one in (value.options if isinstance(value, Choice) else (value,)) if one is not None]
    lists = [one for one in found if one is not None]
    return lists[0] if len(lists) == 1 else None


def _joined(part: Value) -> tuple[Ref, str] | None:
    """Return the list that is joined and what with."""
    if not isinstance(part, Chain) or not part.steps or part.steps[-1].name not in ("join", "Join"):
        return None
    given = part.steps[-1].arguments
    listed: Value | None
    separator: Value | None
    if isinstance(part.root, Ref) and part.root.path == ("strings",):  # Go's
        listed, separator = given if len(given) == 2 else (None, None)
    elif isinstance(part.root, Text):  # Python's, of a string
        listed = given[0] if len(part.steps) == 1 and len(given) == 1 else None
        separator = part.root
    else:
        listed = part.root if all(step.name in _PASSING for step in part.steps) else None
        separator = given[0] if len(given) == 1 else None
    if not isinstance(listed, Ref) or len(listed.path) != 1 or not isinstance(separator, Text):
        return None
    return listed, separator.value
