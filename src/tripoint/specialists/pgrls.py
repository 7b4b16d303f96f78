"""pgrls, a linter of row level security: run on the embedded server that holds the replayed database."""

from __future__ import annotations

import json
import sys
from collections.abc import Mapping
from typing import Any, Final
from urllib.parse import quote

from msgspec.structs import replace

from tripoint.model.catalog import Table
from tripoint.model.evidence import Evidence
from tripoint.model.fault import Fault, Mark, Rule
from tripoint.model.name import Name
from tripoint.model.place import Place
from tripoint.model.regex import regex
from tripoint.postgres.server import Server
from tripoint.specialists.catalogue import specialist_rule
from tripoint.specialists.program import Unheard, run_program, workplace

__all__ = ["ask_pgrls", "read_pgrls"]

_ON_PLATFORM: Final = {
    "pgrls/SEC002": "the platform's owner of the tables bypasses row security with and without it",
    "pgrls/SEC003": "the policy's own condition keeps out who has no session, unless another finding says otherwise",
}
_PLAIN: Final = "pgrls/SEC008"
"""USING (true)."""
_SAME: Final = frozenset({"pgrls/SEC005", "pgrls/SEC038", "pgrls/SEC049"})
"""What follows from it: no column is named, anonymous sessions read, the API serves the table."""
_ANSWERS = frozenset({0, 1})
_SENTENCE = regex(r"(?<=[.!?])\s+(?=[A-Z`'\"])")
_PART = regex(r"^(.*?) \((.+)\)$")


def ask_pgrls(server: Server, login: str, evidence: Evidence) -> str:
    """Return what pgrls prints of the database on a server; raise Unheard.

    The program runs outside of the server's walls and reads its catalogs alone; whatever it has the server run, runs
    within them.
    """
    schemas = sorted({name.schema for name in evidence.defined.tables if name not in evidence.platform.tables})
    url = (
        f"postgresql://{login}:-@/postgres?host={quote(server.socket, safe='')}&port=5432"
        "&sslmode=disable&gssencmode=disable&connect_timeout=10"
    )
    command = [sys.executable, "-I", "-m", "pgrls", "lint", "--format", "json", "--database-url", url]
    with workplace() as folder:
        return run_program([*command, "--schemas", ",".join(schemas) or "public"], folder, _ANSWERS)


def read_pgrls(said: str, evidence: Evidence) -> list[tuple[Rule, Fault]]:
    """Return the faults in what pgrls printed, those of objects that the project did not make left out."""
    try:
        violations = json.loads(said)["violations"]
    except (ValueError, KeyError, TypeError) as error:
        raise Unheard(f"what it prints is not what was expected: {error}") from error
    found: dict[tuple[str, str], tuple[Rule, Fault]] = {}
    for violation in violations:
        rule = specialist_rule(f"pgrls/{violation.get('rule_id')}")
        where = _object(str(violation.get("location") or ""), evidence)
        if rule is not None and where is not None:
            fault = _weighed(rule, _fault(where, violation), evidence)
            found.setdefault((rule.name, f"{fault.subject} {fault.message}"), (rule, fault))
    return _once(list(found.values()))


def _weighed(rule: Rule, fault: Fault, evidence: Evidence) -> Fault:
    """Weigh what pgrls says of every table of a server by what it means on the platform."""
    reason = _ON_PLATFORM.get(rule.name) if evidence.database.platform == "supabase" else None
    return replace(fault, severity="info", severity_reason=reason) if reason is not None else fault


def _once(found: list[tuple[Rule, Fault]]) -> list[tuple[Rule, Fault]]:
    """Leave out what another rule of pgrls says more plainly of the same policy, or of one of the table's."""
    plain = {fault.subject for rule, fault in found if rule.name == _PLAIN}
    tables = {subject.partition("/")[0] for subject in plain}
    return [(rule, fault) for rule, fault in found if rule.name not in _SAME or fault.subject not in plain | tables]


def _object(location: str, evidence: Evidence) -> tuple[str, Place | None] | None:
    """Return the subject and the place of what `schema.table`, `schema.table.policy`, `schema.table (constraint)` or
    `schema.function` names; None where the project made no such thing."""
    parenthesised = _PART.match(location)
    whole, part = (parenthesised[1], parenthesised[2]) if parenthesised else (location, None)
    names = whole.split(".")
    for length in range(len(names), 1, -1):
        for split in range(1, length):
            name = Name(".".join(names[:split]), ".".join(names[split:length]))
            table = evidence.defined.tables.get(name)
            if table is not None and name not in evidence.platform.tables:
                return _within(table, part or ".".join(names[length:]))
            functions = evidence.defined.functions.get(name, [])
            if functions and length == len(names) and name not in evidence.platform.functions:
                return str(name), functions[0].place
    role = location in evidence.defined.roles and location not in evidence.platform.roles
    return (location, None) if role else None


def _within(table: Table, part: str) -> tuple[str, Place | None]:
    for parts in (table.policies, table.constraints, table.indexes, table.triggers):
        held: Any = parts.get(part)
        if held is not None:
            return f"{table.name}/{part}", held.place or table.place
    return str(table.name), table.place


def _fault(where: tuple[str, Place | None], violation: Mapping[str, Any]) -> Fault:
    subject, place = where
    message, *rest = _SENTENCE.split(" ".join(str(violation.get("message") or "").split()), maxsplit=1)
    return Fault(
        subject=subject,
        message=message or str(violation.get("title")),
        marks=(Mark(place, "migrations"),) if place is not None else (),
        help=rest[0] if rest else None,
    )
