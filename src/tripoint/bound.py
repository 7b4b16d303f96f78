"""Every name that the code and the database's own SQL say, held against the schema, and what the unknown ones mean."""

from __future__ import annotations

import re
from collections.abc import Iterator

from tripoint.bind.bodies import bind_bodies
from tripoint.bind.data import bind_data
from tripoint.bind.invoked import invocations_in
from tripoint.bind.jobs import bind_jobs, jobs_in
from tripoint.bind.queries import bind_queries
from tripoint.bind.sql import OF_OTHERS, SqlBinder, bind_sql, made_in
from tripoint.bind.uncalled import mark_uncalled
from tripoint.handed_on import with_modules
from tripoint.mapped import beyond
from tripoint.model.binding import BodyBinding, DataStatement, Job, SqlReference
from tripoint.model.catalog import Catalog
from tripoint.model.evidence import Evidence, Reference
from tripoint.model.fault import Suggestion, Witness
from tripoint.model.internal import internal_problem
from tripoint.model.name import Name
from tripoint.model.place import Place, Problem, ProblemKind
from tripoint.model.query import Query
from tripoint.model.regex import regex
from tripoint.model.words import counted
from tripoint.project import Found, Project
from tripoint.resolve import resolve
from tripoint.resolve.hunks import Replacements, find_replacements
from tripoint.sources.discover import DatabaseFiles
from tripoint.sources.layouts.kinds import RUNNER_TABLES
from tripoint.sources.migrations.guarded import changed_if_there
from tripoint.sources.migrations.skipped import skipped_columns
from tripoint.sql.facts import SqlFacts
from tripoint.tree import TreeError
from tripoint.unseen import made_beside, made_unseen, unseen_names

__all__ = ["bind_names"]


def bind_names(
    files: DatabaseFiles, project: Project, evidence: Evidence, problems: list[Found], schema: bytes
) -> bool:
    """Hold every name against the schema, say what the unknown ones mean, and return whether git's history answered."""
    evidence.opaque, words = with_modules(evidence.opaque, project)
    evidence.unseen = unseen_names(files, project, evidence, words)
    paths = [migration.path for migration in evidence.database.migrations]
    migrations = [(path, project.facts[path]) for path in paths if path in project.facts]
    evidence.skipped |= skipped_columns(evidence.defined, migrations, {subject for subject, _ in evidence.drops})
    evidence.if_there |= changed_if_there(migrations)
    evidence.beyond = beyond(evidence)
    if evidence.beyond is not None:
        schema = project.kept.key("beyond", schema, [*_outlined(evidence.beyond)])
    evidence.bindings = bind_queries(evidence)
    try:
        evidence.jobs = jobs_in((path, facts) for path, facts in migrations if isinstance(facts, SqlFacts))
        evidence.invocations = tuple(invocations_in(evidence))
    except Exception as error:
        lost = "what jobs run, and which edge functions the database asks for, is not looked at"
        problems.append(("", internal_problem(error, lost), "migrations"))
    _bind_sql(evidence, files, project, problems, schema)
    if not project.meanings:
        return True
    answered = True

    def replaced(paths: frozenset[str], unknown: frozenset[str], existing: frozenset[str]) -> Replacements:
        def look() -> Replacements:
            nonlocal answered
            try:
                return find_replacements(project.hunks(paths), unknown, existing)
            except TreeError as error:
                answered = False
                problems.append(("", Problem("unresolved", 0, 0, error.reason), "code"))
                return Replacements()

        project.hunks(())  # what is kept follows from the commits too, and the tree is to know that they were asked
        key = project.kept.key("replaced", project.commits, sorted(paths), sorted(unknown), sorted(existing))
        return project.kept.get(key, Replacements, look, lambda made: answered)

    def left_out(count: int) -> None:
        reason = f"what {counted(count, 'unknown table')} may mean was not looked for: there are too many"
        problems.append(("", Problem("unresolved", 0, 0, reason), "code"))

    try:
        evidence.meanings = resolve(evidence, replaced, left_out)
    except Exception as error:
        problems.append(("", internal_problem(error, "what unknown names mean was not looked for"), "code"))
    for (thing, subject), elsewhere in evidence.elsewhere.items():
        if subject in evidence.meanings:  # another file has it under this very name: it is none that was mistaken
            create = Suggestion("create", subject, 0.95, (elsewhere.reason,))
            evidence.meanings[subject] = (create,) if thing == "table" else ()
    return answered


def _outlined(catalog: Catalog) -> Iterator[tuple[str, list[tuple[str, str]]]]:
    """Yield tables with the names and types of their columns."""
    for name, table in catalog.tables.items():
        yield str(name), [(column.name, column.type) for column in table.columns.values()]


def _bind_sql(evidence: Evidence, files: DatabaseFiles, project: Project, problems: list[Found], schema: bytes) -> None:
    """Bind the names in SQL: of the database's own, and of the code's.

    `schema` stands for all that the catalogs follow from; it is empty where that is not SQL alone, or nothing is kept.
    """
    binder = SqlBinder(
        Evidence(  # of nothing else may it depend what is kept
            database=evidence.database,
            defined=evidence.defined,
            platform=evidence.platform,
            declared=evidence.declared,
            held=evidence.held,
            beyond=evidence.beyond,
            opaque=evidence.opaque,
            renames=evidence.renames,
            drops=evidence.drops,
            former=evidence.former,
            unseen=evidence.unseen,
        )
    )
    binder.unclear = made_unseen(evidence, project)
    binder.beside = made_beside(evidence, project)
    binder.made |= binder.unclear | binder.beside.keys()
    for query in evidence.queries:
        binder.made |= made_in(query.text or "")
    if evidence.database.definition != "orm":  # expressions of models hold code, not SQL as it will run
        try:
            evidence.bodies = _bodies(binder, project, schema, evidence.jobs)
        except Exception as error:
            lost = "the SQL of functions, views, policies and triggers is not held against the schema"
            problems.append(("", internal_problem(error, lost), "migrations"))
    evidence.data = tuple(_data(binder, files, project, problems))
    evidence.refused_rows = tuple(row for row in evidence.refused_rows if not _made_otherwise(row[0], binder))
    for body in evidence.bodies:
        if body.undecided is not None and body.kind != "former":
            problem = Problem("unresolved", body.place.start, body.place.end, f"{body.subject}: {body.undecided}")
            problems.append((body.place.path, problem, "migrations"))
    evidence.bindings = tuple(
        bind_sql(binding.query, binder) if binding.query.kind == "sql" else binding for binding in evidence.bindings
    )
    for binding in evidence.bindings:
        if binding.undecided is not None and not binding.query.test:
            place = binding.query.place
            kind: ProblemKind = "unresolved" if binding.query.kind == "sql" else "internal"
            what = "SQL" if binding.query.kind == "sql" else "call"
            reason = f"this {what} is not held against the schema: {binding.undecided}"
            problems.append((place.path, Problem(kind, place.start, place.end, reason), "code"))
    evidence.bodies = mark_uncalled(evidence, bool(files.unread_languages))
    problems += _of_others(evidence)
    problems += _of_unseen(evidence)
    problems += _of_changed(evidence)
    problems += _made_by_code(evidence)


def _made_otherwise(reference: Reference, binder: SqlBinder) -> bool:
    """Whether the table of rows, or its columns, may come from something else than the migrations: from code, from the
    runner itself, from a file beside them."""
    bare = reference.table.split(".")[1]
    made = binder.made | RUNNER_TABLES if reference.needed == "relation" else binder.beside.keys()
    return bare in made


def _data(binder: SqlBinder, files: DatabaseFiles, project: Project, problems: list[Found]) -> Iterator[DataStatement]:
    """Yield what seeds and the last migration write; no later one changes what they find."""
    last = files.database.migrations[-1:] if files.database.definition == "migrations" else ()
    for path in (*(migration.path for migration in last if migration.version is not None), *files.seeds):
        facts = project.facts.get(path)
        if not isinstance(facts, SqlFacts):
            continue
        if path in files.seeds:
            problems += [(path, problem, "migrations") for problem in facts.problems]
        try:
            yield from bind_data(binder, path, facts)
        except Exception as error:
            problems.append((path, internal_problem(error, "the rows that it writes are not looked at"), "migrations"))


def _bodies(binder: SqlBinder, project: Project, schema: bytes, jobs: tuple[Job, ...]) -> tuple[BodyBinding, ...]:
    """Return what became of the names in the database's own SQL, with what it makes entered in the binder."""
    evidence = binder.evidence

    def bind() -> tuple[tuple[BodyBinding, ...], frozenset[str]]:
        bodies = bind_bodies(binder, project.read)
        return (*bodies, *bind_jobs(binder, jobs)), frozenset(binder.made)

    if not schema or evidence.held is not None:  # what a database holds may change from run to run
        return bind()[0]
    unseen = [(one.reason, sorted(one.names)) for one in evidence.unseen]
    written = [(path, project.read(path)) for path, facts in project.facts.items() if isinstance(facts, SqlFacts)]
    key = project.kept.key(
        "bodies",
        schema,
        evidence.database,
        unseen,
        sorted(binder.made),
        sorted(binder.unclear),
        [(name, words and sorted(words)) for name, words in sorted(binder.beside.items())],
        written,
    )
    bodies, made = project.kept.get(key, tuple[tuple[BodyBinding, ...], frozenset[str]], bind, lambda _: True)
    binder.made |= made
    return bodies


_FEW = 3
_MADE = regex(
    r"\bcreate\s+(?:unlogged\s+)?table\s+(?:if\s+not\s+exists\s+)?((?:\"?\w+\"?\s*\.\s*)?\"?\w+\"?)\s*\(", re.IGNORECASE
)


def _made_by_code(evidence: Evidence) -> Iterator[Found]:
    """Yield one problem where the code creates tables that are no part of the schema."""
    known = {name.name.lower() for name in (*evidence.defined.tables, *evidence.platform.tables)}
    made: dict[str, Query] = {}
    for query in evidence.queries:
        if query.kind == "sql" and not query.test and query.certain:
            for written in _MADE.findall(query.text or ""):
                name = written.replace('"', "").rpartition(".")[2].strip()
                if name.lower() not in known:
                    made.setdefault(name, query)
    if not made:
        return
    place = next(iter(made.values())).place
    few = ", ".join(list(made)[:_FEW]) + (f" and {len(made) - _FEW} more" if len(made) > _FEW else "")
    what = "a table that the migrations lack" if len(made) == 1 else f"{len(made)} tables that the migrations lack"
    reason = f"the code itself creates {what} ({few}): what it asks of them is held against nothing"
    yield place.path, Problem("unsupported", place.start, place.end, reason), "code"


def _of_unseen(evidence: Evidence) -> Iterator[Found]:
    """Yield one problem for each reason why relations may exist that nothing which is read makes, at the first place
    that names one."""
    named: dict[str, list[tuple[Place, str]]] = {}
    for binding in evidence.bindings if evidence.unseen else ():
        asked = [(one.place, one.target) for one in binding.references if _is_left_open(one)]
        if binding.table is not None and binding.table.outcome == "undecidable" and binding.query.kind != "model":
            asked.append((binding.query.place, binding.table.name))
        for place, name in asked if not binding.query.test else ():
            made = [one.reason for one in evidence.unseen if name is not None and one.may_make(name.name)]
            if name is not None and made:
                named.setdefault(made[0], []).append((place, name.name))
    for reason, found in sorted(named.items()):
        place = min(place for place, _ in found)
        names = sorted({name for _, name in found})
        shown = ", ".join(names[:_FEW]) + (f" and {len(names) - _FEW} more" if len(names) > _FEW else "")
        of = "names" if len(found) == 1 else f"one of {len(found)} places that name"
        said = f"{of} {shown}, which nothing that is read creates ({reason}): held against nothing"
        yield place.path, Problem("unresolved", place.start, place.end, said), "code"


def _of_changed(evidence: Evidence) -> Iterator[Found]:
    """Yield one problem for each reason why tables may have columns that nothing which is read gives them, at the first
    place that names one."""
    reasons = {opaque.reason for opaque in evidence.opaque} | {unseen.reason for unseen in evidence.unseen}
    named: dict[str, list[tuple[Place, str]]] = {}
    for binding in evidence.bindings if reasons else ():
        columns = [(of.place, of.table.name, of.column, of.outcome, of.reason) for of in binding.columns]
        for one in binding.references if binding.query.opened != "relations" else ():
            if one.kind == "column" and one.target is not None:
                name = one.column or one.written.rpartition(".")[2]
                columns.append((one.place, one.target, name, one.outcome, one.reason))
        for place, table, column, outcome, why in columns if not binding.query.test else ():
            if outcome == "undecidable" and why is not None and why in reasons:
                named.setdefault(why, []).append((place, f"{table.name}.{column}"))
    for reason, found in sorted(named.items()):
        place = min(place for place, _ in found)
        names = sorted({name for _, name in found})
        shown = ", ".join(names[:_FEW]) + (f" and {len(names) - _FEW} more" if len(names) > _FEW else "")
        what = "a column" if len(names) == 1 else "columns"
        of = "names" if len(found) == 1 else f"one of {len(found)} places that name"
        said = f"{of} {what} that nothing which is read creates ({shown}; {reason}): held against nothing"
        yield place.path, Problem("unresolved", place.start, place.end, said), "code"


def _is_left_open(reference: SqlReference) -> bool:
    return reference.kind == "relation" and reference.outcome == "undecidable" and reference.reason != OF_OTHERS


def _of_others(evidence: Evidence) -> Iterator[Found]:
    """Yield one problem for each schema that SQL names relations of and that nothing which is read fills."""
    named: dict[str, list[tuple[SqlReference, Witness]]] = {}
    references: list[tuple[SqlReference, Witness]] = []
    for body in evidence.bodies:
        references += [(reference, "migrations") for reference in body.references]
    for binding in evidence.bindings:
        if not binding.query.test:
            references += [(reference, "code") for reference in binding.references]
    for reference, witness in references:
        if reference.kind == "relation" and reference.reason == OF_OTHERS and reference.target is not None:
            named.setdefault(reference.target.schema, []).append((reference, witness))
    for schema, found in sorted(named.items()):
        names = sorted({reference.target.name for reference, _ in found if reference.target is not None})
        shown = ", ".join(names[:3]) + (f" and {len(names) - 3} more" if len(names) > 3 else "")
        first, witness = min(found, key=lambda entry: (entry[0].place.path, entry[0].place.start))
        of = "names" if len(found) == 1 else f"one of {len(found)} places that name"
        tables = evidence.defined.tables
        same = [s for s in sorted({t.schema for t in tables}) if all(Name(s, n) in tables for n in names)]
        reason = f"{of} relations of the schema {schema} ({shown}), in which nothing that is read creates any"
        reason += f" ({same[0]} has relations of the same names)" if same else ""
        reason += ": they are held against nothing"
        yield first.place.path, Problem("unresolved", first.place.start, first.place.end, reason), witness
