"""Extensions that the schema needs: what creates them beside the migrations, and what only looks like them."""

from __future__ import annotations

from pathlib import Path

import pytest

from tripoint.audit import Options, audit_folder

NEEDS = "create table public.notes (id bigint primary key, slug citext);\n"
NEEDS_UUID = """import { MigrationInterface, QueryRunner } from 'typeorm'
export class Init1700000000000 implements MigrationInterface {
  async up(queryRunner: QueryRunner) {
    await queryRunner.query(`create table notes (id uuid primary key default uuid_generate_v4(), body text)`)
    await queryRunner.query(`create index notes_body on notes using gin (body gin_trgm_ops)`)
  }
}
"""


def told(root: Path, files: dict[str, str]) -> list[tuple[str, str]]:
    for name, text in files.items():
        (root / name).parent.mkdir(parents=True, exist_ok=True)
        (root / name).write_text(text, encoding="utf-8")
    findings = audit_folder(root, Options(select=frozenset({"missing-extension"}))).findings
    return [(finding.subject, finding.severity) for finding in findings]


def test_nothing_creates_it(tmp_path: Path) -> None:
    assert told(tmp_path, {"supabase/migrations/20250101000000_init.sql": NEEDS}) == [("citext", "medium")]


@pytest.mark.parametrize(
    ("path", "text"),
    [
        ("scripts/setup.sql", "create extension if not exists citext;\n"),
        ("src/setup.py", 'import psycopg\n\nSQL = "CREATE EXTENSION IF NOT EXISTS citext"\n'),
        ("README.md", "# Notes\n\n```sql\ncreate extension citext;\n```\n"),
        ("supabase/migrations/20250102000000_later.sql", "-- create extension citext; was run in the dashboard\n"),
    ],
)
def test_something_else_may_have_created_it(tmp_path: Path, path: str, text: str) -> None:
    files = {"supabase/migrations/20250101000000_init.sql": NEEDS, path: text}
    assert told(tmp_path, files) == [("citext", "low")]


def test_a_condition_that_only_a_database_can_tell(tmp_path: Path) -> None:
    guarded = (
        "do $$ begin if exists (select from pg_available_extensions where name = 'pg_cron') then "
        "create extension pg_cron; end if; end $$;\n"
    )
    calls = "create table public.notes (id bigint);\nselect cron.schedule('tidy', '0 3 * * *', 'select 1');\n"
    files = {"migrations/001_init.up.sql": guarded + calls}
    assert told(tmp_path, files) in ([], [("pg_cron", "low")])


def test_typeorm_creates_what_its_entities_ask_for(tmp_path: Path) -> None:
    files = {"src/migrations/1700000000000-Init.ts": NEEDS_UUID}
    assert told(tmp_path, files) == [("pg_trgm", "medium")]


def test_postgis_stands_in_the_images_of_plain_postgresql(tmp_path: Path) -> None:
    places = "create table places (id bigint primary key, at geography(point, 4326));\n"
    assert told(tmp_path / "plain", {"migrations/001_init.up.sql": places}) == [("postgis", "low")]
    hosted = {"supabase/migrations/20250101000000_init.sql": places}
    assert told(tmp_path / "hosted", hosted) == [("postgis", "medium")]


def test_what_the_platform_brings_along(tmp_path: Path) -> None:
    calls = "select net.http_get('https://example.com');\nselect crypt('a', gen_salt('bf'));\n"
    files = {"supabase/migrations/20250101000000_init.sql": "create table public.notes (id bigint);\n" + calls}
    assert told(tmp_path, files) == []


def test_a_call_before_the_extension_is_no_matter_of_a_block_that_expects_it(tmp_path: Path) -> None:
    caught = "do $$ begin perform cron.unschedule('tidy'); exception when others then null; end $$;\n"
    files = {"supabase/migrations/20250101000000_init.sql": "create table public.notes (id bigint);\n" + caught}
    assert told(tmp_path, files) == []
