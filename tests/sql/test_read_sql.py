"""Files of SQL, well and ill: what is read of them, and what is said of the rest."""

from __future__ import annotations

import postgast
import pytest
from hypothesis import given
from hypothesis import strategies as st

from tripoint.model.text import legible
from tripoint.sql.read import read_sql


def kinds(data: bytes) -> list[str]:
    return [statement.kind + ("?" if statement.recovered else "") for statement in read_sql(data).statements]


def reasons(data: bytes) -> list[str]:
    return [f"{problem.kind}: {problem.reason}" for problem in read_sql(data).problems]


@pytest.mark.parametrize(
    "text",
    [
        "create table t (a text default ';'); select 1",
        "create function f() returns int language sql as $a$ select ';'; $b$ $a$; select 1;",
        "select 1 /* ; /* ; */ ; */; -- ;\nselect 2",
        "select E'\\';', U&'\\0061;', '' ';'; select $$;$$",
        "create rule r as on insert to t do (select 1; select 2); select 1",
        'select "a;""b" from x$a$b; select 1',
        "select case when a then 1 end; select 1",
    ],
)
def test_statements_end_where_the_scanner_of_postgresql_ends_them(text: str) -> None:
    expected = [statement.strip().split("-- ;\n")[-1] for statement in postgast.split(text, method="scanner")]
    assert [statement.text for statement in read_sql(text.encode()).statements] == expected


def test_a_body_in_standard_sql_is_one_statement() -> None:
    data = b"create function f() returns int begin atomic select case when true then 1 end; select 2; end; select 1;"
    assert kinds(data) == ["CreateFunctionStmt", "SelectStmt"]
    assert not read_sql(data).problems


def test_offsets_are_bytes_of_the_file() -> None:
    data = "\ufeff-- größe\r\ncreate table \"größe\" (\r\n  é text\r\n) ;\r\nselect 'ü';".encode()
    facts = read_sql(data)
    assert [data[s.start : s.end].decode() for s in facts.statements] == [s.text for s in facts.statements]
    column = facts.statements[0].node["tableElts"][0]["ColumnDef"]
    start = facts.statements[0].start + column["location"]
    assert data[start : start + 2].decode() == "é"


def test_a_syntax_error_costs_one_statement() -> None:
    data = b"create table a (id int);\ncreate table b (id int,);\ncreate table c (id int);\n"
    assert kinds(data) == ["CreateStmt", "CreateStmt?", "CreateStmt"]
    (problem,) = read_sql(data).problems
    assert (problem.kind, data[problem.start : problem.end]) == ("unparsed", b")")
    assert problem.reason == 'PostgreSQL: syntax error at or near ")"'


def test_a_comment_that_only_one_within_keeps_open_ends_where_its_author_meant() -> None:
    data = b"/* kept below files/* */\ncreate table a (id int);\n/* of a/* */\ncreate table b (id int);\n"
    assert kinds(data) == ["CreateStmt", "CreateStmt"]
    (problem,) = read_sql(data).problems
    assert (problem.kind, data[problem.start : problem.end]) == ("unparsed", b"/* kept below files/* */")


@pytest.mark.parametrize(
    "broken",
    [
        b"comment on table a is 'don't do it';",
        b"create table x (a int;",
        b"insert into x values ('open);",
        b'create table "open (a int);',
        b"select (1;",
        b"create table x (a text default 'it''s);",
    ],
)
def test_what_a_broken_statement_swallows_is_found_again(broken: bytes) -> None:
    data = b"create table a (id int);\n" + broken + b"\n\ncreate table b (t text default 'it''s');\nselect 1;\n"
    found = kinds(data)
    assert [found[0], *found[2:]] == ["CreateStmt", "CreateStmt", "SelectStmt"]
    assert found[1].endswith("?")
    assert len(reasons(data)) == 1


def test_the_body_of_a_broken_function_is_not_taken_for_statements() -> None:
    data = b"create functoin f() as $$\nbegin\n  update t set a = 1;\n  delete from t;\nend $$;\nselect 1;\n"
    assert kinds(data) == ["Unparsed?", "SelectStmt"]
    quoted = b"create function f() as '\nbegin\n  update t set a = 1;\n  delete from t;\nend' langage sql;\nselect 1;\n"
    assert kinds(quoted) == ["CreateFunctionStmt?", "SelectStmt"]


def test_what_stops_in_the_middle_does_not_hide_what_stood_before() -> None:
    for end in (b"insert into t values ('abc", b"/* never closed", b"do $$ begin", b'select "x'):
        data = b"create table t (a int);\n" + end
        assert kinds(data)[0] == "CreateStmt"
        assert len(reasons(data)) >= 1


def test_data_of_copy_and_commands_of_psql() -> None:
    data = (
        b"\\connect db\n\\set x 1\ncopy t (a) from stdin;\n1\t;'\n\\N\n\\.\n\ncreate table u (a int);\n"
        b"\\i other.sql\nselect 'create table z ()' \\gexec\nselect 1;\n"
    )
    assert kinds(data) == ["CopyStmt", "CreateStmt", "SelectStmt", "SelectStmt"]
    assert reasons(data) == [
        "unsupported: psql's \\i includes another file, which is not followed",
        "unsupported: psql's \\gexec executes what the query returns, which is not followed",
    ]


@pytest.mark.parametrize(
    ("first", "second", "told"),
    [
        ("\\c shop", "\\connect stock", ["shop and stock"]),
        ("", "\\c stock;", ["the one that it begins in and stock"]),
        ("\\c shop", "\\c shop", []),
        ("\\c shop", "\\c stock\ngrant select on a to b;\n\\c shop", []),
        ("\\c shop", "\\c -", []),
    ],
)
def test_tables_in_several_databases(first: str, second: str, told: list[str]) -> None:
    data = f"create database stock;\n{first}\ncreate table a (id int);\n{second}\ncreate table b (id int);\n".encode()
    assert kinds(data)[-1] == "CreateStmt"
    assert reasons(data) == [f"unsupported: makes tables in 2 databases ({n}), which are read as one" for n in told]


def test_marks_that_runners_obey() -> None:
    open_ended = b"-- +goose Up\n-- +goose StatementBegin\nselect 1\n-- +goose StatementEnd\n-- +goose Down\nselect 2\n"
    assert [statement.text for statement in read_sql(open_ended).statements] == ["select 1", "select 2"]
    data = b"-- +goose Up\nselect 1;\n-- +goose StatementBegin\nselect '-- migrate:down';\n--migrate:down\nselect 1;"
    assert [mark for mark, _ in read_sql(data).marks] == ["+goose Up", "+goose StatementBegin", "migrate:down"]


def test_bytes_that_are_no_utf8() -> None:
    data = b"comment on table t is 'caf\xe9';\ncreate table u (a int);"
    facts = read_sql(data)
    assert [s.kind for s in facts.statements] == ["CommentStmt", "CreateStmt"]
    assert facts.statements[1].start == data.index(b"create")
    assert [(p.kind, p.start) for p in facts.problems] == [("unread", data.index(b"\xe9"))]


@pytest.mark.parametrize(
    "data",
    [
        "create table t (a int);".encode("utf-16"),
        "create table t (a int);".encode("utf-16-le"),
        "create table t (a int);".encode("utf-16-be"),
        b"create table s (a int);\n" + "create table t (é int);\r\n".encode("utf-16-le"),
    ],
)
def test_what_a_shell_wrote_as_utf16_is_read_and_said(data: bytes) -> None:
    facts = read_sql(data)
    assert facts.statements[-1].text.startswith("create table t (")
    assert [problem.kind for problem in facts.problems] == ["unsupported"]


def test_rows_are_not_parsed_but_for_buckets() -> None:
    rows = b", ".join(b"('%d', true)" % n for n in range(600))
    facts = read_sql(b"insert into t values " + rows + b";insert into storage.buckets (id, public) values " + rows)
    assert [(s.kind, bool(s.node)) for s in facts.statements] == [("InsertStmt", False), ("InsertStmt", True)]


@pytest.mark.parametrize(
    "text",
    [
        "select " + "(" * 10_000 + "1" + ")" * 10_000,
        "select " + "1+" * 100_000 + "1",
        "select 'a'" + "||'b'" * 100_000,
        "select " + "not " * 10_000 + "true",
        "create table t (a int" + "[]" * 20_000 + ")",
        "select 1" + "::int" * 20_000,
        "select " + "case when a then " * 3_000 + "1" + " end" * 3_000,
        "select 1 " + "union select 1 " * 3_000,
        "select 1\0; create table t ()",
    ],
    ids=lambda text: text[:20],
)
def test_what_would_overflow_a_stack_is_a_problem(text: str) -> None:
    facts = read_sql(b"select 1;\n" + text.encode() + b";\nselect 2")
    assert facts.statements[0].kind == "SelectStmt"
    assert facts.statements[-1].text == "select 2"
    assert len(facts.problems) <= 1


PIECES = st.sampled_from(
    b"create table t (a int)|;|'|\"|$$|$a$|/*|*/|--|\n|\\|(|)|begin|end|copy t from stdin;|\\.|\xff|\0|E'|case| "
    b"|create function f() as ".split(b"|")
)


@given(st.lists(PIECES, max_size=30).map(b"".join))
def test_no_bytes_make_it_raise(data: bytes) -> None:
    facts = read_sql(data)
    assert all(0 <= s.start <= s.end <= len(legible(data)) for s in facts.statements)
    assert all(0 <= p.start <= p.end <= len(legible(data)) for p in facts.problems)
    assert [s.start for s in facts.statements] == sorted(s.start for s in facts.statements)


def test_statements_that_say_if_not_exists_where_there_is_no_such_thing_are_told_once() -> None:
    data = b"""create policy if not exists a on t for select using (true);
create trigger if not exists g before insert on t execute function f();
create policy if not exists b on t for select using (true);
alter table t add constraint if not exists c check (x > 1);
"""
    assert sorted(problem.reason.partition("; ")[2] for problem in read_sql(data).problems) == [
        "it has no ADD CONSTRAINT IF NOT EXISTS",
        "it has no CREATE POLICY IF NOT EXISTS: so 2 statements of this file are refused",
        "it has no CREATE TRIGGER IF NOT EXISTS",
    ]
    assert [statement.recovered for statement in read_sql(data).statements] == [True] * 4


def test_a_body_whose_dollars_are_halved_is_one_refused_statement() -> None:
    data = b"""create function count_up() returns int as $
declare total int;
begin
  select count(*) into total from notes;
  return total;
end;
$ language plpgsql;
do $ begin select 1 into one; end $;
create table notes (id int, price text default '5 $ a piece');
"""
    facts = read_sql(data)
    assert [(s.kind, s.recovered) for s in facts.statements] == [
        ("CreateFunctionStmt", True),
        ("DoStmt", True),
        ("CreateStmt", False),
    ]
    assert [data[p.start : p.end] for p in facts.problems] == [b"$", b"$"]
    assert all("half is lost" in problem.reason for problem in facts.problems)
