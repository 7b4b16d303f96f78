"""Lists and rows that queries are made of, and what is chosen together."""

from __future__ import annotations

import pytest

from code_project import CLIENT, fold, queries
from tripoint.model.query import ANY_SCHEMA, Query


def one(code: str) -> Query:
    (found,) = queries(CLIENT + code)
    return found


def test_which_of_several_rows_goes_with_which_table_is_open() -> None:
    code = """let table = 'pens'; let row = { ink: 1 }
    if (soft) { table = 'brushes'; row = { hair: 1 } }
    await supabase.from(table).upsert(row)"""
    assert [(query.name, query.written, query.written_complete) for query in queries(CLIENT + code)] == [
        ("brushes", (), False),
        ("pens", (), False),
    ]


def test_lists_of_rows_that_stand_beside_their_tables_are_not_crossed() -> None:
    code = """from supabase import create_client
client = create_client(u, k)
def pens(desk):
    return [{"ink": one.ink} for one in desk.pens]
def brushes(desk):
    return [{"hair": one.hair} for one in desk.brushes]
def save(desk):
    for table, rows in [("pens", pens(desk)), ("brushes", brushes(desk))]:
        client.table(table).upsert(rows).execute()
"""
    found = queries(code, ".py")
    assert [(query.name, query.written, query.written_complete) for query in found] == [
        ("brushes", (), False),
        ("pens", (), False),
    ]


def test_columns_that_stand_beside_their_tables_are_not_crossed() -> None:
    code = """from supabase import create_client
client = create_client(u, k)
for table, key in [("pens", "pen_id"), ("brushes", "brush_id")]:
    client.table(table).select(key).in_(key, ["a"]).execute()
"""
    found = queries(code, ".py")
    assert [(query.name, query.filters) for query in found] == [("brushes", ()), ("pens", ())]
    assert [query.select and (query.select.fields, query.select.complete) for query in found] == [((), False)] * 2


def test_an_item_of_a_list_that_is_filled_elsewhere_holds_more() -> None:
    code = """const rows = []
    fill(rows)
    for (const row of rows) { row.b = 2; await supabase.from('t').insert(row) }"""
    assert not one(code).written_complete
    assert not one(
        "const rows = []; fill(rows); supabase.from('t').insert(rows.map((r) => ({ ...r, b: 2 })))"
    ).written_complete


@pytest.mark.parametrize(
    "use",
    [
        "for (const row of rows) { row.b = 2; supabase.from('t').insert(row) }",
        "supabase.from('t').insert(rows.map((row) => ({ ...row, b: 2 })))",
        "const all = rows.map((row) => { const b = of(row.a); return { ...row, b } }); supabase.from('t').insert(all)",
        "for (const { a } of rows) { supabase.from('t').insert({ a, b: 2 }) }",
    ],
)
def test_an_item_of_a_list_is_what_is_pushed_onto_it(use: str) -> None:
    found = one(f"const rows: Row[] = []; for (const one of given) {{ rows.push({{ a: one.a }}) }} {use}")
    assert (sorted(written.column for written in found.written), found.written_complete) == (["a", "b"], True)


def test_what_a_field_of_a_class_begins_with_is_no_value_that_is_written() -> None:
    code = """class Builder {
      private row = { a: '', kind: 'plain' }
      as(kind: string) { this.row.kind = kind; return this }
      done() { return this.row }
    }
    supabase.from('t').insert(new Builder().as(given).done())"""
    assert [(w.column, w.value and w.value.certain) for w in one(code).written] == [("a", False), ("kind", False)]


LISTS = {
    ".py": (
        "from supabase import create_client\ndb = create_client(u, k)\nC = ['id', 'name']\n"
        "db.table('t').select(', '.join(C))"
    ),
    ".go": (
        'package a\nimport "github.com/supabase-community/supabase-go"\n'
        "func f() {\n supabase, _ := supabase.NewClient(u, k, nil)\n"
        ' supabase.From("t").Select(strings.Join([]string{"id", "name"}, ","), "", false)\n}\n'
    ),
    ".swift": (
        "import Supabase\nlet db = SupabaseClient(supabaseURL: u, supabaseKey: k)\n"
        'func f() { db.from("t").select(["id", "name"].joined(separator: ", ")) }\n'
    ),
    ".dart": (
        "import 'package:supabase_flutter/supabase_flutter.dart';\nfinal db = Supabase.instance.client;\n"
        "void f() { db.from('t').select(['id', 'name'].join(',')); }\n"
    ),
}


@pytest.mark.parametrize("suffix", LISTS)
def test_a_select_that_is_joined_from_a_list(suffix: str) -> None:
    (found,) = queries(LISTS[suffix], suffix)
    assert found.select is not None
    assert [field.name for field in found.select.fields] == ["id", "name"]
    source = LISTS[suffix].encode()
    assert [source[f.place.start : f.place.end] for f in found.select.fields] == [b"id", b"name"]


@pytest.mark.parametrize(
    ("given", "columns"),
    [("const C = ['id', 'name'].join(', ')", ["id", "name"]), ("let C = ['id'].join(); C = 'name'", ["name"])],
)
def test_columns_that_were_joined_before(given: str, columns: list[str]) -> None:
    select = one(f"{given}\nsupabase.from('t').select(C)").select
    assert select is not None
    assert [field.name for field in select.fields] == columns


@pytest.mark.parametrize(
    ("held", "select"),
    [
        ("export const C = ['id', 'name'].join(', ')", "C"),
        ("const L = ['id', 'name'] as const\nexport const C = L.join(',')", "C"),
        ("export const C = { list: ['id', 'name'].join(', ') }", "C.list"),
        ("export class C { static readonly list = ['id', 'name'].join(', ') }", "C.list"),
        ("export const C = () => ['id', 'name'].join()", "C()"),
    ],
)
def test_columns_that_another_file_joins(held: str, select: str) -> None:
    code = CLIENT + f"import {{ C }} from './held'\nsupabase.from('t').select({select})\n"
    (found,) = queries({"src/main.ts": code, "src/held.ts": held})
    assert found.select is not None
    assert [field.name for field in found.select.fields] == ["id", "name"]
    assert [held[f.place.start : f.place.end] for f in found.select.fields] == ["id", "name"]
    assert found.select.complete


def test_columns_that_a_class_joins_of_itself() -> None:
    found = one("class A { private s = ['id', 'name'].join(', '); get() { return supabase.from('t').select(this.s) } }")
    assert found.select is not None
    assert [field.name for field in found.select.fields] == ["id", "name"]


@pytest.mark.parametrize("filled", ["C.push('more')", "C[1] = x"])
def test_a_list_that_is_filled_elsewhere_is_not_joined(filled: str) -> None:
    found = one(f"const C = ['id', 'name']; if (x) {{ {filled} }}\nsupabase.from('t').select(C.join(','))")
    assert found.select is not None
    assert (found.select.fields, found.select.complete) == ((), False)


def test_a_function_that_narrows_the_query_that_it_is_handed() -> None:
    found = one(
        "const active = (query, on) => query.eq('active', true)\n"
        "function wanted(q, f) { if (f) { q = q.eq('wanted', f) } return q.order('rank') }\n"
        "const q = active(supabase.from('t').select())\nawait wanted(q, 3)"
    )
    assert sorted((f.column, f.operator) for f in found.filters) == [
        ("active", "eq"),
        ("rank", "order"),
        ("wanted", "eq"),
    ]


def test_a_branch_of_a_function_that_is_handed_queries_of_several_tables_is_of_none() -> None:
    first, second = queries(
        CLIENT + "function page(q, f) { if (f.x) { q = q.eq('x', f.x) } return q.order('id') }\n"
        "await page(supabase.from('a').select(), f)\nawait page(supabase.from('b').select(), f)"
    )
    assert [[f.column for f in query.filters] for query in (first, second)] == [["id"], ["id"]]


@pytest.mark.parametrize(
    ("options", "expected"),
    [
        ("{ event: '*', schema: 'public', table: 't' }", ("t", "public")),
        ("{ event: '*', schema: '*', table: 't' }", ("t", ANY_SCHEMA)),
        ("{ event: '*', schema: 'public', table: '*' }", (None, "public")),
        ("{ event: '*', schema: x, table: 't' }", ("t", ANY_SCHEMA)),
    ],
)
def test_what_a_subscription_names(options: str, expected: tuple[str | None, str]) -> None:
    found = one(f"supabase.channel('c').on('postgres_changes', {options}, f).subscribe()")
    assert (found.kind, found.name, found.schema) == ("channel", *expected)


def test_a_subscription_to_what_callers_name_stands_where_they_name_it() -> None:
    live = (
        f"{CLIENT}export function watch(table: string) "
        "{ return supabase.channel(table).on('postgres_changes', { event: '*', table }, f).subscribe() }\n"
    )
    use = "import { watch } from '../src/live'\nwatch('%s')\n"
    files = {"src/live.ts": live, "src/page.ts": use % "orders", "tests/live.test.ts": use % "nowhere"}
    found = {(query.place.path, query.name, query.test, query.alternatives) for query in queries(files)}
    assert found == {("src/page.ts", "orders", False, False), ("tests/live.test.ts", "nowhere", True, False)}


def test_rows_and_tables_that_are_chosen_together_are_not_crossed() -> None:
    source = """const spread = (kind: string, d: any): { table: string; row: Record<string, unknown> } => {
  switch (kind) {
    case 'note': return { table: 'notes', row: { title: d.title } }
    default: return { table: 'files', row: { path: d.path, bytes: d.bytes } }
  }
}
export async function add(kind: string, owner: string, d: any) {
  const { table, row } = spread(kind, d)
  return supabase.from(table).insert({ ...row, owner })
}
"""
    found = queries(CLIENT + source)
    assert {query.name for query in found} == {"notes", "files"}
    assert [written.column for query in found for written in query.written] == []
    assert not any(query.written_complete for query in found)


def test_a_list_that_is_only_known_at_run_time_gives_no_value_to_a_filter() -> None:
    code = CLIENT + "const f = (ids) => supabase.from('t').delete().not('id', 'in', `(${[...ids].join(',')})`)\n"
    (query,) = queries(code)
    assert [(one.column, one.operator, one.values) for one in query.filters] == [("id", "in", ())]
    code = CLIENT + "const f = (ids) => supabase.from('t').select(['id', ...ids].join(','))\n"
    (query,) = queries(code)
    assert query.select is not None
    assert [field.name for field in query.select.fields] == ["id"]


def test_what_begins_another_library_s_statement_asks_for_no_callers() -> None:
    """Who calls is looked for in all files that name the function, past the prefilter."""
    files = {
        "src/a.ts": CLIENT + "supabase.from('t').select()\nexport const wipe = (tx) => tx.delete(jobs).where(x)\n",
        "src/b.ts": "import { wipe } from './a'\nwipe(db)\n",
    }
    assert fold(files).asked_files == ()
    files["src/a.ts"] = files["src/a.ts"].replace("tx.delete(jobs).where(x)", "tx.eq('a', 1)")
    assert fold(files).asked_files == ("src/b.ts",)
