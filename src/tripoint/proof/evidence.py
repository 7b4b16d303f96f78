"""The proof of one database of an audited project."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from tripoint.hear import assumed_settings
from tripoint.model.evidence import Evidence
from tripoint.model.proof import Access, Proof
from tripoint.proof.probes import OPERATIONS
from tripoint.proof.prove import Matrix, access_order, prove
from tripoint.proof.record import RECORD, changes, read_record
from tripoint.rules._shared import is_exposed, own_tables
from tripoint.sources.database.replay import Script
from tripoint.sources.migrations.preamble import preamble
from tripoint.supabase import API_ROLES

__all__ = ["prove_evidence"]

_NAMED = 12
"""So many tables and functions are named in one sentence."""


def prove_evidence(
    evidence: Evidence,
    facts: Mapping[str, Any],
    read: Callable[[str], bytes | None],
    progress: Callable[[str], None] = lambda text: None,
) -> Proof:
    """Prove who may do what in a database as its migrations make it, and compare it with the project's record.

    `facts` are those of the migrations, by path. Raises `ServerUnavailable` and `RecordError`.
    """
    database = evidence.database
    data = read(RECORD)
    recorded = read_record(data) if data is not None else None
    scripts = [Script(m.path, facts[m.path], m.transaction) for m in database.migrations if m.path in facts]
    if not scripts:
        return Proof(notes=(f"nothing is proven of {database.name}: there are no migrations to run",))
    scripts = [*(Script(path, sql) for path, sql in preamble(database)), *scripts]
    if any(migration.program for migration in database.migrations):
        return Proof(notes=(f"nothing is proven of {database.name}: migrations in code are read, and not run",))
    settings = assumed_settings(database.settings)
    found = prove(scripts, database.platform, settings, database.name, progress=progress)
    access = tuple(sorted((*found.access, *_unseen(evidence, found)), key=access_order))
    notes = list(found.notes)
    if database.platform == "supabase" and database.settings.auto_expose_new_tables is None:
        notes.append(
            "the platform's former default grants are assumed in the proof, since [api].auto_expose_new_tables is not "
            "set: without them, what no migration grants is denied"
        )
    unproven = sorted({cell.table for cell in access if cell.outcome == "not-proven"})
    if unproven:
        more = f" and {len(unproven) - _NAMED} more" if len(unproven) > _NAMED else ""
        named = ", ".join(unproven[:_NAMED])
        notes.append(f"not everything is proven of {named}{more}: the matrix gives the reasons")
    differing = changes(recorded, access) if recorded is not None else ()
    return Proof(
        access, found.leaks, found.function_leaks, differing, RECORD if recorded is not None else None, tuple(notes)
    )


def _unseen(evidence: Evidence, found: Matrix) -> list[Access]:
    """Return cells for the tables that the migrations define and the server could not make."""
    seen = {cell.table for cell in found.access}
    on_platform = evidence.database.platform == "supabase"
    missing = [
        table
        for table in own_tables(evidence, "table")
        if str(table.name) not in seen
        and table.name not in found.made
        and (is_exposed(table, evidence) or not on_platform)
    ]
    reason = "the migrations do not make it on an empty server"
    roles = API_ROLES if on_platform else ("public",)
    return [
        Access(evidence.database.name, str(table.name), operation, role, "any", "not-proven", reason)
        for table in missing
        for operation in OPERATIONS
        for role in roles
    ]
