"""The receiver decides whether a call is one of the database, not the word."""

from __future__ import annotations

import pytest

from code_project import CLIENT, fold, names, queries

OTHERS = [
    "Array.from('abc')",
    "Buffer.from('a', 'base64')",
    "Uint8Array.from([1, 2])",
    "import { from } from 'rxjs'\nObservable.from('x')",
    "import knex from 'knex'\nconst db = knex({})\ndb.select('*').from('users').where('id', 1)",
    "import { db } from './drizzle'\ndb.select().from(users)",
    "import { drizzle } from 'drizzle-orm/node-postgres'\nconst d = drizzle(u)\nawait d.select().from(users).limit(1)",
    "import { Kysely } from 'kysely'\nconst db = new Kysely<DB>({})\ndb.from('x').innerJoin('y', 'a', 'b')",
    "import gsap from 'gsap'\ngsap.from('.box', { x: 1 })",
    "console.table('x')",
    "const t = pgSchema('app').table('users', {})",
    "import _ from 'lodash'\n_.from('x')",
    "moment.from('x')",
    "class Builder { from(t) { return this } select(s) { return this } }\nnew Builder().from('x').select('y')",
    "function f(builder) { builder.from('x', 'alias') }",
]


def asked(files: dict[str, str]) -> list[tuple[str | None, list[str]]]:
    """Return the tables that are selected from, with the columns."""
    return sorted((q.name, [field.name for field in q.select.fields]) for q in queries(files) if q.select is not None)


def test_a_call_by_a_parameter_of_any_type_is_the_callers_client() -> None:
    asking = "async function add(admin: any, who: string) { await admin.rpc('add_tokens', { who }) }\n"
    for more, certain in (("", False), ("add(supabase, 'x')", True)):
        (query,) = queries(CLIENT + asking + more)
        assert (query.name, query.certain) == ("add_tokens", certain)


@pytest.mark.parametrize("annotation", ["Any", "typing.Any", "object", "Optional[Any]"])
def test_a_parameter_of_which_python_says_nothing(annotation: str) -> None:
    code = f"import typing\nfrom typing import Any, Optional\ndef f(db_client: {annotation}):\n    %s\n"
    (query,) = queries(code % "db_client.table('notes').insert({'body': 1}).execute()", ".py")
    assert (query.name, query.certain) == ("notes", True)


@pytest.mark.parametrize("code", OTHERS)
def test_another_library(code: str) -> None:
    folded = fold({"src/a.ts": code})
    assert folded.queries == ()
    assert set(folded.calls) == {"other library"}


@pytest.mark.parametrize(
    "code",
    [
        "import { createClient } from '@supabase/supabase-js'\nconst db = createClient(u, k)\ndb.from('t')",
        "import { createClient as make } from '@supabase/supabase-js'\nconst c = make(u, k)\nc.from('t').select()",
        "import * as sb from '@supabase/supabase-js'\nsb.createClient(u, k).from('t').delete().eq('id', 1)",
        "import { createClient } from 'https://esm.sh/@supabase/supabase-js@2.39.0'\ncreateClient(u, k).from('t')",
        "import { createClient } from 'npm:@supabase/supabase-js@2'\nconst admin = createClient(u, k)\nadmin.from('t')",
        "const { createClient } = require('@supabase/supabase-js')\nconst x = createClient(u, k)\nx.from('t')",
        "import * as s from '@supabase/ssr'\nconst open = () => s.createServerClient(u, k)\n(await open()).from('t')",
        "import { PostgrestClient } from '@supabase/postgrest-js'\nconst x = new PostgrestClient(u)\nx.from('t')",
        "import type { SupabaseClient } from '@supabase/supabase-js'\nfunction f(x: SupabaseClient) { x.from('t') }",
        "import { SupabaseClient as S } from '@supabase/supabase-js'\ntype C = S<D>\nconst f = (x: C) => x.from('t')",
        "interface Props { x: SupabaseClient }\nfunction f({ x }: Props) { x.from('t') }",
        "function f(options: { x: SupabaseClient }) { options.x.from('t') }",
        "const { x } = useHook()\nfunction useHook() { const x = useSupabaseClient(); return { x, y } }\nx.from('t')",
        "export async function load({ locals: { supabase } }) { return supabase.from('t').select() }",
        "export const GET = async (event) => event.locals.supabase.from('t').select()",
        "function f(req) { return req.supabase.from('t').select() }",
        "function f(c) { return c.from('t').select('id').eq('id', 1).single() }",
        "class A { private x: SupabaseClient; f() { return this.x.from('t') } }",
        "class A { constructor() { this.x = useSupabaseClient() }\n f() { return this.x.from('t') } }",
        "let x: any = null\nexport function get() { if (!x) x = useSupabaseClient(); return x }\nget().from('t')",
        "const x = useMemo(() => useSupabaseClient(), [])\nx.from('t')",
    ],
)
def test_a_client_under_any_name(code: str) -> None:
    folded = fold({"src/a.ts": code})
    assert [(query.kind, query.name, query.certain) for query in folded.queries] == [("table", "t", True)]
    assert folded.calls == {"table": 1}


DEPENDENCIES = """
from typing import Annotated, Optional, Union
from fastapi import Depends
from supabase import AsyncClient

async def opened() -> AsyncClient:
    return state.opened

Injected = Annotated["AsyncClient", Depends(opened)]
"""


@pytest.mark.parametrize(
    "annotation",
    [
        "Injected",
        "Annotated[AsyncClient, Depends(opened)]",
        "typing.Annotated['AsyncClient', Depends(opened)]",
        "Optional[AsyncClient]",
        "'AsyncClient | None'",
        "Union[AsyncClient, None]",
        "Optional[Injected]",
    ],
)
def test_a_client_that_an_annotation_of_python_names(annotation: str) -> None:
    route = "from .parts import *\nfrom .parts import Injected\n"
    route += f"async def read(it: {annotation}):\n    return await it.table('t').upsert(row).execute()\n"
    folded = fold({"app/parts.py": DEPENDENCIES, "app/routes.py": route})
    assert [(query.kind, query.name, query.certain) for query in folded.queries] == [("table", "t", True)]
    assert folded.calls == {"table": 1}


def test_what_else_an_annotation_of_python_names_is_no_client() -> None:
    code = "def read(it: Annotated[Catalogue, Depends(opened)]):\n    it.table('t')\n"
    folded = fold({"app/parts.py": DEPENDENCIES, "app/routes.py": "from .shelves import Catalogue\n" + code})
    assert folded.queries == ()


def test_storage_functions_channels_and_schemas() -> None:
    code = (
        CLIENT
        + """
supabase.storage.from('avatars').upload(path, file)
const { storage } = supabase
storage.from('docs').list()
supabase.rpc('match_posts', { query: q, limit: 3 })
supabase.functions.invoke('send-mail', { body: {} })
supabase.functions.invoke(`reports/${id}`)
supabase.channel('x').on('postgres_changes',
  { event: '*', schema: 'app', table: 'jobs', filter: 'owner=eq.1' }, run).subscribe()
supabase.schema('audit').from('events').select()
"""
    )
    found = queries(code)
    assert [(query.kind, query.name, query.operation, query.schema) for query in found] == [
        ("bucket", "avatars", "upload", None),
        ("bucket", "docs", "select", None),
        ("function", "match_posts", "call", None),
        ("edge-function", "send-mail", "call", None),
        ("edge-function", "reports", "call", None),
        ("channel", "jobs", "subscribe", "app"),
        ("table", "events", "select", "audit"),
    ]
    assert [argument.name for argument in found[2].arguments] == ["query", "limit"]
    assert [(term.column, term.operator) for term in found[5].filters] == [("owner", "eq")]


def test_the_default_schema_of_a_client() -> None:
    code = "import { createClient } from '@supabase/supabase-js'\n"
    code += "const c = createClient(u, k, { db: { schema: 'app' } })\n"
    assert queries(code + "c.from('t').select()")[0].schema == "app"


@pytest.mark.parametrize(
    "arguments, role",
    [
        ("url, process.env.SUPABASE_SERVICE_ROLE_KEY!", "service_role"),
        ("url, Deno.env.get('SUPABASE_SERVICE_ROLE_KEY') ?? ''", "service_role"),
        ("url, serviceKey", "service_role"),
        ("url, import.meta.env.VITE_SUPABASE_ANON_KEY", "anon"),
        ("url, key", None),
        ("url, admin ? process.env.SERVICE_ROLE_KEY : process.env.ANON_KEY", None),
    ],
)
def test_the_role_that_a_key_gives(arguments: str, role: str | None) -> None:
    code = f"import {{ createClient }} from '@supabase/supabase-js'\ncreateClient({arguments}).from('t').select()"
    assert queries(code)[0].role == role


@pytest.mark.parametrize(
    "module",
    [
        "https://cdn.jsdelivr.net/npm/@supabase/supabase-js@2.1.0/+esm",
        "https://cdn.jsdelivr.net/npm/@supabase/supabase-js@2/dist/module/index.js",
        "https://ga.jspm.io/npm:@supabase/supabase-js@2.1.0/dist/module/index.js",
        "https://esm.sh/@supabase/supabase-js@2?target=deno",
    ],
)
def test_a_client_of_a_package_that_a_network_hands_out(module: str) -> None:
    code = f"import {{ createClient }} from '{module}'\nconst db = createClient(u, ANON_KEY)\ndb.from('t').select()"
    assert [(query.name, query.role) for query in queries(code, ".js")] == [("t", "anon")]


@pytest.mark.parametrize(
    "made",
    [
        "const db = supabase.createClient(URL_OF_IT, SUPABASE_ANON_KEY)",
        "const db = window.supabase.createClient(URL_OF_IT, SUPABASE_ANON_KEY)",
        "const { createClient } = supabase\nconst db = createClient(URL_OF_IT, SUPABASE_ANON_KEY)",
        "const { createClient } = window.supabase\nlet db\ndb = createClient(URL_OF_IT, SUPABASE_ANON_KEY)",
        "const db = supabase.createClient(URL_OF_IT, 'sb_publishable_a1b2')",
    ],
)
def test_the_role_of_a_client_from_the_global_of_a_classic_script(made: str) -> None:
    assert [(query.name, query.role) for query in queries(f"{made}\ndb.from('t').select('id')")] == [("t", "anon")]


def test_a_client_that_another_script_of_the_page_makes() -> None:
    made = "const sb = supabase.createClient(ADDRESS, SUPABASE_ANON_KEY)\nsb.from('here').select()\n"
    other = made.replace("SUPABASE_ANON_KEY", "SERVICE_ROLE_KEY")
    asks = "async function f() { await sb.from('t').select('id') }\n"
    near = {"site/js/config.js": made, "tools/load.js": other, "site/js/app.js": asks, "site/index.html": ""}
    assert [query.role for query in queries(near) if query.name == "t"] == ["anon"]
    unsure = {"a/config.js": made, "b/config.js": other, "js/app.js": asks}
    assert [query.role for query in queries(unsure) if query.name == "t"] == [None]
    named = {"js/config.js": made.replace("sb", "supabase"), "b.js": "supabase.createClient(a, b).from('t').select()"}
    assert [query.role for query in queries(named) if query.name == "t"] == [None]


@pytest.mark.parametrize(
    "taken, role",
    [
        ("const db = failed ? user() : admin()", None),
        ("let db: User; try { db = admin() as User } catch { throw 0 }", "service_role"),
        ("const db = failed ? admin() : admin()", "service_role"),
        ("const db = failed ? user() : user()", "authenticated"),
        ("const { db } = failed ? { error: 'x' } : { db: user() }", "authenticated"),
        ("const { db } = failed ? { ...rest } : { db: user() }", None),
    ],
)
def test_the_role_of_what_may_be_one_of_two_clients(taken: str, role: str | None) -> None:
    clients = (
        "import { createClient } from '@supabase/supabase-js'\nimport { createServerClient } from '@supabase/ssr'\n"
        "export function user() { return createServerClient(url, anonKey, { cookies }) }\n"
        "export function admin() { return createClient(url, process.env.SUPABASE_SERVICE_ROLE_KEY) }\n"
    )
    typed = "import { user, admin } from './clients'\ntype User = ReturnType<typeof user>\n"
    code = f"{typed}{taken}\ndb.from('t').select()"
    (found,) = queries({"src/clients.ts": clients, "src/a.ts": code})
    assert found.role == role


def test_the_client_that_a_hook_puts_into_locals() -> None:
    hook = """import { createServerClient } from '@supabase/ssr'
import { createClient } from '@supabase/supabase-js'
export const handle = async ({ event, resolve }) => {
  event.locals.supabase = createServerClient(url, PUBLIC_ANON_KEY, { cookies: event.cookies })
  event.locals.admin = createClient(url, SUPABASE_SERVICE_ROLE_KEY)
  return resolve(event)
}
"""
    routes = """export const load = async ({ locals: { supabase } }) => supabase.from('a').select('id')
export const actions = { add: async ({ locals }) => locals.supabase.from('b').insert({ id: 1 }) }
export const GET = async (event) => event.locals.admin.from('c').select('id')
export const POST = async ({ locals: { other } }) => other.from('d').select('id')
"""
    found = queries({"web/src/hooks.server.ts": hook, "web/src/routes/+page.server.ts": routes})
    roles = {query.name: query.role for query in found}
    assert roles == {"a": "authenticated", "b": "authenticated", "c": "service_role", "d": None}
    elsewhere = queries({"web/src/hooks.server.ts": hook, "shop/src/routes/+page.server.ts": routes})
    assert {query.role for query in elsewhere} == {None}
    second = hook.replace("PUBLIC_ANON_KEY, {", "SUPABASE_SERVICE_ROLE_KEY, {")
    both = {"web/src/hooks.server.ts": hook, "web/src/middleware.ts": second, "web/src/a.ts": routes}
    assert {query.role for query in queries(both) if query.name == "a"} == {None}


def test_the_client_of_a_service_that_angular_injects() -> None:
    service = """import { createClient, SupabaseClient } from '@supabase/supabase-js'
export class Storing {
  private held: SupabaseClient
  constructor() { this.held = createClient('u', env.SUPABASE_ANON_KEY) }
  get db(): SupabaseClient { return this.held }
}
"""
    asker = """import { inject } from '@angular/core'
import { Storing } from './storing'
export class Notes {
  private handle = inject(Storing).db
  private storing = inject(Storing)
  count() { return this.handle.rpc('counted', { of: 1 }) }
  all() { return this.storing.db.from('notes').select('id') }
}
"""
    found = queries({"src/app/storing.ts": service, "src/app/notes.ts": asker})
    assert [(query.name, query.role) for query in found] == [("counted", "anon"), ("notes", "anon")]


def test_a_client_that_a_proxy_makes_when_it_is_first_used() -> None:
    code = """import { createClient } from '@supabase/supabase-js'
function make() { return createClient('u', process.env.SUPABASE_PUBLISHABLE_KEY) }
let made: ReturnType<typeof make> | undefined
export const db = new Proxy({} as ReturnType<typeof make>, {
  get(_, name, receiver) { made ??= make(); return Reflect.get(made, name, receiver) },
})
"""
    files = {"src/client.ts": code, "src/a.ts": "import { db } from './client'\nawait db.from('t').select()\n"}
    assert [(query.name, query.role) for query in queries(files)] == [("t", "anon")]


def test_every_textual_call_is_counted_once() -> None:
    code = (
        CLIENT
        + """
// supabase.from('commented')
const text = "supabase.from('quoted')"
supabase.from('t').select()
run(() => { supabase.from('u').select() }, supabase.rpc('f'))
Array.from(x); supabase.storage.from('b')
"""
    )
    folded = fold({"src/a.ts": code})
    assert folded.calls == {
        "bucket": 1,
        "comment or string": 2,
        "function": 1,
        "other library": 1,
        "table": 2,
    }


@pytest.mark.parametrize(
    "path", ["a/__tests__/x.ts", "x.spec.tsx", "e2e/x.ts", "cypress/x.js", "a/tests/x.ts", "x.stories.tsx"]
)
def test_test_code_is_known_by_its_path(path: str) -> None:
    assert queries({path: CLIENT + "supabase.from('t').select()"})[0].test


@pytest.mark.parametrize(
    "suffix, head, tail",
    [
        (".vue", '<template><p @click="x">é</p></template>\n<script setup lang="ts">\n', "</script>"),
        (".svelte", '<script lang="ts">\n', "</script>\n<h1>é</h1>"),
        (".astro", "---\n", "---\n<h1>é</h1>"),
        (".jsx", "const A = () => <b>é</b>\n", ""),
    ],
)
def test_script_blocks_keep_their_offsets(suffix: str, head: str, tail: str) -> None:
    text = head + CLIENT + "const { data } = await supabase.from('users').select()\n" + tail
    (found,) = queries(text, suffix)
    assert text.encode()[found.place.start : found.place.end] == b"users"


def test_mocks_and_strings_are_no_uses() -> None:
    assert names({"src/a.ts": "const doc = `\nsupabase.from('x').select()\n`"}) == []


MADE_FOR_A_SCHEMA = {
    ".py": "from supabase import create_client, ClientOptions\nopts = ClientOptions(schema='app')\n"
    "db = create_client(u, k, options=opts)\ndb.table('t').select('id')\n",
    ".dart": "import 'package:supabase_flutter/supabase_flutter.dart';\nvoid f() async {\n"
    "final db = SupabaseClient(u, k, postgrestOptions: const PostgrestClientOptions(schema: 'app'));\n"
    "await db.from('t').select('id');\n}\n",
    ".swift": "import Supabase\nlet db = SupabaseClient(supabaseURL: u, supabaseKey: k, "
    'options: .init(db: .init(schema: "app")))\n'
    'func f() async throws { try await db.from("t").select("id").execute() }\n',
    ".kt": "import io.github.jan.supabase.createSupabaseClient\n"
    'val db = createSupabaseClient(u, k) { install(Postgrest) { defaultSchema = "app" } }\n'
    'suspend fun f() { db.from("t").select() }\n',
    ".go": 'package main\nimport "github.com/supabase-community/supabase-go"\nfunc f() {\n'
    'db, _ := supabase.NewClient(u, k, &supabase.ClientOptions{Schema: "app"})\n'
    'db.From("t").Select("id", "", false).Execute()\n}\n',
}


@pytest.mark.parametrize("suffix", MADE_FOR_A_SCHEMA)
def test_the_default_schema_of_a_client_in_each_language(suffix: str) -> None:
    assert [(q.name, q.schema) for q in queries(MADE_FOR_A_SCHEMA[suffix], suffix)] == [("t", "app")]


@pytest.mark.parametrize(
    "other, schema", [("create_client(u, k)", None), ("create_client(u, k, Options(schema='b'))", "*")]
)
def test_of_clients_for_several_schemas_the_default_one_counts(other: str, schema: str | None) -> None:
    code = "from supabase import create_client, ClientOptions as Options\n"
    code += "class Repo:\n  def __init__(self, testing):\n    if testing:\n"
    code += f"      self.db = create_client(u, k, Options(schema='app'))\n    else:\n      self.db = {other}\n"
    code += "  def read(self):\n    return self.db.table('t').select('id').execute()\n"
    assert [q.schema for q in queries(code, ".py")] == [schema]


def test_a_schema_is_an_argument_of_its_own_in_go_and_an_index_in_kotlin() -> None:
    code = 'package main\nimport "github.com/supabase-community/postgrest-go"\nfunc f() {\n'
    code += 'db := postgrest.NewClient(u, "app", nil)\ndb.From("t").Select("id", "", false).Execute()\n}\n'
    assert [(q.name, q.schema) for q in queries(code, ".go")] == [("t", "app")]
    code = "import io.github.jan.supabase.createSupabaseClient\nval db = createSupabaseClient(u, k) {}\n"
    code += 'suspend fun f() { db.postgrest["app", "t"].select() }\n'
    assert [(q.name, q.schema) for q in queries(code, ".kt")] == [("t", "app")]


def test_a_client_that_is_handed_in_is_made_as_all_of_its_language_are() -> None:
    handed = "import type { SupabaseClient } from '@supabase/supabase-js'\n"
    handed += "export const read = (db: SupabaseClient) => db.from('t').select('id')\n"
    made = "import { createClient } from '@supabase/supabase-js'\n"
    files = {"src/a.ts": handed, "src/b.ts": made + "createClient(u, k, { db: { schema: 'app' } })\n"}
    assert [q.schema for q in queries(files)] == ["app"]
    assert [q.schema for q in queries(files | {"src/c.ts": made + "createClient(u, k)\n"})] == [None]
    main = "void main() async { await Supabase.initialize(url: u, "
    main += "postgrestOptions: const PostgrestClientOptions(schema: 'app')); }\n"
    held = "final db = Supabase.instance.client;\nvoid f() async { await db.from('t').select('id'); }\n"
    assert [q.schema for q in queries({"lib/main.dart": main, "lib/held.dart": held})] == ["app"]


@pytest.mark.parametrize(
    ("returned", "called", "certain"),
    [
        (": SupabaseClient<Database>", "store", True),
        (": Cache", "store", False),
        ("", "store", False),
        ("", "supabase", True),
    ],
)
def test_what_a_package_gives_is_the_client_that_it_is_said_to_be(returned: str, called: str, certain: bool) -> None:
    files = {
        "src/lib/db.ts": "import { getContext } from 'svelte'\n"
        "import type { SupabaseClient } from '@supabase/supabase-js'\n"
        f"export function getDb(){returned} {{ return getContext('db') }}\n",
        "src/a.ts": f"import {{ getDb }} from './lib/db'\nconst {called} = getDb()\n"
        f"await {called}.from('orders').update({{ paid: true }}).eq('id', 1)\n",
    }
    (query,) = queries(files)
    assert (query.name, query.certain) == ("orders", certain)


@pytest.mark.parametrize(
    ("given", "certain"),
    [
        ("import { createContext, useContext as got } from 'react'\nconst held = createContext(null)\n", True),
        ("import { inject as got } from 'vue'\nconst held = Symbol()\n", True),
        ("import { useQuery as got } from 'some-database'\nconst held = 1\n", False),
    ],
)
def test_a_client_that_a_context_hands_on(given: str, certain: bool) -> None:
    (query,) = queries(f"{given}const supabase = got(held)\nsupabase.from('notes').select('id')\n")
    assert query.certain is certain


@pytest.mark.parametrize(
    ("suffix", "code"),
    [
        (
            ".dart",
            (
                "import 'package:supabase_flutter/supabase_flutter.dart';\nextension Asking on SupabaseClient {\n"
                "  Future<void> jobs() => from('jobs').select('id');\n  Future<void> sum() => rpc('sum');\n}\n"
                "extension on List<int> { void f() => from('nothing').select('x'); }\n"
            ),
        ),
        (
            ".swift",
            (
                'import Supabase\nextension SupabaseClient {\n  func jobs() { from("jobs").select("id") }\n'
                '  func sum() { self.rpc("sum") }\n}\nextension Array { func f() { from("nothing") } }\n'
            ),
        ),
        (
            ".kt",
            (
                "import io.github.jan.supabase.SupabaseClient\n"
                'suspend fun SupabaseClient.jobs() = from("jobs").select(Columns.list("id"))\n'
                'suspend fun SupabaseClient.sum() = this.rpc("sum")\nfun List<Int>.f() = from("nothing").select()\n'
            ),
        ),
    ],
)
def test_what_extends_the_client_asks_by_it(suffix: str, code: str) -> None:
    told = queries(code, suffix)
    assert [(query.kind, query.name, query.certain) for query in told] == [
        ("table", "jobs", True),
        ("function", "sum", True),
    ]


@pytest.mark.parametrize(
    ("home", "export", "asker", "role"),
    [
        ("composables/data.ts", "export const useData = () =>", "pages/index.vue", "anon"),
        ("app/composables/useData.ts", "export default () =>", "app/pages/index.vue", "anon"),
        ("server/utils/data.ts", "export const useData = () =>", "server/api/a.ts", "anon"),
        ("server/utils/data.ts", "export const useData = () =>", "pages/index.vue", None),
        ("lib/data.ts", "export const useData = () =>", "pages/index.vue", None),
    ],
)
def test_what_nuxt_imports_by_itself(home: str, export: str, asker: str, role: str | None) -> None:
    client = f"import {{ createClient }} from '@supabase/supabase-js'\n{export} createClient(url, config.anonKey)\n"
    code = "const { data } = await useData().from('notes').select('id')\n"
    vue = f"<script setup lang='ts'>\n{code}</script>\n" if asker.endswith(".vue") else code
    files = {"web/nuxt.config.ts": "export default {}\n", f"web/{home}": client, f"web/{asker}": vue}
    assert [query.role for query in fold(files).queries] == [role]
    del files["web/nuxt.config.ts"]
    assert [query.role for query in fold(files).queries] == [None]


def test_of_the_tables_that_a_type_allows_those_that_callers_give_are_asked() -> None:
    shop = (
        f"{CLIENT}export class Shop {{\n  async all(table: 'pens' | 'inks' | 'nibs') {{\n"
        "    if (table === 'nibs') return supabase.from(table).select('size')\n"
        "    return supabase.from(table).select('colour')\n  }\n}\n"
    )
    front = (
        "import { Shop } from './shop'\nexport class Front {\n  shop: Shop\n"
        "  constructor() { this.shop = new Shop() }\n"
        "  all(table: 'pens' | 'inks' | 'nibs') { return this.shop.all(table) }\n"
        "  open() { this.all('inks'); this.all('nibs') }\n}\n"
    )
    assert asked({"src/shop.ts": shop}) == [("inks", ["colour"]), ("nibs", ["size"]), ("pens", ["colour"])]
    assert asked({"src/shop.ts": shop, "src/front.ts": front}) == [("inks", ["colour"]), ("nibs", ["size"])]


@pytest.mark.parametrize(
    "body",
    [
        "if (table === 'nibs') return supabase\n  .from(table)\n  .select('size')\n$",
        "if (table === 'nibs') return run(() => {\n  return supabase.from(table).select('size') })\n$",
        "if (table === 'nibs') { return supabase.from(table).select('size') }\n$",
        "if (table !== 'nibs') { $ }\nconst held = supabase.from(table).select('size')",
        "if (table !== 'nibs') return $; const held = supabase.from(table).select('size')",
    ],
)
def test_what_a_branch_gives_back_is_asked_of_what_its_condition_says(body: str) -> None:
    other = "return supabase.from(table).select('colour')"
    body = body.replace("$", other if "return $" not in body else other.removeprefix("return "))
    code = f"{CLIENT}export async function all(table: 'pens' | 'nibs') {{\n{body}\n}}\n"
    assert asked({"src/a.ts": code}) == [("nibs", ["size"]), ("pens", ["colour"])]
