"""What the policies of storage.objects let code do with the files of a bucket.

Which command each call of a storage client runs is taken from the storage service itself (supabase/storage,
`src/storage/database`): an upload inserts and returns nothing, one that may replace a file is an INSERT with ON
CONFLICT DO UPDATE and RETURNING, and a removal is a DELETE with a condition and RETURNING, so that both need a SELECT
policy as well.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator
from typing import Final

from tripoint.model.catalog import Table
from tripoint.model.evidence import Evidence
from tripoint.model.fault import Fault, Mark, Severity
from tripoint.model.name import Name
from tripoint.model.query import Query
from tripoint.model.words import listed
from tripoint.rules._access import CLIENT_ROLES, Command, Runs, condition_of, in_doubt, permits, runs_as
from tripoint.rules._baseline import baseline_is_missing
from tripoint.rules._conditions import can_pass
from tripoint.rules._policies import roles_of
from tripoint.rules._shared import bindings, code_mark

__all__ = ["PARTIAL", "blocked_buckets", "missing_buckets"]

PARTIAL: Final = "the migrations do not hold the database's beginning, and may lack policies that it has"

_OBJECTS: Final = Name("storage", "objects")

_OVER: Final = "an upload over a file that is there fails with 403"
_UPLOAD: Final[tuple[tuple[Command, str], ...]] = (("insert", "an upload fails with 403"),)
_REPLACE: Final[tuple[tuple[Command, str], ...]] = (
    *_UPLOAD,
    ("select", "an upload that may replace a file fails with 403"),
    ("update", _OVER),
)
_READ: Final[tuple[tuple[Command, str], ...]] = (("select", 'a file is "not found"'),)
_CALLS: Final[dict[str, tuple[tuple[Command, str], ...]]] = {
    "upload": _UPLOAD,
    "uploadbinary": _UPLOAD,
    "createsigneduploadurl": _UPLOAD,
    "list": (("select", "a list is empty, without an error"),),
    "download": _READ,
    "createsignedurl": _READ,
    "createsignedurls": _READ,
    "remove": (
        ("delete", "nothing is removed, without an error"),
        ("select", "nothing is removed, without an error"),
    ),
    "update": _REPLACE,
    "move": (("select", "a file is not moved"), ("update", "a file is not moved")),
    "copy": (*_READ, *_UPLOAD),
}
"""What a call runs, and what its user sees where no policy lets it."""

_SERVED: Final = frozenset({"download"})
"""Calls that ask for no policy where the bucket is public."""

_PRIVATE: Final[tuple[Severity, str]] = (
    "medium",
    "no policy of the migrations is for this bucket; its own may have been made by hand",
)
_BY_HAND: Final[tuple[Severity, str]] = (
    "medium",
    "no migration creates the bucket: what made it may have made other policies for it",
)


def missing_buckets(evidence: Evidence) -> tuple[dict[str, list[Query]], set[str]]:
    """Return the buckets that code uses and nothing creates, each with the calls, and the buckets that something does.

    None is missing where code creates buckets whose names can't be told.
    """
    made_by_code = {query.name for query in evidence.queries if query.kind == "bucket" and query.operation == "insert"}
    known = set(evidence.defined.buckets) | {name for name in made_by_code if name}
    for catalog in (evidence.declared, evidence.held):
        known |= set(catalog.buckets) if catalog is not None else set()
    found: dict[str, list[Query]] = defaultdict(list)
    for binding in bindings(evidence, "bucket"):
        name = binding.query.name
        if name and name not in known and binding.query.operation != "insert" and None not in made_by_code:
            found[name].append(binding.query)
    return found, known


def blocked_buckets(evidence: Evidence) -> Iterator[Fault]:
    """Yield one fault for each bucket and command that the code uses in vain.

    Where no migration makes a policy of storage.objects, all of them are made elsewhere, and nothing is said. Nor is it
    of a bucket that nothing creates and no policy names: what is missing is the bucket, and missing-bucket says so.
    """
    objects = evidence.defined.tables.get(_OBJECTS)
    if objects is None or not objects.policies or "migrations" not in evidence.heard:
        return
    missing, _ = missing_buckets(evidence)
    server_key = any(query.role == "service_role" for query in evidence.queries)
    found: dict[tuple[str, Command], list[tuple[Query, Runs, str]]] = defaultdict(list)
    for binding in bindings(evidence, "bucket"):
        query = binding.query
        runs = runs_as(query)
        if query.name is None or runs is None or not runs.as_clients or query.alternatives:
            continue
        if server_key and "service_role" in runs.roles:
            continue
        if query.name in missing and not any(True for _ in _others(objects, query.name)):
            continue
        for command, outcome in _needs(query, evidence):
            if not any(_lets(objects, command, role, query.name, evidence) for role in runs.as_clients):
                found[query.name, command].append((query, runs, outcome))
                break
    partial = bool(found) and baseline_is_missing(evidence)
    for (bucket, command), blocked in sorted(found.items(), key=lambda item: item[0]):
        yield _fault(objects, bucket, command, blocked, partial, evidence)


def _needs(query: Query, evidence: Evidence) -> Iterator[tuple[Command, str]]:
    bucket = evidence.defined.buckets.get(query.name or "")
    for method in query.methods:
        if method in _SERVED and (bucket is None or bucket.public):
            continue
        replaces = method in ("upload", "uploadbinary") and "upsert" in query.methods
        yield from _REPLACE if replaces else _CALLS.get(method, ())


def _lets(objects: Table, command: Command, role: str, bucket: str, evidence: Evidence) -> bool:
    return permits(objects, command, role, evidence, known={"bucket_id": bucket})


def _fault(
    objects: Table,
    bucket: str,
    command: Command,
    blocked: list[tuple[Query, Runs, str]],
    partial: bool,
    evidence: Evidence,
) -> Fault:
    roles = [role for role in CLIENT_ROLES if any(role in runs.roles for _, runs, _ in blocked)]
    outcomes = list(dict.fromkeys(outcome for _, _, outcome in blocked))
    severity, reason = _severity(objects, bucket, [runs for _, runs, _ in blocked], evidence)
    if partial and severity != "low":
        severity, reason = "low", PARTIAL
    if severity == "high" and outcomes == [_OVER]:
        severity, reason = "medium", "a file that is not there yet is uploaded all the same"
    clause = "with check" if command == "insert" else "using"
    return Fault(
        subject=f"storage.buckets/{bucket}",
        message=f"No policy of storage.objects lets {' or '.join(roles)} {command} files of the bucket {bucket}: "
        f"{listed(outcomes)}.",
        marks=(*(code_mark(query) for query, _, _ in blocked), *_others(objects, bucket)),
        severity=severity,
        severity_reason=reason,
        help=f"create policy … on storage.objects for {command} to authenticated {clause} "
        f"(bucket_id = '{bucket}' and …); or call with the server's key.",
    )


def _severity(objects: Table, bucket: str, runs: list[Runs], evidence: Evidence) -> tuple[Severity, str | None]:
    doubt = in_doubt(objects, "policies", evidence)
    if doubt is not None:
        return "low", doubt
    if all("service_role" in one.roles for one in runs):
        return "low", f"{runs[0].reason}; the server's key would be let through"
    if not any(True for _ in _others(objects, bucket)):
        return _PRIVATE
    return ("high", None) if bucket in evidence.defined.buckets else _BY_HAND


def _others(objects: Table, bucket: str) -> Iterator[Mark]:
    """Yield the places of policies that are for the bucket, and for other commands."""
    for _, policy in sorted(objects.policies.items()):
        condition = condition_of(policy, "insert" if policy.command == "insert" else "select")
        if policy.place is None or not policy.permissive or not condition or bucket not in condition:
            continue
        if any(can_pass(condition, role, known={"bucket_id": bucket}) for role in roles_of(policy)):
            yield Mark(policy.place, "migrations", "related", f"for {policy.command}")
