"""What lowers a finding: a way around what a document draws, and an order that nothing but a setting decides."""

from __future__ import annotations

from pathlib import Path

import pytest

from tripoint.audit import Options, audit_folder

PROFILES = """
create table public.profiles (id uuid primary key references auth.users (id), name text);
create table public.notes (id bigint primary key, user_id uuid references auth.users (id));
"""


def found(root: Path, rule: str, files: dict[str, str]) -> list[tuple[str, str]]:
    for name, text in files.items():
        (root / name).parent.mkdir(parents=True, exist_ok=True)
        (root / name).write_text(text, encoding="utf-8")
    findings = audit_folder(root, Options(select=frozenset({rule}))).findings
    return [(finding.subject, finding.severity) for finding in findings]


def test_a_line_to_the_profile_of_the_user_that_a_key_leads_to(tmp_path: Path) -> None:
    diagram = "# Data model\n\n```mermaid\nerDiagram\n  PROFILES ||--o{ NOTES : writes\n```\n"
    files = {"supabase/migrations/20250101000000_init.sql": PROFILES, "docs/model.md": diagram}
    assert found(tmp_path, "documented-relationship-missing", files) == []


def test_a_column_that_is_said_to_lead_to_the_profile(tmp_path: Path) -> None:
    prose = "# Data model\n\n- `notes.user_id` → `profiles.id`\n"
    files = {"supabase/migrations/20250101000000_init.sql": PROFILES, "docs/model.md": prose}
    assert found(tmp_path, "documented-relationship-missing", files) == [
        ("public.notes -> public.profiles", "low"),
    ]


def test_schema_files_in_the_order_of_their_names(tmp_path: Path) -> None:
    files = {
        "supabase/schemas/a.sql": "create table public.notes (id bigint, author bigint references public.people (id));",
        "supabase/schemas/b.sql": "create table public.people (id bigint primary key);",
    }
    assert found(tmp_path / "by-hand", "out-of-order-reference", files) == []
    settled = files | {"supabase/config.toml": 'project_id = "notes"\n'}
    assert found(tmp_path / "settled", "out-of-order-reference", settled) == [("a.sql", "medium")]


CLIENT = """import { createClient } from '@supabase/supabase-js'
const supabase = createClient(process.env.URL!, process.env.SUPABASE_ANON_KEY!)
"""
COUNTING = "create function public.count_up(item uuid) returns void language sql as 'select 1';"


def test_a_function_of_which_sql_that_no_runner_applies_makes_another_version(tmp_path: Path) -> None:
    files = {
        "supabase/migrations/20250101000000_init.sql": COUNTING,
        "src/a.ts": CLIENT + "export const up = () => supabase.rpc('count_up', { item: 'a', step: 2 })\n",
    }
    rule = "wrong-function-argument"
    assert found(tmp_path, rule, files) == [("public.count_up.step", "high")]
    later = {"sql/later.sql": COUNTING.replace("item uuid", "item uuid, step int")}
    assert found(tmp_path, rule, later) == [("public.count_up.step", "medium")]
    same = {"sql/later.sql": COUNTING.replace("item uuid", "item uuid, price numeric(3, 1) default round(2, 1)")}
    assert found(tmp_path, rule, same) == [("public.count_up.step", "high")]


def test_a_function_whose_argument_postgresql_would_not_rename(tmp_path: Path) -> None:
    renamed = COUNTING.replace("create", "create or replace").replace("item ", "items ")
    files = {
        "supabase/migrations/20250101000000_init.sql": COUNTING + renamed,
        "src/a.ts": CLIENT + "export const up = () => supabase.rpc('count_up', { item: 'a' })\n",
    }
    assert found(tmp_path, "wrong-function-argument", files) == [("public.count_up.item", "medium")]


def test_an_insert_and_a_call_where_the_migrations_do_not_hold_the_beginning(tmp_path: Path) -> None:
    older = "".join(f"alter table public.t{i} add column a int;\n" for i in range(4))
    files = {
        "supabase/migrations/20250101000000_init.sql": f"{older}{COUNTING}\n"
        "create table if not exists public.memos (id bigint primary key, body text not null);",
        "src/a.ts": CLIENT + "export const add = () => supabase.from('memos').insert({ id: 1 })\n"
        "export const up = () => supabase.rpc('count_up', { items: 'a' })\n",
    }
    assert found(tmp_path, "missing-required-column", files) == [("public.memos.body", "medium")]
    assert found(tmp_path, "wrong-function-argument", files) == [("public.count_up.items", "medium")]
    other = CLIENT + "export const add = () => supabase.from('memos').insert({ id: 1, due_at: 'a', price: 2 })\n"
    assert found(tmp_path, "missing-required-column", {"src/a.ts": other}) == [("public.memos.body", "low")]


def test_the_token_of_a_ledger_is_a_currency(tmp_path: Path) -> None:
    sql = "create table public.transfers (id bigint primary key, tx_hash text, token text, amount numeric);\n"
    sql += "create table public.invites (id bigint primary key, token text);\n"
    files = {"supabase/migrations/20250101000000_init.sql": sql}
    assert found(tmp_path, "sensitive-column-exposed", files) == [("public.invites", "high")]


def test_the_policies_of_a_bucket_that_was_made_by_hand(tmp_path: Path) -> None:
    policy = "create policy p on storage.objects for select using (bucket_id = 'photos');\n"
    bucket = "insert into storage.buckets (id, name, public) values ('photos', 'photos', true);\n"
    code = CLIENT + "export const put = (file: File) => supabase.storage.from('photos').upload('a', file)\n"
    migration, rule = "supabase/migrations/20250101000000_init.sql", "blocked-by-row-security"
    assert found(tmp_path, rule, {migration: policy, "src/a.ts": code}) == [("storage.buckets/photos", "medium")]
    assert found(tmp_path, rule, {migration: bucket + policy}) == [("storage.buckets/photos", "high")]


def test_a_key_whose_name_says_that_it_is_for_development(tmp_path: Path) -> None:
    code = (
        "export const keys = [process.env.EXPO_PUBLIC_DEV_SUPABASE_SERVICE_KEY, process.env.EXPO_PUBLIC_SERVICE_ROLE]\n"
    )
    files = {"supabase/migrations/20250101000000_init.sql": PROFILES, "app/a.ts": CLIENT + code}
    assert found(tmp_path, "service-role-in-browser", files) == [
        ("EXPO_PUBLIC_SERVICE_ROLE", "critical"),
        ("EXPO_PUBLIC_DEV_SUPABASE_SERVICE_KEY", "high"),
    ]


@pytest.mark.parametrize(
    "use, told",
    [
        ("import.meta.env.NAME", True),
        ("import.meta.env['NAME']", True),
        ("{ NAME: false }", False),
        ("['NAME', 'OTHER']", False),
        ("'NAME must not be set here' // nor is NAME", False),
    ],
)
def test_a_name_that_nothing_asks_for_ships_nothing(tmp_path: Path, use: str, told: bool) -> None:
    name = "VITE_SUPABASE_SERVICE_ROLE_KEY"
    files = {"supabase/migrations/20250101000000_init.sql": PROFILES, "src/a.ts": CLIENT + f"export const a = {use}\n"}
    files["src/a.ts"] = files["src/a.ts"].replace("NAME", name)
    assert found(tmp_path, "service-role-in-browser", files) == ([(name, "critical")] if told else [])
    by_hand = {"schema.sql": PROFILES} | {f"fix-{at}.sql": "alter table profiles add b int;" for at in range(6)}
    assert found(tmp_path / "b", "service-role-in-browser", {**by_hand, "src/a.ts": files["src/a.ts"]}) == (
        [(name, "critical")] if told else []
    )


def test_a_note_on_a_few_tables_is_no_domain_model_for_its_name(tmp_path: Path) -> None:
    names = [f"{word}s" for word in ("author", "book", "copy", "desk", "event", "floor", "guest", "hall", "item")]
    sql = "".join(f"create table public.{name} (id bigint primary key, name text);\n" for name in names)
    rows = "".join(f"| `{name}` | one of them |\n" for name in names[:3])
    listed = "".join(f"| `{name}` | one of them |\n" for name in names[3:7])
    table = "| Table | Purpose |\n|---|---|\n"
    files = {
        "supabase/migrations/20250101000000_init.sql": sql,
        "docs/notes.md": f"# Notes\n\n## Tables\n\n{table}{listed}",
        "docs/entity-registry.md": f"# Registry\n\n## Tables\n\n{table}{rows}",
    }
    assert found(tmp_path, "undocumented-table", files) == [("public.halls", "low"), ("public.items", "low")]
    few = {"docs/entity-registry.md": f"# Registry\n\n## Tables\n\n{table}{rows.splitlines()[0]}\n"}
    assert found(tmp_path, "undocumented-table", few) == []


def test_sql_of_a_file_that_names_no_known_table_may_be_for_another_database(tmp_path: Path) -> None:
    sql = "create table public.notes (id bigint primary key);"
    head = "import { Pool } from 'pg'\nconst pool = new Pool()\n"
    query = "export const {0} = () => pool.query('select id from {0}')\n"
    files = {
        "supabase/migrations/20250101000000_init.sql": sql,
        "src/own.ts": head + query.format("notes") + query.format("memos"),
        "src/other.ts": head + "".join(query.format(name) for name in ("boats", "ports", "crews")),
    }
    assert found(tmp_path, "missing-table", files) == [
        ("public.memos", "high"),
        ("public.boats", "low"),
        ("public.crews", "low"),
        ("public.ports", "low"),
    ]


def test_a_table_that_moved_to_another_database_of_the_project_is_not_missing(tmp_path: Path) -> None:
    history = {
        "001_a.sql": "create table notes (id int);\ncreate table kept (id int);",
        "002_b.sql": "drop table notes;",
    }
    for folder, files in (("a", history), ("b", {"001_a.sql": "create table notes (id int);"})):
        (tmp_path / folder / "migrations").mkdir(parents=True)
        (tmp_path / folder / "package.json").write_text("{}")
        for name, text in files.items():
            (tmp_path / folder / "migrations" / name).write_text(text)
    code = "import { Pool } from 'pg'\nexport const f = (pool: Pool) => pool.query('select id from notes')\n"
    (tmp_path / "a" / "run.ts").write_text(code)
    audit = audit_folder(tmp_path)
    assert [found.subject for found in audit.findings if found.rule == "missing-table"] == []
    assert [notice.reason for notice in audit.notices] == [
        "drops public.notes, which the project's database b holds: code that names it is taken to speak to that one"
    ]


def test_edge_functions_of_which_the_project_holds_few(tmp_path: Path) -> None:
    names = ["send", "bill", "rank"]
    calls = "".join(f"export const {name} = () => supabase.functions.invoke('{name}')\n" for name in names)
    files = {
        "supabase/migrations/20250101000000_init.sql": COUNTING,
        "supabase/functions/send/index.ts": "Deno.serve(() => new Response())\n",
        "src/a.ts": CLIENT + calls,
    }
    assert found(tmp_path, "missing-edge-function", files) == [("bill", "medium"), ("rank", "medium")]
    files = {"src/a.ts": CLIENT + calls + "export const more = () => supabase.functions.invoke('more')\n"}
    assert found(tmp_path, "missing-edge-function", files) == [("bill", "low"), ("more", "low"), ("rank", "low")]


INVITES = """create table public.invites (id uuid primary key, token text, used boolean);
alter table public.invites enable row level security;
create policy own on public.invites using (id = (select auth.uid()));
create function public.take({0}) returns void language sql security definer as
$$ update public.invites set used = true {1} $$;
"""


@pytest.mark.parametrize(
    ("arguments", "body", "severity"),
    [
        ("p_token text", "where token = p_token", "low"),
        ("p_token text", "where token = encode(sha256(p_token::bytea), 'hex')", "low"),
        ("invite_code text", "where used is false and lower(token) = lower(invite_code)", "low"),
        ("given text", "where invites.token = given and used is false", "low"),
        ("given text", "where used is false and given = token", "low"),
        ("given text", ", token = given where used is false", "medium"),
        ("p_id uuid, p_token text", ", token = p_token where id = p_id", "medium"),
        ("p_token_id uuid", "where id = p_token_id", "medium"),
        ("p_tokens int", "where length(token) = p_tokens", "medium"),
        ("p_push_token text", "where token = p_push_token", "medium"),
    ],
)
def test_a_function_that_writes_where_a_secret_fits(tmp_path: Path, arguments: str, body: str, severity: str) -> None:
    files = {"supabase/migrations/20250101000000_init.sql": INVITES.format(arguments, body)}
    assert found(tmp_path, "definer-skips-row-security", files) == [("public.take", severity)]


@pytest.mark.parametrize(("key", "severity"), [("bigint", "medium"), ("uuid", "low")])
def test_a_key_of_another_tenant_that_can_be_guessed(tmp_path: Path, key: str, severity: str) -> None:
    case = Path(__file__).parent.parent / "cases/cross-tenant-foreign-key/bad/supabase/migrations"
    sql = (case / "20250101000000_init.sql").read_text()
    sql = sql.replace("projects (id uuid", f"projects (id {key}").replace("project_id uuid", f"project_id {key}")
    files = {"supabase/migrations/20250101000000_init.sql": sql}
    assert found(tmp_path, "cross-tenant-foreign-key", files) == [("public.tasks -> public.projects", severity)]


def test_a_bucket_that_nothing_creates_and_no_policy_names_is_one_finding(tmp_path: Path) -> None:
    made = "insert into storage.buckets (id, name) values ('docs', 'docs');\n"
    policy = "create policy own on storage.objects for insert to authenticated with check (bucket_id = '{}');\n"
    migration = "supabase/migrations/20250101000000_init.sql"
    code = f"{CLIENT}export const list = () => supabase.storage.from('photos').list()\n"
    files = {migration: made + policy.format("docs"), "src/a.ts": code}
    assert found(tmp_path, "blocked-by-row-security", files) == []
    assert found(tmp_path, "missing-bucket", files) == [("storage.buckets.id='photos'", "medium")]
    assert found(tmp_path, "blocked-by-row-security", {migration: made + policy.format("photos")}) == [
        ("storage.buckets/photos", "medium")
    ]


INIT = "supabase/migrations/20250101000000_init.sql"


def test_row_security_that_a_file_enables_by_the_tables_names(tmp_path: Path) -> None:
    tables = "".join(
        f'create table public."{name}" (id bigint primary key, api_key text);\n' for name in ("Note", "Log")
    )
    policy = 'create policy all_rows on public."Note" for select using (true);\n'
    by_hand = """create function pg_temp.secure(t text) returns void language plpgsql as $$ begin
execute format('alter table public.%I enable row level security', t); end $$;
select pg_temp.secure('Note');
"""
    files = {INIT: tables + policy, "docs/ops/secure.sql": by_hand}
    assert found(tmp_path, "row-security-disabled", files) == [("public.Log", "high"), ("public.Note", "medium")]
    assert found(tmp_path, "policy-without-row-security", {}) == [("public.Note", "medium")]
    assert found(tmp_path, "sensitive-column-exposed", {}) == [("public.Log", "high"), ("public.Note", "medium")]


@pytest.mark.parametrize(("more", "severity"), [(4, "high"), (5, "medium")])
def test_numbered_files_of_no_runner_among_as_many_others(tmp_path: Path, more: int, severity: str) -> None:
    files = {
        "db/migrations/01_notes.sql": "create table notes (id bigint primary key);",
        "db/migrations/02_users.sql": "alter table notes add column owner uuid default auth.uid();",
        "src/a.ts": f"{CLIENT}export const all = () => supabase.from('notes').select('title')\n",
        **{f"db/fixes/fix {at}.sql": f"alter table notes add column more{at} text;" for at in range(more)},
    }
    assert found(tmp_path, "missing-column", files) == [("public.notes.title", severity)]


def types(*tables: str) -> str:
    parts = "".join(f"      {table}\n" for table in tables)
    return f"export type Database = {{\n  public: {{\n    Tables: {{\n{parts}    }}\n  }}\n}}\n"


def row(name: str, *columns: str) -> str:
    fields = "; ".join(f"{column}: string" for column in columns)
    return f"{name}: {{ Row: {{ {fields} }}; Insert: {{ {fields} }}; Update: {{ {fields} }}; Relationships: [] }}"


@pytest.mark.parametrize(("more", "severity"), [(4, "high"), (5, "medium")])
def test_types_with_many_tables_that_no_migration_makes(tmp_path: Path, more: int, severity: str) -> None:
    files = {
        INIT: "create table public.notes (id text, owner text);\nalter table public.notes enable row level security;\n",
        "src/types.ts": types(row("notes", "id", "owner"), *(row(f"t{at}", "a", "b", "c") for at in range(more))),
        "src/a.ts": f"{CLIENT}export const all = () => supabase.from('notes').select('id')\n",
    }
    assert found(tmp_path, "blocked-by-row-security", files) == [("public.notes", severity)]


def test_an_insert_into_the_table_of_the_types(tmp_path: Path) -> None:
    table = "create table public.tags (note_id text not null, label text);\n"
    code = f"{CLIENT}export const add = () => supabase.from('tags').insert({{ id_note: 'a', label: 'b' }})\n"
    files = {INIT: table, "src/a.ts": code, "src/types.ts": types(row("tags", "id", "id_note", "label"))}
    assert found(tmp_path, "missing-required-column", files)[0][1] == "medium"
    older = {"src/types.ts": types(row("tags", "label"))}
    assert [severity for _, severity in found(tmp_path, "missing-required-column", older)] in ([], ["high"])


def test_a_table_that_the_types_have_with_other_columns(tmp_path: Path) -> None:
    table = "create table public.tags (note_id text not null, label text);\n"
    code = f"{CLIENT}export const add = () => supabase.from('tags').insert({{ label: 'b' }})\n"
    files = {INIT: table, "src/a.ts": code, "src/types.ts": types(row("tags", "label", "place"))}
    assert found(tmp_path, "missing-required-column", files) == [("public.tags.note_id", "medium")]
    files = {INIT: f"{table}alter table tags rename label to place;\n", "src/a.ts": code.replace("label", "place")}
    assert found(tmp_path, "missing-required-column", {**files, "src/types.ts": types(row("tags", "label"))}) == [
        ("public.tags.note_id", "high")
    ]


def test_a_client_that_may_come_from_elsewhere(tmp_path: Path) -> None:
    table = "create table public.notes (id bigint);\nalter table public.notes enable row level security;\n"
    table += "create policy read on public.notes for select using (true);\n"
    client = """import { createClient } from '@supabase/supabase-js'
import { AsyncLocalStorage } from 'node:async_hooks'
const context = new AsyncLocalStorage()
const anonymous = createClient(process.env.SUPABASE_URL!, process.env.SUPABASE_ANON_KEY!)
export const client = () => CHOSEN
"""
    code = "import { client } from './client'\nexport const add = () => client().from('notes').insert({ id: 1 })\n"
    plain = {INIT: table, "src/a.ts": code, "src/client.ts": client.replace("CHOSEN", "anonymous")}
    assert found(tmp_path, "blocked-by-row-security", plain) == [("public.notes", "high")]
    handed = {"src/client.ts": client.replace("CHOSEN", "context.getStore() ?? anonymous")}
    assert found(tmp_path, "blocked-by-row-security", handed) == [("public.notes", "low")]


def test_a_table_that_is_changed_and_never_created_is_on_the_path(tmp_path: Path) -> None:
    function = """create function public.mine() returns bigint language plpgsql set search_path = public as
$$ begin return (select count(*) from users); end $$;
"""
    rule = "name-outside-search-path"
    assert found(tmp_path, rule, {INIT: function}) == [("public.mine", "high")]
    changed = "create index by_mail on public.users (email);\n"
    assert found(tmp_path, rule, {INIT: changed + function}) == []
    unread = {"sql/setup.sql": "create table public.users (id uuid);\n", "src/setup.ts": "run('sql/setup.sql');\n"}
    assert found(tmp_path, rule, {INIT: function, **unread}) == []


def test_a_number_that_is_no_bank_s(tmp_path: Path) -> None:
    sql = "create table public.meters (id bigint primary key, account_number text, label text);\n"
    sql += "create table public.stickers (id bigint primary key, card_number text, album text);\n"
    sql += "create table public.means (id bigint primary key, card_number text, exp_month integer);\n"
    sql += "create table public.payees (id bigint primary key, account_number text, bank_name text);\n"
    sql += "create table public.rates (id bigint primary key, tax_id integer not null);\n"
    told = [("public.means", "high"), ("public.payees", "high")]
    assert found(tmp_path, "sensitive-column-exposed", {INIT: sql}) == told


def test_a_table_that_keys_and_code_need_is_told_once(tmp_path: Path) -> None:
    sql = "".join(
        f"create table public.t{at} (id bigint, note bigint references public.notes (id));\n" for at in (1, 2)
    )
    ask = f"{CLIENT}export async function all() {{ SAID\n  return supabase.from('notes').select() }}\n"

    def keys(said: str | None, *rules: str) -> list[str | None]:
        files = {INIT: sql} if said is None else {INIT: sql, "src/a.ts": ask.replace("SAID", said)}
        found(tmp_path, "dangling-foreign-key", files)
        findings = audit_folder(tmp_path, Options(select=frozenset({"dangling-foreign-key", *rules}))).findings
        return [f.severity for f in findings if f.rule == "dangling-foreign-key"]

    assert keys(None, "missing-table") == ["high", "high"]
    assert keys("", "missing-table") == ["low", "low"]
    # Where that finding is not there, or says less, the keys are refused all the same.
    assert keys("") == ["high", "high"]
    assert keys("// the table may not exist yet", "missing-table") == ["high", "high"]


@pytest.mark.parametrize(
    ("select", "why", "how"),
    [
        ("author!people(name)", "the name before a hint has to be a table's", "Write people!author(…)."),
        ("owner(email)", "leads to auth.users, in a schema that the API does not show", "Let owner point to"),
    ],
)
def test_a_key_column_that_can_not_be_embedded_by_its_name(tmp_path: Path, select: str, why: str, how: str) -> None:
    sql = "create table public.people (id bigint primary key, name text);\n"
    sql += "create table public.notes (id bigint primary key, author bigint references public.people (id), "
    sql += "owner uuid references auth.users (id));\n"
    code = f"{CLIENT}export const all = () => supabase.from('notes').select('id, {select}')\n"
    assert len(found(tmp_path, "missing-relationship", {INIT: sql, "src/a.ts": code})) == 1
    (finding,) = audit_folder(tmp_path, Options(select=frozenset({"missing-relationship"}))).findings
    assert why in finding.message
    assert how in (finding.help or "")


def test_an_edge_function_in_another_folder_of_the_project(tmp_path: Path) -> None:
    files = {
        "app/supabase/migrations/20250101000000_init.sql": PROFILES,
        "app/supabase/functions/greet/index.ts": "",
        "app/src/a.ts": CLIENT + "export const go = () => supabase.functions.invoke('post')\n",
    }
    assert found(tmp_path, "missing-edge-function", files) == [("post", "medium")]
    assert found(tmp_path, "missing-edge-function", {"supabase/functions/post/index.ts": ""}) == []


def test_row_security_that_the_program_of_the_migrations_enables(tmp_path: Path) -> None:
    files = {
        "supabase/migrations/20250101000000_init.sql": PROFILES,
        "sql/rules.sql": "alter table public.notes enable row level security;",
    }
    rule = "row-security-disabled"
    assert found(tmp_path, rule, files) == [("public.profiles", "high"), ("public.notes", "medium")]
    program = "import postgres from 'postgres'\nconst sql = postgres(process.env.URL!)\nawait migrate(sql)\n"
    program += "await sql.unsafe(readFileSync('sql/rules.sql', 'utf-8'))\n"
    assert found(tmp_path, rule, {"scripts/migrate.ts": program}) == [
        ("public.profiles", "high"),
        ("public.notes", "low"),
    ]


def test_a_view_whose_author_says_that_it_reads_as_its_owner(tmp_path: Path) -> None:
    sql = PROFILES + "alter table public.notes enable row level security;\n"
    sql += "create view public.pages as select id from public.notes;\n"
    sql += "create view public.leaves with (security_invoker = off) as select id from public.notes;\n"
    files = {"supabase/migrations/20250101000000_init.sql": sql}
    assert found(tmp_path, "security-definer-view", files) == [("public.pages", "medium"), ("public.leaves", "low")]


def test_a_table_that_a_function_that_cannot_be_read_names_may_be_used(tmp_path: Path) -> None:
    files = {
        "supabase/migrations/20250101000000_init.sql": "create table public.notes (id bigint primary key);\n"
        "create table public.memos (id bigint primary key);\n",
        "src/a.ts": CLIENT + "export const all = () => supabase.from('drafts').select()\n",
    }
    assert found(tmp_path, "unused-table", files) == [("public.memos", "info"), ("public.notes", "info")]
    unread = "create function public.last() returns bigint as $ select max(id) from public.notes $ language sql;\n"
    later = {"supabase/migrations/20250102000000_last.sql": unread}
    assert found(tmp_path, "unused-table", later) == [("public.memos", "info")]


def test_a_view_that_counts_users_or_finds_the_caller_shows_no_others(tmp_path: Path) -> None:
    sql = """create view public.growth as
  with joined as (select created_at::date as day, count(*) as users from auth.users group by 1)
  select day, users from joined;
create table public.hues (owner uuid primary key, hue text);
create view public.people as select created_at::date as day, max(email) as last from auth.users group by 1;
create view public.all_of_them as select * from auth.users;
create view public.pairs as select u.created_at, p.email from auth.users u, auth.users p;
create view public.mine as select u.id, n.hue from auth.users u join hues n on n.owner = u.id where u.id = auth.uid();
create view public.own as select email from auth.users where (select auth.uid()) = id and email is not null;
create view public.some as select email from auth.users where id = auth.uid() or email like '%@a.example';
create view public.peers as select email from auth.users where auth.uid() is not null;
"""
    files = {"supabase/migrations/20250101000000_init.sql": sql}
    assert dict(found(tmp_path, "exposed-auth-users", files)) == {
        "public.growth": "low",
        "public.people": "high",
        "public.all_of_them": "high",
        "public.pairs": "high",
        "public.mine": "low",
        "public.own": "low",
        "public.some": "medium",
        "public.peers": "medium",
    }


def test_a_key_and_a_document_that_name_what_another_database_of_the_project_holds(tmp_path: Path) -> None:
    files = {
        "shop/package.json": '{"dependencies": {"pg": "8"}}',
        "shop/migrations/001_items.sql": "create table items (id int primary key, maker int references makers (id));",
        "site/package.json": '{"dependencies": {"pg": "8"}}',
        "site/migrations/001_makers.sql": "create table makers (id int primary key);",
    }
    assert found(tmp_path, "dangling-foreign-key", files) == [("public.items -> public.makers", "low")]


def test_histories_within_each_other_have_no_order(tmp_path: Path) -> None:
    files = {
        "package.json": '{"dependencies": {"pg": "8"}}',
        "db/migrations/001_orders.sql": "create table orders (id int primary key, buyer int references users (id));",
        "db/migrations/002_more.sql": "create table more (id int primary key);",
        "db/migrations/auth/2025-02-13_users.sql": "create table users (id int primary key);",
    }
    assert found(tmp_path, "out-of-order-reference", files) == []


def test_a_runner_s_own_table_is_made_by_the_runner(tmp_path: Path) -> None:
    files = {
        "go.mod": "module shop",
        "migrations/1_init.up.sql": "create table items (id int primary key);",
        "migrations/2_more.up.sql": "alter table schema_migrations add column note text;",
    }
    assert found(tmp_path, "missing-table", files) == []


def test_a_table_that_a_guide_has_sql_for(tmp_path: Path) -> None:
    block = "```sql\ncreate table public.pages (id bigint primary key);\n```\n"
    files = {
        "supabase/migrations/20250101000000_init.sql": PROFILES,
        "src/a.ts": CLIENT + "export const all = () => supabase.from('pages').select('id')\n",
        "docs/supabase-setup.md": f"# Database schema\n\n{block}",
    }
    assert found(tmp_path, "missing-table", files) == [("public.pages", "critical")]
    by_hand = {"PRODUCTION.md": f"# Database schema\n\nRun this in the SQL Editor:\n\n{block}"}
    assert found(tmp_path, "missing-table", by_hand) == [("public.pages", "medium")]


@pytest.mark.parametrize(("code", "severity"), [("", "low"), (CLIENT, "medium")])
def test_the_client_is_a_dependency_beside_a_driver(tmp_path: Path, code: str, severity: str) -> None:
    files = {
        "package.json": '{"dependencies": {"@supabase/supabase-js": "2", "pg": "8"}}',
        "db/migrations/0001_a.sql": "create table notes (id bigint primary key);",
        "src/a.ts": f"{code}import pg from 'pg'\nexport const n = (p: pg.Pool) => p.query('select id from notes')\n",
    }
    assert found(tmp_path, "row-security-disabled", files) == [("public.notes", severity)]


@pytest.mark.parametrize(
    ("url", "severity"),
    [
        ("postgresql://me:secret@ep-quiet-sea-pooler.eu-west-1.aws.neon.tech/app", "medium"),
        ("postgresql://postgres:[password]@localhost:5432/app", "high"),
        ("postgresql://postgres.ref:x@aws-0-eu.pooler.supabase.com:6543/postgres", "high"),
    ],
)
def test_settings_of_an_environment_that_connect_to_another_host(tmp_path: Path, url: str, severity: str) -> None:
    code = CLIENT + "export const all = () => supabase.from('notes').select('id')\n"
    table = "create table public.notes (id bigint primary key);"
    files = {"supabase/migrations/20250101000000_init.sql": table, ".env.example": f"DATABASE_URL={url}\n"}
    assert found(tmp_path, "row-security-disabled", {**files, "src/notes.ts": code}) == [("public.notes", severity)]


def test_what_stands_in_a_beginning_that_no_runner_applies(tmp_path: Path) -> None:
    files = {
        "supabase/config.toml": "[api]\nenabled = true\n",
        "supabase/schema.sql": "create table public.notes (id bigint primary key);\n",
        INIT: "alter table public.notes add column b int;\ncreate table public.tags (id bigint primary key);\n",
    }
    weighed = [("public.notes", "medium"), ("public.tags", "high")]
    assert sorted(found(tmp_path, "row-security-disabled", files)) == weighed
