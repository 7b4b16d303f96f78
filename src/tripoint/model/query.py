"""What application code asks of the database, whatever the language and the client."""

from __future__ import annotations

from typing import Literal

from msgspec import Struct

from tripoint.model.place import Place

__all__ = [
    "ANY_SCHEMA",
    "ASKED_FIRST",
    "HANDED",
    "REST_IGNORED",
    "REST_REPEATED",
    "WRITTEN_OUT",
    "Argument",
    "Embed",
    "Field",
    "Filter",
    "Former",
    "Operation",
    "Query",
    "Role",
    "Select",
    "Span",
    "Value",
    "Written",
]

ANY_SCHEMA = "*"
"""The schema of a query that names one which is only known at run time."""

HANDED = "its callers hand it a client, and all of them one of such a key"
WRITTEN_OUT = "the key that is written out is the service role's"
"""The reason of a role that a key in the code tells."""

Kind = Literal["table", "function", "bucket", "edge-function", "channel", "sql", "model"]
Operation = Literal["select", "insert", "update", "upsert", "delete", "call", "subscribe", "upload", "map"]
Role = Literal["anon", "authenticated", "service_role", "owner"]


ASKED_FIRST = "the function around it asks"
"""How `guarded` begins where the code asks whether a table or column is there before it names it."""


class Value(Struct, frozen=True):
    """A literal value in code. `kind` is what the language says it is; `value` its text."""

    kind: Literal["string", "number", "boolean", "null", "object", "array"]
    value: str | None
    place: Place
    certain: bool = True
    """False where it is only one of what may be passed here, and the rest is not known: a fallback, a first value."""


class Field(Struct, frozen=True):
    """A column asked for in a select: `alias:column->json::cast` or `column.sum()`."""

    name: str
    """The column's name, `*` for all, or `count` written alone."""
    place: Place
    alias: str | None = None
    json_path: str | None = None
    cast: str | None = None
    aggregate: str | None = None


class Former(Struct, frozen=True):
    """A column that the handler of a subscription reads of a row as it was before it changed."""

    name: str
    place: Place
    stands_in: bool = False
    """Whether it is read only where the new row has no such value."""


class Embed(Struct, frozen=True):
    """A related table embedded in a select: `alias:target!hint!inner(…)`, or `...target(…)`."""

    target: str
    """A table, a view, a foreign key column, a constraint or a function."""
    place: Place
    select: Select
    alias: str | None = None
    hint: str | None = None
    hint_place: Place | None = None
    join: Literal["inner", "left"] | None = None
    spread: bool = False


REST_IGNORED = "the rest is ignored"
"""What is said of a select list that PostgREST reads to a place within, and no further."""
REST_REPEATED = "two embedded relations have one name"
"""What is said of a select list that PostgREST reads, and of which it makes SQL that names a table twice (42712)."""


class Select(Struct, frozen=True):
    """A select list. `complete` is false where part of it is only known at run time or can't be parsed."""

    fields: tuple[Field, ...] = ()
    embeds: tuple[Embed, ...] = ()
    complete: bool = True
    refused: str | None = None
    """What PostgREST complains of (`PGRST100`) where it can't parse the list, at `refused_at`; or `REST_IGNORED`,
    or `REST_REPEATED`."""
    refused_at: Place | None = None


class Filter(Struct, frozen=True):
    """A condition, or an order term: a column of the table or, with `path`, of an embedded relation."""

    column: str
    operator: str
    """PostgREST's operator (eq, in, is, cs, …), or `order`."""
    place: Place
    path: tuple[str, ...] = ()
    values: tuple[Value, ...] = ()
    """The literal values it is compared with, as far as they are literals."""
    json_path: str | None = None
    required: bool = True
    """Whether each row that is found meets it: False in an `or` of several, and where it is negated."""
    one_of: bool = False
    """Whether the column is one of several that a function is handed: others than this one may meet the operator."""


class Written(Struct, frozen=True):
    """A key of an insert, update or upsert payload."""

    column: str
    place: Place
    value: Value | None = None
    """The literal that is written, where it is one."""
    others: tuple[Value, ...] = ()
    """Where it is no single literal: those of the branches of a condition that is written in its place."""
    declared: bool = False
    """Whether a declared type alone says so: what comes in as `any` is held to none."""
    fresh: bool = False
    """Whether the value is made in its place, and no row has it yet: a new UUID."""

    @property
    def values(self) -> tuple[Value, ...]:
        """Every literal that is written on some way through the code, for sure."""
        return tuple(one for one in (self.value, *self.others) if one is not None and one.certain)


class Row(Struct, frozen=True):
    """A row that is written, of which all columns are told that it may have."""

    columns: tuple[str, ...]
    place: Place


class Argument(Struct, frozen=True):
    """A named argument of a function call."""

    name: str
    place: Place
    value: Value | None = None


class Span(Struct, frozen=True):
    """A part of a text that code puts together: from byte `at` of the text on, it is what stands at `place`."""

    at: int
    place: Place
    exact: bool
    """Whether it stands there byte by byte: no escape is in it, and it is no value put in."""


STAND_IN = "ctid"
"""The column that holds the place of columns which are filled into SQL at run time: every table has it."""
PLACEHOLDER = "_"
"""The name that holds the place of a lone `?`, which has no room for a parameter: a value of any type."""


class Query(Struct, frozen=True):
    """One call in the code.

    `name` is None where it is only known at run time; such a query is never a finding, but it can be what makes an
    object used. One call whose name may be one of several yields one query for each, with `alternatives` true.
    """

    kind: Kind
    name: str | None
    place: Place
    """The name as written, or the whole call where there is none."""
    call: Place
    """The whole call."""
    client: str
    """`supabase-js`, `supabase-py`, `supabase-flutter`, `psycopg`, `prisma`, …"""
    operation: Operation = "select"
    schema: str | None = None
    """None where the code does not say: the client's default; `ANY_SCHEMA` where it says one that is only known at run
    time."""
    reason: str | None = None
    """Why the name is not known, where it isn't."""
    symbol: str | None = None
    """The enclosing function, method or component, for the fingerprint."""
    test: bool = False
    alternatives: bool = False
    certain: bool = True
    """False where the receiver is only likely a client of this database."""
    role: Role | None = None
    """The role it runs as, where that can be told."""
    role_reason: str | None = None
    server: tuple[str, ...] = ()
    """What the address of its client is named by, where that sets it apart: `LEGACY_SUPABASE_URL`."""
    select: Select | None = None
    event: str | None = None
    """Of a subscription: which change it listens to, in lower case, or `*`; None where that is not told."""
    former: tuple[Former, ...] = ()
    """Of a subscription: the columns that its handler reads of a row as it was before it changed."""
    filters: tuple[Filter, ...] = ()
    refused: tuple[tuple[str, Place], ...] = ()
    """What PostgREST complains of (`PGRST100`) in conditions and order terms, each with its place."""
    filters_complete: bool = True
    """Whether each filter and order names a column that is told before run time."""
    written: tuple[Written, ...] = ()
    written_complete: bool = True
    """Whether `written` holds every key of every row: nothing was spread in or built elsewhere."""
    rows: tuple[Row, ...] = ()
    """Where `written` does not hold every key of every row: those rows of which all columns are told even so."""
    decoded: tuple[Written, ...] = ()
    """The keys without which the rows that are answered can't be made into what the code makes of them."""
    written_varies: bool = False
    """Whether the row is one of several objects with other keys: not all of `written` need be written at once."""
    returning: bool = False
    """Whether an insert, update, upsert or delete asks for the rows back."""
    conflict: tuple[str, ...] | None = None
    conflict_place: Place | None = None
    methods: tuple[str, ...] = ()
    """Of a bucket: what is called on it, as one word in lower case (`upload`, `createsignedurl`); `upsert` beside
    `upload` where files that are there are replaced."""
    ignore_duplicates: bool = False
    """Whether an upsert leaves rows that are there as they are (ON CONFLICT DO NOTHING)."""
    arguments: tuple[Argument, ...] = ()
    arguments_complete: bool = True
    guarded: str | None = None
    """How the author shows that it may fail (a fallback, a feature guard), in words."""
    asks: tuple[str, ...] = ()
    """The columns and tables of which the code around SQL asks whether they are there."""
    text: str | None = None
    """The SQL of a query in SQL."""
    opened: Literal["clauses", "relations"] | None = None
    """What parts of its SQL that are left out, since they are only known at run time, may add to it: conditions and
    values alone, or columns and relations too."""
    around: frozenset[str] = frozenset()
    """The names of WITH queries that its file hands to a builder, which its SQL may be put beside."""
    filled: bool = False
    """Whether a part of its SQL is what the code puts in, known or not, or it may be put into other SQL itself."""
    appended: bool = False
    """Whether its SQL is put together of parts, of which a call may send some alone."""
    spans: tuple[Span, ...] = ()
    """Where its SQL comes from, where that does not stand at `place` byte by byte."""

    def encloses(self, place: Place) -> bool:
        """Whether a place lies within the call itself: what a chain says elsewhere may be said of another one."""
        return place.path == self.call.path and self.call.start <= place.start and place.end <= self.call.end
