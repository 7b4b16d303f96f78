"""What a publication sends of rows that change, and what it keeps from changing."""

from __future__ import annotations

from pathlib import Path

import pytest

from tripoint.audit import Options, audit_folder
from tripoint.model.audit import Finding
from tripoint.postgres.server import Server

CLIENT = "import { createClient } from '@supabase/supabase-js'\nconst db = createClient(url, key)\n"
TABLES = (
    "create table public.rooms (id bigint primary key, status text, owner bigint);\n"
    "alter table public.rooms enable row level security;\n"
    "alter publication supabase_realtime add table public.rooms;\n"
)


def findings(root: Path, rule: str, sql: str, code: str = "") -> list[Finding]:
    for name, text in (("supabase/migrations/20250101000000_a.sql", sql), ("src/app.ts", CLIENT + code)):
        (root / name).parent.mkdir(parents=True, exist_ok=True)
        (root / name).write_text(text, encoding="utf-8")
    return list(audit_folder(root, Options(select=frozenset({rule}))).findings)


def read(root: Path, handler: str, event: str = "*", more: str = "") -> list[str]:
    """Return where the code reads what the old record lacks, as written there."""
    before, _, around = handler.partition("@")
    listening = f"{{ event: '{event}', schema: 'public', table: 'rooms' }}"
    call = f"db.channel('c').on('postgres_changes', {listening}, {around or before}).subscribe()\n"
    code = (before if around else "") + "\n" + call
    lines = (CLIENT + code).splitlines()
    return [
        lines[spot.line - 1][spot.column - 1 : spot.end_column - 1]
        for finding in findings(root, "incomplete-old-record", TABLES + more, code)
        for spot in finding.spots
        if spot.role == "primary"
    ]


@pytest.mark.parametrize(
    ("handler", "columns"),
    [
        ("(payload) => log(payload.old.status, payload.old.id, payload.new.owner)", ["status"]),
        ("payload => { log(payload.old?.status); log((payload.old as Room)?.owner) }", ["status", "owner"]),
        ("function (change) { const was = change.old as Room; log(was.id, was['owner']) }", ["owner"]),
        ("({ old, new: now }) => log(old.status, now.owner)", ["status"]),
        ("({ old: { id, status } }) => log(id, status)", ["status"]),
        (
            "async (p) => { const { old: o } = p; const { owner, status: s = 1 } = o; log(owner) }",
            ["owner", "status"],
        ),
        ("(p) => log((p.old ?? {}).status, p.new.owner || p.old.owner)", ["status", "owner"]),
        ("const heard = (p: Change) => log(p.old.status)\n@heard", ["status"]),
        ("function heard(p) { log(p.old.status) }\n@heard", ["status"]),
        ("const heard = useCallback((p) => log(p.old.status), [])\n@heard", ["status"]),
        # What is no read of a column: a call, what is written, another's parameter, what it asks for first.
        ("(p) => { log(p.old.toString(), p.old.nothing); p.old.status = 1; delete p.old.owner }", []),
        ("(p) => list.map((p) => p.old.status)", []),
        ("(p) => log(p.new.status, q.old.status, p.old)", []),
        ("(p) => 'status' in p.old ? log(p.old.status) : log(p.old.id)", []),
        ("(p) => log(p.old[key], p.old.status.length)", ["status"]),
        ("const heard = other\n@heard", []),
    ],
)
def test_what_is_read_of_the_old_record(tmp_path: Path, handler: str, columns: list[str]) -> None:
    assert read(tmp_path, handler) == columns


STATUS = "(p) => log(p.old.status)"


@pytest.mark.parametrize(
    ("event", "more", "told"),
    [
        ("UPDATE", "", True),
        ("INSERT", "", False),  # there is no row before it
        ("UPDATE", "alter table public.rooms replica identity full;", False),
        ("*", "alter table public.rooms replica identity full;", False),  # of an UPDATE all of it is sent
        ("DELETE", "alter table public.rooms replica identity full;", True),
        (
            "DELETE",
            "alter table public.rooms replica identity full; alter table public.rooms disable row level security;",
            False,
        ),
        ("UPDATE", "create unique index u on public.rooms (status);", True),
        (
            "UPDATE",
            "create unique index u on public.rooms (id); alter table public.rooms replica identity using index u;",
            False,
        ),
        ("UPDATE", "alter table public.rooms drop constraint rooms_pkey;", False),  # no UPDATE comes through
    ],
)
def test_what_realtime_sends(tmp_path: Path, event: str, more: str, told: bool) -> None:
    assert read(tmp_path, STATUS, event, more) == (["status"] if told else [])


def test_what_only_stands_in_for_the_new_record(tmp_path: Path) -> None:
    handler = "(p) => log(p.new.status || p.old.status, p.new?.owner ?? p.old?.owner)"
    assert read(tmp_path, handler, "UPDATE") == []
    assert read(tmp_path, handler, "DELETE") == ["status", "owner"]


def test_an_event_that_a_constant_names(tmp_path: Path) -> None:
    code = (
        "const made = 'INSERT'\n"
        "db.channel('c').on('postgres_changes', { event: made, table: 'rooms' }, (p) => log(p.old.status))\n"
    )
    assert findings(tmp_path, "incomplete-old-record", TABLES, code) == []
    assert len(findings(tmp_path, "incomplete-old-record", TABLES, code.replace("'INSERT'", "'UPDATE'"))) == 1


def test_where_realtime_may_be_set_by_hand(tmp_path: Path) -> None:
    code = (
        "db.channel('c').on('postgres_changes', { event: '*', table: 'rooms' }, (p) => log(p.old.status)).subscribe()\n"
    )
    sql = "".join(TABLES.splitlines(keepends=True)[:2])
    assert [finding.severity for finding in findings(tmp_path, "incomplete-old-record", sql, code)] == ["low"]


def test_a_table_that_is_published_and_that_nothing_makes(tmp_path: Path) -> None:
    asked = "if not exists (select from pg_publication_tables where tablename = 'flats') then"
    block = f"do $$ begin {asked} alter publication supabase_realtime add table public.flats; end if; end $$;\n"
    more = "".join(f"create table public.t{at} (id int primary key);\n" for at in range(4))
    sql = f"{TABLES}{more}{block}alter publication supabase_realtime add table public.halls;\n"
    found = findings(tmp_path, "missing-table", sql)
    assert [(one.subject, one.severity) for one in found] == [("public.flats", "high"), ("public.halls", "high")]
    assert not findings(
        tmp_path, "missing-table", f"{TABLES}alter publication supabase_realtime drop table public.rooms;"
    )


PUBLISHED = {
    "create table t (id int); create publication p for table t": {"UPDATE", "DELETE"},
    "create table t (id int primary key); create publication p for table t": set(),
    "create table t (id int); create publication p for table t with (publish = 'insert, delete')": {"DELETE"},
    "create table t (id int); create publication p for table t; alter publication p set (publish = 'insert')": set(),
    "create table t (id int); create publication p for table t; alter table t replica identity full": set(),
    "create table t (id int not null); create unique index u on t (id); create publication p for table t;"
    "alter table t replica identity using index u": set(),
    "create table t (id int primary key); create publication p for table t;alter table t replica identity nothing": {
        "UPDATE",
        "DELETE",
    },
    "create unlogged table t (id int)": set(),
    "create table t (id int)": set(),
    "create table t (id int); create publication p for table t; alter publication p drop table t": set(),
    "create table t (id int); create publication p": set(),
}


@pytest.mark.parametrize("sql", PUBLISHED)
def test_writes_that_a_publication_keeps_away(tmp_path: Path, sql: str) -> None:
    """What is told is what PostgreSQL refuses."""
    from psycopg import errors

    refused = set()
    with Server() as server, server.connect() as connection:
        connection.autocommit = True
        connection.execute(f"create schema own; set search_path = own; {sql}".encode())
        for write in ("update t set id = 1", "delete from t"):
            try:
                connection.execute(write.encode())
            except errors.ObjectNotInPrerequisiteState:
                refused.add(write.split()[0].upper())
    assert refused == PUBLISHED[sql]
    found = findings(tmp_path, "no-primary-key", sql)
    assert {word for word in ("UPDATE", "DELETE") for one in found if f" {word}" in one.message} == (
        refused if "primary key" not in sql else set()
    )
    assert [one.severity for one in found] == ([] if "primary key" in sql else ["high" if refused else "low"])
