"""A function that the code or the database's own SQL calls and nothing creates.

**What it finds.** `rpc('name')` where no migration, no declared schema and no database that was read holds a function
of that name in the schema of the API; or a call in SQL, be it in the code or in the body of a function, a view, a
trigger or a check of the database, that no function fits by its name and the number of its arguments; or a hook of
accounts in `supabase/config.toml` (`[auth.hook.…]`).

**Severity.** *High*; *medium* where the code expects that the call may fail, where SQL that no runner applies creates
it, where a migration is the dashboard's copy of the tables alone, and where five or more are missing and those are most
of the functions that the code calls.

**Why it matters.** The call fails: `PGRST202`, "Could not find the function … in the schema cache"; in SQL with
`42883 undefined_function` when it runs. Where it is a hook of accounts, what the hook is for fails: each sign-in, of
`custom_access_token`.

**How to mend it.** Create the function in a migration, or correct the name.
"""

from __future__ import annotations

from collections.abc import Iterator

from tripoint.bind.sql_uses import SqlUse
from tripoint.bind.tables import may_be_created
from tripoint.model.evidence import AuthHook, Evidence
from tripoint.model.fault import Fault, Mark, Rule, Severity
from tripoint.model.name import Name
from tripoint.model.words import counted, listed
from tripoint.rules._baseline import baseline_is_missing
from tripoint.rules._elsewhere import lowered
from tripoint.rules._functions import uncreated
from tripoint.rules._shared import ANOTHER_API, Gone, asks_another_api, code_mark, not_created, went
from tripoint.rules._sql import held_by, sql_marks, sql_severity, unknown_in_sql

_BY_TYPES = "takes ("


def check(evidence: Evidence) -> Iterator[Fault]:
    """Yield one fault for each function that the code calls and nothing creates."""
    if "migrations" not in evidence.heard or baseline_is_missing(evidence):
        return
    found, called = uncreated(evidence)
    in_sql = unknown_in_sql(evidence, "function")
    for subject in sorted(set(in_sql) - set(found)):
        # Of types that are not taken, a cast of the migrations' own may make others.
        uses = [
            use for use in in_sql[subject] if not (evidence.own_operators and _BY_TYPES in str(use.reference.reason))
        ]
        if uses:
            yield _in_sql(subject, uses, evidence)
    for hook in evidence.database.settings.auth_hooks:
        name = hook.function
        there = name in evidence.defined.functions or name in evidence.platform.functions
        if not there and str(name) not in {*in_sql, *found} and may_be_created(name.name, evidence) is None:
            yield _hook(hook, evidence)
    for subject, queries in sorted(found.items()):
        guards = sorted({query.guarded for query in queries if query.guarded})
        guarded = all(query.guarded for query in queries)
        reason = f"the code expects that it may fail: {guards[0]}" if guarded else "the code alone knows it"
        severity: Severity = "medium" if guarded else "high"
        nowhere = ("function", subject) not in evidence.elsewhere
        if not guarded and nowhere and len(found) >= _HEAP and 2 * len(found) > called:
            severity = "medium"
            reason = f"what is read as the schema lacks {len(found)} of the {called} functions that the code calls"
        if severity == "high" and evidence.database.outlines and evidence.held is None:
            severity, reason = "medium", _TABLES_ALONE
        if severity == "high" and asks_another_api(evidence):
            severity, reason = "medium", ANOTHER_API
        gone = went(subject, evidence)
        if gone is not None and not guarded:
            severity, reason = "high", "a migration took it away, and the code still calls it"
        severity, why, held = lowered(evidence, "function", subject, severity, reason)
        yield Fault(
            subject=subject,
            message=f"{_begun(_not_there(subject, gone, evidence))}, but the code calls it in "
            f"{counted(len(queries), 'place')}: the call is answered with PGRST202.",
            marks=(
                *(code_mark(query, "called here") for query in queries),
                *((gone.mark,) if gone is not None else ()),
                *sql_marks(in_sql.get(subject, ())),
                *held,
            ),
            severity=severity,
            severity_reason=why,
            help=f"Create {subject} in a migration, or correct the name.",
            suggestions=evidence.meanings.get(subject, ()),
        )


def _in_sql(subject: str, uses: list[SqlUse], evidence: Evidence) -> Fault:
    severity, reason = sql_severity(uses)
    holders = held_by(uses)
    calls = "calls" if len(holders) == 1 and holders[0].startswith(("1 ", "SQL")) else "call"
    target = uses[0].reference.target or Name("", "")
    existing = [f for f in evidence.defined.functions.get(target, ()) if f.place]
    existing = existing or evidence.platform.functions.get(target, [])
    severity, why, held = (
        lowered(evidence, "function", subject, severity, reason) if not existing else (severity, reason, ())
    )
    gone = went(subject, evidence)
    said = (
        f"{uses[0].reference.reason or 'no function of that name fits'}: {subject}"
        if existing
        else _not_there(subject, gone, evidence)
    )
    return Fault(
        subject=subject,
        message=f"{_begun(said)}, but {listed(holders)} {calls} it: PostgreSQL answers with 42883.",
        marks=(
            *sql_marks(uses),
            *(Mark(f.place, "migrations", "related", "created here") for f in existing if f.place is not None),
            *((gone.mark,) if gone is not None and not existing else ()),
            *held,
        ),
        severity=severity,
        severity_reason=why,
        help="Correct the call or the function."
        if existing
        else f"Create {subject} in a migration, or correct the name.",
        suggestions=evidence.meanings.get(subject, ()),
    )


def _hook(hook: AuthHook, evidence: Evidence) -> Fault:
    subject = str(hook.function)
    severity, reason, held = lowered(evidence, "function", subject, "high", None)
    gone = went(subject, evidence)
    return Fault(
        subject=subject,
        message=f"{_begun(_not_there(subject, gone, evidence))}, but it is the hook {hook.point} of accounts: "
        "what the hook is called for fails.",
        marks=(
            Mark(hook.place, "migrations", "primary", "the hook"),
            *((gone.mark,) if gone is not None else ()),
            *held,
        ),
        severity=severity,
        severity_reason=reason,
        help=f"Create {subject} in a migration, or correct the name.",
        suggestions=evidence.meanings.get(subject, ()),
    )


def _begun(sentence: str) -> str:
    return f"{sentence[0].upper()}{sentence[1:]}"


def _not_there(subject: str, gone: Gone | None, evidence: Evidence) -> str:
    if gone is None:
        return f"{not_created(evidence)} the function {subject}"
    return f"the function {subject} was {gone.deed}{gone.to} by {gone.file}"


_TABLES_ALONE = "a migration is a copy of tables alone, as the dashboard writes it: the database had more"
_HEAP = 5
"""From so many on, functions that are missing are kept elsewhere, where they are most of those that the code calls."""

RULE = Rule("missing-function", "code", "high", check, needs=("migrations",))
