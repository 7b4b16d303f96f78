"""The classes of Python modules with the names that their bodies bind, for ORMs that declare models as classes."""

from __future__ import annotations

from bisect import bisect_right
from collections import defaultdict
from collections.abc import Callable, Iterator, Mapping

from msgspec import Struct, field
from msgspec.structs import replace

from tripoint.sources.code.facts import Array, Binding, CodeFacts, Function, Value

__all__ = ["PythonClass", "inherited", "python_classes"]

_TWICE: Value = Array((), 0, 0)
"""What a variable is that is bound more than once: nothing that a name is made of."""


class PythonClass(Struct):
    """A class: its bases as written, and what its body binds, in order."""

    path: str
    name: str
    bases: tuple[str, ...]
    start: int
    end: int
    bindings: list[Binding] = field(default_factory=list)
    inner: dict[str, PythonClass] = field(default_factory=dict)
    methods: set[str] = field(default_factory=set)
    returned: list[Binding] = field(default_factory=list)
    """What methods return that return one value, under their names: of SQLAlchemy's `declared_attr`, a column."""
    local: dict[str, Value] = field(default_factory=dict)
    """The variables of `__tablename__`, where a method makes it, that are bound once."""

    def value(self, name: str) -> Binding | None:
        """Return what the body binds a name to."""
        return next((b for b in self.bindings if b.name == name), None)


def python_classes(path: str, facts: CodeFacts) -> list[PythonClass]:
    """Return the classes of a module, outer ones with their inner ones."""
    by_scope: dict[int, PythonClass] = {}
    declared = {(b.scope, b.name): b for b in facts.bindings if b.kind == "class"}
    outer: list[PythonClass] = []
    for index, scope in enumerate(facts.scopes):
        if scope.kind != "class" or scope.name is None:
            continue
        binding = declared.get((scope.parent, scope.name))
        bases = tuple(part.strip() for part in (binding.type or "").split(",")) if binding is not None else ()
        start, end = (binding.start, binding.end) if binding is not None else (scope.start, scope.start)
        made = PythonClass(path, scope.name, tuple(b for b in bases if b), start, end)
        by_scope[index] = made
        holder = by_scope.get(scope.parent)
        if holder is not None:
            holder.inner[scope.name] = made
        else:
            outer.append(made)
    methods = {(scope.parent, scope.name) for scope in facts.scopes if scope.kind == "function"}
    naming = {
        index: by_scope[scope.parent]
        for index, scope in enumerate(facts.scopes)
        if scope.name == "__tablename__" and scope.parent in by_scope
    }
    for binding in facts.bindings if naming else ():
        if binding.scope in naming and binding.value is not None:
            local = naming[binding.scope].local
            local[binding.name] = _TWICE if binding.name in local else binding.value
    for holder_scope, name in methods:
        if holder_scope in by_scope and name is not None:
            by_scope[holder_scope].methods.add(name)
    extents: dict[int, list[tuple[int, int]]] = defaultdict(list)
    for scope in sorted(facts.scopes, key=lambda scope: scope.start):
        if scope.kind == "function" and scope.parent in by_scope:
            extents[scope.parent].append((scope.start, scope.end))

    def within(binding: Binding) -> bool:
        """Whether it is a method that binds it: what `self.at = now()` makes is no column."""
        own = extents[binding.scope]
        index = bisect_right(own, binding.start, key=lambda extent: extent[0]) - 1
        return index >= 0 and binding.start < own[index][1]

    for binding in facts.bindings:
        if binding.scope not in by_scope:
            continue
        if (binding.scope, binding.name) in methods:  # a method that is called as a property is no field
            if isinstance(binding.value, Function) and len(binding.value.returns) == 1:
                by_scope[binding.scope].returned.append(replace(binding, value=binding.value.returns[0]))
            continue
        if binding.kind in ("property", "variable", "constant", "type") and not within(binding):
            by_scope[binding.scope].bindings.append(binding)
    return outer


def inherited(
    made: PythonClass, known: Mapping[str, PythonClass], through: Callable[[PythonClass], bool] = lambda base: True
) -> Iterator[PythonClass]:
    """Yield a class's bases that the project declares, nearest first, each once: no base that `through` refuses, and
    none of its own.
    """
    seen = {made.name}
    work = list(made.bases)
    while work:
        base = known.get(work.pop(0).rpartition(".")[2])
        if base is not None and base.name not in seen and through(base):
            seen.add(base.name)
            yield base
            work.extend(base.bases)
