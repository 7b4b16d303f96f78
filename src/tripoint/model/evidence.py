"""All that was heard about one database, as the rules see it."""

from __future__ import annotations

from collections.abc import Callable
from fnmatch import fnmatchcase
from typing import Any, Literal

from msgspec import Struct, field

from tripoint.model.binding import BodyBinding, DataStatement, Invocation, Job, QueryBinding
from tripoint.model.catalog import Catalog, Function
from tripoint.model.claim import Claims
from tripoint.model.fault import Suggestion, Witness
from tripoint.model.generated import GeneratedTypes
from tripoint.model.name import Name
from tripoint.model.place import Place
from tripoint.model.proof import Proof
from tripoint.model.query import Query

__all__ = [
    "ApiKey",
    "AuthHook",
    "Database",
    "Disagreement",
    "Elsewhere",
    "Evidence",
    "Failure",
    "MigrationFile",
    "Opaque",
    "Reference",
    "Settings",
    "Thing",
    "Unseen",
    "WrittenKey",
]

Platform = Literal["supabase", "postgresql"]


class AuthHook(Struct, frozen=True):
    """A function that Supabase's service of accounts calls at a point of its own, such as `custom_access_token`."""

    point: str
    function: Name
    place: Place


class Settings(Struct, frozen=True):
    """What the platform's configuration says of the API in front of the database."""

    exposed_schemas: tuple[str, ...] = ("public", "graphql_public")
    auto_expose_new_tables: bool | None = None
    """`[api].auto_expose_new_tables`: None where the configuration does not say."""
    extra_search_path: tuple[str, ...] = ("public", "extensions")
    edge_functions: tuple[str, ...] = ()
    auth_hooks: tuple[AuthHook, ...] = ()
    """Those that are switched on and are functions of this database."""
    place: Place | None = None


_PROGRAMS = (".py", ".ts", ".mts", ".cts", ".js", ".mjs", ".cjs", ".go")


class MigrationFile(Struct, frozen=True):
    """One migration, in the order in which its runner applies it."""

    path: str
    version: str | None
    """The runner's own key: the numeric prefix, the folder's name; None for a plain schema file."""
    layout: str
    """`supabase`, `prisma`, `drizzle`, `golang-migrate`, `goose`, `dbmate`, `flyway`, `sqitch`, `sqlc`, `schema`, …"""
    transaction: bool = True
    """Whether its runner applies it in one transaction, by its own marks."""

    @property
    def program(self) -> bool:
        """Whether it is a program that sends SQL: it is read, and can't be run."""
        return self.path.lower().endswith(_PROGRAMS)


class Database(Struct, frozen=True):
    """One database of the project and the files that speak of it."""

    name: str
    root: str
    platform: Platform
    migrations: tuple[MigrationFile, ...] = ()
    migrations_root: str | None = None
    definition: Literal["migrations", "declarative", "dump", "orm", "database", "none"] = "none"
    """What the `defined` catalog was folded from."""
    settings: Settings = field(default_factory=Settings)
    doubtful: bool = False
    """Whether only a client of the code says that it is Supabase's, beside a plain driver of PostgreSQL."""
    host: str | None = None
    """The domain of another host than Supabase's that the settings of an environment connect to."""
    outline: bool = False
    """Whether its schema file holds tables alone, so that what is not there says nothing of anything else."""
    outlines: frozenset[str] = frozenset()
    """Those of the migrations of which the same is true."""
    by_types: bool = False
    """Whether types that were generated from it are all that tells what it holds."""
    begun_in: tuple[str, str] | None = None
    """The file that says in which other schema than public the runner of the migrations works, and that schema."""
    looked_in: tuple[str, tuple[str, ...]] | None = None
    """The file that gives the runner of the migrations a search path, and the schemas of that."""
    unordered: tuple[str, ...] = ()
    """Folders of several histories, where nothing says in which order one is applied beside another."""


class Opaque(Struct, frozen=True):
    """A statement of a migration whose effect can't be told from its text."""

    place: Place
    reason: str
    may_touch: frozenset[str] | None = None
    """Names that it may create or change; None where it could be any."""
    policies: bool = True
    """Whether it may change row level security: it, or a function that it names, speaks of policies."""
    privileges: bool = True
    """Whether it may change privileges: it, or a function that it names, grants or revokes."""
    anything: bool = False
    """Whether it may make objects whose names stand nowhere."""
    modules: tuple[str, ...] = ()
    """What a program imports and hands its means to, where that is all that is not told of it: what it makes is named
    there."""
    columns: bool = True
    """Whether it may make, change or drop relations and columns: what changes constraints, indexes, triggers or
    policies alone does not."""


class Unseen(Struct, frozen=True):
    """Names of what something makes that no catalog was folded from: an object of such a name may exist."""

    reason: str
    names: frozenset[str]
    """Tables, columns and functions, without schema; `*` stands for any part."""

    def may_make(self, name: str) -> bool:
        """Return whether it may make an object called `name`."""
        return name in self.names or any("*" in known and fnmatchcase(name, known) for known in self.names)


class Reference(Struct, frozen=True):
    """A statement that names a relation that did not exist when it ran, in the order of the migrations."""

    table: str
    """As `schema.name`."""
    place: Place
    statement: Literal["alter", "reference", "index", "policy", "trigger", "comment", "grant", "view", "drop", "other"]
    created_later: Place | None = None
    """Where a later statement creates it."""
    unless_there: bool = False
    """Whether that one creates it only where it is not there yet."""
    needed: Literal["relation", "function", "type", "sequence", "column", "extension"] = "relation"
    """What `table` names: a function as `schema.name()`, a column as `schema.table.column`, else `the extension x`."""


class Failure(Struct, frozen=True):
    """A statement of a migration that PostgreSQL refused in a replay, in its own words."""

    place: Place
    """The whole statement."""
    at: Place
    """What PostgreSQL points at; the statement where it points at nothing."""
    sqlstate: str
    message: str
    detail: str | None = None
    hint: str | None = None
    explanation: str | None = None
    """What in the project explains it."""
    because: Place | None = None
    """The statement that the explanation speaks of: refused itself, or too late."""
    extension: str | None = None
    """The extension that brings what is missing, where no migration creates it: it may be switched on by hand."""
    doubt: str | None = None
    """Why it can't be told whether a deployment would refuse the statement too."""


class Disagreement(Struct, frozen=True, order=True):
    """One aspect of one object in which the migrations and the live database differ.

    `kind` is the sort of object (`table`, `column`, `policy`, …), `subject` as in a finding, `aspect` the field of the
    model, or `presence`. The two values are in words; None stands for an object that isn't there.
    """

    kind: str
    subject: str
    aspect: str
    defined: str | None
    held: str | None


ApiKey = Literal["public", "secret", "none"]
Thing = Literal[
    "table",
    "column",
    "optional",
    "unique",
    "relationship",
    "function",
    "signature",
    "policy",
    "row security",
    "published",
    "value",
    "extension",
]
"""What may be held elsewhere; policies, row security and being published go by their table, a foreign key by
`schema.table -> schema.table`. A column is optional where an insert may leave it out; a unique key goes by its columns
in their order: `schema.table.a`, `schema.table.(a, b)`."""


class WrittenKey(Struct, frozen=True):
    """A secret key of a hosted project that is written out. `label` says whose it is, never the key."""

    label: str
    place: Place
    witness: Witness
    given: Literal["users", "servers", "unknown"]
    """Who is given the file: those who use the page or the app, a server and people alone, or not to be told."""


class Elsewhere(Struct, frozen=True):
    """Where a file holds what the migrations lack, and what follows from it."""

    by: Literal["types", "others", "sql", "seed", "program", "driver", "code", "models", "comment"]
    """Generated types, those of another database, SQL that no runner applies, a seed, SQL that the project's program of
    migrations runs, SQL in code that imports a driver of PostgreSQL, SQL in other code, a call that makes the tables of
    models, or a comment of the migrations that says it is there."""
    reason: str
    place: Place


_SEVERAL = 3


class Evidence(Struct):
    """What the witnesses of one database said."""

    database: Database
    defined: Catalog
    """Folded from the migrations; without them from what else defines."""
    platform: Catalog
    """What the platform brings along: never the subject of a finding, but names bind to it."""
    declared: Catalog | None = None
    """Folded from declarative schema files that stand beside migrations."""
    held: Catalog | None = None
    held_by: Literal["replay", "live", "dump"] | None = None
    failures: tuple[Failure, ...] = ()
    """The first statement of each migration that a deployment would see refused."""
    refused: tuple[Failure, ...] = ()
    """Every statement of the migrations that PostgreSQL refuses on its own account."""
    disagreements: tuple[Disagreement, ...] = ()
    """Where the live database differs from what the migrations define."""
    idle_indexes: tuple[tuple[Name, str, int], ...] = ()
    """Table, index and how often the table was read, of every index of the live database that no query ever used."""
    unapplied: tuple[str, ...] = ()
    """Paths of the migrations that the live database's own history does not hold."""
    claims: Claims = field(default_factory=Claims)
    queries: tuple[Query, ...] = ()
    bindings: tuple[QueryBinding, ...] = ()
    """One for each of `queries`, in the same order."""
    bodies: tuple[BodyBinding, ...] = ()
    """What became of the names in functions, views, policies, triggers, checks, defaults and jobs of `defined`."""
    jobs: tuple[Job, ...] = ()
    invocations: tuple[Invocation, ...] = ()
    generated: tuple[tuple[str, GeneratedTypes], ...] = ()
    """Generated type declarations, each with its path."""
    mapped_enums: tuple[tuple[Name, tuple[str, ...], Place], ...] = ()
    """Enumerated types that an ORM's schema declares beside what defines the database: values, and where it stands."""
    mapped: Catalog | None = None
    """What the product's models of an ORM map to, beside what defines the database."""
    beyond: Catalog | None = None
    """Tables of which the models have what the migrations lack, each with all of its columns, where that is much: the
    database was most likely made from the models, so that names bind to these."""
    browser_files: frozenset[str] = frozenset()
    """Paths of code that runs in the browser, as far as the file itself says."""
    api_key: ApiKey = "public"
    """Which key of the platform's API the code names: one that is meant for everyone, or only the service role's."""
    shipped_secrets: tuple[tuple[str, Place, bool], ...] = ()
    """Names that have a bundler ship the service role's key, and where they stand."""
    written_keys: tuple[WrittenKey, ...] = ()
    heard: frozenset[Witness] = frozenset()
    opaque: tuple[Opaque, ...] = ()
    references: tuple[Reference, ...] = ()
    early: tuple[Reference, ...] = ()
    """What else statements need before a later one makes it: types, functions, sequences, and tables for rows."""
    refused_rows: tuple[tuple[Reference, str], ...] = ()
    """Each statement of the migrations that writes rows which PostgreSQL refuses as their table is then, and its words.
    The reference names the table or the column that is not there, or that is given no value."""
    former: tuple[Function, ...] = ()
    """The versions of functions in PL/pgSQL that later ones replace, or that are dropped."""
    first_made: dict[str, Place] = field(default_factory=dict)
    """Where each thing that migrations make is made for the first time, by what `Reference.table` calls it."""
    renames: tuple[tuple[str, str, Place], ...] = ()
    """(old, new, where) of every RENAME in the history, as `schema.table` or `schema.table.column`."""
    unseen: tuple[Unseen, ...] = ()
    drops: tuple[tuple[str, Place], ...] = ()
    """Every object that the history drops for good, as its subject."""
    skipped: dict[str, Place] = field(default_factory=dict)
    """Columns that a table lacks although a statement has them: a CREATE TABLE IF NOT EXISTS that finds the table there
    already, or one that PostgreSQL refuses. `schema.table.column` and where it stands. So with the values that its
    checks name, `schema.table.column='value'`, with text that it checks nothing of, `schema.table.column=*`, and with
    the values of a CREATE TYPE, `schema.enum='value'`, and columns of another type: `type of schema.table.column`."""
    if_there: dict[Name, Place] = field(default_factory=dict)
    """Tables that a statement changes which may ask first whether they are there, each with the first of those."""
    kept: dict[str, Place] = field(default_factory=dict)
    """Columns that a migration drops, which PostgreSQL would refuse since something depends on them:
    `schema.table.column` and the DROP."""
    in_vain: int = 0
    """How many statements of the migrations PostgreSQL would refuse; what one missing relation costs counts once."""
    refusals: tuple[tuple[Place, str], ...] = ()
    """Each such statement and what PostgreSQL would say, without those that name a missing relation (`references`)."""
    data: tuple[DataStatement, ...] = ()
    """What seeds and the last migration write to tables."""
    impossible: tuple[tuple[Place, str], ...] = ()
    """Those that it refuses whatever the database holds, which `refusals` lack."""
    lacking: tuple[tuple[str, Place], ...] = ()
    """Extensions whose functions a migration calls before it is created, and the statement."""
    account_deletions: tuple[Place, ...] = ()
    """Where the code asks the platform to delete an account."""
    own_operators: bool = False
    """Whether a statement makes operators, or casts that have others take more types."""
    elsewhere: dict[tuple[Thing, str], Elsewhere] = field(default_factory=dict)
    """What other files hold, by its kind and subject: asked where the migrations lack it."""
    loose: int = 0
    """How many files of SQL that define something no runner applies."""
    meanings: dict[str, tuple[Suggestion, ...]] = field(default_factory=dict)
    """What an unknown name most likely means, by subject: ranked, best first."""
    proof: Proof | None = None
    """What running every operation as every kind of user showed; None where it was not asked for."""
    packages: frozenset[str] = frozenset()
    """The folders that have a package manager's manifest."""
    words: frozenset[str] = frozenset()
    """Every identifier-like word in code, SQL bodies and ORM models: what stands here is never called unused."""
    answers: dict[str, Any] | None = None
    """What several rules ask, by the question: kept while the rules run, since nothing changes then."""

    def answer(self, question: str, find: Callable[[], Any]) -> Any:
        """Return what `find` finds, or what it found before where answers are kept."""
        if self.answers is None:
            return find()
        if question not in self.answers:
            self.answers[question] = find()
        return self.answers[question]

    def is_made_by_code(self, table: str) -> bool:
        """Whether a program of the project makes a table that the migrations lack, when it runs."""
        made = self.elsewhere.get(("table", table))
        return made is not None and made.by in ("program", "driver", "code", "models")

    def is_beyond(self, subject: str) -> bool:
        """Whether a subject (`schema.table`, or what belongs to one) is of a table that only models have."""
        if self.beyond is None:
            return False
        schema, _, rest = subject.partition(".")
        table = Name(schema, rest.partition(".")[0].partition("/")[0])
        return table in self.beyond.tables and table not in self.defined.tables

    def is_outlined(self, subject: str) -> bool:
        """Whether a subject (`schema.table`, or what belongs to one) is of a table that an outline makes."""
        if not self.database.outlines:
            return False
        schema, _, rest = subject.partition(".")
        table = self.defined.tables.get(Name(schema, rest.partition(".")[0].partition("/")[0]))
        return table is not None and table.place is not None and table.place.path in self.database.outlines

    def is_mostly_beyond(self) -> bool:
        """Whether the models have more tables that no migration makes than the migrations make themselves."""
        if self.beyond is None:
            return False
        made = sum(table.place is not None for table in self.defined.tables.values())
        return sum(name not in self.defined.tables for name in self.beyond.tables) > made

    def is_told_of_by(self, types: GeneratedTypes) -> bool:
        """Whether generated types may be of this database: those that are have tables which the migrations make."""
        made = {name for name, table in self.defined.tables.items() if table.place is not None}
        told = {Name(table.schema, table.name) for table in types.tables}
        return types.by_hand or len(made) < _SEVERAL or not told or not made.isdisjoint(told)
