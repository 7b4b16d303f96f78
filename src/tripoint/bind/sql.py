"""Names in SQL held against all that is known to exist, as PostgreSQL resolves them; SQL in code among it."""

from __future__ import annotations

import re
from bisect import bisect_right
from collections import Counter
from collections.abc import Callable, Iterator, Mapping
from difflib import get_close_matches
from typing import Any, Final

from msgspec import Struct, field
from msgspec.structs import replace

from tripoint.bind.extensions import brought_along, overloaded
from tripoint.bind.tables import may_be_changed, may_be_created
from tripoint.model.binding import Outcome, QueryBinding, SqlInsert, SqlReference
from tripoint.model.catalog import Catalog
from tripoint.model.evidence import Evidence
from tripoint.model.internal import lost_reason
from tripoint.model.name import Name
from tripoint.model.place import Place
from tripoint.model.query import STAND_IN, Query
from tripoint.model.regex import regex
from tripoint.sql.facts import SAID, Node
from tripoint.sql.grammar import Refusal, parse_shared
from tripoint.sql.scope import SqlName, resolve_expression_names, resolve_names
from tripoint.sql.types import SYSTEM_TYPES
from tripoint.supabase import MANAGED_SCHEMAS

__all__ = [
    "MADE_IN_PART",
    "NOT_GIVEN",
    "OF_OTHERS",
    "Located",
    "SqlBinder",
    "Text",
    "bind_sql",
    "inserts_in",
    "made_in",
    "made_later",
]

Located = Callable[[int, int], Place]
"""Turns a range of a text's bytes into the place where it stands."""

MADE_IN_PART: Final = "SQL that is run or read in part makes one of that name"
NOT_GIVEN: Final = "what its alias stands for gives no such column"
"""Of a column of a subquery, a WITH query or a function's result, of which all columns are known."""
OF_OTHERS: Final = "nothing that is read creates anything in its schema"
"""Why a relation of a schema is held against nothing: another application, or another file, fills that schema."""

_NAME: Final = regex(
    rb"""(?:"(?:[^"]|"")*"|[A-Za-z_\x80-\xff][\w$\x80-\xff]*)
    (?:\s*\.\s*(?:"(?:[^"]|"")*"|[A-Za-z_\x80-\xff][\w$\x80-\xff]*))*
    |[-+*/<>=~!@\#%^&|`?]+""",
    re.VERBOSE,
)
"""A name, qualified or not, or an operator."""
_QUOTED: Final = regex(rb"(?:[eE]|[uU]&)?'(?:[^'\\]|''|\\.)*'", re.DOTALL)
_MADE: Final = regex(
    r"""\bcreate\s+(?:(?:or\s+replace|global|local|temp|temporary|unlogged|foreign)\s+)*
    (?:table|view|materialized\s+view|sequence|function|procedure)\s+
    (?:if\s+not\s+exists\s+)?(?:"?\w+"?\s*\.\s*)?"?(\w+)
    |\badd\s+column\s+(?:if\s+not\s+exists\s+)?"?(\w+)
    |\brename\s+(?:column\s+)?(?:"?\w+"?\s+)?to\s+"?(\w+)""",
    re.IGNORECASE | re.VERBOSE,
)
_MADE_LATER: Final = regex(
    r"""\bcreate\s+(?:(?:or\s+replace|global|local|temp|temporary|unlogged|foreign)\s+)*
    (?:table|view|materialized\s+view|sequence)\s+(?:if\s+not\s+exists\s+)?
    (?P<name>(?:[\w."]|%(?:\d+\$)?[IsL])*)(?P<more>'\s*\|\|)?""",
    re.IGNORECASE | re.VERBOSE,
)
_FILLED_IN: Final = regex(r"%(?:\d+\$)?[IsL]", re.IGNORECASE)
_STRANGE: Final = regex(
    r"sqlite_\w+|pragma_\w+|unixepoch|julianday|json_(?:extract|insert|patch|set|replace|remove|type)|jsonb_patch"
    r"|json_group_\w+|ifnull|iif|unhex|datetime"
    r"|strftime|group_concat|last_insert_rowid|last_insert_id|changes|unix_timestamp|from_unixtime|date_format"
    r"|str_to_date|curdate|dual|database|getdate|object_id|scope_identity|isnull|nvl|sysdate|charindex|convert|tostartof\w+|countif|argmax|argmin|uniq\w*",
    re.IGNORECASE,
)
"""Functions and relations that PostgreSQL has not, but SQLite, MySQL, ClickHouse and others have."""
_TOP: Final = regex(r"\s*select\s+(?:distinct\s+)?top(?:\s+[\d$]|(?P<gap> {3,})\s*(?!as\b|from\b)\w)", re.IGNORECASE)
"""What SQL of SQL Server and ADQL begins with; a number that is filled in may have left a gap."""
_RESOLVED: Final = frozenset({"SelectStmt", "InsertStmt", "UpdateStmt", "DeleteStmt", "MergeStmt"})
_WRAPPED: Final = frozenset({"ExplainStmt", "PrepareStmt", "DeclareCursorStmt", "CopyStmt", "CreateTableAsStmt"})
_SEVERAL: Final = 2
_ALIKE: Final = 0.75
"""From this likeness on (`difflib`), one column may be the misspelt name of another."""
_COMPARED: Final = 500
"""With how many columns one is compared at most: more take longer than the guess is worth."""
_SYSTEM: Final = frozenset({"pg_catalog", "information_schema", "pg_temp", "pg_toast"})


def made_in(text: str) -> set[str]:
    """Return the names of what a text of SQL makes when it runs, also within strings that it executes."""
    return {next(filter(None, match.groups())).lower() for match in _MADE.finditer(text)}


def made_later(text: str) -> set[str]:
    """Return the names of the relations that a function's body makes when it is called, `*` for parts filled in then.

    A name that is filled in as a whole tells nothing and is left out.
    """
    found: set[str] = set()
    for match in _MADE_LATER.finditer(text):
        written = match["name"].replace('"', "") + ("*" if match["more"] else "")
        name = re.sub(r"\*+", "*", _FILLED_IN.sub("*", written)).rpartition(".")[2].lower()
        if name.strip("*_"):
            found.add(name)
    return found


class Text(Struct, frozen=True):
    """SQL with all that decides what its names mean."""

    data: bytes
    locate: Located
    path: tuple[str, ...] | None = None
    """The search path that it sets for itself; None where the session's holds."""
    parameters: Mapping[str, str | None] = field(default_factory=dict)
    """Variables in reach, as `resolve_names` takes them."""
    temporary: frozenset[str] = frozenset()
    variables: frozenset[str] = frozenset()
    """Those of the parameters that PL/pgSQL refuses to tell from a column of that name."""
    guarded: str | None = None
    """How its author shows that it may fail."""
    of_code: bool = False
    """Whether a connection of the application runs it, whose search path may be set where nothing shows it."""


class SqlBinder:
    """All that is known to exist in one database, ready to hold SQL against it."""

    def __init__(self, evidence: Evidence) -> None:
        self.evidence = evidence
        self.catalog = _merged(evidence)
        self.path = _session_path(evidence)
        self.reach = (*self.path, *_told_apart(evidence, self.path))
        """Where what the code names without a schema is looked for: the only table of a name is meant."""
        self.made: set[str] = set()
        """Names of what SQL makes that is not folded: at run time, in files that no runner lists."""
        self.unclear: set[str] = set()
        """Those of them that migrations make in a way that is not understood."""
        self.beside: Mapping[str, frozenset[str] | None] = {}
        """Those of them that files make which no runner lists, each with their words; None where any may be one."""
        self._schemas: dict[str, list[Name]] = {}
        self._types = {*self.catalog.enums, *self.catalog.domains, *self.catalog.composites}
        for name in (*self.catalog.tables, *self.catalog.sequences, *self.catalog.functions, *self._types):
            self._schemas.setdefault(name.name, []).append(name)
        self._gone = {subject for subject, _ in evidence.drops} | {old for old, _, _ in evidence.renames}
        remade = (may_be_changed(name.name, evidence, columns=True) for name in self.catalog.composites)
        self._remade = next((reason for reason in remade if reason is not None), None)
        """Why a composite type may have been given attributes, of which functions give rows."""
        self._inhabited = {name.schema for names in self._schemas.values() for name in names}
        # On a plain server a schema that is called like one of the platform's is the project's where it makes several
        # tables there; a single one may stand in for the platform's in a test.
        plain = evidence.database.platform == "postgresql"
        own = Counter(name.schema for name in evidence.defined.tables if plain)
        self._managed = {schema for schema in MANAGED_SCHEMAS if own[schema] < _SEVERAL}

    # --- whole texts

    def statements(self, text: Text) -> tuple[list[SqlReference], str | None]:
        """Return the references of all statements in a text, or why it can't be read."""
        parsed = parse_shared(text.data)
        if isinstance(parsed, Refusal):
            return [], f"{SAID}{parsed.message}"
        found: list[SqlReference] = []
        temporary = set(text.temporary)
        for raw in parsed:
            kind, node = next(iter(raw["stmt"].items()))
            if kind == "VariableSetStmt" and node.get("name") == "search_path":
                text = replace(text, path=_written_path(node))
                continue
            found += self.statement(kind, node, replace(text, temporary=frozenset(temporary)))
            temporary |= _creates(kind, node)
        return found, None

    def statement(self, kind: str, node: Node, text: Text) -> list[SqlReference]:
        """Return the references of one statement; its locations are bytes of `text.data`."""
        names: list[SqlName] = []
        for query in _queries(kind, node):
            made = text.temporary | self.made
            names += resolve_names(query, self.catalog, self._in_force(text), text.parameters, made, text.variables)
        return [reference for name in names if (reference := self._reference(name, text)) is not None]

    def expression(self, node: Node, text: Text, table: Name | None = None) -> list[SqlReference]:
        """Return the references of an expression on its own that may name the columns of `table`."""
        names = resolve_expression_names(node, self.catalog, self._in_force(text), table, text.parameters)
        return [reference for name in names if (reference := self._reference(name, text)) is not None]

    def _in_force(self, text: Text) -> tuple[str, ...]:
        if text.path is not None:
            return text.path
        return self.reach if text.of_code else self.path

    # --- single names

    def _reference(self, name: SqlName, text: Text) -> SqlReference | None:
        if name.target is not None and name.target.schema in _SYSTEM:
            return None
        outcome, target, reason, hidden = self._judge(name, text)
        return SqlReference(
            name.kind,
            ".".join(name.written),
            outcome,
            target,
            _place(name, text),
            name.column,
            name.write,
            reason,
            hidden,
            text.guarded,
        )

    def _judge(self, name: SqlName, text: Text) -> tuple[Outcome, Name | None, str | None, Name | None]:
        """Return outcome, target, reason and the object that only a longer search path would reach."""
        target = name.target
        if name.kind in ("value", "itself", "ambiguous", "count", "operator", "assignment", "refused"):
            return "bound", target, name.reason, None
        if name.kind == "column":
            return (*self._column(name, text), None)
        if name.outcome == "bound":
            return "bound", target, None, None
        if target is None:
            target = self._sought(name.written, text)
        system = name.written[-1].startswith(("pg_", "_pg_"))
        if name.outcome == "undecidable" and (name.kind != "function" or system):
            return "undecidable", target, name.reason, None
        same = [other for other in self._schemas.get(name.written[-1], ()) if self._is(other, name.kind)]
        if len(name.written) == 1 and same and name.target is None:
            if text.path is not None:
                return "unknown", target, "the search path that is set does not hold its schema", same[0]
            return "undecidable", target, "the search path of the session decides", None
        reason = self._may_exist(name, target)
        if reason is not None:
            return "undecidable", target, reason, None
        return "unknown", target, name.reason, None

    def _column(self, name: SqlName, text: Text) -> tuple[Outcome, Name | None, str | None]:
        if name.outcome != "unknown":
            return name.outcome, name.target, name.reason
        if len(name.reach) > 1:
            name = replace(name, target=self._likely_owner(name))
        head = name.written[0]
        if len(name.written) > 1 and head in text.parameters and name.target is None:
            return "undecidable", None, "what the variable holds is only known at run time"
        if name.target is None:
            if name.reason != "the relation has no such column":
                return "undecidable", None, name.reason
            return "undecidable", None, may_be_created(name.written[-1], self.evidence) or self._remade or NOT_GIVEN
        if name.target in self.evidence.platform.tables:
            return "undecidable", name.target, "a table of the platform"
        table = self.catalog.tables.get(name.target)
        if table is None:
            return "undecidable", name.target, "not a table"
        if name.column in table.columns:  # a subquery does not hand it on
            return "undecidable", None, NOT_GIVEN
        if name.written[-1] in self.made or name.target.name in self.unclear or self._may_add(name):
            return "undecidable", name.target, MADE_IN_PART
        reason = may_be_created(name.column or name.written[-1], self.evidence) or may_be_changed(
            name.target.name, self.evidence, columns=True
        )
        return ("undecidable", name.target, reason) if reason else ("unknown", name.target, name.reason)

    def _may_add(self, name: SqlName) -> bool:
        """Whether a file that no runner lists makes the table of a column, and may give it that column."""
        words = self.beside.get(name.target.name if name.target is not None else "", frozenset())
        return words is None or name.written[-1].lower() in words

    def _likely_owner(self, name: SqlName) -> Name | None:
        """Return the relation that a column without a qualifier is most likely one of, where none in reach has it: one
        that had it, or has one of a like name; else the first."""
        column = name.written[-1]
        had = next((one for one in name.reach if f"{one}.{column}" in self._gone), None)
        if had is not None:
            return had
        columns = {one: self.catalog.tables[one].columns for one in name.reach if one in self.catalog.tables}
        others = sorted({other for own in columns.values() for other in own})
        alike = get_close_matches(column, others, 1, _ALIKE) if len(others) <= _COMPARED else []
        return next((one for one, own in columns.items() if alike and alike[0] in own), name.target)

    def _may_exist(self, name: SqlName, target: Name | None) -> str | None:
        """Return why an object may exist although nothing that can be read creates it, or None."""
        word = name.written[-1]
        reason = may_be_created(word, self.evidence)
        if reason is not None:
            return reason
        # Of the platform's functions those that send requests have taken the same in each of their versions.
        kept = target is not None and target.schema == "net" and name.kind == "function" and name.target is not None
        if target is not None and not kept and (target.schema in _SYSTEM or target.schema in self._managed):
            return "a schema of the platform or of the system"
        if target is not None and target.schema != "public" and target.schema not in self._inhabited:
            return OF_OTHERS
        if word in self.made:
            return MADE_IN_PART
        if name.kind == "function" and (word in SYSTEM_TYPES or self._is(target or Name("", ""), "type")):
            return "a call by a type's name may be a cast"
        if name.kind in ("function", "type") and name.target is None:
            return brought_along(word, target, self.evidence)
        if name.kind == "function":
            return overloaded(word, self.evidence)
        return None

    def _sought(self, written: tuple[str, ...], text: Text) -> Name | None:
        """Return what PostgreSQL would create under that name: in the schema that is written, or the path's first."""
        if len(written) > 1:
            return Name(written[-2], written[-1])
        schemas = [s for s in self._in_force(text) if s not in _SYSTEM] or list(self.path)
        return Name(schemas[0], written[-1]) if schemas else None

    def is_type(self, name: Name) -> bool:
        """Whether a type of that name is known, or a relation whose rows are one."""
        return name in self._types or name in self.catalog.tables

    def _is(self, name: Name, kind: str) -> bool:
        catalog = self.catalog
        if kind == "relation":
            return name in catalog.tables or name in catalog.sequences
        return name in catalog.functions if kind == "function" else name in self._types


def bind_sql(query: Query, binder: SqlBinder) -> QueryBinding:
    """Hold a query in SQL against what is known to exist."""
    try:
        return _bind_sql(query, binder)
    except Exception as error:
        return QueryBinding(query, undecided=lost_reason(error))


def _bind_sql(query: Query, binder: SqlBinder) -> QueryBinding:
    if query.text is None:
        return QueryBinding(query, undecided=query.reason or "the text is only known at run time")
    top = _TOP.match(query.text)
    if top is not None and (query.filled or top["gap"] is None):
        return QueryBinding(query, undecided="it begins with SELECT TOP, which is another database system's")
    references, undecided = binder.statements(Text(query.text.encode("utf-8", "replace"), _within(query), of_code=True))
    if query.opened is not None:
        references = [reference for reference in references if reference.column != STAND_IN]
    if query.opened == "relations":
        references = [_of_what_is_filled_in(reference) for reference in references]
    if query.around:
        references = [_of_what_is_around(reference, query.around) for reference in references]
    unknown = (r.written for r in references if r.outcome == "unknown" and r.kind in ("function", "relation"))
    strange = next((written for written in unknown if _STRANGE.fullmatch(written)), None)
    if strange is not None:
        return QueryBinding(query, undecided=f"it names {strange}, which is another database system's")
    inserts = tuple(inserts_in(query.text, references)) if undecided is None else ()
    return QueryBinding(query, references=tuple(references), inserts=inserts, undecided=undecided)


def _of_what_is_filled_in(reference: SqlReference) -> SqlReference:
    """Return a name of SQL that is filled in at run time: a column without a qualifier may come with what fills it."""
    if reference.kind != "column" or reference.outcome != "unknown" or "." in reference.written:
        return reference
    return replace(reference, outcome="undecidable", reason="a part that is only known at run time may bring it along")


def _of_what_is_around(reference: SqlReference, names: frozenset[str]) -> SqlReference:
    """Return a name of SQL that a builder may put beside WITH queries: a relation may be one of them."""
    if reference.kind != "relation" or reference.outcome != "unknown" or reference.written.strip('"') not in names:
        return reference
    return replace(reference, outcome="undecidable", target=None, reason="a builder has a WITH query of that name")


def inserts_in(text: str, references: list[SqlReference]) -> Iterator[SqlInsert]:
    """Yield the INSERT statements of a text with the columns that they list, where their table can be told."""
    parsed = parse_shared(text.encode("utf-8", "replace")) if "insert" in text.lower() else []
    statements = [] if isinstance(parsed, Refusal) else parsed
    made = {name for raw in statements for name in _creates(*next(iter(raw["stmt"].items())))}
    for raw in statements:
        ((kind, node),) = raw["stmt"].items()
        within = [entry["CommonTableExpr"]["ctequery"] for entry in node.get("withClause", {}).get("ctes", ())]
        for inner_kind, insert in ((kind, node), *(next(iter(query.items())) for query in within)):
            relation = insert.get("relation", {})
            if inner_kind != "InsertStmt" or not insert.get("cols") or relation["relname"] in made:
                continue
            written = ".".join(filter(None, (relation.get("schemaname"), relation["relname"])))
            named = (r for r in references if r.kind == "relation" and r.written == written)
            found = next((r for r in named if r.outcome != "undecidable"), None)
            if found is not None and found.target is not None:
                columns = tuple(column["ResTarget"]["name"] for column in insert["cols"])
                if STAND_IN in columns:
                    continue  # the columns are filled in at run time
                infer = insert.get("onConflictClause", {}).get("infer", {})
                keys = tuple(element["IndexElem"].get("name") for element in infer.get("indexElems", ()))
                conflict = tuple(key for key in keys if key is not None and key != STAND_IN)
                yield SqlInsert(
                    found.target,
                    columns,
                    found.place,
                    conflict if len(conflict) == len(keys) else (),
                    "whereClause" in infer,
                )


def _within(query: Query) -> Located:
    """Return how a text's bytes lie in its file: byte by byte where it stands there as it is, else as its parts do."""
    place = query.place
    starts = [span.at for span in query.spans]

    def locate(start: int, end: int) -> Place:
        if start < 0:
            return place
        if not starts:
            return Place(place.path, place.start + start, place.start + end)
        span = query.spans[bisect_right(starts, start) - 1]
        if not span.exact:
            return span.place
        first = span.place.start + start - span.at
        return Place(span.place.path, first, min(first + end - start, span.place.end))

    return locate


def _place(name: SqlName, text: Text) -> Place:
    if name.kind == "value":
        quoted = _QUOTED.match(text.data, name.location) if name.location >= 0 else None
        return text.locate(*(quoted.span() if quoted is not None else (-1, -1)))
    match = _NAME.match(text.data, name.location) if name.location >= 0 else None
    if match is None:  # the grammar keeps no place of it (the target of ON CONFLICT): the word alone is left
        clause = re.search(rb"\bon\s+conflict\b|\busing\b", text.data, re.I)
        word = re.escape(name.written[-1].encode("utf-8", "replace"))
        match = re.compile(rb"(?<![\w$])\"?" + word + rb"\"?(?![\w$])", re.I).search(
            text.data, clause.start() if clause is not None else 0
        )
    if match is None:
        return text.locate(-1, -1)
    return text.locate(match.start(), match.end())


def _queries(kind: str, node: Node) -> Iterator[Node]:
    """Yield the queries that a statement holds; of one that holds none, a query that names the same things."""
    if kind in _RESOLVED:
        yield {kind: node}
        return
    if kind in _WRAPPED:
        inner = node.get("query")
        if inner:
            yield from _queries(*next(iter(inner.items())))
            return
    if kind == "CallStmt":
        yield {"SelectStmt": {"targetList": [{"ResTarget": {"val": {"FuncCall": node["funccall"]}}}]}}
    if kind == "CopyStmt" and "relation" in node:
        columns = [
            {"ResTarget": {"name": entry["String"]["sval"], "location": -1}} for entry in node.get("attlist", ())
        ]
        yield {"InsertStmt": {"relation": node["relation"], "cols": columns}}
        return
    relations = [node["relation"]] if kind == "RefreshMatViewStmt" else []
    if kind in ("TruncateStmt", "LockStmt"):
        relations = [entry["RangeVar"] for entry in node.get("relations", ()) if "RangeVar" in entry]
    for relation in relations:
        yield {"SelectStmt": {"fromClause": [{"RangeVar": relation}]}}


def _creates(kind: str, node: Node) -> set[str]:
    """Return the relations that a statement makes."""
    if kind == "CreateStmt":
        return {node["relation"]["relname"]}
    into: Any = node.get("into") if kind == "CreateTableAsStmt" else node.get("intoClause")
    return {into["rel"]["relname"]} if into and "rel" in into else set()


def _written_path(node: Node) -> tuple[str, ...] | None:
    if node.get("kind") != "VAR_SET_VALUE":
        return None
    constants = [entry.get("A_Const", {}).get("sval", {}).get("sval") for entry in node.get("args", ())]
    return tuple(text for text in constants if text and text != "$user")


def _session_path(evidence: Evidence) -> tuple[str, ...]:
    exposed = evidence.database.settings.exposed_schemas[:1] if evidence.database.platform == "supabase" else ()
    return tuple(dict.fromkeys(s for s in (*exposed, *evidence.defined.search_path) if s != "$user"))


def _told_apart(evidence: Evidence, path: tuple[str, ...]) -> list[str]:
    """Return the schemas beyond a search path that have no table of a name that another one of them has, too.

    No connection of an application is taken to look into what the platform keeps for itself: `users` is not auth's.
    """
    own = MANAGED_SCHEMAS if evidence.database.platform == "supabase" else frozenset[str]()
    schemas: dict[str, set[str]] = {}
    for name in evidence.defined.tables:
        if name.schema not in path and name.schema not in own:
            schemas.setdefault(name.name, set()).add(name.schema)
    shared = {schema for several in schemas.values() if len(several) > 1 for schema in several}
    return sorted({schema for several in schemas.values() for schema in several} - shared)


def _merged(evidence: Evidence) -> Catalog:
    """Return everything that any witness knows to exist, as one catalog: the project's own definition first."""
    known = (evidence.beyond, evidence.defined, evidence.held, evidence.declared, evidence.platform)
    catalogs = [catalog for catalog in known if catalog is not None]
    merged = Catalog(search_path=evidence.defined.search_path, extensions=dict(evidence.defined.extensions))
    for catalog in reversed(catalogs):
        for kind in ("schemas", "tables", "functions", "enums", "domains", "composites", "sequences"):
            getattr(merged, kind).update(getattr(catalog, kind))
    return merged
