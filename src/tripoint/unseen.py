"""Names of what is made where folding can't see it: at run time, by statements not understood, by other files."""

from __future__ import annotations

import re
from collections.abc import Iterable
from fnmatch import fnmatchcase

from tripoint.bind.sql import made_in, made_later
from tripoint.model.evidence import Evidence, Unseen
from tripoint.model.place import Place
from tripoint.model.regex import regex
from tripoint.project import Project
from tripoint.sources.code.prefilter import identifier_words
from tripoint.sources.discover import DatabaseFiles
from tripoint.sql.facts import SqlFacts

__all__ = ["made_beside", "made_unseen", "unseen_names"]

_DJANGO_APP = regex(r"(?:^|/)([^/]+)/migrations/\d{4}_\w+\.py$")
_NAMING_LITERAL = regex(rb"['\"](?:\w+\.)?([A-Za-z_]\w{3,62})['\"]")
_GIVEN_LITERAL = regex(rb"(?<!from\()(?<!table\()(?<!rpc\()['\"]([A-Za-z_]\w{3,62})['\"]")
"""A name that is not asked for in the same breath."""
_EMBEDDED = regex(rb"^//go:embed[ \t]+([^\n]*)", re.M)
_CREATE, _TABLE = frozenset({"CREATE", "create"}), frozenset({"TABLE", "table"})
_FILLED_IN = regex(
    rb"\bCREATE\s+(?:UNLOGGED\s+)?TABLE\s+(?:IF\s+NOT\s+EXISTS\s+)?\\?\"?"
    rb"(?:%(?:\[1\])?[sqvI]|\$?\{\{?\w*\}|[\"'`]\s*\+|\"\s*\.\s*\w)",
    re.I,
)
_EXECUTES = regex(
    r"""(?<!grant\ )(?<!grant\n)\bexecute\b(?!\s++(?:function|procedure|on|all)\b)\s*+
        (?P<composed>(?:'(?:[^']|'')*+'|[^;'])*+)""",
    re.VERBOSE,
)
"""What PL/pgSQL runs as a statement, up to its end; neither a trigger's function nor the privilege of that name."""
_COMMENT = regex(r"'(?:[^']|'')*+'|--[^\n]*+")
_NAMES_ITS_DEED = regex(r"^(?:(?:pg_catalog\s*+\.\s*+)?format\s*+\(\s*+)?(?:'|\$\w*+\$)\s*+[a-z]")
_ADDS = regex(
    r"""\b(?:add\s++(?!(?:constraint|primary|foreign|unique|check|exclude|table|value)\b)|rename\b|do\b
        |create\s++(?:\w++\s++){0,4}?(?:table|view|type)\b)""",
    re.VERBOSE,
)
_WORD = regex(r"\w+")
_LONG = 20_000
"""Bytes of a statement beyond which the literals in it say little of what it makes."""


def unseen_names(
    files: DatabaseFiles, project: Project, evidence: Evidence, words: frozenset[str] = frozenset()
) -> tuple[Unseen, ...]:
    """Return the names of what is made where it can't be folded: by functions at run time, by migrations in code, by
    the modules that these hand their means to, whose `words` are given."""
    later: set[str] = set()
    for overloads in evidence.defined.functions.values():
        for function in overloads:
            later |= made_later(function.body or "")
    found = [Unseen("a function makes one of that name when it is called", frozenset(later))] if later else []
    literals: set[str] = {*words}
    in_code = {file.path for file in evidence.database.migrations if file.program}
    for place in (opaque.place for opaque in evidence.opaque if opaque.may_touch is None):
        if place.path in in_code:  # what it names may stand anywhere in the file
            literals |= identifier_words(project.read(place.path) or b"")
            continue
        written = (project.read(place.path) or b"")[place.start : place.end]
        literals |= made_in(written.decode("utf-8", "replace"))
        if len(written) < _LONG:
            literals |= {f"{name.decode('ascii').lower()}*" for name in _NAMING_LITERAL.findall(written)}
    if any(opaque.anything for opaque in evidence.opaque):
        literals.add("*")
    if literals:
        found.append(Unseen("a statement whose effect can't be told names it", frozenset(literals)))
    spoken: set[str] = set()
    for path in files.code_migrations if evidence.held is None else ():
        spoken |= _spoken_of(project.read(path) or b"")
        app = _DJANGO_APP.search(path)
        if app is not None:
            # Django names a table after its app and its model, and brings tables of its own along.
            spoken |= {f"{app[1]}_*", "auth_*", "django_*"}
    if spoken:
        found.append(Unseen("a migration in code, which is not read, may make it", frozenset(spoken)))
    managed = _made_by_django(project, evidence)
    if managed:
        found.append(Unseen("a model of Django maps to it, which Django's own migrations make", managed))
    defined = {name.name for name in (*evidence.defined.tables, *evidence.defined.functions)}
    for path, dialect in files.foreign.items():
        made = made_in((project.read(path) or b"").decode("utf-8", "replace")) - defined
        found.append(Unseen(f"{path}, which defines a database of {dialect}, creates it", frozenset(made)))
    filled = _filled_in(files, project)
    if filled:
        found.append(Unseen("the code creates tables whose names it fills in, and has this one", filled))
    for path, names in _made_by_named_files(files, project, evidence).items():
        found.append(Unseen(f"{path}, which the code names, creates it", names))
    return tuple(found)


_HUMP = regex(r"(?<=[a-z0-9])(?=[A-Z])|(?<=[A-Z])(?=[A-Z][a-z])")
_BROUGHT = {
    "timestamps": ("created_at", "updated_at", "inserted_at"),
    "timestampsTz": ("created_at", "updated_at"),
    "softDeletes": ("deleted_at",),
    "rememberToken": ("remember_token",),
}
"""Columns that Rails, Ecto and Laravel make of one word."""


_RELATIONSHIP = regex(
    rb"\b(?:references|belongs_to|add_reference)\b(?:\s*\(?\s*:\w+,)?\s*\(?\s*:(\w+)"
    rb"|['\"](\w+)['\"],\s*(?:field\s*=\s*)?models\.(?:ForeignKey|OneToOneField)\b"
)
"""A relationship of Rails or Django, whose column has `_id` behind its name."""


def _spoken_of(text: bytes) -> set[str]:
    """Return what a migration in code may name: it writes `Author` or `AUTHOR` where the database has `author`."""
    words = identifier_words(text)
    small = {_HUMP.sub("_", word).lower() for word in words} | {word.lower() for word in words}
    brought = (name for word in _BROUGHT.keys() & words for name in _BROUGHT[word])
    keys = (f"{(one or other).decode('ascii', 'replace')}_id" for one, other in _RELATIONSHIP.findall(text))
    return {*words, *small, *keys, *brought}


_UNMANAGED = regex(rb"\bmanaged\s*=\s*False\b")


def _made_by_django(project: Project, evidence: Evidence) -> frozenset[str]:
    """Return the tables that nothing read makes, and that Django makes of models, unless they say that it does not."""
    known = {name.name for name in evidence.defined.tables}
    lacking: dict[str, set[str]] = {}
    for query in evidence.queries if evidence.held is None else ():
        if query.client == "django" and query.kind == "model" and query.name is not None and query.name not in known:
            lacking.setdefault(query.place.path, set()).add(query.name.lower())
    managing = (path for path in lacking if not _UNMANAGED.search(project.read(path) or b""))
    return frozenset().union(*(lacking[path] for path in managing))


def _filled_in(files: DatabaseFiles, project: Project) -> frozenset[str]:
    """Return what stands between quotes in files of code that create tables whose whole name is filled in."""
    names: set[str] = set()
    for file in files.code:
        facts = project.facts.get(file.path)
        if file.test or facts is None or not (facts.words.among(_CREATE) and facts.words.among(_TABLE)):
            continue
        text = project.read(file.path) or b""
        if _FILLED_IN.search(text) is not None:
            names.update(name.decode("ascii").lower() for name in _GIVEN_LITERAL.findall(text))
    return frozenset(names)


def _made_by_named_files(files: DatabaseFiles, project: Project, evidence: Evidence) -> dict[str, frozenset[str]]:
    """Return what SQL makes that no runner applies, but that code names as a file and so may run itself, by path.

    What the migrations define is known from them, and stays so.
    """
    defined = {name.name for name in (*evidence.defined.tables, *evidence.defined.functions)}
    stems = {path: path.rpartition("/")[2].rpartition(".")[0] for path in files.loose}
    wanted = set(stems.values())
    named: set[str] = set()
    embedded: set[str] = set()
    for file in files.code if wanted else ():
        if file.test or file.path not in project.facts:
            continue
        words = project.facts[file.path].words
        if file.language == "go" and "embed" in words:
            embedded |= _embedded(file.path, project.read(file.path) or b"", files.loose)
        mentioned = wanted.intersection(words) - named
        plain = {stem for stem in mentioned if "_" not in stem}  # such a word says little without its suffix
        text = (project.read(file.path) or b"") if plain else b""
        named |= mentioned - {stem for stem in plain if f"{stem}.sql".encode() not in text}
    made: dict[str, frozenset[str]] = {}
    for path, stem in stems.items():
        if stem in named or path in embedded:
            made[path] = frozenset(made_in((project.read(path) or b"").decode("utf-8", "replace")) - defined)
    return made


def _embedded(path: str, text: bytes, loose: Iterable[str]) -> set[str]:
    """Return the files of SQL that Go embeds into a program, by the patterns that its comments give."""
    folder = f"{path.rpartition('/')[0]}/".lstrip("/")
    given = b" ".join(_EMBEDDED.findall(text)).decode("utf-8", "replace").split()
    patterns = [pattern.strip('"`').removeprefix("all:") for pattern in given]
    below = {each: each[len(folder) :] for each in loose if each.startswith(folder)}
    return {
        each
        for each, name in below.items()
        if any(fnmatchcase(name, pattern) or name.startswith(f"{pattern}/") for pattern in patterns)
    }


def made_unseen(evidence: Evidence, project: Project) -> set[str]:
    """Return the names of what statements make that were not understood."""
    made: set[str] = set()
    unclear: dict[str, list[Place]] = {}
    for opaque in evidence.opaque:
        unclear.setdefault(opaque.place.path, []).append(opaque.place)
    for path, facts in project.facts.items():
        for statement in facts.statements if isinstance(facts, SqlFacts) else ():
            places = unclear.get(path, ())
            if statement.recovered or any(statement.start <= p.start and p.end <= statement.end for p in places):
                made |= made_in(statement.text)
    return made


def made_beside(evidence: Evidence, project: Project) -> dict[str, frozenset[str] | None]:
    """Return the names of what files beside the migrations make that no runner lists, each with all words of those
    files, since a column that they do not name is none that they add; None where SQL that is put together may.
    """
    made: dict[str, frozenset[str] | None] = {}
    folder = evidence.database.migrations_root
    for path in project.paths:
        if folder and path.startswith(f"{folder}/") and path.endswith(".sql") and path not in project.facts:
            text = (project.read(path) or b"").decode("utf-8", "replace").lower()
            words = None if _may_add_any(text) else frozenset(_WORD.findall(text))
            for name in made_in(text):
                before = made.get(name, frozenset())
                made[name] = None if words is None or before is None else before | words
    return made


def _may_add_any(text: str) -> bool:
    """Whether SQL, in lower case, may add a column that it does not name, by a statement that it puts together.

    One that says what it does at its beginning, such as `create index` or `alter table %I enable`, adds none.
    """
    said = _COMMENT.sub(lambda match: match[0] if match[0].startswith("'") else " ", text)
    for match in _EXECUTES.finditer(said):
        composed = match["composed"]
        if not _NAMES_ITS_DEED.search(composed) or _ADDS.search(composed):
            return True
    return False
