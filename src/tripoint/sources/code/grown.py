"""SQL that a variable is given and more of which is appended to it: `q += " and name = $1"`, `q = q + order`.

Which parts a call sends hangs on what it is given. Each is sent by one, so that the whole stands for all of them; where
two exclude one another (`if … else …`) PostgreSQL's grammar hardly takes both, and one is left out at a time, or what
each branch appends is taken for itself.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from itertools import dropwhile

from msgspec import Struct
from msgspec.structs import replace

from tripoint.model.regex import regex
from tripoint.sources.code.facts import Binding, Ref, Template, Text, Value
from tripoint.sources.code.reaching import reaching
from tripoint.sources.code.repaired import names_a_clause
from tripoint.sources.code.scene import FileScene

__all__ = ["Grown", "grown"]

_MOST = 40
"""Parts beyond which a text is left as it is."""


class Grown(Struct, frozen=True):
    """A text with all that is appended to it. `without` are its forms that lack one part each, `by_branch` those with
    what one branch appends, the first with none; `more` says whether something else is appended in a way that is not
    followed, and `joins` whether a part that some forms lack may bring along a relation."""

    whole: Template
    without: tuple[Template, ...] = ()
    by_branch: tuple[Template, ...] = ()
    more: bool = False
    joins: bool = False


def grown(scene: FileScene, value: Value) -> list[Grown]:
    """Return what a variable, or a template with variables in it, comes to; none where nothing is appended."""
    if isinstance(value, Ref):
        return _of(scene, value)
    if not isinstance(value, Template) or value.tag is not None:
        return []
    filled = _filled(scene, value)
    return [Grown(filled)] if filled is not value else []


def _filled(scene: FileScene, value: Template) -> Template:
    """Return a template in which what variables have grown to stands in their place, where that is one text."""
    parts: list[Value] = []
    for part in value.parts:
        found = _of(scene, part) if isinstance(part, Ref) else []
        parts += found[0].whole.parts if len(found) == 1 else (part,)
    return replace(value, parts=tuple(parts)) if len(parts) != len(value.parts) else value


def _of(scene: FileScene, ref: Ref) -> list[Grown]:
    held = scene.held(ref) if len(ref.path) == 1 else []
    same = held[0].value if len(held) == 1 else None
    if isinstance(same, Ref) and len(same.path) == 1 and same.path != ref.path:  # `query := b.String()`
        ref, held = same, scene.held(same)
    if len(held) < 2 or len(held) > _MOST:
        return []
    bases: list[Binding] = []
    steps: list[tuple[Binding, Template]] = []
    seen: set[int] = set()
    work = [ref.start]
    while work:
        for binding in reaching(scene, held, work.pop()):
            if id(binding) in seen or binding.path:
                continue
            seen.add(id(binding))
            more = _more(binding)
            if more is None:
                bases.append(binding)
            else:
                steps.append((binding, more))
                work.append(more.parts[0].start)
    if not steps or not bases:
        return []
    steps.sort(key=lambda step: step[0].start)
    several = len(bases) > 1
    lost = several and any(not any(_follows(scene, base, step) for base in bases) for step, _ in steps)
    found = (_put_together(scene, base, steps, several) for base in bases)
    return [replace(made, more=lost) for made in found if made is not None]


def _more(binding: Binding) -> Template | None:
    """Return the value of a variable that goes on with what the variable held."""
    value = binding.value
    if isinstance(value, Template) and value.tag is None:
        # A format string begins with nothing: `fmt.Sprintf("%s WHERE …", q)`.
        parts = tuple(dropwhile(lambda part: isinstance(part, Text) and not part.value, value.parts))
        if parts and isinstance(parts[0], Ref) and parts[0].path == (binding.name,):
            return replace(value, parts=parts)
    return None


def _put_together(
    scene: FileScene, base: Binding, steps: list[tuple[Binding, Template]], several: bool
) -> Grown | None:
    value = base.value
    if isinstance(value, Text) and not value.value:
        first: tuple[Value, ...] = ()
    elif isinstance(value, Template) and value.tag is None:
        first = value.parts
    elif isinstance(value, Text | Ref):
        first = (value,)
    else:
        return None
    applied = [
        (step, more.parts[1:])
        for step, more in steps
        if len(more.parts) > 1 and (not several or _follows(scene, base, step))
    ]

    def joined(taken: Iterable[int]) -> Template:
        parts = list(first)
        for piece in (applied[index][1] for index in taken):
            parts += (*_apart(parts[-1], piece[0]), *piece) if parts else piece
        return Template(tuple(parts), value.start, value.end)

    every = range(len(applied))
    scopes = [scene.scope_at(step.start) for step, _ in applied]
    own = scene.scope_at(base.start)
    optional = [index for index in every if scopes[index] != own]
    without = tuple(joined(index for index in every if index != out) for out in optional)
    branches: list[tuple[int, ...]] = [tuple(index for index in every if scopes[index] == own)]
    for scope in dict.fromkeys(scopes[index] for index in optional):
        around = {own, *_around(scene, scope)}
        branches.append(tuple(index for index in every if scopes[index] in around))
    forms = tuple(map(joined, dict.fromkeys(branches))) if len(optional) > 1 else ()
    joins = any(_may_join(scene, applied[index][1][0]) for index in optional)
    return Grown(joined(every), without, forms, joins=joins)


_CLOSED = regex(
    r"\s*(?:where|and|or|group\s+by|order\s+by|having|limit|offset|fetch|for|returning|on\s+conflict)(?![\w.])",
    re.IGNORECASE,
)
"""What begins a part that brings along no relation."""


def _may_join(scene: FileScene, begin: Value) -> bool:
    """Whether a part of a statement that begins so may be, or go on with, an entry of its FROM clause."""
    values = [binding.value for binding in scene.held(begin)] if isinstance(begin, Ref) else [begin]
    firsts = [value.parts[0] if isinstance(value, Template) and value.parts else value for value in values]
    texts = [first.value for first in firsts if isinstance(first, Text)]
    return not texts or len(texts) < len(firsts) or any(text.strip() and not _CLOSED.match(text) for text in texts)


def _apart(before: Value, after: Value) -> tuple[Text, ...]:
    """Return the blank with which a clause begins that is only known at run time: `q += where`."""
    ends = isinstance(before, Text) and before.value[-1:].isalnum()
    return (Text(" ", after.start, after.start, False),) if ends and names_a_clause(after) else ()


def _follows(scene: FileScene, base: Binding, step: Binding) -> bool:
    """Whether what is appended is so to this one of several texts: in a block around it, or within its own."""
    one, other = scene.scope_at(base.start), scene.scope_at(step.start)
    return other in _around(scene, one) or one in _around(scene, other)


def _around(scene: FileScene, scope: int) -> Iterator[int]:
    while scope >= 0:
        yield scope
        scope = scene.parent(scope)
