"""Which findings are hidden, by what, and which ignores hide nothing."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Collection, Iterable, Iterator
from typing import Literal

from msgspec import Struct
from msgspec.structs import replace

from tripoint.config import Config, find_line
from tripoint.model.audit import Finding, Spot
from tripoint.model.fault import Fault, Mark
from tripoint.model.glob import Globs
from tripoint.model.place import Place
from tripoint.model.words import counted
from tripoint.suppress.baseline import Baseline, prune
from tripoint.suppress.ignores import Ignore

__all__ = ["UNUSED", "Suppressed", "idle_entries", "idle_globs", "suppress"]

UNUSED = "unused-ignore"
"""The rule whose faults `Suppressed.unused` holds."""

_By = Literal["inline", "baseline", "configuration"]
_ORDER: tuple[_By, ...] = ("inline", "configuration", "baseline")
"""What is said where several would hide the same thing."""


class Suppressed(Struct, frozen=True):
    """The findings, each spot with what hides it, and the ignores without effect as faults of `unused-ignore`."""

    findings: tuple[Finding, ...]
    unused: tuple[Fault, ...] = ()


def suppress(
    findings: Iterable[Finding],
    ignores: Iterable[Ignore],
    baseline: Baseline,
    config: Config,
    ran: Collection[str] | None = None,
    known: Collection[str] | None = None,
) -> Suppressed:
    """Apply inline ignores, the settings and the baseline to findings; nothing is dropped.

    A finding is suppressed when all its primary spots are. `ran` are the rules that this audit ran: an ignore of
    another rule is not called unused (None: all of them ran). `known` are all rules there are, to tell a misspelt one.
    """
    ordered = tuple(ignores)
    usable = [ignore for ignore in ordered if ignore.reason or not config.require_reason]
    by_path: dict[str, list[Ignore]] = defaultdict(list)
    for ignore in usable:
        by_path[ignore.place.path].append(ignore)
    per_path = [(Globs([glob]), frozenset(rules)) for glob, rules in sorted(config.per_path_ignores.items())]
    switched_off = frozenset(config.ignore)
    used: set[tuple[Ignore, str]] = set()

    def why(finding: Finding, spot: Spot) -> _By | None:
        covering = [ignore for ignore in by_path[spot.path] if ignore.covers(spot.path, spot.line, finding.rule)]
        used.update((ignore, finding.rule) for ignore in covering)
        if covering:
            return "inline"
        if finding.rule in switched_off:
            return "configuration"
        if any(not rules.isdisjoint((finding.rule, "*")) and globs.matches(spot.path) for globs, rules in per_path):
            return "configuration"
        return "baseline" if spot.fingerprint is not None and spot.fingerprint in baseline.entries else None

    done: list[Finding] = []
    for finding in findings:
        spots = tuple(
            replace(spot, suppressed=why(finding, spot)) if spot.role == "primary" else spot for spot in finding.spots
        )
        reasons = {spot.suppressed for spot in spots if spot.role == "primary"}
        if not reasons and finding.rule in switched_off:
            reasons = {"configuration"}
        hidden = next((by for by in _ORDER if by in reasons), None) if None not in reasons else None
        done.append(replace(finding, spots=spots, suppressed=hidden))
    unused = tuple(
        _fault(ignore, rules, config, known)
        for ignore in ordered
        if not ignore.example and (rules := _without_effect(ignore, used, ran, known)) is not None
    )
    return Suppressed(tuple(done), unused)


def idle_globs(config: Config, paths: Collection[str], read: Callable[[str], bytes | None]) -> Iterator[Fault]:
    """Yield a fault for each glob of the settings' per-path ignores that matches no file, where a file holds them."""
    idle = [glob for glob in sorted(config.per_path_ignores) if not any(map(Globs([glob]).matches, paths))]
    data = read(config.path) if idle and config.path is not None and config.path in paths else None
    if data is None or config.path is None:
        return
    prefix = ("tool", "tripoint") if config.path == "pyproject.toml" else ()
    lines = data.splitlines(keepends=True)
    for glob in idle:
        number = find_line(data.decode("utf-8", "replace"), (*prefix, "per-path-ignores", glob), None, 0) or 1
        start = sum(map(len, lines[: number - 1]))
        place = Place(config.path, start, start + len(lines[number - 1].rstrip()))
        yield Fault(
            subject=f"{config.path}/{glob}",
            message=f"the ignore of {', '.join(config.per_path_ignores[glob])} for {glob} matches no file",
            marks=(Mark(place, "code"),),
            help="Remove it, or write where the files are now.",
        )


def idle_entries(
    baseline: Baseline, path: str, data: bytes, findings: Iterable[Finding], ran: Collection[str]
) -> Iterator[Fault]:
    """Yield a fault at the first entry of the baseline in `data` that no finding has any more, if there is one.

    An entry of a rule that is not among `ran` may still have its finding.
    """
    alive = prune(baseline, findings).entries
    idle = [key for key, entry in baseline.entries.items() if key not in alive and entry.rule in ran]
    start = data.find(f'"{idle[0]}"'.encode()) if idle else -1
    if start < 0:
        return
    end = data.find(b"\n", start)
    yield Fault(
        subject=path,
        message=f"{len(idle)} of {counted(len(baseline.entries), 'entry', 'entries')} in the baseline "
        f"{'matches' if len(idle) == 1 else 'match'} no finding",
        marks=(Mark(Place(path, start, end if end >= 0 else len(data)), "code"),),
        help="tripoint baseline --prune takes them out.",
    )


def _without_effect(
    ignore: Ignore, used: set[tuple[Ignore, str]], ran: Collection[str] | None, known: Collection[str] | None
) -> tuple[str, ...] | None:
    """Return the rules that an ignore names in vain; None where each had an effect or was not run."""
    if not ignore.rules:
        return ()
    idle = tuple(
        rule
        for rule in ignore.rules
        if (ignore, rule) not in used and (ran is None or rule in ran or (known is not None and rule not in known))
    )
    return idle or None


def _fault(ignore: Ignore, rules: tuple[str, ...], config: Config, known: Collection[str] | None) -> Fault:
    where = "this file" if ignore.line is None else f"line {ignore.line}"
    unknown = [rule for rule in rules if known is not None and rule not in known]
    if not rules:
        message = "the ignore names no rule: write tripoint: ignore[rule] and a reason"
    elif config.require_reason and not ignore.reason:
        message = f"the ignore of {', '.join(rules)} gives no reason, which the settings require, so it has no effect"
    elif unknown:
        import difflib

        nearest = difflib.get_close_matches(unknown[0], sorted(known or ()), n=1)
        message = f"the ignore names {unknown[0]}, which is no rule" + (
            f"; did you mean {nearest[0]}?" if nearest else ""
        )
    else:
        message = f"the ignore of {', '.join(rules)} matches no finding on {where}"
    return Fault(
        subject=ignore.place.path,
        message=message,
        marks=(Mark(ignore.place, ignore.witness),),
        help="Remove it, or move it to the line of the finding or the line above.",
    )
