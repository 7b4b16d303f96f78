"""A migration that needs what only a later migration creates.

**What it finds.** A statement that names a table, a column, a type, a function or a sequence before the statement that
creates it, or the extension that brings it, in the order in which the runner applies the files: in a policy, a view, a
trigger, a check, a default or an index, as the type of a column or an argument, as what is granted, altered or called,
and as where rows are written. So do bodies of functions in SQL, unless the file sets `check_function_bodies` off, and
the types of variables in PL/pgSQL: what else such a body names is looked up when it runs. Of a block, what it runs on
a database that is built from the files.

Where a file needs more than three of them too early, its place is the cause, and one finding tells of them all. So does
one where more than three files need what a later file creates: then that one's place is the cause.

**Why it matters.** On a database that is built from the files the statement fails (`42P01`, `42703`, `42704`, `42883`).
It went unnoticed where the table already existed, or where the files were renumbered after they were applied. It is
*low* where the migrations do not hold the database's beginning, which may have the table: `missing-baseline` says so
once.

**How to mend it.** Move the statement behind the creation, or the creation before it.
"""

from __future__ import annotations

from bisect import bisect_left
from collections import defaultdict
from collections.abc import Iterable, Iterator

from tripoint.model.binding import BodyBinding, SqlReference
from tripoint.model.catalog import Column
from tripoint.model.evidence import Evidence, Reference
from tripoint.model.fault import Fault, Mark, Rule, Severity
from tripoint.model.name import Name
from tripoint.model.place import Place
from tripoint.model.words import counted, listed
from tripoint.rules._baseline import NO_BEGINNING, baseline_is_missing
from tripoint.rules._shared import file_name

_FEW = 3
"""How many tables a file may need too early before they are told at once: its place has one cause. And how many files
may need those of a later file before that one's place is it."""

_CHECKED_AT_ONCE = frozenset({"policy", "view", "trigger", "check", "index"})
"""What PostgreSQL looks up when it is created."""

_NOUNS = {
    "relation": "tables",
    "function": "functions",
    "type": "types",
    "sequence": "sequences",
    "column": "columns",
    "extension": "extensions",
}
_Cause = tuple[str, Severity | None, str | None]


def check(evidence: Evidence) -> Iterator[Fault]:
    """Yield one fault for each migration and what it needs too early; one for all of one that needs many."""
    early: dict[tuple[str, str], list[Reference]] = defaultdict(list)
    for reference in (*evidence.references, *_made_for_sure_after(evidence)):
        if reference.created_later is not None and reference.statement != "drop":
            early[reference.place.path, reference.table].append(reference)
    older = bool(early) and baseline_is_missing(evidence)
    loose = {file.path for file in evidence.database.migrations if file.layout == "numbered"}
    found: dict[_Cause, list[list[Reference]]] = defaultdict(list)
    for (path, _), references in sorted(early.items()):
        later = references[0].created_later
        assert later is not None
        if later.path != path and _unordered(evidence, path, later.path):
            continue
        declared = later.path != path and evidence.database.definition == "declarative"
        guessed = later.path != path and {path, later.path} <= loose
        severity: Severity | None = "medium" if declared or guessed else None
        reason = "the order of schema files is a setting" if declared else None
        if guessed and reason is None:
            reason = "no runner of migrations is known that applies them in the order of their numbers"
        if older:
            severity, reason = "low", NO_BEGINNING
        found[path, severity, reason].append(references)
    for (maker, severity, reason), groups in _made_late(found).items():
        yield _late(maker, groups, severity, reason)
    for (path, severity, reason), groups in found.items():
        for group in [groups] if len(groups) > _FEW else [[references] for references in groups]:
            if group:
                yield _fault(path, group, severity, reason)


def _made_for_sure_after(evidence: Evidence) -> Iterator[Reference]:
    """Yield what else statements need before it is made for the first time.

    What may be made by a statement before them that can't be read is left out.
    """
    order = {file.path: number for number, file in enumerate(evidence.database.migrations)}
    unread: dict[str | None, tuple[int, int]] = {}
    """From where on something may be made; None stands for whatever it is."""
    for opaque in evidence.opaque:
        if opaque.place.path in order:
            at = (order[opaque.place.path], opaque.place.start)
            for bare in (None,) if opaque.may_touch is None else opaque.may_touch:
                unread[bare] = min(at, unread.get(bare, at))
    for reference in (*_but_for_bodies(evidence), *_named_before(evidence)):
        made = reference.created_later
        if made is not None and reference.place.path in order and made.path in order:
            at = (order[reference.place.path], reference.place.start)
            bare = reference.table.split(".")[-1 if reference.needed == "extension" else 1].removesuffix("()")
            if at < (order[made.path], made.start) and not (unread.get(None, at) < at or unread.get(bare, at) < at):
                yield reference


def _but_for_bodies(evidence: Evidence) -> Iterator[Reference]:
    """Yield what statements need, but for the relations of what is still there at the end, whose names are bound."""
    starts: dict[str, list[int]] = defaultdict(list)
    for body in evidence.bodies:
        starts[body.place.path].append(body.place.start)
    for there in starts.values():
        there.sort()
    for reference in evidence.early:
        place = reference.place
        there = starts[place.path] if reference.needed == "relation" and place.path in starts else []
        if bisect_left(there, place.start) == bisect_left(there, place.end):
            yield reference


def _named_before(evidence: Evidence) -> Iterator[Reference]:
    """Yield each relation, function and column that must be there when something is created, with the first place in
    the statement that names it, and where it is made."""
    renamed = {new for _, new, _ in evidence.renames}
    for body in evidence.bodies:
        named: dict[str, Reference] = {}
        for one in _checked_at_once(body, evidence):
            if one.outcome != "bound" or one.guarded or one.target is None:
                continue
            if one.kind == "column" and (column := _column(one, evidence)) is not None:
                label = f"{one.target}.{column.name}"
                named.setdefault(label, Reference(label, one.place, "other", column.place, needed="column"))
            elif one.kind in ("relation", "function", "type") and not _is_the_platforms(one.target, evidence):
                label = f"{one.target}()" if one.kind == "function" else str(one.target)
                made = evidence.first_made.get(label)
                named.setdefault(label, Reference(label, one.place, "other", made, needed=one.kind))
        yield from (reference for label, reference in named.items() if label not in renamed)
    for table in evidence.defined.tables.values():
        for trigger in table.triggers.values():
            label = f"{trigger.function}()"
            if trigger.place is not None and not trigger.inherited and label not in renamed:
                made = evidence.first_made.get(label)
                if not _is_the_platforms(trigger.function, evidence):
                    yield Reference(label, trigger.place, "other", made, needed="function")


def _checked_at_once(body: BodyBinding, evidence: Evidence) -> Iterable[SqlReference]:
    """Return what PostgreSQL looks up of a body when it is created: of functions in SQL all, and in PL/pgSQL the types
    of the variables."""
    if body.kind != "function":
        return body.references if body.kind in _CHECKED_AT_ONCE and not body.handed else ()
    functions = evidence.defined.functions.get(body.name, ())
    function = next((one for one in functions if one.place == body.place and one.checked), None)
    if function is None:
        return ()
    return body.references if function.language == "sql" else (one for one in body.references if one.declares)


def _column(reference: SqlReference, evidence: Evidence) -> Column | None:
    """Return the column that is named, where it was added to a table after that one was created."""
    table = evidence.defined.tables.get(reference.target) if reference.target is not None else None
    column = table.columns.get(reference.column) if table is not None and reference.column is not None else None
    if table is None or column is None or column.place is None or table.place is None or column.inherited:
        return None
    within = table.extent or table.place
    inside = column.place.path == within.path and within.start <= column.place.start < within.end
    return None if inside else column


def _is_the_platforms(name: Name, evidence: Evidence) -> bool:
    """Whether the platform has it from the start, and the migrations make it anew."""
    return name in evidence.platform.functions or name in evidence.platform.tables


def _made_late(found: dict[_Cause, list[list[Reference]]]) -> dict[_Cause, list[list[Reference]]]:
    """Take from what was found what many files need of one later file, and return it by that file."""
    by_maker: dict[_Cause, list[list[Reference]]] = defaultdict(list)
    for (path, severity, reason), groups in found.items():
        for references in groups:
            later = references[0].created_later
            if later is not None and later.path != path:
                by_maker[later.path, severity, reason].append(references)
    late = {
        cause: groups
        for cause, groups in by_maker.items()
        if len({references[0].place.path for references in groups}) > _FEW
    }
    told = {id(references) for groups in late.values() for references in groups}
    for groups in found.values():
        groups[:] = [references for references in groups if id(references) not in told]
    return late


def _late(maker: str, groups: list[list[Reference]], severity: Severity | None, reason: str | None) -> Fault:
    """Return the fault of a file that many others need and that is applied after them."""
    references = [reference for group in groups for reference in group]
    files = {reference.place.path for reference in references}
    created = list(dict.fromkeys(group[0].table for group in groups))
    some = created[0] if len(created) == 1 else f"{len(created)} {_noun(groups)} ({listed(created, _FEW)})"
    return Fault(
        subject=file_name(maker),
        message=f"{len(files)} files need {some} ({counted(_statements(references), 'statement')}), which only "
        f"{file_name(maker)} creates, after them.",
        marks=_marks(references),
        severity=severity,
        severity_reason=reason,
        help="Give the file that creates them a version before those of the files that need them.",
    )


def _fault(path: str, groups: list[list[Reference]], severity: Severity | None, reason: str | None) -> Fault:
    """Return the fault of a file that needs tables, each with the references to it, too early."""
    references = [reference for group in groups for reference in group]
    makers = [*dict.fromkeys(later.path for group in groups if (later := group[0].created_later) is not None)]
    where = "only by later files" if len(makers) > 1 else f"only by {file_name(makers[0])}"
    if makers == [path]:
        where = "further down"
    tables = [group[0].table for group in groups]
    statements = _statements(references)
    need = "need" if statements > 1 else "needs"
    some = tables[0] if len(tables) == 1 else f"{len(tables)} {_noun(groups)} ({listed(tables, _FEW)})"
    return Fault(
        subject=file_name(path),
        message=f"{counted(statements, 'statement')} of {file_name(path)} {need} {some}, "
        f"which {'is' if len(tables) == 1 else 'are'} created {where}.",
        marks=_marks(references),
        severity=severity,
        severity_reason=reason,
        help=f"Move the statements behind those that create the {_noun(groups)}."
        if len(tables) > 1
        else f"Move the statement behind the one that creates the {_noun(groups)[:-1]}.",
    )


def _marks(references: list[Reference]) -> tuple[Mark, ...]:
    created = dict.fromkeys(one.created_later for one in references if one.created_later is not None)
    needed: dict[Place, list[str]] = defaultdict(list)
    for one in references:
        needed[one.place].append(one.table)
    return (
        *(Mark(place, "migrations", "primary", f"needs {listed(names, _FEW)}") for place, names in needed.items()),
        *(Mark(place, "migrations", "related", "created here") for place in created),
    )


def _statements(references: list[Reference]) -> int:
    """Return how many places need something, each of which stands in a statement of its own or is one."""
    return len({one.place for one in references})


def _noun(groups: list[list[Reference]]) -> str:
    """Return what they need, together."""
    kinds = {group[0].needed for group in groups}
    return "objects" if len(kinds) > 1 else _NOUNS[kinds.pop()]


def _unordered(evidence: Evidence, path: str, later: str) -> bool:
    """Whether nothing says in which order two files are applied.

    No runner lists them, they are of one day, or each belongs to a history of its own.
    """
    own, other = (
        max(
            (folder for folder in evidence.database.unordered if one.startswith(f"{folder}/".lstrip("/"))),
            key=len,
            default=None,
        )
        for one in (path, later)
    )
    if own is not None and own != other:
        return True
    files = {file.path: file for file in evidence.database.migrations if file.path in (path, later)}
    if path in files and files[path].layout in ("schema", "pieces"):
        return True
    same = path in files and later in files and files[path].version == files[later].version
    return same and all(file.layout == "numbered" for file in files.values())


RULE = Rule("out-of-order-reference", "migrations", "high", check, needs=("migrations",))
