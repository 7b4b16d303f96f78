"""Swift files as facts."""

from __future__ import annotations

from textwrap import dedent

import pytest
from hypothesis import given
from hypothesis import strategies as st

from code_languages.written import assert_honest, bound, chains, members, written
from code_project import queries
from tripoint.sources.code.facts import CodeFacts
from tripoint.sources.code.swift import read_swift


def facts(text: str) -> CodeFacts:
    data = dedent(text).encode()
    found = read_swift(data)
    assert_honest(found, data)
    return found


@pytest.mark.parametrize(
    ("code", "expected"),
    [
        ('try await client.from("jobs").select("a, b(c)").eq("id", value: 1).execute().value',
         "await <client>.from('jobs').select('a, b(c)').eq('id', value=1).execute().value"),
        ('client.from("jobs").insert(["a": 1, "b": x])', "<client>.from('jobs').insert({a: 1, b: x})"),
        ('client.from("jobs").upsert(row, onConflict: "a,b")', "<client>.from('jobs').upsert(row, onConflict='a,b')"),
        ('client.rpc("tally", params: ["day": nil])', "<client>.rpc('tally', params={day: nil})"),
        ("client.from(Table.jobs.rawValue)", "<client>.from(Table.jobs)"),
        (r'client.from("a\(t)_\(x.y)")', "<client>.from(`'a'+t+'_'+x.y`)"),
        ('client.from("a" + b)', "<client>.from(`'a'+b`)"),
        ('client.from(#"a\\b"#)', r"<client>.from('a\\b')"),
        ('client.from(x ? "a" : "b")', "<client>.from(('a' | 'b'))"),
        ('client.storage.from("scans").upload(p)', "<client.storage>.from('scans').upload(p)"),
        ('list.map { j in j.from("x") }', "<list>.map(fn(j) -> <j>.from('x'))"),
        ('Data(from: decoder)', "<Data>(from=decoder)"),
        ('client?.from("jobs")', "<client>.from('jobs')"),
    ],
)  # fmt: skip
def test_a_call_becomes_a_chain(code: str, expected: str) -> None:
    assert chains(facts(f"func f() async throws {{ {code} }}\n"))[:1] == [expected]


def test_a_class_binds_its_properties() -> None:
    found = facts(
        """
        final class Repo: Base {
          static let table = "jobs"
          private let client: SupabaseClient
          init(client: SupabaseClient, in schema: String = "x") { self.client = client }
          var db: PostgrestClient { client.schema("app") }
        }
        """
    )
    in_class = [b for b in found.bindings if found.scopes[b.scope].kind == "class" and b.name != "init"]
    assert [(b.name, b.type, written(b.value)) for b in in_class] == [
        ("table", None, "'jobs'"),
        ("client", "SupabaseClient", "?"),
        ("client", None, "client"),
        ("db", "PostgrestClient", "(<client>.schema('app'))"),
    ]
    assert bound(found, "Repo") == ["Base"]
    initializer = next(f for f in found.functions if f.name == "init")
    assert [(p.name, p.type) for p in initializer.parameters] == [("client", "SupabaseClient"), ("in", "String")]


def test_an_enum_is_an_object_of_its_raw_values() -> None:
    found = facts('enum Table: String { case jobs = "t_jobs"; case logs, marks = "m" }')
    assert bound(found, "Table") == ["{jobs: 't_jobs', logs: 'logs', marks: 'm'}"]


def test_names_that_change() -> None:
    found = facts(
        """
        func f() {
          var q = client.from("a").select()
          q = q.eq("b", value: 1)
          row["b"] = 2
          for t in ["x", "y"] { client.from(t) }
          if let known = maybe { client.from("z") }
        }
        """
    )
    assert bound(found, "q") == ["<client>.from('a').select()", "<q>.eq('b', value=1)"]
    assert members(found, "row") == [("b", "2")]
    assert bound(found, "t") == ["('x' | 'y')"]
    assert bound(found, "known") == ["maybe"]


def test_a_function_of_one_expression_returns_it() -> None:
    found = facts('func one() -> Query { client.from("a") }\nfunc two() -> Int { if x { return 1 }; return 2 }\n')
    assert [[written(r) for r in f.returns] for f in found.functions] == [["<client>.from('a')"], ["1", "2"]]
    assert [f.return_type for f in found.functions] == ["Query", "Int"]


def test_the_call_words_are_told_apart() -> None:
    found = facts('// db.from("x")\nlet a = db.from("b .from(\\(db.rpc("c")))")\n')
    assert [(t.word, t.context) for t in found.textual] == [
        ("from", "comment"),
        ("from", "code"),
        ("from", "string"),
        ("rpc", "code"),
    ]


_PIECES = [
    "db", ".from(", '"a"', '"""', '"\\(', "#\"", "(", ")", "[", "]", "{", "}", ",", ":", "=", "\n",
    "class A: B {", "?", "!",
    "init(a b: C = .d) ", "func f(_ x: Int) -> [A] ", "return ", "try ", "await ",
    "enum E: String { case a = \"b\", c }",
    "for x in ", "if let y = ", "var z: T { ", "in ", "+", "??", "é", "\\", "//", "extension A {",
]  # fmt: skip


@given(st.one_of(st.binary(max_size=200), st.lists(st.sampled_from(_PIECES), max_size=40).map("".join).map(str.encode)))
def test_any_bytes_give_facts(data: bytes) -> None:
    assert_honest(read_swift(data), data)


def test_a_case_of_an_enum_is_the_table_that_it_stands_for() -> None:
    code = """import Supabase
let db = SupabaseClient(supabaseURL: u, supabaseKey: k)
enum Table: String { case jobs, notes = "job_notes" }
func read(from table: Table, by column: String) async throws {
  try await db.from(table.rawValue).select("id").eq(column, value: 1).execute()
}
func f() async throws {
  let table = Table.notes
  try await db.from(table.rawValue).select("title").execute()
  try await read(from: .jobs, by: "owner")
}
"""
    told = queries(code, ".swift")
    assert {(query.name, tuple(one.column for one in query.filters)) for query in told} == {
        ("job_notes", ()),
        ("jobs", ("owner",)),
    }
