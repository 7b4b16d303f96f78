"""A git revision's files without a checkout, merge bases, and buffers over a tree."""

from __future__ import annotations

import os
import subprocess
from pathlib import Path

import pytest

from tripoint.tree import (
    Limits,
    OverlayTree,
    RevisionError,
    RevisionTree,
    RootError,
    Tree,
    TreeError,
    WorkTree,
    merge_base,
)


def git(root: Path, *arguments: str) -> str:
    identity = ["-c", "user.name=t", "-c", "user.email=t@example.org", "-c", "protocol.file.allow=always"]
    done = subprocess.run(["git", *identity, *arguments], cwd=root, check=True, capture_output=True, text=True)
    return done.stdout.strip()


@pytest.fixture
def repository(tmp_path: Path) -> Path:
    root = tmp_path / "project"
    (root / "db" / "migrations").mkdir(parents=True)
    (root / "db" / "migrations" / "1_a.sql").write_bytes(b"create table a ();\r\n")
    (root / "app.ts").write_text("one\n")
    (root / "logo.png").write_bytes(b"\x89PNG")
    os.symlink("../db/migrations/1_a.sql", root / "db" / "link.sql")
    os.symlink("/etc/hostname", root / "out.ts")
    os.symlink("loop.ts", root / "loop.ts")
    os.symlink("nowhere.ts", root / "dangling.ts")
    os.symlink("app.ts", root / "same.ts")
    git(root, "init", "-q", "-b", "main")
    git(root, "add", ".")
    git(root, "commit", "-qm", "one")
    return root


def test_reads_a_commit_as_it_was(repository: Path) -> None:
    (repository / "app.ts").write_text("two\n")
    (repository / "new.ts").write_text("new\n")
    git(repository, "add", ".")
    git(repository, "commit", "-qm", "two")
    with RevisionTree(repository, "HEAD~1") as tree:
        assert isinstance(tree, Tree)
        assert [entry.path for entry in tree.files()] == ["app.ts", "db/link.sql", "db/migrations/1_a.sql"]
        assert tree.read("app.ts") == b"one\n"
        assert tree.read("db/migrations/1_a.sql") == tree.read("db/link.sql") == b"create table a ();\r\n"
        assert tree.revision == git(repository, "rev-parse", "HEAD~1")
        assert tree.revision_date == git(repository, "log", "-1", "--format=%cs", "HEAD~1")
        assert dict(tree.left_out) == {"binary file": 1, "link to a file or folder that is listed itself": 1}
        assert dict(tree.problems) == {
            "dangling.ts": "is a link to nothing in this revision",
            "loop.ts": "is a link that leads back to itself",
            "out.ts": "is a link that leaves the project",
        }
        assert not tree.has("new.ts")
        with pytest.raises(TreeError, match=r"new.ts: does not exist"):
            tree.read("new.ts")


def test_agrees_with_the_work_tree(repository: Path) -> None:
    work = WorkTree(repository)
    with RevisionTree(repository, "HEAD") as tree:
        assert [(e.path, e.size) for e in tree.files()] == [(e.path, e.size) for e in work.files()]
        assert tree.left_out == work.left_out
        assert all(tree.read(entry.path) == work.read(entry.path) for entry in tree.files())
        assert (tree.revision, tree.revision_date) == (work.revision, work.revision_date)


def test_a_folder_of_the_repository(repository: Path) -> None:
    with RevisionTree(repository / "db", "HEAD") as tree:
        assert [entry.path for entry in tree.files()] == ["link.sql", "migrations/1_a.sql"]


def test_equal_content_has_equal_ids(repository: Path) -> None:
    (repository / "copy.ts").write_text("one\n")
    git(repository, "add", ".")
    git(repository, "commit", "-qm", "two")
    with RevisionTree(repository, "HEAD") as tree:
        ids = {entry.path: entry.content_id for entry in tree.files()}
    assert ids["copy.ts"] == ids["app.ts"] != ids["db/link.sql"]


def test_size_limits(repository: Path) -> None:
    with RevisionTree(repository, "HEAD", Limits(sql=3)) as tree:
        assert dict(tree.left_out)["larger than the size limit"] == 2
        with pytest.raises(TreeError, match="larger than 3 bytes"):
            tree.read("db/migrations/1_a.sql")


@pytest.mark.parametrize("revision", ["nowhere", "--help", "-x", "HEAD:app.ts", "", "a\nb"])
def test_no_such_revision(repository: Path, revision: str) -> None:
    with pytest.raises(RevisionError, match="there is no revision"):
        RevisionTree(repository, revision)


def test_no_repository(tmp_path: Path) -> None:
    with pytest.raises(RevisionError, match="is no git checkout"):
        RevisionTree(tmp_path, "HEAD")
    with pytest.raises(RootError):
        RevisionTree(tmp_path / "nowhere", "HEAD")


def test_merge_base(repository: Path) -> None:
    base = git(repository, "rev-parse", "HEAD")
    git(repository, "checkout", "-qb", "topic")
    git(repository, "commit", "-q", "--allow-empty", "-m", "topic")
    git(repository, "checkout", "-q", "main")
    git(repository, "commit", "-q", "--allow-empty", "-m", "main")
    assert merge_base(str(repository), "topic") == base


def test_a_shallow_clone_says_what_to_fetch(repository: Path, tmp_path: Path) -> None:
    git(repository, "checkout", "-qb", "topic")
    git(repository, "commit", "-q", "--allow-empty", "-m", "topic")
    git(repository, "checkout", "-q", "main")
    git(repository, "commit", "-q", "--allow-empty", "-m", "main")
    url = repository.as_uri()
    git(tmp_path, "clone", "-q", "--depth", "1", "--no-single-branch", url, "shallow")
    with pytest.raises(RevisionError, match="fetch-depth: 0"):
        merge_base(str(tmp_path / "shallow"), "origin/topic")
    with pytest.raises(RevisionError, match="fetch-depth: 0"):
        merge_base(str(tmp_path / "shallow"), "HEAD~5")


def test_a_partial_clone_fetches_nothing(repository: Path, tmp_path: Path) -> None:
    git(repository, "config", "uploadpack.allowFilter", "true")
    url = repository.as_uri()
    git(tmp_path, "clone", "-q", "--no-checkout", "--filter=blob:none", url, "partial")
    with RevisionTree(tmp_path / "partial", "HEAD") as tree:
        assert tree.files() == ()
        assert ("app.ts", "is missing from the repository (a partial clone does not hold it)") in tree.problems


def test_overlay(repository: Path) -> None:
    overlay = OverlayTree(WorkTree(repository), {"app.ts": b"unsaved", "new.ts": b"", "out.ts": b"mine"})
    assert [entry.path for entry in overlay.files()][:2] == ["app.ts", "db/link.sql"]
    assert overlay.read("app.ts") == b"unsaved"
    assert overlay.read("new.ts") == b""
    assert overlay.has("new.ts")
    assert overlay.read("db/link.sql").startswith(b"create")
    assert "out.ts" not in dict(overlay.problems)
    assert {entry.path: entry.size for entry in overlay.files()}["app.ts"] == 7
