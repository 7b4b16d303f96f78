"""What lowers a finding that is right only for all that the files tell, or leaves it to another rule that says more."""

from __future__ import annotations

from pathlib import Path

import pytest

from tripoint.audit import Options, audit_folder

CLIENT = """import { createClient } from '@supabase/supabase-js'
const supabase = createClient(process.env.SUPABASE_URL!, process.env.SUPABASE_ANON_KEY!)
"""
FIRST = "supabase/migrations/20250101000000_init.sql"
NOTES = "create table public.notes (id bigint primary key, owner uuid, body text);\n"


def found(root: Path, rule: str, files: dict[str, str]) -> list[tuple[str, str]]:
    for name, text in files.items():
        (root / name).parent.mkdir(parents=True, exist_ok=True)
        (root / name).write_text(text, encoding="utf-8")
    findings = audit_folder(root, Options(select=frozenset({rule}))).findings
    return [(finding.subject, finding.severity) for finding in findings]


@pytest.mark.parametrize(
    ("versions", "severity"),
    [
        (("20261101000000", "20261105000000"), "high"),
        (("20261042000000", "20261105000000"), "low"),  # counted on: October has no 42nd day
        (("20250101000000", "20250102000000"), "low"),
    ],
)
def test_versions_that_only_look_like_days_tell_no_day(
    tmp_path: Path, versions: tuple[str, str], severity: str
) -> None:
    first, second = versions
    grants = "grant select on public.notes, public.pages, public.words to anon, authenticated;\n"
    more = "create table public.pages (id bigint);\ncreate table public.words (id bigint);\n"
    names = ("notes", "pages", "words", "later")
    files = {
        f"supabase/migrations/{first}_all.sql": NOTES + more + grants,
        f"supabase/migrations/{second}_more.sql": "create table public.later (id bigint primary key);\n",
        "src/a.ts": CLIENT + "".join(f"await supabase.from('{name}').select('id')\n" for name in names),
    }
    assert ("public.later", severity) in found(tmp_path, "missing-grant", files)


@pytest.mark.parametrize(
    ("more", "severity"), [("", "medium"), ("supabase.from('notes').insert({ title: 'a' })\n", "high")]
)
def test_a_column_that_a_declared_type_alone_has_may_be_left_out_by_who_calls(
    tmp_path: Path, more: str, severity: str
) -> None:
    save = "export const save = (row: { title: string }) => supabase.from('notes').insert(row)\n"
    files = {FIRST: NOTES, "src/a.ts": CLIENT + save + more}
    assert found(tmp_path, "missing-column", files) == [("public.notes.title", severity)]


@pytest.mark.parametrize(("schema", "severity"), [("docs/supabase_schema.sql", "medium"), (FIRST, "high")])
def test_a_table_that_a_schema_which_no_runner_applies_changes_was_there(
    tmp_path: Path, schema: str, severity: str
) -> None:
    more = "create table public.words (id bigint);\ncreate index on public.pages (id);\n"
    code = f"{CLIENT}supabase.from('notes').select('id')\nsupabase.from('pages').select('id')\n"
    assert found(tmp_path, "missing-table", {schema: NOTES + more, "src/app.ts": code}) == [("public.pages", severity)]


def test_a_table_that_a_guides_sql_makes_beside_a_schema_run_by_hand(tmp_path: Path) -> None:
    guide = "# Database schema\n\n```sql\ncreate table notes (id bigint, owner uuid, body text);\n```\n\n"
    guide += "```sql\ncreate table pages (id bigint, note bigint references notes (id), body text);\n```\n"
    code = f"{CLIENT}supabase.from('notes').select('id')\nsupabase.from('pages').select('id')\n"
    files = {"src/app.ts": code, "docs/schema.md": guide}
    assert found(tmp_path / "a", "missing-table", {FIRST: NOTES} | files) == [("public.pages", "critical")]
    assert found(tmp_path / "b", "missing-table", {"schema.sql": NOTES} | files) == [("public.pages", "medium")]


def test_a_key_to_a_column_that_a_statement_without_effect_has(tmp_path: Path) -> None:
    later = "create table pages (owner uuid references notes (owner_id));\n"
    again = "create table if not exists notes (id bigint, owner_id uuid unique);\n"
    rule, subject = "dangling-foreign-key", "public.pages -> public.notes"
    for made, severity in ((later, "high"), (again + later, "medium")):
        assert found(tmp_path, rule, {"schema.sql": NOTES + made}) == [(subject, severity)]


@pytest.mark.parametrize(("files", "severity"), [(1, "high"), (3, "medium")])
def test_a_column_that_several_tables_refer_to_is_told_once(tmp_path: Path, files: int, severity: str) -> None:
    keys = [f"create table public.t{n} (note bigint references public.notes (uid));\n" for n in range(3)]
    later = {f"supabase/migrations/2025020{n % files}000000_more.sql": "" for n in range(3)}
    names = [*later]
    for n, key in enumerate(keys):
        later[names[n % files]] += key
    told = found(tmp_path, "dangling-foreign-key", {FIRST: NOTES, **later})
    assert told == [("public.notes.uid", severity)]


@pytest.mark.parametrize("name", ["apscheduler_jobs", "river_job", "_test_connection"])
def test_a_table_that_a_library_makes_by_itself_or_none_is_meant_by(tmp_path: Path, name: str) -> None:
    code = f"{CLIENT}supabase.from('notes').select('id')\nsupabase.from('{name}').select('id')\n"
    assert found(tmp_path, "missing-table", {FIRST: NOTES, "src/app.ts": code}) == [(f"public.{name}", "low")]


def test_a_client_whose_key_is_not_known_has_a_role_that_is_granted(tmp_path: Path) -> None:
    files = {
        "supabase/config.toml": "[api]\n",
        FIRST: NOTES + "grant select on public.notes to authenticated;\n",
        "src/a.ts": "export const list = (supabase: SupabaseClient) => supabase.from('notes').select('id')\n",
    }
    assert found(tmp_path, "missing-grant", files) == []


@pytest.mark.parametrize(
    ("version", "grant", "severity"),
    [
        ("20260615000000", "", "medium"),
        ("20260615000000", "grant all on public.notes to anon;", "high"),
        ("20260415000000", "", "high"),
        ("001", "", "high"),
    ],
)
def test_a_young_projects_tables_are_open_only_where_it_was_set_to(
    tmp_path: Path, version: str, grant: str, severity: str
) -> None:
    files = {"supabase/config.toml": "[api]\n", f"supabase/migrations/{version}_init.sql": NOTES + grant}
    assert found(tmp_path, "row-security-disabled", files) == [("public.notes", severity)]


PUBLISHED = "create table public.pages (id bigint);\nalter publication supabase_realtime add table public.pages;\n"
SUBSCRIBED = CLIENT + (
    "supabase.channel('a').on('postgres_changes', { event: '*', schema: 'public', table: 'notes' }, f).subscribe()\n"
)
PUBLISHES = """create function public.publish_all() returns void language plpgsql as $$
begin
  execute format('alter publication supabase_realtime add table %I', 'notes');
end $$;
"""


@pytest.mark.parametrize(
    ("more", "by_hand", "severity"),
    [
        ("", "alter publication supabase_realtime add table pages, words;", "medium"),
        (PUBLISHES, "", "low"),
        ("", "do $$ begin\n  alter publication supabase_realtime add table pages, public.notes;\nend $$;", "low"),
    ],
)
def test_what_may_publish_a_table_all_the_same(tmp_path: Path, more: str, by_hand: str, severity: str) -> None:
    files = {FIRST: NOTES + PUBLISHED + more, "src/a.ts": SUBSCRIBED, "sql/setup.sql": f"{by_hand}\n"}
    assert found(tmp_path, "not-published", files) == [("public.notes", severity)]


TAKES_OUT = "alter publication supabase_realtime drop table notes;"
SETS = "alter publication supabase_realtime add table notes; alter publication supabase_realtime set table tags;"


@pytest.mark.parametrize(("more", "severity"), [(TAKES_OUT, "medium"), (SETS, "medium"), ("", "low")])
def test_a_table_that_a_migration_takes_out_of_the_publication(tmp_path: Path, more: str, severity: str) -> None:
    sql = f"{NOTES}create table public.tags (id bigint primary key);\n{more}"
    assert found(tmp_path, "not-published", {FIRST: sql, "src/a.ts": SUBSCRIBED}) == [("public.notes", severity)]
    back = f"{sql}alter publication supabase_realtime add table notes;"
    assert found(tmp_path, "not-published", {FIRST: back}) == []


@pytest.mark.parametrize(
    ("condition", "always", "unsafe"),
    [("true", True, False), ("auth.uid() is null", False, True), ("auth.role() = 'anon'", True, False)],
)
def test_what_opens_without_a_session_is_told_once(tmp_path: Path, condition: str, always: bool, unsafe: bool) -> None:
    policy = f"create policy p on public.notes for all using ({condition});\n"
    files = {FIRST: f"{NOTES}alter table public.notes enable row level security;\n{policy}"}
    assert bool(found(tmp_path, "policy-always-true", files)) is always
    assert bool(found(tmp_path, "null-unsafe-policy", files)) is unsafe


def test_a_column_that_sql_which_no_runner_applies_makes_too(tmp_path: Path) -> None:
    code = CLIENT + "await supabase.from('notes').select('id').eq('owner', 'everyone')\n"
    files = {FIRST: NOTES, "src/a.ts": code}
    assert found(tmp_path, "type-mismatch", files) == [("public.notes.owner", "high")]
    other = {"sql/all.sql": NOTES.replace("uuid", "text").replace("table", "table if not exists")}
    assert found(tmp_path, "type-mismatch", other) == [("public.notes.owner", "medium")]


def test_a_key_to_a_column_that_gorm_makes_first(tmp_path: Path) -> None:
    files = {
        "migrations/00001_a.sql": "-- +goose Up\ncreate table if not exists gulls (id bigserial primary key);\n",
        "migrations/00002_b.sql": "-- +goose Up\ncreate table eggs (gull uuid references gulls (id));\n",
    }
    rule = "mismatched-foreign-key-type"
    assert found(tmp_path, rule, files) == [("public.eggs -> public.gulls", "high")]
    program = 'package db\n\nimport "gorm.io/gorm"\n\ntype Gull struct {\n\tID string `gorm:"type:uuid"`\n}\n\n'
    program += "func start(db *gorm.DB) { db.AutoMigrate(&Gull{}) }\n"
    assert found(tmp_path, rule, {"db/db.go": program}) == [("public.eggs -> public.gulls", "medium")]


def test_rows_of_a_table_that_a_program_makes_before_the_migrations(tmp_path: Path) -> None:
    files = {
        "migrations/00001_a.sql": "-- +goose Up\ncreate table gulls (id bigserial primary key);\n",
        "migrations/00002_b.sql": "-- +goose Up\nupdate eggs set laid = true where laid is null;\n",
    }
    assert found(tmp_path, "refused-statement", files) == [("00002_b.sql", "high")]
    program = 'package db\n\nimport "gorm.io/gorm"\n\ntype Egg struct {\n\tID uint\n\tLaid bool\n}\n\n'
    program += "func start(db *gorm.DB) { db.AutoMigrate(&Egg{}) }\n"
    assert found(tmp_path, "refused-statement", {"db/db.go": program}) == [("00002_b.sql", "low")]


def test_a_document_means_the_table_that_there_is_in_another_schema(tmp_path: Path) -> None:
    files = {
        FIRST: "create schema intel;\ncreate schema ops;\ncreate table gulls (id bigint primary key);\n"
        "create table intel.briefs (id bigint primary key);\n"
        "create table ops.events (id bigint primary key);\ncreate table intel.events (id bigint primary key);\n",
        "src/a.ts": CLIENT + "await supabase.from('briefs').select('id')\nawait supabase.from('gulls').select('id')\n",
        "docs/schema.md": "# Database schema\n\n| Table | Use |\n|---|---|\n"
        "| `gulls` | birds |\n| `briefs` | texts |\n| `events` | both |\n",
    }
    assert [(subject, severity != "critical") for subject, severity in found(tmp_path, "missing-table", files)] == [
        ("public.briefs", True)
    ]
    assert found(tmp_path, "documented-but-missing", {}) == []


OTHER = "create policy p on storage.objects for select to authenticated using (bucket_id = 'a');\n"


@pytest.mark.parametrize("early", [True, False])
def test_policies_above_the_table_in_a_schema_file(tmp_path: Path, early: bool) -> None:
    secured = "alter table public.notes enable row level security;\n"
    policy = "create policy p on public.notes for select using (owner = auth.uid());\n"
    files = {"supabase/schema.sql": secured + policy + NOTES if early else NOTES + OTHER}
    assert found(tmp_path, "row-security-disabled", files) == [("public.notes", "medium" if early else "high")]


def test_what_another_database_of_the_project_holds(tmp_path: Path) -> None:
    counting = "create function public.count_up(item bigint) returns void language sql as 'select 1';\n"
    people = "create table public.people (id uuid primary key);\n"
    policy = "create policy p on public.notes for select using (exists (select 1 from public.people));\n"
    files = {
        "a/supabase/config.toml": 'project_id = "a"\n',
        "a/supabase/migrations/20250101000000_init.sql": NOTES + counting + policy,
        "b/supabase/config.toml": 'project_id = "b"\n',
        "b/supabase/migrations/20250101000000_init.sql": people
        + counting.replace("item bigint", "item bigint, step int"),
        "a/src/a.ts": CLIENT + "await supabase.rpc('count_up', { item: 1, step: 2 })\n"
        "await supabase.from('notes').select('id, people(id)')\n",
    }
    assert found(tmp_path, "wrong-function-argument", files) == [("public.count_up.step", "medium")]
    assert found(tmp_path, "missing-relationship", {}) == [("public.notes -> public.people", "medium")]


def test_an_insert_into_the_table_that_the_program_makes_itself(tmp_path: Path) -> None:
    files = {
        "migrations/001_logs.sql": "create table logs (id bigserial primary key, tenant int not null, said text);",
        "audit.py": "import psycopg\n\ndef run(dsn):\n    with psycopg.connect(dsn) as c:\n"
        '        c.execute("""\n  CREATE TABLE IF NOT EXISTS logs (\n    id serial, said text\n  );""")\n'
        '        c.execute("insert into logs (said) values (%s)", ["x"])\n',
    }
    for path, text in files.items():
        (tmp_path / path).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / path).write_text(text)
    (found,) = (f for f in audit_folder(tmp_path).findings if f.rule == "missing-required-column")
    assert found.severity == "low"


def test_an_insert_of_what_another_file_alone_gives_the_table(tmp_path: Path) -> None:
    driver = "import { Pool } from 'pg'\nconst pool = new Pool()\n"
    files = {
        "migrations/001_logs.sql": "create table logs (id bigserial primary key, tenant int not null);",
        "check.ts": f"{driver}pool.query(`\nCREATE TABLE IF NOT EXISTS logs (\n id serial, tenant int\n);`)\n",
        "setup.ts": f"{driver}pool.query(`\ncreate table logs (\n id serial, said text, place text\n);`)\n",
        "logs.ts": f"{driver}pool.query('insert into logs (said, place) values ($1, $2)', [])\n",
    }
    assert found(tmp_path, "missing-required-column", files) == [("public.logs.tenant", "low")]
    files = {"logs.ts": f"{driver}pool.query('insert into logs (said, kind) values ($1, $2)', [])\n"}
    assert found(tmp_path, "missing-required-column", files) == [("public.logs.tenant", "high")]


def test_a_documented_table_that_the_program_makes_itself(tmp_path: Path) -> None:
    files = {
        "schema.sql": "create table gulls (id bigserial primary key, title text, age int, expires_at date);\n"
        "create table nests (id bigserial primary key);",
        "docs/database.md": "# Database schema\n\n```mermaid\nerDiagram\n  GULLS {\n    bigint id\n  }\n"
        "  NESTS {\n    bigint id\n  }\n  EGG_CACHE {\n    bigint id\n  }\n```\n\n"
        "Индексы:\n- `ix_gulls_search` (id, title, age, expires_at)\n- `ix_gulls_id` (id)\n",
        "app.py": "import asyncpg\n\nasync def run(pool: asyncpg.Pool):\n"
        '    await pool.execute("""\n  CREATE TABLE IF NOT EXISTS egg_cache (\n    id bigint\n  );""")\n'
        '    await pool.fetch("select id from gulls")\n',
    }
    for path, text in files.items():
        (tmp_path / path).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / path).write_text(text)
    assert [f.subject for f in audit_folder(tmp_path).findings if f.rule == "documented-but-missing"] == []


def test_numbered_sql_without_tables_where_the_models_make_them(tmp_path: Path) -> None:
    models = "from sqlalchemy import Column, Integer\nfrom sqlalchemy.orm import declarative_base\n\n"
    models += "Base = declarative_base()\n\n"
    models += "class Gull(Base):\n    __tablename__ = 'gulls'\n    id = Column(Integer, primary_key=True)\n"
    files = {
        "migrations/001_index.sql": "create index gulls_id on gulls (id);",
        "models.py": models,
        "main.py": "import psycopg\nfrom models import Base\n\nBase.metadata.create_all(engine)\n"
        "psycopg.connect(dsn).execute('select id, age from gulls')\n",
    }
    for path, text in files.items():
        (tmp_path / path).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / path).write_text(text)
    audit = audit_folder(tmp_path)
    assert audit.evidence[0].database.definition == "orm"
    assert [f.subject for f in audit.findings if f.severity == "medium"] == ["public.gulls.age"]


@pytest.mark.parametrize(
    ("clause", "told"),
    [("where", ["public.gulls.age", "public.gulls.kind"]), ("joined", ["public.gulls.kind"])],
)
def test_columns_beside_a_clause_that_may_bring_tables_along(tmp_path: Path, clause: str, told: list[str]) -> None:
    (tmp_path / "schema.sql").write_text("create table gulls (id bigserial primary key);")
    asked = f"select age, gulls.kind from gulls ${{{clause}}} order by id"
    code = f"import {{ Pool }} from 'pg'\nconst pool = new Pool()\nconst f = ({clause}) => pool.query(`{asked}`)\n"
    (tmp_path / "a.ts").write_text(code)
    assert [f.subject for f in audit_folder(tmp_path).findings if f.rule == "missing-column"] == told


def test_a_service_beside_that_asks_for_other_tables_has_another_database(tmp_path: Path) -> None:
    pool = "import { Pool } from 'pg'\nconst pool = new Pool()\n"
    tables = ("gulls", "nests", "eggs", "terns")
    files = {
        "backend/package.json": "{}",
        "backend/db/schema.sql": "".join(f"create table {t} (id bigserial primary key);" for t in tables),
        "backend/a.js": f"{pool}pool.query('select gulls.name from {', '.join(tables)}')\n",
        "clock/package.json": "{}",
        "clock/a.js": f"{pool}pool.query('select id, age from gulls join shifts using (id)')\n"
        "pool.query('select id from breaks')\n",
    }
    for path, text in files.items():
        (tmp_path / path).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / path).write_text(text)
    found = {f.subject: f.severity for f in audit_folder(tmp_path).findings if f.rule.startswith("missing-")}
    assert found == {"public.gulls.name": "high", "public.breaks": "low", "public.shifts": "low"}


DRIZZLE = """import { bigint, pgTable, text } from 'drizzle-orm/pg-core'
export const notes = pgTable('notes', { id: bigint('id', { mode: 'number' }), mood: text('mood') })
"""
ASKS = "import { Pool } from 'pg'\nawait new Pool().query('select mood from notes')\n"


@pytest.mark.parametrize(
    ("path", "severity"), [("src/a.ts", "high"), ("src/db/migrations/validate_moods.ts", "medium")]
)
def test_a_column_that_a_model_maps_and_scripts_alone_ask_for(tmp_path: Path, path: str, severity: str) -> None:
    files = {
        "package.json": '{"dependencies": {"pg": "8", "drizzle-orm": "1"}}',
        "migrations/001_a.sql": "create table notes (id bigint primary key);\n",
        "migrations/002_b.sql": "create index on notes (id);\n",
        "src/schema.ts": DRIZZLE,
        path: ASKS,
    }
    assert found(tmp_path, "missing-column", files) == [("public.notes.mood", severity)]


@pytest.mark.parametrize(("more", "severity"), [("", "low"), ("src/b.ts", "medium")])
def test_a_table_that_the_file_which_asks_for_it_makes(tmp_path: Path, more: str, severity: str) -> None:
    asks = "import knex from 'knex'\nexport const find = (db) => db.raw('select id from words')\n"
    files = {
        "package.json": '{"dependencies": {"pg": "8", "knex": "3"}}',
        "migrations/001_a.sql": "create table notes (id bigint primary key);\n",
        "migrations/002_b.sql": "create index on notes (id);\n",
        "src/a.ts": asks + "export const init = (db) => db.schema.createTable('words', (t) => { t.increments() })\n",
        **({more: asks} if more else {}),
    }
    assert found(tmp_path, "missing-table", files) == [("public.words", severity)]


def test_columns_that_a_list_of_statements_in_code_adds(tmp_path: Path) -> None:
    patches = "".join(f'    "ALTER TABLE {name} ADD COLUMN IF NOT EXISTS mood TEXT",\n' for name in ("pages", "notes"))
    files = {
        "requirements.txt": "psycopg\n",
        "migrations/001_a.sql": "create table notes (id bigint primary key);\ncreate table pages (id bigint);\n",
        "migrations/002_b.sql": "create index on notes (id);\n",
        "app/patch.py": f"import psycopg\n\nPATCHES = [\n{patches}]\n",
        "app/main.py": "import psycopg\n\npsycopg.connect().execute('select mood from notes')\n",
    }
    assert found(tmp_path, "missing-column", files) == [("public.notes.mood", "low")]


@pytest.mark.parametrize(("more", "severity"), [("'a', 'b', 'c', 'd'", "low"), ("'a', 'b', 'c'", "medium")])
def test_an_enum_of_which_a_dump_beside_has_all_values(tmp_path: Path, more: str, severity: str) -> None:
    files = {
        "package.json": '{"dependencies": {"pg": "8", "drizzle-orm": "1"}}',
        "migrations/001_a.sql": "create type mood as enum ('a');\ncreate table notes (id bigint, mood mood);\n",
        "migrations/002_b.sql": "create index on notes (id);\n",
        "drizzle.config.ts": "export default { dialect: 'postgresql', schema: './src/schema.ts' }\n",
        "src/db.ts": "import { drizzle } from 'drizzle-orm/node-postgres'\nexport const db = drizzle('')\n",
        "deploy/export.sql": f"CREATE TYPE public.mood AS ENUM (\n    {more}\n);\n",
        "src/schema.ts": "import { bigint, pgEnum, pgTable } from 'drizzle-orm/pg-core'\n"
        "export const mood = pgEnum('mood', ['a', 'b', 'c', 'd'])\n"
        "export const notes = pgTable('notes', { id: bigint('id', { mode: 'number' }), mood: mood('mood') })\n",
    }
    assert found(tmp_path, "models-differ", files) == [("public.mood", severity)]


@pytest.mark.parametrize(("again", "severity"), [(0, "medium"), (26, "low")])
def test_a_model_beside_a_history_that_postgresql_would_refuse(tmp_path: Path, again: int, severity: str) -> None:
    made = "".join(f"create table t{number} (id bigint primary key);\n" for number in range(again))
    files = {
        "package.json": '{"dependencies": {"pg": "8", "drizzle-orm": "1"}}',
        "migrations/001_a.sql": f"create table notes (id bigint primary key);\n{made}",
        "migrations/002_b.sql": f"create index on notes (id);\n{made}",
        "src/schema.ts": DRIZZLE,
        "src/db.ts": "import { drizzle } from 'drizzle-orm/node-postgres'\nexport const db = drizzle('')\n",
    }
    assert found(tmp_path, "missing-column", files) == [("public.notes.mood", severity)]


@pytest.mark.parametrize(
    ("path", "begin", "severity"),
    [
        ("src/a.ts", "", "critical"),
        ("src/a.ts", "import 'dotenv/config'\n", "medium"),
        ("scratch/a.ts", "", "medium"),
        ("tools.cjs", "", "medium"),
        ("testProfiles.js", "", "low"),
    ],
)
def test_a_program_that_no_page_loads_ships_no_key(tmp_path: Path, path: str, begin: str, severity: str) -> None:
    code = f"{begin}export const key = env.VITE_SUPABASE_SERVICE_ROLE_KEY\n"
    files = {"supabase/migrations/20250101000000_init.sql": NOTES, path: CLIENT + code}
    assert found(tmp_path, "service-role-in-browser", files) == [("VITE_SUPABASE_SERVICE_ROLE_KEY", severity)]


def test_a_key_of_another_column_than_the_document_says(tmp_path: Path) -> None:
    tables = (
        "create table users (id uuid primary key, mail text);\ncreate table files (id uuid, by uuid references users, "
    )
    files = {
        "supabase/migrations/20250101000000_init.sql": f"{tables}path text, size int);",
        "docs/model.md": "# Schema\n\n## files\n\n- `id`\n- `user_id` (foreign key to users)\n- `path`\n- `size`\n",
    }
    assert found(tmp_path, "documented-relationship-missing", files) == [("public.files -> public.users", "low")]


@pytest.mark.parametrize(("tables", "severity"), [(2, "medium"), (9, "low")])
def test_a_line_in_a_document_beside_the_domain_model(tmp_path: Path, tables: int, severity: str) -> None:
    made = "".join(f"create table t{n} (id int primary key, name text);\n" for n in range(tables))
    drawn = "```mermaid\nerDiagram\n  t0 ||--o{ t1 : has\n  t0 {\n    int id\n  }\n  t1 {\n    int id\n  }\n```\n"
    files = {"supabase/migrations/20250101000000_init.sql": made, "docs/data-model.md": drawn}
    (told,) = found(tmp_path, "documented-relationship-missing", files)
    assert told[1] == severity


@pytest.mark.parametrize(("enum", "severity"), [("note_state", "medium"), ("page_state", "high")])
def test_a_value_of_the_enum_that_the_column_has_in_the_types(tmp_path: Path, enum: str, severity: str) -> None:
    table = "create type state_enum as enum ('open');\ncreate table notes (id bigint primary key, state state_enum);\n"
    row = f"{{ id: number; state: Database['public']['Enums']['{enum}'] | null }}"
    types = f"""export type Database = {{ public: {{ Tables: {{ notes: {{ Row: {row}; Insert: {row}; Update: {row} }} }}
  Views: {{}}; Functions: {{}}; Enums: {{ note_state: 'open' | 'shut'; page_state: 'open' }} }} }}
"""
    code = f"{CLIENT}export const shut = () => supabase.from('notes').update({{ state: 'shut' }}).eq('id', 1)\n"
    files = {FIRST: table, "src/a.ts": code, "src/types.ts": types}
    assert found(tmp_path, "invalid-value", files) == [("public.notes.state='shut'", severity)]


HANDED = """
const FIELDS: any = { a: { column: 'title' }, b: { column: 'born' } }
function put(query: any, column: string, how: string) {
  return how === 'has' ? query.ilike(column, 'x') : query.gt(column, 'x')
}
export const all = (f: string, how: string) => put(db.from('terns').select(), FIELDS[f].column, how)
"""


@pytest.mark.parametrize(
    ("code", "severity"),
    [
        ("for (const c of ['title', 'born']) db.from('terns').select().ilike(c, 'x')", "high"),
        ("export const all = (by: boolean) => db.from('terns').select().ilike(by ? 'title' : 'born', 'x')", "high"),
        (HANDED, "medium"),
    ],
)
def test_an_operator_that_one_of_the_columns_which_a_function_is_handed_lacks(
    tmp_path: Path, code: str, severity: str
) -> None:
    files = {
        FIRST: "create table terns (id bigint primary key, title text, born date);\n",
        "src/terns.ts": CLIENT.replace("supabase =", "db =") + code + "\n",
    }
    assert found(tmp_path, "missing-operator", files) == [("public.terns.born", severity)]


def test_an_account_is_not_what_the_code_calls_users(tmp_path: Path) -> None:
    trigger = (
        "create function public.welcome() returns trigger language plpgsql as $$ begin return new; end $$;\n"
        "create trigger welcome after insert on auth.users for each row execute function public.welcome();\n"
    )
    code = "import { Pool } from 'pg'\nnew Pool().query('insert into users (email, full_name) values ($1, $2)')\n"
    assert found(tmp_path, "missing-required-column", {FIRST: NOTES + trigger, "src/a.ts": code}) == []


def test_two_ways_to_embed_in_a_schema_file_that_lacks_most_of_what_is_used(tmp_path: Path) -> None:
    boats = "create table crews (id int primary key);\n"
    boats += "create table boats (crew int references crews, spare int references crews);\n"
    asked = CLIENT + "await supabase.from('boats').select('crew, crews(id)')\n"
    more = "".join(
        f"await supabase.from('{name}').select('id')\n" for name in ("nets", "oars", "sails", "tides", "winds")
    )
    subject = "public.boats -> public.crews"
    for code, severity in ((asked, "high"), (asked + more, "medium")):
        files = {"supabase/schema.sql": boats, "src/a.ts": code}
        assert found(tmp_path, "ambiguous-relationship", files) == [(subject, severity)]


@pytest.mark.parametrize(("shared", "severity"), [(5, "medium"), (2, "high")])
def test_a_value_that_another_history_of_the_same_tables_takes(tmp_path: Path, shared: int, severity: str) -> None:
    others = [f"create table public.t{at} (id int primary key);\n" for at in range(shared - 1)]
    first = (
        "create type public.mood as enum ('glad');\ncreate table public.birds (id int primary key, mood public.mood);\n"
    )
    second = first.replace("'glad'", "'glad', 'calm'")
    files = {
        "apps/one/supabase/migrations/20250101000000_a.sql": first + "".join(others),
        "apps/one/package.json": '{"dependencies": {"@supabase/supabase-js": "2"}}',
        "apps/one/a.ts": CLIENT + "await supabase.from('birds').insert({ id: 1, mood: 'calm' })\n",
        "apps/two/supabase/migrations/20250101000000_a.sql": second + "".join(others),
        "apps/two/package.json": "{}",
        "apps/two/b.ts": CLIENT + "await supabase.from('birds').insert({ id: 1, mood: 'calm' })\n",
    }
    assert found(tmp_path, "invalid-value", files) == [("public.birds.mood='calm'", severity)]
