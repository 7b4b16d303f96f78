"""A storage bucket that the code uses and nothing creates.

**What it finds.** `storage.from('avatars')` where neither a migration inserts the bucket into `storage.buckets`, nor
`supabase/config.toml` or the code itself creates it, in a project that creates most of its buckets in one of these
ways; where it does not, one finding, *low*, names them all.

**Severity.** *Medium*, since it may have been made by hand; *high* where a slip of the keyboard is all that sets its
name apart from that of a bucket that is there.

**Why it matters.** Uploads and downloads fail with "Bucket not found" in every fresh environment. A bucket made by
hand in the dashboard exists in one project only.

**How to mend it.** Insert the bucket in a migration, or add it to `[storage.buckets]`.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator

from tripoint.model.evidence import Evidence
from tripoint.model.fault import Fault, Rule, is_slip
from tripoint.model.query import Query
from tripoint.model.words import counted, listed
from tripoint.rules._shared import code_mark
from tripoint.rules._storage import missing_buckets


def check(evidence: Evidence) -> Iterator[Fault]:
    """Yield one fault for each bucket that the code uses and nothing creates; one for all where most are such."""
    if evidence.database.platform != "supabase" or "migrations" not in evidence.heard:
        return
    found, known = missing_buckets(evidence)
    slips = {name for name in found if is_slip(evidence.meanings.get(f"storage.buckets.id='{name}'", ()))}
    others = {name: queries for name, queries in found.items() if name not in slips}
    if len(others) > len(known):
        yield _unknown(others, known)
        others = {}
    for name, queries in sorted(found.items()):
        if name in slips or name in others:
            yield _missing(name, queries, known, evidence)


def _missing(name: str, queries: list[Query], known: Collection[str], evidence: Evidence) -> Fault:
    suggestions = evidence.meanings.get(f"storage.buckets.id='{name}'", ())
    slip = suggestions[0].target if is_slip(suggestions) else None
    where = "" if slip is not None else "where it was not made by hand, "
    return Fault(
        subject=f"storage.buckets.id='{name}'",
        message=f"No migration creates the storage bucket {name}, but the code uses it in "
        f'{counted(len(queries), "place")}: {where}the answer is "Bucket not found".'
        + (f" The project holds {listed(sorted(known))}." if known else ""),
        marks=tuple(code_mark(query) for query in queries),
        severity="high" if slip is not None else None,
        severity_reason=f"a slip of the keyboard is all that sets it apart from {slip}" if slip else None,
        help=f"Write {slip}."
        if slip is not None
        else f"insert into storage.buckets (id, name) values ('{name}', '{name}') in a migration.",
        suggestions=suggestions,
    )


_MOST = "most buckets of this project are in no migration"
_NONE = "no bucket of this project is in its migrations"


def _unknown(found: dict[str, list[Query]], known: Collection[str]) -> Fault:
    """Return the one fault of a project that makes no bucket in its migrations, or few of those that it uses."""
    one = len(found) == 1
    subject = f"storage.buckets.id='{next(iter(found))}'" if one else "storage.buckets"
    buckets = f"storage {'bucket' if one else 'buckets'} {listed(sorted(found))}"
    values = ", ".join(f"('{name}', '{name}')" for name in sorted(found))
    return Fault(
        subject=subject,
        message=f"No migration creates the {buckets}, which the code uses: where {'it was' if one else 'they were'} "
        'not made by hand, the answer is "Bucket not found".',
        marks=tuple(code_mark(query, name) for name, queries in sorted(found.items()) for query in queries),
        severity="low",
        severity_reason=f"{_MOST if known else _NONE}; they may be made by hand",
        help=f"insert into storage.buckets (id, name) values {values} in a migration.",
    )


RULE = Rule("missing-bucket", "code", "medium", check, needs=("migrations", "code"))
