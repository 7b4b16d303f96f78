"""Functions and values that a file of generated types lacks, or has alone."""

from __future__ import annotations

from pathlib import Path

import pytest

from tripoint.audit import Options, audit_folder

SQL = """create table public.people (id bigint primary key, name text not null);
create function public.hello() returns text language sql as $$ select 'hello' $$;
"""
TYPES = """export type Database = { public: { Tables: { people: { Row: { id: number; name: string }
  Insert: { id: number; name: string }; Update: { id?: number; name?: string }; Relationships: [] } }
  Views: {}; Functions: { hello: { Args: never; Returns: string } }; Enums: {} } }
"""


@pytest.mark.parametrize(
    "function, missing",
    [
        ("greet(person bigint) returns text language sql as $$ select 'hi' $$", True),
        ("greet(bigint, text) returns text language sql as $$ select 'hi' $$", False),
        ("greet() returns trigger language plpgsql as $$ begin return new; end $$", False),
        ("hello(person bigint) returns text language sql as $$ select 'hi' $$", False),
    ],
)
def test_a_function_that_is_made_later(tmp_path: Path, function: str, missing: bool) -> None:
    files = {"supabase/migrations/1_a.sql": f"{SQL}create function public.{function};", "src/database.types.ts": TYPES}
    for name, text in files.items():
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).write_text(text, encoding="utf-8")
    (tmp_path / "tests").mkdir()
    (tmp_path / "tests/database.types.ts").write_text(TYPES.replace("greet", "of_a_test"), encoding="utf-8")
    found = audit_folder(tmp_path, Options(select=frozenset({"stale-types"}))).findings
    assert ["the types lack public.greet" in one.message for one in found] == [True] * missing


def test_the_values_of_an_enum_are_told_by_the_side_that_lacks_them(tmp_path: Path) -> None:
    enum = "create type public.mood as enum ('glad', 'calm');"
    files = {
        "supabase/migrations/1_a.sql": SQL + enum,
        "src/database.types.ts": TYPES.replace("Enums: {}", 'Enums: { mood: "glad" | "sad" }'),
    }
    for name, text in files.items():
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).write_text(text, encoding="utf-8")
    (found,) = audit_folder(tmp_path, Options(select=frozenset({"stale-types"}))).findings
    assert "the migrations lack the value 'sad' of public.mood" in found.message
    assert "the types lack the value 'calm' of public.mood" in found.message


def test_what_is_missing_at_one_place_keeps_its_identity_when_more_is(tmp_path: Path) -> None:
    def missing(change: str) -> dict[str | None, str | None]:
        for name, text in {"supabase/migrations/1_a.sql": SQL + change, "src/database.types.ts": TYPES}.items():
            (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
            (tmp_path / name).write_text(text, encoding="utf-8")
        (found,) = audit_folder(tmp_path, Options(select=frozenset({"stale-types"}))).findings
        return {spot.note: spot.fingerprint for spot in found.spots if spot.role == "primary"}

    before = missing("alter table public.people add column born date, add column died date;")
    after = missing("alter table public.people add column born date, add column died date, add column city text;")
    assert before.items() < after.items()
    assert set(after) - set(before) == {"city is missing"}
