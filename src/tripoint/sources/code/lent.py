"""What a row is given by way of another name: in a function that it is handed to, or in a loop over the list it is of.

add_author(row)          # def add_author(row): row["author_id"] = ...
Object.assign(row, more)
for row in rows:
    row["author_id"] = ...
"""

from __future__ import annotations

from bisect import bisect_left
from operator import attrgetter

from tripoint.sources.code.changes import assigned_to
from tripoint.sources.code.facts import Binding, Chain, Function, Ref, Text, Value
from tripoint.sources.code.follow import Follower
from tripoint.sources.code.reaching import reaching, same_value
from tripoint.sources.code.scene import FileScene, Lent

__all__ = ["is_filled", "is_of_changed", "items_given", "merged_into"]

_MERGING = frozenset({"assign", "merge", "mergeWith", "extend", "defaults", "defaultsDeep", "Copy"})
"""Functions of libraries that give their first argument the keys of the others: JavaScript's, lodash's, Go's `maps`."""
_SETTING = frozenset({"set", "defineProperty", "defineProperties"})
"""Those that give it a key."""
_PARTS = frozenset({"slice", "filter", "copy", "sublist", "take", "where", "toList", "prefix", "suffix", "drop"})
"""Methods of lists that give some of their items."""
_GOING_OVER = frozenset({"forEach", "forEachIndexed", "map", "mapIndexed", "onEach", "also", "let", "for_each", "each"})
"""Methods that call a function for each item."""
_READING = frozenset(
    {
        *("get", "keys", "values", "items", "entries", "has", "hasOwnProperty", "contains", "containsKey", "includes"),
        *("toString", "toJSON", "length", "size", "count", "isEmpty", "isNotEmpty", "indexOf", "index", "find"),
        *("every", "any", "all", "some", "filter", "where", "reduce", "fold", "join", "joined", "joinToString"),
        *("slice", "copy", "sublist", "take", "drop", "first", "last", "at", "toList", "toMap", "sort", "sorted"),
        *("reverse", "reversed", "model_dump", "dict", "toJson", "json"),
        # What these give or take is told apart.
        *("push", "unshift", "append", "add", "addAll", "extend", "merge", "putAll", "put", "setdefault", "insert"),
        *("putIfAbsent", "updateValue", "remove", "removeWhere", "removeValue", "removeAll", "removeAt", "removeNulls"),
        *("pop", "popitem", "clear", "delete", "del", "splice", "shift"),
    }
)
"""Methods of lists, maps and records that give them no keys."""
_MOST = 40
"""How many calls, or loops, a variable is followed to."""
_START = attrgetter("start")
_ON = 10
"""How many of them are looked at in a function that the row is handed on by."""
_DEPTH = 3
"""How many functions far a row is followed that is handed on."""


def merged_into(scene: FileScene | None, ref: Ref) -> list[Value]:
    """Return what a function of a library merges into the object that a variable holds."""
    return [
        given
        for lent in (_lent(scene, ref) or ())
        if lent.step.name in _MERGING and not lent.key
        for given in lent.behind()
    ]


def is_filled(path: str, ref: Ref, follower: Follower) -> bool:
    """Whether a variable's object, or an item of its list, is handed to a function that gives it keys, or may do, or
    has a method called that may."""
    scene = follower.scene(path)
    calls = _lent(scene, ref)
    if scene is None or len(ref.path) != 1:
        return False
    if calls is None or _is_called(scene, ref):
        return True
    if any((lent.step.name in _SETTING and not lent.key) or _fills(path, lent, follower, 0) for lent in calls):
        return True
    of_items = [
        lent
        for item in _items(scene, ref)
        for lent in scene.lent(item.name)[: _MOST * _ON]
        if item.scope in scene.around(scene.scope_at(lent.start))
    ]
    return len(of_items) > _MOST or any(
        (lent.step.name in _MERGING | _SETTING and not lent.key) or _fills(path, lent, follower, 0) for lent in of_items
    )


def _is_called(scene: FileScene, ref: Ref) -> bool:
    """Whether a method is called on what a variable holds that may give it keys, or its items."""
    calls = scene.rooted(ref.path[0], lambda name: name not in _READING)
    own = scene.held(ref) if calls else []
    within = scene.enclosing(scene.scope_at(ref.start), "function")
    return len(calls) > _MOST * _ON or any(
        root.path == ref.path
        and root.start < ref.start
        and chain.steps[0].call_end > 0
        and _may_give(scene, chain)
        and scene.enclosing(scene.scope_at(root.start), "function") == within
        and same_value(scene, own, root.start, ref.start)
        for root, chain in calls
    )


def _may_give(scene: FileScene, chain: Chain) -> bool:
    """Whether a method that is not known to read alone, or a callback that is called for items, may give them keys."""
    step = chain.steps[0]
    if step.name == "update":  # Python's takes what is merged, Dart's a key
        return bool(step.arguments) and isinstance(step.arguments[0], Text)
    if step.name not in _GOING_OVER:
        return True
    for given in step.arguments:
        if isinstance(given, Function):
            name = given.parameters[0].name if given.parameters else "it"
            if scene.bindings(given.scope, f"{name}.*"):
                return True
    return False


def items_given(scene: FileScene | None, ref: Ref) -> list[Binding]:
    """Return what the items of the list that a variable holds are given in loops over it."""
    if scene is None:
        return []
    places = dict.fromkeys((item.scope, f"{item.name}.*") for item in _items(scene, ref))
    return [given for scope, name in places for given in scene.bindings(scope, name)]


def is_of_changed(path: str, ref: Ref, follower: Follower) -> bool:
    """Whether a variable holds part of a list, `rows[:10]`, or another name of it, whose items are given keys."""
    scene = follower.scene(path)
    for _ in range(_DEPTH):
        held = scene.held(ref) if scene is not None and len(ref.path) == 1 else []
        value = held[0].value if len(held) == 1 and not held[0].path else None
        of = value.root if isinstance(value, Chain) and value.steps[0].name in _PARTS else value
        if scene is None or not isinstance(of, Ref) or of.path[1:] not in ((), ("*",)) or of.path[0] == ref.path[0]:
            return False
        ref = Ref(of.path[:1], of.start, of.end)
        others = [item for item in _items(scene, ref) if item is not held[0]]
        given = any(scene.bindings(item.scope, f"{item.name}.*") for item in others)
        if given or any(key != "[]" for key, _, _ in assigned_to(scene, ref)) or is_filled(path, ref, follower):
            return True
    return False


def _items(scene: FileScene | None, ref: Ref) -> list[Binding]:
    """Return the variables of loops over the list that a variable holds."""
    items = scene.items(ref.path[0])[:_MOST] if scene is not None and len(ref.path) == 1 else []
    if scene is None or not items:
        return []
    own = scene.held(ref)
    return [item for item in items if same_value(scene, own, item.start, ref.start)]


def _lent(scene: FileScene | None, ref: Ref) -> list[Lent] | None:
    """Return the calls of the same function that are handed what a variable holds, before it is used at a place.

    None where those are too many to be followed.
    """
    calls = scene.lent(ref.path[0]) if scene is not None and len(ref.path) == 1 else []
    if scene is None or not calls:
        return []
    own = scene.held(ref)
    begun = min((binding.start for binding in reaching(scene, own, ref.start)), default=0)
    first = bisect_left(calls, begun, key=_START)
    last = bisect_left(calls, ref.start, key=_START)
    if last - first > _MOST:
        return None
    within = scene.enclosing(scene.scope_at(ref.start), "function")
    return [
        lent
        for lent in calls[first:last]
        if scene.enclosing(scene.scope_at(lent.start), "function") == within
        and same_value(scene, own, lent.start, ref.start)
    ]


def _fills(path: str, lent: Lent, follower: Follower, depth: int) -> bool:
    """Whether the function of the project that is called gives keys to what it is handed."""
    here = follower.scene(path)
    if isinstance(lent.chain.root, Ref) and lent.chain.root.path == ("with",) and lent.step.name == "()":
        return True  # Kotlin's `with(row) { put("kind", 1) }`
    if lent.step.name in ("call", "apply"):
        return True
    callbacks = [given for given in lent.step.arguments if isinstance(given, Function) and given.parameters]
    if here is not None and any(here.bindings(one.scope, f"{one.parameters[0].name}.*") for one in callbacks):
        return True  # `list(map(lambda row: row.update(more), rows))`
    called = follower.calls.states(path, lent.chain)[lent.index]
    if lent.step.name not in ("()", "new"):
        called = tuple(one for at in called for one in follower.member(at, lent.step.name))
    for at in called:
        name = _parameter(at.thing, lent) if isinstance(at.thing, Function) else None
        scene = follower.scene(at.path)
        if name is None or scene is None or not isinstance(at.thing, Function):
            continue
        own = at.thing.scope
        if scene.bindings(own, f"{name}.*"):
            return True
        named = (one for one in scene.items(name)[:_ON] if scene.enclosing(one.scope, "function") == own)
        if any(scene.bindings(one.scope, f"{one.name}.*") for one in named):
            return True
        on = (one for one in scene.lent(name)[:_ON] if scene.enclosing(scene.scope_at(one.start), "function") == own)
        for one in on if depth < _DEPTH else ():
            if (one.step.name in _MERGING | _SETTING and not one.key) or _fills(at.path, one, follower, depth + 1):
                return True
    return False


def _parameter(function: Function, lent: Lent) -> str | None:
    """Return which of a function's parameters stands for what it is handed."""
    if isinstance(lent.key, str):
        return lent.key
    return function.parameters[lent.key].name if lent.key < len(function.parameters) else None
