"""A statement that PostgreSQL refuses.

**What it finds.** A statement that PostgreSQL refuses whatever the database holds: by its grammar (`CREATE POLICY IF
NOT EXISTS`, a RAISE outside of a block; of a file the first is told), a function in PL/pgSQL that is none, also where a
later version replaces it, or by what it asks for: a policy for INSERT that says USING, a default with a subquery,
`now()` in an index, a text compared with a uuid, `new` or `old` in a policy, a type that nothing makes. Rows that a
migration or a seed writes to a table or a column that is not there by then, without a column that must have a value,
or with more or fewer values than columns, and a foreign key that is dropped or changed later, to a table that nothing
makes or of another type. A value that the same file adds to an enum and uses, and an index that is built CONCURRENTLY,
where the runner applies the file in one transaction. And a statement of the last file that what the earlier ones made
refuses: a column is dropped, or given another type, that a policy, a view or a key depends on. Where every earlier
migration can be followed without a refusal, also a column or constraint that is changed and is not there, and a name
that is given twice.

**Why it matters.** The migration stops there, in a deployment as on a colleague's machine, and what follows it in the
file is not done.

**What is no finding.** Statements of earlier files that another database would take: one that is past them came to be
in another way. `--replay` runs them all, and `migration-fails` says what PostgreSQL refuses. Where `--database` says
what is held, the statement may have been applied already.

**Severity.** *High* in the last file, where the files show what depends on the thing that is dropped or changed, or no
database would take the statement; *medium* for all else, since a database that was changed by hand may take it, and
where earlier files are refused, too. *Medium* in an earlier file: a database that is past it came to be in another way,
and one that is made from the files stops there. *Medium* in a seed: a local reset stops there. *Low* where a program
of the project makes what the rows need.

**How to mend it.** Drop what depends on it first, in the same file, or write the change in another way.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Mapping

from tripoint.bind.tables import may_be_created
from tripoint.model.binding import BodyBinding, SqlReference
from tripoint.model.evidence import Evidence
from tripoint.model.fault import Fault, Mark, Rule, Severity
from tripoint.model.name import Name
from tripoint.model.place import Place
from tripoint.model.regex import regex
from tripoint.model.words import counted
from tripoint.rules._baseline import baseline_is_missing, changed_but_never_created, unseen_tables
from tripoint.rules._shared import file_name
from tripoint.rules._sql import OF_TYPES, unknown_in_sql
from tripoint.rules._triggers import must_be_given
from tripoint.sql.facts import SAID
from tripoint.sql.names_in import parse_type_name

_DEPENDS = regex(r" depends on | requires index ")
_OF_THE_PLATFORM = regex(r"(?:schema|extension|publication|type) \"")
"""What a hosted database may have, or lack, whatever the migrations say."""
_SIGNATURE = regex(r"cannot (?:change (?:name of input parameter|return type|routine kind)|remove parameter defaults)")
_EARLIER = "statements of earlier files are refused, too: the database came to be in another way"
_BY_HAND = "the files alone say so, and a database that was changed by hand may take it"
_PAST = "a database that is past the file came to be in another way; one that is made from the files stops there"
_SEED = "it writes its rows once the migrations are through: a local reset stops there"
_OF_PROGRAMS = frozenset({"program", "driver", "models", "code", "comment"})
_INSTEAD = {
    "only WITH CHECK": "Write WITH CHECK in the place of USING",
    "WITH CHECK cannot": "Leave WITH CHECK out: such a policy has USING alone",
    "input parameters after": "Put the parameters without a default first",
    "functions in index": "Ask for nothing that hangs on the time or on settings, or index a column that holds it",
    "operator does not exist": "Cast one side to the type of the other",
    "default for column": "Drop the default first, and set it anew behind the change",
    "null value": "Write a value, or give the column a default",
    "INSERT has": "Write one value for each column",
    "VALUES lists": "Write one value for each column in every row",
    "foreign key constraint": "Give the column the type of the one that it points to",
    "unsafe use of new value": "Use it in a later file: a new value can be used once it is committed",
}
"""What to write instead, by how PostgreSQL's words begin."""


def check(evidence: Evidence) -> Iterator[Fault]:
    """Yield one fault for each file with statements that no database takes, or that the last one can't apply."""
    by_path: dict[str, list[tuple[Place, str]]] = defaultdict(list)
    doubts = dict(_made_by_programs(evidence))
    answered = {failure.place for failure in evidence.refused}
    for place, reason in (*evidence.impossible, *_in_expressions(evidence), *_in_data(evidence)):
        if place not in answered:
            by_path[place.path].append((place, reason))
    for place, reason in _rows(evidence):
        if place not in answered and all(reason != said for _, said in by_path[place.path]):
            by_path[place.path].append((place, reason))
    for told in by_path.values():
        told.sort(key=lambda one: one[0].start)
    database = evidence.database
    last = database.migrations[-1].path if database.migrations else ""
    newest, earlier = _in_last_file(evidence)
    if newest or last in by_path:
        found = by_path[last] + newest
        sure = [reason for place, reason in by_path.pop(last) if place not in doubts]
        if not earlier and not evidence.opaque:
            sure += [reason for _, reason in newest if _DEPENDS.search(reason) is not None]
        first = (sure or [reason for _, reason in found])[0]
        because = None if sure else _EARLIER if earlier else _BY_HAND
        yield _of_programs(found, doubts) or _fault(found, first, "high" if sure else "medium", because)
    paths = {migration.path for migration in database.migrations}
    for path, found in by_path.items():
        said = _of_programs(found, doubts)
        yield said or _fault(found, found[0][1], "medium", _PAST if path in paths else _SEED)


def _of_programs(found: list[tuple[Place, str]], doubts: Mapping[Place, str]) -> Fault | None:
    """Return the fault of statements that all need what a program makes before, None where one needs something else."""
    if any(place not in doubts for place, _ in found):
        return None
    return _fault(found, found[0][1], "low", doubts[found[0][0]])


def _made_by_programs(evidence: Evidence) -> Iterator[tuple[Place, str]]:
    """Yield where data is written to a table or a column that the migrations lack and a program makes, and how."""
    for statement in evidence.data:
        for reference in statement.references:
            if reference.outcome == "unknown" and reference.target is not None:
                subject, column = str(reference.target), reference.column
                table = evidence.elsewhere.get(("table", subject))
                known = evidence.elsewhere.get(("column", f"{subject}.{column}")) if column is not None else table
                if known is not None and known.by in _OF_PROGRAMS:
                    yield reference.place, known.reason


def _in_expressions(evidence: Evidence) -> Iterator[tuple[Place, str]]:
    """Yield what of policies, views, checks, defaults and indexes has an operand or a value that its type refuses, and
    types that nothing makes; functions whose bodies are none."""
    begun = not baseline_is_missing(evidence)
    for body in evidence.bodies:
        if body.kind in ("function", "former") and (body.undecided or "").startswith(SAID):
            yield body.place, (body.undecided or "").removeprefix(SAID)
        if not body.at_run_time and body.kind != "trigger" and (alien := _alien(body)) is not None:
            yield alien.place, f'missing FROM-clause entry for table "{alien.written.split(".")[-2]}"'
        for reference in body.references:
            # What stands within a body in PL/pgSQL is asked for when it runs, but for the types of variables.
            at_once = not body.at_run_time or reference.place == body.place or reference.declares
            if reference.kind == "type" and reference.outcome == "unknown" and at_once and begun:
                yield reference.place, f'type "{reference.written}" does not exist'
            if body.at_run_time or body.kind == "trigger" or evidence.opaque:
                continue
            if reference.kind == "operator" and not evidence.own_operators:
                called = (reference.reason or "").startswith(f"{reference.written}(")
                said = f"function {reference.reason} does not exist" if called else None
                yield reference.place, said or f"operator does not exist: {reference.reason}"
            elif reference.kind == "refused" and not (reference.written in OF_TYPES and evidence.own_operators):
                yield reference.place, reference.reason or ""
            elif reference.kind == "value" and (enum := _enum_of(reference, evidence)) is not None:
                yield reference.place, f'invalid input value for enum {enum.name}: "{reference.written}"'


def _alien(body: BodyBinding) -> SqlReference | None:
    """Return the first column of a table or alias which the SQL does not have: `new.owner` in a policy."""
    for reference in body.references:
        qualified = reference.kind == "column" and "." in reference.written and reference.target is None
        if qualified and (reference.reason or "").endswith("in the FROM clause"):
            return reference
    return None


def _in_data(evidence: Evidence) -> Iterator[tuple[Place, str]]:
    """Yield what seeds and the last migration write that their tables do not take."""
    if baseline_is_missing(evidence):
        return
    for statement in evidence.data:
        for reference in statement.references:
            target = reference.target
            if reference.kind == "count":
                yield reference.place, f"an INSERT has {reference.reason}"
            elif reference.kind == "value" and (enum := _enum_of(reference, evidence)) is not None:
                yield reference.place, f'invalid input value for enum {enum.name}: "{reference.written}"'
            elif reference.outcome != "unknown" or target is None:
                continue
            elif reference.kind == "relation":
                yield reference.place, f'relation "{reference.written}" does not exist'
            elif reference.kind == "column":
                yield reference.place, f'column "{reference.column}" of relation "{target.name}" does not exist'
        for insert in statement.inserts:
            table = evidence.defined.tables.get(insert.table)
            needed = must_be_given(table, evidence) if table is not None else ()
            lacking = next((column for column in needed if column.name not in insert.columns), None)
            if lacking is not None and set(insert.columns) <= set(table.columns if table is not None else ()):
                where = f'column "{lacking.name}" of relation "{insert.table.name}"'
                yield insert.place, f"null value in {where} violates not-null constraint"


def _rows(evidence: Evidence) -> Iterator[tuple[Place, str]]:
    """Yield what migrations write that their tables do not take as they are by then: once for each column and file, and
    of what is not there for the first file alone, since its lack is one cause.

    What a statement that can't be read may have made before is left out, and what nothing makes but something else may.
    A table that code or other statements miss as well is a `missing-table`, and one that a foreign key still points to
    a `dangling-foreign-key`.
    """
    if baseline_is_missing(evidence) or any(opaque.anything for opaque in evidence.opaque):
        return
    touched = set[str]().union(*(opaque.may_touch or () for opaque in evidence.opaque))
    for old, new, _ in evidence.renames:
        touched |= {new.rpartition(".")[2]} if not touched.isdisjoint((old, old.rpartition(".")[2])) else set()
    told = {*map(str, (*changed_but_never_created(evidence), *unseen_tables(evidence)))}
    told |= unknown_in_sql(evidence, "relation").keys()
    told |= {str(key.references) for table in evidence.defined.tables.values() for key in table.constraint("foreign")}
    seen: set[tuple[str, str]] = set()
    for reference, reason in evidence.refused_rows:
        schema, bare, *_ = reference.table.split(".")
        key = (reference.table, reference.place.path if reason.startswith("null value") else "")
        if key in seen or not touched.isdisjoint((bare, f"{schema}.{bare}")):
            continue
        seen.add(key)
        known = reference.table in told or may_be_created(bare, evidence) is not None
        if reference.needed != "relation" or not known:
            yield reference.place, reason


def _enum_of(reference: SqlReference, evidence: Evidence) -> Name | None:
    """Return the enum that lacks a value which is written for it."""
    enum = reference.target
    if reference.column is not None and enum in evidence.defined.tables:
        column = evidence.defined.tables[enum].columns.get(reference.column)
        enum = parse_type_name(column.type) if column is not None else None
    known = evidence.defined.enums.get(enum) if enum is not None else None
    if enum is None or known is None or reference.written in known.values:
        return None
    if _was_called_so(f"{enum}='{reference.written}'", reference.place, evidence):
        return None
    doubted = any(f'"{enum.name}"' in reason for _, reason in evidence.refusals)  # it may have got the value in vain
    return None if doubted else enum


def _was_called_so(value: str, at: Place, evidence: Evidence) -> bool:
    """Whether a migration after a place gave an enum's value its present name: what is stored holds it by no name."""
    order = {file.path: index for index, file in enumerate(evidence.database.migrations)}
    when = order.get(at.path, len(order)), at.start  # seeds come last
    return any(old == value and (order.get(place.path, -1), place.start) > when for old, _, place in evidence.renames)


def _fault(found: list[tuple[Place, str]], first: str, severity: Severity, because: str | None) -> Fault:
    name = file_name(found[0][0].path)
    more = f", and {counted(len(found) - 1, 'more statement')} of it" if len(found) > 1 else ""
    return Fault(
        subject=name,
        message=f"PostgreSQL refuses a statement of {name}{more}: {first}.",
        marks=tuple(Mark(place, "migrations", "primary", reason) for place, reason in found),
        severity=severity,
        severity_reason=because,
        help=f"{_what_to_do(first)}; --replay says what PostgreSQL answers.",
    )


def _what_to_do(reason: str) -> str:
    if _DEPENDS.search(reason) is not None:
        return "Drop or change what depends on it first"
    if _SIGNATURE.match(reason) is not None:
        return "Drop the function first, then create it"
    for begin, instead in _INSTEAD.items():
        if reason.startswith(begin):
            return instead
    if reason.endswith("inside a transaction block"):
        return "Give it a file of its own, which the runner is told to apply outside of a transaction"
    if reason.endswith("does not exist"):
        return "Correct the name, or create what it names first"
    if " cannot be cast automatically " in reason:
        return "Say with USING how its values are cast"
    return "Write it so that PostgreSQL takes it"


def _in_last_file(evidence: Evidence) -> tuple[list[tuple[Place, str]], bool]:
    """Return what is refused in the migration that is applied last, and whether earlier ones are refused, too.

    Where they are, only what something depends on is told: that the files made it is more than that they did not.
    """
    database = evidence.database
    if evidence.held is not None or database.definition != "migrations" or database.unordered:
        return [], False
    last = database.migrations[-1].path
    wanting = [reference.place.path for reference in evidence.references if reference.statement != "drop"]
    earlier = any(path != last for path in (*wanting, *(at.path for at, _ in evidence.refusals)))
    doubtful = earlier or bool(evidence.opaque)
    too_early = {reference.place for reference in evidence.early}  # which `out-of-order-reference` tells
    told = [
        (place, reason)
        for place, reason in evidence.refusals
        if place.path == last
        and place not in too_early
        and _OF_THE_PLATFORM.match(reason) is None
        and (not doubtful or _DEPENDS.search(reason) is not None)
    ]
    return (told, earlier) if told and not baseline_is_missing(evidence) else ([], earlier)


RULE = Rule("refused-statement", "migrations", "high", check, needs=("migrations",))
