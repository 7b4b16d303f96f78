"""What became of each name in a query when it was held against the catalog."""

from __future__ import annotations

from typing import Literal

from msgspec import Struct

from tripoint.model.catalog import Constraint, Function, Table
from tripoint.model.name import Name
from tripoint.model.place import Place
from tripoint.model.query import Embed, Filter, Query

__all__ = [
    "REPLACED",
    "BodyBinding",
    "ColumnBinding",
    "DataStatement",
    "EmbedBinding",
    "Invocation",
    "Job",
    "Outcome",
    "QueryBinding",
    "Relationship",
    "SqlReference",
    "TableBinding",
]

REPLACED = "a later migration makes"
"""How the reason begins for which an overload of a function may no longer be called."""

Outcome = Literal["bound", "unknown", "undecidable"]
Cardinality = Literal["many-to-one", "one-to-many", "one-to-one", "many-to-many", "computed"]


class TableBinding(Struct, frozen=True):
    """What became of a query's table name. `name` is None only where the code does not say it."""

    outcome: Outcome
    name: Name | None
    table: Table | None = None
    reason: str | None = None


class Relationship(Struct, frozen=True):
    """A way in which PostgREST can embed `target` in `origin`."""

    origin: Name
    target: Name
    cardinality: Cardinality
    constraint: Constraint | None
    """The foreign key; of a many-to-many relationship the junction's key to the origin."""
    columns: tuple[tuple[str, str], ...] = ()
    """Pairs of (origin's column, target's column)."""
    junction: Name | None = None
    function: Name | None = None
    certain: bool = True
    """False where only some versions of PostgREST see it: it then makes nothing ambiguous."""


class ColumnBinding(Struct, frozen=True):
    """A column that a query names, on the table, view or function result where it was looked for."""

    use: Literal["select", "filter", "order", "write", "conflict", "decode"]
    table: Table
    column: str
    place: Place
    outcome: Outcome
    reason: str | None = None


class EmbedBinding(Struct, frozen=True):
    """A relation embedded in a select."""

    origin: Table
    embed: Embed
    outcome: Literal["bound", "unknown", "ambiguous", "undecidable"]
    target: Table | None = None
    relationships: tuple[Relationship, ...] = ()
    """The one that is meant, or all that fit where it is ambiguous."""
    reason: str | None = None


class SqlReference(Struct, frozen=True):
    """A name in SQL, and what it means there."""

    kind: Literal[
        "relation",
        "column",
        "function",
        "type",
        "value",
        "itself",
        "ambiguous",
        "count",
        "operator",
        "result",
        "assignment",
        "refused",
    ]
    """What is `itself` is a column that a condition compares with itself. PostgreSQL refuses what is `ambiguous`, a
    `count` of values that is not that of an INSERT's columns, an `operator` between types that have none, a `result`
    that is not what a function returns, and an `assignment` to a column that takes no value of that type: `reason` says
    what it could be, how many there are, of which types, what is wrong, and of which type. Of a query that is `refused`
    whatever the tables hold, `written` is the SQLSTATE and `reason` PostgreSQL's words."""
    written: str
    """The name as it stands there, folded: `p.title`, `public.posts`; of a value its text."""
    outcome: Outcome
    target: Name | None
    """The relation, function or type; of a column the relation that it was looked for in; of a value the table whose
    `column` it meets, or the enum where no column is known. Where nothing is of that name, what PostgreSQL would have
    taken it for; None where that can't be told."""
    place: Place
    column: str | None = None
    write: bool = False
    """Whether the statement writes to it."""
    reason: str | None = None
    """Why it is not bound."""
    hidden: Name | None = None
    """An object of that name in a schema that the search path in force does not hold, where nothing else is found."""
    guarded: str | None = None
    """How the author shows that it may fail (an exception handler around it), in words."""
    declares: bool = False
    """Whether it is the type of a variable in PL/pgSQL, which PostgreSQL looks up when the function is created."""


class SqlInsert(Struct, frozen=True):
    """An INSERT that lists its columns, into a table that is there or missing."""

    table: Name
    columns: tuple[str, ...]
    place: Place
    """Where it names the table."""
    conflict: tuple[str, ...] = ()
    """The columns of its ON CONFLICT, where it names columns alone."""
    conflict_filtered: bool = False
    """Whether ON CONFLICT has a condition, so that a partial index may be meant."""
    guarded: str | None = None
    """How the author shows that it may fail (an exception handler around it), in words."""


class BodyBinding(Struct, frozen=True):
    """SQL that the database itself holds, and what became of its names."""

    kind: Literal["function", "former", "view", "policy", "trigger", "check", "default", "index", "job"]
    """`former` is a version of a function that another one replaced, where PostgreSQL refuses its body."""
    subject: str
    """As a finding names it: `public.f`, `public.posts`, `public.posts/policy`, `public.posts.column`, a job's name."""
    name: Name
    """The function, or the relation that it belongs to."""
    place: Place
    """The statement that made it."""
    references: tuple[SqlReference, ...] = ()
    undecided: str | None = None
    """Why none of its names could be read, where that is so."""
    path: str | None = None
    """The function's own search_path, where it sets one."""
    idle: str | None = None
    """Why nothing may call it any longer: it stands nowhere else, or an overload has a later one (`REPLACED`)."""
    inserts: tuple[SqlInsert, ...] = ()
    """Of a function: its INSERT statements that list their columns."""
    of_accounts: bool = False
    """Whether it sets no search path, and `path` is that of Supabase's service of accounts, which runs it."""
    run_by: str | None = None
    """The role as which Supabase's service of accounts runs it."""
    handed: bool = False
    """Of a trigger: whether it is what its function is handed by name, and asks for when it fires."""

    @property
    def at_run_time(self) -> bool:
        """Whether PostgreSQL asks for what it names when it runs, and not when it is made."""
        return self.kind in ("function", "job") or self.handed


class Job(Struct, frozen=True):
    """SQL that pg_cron runs by a schedule."""

    name: str
    command: str
    place: Place
    """Where the command stands."""
    exact: bool
    """Whether it stands there byte for byte."""


class Invocation(Struct, frozen=True):
    """A request that the database sends to an edge function. `owner` is the function, job or trigger that does."""

    name: str
    place: Place
    owner: str


class DataStatement(Struct, frozen=True):
    """A statement of a file of SQL that writes rows, and what became of its names."""

    place: Place
    references: tuple[SqlReference, ...] = ()
    inserts: tuple[SqlInsert, ...] = ()


class QueryBinding(Struct, frozen=True):
    """A query and what became of its names."""

    query: Query
    table: TableBinding | None = None
    columns: tuple[ColumnBinding, ...] = ()
    embeds: tuple[EmbedBinding, ...] = ()
    unembedded: tuple[Filter, ...] = ()
    """The filters and orders of relations that its select does not embed."""
    functions: tuple[Function, ...] = ()
    """Of a call: every overload of that name."""
    function_name: Name | None = None
    references: tuple[SqlReference, ...] = ()
    """Of SQL in code: every name in it."""
    inserts: tuple[SqlInsert, ...] = ()
    """Of SQL in code: its INSERT statements that list their columns."""
    undecided: str | None = None
    """Why its names could not be held against the schema, where that is so: mostly SQL in code that can't be read."""
