"""Two audits held against each other: what came, what stayed and what went, spot by spot."""

from __future__ import annotations

import os
from collections import Counter
from collections.abc import Iterable
from typing import Literal

from msgspec.structs import replace

from tripoint.applied import on_applied
from tripoint.audit import AuditError, Options, audit
from tripoint.config import Config, ConfigError, read_config
from tripoint.earlier import Earlier, Found
from tripoint.model.audit import Audit, Finding, Notice, Spot
from tripoint.model.regex import regex
from tripoint.model.words import counted
from tripoint.tree import Limits, RevisionTree, Tree, TreeError, merge_base

__all__ = ["audit_since", "compare"]

_NUMBER = regex(r"[0-9]+")

_Key = tuple[str, str]
"""What says that a spot is the same one: its fingerprint; of a finding without spots its rule, database and subject."""


def audit_since(tree: Tree, root: str | os.PathLike[str], revision: str, config: Config, options: Options) -> Audit:
    """Audit `tree`, whose folder is `root`, and compare with the commit where its history and `revision` parted.

    That commit is read from git's objects, without a checkout, and judged by the same settings and baseline as the
    tree, unless these name what it did not have. Where it holds nothing to audit, every finding is new, and a notice
    says why. Raises what `audit` raises, and RevisionError where the commit can't be found: in a shallow clone, say.
    """
    root = os.fspath(root)
    base = merge_base(root, revision)
    from tripoint.judge import baseline_in_force

    options = replace(options, baseline=baseline_in_force(tree, config, options))
    earlier = Earlier(root, config, options)
    before = earlier.at(base)
    now = audit(tree, config, options)
    here = Found.of(now)
    earlier.keep_files(here, tree)
    before = before or _before(root, base, config, options, earlier, tree, here)
    applied = on_applied(now, before.migrations, tree, root, base, revision, options)
    notices = (*_told(now.notices, before.notices), *applied)
    compared = replace(
        compare(now, before.findings), since=base, lasting=now.lasting and before.lasting, notices=notices
    )
    if before.nothing is None:
        return compared
    reason = f"commit {base[:12]} holds nothing to compare with, so every finding counts as new: {before.nothing}"
    return replace(compared, notices=(Notice("unread", reason), *notices))


def _before(root: str, base: str, config: Config, options: Options, earlier: Earlier, tree: Tree, here: Found) -> Found:
    """Audit the commit `base`, and keep what was found. `here` is what was found in the `tree`."""
    default, wanted = Limits(), config.limits
    limits = Limits(wanted.sql or default.sql, wanted.other or default.other)
    with RevisionTree(root, base, limits) as then:
        found = earlier.alike(then)
        if found is None and earlier.unchanged(tree, then):
            found = here
        if found is None:
            try:
                found = Found.of(_past(then, replace(config, require=()), replace(options, require=frozenset())))
            except AuditError as error:
                found = Found(nothing=str(error))
        earlier.keep(found, then)
    return found


def _past(then: Tree, config: Config, options: Options) -> Audit:
    """Audit an earlier state. Where today's settings name databases or documents that it did not have yet, its own say
    which those were, and where these don't lead anywhere either, they are found out.
    """
    try:
        return audit(then, config, options)
    except ConfigError:
        pass
    try:
        own = read_config(then)
        return audit(then, replace(config, databases=own.databases, documents=own.documents), options)
    except (ConfigError, TreeError):
        return audit(then, replace(config, databases=(), documents=()), options)


def compare(now: Audit, before: tuple[Finding, ...]) -> Audit:
    """Return the audit `now` with the state of each finding and primary spot, and with what was mended.

    A finding is new when one of its spots that nothing hides is; what was hidden before and is hidden no longer is new
    too. Mended are the spots of `before` that `now` no longer has, hidden or not. When other spots of the same finding
    remain, the mended part says so.
    """
    known = {key for finding in before for key in _open_keys(finding)}
    left = {key for finding in now.findings for key in _all_keys(finding)}
    remaining = {_identity(finding) for finding in now.findings}
    mended = (
        part
        for finding in before
        if finding.suppressed is None and (part := _mended(finding, left, _identity(finding) in remaining)) is not None
    )
    return replace(now, findings=tuple(_judged(f, known) for f in now.findings), mended=tuple(mended))


def _told(notices: tuple[Notice, ...], before: tuple[Notice, ...]) -> tuple[Notice, ...]:
    """Return notices whose spots say whether the earlier state had them: in the same file, or where that was moved."""
    states: dict[int, Literal["new", "unchanged"]] = {}
    left = Counter(_said_in_file(notice) for notice in before)
    for number, notice in enumerate(notices):
        if left[_said_in_file(notice)]:
            left[_said_in_file(notice)] -= 1
            states[number] = "unchanged"
    moved: Counter[tuple[str, str]] = Counter()
    for (kind, reason, _), count in left.items():
        moved[kind, reason] += count
    for number, notice in enumerate(notices):
        if number not in states:
            kind, reason, _ = _said_in_file(notice)
            states[number] = "unchanged" if moved[kind, reason] else "new"
            moved[kind, reason] -= 1
    return tuple(
        notice if notice.spot is None else replace(notice, spot=replace(notice.spot, state=states[number]))
        for number, notice in enumerate(notices)
    )


def _said_in_file(notice: Notice) -> tuple[str, str, str]:
    """A notice's kind, what it says, whatever it counts, and its file."""
    return notice.kind, _NUMBER.sub("0", notice.reason), notice.spot.path if notice.spot is not None else ""


def _judged(finding: Finding, known: set[_Key]) -> Finding:
    spots = tuple(
        replace(spot, state="unchanged" if ("spot", spot.fingerprint or "") in known else "new")
        if spot.role == "primary"
        else spot
        for spot in finding.spots
    )
    keys = set(_open_keys(finding)) or set(_all_keys(finding))
    state: Literal["new", "unchanged"] = "unchanged" if keys <= known or finding.suppressed else "new"
    shown = [spot.state for spot in spots if spot.role == "primary" and spot.suppressed is None]
    message = finding.message
    if state == "new" and "unchanged" in shown:
        message = f"new in {shown.count('new')} of {counted(len(shown), 'place')}: {message}"
    return replace(finding, spots=spots, state=state, message=message)


def _mended(finding: Finding, left: set[_Key], remains: bool) -> Finding | None:
    """Return what is gone of a finding, None where nothing is."""
    primary = [spot for spot in finding.spots if spot.role == "primary"]
    gone = [s for s in primary if s.suppressed is None and ("spot", s.fingerprint or "") not in left]
    if not gone and (primary or remains):
        return None
    message = finding.message
    if remains:
        some = len(gone) < len(primary)
        where = f"in {len(gone)} of {counted(len(primary), 'place')}" if some else "where it was"
        message = f"no longer {where}: {message}"
    related = [spot for spot in finding.spots if spot.role != "primary"]
    spots: tuple[Spot, ...] = (*(replace(spot, state="mended") for spot in gone), *related)
    return replace(finding, spots=spots, state="mended", message=message)


def _identity(finding: Finding) -> _Key:
    return "finding", "\0".join((finding.rule, finding.database, finding.subject))


def _open_keys(finding: Finding) -> Iterable[_Key]:
    """The keys of what nothing hides."""
    return (key for key, spot in _keys(finding) if (spot or finding).suppressed is None)


def _all_keys(finding: Finding) -> Iterable[_Key]:
    return (key for key, _ in _keys(finding))


def _keys(finding: Finding) -> list[tuple[_Key, Spot | None]]:
    primary = [spot for spot in finding.spots if spot.role == "primary"]
    if not primary:
        return [(_identity(finding), None)]
    return [(("spot", spot.fingerprint or ""), spot) for spot in primary]
