"""Functions that clients may call are called: what runs, what it hands out, what it changes."""

from __future__ import annotations

from pathlib import Path

import pytest

from tripoint.model.evidence import Settings
from tripoint.postgres.platform import platform_template
from tripoint.postgres.run import ask
from tripoint.postgres.server import Server
from tripoint.proof.prove import Matrix, prove
from tripoint.sources.database.replay import LOGIN, Script
from tripoint.sql.read import read_sql

SQL = (Path(__file__).parent / "functions.sql").read_text(encoding="utf-8")
OPEN = Settings(auto_expose_new_tables=True)


@pytest.fixture(scope="module")
def found() -> Matrix:
    return prove([Script("1.sql", read_sql(SQL.encode()))], "supabase", OPEN)


def outcomes(matrix: Matrix, function: str, operation: str = "execute") -> dict[str, str]:
    return {
        f"{c.role} {c.rows}": c.outcome
        for c in matrix.access
        if c.table.partition("(")[0] == f"public.{function}" and c.operation == operation
    }


def test_each_function_that_leaks_is_found_and_no_other(found: Matrix) -> None:
    called = {c.table.partition("(")[0].removeprefix("public.") for c in found.access if c.operation == "execute"}
    leaking = {leak.function.name for leak in found.function_leaks}
    assert leaking == {name for name in called if name.endswith("_leaks")}
    assert len(leaking) == 7
    by_name = {leak.function.name: leak for leak in found.function_leaks}
    assert [str(name) for name in by_name["delete_note_leaks"].deleted] == ["public.notes"]
    assert [column for _, column in by_name["rename_leaks"].changed] == ["body"]
    assert [(str(table), column) for table, column in by_name["email_leaks"].read] == [("auth.users", "email")]
    assert by_name["note_leaks"].whole
    assert not by_name["all_bodies_leaks"].whole
    assert (by_name["retitle_leaks"].role, by_name["retitle_leaks"].signed_in) == ("anon", False)
    assert by_name["retitle_leaks"].asks


def test_what_runs_is_told_from_what_refuses_and_from_what_fails(found: Matrix) -> None:
    assert outcomes(found, "note") == {
        "anon any": "allowed",
        "authenticated own": "allowed",
        "authenticated other": "allowed",
    }
    assert outcomes(found, "note", "select") == {
        "anon any": "denied",
        "authenticated own": "allowed",
        "authenticated other": "denied",
    }
    assert outcomes(found, "delete_note")["authenticated other"] == "denied"
    assert outcomes(found, "hidden") == {"anon any": "denied", "authenticated any": "allowed"}
    assert outcomes(found, "unreachable") == {}
    reasons = {c.table: c.reason or "" for c in found.access if c.operation == "execute" and c.outcome == "not-proven"}
    assert set(reasons) == {"public.broken()", "public.body_of(public.notes)"}
    assert "(22012)" in reasons["public.broken()"]
    assert "no value is known" in reasons["public.body_of(public.notes)"]


def test_calls_leave_the_rows_as_they_were(found: Matrix) -> None:
    own = {(c.operation, c.outcome) for c in found.access if c.table == "public.notes" and c.rows == "own"}
    assert own == {(operation, "allowed") for operation in ("select", "insert", "update", "delete")}
    # Three functions delete or change the same row, one after the other: each found it.
    assert outcomes(found, "delete_note", "delete")["authenticated own"] == "allowed"


def test_the_script_shows_the_leak_elsewhere(found: Matrix) -> None:
    binaries, template = platform_template("supabase", OPEN)
    with Server(template=template, binaries=binaries) as server, server.connect(LOGIN) as connection:
        connection.execute(SQL.encode())
        for leak in found.function_leaks:
            statements = [line for line in leak.script.splitlines() if not line.startswith("--")]
            assert (statements[0], statements[-1]) == ("begin;", "rollback;")
            with connection.transaction(force_rollback=True):
                for statement in statements[1:-2]:
                    connection.execute(statement.encode())
                shown = connection.execute(statements[-2].encode())
                rows = shown.fetchall()
            if leak.deleted:
                assert rows == []
            elif leak.changed:
                assert "changed" in str(rows) or "new_body" in str(rows), leak.function
            else:
                assert rows, leak.function


def test_a_function_that_ends_the_server_loses_no_table() -> None:
    text = (
        "create table notes (id uuid primary key, user_id uuid not null references auth.users, body text);"
        "create function ends() returns boolean language sql security definer as"
        " $$ select pg_terminate_backend(pg_backend_pid()) $$;"
    )
    matrix = prove([Script("1.sql", read_sql(text.encode()))], "supabase", OPEN)
    assert {c.table for c in matrix.access} == {"public.notes"}
    assert any("public.ends() ended the server" in note for note in matrix.notes)


def test_a_statement_that_is_larger_than_a_socket_takes_is_sent_whole() -> None:
    binaries, template = platform_template("supabase", OPEN)
    with Server(template=template, binaries=binaries) as server, server.connect(LOGIN) as connection:
        answer = ask(connection, f"SELECT length('{'x' * 8_000_000}')", 30, rows=1)
        assert answer.refusal is None
        assert answer.rows == (("8000000",),)
