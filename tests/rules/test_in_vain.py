"""What a statement says in vain, and what is said once."""

from __future__ import annotations

from pathlib import Path

import pytest

from tripoint.audit import Options, audit_folder
from tripoint.model.audit import Finding

CLIENT = """import { createBrowserClient } from '@supabase/ssr'
const db = createBrowserClient('https://a.example', 'key')
"""


def findings(root: Path, rule: str, migrations: list[str], code: str = "", **files: str) -> list[Finding]:
    written = {f"supabase/migrations/2025010{at}000000_a.sql": sql for at, sql in enumerate(migrations)}
    for name, text in {**written, "src/app.ts": CLIENT + code, **files}.items():
        (root / name).parent.mkdir(parents=True, exist_ok=True)
        (root / name).write_text(text, encoding="utf-8")
    return list(audit_folder(root, Options(select=frozenset({rule}))).findings)


NOTES = "create table public.notes (id bigint primary key, title text not null, body text);\n"


def test_a_column_whose_drop_is_refused(tmp_path: Path) -> None:
    view = "create view public.titles as select title from public.notes;"
    sql = [NOTES + view, "alter table public.notes drop column title;"]
    (found,) = findings(
        tmp_path, "missing-required-column", sql, "export const add = db.from('notes').insert({ id: 1 })"
    )
    assert (found.subject, found.severity) == ("public.notes.title", "low")
    assert "supabase/migrations/20250101000000_a.sql" in [spot.path for spot in found.spots]


def test_a_column_whose_drop_is_refused_and_that_goes_in_the_end(tmp_path: Path) -> None:
    view = "create view public.titles as select title from public.notes;"
    gone = "drop view public.titles; alter table public.notes drop column title;"
    sql = [NOTES + view, "alter table public.notes drop column title;", gone]
    code = "export const add = db.from('notes').insert({ id: 1 })"
    assert findings(tmp_path, "missing-required-column", sql, code) == []


@pytest.mark.parametrize(
    "statement",
    [
        "alter table public.notes alter column state drop not null;",
        "create index notes_state on public.notes (state);",
        "create table if not exists public.notes (id bigint, state text);",
        "create table public.notes (id bigint, state text);",
    ],
)
def test_a_column_that_a_statement_has_in_vain(tmp_path: Path, statement: str) -> None:
    (found,) = findings(
        tmp_path, "missing-column", [NOTES, statement], "export const s = db.from('notes').select('state')"
    )
    assert (found.subject, found.severity) == ("public.notes.state", "medium")


@pytest.mark.parametrize("kind, severity", [("text", "medium"), ("text check (kind <> 'c')", "high")])
def test_a_value_that_a_second_creation_checks_nothing_of(tmp_path: Path, kind: str, severity: str) -> None:
    sql = ["create table public.days (id int, kind text check (kind in ('a', 'b')));"]
    sql.append(f"create table public.days (id int, kind {kind});")
    (found,) = findings(tmp_path, "invalid-value", sql, "export const add = db.from('days').insert({ kind: 'z' })")
    assert found.severity == severity


def test_a_value_that_a_second_creation_of_the_type_has_in_vain(tmp_path: Path) -> None:
    sql = "create type public.mood as enum ('{}');\ncreate table if not exists public.days (id int, mood public.mood);"
    again = "create type public.mood as enum ('sad', 'glad'); exception when duplicate_object then null;"
    code = "export const add = db.from('days').insert({ mood: 'glad' })"
    (found,) = findings(tmp_path, "invalid-value", [sql.format("sad"), f"do $$ begin {again} end $$;"], code)
    assert (found.subject, found.severity) == ("public.days.mood='glad'", "medium")
    assert "supabase/migrations/20250101000000_a.sql" in [spot.path for spot in found.spots]


def test_a_column_that_is_added_before_its_table_is_made(tmp_path: Path) -> None:
    sql = ["alter table public.notes add column state text;", NOTES]
    code = "export const s = db.from('notes').select('state')"
    (found,) = findings(tmp_path, "missing-column", sql, code)
    assert (found.subject, found.severity) == ("public.notes.state", "low"), "out-of-order-reference tells it"
    assert [one.severity for one in findings(tmp_path, "out-of-order-reference", sql, code)] == ["high"]


@pytest.mark.parametrize("value, severity", [("sent", []), ("filed", ["medium"]), ("lost", ["high"])])
def test_values_of_a_second_creation(tmp_path: Path, value: str, severity: list[str]) -> None:
    first = "create table public.mails (id bigint primary key, state text check (state in ('draft', 'sent')));"
    again = "create table if not exists public.mails (id bigint, state text check (state in ('draft', 'filed')));"
    code = f"export const add = db.from('mails').insert({{ id: 1, state: '{value}' }})"
    assert [found.severity for found in findings(tmp_path, "invalid-value", [first, again], code)] == severity


def test_a_value_that_a_check_beside_an_enum_takes(tmp_path: Path) -> None:
    sql = """create type public.stage as enum ('new', 'done');
    create table public.jobs (id bigint primary key, stage public.stage check (stage = any (array['new', 'late'])));"""
    code = "export const late = db.from('jobs').select('id').eq('stage', 'late')"
    assert [found.severity for found in findings(tmp_path, "invalid-value", [sql], code)] == ["medium"]


def test_a_definer_function_of_a_role_that_policies_apply_to(tmp_path: Path) -> None:
    sql = """create role clerk nologin;
    create table public.bills (id bigint primary key);
    alter table public.bills enable row level security;
    create function public.pay(bill bigint) returns void language sql security definer set search_path = ''
      as 'delete from public.bills where id = bill';
    """
    assert len(findings(tmp_path, "definer-skips-row-security", [sql])) == 1
    assert findings(tmp_path, "definer-skips-row-security", [sql + "alter function public.pay owner to clerk;"]) == []


def test_many_versions_that_are_taken_twice(tmp_path: Path) -> None:
    files = {f"supabase/migrations/2025020{at}_{name}.sql": "select 1;" for at in range(5) for name in "ab"}
    (found,) = findings(tmp_path, "duplicate-version", [NOTES], **files)
    assert found.message.startswith("5 versions are taken by several files each (20250200, ")
    assert len([spot for spot in found.spots if spot.role == "primary"]) == 5


@pytest.mark.parametrize("made", ["", "insert into storage.buckets (id, name) values ('one', 'one');"])
def test_buckets_of_a_project_that_makes_few_or_none(tmp_path: Path, made: str) -> None:
    code = "export const a = db.storage.from('faces').list()\nexport const b = db.storage.from('files').list()"
    (found,) = findings(tmp_path, "missing-bucket", [NOTES + made], code)
    assert (found.subject, found.severity) == ("storage.buckets", "low")
    assert "faces and files" in found.message


def test_arguments_of_one_call(tmp_path: Path) -> None:
    sql = "create function public.find(word text, most int) returns int language sql as 'select 1';"
    (found,) = findings(
        tmp_path, "wrong-function-argument", [sql], "export const f = db.rpc('find', { term: 'a', max: 1 })"
    )
    assert found.subject == "public.find.max"
    assert found.message.startswith("1 call of public.find passes max and term and leaves out word and most, ")


def test_a_name_with_a_dot(tmp_path: Path) -> None:
    code = "export const u = db.from('auth.users').select('id')"
    (found,) = findings(tmp_path, "missing-table", [NOTES], code)
    assert found.message.startswith('The API looks for a table called "auth.users" in public, not for users in auth: ')
    assert "does not serve auth" in (found.help or "")
    assert [suggestion.kind for suggestion in found.suggestions if suggestion.kind == "create"] == []


@pytest.mark.parametrize("columns, says", [("body title", "most likely"), ("title body", "written by hand")])
def test_types_that_someone_wrote(tmp_path: Path, columns: str, says: str) -> None:
    row = " ".join(f"{column}: string;" for column in ("id" if says[0] == "w" else "a", *columns.split()))
    types = f"export interface Database {{ public: {{ Tables: {{ memos: {{ Row: {{ {row} }} }} }} }} }}\n"
    code = "export const m = db.from('memos').select('title')"
    (found,) = findings(tmp_path, "missing-table", [NOTES], code, **{"src/database.types.ts": types})
    assert says in (found.severity_reason or "")


def test_a_column_of_sql_that_no_runner_applies_is_pointed_at(tmp_path: Path) -> None:
    loose = "create table public.notes (\n  id bigint primary key, -- the key\n  state text\n);\n"
    code = "export const n = db.from('notes').select('state')"
    (found,) = findings(tmp_path, "missing-column", [NOTES], code, **{"sql/notes.sql": loose})
    assert found.severity == "medium"
    (spot,) = [spot for spot in found.spots if spot.path == "sql/notes.sql"]
    assert (spot.line, spot.column, spot.end_column) == (3, 3, 8)


def test_files_of_one_day_that_no_runner_orders(tmp_path: Path) -> None:
    (tmp_path / "package.json").write_text('{"dependencies": {"@supabase/supabase-js": "2"}}', encoding="utf-8")
    files = {
        "database/migrations/2025-03-01_b.sql": NOTES,
        "database/migrations/2025-03-01_a.sql": "alter table public.notes add column state text;",
        "database/migrations/2025-03-02_c.sql": "create table public.shelves (id bigint primary key);",
    }
    assert findings(tmp_path, "out-of-order-reference", [], **files) == []
    assert findings(tmp_path, "duplicate-version", [], **files) == []


def test_half_of_what_is_asked_for_is_older(tmp_path: Path) -> None:
    known = "".join(f"create table public.a{at} (id bigint primary key);\n" for at in range(4))
    code = "".join(
        f"export const {name} = db.from('{name}').select()\n" for name in ("a0", "a1", "b0", "b1", "b2", "b3")
    )
    assert findings(tmp_path, "missing-table", [known], code) == []
    (found,) = findings(tmp_path, "missing-baseline", [known], code)
    assert "public.b0, public.b1, public.b2 and public.b3" in found.message


@pytest.mark.parametrize(
    ("first", "second", "takes"), [("a,b", "b,c", "b"), ("a,b,c", "a,b", "a and b"), ("a", "b", "b")]
)
def test_a_column_takes_what_each_of_its_checks_does(tmp_path: Path, first: str, second: str, takes: str) -> None:
    checks = [
        f"alter table public.days add constraint {name} check (kind in ({', '.join(map(repr, values.split(',')))}));"
        for name, values in (("z", first), ("a", second))
    ]
    sql = ["create table public.days (id int primary key, kind text);", *checks]
    (found,) = findings(tmp_path, "invalid-value", sql, "export const add = db.from('days').insert({ kind: 'c' })")
    assert (found.severity, found.message.split(", but")[0]) == ("high", f"public.days.kind takes {takes}")


def test_a_documented_column_that_may_lack_a_value_is_missed_like_any_other(tmp_path: Path) -> None:
    table = "# Schema\n\n## Table `days`\n\n| Column | Type |\n|---|---|\n| id | int |\n| kind | text |\n"
    document = {"docs/schema.md": table + "| made_at | date |\n| note | text? |\n"}
    sql = "create table public.days (id int primary key, kind text, made_at date);"
    (found,) = findings(tmp_path, "documented-but-missing", [sql], **document)
    assert found.subject == "public.days.note"


def test_a_document_names_tables_of_the_schema_that_code_asks(tmp_path: Path) -> None:
    diagram = "# Schema\n\n```mermaid\nerDiagram\n  flows { text slug PK }\n  runs { text id PK }\n```\n"
    sql = """create schema work; create table work.flows (slug text primary key);
    create table work.runs (id text primary key);"""
    code = "export const flows = db.schema('work').from('flows').select('slug')"
    assert findings(tmp_path, "documented-but-missing", [sql], code, **{"docs/schema.md": diagram}) == []
    assert findings(tmp_path, "undocumented-table", [sql], code, **{"docs/schema.md": diagram}) == []


def test_types_of_what_an_extension_holds(tmp_path: Path) -> None:
    types = """export interface Database {
  pgmq: { Tables: { meta: { Row: { is_partitioned: boolean } } } }
  public: { Tables: { notes: { Row: { body: string; id: number; title: string } } } }
}
"""
    sql = [NOTES + "create extension pgmq;"]
    assert findings(tmp_path, "stale-types", sql, **{"src/database.types.ts": types}) == []


def test_a_schema_that_may_be_of_another_server(tmp_path: Path) -> None:
    for drivers, severity in (("", "high"), (', "pg": "8"', "medium")):
        manifest = '{"dependencies": {"@supabase/supabase-js": "2"' + drivers + "}}"
        files = {"package.json": manifest, "db/schema.sql": NOTES}
        (found,) = findings(tmp_path, "row-security-disabled", [], **files)
        assert found.severity == severity
    files["src/files.ts"] = "export const key = process.env.SUPABASE_SERVICE_ROLE_KEY\n"
    (found,) = findings(tmp_path, "row-security-disabled", [], **files)
    assert found.severity == "low", "no one who uses the application holds a key"


@pytest.mark.parametrize("again, severity", [("", "high"), ("shelf bigint references public.shelves", "medium")])
def test_a_key_that_a_second_creation_has(tmp_path: Path, again: str, severity: str) -> None:
    shelves = "create table public.shelves (id bigint primary key);"
    second = f"create table if not exists public.notes ({again});" if again else ""
    code = "export const n = db.from('notes').select('id, shelves(id)')"
    (found,) = findings(tmp_path, "missing-relationship", [NOTES + shelves, second], code)
    assert found.severity == severity


def test_migrations_that_lack_most_of_the_schema_files_are_one_finding(tmp_path: Path) -> None:
    tables = "".join(f"create table public.{name} (id bigint primary key);\n" for name in ("cups", "pots", "lids"))
    calls = "db.from('cups').select(); db.from('pots').select(); db.from('lids').select()"
    files = {"supabase/schemas/all.sql": NOTES + tables}
    (found,) = findings(tmp_path, "schema-files-differ", [NOTES], calls, **files)
    assert (found.subject, found.severity) == ("supabase/migrations", "medium")
    assert "public.cups, public.lids and public.pots" in found.message
    files = {"supabase/schemas/all.sql": NOTES + tables + "create table public.jars (id bigint primary key);"}
    (found,) = findings(tmp_path, "schema-files-differ", [NOTES + tables], calls + "; db.from('jars')", **files)
    assert (found.subject, found.severity) == ("public.jars", "high")


def test_a_database_beside_the_platform_s_is_most_likely_another(tmp_path: Path) -> None:
    plain = {
        "apps/worker/package.json": '{"dependencies": {"@prisma/client": "6", "@supabase/supabase-js": "2"}}',
        "apps/worker/prisma/schema.prisma": 'datasource db { provider = "postgresql"\n url = env("URL") }',
        "apps/worker/prisma/migrations/20250101000000_a/migration.sql": "create table jobs (id bigint primary key);",
    }
    found = findings(tmp_path, "row-security-disabled", [NOTES], **plain)
    assert {(finding.subject, finding.severity) for finding in found} == {
        ("public.notes", "high"),
        ("public.jobs", "medium"),
    }


def test_a_bucket_and_a_publication_of_the_schema_files_are_there(tmp_path: Path) -> None:
    made = "insert into storage.buckets (id, name) values ('{0}', '{0}'); alter publication supabase_realtime add table"
    tables = NOTES + "create table public.pots (id bigint primary key);"
    sql = [tables + made.format("one") + " public.notes;"]
    files = {"supabase/schemas/all.sql": tables + made.format("two") + " public.pots;"}
    code = (
        "db.storage.from('two').list(); db.storage.from('three').list(); db.channel('c').on('postgres_changes', "
        "{ event: '*', schema: 'public', table: 'pots' }, show).subscribe()"
    )
    assert [found.subject for found in findings(tmp_path, "missing-bucket", sql, code, **files)] == [
        "storage.buckets.id='three'"
    ]
    assert findings(tmp_path, "not-published", sql, code, **files) == []


HELPER = """
async function clear(table: string) { await db.from(table).delete().eq('owner_id', 1) }
export async function all() { await clear('notes'); await clear('pots'); await clear('lids') }
"""


@pytest.mark.parametrize("guard, severity", [("", "high"), ("if (message.includes('does not exist')) return;", "low")])
def test_a_column_that_one_place_asks_of_several_tables_is_one_finding(
    tmp_path: Path, guard: str, severity: str
) -> None:
    tables = "create table public.pots (id bigint primary key);"
    lids = "create table public.lids (id bigint primary key, owner_id bigint);"
    code = HELPER.replace("await db", guard + " await db")
    (found,) = findings(tmp_path, "missing-column", [NOTES + tables + lids], code)
    assert (found.subject, found.severity) == ("public.notes.owner_id", severity)
    assert "of 3 tables in 1 place, and 2 of them do not have it (public.notes and public.pots)" in found.message
    assert len([spot for spot in found.spots if spot.role == "primary"]) == 1


def test_one_table_of_several_that_lacks_a_column_is_said_of_that_table(tmp_path: Path) -> None:
    others = "create table public.pots (owner_id bigint); create table public.lids (owner_id bigint);"
    (found,) = findings(tmp_path, "missing-column", [NOTES + others], HELPER)
    assert (found.subject, found.severity) == ("public.notes.owner_id", "high")
    assert found.message.startswith("public.notes has no column owner_id")


def test_a_name_that_calls_of_other_files_share_is_told_with_each_call(tmp_path: Path) -> None:
    names = {"src/names.ts": "export const OWNER = 'owner_id'\n"}
    code = "import { OWNER } from './names'\n" + "".join(
        f"export const {name} = () => db.from('{name}').select(OWNER)\n" for name in ("notes", "pots")
    )
    tables = NOTES + "create table public.pots (id bigint primary key);"
    found = findings(tmp_path, "missing-column", [tables], code, **names)
    assert [finding.subject for finding in found] == ["public.notes.owner_id", "public.pots.owner_id"]
    calls = [[spot for spot in finding.spots if spot.note == "asked here"] for finding in found]
    assert [len(of_one) for of_one in calls] == [1, 1]
    assert calls[0][0].line != calls[1][0].line


def test_a_document_does_not_vouch_for_what_a_migration_dropped(tmp_path: Path) -> None:
    document = {"docs/schema.md": "## pots\n\n| Column | Type |\n|---|---|\n| id | bigint |\n"}
    made = "create table public.pots (id bigint primary key);"
    code = "export const pots = db.from('pots').select('id')"
    (found,) = findings(tmp_path / "never", "missing-table", [NOTES], code, **document)
    assert found.severity == "critical"
    (found,) = findings(tmp_path / "gone", "missing-table", [NOTES + made, "drop table public.pots;"], code, **document)
    assert found.severity == "high"
    assert found.message.startswith("public.pots was dropped by 20250101000000_a.sql: ")


@pytest.mark.parametrize(
    "grants, said",
    [
        ("", "whoever holds the public key reads and writes every row"),
        (
            "revoke insert, update, delete on public.notes from anon;",
            "whoever holds the public key reads every row, and every signed-in user also writes every row",
        ),
        (
            "revoke all on public.notes from anon, authenticated; grant select on public.notes to anon, authenticated;",
            "whoever holds the public key reads every row",
        ),
        (
            "revoke all on public.notes from anon; revoke delete on public.notes from authenticated;",
            "every signed-in user reads every row, adds rows and changes every row",
        ),
        (
            "revoke all on public.notes from anon, authenticated; grant insert on public.notes to anon;",
            "whoever holds the public key adds rows",
        ),
    ],
)
def test_who_may_do_what_without_row_security(tmp_path: Path, grants: str, said: str) -> None:
    (found,) = findings(tmp_path, "row-security-disabled", [NOTES + grants])
    assert found.message == f"Row level security is off on public.notes: {said}."


def test_schema_files_are_no_migrations(tmp_path: Path) -> None:
    changed = "".join(f"alter table public.older{i} add column x int;\n" for i in range(6))
    (found,) = findings(tmp_path, "missing-baseline", [], **{"db/schema.sql": NOTES + changed})
    assert found.message.startswith("The schema files do not hold the whole database: statements change 6 tables that ")
    assert "migration" not in found.message


@pytest.mark.parametrize(("asked", "told"), [(("a", "b", "notes"), 1), (("a", "notes", "notes"), 0)])
def test_a_pasted_schema_that_lacks_most_of_what_the_code_asks_for_is_not_all_of_it(
    tmp_path: Path, asked: tuple[str, ...], told: int
) -> None:
    code = ";".join(f"db.from('{name}').select('id')" for name in asked)
    assert len(findings(tmp_path, "missing-baseline", [], code, **{"db/schema.sql": NOTES})) == told


def test_a_schema_that_is_written_into_a_name_is_no_sign_of_an_older_database(tmp_path: Path) -> None:
    names = [f"t{i}" for i in range(8)]
    tables = "create schema app;" + "".join(f"create table app.{name} (id bigint primary key);" for name in names)
    code = ";".join(f"db.from('app.{name}').select('id')" for name in names)
    assert findings(tmp_path / "a", "missing-baseline", [tables], code) == []
    found = findings(tmp_path / "b", "missing-table", [tables], code)
    assert [finding.message.split(",")[0] for finding in found] == [
        f'The API looks for a table called "app.{name}" in public' for name in names
    ]


def test_tables_that_no_client_of_the_api_opens(tmp_path: Path) -> None:
    files = {"package.json": '{"dependencies": {"pg": "8"}}', "src/files.ts": "export const n = 1\n"}
    code = (
        "import pg from 'pg'\nconst pool = new pg.Pool()\nexport const n = () => pool.query('select id from notes')\n"
    )
    (found,) = findings(tmp_path, "row-security-disabled", [NOTES], **{**files, "src/app.ts": code, "src/a.ts": ""})
    assert found.severity == "medium"
    client = "import { createClient } from '@supabase/supabase-js'\nexport const db = createClient('u', 'k')\n"
    (found,) = findings(tmp_path, "row-security-disabled", [NOTES], **{"src/files.ts": client})
    assert found.severity == "high"


def test_columns_of_the_platform_s_own_tables_are_not_told_of_models(tmp_path: Path) -> None:
    schema = (
        'datasource db {\n  provider = "postgresql"\n  schemas = ["auth", "public"]\n}\n'
        'model flow_state {\n  id String @id\n  newer_column String\n  @@schema("auth")\n}\n'
    )
    assert findings(tmp_path, "missing-column", [NOTES], **{"prisma/schema.prisma": schema}) == []


def test_the_values_in_which_schema_files_and_migrations_differ_have_a_side(tmp_path: Path) -> None:
    made = "create type public.mood as enum ('glad', 'calm');"
    files = {"supabase/schemas/all.sql": NOTES + made.replace("calm", "sad")}
    (found,) = findings(tmp_path, "schema-files-differ", [NOTES + made], "", **files)
    assert found.message.endswith("of public.mood: no migration adds sad and no schema file has calm.")
