"""The literals that a payload writes: of a condition's branches, and of a name that was given one."""

from __future__ import annotations

import pytest

from code_project import CLIENT, HEADS, queries

CONDITIONS = {
    ".ts": "await db.from('t').update({ status: a ? 'done' : 'paid' }).eq('id', a) }",
    ".py": "    db.table('t').update({'status': 'done' if a else 'paid'}).eq('id', a).execute()\n",
    ".dart": "await db.from('t').update({'status': a == 1 ? 'done' : 'paid'}).eq('id', a); }",
    ".kt": 'db.from("t").update({ set("status", if (a == 1) "done" else "paid") }) { filter { eq("id", a) } } }',
    ".swift": 'try await db.from("t").update(["status": a == 1 ? "done" : "paid"]).eq("id", value: a).execute() }',
}


def written(code: str, suffix: str = ".ts") -> list[str | None]:
    (query,) = queries(HEADS[suffix] + code, suffix)
    return [value.value for one in query.written for value in one.values]


@pytest.mark.parametrize(
    ("row", "values"),
    [("{ ...seed, s: rows[0].s }", [None, None]), ("{ s: rows[0].s, ...seed }", [None, "first"])],
)
def test_what_stands_behind_a_spread_is_written(row: str, values: list[str | None]) -> None:
    (query,) = queries(f"{HEADS['.ts']}const seed = {{ s: 'first' }}\nawait db.from('t').insert({row}) }}", ".ts")
    assert sorted((one.value.value if one.value else None for one in query.written), key=str) == values


@pytest.mark.parametrize("suffix", sorted(CONDITIONS))
def test_both_branches_of_a_condition_are_written(suffix: str) -> None:
    assert written(CONDITIONS[suffix], suffix) == ["done", "paid"]


@pytest.mark.parametrize(
    ("given", "values"),
    [
        ("const s = a ? 'done' : 'paid'\n", ["done", "paid"]),
        ("let s = 'draft'\nif (a) s = 'done'\n", ["draft", "done"]),
        ("let s = 'draft'\ns = 'done'\n", ["done"]),
        ("const s = rows[0].s || 'new'\n", ["new"]),
        ("const s = rows[0].s ?? ''\n", []),
        ("const s = rows[0].s\n", []),
        ("let s = 'draft'\nrows.forEach(() => { s = 'done' })\n", []),
    ],
)
def test_a_name_is_worth_what_it_was_given_on_the_ways_that_lead_here(given: str, values: list[str]) -> None:
    assert written(given + "await db.from('t').insert({ status: s }) }") == values


@pytest.mark.parametrize(
    ("condition", "values"),
    [
        ("if (s === 'done') { return }\n", ["paid"]),
        ("if (n && s !== 'paid') ", ["done"]),
        ("if (s === 'done') { b() } else ", ["paid"]),
        ("const own = s === 'done' || n\nif (!own) ", ["paid"]),
        ("const own = s === 'done' && n\nif (!own) ", ["done", "paid"]),
        ("if (s === 'done' || n) ", ["done", "paid"]),
    ],
)
def test_what_a_condition_excludes_is_not_written(condition: str, values: list[str]) -> None:
    given = "const of = (n: number) => { if (n > 1) return 'done'; return 'paid' }\nconst s = of(a)\n"
    assert written(given + condition + "{ await db.from('t').insert({ status: s }) } }") == values


@pytest.mark.parametrize(
    "given",
    [
        "const STATES: Record<string, string> = { a: 'done', b: 'paid' }\nconst s = STATES[a]\n",
        "const stateOf = (n: number) => { if (n > 1) return 'done'; return 'paid' }\nconst s = stateOf(a)\n",
    ],
)
def test_what_a_map_holds_and_a_function_returns_is_written(given: str) -> None:
    assert written(given + "await db.from('t').insert({ status: s }) }") == ["done", "paid"]


@pytest.mark.parametrize(
    ("given", "columns"),
    [
        ("{ ...rows[0], a: 1, b: undefined }", ["a"]),
        ("[{ a: 1, b: undefined }]", ["a", "b"]),  # of a list, the client sends the names of its keys as well
        ("Object.assign({ a: 1 }, rows[0], { b: 2 })", ["a", "b"]),
        ("seeds", ["a"]),
    ],
)
def test_the_keys_that_are_sent(given: str, columns: list[str]) -> None:
    seeds = "const seeds = [{ a: 1 }]; seeds[0].b = 2; "
    (query,) = queries(HEADS[".ts"] + f"{seeds}await db.from('t').insert({given}) }}")
    assert [one.column for one in query.written] == columns


@pytest.mark.parametrize(
    ("change", "columns"),
    [
        ("delete row.kind", ["name"]),
        ("delete row['kind']", ["name"]),
        ("if (old) delete (row as any).kind", ["name"]),
        ("row.sort = row.kind; delete row.kind", ["sort", "name"]),
        ("delete row[key]", []),
        ("delete other.kind", ["kind", "name"]),
        ("delete row.kind.inner", ["kind", "name"]),
        ("// delete row.kind", ["kind", "name"]),
    ],
)
@pytest.mark.parametrize("made", ["{ kind: 1, name: 2 }", "{ ...{ kind: 1, name: 2 } }"])
def test_keys_that_are_deleted(made: str, change: str, columns: list[str]) -> None:
    code = f"{CLIENT}const row = {made}\n{change}\nawait supabase.from('t').insert(row)\n"
    (query,) = queries(code)
    assert sorted(written.column for written in query.written) == sorted(columns)


@pytest.mark.parametrize(
    "body",
    [
        'data = dict(row)\n    data["sort"] = data.pop("kind")\n    return data',
        'data = {**row}\n    data.pop("kind", None)\n    data["sort"] = 1\n    return data',
        'data = row\n    del row["kind"]\n    data["sort"] = 1\n    return data',
    ],
)
def test_keys_that_a_function_takes_out_of_what_it_is_given(body: str) -> None:
    code = f"from supabase import create_client\ndb = create_client(u, k)\ndef mapped(row):\n    {body}\n"
    code += "def add(row):\n    db.table('t').insert(mapped(row)).execute()\nadd({'kind': 1, 'name': 2})\n"
    (query,) = queries(code, ".py")
    assert sorted(written.column for written in query.written) == ["name", "sort"]


@pytest.mark.parametrize(
    ("suffix", "code"),
    [
        (
            ".py",
            (
                "from supabase import create_client\ndb = create_client(u, k)\ndef add(row):\n"
                "    db.table('t').insert(row).execute()\n"
                "def main():\n    row = {'kind': 1, 'name': 2}\n    row.pop('kind')\n"
                "    row['sort'] = 1\n    add(row)\n"
            ),
        ),
        (
            ".ts",
            (
                f"{CLIENT}const add = async (row) => {{ await supabase.from('t').insert(row) }}\n"
                "const row = { kind: 1, name: 2 }\ndelete row.kind\nrow.sort = 1\nawait add(row)\n"
            ),
        ),
    ],
)
def test_keys_that_are_taken_out_before_a_row_is_handed_on(suffix: str, code: str) -> None:
    (query,) = queries(code, suffix)
    assert sorted(written.column for written in query.written) == ["name", "sort"]


@pytest.mark.parametrize(
    "code",
    [
        "const { kind, ...rest } = { kind: 1, name: 2 }\nawait supabase.from('t').insert(rest)\n",
        "const { kind = 3, ['old']: was, ...rest } = { kind: 1, name: 2 }\nawait supabase.from('t').insert(rest)\n",
        "const add = ({ kind, ...rest }) => supabase.from('t').insert(rest)\nadd({ kind: 1, name: 2 })\n",
        "const add = (a, { kind, ...rest }) => supabase.from('t').insert(rest)\nadd(1, { kind: 1, name: 2 })\n",
        "const add = ({ kind, ...rest }: { kind: string; name: string }) => supabase.from('t').insert(rest)\n",
        "await supabase.from('t').insert([{ kind: 1, name: 2 }].map(({ kind, ...rest }) => rest))\n",
    ],
)
def test_the_rest_of_a_pattern_lacks_what_is_taken_by_name(code: str) -> None:
    (query,) = queries(CLIENT + code)
    assert [written.column for written in query.written] == ["name"]


def test_the_rest_of_a_pattern_whose_keys_are_only_known_at_run_time() -> None:
    (query,) = queries(f"{CLIENT}const {{ [k]: v, ...rest }} = {{ kind: 1 }}\nawait supabase.from('t').insert(rest)\n")
    assert not query.written


@pytest.mark.parametrize(
    "suffix, given, columns, whole",
    [
        (".ts", "const row: any = {a: 1}; Object.assign(row, {b: 2})", ["a", "b"], True),
        (".ts", "const row: any = {a: 1}; if (a) Object.assign(row, more)", ["a"], False),
        (".ts", "const row: any = {a: 1}; fill(row)", ["a"], False),
        (".ts", "const row: any = {a: 1}; look(row)", ["a"], True),
        (".ts", "const row: any = {a: 1}; row.b ??= 2", ["a", "b"], True),
        (".ts", "const row: any[] = [{a: 1}]; for (const one of row) one.b = 2", ["a", "b"], True),
        (".ts", "const row: any[] = [{a: 1}]; row.forEach((one) => { one.b = 2 })", ["a", "b"], True),
        (".ts", "const row: any[] = [{a: 1}]; for (const one of row) Object.assign(one, {b: 2})", ["a"], False),
        (".ts", "const row: any[] = [{a: 1}]; row.forEach((one) => { fill(one) })", ["a"], False),
        (".ts", "const row: any[] = [{a: 1}]; row.forEach((one) => { look(one) })", ["a"], True),
        (".py", "row = {'a': 1}\n    row |= {'b': 2}", ["a", "b"], True),
        (".py", "row = {'a': 1} | {'b': 2}", ["a", "b"], True),
        (".py", "row = {'a': 1}\n    row.setdefault('b', 2)", ["a", "b"], True),
        (".py", "row = [{'a': 1}]\n    row += [{'b': 2}]\n    row.extend([{'c': 2}])", ["a", "b", "c"], True),
        (".py", "row = {'a': 1}\n    fill(row)", ["a"], False),
        (".dart", "final row = {'a': 1}; row.addAll({'b': 2});", ["a", "b"], True),
        (".dart", "final row = {'a': 1}; row.putIfAbsent('b', () => 2);", ["a", "b"], True),
        (".dart", "final row = {'a': 1}; row.addAll(rows);", ["a"], False),
        (".kt", 'val row = mutableMapOf("a" to 1)\nrow.put("b", 2)\nrow["c"] = 3', ["a", "b", "c"], True),
        (".kt", 'val row = mutableMapOf("a" to 1)\nrow.putAll(mapOf("b" to 2))', ["a", "b"], True),
        (".swift", 'var row: [String: Int] = ["a": 1]\nrow.merge(rows) { $1 }', ["a"], False),
        (".swift", 'var row: [String: Int] = ["a": 1]\nrow.updateValue(2, forKey: "b")', ["a", "b"], True),
        (".ts", "const row: any = {a: 1}; const same = row; same.b = 2", ["a", "b"], True),
        (".ts", "const row: any = {a: 1}; fill.call(null, row)", ["a"], False),
        (".py", "row = {'a': 1}\n    row.update(**rows)", ["a"], False),
        (".py", "row = [{'a': 1}]\n    for i, one in enumerate(row):\n        one['b'] = 1", ["a", "b"], True),
        (".py", "row = [{'a': 1}]\n    row[-1]['b'] = 1", ["a"], False),
        (".py", "row = {'a': 1}\n    row['b'], row['c'] = 1, 2", ["a", "b", "c"], True),
        (".py", "all = [{'a': 1}]\n    for one in all:\n        one['b'] = 1\n    row = all[:1]", ["a"], False),
        (".py", "row = [{'a': 1}]\n    list(map(lambda one: one.update(b=1), row))", ["a"], False),
        (".py", "one = {'a': 1}\n    fill(one)\n    row = []\n    row.append(one)", ["a"], False),
        (".dart", "final row = [{'a': 1}]; row[0]['b'] = 2;", ["a"], False),
        (".dart", "final row = {'a': 1}; row.addEntries(rows);", ["a"], False),
        (".dart", "final row = {'a': 1}; row.update('b', (x) => a);", ["a"], False),
        (".kt", 'val row = listOf(mutableMapOf("a" to 1))\nrow.forEach { it["b"] = a }', ["a"], False),
        (".kt", 'val row = mutableMapOf("a" to 1)\nrow.named(a)', ["a"], False),
        (".kt", 'val row = mutableMapOf("a" to 1)\nwith(row) { put("b", a) }', ["a"], False),
        (".swift", 'var row = [["a": 1]]\nrow[0]["b"] = 2', ["a"], False),
        (".swift", 'var row = ["a": 1]\nfill(&row)', ["a"], False),
        (".go", 'row := []map[string]any{{"a": 1}}\nrow[0]["b"] = 2\n', ["a"], False),
        (".go", 'row := map[string]any{"a": 1}\nmaps.Copy(row, more)\n', ["a"], False),
        (".go", 'row := map[string]any{"a": 1}\nfill(row)\n', ["a"], False),
    ],
)
def test_a_row_may_be_given_keys_by_way_of_another_name(
    suffix: str, given: str, columns: list[str], whole: bool
) -> None:
    ends = {
        ".ts": "; await db.from('t').insert(row) }\nfunction fill(x: any) { x.made = 1 }\n"
        "function look(x: any) { log(x) }",
        ".py": "\n    db.table('t').insert(row).execute()\ndef fill(x):\n    x['made'] = 1\n",
        ".dart": "await db.from('t').insert(row); }",
        ".kt": '\ndb.from("t").insert(row)\n}',
        ".swift": '\ntry await db.from("t").insert(row).execute()\n}\n'
        'func fill(_ x: inout [String: Int]) { x["made"] = 1 }',
        ".go": 'db.From("t").Insert(row, false, "", "", "").Execute()\n}\n'
        'func fill(x map[string]any) { x["made"] = 1 }',
    }
    query = next(q for q in queries(HEADS[suffix] + given + ends[suffix], suffix) if q.name == "t")
    assert sorted(one.column for one in query.written) == columns
    assert query.written_complete is whole


@pytest.mark.parametrize("more", ["", "named(b: string) { this.row.b = b }"])
def test_what_a_field_begins_with_is_not_all_that_is_written(more: str) -> None:
    code = f"{CLIENT}class Jobs {{ private row: any = {{ a: 1 }}\n{more}\n"
    (query,) = queries(code + "save() { return supabase.from('t').insert(this.row) } }\n")
    assert ([one.column for one in query.written], query.written_complete, query.rows) == (["a"], False, ())


@pytest.mark.parametrize(
    "typed",
    [
        "state: 'on' | 'off'",
        "state: State",
        "state: Tables<'lamps'>['state']",
        "state: string",
        "state = 'on'",
        "state",
    ],
)
def test_what_callers_hand_to_a_parameter_whatever_its_type(typed: str) -> None:
    code = f"type State = 'on' | 'off'\nasync function turn(id: number, {typed}) {{\n"
    code += "  await supabase.from('lamps').update({ state }).eq('id', id) }\n"
    (query,) = queries(f"{CLIENT}{code}turn(1, 'off'); turn(2, 'dim'); turn(3, window.state)\n")
    assert [value.value for key in query.written for value in key.others] == ["off", "dim"]
    (query,) = queries(f"{CLIENT}{code.replace('await', 'state = worn(state); await')}turn(1, 'dim')\n")
    assert "dim" not in [value.value for key in query.written for value in key.others]


def test_what_hangs_on_what_chose_the_table() -> None:
    code = "const table = admin ? 'bosses' : 'users'; const state = admin ? 'on' : 'off'\n"
    for query in queries(f"{CLIENT}{code}supabase.from(table).update({{ state }}).eq('id', 1)\n"):
        assert [(key.column, key.value, key.others) for key in query.written] == [("state", None, ())]
    begun = "let q = admin ? supabase.from('bosses').select('a') : supabase.from('users').select('b')\n"
    found = queries(f"{CLIENT}{begun}if (admin) q = q.eq('a', 1)\nelse q = q.eq('b', 1)\n")
    assert {(query.name, one.column) for query in found for one in query.filters} == set()


@pytest.mark.parametrize(
    ("suffix", "value"),
    [
        (".ts", "crypto.randomUUID()"),
        (".ts", "uuidv4()"),
        (".py", "str(uuid.uuid4())"),
        (".dart", "const Uuid().v7()"),
        (".dart", "Uuid().v4().toString()"),
    ],
)
def test_a_new_identifier_is_told(suffix: str, value: str) -> None:
    call = "db.table('x').insert" if suffix == ".py" else "db.from('x').insert"
    body = f"{call}({{'id': {value}, 'owner': owner()}})"
    code = HEADS[suffix] + (f"    {body}.execute()\n" if suffix == ".py" else f"await {body};\n}}\n")
    (found,) = queries(code, suffix)
    assert {written.column: written.fresh for written in found.written} == {"id": True, "owner": False}
