"""Requests that call PostgREST by its address, in every language."""

from __future__ import annotations

import pytest

from code_project import fold, queries
from tripoint.model.query import Query
from tripoint.sources.code.prefilter import rest_urls


def one(code: str, suffix: str = ".ts") -> Query:
    (found,) = queries(code, suffix)
    return found


def said(query: Query) -> str:
    """A query on one line: operation, schema, name, select, filters, keys."""
    fields = "" if query.select is None else ",".join(field.name for field in query.select.fields)
    filters = " ".join(f"{f.column}.{f.operator}" for f in query.filters)
    keys = " ".join(w.column for w in query.written) + " ".join(a.name for a in query.arguments)
    name = f"{query.schema}.{query.name}" if query.schema else query.name
    return f"{query.operation} {name}({fields}) [{filters}] {{{keys}}}"


CASES = {
    "fetch": (".ts", "await fetch(`${SUPABASE_URL}/rest/v1/orders?select=id,totl&status=eq.paid&order=made.desc`)"),
    "variable": (
        ".ts",
        "const url = `${SUPABASE_URL}/rest/v1/orders?select=id,totl&status=eq.${s}&order=made`; await fetch(url, o)",
    ),
    "url-object": (
        ".js",
        "const u = new URL(`${SUPABASE_URL}/rest/v1/orders?select=id,totl&status=eq.a&order=made`)\nfetch(u)",
    ),
    "axios": (".js", "axios.get(SUPABASE_URL + '/rest/v1/orders?select=id,totl&status=in.(a,b)&order=made')"),
    "python": (".py", "r = requests.get(f'{SUPABASE_URL}/rest/v1/orders?select=id,totl&status=eq.a&order=made')"),
    "httpx": (
        ".py",
        (
            "BASE = f'{SUPABASE_URL}/rest/v1'\n"
            "async def f(c, x):\n    await c.get(f'{BASE}/orders?select=id,totl&status=not.eq.{x}&order=made')"
        ),
    ),
    "dart": (
        ".dart",
        "f() async { await http.get(Uri.parse('$supabaseUrl/rest/v1/orders?select=id,totl&status=eq.a&order=made')); }",
    ),
    "go": (
        ".go",
        (
            "package a\nfunc f() {\n"
            'url := fmt.Sprintf("%s/rest/v1/orders?select=id,totl&status=eq.%s&order=made", supabaseURL, s)\n'
            'req, err := http.NewRequest("GET", url, nil) }'
        ),
    ),
    "kotlin": (
        ".kt",
        'suspend fun f() { client.get("$supabaseUrl/rest/v1/orders?select=id,totl&status=eq.a&order=made") }',
    ),
    "swift": (
        ".swift",
        (
            "func f() { let request = URLRequest(url: URL(string: "
            '"\\(supabaseUrl)/rest/v1/orders?select=id,totl&status=eq.a&order=made")!) }'
        ),
    ),
}


@pytest.mark.parametrize("case", CASES, ids=list(CASES))
def test_an_address_is_read_in_every_language(case: str) -> None:
    suffix, code = CASES[case]
    query = one(code, suffix)
    operator = {"axios": "in", "httpx": "eq"}.get(case, "eq")
    assert said(query) == f"select orders(id,totl) [status.{operator} made.order] {{}}"
    assert query.certain


def test_the_places_are_those_of_the_code() -> None:
    code = "await fetch(`${SUPABASE_URL}/rest/v1/orders?select=id,totl&status=eq.paid`)"
    query = one(code)
    assert query.select is not None
    assert code[query.place.start : query.place.end] == "orders"
    assert [code[f.place.start : f.place.end] for f in query.select.fields] == ["id", "totl"]
    assert [code[f.place.start : f.place.end] for f in query.filters] == ["status"]
    assert [v.value for f in query.filters for v in f.values] == ["paid"]


def test_method_headers_and_body() -> None:
    code = (
        "await fetch(`${SUPABASE_URL}/rest/v1/orders?on_conflict=a,b`, { method: 'POST', headers: { apikey: k, "
        "'Content-Profile': 'shop', Prefer: 'resolution=merge-duplicates,return=representation' }, "
        "body: JSON.stringify({ a: 1, b: x }) })"
    )
    query = one(code)
    assert said(query) == "upsert shop.orders() [] {a b}"
    assert (query.conflict, query.returning, query.written_complete) == (("a", "b"), True, True)
    assert said(one("axios.post(`${SUPABASE_URL}/rest/v1/orders`, { a: 1 })")) == "insert orders() [] {a}"
    python = "requests.patch(f'{SUPABASE_URL}/rest/v1/orders?id=eq.{i}', headers=h, json={'a': 1})"
    assert said(one(python, ".py")) == "update orders() [id.eq] {a}"
    dart = "f() { http.post(Uri.parse('$supabaseUrl/rest/v1/orders'), body: jsonEncode({'a': 1})); }"
    assert said(one(dart, ".dart")) == "insert orders() [] {a}"
    unknown = one("await fetch(`${SUPABASE_URL}/rest/v1/orders`, { method, body })")
    assert not unknown.certain


def test_the_options_of_a_helper_are_those_of_its_callers() -> None:
    code = (
        "async function rest(path, options = {}) {\n"
        "  return fetch(`${SUPABASE_URL}/rest/v1/${path}`, { ...options, "
        "headers: { apikey: k, ...(options.headers || {}) } })\n}\n"
        "await rest('orders?id=eq.1', { method: 'PATCH', body: JSON.stringify({ a: 1 }) })\nawait rest('lines')\n"
    )
    assert [(said(q), q.certain) for q in queries(code, ".js")] == [
        ("update orders() [id.eq] {a}", True),
        ("select lines() [] {}", True),
    ]


def test_functions() -> None:
    code = "await fetch(`${SUPABASE_URL}/rest/v1/rpc/tally`, { method: 'POST', body: JSON.stringify({ day: d }) })"
    query = one(code)
    assert (query.kind, said(query), query.arguments_complete) == ("function", "call tally() [] {day}", True)


def test_filters_that_are_no_columns() -> None:
    url = "orders?or=(a.eq.1,b.is.null)&limit=1&offset=${n}&apikey=k&lines.limit=3&lines.qty=gt.2&data->>k=eq.v"
    query = one(f"await fetch(`${{SUPABASE_URL}}/rest/v1/{url}`)")
    found = [(f.column, f.operator, f.path) for f in query.filters]
    assert found == [("a", "eq", ()), ("b", "is", ()), ("qty", "gt", ("lines",)), ("data", "eq", ())]


def test_a_helper_is_followed_to_its_calls() -> None:
    code = (
        "async function get(path) { return fetch(`${SUPABASE_URL}/rest/v1/${path}`) }\n"
        "await get('orders?select=id'); await get(`lines?order_id=eq.${id}`)"
    )
    assert [said(q) for q in queries(code, ".js")] == ["select orders(id) [] {}", "select lines() [order_id.eq] {}"]


@pytest.mark.parametrize(
    "code",
    [
        "await fetch('https://public-api.wordpress.com/rest/v1/sites')",
        "await fetch('https://public-api.wordpress.com/rest/v1.1/sites')",
        "// fetch(`${SUPABASE_URL}/rest/v1/orders`)",
        "await fetch(`${SUPABASE_URL}/rest/v1/`)",
    ],
)
def test_what_asks_nothing_of_the_database(code: str) -> None:
    found = fold({"src/a.ts": code})
    assert (found.queries, found.problems) == ((), ())


def test_another_api_of_the_same_path_is_not_certain() -> None:
    assert not one("await fetch(`${JIRA}/rest/v1/issues?select=id`)").certain


@pytest.mark.parametrize(
    "code",
    [
        "await fetch(`${SUPABASE_URL}/rest/v1/${pick()}`)",
        "const base = `${SUPABASE_URL}/rest/v1/orders`\nsend(base)",
        "if (url.includes('/rest/v1/orders')) mock()",
        "await fetch(`${SUPABASE_URL}/graphql/v1`, { method: 'POST', body: q })",
    ],
)
def test_what_is_not_followed_is_said(code: str) -> None:
    found = fold({"src/a.ts": code})
    assert found.queries == ()
    ((_, problem),) = found.problems
    assert "not followed" in problem.reason
    assert "/v1" in code[problem.start : problem.end + 8]


def test_what_a_variable_begins_with_is_not_what_it_holds() -> None:
    code = "const state = { id: '' }\nasync function f() { await fetch(`${SUPABASE_URL}/rest/v1/a?b=eq.${state.id}`) }"
    (condition,) = one(code).filters
    assert (condition.column, condition.values) == ("b", ())


PARAMETERS = {
    "search-params": (
        ".ts",
        (
            "const u = new URL(`${SUPABASE_URL}/rest/v1/orders`)\nu.searchParams.set('select', 'id,totl')\n"
            "u.searchParams.append('status', `eq.${s}`)\nawait fetch(u.href)"
        ),
    ),
    "to-string": (
        ".ts",
        (
            "const u = new URL(`${SUPABASE_URL}/rest/v1/orders`)\nu.searchParams.set('select', 'id,totl')\n"
            "u.searchParams.append('status', `eq.${s}`)\nawait fetch(u.toString())"
        ),
    ),
    "url-search-params": (
        ".ts",
        (
            "const p = new URLSearchParams({ select: 'id,totl' })\np.append('status', 'eq.a')\n"
            "await fetch(`${SUPABASE_URL}/rest/v1/orders?${p.toString()}`)"
        ),
    ),
    "axios": (
        ".js",
        "axios.get(`${SUPABASE_URL}/rest/v1/orders`, { params: { select: 'id,totl', status: 'eq.a' } })",
    ),
    "requests": (
        ".py",
        "requests.get(f'{SUPABASE_URL}/rest/v1/orders', params={'select': 'id,totl', 'status': f'eq.{s}'}, headers=h)",
    ),
    "assigned": (
        ".py",
        (
            "p = {'select': 'id,totl'}\np['status'] = f'eq.{s}'\n"
            "r = httpx.get(f'{SUPABASE_URL}/rest/v1/orders', params=p)"
        ),
    ),
}


@pytest.mark.parametrize("case", PARAMETERS, ids=list(PARAMETERS))
def test_parameters_beside_the_address(case: str) -> None:
    suffix, code = PARAMETERS[case]
    query = one(code, suffix)
    assert said(query) == "select orders(id,totl) [status.eq] {}"
    assert query.select is not None
    assert [code[f.place.start : f.place.end] for f in query.select.fields] == ["id", "totl"]
    assert [code[f.place.start : f.place.end] for f in query.filters] == ["status"]


def test_parameters_of_another_address_are_not_its_own() -> None:
    code = (
        "const u = new URL(`${SUPABASE_URL}/rest/v1/orders`)\nconst v = new URL('https://a.io')\n"
        "v.searchParams.set('select', 'x')\nmap.set('status', 'eq.a')\nawait fetch(u)"
    )
    assert said(one(code)) == "select orders() [] {}"


SWIFT = 'func f(m: String) {{ var r = URLRequest(url: URL(string: "\\(supabaseUrl)/rest/v1/orders")!)\n{} }}'
OK_HTTP = 'fun f(m: String) {{ val r = Request.Builder().url("$supabaseUrl/rest/v1/orders").{} }}'
GO = 'package a\nfunc f(m string) {{ req, err := http.NewRequest({}, supabaseURL + "/rest/v1/orders", b) }}'


@pytest.mark.parametrize(
    ("suffix", "code", "operation"),
    [
        (".swift", SWIFT.format(""), "select"),
        (".swift", SWIFT.format('r.httpMethod = "POST"'), "insert"),
        (
            ".swift",
            SWIFT.format(
                'r.httpMethod = "POST"\nr.setValue("resolution=merge-duplicates", forHTTPHeaderField: "Prefer")'
            ),
            "upsert",
        ),
        (".swift", SWIFT.format("r.httpMethod = m"), None),
        (".swift", 'func f() { send(URLRequest(url: URL(string: "\\(supabaseUrl)/rest/v1/orders")!)) }', None),
        (".kt", OK_HTTP.format("build()"), "select"),
        (".kt", OK_HTTP.format('addHeader("apikey", k).post(body).build()'), "insert"),
        (".kt", OK_HTTP.format('method("PATCH", body).build()'), "update"),
        (".kt", OK_HTTP.format("method(m, body).build()"), None),
        (".kt", OK_HTTP.format('addHeader("apikey", k)'), None),
        (".go", GO.format('"DELETE"'), "delete"),
        (".go", GO.format("http.MethodPatch"), "update"),
        (".go", GO.format("m"), None),
        (".ts", "await fetch(new Request(`${SUPABASE_URL}/rest/v1/orders`, { method: 'PATCH' }))", "update"),
        (".ts", "await fetch(`${SUPABASE_URL}/rest/v1/orders`)", "select"),
        (".ts", "await fetch(`${SUPABASE_URL}/rest/v1/orders`, options)", None),
        (".ts", "await fetch(`${SUPABASE_URL}/rest/v1/orders`, { ...options, cache: 'no-store' })", None),
        (".py", "requests.request(m, f'{SUPABASE_URL}/rest/v1/orders')", None),
        (".py", "requests.request('PUT', f'{SUPABASE_URL}/rest/v1/orders')", "upsert"),
    ],
)
def test_the_operation_is_told_or_not_claimed(suffix: str, code: str, operation: str | None) -> None:
    found = fold({f"src/a{suffix}": code})
    (query,) = found.queries
    assert (query.operation if query.certain else None) == operation
    assert len(found.problems) == (operation is None), "what is not told is said"


def test_a_schema_that_is_set_on_the_headers_is_that_of_the_call() -> None:
    store = """import httpx

class Store:
    async def read(self, table: str, *, schema: str = "public"):
        headers = self._headers()
        if schema != "public":
            headers["Accept-Profile"] = schema
        async with httpx.AsyncClient() as client:
            return await client.get(f"{self._url}/rest/v1/{table}", headers=headers)
"""
    app = """from store import Store
BOOKS = "books"

async def run(store: Store):
    await store.read("ledgers", schema=BOOKS)
    await store.read("people")
"""
    found = queries({"store.py": store, "app.py": app})
    assert {(query.schema, query.name) for query in found} == {("books", "ledgers"), ("public", "people")}


@pytest.mark.parametrize(
    ("line", "addresses"),
    [
        ('import (\n\tv1 "example.com/scan/api/rest/v1"\n)', 0),
        ('import (\n\t"example.com/scan/api/rest/v1"\n)', 0),
        ("import { Report } from '../rest/v1'", 0),
        ('base := host + "/rest/v1"', 1),
        ("const base = `${url}/rest/v1`", 1),
    ],
)
def test_the_path_of_a_module_is_no_address(line: str, addresses: int) -> None:
    assert len(rest_urls(f"{line}\n".encode())) == addresses


@pytest.mark.parametrize(("path", "certain"), [("ios/SupabaseStore.swift", True), ("ios/Store.swift", False)])
def test_a_path_alone_is_an_address_of_the_api_where_its_file_says_so(path: str, certain: bool) -> None:
    code = """
    struct Shelf: Encodable, Decodable { let label: String; var note: String? }
    func add<T: Encodable>(_ row: T, table: String) async throws {
        var request = try makeRequest(path: "/rest/v1/\\(table)")
        request.httpMethod = "POST"
        request.httpBody = try encoder.encode(row)
    }
    func keep(shelf: Shelf) async throws { try await add(shelf, table: "shelves") }
    """
    query = next(q for q in queries({path: code}) if q.name)
    assert (query.name, query.operation, query.certain) == ("shelves", "insert", certain)
    assert [row.columns for row in query.rows] == [("label", "note")]


def test_retrofits_annotations_are_requests() -> None:
    code = """
    interface Api {
      @GET("rest/v1/shelves")
      suspend fun all(@Header("apikey") key: String, @Query("room_no") room: String,
        @Query("select") columns: String = "id,label", @Query("order") by: String = "made.desc",
        @Query("limit") limit: Int = 5): List<Shelf>

      @Headers("Prefer: resolution=merge-duplicates,return=representation")
      @POST("rest/v1/shelves?on_conflict=label")
      suspend fun add(@Body row: Shelf): Response<Unit>

      @POST("rest/v1/rpc/tally")
      suspend fun tally(@Body args: Args)

      @GET("other/v1/shelves")
      suspend fun others(): List<Shelf>

      @DELETE("rest/v1/{table}")
      suspend fun drop(@Path("table") table: String)
    }
    @Serializable data class Shelf(val label: String, val note: String? = null)
    @Serializable data class Args(@SerialName("p_room") val room: Int)
    """
    folded = fold({"app/Api.kt": code})
    assert [said(query) for query in folded.queries] == [
        "select shelves(id,label) [room_no.eq made.order] {}",
        "upsert shelves() [] {label}",
        "call tally() [] {p_room}",
    ]
    assert all(query.certain for query in folded.queries)
    assert folded.queries[0].filters[0].values == ()
    assert [row.columns for row in folded.queries[1].rows] == [("label", "note")]
    assert [problem.reason.partition(" (")[0] for _, problem in folded.problems if "address" in problem.reason] == [
        "what is asked of the database's API from this address is not followed: it is held against nothing"
    ]


@pytest.mark.parametrize("options", ["", ", options: []"])
def test_swift_writes_a_row_as_json(options: str) -> None:
    body = (
        'r.httpMethod = "POST"\nlet row: [String: Any] = ["name": m, "total": 1]\n'
        f"r.httpBody = try? JSONSerialization.data(withJSONObject: row{options})"
    )
    query = one(SWIFT.format(body), ".swift")
    assert said(query) == "insert orders() [] {name total}"


SENT = "await fetch(`${{SUPABASE_URL}}/rest/v1/orders`, {{ headers: {{ {} }} }})"
HEADERS = """struct Api {
    let adminKey = SupabaseConfig.serviceRoleKey
    func headers() -> [String: String] {
        return ["apikey": adminKey, "Authorization": "Bearer \\(adminKey)"]
    }
    func orders() async throws {
        var request = URLRequest(url: URL(string: "\\(supabaseUrl)/rest/v1/orders?select=id")!)
        request.allHTTPHeaderFields = headers()
        _ = try await URLSession.shared.data(for: request)
    }
}
"""


@pytest.mark.parametrize(
    ("code", "suffix", "role"),
    [
        (SENT.format("apikey: process.env.SUPABASE_SERVICE_ROLE_KEY"), ".js", "service_role"),
        (SENT.format("apikey: ANON_KEY, Authorization: `Bearer ${ANON_KEY}`"), ".js", "anon"),
        (SENT.format("apikey: SERVICE_ROLE_KEY, Authorization: `Bearer ${session.token}`"), ".js", None),
        (SENT.format("'X-Key': SERVICE_ROLE_KEY"), ".js", None),
        (HEADERS, ".swift", "service_role"),
    ],
)
def test_a_request_runs_as_the_role_of_its_key(code: str, suffix: str, role: str | None) -> None:
    assert one(code, suffix).role == role
