"""Python modules as facts."""

from __future__ import annotations

from textwrap import dedent

import pytest
from hypothesis import given
from hypothesis import strategies as st

from code_languages.written import assert_honest, bound, chains, members, written
from tripoint.sources.code.facts import CodeFacts, Function, Text
from tripoint.sources.code.python import read_python


def facts(text: str) -> CodeFacts:
    data = dedent(text).encode()
    found = read_python(data)
    assert_honest(found, data)
    return found


@pytest.mark.parametrize(
    ("code", "expected"),
    [
        ("db.table('jobs').select('*').eq('id', 1).execute()", "<db>.table('jobs').select('*').eq('id', 1).execute()"),
        ("await db.from_('jobs').select('id', count='exact').execute()",
         "await <db>.from_('jobs').select('id', count='exact').execute()"),
        ("db.schema('app').rpc('tally', {'day': None})", "<db>.schema('app').rpc('tally', {day: None})"),
        ("self.client.storage.from_('scans').upload(p, f)", "<self.client.storage>.from_('scans').upload(p, f)"),
        ("get_client().table('jobs').delete()", "<get_client>().table('jobs').delete()"),
        ("db.table('a' 'b').insert({**row, 'x': [1, *more]})", "<db>.table(`'a'+'b'`).insert({x: [1, ?], ...row})"),
        ("db.table(f'{prefix}_jobs')", "<db>.table(`prefix+'_jobs'`)"),
        ("db.table('t_' + kind)", "<db>.table(`'t_'+kind`)"),
        ("db.table(TABLES['jobs'])", "<db>.table(TABLES.jobs)"),
        ("db.table(Tables.JOBS.value)", "<db>.table(Tables.JOBS)"),
        ("db.table('a' if x else 'b')", "<db>.table(('a' | 'b'))"),
        ("db.table(name or 'jobs')", "<db>.table((name | 'jobs'))"),
        ("db.table('jobs').select(*columns)", "<db>.table('jobs').select(...)"),
        ("(await db.table('jobs').execute()).data[0]['id']", "await <db>.table('jobs').execute().data.*.id"),
        ("db.table('jobs').select('a').not_.is_('b', 'null')", "<db>.table('jobs').select('a').not_.is_('b', 'null')"),
    ],
)  # fmt: skip
def test_a_call_becomes_a_chain(code: str, expected: str) -> None:
    assert chains(facts(code)) == [expected]


def test_a_chain_goes_over_lines_and_comments() -> None:
    found = facts(
        """
        rows = (
            client
            .table("jobs")  # .table("not this")
            .select(
                "id, "
                "title"
            )
            .execute()
        )
        """
    )
    assert chains(found) == ["<client>.table('jobs').select(`'id, '+'title'`).execute()"]
    assert [(t.word, t.context) for t in found.textual] == [("table", "code"), ("table", "comment")]


def test_the_call_words_are_told_apart_by_the_syntax_around_them() -> None:
    found = facts(
        '''
        def f():
            """Use db.table("x")."""
            return f"{db.rpc('now')} .from_("
        '''
    )
    assert [(t.word, t.context) for t in found.textual] == [("table", "string"), ("rpc", "code"), ("from_", "string")]


def test_nested_chains_stand_within_the_outer_one_only() -> None:
    assert chains(facts("show(db.table('a').select('*'))")) == ["<show>(<db>.table('a').select('*'))"]


def test_a_function_in_an_argument_has_its_own_chains() -> None:
    found = facts("run(lambda c: c.table('a').select('*'))")
    assert chains(found)[1:] == ["<c>.table('a').select('*')"]
    assert found.scopes[found.chains[1].scope].kind == "function"


def test_names_are_bound_where_they_are_written() -> None:
    found = facts(
        """
        JOBS = "jobs"
        class Repo:
            table = "jobs"
            def __init__(self, client: Client, name: Literal["a", "b"] = "a"):
                self.client = client
        """
    )
    assert bound(found, "JOBS") == ["'jobs'"]
    by_name = {b.name: b for b in found.bindings if b.kind != "parameter"}
    assert found.scopes[by_name["table"].scope].name == "Repo"
    assert by_name["client"].scope == by_name["table"].scope
    parameter = next(b for b in found.bindings if b.kind == "parameter" and b.name == "name")
    assert [c.value for c in parameter.choices] == ["a", "b"]
    assert written(parameter.value) == "'a'"


def test_an_enum_is_an_object_of_its_members() -> None:
    found = facts("class Tables(str, Enum):\n    JOBS = 'jobs'\n    LOGS = 'log' 's'\n")
    assert bound(found, "Tables") == ["{JOBS: 'jobs', LOGS: `'log'+'s'`}"]


def test_a_loop_variable_is_one_of_what_the_loop_goes_over() -> None:
    found = facts(
        "for t in ['a', 'b']:\n    db.table(t)\nfor k, v in [('x', 1)]:\n    db.table(k)\nfor n in NAMES: pass\n"
    )
    assert bound(found, "t") == ["('a' | 'b')"]
    assert bound(found, "n") == ["NAMES.*"]
    assert next(b for b in found.bindings if b.name == "k").path == ("0",)


def test_what_is_built_key_by_key_is_bound_as_members() -> None:
    found = facts("def f():\n    row = {'a': 1}\n    row['b'] = 2\n    row[name] = 3\n    rows.append(row)\n")
    assert bound(found, "row") == ["{a: 1}"]
    assert members(found, "row") == [("b", "2"), ("*", "3")]
    assert members(found, "rows") == [("[]", "row")]
    scopes = {b.scope for b in found.bindings if b.name.startswith("row")}
    assert [found.scopes[s].name for s in scopes] == ["f"]


def test_what_fastapi_injects_is_the_result_of_the_dependency() -> None:
    found = facts("def f(db: Client = Depends(get_db)): pass")
    function = next(f for f in found.functions if f.name == "f")
    assert written(function.parameters[0].default) == "<get_db>()"
    assert function.parameters[0].type == "Client"


def test_a_function_returns_what_it_returns_or_yields() -> None:
    found = facts(
        """
        def one():
            def inner():
                return 1
            if x:
                return make()
            return other
        def two():
            yield make()
        """
    )
    returns = {f.name: [written(r) for r in f.returns] for f in found.functions}
    assert returns == {"one": ["<make>()", "other"], "inner": ["1"], "two": ["<make>()"]}


def test_parameters_of_every_kind() -> None:
    found = facts("def f(a, /, b=1, *, c: str, **d): pass")
    assert [p.name for p in found.functions[0].parameters] == ["a", "b", "c", "d"]


def test_imports_and_exports() -> None:
    found = facts("from .db import client as db\nfrom app import *\nimport a.b\nimport c as d\nX = 1\n")
    assert [(i.local, i.module, i.imported) for i in found.imports] == [
        ("db", ".db", "client"),
        ("*", "app", "*"),
        ("a", "a.b", "*"),
        ("d", "c", "*"),
    ]
    assert {(e.name, e.module) for e in found.exports} == {
        ("X", None), ("a", None), ("d", None), ("db", None), ("*", "app"),
    }  # fmt: skip


@pytest.mark.parametrize(
    ("code", "value", "exact"),
    [
        ("'a'", "a", True),
        ('"""é\nb"""', "é\nb", True),
        (r"'a\tb'", "a\tb", False),
        (r"r'a\tb'", r"a\tb", True),
        ("f'a{{b}}'", "a{b}", False),
        (r"'\u00e9\x41\101'", "éAA", False),
        (r"'\ud800'", "\ufffd", False),
    ],
)
def test_a_literal_has_its_value_and_says_whether_its_bytes_are_it(code: str, value: str, exact: bool) -> None:
    literal = facts(f"x = {code}").bindings[0].value
    assert isinstance(literal, Text)
    assert (literal.value, literal.exact) == (value, exact)


def test_strings_that_look_like_sql_are_kept_outside_chains() -> None:
    found = facts('A = "select 1 " + B\ncur.execute("select 2")\nC = "selected"\n')
    assert [written(s) for s in found.strings] == ["`'select 1 '+B`"]


def test_a_part_that_the_grammar_refuses_is_a_problem_where_a_call_stands_in_it() -> None:
    found = read_python(b"def f(:\n   db.table('x').select('*' ]\n")
    assert [p.kind for p in found.problems] == ["unparsed"] * len(found.problems)
    assert found.problems
    assert not read_python(b"def f(:\n   pass ]\n").problems


def test_depth_costs_nothing_but_memory() -> None:
    read_python(b"x = " + b"(" * 5000 + b"1" + b")" * 5000)
    read_python(b"x = " + b"f(" * 1000 + b"db.table('a')" + b")" * 1000)
    assert len(read_python(b"x = db" + b".eq('a', 1)" * 1000).chains[0].steps) == 1000
    assert written(read_python(b"x = 'a'" + b" + 'a'" * 1000).bindings[0].value).count("'a'") == 1001


_PIECES = [
    "db", ".table(", ".from_(", "'a'", '"""', "f'{", "}'", "(", ")", "[", "]", "{", "}", "**", "*", ",", ":", "=", "\n",
    "    ", "class A(B):", "def f(x: Literal['a']=1):", "return ", "yield", "for a, b in ", "if ", "else ", "await ",
    "lambda x: ", "import a.b as c", "from . import (", "\\", "é", "\ud7ff", "#", "with a as b:", "+", "+=", ".value",
]  # fmt: skip


@given(st.one_of(st.binary(max_size=200), st.lists(st.sampled_from(_PIECES), max_size=40).map("".join).map(str.encode)))
def test_any_bytes_give_facts(data: bytes) -> None:
    assert_honest(read_python(data), data)


def test_a_function_value_knows_its_scope() -> None:
    found = facts("def f(t):\n    return db.table(t)\n")
    value = found.bindings[0].value
    assert isinstance(value, Function)
    assert found.scopes[value.scope].name == "f"
