"""What rules make of plain histories whose tables come from elsewhere, and of what the code hands a driver."""

from __future__ import annotations

from pathlib import Path

import pytest

from tripoint.audit import audit_folder


def told(root: Path, files: dict[str, str], *rules: str) -> list[tuple[str, str, str]]:
    for path, text in files.items():
        (root / path).parent.mkdir(parents=True, exist_ok=True)
        (root / path).write_text(text)
    return [(f.rule, f.subject, f.severity) for f in audit_folder(root).findings if f.rule in rules]


def test_what_a_missing_beginning_may_hold_is_hardly_out_of_order(tmp_path: Path) -> None:
    first = "".join(f"alter table t{n} add column c int;\n" for n in range(4))
    files = {"migrations/001_a.sql": first, "migrations/002_b.sql": "create table t0 (id int);"}
    assert [(rule, how) for rule, _, how in told(tmp_path, files, "missing-baseline", "out-of-order-reference")] == [
        ("missing-baseline", "medium"),
        ("out-of-order-reference", "low"),
    ]


def test_a_column_whose_type_a_query_gives_is_no_mismatch(tmp_path: Path) -> None:
    files = {
        "migrations/001_a.sql": "create table old (id int primary key);\n"
        "create table copy as select anything() as id from old;\nalter table copy add primary key (id);\n"
        "create table child (id int primary key, copy_id int references copy (id));\n"
    }
    assert told(tmp_path, files, "mismatched-foreign-key-type") == []


def test_a_column_of_a_type_of_the_project_s_own_is_no_mismatch(tmp_path: Path) -> None:
    revision = (
        "import app.types\nimport sqlalchemy as sa\nfrom alembic import op\n\nrevision = 'a'\ndown_revision = None\n\n"
        "def upgrade():\n    op.create_table('old', sa.Column('id', TYPE, primary_key=True))\n"
        "    op.execute('create table child (id int primary key, old_id uuid references old (id))')\n"
    )
    base = {"alembic.ini": "[alembic]\nscript_location = alembic\n", "requirements.txt": "psycopg\n"}
    for written, many in (("app.types.Guid()", 0), ("sa.Text()", 1)):
        files = base | {"alembic/versions/a_b.py": revision.replace("TYPE", written)}
        assert len(told(tmp_path, files, "mismatched-foreign-key-type")) == many


def test_a_missing_table_that_many_refer_to_is_one_fault(tmp_path: Path) -> None:
    tables = [f"create table t{n} (id int primary key, owner int references owners (id));\n" for n in range(4)]
    known = "".join(f"create table k{n} (id int primary key);\n" for n in range(9))
    few = told(tmp_path / "few", {"migrations/001_a.sql": known + tables[0]}, "dangling-foreign-key")
    assert few == [("dangling-foreign-key", "public.t0 -> public.owners", "high")]
    one = told(tmp_path / "one", {"migrations/001_a.sql": known + "".join(tables)}, "dangling-foreign-key")
    assert one == [("dangling-foreign-key", "public.owners", "high")]
    files = {"migrations/001_a.sql": known} | {f"migrations/{n}_b.sql": text for n, text in enumerate(tables, 2)}
    spread = told(tmp_path / "spread", files, "dangling-foreign-key")
    assert spread == [("dangling-foreign-key", "public.owners", "medium")]


def test_a_backslash_ends_no_string_in_a_named_query(tmp_path: Path) -> None:
    files = {
        "sqlc.yaml": "version: '2'\nsql:\n  - engine: postgresql\n    schema: schema.sql\n    queries: q.sql\n",
        "schema.sql": "create table jobs (id bigint primary key, name text);\n",
        "q.sql": "-- name: Find :many\nselect id from jobs where name ilike @part escape '\\' and id < @top;\n"
        "-- name: Lost :many\nselect gone from jobs where name ilike @part escape '\\';\n",
    }
    assert [subject for _, subject, _ in told(tmp_path, files, "missing-column")] == ["public.jobs.gone"]


def test_a_literal_that_a_tagged_template_is_given_is_a_parameter(tmp_path: Path) -> None:
    files = {
        "migrations/001_a.sql": "create table jobs (id bigint primary key, kind text);\n",
        "a.ts": "import { sql } from '@someone/slonik';\n"
        "export const one = (pool) => pool.query(sql`select id from jobs where kind <> ${'Done'}`);\n"
        "export const two = (pool) => pool.query(sql`select id from jobs where kinds <> ${'Done'}`);\n",
    }
    assert [subject for _, subject, _ in told(tmp_path, files, "missing-column")] == ["public.jobs.kinds"]


def test_what_a_schema_beside_the_migrations_lacks_is_not_certain(tmp_path: Path) -> None:
    files = {
        "db/schema.sql": "create table people (id int primary key); create table pets (id int primary key);\n",
        "db/migrations/001_a.sql": "alter table people add column age int; alter table pets add column age int;\n",
        "app.py": "import psycopg\nc = psycopg.connect('postgresql://x')\nc.execute('select name from pets')\n",
    }
    assert told(tmp_path, files, "missing-column", "missing-baseline") == [
        ("missing-column", "public.pets.name", "medium")
    ]


def test_steps_of_an_own_runner_in_code_are_no_queries_of_the_product(tmp_path: Path) -> None:
    use = "import { sql } from 'slonik';\n"
    old = "await pool.query(sql`insert into jobs (id, gone) values (1, 2)`);"
    step = f"{use}export default {{\n  up: async (pool) => {{ {old} }},\n  down: async (pool) => {{}},\n}};\n"
    files = {
        "migrations/001_a.sql": "create table jobs (id bigint primary key, kind text);\n",
        **{f"alterations/1.{n}-step.ts": step for n in range(3)},
        "src/a.ts": f"{use}export const a = (pool) => pool.query(sql`select lost from jobs`);\n",
    }
    assert [subject for _, subject, _ in told(tmp_path, files, "missing-column")] == ["public.jobs.lost"]


def test_what_automigrate_makes_is_low(tmp_path: Path) -> None:
    go = """package main

import (
	"gorm.io/driver/postgres"
	"gorm.io/gorm"
)

type Base struct {
	ID uint `gorm:"primaryKey"`
}

type StockItem struct {
	Base
	OwnerID uint
	Label   string `gorm:"column:title;not null"`
}

func run(dsn string) {
	db, _ := gorm.Open(postgres.Open(dsn))
	db.AutoMigrate(&StockItem{})
	db.Exec("update stock_items set owner_id = 1, title = 'a', lost = 2 where id = 3")
}
"""
    files = {
        "go.mod": "module x\nrequire gorm.io/gorm v1\n",
        "migrations/001_a.sql": "create table stock_items (kind text);\n",
        "main.go": go,
    }
    found = told(tmp_path, files, "missing-column")
    assert {subject.rpartition(".")[2]: severity for _, subject, severity in found} == {
        "id": "low",
        "owner_id": "low",
        "title": "low",
        "lost": "high",
    }


def test_code_that_is_called_after_another_database_asks_that_one(tmp_path: Path) -> None:
    ask = 'package store\n\nfunc find(db *DB) {{ db.QueryRow("select {} from jobs") }}\n'
    files = {
        "go.mod": "module x\n",
        "migrations/001_a.sql": "create table jobs (id bigint primary key);\n",
        "store/open.go": 'package store\n\nimport _ "github.com/jackc/pgx/v5"\n',
        "store/jobs.go": ask.format("lost"),
        "store/jobs_sqlite.go": ask.format("gone"),
    }
    assert [subject for _, subject, _ in told(tmp_path, files, "missing-column")] == ["public.jobs.lost"]


def test_an_arrow_from_a_moment_draws_no_key(tmp_path: Path) -> None:
    files = {
        "migrations/001_a.sql": "create table apps (id int primary key, org int);\n"
        "create table events (id int primary key, app int, seen timestamptz);\n",
        "notes.md": "## Tables\n\n- `events.seen` → `apps.org`\n",
        "more.md": "## Tables\n\n- `events.app` → `apps.id`\n",
    }
    found = told(tmp_path, files, "documented-relationship-missing")
    assert [subject for _, subject, _ in found] == ["public.events -> public.apps"]


def test_sql_that_is_rebound_is_read(tmp_path: Path) -> None:
    files = {
        "go.mod": "module x\n",
        "migrations/001_a.sql": "create table jobs (id bigint primary key);\n",
        "store.go": 'package store\n\nimport "github.com/jackc/pgx/v5"\n\nfunc (r *repo) find(ctx ctx, id int) {\n'
        "\tr.db.QueryContext(ctx, r.rebind(`SELECT gone FROM jobs WHERE id=?`), id)\n"
        '\tr.db.QueryContext(ctx, r.rebind("SELECT id FROM jobs"), id)\n}\n',
    }
    assert [subject for _, subject, _ in told(tmp_path, files, "missing-column")] == ["public.jobs.gone"]


def test_the_index_that_came_later_is_the_one_to_drop(tmp_path: Path) -> None:
    files = {
        "migrations/001_a.sql": "create table jobs (id int primary key, kind text);\ncreate index z on jobs (kind);\n",
        "migrations/002_b.sql": "create index again on jobs (kind);\n",
    }
    assert told(tmp_path, files, "duplicate-index") == [("duplicate-index", "public.jobs", "low")]
    (finding,) = (f for f in audit_folder(tmp_path).findings if f.rule == "duplicate-index")
    assert (finding.spots[0].path, finding.suggestions[0].target) == ("migrations/002_b.sql", "public.again")


def test_a_key_whose_column_was_given_another_type_later_says_where(tmp_path: Path) -> None:
    files = {
        "migrations/001_a.sql": "create table a (id uuid primary key); create table b (a_id uuid references a (id));",
        "migrations/002_b.sql": "alter table b alter column a_id type text;",
    }
    assert told(tmp_path, files, "mismatched-foreign-key-type")
    (finding,) = (f for f in audit_folder(tmp_path).findings if f.rule == "mismatched-foreign-key-type")
    assert ("migrations/002_b.sql", "a_id is text since") in [(spot.path, spot.note) for spot in finding.spots]


def test_a_query_that_a_builder_takes_for_a_column_is_read(tmp_path: Path) -> None:
    files = {
        "migrations/001_a.sql": "create table jobs (id int primary key); create table runs (id int, job_id int);",
        "package.json": '{"dependencies": {"knex": "3", "pg": "8"}}',
        "src/jobs.ts": "import knex from 'knex'\nconst db = knex({ client: 'pg' })\n"
        "export const all = () => db('jobs').select(db.raw("
        "'(SELECT max(r.ended) FROM runs r WHERE r.job_id = jobs.id AND jobs.kind = :kind) AS last', { kind: 1 }))\n",
    }
    rules = ("missing-column", "missing-from-clause-entry")
    assert told(tmp_path, files, *rules) == [("missing-column", "public.runs.ended", "high")]


def test_a_query_in_brackets_speaks_of_what_stands_around_it(tmp_path: Path) -> None:
    files = {
        "migrations/001_a.sql": "create table jobs (id int primary key); create table runs (id int, job_id int);",
        "package.json": '{"dependencies": {"knex": "3", "pg": "8"}}',
        "src/jobs.ts": "import knex from 'knex'\nconst db = knex({ client: 'pg' })\n"
        "export const all = () => db('jobs').select("
        "db.raw('(SELECT count(*) FROM runs WHERE runs.job_id = jobs.id) as runs'))\n"
        ".where(db.raw('(SELECT count(*) FROM runs WHERE job_id = newest )'), '>', 0)\n",
    }
    assert told(tmp_path, files, "missing-column", "missing-from-clause-entry") == []


ERA = "create schema eras; create table rates (id int primary key, amount int);\n"


@pytest.mark.parametrize(
    ("step", "missing"),
    [
        ("", ["public.rates.valid_from", "public.rates_history"]),
        ("select eras.keep('public.rates');", []),
        ("select eras.keep(of => 'rates');", []),
        ("select eras.keep('other');", ["public.rates.valid_from", "public.rates_history"]),
        ("select addgeometrycolumn('rates', 'place', 4326, 'POINT', 2);", []),
        ("select audit.enable_tracking('rates');", ["public.rates.valid_from", "public.rates_history"]),
        ("select set_config('a.b', 'rates', true);", ["public.rates.valid_from", "public.rates_history"]),
    ],
)
def test_a_function_of_an_extension_may_change_what_it_is_given(tmp_path: Path, step: str, missing: list[str]) -> None:
    files = {
        "migrations/001_a.sql": ERA + step,
        "src/rates.ts": "import pg from 'pg'\nconst pool = new pg.Pool()\n"
        "export const a = () => pool.query('select valid_from from rates')\n"
        "export const b = () => pool.query('select id from rates_history')\n",
    }
    assert [subject for _, subject, _ in told(tmp_path, files, "missing-column", "missing-table")] == missing


def test_a_function_that_calls_what_defines_is_followed(tmp_path: Path) -> None:
    files = {
        "migrations/001_a.sql": "create table a (id int primary key); create policy p on a using (true);\n"
        "create function guard(of regclass) returns void language plpgsql as $$\n"
        "begin execute format('alter table %s enable row level security', of); end $$;\n"
        "create function guard_all() returns void language plpgsql as $$ begin perform guard('a'::regclass); end $$;\n",
        "migrations/002_b.sql": "select guard_all();",
    }
    assert told(tmp_path / "called", files, "policy-without-row-security") == []
    files["migrations/002_b.sql"] = "select 1;"
    assert len(told(tmp_path / "not", files, "policy-without-row-security")) == 1


def test_a_line_from_a_column_that_is_not_there_says_so(tmp_path: Path) -> None:
    row = "| {} | uuid | {} |\n"
    text = "# Data model\n\n## teams\n\n| Column | Type | Key |\n|---|---|---|\n" + row.format("id", "PK")
    text += "\n## wins\n\n| Column | Type | Key |\n|---|---|---|\n" + row.format("id", "PK")
    text += row.format("team_id", "FK → teams") + row.format("tally", "")
    files = {
        "docs/data-model.md": text,
        "migrations/001_a.sql": "create table teams (id uuid primary key);\n"
        "create table wins (id uuid primary key, won int, lost int, drawn int);\n",
    }
    assert told(tmp_path, files, "documented-relationship-missing")
    (finding,) = (f for f in audit_folder(tmp_path).findings if f.rule == "documented-relationship-missing")
    assert finding.message.endswith("public.wins.team_id to public.teams, but public.wins has no column team_id.")


@pytest.mark.parametrize(("asked", "severity"), [("old_notes", "low"), ("notes", "high")])
def test_a_table_of_which_the_function_asks_first_whether_it_is_there(
    tmp_path: Path, asked: str, severity: str
) -> None:
    files = {
        "go.mod": "module notes\n\nrequire github.com/lib/pq v1.10.9\n",
        "migrations/001_a.sql": "create table notes (id bigint primary key);\n",
        "migrations/002_b.sql": "create table pages (id bigint primary key);\n",
        "old.go": 'package notes\n\nimport (\n\t"database/sql"\n\t_ "github.com/lib/pq"\n)\n\n'
        "func old(db *sql.DB) (n int, err error) {\n"
        f'\tif !checkTableExists(db, "{asked}") {{\n\t\treturn\n\t}}\n'
        '\terr = db.QueryRow("SELECT version FROM old_notes").Scan(&n)\n\treturn\n}\n',
    }
    assert told(tmp_path, files, "missing-table") == [("missing-table", "public.old_notes", severity)]
