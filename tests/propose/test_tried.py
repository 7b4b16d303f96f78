"""The policies of a proposal are tried with two users before it is called verified."""

from __future__ import annotations

import pytest

from propose.proposing import blog, proven_of

NOTES = "db.from('notes').insert({ user_id: u, body: b })\ndb.from('notes').select('body').eq('user_id', u)\n"
HOLES = """\
drop policy "Owners manage their authors" on public.authors;
drop policy "Owners manage their posts" on public.posts;
create policy "Authors are read" on public.authors for select to authenticated using (user_id is not null);
create policy "Authors are written" on public.authors for insert to authenticated with check (auth.uid() = user_id);
create policy "Posts are read" on public.posts for select to authenticated using (user_id is not null);
create policy "Posts are written" on public.posts for insert to authenticated with check (auth.uid() = user_id);
"""


@pytest.mark.parametrize(
    ("sql", "reason"),
    [
        ("", None),
        (HOLES, "its policies do not hold for two generated users: authenticated may select another user's row"),
    ],
)
def test_policies_taken_over_hold_or_it_is_said(sql: str, reason: str | None) -> None:
    (one,) = proven_of(blog(NOTES, sql), "public.notes")
    assert "create policy" in one.draft.sql
    assert one.proposal.verified == (reason is None)
    assert one.proposal.reason == reason


TEAMS = """\
create table public.teams (id uuid primary key default gen_random_uuid(), name text not null);
alter table public.teams enable row level security;
create policy "Members read their teams" on public.teams for select to authenticated
    using (id in (select m.team_id from public.memberships m where m.user_id = auth.uid()));
"""


def test_what_other_policies_ask_is_nobodys_to_write_to() -> None:
    code = "db.from('memberships').select('team_id, user_id').eq('user_id', u)\n"
    proven = proven_of(blog(code, TEAMS), "public.memberships")
    sql = "\n".join(one.draft.sql for one in proven)
    assert "for select" in sql
    assert "for all" not in sql
    assert "for insert" not in sql
    assert "a row of it opens theirs" in " ".join(sql.replace("\n-- ", " ").split())
    assert all(one.proposal.verified for one in proven), [one.proposal.reason for one in proven]


CLUBS = "".join(
    f"""\
create table public.{table} (id uuid primary key default gen_random_uuid(), club_id uuid not null);
alter table public.{table} enable row level security;
create policy "Members see {table}" on public.{table} for select to authenticated
    using (club_id in (select m.club_id from public.memberships m where m.user_id = auth.uid()));
"""
    for table in ("matches", "trainings", "fines")
)


def test_a_policy_that_would_ask_its_own_table_is_not_taken_over() -> None:
    code = "db.from('memberships').select('club_id, user_id').eq('user_id', u)\n"
    proven = proven_of(blog(code, CLUBS), "public.memberships")
    (policies,) = (one.draft.sql.partition("create policy")[2] for one in proven if "create policy" in one.draft.sql)
    assert "from public.memberships" not in policies
    assert "auth.uid()) = user_id" in policies
    assert all(one.proposal.verified for one in proven), [one.proposal.reason for one in proven]


def test_what_users_write_and_nobody_owns_is_said_to_want_policies() -> None:
    code = "import { createBrowserClient } from '@supabase/ssr'\nconst web = createBrowserClient('url', 'key')\n"
    (one,) = proven_of(blog(f"{code}web.from('votes').insert({{ choice: c }})\n"), "public.votes")
    assert "create policy" not in one.draft.sql
    assert "which rows users may write is yours to say" in " ".join(one.draft.sql.replace("\n-- ", " ").split())
    assert not one.proposal.verified
    assert "its policies are yours to write" in (one.proposal.reason or "")
