"""PostgREST's select language, conditions and order terms, each part with its place."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from code_project import CLIENT, fold
from tripoint.model.place import Place
from tripoint.model.query import Select
from tripoint.sources.code.postgrest import HOLE, parse_select
from tripoint.sources.code.postgrest_terms import parse_column, parse_filter_list, parse_order


def locate(start: int, end: int) -> Place:
    return Place("q", start, end)


def shown(select: Select) -> list[object]:
    """Return the select as nested plain values: text for a field, (text, items) for an embedded relation."""
    items: list[object] = []
    for field in select.fields:
        text = f"{field.alias}:" if field.alias else ""
        text += field.name + (field.json_path or "")
        text += f".{field.aggregate}()" if field.aggregate else ""
        items.append(text + (f"::{field.cast}" if field.cast else ""))
    for embed in select.embeds:
        text = ("..." if embed.spread else "") + (f"{embed.alias}:" if embed.alias else "") + embed.target
        text += "".join(f"!{word}" for word in (embed.hint, embed.join) if word)
        items.append((text, shown(embed.select)))
    return items if select.complete else [*items, "…"]


@pytest.mark.parametrize(
    "text, expected",
    [
        ("*", ["*"]),
        ("", []),
        ("id, full_name", ["id", "full_name"]),
        ("name:full_name, born::text", ["name:full_name", "born::text"]),
        ("meta->address->>city, meta->0", ["meta->address->>city", "meta->0"]),
        ('meta->>"two words"::int', ['meta->>"two words"::int']),
        ("total:amount.sum(), amount.avg()::int", ["total:amount.sum()", "amount.avg()::int"]),
        ("count(), posts(count)", ["count.count()", ("posts", ["count"])]),
        ("kebab-case, meta->kebab-key", ["kebab-case", "meta->kebab-key"]),
        ('"we, ird"', ["we, ird"]),
        ("author:users!posts_author_fkey!inner(id)", [("author:users!posts_author_fkey!inner", ["id"])]),
        ("users!left()", [("users!left", [])]),
        ("...profile(name), a(b(c(d)))", [("...profile", ["name"]), ("a", [("b", [("c", ["d"])])])]),
        ("\n  id,\n  posts (\n    title\n  )\n", ["id", ("posts", ["title"])]),
        (f"{HOLE}, name", ["name", "…"]),
        (f"posts({HOLE}, title), id", ["id", ("posts", ["title", "…"])]),
        (f"{HOLE}(id, name), x", ["x", "…"]),
    ],
)
def test_a_select_is_read_as_postgrest_reads_it(text: str, expected: list[object]) -> None:
    select = parse_select(text, locate)
    assert select.refused is None
    assert shown(select) == expected


@pytest.mark.parametrize("text, at", [("id, posts(title", 14), ("a:", 1), ("x|y", 1), ("x.median()", 8)])
def test_a_select_that_postgrest_refuses_says_where(text: str, at: int) -> None:
    select = parse_select(text, locate)
    assert select.refused is not None
    assert select.refused_at is not None
    assert select.refused_at.start == at
    assert not select.complete


@pytest.mark.parametrize(
    ("text", "at", "expected"),
    [("id, title), body", 9, ["id", "title"]), ("posts(id) body", 10, [("posts", ["id"])]), ("id)", 2, ["id"])],
)
def test_what_postgrest_ignores_is_no_part_of_the_select(text: str, at: int, expected: list[object]) -> None:
    select = parse_select(text, locate)
    assert select.refused == "the rest is ignored"
    assert select.refused_at is not None
    assert select.refused_at.start == at
    assert not select.complete
    assert shown(select) == [*expected, "…"]


@pytest.mark.parametrize("text", ["posts!a!b(id)", "a(" * 300 + "id" + ")" * 300])
def test_what_postgrest_may_well_read_is_not_called_wrong(text: str) -> None:
    select = parse_select(text, locate)
    assert select.refused is None
    assert not select.complete


def test_a_call_whose_select_postgrest_refuses_is_said_once() -> None:
    call = "supabase.from(table).select('id, posts(title')"
    folded = fold({"a.ts": f"{CLIENT}export const a = (table: string) => {call}\n"})
    said = [(path, problem.kind) for path, problem in folded.problems if "PGRST100" in problem.reason]
    assert said == [("a.ts", "unresolved")]


@pytest.mark.parametrize(
    "text, said",
    [
        ("id, auth.users!inner(email)", "no schema can be written before what is embedded (auth.users)"),
        ("id, total.median()", "total.median is no column: after a dot stands an aggregate only"),
    ],
)
def test_what_stands_after_a_dot_is_said(text: str, said: str) -> None:
    assert parse_select(text, locate).refused == said


def test_each_part_knows_its_place() -> None:
    text = 'id, author:users!fk_author!inner("full name", born::date)'
    embed = parse_select(text, locate).embeds[0]
    assert text[embed.place.start : embed.place.end] == "users"
    assert embed.hint_place is not None
    assert text[embed.hint_place.start : embed.hint_place.end] == "fk_author"
    assert [text[f.place.start : f.place.end] for f in embed.select.fields] == ["full name", "born"]


@pytest.mark.parametrize(
    "text, expected",
    [
        ('id.eq.1,name.in.(a,"b,c")', [("id", "eq", ["1"]), ("name", "in", ["a", "b,c"])]),
        ("and(a.gt.1,not.or(b.is.null,c.cs.{1,2}))", [("a", "gt", ["1"]), ("b", "is", ["null"]), ("c", "cs", [])]),
        ("a.not.eq.1,b.fts(english).cat", [("a", "eq", ["1"]), ("b", "fts", ["cat"])]),
        ("meta->>k.eq.v", [("meta", "eq", ["v"])]),
        (f"{HOLE}.eq.1,b.eq.{HOLE}", [("b", "eq", [])]),
    ],
)
def test_conditions_are_read(text: str, expected: list[object]) -> None:
    terms = parse_filter_list(text, locate)
    assert [(f.column, f.operator, [v.value for v in f.values]) for f in terms.filters] == expected
    assert terms.refused is None


@pytest.mark.parametrize(
    ("text", "said", "at"),
    [
        ("id", "expected '.'", 1),
        ("person.full_name.ilike.%a%,id.eq.1", "there is no operator full_name", 7),
        (f"a.eq.1,person.name.ilike.%{HOLE}%", "there is no operator name", 14),
        ("id.eq.1 and a.is.null,b.equals.2", "there is no operator equals", 24),
        ("id.in.1,id.eq.2", "expected '(' behind `in`", 6),
        ("a.is.open", "`is` takes no open", 5),
        ('a.eq."b"c', "unexpected 'c'", 8),
    ],
)
def test_conditions_that_cannot_be_parsed_say_where(text: str, said: str, at: int) -> None:
    terms = parse_filter_list(text, locate)
    assert terms.filters == ()
    assert terms.refused is not None
    assert (terms.refused[0], terms.refused[1].start) == (said, at)


@pytest.mark.parametrize("text", [f"a.{HOLE}", f"a.{HOLE}.b", f"a.in.{HOLE}", f"{HOLE}a.b.c", f"a.is.{HOLE}", "", " "])
def test_what_is_only_known_at_run_time_is_not_complained_of(text: str) -> None:
    assert parse_filter_list(text, locate).refused is None


def test_what_stands_behind_the_last_parenthesis_is_ignored() -> None:
    terms = parse_filter_list("a.is.null,b.gt.now()", locate)
    assert [(f.column, [v.value for v in f.values]) for f in terms.filters] == [("a", ["null"]), ("b", ["now("])]


def test_order_terms_name_columns_of_embedded_relations() -> None:
    terms = parse_order("posts(title).asc,created_at.desc.nullslast", locate)
    assert [(t.path, t.column) for t in terms.filters] == [(("posts",), "title"), ((), "created_at")]


def test_the_client_adds_the_direction_of_the_last_order_term() -> None:
    terms = parse_order("level_id.desc, order_index", locate, directed=True)
    assert [t.column for t in terms.filters] == ["level_id", "order_index"]
    assert terms.refused is None
    refused = parse_order("level_id, order_index.desc", locate, directed=True).refused
    assert refused is not None
    assert refused[0] == "the client adds a direction of its own"
    refused = parse_order("posts.title", locate).refused
    assert refused is not None
    assert (refused[0], refused[1].start) == ("title is no direction of an order", 6)
    assert parse_order(f"posts.{HOLE}", locate, directed=True).refused is None


def test_a_column_of_a_filter_may_lie_in_an_embedded_relation() -> None:
    column = parse_column("posts.meta->>k", locate)
    assert column is not None
    assert (column.path, column.column, column.json_path) == (("posts",), "meta", "->>k")
    assert parse_column(f"a{HOLE}", locate) is None


@given(st.text(alphabet='ab*,()!:.->"{} \n' + HOLE, max_size=40))
def test_any_text_gives_an_answer(text: str) -> None:
    parse_select(text, locate)
    parse_filter_list(text, locate)
    parse_order(text, locate)
    parse_column(text, locate)
