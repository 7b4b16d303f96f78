"""The readers of untrusted bytes: how each is called, what must hold of its outcome, and the words of its grammar.

A reader here is a function of bytes that raises where the product would have raised, or where an invariant is broken.
The words (`words/`) are what a generator strings together, so that it gets past a grammar's first branches.
"""

from __future__ import annotations

import ast
import atexit
import subprocess
import tempfile
import zlib
from collections.abc import Callable, Iterable, Iterator, Mapping
from functools import cache, partial
from pathlib import Path
from typing import Any, get_args
from unittest.mock import patch

from msgspec import Struct, convert

from fuzz import rows
from fuzz.mutate import damaged
from fuzz.programs import LANGUAGES, program
from tripoint.audit import AuditError, Options, audit
from tripoint.commands.auditing import Lines
from tripoint.config import ConfigError, parse_config, read_config
from tripoint.formats import FORMATS, RenderOptions
from tripoint.model.place import Place, Problem
from tripoint.model.proof import Access
from tripoint.model.text import legible
from tripoint.proof.record import Recorded, RecordError, changes, read_record, write_record
from tripoint.reading import Kind, read_one
from tripoint.reading.kinds import PROGRAMS, decode, encode
from tripoint.rules import names_of_rules
from tripoint.sources.code.facts import CodeFacts
from tripoint.sources.code.fold import fold_queries
from tripoint.sources.code.postgrest import HOLE, parse_select
from tripoint.sources.code.postgrest_terms import parse_column, parse_filter_list, parse_order
from tripoint.sources.code.read import read_code
from tripoint.sources.database.live import Live
from tripoint.sources.database.read import catalog_of
from tripoint.sources.database.rows import CatalogUnreadable
from tripoint.sources.layouts.yaml_subset import read_yaml
from tripoint.sources.orm.prisma import read_prisma
from tripoint.suppress.baseline import BaselineError, read_baseline, write_baseline
from tripoint.suppress.ignores import find_ignores
from tripoint.tree import OverlayTree, WorkTree
from tripoint.tree.history import parse_hunks

__all__ = ["READERS", "ROOT", "Reader", "reader_named", "seeds", "words_of"]

ROOT = Path(__file__).parents[2]
_WORDS = Path(__file__).with_name("words")
_SEED_BYTES = 8192
_PROGRAMS = 50
_SEEDS = 400
"""More seeds of one reader teach a fuzzer nothing."""


class Reader(Struct, frozen=True):
    """One reader of untrusted bytes."""

    name: str
    read: Callable[[bytes], None]
    words: tuple[str, ...]
    """The names of its lists of words."""
    modules: tuple[str, ...]
    """Where it stands, below the package: the branches of these files are counted."""
    suffixes: tuple[str, ...] = ()
    """The files of the tests and the example that are seeds."""
    tests: tuple[str, ...] = ()
    """The tests, below their folder, whose texts are seeds."""


def reader_named(name: str) -> Reader:
    """Return the reader of that name; raise KeyError."""
    return {reader.name: reader for reader in READERS}[name]


@cache
def words_of(reader: Reader) -> tuple[bytes, ...]:
    """Return the fragments that the reader's inputs are made of; a line of the lists is one, with Python's escapes."""
    found: dict[bytes, None] = {}
    for name in reader.words:
        for line in (_WORDS / f"{name}.txt").read_text("utf-8").splitlines():
            if line:
                text = line.encode("latin-1", "backslashreplace").decode("unicode_escape")
                found.setdefault(text.encode("utf-8", "surrogatepass"))
    return tuple(found)


def seeds(reader: Reader) -> Iterator[bytes]:
    """Yield whole inputs: the files of the tests and of the example that this reader would be given."""
    tracked = subprocess.run(["git", "ls-files", "-z", "tests", "examples", "docs"], cwd=ROOT, capture_output=True)
    count = 0
    for name in sorted(tracked.stdout.decode().split("\0")):
        path = ROOT / name
        wanted = path.is_file() and path.name.endswith(reader.suffixes or ("no file",))
        if wanted and count < _SEEDS and path.stat().st_size <= _SEED_BYTES:
            count += 1
            yield path.read_bytes()
    for pattern in reader.tests:
        for path in sorted((ROOT / "tests").glob(pattern)):
            yield from _texts(path)
    for language in LANGUAGES:
        if language.suffix == f".{reader.name.removeprefix('queries-')}":
            yield from (program(language, seed).encode() for seed in range(_PROGRAMS))
    yield from words_of(reader)


@cache
def _texts(path: Path) -> tuple[bytes, ...]:
    """Return the longer texts that stand in a test."""
    found = [
        node.value
        for node in ast.walk(ast.parse(path.read_text("utf-8")))
        if isinstance(node, ast.Constant)
        and isinstance(node.value, str | bytes)
        and 8 <= len(node.value) <= _SEED_BYTES
    ]
    return tuple({text if isinstance(text, bytes) else text.encode("utf-8", "surrogatepass"): None for text in found})


# ---- what is read, and what must hold


def _programs(data: bytes) -> None:
    """Read a migration as each of the runners in JavaScript would have it."""
    for kind in sorted(PROGRAMS):
        _facts(kind, ".ts", data)


def _facts(kind: Kind, suffix: str, data: bytes) -> None:
    """Read a file as an audit does; what is kept of it is what was read."""
    facts = read_one(kind, suffix, data)
    _check_no_fault(facts.problems)
    try:
        kept = encode(kind, facts)
    except ValueError as error:
        if str(error) != "nested too deep":  # which the worker says of the file
            raise
        return
    assert decode(kind, kept) == facts
    _check_places(facts, max(len(data), len(legible(data))))


def _check_no_fault(problems: Iterable[Problem]) -> None:
    """Hold that no fault of the reader's own was turned into a notice: an audit would go on, with the file lost."""
    faults = [problem for problem in problems if problem.kind == "internal" or "internal error" in problem.reason]
    assert not faults, faults


@cache
def _fields(kind: Any) -> tuple[bool, tuple[str, ...]]:
    """Return whether a part of the facts says where in the file it stands, and what it consists of."""
    names = getattr(kind, "__struct_fields__", ())
    return "start" in names and "end" in names, names


def _check_places(facts: Any, size: int) -> None:
    """Hold every part of the facts that says where in the file it stands against the file."""
    rest = [facts]
    while rest:
        part = rest.pop()
        kind: Any = type(part)
        if kind is tuple:
            rest += part
        elif kind is not str and kind is not int:
            placed, names = _fields(kind)
            if placed:
                assert 0 <= part.start <= part.end <= size, part
            rest += [getattr(part, name) for name in names]


def _followed(suffix: str, data: bytes) -> None:
    """Follow the names of a program, its parts between form feeds as its files, to the queries that it sends."""
    parts = (_HEADS[suffix] + data).split(b"\f")[:3]
    files = {f"src/{name}{suffix}": part for name, part in zip("abc", parts, strict=False)}

    def load(paths: Iterable[str]) -> dict[str, CodeFacts]:
        return {path: read_code(files[path], suffix, full=True) for path in paths if path in files}

    facts = {path: read_code(part, suffix) for path, part in files.items()}
    folded = fold_queries(facts, load, files, lambda path: None)
    sizes = {path: len(legible(part)) for path, part in files.items()}
    for query in folded.queries:
        _check_places(query, max(sizes.values()))
    _check_no_fault(problem for _, problem in folded.problems)
    for path, problem in folded.problems:
        assert 0 <= problem.start <= problem.end <= sizes[path], problem


def _kept(data: bytes) -> None:
    """Decode an entry of the cache: facts, or a ValueError."""
    for kind in get_args(Kind):
        try:
            facts = decode(kind, data)
        except ValueError:
            continue
        assert encode(kind, facts)


def _select(data: bytes) -> None:
    text = data.decode("utf-8", "replace")

    def locate(start: int, end: int) -> Place:
        assert 0 <= start <= end <= len(text)
        return Place("a.ts", start, end)

    select = parse_select(text, locate)
    assert select.refused is None or HOLE not in text
    parse_filter_list(text, locate)
    parse_order(text, locate)
    parse_column(text, locate)


def _config(data: bytes) -> None:
    for path in ("tripoint.toml", "pyproject.toml"):
        try:
            parse_config(data, path, names_of_rules())
        except ConfigError:
            continue


def _baseline(data: bytes) -> None:
    try:
        baseline = read_baseline(data)
    except BaselineError:
        return
    assert read_baseline(write_baseline(baseline).encode()) == baseline


def _record(data: bytes) -> None:
    try:
        recorded = read_record(data)
    except RecordError:
        return
    for place in recorded.places.values():
        assert 0 <= place.start <= place.end <= len(data)
    access = []
    for (database, table, role, operation, told), outcome in recorded.outcomes.items():
        rows, where, state = told.partition(" where ")
        given = {"database": database, "table": table, "role": role, "operation": operation, "rows": rows}
        access.append(convert({**given, "outcome": outcome, "where": state if where else None}, Access))
    assert read_record(write_record(access).encode()).outcomes == recorded.outcomes
    assert not changes(recorded, access)
    changes(recorded, access[1:])
    changes(Recorded({}, {}), access)


def _prisma(data: bytes) -> None:
    facts = read_prisma({"a": data})["a"]
    _check_no_fault(facts.problems)
    for problem in facts.problems:
        assert 0 <= problem.start <= problem.end <= len(data)


def _yaml(data: bytes) -> None:
    read_yaml(data.decode("utf-8", "replace"))


def _ignores(data: bytes) -> None:
    for path in ("a.sql", "a.ts", "a.py", "a.md", "a.vue", "a.mmd", "a.dbml"):
        for ignore in find_ignores(path, data):
            assert 0 <= ignore.place.start <= ignore.place.end <= len(data)


def _history(data: bytes) -> None:
    for hunk in parse_hunks(data):
        assert hunk.path


_KEEP = b"import { createClient } from '@supabase/supabase-js'\nconst supabase = createClient('u', 'k')\n"
_HEADS = {
    ".ts": _KEEP,
    ".py": b"from supabase import create_client\nsupabase = create_client(u, k)\n",
    ".dart": b"import 'package:supabase_flutter/supabase_flutter.dart';\nfinal supabase = Supabase.instance.client;\n",
    ".swift": b"import Supabase\nlet supabase = SupabaseClient(supabaseURL: u, supabaseKey: k)\n",
    ".kt": b"import io.github.jan.supabase.postgrest.from\n"
    b"val supabase = createSupabaseClient(u, k) { install(Postgrest) }\n",
    ".go": b'package main\nimport "github.com/supabase-community/supabase-go"\n'
    b"var supabase, _ = supa.NewClient(u, k, nil)\n",
    ".rs": b"use postgrest::Postgrest;\n",
}
"""How a program begins, that its names are a client's."""


@cache
def _nothing() -> WorkTree:
    folder = tempfile.TemporaryDirectory()
    atexit.register(folder.cleanup)
    return WorkTree(folder.name)


_PARTS = (
    "supabase/migrations/20260101000000_start.sql",
    "docs/data-model.md",
    "src/main.ts",
    "src/main.py",
    "supabase/migrations/20260102000000_more.sql",
)


def _project(data: bytes) -> None:
    """Audit a project whose files are the parts between form feeds, and render it in every format."""
    files = dict(zip(_PARTS, data.split(b"\f"), strict=False))
    if _PARTS[2] in files:
        files[_PARTS[2]] = _KEEP + files[_PARTS[2]]
    _audited(files, Options())


def _damaged(data: bytes) -> None:
    """Audit one of the projects of the tests, damaged as these bytes say; some beside a dump that is damaged too."""
    number = zlib.crc32(data)
    files = damaged(number)
    options = Options()
    if number % 4 == 0:
        other = damaged(number // 4 * 4 + 1 if number % 8 else number)
        dump = Path(_nothing().root) / "dump.sql"
        dump.write_bytes(b"\n".join(text for path, text in sorted(other.items()) if path.endswith(".sql")))
        options = Options(live=True, database_url=str(dump))
    _audited(files, options)


def _rows(data: bytes) -> None:
    """Audit a project beside a live database whose server lies about its catalog as these bytes say."""
    try:
        catalog = catalog_of(rows.damaged(rows.answers(), data[:64]))
    except CatalogUnreadable:
        return
    if zlib.crc32(data) % 20:  # an audit takes as long as reading forty catalogs
        return
    with patch("tripoint.held.read_live", lambda url: Live(catalog, "local:5432/x", "18")):
        _audited({_PARTS[0]: rows.SQL.encode()}, Options(live=True))


def _audited(files: Mapping[str, bytes], options: Options) -> None:
    tree = OverlayTree(_nothing(), files)
    try:
        found = audit(tree, read_config(tree, names_of_rules()), options)
    except (AuditError, ConfigError):
        return
    faults = [notice for notice in found.notices if notice.kind == "internal"]
    assert not faults, faults
    if len(found.findings) % 3 == 0:  # rendering takes as long as auditing
        shown = RenderOptions(verbose=True, read_line=Lines(tree))
        for format_ in FORMATS:
            format_.render(found, shown).encode("utf-8", "backslashreplace")


_CODE = tuple(f"sources/code/{module}.py" for module in ("contexts", "guards", "prefilter", "read"))
_SYNTAX = (*_CODE, "sources/code/syntax.py")
_SQL = tuple(f"sql/{module}.py" for module in ("grammar", "lexer", "read", "split", "template"))


def _code(suffix: str, words: tuple[str, ...], *modules: str) -> Reader:
    own = tuple(f"sources/code/{module}.py" for module in modules)
    language = f"code_languages/*{modules[0]}*.py"
    shared = _CODE if "typescript" in words else _SYNTAX
    tests = (language, "code_languages/written.py", "code_languages/test_sql_in_code.py", "code/*.py")
    return Reader(suffix[1:], partial(_facts, "code-full", suffix), words, (*own, *shared), (suffix,), tests)


def _queries(suffix: str, language: str) -> Reader:
    modules = (
        "fold",
        "follow",
        "scene",
        "reaching",
        "urls",
        "spelled",
        "expand",
        "calls",
        "classify",
        "models",
        "types",
    )
    tests = ("code_languages/test_blocks.py", "code/test_requests_by_address.py", "code/test_model_payloads.py")
    own = (f"code_languages/*{language}*.py",) if language != "typescript" else ("code/*quer*.py", "code/*names.py")
    read = partial(_followed, suffix)
    words = (language, "requests", "branches")
    return Reader(
        f"queries-{suffix[1:]}", read, words, tuple(f"sources/code/{m}.py" for m in modules), (), (*tests, *own)
    )


_TYPESCRIPT = ("typescript", "typescript_names", "typescript_values")

READERS: tuple[Reader, ...] = (
    Reader(
        "sql",
        partial(_facts, "sql", ".sql"),
        ("sql",),
        _SQL,
        (".sql",),
        ("sql/*.py", "migrations/*.py", "bind/*.py"),
    ),
    *(
        Reader(
            name,
            partial(_facts, "document", f".{name}"),
            ("document", "sql"),
            ("sources/documents/",),
            suffixes,
            ("documents/*.py",),
        )
        for name, suffixes in (("md", (".md",)), ("mmd", (".mmd", ".mermaid")), ("dbml", (".dbml",)))
    ),
    _code(".ts", ("typescript",), *_TYPESCRIPT),
    _code(".tsx", ("typescript",), *_TYPESCRIPT),
    _code(".js", ("typescript",), *_TYPESCRIPT),
    _code(".vue", ("embedded", "typescript"), "embedded", *_TYPESCRIPT),
    _code(".svelte", ("embedded", "typescript"), "embedded", *_TYPESCRIPT),
    _code(".astro", ("embedded", "typescript"), "embedded", *_TYPESCRIPT),
    _code(".py", ("python",), "python"),
    _code(".dart", ("dart",), "dart", "dart_values"),
    _code(".swift", ("swift",), "swift"),
    _code(".kt", ("kotlin",), "kotlin", "kotlin_values"),
    _code(".go", ("go",), "go"),
    Reader(
        "rs",
        partial(_facts, "code-full", ".rs"),
        ("rust",),
        ("sources/code/rust.py",),
        (".rs",),
        ("code_languages/test_rust_reader.py", "code_languages/written.py"),
    ),
    Reader(
        "alembic",
        partial(_facts, "alembic", ".py"),
        ("alembic",),
        ("sources/alembic/",),
        ("_first.py", "_second.py", "_branch.py", "_merge.py"),
        ("alembic/*.py",),
    ),
    Reader(
        "programs",
        _programs,
        ("programs", "typescript"),
        ("sources/programs/",),
        (),
        ("programs/*.py",),
    ),
    Reader(
        "types",
        partial(_facts, "types", ".ts"),
        ("types",),
        ("sources/code/generated.py",),
        ("types.ts",),
        ("code/*types*.py",),
    ),
    Reader(
        "queries",
        partial(_facts, "queries", ".sql"),
        ("queries", "sql"),
        ("sources/code/queryfiles.py",),
        (".sql",),
        ("code_languages/*query*.py",),
    ),
    Reader(
        "select",
        _select,
        ("select",),
        ("sources/code/postgrest.py", "sources/code/postgrest_terms.py"),
        (),
        ("code/*postgrest*.py",),
    ),
    Reader("prisma", _prisma, ("prisma",), ("sources/orm/prisma.py",), (".prisma",), ("orm/*.py",)),
    Reader("config", _config, ("config",), ("config.py",), (".toml",), ("config/*.py",)),
    Reader("baseline", _baseline, ("baseline",), ("suppress/baseline.py",), (".json",), ("suppress/*.py",)),
    Reader("record", _record, ("record",), ("proof/record.py",), ("access.toml",), ("proof/*record*.py",)),
    Reader("yaml", _yaml, ("yaml",), ("sources/layouts/yaml_subset.py",), (".yaml", ".yml"), ("discover/*.py",)),
    Reader("ignores", _ignores, ("ignores", "sql"), ("suppress/ignores.py",), (), ("suppress/*.py",)),
    *(
        _queries(suffix, language)
        for suffix, language in (
            (".ts", "typescript"),
            (".py", "python"),
            (".dart", "dart"),
            (".swift", "swift"),
            (".kt", "kotlin"),
            (".go", "go"),
            (".rs", "rust"),
        )
    ),
    Reader("cache", _kept, ("baseline",), ("reading/kinds.py",)),
    Reader("history", _history, ("git",), ("tree/history.py",), (), ("tree/*.py", "resolve/*.py")),
    Reader("rows", _rows, ("rows",), ("sources/database/read.py", "sources/database/rows.py")),
    Reader("project", _project, ("sql", "document", "typescript", "python"), ("",), (".sql",)),
    Reader("damaged", _damaged, ("rows",), ("",)),
)
