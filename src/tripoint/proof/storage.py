"""The files of each bucket, tried through the policies on storage.objects as the platform's storage asks them.

A file lies in its user's folder: one named after the user, or after a row of theirs that the policies speak of.
"""

from __future__ import annotations

from collections.abc import Iterator

from tripoint.model.catalog import Table
from tripoint.model.name import Name
from tripoint.model.proof import Access, Operation
from tripoint.proof.probes import OPERATIONS, Caller, Prober, judged
from tripoint.proof.session import Actor
from tripoint.proof.values import literal
from tripoint.proof.world import key_of

__all__ = ["probe_buckets"]

OBJECTS = Name("storage", "objects")
_BUCKETS = 20
_METADATA = '{"size": 1, "mimetype": "image/png"}'


def probe_buckets(prober: Prober, callers: list[Caller]) -> Iterator[Access]:
    """Yield what each caller may do to a file of the first user in each bucket that policies or migrations name."""
    table = prober.catalog.tables.get(OBJECTS)
    if table is None or not table.policies or "a" not in prober.builder.worlds:
        return
    for bucket in _buckets(prober)[:_BUCKETS]:
        folder = _folder(prober, table, bucket, callers)
        for operation in OPERATIONS:
            for caller in callers:
                statement = _statement(prober, operation, bucket, folder, caller)
                answer = prober.session.probe(caller.actor, statement, _file(prober, bucket, folder))
                outcome, reason = judged(answer, operation, OBJECTS, caller)
                shown = prober.builder.settled(statement)
                name, role = f"{OBJECTS}/{bucket}", caller.actor.role
                yield Access(prober.database, name, operation, role, caller.rows, outcome, reason, shown)


def _buckets(prober: Prober) -> list[str]:
    answer = prober.session.probe(
        Actor(), f"SELECT id FROM storage.buckets ORDER BY id LIMIT {_BUCKETS}", rows=_BUCKETS
    )
    made = [row[0] for row in answer.rows if row[0] is not None]
    named = prober.builder.reading.gates.get((OBJECTS, "bucket_id"), {})
    return sorted({*made, *named})


def _folder(prober: Prober, table: Table, bucket: str, callers: list[Caller]) -> str:
    """Return the folder that the first user's files lie in: the first one in which the user reaches any."""
    world = prober.builder.worlds["a"]
    read = {name for policy in table.policies for name in prober.builder.reading.reads.get((OBJECTS, policy), ())}
    folders = [world.user or ""]
    for name in sorted(read & world.rows.keys()):
        row = world.rows[name]
        folders += [value for column in key_of(prober.catalog.tables[name], row) if (value := row.get(column))]
    own = next((caller for caller in callers if caller.rows == "own"), None)
    if own is None:
        return folders[0]
    for folder in dict.fromkeys(folders):
        for operation in ("select", "insert"):
            statement = _statement(prober, operation, bucket, folder, own)
            answer = prober.session.probe(own.actor, statement, _file(prober, bucket, folder))
            if judged(answer, operation, OBJECTS, own)[0] == "allowed":
                return folder
    return folders[0]


def _file(prober: Prober, bucket: str, folder: str) -> str:
    """Return what puts the file there, as the platform does it."""
    return (
        f"INSERT INTO storage.buckets (id, name) VALUES ({literal(bucket)}, {literal(bucket)}) ON CONFLICT DO NOTHING; "
        + _insertion(bucket, f"{folder}/tripoint.png", prober.builder.worlds["a"].user)
    )


def _insertion(bucket: str, name: str, owner: str | None) -> str:
    values = ", ".join(map(literal, (bucket, name, owner, owner, _METADATA)))
    return f"INSERT INTO storage.objects (bucket_id, name, owner, owner_id, metadata) VALUES ({values})"


def _statement(prober: Prober, operation: Operation, bucket: str, folder: str, caller: Caller) -> str:
    where = f"WHERE bucket_id = {literal(bucket)} AND name = {literal(f'{folder}/tripoint.png')}"
    if operation == "insert":
        user = prober.builder.worlds[caller.world].user if caller.world else None
        return _insertion(bucket, f"{folder}/tripoint-new.png", user)
    if operation == "select":
        return f"SELECT * FROM storage.objects {where}"
    if operation == "delete":
        return f"DELETE FROM storage.objects {where}"
    return f"UPDATE storage.objects SET metadata = {literal(_METADATA)} {where}"
