"""What is kept of earlier states saves time and changes no answer."""

from __future__ import annotations

import json
import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from since.scratch import MIGRATION, PAGE, PROJECT, commit, git, make_repository, write
from tripoint.audit import audit
from tripoint.cache import Cache
from tripoint.cli import main
from tripoint.config import Config
from tripoint.earlier import Earlier, Found
from tripoint.formats import RenderOptions, format_named
from tripoint.options import Options
from tripoint.tree import RevisionTree, WorkTree

KNOWN = {MIGRATION: PROJECT[MIGRATION], PAGE: PROJECT[PAGE].replace("authors", "shelves").replace("name", "id")}
"""A project without an unknown name, so that nothing in it hangs on its history."""


@pytest.fixture
def since(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> Callable[[Path], dict[str, Any]]:
    """Audit since HEAD with a cache, hold it against the audit without one, and return it."""
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    monkeypatch.setattr("tripoint.reading.pool.may_fork", lambda: True)

    def run(folder: Path) -> dict[str, Any]:
        said = []
        for more in ((), (), ("--no-cache",)):
            code = main(["audit", str(folder), "--since", "HEAD", "--format", "json", *more])
            shown = capsys.readouterr()
            assert code in (0, 1), shown.err
            said.append(shown.out)
        assert said[0] == said[1] == said[2]
        found: dict[str, Any] = json.loads(said[0])
        return found

    return run


@pytest.mark.parametrize("files", [KNOWN, PROJECT], ids=["known names", "unknown names"])
def test_from_commit_to_commit(files: dict[str, str], tmp_path: Path, since: Callable[[Path], dict[str, Any]]) -> None:
    folder = make_repository(tmp_path / "project", files)
    assert {finding["state"] for finding in since(folder)["findings"]} == {"unchanged"}
    write(folder, {"src/more.ts": PROJECT[PAGE].replace("authors", "readers")})
    changed = {finding["subject"] for finding in since(folder)["findings"] if finding["state"] == "new"}
    assert "public.readers" in changed
    commit(folder)
    assert {finding["state"] for finding in since(folder)["findings"]} == {"unchanged"}
    write(folder, {"src/more.ts": files[PAGE]})
    assert ("public.readers", "mended") in {(f["subject"], f["state"]) for f in since(folder)["findings"]}
    write(folder, {"tripoint.toml": 'ignore = ["missing-table"]\n'})
    assert not [f for f in since(folder)["findings"] if f["rule"] == "missing-table" and f["suppressed"] is None]


def _states(tmp_path: Path, files: dict[str, str]) -> tuple[Path, Earlier, Found]:
    """Audit a work tree before its commit; return it, what is kept, and what was found."""
    folder = make_repository(tmp_path / "project", {"README.md": "# Books\n"})
    write(folder, files)
    earlier = Earlier(str(folder), Config(), Options(cache=Cache(str(tmp_path / "cache"))))
    tree = WorkTree(folder)
    found = Found(audit(tree, Config()).findings)
    earlier.keep_files(found, tree)
    commit(folder)
    return folder, earlier, found


def test_what_was_audited_before_the_commit_is_known_after_it(tmp_path: Path) -> None:
    folder, earlier, found = _states(tmp_path, KNOWN)
    assert found.findings
    with RevisionTree(folder, "HEAD") as then:
        assert earlier.alike(then) == found == Found(audit(then, Config()).findings)
        assert earlier.at(str(then.revision)) is None
        earlier.keep(found, then)
        assert earlier.at(str(then.revision)) == found
    with RevisionTree(folder, "HEAD~1") as before:
        assert earlier.alike(before) is None
    other = Earlier(str(folder), Config(include_tests=True), Options(cache=Cache(str(tmp_path / "cache"))))
    with RevisionTree(folder, "HEAD") as then:
        assert other.alike(then) is None


def test_what_hangs_on_the_history_is_known_of_its_commit_alone(tmp_path: Path) -> None:
    folder, earlier, _ = _states(tmp_path, PROJECT)
    with RevisionTree(folder, "HEAD") as then:
        assert earlier.alike(then) is None


def test_files_that_git_ignores_are_not_taken_for_committed(tmp_path: Path) -> None:
    ignored = {".gitignore": "tripoint.toml\n", "tripoint.toml": 'ignore = ["missing-table"]\n'}
    folder, earlier, _ = _states(tmp_path, KNOWN)
    write(folder, ignored)
    tree = WorkTree(folder)
    assert tree.has("tripoint.toml")
    earlier.keep_files(Found(nothing="of other settings"), tree)
    commit(folder)
    with RevisionTree(folder, "HEAD") as then:
        assert earlier.alike(then) is None


def test_a_deepened_clone_is_asked_anew(tmp_path: Path, since: Callable[[Path], dict[str, Any]]) -> None:
    origin = make_repository(tmp_path / "origin", {**PROJECT, PAGE: PROJECT[PAGE].replace("authors", "books")})
    write(origin, {PAGE: PROJECT[PAGE]})
    commit(origin, "authors")
    clone = tmp_path / "clone"
    git(tmp_path, "clone", "-q", "--depth", "1", f"file://{origin}", str(clone))
    earlier = Earlier(str(clone), Config(), Options(cache=Cache(str(tmp_path / "kept"))))
    with RevisionTree(clone, "HEAD") as then:
        earlier.keep(Found(), then)
        commit_id = str(then.revision)
    assert earlier.at(commit_id) == Found()
    since(clone)
    git(clone, "fetch", "-q", "--unshallow")
    deeper = Earlier(str(clone), Config(), Options(cache=Cache(str(tmp_path / "kept"))))
    assert deeper.at(commit_id) is None
    since(clone)


def test_a_clone_elsewhere_is_the_same_project(tmp_path: Path) -> None:
    folder, _, found = _states(tmp_path, KNOWN)
    cache = Cache(str(tmp_path / "cache"))
    copy = tmp_path / "copy"
    shutil.copytree(folder, copy)
    with RevisionTree(copy, "HEAD") as then:
        assert Earlier(str(copy), Config(), Options(cache=cache)).alike(then) == found


def test_what_commits_replaced_is_told_alike_of_every_edit(tmp_path: Path) -> None:
    folder = make_repository(tmp_path / "project")
    page = (folder / PAGE).read_text(encoding="utf-8")
    other = page.replace("from('books').select('id, shelf_id')", "from('authors').select('id')")
    write(folder, {"src/other.ts": other})
    commit(folder)
    write(folder, {"src/other.ts": other.replace("from('authors')", "from('shelves')")})
    commit(folder)
    with Cache(str(tmp_path / "cache")) as cache:

        def told() -> str:
            asked = WorkTree(folder)
            alone, kept = (
                format_named("json").render(audit(tree, Config(), Options(cache=having)), RenderOptions())
                for tree, having in ((WorkTree(folder), None), (asked, cache))
            )
            assert kept == alone
            assert asked.asked_history
            return kept

        assert "replaced 'authors' by 'shelves'" in told()
        write(folder, {PAGE: page + "// a remark\n"})
        assert "replaced 'authors' by 'shelves'" in told()
        write(folder, {"src/more.ts": other})
        commit(folder)
        write(folder, {"src/more.ts": other.replace("from('authors')", "from('shelves')")})
        commit(folder)
        assert "replaced 'authors' by 'shelves' in src/more.ts and 1 more" in told()
