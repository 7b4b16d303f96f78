"""Every chain of a file, wherever it stands."""

from __future__ import annotations

from collections.abc import Iterator

from tripoint.sources.code.facts import (
    Array,
    Chain,
    Choice,
    CodeFacts,
    Function,
    Object,
    Opaque,
    Plain,
    Ref,
    Template,
    Text,
    Value,
)

__all__ = ["every_chain"]


_LEAVES = frozenset({Text, Plain, Ref, Opaque})


def every_chain(facts: CodeFacts) -> Iterator[Chain]:
    """Yield every chain of a file, also those that stand within other values, outer ones first."""
    seen: set[int] = set()
    work: list[Value] = [*facts.chains]
    work += [binding.value for binding in facts.bindings if binding.value is not None]
    work += [returned for function in facts.functions for returned in function.returns]
    work.reverse()
    while work:
        value = work.pop()
        kind = type(value)
        # Most values are leaves, and this is the busiest loop of all.
        if kind in _LEAVES or id(value) in seen:
            continue
        seen.add(id(value))
        if isinstance(value, Chain):
            yield value
            work.append(value.root)
            for step in value.steps:
                if step.arguments:
                    work.extend(step.arguments)
                if step.named:
                    work.extend(entry.value for entry in step.named)
        elif isinstance(value, Object):
            work.extend(entry.value for entry in value.entries)
            work.extend(value.spreads)
        elif isinstance(value, Array):
            work.extend(value.items)
        elif isinstance(value, Choice):
            work.extend(value.options)
        elif isinstance(value, Template):
            work.extend(value.parts)
        elif isinstance(value, Function):
            work.extend(value.returns)
