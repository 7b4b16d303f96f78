"""Names of tables are followed to where they are written."""

from __future__ import annotations

import pytest

from code_project import CLIENT, fold, names, queries


@pytest.mark.parametrize(
    "code, expected",
    [
        ("supabase.from('users').select()", ["users"]),
        ("supabase\n  // the table\n  .from(\n 'users'\n)\n.select()", ["users"]),
        ("supabase?.from!('users')", ["users"]),
        ("(supabase as any).from('users').select()", ["users"]),
        ("await supabase.from<Row>('users').select('*')", ["users"]),
        ("supabase['from']('users').select()", ["users"]),
        ("const T = 'users'; supabase.from(T).select()", ["users"]),
        ("const T = { u: 'users' } as const; supabase.from(T.u).select()", ["users"]),
        ("const T = Object.freeze({ u: 'users' }); supabase.from(T['u']).select()", ["users"]),
        ("enum T { Users = 'users' }\nsupabase.from(T.Users).select()", ["users"]),
        ("const P = 'app'; supabase.from(`${P}_users`).select()", ["app_users"]),
        ("const P = 'app'; supabase.from(P + '_' + 'users').select()", ["app_users"]),
        ("function f(t: 'a' | 'b') { return supabase.from(t).select() }", ["a", "b"]),
        ("type T = 'a' | 'b'\nfunction f(t: T) { return supabase.from(t).select() }", ["a", "b"]),
        ("function f<T extends 'a' | 'b'>(t: T) { return supabase.from(t).select() }", ["a", "b"]),
        (
            "const TS = ['a', 'b'] as const\nfunction f(t: (typeof TS)[number]) { supabase.from(t).select() }",
            ["a", "b"],
        ),
        ("const O = { a: 1, b: 2 }\nfunction f(t: keyof typeof O) { supabase.from(t).select() }", ["a", "b"]),
        ("function f(t = 'a') { return supabase.from(t).select() }\nf()", ["a"]),
        ("const t = x ? 'a' : 'b'; supabase.from(t).select()", ["a", "b"]),
        ("function f(t: string) { return supabase.from(t).select() }\nf('a'); f('b')", ["a", "b"]),
        ("const f = (t: string) => supabase.from(t).select()\nconst g = (u: string) => f(u)\ng('deep')", ["deep"]),
        ("const f = ({ table }: { table: string }) => supabase.from(table).select()\nf({ table: 'a' })", ["a"]),
        ("const ts = ['a', 'b']\nfor (const t of ts) await supabase.from(t).select()", ["a", "b"]),
        ("for (const t of ['a', 'b']) await supabase.from(t).select()", ["a", "b"]),
        ("const ts = [{ t: 'a' }, { t: 'b' }]\nfor (const { t } of ts) supabase.from(t).select()", ["a", "b"]),
        ("const ts = [{ t: 'a' }, { t: 'b' }]\nfor (const one of ts) supabase.from(one.t).select()", ["a", "b"]),
        ("const ts = ['a', 'b']\nts.forEach((t) => { supabase.from(t).delete() })", ["a", "b"]),
        ("await Promise.all(['a', 'b'].map(async t => supabase.from(t).select()))", ["a", "b"]),
        (";[{ t: 'a' }].forEach(({ t }) => { supabase.from(t).select() })", ["a"]),
        ("const f = useCallback((t: string) => supabase.from(t).select(), [])\nf('a')", ["a"]),
    ],
)
def test_a_name_in_one_file(code: str, expected: list[str]) -> None:
    found = [name for kind, name in names(CLIENT + code) if kind == "table"]
    assert sorted(set(filter(None, found))) == expected
    assert None not in found


def test_a_condition_tells_which_of_several_names_it_is() -> None:
    code = "const t = a.table || 'plain'\nif (t === 'plain') { b() } else { supabase.from(t).select() }"
    assert [query.name for query in queries(CLIENT + code) if query.name] == []


@pytest.mark.parametrize(
    ("choice", "expected"),
    [
        ("t === 'plain' ? of() : t", ["other"]),
        ("t !== 'plain' ? t : of()", ["other"]),
        ("n && t === 'plain' ? of() : t", ["other", "plain"]),
    ],
)
def test_a_branch_of_a_choice_is_not_what_its_condition_excludes(choice: str, expected: list[str]) -> None:
    code = CLIENT + f"const one = (t) => {{ const s = {choice}\nreturn supabase.from(s).select() }}\n"
    found = queries(code + "one('plain'); one('other')")
    assert sorted({query.name for query in found if query.name}) == expected


@pytest.mark.parametrize(
    ("condition", "expected"),
    [
        ("if (OWN.includes(t)) { return }", ["c"]),
        ("if (!OWN.includes(t)) return;", ["a", "b"]),
        ("if (!(OWN as string[]).includes(t as Name)) return;", ["a", "b"]),
        ("if (SET.has(t)) return;", ["a", "b"]),
        ("if (['a', 'b'].includes(t)) return;", ["c"]),
        ("if (t === FIRST) { return }", ["b", "c"]),
        ("if (t !== KINDS.last || busy(t)) { return }", ["c"]),
        ("if (t === FIRST) { other() } else if (x) { if (t !== 'b') ", ["c"]),
        ("if (busy(t) && t !== FIRST) ", ["b", "c"]),
        ("if (t === given) { return }", ["a", "b", "c"]),
    ],
)
def test_a_condition_may_ask_for_what_has_a_name(condition: str, expected: list[str]) -> None:
    held = "export const FIRST = 'a'\nexport const KINDS = { last: 'c' }\nexport const OWN = ['a', 'b'] as const\n"
    code = CLIENT + "import { FIRST, KINDS, OWN } from './held'\nconst SET = new Set(['c'])\n"
    ends = "}" * (1 + condition.count("else"))
    code += f"function one(t: string, given: string) {{ {condition}\n supabase.from(t).select() {ends}\n"
    found = queries({"src/main.ts": code + "one('a'); one('b'); one('c')", "src/held.ts": held})
    assert sorted({query.name for query in found if query.name}) == expected


@pytest.mark.parametrize(
    ("condition", "expected"),
    [
        ("if (one.soft) {", ["b"]),
        ("if (!one.soft) {", ["a", "c", "d"]),
        ("if (!!one.soft && one.by) {", ["b"]),
        ("if (one.kind === 'far') {", ["c"]),
        ("if (one.kind !== 'far') {", ["a", "b", "d"]),
        ("if (one.soft) { other() } else if (one.kind === 'far') { other() } else {", ["a", "d"]),
        ("if (one.soft || one.far) { other() } else {", ["a", "d"]),
        ("if (!one.soft) continue\n {", ["b"]),
        ("if (one.far) {", ["c", "d"]),
        ("if (one.none) {", ["a", "b", "c", "d"]),
        ("if (one.soft && busy(one)) {", ["b"]),
        ("if (one.soft || busy(one)) {", ["a", "b", "c", "d"]),
        ("if (given.soft) {", ["a", "b", "c", "d"]),
    ],
)
def test_a_condition_on_a_member_tells_which_of_several_objects_it_is(condition: str, expected: list[str]) -> None:
    steps = "{ t: 'a', by: 'id' }, { t: 'b', by: 'id', soft: true }, { t: 'c', kind: 'far', far: {} }"
    code = f"const steps = [{steps}, {{ t: 'd', soft: false, far: made() }}]\n"
    code += (
        f"async function all(given) {{ for (const one of steps) {{ {condition} supabase.from(one.t).select() }} }} }}"
    )
    assert sorted(query.name or "" for query in queries(CLIENT + code)) == expected


def test_a_condition_on_a_member_of_what_a_function_is_handed() -> None:
    code = "function one(o) { if (o.soft) { supabase.from(o.t).update({}) } else { supabase.from(o.t).delete() } }\n"
    found = queries(CLIENT + code + "one({ t: 'a' }); one({ t: 'b', soft: true }); one({ t: 'c', ...more })")
    told = sorted((query.name or "", query.operation) for query in found)
    assert told == [("a", "delete"), ("b", "update"), ("c", "delete"), ("c", "update")]


def test_a_member_that_is_given_its_value_later() -> None:
    code = "function one(by) { const o = { t: 'a' }\nif (by) { o.soft = true }\n"
    code += "if (o.soft) supabase.from(o.t).delete() }\n"
    code += code.replace("one", "two").replace("if (o.soft) ", "if (o.soft) { ").replace(".delete()", ".update({}) }")
    found = queries(CLIENT + code + "one(1); two(2)")
    assert sorted((query.name or "", query.operation) for query in found) == [("a", "delete"), ("a", "update")]


def test_alternatives_are_marked() -> None:
    found = queries(CLIENT + "const t = x ? 'a' : 'b'; supabase.from(t).select()")
    assert [query.alternatives for query in found] == [True, True]
    assert not queries(CLIENT + "supabase.from('a').select()")[0].alternatives


def test_a_long_list_of_names_is_followed_whole() -> None:
    listed = [f"t{index}" for index in range(60)]
    found = queries(CLIENT + f"const all = {listed!r}\nfor (const one of all) supabase.from(one).select()")
    assert sorted(query.name or "" for query in found) == sorted(listed)


def test_a_loop_s_variable_hides_a_constant_of_the_same_name() -> None:
    found = queries(CLIENT + "const t = 'outer'\nfor (const t of rows()) supabase.from(t).select()")
    assert [query.name for query in found] == [None]


def test_what_is_assigned_to_a_payload_by_the_way_is_not_written_to_each_of_several_tables() -> None:
    code = """for (const t of ['a', 'b']) {
      const row: Record<string, unknown> = { id: 1 }
      if (t === 'a') row.title = 'x'
      await supabase.from(t).insert(row)
    }"""
    found = queries(CLIENT + code)
    assert [(query.name, [w.column for w in query.written], query.written_complete) for query in found] == [
        ("a", ["id"], False),
        ("b", ["id"], False),
    ]


def test_what_a_function_gives_to_a_payload_by_the_way_is_not_written_to_each_of_several_tables() -> None:
    code = """const TABLES: Record<string, string> = { pens: 'pens', inks: 'inks' }
    function made(kind: string, data: object) {
      const row: Record<string, unknown> = { shop: 1 }
      if (kind === 'inks') { row['colour'] = 'blue' }
      return row
    }
    async function load(kind: string, rows: object[]) {
      const records = rows.map((one) => made(kind, one))
      await supabase.from(TABLES[kind]).insert(records)
      await supabase.from('inks').insert(records)
    }"""
    found = queries(CLIENT + code)
    assert [(query.name, [w.column for w in query.written], query.written_complete) for query in found] == [
        ("inks", ["shop"], False),
        ("pens", ["shop"], False),
        ("inks", ["shop", "colour"], False),
    ]


def test_a_constant_of_another_file_through_a_barrel_and_an_alias() -> None:
    files = {
        "tsconfig.json": '{ // settings\n "compilerOptions": { "baseUrl": ".", '
        '"paths": { "#db": ["lib/db"], "#db/*": ["lib/db/*"] }, } }',
        "lib/db/names.ts": "export const TABLES = { users: 'users' } as const",
        "lib/db/index.ts": "export * from 'a-package'\nexport * from './names'",
        "lib/db/client.ts": CLIENT + "export default supabase",
        "app/page.ts": "import db from '#db/client'\nimport { TABLES as T } from '#db'\ndb.from(T.users).select()",
    }
    folded = fold(files)
    assert [(query.name, query.place.path, query.certain) for query in folded.queries] == [
        ("users", "app/page.ts", True)
    ]
    assert "lib/db/names.ts" in folded.asked_files


def test_a_package_of_the_workspace() -> None:
    files = {
        "packages/db/package.json": '{"name": "@acme/db", "exports": {"./*": "./src/*.ts"}}',
        "packages/db/src/client.ts": "import { createClient } from '@supabase/supabase-js'\n"
        "export function open() { return createClient('u', process.env.SUPABASE_SERVICE_ROLE_KEY) }",
        "apps/web/a.ts": "import { open } from '@acme/db/client'\nconst c = open()\nc.from('a').insert({ x: 1 })",
    }
    (found,) = queries(files)
    assert (found.name, found.operation, found.role) == ("a", "insert", "service_role")


def test_the_property_of_a_class_and_of_those_that_extend_it() -> None:
    base = """
import { SupabaseClient } from '@supabase/supabase-js'
export abstract class Repo {
  constructor(protected readonly sb: SupabaseClient, private table: string) {}
  all() { return this.sb.from(this.table).select('*') }
}
"""
    heirs = """
import { Repo } from './repo'
export class Users extends Repo { constructor(sb) { super(sb, 'users') } }
const posts = new Repo(client, 'posts')
"""
    assert names({"src/repo.ts": base, "src/heirs.ts": heirs}) == [("table", "users"), ("table", "posts")]


def test_a_property_that_subclasses_fill_in() -> None:
    code = """
abstract class Repo { abstract table: string; all() { return supabase.from(this.table).select() } }
class Users extends Repo { table = 'users' }
class Posts extends Repo { readonly table = 'posts' }
"""
    assert {name for _, name in names(CLIENT + code)} == {"users", "posts"}


def test_the_place_is_the_literal_at_the_call() -> None:
    code = CLIENT + "/* é */ function list(t: string) { return supabase.from(t).select() }\nlist('users')"
    (found,) = queries(code)
    assert code.encode()[found.place.start : found.place.end] == b"users"
    assert code.encode()[found.call.start : found.call.end] == b"list('users')"


def test_a_name_that_stays_dynamic_is_a_notice() -> None:
    folded = fold({"src/a.ts": CLIENT + "supabase.from(request.body.table).select()"})
    (found,) = folded.queries
    assert found.name is None
    assert found.reason is not None
    assert [(path, problem.kind) for path, problem in folded.problems] == [("src/a.ts", "unresolved")]
    assert folded.calls == {"unresolved": 1}


def test_cycles_end() -> None:
    files = {
        "a.ts": "export * from './b'\nexport const a = b\nimport { b } from './b'",
        "b.ts": "export * from './a'\nimport { a } from './a'\nexport const b = a\n"
        "let x = { ...x }\nfunction f(t) { return f(t) }\nf(x).from(x.y.z).select()",
    }
    fold(files)


def test_modules_that_import_from_each_other_in_a_circle() -> None:
    files = {
        "src/a.ts": "import { db, Db } from './b'\nexport { db, Db }\n",
        "src/b.ts": "import { db, Db } from './a'\nexport { db, Db }\n",
        "src/c.ts": "import { db } from './a'\ndb.from('orders').select()\n",
        "src/d.ts": "import { Db } from './a'\nexport const read = (db: Db) => db.from('items').select()\n",
    }
    assert names(files) == [("table", "orders"), ("table", "items")]


@pytest.mark.parametrize(
    ("base", "heir"),
    [
        ("  protected abstract table: string\n", "  protected readonly table = 'users'\n"),
        ("  abstract get table(): string\n", "  get table() { return 'users' }\n"),
    ],
)
def test_a_property_that_subclasses_in_files_without_calls_fill_in(base: str, heir: str) -> None:
    repo = (
        f"{CLIENT}export abstract class Repo<T> {{\n{base}  all() {{ return supabase.from(this.table).select() }}\n}}\n"
    )
    users = f"import {{ Repo }} from './base'\nexport class Users extends Repo<User> {{\n{heir}}}\n"
    assert names({"src/base.ts": repo, "src/users.ts": users}) == [("table", "users")]


def test_a_property_that_subclasses_fill_in_in_other_languages() -> None:
    dart = (
        "import 'package:supabase_flutter/supabase_flutter.dart';\nfinal db = Supabase.instance.client;\n"
        "abstract class Repo { String get table; Future all() async => await db.from(table).select(); }\n"
    )
    users = "import 'repo.dart';\nclass Users extends Repo { @override String get table => 'users'; }\n"
    assert names({"lib/repo.dart": dart, "lib/users.dart": users}) == [("table", "users")]
    python = (
        "from supabase import create_client\ndb = create_client(u, k)\nclass Repo:\n    table: str\n"
        "    def all(self):\n        return db.table(self.table).select('*').execute()\n"
    )
    users = "from repo import Repo\nclass Users(Repo):\n    table = 'users'\n"
    assert names({"repo.py": python, "users.py": users}) == [("table", "users")]


def test_a_static_constant_of_a_type_in_swift() -> None:
    code = (
        'import Supabase\nstruct Files {\n  let client: SupabaseClient\n  private static let table = "files"\n'
        '  func all() async throws { try await client.from(Self.table).select("id").execute() }\n}\n'
    )
    assert names({"App/Files.swift": code}) == [("table", "files")]
