"""A policy that names a table, a column or a function which does not exist.

**What it finds.** A name in the USING or WITH CHECK condition of a policy that the final state of the migrations does
not hold: never created, dropped later, or misspelled. Where many policies lack the same thing, or one statement in a
loop makes many that lack something, one finding speaks of them all.

**Why it matters.** PostgreSQL checks a policy's names when it is created, so the statement fails (`42703`, `42P01` or
`42883`) and with it the migration: the table is left without the policy that was meant to guard it.

**How to mend it.** Correct the name, or create what it names in an earlier migration.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator

from tripoint.model.binding import SqlReference
from tripoint.model.evidence import Evidence, Thing
from tripoint.model.fault import Fault, Mark, Rule, Severity
from tripoint.model.place import Place
from tripoint.model.words import listed
from tripoint.rules._baseline import RELIED_ON, baseline_is_missing, is_relied_on
from tripoint.rules._elsewhere import lowered
from tripoint.rules._shared import not_created, went
from tripoint.rules._sql import SKIPPED

_CODES = {"relation": "42P01", "column": "42703", "function": "42883"}
_THINGS: dict[str, Thing] = {"relation": "table", "column": "column", "function": "function"}
_NOUNS = {"relation": "table", "column": "column", "function": "function"}

_MANY = 4
"""From so many policies on that lack the same thing, or that the same statement makes, they are one finding."""


def check(evidence: Evidence) -> Iterator[Fault]:
    """Yield one fault for each policy that names what does not exist; one for many that have one cause."""
    if baseline_is_missing(evidence):
        return
    lacking: dict[str, list[SqlReference]] = {}
    for body in evidence.bodies:
        if body.kind != "policy":
            continue
        missing = [r for r in body.references if r.outcome == "unknown" and r.kind in _CODES and r.target is not None]
        if missing:
            lacking[body.subject] = missing
    for policies in _with_one_cause(lacking):
        if len(policies) < _MANY:
            for policy in policies:
                yield _fault(policy, "The policy names", lacking[policy], lacking, evidence)
        else:
            references = [reference for policy in policies for reference in lacking[policy]]
            first = min(map(_subject, references))
            yield _fault(first, f"{len(policies)} policies name", references, lacking, evidence)


def _with_one_cause(lacking: dict[str, list[SqlReference]]) -> list[list[str]]:
    """Return the policies in groups: of those that lack the same things, and of those that one statement makes."""
    sharing: dict[frozenset[str], list[str]] = defaultdict(list)
    for policy, missing in lacking.items():
        sharing[frozenset(map(_subject, missing))].append(policy)
    groups: list[list[str]] = []
    made_at: dict[Place, list[str]] = {}
    for policies in sharing.values():
        places = dict.fromkeys(reference.place for policy in policies for reference in lacking[policy])
        group = next((made_at[place] for place in places if place in made_at), [])
        if not group:
            groups.append(group)
        group += policies
        made_at.update(dict.fromkeys(places, group))
    return groups


def _fault(
    subject: str, who: str, missing: list[SqlReference], lacking: dict[str, list[SqlReference]], evidence: Evidence
) -> Fault:
    named = list(dict.fromkeys(f"the {_NOUNS[r.kind]} {_subject(r)}" for r in missing))
    codes = sorted({_CODES[r.kind] for r in missing})
    owners = {reference.place: policy for policy, references in lacking.items() for reference in references}
    marks = [Mark(r.place, "migrations", "primary", f"names {_subject(r)}", owners[r.place]) for r in missing]
    severity: Severity = "high"
    reason: str | None = None
    if all(r.kind == "column" and _subject(r) in evidence.skipped for r in missing):
        severity, reason = "medium", SKIPPED
    elif all(r.kind == "relation" and is_relied_on(_subject(r), evidence) for r in missing):
        severity, reason = "medium", RELIED_ON
    found = [lowered(evidence, _THINGS[r.kind], _subject(r), severity, reason) for r in missing]
    held = tuple(dict.fromkeys(mark for _, _, marked in found for mark in marked))
    if all(marked for _, _, marked in found):  # else what nothing holds decides
        severity, reason, _ = found[0]
    absent, gone = _absent({_subject(r) for r in missing}, evidence)
    them = "it" if who.startswith("The") else "them"
    return Fault(
        subject=subject,
        message=f"{who} {listed(named)}, which {absent}: PostgreSQL refuses {them} with {listed(codes)}.",
        marks=(*dict.fromkeys(marks), *dict.fromkeys(gone), *held),
        severity=severity,
        severity_reason=reason,
        help="Correct the name, or create what it names in an earlier migration.",
    )


def _absent(subjects: set[str], evidence: Evidence) -> tuple[str, list[Mark]]:
    """Return why things are not there, after "which", and the marks of the statements that took them away."""
    ways = [went(subject, evidence) for subject in sorted(subjects)]
    marks = [way.mark for way in ways if way is not None]
    first = not_created(evidence)
    if not marks:
        return first[0].lower() + first[1:], marks
    if len(ways) == 1 and (way := ways[0]) is not None:
        return f"{way.file} {way.deed}{way.to}", marks
    return ("were dropped or renamed" if None not in ways else "are not there (some were dropped or renamed)"), marks


def _subject(reference: SqlReference) -> str:
    return f"{reference.target}.{reference.column}" if reference.kind == "column" else str(reference.target)


RULE = Rule("policy-references-missing", "schema", "high", check, needs=("migrations",))
