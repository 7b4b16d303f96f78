"""What generated types or SQL outside the migrations hold is not certain to be missing."""

from __future__ import annotations

from pathlib import Path

import pytest

from tripoint.audit import Options, audit_folder
from tripoint.model.audit import Finding

SQL = """
create table public.notes (id bigint primary key, owner uuid not null);
create policy "own" on public.notes for select using (public.is_owner(owner));
alter table public.notes enable row level security;
create table public.shelves (id bigint primary key, memo bigint references public.memos (id));
alter table public.shelves enable row level security;
create table public.open (id bigint primary key);
"""
CODE = """import { createBrowserClient } from '@supabase/ssr'
const db = createBrowserClient('https://a.example', 'key')
export const memos = () => db.from('memos').select('id, title')
export const titles = () => db.from('notes').select('title')
export const total = () => db.rpc('count_notes')
export const add = () => db.from('shelves').insert({ id: 1 })
"""
TYPES = """export type Json = string | number | boolean | null | { [key: string]: Json | undefined } | Json[]
export interface Database {
  public: {
    Tables: {
      memos: { Row: { id: number; title: string } Insert: { id: number } Update: { id?: number } Relationships: [] }
      notes: { Row: { id: number; owner: string; title: string } Insert: { id: number } Update: { id?: number } }
    }
    Views: {}
    Functions: {
      count_notes: { Args: Record<string, never>; Returns: number }
      is_owner: { Args: { owner: string }; Returns: boolean }
    }
    Enums: {}
    CompositeTypes: {}
  }
}
"""
LOOSE = """
CREATE TABLE IF NOT EXISTS memos (id bigint primary key, title text);
ALTER TABLE public.notes ADD COLUMN IF NOT EXISTS title text;
create or replace function public.count_notes() returns bigint language sql as 'select 1';
create or replace function public.is_owner(owner uuid) returns boolean language sql as 'select true';
create policy "all" on public.shelves for all using (true);
alter table public.open enable row level security;
"""
RULES = frozenset(
    {
        "missing-table",
        "missing-column",
        "missing-function",
        "dangling-foreign-key",
        "policy-references-missing",
        "blocked-by-row-security",
        "row-security-disabled",
    }
)


def audited(root: Path, **files: str) -> dict[str, Finding]:
    written = {"supabase/migrations/20250101000000_init.sql": SQL, "src/notes.ts": CODE, **files}
    for name, text in written.items():
        (root / name).parent.mkdir(parents=True, exist_ok=True)
        (root / name).write_text(text, encoding="utf-8")
    return {finding.rule: finding for finding in audit_folder(root, Options(select=RULES)).findings}


def test_nothing_else_holds_it(tmp_path: Path) -> None:
    found = audited(tmp_path)
    assert set(found) == RULES
    assert found.pop("dangling-foreign-key").severity == "low", "missing-table tells of the table"
    assert {finding.severity for finding in found.values()} <= {"high", "critical"}


@pytest.mark.parametrize("path, text", [("src/database.types.ts", TYPES), ("sql/setup by hand.sql", LOOSE)])
def test_another_file_holds_it(tmp_path: Path, path: str, text: str) -> None:
    found = audited(tmp_path, **{path: text})
    assert set(found) == RULES
    of_sql_alone = {"blocked-by-row-security", "row-security-disabled"}
    for rule, finding in found.items():
        if path.endswith(".sql") or rule not in of_sql_alone:
            assert (rule, finding.severity) == (rule, "medium")
            assert path in (finding.severity_reason or "")
            assert path in [spot.path for spot in finding.spots if spot.role == "related"]
    assert [suggestion.kind for suggestion in found["missing-table"].suggestions] == ["create"]


def test_a_column_of_a_table_that_another_file_creates_anew(tmp_path: Path) -> None:
    loose = "create table notes (\n  id bigint primary key, -- the key, of course\n  title text not null\n);\n"
    finding = audited(tmp_path, **{"sql/notes.sql": loose})["missing-column"]
    assert (finding.subject, finding.severity) == ("public.notes.title", "medium")
    assert "sql/notes.sql" in [spot.path for spot in finding.spots]


def test_types_from_before_a_rename_vouch_for_nothing(tmp_path: Path) -> None:
    renamed = "create table public.memos (id bigint primary key);\nalter table public.memos rename to scraps;\n"
    path = "supabase/migrations/20240101000000_old.sql"
    found = audited(tmp_path, **{"src/database.types.ts": TYPES, path: renamed})
    assert [s.target for s in found["missing-table"].suggestions if s.kind == "rename"] == ["public.scraps"]


def test_sql_that_renames_it_back(tmp_path: Path) -> None:
    old, new = "create table public.memos (id bigint, title text not null);", "alter table memos rename title to head;"
    text = CODE + "export const more = () => db.from('memos').insert({ id: 1, title: 'a' })\n"
    files = {"supabase/migrations/20240101000000_old.sql": old + new, "src/notes.ts": text}
    back = {"sql/back.sql": "ALTER TABLE memos\nRENAME COLUMN head TO title;", "sql/body.sql": LOOSE}
    rules = RULES | {"missing-required-column"}
    for more, expected in (({}, "high"), (back, "medium")):
        for name, content in {**files, **more}.items():
            (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
            (tmp_path / name).write_text(content, encoding="utf-8")
        (tmp_path / "supabase/migrations/20250101000000_init.sql").write_text("select 1;", encoding="utf-8")
        found = audit_folder(tmp_path, Options(select=rules)).findings
        by_subject = {finding.subject: finding.severity for finding in found}
        assert by_subject["public.memos.title"] == expected
        assert by_subject.get("public.memos.head", "low") == "low"


@pytest.mark.parametrize(
    "text, severity",
    [
        ("create unique index if not exists one on memos (owner, id);", "medium"),
        ("alter table memos add constraint one unique (id, owner);", "medium"),
        ("create table if not exists memos (id bigint, owner uuid, unique (id, owner));", "medium"),
        ("create unique index one on memos (owner, id) where id > 1;", "high"),
        ("create unique index one on memos (owner);", "high"),
    ],
)
def test_a_key_that_another_file_makes(tmp_path: Path, text: str, severity: str) -> None:
    code = CODE + "export const put = () => db.from('memos').upsert({ id: 1 }, { onConflict: 'id,owner' })\n"
    sql = "create table public.memos (id bigint, owner uuid);"
    files = {"supabase/migrations/20240101000000_memos.sql": sql, "src/notes.ts": code}
    files["sql/key.sql"] = f"alter table memos add column size int;\n{text}"
    for name, content in files.items():
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).write_text(content, encoding="utf-8")
    (finding,) = audit_folder(tmp_path, Options(select=frozenset({"missing-conflict-target"}))).findings
    assert finding.severity == severity


@pytest.mark.parametrize(
    "text",
    [
        "alter type public.mood add value if not exists 'mad';",
        TYPES.replace("Enums: {}", 'Enums: { mood: "sad" | "mad" }'),
    ],
)
def test_a_value_that_another_file_gives_the_type(tmp_path: Path, text: str) -> None:
    sql = "create type public.mood as enum ('sad'); create table public.days (id int, mood public.mood);"
    code = CODE + "export const day = () => db.from('days').insert({ mood: 'mad' })\n"
    path = "src/database.types.ts" if "export" in text else "sql/mood.sql"
    files = {"supabase/migrations/20240101000000_days.sql": sql, "src/notes.ts": code}
    for more, expected in (({}, "high"), ({path: text}, "medium")):
        for name, content in {**files, **more}.items():
            (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
            (tmp_path / name).write_text(content, encoding="utf-8")
        (finding,) = audit_folder(tmp_path, Options(select=frozenset({"invalid-value"}))).findings
        assert finding.severity == expected


def test_policies_that_lack_one_function_are_one_finding(tmp_path: Path) -> None:
    more = "".join(f'create policy "p{at}" on public.notes using (public.is_owner(owner));\n' for at in range(4))
    path = "supabase/migrations/20250102000000_policies.sql"
    for name, text in (("supabase/migrations/20250101000000_init.sql", SQL), (path, more)):
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).write_text(text, encoding="utf-8")
    (finding,) = audit_folder(tmp_path, Options(select=frozenset({"policy-references-missing"}))).findings
    assert finding.subject == "public.is_owner"
    assert "5 policies name the function public.is_owner" in finding.message
    assert len([spot for spot in finding.spots if spot.role == "primary"]) == 5


@pytest.mark.parametrize(("later", "severity"), [("", "high"), ("alter table public.kept add b int;\n", "medium")])
def test_policies_that_lack_a_table_on_which_migrations_rely(tmp_path: Path, later: str, severity: str) -> None:
    asks = 'create policy "p" on public.notes using (exists (select from public.kept));\n'
    history = (SQL, f"alter table public.kept add a int;\n{asks}", f"select 1;\n{later}")
    (tmp_path / "supabase/migrations").mkdir(parents=True)
    for at, text in enumerate(history):
        (tmp_path / f"supabase/migrations/2025010{at}000000_a.sql").write_text(text, encoding="utf-8")
    findings = audit_folder(tmp_path, Options(select=frozenset({"policy-references-missing"}))).findings
    assert {f.subject: f.severity for f in findings}["public.notes/p"] == severity


def test_a_foreign_key_of_the_types(tmp_path: Path) -> None:
    key = '{ foreignKeyName: "f"; columns: ["memo_id"]; referencedRelation: "shelves"; referencedColumns: ["id"] }'
    table = "notes: { Row: { id: number; memo_id: number }; Insert: {}; Update: {}; Relationships: ["
    for keys, severity in (("", "high"), (key, "medium")):
        for name, text in (
            ("supabase/migrations/20250101000000_init.sql", SQL),
            ("src/a.ts", f"{CODE}export const both = () => db.from('notes').select('id, shelves(id)')\n"),
            ("src/types.ts", f"export type Database = {{ public: {{ Tables: {{ {table}{keys}] }} }} }} }}\n"),
        ):
            (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
            (tmp_path / name).write_text(text, encoding="utf-8")
        (finding,) = audit_folder(tmp_path, Options(select=frozenset({"missing-relationship"}))).findings
        assert finding.severity == severity


def test_a_policy_says_which_migration_took_away_what_it_names(tmp_path: Path) -> None:
    folder = tmp_path / "supabase" / "migrations"
    folder.mkdir(parents=True)
    start = "create table public.notes (id bigint primary key, owner uuid);\nalter table notes drop column owner;\n"
    policies = (
        "create policy a on public.notes using (owner = auth.uid());\n"
        "create policy b on public.notes using (keeper = auth.uid());\n"
    )
    (folder / "20250101000000_init.sql").write_text(start, encoding="utf-8")
    (folder / "20250102000000_policies.sql").write_text(policies, encoding="utf-8")
    dropped, never = audit_folder(tmp_path, Options(select=frozenset({"policy-references-missing"}))).findings
    assert "public.notes.owner, which 20250101000000_init.sql dropped: PostgreSQL refuses it with 42703" in (
        dropped.message
    )
    assert [(spot.line, spot.note) for spot in dropped.spots if spot.role == "related"] == [(2, "dropped here")]
    assert "public.notes.keeper, which no migration creates: PostgreSQL refuses it with 42703" in never.message


SPOKEN = """create table public.notes (id bigint primary key);
alter table public.notes enable row level security;
create policy "own" on public.notes for select using (true);
"""
CALLS = """import { createBrowserClient } from '@supabase/ssr'
const db = createBrowserClient('https://a.example', 'key')
export const titles = () => db.from('notes').select('title, colour')
export const memos = () => db.from('memos').select('id')
"""


def _lowered(root: Path, files: dict[str, str]) -> dict[str, tuple[str, str | None]]:
    files = {"supabase/migrations/20250101000000_a.sql": SPOKEN, "src/a.ts": CALLS, **files}
    for path, text in files.items():
        (root / path).parent.mkdir(parents=True, exist_ok=True)
        (root / path).write_text(text, encoding="utf-8")
    audit = audit_folder(root, Options(select=frozenset({"missing-table", "missing-column"})))
    return {finding.subject: (finding.severity, finding.severity_reason) for finding in audit.findings}


def test_sql_that_code_holds_and_nothing_is_seen_to_run(tmp_path: Path) -> None:
    script = (
        "STEPS = [\n  {'sql': \"ALTER TABLE notes ADD COLUMN title text\"},\n]\nfor step in STEPS:\n  print(step)\n"
    )
    found = _lowered(tmp_path, {"db/steps.py": script})
    reason = "db/steps.py holds SQL that makes it: a database that it was run on has it"
    assert found["public.notes.title"] == ("medium", reason)
    assert found["public.notes.colour"][0] == "high"


def test_tables_on_the_device_are_another_database_s(tmp_path: Path) -> None:
    script = "import sqlite3\nsqlite3.connect('a.db').execute('CREATE TABLE memos (id INTEGER PRIMARY KEY)')\n"
    assert _lowered(tmp_path, {"local.py": script})["public.memos"][0] == "high"


def test_sql_beside_a_schema_that_is_run_by_hand_as_well(tmp_path: Path) -> None:
    files = {
        "database/supabase_schema.sql": SPOKEN,
        "database/later.sql": "ALTER TABLE public.notes ADD COLUMN title text;\n",
        "src/a.ts": CALLS,
    }
    for path, text in files.items():
        (tmp_path / path).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / path).write_text(text, encoding="utf-8")
    audit = audit_folder(tmp_path, Options(select=frozenset({"missing-column"})))
    found = {finding.subject: (finding.severity, finding.severity_reason) for finding in audit.findings}
    assert found["public.notes.colour"][0] == "high"
    severity, reason = found["public.notes.title"]
    assert severity == "low"
    assert (reason or "").startswith("database/later.sql creates it")
    assert (reason or "").endswith(", and no known runner applies what is read as the schema either")


def test_what_code_makes_that_speaks_to_postgresql_is_low(tmp_path: Path) -> None:
    script = (
        "const { Pool } = require('pg');\nconst async = require('async');\nconst pool = new Pool();\n"
        "const query = pool.query.bind(pool);\n"
        "async.series([async.apply(query, `\nALTER TABLE notes ADD COLUMN title text`)]);\n"
    )
    found = _lowered(tmp_path, {"db/steps.js": script})
    reason = "db/steps.js, which speaks to PostgreSQL, makes it: a database that it ran on has it"
    assert found["public.notes.title"] == ("low", reason)


def test_what_code_lets_be_left_out(tmp_path: Path) -> None:
    script = (
        "const { Pool } = require('pg');\nconst pool = new Pool();\n"
        "pool.query(`\n  ALTER TABLE hives\n  ALTER COLUMN place DROP NOT NULL;\n`);\n"
        "pool.query('INSERT INTO hives (id) VALUES (1)');\n"
        "pool.query('INSERT INTO nests (id) VALUES (1)');\n"
    )
    tables = "".join(f"CREATE TABLE {name} (id int PRIMARY KEY, place text NOT NULL);\n" for name in ("hives", "nests"))
    (tmp_path / "migrations").mkdir()
    (tmp_path / "migrations" / "001_init.sql").write_text(tables)
    (tmp_path / "db.js").write_text(script)
    audit = audit_folder(tmp_path, Options(select=frozenset({"missing-required-column"})))
    found = {finding.subject: (finding.severity, finding.severity_reason) for finding in audit.findings}
    reason = "db.js, which speaks to PostgreSQL, lets it be left out: a database that it ran on has it"
    assert found == {"public.hives.place": ("low", reason), "public.nests.place": ("high", None)}


def test_types_without_a_table_of_the_migrations_are_of_another_database(tmp_path: Path) -> None:
    others = TYPES.replace("      notes:", "      lists:")
    assert audited(tmp_path, **{"src/types/supabase.ts": others})["missing-table"].severity == "low"
    stale = [f for f in audit_folder(tmp_path).findings if f.rule == "stale-types"]
    assert [(f.severity, f.subject) for f in stale] == [("low", "src/types/supabase.ts")]


def test_models_whose_tables_code_makes(tmp_path: Path) -> None:
    models = (
        "from sqlalchemy import Column, Integer\nfrom sqlalchemy.dialects.postgresql import JSONB\n"
        "from sqlalchemy.orm import declarative_base\nBase = declarative_base()\n\n"
        "class Memo(Base):\n    __tablename__ = 'memos'\n    id = Column(Integer, primary_key=True)\n"
    )
    start = "from models import Base, engine\nBase.metadata.create_all(bind=engine)\n"
    assert _lowered(tmp_path, {"models.py": models})["public.memos"][0] == "high"
    assert _lowered(tmp_path, {"models.py": models, "examples/start.py": start})["public.memos"][0] == "high"
    (tmp_path / "examples" / "start.py").unlink()
    reason = "start.py calls create_all, which makes the models' tables that a database does not have yet"
    assert _lowered(tmp_path, {"models.py": models, "start.py": start})["public.memos"] == ("low", reason)


def test_queries_that_a_library_builds_are_said_not_to_be_read(tmp_path: Path) -> None:
    _lowered(tmp_path, {"src/b.ts": "import { DataSource } from 'typeorm'\nexport const b = new DataSource({})\n"})
    (tmp_path / "src" / "a.ts").unlink()
    audit = audit_folder(tmp_path)
    told = "SQL is read, its models and the queries that are built with it are not"
    assert [notice.reason for notice in audit.notices] == [f"uses TypeORM: {told}"]
    (reason,) = [one.reason for one in audit.testimonies if one.name == "code"]
    assert reason == (
        "1 file of code does not ask the database for anything that is read: queries that are built with TypeORM are "
        "not"
    )


def test_code_that_asks_what_is_only_known_at_run_time_is_said_to(tmp_path: Path) -> None:
    _lowered(
        tmp_path, {"src/b.py": "import psycopg\n\n\ndef all(db, t, w):\n    db.execute(f'insert into {t} ({w}) {t}')\n"}
    )
    (tmp_path / "src" / "a.ts").unlink()
    (reason,) = [one.reason for one in audit_folder(tmp_path).testimonies if one.name == "code"]
    assert (reason or "").endswith("can be read: what is asked is only known at run time, or no SQL of PostgreSQL's")


def test_a_call_in_a_file_that_two_databases_reach_is_counted_once(tmp_path: Path) -> None:
    client = "import { createClient } from '@supabase/supabase-js'\nconst db = createClient('u', 'k')\n"
    pages = "import { notes } from '../../../src/notes'\nconst q = notes()\nq.eq('id', 1)\ndb.from('pages')\n"
    files = {
        "supabase/migrations/20250101000000_a.sql": "create table notes (id int);",
        "src/notes.ts": client + "export const notes = () => db.from('notes').select('id')\n",
        "apps/web/supabase/migrations/20250101000000_a.sql": "create table pages (id int);",
        "apps/web/src/pages.ts": client + pages,
    }
    for path, text in files.items():
        (tmp_path / path).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / path).write_text(text, encoding="utf-8")
    audit = audit_folder(tmp_path, Options())
    assert {finding.database for finding in audit.findings} == {"default", "apps/web"}
    assert sum(call.count for call in audit.calls) == 2


@pytest.mark.parametrize(
    ("comment", "severity"),
    [
        ("-- The search tables (memos, hints)\n-- are assumed to already exist, from the other app.", "low"),
        ("-- memos: the table exists since May", "high"),
        ("-- nothing is assumed to exist", "high"),
        ("-- " + "already " * 100_000 + "\n-- exist", "high"),
    ],
)
def test_what_a_comment_takes_for_made_already_is_low(tmp_path: Path, comment: str, severity: str) -> None:
    (tmp_path / "supabase/migrations").mkdir(parents=True)
    text = f"{comment}\ncreate table public.notes (id bigint primary key, title text);\n"
    (tmp_path / "supabase/migrations/1_a.sql").write_text(text)
    (tmp_path / "a.ts").write_text(CODE)
    audit = audit_folder(tmp_path, Options(select=frozenset({"missing-table"})))
    assert {f.subject: f.severity for f in audit.findings}["public.memos"] == severity


def test_what_a_seed_holds_is_not_sure_to_be_missing(tmp_path: Path) -> None:
    files = {
        "supabase/config.toml": 'project_id = "a"\n[db.seed]\nsql_paths = ["./policies/*.sql"]\n',
        "supabase/migrations/1_a.sql": (
            "create table public.barns (id int primary key);\nalter table public.barns enable row level security;\n"
            "create table public.sheds (id int primary key);\nalter table public.sheds enable row level security;\n"
        ),
        "supabase/policies/barns.sql": "create policy everyone on public.barns for select using (id > 3);\n",
        "src/a.ts": (
            "import { createClient } from '@supabase/supabase-js'\n"
            "const db = createClient('https://a.supabase.co', process.env.NEXT_PUBLIC_SUPABASE_ANON_KEY!)\n"
            "export const all = () => [db.from('barns').select(), db.from('sheds').select()]\n"
        ),
    }
    for path, text in files.items():
        (tmp_path / path).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / path).write_text(text, encoding="utf-8")
    audit = audit_folder(tmp_path, Options(select=frozenset({"blocked-by-row-security"})))
    found = {finding.subject: (finding.severity, finding.severity_reason) for finding in audit.findings}
    assert found["public.sheds"][0] == "high"
    reason = (
        "supabase/policies/barns.sql creates policies of the table, which is a seed: a database that was seeded has it"
    )
    assert found["public.barns"] == ("medium", reason)
