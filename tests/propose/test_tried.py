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
