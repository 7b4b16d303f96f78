"""What a call on a receiver is: the receiver decides, and only where its origin can't be seen the chain's own shape."""

from __future__ import annotations

import re
from typing import Literal

from msgspec import Struct
from msgspec.structs import replace

from tripoint.model.query import ANY_SCHEMA
from tripoint.sources.code.clients.methods import BUILDER_METHODS, FOREIGN_BUILDER_METHODS
from tripoint.sources.code.clients.receivers import is_client_package, looks_like_a_client, word_of
from tripoint.sources.code.facts import Array, Chain, Function, Object, Plain, Ref, Template, Text
from tripoint.sources.code.scene import (
    NO_KEY,
    At,
    Bound,
    Builder,
    Class,
    Client,
    External,
    Free,
    Instance,
    Part,
    Rows,
    Typed,
    Unknown,
)

__all__ = ["Verdict", "classify"]

_FROM_ELSEWHERE = (Bound, External, Typed, Unknown)
_WRITING = frozenset(["select", "insert", "upsert", "update", "delete"])
_OWN_ONLY = frozenset(
    ["eq", "neq", "single", "maybeSingle", "ilike", "match", "upsert", "order", "gte", "lte", "in", "is"]
)
_TABLE_LANGUAGES = frozenset(["python"])
"""Where `.table(` is a client's word."""


class Verdict(Struct, frozen=True):
    """`kind` is what the call is of; `client` the client it is made on, where that is known."""

    kind: Literal["table", "function", "bucket", "other", "unresolved"]
    client: Client | None = None
    at: At | None = None
    certain: bool = True
    reason: str | None = None


def classify(language: str, chain: Chain, index: int, before: tuple[At, ...], given: tuple[At, ...]) -> Verdict:
    """Say what the step `index` of a chain calls, from what stands before it and what its first argument may be."""
    step = chain.steps[index]
    word = word_of(step.name)
    clients = [at for at in before if isinstance(at.thing, Client)]
    if clients and not (word == "table" and language not in _TABLE_LANGUAGES):
        return Verdict("function" if word == "rpc" else "table", _one_of(clients, before), clients[0])
    for at in before:
        if isinstance(at.thing, Part):
            kind: Literal["bucket", "other"] = "bucket" if at.thing.kind == "storage" else "other"
            return Verdict(kind, at.thing.owner, at)
    if word == "table" and language not in _TABLE_LANGUAGES:
        return Verdict("other")
    return _by_shape(chain, index, before, given, word)


def _one_of(clients: list[At], before: tuple[At, ...]) -> Client:
    """Return the client that it is; of several, whose keys differ in what row security lets through, one of no role.

    The same where it may be a client that came from elsewhere (`context.getStore() ?? supabase`). Of several schemas,
    the default counts (another is a test's, or a tenant's), else none is known.
    """
    things = [at.thing for at in clients if isinstance(at.thing, Client)]
    schemas = {thing.schema for thing in things}
    if len(schemas) > 1:
        things = [replace(thing, schema=None if None in schemas else ANY_SCHEMA) for thing in things]
    if len({thing.server for thing in things}) > 1:
        things = [replace(thing, server=()) for thing in things]
    if len({thing.handed for thing in things}) > 1:
        things = [replace(thing, handed=None) for thing in things]
    handed = any(isinstance(at.thing, _FROM_ELSEWHERE) and not _is_absent(at) for at in before)
    if handed or len({thing.role == "service_role" for thing in things}) > 1:
        return replace(things[0], role=None, role_reason=None, handed=None)
    return things[0]


def _is_absent(at: At) -> bool:
    """Whether it is no value at all: of `{ error } | { supabase }`, what the first has not."""
    return isinstance(at.thing, Unknown) and at.thing.reason.startswith(NO_KEY)


def _names(chain: Chain, index: int, before: tuple[At, ...]) -> tuple[tuple[str, ...], ...]:
    """What the receiver is called: in the code, and where it comes from."""
    written = list(chain.root.path) if isinstance(chain.root, Ref) else []
    written += [step.name for step in chain.steps[:index] if step.name not in ("()", "new", "schema")]
    found: list[tuple[str, ...]] = [tuple(written)]
    for at in before:
        thing = at.thing
        if isinstance(thing, (External, Free, Typed, Unknown)):
            found.append(thing.names)
        elif isinstance(thing, Bound):
            found.append((thing.name, *thing.members))
    return tuple(names for names in found if names)


def _by_shape(chain: Chain, index: int, before: tuple[At, ...], given: tuple[At, ...], word: str) -> Verdict:
    names = _names(chain, index, before)
    called = [step.name for step in chain.steps if step.call_end]
    earlier = {word_of(step.name) for step in chain.steps[:index] if step.call_end}
    later = [word_of(step.name) for step in chain.steps[index + 1 :] if step.call_end]
    if any(word_of(here[-1]) == "storage" for here in names):
        return Verdict("bucket") if word == "from" else Verdict("other")
    named = [looks_like_a_client(here) for here in names]
    says_client = True in named
    if all(isinstance(at.thing, (Rows, Builder)) for at in before) and before:
        return Verdict("other")
    if (earlier & (_WRITING | FOREIGN_BUILDER_METHODS)) or (set(later) & FOREIGN_BUILDER_METHODS and not says_client):
        return Verdict("other")
    if given and all(isinstance(at.thing, (Array, Object, Function, Class, Instance, Rows, Builder)) for at in given):
        return Verdict("other")
    if given and all(isinstance(at.thing, Plain) for at in given) and not says_client:
        return Verdict("other")
    if not chain.steps[index].arguments and not chain.steps[index].named:
        return Verdict("other")
    if word == "from" and len(chain.steps[index].arguments) > 1 and not says_client:
        return Verdict("other")
    root = names[0][0] if names else ""
    literal_name = any(isinstance(at.thing, (Text, Template)) for at in given)
    packaged = [at.thing for at in before if isinstance(at.thing, External)]
    foreign = bool(packaged) and len(packaged) == len(before) and not any(is_client_package(p.module) for p in packaged)
    if foreign and any(_inner(p.module) or (says_client and p.module in _CARRYING) for p in packaged):
        foreign = False
    constructor = re.match(r"[A-Z]", root) is not None and len(names[0]) == 1 and not earlier and bool(called)
    shaped = bool(later) and later[0] in _WRITING
    own = shaped and bool(set(later[1:]) & _OWN_ONLY)
    kind: Literal["table", "function"] = "function" if word == "rpc" else "table"
    if says_client and not (foreign and not _mentions(packaged)) and not (constructor and not shaped):
        return Verdict(kind, None, before[0] if before else None)
    if foreign:
        if (own or says_client) and literal_name:
            return Verdict(kind, None, before[0], certain=False)
        return Verdict("other")
    if constructor and not own:
        return Verdict("other")
    if word == "rpc":
        likely = None in named and (literal_name or bool(given))
        return Verdict(kind, None, before[0] if before else None, certain=False) if likely else Verdict("other")
    if shaped:
        certain = literal_name or own
        return Verdict(kind, None, before[0] if before else None, certain=certain)
    if None in named and (literal_name or set(later) & BUILDER_METHODS):
        return Verdict(kind, None, before[0] if before else None, certain=False)
    if literal_name and not later and not all(isinstance(at.thing, Free) for at in before):
        return Verdict("unresolved", reason="its receiver can't be followed, and nothing says what it is")
    return Verdict("other")


_CARRYING = frozenset({"react", "preact", "preact/hooks", "vue", "svelte", "solid-js", "@angular/core"})
"""Packages that hand on what the project itself puts into a context, a state or a slot of theirs."""


def _inner(module: str) -> bool:
    """Whether a specifier looks like one of the project's own, which only the project's build can resolve."""
    return module.startswith(("@/", "~", ".", "#", "$", "/", "src/", "@@")) or "supabase" in module.lower()


def _mentions(packaged: list[External]) -> bool:
    return any(looks_like_a_client(package.names) or "supabase" in package.module.lower() for package in packaged)
