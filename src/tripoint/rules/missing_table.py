"""A table that the code asks for, or that migrations change, and nothing creates.

**What it finds.** A call such as `supabase.from('personas')` whose table is in no migration, no declared schema and
no database that was read; or a statement (`ALTER TABLE`, `CREATE INDEX`, `CREATE POLICY`, …) on a table that no
migration creates; or SQL in the code or in the body of a function of the database that names it. All places of one
missing table make one finding.

**Why it matters.** Every call fails: PostgREST answers `PGRST205` (404), plain PostgreSQL `42P01 undefined_table`. A
fresh environment (a local reset, a preview branch, a new colleague's machine) cannot be built from the migrations.

**Severity.** *Critical* where the code asks for the table and a second witness vouches for it: a foreign key points to
it, or a document describes it. *High* where the code alone knows it, or a function of the database: it fails when it
runs, not when it is created. *High*, too, where migrations change the table, or point to it and change others, without
creating them: a database that is older than the migrations may hold it, and only a fresh one fails. *Medium* where an
existing table is very likely what is meant and no migration renamed or dropped the one that is asked for, where what
asks for it expects that it may fail, or where another file of the project has the table: generated types, or SQL that
no runner applies.

**How to mend it.** Create the table in a migration, or change the code to the table that is meant.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator

from tripoint.bind.sql_uses import SqlUse, sql_uses
from tripoint.bind.tables import lookup_table, may_be_created
from tripoint.model.evidence import Evidence, Reference
from tripoint.model.fault import Fault, Mark, Rule, Severity, Suggestion
from tripoint.model.name import Name
from tripoint.model.query import ASKED_FIRST, Query
from tripoint.model.words import counted, listed
from tripoint.rules._baseline import (
    OLDER,
    baseline_is_missing,
    changed_but_never_created,
    dropped_objects,
    unseen_tables,
)
from tripoint.rules._elsewhere import lowered
from tripoint.rules._shared import code_mark, foreign_keys, not_created, runner_tables, unknown_tables, went
from tripoint.rules._sql import held_by, sql_marks, sql_severity, unknown_in_sql

LIKELY = 0.6
"""From this confidence on, an existing table is taken to be what is meant."""


def check(evidence: Evidence) -> Iterator[Fault]:
    """Yield one fault for each table that is needed and that nothing creates."""
    if "migrations" not in evidence.heard:
        return
    used = unknown_tables(evidence)
    changed = changed_but_never_created(evidence)
    in_sql = {use[0].reference.target: use for use in unknown_in_sql(evidence, "relation").values()}
    foreign = _foreign_files(evidence) if in_sql else frozenset()
    pointing: dict[Name, list[tuple[str, Mark]]] = defaultdict(list)
    for table, key in foreign_keys(evidence):
        assert key.references is not None
        if lookup_table(key.references, evidence) is None and key.place is not None:
            column = f"{table.name}.{', '.join(key.columns)}"
            pointing[key.references].append((column, Mark(key.place, "migrations", "related", f"{column} points here")))
    # What a beginning that was not read holds is not known; what a migration dropped is.
    known = None
    if baseline_is_missing(evidence):
        known = {*dropped_objects(evidence), *map(str, set(used) - set(unseen_tables(evidence)))}
    for name in sorted({*used, *changed, *(target for target in in_sql if target is not None)}):
        if may_be_created(name.name, evidence) is not None or not (known is None or str(name) in known):
            continue
        if name.name in runner_tables and not used.get(name):
            continue  # the runner that applies the migrations makes it
        sql = in_sql.get(name, [])
        told = (used.get(name, []), changed.get(name, []), sql, pointing.get(name, []))
        yield _fault(name, *told, evidence, bool(changed), _all_in(foreign, sql))


def _fault(
    name: Name,
    queries: list[Query],
    changed: list[Reference],
    sql: list[SqlUse],
    pointing: list[tuple[str, Mark]],
    evidence: Evidence,
    older: bool,
    foreign: bool,
) -> Fault:
    claims = evidence.claims.by_table.get(name, ())
    gone = went(str(name), evidence)
    suggestions = evidence.meanings.get(str(name), ())
    likely = next((s for s in suggestions if s.kind == "rename" and s.confidence >= LIKELY), None)
    said = []
    marks = [code_mark(query) for query in queries]
    calls = [query for query in queries if query.kind != "model"]
    if calls:
        files = len({query.place.path for query in calls})
        said.append(f"the code asks for it in {counted(len(calls), 'call')} ({counted(files, 'file')})")
    if len(calls) < len(queries):
        models = len(queries) - len(calls)
        said.append("a model of an ORM maps to it" if models == 1 else f"{models} models of an ORM map to it")
    if sql:
        holders = held_by(sql)
        named = "names" if len(holders) == 1 and holders[0].startswith(("1 ", "SQL")) else "name"
        said.append(f"{listed(holders)} {named} it (42P01)")
        marks += sql_marks(sql)
    if changed:
        said.append(f"migrations change it ({counted(len(changed), 'statement')})")
        role = "related" if queries or sql else "primary"
        marks += [
            Mark(r.place, "migrations", "primary" if role == "primary" else "related", "changed") for r in changed
        ]
    if pointing:
        said.append(
            f"{counted(len(pointing), 'foreign key')} points to it"
            if len(pointing) == 1
            else f"{counted(len(pointing), 'foreign key')} point to it"
        )
        marks += [mark for _, mark in pointing]
    if claims:
        said.append(
            f"{counted(len(claims), 'document passage')} describes it"
            if len(claims) == 1
            else f"{counted(len(claims), 'document passage')} describe it"
        )
        marks += [Mark(claim.place, "documents", "related", "described here") for claim in claims]
    asked = bool(queries) or any(use.query is not None for use in sql)
    severity: Severity
    reason: str | None
    # What a migration dropped was there when the document described it; and whatever is meant, the call fails since.
    meanwhile = likely if gone is None else None
    severity, reason = _severity(asked, sql, changed, bool(pointing), bool(claims) and gone is None, meanwhile, older)
    if gone is not None and severity == "high" and asked:
        reason = "a migration took it away, and the code still asks for it"
    alone = not (sql or changed or pointing or claims)
    if alone and severity == "high" and queries and all(query.alternatives for query in queries):
        severity, reason = "medium", "it is one of several names that the code goes through"
    if queries and not (calls or sql or pointing) and severity in ("critical", "high"):
        severity, reason = "medium", "an ORM's model maps to it, but nothing that was read asks for it"
    if not (queries or changed or pointing or claims) and severity == "high" and foreign:
        severity, reason = "medium", "the SQL of that file names no table that is known: it may be another database's"
    guards = [*(query.guarded for query in queries), *(use.guarded for use in sql)]
    guard = next(iter(guards), None)
    if guard and all(guards) and severity in ("critical", "high"):
        asked = guard.startswith(ASKED_FIRST)
        severity, reason = ("low", guard) if asked else ("medium", f"the code expects that it may fail: {guard}")
    if alone and not any(map(str.isalnum, name.name)):
        severity, reason = "low", "the name is none of a table: the call only asks whether the database answers"
    if alone and name.name in _PLACEHOLDERS:
        severity, reason = "low", "the name stands for one that is still to be filled in"
    severity, reason, held = lowered(evidence, "table", str(name), severity, reason)
    marks += held
    absent = f"{not_created(evidence)} {name}"
    if gone is not None:
        absent = f"{name} was {gone.deed}{gone.to} by {gone.file}"
        marks.append(gone.mark)
    message = f"{absent}: {listed(said)}."
    meant = Name(*name.name.split(".", 1)) if "." in name.name and calls else None
    if meant is not None:
        message = (
            f'The API looks for a table called "{name.name}" in {name.schema}, not for {meant.name} in {meant.schema}: '
            f"{listed(said)}."
        )
        suggestions = tuple(s for s in suggestions if s.kind != "create")
    return Fault(
        subject=str(name),
        message=message,
        marks=tuple(marks),
        severity=severity,
        severity_reason=reason,
        help=_help(name, likely) if meant is None else _help_dotted(meant, evidence),
        suggestions=suggestions,
    )


def _all_in(files: frozenset[str], sql: list[SqlUse]) -> bool:
    """Return whether code alone names it in SQL, and in these files alone."""
    return bool(sql) and all(use.query is not None and use.query.place.path in files for use in sql)


def _foreign_files(evidence: Evidence) -> frozenset[str]:
    """Return the files of code whose SQL names several tables, and none that is known."""
    named: dict[str, set[Name | None]] = {}
    known: set[str] = set()
    for use in sql_uses(evidence, "relation"):
        if use.query is None:
            continue
        path = use.query.place.path
        if use.reference.outcome == "unknown":
            named.setdefault(path, set()).add(use.reference.target)
        else:
            known.add(path)
    return frozenset(path for path, targets in named.items() if len(targets) >= _SEVERAL and path not in known)


_SEVERAL = 3
_PLACEHOLDERS = frozenset({"table_name", "tablename", "my_table", "your_table", "your_table_name", "your-table"})


def _severity(
    asked: bool,
    in_sql: list[SqlUse],
    changed: list[Reference],
    pointing: bool,
    claimed: bool,
    likely: Suggestion | None,
    older: bool,
) -> tuple[Severity, str]:
    vouched = [word for word, holds in (("a foreign key", pointing), ("a document", claimed)) if holds]
    if pointing and older and likely is None:
        return "high", OLDER if changed else f"the migrations change other tables that none creates: {OLDER}"
    if asked and vouched and not changed:
        return "critical", f"the code needs it and {' and '.join(vouched)} vouches for it" if len(vouched) == 1 else (
            f"the code needs it, and {' and '.join(vouched)} vouch for it"
        )
    if likely is not None:
        return "medium", f"{likely.target} is very likely what is meant"
    if changed:
        return "high", OLDER
    if in_sql and not asked:
        if all(use.body is not None and use.body.idle is not None for use in in_sql):
            return sql_severity(in_sql)
        return "high", "the database's own SQL alone knows it, and fails when it runs"
    return "high", "the code alone knows it"


def _help(name: Name, likely: Suggestion | None) -> str:
    if likely is not None:
        return f"Did you mean {likely.target}? Change the code, or create {name} in a migration."
    return f"Create {name} in a migration, or change what asks for it."


def _help_dotted(meant: Name, evidence: Evidence) -> str:
    if meant.schema in evidence.database.settings.exposed_schemas:
        return f"Write .schema('{meant.schema}').from('{meant.name}')."
    if meant.schema == "auth":
        return (
            "The schema belongs into .schema('auth'), and the API does not serve auth: ask with auth.admin on the "
            "server, or keep what is needed in a table of public."
        )
    return (
        f"The schema belongs into .schema('{meant.schema}'), and the API does not serve {meant.schema}: add it to "
        "[api].schemas, or ask through a function or view of public."
    )


RULE = Rule("missing-table", "code", "high", check, needs=("migrations",), models_suffice=True)
