"""Where migrations begin with tables that they do not create, a missing one is never certain to fail."""

from __future__ import annotations

from pathlib import Path

import pytest

from tripoint.audit import audit_folder

CODE = """import { createClient } from '@supabase/supabase-js'
const supabase = createClient(process.env.URL!, process.env.KEY!)
export const memos = () => supabase.from('memos').select('id')
export const owners = () => supabase.from('owners').select('id')
"""
KNOWN = "".join(f"create table public.t{i} (id bigint primary key);\n" for i in range(12))


def severities(root: Path, sql: str) -> dict[str, str]:
    migrations = root / "supabase" / "migrations"
    migrations.mkdir(parents=True)
    (migrations / "20250101000000_init.sql").write_text(KNOWN + sql)
    (root / "src").mkdir()
    (root / "src" / "api.ts").write_text(CODE)
    return {f.subject: f.severity for f in audit_folder(root).findings if f.rule == "missing-table"}


def test_a_table_that_is_changed_but_never_created_is_high_and_so_is_what_the_same_history_points_to(
    tmp_path: Path,
) -> None:
    sql = """
    alter table public.memos add column title text;
    create table public.notes (memo bigint references public.memos (id), owner bigint references public.owners (id));
    """
    assert severities(tmp_path, sql) == {"public.memos": "high", "public.owners": "high"}


def test_a_table_that_is_only_pointed_to_is_critical(tmp_path: Path) -> None:
    sql = """
    create table public.memos (id bigint primary key);
    create table public.notes (memo bigint references public.memos (id), owner bigint references public.owners (id));
    """
    assert severities(tmp_path, sql) == {"public.owners": "critical"}


def test_what_a_second_creation_leaves_open_is_medium(tmp_path: Path) -> None:
    migrations = tmp_path / "supabase" / "migrations"
    migrations.mkdir(parents=True)
    (migrations / "20250101000000_init.sql").write_text("create table public.memos (id int, title text not null);\n")
    (migrations / "20250201000000_again.sql").write_text(
        "create table if not exists public.memos (id int, body text);\n"
    )
    (tmp_path / "notes.md").write_text("## memos\n\n| Column | Type |\n|---|---|\n| id | int |\n| body | text |\n")
    (tmp_path / "src").mkdir()
    (tmp_path / "src" / "api.ts").write_text(
        "import { createClient } from '@supabase/supabase-js'\n"
        "const supabase = createClient(process.env.URL!, process.env.KEY!)\n"
        "export const add = () => supabase.from('memos').insert({ id: 1, body: 'x' })\n"
    )
    found = {f.subject: f.severity for f in audit_folder(tmp_path).findings if f.rule.startswith("missing-")}
    assert found["public.memos.title"] == "medium"
    assert found["public.memos.body"] == "medium"


def test_a_second_creation_is_of_the_table_to_which_the_search_path_leads(tmp_path: Path) -> None:
    migrations = tmp_path / "migrations"
    migrations.mkdir()
    (migrations / "001_init.sql").write_text(
        "create schema shop; set search_path to shop, public;\ncreate type stage as enum ('open', 'done');\n"
        "create table memos (id int, stage stage);\n"
    )
    (migrations / "002_memos.sql").write_text(
        "create schema if not exists shop;\n"
        "create table if not exists shop.memos (id int, body text, stage text check (stage in ('new', 'done')));\n"
    )
    (tmp_path / "app.py").write_text(
        "import psycopg\n\n\ndef add(db: psycopg.Connection) -> None:\n"
        "    db.execute(\"insert into shop.memos (id, body, stage) values (1, 'x', 'new')\")\n"
    )
    found = {f.subject: f.severity for f in audit_folder(tmp_path).findings if f.severity in ("high", "medium")}
    assert found == {"shop.memos.body": "medium", "shop.memos.stage='new'": "medium"}


def test_a_column_that_the_migrations_name_without_creating_it_is_not_critical(tmp_path: Path) -> None:
    migrations = tmp_path / "supabase" / "migrations"
    migrations.mkdir(parents=True)
    (migrations / "20250101000000_init.sql").write_text(
        "create table public.memos (id int);\ncreate view public.texts as select body from public.memos;\n"
    )
    (tmp_path / "docs").mkdir()
    (tmp_path / "docs" / "database-schema.md").write_text(
        "## memos\n\n| Column | Type |\n|---|---|\n| id | int |\n| body | text |\n| mood | text |\n"
    )
    (tmp_path / "src").mkdir()
    (tmp_path / "src" / "api.ts").write_text(
        "import { createClient } from '@supabase/supabase-js'\n"
        "const supabase = createClient(process.env.URL!, process.env.KEY!)\n"
        "export const all = () => supabase.from('memos').select('id, body, mood')\n"
    )
    found = {f.subject: f.severity for f in audit_folder(tmp_path).findings if f.rule == "missing-column"}
    assert found == {"public.memos.body": "high", "public.memos.mood": "critical"}


def test_columns_and_keys_of_a_table_that_may_be_older_are_said_once_and_low(tmp_path: Path) -> None:
    tables = "".join(f"alter table public.old{at} add column x int;\n" for at in range(4))
    asked = CODE.replace("select('id')", "select('title, body, owners(name)')").split("export const owners")[0]
    put = "export const put = () => supabase.from('memos').upsert({ id: 1, slug: 'a' }, { onConflict: 'id, slug' })\n"
    files = {
        "supabase/migrations/20250101000000_init.sql": tables + "create table public.memos (id bigint primary key);",
        "src/api.ts": asked + put,
    }
    for name, text in files.items():
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).write_text(text)
    found = [f for f in audit_folder(tmp_path).findings if f.rule.startswith("missing-") and f.subject != "."]
    shown = {(f.rule, f.subject, f.severity) for f in found}
    assert ("missing-column", "public.memos", "low") in shown
    assert {severity for rule, _, severity in shown if rule != "missing-baseline"} <= {"low", "info"}
    assert len([rule for rule, _, _ in shown if rule == "missing-column"]) == 1


def test_what_a_migration_dropped_is_missing_whatever_the_beginning_holds(tmp_path: Path) -> None:
    migrations = tmp_path / "supabase" / "migrations"
    migrations.mkdir(parents=True)
    (migrations / "20250101000000_a.sql").write_text(
        "create table public.memos (id bigint primary key);\n"
        + "".join(f"alter table public.older{i} add column x int;\n" for i in range(4))
        + "drop table public.memos;\n"
    )
    (tmp_path / "src").mkdir()
    (tmp_path / "src" / "api.ts").write_text(CODE)
    findings = {f.rule: f for f in audit_folder(tmp_path).findings if f.rule.startswith("missing-")}
    assert findings["missing-table"].subject == "public.memos"
    assert findings["missing-table"].message.startswith("public.memos was dropped by 20250101000000_a.sql: ")
    assert "public.owners" in findings["missing-baseline"].message
    assert "public.memos" not in findings["missing-baseline"].message


def test_keys_to_several_tables_that_nothing_creates_are_one_missing_beginning(tmp_path: Path) -> None:
    tables = ", ".join(f"x{i} bigint references public.gone{i} (id)" for i in range(3))
    migrations = tmp_path / "migrations"
    migrations.mkdir()
    (migrations / "001_a.sql").write_text(f"create table notes (id bigint primary key, {tables});\n")
    found = audit_folder(tmp_path).findings
    assert [(f.rule, f.severity) for f in found if f.severity != "info"] == [("missing-baseline", "medium")]
    (baseline,) = (f for f in found if f.rule == "missing-baseline")
    assert "foreign keys point to 3 tables that no migration creates (public.gone0, public.gone1 and public.gone2)" in (
        baseline.message
    )


@pytest.mark.parametrize(
    ("creation", "severity"),
    [
        ("create table {};", "high"),
        ("create table if not exists {};", "medium"),
        (
            """do $$ begin if not exists (select 1 from pg_tables where tablename = 'people') then
            create table {}; end if; end $$;""",
            "medium",
        ),
    ],
)
@pytest.mark.parametrize("same", [True, False])
def test_a_table_that_is_created_unless_it_is_there_and_needed_before(
    tmp_path: Path, creation: str, severity: str, same: bool
) -> None:
    migrations = tmp_path / "supabase" / "migrations"
    migrations.mkdir(parents=True)
    (migrations / "20250101000000_a.sql").write_text("create index on public.people (name);\n")
    later = "20250101000000_b.sql" if same else "20250201000000_b.sql"
    (migrations / later).write_text(creation.format("public.people (id bigint primary key, name text)"))
    (tmp_path / "api.ts").write_text(CODE.partition("export")[0] + "supabase.from('people').select('nick')\n")
    (found,) = [f for f in audit_folder(tmp_path).findings if f.rule == "missing-column"]
    assert (found.subject, found.severity) == ("public.people.nick", "high" if same else severity)


GUARDED = (
    "do $$ begin if to_regclass('public.{0}') is not null then alter table public.{0} add {0}_id int; end if; end $$;"
)


@pytest.mark.parametrize("sql", ["alter table if exists public.memos add column title text;", GUARDED.format("memos")])
def test_a_table_that_is_changed_where_it_is_there_is_in_some_database(tmp_path: Path, sql: str) -> None:
    (tmp_path / "notes.md").write_text("## memos\n\n| Column | Type |\n|---|---|\n| id | int |\n")
    assert severities(tmp_path, sql) == {"public.memos": "high", "public.owners": "high"}
    (found,) = [f for f in audit_folder(tmp_path).findings if f.subject == "public.memos" and f.rule == "missing-table"]
    assert (found.severity_reason or "").startswith("migrations change it where it is there")
    assert "changed if it is there" in {spot.note for spot in found.spots}


def test_many_that_are_changed_where_they_are_there_tell_of_a_beginning(tmp_path: Path) -> None:
    names = ("memos", "owners", "tags")
    sql = "".join(GUARDED.format(name) for name in (*names, "unused"))
    (tmp_path / "more.ts").write_text(CODE.replace("memos", "tags").replace("owners", "tags"))
    assert severities(tmp_path, sql) == {}
    (found,) = [f for f in audit_folder(tmp_path).findings if f.rule == "missing-baseline"]
    assert "statements change 3 tables that no migration creates, if they are there" in found.message


def test_a_table_that_later_migrations_change_was_there_although_one_dropped_it(tmp_path: Path) -> None:
    sql = "create table public.memos (id int); drop table public.memos; alter table public.memos add column title text;"
    assert severities(tmp_path, sql)["public.memos"] == "high"
    (found,) = [f for f in audit_folder(tmp_path).findings if f.subject == "public.memos" and f.rule == "missing-table"]
    assert (found.severity_reason or "").startswith("later migrations change it, so it was there")


def test_a_name_without_letters_is_no_sign_of_a_beginning(tmp_path: Path) -> None:
    sql = "alter table public.memos add column a int; alter table public.owners add column a int;"
    (tmp_path / "ping.ts").write_text(CODE.replace("memos", "_"))
    severities(tmp_path, sql + "alter table public.tags add column a int;")
    (found,) = [f for f in audit_folder(tmp_path).findings if f.rule == "missing-baseline"]
    assert found.message.endswith("(public.memos, public.owners and public.tags).")


@pytest.mark.parametrize(
    "made, said",
    [
        ("", "No migration creates the 2 functions that the code calls (public.rank and public.tally)."),
        (
            "create function public.tally() returns int language sql as 'select 1';\n",
            "Of the 2 functions that the code calls, no migration creates 1 (public.rank).",
        ),
    ],
)
def test_functions_that_the_beginning_may_hold_are_told_with_it(tmp_path: Path, made: str, said: str) -> None:
    migrations = tmp_path / "supabase" / "migrations"
    migrations.mkdir(parents=True)
    changes = "".join(f"alter table public.t{n} add column c int;\n" for n in range(4))
    (migrations / "20250101000000_more.sql").write_text(changes + made)
    (tmp_path / "api.ts").write_text(CODE + "supabase.rpc('tally')\nsupabase.rpc('rank')\n")
    findings = audit_folder(tmp_path).findings
    (found,) = (f for f in findings if f.rule == "missing-baseline")
    assert found.message.endswith(said)
    assert "calls public.rank" in {spot.note for spot in found.spots}
    assert not [f for f in findings if f.rule == "missing-function"]
