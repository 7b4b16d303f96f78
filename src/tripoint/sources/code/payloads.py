"""The columns that a payload writes: objects, their spreads, lists of rows, and what is assigned to them later."""

from __future__ import annotations

from collections.abc import Iterator

from msgspec.structs import replace

from tripoint.model.place import Place
from tripoint.model.query import Value as Literal_
from tripoint.model.query import Written
from tripoint.sources.code.changes import assigned_to, taken_from
from tripoint.sources.code.declared import keys_of
from tripoint.sources.code.facts import Array, Chain, Choice, Entry, Function, Object, Opaque, Plain, Ref, Text, Value
from tripoint.sources.code.follow import Follower
from tripoint.sources.code.lent import is_filled, is_of_changed, items_given, merged_into
from tripoint.sources.code.literals import COMPONENTS, is_returned, literal, may_change
from tripoint.sources.code.reaching import reaching
from tripoint.sources.code.scene import At, Bound, Frame, Instance, Typed

__all__ = ["payload"]


def payload(
    path: str, value: Value, frame: Frame | None, follower: Follower, with_assigned: bool = True, depth: int = 0
) -> tuple[list[Written], bool]:
    """Return the columns that a payload writes, and whether those are all."""
    found: list[Written] = []
    if depth > _LISTS:
        return found, False
    whole = True
    extra, extra_whole = _assigned(path, value, frame, follower)
    left, left_whole = _left(path, value, frame, follower)
    extra, extra_whole = extra + left, extra_whole and left_whole
    if extra and not with_assigned:
        extra, extra_whole = [], False
    things = follower.evaluate(path, value, frame)
    one_class = len({(at.path, at.thing.scope) if isinstance(at.thing, Instance) else None for at in things}) == 1
    rows = 0
    for at in things:
        items = at.thing.items if isinstance(at.thing, Array) else (at.thing,)
        whole = whole and (not isinstance(at.thing, Array) or at.thing.complete)
        if isinstance(at.thing, Array) and not items:
            continue
        for item in items:
            rows += 1
            if isinstance(item, Object):
                item = item if with_assigned else _as_begun(item)
                row: list[Written] = []
                whole = _object(at.path, item, at.frame, follower, row, set()) and whole
                # A row alone is sent as JSON, which leaves out what is undefined; of a list, the keys are sent as well.
                gone = set() if isinstance(at.thing, Array) else _undefined(item)
                found.extend(written for written in row if written.column not in gone)
            elif isinstance(item, (Ref, Chain, Choice)):
                keys, inner = payload(at.path, item, at.frame, follower, with_assigned, depth + 1)
                found.extend(keys)
                whole = whole and inner
            elif isinstance(item, (Bound, Instance, Typed)):
                # Of several, which class it is may hang on what is not read here.
                alone = len(things) == 1 or (isinstance(item, Instance) and one_class)
                made = len(things) == 1 and _as_made(path, value, follower)
                written = alone and _of_class(At(at.path, item, at.frame), follower, found, made)
                found.extend(_declared(Place(path, value.start, value.end), item) if len(things) == 1 else ())
                whole = whole and written
            elif not (isinstance(item, Plain) and item.kind == "null"):
                whole = False
    if isinstance(value, Ref):
        taken = taken_from(follower.scene(path), value)
        found = [_begun(written, path) for written in found if written.column not in taken and "*" not in taken]
        whole = whole and not taken
    found.extend(extra)
    # Where nothing tells what it begins with (an item of a list that is filled elsewhere), there is more.
    return _once(found), whole and extra_whole and bool(things) and bool(rows or extra)


def _as_begun(value: Object) -> Object:
    """Return an object without the keys that a function gives it before it returns it: of several tables, nothing tells
    for which."""
    entries = tuple(entry for entry in value.entries if value.start <= entry.start < value.end)
    return value if len(entries) == len(value.entries) else replace(value, entries=entries, complete=False)


_LISTS = 8
"""How many lists within lists are read: one may hold itself."""
_BRANCHES = 3
"""How many variables a value is followed through to a condition."""
_SPREAD = 100
"""How many objects that are spread one into another are read; what lies beyond may have any keys."""


def _begun(written: Written, path: str) -> Written:
    """Return what a row is written with that a name holds: an empty text and a component's value may be filled in."""
    known = written.value
    if known is None or not (known.value == "" or (known.place.path == path and path.endswith(COMPONENTS))):
        return written
    return replace(written, value=replace(known, certain=False))


_PUSHED = 3
"""Through how many lists a row is pushed, each onto the next."""


def _assigned(
    path: str, value: Value, frame: Frame | None, follower: Follower, depth: int = 0
) -> tuple[list[Written], bool]:
    """Keys that are given to a payload after it was made: `row.name = …`, and rows that are pushed onto it."""
    found: list[Written] = []
    if not (isinstance(value, Ref) and len(value.path) == 1):
        # What a class's field begins with, its methods may change.
        return found, not (isinstance(value, Ref) and value.path[0] in ("this", "self"))
    whole = True
    for key, entry, place in assigned_to(follower.scene(path), value):
        if key == "*" or key.isdigit():  # of a list, an item that is changed: `rows[0].id = …`
            whole = False
        elif key == "[]":
            whole = _merged(path, entry, frame, follower, found, depth) and whole
        else:
            found.append(Written(key, place, literal(path, entry)))
    scene = follower.scene(path)
    for given in items_given(scene, value):
        member = given.path[0]
        if member in ("*", "[]") or given.value is None:
            whole = False
        else:
            found.append(Written(member, Place(path, given.start, given.end), literal(path, given.value)))
    for entry in merged_into(scene, value):
        whole = _merged(path, entry, frame, follower, found, depth) and whole
    return found, whole and not is_filled(path, value, follower) and not is_of_changed(path, value, follower)


def _left(path: str, value: Value, frame: Frame | None, follower: Follower) -> tuple[list[Written], bool]:
    """Keys that a function of the project gives to what it then returns, as the items of a list that it is handed."""
    if isinstance(value, Ref) and len(value.path) == 1:
        scene = follower.scene(path)
        held = scene.held(value) if scene is not None else []
        value = held[0].value if len(held) == 1 and held[0].value is not None and not held[0].path else value
    found: list[Written] = []
    whole = True
    if isinstance(value, Chain) and len(value.steps) == 1 and value.steps[0].name == "()":
        for at in follower.evaluate(path, value.root, frame):
            for returned in at.thing.returns if isinstance(at.thing, Function) else ():
                if isinstance(returned, Ref):
                    extra, extra_whole = _assigned(at.path, returned, None, follower)
                    found.extend(extra)
                    whole = whole and extra_whole
    return found, whole


def _merged(path: str, value: Value, frame: Frame | None, follower: Follower, found: list[Written], depth: int) -> bool:
    """Add the keys of what is merged into a row, or of rows that are appended to a list, with those that they are given
    later; return whether that is all."""
    whole = not (isinstance(value, Ref) and is_filled(path, value, follower))
    if isinstance(value, Ref):
        extra, extra_whole = _assigned(path, value, frame, follower, depth + 1) if depth < _PUSHED else ([], False)
        found.extend(extra)
        whole = whole and extra_whole
    for at in follower.evaluate(path, value, frame):
        if isinstance(at.thing, Object):
            whole = _object(at.path, at.thing, at.frame, follower, found, set()) and whole
        elif isinstance(at.thing, Array):
            for item in at.thing.items:
                whole = _merged(at.path, item, at.frame, follower, found, depth) and whole
            whole = at.thing.complete and whole
        else:
            whole = isinstance(at.thing, Instance) and _of_class(at, follower, found) and whole
    return whole


def _of_class(at: At, follower: Follower, found: list[Written], made: bool = False) -> bool:
    """Add what an object of a class is written as, with its values where it is as it was `made`.

    Return whether that is all.
    """
    held = follower.classes.row(At(at.path, at.thing))
    if held is None:
        return False
    path, row = held
    given = {
        (entry.start, entry.end): _given(at, entry, value, follower) for entry, value in follower.classes.given(at, row)
    }
    for entry in (*row.entries, *row.optional):
        key = (entry.start, entry.end)
        if key in given or entry in row.entries:
            known, others = given.get(key, _NOTHING) if made else _NOTHING
            found.append(Written(entry.key, Place(path, *key), known, others))
    return row.complete


_NOTHING: tuple[Literal_ | None, tuple[Literal_, ...]] = None, ()


def _given(at: At, entry: Entry, value: Value, follower: Follower) -> tuple[Literal_ | None, tuple[Literal_, ...]]:
    """Return the literal that a property is given where an object is made of its class, or those of a condition."""
    frame = at.frame
    if frame is None or not isinstance(entry.value, Ref):
        return _NOTHING
    case = follower.classes.case(at, entry.value.path[0], value)
    if case is not None:
        return literal(frame.path, replace(case, start=value.start, end=value.end)), ()
    if not isinstance(value, (Text, Plain, Choice)):
        return _NOTHING
    known = _written_value(frame.path, replace(entry, value=value), frame.parent, follower)
    return known, () if known is not None else _branches(frame.path, value, frame.parent, follower)


def _as_made(path: str, value: Value, follower: Follower) -> bool:
    """Whether an object is written where it is made, or by way of a name that holds nothing else."""
    if not isinstance(value, Ref):
        return isinstance(value, Chain)
    scene = follower.scene(path)
    held = scene.held(value) if scene is not None and len(value.path) == 1 else []
    return len(held) == 1 and held[0].kind == "constant"


_FRESH = frozenset({"randomUUID", "uuidv4", "uuidv7", "uuid4", "uuid7", "v4", "v7", "nanoid"})


def _is_fresh(value: Value) -> bool:
    """Whether an expression makes an identifier that nothing has yet: `crypto.randomUUID()`, `Uuid().v7()`."""
    while isinstance(value, Chain) and value.steps[-1].call_end and value.steps[-1].name in _TO_TEXT:
        value = replace(value, steps=value.steps[:-1]) if len(value.steps) > 1 else value.root
    if not isinstance(value, Chain) or not value.steps[-1].call_end:
        return False
    name = value.steps[-1].name
    if name == "()" and isinstance(value.root, Ref):  # uuidv4(), and str(uuid4())
        name = value.root.path[-1]
        given = value.steps[-1].arguments
        return name in _FRESH or (name in _TO_TEXT and len(given) == 1 and _is_fresh(given[0]))
    return name in _FRESH


_TO_TEXT = frozenset({"str", "String", "toString", "lowercased", "uuidString"})


def _object(
    path: str, value: Object, frame: Frame | None, follower: Follower, found: list[Written], seen: set[int]
) -> bool:
    if id(value) in seen:  # it is spread into itself
        return True
    if len(seen) >= _SPREAD:
        return False
    seen.add(id(value))
    whole = value.complete
    scene = follower.scene(path)
    # What a class's field begins with, its methods may change.
    begins = scene is not None and scene.facts.scopes[scene.function_of(scene.scope_at(value.start))].kind == "class"
    for entry in value.entries:
        known = _written_value(path, entry, frame, follower)
        if known is not None and begins:
            known = replace(known, certain=False)
        others = () if known is not None or begins else _branches(path, entry.value, frame, follower)
        place = Place(path, entry.start, entry.end)
        found.append(Written(entry.key, place, known, others, fresh=_is_fresh(entry.value)))
    found.extend(_named(path, value, frame, follower))
    own = len(found)
    for spread in value.spreads:
        first = len(found)
        spreads = follower.evaluate(path, spread, frame)
        for at in spreads:
            if isinstance(at.thing, Object):
                whole = _object(at.path, at.thing, at.frame, follower, found, seen) and whole
            elif isinstance(at.thing, Typed) and len(spreads) == 1:
                found.extend(_declared(Place(path, spread.start, spread.end), at.thing))
                whole = False
            elif not (isinstance(at.thing, Plain) and at.thing.kind in ("null", "boolean")):
                whole = False
        extra, extra_whole = _assigned(path, spread, frame, follower)
        found.extend(extra)
        # What stands behind it is what is written.
        later = {entry.key for entry in value.entries if entry.start > spread.start}
        for index in range(first, len(found)) if later else ():
            if found[index].column in later:
                found[index] = replace(found[index], value=None, others=())
        taken: frozenset[str] = taken_from(follower.scene(path), spread) if isinstance(spread, Ref) else frozenset()
        found[:] = [written for written in found if written.column not in taken and "*" not in taken]
        whole = whole and extra_whole and not taken
    found[own:] = [one for one in found[own:] if one.column not in value.taken and "*" not in value.taken]
    return whole


def _undefined(value: Object) -> set[str]:
    return {entry.key for entry in value.entries if isinstance(entry.value, Plain) and entry.value.value == "undefined"}


def _named(path: str, value: Object, frame: Frame | None, follower: Follower) -> Iterator[Written]:
    """Yield the keys that constants give: `{columnName: name}`."""
    for keyed in value.named:
        held = follower.evaluate(path, keyed.key, frame)
        if all(isinstance(at.thing, Text) for at in held):
            for at in held:
                if isinstance(at.thing, Text) and at.thing.value:
                    known = _written_value(path, Entry(at.thing.value, keyed.value, 0, 0), frame, follower)
                    yield Written(at.thing.value, Place(at.path, at.thing.start, at.thing.end), known)


def _declared(place: Place, thing: object) -> list[Written]:
    """Return the keys that a type of TypeScript says to be there, where a value of it is written as it stands."""
    if not isinstance(thing, Typed) or thing.names:
        return []
    return [Written(key, place, declared=True) for key in keys_of(thing.text)]


def _written_value(path: str, entry: Entry, frame: Frame | None, follower: Follower) -> Literal_ | None:
    things = follower.evaluate(path, entry.value, frame)
    if len(things) != 1 or isinstance(things[0].thing, Opaque):
        return None
    at: At = things[0]
    if not isinstance(at.thing, (Text, Plain, Object, Array)):
        return None
    known = literal(at.path, at.thing)
    unsure = is_returned(at, path, entry.value, follower) or may_change(at, path, entry.value)
    return replace(known, certain=False) if known and unsure else known


def _branches(path: str, value: Value, frame: Frame | None, follower: Follower, depth: int = 0) -> tuple[Literal_, ...]:
    """Return the literals of a condition's branches, written in place or given to the variable that stands there.

    An empty text stands in for what is not there.
    """
    if isinstance(value, Choice):
        return tuple(one for option in value.options for one in _branches(path, option, frame, follower, depth))
    if isinstance(value, Ref) and len(value.path) == 1 and depth < _BRANCHES and not path.endswith(COMPONENTS):
        scene = follower.scene(path)
        held = list(reaching(scene, scene.held(value), value.start)) if scene is not None else []
        given = [one.value for one in held if one.kind in ("constant", "variable") and not one.path]
        if scene is None or len(given) != len(held) or any(one.scope != held[0].scope for one in held):
            return ()
        function = scene.enclosing(scene.scope_at(value.start), "function")
        if len(held) > 1 and any(scene.enclosing(scene.scope_at(one.start), "function") != function for one in held):
            return ()  # when that one runs is open
        branches = [one for one in given if one is not None]
        told = [one for branch in branches for one in _branches(path, branch, frame, follower, depth + 1)]
        return tuple(one for one in told if not follower.excludes(path, value, one.value or ""))
    if isinstance(value, Chain) or (isinstance(value, Ref) and "*" in value.path):
        return _told_apart(path, value, frame, follower)
    known = literal(path, value) if isinstance(value, (Text, Plain)) else None
    return (known,) if known is not None and known.value else ()


def _told_apart(path: str, value: Value, frame: Frame | None, follower: Follower) -> tuple[Literal_, ...]:
    """Return the texts that a function returns, `stateOf(a)`, or a map holds, `STATES[a]`, where it is nothing else."""
    things = follower.evaluate(path, value, frame)
    texts = [at.thing for at in things if isinstance(at.thing, Text) and at.thing.value]
    if len(texts) != len(things):
        return ()
    return tuple(known for at in things if isinstance(at.thing, Text) and (known := literal(at.path, at.thing)))


def _once(found: list[Written]) -> list[Written]:
    seen: set[tuple[str, Place]] = set()
    kept: list[Written] = []
    for one in found:
        if (one.column, one.place) not in seen:
            seen.add((one.column, one.place))
            kept.append(one)
    return kept
