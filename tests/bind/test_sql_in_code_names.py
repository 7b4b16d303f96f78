"""SQL in code, held against the catalog."""

from __future__ import annotations

import pytest

from bind.sql_project import evidence_of
from code_project import queries
from tripoint.bind.sql import SqlBinder, bind_sql
from tripoint.model.binding import QueryBinding
from tripoint.model.place import Place
from tripoint.model.query import Query


def bound(text: str, start: int = 100) -> QueryBinding:
    evidence, _ = evidence_of("")
    place = Place("src/a.ts", start, start + len(text.encode()))
    return bind_sql(Query("sql", None, place, place, "pg", text=text), SqlBinder(evidence))


def unknown(text: str) -> list[str]:
    return [reference.written for reference in bound(text).references if reference.outcome == "unknown"]


@pytest.mark.parametrize(
    "text, expected",
    [
        ("select p.name from people p join visits v on v.person = p.id where v.at > $1", []),
        ("select nickname from people", ["nickname"]),
        ("insert into public.former (id) values ($1) returning id", ["public.former"]),
        ("create temp table scratch (x int); insert into scratch values (1); select x from scratch", []),
        ("set search_path to app; select key, colour from settings", ["colour"]),
        ("select key from app.settings; select key, colour from settings", ["colour"]),
        ("select table_name from information_schema.tables where table_schema = 'public'", []),
        ("with t as (select id from people) delete from visits using t where t.id = visits.person", []),
        ("call public.tidy()", ["public.tidy"]),
        ("truncate visits, former", ["former"]),
        ("explain select age from people", ["age"]),
        ("select 1 from graphile_worker.jobs", []),
        ("select name from storage.objects o join auth.users u on u.id = o.owner", []),
        ("select jsonb('{}'), mood('glad'), date(at) from visits", []),
        ("select name::public.mood, mood::text from people order by name", []),
        ("select $1 from people group by day order by day", []),
        ("select $1 as a from people order by day", ["day"]),
        ("select top $1 colour from basic", []),
        ("with t as (select * from people) select t.age, t.name from t", ["t.age"]),
        ("with t as (select id from people) select t.name from t", []),
        ("select age from (select * from people) p", ["age"]),
        ("select x.age from visits v, lateral (select p.name from people p where p.id = v.person) x", ["x.age"]),
    ],
)
def test_what_the_code_names_in_vain(text: str, expected: list[str]) -> None:
    assert unknown(text) == expected


def test_a_name_without_a_schema_that_two_beyond_the_path_have_is_left_open() -> None:
    evidence, _ = evidence_of(
        "create schema one; create schema two; create table one.gulls (id int); create table two.gulls (id int);"
        "create table one.nests (id int); create schema three; create table three.eggs (id int);"
    )
    binder = SqlBinder(evidence)
    for table, outcome in (("gulls", "undecidable"), ("nests", "undecidable"), ("eggs", "bound")):
        place = Place("src/a.ts", 0, len(table) + 15)
        found = bind_sql(Query("sql", None, place, place, "pg", text=f"select id from {table}"), binder)
        assert [one.outcome for one in found.references if one.kind == "relation"] == [outcome]


@pytest.mark.parametrize(
    "text, expected",
    [
        (
            "select note from visits v join people p on p.id = v.person where id = 1",
            ["public.visits.id or public.people.id"],
        ),
        (
            "select v.id from visits v join people p on p.id = v.person group by id",
            ["public.visits.id or public.people.id"],
        ),
        ("select v.*, p.* from visits v, people p order by id", ["public.visits.id or public.people.id"]),
        ("select v.id, p.id from visits v, people p order by v.id", []),
        ("select a.id, b.id from people a, people b where name = ''", ["a.name or b.name"]),
        ("with x as (select * from visits, people) select id from x", ["public.visits.id or public.people.id"]),
        ("select id from visits v left join people p using (id) order by id", []),
        ("select id from visits v natural join people p", []),
        ("select key from jsonb_each($1) a join jsonb_each($2) b on a.value = b.value", ["a.key or b.key"]),
        ("select id from visits v natural join former f", []),
        ("select note from visits where exists (select 1 from people where id = person)", []),
        (
            "update visits set note = name from people where people.id = person and id = 1",
            ["public.visits.id or public.people.id"],
        ),
        (
            "insert into people (id, name) values ($1, '') on conflict (id) do update set name = name || '!'",
            ["people.name or excluded.name"],
        ),
        (
            "insert into people as p (id, name) values ($1, '') on conflict (id) do update set name = p.name",
            [],
        ),
        ("insert into people (id, name) values ($1)", ["2 columns, but 1 value"]),
        ("insert into people (id, name) values (1)", ["2 columns, but 1 value"]),
        ("insert into people (id) values ($1), ($2, $3)", ["1 column, but 2 values"]),
        ("insert into people (id, mood) values ('mad')", ["2 columns, but 1 value"]),
        ("insert into people (id, name) select id from people union select id from visits", []),
        ("insert into people (id, name) select p.* from people p", []),
        ("insert into former (id, name) values (1)", []),
    ],
)
def test_what_postgresql_refuses_of_names_that_are_there(text: str, expected: list[str]) -> None:
    found = [r.reason for r in bound(text).references if r.kind in ("ambiguous", "count")]
    assert found == expected


def test_places_are_the_bytes_of_the_file() -> None:
    text = "select p.name,\n  p.nickname /* é */ from people p"
    (reference,) = [r for r in bound(text, 7).references if r.outcome == "unknown"]
    at = 7 + text.index("p.nickname")
    assert reference.place == Place("src/a.ts", at, at + len("p.nickname"))
    assert (str(reference.target), reference.column) == ("public.people", "nickname")


PG = "import { Pool } from 'pg';\nconst pool = new Pool();\n"


@pytest.mark.parametrize(
    "code, expected",
    [
        (
            "const more = x ? 'and note = $2' : '';\npool.query(`select id from visits é where 1=1 ${more} and lost`)",
            "lost",
        ),
        (
            "const more = x ? 'and note = $2' : '';\npool.query(`select id from visits where true ${more} and lost`)",
            "lost",
        ),
        ("const columns = 'id, note, lost';\npool.query(`select ${columns} from visits`)", "columns"),
        ("pool.query('select id ' +\n  'from visits ' +\n  'where lost')", "lost"),
        ("pool.query('select id\\n from visits where lost')", "select id\\n from visits where lost"),
    ],
)
def test_a_part_of_a_text_that_is_put_together_keeps_its_place(code: str, expected: str) -> None:
    data = (PG + code).encode()
    evidence, _ = evidence_of("")
    (query,) = queries({"src/a.ts": data.decode()})
    (place,) = {r.place for r in bind_sql(query, SqlBinder(evidence)).references if r.outcome == "unknown"}
    assert data[place.start : place.end].decode() == expected


def test_what_is_read_and_written() -> None:
    binding = bound("update visits set note = p.name from people p where p.id = person")
    assert {(r.written, r.write) for r in binding.references if r.kind == "relation"} == {
        ("visits", True),
        ("people", False),
    }


def test_sql_of_another_system_is_undecided() -> None:
    binding = bound("select name from sqlite_master where age = ifnull(1, 2)")
    assert binding.references == ()
    assert "sqlite_master" in (binding.undecided or "")
    assert "database" in (bound("select name from people where name = database()").undecided or "")
    (column,) = (r for r in bound("select changes from people").references if r.kind == "column")
    assert (column.written, column.outcome) == ("changes", "unknown")


def test_text_that_is_not_known_or_not_sql_is_undecided() -> None:
    assert "syntax error" in (bound("select from where").undecided or "")
    place = Place("src/a.ts", 0, 1)
    evidence, _ = evidence_of("")
    assert bind_sql(Query("sql", None, place, place, "pg"), SqlBinder(evidence)).undecided is not None
