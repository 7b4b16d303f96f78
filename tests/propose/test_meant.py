"""What is proposed is what was meant, and no more: whom it lets in, where it leads, and what others have said of it."""

from __future__ import annotations

import pytest

from propose.proposing import blog, drafts_of, proposed_table, proven_of


def test_a_table_leads_to_the_one_that_the_code_embeds_it_in() -> None:
    plans = "create table public.user_plans (id uuid primary key, user_id uuid references auth.users (id));\n"
    plans += "create table public.plan_notes (id uuid primary key, plan_id uuid references public.user_plans (id));\n"
    code = "db.from('diet_plans').select('id, title, plan_days(id, plan_id, label)')\n"
    code += "db.from('plan_days').select('id').eq('plan_id', one)"
    _, drafts = drafts_of(blog(code, plans))
    (days,) = (one for one in drafts if one.subject == "public.plan_days")
    assert "plan_id uuid references public.diet_plans (id)" in days.sql


def test_a_column_leads_to_a_proposed_table_and_not_to_its_own() -> None:
    code = "db.from('essays').select('id, title')\ndb.from('author_essays').select('id').eq('essay_id', one)"
    sql = "create table public.author_essays (id uuid primary key, author_id uuid references public.authors (id));"
    _, drafts = drafts_of(blog(code, sql))
    (column,) = (one for one in drafts if one.subject == "public.author_essays.essay_id")
    assert "essay_id uuid references public.essays (id)" in column.sql


def test_what_must_not_be_null_is_not_set_to_null() -> None:
    sql = "create table public.drafts (id uuid primary key, author_id uuid references public.authors (id) {});\n"
    sql += "create table public.quotes (id uuid primary key, author_id uuid references public.authors (id) {});\n"
    sql += "create table public.series (id uuid primary key, author_id uuid references public.authors (id) {});\n"
    code = "db.from('fans').upsert({ user_id: u, author_id: a }, { onConflict: 'user_id,author_id' })"
    table = proposed_table(code, "fans", sql.format(*["on delete set null"] * 3))
    (key,) = (k for k in table.constraint("foreign") if k.columns == ("author_id",))
    assert key.on_delete != "set null"
    assert not table.columns["author_id"].nullable


@pytest.mark.parametrize(
    ("name", "code", "commands"),
    [
        ("club_members", "db.from('club_members').insert({ user_id: u, author_id: a })", ["select"]),
        ("payments", "admin.from('payments').insert({ user_id: u, amount: 3 })", ["select"]),
        ("letters", "db.from('letters').insert({ user_id: u, author_id: a })", ["all"]),
    ],
)
def test_what_lets_somebody_in_and_what_the_server_writes_is_only_read(
    name: str, code: str, commands: list[str]
) -> None:
    admin = "const admin = createClient('http://localhost', process.env.SUPABASE_SERVICE_ROLE_KEY!)\n"
    table = proposed_table(admin + code, name)
    assert [policy.command for policy in table.policies.values()] == commands


def test_who_signs_in_goes_on_reading_what_was_open() -> None:
    code = "const web = createClient('http://localhost', process.env.NEXT_PUBLIC_SUPABASE_ANON_KEY!)\n"
    sql = "create table public.tags (id uuid primary key, label text);"
    (proven,) = proven_of(blog(code + "web.from('tags').select('id, label')", sql), "public.tags")
    assert "to anon, authenticated\n" in proven.draft.sql or "to authenticated\n" in proven.draft.sql
    assert proven.proposal.verified, proven.proposal.reason


def test_what_a_document_says_in_sql_is_kept() -> None:
    block = """create table seats (
  post_id uuid references posts (id), label text, mood mood not null, primary key (post_id, label)
);
create table marks (
  code text primary key, label text not null default 'a, b', author_id uuid references authors (id)
);
"""
    more = {"docs/data-model.md": f"# Data model\n\n```sql\n{block}```\n"}
    seats = proposed_table("db.from('seats').select('label')", "seats", **more)
    assert seats.primary_key is not None
    assert seats.primary_key.columns == ("post_id", "label")
    assert "id" not in seats.columns
    assert seats.columns["mood"].type == "public.mood"
    marks = proposed_table("db.from('marks').select('label')", "marks", **more)
    assert marks.primary_key is not None
    assert marks.primary_key.columns == ("code",)
    assert marks.columns["label"].default == "'a, b'"
    assert [key.on_delete for key in marks.constraint("foreign")] == ["no action"]  # elsewhere it is cascade


def test_policies_that_are_there_already_are_not_made_again() -> None:
    sql = """create table public.tags (id uuid primary key, label text);
create policy "Tags are seen" on public.tags for select using (true);
"""
    (proven,) = proven_of(blog("db.from('tags').select('id, label')", sql), "public.tags")
    assert "enable row level security" in proven.draft.sql
    assert "create policy" not in proven.draft.sql
    assert "the 1 policy that it has already" in proven.draft.sql
    assert proven.proposal.verified, proven.proposal.reason


def test_what_a_migration_took_away_is_proposed_on_request_alone() -> None:
    sql = "create table public.tags (id uuid primary key);\ndrop table public.tags;\n"
    sql += "alter table public.posts drop column title;\n"
    files = blog("db.from('tags').select('id, label')\ndb.from('posts').select('title')", sql)
    assert drafts_of(files)[1] == []
    assert [draft.subject for draft in drafts_of(files, "public.tags")[1]] == ["public.tags"]
