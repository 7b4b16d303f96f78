"""Keys, types and defaults of what is proposed, where several witnesses or names speak."""

from __future__ import annotations

import pytest

from propose.proposing import blog, drafts_of, proposed_table

ORDERS = """\
create table public.orders (order_id uuid primary key default gen_random_uuid(), state text not null default 'new');
create table public.items (item_id uuid primary key default gen_random_uuid(),
    order_id uuid not null default gen_random_uuid() references public.orders (order_id),
    state text not null default 'new');
create table public.rooms (room_id uuid primary key default gen_random_uuid(), floor_level integer);
"""


def test_a_conflict_target_is_the_key_of_a_table_of_two_ids() -> None:
    code = "db.from('desk_sessions').upsert({ desk_id: d, active_author_id: a }, { onConflict: 'desk_id' })"
    table = proposed_table(code, "desk_sessions")
    assert table.primary_key is not None
    assert table.primary_key.columns == ("desk_id",)
    assert table.columns["desk_id"].default is None
    assert table.constraint("unique") == []
    assert [str(key.references) for key in table.constraint("foreign")] == ["public.authors"]


@pytest.mark.parametrize("asked", ["bill_id, sum", "sum"])
def test_a_key_is_named_after_its_table_where_most_are(asked: str) -> None:
    table = proposed_table(f"db.from('bills').select('{asked}')", "bills", ORDERS)
    assert table.primary_key is not None
    assert table.primary_key.columns == ("bill_id",)
    assert table.columns["bill_id"].default == "gen_random_uuid()"
    assert "id" not in table.columns


def test_no_row_refers_to_a_key_that_is_made_up() -> None:
    table = proposed_table("db.from('returns').insert({ order_id: o })", "returns", ORDERS)
    assert [str(key.references) for key in table.constraint("foreign")] == ["public.orders"]
    assert table.columns["order_id"].default is None


@pytest.mark.parametrize(("written", "default"), [("select('state')", "'new'"), ("insert({ state: 'open' })", None)])
def test_a_word_is_no_default_where_the_code_knows_others(written: str, default: str | None) -> None:
    assert proposed_table(f"db.from('claims').{written}", "claims", ORDERS).columns["state"].default == default


@pytest.mark.parametrize(
    ("column", "kind"), [("hide_floor_level", "boolean"), ("old_floor_level", "integer"), ("is_word_count", "boolean")]
)
def test_the_first_word_or_the_longest_end_of_a_name_says_most(column: str, kind: str) -> None:
    assert proposed_table(f"db.from('flats').select('{column}')", "flats", ORDERS).columns[column].type == kind


def test_an_id_refers_to_what_the_end_of_its_name_refers_to() -> None:
    sql = "create table public.talks (id uuid primary key);\n"
    sql += "create table public.lines (id uuid primary key, chat_id uuid references public.talks (id));"
    table = proposed_table("db.from('seats').select('last_chat_id, line_count')", "seats", sql)
    assert [str(key.references) for key in table.constraint("foreign")] == ["public.talks"]
    table = proposed_table("db.from('seats').select('telegram_chat_id, line_count')", "seats", sql)
    assert table.constraint("foreign") == []
    assert table.columns["telegram_chat_id"].type == "text"


def test_a_document_that_says_another_type_speaks_against_a_foreign_key() -> None:
    model = "# Data model\n\n## notes\n\n| Field | Type |\n|---|---|\n| `id` | uuid |\n| `post_id` | varchar(80) |\n"
    table = proposed_table("db.from('notes').select('post_id')", "notes", **{"docs/data-model.md": model})
    assert table.constraint("foreign") == []
    assert table.columns["post_id"].type == "character varying(80)"


@pytest.mark.parametrize("asked", ["id", "room_id"])
def test_a_row_that_has_a_key_gets_no_second_one(asked: str) -> None:
    keyed = "create table public.rooms (number text primary key, since date);"
    _, drafts = drafts_of(blog(f"db.from('rooms').select('{asked}')", keyed), f"public.rooms.{asked}")
    assert drafts == []


def test_a_row_that_has_none_gets_the_usual_one() -> None:
    _, (draft,) = drafts_of(
        blog("db.from('rooms').select('id')", "create table public.rooms (since date);"), "public.rooms.id"
    )
    assert "add column id uuid primary key default gen_random_uuid()" in draft.sql


TYPES = """\
export type Database = { public: { Tables: {
  badges: {
    Row: { id: string, label: string | null, created_at: string }
    Insert: { id: string, label?: string | null, created_at?: string }
    Relationships: [{ foreignKeyName: "b", columns: ["id"], referencedRelation: "users", referencedColumns: ["id"] }]
  }
} } }
"""


def test_a_key_is_what_generated_types_say() -> None:
    more = {"src/database.types.ts": TYPES}
    table = proposed_table("db.from('badges').select('label')", "badges", **more)
    assert [str(key.references) for key in table.constraint("foreign")] == ["auth.users"]
    assert table.columns["created_at"].default == "now()"
    plain = {"src/database.types.ts": TYPES.replace("users", "elsewhere")}
    counted = "create table public.a (id serial primary key);create table public.b (id serial primary key);"
    counted += "create table public.c (id serial primary key);"
    table = proposed_table("db.from('badges').select('label')", "badges", counted, **plain)
    assert (table.columns["id"].type, table.columns["id"].default) == ("uuid", None)


def test_types_that_nothing_shows_are_told() -> None:
    _, (draft,) = drafts_of(blog("db.from('notes').insert({ anything: a, body: 'x', line_count: 3 })"))
    assert draft.guessed == ("anything",)
