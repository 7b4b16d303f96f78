"""The witness `database`: what PostgreSQL itself makes of the migrations, and what a live database holds.

Nothing in here is imported unless a database is asked for.
"""

from __future__ import annotations

import os
from collections import defaultdict
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

from msgspec import Struct
from msgspec.structs import replace

from tripoint.model.catalog import Catalog
from tripoint.model.evidence import Disagreement, Evidence, Settings
from tripoint.model.name import Name
from tripoint.model.place import Place, Problem
from tripoint.model.words import counted
from tripoint.postgres.binaries import ServerUnavailable
from tripoint.postgres.server import Server
from tripoint.sources.database.compare import Difference, differences
from tripoint.sources.database.live import DatabaseUnreadable, History, Live, read_live, without_managed
from tripoint.sources.database.replay import LOGIN, Replayed, Script, replay
from tripoint.sources.migrations.fold import fold
from tripoint.sources.migrations.preamble import preamble
from tripoint.sql.read import read_sql

__all__ = ["Held", "hear_live", "hear_replay"]

_EXPRESSIONS = frozenset({"default", "expression", "using", "check", "predicate", "query", "when", "body", "checks"})
"""What PostgreSQL prints in words of its own: compared only where a replay has brought both sides to its form."""

_PARTS = frozenset({"constraint", "index", "policy", "trigger"})
"""What is a part of a table, named behind a slash."""

_BROUGHT = frozenset({"public"})
"""What every new database has."""

_NOT_IN_DUMPS = frozenset({"grants", "default_grants", "default_granted", "comment"})

NOT_REPLAYED = "migrations in code are read, and not run: give a database that they made with --database"

Note = tuple[str, Problem]


class Held(Struct, frozen=True):
    """How the witness was heard, or why not, and what is to be said aloud."""

    detail: str | None = None
    reason: str | None = None
    notes: tuple[Note, ...] = ()


def hear_replay(
    evidence: Evidence,
    facts: Mapping[str, Any],
    settings: Settings,
    progress: Callable[[str], None],
    *,
    in_code: bool = False,
    folded: Catalog | None = None,
    visit: Callable[[Evidence, Server, str], None] | None = None,
) -> Held:
    """Replay the migrations on the embedded server; what it holds and what it refused goes into `evidence`.

    `in_code` says that there are migrations in code beside them; `folded` is what all of them fold into, where that is
    known. `visit` is shown the server while it holds the database, and whom to log in as.
    """
    database = evidence.database
    scripts = [Script(m.path, facts[m.path], m.transaction) for m in database.migrations if m.path in facts]
    if not scripts:
        return Held(reason="there are no migrations to replay")
    if any(migration.program for migration in database.migrations):
        return Held(reason=NOT_REPLAYED)
    scripts = [*(Script(path, sql) for path, sql in preamble(database)), *scripts]
    try:
        replayed = replay(
            scripts,
            database.platform,
            settings,
            emulated=all(migration.layout != "supabase" for migration in database.migrations),
            in_code=in_code,
            folded=folded,
            expect_refusals=bool(evidence.references),
            progress=lambda done, total: progress(f"replaying {done} of {counted(total, 'migration')}"),
            visit=None if visit is None else lambda server: visit(evidence, server, LOGIN),
        )
    except ServerUnavailable as error:
        return Held(reason=f"no embedded server could be had: {error}")
    evidence.failures, evidence.refused = replayed.failures, replayed.refused
    if replayed.catalog is None:
        return Held(reason=f"the replay came to no end: {replayed.lost}")
    evidence.held, evidence.held_by = replayed.catalog, "replay"
    return Held(_walls(replayed), notes=_disagreements(replayed, evidence, facts))


def _walls(replayed: Replayed) -> str:
    standing = ", ".join(wall.name for wall in replayed.walls if wall.stands)
    missing = ", ".join(f"{wall.name} ({wall.reason})" for wall in replayed.walls if not wall.stands)
    return f"replayed on PostgreSQL {replayed.version} behind: {standing}" + (
        f"; not standing: {missing}" if missing else ""
    )


def _disagreements(replayed: Replayed, evidence: Evidence, facts: Mapping[str, Any]) -> tuple[Note, ...]:
    """Where the text was read otherwise than PostgreSQL carries it out: its answer stands, and it is said."""
    notes = []
    by_owner: dict[tuple[str, str], list[Difference]] = defaultdict(list)
    for found in replayed.differences:
        by_owner[_owner_of(found)].append(found)
    for (kind, owner), group in by_owner.items():
        place = _place_of(owner, evidence.defined)
        said = "; ".join(_in_words(found, owner) for found in group)
        reason = f"PostgreSQL reads {kind} {owner} otherwise than the text was read ({said}); its answer stands"
        problem = Problem("unresolved", place.start if place else 0, place.end if place else 0, reason)
        notes.append((place.path if place else "", problem))
    for failure in replayed.not_tried:
        place = failure.place
        if any(p.kind == "unparsed" and place.start <= p.start <= place.end for p in facts[place.path].problems):
            continue  # the reader has said so
        reason = f"PostgreSQL refuses it in the replay ({failure.message}), which is no finding: {failure.doubt}"
        notes.append((place.path, Problem("unsupported", place.start, place.end, reason)))
    return tuple(notes)


def _owner_of(found: Difference) -> tuple[str, str]:
    """Return the kind and name of the object that a difference is about, or of the table that it is a part of."""
    if found.kind == "column":
        return "table", found.subject.rpartition(".")[0]
    if found.kind in _PARTS:
        return "table", found.subject.partition("/")[0]
    return found.kind, found.subject


def _in_words(found: Difference, owner: str) -> str:
    part = found.subject[len(owner) + 1 :]
    name = f"{found.kind} {part}" if part else "it"
    if found.aspect == "presence":
        return f"{name} is {'there' if found.right else 'not there'}"
    aspect = f"{name} {found.aspect}" if part else found.aspect
    return f"{aspect}: {found.right or 'none'}, not {found.left or 'none'}"


def _place_of(owner: str, catalog: Catalog) -> Place | None:
    """Return where a table, function or bucket is made."""
    if owner in catalog.buckets:
        return catalog.buckets[owner].place
    name = Name(*owner.partition("(")[0].partition(".")[::2])
    functions = catalog.functions.get(name, [])
    made = catalog.tables.get(name) or next(
        (f for f in functions if owner.startswith(f"{name}({', '.join(f.identity)}")), None
    )
    return made.place if made is not None else None


def hear_live(evidence: Evidence, url: str | None) -> Held:
    """Read the live database at `url` (None: where the environment leads), or the dump that `url` is the path of.

    Raises DatabaseUnreadable.
    """
    if url is not None and url.endswith(".sql"):
        return _hear_dump(evidence, url)
    live = read_live(url)
    platform = evidence.database.platform
    normal = evidence.held_by == "replay" and evidence.held is not None
    own = evidence.held if normal and evidence.held is not None else evidence.defined
    assumed = platform == "supabase" and evidence.database.settings.auto_expose_new_tables is None
    found = differences(without_managed(own, platform), without_managed(live.catalog, platform))
    evidence.disagreements = tuple(
        Disagreement(d.kind, d.subject, d.aspect, d.left, d.right)
        for d in found
        if d.subject not in _BROUGHT and (normal or _comparable(d)) and not (assumed and d.aspect == "grants")
    )
    evidence.held, evidence.held_by = replace(live.catalog), "live"
    evidence.idle_indexes = live.idle_indexes
    unapplied = _unapplied(evidence, live)
    detail = f"PostgreSQL {live.version} at {live.place}"
    if unapplied is not None:
        evidence.unapplied = unapplied
        total = sum(migration.version is not None for migration in evidence.database.migrations)
        detail += f", whose own history holds {total - len(unapplied)} of the {counted(total, 'migration')}"
    if not normal:
        detail += "; expressions are compared only together with --replay"
    if assumed:
        detail += "; privileges are not compared, since [api].auto_expose_new_tables does not say which are given"
    return Held(detail)


def _hear_dump(evidence: Evidence, path: str) -> Held:
    """Take the schema that `pg_dump` wrote of a database in place of a connection to it.

    A dump can be made without owners and privileges, so neither is compared, nor are expressions, which PostgreSQL
    prints in words of its own.
    """
    try:
        data = Path(path).read_bytes()
    except OSError as error:
        raise DatabaseUnreadable(f"the dump {path} can't be read: {error.strerror or error}") from error
    facts = read_sql(data)
    platform = evidence.database.platform
    held = fold([(path, facts)], evidence.platform, platform).catalog
    found = differences(without_managed(evidence.defined, platform), without_managed(held, platform))
    evidence.disagreements = tuple(
        Disagreement(d.kind, d.subject, d.aspect, d.left, d.right)
        for d in found
        if d.subject not in _BROUGHT and d.aspect not in _NOT_IN_DUMPS and _comparable(d)
    )
    _displace(held)  # the file is none of the project's
    evidence.held, evidence.held_by = held, "dump"
    unread = f", of which {len(facts.problems)} could not be read" if facts.problems else ""
    return Held(f"the dump {os.path.basename(path)}: {counted(len(facts.statements), 'statement')}{unread}")


def _displace(thing: Any) -> None:
    """Forget where the objects of a catalog stand."""
    if isinstance(thing, dict):
        for value in thing.values():
            _displace(value)
    elif isinstance(thing, list):
        for value in thing:
            _displace(value)
    elif isinstance(thing, Struct) and not type(thing).__struct_config__.frozen:
        for name in type(thing).__struct_fields__:
            if name in ("place", "retyped", "altered", "extent", "body_place", "switched_off"):
                setattr(thing, name, None)
            elif name == "touched":
                setattr(thing, name, [])
            else:
                _displace(getattr(thing, name))


def _comparable(difference: Difference) -> bool:
    return difference.aspect not in _EXPRESSIONS and difference.aspect != "owner"


def _unapplied(evidence: Evidence, live: Live) -> tuple[str, ...] | None:
    """Return the migrations that the database's own history lacks; None where it keeps none that is known."""
    layouts = {migration.layout for migration in evidence.database.migrations}
    history: History | None = next((h for h in live.histories if h.layout in layouts), None)
    if history is None or not history.versions:
        return None
    if history.layout == "golang-migrate":
        last = history.versions[-1]
        if not last.isdecimal():
            return None
        return tuple(
            m.path
            for m in evidence.database.migrations
            if m.version is not None and m.version.isdecimal() and int(m.version) > int(last)
        )
    applied = set(history.versions)
    return tuple(m.path for m in evidence.database.migrations if m.version is not None and m.version not in applied)
