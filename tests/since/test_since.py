"""`--since`: what came, what stayed and what went since the branch parted, read without a checkout."""

from __future__ import annotations

from pathlib import Path

import pytest

from since.scratch import (
    MIGRATION,
    PAGE,
    PROJECT,
    audited,
    commit,
    git,
    make_repository,
    states,
    tripoint,
    undecided,
    write,
)
from tripoint.compare import compare
from tripoint.model.audit import Audit, Finding


@pytest.fixture
def branch(tmp_path: Path) -> Path:
    """A repository on a branch whose base has moved on."""
    folder = make_repository(tmp_path / "project")
    git(folder, "checkout", "-q", "-b", "feature")
    git(folder, "checkout", "-q", "main")
    write(folder, {"src/other.ts": PROJECT[PAGE].replace("authors", "lenders")})
    commit(folder)
    git(folder, "checkout", "-q", "feature")
    return folder


def test_nothing_changed_is_nothing_new(branch: Path) -> None:
    done = tripoint(branch, "audit", "--since", "main")
    assert done.returncode == 0, done.stdout
    assert "No" in done.stdout
    assert "of before" in done.stdout
    assert tripoint(branch, "audit").returncode == 1


def test_only_what_the_branch_brings_is_new(branch: Path) -> None:
    write(branch, {PAGE: PROJECT[PAGE].replace("\n}", "\n  await supabase.from('lenders').select('id')\n}")})
    commit(branch)
    found = audited(branch, "--since", "main")
    by_state = states(found)
    assert [key for key, state in by_state.items() if state == "new"] == [("missing-table", "public.lenders")]
    assert by_state["missing-table", "public.authors"] == "unchanged"
    assert found["project"]["since"] == git(branch, "merge-base", "HEAD", "main").strip()
    assert tripoint(branch, "audit", "--since", "main").returncode == 1


def test_uncommitted_changes_count_as_new(branch: Path) -> None:
    write(branch, {"src/more.ts": PROJECT[PAGE].replace("authors", "readers")})
    assert states(audited(branch, "--since", "HEAD"))["missing-table", "public.readers"] == "new"


def test_a_second_call_of_the_same_table_is_new_by_itself(branch: Path) -> None:
    extra = "export const more = () => supabase.from('authors').select('id')\n"
    write(branch, {PAGE: PROJECT[PAGE] + extra})
    found = audited(branch, "--since", "main")
    (finding,) = (f for f in found["findings"] if f["subject"] == "public.authors")
    assert finding["state"] == "new"
    spots = {spot["line"]: spot["state"] for spot in finding["spots"] if spot["role"] == "primary"}
    assert spots == {5: "unchanged", 7: "new"}
    shown = tripoint(branch, "audit", "--since", "main").stdout
    assert "src/page.ts:7" in shown
    assert "src/page.ts:5" not in shown


def test_what_is_mended_is_shown_apart_and_does_not_fail(branch: Path) -> None:
    write(branch, {PAGE: PROJECT[PAGE].replace("authors", "shelves")})
    done = tripoint(branch, "audit", "--since", "main")
    assert done.returncode == 0, done.stdout
    assert "MENDED" in done.stdout
    assert "public.authors" in done.stdout.split("MENDED")[1]
    found = audited(branch, "--since", "main")
    assert states(found)["missing-table", "public.authors"] == "mended"
    assert found["summary"]["high"] == sum(
        f["severity"] == "high" and f["state"] != "mended" for f in found["findings"] if f["suppressed"] is None
    )


def test_part_of_a_finding_is_mended(branch: Path) -> None:
    write(branch, {"src/more.ts": PROJECT[PAGE]})
    commit(branch)
    git(branch, "rm", "-q", "src/more.ts")
    found = audited(branch, "--since", "HEAD")
    of_table = [f for f in found["findings"] if f["subject"] == "public.authors"]
    assert [f["state"] for f in of_table] == ["unchanged", "mended"]
    assert of_table[1]["message"].startswith("no longer in 1 of 2 places: ")


@pytest.mark.parametrize("many", [2, 4, 6])
def test_versions_that_are_left_taken_are_not_new(branch: Path, many: int) -> None:
    twice = {f"supabase/migrations/2025020{at}000000_{name}.sql": "select 1;\n" for at in range(many) for name in "ab"}
    write(branch, twice)
    commit(branch)
    git(branch, "mv", "supabase/migrations/20250200000000_b.sql", "supabase/migrations/20250300000000_b.sql")
    assert twice_taken(branch) == ["unchanged"] * (many - 1) + ["mended"]
    write(branch, {"supabase/migrations/20250300000000_c.sql": "select 1;\n"})
    assert twice_taken(branch) == ["unchanged"] * (many - 1) + ["new", "mended"]


def twice_taken(branch: Path) -> list[str]:
    """Return the state of each file whose version is another one's, too."""
    found = [f for f in audited(branch, "--since", "HEAD")["findings"] if f["rule"] == "duplicate-version"]
    return [spot["state"] for f in found for spot in f["spots"] if spot["role"] == "primary"]


def test_renaming_a_table_shows_exactly_the_calls_that_break(branch: Path) -> None:
    later = "supabase/migrations/20250201000000_rename.sql"
    write(branch, {later: "alter table public.books rename to volumes;\n"})
    by_state = states(audited(branch, "--since", "main"))
    new = {key for key, state in by_state.items() if state == "new"}
    assert ("missing-table", "public.books") in new
    assert ("missing-table", "public.authors") not in new
    assert {rule for rule, subject in new if "books" not in subject and "volumes" not in subject} == set()


def test_removing_an_ignore_makes_its_finding_new(branch: Path) -> None:
    ignored = PROJECT[PAGE].replace("id')\n}", "id') // tripoint: ignore[missing-table] soon\n}")
    write(branch, {PAGE: ignored})
    commit(branch)
    write(branch, {PAGE: PROJECT[PAGE]})
    assert states(audited(branch, "--since", "HEAD"))["missing-table", "public.authors"] == "new"
    git(branch, "checkout", "-q", "--", PAGE)
    hidden = {f["subject"]: f["state"] for f in audited(branch, "--since", "main")["findings"] if f["suppressed"]}
    assert hidden == {"public.authors": "unchanged"}


def test_settings_of_today_judge_both(branch: Path) -> None:
    write(branch, {"tripoint.toml": '[severity]\nmissing-table = "critical"\nunused-table = "critical"\n'})
    assert tripoint(branch, "audit", "--since", "main").returncode == 0


def test_a_folder_that_the_settings_follow_is_found_where_it_was(branch: Path) -> None:
    settings = '[[databases]]\nname = "app"\nmigrations = "supabase/migrations"\n'
    write(branch, {"tripoint.toml": settings})
    commit(branch)
    git(branch, "checkout", "-q", "-b", "moved")
    git(branch, "mv", "supabase", "platform")
    done = tripoint(branch, "audit", "--since", "feature")
    assert done.returncode == 2
    assert done.stderr.startswith("tripoint: tripoint.toml:3: databases[1].migrations leads nowhere")
    write(branch, {"tripoint.toml": settings.replace("supabase", "platform")})
    found = states(audited(branch, "--since", "feature"))
    assert "new" not in found.values()
    assert found["missing-table", "public.authors"] == "unchanged"


def test_base_without_anything_to_audit_makes_all_new_and_says_so(tmp_path: Path) -> None:
    folder = make_repository(tmp_path / "project", {"LICENSE": "free\n"})
    write(folder, PROJECT)
    found = audited(folder, "--since", "HEAD")
    assert set(states(found).values()) == {"new"}
    assert any("so every finding counts as new" in notice["reason"] for notice in found["notices"])


def test_folder_within_a_repository(tmp_path: Path) -> None:
    repository = make_repository(tmp_path / "all", {f"apps/web/{path}": text for path, text in PROJECT.items()})
    write(repository, {f"apps/web/{PAGE}": PROJECT[PAGE].replace("authors", "readers")})
    by_state = states(audited(repository, "--since", "HEAD", "apps/web"))
    assert by_state["missing-table", "public.readers"] == "new"
    assert by_state["missing-table", "public.authors"] == "mended"
    annotations = tripoint(repository, "audit", "apps/web", "--format", "github").stdout
    assert f"file=apps/web/{PAGE}" in annotations
    assert f"file=apps/web/{MIGRATION}" in annotations


def test_a_finding_that_is_new_in_part_says_so_and_forges_show_the_new_part(branch: Path, tmp_path: Path) -> None:
    write(branch, {PAGE: PROJECT[PAGE] + "export const more = () => supabase.from('authors').select('id')\n"})
    done = tripoint(branch, "audit", "--since", "main", "--format", "junit")
    assert "new in 1 of 2 places: " in done.stdout
    assert f'name="public.authors" file="{PAGE}" line="7"' in done.stdout
    assert f"{PAGE}:5:" not in done.stdout
    comment = tripoint(branch, "audit", "--since", "main", "--format", "pull-request").stdout
    assert "new in 1 of 2 places" in comment


def test_what_a_branch_leaves_undecided_is_told_apart(branch: Path) -> None:
    first = "supabase/migrations/20250301000000_old.sql"
    write(branch, {first: "alter table public.books drop column title;\n"})
    commit(branch)
    second = "supabase/migrations/20250302000000_new.sql"
    write(branch, {second: "alter table public.shelves drop column title;\n"})
    told = {n["spot"]["path"]: n["spot"]["state"] for n in audited(branch, "--since", "HEAD")["notices"] if n["spot"]}
    assert told == {first: "unchanged", second: "new"}
    for form in ("pull-request", "github", "terminal"):
        shown = tripoint(branch, "audit", "--since", "HEAD", "--format", form).stdout
        assert second in shown
    assert (
        "2 places could not be read or decided, 1 of which is new"
        in tripoint(branch, "audit", "--since", "HEAD", "--format", "pull-request").stdout
    )
    git(branch, "mv", first, first.replace("old", "older"))
    told = {n["spot"]["path"]: n["spot"]["state"] for n in audited(branch, "--since", "HEAD")["notices"] if n["spot"]}
    assert sorted(told.values()) == ["new", "unchanged"]


def test_a_comment_names_files_from_the_root_of_the_repository(tmp_path: Path) -> None:
    repository = make_repository(tmp_path / "all", {f"apps/web/{path}": text for path, text in PROJECT.items()})
    assert f"`apps/web/{PAGE}:5`" in tripoint(repository, "audit", "apps/web", "--format", "pull-request").stdout


@pytest.mark.parametrize(
    "revision, says",
    [
        ("origin/main", "did you mean main?"),
        ("nowhere", "git branch --all lists the branches"),
        ("", "name a branch, a tag or a commit"),
    ],
)
def test_a_revision_that_is_none_says_what_to_do(branch: Path, revision: str, says: str) -> None:
    assert tripoint(branch, "audit", f"--since={revision}").stderr.rstrip().endswith(says)


def test_two_reports_in_one_file_are_refused(branch: Path) -> None:
    done = tripoint(branch, "audit", "--report", "sarif=out", "--report", "junit=out")
    assert (done.returncode, done.stdout) == (2, "")
    assert "give each a file of its own" in done.stderr


def test_a_migration_that_was_edited_in_place_is_told_at_its_change(branch: Path) -> None:
    write(branch, {MIGRATION: "-- the beginning\n" + (branch / MIGRATION).read_text().replace("  name", "    name")})
    assert undecided(branch) == {}
    write(branch, {MIGRATION: (branch / MIGRATION).read_text().replace("name text", "label text")})
    assert list(undecided(branch)) == [f"{MIGRATION}:4"]
    assert "a database that has applied it does not get the change" in undecided(branch)[f"{MIGRATION}:4"]


def test_a_migration_of_the_branch_itself_may_be_edited(branch: Path) -> None:
    own = "supabase/migrations/20250301000000_own.sql"
    for kind in ("int", "text"):
        write(branch, {own: f"create table public.own (id {kind} primary key);\n"})
        commit(branch)
    assert undecided(branch) == {}


def test_a_migration_that_comes_before_one_of_the_base_is_told(branch: Path) -> None:
    git(branch, "checkout", "-q", "main")
    write(branch, {"supabase/migrations/20250301000000_theirs.sql": "create table public.theirs (id int primary key);"})
    commit(branch)
    git(branch, "checkout", "-q", "feature")
    ours = "supabase/migrations/20250201000000_ours.sql"
    write(branch, {ours: "create table public.ours (id int primary key);"})
    commit(branch)
    for _ in range(2):
        assert list(undecided(branch)) == [f"{ours}:1"]
        assert undecided(branch)[f"{ours}:1"].endswith("supabase db push refuses it without --include-all")
        git(branch, "merge", "-q", "-m", "merge", "main")


def test_shallow_clone_names_what_to_fetch(branch: Path, tmp_path: Path) -> None:
    write(branch, {"README.md": "x\n"})
    commit(branch)
    git(tmp_path, "clone", "-q", "--depth", "1", "--no-single-branch", f"file://{branch}", "shallow")
    done = tripoint(tmp_path / "shallow", "audit", "--since", "origin/main")
    assert done.returncode == 2
    assert "fetch-depth: 0" in done.stderr
    assert done.stderr.count("\n") == 1


@pytest.mark.parametrize("revision", ["nowhere", "--output=x", "HEAD:src", ""])
def test_revision_that_is_none_is_2(branch: Path, revision: str) -> None:
    done = tripoint(branch, "audit", f"--since={revision}")
    assert done.returncode == 2
    assert done.stderr.startswith("tripoint: ")
    assert done.stdout == ""


def test_outside_git_is_2(tmp_path: Path) -> None:
    write(tmp_path, PROJECT)
    done = tripoint(tmp_path, "audit", "--since", "main")
    assert done.returncode == 2
    assert "no git checkout" in done.stderr


def test_nothing_is_checked_out_or_written(branch: Path) -> None:
    before = {path: path.stat().st_mtime_ns for path in branch.rglob("*") if ".git" not in path.parts}
    head = git(branch, "status", "--porcelain=v2", "--branch")
    tripoint(branch, "audit", "--since", "main")
    assert {path: path.stat().st_mtime_ns for path in branch.rglob("*") if ".git" not in path.parts} == before
    assert git(branch, "status", "--porcelain=v2", "--branch") == head


def test_a_finding_that_stands_in_no_file_comes_and_goes_as_a_whole() -> None:
    finding = Finding("unused-index", "low", "default", "public.idle", "It is never used.", ())
    other = Finding("unused-index", "low", "default", "public.other", "It is never used.", ())
    now = Audit("1", ".", None, None, (), (), (other,), (), ())
    found = compare(now, (finding,))
    assert [(one.subject, one.state) for one in found.findings] == [("public.other", "new")]
    assert [(one.subject, one.state) for one in found.mended] == [("public.idle", "mended")]
    assert compare(now, (other,)).mended == ()
