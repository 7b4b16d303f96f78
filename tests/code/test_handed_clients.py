"""The key of a client that functions are handed is what all of their callers know of it."""

from __future__ import annotations

import pytest

from code_project import fold, queries

CLIENTS = (
    "import { createClient, type SupabaseClient } from '@supabase/supabase-js'\n"
    "import { createServerClient } from '@supabase/ssr'\n"
    "export const user = () => createServerClient(url, anonKey, { cookies })\n"
    "export const admin = () => createClient(url, process.env.SUPABASE_SERVICE_ROLE_KEY)\n"
)
DATA = "import type { SupabaseClient } from '@supabase/supabase-js'\n"
CALLER = "import { user, admin } from './clients'\nimport { rows } from './data'\n"


def role(data: str, *callers: str) -> str | None:
    """Return the role of the one query of `data`, whose function `rows` is called in each of some files."""
    files = {f"src/page{number}.ts": CALLER + text for number, text in enumerate(callers)}
    found = [
        one for one in queries({"src/clients.ts": CLIENTS, "src/data.ts": DATA + data, **files}) if one.name == "t"
    ]
    (known,) = {one.role for one in found}
    return known


ROWS = "export const rows = (db: SupabaseClient, id: string) => db.from('t').select('id').eq('id', id)\n"


@pytest.mark.parametrize(
    ("callers", "expected"),
    [
        (["rows(user(), id)"], "authenticated"),
        (["rows(admin(), id)", "const db = admin(); rows(db, id)"], "service_role"),
        (["rows(user(), id)", "rows(admin(), id)"], None),
        (["rows(user(), id)", "rows(given, id)"], None),
        (["const db = lazy ? null : user(); rows(db, id)"], "authenticated"),
        (["const each = (db: SupabaseClient) => rows(db, 1)\neach(user()); each(user())"], "authenticated"),
        ([], None),
    ],
)
def test_the_role_of_a_client_that_a_function_is_handed(callers: list[str], expected: str | None) -> None:
    types = "import type { SupabaseClient } from '@supabase/supabase-js'\n"
    assert role(ROWS, *(types + one if "SupabaseClient" in one else one for one in callers)) == expected


@pytest.mark.parametrize(
    ("data", "call"),
    [
        ("export const rows = (supabase) => supabase.from('t').select()", "rows(admin())"),
        (
            "export const rows = ({ db, id }: { db: SupabaseClient; id: string }) => db.from('t').select()",
            "rows({ db: admin() })",
        ),
        (
            "type Of = { db: SupabaseClient }\nexport const rows = (of: Of) => of.db.from('t').select()",
            "rows({ db: admin() })",
        ),
        ("export const rows = (p: { supabase: any }) => p.supabase.from('t').select()", "rows({ supabase: admin() })"),
        ("export class rows { constructor(private db: SupabaseClient) {}\n$ }", "new rows(admin())"),
        (
            "export class rows { db: SupabaseClient\n constructor(db: SupabaseClient) { this.db = db }\n$ }",
            "new rows(admin())",
        ),
        ("export async function rows(db: SupabaseClient) { if (n()) await rows(db)\n~ }", "rows(admin())"),
        ("export async function rows(db: SupabaseClient) { ~ }", "rows(await admin(), id)"),
    ],
)
def test_the_ways_in_which_a_client_is_handed(data: str, call: str) -> None:
    data = data.replace("$", "all() { return this.db.from('t').select() }").replace("~", "return db.from('t').select()")
    assert role(data, call) == "service_role"
    assert role(data, call, call.replace("admin", "user")) is None


def test_tests_tell_nothing_of_the_client_that_a_function_is_handed() -> None:
    files = {"src/clients.ts": CLIENTS, "src/data.ts": DATA + ROWS, "src/a.ts": CALLER + "rows(user(), id)"}
    tested = files | {"src/data.test.ts": CALLER + "rows(admin(), id)"}
    assert [one.role for one in fold(tested).queries if not one.test] == ["authenticated"]


@pytest.mark.parametrize(
    "trap",
    [
        "get(_, key) { return (made() as any)[key] }",
        "get: (_, key, self) => Reflect.get(made(), key, self)",
        "get(_, key) { const db = made(); const value = Reflect.get(db, key, db)\n return value.bind(db) }",
        "get(_, key) { if (!held) { held = made() }\n return held[key] }",
    ],
)
@pytest.mark.parametrize(
    "made",
    [
        "function made() { held ??= createClient(url, process.env.ANON_KEY); return held }",
        "const made = () => (held ||= createClient(url, process.env.ANON_KEY))",
        "function made() { if (!held) held = createClient(url, process.env.ANON_KEY)\n return held }",
    ],
)
def test_a_proxy_is_the_client_that_it_makes_at_the_first_use(trap: str, made: str) -> None:
    head = "import { createClient, type SupabaseClient } from '@supabase/supabase-js'\n"
    code = f"{head}let held: SupabaseClient | null = null\n{made}\n"
    code += f"export const db = new Proxy({{}} as SupabaseClient, {{ {trap} }})\n"
    asks = "import { db } from './db'\nexport const rows = () => db.from('t').select()\n"
    assert [one.role for one in queries({"src/db.ts": code, "src/a.ts": asks})] == ["anon"]


def test_a_field_that_is_filled_at_the_first_use() -> None:
    head = "import { createClient, type SupabaseClient } from '@supabase/supabase-js'\n"
    code = head + "class Data { private held?: SupabaseClient\n"
    code += "  rows() { this.held ??= createClient(url, process.env.ANON_KEY)\n"
    code += "    return this.held.from('t').select() } }\n"
    assert [one.role for one in queries(code)] == ["anon"]
