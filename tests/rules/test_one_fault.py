"""One fault is one finding, and what helps is said with it."""

from __future__ import annotations

from pathlib import Path

from tripoint.audit import audit_folder
from tripoint.model.audit import Finding

CLIENT = """import { createClient } from '@supabase/supabase-js'
const db = createClient(process.env.SUPABASE_URL!, process.env.SUPABASE_ANON_KEY!)
"""


def audited(root: Path, sql: str, code: str = "", **others: str) -> list[Finding]:
    files = {"supabase/migrations/20250101000000_init.sql": sql, "src/api.ts": CLIENT + code, **others}
    for path, text in files.items():
        (root / path).parent.mkdir(parents=True, exist_ok=True)
        (root / path).write_text(text)
    return list(audit_folder(root).findings)


def of(findings: list[Finding], rule: str) -> list[Finding]:
    return [finding for finding in findings if finding.rule == rule]


BOATS = "create table public.boats (id uuid primary key default gen_random_uuid(), harbour text not null, sail text);"


def test_a_misspelt_column_that_must_have_a_value_is_one_finding(tmp_path: Path) -> None:
    found = audited(tmp_path, BOATS, "export const add = () => db.from('boats').insert({ harbuor: 'Kiel' })\n")
    (missing,) = of(found, "missing-column")
    assert missing.suggestions[0].target == "public.boats.harbour"
    assert of(found, "missing-required-column") == []


def test_another_unknown_column_does_not_stand_for_the_one_left_out(tmp_path: Path) -> None:
    found = audited(tmp_path, BOATS, "export const add = () => db.from('boats').insert({ sails: 'red' })\n")
    assert [f.subject for f in of(found, "missing-column")] == ["public.boats.sails"]
    assert [f.subject for f in of(found, "missing-required-column")] == ["public.boats.harbour"]


def test_a_table_that_a_function_and_a_document_name_is_one_finding(tmp_path: Path) -> None:
    sql = f"{BOATS} create table public.ropes (id int primary key);"
    sql += "create function public.f() returns bigint language sql as 'select count(*) from public.moorings';"
    model = "# Data model\n\n| Table | What |\n|--|--|\n| `boats` | |\n| `ropes` | |\n| `moorings` | |\n| `buoys` | |\n"
    found = audited(tmp_path, sql, **{"docs/data-model.md": model})
    assert [f.subject for f in of(found, "missing-table")] == ["public.moorings"]
    assert [f.subject for f in of(found, "documented-but-missing")] == ["public.buoys"]


def test_a_table_that_only_a_function_without_trigger_names_is_low(tmp_path: Path) -> None:
    sql = f"""{BOATS}
    create table public.berths (id bigint primary key);
    create function public.count_berths() returns trigger language plpgsql as $$
    begin perform 1 from public.berths; return new; end $$;
    """
    trigger = "create trigger counts after insert on public.boats for each row execute function public.count_berths();"
    for name, made, severity in (("idle", "", "low"), ("used", trigger, "high")):
        drop = {"supabase/migrations/20250201000000_less.sql": "drop table public.berths;"}
        found = audited(tmp_path / name, f"{sql}{made}", **drop)
        assert [(f.subject, f.severity) for f in of(found, "missing-table")] == [("public.berths", severity)]


def test_a_view_that_reads_the_missing_table_is_not_what_it_means(tmp_path: Path) -> None:
    sql = f"{BOATS}\ncreate view public.recent_voyages as select id, boat, left_at from public.voyages;\n"
    found = audited(tmp_path, sql, "export const all = () => db.from('voyages').select('id, boat, left_at')\n")
    (missing,) = of(found, "missing-table")
    assert missing.severity == "high"
    assert [s.target for s in missing.suggestions if s.kind == "rename"] == []


def test_a_key_that_leads_through_a_profile_holds_what_a_document_says_of_users(tmp_path: Path) -> None:
    sql = """
    create table public.profiles (user_id uuid primary key references auth.users (id), name text);
    create table public.berths (id uuid primary key);
    create table public.boats (id uuid primary key, owner_id uuid references public.profiles (user_id), crew_id uuid);
    """
    text = """# Schema

    ## boats

    - **id** (uuid, PK): the boat
    - **owner_id** (uuid, FK → auth.users.id): whose it is
    - **crew_id** (uuid, FK → profiles.user_id): who sails it
    - **berth_id** (uuid, FK → berths.id): where it lies, in no migration
    """
    found = audited(tmp_path, sql, **{"docs/database-schema.md": text.replace("\n    ", "\n")})
    assert [f.subject for f in of(found, "documented-relationship-missing")] == ["public.boats -> public.profiles"]
    assert [f.subject for f in of(found, "documented-but-missing")] == ["public.boats.berth_id"]


LETTERS = """
create table public.people (id uuid primary key, name text);
create table public.letters (
  id uuid primary key,
  reader_id uuid references public.people (id),
  writer_id uuid references public.people (id)
);
"""


def test_an_alias_says_which_key_is_meant(tmp_path: Path) -> None:
    code = "export const all = () => db.from('letters').select('id, writer:people ( name )')\n"
    (finding,) = of(audited(tmp_path, LETTERS, code), "ambiguous-relationship")
    assert finding.help == "Say which one is meant: people!letters_writer_id_fkey(…)."


def test_one_of_two_keys_of_one_column_is_to_be_dropped(tmp_path: Path) -> None:
    sql = """
    create table public.people (id uuid primary key, name text);
    create table public.letters (id uuid primary key, writer_id uuid references public.people (id));
    alter table public.letters add constraint fk_writer foreign key (writer_id) references public.people (id);
    """
    code = "export const all = () => db.from('letters').select('id, people ( name )')\n"
    (finding,) = of(audited(tmp_path, sql, code), "ambiguous-relationship")
    assert finding.help == "Drop fk_writer or letters_writer_id_fkey: both are the foreign key of writer_id."
    assert finding.severity == "high"
    key = """{ foreignKeyName: "fk_writer" columns: ["writer_id"] isOneToOne: false
      referencedRelation: "people" referencedColumns: ["id"] }"""
    types = f"""export interface Database {{ public: {{ Tables: {{
      letters: {{ Row: {{ id: string; writer_id: string | null }} Insert: {{ id: string }} Update: {{ id?: string }}
        Relationships: [{key}] }}
    }} Views: {{}} Functions: {{}} Enums: {{}} }} }}
    """
    (finding,) = of(audited(tmp_path, sql, code, **{"src/types.ts": types}), "ambiguous-relationship")
    assert finding.severity == "medium"


def test_an_aggregate_of_sql_is_told_how_the_api_writes_it(tmp_path: Path) -> None:
    code = "export const many = () => db.from('boats').select('count(*)')\n"
    (finding,) = of(audited(tmp_path, BOATS, code), "missing-relationship")
    assert finding.help is not None
    assert "count: 'exact'" in finding.help
    assert finding.suggestions == ()


def test_the_letter_of_arguments_makes_them_no_more_alike(tmp_path: Path) -> None:
    sql = f"{BOATS}\ncreate function public.moor(p_kind text, p_depth int) returns void language sql as 'select 1';\n"
    code = "export const moor = (f: string) => db.rpc('moor', { p_harbour_id: f, p_depht: 3 })\n"
    (finding,) = of(audited(tmp_path, sql, code), "wrong-function-argument")
    assert [s.target for s in finding.suggestions[:1]] == ["public.moor.p_depth"]
    assert all(s.target != "public.moor.p_kind" for s in finding.suggestions)


def test_the_number_of_a_thing_is_not_how_many_there_are(tmp_path: Path) -> None:
    sql = "create table public.voyages (id uuid primary key, notice_count int, title text);"
    code = """export const all = () => db.from('voyages').select('id, title')
    export const one = () => db.from('voyages').select('id, title, voyage_number')
    """
    (finding,) = of(audited(tmp_path, sql, code), "missing-column")
    assert finding.suggestions == ()


def test_what_code_and_sql_of_an_older_table_name_is_one_finding(tmp_path: Path) -> None:
    sql = f"""
    create index on public.ports (id);
    create index on public.crews (id);
    create index on public.docks (id);
    {BOATS}
    create function public.flag() returns void language sql as 'update public.boats set flag = null, motor = null';
    """
    code = "export const all = () => db.from('boats').select('id, flag')\n"
    found = of(audited(tmp_path, sql, code), "missing-column")
    assert [(f.subject, f.severity) for f in found] == [("public.boats.flag", "low"), ("public.boats.motor", "low")]


def test_what_one_history_needs_of_another_is_not_out_of_order(tmp_path: Path) -> None:
    other = {
        "drizzle/meta/_journal.json": '{"entries": [{"idx": 0, "tag": "0000_init"}]}',
        "drizzle/0000_init.sql": "create table jobs (id bigint primary key, boat uuid references public.boats (id));",
        "drizzle.config.ts": "export default { dialect: 'postgresql', out: './drizzle', schema: './schema.ts' }",
    }
    found = audited(tmp_path, BOATS, **other)
    assert of(found, "out-of-order-reference") == []


def test_a_row_that_is_one_of_several_needs_no_grant_on_every_column(tmp_path: Path) -> None:
    sql = """
    create table public.boats (id uuid primary key, owner_id uuid not null, sail text);
    revoke all on public.boats from anon, authenticated;
    grant select on public.boats to authenticated;
    grant insert (id, owner_id, sail), update (sail) on public.boats to authenticated;
    """
    code = """function plan(known: string | null, sail: string) {
      if (known === null) return { kind: 'insert', row: { id: crypto.randomUUID(), owner_id: 'x', sail } }
      return { kind: 'update', row: { sail } }
    }
    export async function save(known: string | null) {
      const { data: { user } } = await db.auth.getUser()
      const made = plan(known, 'red')
      if (made.kind === 'insert') return db.from('boats').insert(made.row)
      return db.from('boats').update(made.row).eq('id', known)
    }
    """
    assert not any("owner_id" in f.message for f in of(audited(tmp_path, sql, code), "missing-grant"))
    plain = "export const save = (id: string) => db.from('boats').update({ owner_id: id }).eq('id', id)\n"
    assert any("owner_id" in f.message for f in of(audited(tmp_path, sql, plain), "missing-grant"))


def test_many_columns_that_generated_types_have_are_one_finding_a_table(tmp_path: Path) -> None:
    columns = ("anchor", "boom", "cabin", "deck")
    row = "".join(f"          {name}: string | null\n" for name in ("harbour", "id", "sail", *columns))
    types = (
        "export type Database = {\n  public: {\n    Tables: {\n      boats: {\n        Row: {\n"
        f"{row}        }}\n        Insert: {{\n{row}        }}\n      }}\n    }}\n    Views: {{}}\n  }}\n}}\n"
    )
    code = f"export const all = () => db.from('boats').select('{', '.join((*columns, 'mast'))}')\n"
    found = of(audited(tmp_path, BOATS, code, **{"src/database.types.ts": types}), "missing-column")
    assert [(f.subject, f.severity) for f in found] == [("public.boats.mast", "high"), ("public.boats", "medium")]
    assert found[1].message.startswith("public.boats has no columns anchor, boom, cabin and deck in the migrations")
    assert len([spot for spot in found[1].spots if spot.role == "primary"]) == len(columns)


def test_a_column_that_a_migration_dropped_is_shown_where(tmp_path: Path) -> None:
    sql = f"{BOATS}\nalter table public.boats drop column sail;"
    (found,) = of(
        audited(tmp_path, sql, "export const all = () => db.from('boats').select('sail')\n"), "missing-column"
    )
    assert "dropped here" in [spot.note for spot in found.spots]


def test_types_that_let_a_required_column_be_left_out(tmp_path: Path) -> None:
    code = "export const add = () => db.from('boats').insert({ sail: 'red' })\n"
    types = (
        "export type Database = { public: { Tables: { boats: { Row: { harbour: string, id: string, sail: string },"
        " Insert: { harbour%s: string, id?: string, sail?: string }, Relationships: [] } } } }"
    )
    for mark, severity in (("?", "medium"), ("", "high")):
        root = tmp_path / severity
        found = audited(root, BOATS, code, **{"src/database.types.ts": types % mark})
        (missing,) = of(found, "missing-required-column")
        assert (missing.subject, missing.severity) == ("public.boats.harbour", severity)


def test_a_view_of_the_users_that_asks_who_is_calling_may_show_only_some(tmp_path: Path) -> None:
    sql = """create view public.everyone as select id, email from auth.users;
    create view public.us as select id, email from auth.users where auth.uid() is not null;
    create view public.me as select id, email from auth.users where id = auth.uid();"""
    found = of(audited(tmp_path, sql), "exposed-auth-users")
    severities = {f.subject: f.severity for f in found}
    assert severities == {"public.everyone": "high", "public.us": "medium", "public.me": "low"}


def test_a_name_still_to_be_filled_in_and_what_an_extension_makes(tmp_path: Path) -> None:
    code = "db.from('table_name').select(); db.from('spatial_ref_sys').select(); db.from('sails').select()"
    found = of(audited(tmp_path, BOATS, code), "missing-table")
    assert [(f.subject, f.severity) for f in found] == [("public.sails", "high"), ("public.table_name", "low")]


def test_a_file_that_stands_before_all_that_it_needs_is_one_finding(tmp_path: Path) -> None:
    tables = [f"public.t{at}" for at in range(4)]
    early = "".join(f"alter table {table} enable row level security;\n" for table in tables)
    made = "".join(f"create table {table} (id int);\n" for table in tables)
    found = audited(tmp_path, made, **{"supabase/migrations/20240101000000_early.sql": early})
    (finding,) = of(found, "out-of-order-reference")
    assert "need 4 tables (public.t0, public.t1, public.t2 and public.t3)" in finding.message
    few = {"supabase/migrations/20240101000000_early.sql": early.partition("alter table public.t3")[0]}
    assert len(of(audited(tmp_path, made, **few), "out-of-order-reference")) == 3


def test_a_file_that_many_need_and_that_comes_after_them_is_one_finding(tmp_path: Path) -> None:
    early = {
        f"supabase/migrations/2024010{at}000000_a.sql": "alter table public.boats add column if not exists x int;"
        for at in range(1, 5)
    }
    (finding,) = of(audited(tmp_path, BOATS, **early), "out-of-order-reference")
    assert finding.subject == "20250101000000_init.sql"
    assert finding.message.startswith("4 files need public.boats (4 statements), which only 20250101000000_init.sql")
    early.popitem()
    assert len(of(audited(tmp_path / "few", BOATS, **early), "out-of-order-reference")) == 3


def test_numbered_files_of_no_runner_beside_a_runner_s(tmp_path: Path) -> None:
    loose = {
        "supabase/migrations/20250102000000_own.sql": "create table public.sails (id bigint primary key);",
        "db/migrations/001_a.sql": "alter table public.ropes add column note text;",
        "db/migrations/001_b.sql": "create table public.knots (id bigint primary key);",
        "db/migrations/002_c.sql": "create table public.ropes (id bigint primary key);",
    }
    found = audited(tmp_path, BOATS, **loose)
    assert [(f.rule, f.severity) for f in found if f.rule in ("duplicate-version", "out-of-order-reference")] == [
        ("out-of-order-reference", "medium"),
        ("duplicate-version", "low"),
    ]


def test_many_columns_that_a_pasted_schema_lacks_are_one_finding_of_their_table(tmp_path: Path) -> None:
    code = "export const all = () => db.from('boats').select('harbuor, keel, mast, crew, price')\n"
    files = {"schema.sql": BOATS, "src/api.ts": CLIENT + code}
    for path, text in files.items():
        (tmp_path / path).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / path).write_text(text)
    found = of(list(audit_folder(tmp_path).findings), "missing-column")
    # What is misspelt for sure stays a finding of its own.
    assert [(f.subject, f.severity) for f in found] == [("public.boats.harbuor", "high"), ("public.boats", "medium")]
    histories = of(audited(tmp_path / "b", BOATS, code), "missing-column")
    assert [f.severity for f in histories] == ["high"] * 5


def test_row_security_that_was_switched_off_is_one_fault_at_that_statement(tmp_path: Path) -> None:
    secured = (
        f"{BOATS} alter table public.boats enable row level security;"
        "create policy seen on public.boats for select using (true);"
    )
    off = {"supabase/migrations/20250201000000_off.sql": "alter table public.boats disable row level security;"}
    found = audited(tmp_path, secured, **off)
    (open_table,) = of(found, "row-security-disabled")
    assert (open_table.severity, open_table.spots[0].path) == ("high", *off)
    assert "whatever its 1 policy says" in open_table.message
    assert [f.severity for f in of(found, "policy-without-row-security")] == ["low"]


def test_row_security_that_is_back_on_is_none(tmp_path: Path) -> None:
    both = "alter table public.boats disable row level security; alter table public.boats enable row level security;"
    assert of(audited(tmp_path, f"{BOATS} {both}"), "row-security-disabled") == []


def test_functions_of_one_name_are_told_apart_by_their_arguments(tmp_path: Path) -> None:
    body = "returns void language sql security definer as 'delete from public.notes'"
    made = "create table public.notes (id bigint primary key);\nalter table public.notes enable row level security;\n"
    one, two = f"create function public.clear(a int) {body};\n", f"create function public.clear(a text) {body};\n"
    (tmp_path / "supabase/migrations").mkdir(parents=True)
    migration = tmp_path / "supabase/migrations/20250101000000_init.sql"
    for sql, names in ((one, ["public.clear"]), (one + two, ["public.clear(integer)", "public.clear(text)"])):
        migration.write_text(made + sql)
        findings = audit_folder(tmp_path).findings
        for rule in ("definer-skips-row-security", "mutable-search-path"):
            messages = sorted(finding.message for finding in findings if finding.rule == rule)
            assert [name for name, said in zip(names, messages, strict=True) if f"{name} " in said] == names


def test_a_loop_whose_policies_lack_a_column_each_is_one_finding(tmp_path: Path) -> None:
    names = ("crews", "decks", "keels", "masts", "oars")
    tables = "".join(f"create table public.{name} (id uuid primary key);\n" for name in names)
    loop = f"""create table public.members (person uuid, crew uuid);
do $$ declare t text;
begin
  foreach t in array array{["members", *names]} loop
    execute format('alter table public.%I enable row level security', t);
    execute format('create policy seen on public.%I for select using
      (auth.uid() in (select m.person from public.members m where m.crew = %I.crew))', t, t);
  end loop;
end $$;
"""
    found = audited(tmp_path, tables + loop)
    (refused,) = of(found, "policy-references-missing")
    assert refused.message.startswith("5 policies name the column public.crews.crew, ")
    assert len(refused.spots) == len(names)
    assert of(found, "policy-recursion") == []  # which the one of members would be, were it ever made


def test_the_platform_s_functions_in_a_dump_of_a_whole_database_are_none_of_the_project_s(tmp_path: Path) -> None:
    body = "returns bigint language sql as 'select id from public.oars'"
    made = f"create function realtime.watch() {body}; create function auth.oar() {body};"
    (finding,) = of(audited(tmp_path, BOATS + made), "missing-table")
    assert [finding.subject, len(finding.spots)] == ["public.oars", 1]
    assert "auth.oar" in (finding.spots[0].note or "")


def test_whoever_may_call_a_function_that_deletes_accounts_deletes_any(tmp_path: Path) -> None:
    body = "(who uuid) returns void language sql security definer set search_path = '' as"
    sql = f"create function public.leave{body} 'delete from auth.users where id = who';"
    assert [f.severity for f in of(audited(tmp_path, sql), "definer-skips-row-security")] == ["high"]
    own = f"create function public.leave{body} 'delete from auth.users where id = auth.uid()';"
    assert of(audited(tmp_path / "own", own), "definer-skips-row-security") == []
