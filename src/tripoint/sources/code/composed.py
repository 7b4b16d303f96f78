"""Values that are made of others: strings joined, one of several values, the elements of a list, objects of entries."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import TYPE_CHECKING

from msgspec.structs import replace

from tripoint.sources.code.facts import (
    Array,
    Chain,
    Choice,
    Entry,
    Keyed,
    Object,
    Opaque,
    Ref,
    Step,
    Template,
    Text,
    Value,
)

if TYPE_CHECKING:
    from tree_sitter import Node

__all__ = ["asked_of", "choice", "elements", "given_to", "join", "listed", "object_of", "text_of_list"]

_JOINING = {"join": ",", "joined": "", "joinToString": ", "}
"""Methods of lists that make one string of their items, and what stands between these where nothing is said."""


def join(parts: Iterable[Value], start: int, end: int) -> Value:
    """Return parts of one string as one value; a single literal stays a literal."""
    flat: list[Value] = []
    for part in parts:
        if isinstance(part, Template) and part.tag is None:
            flat.extend(part.parts)
        else:
            flat.append(part)
    if len(flat) == 1 and isinstance(flat[0], Text):
        return flat[0]
    return Template(tuple(flat), start, end)


def choice(options: Iterable[Value], node: Node) -> Choice:
    """Return a value that is one of `options`."""
    flat: list[Value] = []
    for option in options:
        flat.extend(option.options if isinstance(option, Choice) else (option,))
    return Choice(tuple(flat), node.start_byte, node.end_byte)


def listed(value: Value) -> tuple[Value, str] | None:
    """Return the list whose items a call joins, and what it puts between them: `['id', 'name'].join(', ')`."""
    if not isinstance(value, Chain) or not value.steps or not value.steps[-1].call_end:
        return None
    step = value.steps[-1]
    if step.name not in _JOINING and step.name != "Join":
        return None
    arguments = [*step.arguments, *(entry.value for entry in step.named if entry.key in ("separator", ""))]
    if step.name in ("join", "Join") and isinstance(value.root, Text) and len(step.arguments) == 1:
        return step.arguments[0], value.root.value  # Python
    if step.name == "Join" and isinstance(value.root, Ref) and value.root.path == ("strings",) and len(arguments) == 2:
        return (arguments[0], arguments[1].value) if isinstance(arguments[1], Text) else None  # Go
    if len(arguments) > 1 or step.name == "Join" or not all(isinstance(one, Text) for one in arguments):
        return None
    between = arguments[0].value if arguments and isinstance(arguments[0], Text) else _JOINING[step.name]
    rest = value.steps[:-1]
    return replace(value, steps=rest, end=step.start) if rest else value.root, between


def text_of_list(value: Array, between: str, start: int, end: int) -> Template:
    """Return the text that a list's items make with something between them; it is open where the list is."""
    parts: list[Value] = []
    for item in value.items:
        parts += [Text(between, item.start, item.start, exact=False), item] if parts else [item]
    if not value.complete:
        parts += [Text(between * bool(parts), value.end, value.end, exact=False), Opaque(value.end, value.end)]
    return Template(tuple(parts), start, end)


def elements(value: Value) -> Value | None:
    """Return what a loop variable is when a loop goes over `value`."""
    if isinstance(value, Array) and value.items:
        return Choice(value.items, value.start, value.end)
    if isinstance(value, Object) and value.complete and not value.spreads and value.entries:
        return Choice(tuple(Text(e.key, e.start, e.end) for e in value.entries), value.start, value.end)
    if isinstance(value, Ref):
        return Ref((*value.path, "*"), value.start, value.end)
    return None


def object_of(
    entries: list[Entry],
    node: Node,
    spreads: Iterable[Value] = (),
    complete: bool = True,
    named: Iterable[tuple[Value, Value]] = (),
) -> Object:
    """Return an object literal that stands at `node`. Keys in `named` that are no names are left out."""
    start, end = node.start_byte, node.end_byte
    told = tuple(Keyed(key, value) for key, value in named if isinstance(key, Ref))
    return Object(tuple(entries), start, end, tuple(spreads), complete, named=told)


_ASKING = frozenset({"from", "rpc", "schema"})


def asked_of(root: Ref, steps: list[Step], owner: str) -> tuple[Ref, list[Step]]:
    """Return a chain within what extends a client as it is said of that one: `from("jobs")` as `this.from("jobs")`."""
    if root.path[0] not in _ASKING or len(root.path) > 1 or not steps or steps[0].name != "()":
        return root, steps
    first, given = steps[0], steps[0].arguments
    step = replace(first, name=root.path[0], start=root.start, end=root.end)
    made = [replace(step, arguments=given[-1:]) if root.path == ("from",) else step]
    if root.path == ("from",) and len(given) == 2:  # Kotlin's `from(schema, table)`
        made.insert(0, replace(first, name="schema", start=root.start, end=root.start, arguments=given[:1]))
    return Ref((owner,), root.start, root.start), [*made, *steps[1:]]


def given_to(
    chains: Iterable[Chain], appending: frozenset[str], merging: frozenset[str], setting: frozenset[str]
) -> Iterator[tuple[str, int, str, Value, tuple[int, int]]]:
    """Yield what chains give to what variables hold: `rows.append(row)`, `row.update(more)`, `row.setdefault("a", 1)`.

    Each is the variable, where that stands, the member ("[]" of a list, or of a map whose keys are merged into it), the
    value and the place of both.
    """
    words = appending | merging | setting
    for chain in chains:
        step = chain.steps[0]
        if step.name not in words or not step.call_end or not isinstance(chain.root, Ref) or len(chain.root.path) != 1:
            continue
        name, at = chain.root.path[0], chain.start
        if step.name in setting:
            key = next((entry.value for entry in step.named if entry.key == "forKey"), None)
            pair = step.arguments if key is None else (key, *step.arguments)
            if len(pair) > 1:
                member = pair[0].value if isinstance(pair[0], Text) else "*"
                yield name, at, member, pair[1], (pair[0].start, pair[0].end)
            continue
        if step.spread and step.name in merging:  # `row.update(**more)`
            yield name, at, "*", Opaque(step.start, step.end), (step.start, step.end)
        for given in step.arguments:
            yield name, at, "[]", given, (given.start, given.end)
        for entry in step.named if step.name in merging else ():
            yield name, at, entry.key, entry.value, (entry.start, entry.end)
