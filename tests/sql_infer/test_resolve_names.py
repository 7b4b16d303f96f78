"""Every name in a statement, held against a catalog."""

from __future__ import annotations

import pytest

from sql_infer.blog import catalog
from tripoint.model.name import Name
from tripoint.sql.dependencies import references_in, relations_in
from tripoint.sql.grammar import Refusal, parse_expression, parse_statement
from tripoint.sql.infer import infer_columns
from tripoint.sql.scope import resolve_expression_names, resolve_names

PATH = ("public", "app")


def problems(text: str, **parameters: str | None) -> list[tuple[str, str, str]]:
    """Return (kind, name, outcome) of what is not bound."""
    parsed = parse_statement(text)
    assert parsed is not None
    assert not isinstance(parsed, Refusal), parsed
    names = resolve_names({parsed[0]: parsed[1]}, catalog(), PATH, parameters)
    for name in names:
        if name.location >= 0 and name.kind == "column":
            assert text.encode()[name.location :].decode().lstrip('"(').startswith(name.written[0])
    return [(n.kind, ".".join(n.written), n.outcome) for n in names if n.outcome != "bound"]


@pytest.mark.parametrize(
    "text",
    [
        "select p.id, a.name from posts p join authors a on a.id = p.author_id where p.views > 1 order by p.title",
        "select id from posts where exists (select 1 from logs where post_id = posts.id and views > 1)",
        "with t as (select id as x from posts) select x from t where t.x > 1",
        "select title as t from posts order by t",
        "select count(*) as n, author_id from posts group by author_id order by n",
        "select l.n from posts p, lateral (select p.views + 1 as n) l",
        "insert into posts (id) values (1) on conflict (id) do update set title = excluded.title, views = posts.views",
        "update posts p set title = a.name from authors a where a.id = p.author_id returning p.id, a.name",
        "update posts set (title, body) = (select line, line from logs limit 1)",
        "delete from posts using authors a where a.id = author_id",
        "merge into posts p using logs l on l.id = p.id when matched then update set title = l.line",
        "merge into posts p using logs l on l.id = p.id when not matched then insert (id, title) values (l.id, l.line)",
        "select ctid, posts.tableoid, posts from posts",
        "select (home).a, (a.home).b from authors a",
        "select x.a from json_populate_record(null::app.pair, '{}') x",
        "select t.day, t.n from totals() t",
        "select e.key from authors, jsonb_each(extra) as e",
        "select full_name(a), a.full_name from authors a",
        "select * from posts join logs using (id) where id = 1",
        "select p.relname from pg_class p join pg_namespace n on n.oid = p.relnamespace",
        "select a.oid from information_schema.tables t, pg_catalog.pg_class a where t.table_name = a.relname",
        "select row_number() over w from posts window w as (partition by author_id order by id)",
        "with recursive r as (select 1 as d from posts union all select r.d + 1 from posts p join r on d = id) table r",
        "with recursive a as (select 1 from b), b as (select id from posts) select 1 from a",
        "select sum(views) from posts having count(*) > 1",
    ],
)
def test_what_postgresql_accepts_is_bound(text: str) -> None:
    assert problems(text) == []


@pytest.mark.parametrize(
    "text, expected",
    [
        ("select slug from posts", [("column", "slug", "unknown")]),
        ("select p.slug from posts p", [("column", "p.slug", "unknown")]),
        ("select posts.id from posts p", [("column", "posts.id", "unknown")]),
        ("select id from articles", [("relation", "articles", "unknown"), ("column", "id", "undecidable")]),
        ("select a.x from articles a", [("relation", "articles", "unknown"), ("column", "a.x", "undecidable")]),
        (
            "select 1 from auth.users where exists (select 1 from posts where author_id = auth.users.id)",
            [("relation", "auth.users", "unknown"), ("column", "auth.users.id", "undecidable")],
        ),
        ("update posts set slug = 'x'", [("column", "slug", "unknown")]),
        ("insert into posts (slug) values (1)", [("column", "slug", "unknown")]),
        ("insert into posts (id) values (1) on conflict (slug) do nothing", [("column", "slug", "unknown")]),
        ("delete from posts where slug = 1", [("column", "slug", "unknown")]),
        ("select * from posts p join logs l using (slug)", [("column", "slug", "unknown")] * 2),
        ("with t as (select id from posts) select title from t", [("column", "title", "unknown")]),
        ("select make_it(1)", [("function", "make_it", "unknown")]),
        ("select count_posts(1, 2)", [("function", "count_posts", "unknown")]),
        ("select s.x from (select id from posts) s", [("column", "s.x", "unknown")]),
        ("select 1::nothing", [("type", "nothing", "unknown")]),
        ("select n from anything()", [("column", "n", "undecidable")]),
        ("select 1 from posts where exists (select slug from logs)", [("column", "slug", "unknown")]),
        ("select s.n from posts p, (select p.views as n) s", [("column", "p.views", "unknown")]),
    ],
)
def test_what_is_not_there(text: str, expected: list[tuple[str, str, str]]) -> None:
    assert problems(text) == expected


def test_parameters() -> None:
    assert problems("select id from posts where id = which", which="bigint") == []
    assert problems("select new.title, new.slug", new="public.posts") == [("column", "new.slug", "unknown")]
    assert problems("select r.anything", r=None) == [("column", "r.anything", "undecidable")]


def test_target_of_a_column() -> None:
    parsed = parse_statement("with t as (select title as x from posts) select x from t")
    assert parsed is not None
    assert not isinstance(parsed, Refusal)
    names = resolve_names({parsed[0]: parsed[1]}, catalog(), PATH)
    columns = [(n.written, n.target, n.column) for n in names if n.kind == "column"]
    assert columns == [(("title",), Name("public", "posts"), "title"), (("x",), Name("public", "posts"), "title")]


@pytest.mark.parametrize("join, kept", [("left join", Name("public", "posts")), ("right join", Name("app", "logs"))])
def test_a_merged_column_is_that_of_the_side_that_is_kept(join: str, kept: Name) -> None:
    text = f"select id from posts {join} logs using (id)"
    parsed = parse_statement(text)
    assert parsed is not None
    assert not isinstance(parsed, Refusal)
    names = resolve_names({parsed[0]: parsed[1]}, catalog(), PATH)
    (target,) = {n.target for n in names if n.kind == "column" and n.location == text.index("id")}
    assert target == kept


def test_expression_on_its_own() -> None:
    node = parse_expression("title is not null and slug = 'x' and exists (select 1 from logs l where l.post_id = id)")
    assert node is not None
    names = resolve_expression_names(node, catalog(), PATH, Name("public", "posts"))
    assert [n.written for n in names if n.outcome != "bound"] == [("slug",)]


@pytest.mark.parametrize(
    "text, expected",
    [
        ("views * 2", "integer"),
        ("title || views", "text"),
        ("'x'", "text"),
        ("now()", "timestamp with time zone"),
        ("nothing_known(views)", None),
        ("missing + 1", None),
        ("array[rating]", "numeric[]"),
        ("to_tsvector('english', coalesce(title, ''))", "tsvector"),
    ],
)
def test_type_of_an_expression(text: str, expected: str | None) -> None:
    parsed = parse_statement(f"select {text} from posts")
    assert parsed is not None
    assert not isinstance(parsed, Refusal)
    columns = infer_columns({parsed[0]: parsed[1]}, catalog(), PATH)
    assert [column.type for column in columns or ()] == [expected]


def test_relations_in() -> None:
    parsed = parse_statement(
        "with t as (select * from a) select f(x)::app.pair from t, b.c where t.y in (select 1 from a)"
    )
    assert parsed is not None
    assert not isinstance(parsed, Refusal)
    assert {r.name for r in relations_in(parsed[1])} == {("a",), ("b", "c")}
    kinds = {(r.kind, r.name) for r in references_in(parsed[1])}
    assert {("function", ("f",)), ("type", ("app", "pair")), ("column", ("t", "y"))} <= kinds
