"""What is made where nothing can be folded is not called missing."""

from __future__ import annotations

from pathlib import Path

import pytest

from tripoint.audit import audit_folder


def missing(root: Path, migration: str, query: str) -> list[str]:
    (root / "migrations").mkdir()
    (root / "migrations" / "001_a.sql").write_text(f"create table events (id bigint);\n{migration}", encoding="utf-8")
    (root / "run.py").write_text(f'import psycopg\n\ndef run(c):\n    c.execute("{query}")\n', encoding="utf-8")
    return [finding.subject for finding in audit_folder(root).findings if finding.rule == "missing-table"]


def test_a_function_names_what_it_makes_in_part(tmp_path: Path) -> None:
    function = (
        "create function keep(p text) returns void language plpgsql as $$ begin\n"
        "  execute format('create table if not exists cache_%I (id int)', p);\n"
        "  execute format('create table %I', p);\n"
        "  execute 'create table old_' || p || ' (id int)';\nend $$;"
    )
    query = "select 1 from cache_a, old_b, public.events, caches, old"
    assert missing(tmp_path, function, query) == ["public.caches", "public.old"]


@pytest.mark.parametrize(("query", "said"), [("select a from later", "names later"), ("select id from events", None)])
def test_what_may_be_made_elsewhere_and_is_held_against_nothing_is_said(
    tmp_path: Path, query: str, said: str | None
) -> None:
    function = "create function grow() returns void language plpgsql as $$ begin create table later (id int); end $$;"
    assert missing(tmp_path, function, query) == []
    reasons = [notice.reason for notice in audit_folder(tmp_path).notices]
    assert [reason.split(",")[0] for reason in reasons] == ([said] if said else [])


@pytest.mark.parametrize(("folder", "said"), [("supabase/migrations", ["drop table events;"]), ("db/migrations", [])])
def test_a_section_that_undoes_a_migration_is_said_where_the_runner_runs_it(
    tmp_path: Path, folder: str, said: list[str]
) -> None:
    text = "-- Up\ncreate table events (id int primary key);\n-- Down\ndrop table events;\n"
    (tmp_path / folder).mkdir(parents=True)
    (tmp_path / folder / "20250101000000_a.sql").write_text(text, encoding="utf-8")
    report = audit_folder(tmp_path)
    assert [str(name) for one in report.evidence for name in one.defined.tables] == ["public.events"]
    told = [notice.spot for notice in report.notices if "undoes" in notice.reason and notice.spot is not None]
    assert [text.splitlines()[spot.line - 1] for spot in told] == said


def test_a_call_that_cannot_be_followed_names_what_it_makes(tmp_path: Path) -> None:
    migration = (
        "create function split(t text, n int) returns void language plpgsql as $$ begin\n"
        "  for i in 1 .. (select count(*) from pg_class) loop\n"
        "    execute format('create table %I', t || '_' || i);\n  end loop;\n"
        "end $$;\nselect split('events', 4);"
    )
    assert missing(tmp_path, migration, "select 1 from events_2, visits_2") == ["public.visits_2"]


def test_a_trigger_function_without_its_trigger_may_be_handed_rows(tmp_path: Path) -> None:
    function = (
        "create function gone() returns trigger language plpgsql as $$ begin\n"
        "  delete from events using old_rows where events.id = old_rows.id; return null;\nend $$;"
    )
    assert missing(tmp_path, function, "select 1 from events") == []


def test_what_a_trigger_function_without_a_trigger_names_in_vain_is_low(tmp_path: Path) -> None:
    function = (
        "create function stamp() returns trigger language plpgsql as $$ begin\n"
        "  update public.events set changed = now() where id = new.id; return new;\nend $$;"
    )
    trigger = "create trigger stamp after insert on events for each row execute function stamp();"
    for name, migration, severity in (("idle", function, "low"), ("used", f"{function}\n{trigger}", "high")):
        root = tmp_path / name
        root.mkdir()
        missing(root, migration, "select 1 from events")
        found = [f.severity for f in audit_folder(root).findings if f.rule == "missing-column"]
        assert found == [severity]


def test_an_overload_that_a_later_migration_replaces_is_medium(tmp_path: Path) -> None:
    bad = "create function {} returns void language plpgsql as $$ begin\n  update events set gone = 1;\nend $$;"
    missing(tmp_path, bad.format("mark(a int)"), "select 1 from events")
    later = tmp_path / "migrations" / "002_b.sql"
    later.write_text("create function mark(a int, b int) returns void language sql as $$ select $$;", encoding="utf-8")
    found = [f for f in audit_folder(tmp_path).findings if f.rule == "missing-column"]
    assert [(f.subject, f.severity) for f in found] == [("public.events.gone", "medium")]
    assert "a later migration makes public.mark" in (found[0].severity_reason or "")


def test_a_key_into_a_schema_that_no_migration_makes_is_medium(tmp_path: Path) -> None:
    (tmp_path / "migrations").mkdir()
    keys = "create table a (id uuid references login.users (id), b int references gone (id));"
    (tmp_path / "migrations" / "001_a.sql").write_text(keys, encoding="utf-8")
    found = {f.subject: f.severity for f in audit_folder(tmp_path).findings if f.rule == "dangling-foreign-key"}
    assert found == {"public.a -> login.users": "medium", "public.a -> public.gone": "high"}


def test_sql_that_code_names_as_a_file_may_be_run_by_it(tmp_path: Path) -> None:
    (tmp_path / "work").mkdir()
    made = "create table scratch_rows (id int);\nalter table visits rename to scratch_visits;"
    (tmp_path / "work" / "scratch_tables.sql").write_text(made)
    query = "select 1 from scratch_rows, scratch_visits, scratch_none"
    found = missing(tmp_path, "", query)
    assert sorted(found) == ["public.scratch_none", "public.scratch_rows", "public.scratch_visits"]
    (tmp_path / "more.py").write_text("text = open('work/scratch_tables.sql').read()\n")
    findings = audit_folder(tmp_path).findings
    assert [found.subject for found in findings if found.rule == "missing-table"] == ["public.scratch_none"]


def test_a_file_that_makes_again_what_migrations_make_leaves_no_relation_open(tmp_path: Path) -> None:
    (tmp_path / "supabase" / "migrations").mkdir(parents=True)
    tables = "create table notes (id bigint primary key);\ncreate table tags (id bigint primary key);\n"
    (tmp_path / "supabase" / "migrations" / "20250101000000_a.sql").write_text(tables)
    (tmp_path / "copy_of_tables.sql").write_text(tables)
    (tmp_path / "run.ts").write_text(
        "import { createClient } from '@supabase/supabase-js'\nconst supabase = createClient('u', 'k')\n"
        "export const f = () => supabase.from('notes').select('id, tags(id)')\nconst file = 'copy_of_tables.sql'\n"
    )
    rules = [finding.rule for finding in audit_folder(tmp_path).findings]
    assert "missing-relationship" in rules


def test_what_another_package_defines_for_sqlite_is_not_missing(tmp_path: Path) -> None:
    (tmp_path / "agent" / "migrations").mkdir(parents=True)
    (tmp_path / "agent" / "Cargo.toml").write_text("[package]\nname = 'agent'\n", encoding="utf-8")
    (tmp_path / "agent" / "migrations" / "0001_a.sql").write_text(
        "create table leases (id integer primary key autoincrement) strict;\n", encoding="utf-8"
    )
    (tmp_path / "agent" / "run.rs").write_text(
        'async fn a(s: Store) { sqlx::query("select id from leases").execute(s.pool()).await; }\n', encoding="utf-8"
    )
    assert missing(tmp_path, "", "select 1 from gone") == ["public.gone"]


def test_rows_that_a_driver_puts_in_are_read_past(tmp_path: Path) -> None:
    query = "insert into gone (id) values %s on conflict (id) do nothing"
    assert missing(tmp_path, "", query) == ["public.gone"]


def test_tables_whose_names_code_fills_in(tmp_path: Path) -> None:
    files = {
        "migrations/001_a.sql": "create table events (id bigint);",
        "go.mod": "module tides\n",
        "store.go": (
            'package tides\n\nimport (\n\t"database/sql"\n\t"fmt"\n)\n\n'
            'func Make(db *sql.DB) {\n\tfor _, name := range []string{"ebbs", "floods"} {\n'
            "\t\tdb.Exec(fmt.Sprintf(`CREATE TABLE IF NOT EXISTS %s (id bigint)`, name))\n\t}\n"
            "\tdb.Exec(`DELETE FROM ebbs`)\n\tdb.Exec(`DELETE FROM moons`)\n}\n"
        ),
    }
    for path, text in files.items():
        (tmp_path / path).parent.mkdir(exist_ok=True)
        (tmp_path / path).write_text(text, encoding="utf-8")
    found = [finding.subject for finding in audit_folder(tmp_path).findings if finding.rule == "missing-table"]
    assert found == ["public.moons"]


def test_sql_that_go_embeds_may_be_run_by_it(tmp_path: Path) -> None:
    files = {
        "migrations/001_a.sql": "create table events (id bigint);",
        "go.mod": "module tides\n",
        "track/log.sql": "CREATE TABLE tracked (id bigint);",
        "track/log.go": (
            'package track\n\nimport (\n\t"database/sql"\n\t_ "embed"\n)\n\n//go:embed log.sql\nvar made string\n\n'
            "func Run(db *sql.DB) {\n\tdb.Exec(made)\n\tdb.Exec(`SELECT id FROM tracked`)\n}\n"
        ),
    }
    for path, text in files.items():
        (tmp_path / path).parent.mkdir(exist_ok=True)
        (tmp_path / path).write_text(text, encoding="utf-8")
    assert [finding.subject for finding in audit_folder(tmp_path).findings if finding.rule == "missing-table"] == []
    (tmp_path / "track/log.go").write_text(files["track/log.go"].replace("//go:embed log.sql", ""), encoding="utf-8")
    assert [f.subject for f in audit_folder(tmp_path).findings if f.rule == "missing-table"] == ["public.tracked"]


def test_tables_that_only_the_code_creates_are_said(tmp_path: Path) -> None:
    (tmp_path / "migrations").mkdir()
    (tmp_path / "migrations" / "001_a.sql").write_text("create table events (id bigint);")
    sent = "CREATE TABLE IF NOT EXISTS {} (id bigint)"
    lines = [f'    c.execute("{sent.format(name)}")\n' for name in ("ebbs", "floods", "events")]
    (tmp_path / "run.py").write_text("import psycopg\n\ndef run(c):\n" + "".join(lines))
    reasons = [notice.reason for notice in audit_folder(tmp_path).notices]
    (said,) = reasons
    assert said.startswith("the code itself creates 2 tables that the migrations lack (ebbs, floods): what it asks of")


def test_a_witness_of_which_a_part_is_not_read_says_so(tmp_path: Path) -> None:
    (tmp_path / "db" / "migrations").mkdir(parents=True)
    (tmp_path / "go.mod").write_text("module tides\n")
    (tmp_path / "db" / "migrations" / "00001_a.sql").write_text("-- +goose Up\ncreate table events (id bigint);")
    (tmp_path / "db" / "migrations" / "00002_b.go").write_text('package m\n\nimport "github.com/pressly/goose/v3"\n')
    (migrations,) = (t for t in audit_folder(tmp_path).testimonies if t.name == "migrations")
    assert (migrations.heard, migrations.detail) == (True, "1 file; 1 more, in code, is not read")


@pytest.mark.parametrize(("column", "severity"), [("at", "low"), ("id", "high")])
def test_a_key_that_a_migration_in_code_may_make_is_in_doubt(tmp_path: Path, column: str, severity: str) -> None:
    (tmp_path / "db" / "migrations").mkdir(parents=True)
    (tmp_path / "go.mod").write_text("module tides\n\nrequire github.com/jackc/pgx/v5 v5.7.0\n")
    (tmp_path / "db" / "migrations" / "00001_a.sql").write_text(
        "-- +goose Up\ncreate table events (id bigint, at date);"
    )
    (tmp_path / "db" / "migrations" / "00002_b.go").write_text(
        'package m\n\nimport "github.com/pressly/goose/v3"\n\nfunc up(tx *sql.Tx) error {\n'
        '\treturn unique(tx, "events", "CREATE UNIQUE INDEX ON %s (at)")\n}\n'
    )
    (tmp_path / "main.go").write_text(
        'package main\n\nimport "github.com/jackc/pgx/v5"\n\nfunc add(c *pgx.Conn) {\n'
        f'\tc.Exec(ctx, "insert into events (id, at) values (1, $1) on conflict ({column}) do nothing", day)\n}}\n'
    )
    found = [f.severity for f in audit_folder(tmp_path).findings if f.rule == "missing-conflict-target"]
    assert found == [severity]


def test_a_block_that_cannot_be_read_makes_what_it_says_that_it_makes(tmp_path: Path) -> None:
    block = "do $$ begin if %(big)s then create table tides as select 1 as id; end if; end $$;\n"
    changes = f"{block}alter table tides add primary key (id);\nalter table ebbs add primary key (id);\n"
    assert missing(tmp_path, changes, "select 1 from events, tides") == []
    (message,) = (f.message for f in audit_folder(tmp_path).findings if f.rule == "missing-baseline")
    assert "1 table that no migration creates (public.ebbs)" in message


@pytest.mark.parametrize(
    ("path", "text"),
    [
        ("src/m000002_more.rs", "impl MigrationTrait for M { alter(Events::Table).add(Events::PlaceId) }"),
        (
            "migrations/0002_more.py",
            'class M(migrations.Migration):\n    did = [migrations.AddField("event", "place", models.ForeignKey())]',
        ),
        ("db/migrate/2_more.rb", "class More < ActiveRecord::Migration[7.0]\n  add_reference :events, :place\nend"),
    ],
)
def test_a_column_that_a_migration_in_code_writes_otherwise(tmp_path: Path, path: str, text: str) -> None:
    files = {
        "migration/001_a.sql": "create table events (id bigint);",
        f"migration/{path}": text,
        "run.py": 'import psycopg\n\ndef run(c):\n    c.execute("select place_id, places_id from events")\n',
    }
    for name, content in files.items():
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).write_text(content)
    found = [f.subject for f in audit_folder(tmp_path).findings if f.rule == "missing-column"]
    assert found == ["public.events.places_id"]


@pytest.mark.parametrize(
    ("update", "told"),
    [
        ("create table if not exists homes (id int, rooms int);", ["public.homes.flats"]),
        ("create table homes (id int); alter table homes add column flats int;", []),
        ("create table homes (id int); do $$ begin execute 'alter table homes add fl' || 'ats int'; end $$;", []),
        ("create table homes (id int); do $$ begin execute given; end $$;", []),
        ("create table homes (id int); -- run what it can execute\n", ["public.homes.flats"]),
        ("create table homes (id int); grant execute on function f() to anon;", ["public.homes.flats"]),
        (
            "create table homes (id int); do $$ begin execute 'create index on homes (' || given || ')'; end $$;",
            ["public.homes.flats"],
        ),
        (
            "create table homes (id int); do $$ begin execute format('alter table %I disable trigger all', t); end $$;",
            ["public.homes.flats"],
        ),
    ],
)
def test_columns_that_a_file_beside_the_schema_does_not_name_are_none_that_it_adds(
    tmp_path: Path, update: str, told: list[str]
) -> None:
    (tmp_path / "sql" / "updates").mkdir(parents=True)
    texts = {
        "CreateTables.sql": "create table people (id int, age int); create table homes (id int);",
        "updates/2024-01-01-age.sql": "alter table people add column age int;",
        "updates/2024-02-01-homes.sql": f"alter table long_gone drop column a; {update}",
    }
    for path, text in texts.items():
        (tmp_path / "sql" / path).write_text(text, encoding="utf-8")
    query = 'import psycopg\n\ndef run(c):\n    c.execute("select id, flats from homes")\n'
    (tmp_path / "run.py").write_text(query, encoding="utf-8")
    assert [f.subject for f in audit_folder(tmp_path).findings if f.rule == "missing-column"] == told
