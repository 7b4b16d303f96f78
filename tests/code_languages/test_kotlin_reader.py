"""Kotlin files as facts."""

from __future__ import annotations

from textwrap import dedent

import pytest
from hypothesis import given
from hypothesis import strategies as st

from code_languages.written import assert_honest, bound, chains, members, written
from code_project import queries
from tripoint.sources.code.facts import CodeFacts
from tripoint.sources.code.kotlin import read_kotlin


def facts(text: str) -> CodeFacts:
    data = dedent(text).encode()
    found = read_kotlin(data)
    assert_honest(found, data)
    return found


@pytest.mark.parametrize(
    ("code", "expected"),
    [
        ('db.from("jobs").select().decodeList<Job>()', "<db>.from('jobs').select().decodeList()"),
        ('db.from("jobs").select(Columns.raw("a, b(c)")) { filter { eq("id", 1) } }',
         "<db>.from('jobs').select('a, b(c)').eq('id', 1)"),
        ('db.from("jobs").select(Columns.list("a", "b"))', "<db>.from('jobs').select(`'a'+', '+'b'`)"),
        ('db.postgrest["jobs"].delete { filter { or { eq("a", 1); gt("b", 2) } } }',
         "<db.postgrest>.from('jobs').delete().or().eq('a', 1).or().gt('b', 2)"),
        ('db.from("jobs").insert(mapOf("a" to 1, "b" to x))', "<db>.from('jobs').insert({a: 1, b: x})"),
        ('db.from("jobs").update({ set("a", 1) }) { filter { eq("id", 2) } }',
         "<db>.from('jobs').update({a: 1}).eq('id', 2)"),
        ('db.from("jobs").upsert(row) { onConflict = "a" }', "<db>.from('jobs').upsert(row, onConflict='a')"),
        ('db.postgrest.rpc("tally", buildJsonObject { put("day", null) })',
         "<db.postgrest>.rpc('tally', {day: null})"),
        ('db.postgrest.rpc("tally", buildJsonObject { put("a", 1); putJsonArray("days") { 1 } })',
         "<db.postgrest>.rpc('tally', {a: 1, days: ?})"),
        ('db.from("${x.y}_$t" + b)', "<db>.from(`x.y+'_'+t+b`)"),
        ('db.from("app", "jobs")', "<db>.schema('app').from('jobs')"),
        ("db.from(Tables.JOBS)", "<db>.from(Tables.JOBS)"),
        ('db.from(if (x) "a" else "b")', "<db>.from(('a' | 'b'))"),
        ('db.from(name ?: "a")', "<db>.from((name | 'a'))"),
        ('db.storage.from("scans").upload(p, bytes)', "<db.storage>.from('scans').upload(p, bytes)"),
        ("flow.map { it.id }.toList()", "<flow>.map(fn() -> it.id).toList()"),
    ],
)  # fmt: skip
def test_a_call_becomes_a_chain(code: str, expected: str) -> None:
    assert chains(facts(f"suspend fun f() {{\n  {code}\n}}\n")) == [expected]


def test_a_class_binds_its_properties() -> None:
    found = facts(
        """
        class Repo(private val client: SupabaseClient, val name: String = "x") : Base() {
          private val table = "jobs"
          private val db by lazy { client.postgrest }
          val own: Postgrest
            get() = client.postgrest
          companion object {
            const val LOGS = "logs"
          }
        }
        """
    )
    owner = next(i for i, s in enumerate(found.scopes) if s.name == "Repo")
    assert [
        (b.name, b.type, written(b.value))
        for b in found.bindings
        if b.scope == owner and b.kind in ("property", "parameter")
    ] == [
        ("client", "SupabaseClient", "?"),
        ("name", "String", "'x'"),
        ("table", None, "'jobs'"),
        ("db", None, "(client.postgrest)"),
        ("own", "Postgrest", "(client.postgrest)"),
        ("LOGS", None, "'logs'"),
    ]
    assert bound(found, "Repo") == ["Base"]


def test_a_setter_that_only_says_who_may_set_hides_no_call() -> None:
    found = facts(
        """
        class Store {
          var held by mutableStateOf<List<Job>>(emptyList()); private set
          var failed by mutableStateOf<String?>(null)
            private set
          suspend fun load() { held = db.from("jobs").select().decodeList() }
        }
        """
    )
    assert "<db>.from('jobs').select().decodeList()" in chains(found)
    assert found.problems == ()


def test_objects_and_enums_hold_their_members() -> None:
    found = facts(
        'object Tables {\n  const val JOBS = "jobs"\n}\nenum class E(val table: String) { A("t_a"), B("t_b") }\n'
    )
    assert bound(found, "Tables") == ["{JOBS: 'jobs'}"]
    assert bound(found, "E") == ["{A: {name: 'A', table: 't_a'}, B: {name: 'B', table: 't_b'}}"]


def test_names_that_change() -> None:
    found = facts(
        """
        fun f() {
          var q = db.from("a")
          q = other
          row["b"] = 2
          for (t in listOf("x", "y")) { db.from(t) }
        }
        """
    )
    assert bound(found, "q") == ["<db>.from('a')", "other"]
    assert members(found, "row") == [("b", "2")]
    assert bound(found, "t") == ["('x' | 'y')"]


def test_functions_return_what_they_return() -> None:
    found = facts('fun one() = db.from("a")\nfun two(t: String = "x"): Query {\n  return db.from(t)\n}\n')
    assert [[written(r) for r in f.returns] for f in found.functions] == [["<db>.from('a')"], ["<db>.from(t)"]]
    assert [(p.name, p.type, written(p.default)) for p in found.functions[1].parameters] == [("t", "String", "'x'")]


def test_imports() -> None:
    found = facts("package a\nimport b.c.d\nimport e.f as g\nimport h.*\n\nval x = 1\n")
    assert [(i.local, i.module, i.imported) for i in found.imports] == [
        ("d", "b.c", "d"),
        ("g", "e", "f"),
        ("*", "h", "*"),
    ]


_PIECES = [
    "db", ".from(", '"a"', '"""', '"$', "${", "(", ")", "[", "]", "{", "}", ",", ":", "=", "\n",
    "class A(val b: C) : D() {",
    "fun f(x: Int = 1): A ", "return ", "filter { ", "mapOf(", " to ", "by lazy {", "if (", "else ", "try {",
    "catch (e: E)",
    "for (x in ", "object O {", "enum class E(val v: String) { A(\"a\") }", "val ", "get() = ", "+", "?:", "é", "//",
    "import a.*",
]  # fmt: skip


@given(st.one_of(st.binary(max_size=200), st.lists(st.sampled_from(_PIECES), max_size=40).map("".join).map(str.encode)))
def test_any_bytes_give_facts(data: bytes) -> None:
    assert_honest(read_kotlin(data), data)


def test_an_object_on_one_line_within_a_class() -> None:
    found = facts(
        """
        class Repo(private val db: SupabaseClient) {
          companion object { private const val TABLE = "jobs" }

          suspend fun all() = db.from(TABLE).select()
        }
        """
    )
    assert found.problems == ()
    assert ("TABLE", "'jobs'") in [(b.name, written(b.value)) for b in found.bindings]


def test_objects_within_an_object() -> None:
    found = facts('object Names {\n  object Tables {\n    const val JOBS = "jobs"\n  }\n  const val ID = "id"\n}\n')
    assert bound(found, "Names") == ["{Tables: {JOBS: 'jobs'}, ID: 'id'}"]


@pytest.mark.parametrize(
    ("code", "expected"),
    [
        ("db.rpc(\"tally\", Json.encodeToJsonElement(row).jsonObject)", "<db>.rpc('tally', row)"),
        ('db.from("jobs").select { filter { Job::ownerId eq id } }', "<db>.from('jobs').select().eq(`'owner_id'`, id)"),
        ('db.from("jobs").select { order(Job::madeAt, Order.ASCENDING) }',
         "<db>.from('jobs').select().order(?, Order.ASCENDING)"),
    ],
)  # fmt: skip
def test_what_is_encoded_and_what_a_property_names(code: str, expected: str) -> None:
    assert chains(facts(f"suspend fun f() {{\n  {code}\n}}\n")) == [expected]


def test_a_function_that_extends_the_client_asks_by_it() -> None:
    code = """import io.github.jan.supabase.SupabaseClient
import io.github.jan.supabase.createSupabaseClient
val db = createSupabaseClient(u, k) {}
fun SupabaseClient.jobs() = from("jobs")
fun SupabaseClient.tasks() = this.from("app", "tasks")
class Service(private val client: SupabaseClient) {
    suspend fun all() = client.jobs().select(Columns.list("id"))
    suspend fun one() = db.tasks().select(Columns.list("title"))
}
fun from(name: String) = name
val other = from("nothing")
"""
    told = {query.name: query for query in queries(code, ".kt")}
    fields = {name: [f.name for f in query.select.fields] for name, query in told.items() if query.select is not None}
    assert fields == {"jobs": ["id"], "tasks": ["title"]}
    assert told["tasks"].schema == "app"
    assert all(query.certain for query in told.values())


@pytest.mark.parametrize(("more", "columns"), [("", ["owner_id"]), ("Postgrest { propertyConversionMethod = X }", [])])
def test_a_property_names_a_column_as_the_client_is_set(more: str, columns: list[str]) -> None:
    code = f"""import io.github.jan.supabase.createSupabaseClient
val db = createSupabaseClient(u, k) {{ install({more or "Postgrest"}) }}
suspend fun f(id: String) = db.from("jobs").select {{ filter {{ Job::ownerId eq id }} }}
"""
    (query,) = queries(code, ".kt")
    assert [one.column for one in query.filters] == columns
    assert query.filters_complete is bool(columns)
