"""Payloads whose keys stand elsewhere: in a type, in a component's state, in what callers hand over."""

from __future__ import annotations

import pytest

from code_project import CLIENT, queries

PYTHON = """from supabase import create_client
db = create_client(u, k)
class Orders:
    def make(self, order: dict):
        return db.table('orders').insert(order).execute()
"""
DART = """import 'package:supabase_flutter/supabase_flutter.dart';
final db = Supabase.instance.client;
Future<void> make(Map<String, dynamic> order) async { await db.from('orders').insert(order); }
"""
ZOD = """import { z } from 'zod'
const row = z.object({ a: z.string(), b: z.number(), c: z.string().optional() })
type Row = z.infer<typeof row>
"""
HANDED = {
    "ts": (
        "src/a.ts",
        CLIENT + "export async function make(order: any) { await supabase.from('orders').insert(order) }\n",
        "src/b.ts",
        "import { make } from './a'\nmake({ total: 1, noted: 'x' })\n",
    ),
    "spread": (
        "src/a.ts",
        CLIENT + "export const make = (order: any) => supabase.from('orders').insert([{ ...order, total: 1 }])\n",
        "src/b.ts",
        "import { make } from './a'\nmake({ noted: 'x' })\n",
    ),
    "py": (
        "app/a.py",
        PYTHON,
        "app/b.py",
        "from app.a import Orders\nOrders().make({'total': 1, 'noted': 'x'})\n",
    ),
    "dart": (
        "lib/a.dart",
        DART,
        "lib/b.dart",
        "import 'a.dart';\nvoid f() { make({'total': 1, 'noted': 'x'}); }\n",
    ),
}


@pytest.mark.parametrize("language", sorted(HANDED))
def test_what_callers_hand_over_is_written(language: str) -> None:
    first, holder, second, caller = HANDED[language]
    (query,) = queries({first: holder, second: caller})
    assert {one.column for one in query.written} == {"total", "noted"}
    assert not query.written_complete
    assert [one.place.path for one in query.written if one.column == "noted"] == [second]


def test_a_parameter_for_several_tables_says_nothing_of_either() -> None:
    code = (
        CLIENT + "async function f(kind: string, row: any) {\n  if (kind) await supabase.from('a').insert(row)\n"
        "  else await supabase.from('b').insert(row)\n}\nf('x', { c: 1 })\n"
    )
    assert [query.written for query in queries(code)] == [(), ()]


def test_tests_hand_nothing_over() -> None:
    files = {
        "src/a.ts": CLIENT + "export const make = (order: any) => supabase.from('orders').insert(order)\n",
        "src/a.test.ts": "import { make } from './a'\nmake({ wrong: 1 })\n",
    }
    assert [query.written for query in queries(files)] == [()]


MEMBER = "Database['public']['T'][\"row\"]"
TYPES = {
    "interface": ("interface Row {\n  a: string\n  readonly 'b': number // of it\n  c?: string\n}\n", "Row"),
    "alias": ("type Row = { a: string; b: { c: number }, d: string | undefined, [key: string]: unknown }\n", "Row"),
    "inline": ("", "{ a: string; b: () => void; c?: number }"),
    "zod": (ZOD, "Row"),
    "member": ("interface Database { public: { T: { row: { a: string; b: string; c?: string } } } }\n", MEMBER),
    "members": (
        f"interface Database {{ public: {{ T: {{ row: {{ a: 1; b: 2 }} }} }} }}\ntype Row = {MEMBER}\n",
        "Row[]",
    ),
}


@pytest.mark.parametrize("kind", sorted(TYPES))
@pytest.mark.parametrize("given", ["row", "[row]", "{ ...row, id: 1 }"])
def test_the_keys_of_a_type_are_written(kind: str, given: str) -> None:
    declared, annotation = TYPES[kind]
    code = CLIENT + declared + f"export const f = (row: {annotation}) => supabase.from('t').insert({given})\n"
    (query,) = queries(code)
    assert {one.column for one in query.written} - {"id"} == {"a", "b"}
    assert not query.written_complete


@pytest.mark.parametrize(
    "annotation",
    ["Partial<Row>", "Omit<Row, 'a'>", "Row | Other", "Record<string, string>", "Row['a']", "Row['gone']", "Row[K]"],
)
def test_a_type_that_may_lack_keys_says_nothing(annotation: str) -> None:
    code = CLIENT + "interface Row { a: string }\ninterface Other { b: string }\n"
    (query,) = queries(code + f"export const f = (row: {annotation}) => supabase.from('t').insert(row)\n")
    assert query.written == ()


@pytest.mark.parametrize("given", ["form", "{ ...form, id: 1 }", "[form]"])
def test_a_components_state_is_written_with_the_keys_that_it_begins_with(given: str) -> None:
    head = CLIENT + "import { useState } from 'react'\nexport function F() {\n"
    code = (
        f"  const [form, set] = useState({{ a: '', b: 'x' }})\n  const f = () => supabase.from('t').insert({given})\n}}"
    )
    (query,) = queries({"src/F.tsx": head + code})
    assert {one.column for one in query.written} - {"id"} == {"a", "b"}
    assert not query.written_complete
    assert [one.values for one in query.written if one.column in "ab"] == [(), ()]


def test_a_ref_is_written_with_the_keys_that_it_begins_with() -> None:
    code = "<script setup>\n" + CLIENT + "const form = ref({ a: '', b: 1 })\nsupabase.from('t').insert(form.value)\n"
    (query,) = queries({"src/F.vue": code + "</script>\n"})
    assert ({one.column for one in query.written}, query.written_complete) == ({"a", "b"}, False)


@pytest.mark.parametrize(("begin", "end"), [("", ""), ("defineComponent(", ")")])
def test_the_data_of_a_component_is_written_with_the_keys_that_it_begins_with(begin: str, end: str) -> None:
    code = (
        f"<script>\n{CLIENT}export default {begin}{{\n  data() {{ return {{ form: {{ a: '', b: 1 }}, open: 1 }} }},\n"
        f"  methods: {{ async save() {{ await supabase.from('t').insert(this.form) }} }}\n}}{end}\n</script>\n"
    )
    (query,) = queries({"src/F.vue": code})
    assert ({one.column for one in query.written}, query.written_complete) == ({"a", "b"}, False)


@pytest.mark.parametrize(
    ("path", "code"),
    [
        (
            "src/a.ts",
            (
                f"{CLIENT}const all = (columns: string) => supabase.from('t').select(columns)\n"
                "function by(column: string, one: unknown) { return supabase.from('t').select('id').eq(column, one) }\n"
                "all('id, a'); all(`id, ${other}`); by('b', 1)\n"
            ),
        ),
        (
            "app/a.py",
            (
                "from supabase import create_client\ndb = create_client(u, k)\n"
                "def all(columns):\n    return db.table('t').select(f'id, {columns}').execute()\n"
                "def by(column):\n    return db.table('t').select('id').eq(column, 1).execute()\n"
                "all('a')\nby(column='b')\n"
            ),
        ),
        (
            "lib/a.dart",
            (
                "import 'package:supabase_flutter/supabase_flutter.dart';\nfinal db = Supabase.instance.client;\n"
                "Future<void> all(String columns) async => await db.from('t').select(columns);\n"
                "Future<void> by(String column) async => await db.from('t').select('id').eq(column, 1);\n"
                "void main() { all('id, a'); by('b'); }\n"
            ),
        ),
    ],
)
def test_columns_that_callers_name(path: str, code: str) -> None:
    told = queries({path: code})
    fields = {field.name for query in told if query.select is not None for field in query.select.fields}
    assert fields == {"id", "a"}
    assert [one.column for query in told for one in query.filters] == ["b"]
    assert not all(query.select is None or query.select.complete for query in told)
    assert {code.encode()[one.place.start : one.place.end] for query in told for one in query.filters} == {b"b"}


def test_what_a_call_narrows_is_asked_of_the_query_that_it_hands_over_alone() -> None:
    code = (
        f"{CLIENT}const least = (query: any, column: string, least?: number): any => {{\n"
        "  if (least !== undefined) query = query.gte(column, least)\n  return query\n}\n"
        "let query = supabase.from('t').select('id').eq(window.column, 1)\nquery = least(query, 'a', 1)\n"
        "least(window.other, 'b', 2)\n"
    )
    told = queries({"src/a.ts": code})
    assert [one.column for query in told for one in query.filters] == ["a"]
