"""The rows that a seed writes, held against what the migrations leave behind."""

from __future__ import annotations

from pathlib import Path

import pytest

from tripoint.audit import audit
from tripoint.config import Config
from tripoint.options import Options
from tripoint.tree import WorkTree

FIRST = """create type public.mood as enum ('ok', 'bad');
create table public.authors (id int primary key, name text not null, mood public.mood, at timestamptz not null
  default now());
"""
SECOND = "alter table public.authors rename column name to title;\n"


def told(folder: Path, seed: str, settings: str = "") -> list[str]:
    """Return what is told of the seed: the line and why PostgreSQL refuses it."""
    files = {
        "supabase/config.toml": f'project_id = "x"\n{settings}',
        "supabase/migrations/20250101000000_first.sql": FIRST,
        "supabase/migrations/20250102000000_second.sql": SECOND,
        "supabase/seed.sql": seed,
        "supabase/seeds/b.sql": seed,
    }
    for path, text in files.items():
        (folder / path).parent.mkdir(parents=True, exist_ok=True)
        (folder / path).write_text(text)
    found = audit(WorkTree(str(folder)), Config(), Options(processes=0)).findings
    faults = [one for one in found if one.rule == "refused-statement"]
    assert {one.severity for one in faults} <= {"medium"}
    return [f"{spot.path.removeprefix('supabase/')}:{spot.line} {spot.note}" for one in faults for spot in one.spots]


@pytest.mark.parametrize(
    "seed, said",
    [
        ("insert into authors (id, name) values (1, 'a');", 'column "name" of relation "authors" does not exist'),
        ("insert into public.writers (id) values (1);", 'relation "public.writers" does not exist'),
        ("insert into authors (id) values (1);", 'null value in column "title" of relation "authors" violates'),
        ("insert into authors (id, title) values (1, 'a', 2);", "an INSERT has 2 columns, but 3 values"),
        ("update authors set mood = 'great';", 'invalid input value for enum mood: "great"'),
        ("insert into authors (id, title, mood) values (1, 'a', 'ok'), (2, 'b', 'great');", "invalid input value"),
    ],
)
def test_what_a_seed_can_not_write_is_told(tmp_path: Path, seed: str, said: str) -> None:
    found = told(tmp_path, f"-- rows\n{seed}\n")
    assert len(found) == 1
    assert found[0].startswith(f"seed.sql:2 {said}")


@pytest.mark.parametrize(
    "seed",
    [
        "insert into authors (id, title) values (1, 'a') on conflict (id) do update set title = excluded.title;",
        "insert into authors values (1, 'a', 'ok', now());",
        "insert into auth.users (id, email) values (gen_random_uuid(), 'a@example.org');",
        "create temp table old (id int);\ninsert into old (id, name) values (1, 'a');",
        "select setval('authors_id_seq', 5);",
        "truncate public.authors;",
    ],
)
def test_what_a_seed_may_write_is_not_told(tmp_path: Path, seed: str) -> None:
    assert told(tmp_path, seed) == []


def test_the_settings_say_which_files_are_seeds(tmp_path: Path) -> None:
    settings = '[db.seed]\nsql_paths = ["./seeds/*.sql"]\n'
    assert told(tmp_path, "update authors set name = 'a';", settings) == [
        'seeds/b.sql:1 column "name" of relation "authors" does not exist'
    ]


def test_of_inserts_that_are_alike_some_are_looked_at(tmp_path: Path) -> None:
    rows = "".join(f"insert into authors (id, name) values ({number}, 'a');\n" for number in range(50))
    found = told(tmp_path, f"{rows}insert into authors (id, label) values (1, 'a');\n")
    assert found[0] == 'seed.sql:1 column "name" of relation "authors" does not exist'
    assert found[-1] == 'seed.sql:51 column "label" of relation "authors" does not exist'
    assert len(found) < 50


def test_a_long_seed_is_looked_at(tmp_path: Path) -> None:
    rows = ", ".join(f"({number}, 'a')" for number in range(5000))
    assert told(tmp_path, f"insert into authors (id, name) values {rows};") == [
        'seed.sql:1 column "name" of relation "authors" does not exist'
    ]
