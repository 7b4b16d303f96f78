"""SQL in code: what the usual drivers are given, as text that PostgreSQL's grammar reads."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Mapping, Set

from msgspec.structs import replace

from tripoint.model.place import Place, Problem, ProblemKind
from tripoint.model.query import ASKED_FIRST, Operation, Query
from tripoint.model.regex import regex
from tripoint.sources.code.built import snake, with_names
from tripoint.sources.code.clients.drivers import METHODS, NUMBERING, SCRIPT_METHODS, TAGS, driver_of, names_a_driver
from tripoint.sources.code.copied import COPIES, copied
from tripoint.sources.code.facts import Chain, Choice, CodeFacts, Object, Ref, Step, Template, Text, Value
from tripoint.sources.code.formatted import composed
from tripoint.sources.code.gathered import gathered
from tripoint.sources.code.grown import grown
from tripoint.sources.code.inlined import inlined
from tripoint.sources.code.laid_out import SqlText, assemble, spaced
from tripoint.sources.code.modules import package_name
from tripoint.sources.code.packages import Reached
from tripoint.sources.code.placeholders import is_clickhouse, is_numbered, readable
from tripoint.sources.code.prefilter import SQL_START
from tripoint.sources.code.repaired import Opened, query_in_brackets, repaired
from tripoint.sources.code.scene import External, FileScene, Frame, Joined
from tripoint.sources.code.testcode import is_test_path
from tripoint.sources.code.wrappers import is_statement, names_a_wrapper, takes_jpql
from tripoint.sql.grammar import Refusal

__all__ = ["OPERATIONS", "sql_queries"]

OPERATIONS: Mapping[str, Operation] = {
    "SelectStmt": "select",
    "InsertStmt": "insert",
    "UpdateStmt": "update",
    "DeleteStmt": "delete",
    "MergeStmt": "upsert",
    "CallStmt": "call",
}
"""What the kinds of statements ask for."""
_PART_OF_A_NAME = regex(r"""'(?:[^']|'')*'|(?P<part>\w\$1|"[^"]*\$1[^"]*")|"[^"]*\"""", re.DOTALL)
"""A name that goes on at run time (`events_${year}`, `"${table}"`): PostgreSQL reads what stands there as a name."""
_ASKS = regex(
    r"\s*(?:--[^\n]*\n\s*|/\*(?:[^*]|\*(?!/))*\*/\s*)*\(?\s*(?:select|insert|update|delete|with|merge|call)\b",
    re.I | re.S,
)
"""How a statement begins that asks something of tables: what others are given at run time needs no word."""
_ASKS_FOR = regex(r"\b(?:table_?name\s*=\s*|to_regclass\s*\(\s*)'(?:public\.)?(\w+)'", re.I)
"""SQL that asks whether a table is there, of `information_schema.tables`, `pg_tables` or `to_regclass`."""
_HISTORY = regex(r"alembic\.op$|django\.db\.migrations$|yoyo\.step$")


def sql_queries(
    path: str,
    facts: CodeFacts,
    scene: FileScene,
    evaluate: Callable[[str, Value], Iterable[object]],
    strings: Callable[[str, Value, Frame | None], list[tuple[str, Value, Frame | None]]],
    packages: frozenset[str],
    own: frozenset[str],
    reached: Reached,
    wrappers: Set[str] = frozenset(),
) -> tuple[list[Query], list[tuple[str, Problem]], list[Place]]:
    """Return the SQL that a file gives to drivers of PostgreSQL, what of it can't be read, and the SQL of which nothing
    tells the driver.

    `evaluate` returns what a value stands for, `strings` the literals that it comes from; `packages` are all packages
    that the project imports, which decide where a receiver's own package is not known and those that the file itself
    imports (`own`; in Go the folder, which is one package) name no driver. Where those speak to several databases, the
    modules of the project that it imports say which is meant (`reached`). `wrappers` are the names of functions that
    hand their argument on to a driver.
    """
    return _Reader(path, facts, scene, evaluate, strings, packages, own, reached, wrappers).read()


_MOST = 40
"""Texts that a value may be beyond which it stands for no one."""
_PRISMA = "prisma"
_OF_PRISMA = frozenset(["$queryRaw", "$executeRaw", "$queryRawUnsafe", "$executeRawUnsafe"])
"""Methods that no other driver has."""


def _is_a_drivers(module: str) -> bool:
    return driver_of(package_name(module)) is not None


class _Reader:
    def __init__(
        self,
        path: str,
        facts: CodeFacts,
        scene: FileScene,
        evaluate: Callable[[str, Value], Iterable[object]],
        strings: Callable[[str, Value, Frame | None], list[tuple[str, Value, Frame | None]]],
        packages: frozenset[str],
        own: frozenset[str],
        reached: Reached,
        wrappers: Set[str],
    ) -> None:
        self._path = path
        self._facts = facts
        self._scene = scene
        self._evaluate = evaluate
        self._strings = strings
        # A file's own imports speak first; those of the project where it has none of a driver.
        self._label = names_a_driver(own) or (names_a_driver(packages) if not _rivals(own) else None)
        self._bound = {id(binding.value) for binding in facts.bindings}
        self._renamed = {
            i.local: i.imported for i in facts.imports if i.local != i.imported and _is_a_drivers(i.module)
        }
        """What a driver's functions are called here, and what they are: `import text as sa_text`."""
        self._queries: dict[tuple[str, int, str], Query] = {}
        self._begun: dict[tuple[str, int], Value] = {}
        """By file and start, the first form that was read of a text."""
        self._problems: dict[tuple[str, int], Problem] = {}
        self._open = self._label is None and (not _rivals(own) or _speaks_postgresql(own))
        self._reached = reached
        self._wrappers = wrappers
        self._unasked = self._open and not _rivals(own)
        self._undecided: list[Place] = []
        self._constants: dict[tuple[str, int, bool, int], tuple[Value, str | None]] = {}
        """What interpolations stand for, by file, value (kept, so that its identity stays its own) and depth."""
        self._with: frozenset[str] | None = None

    def read(self) -> tuple[list[Query], list[tuple[str, Problem]], list[Place]]:
        if any(_HISTORY.match(f"{i.module}.{i.imported}") for i in self._facts.imports):
            # A migration written in Python speaks of the schema as it was then.
            return [], [], []
        methods = METHODS.get(self._facts.language, SCRIPT_METHODS)
        jpql = takes_jpql(self._facts.imports)
        for chain in self._scene.chains:
            for index, step in enumerate(chain.steps):
                called = step.name
                if called == "()" and isinstance(chain.root, Ref):
                    called = chain.root.path[-1]
                    called = self._renamed.get(called, called) if len(chain.root.path) == 1 else called
                if called == "SQL" and (filled := _filled(step, chain.steps[index + 1 : index + 2])):
                    step = filled
                if step.call_end and called in COPIES and (sent := copied(called, step)) is not None:
                    self._take(chain, step, called, lambda value: True, sent)
                elif step.call_end and (called in methods or called in self._wrappers):
                    self._call(chain, step, called)
                elif step.call_end and not jpql and (names_a_wrapper(called) or _goes_through(called, step)):
                    self._call(chain, step, called, is_statement)
        for value in self._facts.strings:
            if not isinstance(value, Template) or value.tag is None:
                continue
            whole = is_statement(value)  # whatever postgres.js and its transactions are called
            tag = self._renamed.get(value.tag[-1], value.tag[-1]) if len(value.tag) == 1 else value.tag[-1]
            if tag in TAGS or whole:
                place = Place(self._path, value.start, value.end)
                label = self._package_label(Ref((value.tag[0],), value.start, value.end), tag)
                if label is not None:
                    self._text(self._path, value, place, label)
                elif whole and self._open and not is_test_path(self._path):
                    self._undecided.append(place)
        problems = [(path, problem) for (path, _), problem in self._problems.items()]
        return self._guarded(), problems, self._undecided

    def _call(self, chain: Chain, step: Step, called: str, such: Callable[[Value], bool] = lambda value: True) -> None:
        if not step.named and all(isinstance(a, Text) and not SQL_START.match(a.value) for a in step.arguments):
            return  # as most: `select('id, title')`
        given: list[Value] = [_kept(a) for a in step.arguments[:4]]
        given = [a for a in given if not isinstance(a, Chain)]
        # `query({ text: 'select …', values: […] })`
        given += _texts_in(step.arguments[:1])
        given += [e.value for e in step.named if e.key in ("query", "sql", "text", "statement", "name")]
        if any(self._take(chain, step, called, such, value) for value in given):
            return
        first = step.arguments[0] if step.arguments else None
        if isinstance(first, Ref):  # `const query = { text, values }`
            held = [thing for thing in self._evaluate(self._path, first) if id(thing) in self._bound]
            for value in _texts_in(one for one in held if isinstance(one, Object)):
                self._take(chain, step, called, such, value)

    def _take(self, chain: Chain, step: Step, called: str, such: Callable[[Value], bool], value: Value) -> bool:
        """Read what a call is given as its SQL, and return whether it is any."""
        if isinstance(value, Choice):
            taken = [self._take(chain, step, called, such, one) for one in value.options]
            return any(taken)
        forms, part = self._grown(value)
        origins: list[tuple[str, Value]] = [(self._path, form) for form in forms]
        if not origins and (isinstance(value, Ref) or (isinstance(value, Template) and _has_holes(value))):
            origins = [(path, found) for path, found, _ in self._strings(self._path, value, None)]
        if not origins and isinstance(value, Text | Template):
            origins = [(self._path, value)]
        # Of a part that may be left out, the longer form is one that is run.
        texts = sorted(
            (one for one in origins if self._begins_like_sql(*one) and such(one[1])), key=lambda one: -_length(one[1])
        )
        if not texts:
            return False
        label = self._package_label(chain.root, called) or self._numbers(texts)
        if label is not None:
            call = Place(self._path, chain.start, step.call_end)
            for path, found in texts:
                # A tagged template, and what no method of a driver is given, may be a part of others.
                whole = such is not is_statement and getattr(found, "tag", None) is None
                self._text(path, found, call, label, bool(forms), part, whole)
        elif self._open and not is_test_path(self._path) and not self._is_anothers(chain.root):
            self._undecided.append(Place(self._path, value.start, value.end))
        return True

    def _grown(self, value: Value) -> tuple[list[Template], bool]:
        """Return the forms that PostgreSQL reads of a text more of which is appended to it, none where nothing is; and
        whether a part of it is in none of them."""
        forms: list[Template] = []
        part = False
        for one in grown(self._scene, value):
            if self._begins_like_sql(self._path, one.whole):
                whole = self._is_read(one.whole)
                read = [] if whole else [form for form in one.without if self._is_read(form)]
                part = part or one.more or len(read) == 1
                if not whole and not read:
                    read = [form for form in one.by_branch if self._is_read(form)]
                    part = part or (one.joins and 0 < len(read) < len(one.by_branch))
                forms += read or [one.whole]
        return forms, part

    def _is_read(self, value: Template) -> bool:
        found = self._read_text(self._path, value)
        return found is not None and not isinstance(found[1], Refusal)

    def _begins_like_sql(self, path: str, value: Value) -> bool:
        first = value.parts[0] if isinstance(value, Template) and value.parts else value
        if isinstance(first, Ref) and first is not value:
            return SQL_START.match(self._constant(path, first, False, 0) or "") is not None
        return isinstance(first, Text) and SQL_START.match(first.value) is not None

    def _package_label(self, root: Value, called: str = "") -> str | None:
        """The driver that a receiver comes from; the file's or the project's where that is not known."""
        if isinstance(root, Ref):
            for thing in self._evaluate(self._path, Ref(root.path[:1], root.start, root.end)):
                if isinstance(thing, External):
                    known = driver_of(package_name(thing.module))
                    if known is not None and known[1] == "postgres":
                        return known[0]
                    if known is None and called == "text":
                        return None
                    if known is not None:
                        self._look_around()
                        return known[0] if self._label is not None else None
        self._look_around()
        if self._open and isinstance(root, Ref):
            said = names_a_driver(self._reached.of_name(self._path, root.path[0]))
            return said or (_PRISMA if called in _OF_PRISMA else None)
        return self._label

    def _look_around(self) -> None:
        """Ask the modules that the file imports for its driver, once, where it is needed: they are read for it."""
        if self._unasked:
            self._unasked = False
            near = self._reached.of(self._path)
            self._label = names_a_driver(near)
            self._open = self._label is None and (not _rivals(near) or _speaks_postgresql(near))

    def _numbers(self, texts: Iterable[tuple[str, Value]]) -> str | None:
        """Return the driver of PostgreSQL that SQL with numbered parameters is meant for, where a script's nearest
        modules speak to it and to another database: it is written for the one, and adapted to the other."""
        parts = (part for _, one in texts for part in (one.parts if isinstance(one, Template) else (one,)))
        numbered = any(isinstance(part, Text) and is_numbered(part.value) for part in parts)
        return self._reached.of_postgres(self._path) if numbered and self._facts.language in NUMBERING else None

    def _is_anothers(self, root: Value) -> bool:
        """Whether a receiver comes from a module of the project that speaks to other databases alone."""
        given = self._reached.of_name(self._path, root.path[0]) if isinstance(root, Ref) else frozenset()
        return _rivals(given) and not _speaks_postgresql(given)

    def _read_text(self, path: str, value: Value) -> tuple[SqlText, tuple[str, str] | Refusal, Opened | None] | None:
        """Return SQL as it is put together, what PostgreSQL's grammar reads in it, and what it may bring along."""
        tagged = isinstance(value, Template) and value.tag is not None
        whole, value = value, self._gathered(path, value)
        parts = inlined(value, lambda inner: self._evaluate(path, inner))

        def known(inner: Value) -> str | None:
            return parts.get(id(inner)) or self._constant(path, inner, tagged, 0)

        written = assemble(path, value, known)
        if written is None or (path, written.start, written.text) in self._queries:
            return None
        read: tuple[str, str] | Refusal = readable(written.text)
        opened: Opened | None = None
        if isinstance(read, Refusal) and written.holes and isinstance(value, Template):
            wide, gaps = spaced(path, value, known)
            mended = None if _names_in_part(wide.text) else repaired(wide.text, gaps, readable)
            if mended is not None:
                written, (text, kind, opened) = wide, mended
                read = text, kind
        if (inner := query_in_brackets(written.text)) is not None:
            if isinstance(read, Refusal):
                read, opened = readable(inner), "relations"
            elif written.text[len(inner.rstrip()) :].strip() == ")":  # a part of another query, as a builder takes it
                opened = "relations"
        if opened is None and written.holes and _names_in_part(written.text):
            read = Refusal("a part of a name is only known at run time", 0)
        return (written if value is whole else replace(written, gathered=True)), read, opened

    def _text(
        self,
        path: str,
        value: Value,
        call: Place,
        label: str,
        again: bool = False,
        part: bool = False,
        whole: bool = False,
    ) -> None:
        found = self._read_text(path, value)
        if found is None:
            return
        written, read, opened = found
        begun = self._begun.get((path, written.start))
        if begun is not None and not again and (isinstance(read, Refusal) or not _has_other_names(begun, value)):
            return
        self._begun.setdefault((path, written.start), value)
        place = Place(path, written.start, written.end)
        if isinstance(read, Refusal):
            reason = f"PostgreSQL's grammar does not read this SQL: {read.message}"
            if written.holes or read.message.endswith("at end of input"):
                reason = "a part of this SQL is only known at run time, and PostgreSQL can't read it without"
            if is_clickhouse(written.text):
                reason = "this SQL is written for ClickHouse, not PostgreSQL: it is held against nothing"
            # A tagged template in a variable that is no statement is a part of others, which are read with it.
            fragment = isinstance(value, Template) and value.tag is not None and id(value) in self._bound
            asks = not written.holes or _ASKS.match(written.text) is not None
            if not is_test_path(path) and not fragment and asks:
                known: ProblemKind = "unparsed" if reason.startswith("PostgreSQL") else "unresolved"
                self._problems[path, written.start] = Problem(known, place.start, place.end, reason)
            return
        text, kind = read
        self._queries[path, written.start, written.text] = Query(
            kind="sql",
            name=None,
            place=place,
            call=call,
            client=label,
            operation=OPERATIONS.get(kind, "select"),
            symbol=self._scene.symbol(call.start),
            test=is_test_path(self._path),
            text=text,
            filled=not whole or isinstance(value, Joined) or written.holes > 0 or opened is not None,
            appended=again or written.gathered,
            spans=written.spans,
            opened="relations" if part else opened,
            around=frozenset() if whole else self._with_names(),
        )

    def _with_names(self) -> frozenset[str]:
        """Return what a builder may have as WITH queries beside SQL, as it stands and as plugins write it."""
        if self._with is None:
            names = with_names(self._scene.chains)
            self._with = names | {snake(name) for name in names}
        return self._with

    def _guarded(self) -> list[Query]:
        """Return the queries; those that may meet a database without what they name say what shows it."""
        asked = [
            (q.call.start, found[1], "information_schema.columns" in (q.text or "").lower())
            for q in self._queries.values()
            for found in _ASKS_FOR.finditer(q.text or "")
        ]
        done: list[Query] = []
        for query in self._queries.values():
            guarded = self._scene.guard(query.call.start, query.kind)
            start, end = self._scene.function_range(query.call.start) if asked else (0, 0)
            for place, name, columns in asked:
                # Whoever asks for a table's columns does so for all that the file then writes of it.
                within = columns or start <= place < end
                if guarded is None and within and re.search(rf"\b{name}\b", query.text or ""):
                    guarded = f"it asks which columns {name} has" if columns else f"{ASKED_FIRST} whether {name} exists"
            asks = self._scene.asks(query.call.start)
            done.append(replace(query, guarded=guarded, asks=asks) if guarded is not None or asks else query)
        return done

    def _constant(self, path: str, value: Value, tagged: bool, depth: int) -> str | None:
        """The one text that an interpolation stands for: a constant; in a tagged template, a tagged part of it."""
        key = path, id(value), tagged, depth  # of many that are made of one another, each is worked out once
        if key not in self._constants:
            self._constants[key] = value, self._one_text(path, value, tagged, depth)
        return self._constants[key][1]

    def _one_text(self, path: str, value: Value, tagged: bool, depth: int) -> str | None:
        options = value.options if isinstance(value, Choice) else (value,)
        found: set[str] = set()
        for option in options:
            origins: list[tuple[str, Value]] = [(path, option)] if isinstance(option, Template) else []
            origins += [(where, one) for where, one, _ in self._strings(path, option, None)]
            if len(origins) > _MOST:
                return None
            for where, written in origins:
                one = self._gathered(where, written)
                if isinstance(one, Text) and not tagged:
                    found.add(one.value)
                elif isinstance(one, Template) and (one.tag is not None) == tagged and depth < 5:
                    made = assemble(
                        where,
                        one,
                        lambda inner, where=where: self._constant(where, inner, tagged, depth + 1),  # type: ignore[misc]
                    )
                    found.add("" if made is None else made.text)
        # Of a part that may be left out, the longer form is one that is run.
        return max(found, key=len) if len(found - {""}) == 1 or found == {""} or (tagged and found) else None

    def _gathered(self, path: str, value: Value) -> Value:
        def texts(value: Value) -> list[str]:
            return [one.value for _, one, _ in self._strings(path, value, None) if isinstance(one, Text)]

        return gathered(self._scene if path == self._path else None, value, texts)


def _speaks_postgresql(packages: frozenset[str]) -> bool:
    return any((known := driver_of(package)) is not None and known[1] == "postgres" for package in packages)


def _rivals(packages: frozenset[str]) -> bool:
    return any((known := driver_of(package)) is not None and known[1] == "rival" for package in packages)


_KEEPING = frozenset({"rebind", "dedent", "cleandoc", "trim", "trimspace"})
"""Functions that return the SQL that they are given, with other placeholders or less white space."""


def _has_other_names(first: Value, other: Value) -> bool:
    """Whether two forms of a text differ in what a name or a clause in it stands for: each is a statement of its own.

    Of a part that may be left out, the longer form says all that the shorter one does.
    """
    if not isinstance(first, Joined) or not isinstance(other, Joined) or len(first.words) != len(other.words):
        return False
    apart = [pair for pair in zip(first.words, other.words, strict=True) if pair[0] != pair[1]]
    return bool(apart) and all(word.strip() for pair in apart for word in pair)


def _goes_through(called: str, step: Step) -> bool:
    """Whether pg-promise is given SQL, and what to do with each row: `db.each("select …", [], row => …)`."""
    return called in ("each", "map") and bool(step.arguments) and isinstance(step.arguments[0], Text | Template)


def _kept(value: Value) -> Value:
    """Return the argument of a call that hands its SQL on as it is (`db.Rebind("select …")`), or wraps a statement
    (`new QueryStream("select …", [])`); else the value."""
    if not isinstance(value, Chain) or not value.steps:
        return value
    step = value.steps[-1]
    if not step.call_end or not step.arguments:
        return value
    called = value.root.path[-1] if step.name == "()" and isinstance(value.root, Ref) else step.name
    first = step.arguments[0]
    keeps = called.lower() in _KEEPING and len(step.arguments) == 1
    return first if keeps or (isinstance(first, Text | Template) and is_statement(first)) else value


def _texts_in(values: Iterable[Value]) -> list[Value]:
    """Return what objects among the values hold as the text of a query."""
    return [entry.value for one in values if isinstance(one, Object) for entry in one.entries if entry.key == "text"]


def _filled(step: Step, after: tuple[Step, ...]) -> Step | None:
    """Return psycopg's `SQL(text)` with what the `format(…)` behind it makes of the text."""
    if not after or after[0].name != "format" or not after[0].call_end or len(step.arguments) != 1:
        return None
    made = composed(step.arguments[0], after[0])
    return replace(step, arguments=(made,)) if made is not None else None


def _has_holes(value: Template) -> bool:
    return any(not isinstance(part, Text) for part in value.parts)


def _length(value: Value) -> int:
    return len(value.value) if isinstance(value, Text) else 0


def _names_in_part(text: str) -> bool:
    return any(match["part"] for match in _PART_OF_A_NAME.finditer(text))
