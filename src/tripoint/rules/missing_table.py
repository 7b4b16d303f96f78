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
existing table is very likely what is meant (by more than a slip of the keyboard, which every database refuses) and no
migration renamed or dropped the one that is asked for, where what asks for it expects that it may fail, where another
file of the project has the table: generated types, or SQL that no runner applies; or where models or SQL reach this
database and nothing that the API is asked for is known: that API may be another's. *Low* where a file's SQL names
several tables and none that is known, or that of a service beside the database's folder does not name more that are
known: it speaks to another database.

**How to mend it.** Create the table in a migration, or change the code to the table that is meant.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Sequence
from typing import Literal

from msgspec import Struct

from tripoint.bind.sql_uses import SqlUse, sql_uses
from tripoint.bind.tables import lookup_table, may_be_created
from tripoint.model.claim import TableClaim
from tripoint.model.evidence import Evidence, Reference
from tripoint.model.fault import Fault, Mark, Rule, Severity, Suggestion, is_slip
from tripoint.model.name import Name
from tripoint.model.place import Place
from tripoint.model.query import ASKED_FIRST, Query
from tripoint.model.regex import regex
from tripoint.model.words import counted, listed
from tripoint.rules._baseline import (
    OLDER,
    baseline_is_missing,
    changed_but_never_created,
    changed_if_there_alone,
    dropped_objects,
    unseen_tables,
)
from tripoint.rules._elsewhere import all_by_hand, lowered
from tripoint.rules._shared import (
    ANOTHER_API,
    MAPPED,
    Gone,
    asks_another_api,
    code_mark,
    foreign_keys,
    not_created,
    runner_tables,
    unknown_tables,
    went,
)
from tripoint.rules._sql import held_by, of_another_database, sql_marks, sql_severity, unknown_in_sql

LIKELY = 0.6
"""From this confidence on, an existing table is taken to be what is meant."""


def check(evidence: Evidence) -> Iterator[Fault]:
    """Yield one fault for each table that is needed and that nothing creates."""
    if "migrations" not in evidence.heard:
        return
    used = unknown_tables(evidence)
    changed = changed_but_never_created(evidence)
    if_there = changed_if_there_alone(evidence)
    in_sql = {use[0].reference.target: use for use in unknown_in_sql(evidence, "relation").values()}
    foreign = _foreign_files(evidence) if in_sql else frozenset()
    pointing: dict[Name, list[Mark]] = defaultdict(list)
    for table, key in foreign_keys(evidence):
        assert key.references is not None
        if lookup_table(key.references, evidence) is None and key.place is not None:
            note = f"{table.name}.{', '.join(key.columns)} points here"
            pointing[key.references].append(Mark(key.place, "migrations", "related", note))
    # What a beginning that was not read holds is not known; what a migration dropped is.
    known = None
    if baseline_is_missing(evidence):
        known = {*dropped_objects(evidence), *map(str, set(used) - set(unseen_tables(evidence)))}
    files = evidence.database.migrations
    pasted = evidence.held is None and bool(files) and all(file.layout == "schema" for file in files)
    for name in sorted({*used, *changed, *(target for target in in_sql if target is not None)}):
        if may_be_created(name.name, evidence) is not None or not (known is None or str(name) in known):
            continue
        if name.name in runner_tables and all(query.kind == "model" for query in used.get(name, ())):
            continue  # the runner that applies the migrations makes it
        sql = in_sql.get(name, [])
        needed = _Needed(
            name=name,
            queries=used.get(name, []),
            sql=sql,
            changed=changed.get(name, []),
            pointing=pointing.get(name, []),
            claims=evidence.claims.by_table.get(name, ()),
            if_there=if_there.get(name),
            older=bool(changed),
            pasted=pasted,
            foreign=_all_in(foreign, sql),
        )
        yield _fault(needed, evidence)


class _Needed(Struct, frozen=True):
    """A missing table, and all that needs it."""

    name: Name
    queries: list[Query]
    sql: list[SqlUse]
    changed: list[Reference]
    pointing: list[Mark]
    """The foreign keys that point to it."""
    claims: Sequence[TableClaim]
    if_there: Place | None
    """A statement that changes it where it is there alone."""
    older: bool
    """Whether migrations change any table that none creates."""
    pasted: bool
    """Whether one file of the schema, which no known runner applies, is all that defines the database."""
    foreign: bool
    """Whether SQL of files that name no table which is known alone names it."""

    @property
    def calls(self) -> list[Query]:
        return [query for query in self.queries if query.kind != "model"]

    @property
    def asked(self) -> bool:
        """Whether the code asks for it, in whatever way."""
        return bool(self.queries) or any(use.query is not None for use in self.sql)

    @property
    def by_queries_alone(self) -> bool:
        return not (self.sql or self.changed or self.pointing or self.claims)


def _fault(needed: _Needed, evidence: Evidence) -> Fault:
    name = needed.name
    gone = went(str(name), evidence)
    suggestions = evidence.meanings.get(str(name), ())
    likely = next((s for s in suggestions if s.kind == "rename" and s.confidence >= LIKELY), None)
    found, why = _severity(needed, gone, likely)
    of_api = needed.calls and not (needed.sql or needed.changed or needed.pointing)
    if found in ("critical", "high") and gone is None and of_api and asks_another_api(evidence):
        found, why = "medium", ANOTHER_API  # which a document may describe as well
    severity, reason, held = lowered(evidence, "table", str(name), found, why, _askers(needed))
    if needed.pasted and needed.changed and severity == "high" and gone is None:
        severity, reason = "medium", _PASTED
    guide = next((claim.place.path for claim in needed.claims if claim.form == "sql"), None)
    if guide is not None and severity in ("critical", "high") and gone is None and all_by_hand(evidence):
        severity, reason = "medium", f"{guide} has SQL that creates it, and no known runner applies the schema either"
    absent = f"{not_created(evidence)} {name}" if gone is None else f"{name} was {gone.deed}{gone.to} by {gone.file}"
    message = f"{absent}: {listed(_said(needed))}."
    meant = Name(*name.name.split(".", 1)) if "." in name.name and needed.calls else None
    if meant is not None:
        message = (
            f'The API looks for a table called "{name.name}" in {name.schema}, not for {meant.name} in {meant.schema}: '
            f"{listed(_said(needed))}."
        )
        suggestions = tuple(s for s in suggestions if s.kind != "create")
    return Fault(
        subject=str(name),
        message=message,
        marks=(*_marks(needed), *held, *((gone.mark,) if gone is not None else ())),
        severity=severity,
        severity_reason=reason,
        help=_help(name, likely) if meant is None else _help_dotted(meant, evidence),
        suggestions=suggestions,
    )


def _said(needed: _Needed) -> Iterator[str]:
    """Yield what needs the table, witness by witness."""
    calls = needed.calls
    models = len(needed.queries) - len(calls)
    if calls:
        files = len({query.place.path for query in calls})
        yield f"the code asks for it in {counted(len(calls), 'call')} ({counted(files, 'file')})"
    if models:
        yield "a model of an ORM maps to it" if models == 1 else f"{models} models of an ORM map to it"
    if needed.sql:
        holders = held_by(needed.sql)
        named = "names" if len(holders) == 1 and holders[0].startswith(("1 ", "SQL")) else "name"
        yield f"{listed(holders)} {named} it (42P01)"
    if needed.changed:
        yield f"migrations change it ({counted(len(needed.changed), 'statement')})"
    if needed.pointing:
        number = len(needed.pointing)
        yield f"{counted(number, 'foreign key')} {'points' if number == 1 else 'point'} to it"
    if needed.claims:
        number = len(needed.claims)
        yield f"{counted(number, 'document passage')} {'describes' if number == 1 else 'describe'} it"


def _marks(needed: _Needed) -> Iterator[Mark]:
    yield from (code_mark(query, MAPPED if query.kind == "model" else None) for query in needed.queries)
    yield from sql_marks(needed.sql) if needed.sql else ()
    role: Literal["primary", "related"] = "related" if needed.queries or needed.sql else "primary"
    yield from (Mark(reference.place, "migrations", role, "changed") for reference in needed.changed)
    yield from needed.pointing
    if needed.if_there is not None:
        yield Mark(needed.if_there, "migrations", "related", "changed if it is there")
    yield from (Mark(claim.place, "documents", "related", "described here") for claim in needed.claims)


def _askers(needed: _Needed) -> frozenset[str] | None:
    """Return the files whose SQL names the table, where nothing else needs it."""
    if needed.queries or needed.changed or needed.pointing or any(use.query is None for use in needed.sql):
        return None
    return frozenset(use.query.place.path for use in needed.sql if use.query is not None)


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
    others = of_another_database(evidence)
    beside = frozenset(path for path in named if others and path.startswith(others))
    return beside | frozenset(path for path, found in named.items() if len(found) >= _SEVERAL and path not in known)


_SEVERAL = 3
_PASTED = (
    "what is read as the schema changes it and no known runner applies that: where it was run, the table was there"
)
_ANSWERS = regex(r"_(?:test_?connection|connection_?test|health(?:_?check)?|ping|dummy\w*|non_?existent\w*)")
_OF_LIBRARIES = regex(
    r"whatsmeow_\w+|langchain_pg_(?:collection|embedding)|checkpoint_(?:blobs|writes|migrations)|procrastinate_\w+"
    r"|apscheduler_jobs|celery_task(?:set)?meta|river_(?:job|queue|leader|client|client_queue|migration)"
)
"""Tables that a library makes by itself when it is first used."""
_PLACEHOLDERS = frozenset({"table_name", "tablename", "my_table", "your_table", "your_table_name", "your-table"})


def _severity(needed: _Needed, gone: Gone | None, likely: Suggestion | None) -> tuple[Severity, str]:
    """Return how severe it is that the table is missing, and why; `gone` is how migrations took it away."""
    severity, reason = _by_witnesses(needed, gone, likely)
    if gone is not None and severity == "high" and needed.asked:
        reason = "a migration took it away, and the code still asks for it"
        if needed.changed:
            reason = f"later migrations change it, so it was there where they were applied: {OLDER}"
    queries, alone = needed.queries, needed.by_queries_alone
    if alone and severity == "high" and queries and all(query.alternatives for query in queries):
        severity, reason = "medium", "it is one of several names that the code goes through"
    if queries and not (needed.calls or needed.sql or needed.pointing) and severity in ("critical", "high"):
        severity, reason = "medium", "an ORM's model maps to it, but nothing that was read asks for it"
    by_sql_alone = not (queries or needed.changed or needed.pointing or needed.claims)
    if by_sql_alone and severity == "high" and needed.foreign:
        severity, reason = (
            "low",
            "the SQL of that file or service names few tables that are known: it is most likely another database's",
        )
    guards = [*(query.guarded for query in queries), *(use.guarded for use in needed.sql)]
    guard = next(iter(guards), None)
    if guard and all(guards) and severity in ("critical", "high"):
        asked_first = guard.startswith(ASKED_FIRST)
        severity, reason = ("low", guard) if asked_first else ("medium", f"the code expects that it may fail: {guard}")
    if alone and (_ANSWERS.fullmatch(needed.name.name) or not any(map(str.isalnum, needed.name.name))):
        severity, reason = "low", "the name is none of a table: the call only asks whether the database answers"
    if _OF_LIBRARIES.fullmatch(needed.name.name):
        severity, reason = "low", "a library makes a table of that name by itself when it is first used"
    if alone and needed.name.name in _PLACEHOLDERS:
        severity, reason = "low", "the name stands for one that is still to be filled in"
    return severity, reason


def _by_witnesses(needed: _Needed, gone: Gone | None, likely: Suggestion | None) -> tuple[Severity, str]:
    """Return how severe it is by who needs the table and who vouches for it."""
    if gone is not None:
        likely = None  # whatever is meant, the call fails since
    # What a migration dropped was there when the document described it.
    claimed = bool(needed.claims) and gone is None
    vouched = [word for word, holds in (("a foreign key", needed.pointing), ("a document", claimed)) if holds]
    if needed.pointing and needed.older and likely is None:
        return "high", OLDER if needed.changed else f"the migrations change other tables that none creates: {OLDER}"
    if needed.if_there is not None and likely is None:
        return "high", f"migrations change it where it is there: {OLDER}"
    if needed.asked and vouched and not needed.changed:
        if len(vouched) == 1:
            return "critical", f"the code needs it and {vouched[0]} vouches for it"
        return "critical", f"the code needs it, and {' and '.join(vouched)} vouch for it"
    if likely is not None:
        if is_slip([likely]):
            return "high", f"a slip of the keyboard is all that sets it apart from {likely.target}"
        return "medium", f"{likely.target} is very likely what is meant"
    if needed.changed:
        return "high", OLDER
    if needed.sql and not needed.asked:
        if all(use.body is not None and use.body.idle is not None for use in needed.sql):
            return sql_severity(needed.sql)
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
