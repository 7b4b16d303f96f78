"""What the steps of a chain say about the query."""

from __future__ import annotations

import pytest

from code_project import CLIENT, fold, queries
from tripoint.model.query import ANY_SCHEMA, Query


def one(code: str) -> Query:
    (found,) = queries(CLIENT + code)
    return found


def spelled(code: str, query: Query) -> list[str]:
    source = (CLIENT + code).encode()
    return [source[term.place.start : term.place.end].decode() for term in query.filters]


def test_select_with_its_places() -> None:
    code = "supabase.from('t').select(`\n id, owner:users!fk(name)\n`)"
    found = one(code)
    assert found.select is not None
    assert [field.name for field in found.select.fields] == ["id"]
    (embed,) = found.select.embeds
    assert (embed.target, embed.hint, embed.alias) == ("users", "fk", "owner")
    source = (CLIENT + code).encode()
    assert source[embed.place.start : embed.place.end] == b"users"


def test_a_select_that_is_joined_from_constants() -> None:
    found = one("const C = 'id, name'; supabase.from('t').select(`${C}, owner(${X.y}), z`)")
    assert found.select is not None
    assert [field.name for field in found.select.fields] == ["id", "name", "z"]
    assert not found.select.embeds[0].select.complete


def test_a_select_that_is_one_of_several_asks_for_all_of_them() -> None:
    found = one("const list = wide ? 'id, marks(kind)' : 'id, name'; supabase.from('t').select(list)")
    assert found.select is not None
    assert [field.name for field in found.select.fields] == ["id", "id", "name"]
    assert [embed.target for embed in found.select.embeds] == ["marks"]
    assert found.select.complete


@pytest.mark.parametrize(
    "call, names",
    [
        ("supabase.storage.createBucket('scans', { public: true })", ["scans"]),
        ("const id = 'scans'; await supabase.storage.createBucket(id)", ["scans"]),
        ("for (const id of ['a', 'b']) await supabase.storage.createBucket(id)", ["a", "b"]),
        ("supabase.storage.createBucket(given())", [None]),
        ("s3.createBucket('scans')", []),
    ],
)
def test_buckets_that_the_code_creates(call: str, names: list[str | None]) -> None:
    found = [(query.kind, query.operation, query.name) for query in queries(CLIENT + call)]
    assert found == [("bucket", "insert", name) for name in names]


def test_filters() -> None:
    code = (
        "supabase.from('t').select().eq('a', 1).in('b', ['x', 'y']).not('c', 'is', null).filter('d', 'gte', 2)"
        ".match({ e: 'f' }).or('g.eq.1,h.is.null')"
        ".order('i', { ascending: false }).order('j', { referencedTable: 'u' })"
        ".eq('u.k', true).is('l->>m', null)"
    )
    found = one(code)
    assert [(f.path, f.column, f.operator, [v.value for v in f.values]) for f in found.filters] == [
        ((), "a", "eq", ["1"]),
        ((), "b", "in", ["x", "y"]),
        ((), "c", "is", ["null"]),
        ((), "d", "gte", ["2"]),
        ((), "e", "eq", ["f"]),
        ((), "g", "eq", ["1"]),
        ((), "h", "is", ["null"]),
        ((), "i", "order", []),
        (("u",), "j", "order", []),
        (("u",), "k", "eq", ["true"]),
        ((), "l", "is", ["null"]),
    ]
    assert spelled(code, found) == ["a", "b", "c", "d", "e", "g", "h", "i", "j", "k", "l"]


@pytest.mark.parametrize(
    "code, columns, whole",
    [
        ("supabase.from('t').insert({ a: 1, 'b': 'x' })", ["a", "b"], True),
        ("supabase.from('t').insert([{ a: 1 }, { a: 2, b: 3 }])", ["a", "a", "b"], True),
        ("const row = { a: 1 }; supabase.from('t').insert(row)", ["a"], True),
        ("const row: any = { a: 1 }; row.b = 2; supabase.from('t').insert(row)", ["a", "b"], True),
        ("const base = { a: 1 }; supabase.from('t').insert({ ...base, b: 2 })", ["b", "a"], True),
        ("supabase.from('t').insert({ a: 1, ...(x ? { b: 2 } : {}) })", ["a", "b"], True),
        ("supabase.from('t').insert({ a: 1, ...body })", ["a"], False),
        ("supabase.from('t').insert({ a: 1, [key]: 2 })", ["a"], False),
        ("supabase.from('t').insert(items.map(i => ({ a: i.a, b: i.b })))", ["a", "b"], True),
        ("const rows = items.map((i) => { return { a: i } }); supabase.from('t').insert(rows)", ["a"], True),
        ("const rows = []; rows.push({ a: 1 }); supabase.from('t').insert(rows)", ["a"], True),
        ("const rows = []; rows.push({ a: 1 }); supabase.from('t').insert(rows); rows.length = 0", ["a"], True),
        ("const r = { a: 1 }; if (x) r.b = 2; const l = []; l.push(r); supabase.from('t').insert(l)", ["b", "a"], True),
        ("const l = []; l.push({ a: 1 }, l); supabase.from('t').insert(l)", None, False),
        ("const rows = []; fill(rows); supabase.from('t').insert(rows)", [], False),
        ("supabase.from('t').insert(request.body)", [], False),
        ("function row(a) { return { a, b: 1 } }\nsupabase.from('t').insert(row(2))", ["a", "b"], True),
        (
            "function f(l) { for (const r of l) r.b = 1; return l }\nsupabase.from('t').insert(f([{ a: 1 }]))",
            ["a", "b"],
            True,
        ),
        ("function f(l) { l[0].b = 1; return l }\nconst l = f([{ a: 1 }]); supabase.from('t').insert(l)", ["a"], False),
    ],
)
def test_payloads(code: str, columns: list[str] | None, whole: bool) -> None:
    found = one(code)
    assert found.operation == "insert"
    assert columns is None or [key.column for key in found.written] == columns
    assert found.written_complete is whole


def test_literals_of_a_payload() -> None:
    found = one("const S = { done: 'done' }; supabase.from('t').update({ a: 'x', s: S.done, n: 1, o: {}, v: f() })")
    assert [(key.column, key.value and (key.value.kind, key.value.value)) for key in found.written] == [
        ("a", ("string", "x")),
        ("s", ("string", "done")),
        ("n", ("number", "1")),
        ("o", ("object", None)),
        ("v", None),
    ]


def test_upsert_with_its_conflict_and_the_rows_back() -> None:
    found = one("supabase.from('t').upsert({ a: 1 }, { onConflict: 'a, b' }).select('id').single()")
    assert (found.operation, found.conflict, found.returning) == ("upsert", ("a", "b"), True)
    assert found.select is not None
    assert [field.name for field in found.select.fields] == ["id"]


def test_a_chain_that_is_continued_conditionally() -> None:
    code = """
export async function list(filters) {
  let q = supabase.from('t').select('id')
  if (filters.a) { q = q.eq('a', 1) }
  if (filters.b) q = q.order('b')
  const { data } = await q.limit(3)
  return data.filter((row) => row.ok)
}
"""
    found = one(code)
    assert [(term.column, term.operator) for term in found.filters] == [("a", "eq"), ("b", "order")]
    assert found.symbol == "list"


def test_a_query_of_a_client_that_is_filled_in_later_is_continued() -> None:
    code = """const state = { client: null }
async function list() {
  let q = state.client.from('t').select('id')
  if (x) q = q.lt('a', 1)
  return await q
}
"""
    (found,) = queries(code)
    assert [term.column for term in found.filters] == ["a"]


def test_blocks_that_use_one_name_are_kept_apart() -> None:
    code = """
if (x) { const q = supabase.from('a').select(); await q.eq('one', 1) }
else { const q = supabase.from('b').select(); await q.eq('two', 1) }
"""
    found = queries(CLIENT + code)
    assert [(query.name, [term.column for term in query.filters]) for query in found] == [
        ("a", ["one"]),
        ("b", ["two"]),
    ]


def test_a_function_that_returns_a_builder() -> None:
    code = """
function base(t: string) { return supabase.from(t).select('*') }
base('a').eq('x', 1)
base('b').eq('y', 1)
"""
    found = queries(CLIENT + code)
    assert [(query.name, [term.column for term in query.filters]) for query in found] == [("a", ["x"]), ("b", ["y"])]


def test_a_payload_that_is_handed_to_a_helper() -> None:
    code = "async function add(t: string, row: any) { await supabase.from(t).insert(row) }\nadd('a', { x: 1 })"
    found = one(code)
    assert (found.name, [key.column for key in found.written], found.written_complete) == ("a", ["x"], True)


def test_function_arguments_in_a_variable() -> None:
    found = one("const args = { a: 1 }; supabase.rpc('f', args).eq('id', 2)")
    assert [argument.name for argument in found.arguments] == ["a"]
    assert found.arguments_complete
    assert [term.column for term in found.filters] == ["id"]


def test_a_text_of_a_type_is_no_certain_value() -> None:
    types = 'type Db = { public: { Enums: { st: "open" } } }\ntype Of<N extends string> = Db["public"]["Enums"][N]\n'
    code = "async function f(st: Of<'st'> | 'all') { if (st !== 'all') await supabase.from('a').select().eq('st', st) }"
    (query,) = queries(CLIENT + types + code)
    assert [value.value for term in query.filters for value in term.values if value.certain] == []


@pytest.mark.parametrize(
    "code, guarded",
    [
        (
            "async function f() { const r = await supabase.from('a').select(); if (r.error?.code === '42P01') g() }",
            "42P01",
        ),
        (
            "async function f() { const r = await supabase.from('a').select(); if (isMissingColumn(r.error)) g() }",
            "isMissingColumn",
        ),
        (
            "async function f() { const r = await supabase.from('a').select(); if (_is_missing_table(r.error)) g() }",
            "is_missing_table",
        ),
        (
            "async function f() { try { await supabase.from('a').select() } catch (UndefinedTable) { g() } }",
            "UndefinedTable",
        ),
        (
            "const f = async () => { const r = await supabase.from('a').select(); m.includes('does not exist') }",
            "'does not exist'",
        ),
        ("async function f() { try { await supabase.from('a').select() } catch (e) { log(e) } }", None),
        (
            "async function f() { const r = await supabase.from('a').select(); if (r.error.code === 'PGRST116') g() }",
            None,
        ),
        (
            "async function f() {\n  // the view may not exist yet\n  await supabase.from('a').select()\n}",
            'says "view may not exist yet"',
        ),
        (
            "async function f() { try { await supabase.from('a').select() } catch { log('if table does not exist') } }",
            'says "if table does not exist"',
        ),
        (
            "async function f() {\n  // without, if columns are not present\n  await supabase.from('a').select()\n}",
            'says "if columns are not present"',
        ),
        ("async function f() {\n  // the file may not exist yet\n  await supabase.from('a').select()\n}", None),
        ("// the table may not exist\nasync function f() { await supabase.from('a').select() }", None),
        ("function g(e) { return e.code === '42P01' }\nasync function f() { await supabase.from('a').select() }", None),
    ],
)
def test_who_handles_the_error_of_a_missing_name_expects_it(code: str, guarded: str | None) -> None:
    (query,) = queries(CLIENT + code)
    how = guarded if guarded and guarded.startswith("says") else f"handles {guarded}"
    assert query.guarded == (f"the function around it {how}" if guarded else None)


def test_a_call_of_an_own_method_that_hands_the_name_on_counts_as_the_database_s() -> None:
    files = {
        "src/service.ts": CLIENT
        + "export class Service {\n  from(table: string) { return supabase.from(table) }\n}\n"
        + "export const service = new Service()\n",
        "src/page.ts": "import { service as s } from './service'\nexport const f = s.from('users').select('id')\n",
    }
    folded = fold(files)
    (query,) = folded.queries
    assert query.name == "users"
    assert query.select is not None
    assert [field.name for field in query.select.fields] == ["id"]
    assert folded.calls == {"table": 2}


@pytest.mark.parametrize("operator", ["not('state', 'in', ", "filter('state', 'in', ", "filter('state', 'not.in', "])
def test_a_list_that_is_spelled_as_postgrest_takes_it(operator: str) -> None:
    code = f"supabase.from('t').select('id').{operator}'(done,\"on, hold\")')"
    (condition,) = one(code).filters
    assert (condition.column, condition.operator) == ("state", "in")
    assert [value.value for value in condition.values] == ["done", "on, hold"]
    source = (CLIENT + code).encode()
    assert source[condition.values[0].place.start : condition.values[0].place.end] == b"done"


def test_what_is_only_known_at_run_time_is_no_value_of_a_spelled_list() -> None:
    (condition,) = one("supabase.from('t').select('id').not('state', 'in', `(done,${more})`)").filters
    assert [value.value for value in condition.values] == ["done"]
    (condition,) = one("supabase.from('t').select('id').not('state', 'in', `(${ids.join(',')})`)").filters
    assert not condition.values


@pytest.mark.parametrize(
    ("call", "schema"),
    [
        ("client.schema('private').from('t').select()", "private"),
        ("client.schema('queues').rpc('t')", "queues"),
        ("client.schema(process.env.S).from('t').select()", ANY_SCHEMA),
        ("supabase.schema(process.env.S).rpc('t')", ANY_SCHEMA),
        ("createClient('u', 'k', { db: { schema: process.env.S } }).from('t').select()", ANY_SCHEMA),
        ("createClient('u', 'k', { db: { schema: process.env.S ?? 'app' } }).from('t').select()", "app"),
        ("createClient('u', 'k', { auth: {} }).from('t').select()", None),
    ],
)
def test_the_schema_that_the_chain_or_its_client_names(call: str, schema: str | None) -> None:
    assert one(f"export async function f(client: any) {{ return await {call} }}").schema == schema


@pytest.mark.parametrize(
    ("made", "schema"),
    [
        ("const depot = () => db.schema('depot')\ndepot().from('crates').select()", "depot"),
        ("const depot = db.schema('depot')\ndepot.from('crates').select()", ANY_SCHEMA),
        ("db.from('crates').select()", None),
    ],
)
def test_the_schema_of_a_client_that_comes_from_a_file_which_is_not_there(made: str, schema: str | None) -> None:
    (query,) = queries(f"import {{ db }} from '../../supabase/client'\n{made}\n")
    assert query.schema == schema


def test_a_schema_known_at_run_time_only_is_said() -> None:
    folded = fold({"src/main.ts": CLIENT + "supabase.schema(process.env.S).from('t').select()"})
    assert [problem.reason for _, problem in folded.problems] == ["its schema is only known at run time"]


def test_a_type_that_allows_more_than_a_constant_tells_no_certain_value() -> None:
    code = "const NONE = 'none' as const\ntype Team = string | typeof NONE | null\n"
    code += "const f = (team: Team) => { let q = supabase.from('t').select().eq('team', team)\n"
    code += "if (team !== NONE) { q = q.eq('id', team) } return q }"
    assert [[(v.value, v.certain) for v in term.values] for term in one(code).filters] == [[("none", False)], []]


def test_what_a_function_returns_is_not_certain() -> None:
    code = (
        "async function id() { const { data } = await supabase.auth.getUser(); return data.user?.id ?? '' }\n"
        "supabase.from('t').update({ a: await id(), b: 'x' }).eq('c', await id()).eq('d', 'y')"
    )
    found = one(code)
    assert [(w.column, w.value and w.value.certain) for w in found.written] == [("a", None), ("b", True)]
    assert [[v.certain for v in term.values] for term in found.filters] == [[False], [True]]


def test_a_conflict_target_that_is_chosen_is_none_that_is_known() -> None:
    code = "const up = (t: 'a' | 'b') => supabase.from(t).upsert(rows, { onConflict: t === 'a' ? 'x' : 'y' })"
    assert [query.conflict for query in queries(CLIENT + code)] == [None, None]


def test_an_empty_string_beside_what_is_unknown_is_no_value() -> None:
    code = "const me = session?.user?.id ?? ''; supabase.from('t').select().or(`a.eq.${me},b.eq.1`)"
    assert [(c.column, [value.value for value in c.values]) for c in one(code).filters] == [("a", []), ("b", ["1"])]


def test_a_condition_tells_which_of_several_columns_a_filter_names() -> None:
    way = "if (by === 'id') { q = q.eq('id', 1) } else { q = q.ilike(by, 'x') }"
    code = f"async function all(by: string) {{ let q = supabase.from('t').select(); {way}\nawait q }}\n"
    found = one(code + "all('id'); all('name'); all('label')")
    assert {(term.column, term.operator) for term in found.filters} == {
        ("id", "eq"),
        ("name", "ilike"),
        ("label", "ilike"),
    }


@pytest.mark.parametrize(
    "branch",
    [
        "if (name === 'a') q = q.eq('x', 1)",
        "if (name === 'a') { q = q.eq('x', 1) } else { q = q.eq('x', 2) }",
        "const rows = mine ? await q.eq('x', 1) : await q.eq('x', 2)",
        "switch (name) { case 'a': q = q.order('x') }",
    ],
)
def test_what_a_branch_adds_goes_with_one_table_of_several(branch: str) -> None:
    loop = f"for (const name of ['a', 'b']) {{ let q = supabase.from(name).select().eq('y', 1); {branch}\nawait q }}"
    assert [[term.column for term in query.filters] for query in queries(CLIENT + loop)] == [["y"], ["y"]]
    helper = f"async function all(name: string, mine: boolean) {{ let q = supabase.from(name).select(); {branch} }}"
    (found,) = queries(CLIENT + helper + "\nall('b', true)")
    assert (found.name, found.filters) == ("b", ())
    plain = f"let q = supabase.from('b').select(); {branch}"
    assert {term.column for term in one(plain).filters} == {"x"}


def test_what_every_way_through_a_helper_adds_is_kept() -> None:
    helper = (
        "async function all(name: string) { let q = supabase.from(name).select(); q = q.eq('x', 1); return await q }"
    )
    (found,) = queries(CLIENT + helper + "\nall('b')")
    assert [term.column for term in found.filters] == ["x"]


def test_the_rest_of_an_item_lacks_what_was_taken_from_it() -> None:
    code = "const rows = [{ key: 'k', a: 1 }]; supabase.from('t').insert(rows.map(({ key, ...rest }) => rest))"
    found = one(code)
    assert ([written.column for written in found.written], found.written_complete) == (["a"], False)


def test_an_empty_text_for_what_is_not_given_is_no_value() -> None:
    code = (
        "function text(form, key) { const v = form.get(key); const s = typeof v === 'string' ? v.trim() : ''\n"
        "  return s.length > 0 ? s : null }\n"
        "export const add = (form) => supabase.from('t').insert({ a: text(form, 'a') })"
    )
    assert [(written.column, written.value) for written in one(code).written] == [("a", None)]


def test_a_wrapper_with_its_own_from_is_no_client_and_one_that_hands_the_query_on_is() -> None:
    scoped = (
        "const client = supabase\nexport const scoped = { from(table) { return {\n"
        "  remove: () => client.from(table).delete(),\n"
        "  insert: (row) => client.from(table).insert({ ...row, owner: 1 }) } } }\n"
        "await scoped.from('t').insert({ a: 1 })\nawait scoped.from('u').remove()"
    )
    assert [(q.name, q.operation, [w.column for w in q.written]) for q in queries(CLIENT + scoped)] == [
        ("t", "insert", ["owner"]),
        ("u", "delete", []),
    ]
    thin = "export const db = { from: (table: string) => supabase.from(table) }\nawait db.from('t').insert({ a: 1 })"
    found = [query for query in queries(CLIENT + thin) if query.name is not None]
    assert [(query.name, [w.column for w in query.written]) for query in found] == [("t", ["a"])]
