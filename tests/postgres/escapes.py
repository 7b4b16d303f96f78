"""Ways out of the sandbox, each tried by the role of the migrations, and what came of each.

`python tests/postgres/escapes.py` prints the outcomes as JSON; the documentation's table is made of the same list.
"""

from __future__ import annotations

import json
import os
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import psycopg
from msgspec import Struct

from tripoint.postgres.platform import platform_template
from tripoint.postgres.run import ServerLost, run
from tripoint.postgres.server import Limits, Server

SUPERUSERS = "select count(*) from pg_roles where (rolname = 'postgres' or rolname = 'evil') and rolsuper"


class Escape(Struct, frozen=True):
    """One way: what is tried, the statements, and what closes it.

    The last statement's outcome counts: `refused SQLSTATE`, `done`, or `lost` with the server. Where it may be done,
    `harmless` is a query of the superuser whose answer must be 0.
    """

    name: str
    statements: tuple[str, ...]
    outcome: str
    closed_by: str
    harmless: str | None = None


NOT_SUPERUSER = "the role is no superuser"
STAND_IN = "the extension is a stand-in without C code"

ESCAPES = (
    Escape("run a program", ("copy (select 1) to program 'id'",), "refused 42501", NOT_SUPERUSER),
    Escape(
        "read a program's output",
        ("create table x (l text)", "copy x from program 'id'"),
        "refused 42501",
        NOT_SUPERUSER,
    ),
    Escape("write a file", ("copy (select 1) to '/tmp/written-by-migration'",), "refused 42501", NOT_SUPERUSER),
    Escape("read a file", ("create table x (l text)", "copy x from '/etc/passwd'"), "refused 42501", NOT_SUPERUSER),
    Escape("read a file by a function", ("select pg_read_file('/etc/passwd')",), "refused 42501", NOT_SUPERUSER),
    Escape("list a folder", ("select pg_ls_dir('/')",), "refused 42501", NOT_SUPERUSER),
    Escape("look at a file", ("select pg_stat_file('/etc/passwd')",), "refused 42501", NOT_SUPERUSER),
    Escape("read a file as a large object", ("select lo_import('/etc/passwd')",), "refused 42501", NOT_SUPERUSER),
    Escape(
        "write a file from a large object",
        ("select lo_from_bytea(77, 'x')", "select lo_export(77, '/tmp/written-by-migration')"),
        "refused 42501",
        NOT_SUPERUSER,
    ),
    Escape(
        "call into the C library",
        ("create function f(cstring) returns int language c as '/lib/x86_64-linux-gnu/libc.so.6', 'system'",),
        "refused 42501",
        NOT_SUPERUSER,
    ),
    Escape(
        "call an internal function under another type",
        ("create function f(int8) returns text language internal as 'textout'",),
        "refused 42501",
        NOT_SUPERUSER,
    ),
    Escape("load a library", ("load '/tmp/x.so'",), "refused 42501", NOT_SUPERUSER),
    Escape("an untrusted language", ("create language plpython3u",), "refused 0A000", "the language is not there"),
    Escape("an untrusted extension", ("create extension plperlu",), "refused 0A000", "the extension is not there"),
    Escape(
        "an extension that reads pages", ("create extension pageinspect",), "refused 42501", "only trusted extensions"
    ),
    Escape(
        "change the server's configuration",
        ("alter system set log_destination = 'csvlog'",),
        "refused 0A000",
        "switched off at start",
    ),
    Escape("redirect libraries", ("set dynamic_library_path = '/tmp'",), "refused 42501", NOT_SUPERUSER),
    Escape("redirect extensions", ("set extension_control_path = '/tmp'",), "refused 42501", NOT_SUPERUSER),
    Escape(
        "preload a library in later sessions",
        ("alter role postgres set session_preload_libraries = '/tmp/x.so'",),
        "refused 42501",
        NOT_SUPERUSER,
    ),
    Escape("change system tables", ("update pg_authid set rolsuper = true",), "refused 42501", NOT_SUPERUSER),
    Escape("allow changing system tables", ("set allow_system_table_mods = on",), "refused 42501", NOT_SUPERUSER),
    Escape("make a superuser", ("create role evil superuser",), "refused 42501", NOT_SUPERUSER),
    Escape("become the superuser", ("set role tripoint",), "refused 42501", NOT_SUPERUSER),
    Escape("join the superuser", ("grant tripoint to postgres",), "refused 42501", NOT_SUPERUSER),
    Escape("set the superuser's password", ("alter role tripoint password 'x'",), "refused 42501", NOT_SUPERUSER),
    Escape(
        "give a function to the superuser",
        (
            "create function g() returns int language sql security definer as 'select 1'",
            "alter function g() owner to tripoint",
        ),
        "refused 42501",
        NOT_SUPERUSER,
    ),
    Escape(
        "be allowed to run programs",
        ("grant pg_execute_server_program to postgres",),
        "refused 42501",
        "PostgreSQL 16 or later",
    ),
    Escape(
        "be allowed to read files",
        ("grant pg_read_server_files to postgres",),
        "refused 42501",
        "PostgreSQL 16 or later",
    ),
    Escape(
        "be allowed to write files",
        ("grant pg_write_server_files to postgres",),
        "refused 42501",
        "PostgreSQL 16 or later",
    ),
    Escape("a tablespace elsewhere", ("create tablespace t location '/tmp'",), "refused 42501", NOT_SUPERUSER),
    Escape(
        "a subscription, which connects out",
        ("create subscription s connection 'host=192.0.2.1 dbname=x' publication p",),
        "refused 42501",
        NOT_SUPERUSER,
    ),
    Escape("a replication slot", ("select pg_create_physical_replication_slot('s')",), "refused 42501", NOT_SUPERUSER),
    Escape(
        "a base type on internal functions",
        ("create type b (input = textin, output = textout)",),
        "refused 42501",
        NOT_SUPERUSER,
    ),
    Escape(
        "an index method of one's own",
        ("create access method m type index handler bthandler",),
        "refused 42501",
        NOT_SUPERUSER,
    ),
    Escape(
        "read files through a wrapper",
        (
            "create extension file_fdw",
            "create server s foreign data wrapper file_fdw",
            "create foreign table ft (l text) server s options (filename '/etc/passwd')",
            "select * from ft",
        ),
        "refused 55000",
        STAND_IN,
    ),
    Escape(
        "borrow a handler for a wrapper",
        ("create foreign data wrapper w handler pg_catalog.bthandler",),
        "refused 42501",
        NOT_SUPERUSER,
    ),
    Escape(
        "connect out through a wrapper",
        (
            "create extension postgres_fdw",
            "create server s foreign data wrapper postgres_fdw options (host '192.0.2.1')",
            "create foreign table ft (l text) server s",
            "select * from ft",
        ),
        "refused 55000",
        STAND_IN,
    ),
    Escape(
        "connect out through dblink",
        ("create extension dblink", "select dblink_connect('host=192.0.2.1')"),
        "done",
        STAND_IN,
        "select 0",
    ),
    Escape(
        "an event trigger that the superuser would set off",
        (
            "create function e() returns event_trigger language plpgsql as $$ begin alter role evil superuser; end $$",
            "select tripoint_replay.create_event_trigger('e', 'ddl_command_end', 'e')",
        ),
        "done",
        "event triggers are made disabled",
        "select count(*) from pg_event_trigger where evtenabled <> 'D'",
    ),
    Escape(
        "hostile functions in reach of a helper",
        (
            "create schema evil",
            (
                'create function evil.format(text, variadic "any") returns text language sql as'
                " $$ select 'alter role postgres superuser' $$ "
            ),
            (
                "create function evil.format(text, text) returns text language sql as"
                " $$ select 'alter role postgres superuser' $$"
            ),
            "set search_path = evil, pg_catalog",
            "select tripoint_replay.create_wrapper('w')",
        ),
        "done",
        "helpers have a fixed search path and qualify names",
        SUPERUSERS,
    ),
    Escape(
        "hostile functions in reach of an extension's script",
        (
            "create schema evil",
            (
                "create function evil.md5(text) returns text language plpgsql as"
                " $$ begin alter role postgres superuser; return ''; end $$"
            ),
            (
                "create function evil.now() returns timestamptz language plpgsql as"
                " $$ begin alter role postgres superuser; return null; end $$"
            ),
            "set search_path = evil, pg_catalog",
            "create extension if not exists timescaledb schema evil",
        ),
        "done",
        "scripts qualify names and call nothing",
        SUPERUSERS,
    ),
    Escape(
        "call into pgvector's library",
        (
            "create extension vector",
            "create function evil(text) returns text language c as '$libdir/vector', 'vector_in'",
        ),
        "refused 42501",
        "the role may create the extension, and only where the walls stand; it may define nothing in C",
    ),
    Escape(
        "name injected into a helper",
        ("select tripoint_replay.create_publication('p', false, array['public; drop schema public'], null)",),
        "refused 3F000",
        "helpers quote every name",
        SUPERUSERS,
    ),
    Escape(
        "option injected into a helper",
        ("select tripoint_replay.create_publication('p', true, null, 'insert''); alter role postgres superuser --')",),
        "refused 42601",
        "helpers quote every option",
        SUPERUSERS,
    ),
    Escape(
        "a definer function of a hostile owner",
        (
            "create role evil",
            (
                "create function h() returns void language plpgsql security definer as"
                " $$ begin execute 'alter role evil superuser'; end $$"
            ),
            "select h()",
        ),
        "refused 42501",
        NOT_SUPERUSER,
        SUPERUSERS,
    ),
    Escape(
        "no time limit",
        ("set statement_timeout = 0", "select pg_sleep(600)"),
        "refused 57014",
        "the client's clock, which cancels",
    ),
    Escape(
        "catch the cancelling",
        ("do $$ begin loop begin perform pg_sleep(9); exception when query_canceled then null; end; end loop; end $$",),
        "lost",
        "the whole server is killed",
    ),
    Escape(
        "all memory",
        ("select length(string_agg(repeat('x', 100000000), '')) from generate_series(1, 40)",),
        "refused 53200",
        "RLIMIT_AS and PostgreSQL's own bounds",
    ),
    Escape("no limit of temporary files", ("set temp_file_limit = -1",), "refused 42501", NOT_SUPERUSER),
    Escape(
        "fill the disk",
        ("create table big as select repeat(md5(i::text), 30) from generate_series(1, 900000) i",),
        "refused 53100",
        "a memory file system of bounded size",
    ),
    Escape(
        "a result without end",
        ("select repeat('x', 1000) from generate_series(1, 200000)",),
        "done",
        "the driver drops rows",
        "select 0",
    ),
    Escape(
        "close the database",
        ("alter database postgres allow_connections false", "select 1"),
        "done",
        "the replay fails and says so; the next has a fresh server",
        "select 0",
    ),
    Escape(
        "end the own session",
        ("select pg_terminate_backend(pg_backend_pid())",),
        "lost",
        "the replay fails and says so",
    ),
    Escape(
        "psql's command to run a program",
        ("\\! touch /tmp/written-by-migration",),
        "refused 42601",
        "the files go to the driver, never to psql",
    ),
)


def attempt(escape: Escape, server: Server) -> str:
    """Try one way on a server; return what came of it."""
    outcome = "done"
    try:
        with server.connect("postgres") as connection:
            if len(escape.statements) > 1 and escape.outcome.startswith("refused"):
                run(connection, "begin", 10)  # what was made on the way is not in the way of the next
            for statement in escape.statements:
                refusal = run(connection, statement, patience=1.0 if "sleep" in statement else 30)
                outcome = f"refused {refusal.sqlstate}" if refusal else "done"
            run(connection, "rollback", 10)
    except (ServerLost, psycopg.Error):
        return "lost"
    if escape.harmless not in (None, "select 0"):
        with server.connect() as connection:
            row = connection.execute(str(escape.harmless).encode()).fetchone()
            if row != (0,):
                return f"{outcome}, and it did harm"
    return outcome


def attempt_all(start: Callable[[], Server]) -> tuple[dict[str, str], dict[str, bool]]:
    """Try every way; return the outcomes, and which walls stood. What is to be refused shares one server.

    Most of the time of the others goes into waiting until their server is given up, so they are tried meanwhile.
    """

    def apart(escape: Escape) -> str:
        with start() as server:
            return attempt(escape, server)

    outcomes: dict[str, str] = {}
    with ThreadPoolExecutor(1) as pool, start() as shared:
        walls = {wall.name: wall.stands for wall in shared.walls}
        alone = {e.name: pool.submit(apart, e) for e in ESCAPES if not e.outcome.startswith("refused")}
        for escape in ESCAPES:
            if escape.name not in alone:
                outcomes[escape.name] = attempt(escape, shared)
        outcomes |= {name: found.result() for name, found in alone.items()}
    return outcomes, walls


def main() -> None:
    """Print the outcomes of this user, and which walls stood."""
    binaries, template = platform_template("supabase")

    def start() -> Server:
        return Server(binaries=binaries, template=template, limits=Limits(storage=96 << 20))

    outcomes, walls = attempt_all(start)
    written = Path("/tmp/written-by-migration").exists()
    print(json.dumps({"uid": os.geteuid(), "outcomes": outcomes, "walls": walls, "written": written}))


if __name__ == "__main__":
    main()
