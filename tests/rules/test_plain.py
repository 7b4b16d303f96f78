"""What the rules say of a database that no API serves."""

from __future__ import annotations

from pathlib import Path

from tripoint.audit import audit_folder

FUNCTIONS = """
create function public.touch() returns trigger language plpgsql as $$ begin new.at = now(); return new; end $$;
create function public.grant_all() returns void language plpgsql security definer as $$ begin perform 1; end $$;
"""


def test_a_function_with_its_callers_rights_is_no_fault_without_an_api(tmp_path: Path) -> None:
    (tmp_path / "migrations").mkdir()
    (tmp_path / "migrations" / "001_init.sql").write_text(FUNCTIONS, encoding="utf-8")
    found = [finding.subject for finding in audit_folder(tmp_path).findings if finding.rule == "mutable-search-path"]
    assert found == ["public.grant_all"]


COUNTS = """
create table public.gulls (id bigint primary key);
create table public.nests (id bigint primary key);
create function public.count_nests() returns bigint language plpgsql as $$
begin return (select count(*) from public.nests); end $$;
"""


def test_a_function_that_nothing_calls_fails_for_nobody(tmp_path: Path) -> None:
    called = "create function public.twice() returns bigint language sql as 'select 2 * public.count_nests()';"
    run = 'def gulls(cursor):\n    cursor.execute("select id from gulls")\n'
    asked = run + '    cursor.execute("select count_nests()")\n'
    for name, sql, code, severity in (
        ("idle", "", run, "low"),
        ("by-sql", called, run, "high"),
        ("by-code", "", asked, "high"),
    ):
        files = {"migrations/001_a.sql": COUNTS + sql, "migrations/002_b.sql": "drop table public.nests;", "a.py": code}
        for path, text in files.items():
            (tmp_path / name / path).parent.mkdir(parents=True, exist_ok=True)
            (tmp_path / name / path).write_text("import psycopg\n" + text if path == "a.py" else text)
        found = [f for f in audit_folder(tmp_path / name).findings if f.rule == "missing-table"]
        assert [(f.subject, f.severity) for f in found] == [("public.nests", severity)], name


def test_a_function_that_no_word_of_unread_code_names_fails_for_nobody(tmp_path: Path) -> None:
    model = "class Gull < ActiveRecord::Base\n  def self.all_of_them\n    connection.execute('{}')\n  end\nend\n"
    for name, asked, severity in (("idle", "select 1", "low"), ("asked", "select count_nests()", "high")):
        dump = COUNTS.replace("create table public.nests (id bigint primary key);\n", "")
        for path, text in {"db/structure.sql": dump, "app/models/gull.rb": model.format(asked), "Gemfile": ""}.items():
            (tmp_path / name / path).parent.mkdir(parents=True, exist_ok=True)
            (tmp_path / name / path).write_text(text)
        found = [f for f in audit_folder(tmp_path / name).findings if f.rule == "missing-table"]
        assert [(f.subject, f.severity) for f in found] == [("public.nests", severity)], name


def test_a_version_twice_where_only_names_say_which_runner_applies_them(tmp_path: Path) -> None:
    for folder, module, severity in (("own", "", "low"), ("known", "github.com/golang-migrate/migrate/v4", "high")):
        files = {"go.mod": module, "db/1_gulls.up.sql": "create table gulls (id int primary key);"}
        files |= {"db/1_nests.up.sql": "create table nests (id int primary key);"}
        for path, text in files.items():
            (tmp_path / folder / path).parent.mkdir(parents=True, exist_ok=True)
            (tmp_path / folder / path).write_text(text)
        (found,) = (f for f in audit_folder(tmp_path / folder).findings if f.rule == "duplicate-version")
        assert found.severity == severity


def test_two_migrations_of_one_day_have_no_version_twice(tmp_path: Path) -> None:
    (tmp_path / "migrations").mkdir()
    for name in ("2025-01-01-gulls", "2025-01-01-nests"):
        (tmp_path / "migrations" / f"{name}.sql").write_text(f"create table {name[-5:]} (id bigserial primary key);")
    assert [f for f in audit_folder(tmp_path).findings if f.rule == "duplicate-version"] == []


def test_sql_migrate_keys_a_migration_by_its_whole_name(tmp_path: Path) -> None:
    (tmp_path / "db").mkdir()
    for step in ("a", "b"):
        (tmp_path / "db" / f"20250101-{step}.sql").write_text(f"-- +migrate Up\ncreate table {step} (id int);\n")
    assert [f for f in audit_folder(tmp_path).findings if f.rule == "duplicate-version"] == []


def test_what_an_extension_keeps_of_a_hypertable_is_no_table_of_the_project(tmp_path: Path) -> None:
    dump = (
        "create extension timescaledb;\ncreate schema _timescaledb_internal;\n"
        "create table _timescaledb_internal._compressed_hypertable_3 ();\n"
        "create table public.readings (at timestamptz);\n"
    )
    (tmp_path / "migrations").mkdir()
    (tmp_path / "migrations" / "001_init.sql").write_text(dump, encoding="utf-8")
    found = [finding.subject for finding in audit_folder(tmp_path).findings if finding.rule == "no-primary-key"]
    assert found == ["public.readings"]
