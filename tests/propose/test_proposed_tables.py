"""Where each part of a proposed table comes from."""

from __future__ import annotations

import pytest

from propose.proposing import BLOG, blog, catalog_with, drafts_of, proposed_table, proven_of
from tripoint.model.name import Name
from tripoint.propose.ddl import table
from tripoint.propose.draft import TablePlan
from tripoint.propose.style import Style

ACCOUNTS = Name("auth", "users")


@pytest.mark.parametrize(
    ("code", "column", "kind"),
    [
        ("db.from('notes').select('id').eq('pinned', true)", "pinned", "boolean"),
        ("db.from('notes').insert({ weight: 3 })", "weight", "integer"),
        ("db.from('notes').insert({ weight: 2.5 })", "weight", "numeric"),
        ("db.from('notes').insert({ labels: ['a'] })", "labels", "text[]"),
        ("db.from('notes').insert({ extra: { a: 1 } })", "extra", "jsonb"),
        ("db.from('notes').select('extra->a')", "extra", "jsonb"),
        ("db.from('notes').select('id').eq('shown', '2026-01-31')", "shown", "date"),
        ("db.from('notes').select('id').eq('ref', '6f1c2a54-3b1e-4c55-9b52-1f0d8a3f9a10')", "ref", "uuid"),
        ("db.from('notes').select('line_count')", "line_count", "integer"),
        ("db.from('notes').select('archived_at')", "archived_at", "timestamp with time zone"),
        ("db.from('notes').select('is_hidden')", "is_hidden", "boolean"),
        ("db.from('notes').select('settings')", "settings", "jsonb"),
        ("db.from('notes').select('mood')", "mood", "public.mood"),
        ("db.from('notes').select('id').eq('mood', 'furious')", "mood", "text"),
        ("db.from('notes').select('anything')", "anything", "text"),
        ("db.from('notes').select('app_version')", "app_version", "text"),
        ("db.from('notes').select('last_active')", "last_active", "timestamp with time zone"),
        ("db.from('notes').select('id').gt('edited_at', '')", "edited_at", "timestamp with time zone"),
        ("db.from('notes').insert({ stripe_customer_id: c })", "stripe_customer_id", "text"),
        ("db.from('notes').insert({ basket_id: c })", "basket_id", "text"),
        ("db.from('notes').insert({ enable_sync: c })", "enable_sync", "boolean"),
    ],
)
def test_types(code: str, column: str, kind: str) -> None:
    assert proposed_table(code, "notes").columns[column].type == kind


def test_ids_times_and_triggers_follow_the_other_tables() -> None:
    table = proposed_table("db.from('notes').select('id, body').eq('user_id', me)", "notes")
    assert list(table.columns) == ["id", "user_id", "body", "created_at", "updated_at"]
    assert table.columns["id"].default == "gen_random_uuid()"
    assert [t.name for t in table.triggers.values()] == ["notes_touch"]


def test_keys_follow_names_and_the_other_tables() -> None:
    table = proposed_table("db.from('notes').select('user_id, post_id, first_author_id')", "notes")
    keys = {c.columns[0]: (str(c.references), c.on_delete) for c in table.constraint("foreign")}
    assert keys == {
        "user_id": ("auth.users", "cascade"),
        "post_id": ("public.posts", "cascade"),
        "first_author_id": ("public.authors", "cascade"),
    }
    indexed = {i.columns[0].name for i in table.indexes.values() if i.constraint is None}
    assert indexed == set(keys)


@pytest.mark.parametrize(("value", "kind"), [("me", "uuid"), ("'importer'", "text")])
def test_who_made_a_row_is_an_account_unless_the_code_gives_a_name(value: str, kind: str) -> None:
    table = proposed_table(f"db.from('notes').insert({{ body: text, created_by: {value} }})", "notes")
    assert table.columns["created_by"].type == kind
    keys = {key.columns: key.references for key in table.constraint("foreign")}
    assert keys == ({("created_by",): ACCOUNTS} if kind == "uuid" else {})


def test_tables_that_are_proposed_together_refer_to_each_other() -> None:
    code = "db.from('journals').insert({ title: 'a', user_id: me })\n"
    code += "db.from('journal_entries').insert({ journal_id: one, body: 'x' })"
    _, drafts = drafts_of(blog(code))
    (entries,) = (one for one in drafts if one.subject == "public.journal_entries")
    assert "journal_id uuid not null references public.journals (id) on delete cascade" in entries.sql
    assert "journals.id = journal_entries.journal_id" in entries.sql
    _, shorter = drafts_of(blog(code.replace("journal_id", "page_id").replace("'journals'", "'journal_pages'")))
    (entries,) = (one for one in shorter if one.subject == "public.journal_entries")
    assert "page_id uuid not null references public.journal_pages (id) on delete cascade" in entries.sql
    proven = proven_of(blog(code))
    assert [one.draft.subject for one in proven] == ["public.journals", "public.journal_entries"]
    assert all(one.proposal.verified for one in proven), [one.proposal.reason for one in proven]


def test_policies_are_those_of_the_sibling_made_whole() -> None:
    table = proposed_table("db.from('field_notes').select('id, user_id')", "field_notes")
    (policy,) = table.policies.values()
    assert policy.name == "Owners manage their field notes"
    assert policy.using == policy.check == "(select auth.uid()) = user_id"


def test_what_the_code_does_beside_what_the_siblings_policies_permit_is_the_owners_too() -> None:
    sibling = """drop policy "Owners manage their posts" on public.posts;
drop policy "Owners manage their authors" on public.authors;
create policy "Owners read their posts" on public.posts for select using (auth.uid() = user_id);
create policy "Owners update their posts" on public.posts for update using (auth.uid() = user_id);
"""
    code = "db.from('notes').delete().eq('user_id', me); db.from('notes').insert({ user_id: me })"
    (proven,) = proven_of(blog(code, sibling), "public.notes")
    assert proven.proposal.verified, proven.proposal.reason
    assert 'policy "Owners delete their notes"' in proven.draft.sql
    assert 'policy "Owners insert their notes"' in proven.draft.sql


def test_a_name_in_another_script_has_policies_too() -> None:
    table = proposed_table("db.from('ノート').select('id, body').eq('user_id', me)", "ノート")
    assert [policy.using for policy in table.policies.values()] == ["(select auth.uid()) = user_id"]


def test_without_an_owner_nobody_gets_through() -> None:
    table = proposed_table("db.from('notes').select('id, body')", "notes")
    assert table.row_security
    assert not table.policies


SHOP = """\
create table public.shops (id uuid primary key default gen_random_uuid(), keeper_id uuid not null unique, label text);
create table public.keepers (id uuid primary key references auth.users (id), label text);
alter table public.shops enable row level security;
alter table public.keepers enable row level security;
create policy "Shops are seen by all" on public.shops for select using (true);
create policy "Keepers change their shops" on public.shops for update to authenticated using (keeper_id = auth.uid());
create policy "Keepers are seen by all" on public.keepers for select using (true);
create policy "Keepers change themselves" on public.keepers for all using ((select auth.uid()) = id);
drop policy "Owners manage their authors" on public.authors;
drop policy "Owners manage their posts" on public.posts;
"""


@pytest.mark.parametrize(
    ("column", "condition"),
    [
        (
            "shop_id",
            "exists (select 1 from public.shops where shops.id = wares.shop_id and {keeper})".format(
                keeper="shops.keeper_id = (select auth.uid())"
            ),
        ),
        ("keeper_id", "wares.keeper_id = (select auth.uid())"),
    ],
)
def test_what_belongs_to_a_row_that_stands_for_an_account_is_for_that_account(column: str, condition: str) -> None:
    code = f"db.from('wares').insert({{ {column}: one, title: 'Ladder' }})"
    (policy,) = proposed_table(code, "wares", SHOP).policies.values()
    assert policy.using == policy.check == condition
    (proven,) = proven_of(blog(code, SHOP), "public.wares")
    assert proven.proposal.verified, proven.proposal.reason


def test_a_row_that_several_may_change_says_not_whose_another_is() -> None:
    more = SHOP + 'create policy "All change shops" on public.shops for update using (true);\n'
    assert not proposed_table("db.from('wares').insert({ shop_id: one, title: 'Saw' })", "wares", more).policies
    many = SHOP.replace(" unique", "")
    assert not proposed_table("db.from('wares').insert({ shop_id: one, title: 'Saw' })", "wares", many).policies


def test_columns_that_are_null_or_left_out_may_be_null() -> None:
    code = "db.from('notes').insert({ title: 'a', author_id: id })\ndb.from('notes').insert({ author_id: null })"
    columns = proposed_table(code, "notes").columns
    assert columns["title"].nullable
    assert columns["author_id"].nullable
    assert not proposed_table("db.from('notes').insert({ title: 'a' })", "notes").columns["title"].nullable


def test_a_conflict_target_is_unique() -> None:
    code = "db.from('ratings').upsert({ post_id: a, user_id: b, stars: 5 }, { onConflict: 'post_id,user_id' })"
    table = proposed_table(code, "ratings")
    keys = {c.columns for c in table.constraints.values() if c.kind in ("primary", "unique")}
    assert ("post_id", "user_id") in keys


def test_a_table_of_two_keys_joins_them() -> None:
    table = proposed_table("db.from('post_authors').insert({ post_id: a, author_id: b })", "post_authors")
    assert table.primary_key is not None
    assert set(table.primary_key.columns) == {"post_id", "author_id"}


def test_columns_of_embedded_tables_are_columns() -> None:
    table = proposed_table(
        "db.from('posts').select('id, comments(id, post_id, body)')\ndb.from('comments').delete()", "comments"
    )
    assert {"id", "post_id", "body"} <= set(table.columns)


@pytest.mark.parametrize(
    ("select", "column"),
    [
        ("body, posts(title)", "post_id"),
        ("body, posts!topic_id(title)", "topic_id"),
        ("body, posts!notes_subject_id_fkey(title)", "subject_id"),
        ("post_id, posts(title)", "post_id"),
    ],
)
def test_what_is_embedded_in_it_has_a_key_that_leads_there(select: str, column: str) -> None:
    table = proposed_table(f"db.from('notes').select('{select}')", "notes")
    keys = {key.columns: str(key.references) for key in table.constraint("foreign")}
    assert keys == {(column,): "public.posts"}


TYPES = """export type Json = string
export interface Database { public: { Tables: { notes: {
  Row: {
    id: string; extra: Json | null; labels: string[]; weight: number
    subject: string; mood: MOOD; created_at: string
  }
  Insert: {
    id?: string; extra?: Json | null; labels?: string[]; weight: number
    subject: string; mood: MOOD; created_at?: string
  }
  Relationships: [{
    foreignKeyName: "k"; columns: ["subject"]; isOneToOne: false
    referencedRelation: "posts"; referencedColumns: ["id"]
  }]
} }; Enums: { mood: "calm" | "loud" } } }
""".replace("MOOD", 'Database["public"]["Enums"]["mood"]')


def test_what_generated_types_say_of_it_is_followed() -> None:
    table = proposed_table("db.from('notes').select('id')", "notes", **{"src/database.types.ts": TYPES})
    # The other tables have an updated_at: these say that it has none.
    assert {c.name: (c.type, c.nullable) for c in table.columns.values()} == {
        "id": ("uuid", False),
        "extra": ("jsonb", True),
        "labels": ("text[]", True),
        "weight": ("integer", False),
        "subject": ("uuid", False),
        "mood": ("public.mood", False),
        "created_at": ("timestamp with time zone", False),
    }
    assert [str(key.references) for key in table.constraint("foreign")] == ["public.posts"]


def test_one_is_no_list_for_the_lists_that_end_as_it_does() -> None:
    sql = "create table public.rooms (id uuid primary key, seen_by text[], liked_by text[]);\n"
    table = proposed_table("db.from('notes').select('approved_by, seen_by')", "notes", sql)
    assert [table.columns[name].type for name in ("approved_by", "seen_by")] == ["text", "text[]"]


def test_a_column_is_what_the_end_of_its_name_is() -> None:
    assert (
        proposed_table("db.from('notes').select('least_word_count')", "notes").columns["least_word_count"].type
        == "integer"
    )


def test_profiles_take_their_accounts_id() -> None:
    table = proposed_table("db.from('profiles').upsert({ id: user.id, nickname: 'x' })", "profiles")
    (key,) = table.constraint("foreign")
    assert (key.columns, key.references, key.on_delete) == (("id",), ACCOUNTS, "cascade")
    assert table.columns["id"].default is None


def test_grants_are_given_unless_the_platform_is_told_to() -> None:
    code = "db.from('notes').select('id, body').eq('user_id', me)"
    unsaid = blog(code, **{"supabase/config.toml": ""})
    assert "grant select on table public.notes to authenticated" in drafts_of(unsaid)[1][0].sql
    assert "grant " not in drafts_of(blog(code))[1][0].sql


def test_grants_are_given_where_new_tables_get_none() -> None:
    files = blog("db.from('notes').select('id').eq('user_id', me)\ndb.from('notes').insert({ user_id: me })")
    files["supabase/config.toml"] = b"[api]\nauto_expose_new_tables = false\n"
    current, (draft,) = drafts_of(files)
    grants = {(g.role, g.privilege) for g in catalog_with(draft, current).tables[Name("public", "notes")].grants}
    assert {("authenticated", "select"), ("authenticated", "insert"), ("service_role", "delete")} <= grants
    assert ("anon", "select") not in grants


def test_the_projects_way_of_writing_is_kept() -> None:
    loud = BLOG.replace("create table public.", "CREATE TABLE ").replace("timestamptz", "TIMESTAMP WITH TIME ZONE")
    loud = loud.replace(" uuid ", " UUID ").replace(" text ", " TEXT ")
    files = blog("db.from('notes').select('id, body, user_id')")
    files["supabase/migrations/20260101000000_blog.sql"] = loud.encode()
    _, (draft,) = drafts_of(files)
    assert "CREATE TABLE notes (\n    id UUID PRIMARY KEY DEFAULT gen_random_uuid()" in draft.sql
    assert "created_at TIMESTAMP WITH TIME ZONE NOT NULL DEFAULT now()" in draft.sql


def test_what_later_migrations_add_is_left_to_them() -> None:
    sql = "alter table public.notes add column body text;\nalter table public.notes enable row level security;\n"
    sql += "create policy p on public.notes for select using (true);\n"
    current, (draft,) = drafts_of(blog("db.from('notes').select('id, body')", sql))
    assert draft.before is not None
    assert "body" not in catalog_with(draft, current).tables[Name("public", "notes")].columns
    (proven,) = proven_of(blog("db.from('notes').select('id, body')", sql))
    assert proven.proposal.verified, proven.proposal.reason


def test_tables_that_need_each_other_come_in_order() -> None:
    sql = """
    create table public.seats (id uuid primary key, hall_id uuid references public.halls (id));
    create index on public.seats (hall_id);
    alter table public.seats enable row level security;
    """
    code = "db.from('halls').select('id, name')\ndb.from('tickets').select('id, hall_id')"
    proven = proven_of(blog(code, sql), "public.halls", "public.tickets")
    assert [one.draft.subject for one in proven] == ["public.halls", "public.tickets"]
    assert all(one.proposal.verified for one in proven), [one.proposal.reason for one in proven]
    assert "references public.halls" in proven[1].draft.sql


@pytest.mark.parametrize(
    ("code", "sql", "subject", "part"),
    [
        (
            "db.from('posts').select('id, subtitle')",
            "",
            "public.posts.subtitle",
            "alter table public.posts\n    add column subtitle text;",
        ),
        (
            "db.from('posts').select('id, remarks(id)')",
            (
                "create table public.remarks (id uuid primary key, post_id uuid);\n"
                "alter table public.remarks enable row level security;"
            ),
            "public.posts -> public.remarks",
            "foreign key (post_id) references public.posts (id)",
        ),
        (
            "db.from('codes').select('id')",
            "create table public.codes (id uuid primary key, user_id uuid references auth.users (id));",
            "public.codes",
            "with check ((select auth.uid()) = user_id)",
        ),
        (
            "db.from('posts').select('id')",
            (
                "create table public.tags (id uuid primary key, post_id uuid references public.posts (id));\n"
                "alter table public.tags enable row level security;"
            ),
            "public.tags.post_id",
            "create index tags_post_id_idx on public.tags (post_id);",
        ),
        (
            "db.from('posts').upsert({ title: 't', author_id: a, user_id: u }, { onConflict: 'title' })",
            "",
            "public.posts.title",
            "add constraint posts_title_key unique (title);",
        ),
        (
            "db.storage.from('covers').upload('a', b)",
            "",
            "storage.buckets.id='covers'",
            "values ('covers', 'covers', false)\non conflict (id) do nothing;",
        ),
    ],
)
def test_what_a_table_lacks_is_proposed_and_verified(code: str, sql: str, subject: str, part: str) -> None:
    (proven,) = proven_of(blog(code, sql), subject)
    assert part in proven.draft.sql
    assert proven.proposal.verified, proven.proposal.reason


def test_roles_that_are_granted_the_same_share_a_statement() -> None:
    plan = TablePlan(Name("public", "notes"))
    plan.grants = [(("select",), "anon"), (("select", "insert"), "authenticated"), (("select",), "reader")]
    assert table(plan, Style()).split("\n\n")[-1].splitlines() == [
        "grant select on table public.notes to anon, reader;",
        "grant select, insert on table public.notes to authenticated;",
    ]


def test_rows_that_are_there_get_no_made_up_key_of_an_account() -> None:
    books = "create table public.books (title text primary key);\nalter table public.books enable row level security;"
    model = {"docs/data-model.md": "# Data model\n\n## books\n\n- id (uuid, FK → auth.users.id)\n- title (text)\n"}
    (proven,) = proven_of(blog("db.from('books').select('id')", books, **model), "public.books.id")
    assert "add column id uuid references auth.users (id)" in proven.draft.sql


def test_what_no_role_was_granted_is_granted() -> None:
    config = {"supabase/config.toml": "[api]\nauto_expose_new_tables = false\n"}
    files = blog("db.from('posts').select('id')\n", **config)
    current, _ = drafts_of(files)
    (subject,) = {finding.subject for finding in current.findings if finding.rule == "missing-grant"}
    (proven,) = proven_of(files, subject)
    assert "grant select on public.posts to" in proven.draft.sql
    assert proven.proposal.verified, proven.proposal.reason


def test_what_the_history_refuses_anyway_is_said_beside() -> None:
    files = blog("db.from('notes').select('id, body')", "select 1 / 0;\n")
    (proven,) = proven_of(files, "public.notes")
    assert proven.proposal.verified
    assert proven.remark is not None
    assert "division by zero" in proven.remark


def test_two_that_one_migration_needs_keep_their_order() -> None:
    sql = """
    create table public.seats (
      id uuid primary key,
      hall_id uuid references public.halls (id),
      sale_id uuid references public.sales (id)
    );
    create index on public.seats (hall_id);
    create index on public.seats (sale_id);
    alter table public.seats enable row level security;
    """
    code = "db.from('sales').select('id, hall_id')\ndb.from('halls').select('id, name')"
    proven = proven_of(blog(code, sql), "public.halls", "public.sales")
    assert [one.draft.subject for one in proven] == ["public.halls", "public.sales"]
    paths = [one.files.path for one in proven if one.files is not None]
    assert paths == [
        "supabase/migrations/20260101235958_create_halls.sql",
        "supabase/migrations/20260101235959_create_sales.sql",
    ]
    assert all(one.proposal.verified for one in proven), [one.proposal.reason for one in proven]


def test_what_is_not_there_yet_is_a_migration_of_its_own() -> None:
    sql = """
    create table public.halls (id uuid primary key, user_id uuid not null references auth.users (id));
    create index on public.halls (user_id);
    alter table public.halls enable row level security;
    create policy "Owners manage their halls" on public.halls for all using ((select auth.uid()) = user_id);
    create table public.seats (id uuid primary key, row_id uuid references public.seat_rows (id));
    create index on public.seats (row_id);
    alter table public.seats enable row level security;
    """
    code = "db.from('seat_rows').insert({ hall_id: hall, label: 'A' })"
    first, second = proven_of(blog(code, sql), "public.seat_rows")
    assert first.proposal.verified, first.proposal.reason
    assert second.proposal.verified, second.proposal.reason
    assert "public.halls (id)" not in first.draft.sql.replace("refers to public.halls (id)", "")
    assert "foreign key (hall_id) references public.halls (id)" in second.draft.sql
    assert second.files is not None
    assert second.files.path.endswith("/20260314150926_complete_seat_rows.sql")


def test_a_row_is_for_those_who_see_what_it_belongs_to() -> None:
    table = proposed_table("db.from('comments').insert({ post_id: post, body: 'x' })", "comments")
    (policy,) = table.policies.values()
    assert policy.using == "exists (select 1 from public.posts where posts.id = comments.post_id)"
    assert policy.check == policy.using


def test_what_everybody_reads_is_not_everybodys_to_write_to() -> None:
    sql = 'create policy "Everybody reads" on public.posts for select using (true);'
    assert not proposed_table("db.from('comments').insert({ post_id: post, body: 'x' })", "comments", sql).policies


def test_a_documents_list_of_values_is_a_check() -> None:
    document = "# Data model\n\n## posts\n\n| Field | Type |\n|---|---|\n| `id` | uuid |\n| `title` | text |\n\n"
    document += "## notes\n\n| Field | Type | Notes |\n|---|---|---|\n"
    document += "| `id` | uuid | Primary key |\n| `state` | text | `open` or `done` |\n"
    more = {"docs/data-model.md": document}
    table = proposed_table("db.from('notes').select('id').eq('state', 'open')", "notes", **more)
    assert [c.expression for c in table.constraint("check")] == ["state in ('open', 'done')"]
    table = proposed_table("db.from('notes').select('id').eq('state', 'lost')", "notes", **more)
    assert table.constraint("check") == []


def test_what_a_document_calls_unique_is() -> None:
    document = "# Data model\n\n## posts\n\n| Field | Type |\n|---|---|\n| `id` | uuid |\n| `title` | text |\n\n"
    document += "## notes\n\n| Field | Type | Notes |\n|---|---|---|\n| `id` | uuid | PK, unique |\n"
    document += (
        "| `slug` | text | Unique |\n| `name` | text | unique per author |\n| `code` | text | unique (code, name) |\n"
    )
    table = proposed_table("db.from('notes').select('id, slug')", "notes", **{"docs/data-model.md": document})
    assert [key.columns for key in table.constraint("unique")] == [("slug",)]


OPEN = BLOG.replace("for all to authenticated using (auth.uid() = user_id)", "for select using (true)")


@pytest.mark.parametrize(
    ("code", "expected"),
    [
        ("db.from('notes').select('id, body')", ["true"]),
        ("db.from('notes').select('id, owner_id, body')", ["(select auth.uid()) = owner_id"]),
        ("db.from('notes').insert({ body: 'x' })", []),
    ],
)
def test_a_policy_for_everybody_is_taken_over_only_for_what_everybody_reads(code: str, expected: list[str]) -> None:
    files = blog(code)
    files["supabase/migrations/20260101000000_blog.sql"] = OPEN.encode()
    current, (draft,) = drafts_of(files)
    table = catalog_with(draft, current).tables[Name("public", "notes")]
    assert [policy.using for policy in table.policies.values()] == expected


def test_one_name_that_is_repeated_is_no_habit_of_names_that_end_like_it() -> None:
    twice = "create table public.bills (id uuid primary key, sent_late boolean not null default false);"
    twice += "create table public.loans (id uuid primary key, sent_late boolean not null default false);"
    code = "db.from('reminders').select('hours_late, user_id')"
    assert proposed_table(code, "reminders", twice).columns["hours_late"].type == "text"
    other = "alter table public.loans add column paid_late boolean not null default false;"
    assert proposed_table(code, "reminders", twice + other).columns["hours_late"].type == "boolean"


def test_a_row_of_a_profile_is_the_users_whose_profile_it_is() -> None:
    profiles = "create table public.profiles (id uuid primary key references auth.users (id), name text);"
    profiles += "alter table public.profiles enable row level security;"
    profiles += "create policy seen on public.profiles for select using (true);"
    table = proposed_table("db.from('diaries').select('profile_id, body')", "diaries", profiles)
    assert [policy.using for policy in table.policies.values()] == ["(select auth.uid()) = profile_id"]


def test_what_the_server_alone_asks_for_is_opened_to_no_user_of_a_profile() -> None:
    profiles = "create table public.profiles (id uuid primary key references auth.users (id), name text);"
    server = "const server = createClient('http://localhost', process.env.SUPABASE_SERVICE_ROLE_KEY!)\n"
    code = f"{server}server.from('diaries').select('profile_id, body')"
    _, drafts = drafts_of(blog(code, profiles))
    (own,) = (made for made in drafts if made.subject == "public.diaries")
    assert "create policy" not in own.sql
    assert "No code that could be read asks for it as a user, and service_role needs no policy." in own.sql
