"""A live database, read and never written to.

Every statement runs in a transaction that the server itself confirmed to be read-only, and at the end the server says
that the transaction was given no number, which its first change would give it. No setting outlives the transaction, so
that a connection pooler hands nothing on. A password is neither kept nor shown, whatever goes wrong.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

from msgspec import Struct
from msgspec.structs import replace

from tripoint.model.catalog import Catalog, Table
from tripoint.model.evidence import Platform
from tripoint.model.name import Name
from tripoint.sources.database.read import OLDEST, read_within, snapshot
from tripoint.supabase import MANAGED_SCHEMAS

if TYPE_CHECKING:
    from psycopg import Connection

__all__ = ["HISTORY_TABLES", "DatabaseUnreadable", "History", "Live", "read_live", "without_managed"]


class DatabaseUnreadable(Exception):
    """A database does not answer or can't be read; the message is one sentence without a credential."""


class History(Struct, frozen=True):
    """What a runner wrote down of the migrations that it applied."""

    table: Name
    layout: str
    versions: tuple[str, ...]
    """The applied versions in the runner's own spelling, in order; of golang-migrate only the last one."""
    failed: tuple[str, ...] = ()
    """Versions that were begun and did not succeed."""


class Live(Struct, frozen=True):
    """What a live database holds."""

    catalog: Catalog
    place: str
    """Where it is: host, port and database, and nothing else of the connection."""
    version: str
    histories: tuple[History, ...] = ()
    idle_indexes: tuple[tuple[Name, str, int], ...] = ()
    """Table, index and how often the table was read, of every index that no query ever used."""


# Each runner's own table, the columns by which it is known, and how its rows say what was applied.
_RUNNERS: tuple[tuple[str, Name, tuple[str, ...], str], ...] = (
    (
        "supabase",
        Name("supabase_migrations", "schema_migrations"),
        ("version",),
        "select version::text, true as done from supabase_migrations.schema_migrations order by version",
    ),
    (
        "prisma",
        Name("public", "_prisma_migrations"),
        ("migration_name", "finished_at", "rolled_back_at"),
        (
            "select migration_name::text as version, finished_at is not null as done from public._prisma_migrations"
            " where rolled_back_at is null order by started_at, migration_name"
        ),
    ),
    (
        "drizzle",
        Name("drizzle", "__drizzle_migrations"),
        ("hash", "created_at"),
        "select created_at::text as version, true as done from drizzle.__drizzle_migrations order by id",
    ),
    (
        "golang-migrate",
        Name("public", "schema_migrations"),
        ("version", "dirty"),
        "select version::text, not dirty as done from public.schema_migrations order by version",
    ),
    (
        "goose",
        Name("public", "goose_db_version"),
        ("version_id", "is_applied"),
        (
            "select version_id::text as version, is_applied as done from public.goose_db_version"
            " where version_id > 0 order by id"
        ),
    ),
    (
        "flyway",
        Name("public", "flyway_schema_history"),
        ("version", "success", "installed_rank"),
        (
            "select version::text, success as done from public.flyway_schema_history where version is not null"
            " order by installed_rank"
        ),
    ),
    (
        "sqitch",
        Name("sqitch", "changes"),
        ("change", "committed_at"),
        "select change::text as version, true as done from sqitch.changes order by committed_at",
    ),
    # Last, since its only column is one of golang-migrate's too.
    (
        "dbmate",
        Name("public", "schema_migrations"),
        ("version",),
        "select version::text, true as done from public.schema_migrations order by version",
    ),
)
HISTORY_TABLES: frozenset[Name] = frozenset(table for _, table, _, _ in _RUNNERS)
"""The tables in which runners write down what they applied: they are no part of an application's schema."""


# What only constraints need is left out: they use an index without a scan that is counted.
_IDLE = b"""
select i.schemaname::text, i.relname::text, i.indexrelname::text,
    coalesce(t.seq_scan, 0) + coalesce(t.idx_scan, 0) as reads
from pg_catalog.pg_stat_user_indexes i
join pg_catalog.pg_stat_user_tables t on t.relid = i.relid
join pg_catalog.pg_index x on x.indexrelid = i.indexrelid
where i.idx_scan = 0 and not x.indisunique and not x.indisprimary and not x.indisexclusion and x.indisvalid
order by 1, 2, 3
"""


def read_live(url: str | None = None, timeout: float = 30) -> Live:
    """Return what the database at `url` holds, or the one that the usual PG environment variables, service file and
    password file lead to.

    `timeout` (seconds) is for each statement. Raises `DatabaseUnreadable`.
    """
    with _connected(url) as connection:
        version = connection.info.server_version
        if version < OLDEST * 10000:
            raise DatabaseUnreadable(f"The database runs PostgreSQL {version // 10000}; {OLDEST} or later can be read.")
        with snapshot(connection, timeout):
            catalog = read_within(connection)
            histories = tuple(_histories(connection, catalog))
            idle = tuple(
                (Name(schema, table), index, reads) for schema, table, index, reads in connection.execute(_IDLE)
            )
            written = connection.execute("select pg_catalog.pg_current_xact_id_if_assigned() is not null").fetchone()
            if written != (False,):
                raise DatabaseUnreadable("The database says that reading it changed it, so what was read is not used.")
        info = connection.info
        place = f"{info.host or 'local'}:{info.port}/{info.dbname}"
        return Live(catalog, place, str(version // 10000), histories, idle)


@contextmanager
def _connected(url: str | None) -> Iterator[Connection[Any]]:
    try:
        import psycopg
    except ImportError:
        raise DatabaseUnreadable("Reading a database needs psycopg: install tripoint[database].") from None
    try:
        with psycopg.connect(
            url or "",
            autocommit=True,
            connect_timeout=15,
            application_name="tripoint",
            # Else names come as bytes from a database whose encoding is SQL_ASCII.
            client_encoding="utf8",
            prepare_threshold=None,
        ) as connection:
            yield connection
    except psycopg.ProgrammingError as error:
        if error.sqlstate is None:
            # libpq quotes what it could not read, which may be the password.
            raise DatabaseUnreadable("The connection string of the database could not be read.") from None
        raise DatabaseUnreadable(f"The database can't be read: {_masked(error, url)}.") from None
    except UnicodeError:
        raise DatabaseUnreadable("The database can't be read: a name in it is not UTF-8.") from None
    except (psycopg.Error, RuntimeError) as error:
        raise DatabaseUnreadable(f"The database can't be read: {_masked(error, url)}.") from None


def _masked(error: Exception, url: str | None) -> str:
    """Return an error's words on one line, without anything that the connection string holds as a password."""
    from psycopg import Error
    from psycopg.conninfo import conninfo_to_dict

    # The first line says what; those after it quote the statement, or ask whether a server runs at all.
    primary = error.diag.message_primary if isinstance(error, Error) else None
    text = " ".join((primary or str(error).strip().partition("\n")[0]).split()).rstrip(".")
    text = re.sub(r"(://[^:/@\s]*:)[^@\s]*@", r"\1***@", text)
    text = re.sub(r"(?i)(password\s*=\s*)('(?:[^'\\]|\\.)*'|\S+)", r"\1***", text)
    try:
        password = conninfo_to_dict(url or "").get("password")
    except Error:
        password = None
    # A password of a letter or two would only be made known by what is masked.
    return text.replace(str(password), "***") if password and len(str(password)) > 2 else text


def _histories(connection: Connection[Any], catalog: Catalog) -> Iterator[History]:
    seen: set[Name] = set()
    for layout, name, columns, query in _RUNNERS:
        table = catalog.tables.get(name)
        if table is None or name in seen or not set(columns) <= table.columns.keys():
            continue
        readable = connection.execute(
            "select has_table_privilege(c.oid, 'select') and has_schema_privilege(n.oid, 'usage')"
            " from pg_class c join pg_namespace n on n.oid = c.relnamespace where n.nspname = %s and c.relname = %s",
            tuple(name),
        ).fetchone()
        if readable != (True,):
            continue
        seen.add(name)
        rows = connection.execute(query.encode()).fetchall()
        yield History(
            name,
            layout,
            tuple(version for version, done in rows if done and version is not None),
            tuple(version for version, done in rows if not done and version is not None),
        )


def without_managed(catalog: Catalog, platform: Platform) -> Catalog:
    """Return a catalog less what the platform manages and what runners write down, to be compared with another such.

    Of the platform's own tables the policies and triggers are kept, which projects add to them.
    """
    managed = MANAGED_SCHEMAS if platform == "supabase" else frozenset()
    rest = replace(catalog)
    rest.schemas = {name: schema for name, schema in catalog.schemas.items() if name not in managed}
    rest.tables = {}
    for name, table in catalog.tables.items():
        if name in HISTORY_TABLES:
            continue
        if name.schema not in managed:
            rest.tables[name] = table
        elif table.policies or table.triggers:
            rest.tables[name] = Table(name, table.kind, policies=table.policies, triggers=table.triggers)
    for field in ("functions", "enums", "domains", "composites", "sequences"):
        held = getattr(catalog, field)
        setattr(rest, field, {name: value for name, value in held.items() if name.schema not in managed})
    rest.extensions, rest.roles, rest.default_grants = {}, set(), set()
    return rest
