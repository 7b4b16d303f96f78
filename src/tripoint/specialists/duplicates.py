"""Which findings of a specialist say what a rule of ours has said of the same object."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable
from typing import Final

from tripoint.model.fault import Fault, Rule

__all__ = ["EQUAL", "without_duplicates"]

EQUAL: Final[dict[str, tuple[str, ...]]] = {
    "pgrls/SEC001": ("row-security-disabled",),
    "pgrls/SEC004": ("null-unsafe-policy",),
    "pgrls/SEC008": ("policy-always-true",),
    "pgrls/SEC009": ("row-security-without-policy",),
    "pgrls/SEC011": ("policy-always-true", "null-unsafe-policy"),
    "pgrls/SEC014": ("definer-skips-row-security", "public-security-definer-function"),
    "pgrls/SEC015": ("mutable-search-path",),
    "pgrls/SEC020": ("policy-always-true", "update-check-weaker-than-using"),
    "pgrls/SEC028": ("policy-always-true",),
    "pgrls/SEC032": ("policy-without-row-security",),
    "pgrls/SEC033": ("policy-trusts-user-metadata",),
    "pgrls/SEC038": ("null-unsafe-policy",),
    "pgrls/SEC040": ("update-check-weaker-than-using",),
    "pgrls/SEC042": ("definer-skips-row-security", "public-security-definer-function"),
    "pgrls/SEC045": ("sensitive-column-exposed",),
    "pgrls/SEC047": ("cross-tenant-foreign-key",),
    "pgrls/SEC049": ("row-security-disabled",),
    "pgrls/SEC052": ("exposed-auth-users",),
    "pgrls/SEC053": ("exposed-foreign-table",),
    "pgrls/SEC054": ("exposed-materialized-view",),
    "pgrls/PERF001": ("policy-per-row-call",),
    "pgrls/HYG001": ("policy-references-missing",),
    "pgrls/HYG003": ("multiple-permissive-policies",),
    "pgrls/VIEW001": ("security-definer-view",),
    "pgrls/VIEW003": ("exposed-materialized-view",),
}
"""A specialist's rule → those of ours that find the same fault."""


def without_duplicates(
    theirs: Iterable[tuple[Rule, Fault]], ours: Iterable[tuple[Rule, Fault]]
) -> list[tuple[Rule, Fault]]:
    """Return a specialist's faults without those that one of ours has of the same object, or of what it belongs to."""
    found: dict[str, set[str]] = defaultdict(set)
    for rule, fault in ours:
        found[rule.name].add(fault.subject)
    return [
        (rule, fault)
        for rule, fault in theirs
        if not any(_same(fault.subject, subject) for name in EQUAL.get(rule.name, ()) for subject in found[name])
    ]


def _same(one: str, other: str) -> bool:
    one, other = one.split(" -> ")[0], other.split(" -> ")[0]
    return one == other or one.startswith(f"{other}/") or other.startswith(f"{one}/")
