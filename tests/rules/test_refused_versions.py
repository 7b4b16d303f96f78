"""Functions in PL/pgSQL that PostgreSQL refuses, and that a later version replaces: what a server refuses is told."""

from __future__ import annotations

from pathlib import Path

import pytest

from rules.refusing import Refuses
from tripoint.audit import Options, audit_folder

TABLE = """create table t (id int primary key, n int);
alter table t enable row level security;
create type pair as (a int, b int);
"""
VERSION = "create or replace function f(p pair) returns {} language plpgsql as $$ {} $$;\n"
LATER = VERSION.format("int", "begin return 1; end")


@pytest.mark.parametrize(
    ("body", "told"),
    [
        ("begin return 2; end", None),
        ("declare q pair; r t; s t%rowtype; n t.n%type; begin q.a := p.a; r.n := n; s := r; return q.a; end", None),
        ("begin a := 1; return 1; end", '"a" is not a known variable'),
        (
            "declare r record; a int; begin select 1, 2 into r, a; return a; end",
            "record variable cannot be part of multiple-item INTO list",
        ),
        ("begin return 1 end", "syntax error at end of input"),
        ("begin return next 1; end", "cannot use RETURN NEXT in a non-SETOF function"),
        ("begin raise exception 'no %'; end", "too few parameters specified for RAISE"),
    ],
)
@pytest.mark.parametrize("after", [LATER, "drop function f(pair);\n"])
def test_versions_that_are_gone(tmp_path: Path, refuses: Refuses, body: str, told: str | None, after: str) -> None:
    texts = [TABLE, VERSION.format("int", body), after]
    refused = refuses(TABLE, texts[1])
    assert (refused.partition(" at or near")[0] if refused is not None else None) == told
    assert _told(tmp_path, texts) == ([("medium", "2_a.sql", told)] if told is not None else [])


def test_a_body_that_postgresql_did_not_look_at(tmp_path: Path) -> None:
    unread = "set check_function_bodies = off;\n" + VERSION.format("int", "begin a := 1; return 1; end")
    assert _told(tmp_path, [TABLE, unread, LATER]) == []


def _told(folder: Path, texts: list[str]) -> list[tuple[str, str, str]]:
    (folder / "supabase" / "migrations").mkdir(parents=True)
    for number, text in enumerate(texts, 1):
        (folder / "supabase" / "migrations" / f"{number}_a.sql").write_text(text, encoding="utf-8")
    found = audit_folder(folder, Options(select=frozenset({"refused-statement"}))).findings
    said = [one.message.rpartition(".sql: ")[2].rstrip(".").partition(" at or near")[0] for one in found]
    return [(one.severity, one.subject, words) for one, words in zip(found, said, strict=True)]
