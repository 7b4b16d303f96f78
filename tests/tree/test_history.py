"""What the latest commits changed, read so that nothing of the repository runs."""

from __future__ import annotations

import subprocess
from pathlib import Path

import pytest

from tripoint.tree import OverlayTree, RevisionTree, TreeError, WorkTree
from tripoint.tree.history import read_hunks


def git(folder: Path, *arguments: str) -> str:
    command = ["git", "-c", "user.name=A", "-c", "user.email=a@example.org", *arguments]
    return subprocess.run(command, cwd=folder, check=True, capture_output=True, text=True).stdout.strip()


def commit(folder: Path, **files: str) -> str:
    for name, text in files.items():
        path = folder / name.replace("__", "/").replace("_ts", ".ts")
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)
    git(folder, "add", "-A")
    git(folder, "commit", "-q", "-m", "x")
    return git(folder, "rev-parse", "HEAD")


@pytest.fixture
def project(tmp_path: Path) -> Path:
    git(tmp_path, "init", "-q", "-b", "main")
    return tmp_path


def test_hunks_are_newest_first(project: Path) -> None:
    commit(project, app__a_ts="one\ntwo\nthree\n", b_ts="x\n")
    second = commit(project, app__a_ts="one\n2\nthree\n")
    third = commit(project, app__a_ts="one\n2\nthree\nfour\n", b_ts="-- y\n")
    found = WorkTree(project).hunks(["app/a.ts", "b.ts"])
    assert [(h.commit, h.path, h.removed, h.added) for h in found] == [
        (third, "app/a.ts", (), (b"four",)),
        (third, "b.ts", (b"x",), (b"-- y",)),
        (second, "app/a.ts", (b"two",), (b"2",)),
    ]
    assert WorkTree(project).hunks(["b.ts"]) == found[1:2]
    assert WorkTree(project).hunks([]) == ()
    assert RevisionTree(project, second).hunks(["app/a.ts", "b.ts"]) == found[2:]
    assert OverlayTree(WorkTree(project), {"b.ts": b"z"}).hunks(["b.ts"]) == found[1:2]


def test_paths_are_those_of_the_root(project: Path) -> None:
    commit(project, shop__app__a_ts="one\n", other__app__a_ts="one\n")
    commit(project, shop__app__a_ts="two", other__app__a_ts="two\n")
    (hunk,) = WorkTree(project / "shop").hunks(["app/a.ts"])
    assert (hunk.path, hunk.removed, hunk.added) == ("app/a.ts", (b"one",), (b"two",))


def test_outside_git_there_is_none(tmp_path: Path) -> None:
    (tmp_path / "a.ts").write_text("x")
    assert WorkTree(tmp_path).hunks(["a.ts"]) == ()


def test_nothing_of_the_repository_runs(project: Path) -> None:
    commit(project, a_ts="one\n")
    commit(project, a_ts="two\n")
    (project / ".gitattributes").write_text("*.ts diff=own filter=own\n")
    program = f"touch {project / 'ran'}; cat"
    for key in ("diff.external", "diff.own.command", "diff.own.textconv", "filter.own.smudge", "filter.own.clean"):
        git(project, "config", key, program)
    git(project, "config", "core.pager", program)
    git(project, "config", "diff.noprefix", "true")
    git(project, "config", "diff.context", "9")
    (hunk,) = WorkTree(project).hunks(["a.ts"])
    assert (hunk.removed, hunk.added) == ((b"one",), (b"two",))
    assert not (project / "ran").exists()


def test_a_shallow_clone_shows_what_it_holds(project: Path, tmp_path_factory: pytest.TempPathFactory) -> None:
    for text in ("one", "two", "three"):
        commit(project, a_ts=f"{text}\n")
    clone = tmp_path_factory.mktemp("clone") / "c"
    git(project, "clone", "-q", "--depth", "2", f"file://{project}", str(clone))
    (hunk,) = WorkTree(clone).hunks(["a.ts"])
    assert (hunk.removed, hunk.added) == ((b"two",), (b"three",))


def test_what_is_missing_is_said(project: Path) -> None:
    commit(project, a_ts="one\n")
    lost = git(project, "hash-object", "a.ts")
    commit(project, a_ts="two\n")
    (project / ".git" / "objects" / lost[:2] / lost[2:]).unlink()
    with pytest.raises(TreeError, match="the git history can't be looked through"):
        WorkTree(project).hunks(["a.ts"])


def test_a_long_history_ends_at_a_whole_file(project: Path) -> None:
    for number in range(6):
        commit(project, a_ts=f"{number}\n" * 50)
    whole = WorkTree(project).hunks(["a.ts"])
    assert len(whole) == 5
    head = git(project, "rev-parse", "HEAD")
    first = read_hunks(str(project), head, ["a.ts"], size=900)
    assert 0 < len(first) < 5
    assert first == whole[: len(first)]
    assert read_hunks(str(project), head, ["a.ts"], commits=2) == whole[:2]


def test_many_paths_are_answered_like_few(project: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    names = [f"d{number % 3}/f {number}ä.ts" for number in range(12)]
    for number in range(8):
        commit(project, other_ts=f"{number}\n")
        for name in names[number : number + 5]:
            (project / name).parent.mkdir(exist_ok=True)
            (project / name).write_text(f"{number}\nsame\n")
        commit(project)
    head = git(project, "rev-parse", "HEAD")
    at_once = read_hunks(str(project), head, names)
    assert len({hunk.commit for hunk in at_once}) == 8
    assert {hunk.path for hunk in at_once} == set(names)
    monkeypatch.setattr("tripoint.tree.history._FEW", 4)
    for size in (1 << 20, 2000):
        cut = read_hunks(str(project), head, names, size=size)
        assert cut == at_once[: len(cut)]
        assert len(cut) == len(at_once) or (size == 2000 and len(cut) > 5)
    monkeypatch.setattr("tripoint.tree.history._LISTED_BYTES", 100)
    assert read_hunks(str(project), head, names, size=1 << 21) == at_once
