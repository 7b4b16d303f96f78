"""SQL that a variable is given and more of which is appended to it: `q += " and name = $1"`, `q = q + order`.

Which parts a call sends hangs on what it is given. Each is sent by one, so that the whole stands for all of them; where
two exclude one another (`if … else …`) PostgreSQL's grammar hardly takes both, and one is left out at a time.
"""

from __future__ import annotations

from collections.abc import Iterator

from msgspec import Struct
from msgspec.structs import replace

from tripoint.sources.code.facts import Binding, Ref, Template, Text, Value
from tripoint.sources.code.reaching import reaching
from tripoint.sources.code.repaired import names_a_clause
from tripoint.sources.code.scene import FileScene

__all__ = ["Grown", "grown"]

_MOST = 40
"""Parts beyond which a text is left as it is."""


class Grown(Struct, frozen=True):
    """A text with all that is appended to it. `without` are its forms that lack one part each; `more` says whether
    something else is appended in a way that is not followed."""

    whole: Template
    without: tuple[Template, ...] = ()
    more: bool = False


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
    if isinstance(value, Template) and value.tag is None and value.parts:
        first = value.parts[0]
        if isinstance(first, Ref) and first.path == (binding.name,):
            return value
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

    def joined(left_out: int) -> Template:
        parts = list(first)
        for index, (_, piece) in enumerate(applied):
            if index != left_out:
                parts += (*_apart(parts[-1], piece[0]), *piece) if parts else piece
        return Template(tuple(parts), value.start, value.end)

    optional = [i for i, (step, _) in enumerate(applied) if scene.scope_at(step.start) != scene.scope_at(base.start)]
    return Grown(joined(-1), tuple(map(joined, optional)))


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
