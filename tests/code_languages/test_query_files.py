"""Files of named queries: sqlc's and those of yesql and its kin."""

from __future__ import annotations

import pytest

from tripoint.sources.code.queryfiles import read_query_file


def test_each_query_stands_where_its_text_lies() -> None:
    data = b"-- name: GetJob :one\nselect a from jobs where id = sqlc.arg(job_id);\n\n-- name: Bad :exec\nselec 1;\n"
    file = read_query_file(data)
    assert [(q.name, q.operation) for q in file.queries] == [("GetJob", "select")]
    (query,) = file.queries
    assert query.text == "select a from jobs where id = $1              ;\n\n"
    assert len(query.text.encode()) == query.end - query.start
    assert [(p.kind, data[p.start : p.end]) for p in file.problems] == [("unparsed", b"-- name: Bad :exec\n")]
    assert "Bad" in file.problems[0].reason


@pytest.mark.parametrize(
    ("written", "read"),
    [
        ("select * from t where a = @a", "select * from t where a = $1"),
        ("select * from t where a = any(sqlc.slice('ids'))", "select * from t where a = any($1)"),
        ("select sqlc.embed(t), u.a from t, u", "select t.*, u.a from t, u"),
        ("select sqlc.narg('n')::text", "select $1::text"),
        ("select a from t where b <@ c and d @> @e::jsonb", "select a from t where b <@ c and d @> $1::jsonb"),
        ("select * from t order by %order%", "select * from t order by $1"),
        ("select * from t where a = :a and b::text = '@c'", "select * from t where a = $1 and b::text = '@c'"),
    ],
)  # fmt: skip
def test_what_is_filled_in_later_is_a_parameter(written: str, read: str) -> None:
    (query,) = read_query_file(f"-- name: q\n{written}\n".encode()).queries
    assert " ".join(query.text.split()).replace(" :", ":").replace(" )", ")").replace(" ,", ",") == read


def test_what_follows_a_query_without_a_name_is_no_part_of_it() -> None:
    (query,) = read_query_file(b"-- name: Clean :exec\nwith x as (select 1) delete from a;\n\ndelete from b;\n").queries
    assert query.text == "with x as (select 1) delete from a"


def test_the_marks_of_yesql_and_its_kin() -> None:
    data = (
        b"-- name: all-users\n-- Everybody.\nselect a from u\n\n-- name: make_table#\ncreate table t (a int)\n"
        b"/* name: Drop :exec */\ndelete from u;"
    )
    assert [(q.name, q.operation) for q in read_query_file(data).queries] == [
        ("all-users", "select"),
        ("Drop", "delete"),
    ]


@pytest.mark.parametrize("written", ["select count(*) from %s where a = $1", "with found as (%query%) delete from t"])
def test_what_a_program_puts_sql_for_is_no_syntax_error(written: str) -> None:
    (problem,) = read_query_file(f"-- name: q\n{written}\n".encode()).problems
    assert (problem.kind, "only known at run time" in problem.reason) == ("unresolved", True)
