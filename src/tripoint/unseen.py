"""Names of what is made where folding can't see it: at run time, by statements not understood, by other files."""

from __future__ import annotations

from tripoint.bind.sql import made_in, made_later
from tripoint.model.evidence import Evidence, Unseen
from tripoint.model.place import Place
from tripoint.model.regex import regex
from tripoint.project import Project
from tripoint.sources.code.prefilter import identifier_words
from tripoint.sources.discover import DatabaseFiles
from tripoint.sql.facts import SqlFacts

__all__ = ["made_unseen", "unseen_names"]

_DJANGO_APP = regex(r"(?:^|/)([^/]+)/migrations/\d{4}_\w+\.py$")
_NAMING_LITERAL = regex(rb"['\"](?:\w+\.)?([A-Za-z_]\w{3,62})['\"]")
_LONG = 20_000
"""Bytes of a statement beyond which the literals in it say little of what it makes."""


def unseen_names(files: DatabaseFiles, project: Project, evidence: Evidence) -> tuple[Unseen, ...]:
    """Return the names of what is made where it can't be folded: by functions at run time, by migrations in code."""
    later: set[str] = set()
    for overloads in evidence.defined.functions.values():
        for function in overloads:
            later |= made_later(function.body or "")
    found = [Unseen("a function makes one of that name when it is called", frozenset(later))] if later else []
    literals: set[str] = set()
    in_code = {file.path for file in evidence.database.migrations if file.program}
    for place in (opaque.place for opaque in evidence.opaque if opaque.may_touch is None):
        if place.path in in_code:  # what it names may stand anywhere in the file
            literals |= identifier_words(project.read(place.path) or b"")
        elif place.end - place.start < _LONG:
            written = (project.read(place.path) or b"")[place.start : place.end]
            literals |= {f"{name.decode('ascii').lower()}*" for name in _NAMING_LITERAL.findall(written)}
    if any(opaque.anything for opaque in evidence.opaque):
        literals.add("*")
    if literals:
        found.append(Unseen("a statement whose effect can't be told names it", frozenset(literals)))
    words: set[str] = set()
    for path in files.code_migrations if evidence.held is None else ():
        words |= identifier_words(project.read(path) or b"")
        app = _DJANGO_APP.search(path)
        if app is not None:
            # Django names a table after its app and its model, and brings tables of its own along.
            words |= {f"{app[1]}_*", "auth_*", "django_*"}
    if words:
        found.append(Unseen("a migration in code, which is not read, may make it", frozenset(words)))
    defined = {name.name for name in (*evidence.defined.tables, *evidence.defined.functions)}
    for path, dialect in files.foreign.items():
        made = made_in((project.read(path) or b"").decode("utf-8", "replace")) - defined
        found.append(Unseen(f"{path}, which defines a database of {dialect}, creates it", frozenset(made)))
    for path, names in _made_by_named_files(files, project, evidence).items():
        found.append(Unseen(f"{path}, which the code names, creates it", names))
    return tuple(found)


def _made_by_named_files(files: DatabaseFiles, project: Project, evidence: Evidence) -> dict[str, frozenset[str]]:
    """Return what SQL makes that no runner applies, but that code names as a file and so may run itself, by path.

    What the migrations define is known from them, and stays so.
    """
    defined = {name.name for name in (*evidence.defined.tables, *evidence.defined.functions)}
    stems = {path: path.rpartition("/")[2].rpartition(".")[0] for path in files.loose}
    wanted = {stem for stem in stems.values() if "_" in stem}
    named: set[str] = set()
    for file in files.code if wanted else ():
        if not file.test and file.path in project.facts:
            named |= wanted.intersection(project.facts[file.path].words)
    made: dict[str, frozenset[str]] = {}
    for path, stem in stems.items():
        if stem in named:
            text = (project.read(path) or b"").decode("utf-8", "replace")
            made[path] = frozenset(made_in(text) - defined)
    return made


def made_unseen(evidence: Evidence, project: Project) -> set[str]:
    """Return the names of what statements make that were not understood, or files beside the migrations that no runner
    lists.
    """
    made: set[str] = set()
    unclear: dict[str, list[Place]] = {}
    for opaque in evidence.opaque:
        unclear.setdefault(opaque.place.path, []).append(opaque.place)
    folder = evidence.database.migrations_root
    for path, facts in project.facts.items():
        for statement in facts.statements if isinstance(facts, SqlFacts) else ():
            places = unclear.get(path, ())
            if statement.recovered or any(statement.start <= p.start and p.end <= statement.end for p in places):
                made |= made_in(statement.text)
    for path in project.paths:
        if folder and path.startswith(f"{folder}/") and path.endswith(".sql") and path not in project.facts:
            made |= made_in((project.read(path) or b"").decode("utf-8", "replace"))
    return made
