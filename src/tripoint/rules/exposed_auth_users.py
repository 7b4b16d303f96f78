"""A view in the API that shows the platform's users.

**What it finds.** A view or materialized view in an exposed schema that reads `auth.users` and that an API role may
select from.

**Severity.** *High*; *medium* where the view asks who is calling (`auth.uid()`), and so may show only some rows; *low*
where it takes nothing but times of `auth.users`, as one that counts sign-ups by day, or finds none but the caller's own
row (`where id = auth.uid()`).

**Why it matters.** E-mail addresses, phone numbers and metadata of all users can be read by whoever has the public
key.

**How to mend it.** Keep what others may see in a table of your own (`profiles`) with row level security.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any

from tripoint.model.evidence import Evidence
from tripoint.model.fault import Fault, Rule, Severity
from tripoint.model.name import Name
from tripoint.model.regex import regex
from tripoint.rules._access import find_relation, is_invoker_view
from tripoint.rules._conditions import nodes_of
from tripoint.rules._days import without_default_grants
from tripoint.rules._metadata import holds_id_of_caller
from tripoint.rules._shared import assumed_grants, is_exposed, own_tables, table_marks
from tripoint.sql.dependencies import relations_in
from tripoint.sql.grammar import parse_statement
from tripoint.sql.types import strings

_USERS = Name("auth", "users")
_TIMES = frozenset({"created_at", "updated_at", "deleted_at", "confirmed_at", "email_confirmed_at", "last_sign_in_at"})
_ASKS = regex(r"\bauth\"?\.\"?(?:uid|jwt|role|email)\"?\s*\(", re.IGNORECASE)


def check(evidence: Evidence) -> Iterator[Fault]:
    """Yield one fault for each exposed view of auth.users."""
    for view in own_tables(evidence, "view", "materialized-view"):
        if not is_exposed(view, evidence) or is_invoker_view(view) or not _reads_users(view.query or "", evidence):
            continue
        roles, assumption = assumed_grants(view, evidence)
        if not roles:
            continue
        severity, reason = _lowered(view.query or "")
        if severity is None and assumption is not None and (young := without_default_grants(evidence)) is not None:
            severity, reason = "medium", young
        shows = "figures" if severity == "low" else "rows"
        yield Fault(
            subject=str(view.name),
            message=f"{view.name} shows {shows} of auth.users through the API.",
            marks=table_marks(view, "reads auth.users", role="primary"),
            severity=severity,
            severity_reason=reason or assumption,
            help="Show a table of your own in its place, or revoke the privileges of anon and authenticated.",
        )


def _lowered(query: str) -> tuple[Severity | None, str | None]:
    if _takes_times_alone(query):
        return "low", "it takes nothing but times of auth.users"
    if _finds_own_row_alone(query):
        return "low", "it shows each caller the own row alone"
    if _ASKS.search(query) is not None:
        return "medium", "it asks who is calling, and may show each caller only some rows"
    return None, None


def _takes_times_alone(query: str) -> bool:
    """Whether every part of a query that reads auth.users names it alone, and of its columns but times."""
    parsed = parse_statement(query)
    tree = [{parsed[0]: parsed[1]}] if isinstance(parsed, tuple) else []
    parts = [body for tag, body in nodes_of(tree) if tag == "SelectStmt" and _USERS in _sources(body)]
    if sum(reference.name == _USERS for reference in relations_in(tree)) != len(parts):
        return False
    names = [body["fields"] for part in parts for tag, body in nodes_of([part]) if tag == "ColumnRef"]
    return bool(parts) and all("A_Star" not in path[-1] and strings(path)[-1] in _TIMES for path in names)


def _finds_own_row_alone(query: str) -> bool:
    """Whether each SELECT that reads auth.users holds its id equal to the caller's, by a condition without an OR."""
    parsed = parse_statement(query)
    tree = [{parsed[0]: parsed[1]}] if isinstance(parsed, tuple) else []
    held = 0
    for body in (body for tag, body in nodes_of(tree) if tag == "SelectStmt"):
        aliases = list(_aliases(body.get("fromClause", ())))
        alone = len(aliases) == 1 and len(body["fromClause"]) == 1 and "RangeVar" in body["fromClause"][0]
        owned = {alias for alias in aliases if holds_id_of_caller(body.get("whereClause"), alias, alone)}
        held += len(owned)
    return held > 0 and held == sum(reference.name == _USERS for reference in relations_in(tree))


def _aliases(parts: Any) -> Iterator[str]:
    """Yield the names under which a FROM clause reads auth.users."""
    for part in parts:
        if "JoinExpr" in part:
            yield from _aliases([part["JoinExpr"]["larg"], part["JoinExpr"]["rarg"]])
        elif (
            "RangeVar" in part and Name(part["RangeVar"].get("schemaname") or "", part["RangeVar"]["relname"]) == _USERS
        ):
            yield part["RangeVar"].get("alias", {}).get("aliasname") or _USERS.name


def _sources(select: Any) -> list[Name]:
    """Return what a SELECT reads, where that is one table."""
    ranges = [item["RangeVar"] for item in select.get("fromClause", ()) if "RangeVar" in item]
    alone = len(select.get("fromClause", ())) == 1
    return [Name(one.get("schemaname") or "", one["relname"]) for one in ranges] if alone else []


def _reads_users(query: str, evidence: Evidence) -> bool:
    parsed = parse_statement(query)
    tree = [{parsed[0]: parsed[1]}] if isinstance(parsed, tuple) else []
    relations = (find_relation(reference.name, evidence) for reference in relations_in(tree))
    return any(relation is not None and relation.name == _USERS for relation in relations)


RULE = Rule("exposed-auth-users", "schema", "high", check, needs=("migrations",))
