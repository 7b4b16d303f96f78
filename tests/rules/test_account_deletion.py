"""Which deletions of accounts are meant to leave nothing behind, and what is in their way."""

from __future__ import annotations

from pathlib import Path

import pytest

from tripoint.audit import Options, audit_folder

SCHEMA = """
create table public.letters (id uuid primary key, sender_id uuid not null references auth.users (id), body text);
alter table public.letters enable row level security;
"""
CLIENT = """import { createClient } from '@supabase/supabase-js'
const admin = createClient(process.env.SUPABASE_URL!, process.env.SUPABASE_SERVICE_ROLE_KEY!)
"""
FORGET = CLIENT + "export const forget = (id: string) => admin.auth.admin.deleteUser(id)\n"


def told(root: Path, sql: str = SCHEMA, rule: str = "blocked-account-deletion", **files: str) -> list[tuple[str, str]]:
    for name, text in {"supabase/migrations/20250101000000_init.sql": sql, **files}.items():
        (root / name).parent.mkdir(parents=True, exist_ok=True)
        (root / name).write_text(text, encoding="utf-8")
    findings = audit_folder(root, Options(select=frozenset({rule}))).findings
    return [(finding.subject, finding.severity) for finding in findings]


def test_an_account_with_letters_stays(tmp_path: Path) -> None:
    assert told(tmp_path, **{"app/forget.ts": FORGET}) == [("auth.users", "medium")]


@pytest.mark.parametrize(
    ("column", "ways"),
    [("uuid not null", "on delete cascade."), ("uuid", "on delete cascade, or on delete set null.")],
)
def test_what_to_do_leads_to_no_other_fault(tmp_path: Path, column: str, ways: str) -> None:
    path = tmp_path / "supabase/migrations/20250101000000_init.sql"
    path.parent.mkdir(parents=True)
    path.write_text(SCHEMA.replace("uuid not null", column), encoding="utf-8")
    (tmp_path / "forget.ts").write_text(FORGET, encoding="utf-8")
    (finding,) = [one for one in audit_folder(tmp_path).findings if one.rule == "blocked-account-deletion"]
    assert finding.help == f"Say what becomes of the rows: {ways}"


def test_a_function_of_the_database_deletes_accounts(tmp_path: Path) -> None:
    leave = (
        "create function public.leave() returns void language sql security definer set search_path = '' as $$\n"
        "  delete from auth.users where id = auth.uid()\n$$;\n"
    )
    assert told(tmp_path, SCHEMA + leave) == [("auth.users", "medium")]


@pytest.mark.parametrize(
    "code",
    [
        pytest.param("export const a = admin.auth.admin.deleteUser(id, true)\n", id="it is kept, and marked"),
        pytest.param("// admin.auth.admin.deleteUser(id)\n", id="a comment"),
        pytest.param(
            "const { data } = await admin.auth.admin.createUser({ email })\n"
            "if (failed) await admin.auth.admin.deleteUser(data.user.id)\n",
            id="what was made a moment before",
        ),
        pytest.param(
            "await admin.from('letters').update({ sender_id: somebody }).eq('sender_id', id)\n"
            "await admin.auth.admin.deleteUser(id)\n",
            id="the letters are handed on",
        ),
        pytest.param(
            "for (const table of tables) await admin.from(table).delete().eq('user_id', id)\n"
            "await admin.auth.admin.deleteUser(id)\n",
            id="which tables is told at run time",
        ),
    ],
)
def test_nothing_is_in_the_way_for_sure(tmp_path: Path, code: str) -> None:
    assert told(tmp_path, **{"app/forget.ts": CLIENT + code}) == []


def test_a_script_deletes_what_it_likes(tmp_path: Path) -> None:
    assert told(tmp_path, **{"scripts/forget.ts": FORGET}) == []


def test_a_required_column_that_would_be_set_to_null(tmp_path: Path) -> None:
    sql = SCHEMA.replace("auth.users (id)", "auth.users (id) on delete set null")
    rule = "set-null-on-required-column"
    assert told(tmp_path / "without", sql, rule) == [("public.letters.sender_id", "medium")]
    assert told(tmp_path / "with", sql, rule, **{"app/forget.ts": FORGET}) == [("public.letters.sender_id", "high")]
