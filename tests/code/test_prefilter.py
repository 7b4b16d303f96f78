"""What is told of a file before any parser reads it, held against what the parser says of the same file."""

from __future__ import annotations

import pytest

from code_project import CLIENT, fold
from tripoint.sources.code.prefilter import identifier_words, plain_calls, speaks_sql
from tripoint.sources.code.read import read_code


@pytest.mark.parametrize(
    "statement",
    [
        '"select id from users"',
        '"SELECT id, " + "name from users"',
        '"SELECT id, "\n f"name from {users}"',
        "`SELECT ${columns} FROM users`",
        "'select auth.uid()'",
        "'SELECT 1'",
        'text("""\n  SELECT "a",\n   count(*) FROM t""")',
        "'select \\'a\\' as x from t'",
        "'Update users set a = 1'",
        "`update ${table} ${assignments}`",
        "`with recent as (select 1) select * from recent`",
        "'insert into users values (1)'",
        "'delete from users'",
        "'CREATE UNIQUE INDEX i ON t (a)'",
        "'create or replace function f() returns int'",
        "'alter table t add a int'",
        "'drop materialized view v'",
        "'truncate users'",
        "'truncate only public.users cascade'",
        '"select ' + "a, " * 3000 + 'b from t"',
    ],
)
def test_a_statement_is_sql(statement: str) -> None:
    assert speaks_sql(f"run({statement})".encode())


@pytest.mark.parametrize(
    "sentence",
    [
        '"Select a file"',
        "'Update available'",
        '"with errors"',
        "'Create a new project'",
        '"Drop it here"',
        '"truncate text-sm font-medium"',
        "'alter ego'",
        "`a` with `b`",
    ],
)
def test_a_sentence_is_no_sql(sentence: str) -> None:
    assert not speaks_sql(f"say({sentence}, 1)\n".encode())


@pytest.mark.parametrize(
    "code",
    [
        "const a = Array.from(b);",
        'f("x", Buffer.from(b, "hex"))',
        "const s = `${a}`; Uint8Array.from(s)",
        "/* done */ Array.from(b)",
    ],
)
def test_calls_of_the_languages_own_classes_need_no_parser(code: str) -> None:
    data = code.encode()
    facts = read_code(data, ".ts")
    parsed = read_code(data, ".ts", full=True)
    assert not facts.scopes
    assert [(t.word, t.start, t.context) for t in facts.textual] == [
        (t.word, t.start, "built-in") for t in parsed.textual if t.context == "code"
    ]


def test_they_are_counted_once_also_where_the_file_is_needed_in_the_end() -> None:
    folded = fold(
        {
            "src/a.ts": CLIENT + "import { row } from './b'\nsupabase.from('t').insert(row)\n",
            "src/b.ts": "export const row = { a: 1 }\nconst list = Array.from(other)\n",
        }
    )
    assert folded.calls == {"table": 1, "other library": 1}
    assert not folded.problems
    assert [written.column for written in folded.queries[0].written] == ["a"]


@pytest.mark.parametrize(
    "code",
    [
        "// Array.from(b)",
        "/*\n Array.from(b)\n*/",
        "'as Array.from(b) does'",
        "`\n Array.from(b)\n`",
        "myArray.from('t')",
        "db.Array.from('t')",
        "Array.from(db.from('t'))",
        "Array.from(b); db.schema('s')",
    ],
)
def test_what_may_be_a_client_a_comment_or_a_string_is_left_to_the_parser(code: str) -> None:
    assert plain_calls(code.encode()) is None


def test_words_are_those_outside_of_comments_that_fill_their_lines() -> None:
    data = "// no\nyes1 = 2nd_x + _y; /* yes2 */\n  /* no\n no */yes3\n<!-- no -->\n été".encode()
    assert identifier_words(data) == {"yes1", "nd_x", "_y", "yes2", "yes3", "t"}
