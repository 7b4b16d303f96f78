"""What lowers a finding about policies and privileges: no more than what could have changed them."""

from __future__ import annotations

from pathlib import Path

import pytest

from tripoint.audit import Options, audit_folder

TABLES = """
create table notes (id uuid primary key, user_id uuid not null);
create table teams (id uuid primary key);
alter table notes enable row level security;
create policy own on notes for insert with check ((select auth.uid()) = user_id);
"""
CODE = """
import { createBrowserClient } from '@supabase/ssr'
const db = createBrowserClient('https://a.example', 'key')
export const notes = () => db.from('notes').select('id')
"""


def findings(folder: Path, schema: str, code: str, rule: str) -> list[tuple[str, str, str | None]]:
    for name, text in (("supabase/migrations/20250101000000_init.sql", schema), ("src/notes.ts", code)):
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_text(text, encoding="utf-8")
    found = audit_folder(folder, Options(select=frozenset({rule}))).findings
    return [(finding.subject, finding.severity, finding.severity_reason) for finding in found]


@pytest.mark.parametrize(
    "path, severity",
    [
        ("app/src/main/java/org/notes/Notes.kt", "high"),
        ("composeApp/src/commonMain/kotlin/Notes.kt", "high"),
        ("server/src/main/kotlin/Notes.kt", "low"),
    ],
)
def test_an_app_of_kotlin_holds_the_public_key_and_a_server_may_hold_another(
    tmp_path: Path, path: str, severity: str
) -> None:
    code = """import io.github.jan.supabase.SupabaseClient
import io.github.jan.supabase.postgrest.from
suspend fun notes(db: SupabaseClient) = db.from("notes").select()
"""
    (tmp_path / path).parent.mkdir(parents=True)
    (tmp_path / path).write_text(code, encoding="utf-8")
    found = findings(tmp_path, TABLES, "", "blocked-by-row-security")
    assert [(subject, severity) for subject, severity, _ in found] == [("public.notes", severity)]


LOOP = """do $$ declare r record; begin for r in select id from teams loop
execute format('{}', r.id); end loop; end $$;"""
CALL = """create function open_up(t text) returns void language plpgsql as $f$ begin
execute 'create policy p on ' || t || ' for select using (true)'; end $f$;
do $$ begin perform open_up(id::text) from teams; end $$;"""
ELSEWHERE = """do $$ begin if exists (select 1 from teams) then
create policy p on teams for select using (true); end if; end $$;"""


@pytest.mark.parametrize(
    "statement, severity",
    [
        (LOOP.format("alter table %I add column x int"), "high"),  # no policy, whatever the names are
        (LOOP.format("create policy p on %I for select using (true)"), "low"),
        (CALL, "low"),
        (ELSEWHERE, "high"),
    ],
)
def test_only_a_statement_about_policies_is_in_the_way(tmp_path: Path, statement: str, severity: str) -> None:
    ((subject, found, reason),) = findings(tmp_path, TABLES + statement, CODE, "blocked-by-row-security")
    assert (subject, found) == ("public.notes", severity)
    assert (reason is not None) == (severity == "low")


POLICIES = """import sqlalchemy as sa
from alembic import op

revision = "a1"
down_revision = None


def upgrade():
    op.create_table("notes", sa.Column("id", sa.BigInteger(), primary_key=True))
    op.create_table("teams", sa.Column("id", sa.BigInteger(), primary_key=True))
    op.execute("ALTER TABLE notes ENABLE ROW LEVEL SECURITY")
    op.execute("ALTER TABLE teams ENABLE ROW LEVEL SECURITY")
    held = {row.policyname for row in op.get_bind().execute(sa.text("SELECT policyname FROM pg_policies"))}
    if "own" not in held:
        op.execute("CREATE POLICY own ON notes USING (true)")
"""


def test_a_table_whose_policy_is_made_under_a_condition_is_not_without_one(tmp_path: Path) -> None:
    (tmp_path / "alembic" / "versions").mkdir(parents=True)
    (tmp_path / "alembic.ini").write_text(
        "[alembic]\nscript_location = alembic\nsqlalchemy.url = postgresql://db/app\n"
    )
    (tmp_path / "alembic" / "env.py").write_text("from alembic import context\n")
    (tmp_path / "requirements.txt").write_text("alembic\npsycopg\n")
    (tmp_path / "alembic" / "versions" / "a1_notes.py").write_text(POLICIES, encoding="utf-8")
    found = audit_folder(tmp_path, Options(select=frozenset({"row-security-without-policy"}))).findings
    assert [finding.subject for finding in found] == ["public.teams"]


def test_migrations_without_their_beginning_may_lack_policies(tmp_path: Path) -> None:
    changes = "".join(f"alter table old{number} add column x int;\n" for number in range(4))
    ((subject, severity, reason),) = findings(tmp_path, TABLES + changes, CODE, "blocked-by-row-security")
    assert (subject, severity) == ("public.notes", "low")
    assert "beginning" in (reason or "")


def test_grants_that_a_statement_builds(tmp_path: Path) -> None:
    revoked = "revoke all on notes from anon, authenticated, service_role, public;\n"
    code = CODE.replace("select('id')", "insert({ id: 'a', user_id: 'b' })")
    loop = (
        "do $$ declare r record; begin for r in select id from teams loop "
        "execute format('grant insert on %I to authenticated', r.id); end loop; end $$;"
    )
    assert [found[1] for found in findings(tmp_path, TABLES + revoked, code, "missing-grant")] == ["high"]
    assert [found[1] for found in findings(tmp_path, TABLES + revoked + loop, code, "missing-grant")] == ["low"]


@pytest.mark.parametrize(
    "signature, severity",
    [
        ("(person uuid) returns text", "medium"),
        ("() returns setof notes", "medium"),
        ("() returns bigint", "low"),
        ("(invitation_token text) returns text", "low"),
        ("(person uuid) returns boolean", "low"),
    ],
)
def test_what_a_definer_function_can_tell(tmp_path: Path, signature: str, severity: str) -> None:
    body = f"create function f{signature} language sql security definer as $$ select null from notes $$;"
    found = findings(tmp_path, TABLES + body, CODE, "definer-skips-row-security")
    assert [(subject, found_severity) for subject, found_severity, _ in found] == [("public.f", severity)]


def test_a_role_that_the_project_leaves_to_the_defaults_is_one_finding(tmp_path: Path) -> None:
    schema = "".join(
        f"create table t{n} (id int primary key); alter table t{n} enable row level security;\n"
        f"create policy p on t{n} using (true); grant select on t{n} to authenticated;\n"
        for n in range(3)
    )
    code = """
import { createBrowserClient } from '@supabase/ssr'
import { createClient } from '@supabase/supabase-js'
const db = createBrowserClient('https://a.example', 'key')
const server = createClient('https://a.example', process.env.SUPABASE_SERVICE_ROLE_KEY!)
export const all = () => [db.from('t0').select(), db.from('t1').select(), db.from('t2').select()]
export const too = () => [server.from('t0').select(), server.from('t1').select(), server.from('t2').select()]
"""
    assert findings(tmp_path, schema, code, "missing-grant") == [
        (
            "public",
            "info",
            "tables older than the change keep their grants where they are; fresh environments have none",
        )
    ]


@pytest.mark.parametrize(
    "revoked, severity",
    [("", "info"), ("anon", "medium"), ("public, anon, authenticated", None)],
)
def test_a_revoke_that_leaves_public_its_right(tmp_path: Path, revoked: str, severity: str | None) -> None:
    schema = "create function who() returns uuid language sql security definer as $$ select auth.uid() $$;\n"
    schema += f"revoke execute on function who() from {revoked};\n" if revoked else ""
    found = findings(tmp_path, schema, "", "public-security-definer-function")
    assert [severity for _, severity, _ in found] == ([severity] if severity else [])


@pytest.mark.parametrize("refused, severity", [(24, "high"), (25, "medium")])
def test_migrations_that_postgresql_would_refuse_made_no_database(tmp_path: Path, refused: int, severity: str) -> None:
    schema = TABLES + "".join(f"alter table teams drop column no_{n};\n" for n in range(refused))
    ((subject, found, reason),) = findings(tmp_path, schema, CODE.replace("'id'", "'id, title'"), "missing-column")
    assert (subject, found) == ("public.notes.title", severity)
    assert ("PostgreSQL would refuse 25 statements" in (reason or "")) == (severity == "medium")


CHANGE = """do $$ begin if exists (select 1 from teams) then
alter table notes alter column mood type new_mood using mood::text::new_mood; end if; end $$;"""
NO_CHANGE = "do $$ begin if exists (select 1 from teams) then drop index if exists by_mood; end if; end $$;"


@pytest.mark.parametrize("block, severity", [("", "high"), (NO_CHANGE, "high"), (CHANGE, "medium")])
def test_what_may_have_given_a_column_another_type(tmp_path: Path, block: str, severity: str) -> None:
    schema = f"""{TABLES}
create type old_mood as enum ('glad');
create type new_mood as enum ('glad', 'calm');
alter table notes add column mood old_mood;
{block}"""
    code = f"{CODE}\nexport const calm = () => db.from('notes').select('id').eq('mood', 'calm')"
    (found,) = findings(tmp_path, schema, code, "invalid-value")
    assert found[:2] == ("public.notes.mood='calm'", severity)


def test_a_type_that_is_replaced_where_a_column_still_has_it(tmp_path: Path) -> None:
    schema = f"""{TABLES}
create type mood as enum ('glad');
alter table notes add column mood mood;
create type mood_next as enum ('glad', 'calm');
do $$ begin
  if exists (select 1 from information_schema.columns
             where table_name = 'notes' and column_name = 'mood' and udt_name = 'mood') then
    alter table notes alter column mood type mood_next using mood::text::mood_next;
    drop type mood;
    alter type mood_next rename to mood;
  end if;
end $$;"""
    code = f"{CODE}\nexport const calm = () => db.from('notes').select('id').eq('mood', 'calm')"
    assert findings(tmp_path, schema, code, "invalid-value") == []


INSERT = "import { Pool } from 'pg'\nconst pool = new Pool()\n"
INSERT += "export const add = () => pool.query(\"insert into jobs (title) values ('a')\")\n"
JOBS = "create table jobs (title text, place text not null);\n"
GUARDED = "do $$ begin\n  if {} then\n    {};\n  end if;\nend $$;\n"


@pytest.mark.parametrize(
    "then, severity",
    [
        ("", "high"),
        (GUARDED.format("to_regclass('public.jobs') is null", "create table jobs (title text, size text)"), "medium"),
        (GUARDED.format("(select count(*) from jobs) = 0", "alter table jobs alter place drop not null"), "medium"),
        (
            GUARDED.format("(select count(*) from jobs) = 0", "alter table jobs add constraint few unique (place)"),
            "high",
        ),
    ],
)
def test_an_insert_that_leaves_out_what_an_older_database_may_not_need(
    tmp_path: Path, then: str, severity: str
) -> None:
    found = findings(tmp_path, JOBS + then, INSERT, "missing-required-column")
    assert [(subject, level) for subject, level, _ in found] == [("public.jobs.place", severity)]


@pytest.mark.parametrize("column, severity", [("size text", "medium"), ("place text not null", "high")])
def test_another_schema_of_the_project_may_not_need_a_column(tmp_path: Path, column: str, severity: str) -> None:
    (tmp_path / "database.sql").write_text(f"create table jobs (title text, {column});\n", encoding="utf-8")
    found = findings(tmp_path, JOBS, INSERT, "missing-required-column")
    assert [(subject, level) for subject, level, _ in found] == [("public.jobs.place", severity)]


@pytest.mark.parametrize("who, said", [("true", "using (…)"), ("auth.uid() = user_id", "using (auth.uid() = user_id)")])
def test_what_everybody_may_read_is_no_help_for_what_somebody_may_delete(tmp_path: Path, who: str, said: str) -> None:
    schema = f"{TABLES.replace('create policy own', f'create policy seen on notes for select using ({who});--')}"
    (tmp_path / "supabase/migrations").mkdir(parents=True)
    (tmp_path / "supabase/migrations/20250101000000_init.sql").write_text(schema, encoding="utf-8")
    code = CODE.replace(".select('id')", ".delete().eq('id', given)")
    (tmp_path / "notes.ts").write_text(code, encoding="utf-8")
    (found,) = audit_folder(tmp_path, Options(select=frozenset({"blocked-by-row-security"}))).findings
    assert f"for delete to authenticated {said};" in (found.help or "")


@pytest.mark.parametrize(("key", "severities"), [("crypto.randomUUID()", []), ("id", ["high"])])
def test_an_upsert_of_a_key_that_is_made_for_it_meets_no_row(tmp_path: Path, key: str, severities: list[str]) -> None:
    sql = """create table public.codes (id uuid primary key, owner uuid not null);
    alter table public.codes enable row level security;
    create policy s on public.codes for select using (owner = (select auth.uid()));
    create policy i on public.codes for insert with check (owner = (select auth.uid()));
    """
    code = f"""import {{ createBrowserClient }} from '@supabase/ssr'
const db = createBrowserClient('u', 'k')
export const add = (id: string, owner: string) => db.from('codes').upsert({{ id: {key}, owner }})
"""
    found = findings(tmp_path, sql, code, "blocked-by-row-security")
    assert [severity for _, severity, _ in found] == severities
