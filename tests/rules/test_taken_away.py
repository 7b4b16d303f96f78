"""What a migration renamed or dropped under the code fails, whatever is meant, and the statement is shown."""

from __future__ import annotations

from pathlib import Path

from tripoint.audit import audit_folder
from tripoint.formats import RenderOptions, format_named
from tripoint.model.audit import Finding

START = "create table public.memos (id bigint primary key, heading text, body text);\n"
CODE = """import { createClient } from '@supabase/supabase-js'
const supabase = createClient(process.env.URL!, process.env.KEY!)
export const memos = () => supabase.from('memos').select('id, heading, body')
"""


def found(root: Path, change: str) -> Finding:
    migrations = root / "supabase" / "migrations"
    migrations.mkdir(parents=True)
    (migrations / "20250101000000_start.sql").write_text(START)
    (migrations / "20250102000000_change.sql").write_text(change)
    (root / "src").mkdir()
    (root / "src" / "api.ts").write_text(CODE)
    audit = audit_folder(root)
    (finding,) = (f for f in audit.findings if f.rule in ("missing-table", "missing-column"))
    shown = format_named("terminal").render(audit, RenderOptions(read_line=lambda path, line: change))
    first = shown.split("supabase/migrations/")[1]
    assert first.startswith("20250102000000_change.sql:"), "what took it away is shown, not where it was created"
    return finding


def test_of_files_that_are_all_called_alike_the_folder_is_named(tmp_path: Path) -> None:
    for name, text in (("1_start", START), ("2_change", "alter table memos rename column body to content;\n")):
        (tmp_path / "prisma/migrations" / name).mkdir(parents=True)
        (tmp_path / "prisma/migrations" / name / "migration.sql").write_text(text)
    (tmp_path / "prisma/migrations/migration_lock.toml").write_text('provider = "postgresql"\n')
    (tmp_path / "api.ts").write_text("import { Pool } from 'pg'\nnew Pool().query('select body from memos')\n")
    (finding,) = (f for f in audit_folder(tmp_path).findings if f.rule == "missing-column")
    assert "since 2_change/migration.sql renamed it to content" in finding.message


def test_a_table_that_was_renamed_is_high_though_its_new_name_is_likely(tmp_path: Path) -> None:
    finding = found(tmp_path, "alter table public.memos rename to notes;\n")
    assert finding.severity == "high"
    assert finding.message.startswith("public.memos was renamed to public.notes by 20250102000000_change.sql: the code")
    assert finding.severity_reason == "a migration took it away, and the code still asks for it"
    assert [suggestion.target for suggestion in finding.suggestions][:1] == ["public.notes"]
    assert "renamed here" in {spot.note for spot in finding.spots}


def test_a_column_that_was_renamed_says_since_when(tmp_path: Path) -> None:
    finding = found(tmp_path, "alter table public.memos rename column heading to title;\n")
    assert (finding.subject, finding.severity) == ("public.memos.heading", "high")
    assert "has no column heading since 20250102000000_change.sql renamed it to title, but" in finding.message


def test_a_column_that_was_dropped_says_since_when(tmp_path: Path) -> None:
    finding = found(tmp_path, "alter table public.memos drop column body;\n")
    assert (finding.subject, finding.severity) == ("public.memos.body", "high")
    assert "has no column body since 20250102000000_change.sql dropped it, but" in finding.message


def test_of_several_ways_in_which_it_went_the_last_is_told(tmp_path: Path) -> None:
    change = "alter table memos drop column body;\nalter table memos add column body text;\n"
    finding = found(tmp_path, change + "alter table memos rename column body to content;\n")
    assert "has no column body since 20250102000000_change.sql renamed it to content" in finding.message


def test_a_document_does_not_vouch_for_a_column_that_was_dropped_since(tmp_path: Path) -> None:
    (tmp_path / "docs").mkdir()
    fields = (
        "# Tables\n\n## memos\n\n| Column | Type |\n|---|---|\n| id | bigint |\n| heading | text |\n| body | text |\n"
    )
    (tmp_path / "docs" / "model.md").write_text(fields)
    finding = found(tmp_path, "alter table public.memos drop column body;\n")
    assert (finding.severity, finding.severity_reason) == (
        "high",
        "a migration took it away, and the code still names it",
    )


def test_a_value_that_was_renamed_says_to_what(tmp_path: Path) -> None:
    migrations = tmp_path / "supabase" / "migrations"
    migrations.mkdir(parents=True)
    made = "create type public.tone as enum ('dark', 'pale');\n"
    table = "create table public.memos (id bigint primary key, tone public.tone not null);\n"
    (migrations / "20250101000000_start.sql").write_text(made + table)
    (migrations / "20250102000000_change.sql").write_text("alter type public.tone rename value 'pale' to 'light';\n")
    code = CODE.replace("select('id, heading, body')", "select('id').eq('tone', 'pale')")
    (tmp_path / "app.ts").write_text(code)
    (finding,) = (f for f in audit_folder(tmp_path).findings if f.rule == "invalid-value")
    assert (finding.subject, finding.severity) == ("public.memos.tone='pale'", "high")
    assert "takes dark and light since 20250102000000_change.sql renamed 'pale' to 'light', but" in finding.message
    assert [suggestion.target for suggestion in finding.suggestions] == ["light"]
    assert "renamed here" in {spot.note for spot in finding.spots}
    types = (
        "export type Database = { public: { Tables: { memos: { Row: { id: number; tone: Database['public']['Enums']"
        "['tone'] }; Insert: { id: number }; Update: { id: number }; Relationships: [] } }; Views: {}; Functions: {}; "
        "Enums: { tone: 'dark' | 'pale' }; CompositeTypes: {} } }\n"
    )
    (tmp_path / "database.types.ts").write_text(types)
    audit = audit_folder(tmp_path)
    assert [f.severity for f in audit.findings if f.rule == "invalid-value"] == ["high"], "the types are older"
    assert [f.severity for f in audit.findings if f.rule == "stale-types"] == ["medium"]


def test_what_was_made_with_a_value_that_was_renamed_since_is_not_refused(tmp_path: Path) -> None:
    migrations = tmp_path / "supabase" / "migrations"
    migrations.mkdir(parents=True)
    made = "create type public.tone as enum ('dark', 'pale');\n"
    table = "create table public.memos (id bigint primary key, tone public.tone not null);\n"
    index = "create index on public.memos (id) where tone = 'pale';\n"
    policy = "create policy p on public.memos for select using (tone = 'pale');\n"
    rename = "alter type public.tone rename value 'pale' to 'light';\n"
    (migrations / "20250101000000_start.sql").write_text(made + table + index + policy)
    (migrations / "20250102000000_change.sql").write_text(rename)
    assert [f.message for f in audit_folder(tmp_path).findings if f.rule == "refused-statement"] == []
    (migrations / "20250102000000_change.sql").write_text(rename + index)
    (finding,) = (f for f in audit_folder(tmp_path).findings if f.rule == "refused-statement")
    assert [(spot.path, spot.line) for spot in finding.spots] == [("supabase/migrations/20250102000000_change.sql", 2)]


def test_a_function_that_was_dropped_says_since_when(tmp_path: Path) -> None:
    for name, text in (
        ("20250101000000_start.sql", "create function public.tally() returns int language sql as 'select 1';\n"),
        ("20250102000000_change.sql", "drop function public.tally();\n"),
    ):
        path = tmp_path / "supabase" / "migrations" / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)
    (tmp_path / "api.ts").write_text(CODE.replace("from('memos').select('id, heading, body')", "rpc('tally')"))
    (finding,) = (f for f in audit_folder(tmp_path).findings if f.rule == "missing-function")
    assert finding.message.startswith(
        "The function public.tally was dropped by 20250102000000_change.sql, but the code"
    )
    assert "dropped here" in {spot.note for spot in finding.spots}


def test_a_renaming_that_an_orm_wrote_as_two_steps_says_what_was_made(tmp_path: Path) -> None:
    finding = found(tmp_path, "alter table public.memos drop column heading, add column memo_heading text;\n")
    assert "since 20250102000000_change.sql dropped it and made memo_heading, but" in finding.message


def test_a_unique_key_that_was_dropped_says_since_when(tmp_path: Path) -> None:
    migrations = tmp_path / "supabase" / "migrations"
    migrations.mkdir(parents=True)
    unique = "create unique index memos_key on public.memos (body, heading);\n"
    (migrations / "20250101000000_start.sql").write_text(START + unique)
    (migrations / "20250102000000_change.sql").write_text("drop index public.memos_key;\n")
    upsert = "upsert({ heading: 'a', body: 'b' }, { onConflict: 'heading,body' })"
    (tmp_path / "app.ts").write_text(CODE.replace("select('id, heading, body')", upsert))
    (finding,) = (f for f in audit_folder(tmp_path).findings if f.rule == "missing-conflict-target")
    assert finding.message.startswith(
        "public.memos has no unique key on (heading, body) since 20250102000000_change.sql dropped it, and it is the"
    )
    assert finding.help is not None
    assert finding.help.startswith("Insert without a conflict target, if rows may be equal there since; else add a")
    assert "dropped here" in {spot.note for spot in finding.spots}
    constraint = "alter table public.memos add constraint memos_key unique (heading, body);\n"
    (migrations / "20250101000000_start.sql").write_text(START + constraint)
    (migrations / "20250102000000_change.sql").write_text("alter table memos drop constraint memos_key;\n")
    (finding,) = (f for f in audit_folder(tmp_path).findings if f.rule == "missing-conflict-target")
    assert "since 20250102000000_change.sql dropped it" in finding.message
    (migrations / "20250103000000_again.sql").write_text(unique)
    assert not [f for f in audit_folder(tmp_path).findings if f.rule == "missing-conflict-target"]


def test_a_unique_index_with_a_condition_is_named(tmp_path: Path) -> None:
    migrations = tmp_path / "supabase" / "migrations"
    migrations.mkdir(parents=True)
    unique = "create unique index memos_key on public.memos (heading) where heading is not null;\n"
    (migrations / "20250101000000_start.sql").write_text(START + unique)
    upsert = "upsert({ heading: 'a', body: 'b' }, { onConflict: 'heading' })"
    (tmp_path / "app.ts").write_text(CODE.replace("select('id, heading, body')", upsert))
    (finding,) = (f for f in audit_folder(tmp_path).findings if f.rule == "missing-conflict-target")
    assert "no unique key on (heading) for all rows (memos_key has a condition), the conflict target" in finding.message
    assert finding.help is not None
    assert finding.help.startswith("Create memos_key again without its condition: rows with a NULL there never collide")
    assert "for some rows alone" in {spot.note for spot in finding.spots}


def test_a_column_that_went_to_a_table_of_its_own_says_where(tmp_path: Path) -> None:
    moved = (
        "create table public.passages (id bigint primary key, memo bigint references public.memos (id), body text);\n"
        "alter table public.memos drop column body;\n"
    )
    finding = found(tmp_path / "moved", moved)
    assert finding.message.startswith(
        "public.memos has no column body since 20250102000000_change.sql dropped it and made public.passages.body, but"
    )
    assert finding.help == "Ask public.passages for body, or add the column to public.memos again."
    apart = found(tmp_path / "apart", moved.replace(" references public.memos (id)", ""))
    assert "20250102000000_change.sql dropped it, but" in apart.message
    assert apart.help == "Correct the name, or add the column to public.memos."
