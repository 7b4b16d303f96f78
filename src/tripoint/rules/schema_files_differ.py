"""Declarative schema files and migrations that make different databases.

**What it finds.** A table, a column or a function that the schema files (`supabase/schemas`, or those of
`db.migrations.schema_paths` or `declarative`) hold and the migrations do not make; a value that only one of them gives
an enum; row level security that the schema files alone switch on. And a table or column that the migrations make and
the schema files lack, where these hold nearly all others. All differences of one table make one finding; where the
migrations lack half of the schema files' tables or more, that is the one finding.

**Why it matters.** Only migrations are deployed. What stands in the schema files alone is missing in production,
however well code and files agree; what stands in the migrations alone will be dropped by the next migration that is
generated from the difference.

**Severity.** *High* where the code or the database's own SQL names what the migrations lack: it fails in every database
that is built from them. *Medium* otherwise.

**How to mend it.** Generate the migration (`supabase db diff -f name`), or bring the schema files up to date.
"""

from __future__ import annotations

from collections.abc import Iterator

from tripoint.bind.tables import may_be_changed, may_be_created
from tripoint.model.catalog import Catalog, Table
from tripoint.model.evidence import Evidence
from tripoint.model.fault import Fault, Mark, Rule
from tripoint.model.name import Name
from tripoint.model.place import Place
from tripoint.model.words import listed
from tripoint.rules._baseline import baseline_is_missing
from tripoint.rules._shared import bindings, own_functions, own_tables, runner_tables

_MOST = 0.8
"""The share of the migrations' tables that schema files must hold before one that they lack is worth a word."""


_SEVERAL = 3
"""Tables of the schema files that the migrations lack from which on, being half of them, one finding is enough."""


def check(evidence: Evidence) -> Iterator[Fault]:
    """Yield one fault for each table, function or enum in which the two differ."""
    declared = evidence.declared
    if declared is None or evidence.database.definition != "migrations" or baseline_is_missing(evidence):
        return
    needed = _needed(evidence)
    own = {table.name: table for table in own_tables(evidence)}
    whole = sum(name in declared.tables for name in own) >= _MOST * len(own)
    begun = [(n, t.place) for n, t in sorted(declared.tables.items()) if _is_own(n, t.place, evidence)]
    absent = [(name, place) for name, place in begun if name not in evidence.defined.tables and place is not None]
    if len(absent) >= _SEVERAL and 2 * len(absent) >= len(begun):
        yield _beginning(absent, len(begun), evidence)
        return
    for name in sorted({*declared.tables, *own}):
        there, here = declared.tables.get(name), evidence.defined.tables.get(name)
        if here is None and there is not None:
            if _is_own(name, there.place, evidence) and may_be_created(name.name, evidence) is None:
                yield _lacking(str(name), there.place, str(name) in needed, "creates it", "table", name.name)
        elif there is not None and here is not None and name in own:
            yield from _table(there, here, whole, needed, evidence)
        elif there is not None or not whole:
            continue
        elif here is not None and here.place is not None and may_be_changed(name.name, evidence) is None:
            yield _undeclared(str(name), here.place, f"{name} is made by the migrations, but no schema file holds it.")
    yield from _functions(declared, needed, evidence)
    yield from _enums(declared, evidence)


def _needed(evidence: Evidence) -> set[str]:
    """Return the subjects that the code and the database's own SQL name."""
    needed: set[str] = set()
    for binding in bindings(evidence, "table", "function", "sql", "model", "channel"):
        if binding.table is not None and binding.table.name is not None:
            needed.add(str(binding.table.name))
        if binding.function_name is not None:
            needed.add(str(binding.function_name))
        needed |= {f"{column.table.name}.{column.column}" for column in binding.columns}
        needed |= {str(embed.target.name) for embed in binding.embeds if embed.target is not None}
    for references in (*(b.references for b in evidence.bindings), *(b.references for b in evidence.bodies)):
        for reference in references:
            if reference.target is not None:
                column = f".{reference.column}" if reference.kind == "column" else ""
                needed.add(f"{reference.target}{column}")
    return needed


def _is_own(name: Name, place: Place | None, evidence: Evidence) -> bool:
    platform = evidence.platform
    managed = name.schema in platform.schemas and name.schema != "public"
    return place is not None and not managed and name not in platform.tables and name.name not in runner_tables


def _lacking(subject: str, place: Place | None, needed: bool, does: str, thing: str, name: str) -> Fault:
    assert place is not None
    return Fault(
        subject=subject,
        message=f"A schema file has the {thing} {subject}, but no migration {does}"
        + (": what names it fails in every database that is built from them." if needed else "."),
        marks=(Mark(place, "migrations", "primary", "in the schema files alone"),),
        severity="high" if needed else None,
        severity_reason="the code or the database's own SQL names it" if needed else None,
        help=f"Generate the migration that brings {name}, or take it out of the schema file.",
    )


def _beginning(absent: list[tuple[Name, Place]], held: int, evidence: Evidence) -> Fault:
    return Fault(
        subject=evidence.database.migrations_root or evidence.database.name,
        message=f"The migrations create {held - len(absent)} of the {held} tables that the schema files hold: "
        f"{listed(str(name) for name, _ in absent)} are in no migration.",
        marks=tuple(Mark(place, "migrations", "primary", "in the schema files alone") for _, place in absent),
        severity_reason="the schema files, and not the migrations, most likely made the database",
        help="Generate the migration that the schema files ask for, so that a database can be built from migrations.",
    )


def _undeclared(subject: str, place: Place, message: str) -> Fault:
    return Fault(
        subject=subject,
        message=message,
        marks=(Mark(place, "migrations", "primary", "in the migrations alone"),),
        help="Bring the schema files up to date: the next migration that is generated from them drops it.",
    )


def _table(there: Table, here: Table, whole: bool, needed: set[str], evidence: Evidence) -> Iterator[Fault]:
    if not (there.complete and here.complete) or may_be_changed(here.name.name, evidence) is not None:
        return
    absent = [c for c in there.columns.values() if c.name not in here.columns and not _may_be(c.name, evidence)]
    further = [c for c in here.columns.values() if c.name not in there.columns] if whole else []
    secured = there.row_security and not here.row_security
    said = [f"no migration makes {listed(c.name for c in absent)}"] if absent else []
    said += [f"no schema file has {listed(c.name for c in further)}"] if further else []
    said += ["the schema files alone switch on row level security"] if secured else []
    if not said:
        return
    fails = [column.name for column in absent if f"{here.name}.{column.name}" in needed]
    marks = [Mark(place, "migrations", "primary", "in the schema files alone") for c in absent if (place := c.place)]
    marks += [Mark(place, "migrations", "primary", "in the migrations alone") for c in further if (place := c.place)]
    if not marks and there.place is not None:
        marks.append(Mark(there.place, "migrations", "primary", "created here"))
    yield Fault(
        subject=str(here.name),
        message=f"The schema files and the migrations differ in {here.name}: {', and '.join(said)}.",
        marks=tuple(marks),
        severity="high" if fails or secured else None,
        severity_reason=f"the code or the database's own SQL names {listed(fails)}"
        if fails
        else "the deployed table is open"
        if secured
        else None,
        help="Generate the migration, or bring the schema files up to date.",
    )


def _may_be(name: str, evidence: Evidence) -> bool:
    return may_be_created(name, evidence) is not None


def _functions(declared: Catalog, needed: set[str], evidence: Evidence) -> Iterator[Fault]:
    known = {function.name for function in own_functions(evidence)}
    for name, overloads in sorted(declared.functions.items()):
        place = overloads[0].place
        if name in known or name in evidence.platform.functions or name in evidence.defined.functions:
            continue
        if _is_own(name, place, evidence) and not _may_be(name.name, evidence):
            yield _lacking(str(name), place, str(name) in needed, "creates it", "function", name.name)


def _enums(declared: Catalog, evidence: Evidence) -> Iterator[Fault]:
    for name, enum in sorted(declared.enums.items()):
        known = evidence.defined.enums.get(name)
        kept = known.values if known is not None else enum.values
        sides = (
            ("no migration adds", [value for value in enum.values if value not in kept]),
            ("no schema file has", [value for value in kept if value not in enum.values]),
        )
        apart = " and ".join(f"{what} {listed(values)}" for what, values in sides if values)
        if apart and enum.place is not None and not _may_be(name.name, evidence):
            yield Fault(
                subject=str(name),
                message=f"The schema files and the migrations differ in the values of {name}: {apart}.",
                marks=(Mark(enum.place, "migrations", "primary", "declared here"),),
                help="Generate the migration, or bring the schema files up to date.",
            )


RULE = Rule("schema-files-differ", "migrations", "medium", check, needs=("migrations",))
