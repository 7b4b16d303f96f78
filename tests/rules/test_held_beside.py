"""What is in doubt since other SQL, another API or a file that nobody applies may hold it."""

from __future__ import annotations

from pathlib import Path

import pytest

from tripoint.audit import Options, audit_folder

INIT = "supabase/migrations/20250101000000_init.sql"
CLIENT = (
    "import { createClient } from '@supabase/supabase-js'\nconst supabase = createClient('https://a.example', 'k')\n"
)


def found(root: Path, rule: str, files: dict[str, str]) -> list[tuple[str, str]]:
    for name, text in files.items():
        (root / name).parent.mkdir(parents=True, exist_ok=True)
        (root / name).write_text(text, encoding="utf-8")
    findings = audit_folder(root, Options(select=frozenset({rule}))).findings
    return [(finding.subject, finding.severity) for finding in findings]


def test_what_an_api_of_another_project_is_asked_for(tmp_path: Path) -> None:
    table = {INIT: "create table public.invoices (id bigint primary key, total numeric);\n"}
    scraper = f"{CLIENT}supabase.from('vitamins').select()\nsupabase.rpc('vitamin_groups')\n"
    server = "import pg from 'pg'\nnew pg.Pool().query('select total from invoices')\n"
    alone = {**table, "src/scraper.ts": scraper}
    told = [("public.vitamins", "missing-table"), ("public.vitamin_groups", "missing-function")]
    assert [found(tmp_path, rule, alone) for _, rule in told] == [[(name, "high")] for name, _ in told]
    both = {
        **alone,
        "src/server.ts": server,
        "package.json": '{"dependencies": {"pg": "8", "@supabase/supabase-js": "2"}}',
    }
    assert [found(tmp_path, rule, both) for _, rule in told] == [[(name, "medium")] for name, _ in told]
    described = "# Schema\n\n```sql\ncreate table public.vitamins (id bigint primary key, name text);\n```\n"
    (tmp_path / "README.md").write_text(described, encoding="utf-8")  # which is of that API as well
    assert found(tmp_path, "missing-table", both) == [("public.vitamins", "medium")]
    (tmp_path / "README.md").unlink()
    known = {**both, "src/app.ts": f"{CLIENT}supabase.from('invoices').select('total')\n"}
    assert [found(tmp_path, rule, known) for _, rule in told] == [[(name, "high")] for name, _ in told]


def test_the_type_of_a_column_that_other_sql_makes_too(tmp_path: Path) -> None:
    rule = "mismatched-foreign-key-type"
    first = "create table public.bands (id uuid primary key);\n"
    key = "create table public.songs (id uuid primary key, band varchar(9) references public.bands (id));\n"
    assert found(tmp_path, rule, {INIT: first + key}) == [("public.songs -> public.bands", "high")]
    again = "create table if not exists public.bands (id varchar(9) primary key);\n"
    assert found(tmp_path, rule, {INIT: first + again + key}) == [("public.songs -> public.bands", "medium")]
    other = {"db/schema.sql": "create table public.bands (id varchar(9) primary key);\n"}
    assert found(tmp_path, rule, {INIT: first + key, **other}) == [("public.songs -> public.bands", "medium")]


def test_a_key_of_a_pasted_schema_beside_much_other_sql(tmp_path: Path) -> None:
    rule = "dangling-foreign-key"
    pasted = "create table public.payments (id uuid primary key, pool uuid references public.pools (id));\n"
    assert found(tmp_path, rule, {"schema.sql": pasted}) == [("public.payments -> public.pools", "high")]
    others = {f"fix_{at}.sql": f"alter table public.payments add column c{at} text;\n" for at in range(5)}
    assert found(tmp_path, rule, others) == [("public.payments -> public.pools", "medium")]


def test_a_model_of_the_table_in_which_a_runner_writes_down_what_it_applied(tmp_path: Path) -> None:
    model = "model pgmigrations {\n  id Int @id\n}\nmodel pens {\n  id Int @id\n}\n"
    files = {
        "prisma/schema.prisma": 'datasource db {\n  provider = "postgresql"\n  url = env("DATABASE_URL")\n}\n' + model,
        "migrations/001_pens.sql": "create table pens (id int primary key);\n",
    }
    assert found(tmp_path, "missing-table", files) == []


@pytest.mark.parametrize(
    ("loose", "severity"),
    [
        ("alter table notes add constraint s check (state in ('open', 'shut'));", "medium"),
        (
            "alter table public.notes add constraint s check (state = any (array['open'::text, 'shut'::text]));",
            "medium",
        ),
        ("alter table notes add constraint s check (kind in ('open', 'shut'));", "high"),
        ("create table notes (id int, state text check (state in ('open', 'shut')), kind text);", "medium"),
        ("create table pens (id int, state text check (state in ('open', 'shut')));", "high"),
    ],
)
def test_a_value_that_a_check_takes_which_no_runner_makes(tmp_path: Path, loose: str, severity: str) -> None:
    table = "create table public.notes (id bigint primary key, kind text, state text check (state in ('open')));\n"
    code = f"{CLIENT}export const shut = () => supabase.from('notes').update({{ state: 'shut' }}).eq('id', 1)\n"
    files = {INIT: table, "src/a.ts": code, "sql/later.sql": loose}
    assert found(tmp_path, "invalid-value", files) == [("public.notes.state='shut'", severity)]


@pytest.mark.parametrize(
    ("loose", "severity"),
    [
        ("sql/later.sql", "medium"),
        ("migrations/2026_titles/down.sql", "high"),
        ("sql/rollback/001_titles.sql", "high"),
        ("sql/001_titles.down.psql", "high"),
    ],
)
def test_what_undoes_a_migration_holds_nothing(tmp_path: Path, loose: str, severity: str) -> None:
    files = {
        INIT: "create table public.notes (id bigint primary key, title text not null);\n",
        "src/a.ts": f"{CLIENT}export const add = () => supabase.from('notes').insert({{ id: 1 }})\n",
        loose: "alter table notes drop column title;",
    }
    assert found(tmp_path, "missing-required-column", files) == [("public.notes.title", severity)]


@pytest.mark.parametrize(
    "enables",
    [
        "for t in ['trips', '\"user\"']:\n    cursor.execute(f'ALTER TABLE {t} ENABLE ROW LEVEL SECURITY')\n",
        "for t in ('trips', 'user'):\n    cursor.execute('ALTER TABLE ' + t + ' ENABLE ROW LEVEL SECURITY')\n",
        """cursor.execute("ALTER TABLE trips ENABLE ROW LEVEL SECURITY")
cursor.execute('ALTER TABLE "user" ENABLE ROW LEVEL SECURITY')
""",
    ],
)
def test_row_security_that_a_script_enables(tmp_path: Path, enables: str) -> None:
    rule = "row-security-disabled"
    names = ("stops", "trips", "user")
    tables = {
        INIT: "".join(f'create table public."{name}" (id uuid default auth.uid());\n' for name in names),
        "src/app.ts": f"{CLIENT}supabase.from('trips').select('id')\n",
    }
    assert found(tmp_path, rule, tables) == [(f"public.{name}", "high") for name in names]
    script = {"tools/secure.py": f"import psycopg\ncursor = psycopg.connect().cursor()\n{enables}"}
    told = [("public.stops", "high"), ("public.trips", "medium"), ("public.user", "medium")]
    assert found(tmp_path, rule, tables | script) == told
