"""Whose a row is: which column says it, and what is left to a person where none does."""

from __future__ import annotations

import pytest

from propose.proposing import BLOG, blog, drafts_of, proposed_table, proven_of

USERS = """\
create table public.members (id uuid primary key references auth.users (id), name text);
alter table public.members enable row level security;
create policy "Members keep themselves" on public.members for all to authenticated
    using (auth.uid() is not null and auth.uid() = id);
"""
WEB = "import { createBrowserClient } from '@supabase/ssr'\nconst web = createBrowserClient('url', 'key')\n"


@pytest.mark.parametrize(
    ("code", "expected"),
    [
        ("db.from('warnings').insert({ member_id: a, admin_id: b })", []),
        (
            "db.from('warnings').select('id, admin_id').eq('member_id', me)",
            ["warnings.member_id = (select auth.uid())"],
        ),
        ("db.from('warnings').select('id, member_id, updated_by')", ["warnings.member_id = (select auth.uid())"]),
    ],
)
def test_of_several_accounts_the_one_that_the_code_asks_for_owns_a_row(code: str, expected: list[str]) -> None:
    keys = (
        "create table public.warnings (id uuid primary key, member_id uuid references public.members (id), "
        "admin_id uuid references public.members (id), updated_by uuid references public.members (id));"
    )
    if "admin_id" not in code:
        keys = keys.replace("admin_id uuid references public.members (id), ", "")
    current, (draft,) = drafts_of(blog(code, USERS + keys), "public.warnings")
    assert current.evidence
    assert [line.strip()[6:].strip("()") for line in draft.sql.splitlines() if "using" in line] == [
        condition.strip("()") for condition in expected
    ]
    if not expected:
        assert "admin_id and member_id each lead to an account" in " ".join(draft.sql.replace("\n-- ", " ").split())


SEEN = BLOG.replace(
    "posts for all to authenticated using (auth.uid() = user_id)",
    "posts for all to authenticated using (title <> 'draft' or auth.uid() = user_id)",
)


def test_who_sees_what_is_published_may_not_write_to_it() -> None:
    files = blog("db.from('comments').insert({ post_id: post, body: 'x' })")
    files["supabase/migrations/20260101000000_blog.sql"] = SEEN.encode()
    _, (draft,) = drafts_of(files)
    assert "create policy" not in draft.sql


def test_a_signed_in_user_is_nobody_in_particular() -> None:
    files = blog("db.from('comments').insert({ post_id: post, body: 'x' })")
    everybody = BLOG.replace("using (auth.uid() = user_id)", "using (auth.role() = 'authenticated')")
    files["supabase/migrations/20260101000000_blog.sql"] = everybody.encode()
    _, (draft,) = drafts_of(files)
    assert "create policy" not in draft.sql


def test_what_is_a_members_is_asked_by_their_id_rather_than_by_what_they_see() -> None:
    table = proposed_table("db.from('diaries').select('member_id, body').eq('member_id', me)", "diaries", USERS)
    assert [policy.using for policy in table.policies.values()] == ["diaries.member_id = (select auth.uid())"]


def test_what_the_server_alone_asks_for_gets_no_policy() -> None:
    server = "const server = createClient('http://localhost', process.env.SUPABASE_SERVICE_ROLE_KEY!)\n"
    _, (draft,) = drafts_of(blog(f"{server}server.from('balances').select('member_id, cents')", USERS))
    assert "create policy" not in draft.sql
    assert "service_role needs no policy" in draft.sql
    there = "create table public.balances (id uuid primary key, member_id uuid references public.members (id));"
    _, (draft,) = drafts_of(blog(f"{server}server.from('balances').select('member_id')", USERS + there))
    assert "create policy" not in draft.sql
    assert "In the code only service_role asks for it" in draft.sql


OPEN = "create table public.votes (id uuid primary key, choice text not null, owner_id uuid);\n"


@pytest.mark.parametrize(
    ("code", "said", "verified"),
    [
        (f"{WEB}web.from('votes').insert({{ choice: c }})", "The code writes it as a user", False),
        (f"{WEB}web.from('votes').select('choice')", "The code reads it as a user", False),
        ("db.from('votes').insert({ choice: c })", "a key that is not known", True),
    ],
)
def test_row_security_that_would_lock_users_out_is_not_called_proven(code: str, said: str, verified: bool) -> None:
    (one,) = proven_of(blog(code, OPEN), "public.votes")
    assert "create policy" not in one.draft.sql
    assert said in " ".join(one.draft.sql.replace("\n-- ", " ").split())
    assert one.proposal.verified == verified, one.proposal.reason
    assert one.refuted != verified


@pytest.mark.parametrize(("code", "said"), [("select('choice')", True), ("select('choice').eq('id', v)", False)])
def test_what_a_list_no_longer_shows_is_said(code: str, said: bool) -> None:
    votes = "create table public.votes (id uuid primary key, choice text, user_id uuid);\n"
    _, (draft,) = drafts_of(blog(f"{WEB}web.from('votes').{code}", votes), "public.votes")
    assert "create policy" in draft.sql
    assert ("without asking for any of them (1 query)" in " ".join(draft.sql.replace("\n-- ", " ").split())) == said
