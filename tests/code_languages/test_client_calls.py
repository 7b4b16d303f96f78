"""What the clients of the other languages write in ways of their own."""

from __future__ import annotations

import pytest

from code_project import CLIENT, fold, queries
from tripoint.model.query import Query

KOTLIN = """import io.github.jan.supabase.createSupabaseClient
val supabase = createSupabaseClient("u", "k") { install(Postgrest) }
suspend fun f() {
"""
SWIFT = 'import Supabase\nlet supabase = SupabaseClient(supabaseURL: u, supabaseKey: "k")\nfunc f() async throws {\n'
GO = """package main
import "github.com/supabase-community/supabase-go"
func f() {
 supabase, _ := supabase.NewClient("u", "k", nil)
"""
DART = """import 'package:supabase_flutter/supabase_flutter.dart';
final supabase = Supabase.instance.client;
void f() {
"""
DART_FILTER = "PostgresChangeFilter(type: PostgresChangeFilterType.eq, column: 'state', value: 'dead')"
SWIFT_FILTER = "AnyAction.self, table: 'jobs', filter: .eq('state', value: 'dead')"
PYTHON = "from supabase import create_client\nsupabase = create_client('u', 'k')\n"


def kotlin(code: str) -> Query:
    return queries(KOTLIN + code + "\n}", ".kt")[0]


def go(code: str) -> Query:
    return queries(GO + code + "\n}\n", ".go")[0]


def filters(query: Query) -> list[tuple[str, str]]:
    return [(condition.column, condition.operator) for condition in query.filters]


@pytest.mark.parametrize(
    "columns",
    ['Columns.list("id", "name")', 'Columns.raw(listOf("id", "name").joinToString(","))'],
)
def test_a_table_in_brackets_and_a_list_of_columns(columns: str) -> None:
    query = kotlin(f'supabase.postgrest["users"].select({columns})')
    assert query.name == "users"
    assert query.select is not None
    assert [column.name for column in query.select.fields] == ["id", "name"]


def test_a_bucket_in_brackets() -> None:
    query = kotlin('supabase.storage["pictures"].upload("a", bytes)')
    assert (query.kind, query.name, query.operation) == ("bucket", "pictures", "upload")


def test_filters_by_an_operator_of_kotlin() -> None:
    query = kotlin(
        'supabase.from("t").select { filter { filterNot("a", FilterOperator.IS, null)\n'
        'filter("b", FilterOperator.EQ, 1) } }'
    )
    assert filters(query) == [("a", "is"), ("b", "eq")]


def test_what_the_lambda_of_an_upsert_assigns() -> None:
    query = kotlin('supabase.from("t").upsert(mapOf("a" to 1)) { onConflict = "a,b"\n ignoreDuplicates = true }')
    assert (query.conflict, query.ignore_duplicates) == (("a", "b"), True)


def test_what_the_lambda_of_a_subscription_assigns() -> None:
    query = kotlin(
        'supabase.channel("x").postgresChangeFlow<PostgresAction>(schema = "public") { table = "jobs"\n'
        'filter("owner", FilterOperator.EQ, id) }'
    )
    assert (query.kind, query.name, query.schema) == ("channel", "jobs", "public")
    assert filters(query) == [("owner", "eq")]


@pytest.mark.parametrize(
    ("head", "code", "suffix"),
    [
        (DART, f"supabase.channel('x').onPostgresChanges(table: 'jobs', filter: {DART_FILTER});\n}}", ".dart"),
        (SWIFT, f"let x = supabase.channel('x').postgresChange({SWIFT_FILTER})\n}}".replace("'", '"'), ".swift"),
        (
            SWIFT,
            f"let x = supabase.channel('x').onPostgresChange({SWIFT_FILTER}) {{ _ in }}\n}}".replace("'", '"'),
            ".swift",
        ),
        (PYTHON, "supabase.channel('x').on_postgres_changes('*', table='jobs', filter='state=eq.dead')\n", ".py"),
    ],
)
def test_the_filter_of_a_subscription(head: str, code: str, suffix: str) -> None:
    (query,) = queries(head + code, suffix)
    (condition,) = query.filters
    assert (query.kind, condition.column, condition.operator) == ("channel", "state", "eq")
    assert [value.value for value in condition.values] == ["dead"]


def test_an_operator_of_swift() -> None:
    code = 'try await supabase.from("t").select("id").not("a", operator: .is, value: "null").execute()\n}'
    assert filters(queries(SWIFT + code, ".swift")[0]) == [("a", "is")]


@pytest.mark.parametrize(
    "code",
    [
        'supabase.From("t").Upsert(row, "a,b", "", "")',
        'supabase.From("t").Insert(row, true, "a,b", "", "")',
        'supabase.From("t").Upsert(row, &postgrest.UpsertOptions{OnConflict: "a,b"})',
    ],
)
def test_the_conflict_target_of_go(code: str) -> None:
    query = go(code)
    assert (query.operation, query.conflict) == ("upsert", ("a", "b"))


def test_an_insert_of_go_has_no_conflict_target() -> None:
    query = go('supabase.From("t").Insert(row, false, "", "", "")')
    assert (query.operation, query.conflict) == ("insert", None)


@pytest.mark.parametrize(
    "code",
    [
        'supabase.Rpc("find", "exact", map[string]string{"q": "x"})',
        'supabase.Rpc("find", map[string]string{"q": "x"}, nil)',
        'given := map[string]string{"q": "x"}\nsupabase.Rpc("find", "", given)',
    ],
)
def test_the_arguments_of_a_function_in_go(code: str) -> None:
    query = go(code)
    assert (query.name, [argument.name for argument in query.arguments]) == ("find", ["q"])


@pytest.mark.parametrize(
    "owner", ["supabase", "db.Client"], ids=["a client that is known", "one that another package holds"]
)
def test_a_bucket_of_go(owner: str) -> None:
    query = go(f'{owner}.Storage.UploadFile("pictures", "a", body)')
    assert (query.kind, query.name, query.operation) == ("bucket", "pictures", "upload")


def test_an_edge_function_of_go() -> None:
    query = go('supabase.Functions.Invoke("send", nil)')
    assert (query.kind, query.name) == ("edge-function", "send")


def test_a_stream_of_dart_reads_and_subscribes() -> None:
    found = queries(DART + "supabase.from('jobs').stream(primaryKey: ['id']).eq('owner', me);\n}", ".dart")
    assert [(query.kind, query.name) for query in found] == [("channel", "jobs"), ("table", "jobs")]
    assert all(filters(query) == [("owner", "eq")] for query in found)


@pytest.mark.parametrize("given", ["c.table('users')", "c.table(name)", "c.from_('users')"])
def test_a_function_that_is_handed_a_client(given: str) -> None:
    code = f"def rows(c, name):\n    return {given}\nrows(supabase, 'users').select('id').eq('a', 1).execute()\n"
    folded = fold({"src/main.py": PYTHON + code})
    assert [query.name for query in folded.queries] == ["users"]
    assert filters(folded.queries[0]) == [("a", "eq")]
    assert folded.problems == ()


def test_what_no_caller_hands_a_client_stays_open() -> None:
    folded = fold({"src/main.py": PYTHON + "def rows(c):\n    return c.table('users')\nrows(other).select('id')\n"})
    assert folded.queries == ()
    assert len(folded.problems) == 1


@pytest.mark.parametrize(
    ("suffix", "code"),
    [
        (
            ".py",
            PYTHON + "def active(q):\n    return q.eq('on', 1)\ndef wanted(q):\n    return q.eq('rank', 1)\n"
            "q = supabase.table('t').select('id')\nwanted(active(q)).execute()\n",
        ),
        (
            ".ts",
            CLIENT + "const active = (q) => q.eq('on', 1)\nconst wanted = (q) => q.eq('rank', 1)\n"
            "const q = supabase.from('t').select('id')\nawait wanted(active(q))\n",
        ),
    ],
)
def test_a_function_that_narrows_what_another_one_narrowed(suffix: str, code: str) -> None:
    assert sorted(filters(queries(code, suffix)[0])) == [("on", "eq"), ("rank", "eq")]


@pytest.mark.parametrize(
    ("suffix", "code"),
    [
        (".py", PYTHON + "def rows(t):\n    return supabase.table(t).select('id')\nprint(rows('a'), [rows('b')])\n"),
        (
            ".dart",
            DART + "rows(String t) => supabase.from(t).select('id');\nFuture.wait([rows('a'), rows('b')]);\n}",
        ),
        (".ts", CLIENT + "const rows = (t) => supabase.from(t).select('id')\nPromise.all([rows('a'), rows('b')])\n"),
    ],
)
def test_a_call_within_another_call_names_a_table(suffix: str, code: str) -> None:
    assert [query.name for query in queries(code, suffix)] == ["a", "b"]


def test_a_filter_of_several_or_a_negated_one_is_not_required() -> None:
    query = kotlin(
        'supabase.from("t").select { filter { eq("a", 1)\n or { eq("b", 2)\n and { eq("c", 3) } }\n eq("d", 4) } }'
    )
    assert [(one.column, one.required) for one in query.filters] == [
        ("a", True),
        ("b", False),
        ("c", False),
        ("d", True),
    ]
    (query,) = queries(PYTHON + "supabase.table('t').select('a').not_.eq('a', 1).eq('b', 2).execute()\n", ".py")
    assert [(one.column, one.required) for one in query.filters] == [("a", False), ("b", True)]
    held = "q = supabase.table('t').select('a').not_.eq('a', 1).limit(3)\nif x:\n    q = q.not_.eq('b', 1).gt('c', 2)\n"
    (query,) = queries(PYTHON + held, ".py")
    assert [(one.column, one.required) for one in query.filters] == [("a", False), ("b", False), ("c", True)]
    dart = "supabase.from('t').select().or('a.eq.1,and(b.eq.2,c.eq.3)').or('d.eq.4').not('e', 'eq', 5);\n}"
    (query,) = queries(DART + dart, ".dart")
    assert [(one.column, one.required) for one in query.filters] == [
        ("a", False),
        ("b", False),
        ("c", False),
        ("d", True),
        ("e", False),
    ]


def test_what_a_builder_says_in_its_branches_and_loops() -> None:
    query = kotlin(
        'supabase.from("t").select { filter { if (a != null) eq("a", a)\n b?.let { gt("b", it) }\n'
        'when { c -> eq("c", 1)\n else -> { neq("d", 2) } }\n for (x in list) { eq("e", x) } } }'
    )
    assert filters(query) == [("a", "eq"), ("b", "gt"), ("c", "eq"), ("d", "neq"), ("e", "eq")]
    query = kotlin(
        'supabase.from("t").insert(buildJsonObject { put("a", 1)\n if (b != null) put("b", b)\n'
        'c?.let { put("c", it) } })'
    )
    assert [key.column for key in query.written] == ["a", "b", "c"]
    assert not query.written_complete
    query = kotlin('supabase.from("t").insert(buildJsonObject { c?.let { put("c", it) } })')
    assert not query.written_complete
    assert kotlin('supabase.from("t").insert(buildJsonObject { put("a", 1) })').written_complete


@pytest.mark.parametrize(
    ("declared", "named"),
    [
        ('enum Names { static let jobs = "jobs" }', "Names.jobs"),
        ('enum Api { enum Names { static let jobs = "jobs" } }', "Api.Names.jobs"),
        ('enum Api { static let v = 1 }\nextension Api { enum Names { static let jobs = "jobs" } }', "Api.Names.jobs"),
        ('enum Names: String { case people\n static let jobs = "jobs" }', "Names.jobs"),
        ('struct A { enum T { static let jobs = "a" } }\nstruct B { enum T { static let jobs = "jobs" } }', "B.T.jobs"),
    ],
)
def test_constants_of_swift_s_enums(declared: str, named: str) -> None:
    code = f"{declared}\n{SWIFT}try await supabase.from({named}).select().execute()\n}}"
    assert [query.name for query in queries(code, ".swift")] == ["jobs"]


def test_what_a_builder_of_kotlin_sets_under_a_condition() -> None:
    query = kotlin(
        'val row = buildJsonObject {\nput("a", 1)\nif (x) put("b", 2)\ny?.let { put("c", it) }\n'
        'putJsonObject("d") { put("e", 1) }\n}\nsupabase.from("t").insert(row)'
    )
    assert ([one.column for one in query.written], query.written_complete) == (["a", "b", "c", "d"], False)


def test_a_list_that_kotlin_asks_for() -> None:
    query = kotlin('supabase.from("t").select { filter { isIn("a", listOf("x", "y")) } }')
    assert filters(query) == [("a", "in")]
    assert [value.value for value in query.filters[0].values] == ["x", "y"]


@pytest.mark.parametrize(
    "payload",
    [
        "dict(a=1, b=x)",
        "dict(row, b=x)",
        "{k: v for k, v in {'a': 1, 'b': x}.items() if v is not None}",
        "{key: value for key, value in whole.items() if value}",
    ],
)
def test_what_python_makes_of_keys(payload: str) -> None:
    code = (
        f"def f(x):\n    row = {{'a': 1}}\n    whole = {{'a': 1, 'b': x}}\n    supabase.table('t').insert({payload})\n"
    )
    (query,) = queries(PYTHON + code, ".py")
    assert {one.column for one in query.written} == {"a", "b"}
    assert query.written_complete == payload.startswith("dict")


def test_keys_that_python_picks_by_name_are_open() -> None:
    code = "row = {'a': 1, 'b': 2}\nsupabase.table('t').insert({k: v for k, v in row.items() if k in allowed})\n"
    (query,) = queries(PYTHON + code, ".py")
    assert (query.written, query.written_complete) == ((), False)


def test_rows_that_go_appends_and_structs_that_it_is_handed() -> None:
    code = (
        'type Row struct {\n A string `json:"a"`\n B *string `json:"b,omitempty"`\n}\n'
        'func g(row *Row, rows []Row) {\n supabase.From("t").Insert(row, false, "", "", "")\n'
        ' supabase.From("t").Insert(rows, false, "", "", "")\n var more []map[string]any\n'
        ' more = append(more, map[string]any{"c": 1})\n supabase.From("t").Insert(more, false, "", "", "")\n}\n'
    )
    head = GO.replace("func f() {\n supabase, _ :=", "var supabase, _ =")
    assert [[one.column for one in query.written] for query in queries(head + code, ".go")] == [["a"], ["a"], ["c"]]


def test_a_name_that_a_dict_of_python_gives() -> None:
    code = "def f(kind):\n    tables = {'x': 'xs', 'y': 'ys'}\n"
    code += "    supabase.table(tables.get(kind, 'zs')).select('a').execute()\n"
    assert [query.name for query in queries(PYTHON + code, ".py")] == ["xs", "ys", "zs"]
    assert [query.name for query in queries(PYTHON + code.replace("kind,", "'y',"), ".py")] == ["ys"]
