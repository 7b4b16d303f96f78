"""An application may ask several projects of the platform: only one of them is the database that is audited."""

from __future__ import annotations

from pathlib import Path

import pytest

from tripoint.audit import audit_folder
from tripoint.model.audit import Audit

OWN = """import { createClient } from '@supabase/supabase-js'
export const own = createClient(process.env.NEXT_PUBLIC_SUPABASE_URL!, process.env.NEXT_PUBLIC_SUPABASE_ANON_KEY!)
await own.from('orders').select('id, totl')
"""


def audited(root: Path, files: dict[str, str]) -> Audit:
    made = {"supabase/migrations/1_all.sql": "create table orders (id int primary key); create table people (id int);"}
    for path, text in {**made, "src/own.ts": OWN, **files}.items():
        (root / path).parent.mkdir(parents=True, exist_ok=True)
        (root / path).write_text(text)
    return audit_folder(root)


def told(audit: Audit) -> list[str]:
    return sorted(
        f.subject for f in audit.findings if f.rule in ("missing-table", "missing-column", "missing-function")
    )


@pytest.mark.parametrize(
    "made",
    [
        "createClient(process.env.WAREHOUSE_SUPABASE_URL || process.env.STOCK_URL || '', process.env.STOCK_KEY!)",
        "createClient(url, key); const url = process.env.SUPABASE_WAREHOUSE_URL ?? 'https://placeholder.supabase.co'",
        "createClient('https://abcdefghijklmnopqrst.supabase.co', key)",
    ],
)
def test_what_is_asked_of_another_project_is_said_and_held_against_nothing(tmp_path: Path, made: str) -> None:
    audit = audited(
        tmp_path,
        {
            "src/stock.ts": f"import {{ createClient }} from '@supabase/supabase-js'\nexport const stock = {made}\n",
            "src/page.ts": "import { stock } from './stock'\n"
            "await stock.from('shelves').select('id')\nawait stock.rpc('count_shelves')\n",
        },
    )
    assert told(audit) == ["public.orders.totl"]
    (notice,) = [n for n in audit.notices if "its client speaks to" in n.reason]
    assert notice.spot is not None
    assert (notice.spot.path, notice.spot.line) == ("src/page.ts", 2)
    assert "this database lacks 2 of the 2 tables and functions that are asked for there" in notice.reason


def test_requests_by_address_of_another_project(tmp_path: Path) -> None:
    code = (
        "const url = process.env.STOCK_SUPABASE_URL\n"
        "const headers = { apikey: process.env.STOCK_KEY }\n"
        "await fetch(`${url}/rest/v1/shelves?select=id`, { headers })\n"
    )
    audit = audited(tmp_path, {"src/stock.ts": code})
    assert told(audit) == ["public.orders.totl"]
    assert any("its client speaks to STOCK_SUPABASE_URL" in notice.reason for notice in audit.notices)


@pytest.mark.parametrize(
    ("url", "tables"),
    [
        ("process.env.STAGING_SUPABASE_URL", ["shelves"]),  # the same database elsewhere
        ("process.env.LEGACY_SUPABASE_URL", ["orders", "people", "shelves"]),  # it has most of what is asked for
        ("'https://abcdefghijklmnopqrst.supabase.co'", ["shelves", "stocks"]),  # as others ask for them, too
        ("'https://zbcdefghijklmnopqrst.supabase.co'", ["shelves"]),  # one table tells too little
        # All that the database holds is asked for there: it is the one, and its migrations lag behind.
        ("'https://ybcdefghijklmnopqrst.supabase.co'", ["orders", "people", "shelves", "stocks", "trays"]),
    ],
)
def test_another_name_of_the_same_database(tmp_path: Path, url: str, tables: list[str]) -> None:
    code = f"import {{ createClient }} from '@supabase/supabase-js'\nconst db = createClient({url}!, 'key')\n"
    files = {"src/other.ts": code + "".join(f"await db.from('{table}').select()\n" for table in tables)}
    if len(tables) == 2:
        files["src/own.ts"] = OWN + "await own.from('shelves').select()\nawait own.from('stocks').select()\n"
    audit = audited(tmp_path, files)
    missing = [f"public.{table}" for table in tables if table not in ("orders", "people")]
    assert told(audit) == ["public.orders.totl", *missing]


def test_the_only_client_speaks_to_this_database(tmp_path: Path) -> None:
    code = (
        "import { createClient } from '@supabase/supabase-js'\nconst db = createClient(process.env.STOCK_URL!, 'k')\n"
    )
    audit = audited(tmp_path, {"src/own.ts": code + "await db.from('shelves').select()\n"})
    assert told(audit) == ["public.shelves"]


@pytest.mark.parametrize(
    ("folder", "table", "missing"),
    [
        ("products/vault", "vaults", []),
        ("products/vault", "orders", ["public.logs"]),  # most of what it asks for is there
        (".", "vaults", ["public.logs", "public.vaults"]),  # deployed from where the migrations stand
    ],
)
def test_edge_functions_in_a_folder_of_their_own_are_another_projects(
    tmp_path: Path, folder: str, table: str, missing: list[str]
) -> None:
    code = (
        "import { createClient } from 'npm:@supabase/supabase-js@2'\n"
        "const db = createClient(Deno.env.get('SUPABASE_URL')!, Deno.env.get('SUPABASE_SERVICE_ROLE_KEY')!)\n"
        f"await db.from('{table}').select('id')\nawait db.from('logs').insert({{ what: 'x' }})\n"
    )
    schema = (
        "```mermaid\nerDiagram\n  orders {\n    int id\n  }\n  vaults {\n    uuid id\n    boolean sealed\n  }\n```\n"
    )
    audit = audited(tmp_path, {f"{folder}/supabase/functions/open/index.ts": code, "products/vault/SCHEMA.md": schema})
    assert told(audit) == [*(name for name in missing[:1]), "public.orders.totl", *missing[1:]]
    apart = [n.reason for n in audit.notices if "the project that deploys the edge functions of" in n.reason]
    assert len(apart) == (not missing)
    described = [f.subject for f in audit.findings if f.rule == "documented-but-missing"]
    assert described == (["public.vaults"] if table == "orders" else [])
