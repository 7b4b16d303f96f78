"""Migrations that start from a database which they do not hold.

**What it finds.** Statements that change tables which no migration creates, be it where they are there alone, or
foreign keys that point to such, in number; or code most of whose tables are unknown to the migrations. The first tables
were then made by hand, in a dashboard, or by a tool that left no file.

**Why it matters.** The migrations cannot build a database: a local reset, a preview branch and a new environment
fail. And an audit cannot tell a missing table from one that the unknown beginning holds, so the findings that depend
on it (`missing-table`, `missing-function`, `dangling-foreign-key`, nearly all of `migration-fails`) are left out, and
this one stands for them all.

**How to mend it.** Put the beginning into the migrations (`supabase db pull`, or `pg_dump --schema-only` as the first
file), or let the audit read a database with `--database`.
"""

from __future__ import annotations

from collections.abc import Iterator

from tripoint.model.evidence import Evidence
from tripoint.model.fault import Fault, Mark, Rule
from tripoint.model.words import counted, listed
from tripoint.rules._baseline import (
    baseline_is_missing,
    changed_but_never_created,
    changed_if_there_alone,
    dropped_objects,
    is_at_fault_itself,
    pointed_at,
    unseen_tables,
    used_tables,
)
from tripoint.rules._functions import uncreated
from tripoint.rules._shared import code_mark
from tripoint.rules._sql import sql_marks, unknown_in_sql


def check(evidence: Evidence) -> Iterator[Fault]:
    """Yield one fault for the whole database where its migrations lack their beginning."""
    if "migrations" not in evidence.heard or not baseline_is_missing(evidence):
        return
    # One file of the schema, or a folder of them, is no history.
    files = evidence.database.definition == "declarative"
    whole, one = "The migrations do not hold the database's beginning", "migration"
    if files:
        whole, one = "The schema files do not hold the whole database", "schema file"
    changed = changed_but_never_created(evidence, beyond=True)
    gone = dropped_objects(evidence)
    unknown = {name: queries for name, queries in unseen_tables(evidence).items() if str(name) not in gone}
    in_sql = {name: uses for name, uses in unknown_in_sql(evidence, "relation").items() if name not in gone}
    said = []
    if_there = changed_if_there_alone(evidence)
    those = "it is" if len(if_there) == 1 else "they are"
    if changed:
        more = f" (and {len(if_there)} more, if {those} there)" if if_there else ""
        said.append(f"statements change {counted(len(changed), 'table')} that no {one} creates{more}")
    elif if_there:
        said.append(f"statements change {counted(len(if_there), 'table')} that no {one} creates, if {those} there")
    pointed = {name: key for name, key in pointed_at(evidence).items() if name not in changed}
    if pointed:
        said.append(f"foreign keys point to {counted(len(pointed), 'table')} that no {one} creates")
    absent = {*map(str, unknown), *in_sql}
    if absent:
        whose = "the code uses" if not in_sql else "the code and the database's own SQL use"
        of = counted(len(used_tables(evidence)), "table")
        said.append(f"{len(absent)} of the {of} that {whose} {'is' if len(absent) == 1 else 'are'} in no {one}")
    marks = [
        Mark(references[0].place, "migrations", "primary", f"changes {name}") for name, references in changed.items()
    ]
    marks += [Mark(at, "migrations", "primary", f"changes {name} if it is there") for name, at in if_there.items()]
    marks += [
        Mark(key.place, "migrations", "primary", f"points to {name}")
        for name, key in pointed.items()
        if key.place is not None
    ]
    marks += [code_mark(queries[0], f"asks for {name}") for name, queries in unknown.items()]
    marks += [mark for name, uses in in_sql.items() if name not in map(str, unknown) for mark in sql_marks(uses[:1])]
    wanting = [failure.place.path for failure in evidence.refused if not is_at_fault_itself(failure)]
    if wanting:
        statements, of = counted(len(wanting), "statement"), counted(len(set(wanting)), one)
        said.append(f"a replay refuses {statements} of {of} for want of it")
    names = sorted({*map(str, (*changed, *pointed)), *absent})
    functions, called = uncreated(evidence)
    functions = {name: queries for name, queries in functions.items() if name not in gone}
    marks += [code_mark(queries[0], f"calls {name}") for name, queries in functions.items()]
    root = evidence.database.migrations_root or evidence.database.root
    yield Fault(
        subject=root,
        message=f"{whole}: {listed(said)} ({listed(names)}).{_of_functions(sorted(functions), called, one)}",
        marks=tuple(marks),
        help=f"Add a dump of the database's schema {'to them' if files else 'as the first migration'} "
        f"({'' if files else 'supabase db pull, '}pg_dump --schema-only), "
        f"or let the audit read the database with --database.{_held(names, evidence)}",
    )


def _of_functions(names: list[str], called: int, one: str) -> str:
    """Return which of the functions that the code calls nothing makes, as a sentence."""
    if not names:
        return ""
    some = counted(called, "function")
    if len(names) == called:
        return f" No {one} creates the {some} that the code calls ({listed(names)})."
    return f" Of the {some} that the code calls, no {one} creates {len(names)} ({listed(names)})."


def _held(names: list[str], evidence: Evidence) -> str:
    """Return what SQL that no runner applies makes some of the tables, as a sentence."""
    held = [one for name in names if (one := evidence.elsewhere.get(("table", name))) is not None and one.by == "sql"]
    paths = sorted({one.place.path for one in held})
    return f" SQL that no runner applies makes {len(held)} of them: {listed(paths, 3)}." if held else ""


RULE = Rule("missing-baseline", "migrations", "medium", check, needs=("migrations",))
