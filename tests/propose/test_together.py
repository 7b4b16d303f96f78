"""Many proposals are proven together, and one that does not hold takes nothing from the others."""

from __future__ import annotations

from collections.abc import Sequence

from msgspec.structs import replace

from example.persona_studio import MemoryTree
from propose.proposing import NOW, blog, drafts_of, proven_of
from propose.test_tried import HOLES, NOTES
from tripoint.config import Config
from tripoint.propose.draft import Draft
from tripoint.propose.files import NewFiles
from tripoint.propose.policies import shortened
from tripoint.propose.together import together
from tripoint.propose.verify import Unit, Verdict, Verdicts, place_drafts, settle, verify

MORE = "db.from('authors').select('website')\ndb.from('posts').select('kicker')\n"


def test_one_that_is_refuted_leaves_the_others_verified() -> None:
    proven = proven_of(blog(NOTES + MORE, HOLES))
    verified = {one.draft.subject: one.proposal.verified for one in proven}
    assert verified == {"public.notes": False, "public.authors.website": True, "public.posts.kicker": True}


def test_what_postgresql_refuses_is_said_of_it_alone() -> None:
    files = blog(MORE)
    current, drafts = drafts_of(files)
    tree = MemoryTree(files)
    bad = replace(drafts[0], sql="alter table public.authors add column website nonsense;")
    proven = verify(place_drafts([bad, *drafts[1:]], current, tree, NOW, False), current, tree, Config())
    assert [one.proposal.verified for one in proven] == [False, True]
    assert proven[0].refuted


def units(count: int) -> list[Unit]:
    draft = Draft("default", "missing-table", "", "", "", "")
    return [((replace(draft, subject=f"public.t{number}"), NewFiles("", {})),) for number in range(count)]


def tried(count: int, bad: set[int], *, shared: bool) -> tuple[int, set[int]]:
    """Return how many runs it takes to find out which of many hold, and which do."""
    runs = 0

    def prove(members: Sequence[Unit]) -> Verdicts:
        nonlocal runs
        runs += 1
        numbers = {id(draft): int(draft.subject[8:]) for unit in members for draft, _ in unit}
        spoiled = shared and bool(bad & set(numbers.values()))
        return {
            key: Verdict("it does not", shared=shared and len(members) > 1) if number in bad or spoiled else Verdict()
            for key, number in numbers.items()
        }

    verdicts: Verdicts = {}
    held = settle(units(count), prove, verdicts)
    assert len(verdicts) == count
    return runs, {int(unit[0][0].subject[8:]) for unit in held}


def test_where_all_hold_one_run_shows_it() -> None:
    assert tried(50, set(), shared=True) == (1, set(range(50)))


def test_those_to_blame_are_left_out_at_once() -> None:
    assert tried(50, {3, 7, 30}, shared=False) == (2, set(range(50)) - {3, 7, 30})


def test_one_of_many_is_found_by_halves() -> None:
    runs, held = tried(64, {11}, shared=True)
    assert held == set(range(64)) - {11}
    assert runs <= 1 + 2 * 6


OPEN = """\
alter table public.authors disable row level security;
alter table public.posts disable row level security;
drop policy "Owners manage their authors" on public.authors;
drop policy "Owners manage their posts" on public.posts;
"""


def test_row_security_of_many_tables_is_one_migration() -> None:
    files = blog("db.from('notes').insert({ user_id: u, body: b })\n", OPEN)
    current, drafts = drafts_of(files)
    tree = MemoryTree(files)
    proven = verify(place_drafts(drafts, current, tree, NOW, False), current, tree, Config())
    merged = together(proven, current, tree, NOW, False)
    assert [(one.draft.subject, one.draft.also) for one in merged] == [
        ("public.notes", ()),
        ("public.authors", ("public.posts",)),
    ]
    paths = [one.files.path for one in merged if one.files is not None]
    assert [path.partition("_")[2] for path in paths] == ["create_notes.sql", "secure_2_tables.sql"]
    assert paths == sorted(paths)
    text = next(iter((merged[1].files or NewFiles("", {})).texts.values()))
    assert text.count("enable row level security") == 2
    assert text == "\n".join(one.draft.sql for one in proven[1:])
    assert merged[1].files is not None
    (one,) = verify([(merged[1].draft, merged[1].files)], current, tree, Config())
    assert one.proposal.verified, one.proposal.reason


def test_a_long_name_ends_with_a_whole_word() -> None:
    assert shortened("Members of a workspace may update the settings of its integrations") == (
        "Members of a workspace may update the settings of its"
    )
    assert shortened("x" * 70) == "x" * 63
    assert shortened("ä" * 40) == "ä" * 31
    assert shortened("Members may read") == "Members may read"
