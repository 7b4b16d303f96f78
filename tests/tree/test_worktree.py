"""The files of a folder: what is listed, what is left out, and that nothing hostile is followed or run."""

from __future__ import annotations

import os
import shutil
import socket
import subprocess
from pathlib import Path

import pytest

from tripoint.tree import Entry, Limits, RootError, TreeError, WorkTree


def git(root: Path, *arguments: str) -> str:
    identity = ["-c", "user.name=t", "-c", "user.email=t@example.org", "-c", "commit.gpgsign=false"]
    done = subprocess.run(["git", *identity, *arguments], cwd=root, check=True, capture_output=True, text=True)
    return done.stdout.strip()


def write(root: Path, *paths: str, text: str = "x\n") -> None:
    for path in paths:
        file = root / path
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(text)


def listed(tree: WorkTree) -> list[str]:
    return [entry.path for entry in tree.files()]


@pytest.fixture(params=["git", "plain"])
def root(request: pytest.FixtureRequest, tmp_path: Path) -> Path:
    if request.param == "git":
        git(tmp_path, "init", "-q")
    return tmp_path


def test_lists_files_sorted_by_bytes(root: Path) -> None:
    write(root, "b.sql", "a/z.ts", "a.ts", "a-b.ts", "é.md", "Z.md")
    tree = WorkTree(root)
    assert listed(tree) == ["Z.md", "a-b.ts", "a.ts", "a/z.ts", "b.sql", "é.md"]
    assert tree.files()[1] == Entry("a-b.ts", 2, tree.files()[1].content_id)
    assert tree.read("a/z.ts") == b"x\n"
    assert tree.problems == ()


def test_a_virtual_environment_of_any_name_is_left_out(root: Path) -> None:
    write(root, ".venv311/pyvenv.cfg", ".venv311/lib/a.py", "venvs/notes.py")
    assert listed(WorkTree(root)) == ["venvs/notes.py"]


def test_leaves_out_countably(root: Path) -> None:
    write(root, "logo.png", "yarn.lock", "app.min.js", "keep.ts", "public/assets/index-BXLJRhEc.js")
    write(root, "node_modules/x/a.js", "node_modules/x/b.js", ".venv/lib/a.py")
    write(root, "src/assets/user-settings.js")
    write(root, "big.ts", text="x" * 30)
    write(root, "big.sql", text="x" * 30)
    tree = WorkTree(root, Limits(sql=100, other=20))
    assert listed(tree) == ["big.sql", "keep.ts", "src/assets/user-settings.js"]
    counts = dict(tree.left_out)
    vendored = counts.pop("vendored code or build output", 0) or counts.pop("folder of vendored code or build output")
    assert vendored in (2, 3)
    assert counts == {
        "binary file": 1,
        "larger than the size limit": 1,
        "lock file": 1,
        "minified or bundled file": 2,
    }


def test_output_folders_need_a_tool_beside_them(root: Path) -> None:
    write(root, "web/package.json", "web/dist/a.ts", "web/build/b.ts", "app/build/c.ts", "app/out/d.ts")
    assert listed(WorkTree(root)) == ["app/build/c.ts", "app/out/d.ts", "web/package.json"]


def test_tracked_sources_below_build_are_kept(tmp_path: Path) -> None:
    git(tmp_path, "init", "-q")
    write(tmp_path, "package.json", "build/tool.ts", "vendor/schema.sql", "dist/bundle.js", "go/vendor/modules.txt")
    write(tmp_path, "go/vendor/lib/a.go", "node_modules/a.js")
    git(tmp_path, "add", "-f", ".")
    assert listed(WorkTree(tmp_path)) == ["build/tool.ts", "package.json", "vendor/schema.sql"]


def test_git_decides_what_is_ignored(tmp_path: Path) -> None:
    git(tmp_path, "init", "-q")
    write(tmp_path, ".gitignore", text="*.log\nsecret/\n")
    write(tmp_path, "a.ts", "b.log", "secret/c.ts", "new.ts")
    git(tmp_path, "add", "a.ts")
    assert listed(WorkTree(tmp_path)) == [".gitignore", "a.ts", "new.ts"]
    os.remove(tmp_path / "a.ts")
    assert listed(WorkTree(tmp_path)) == [".gitignore", "new.ts"]


def test_a_folder_inside_a_checkout(tmp_path: Path) -> None:
    git(tmp_path, "init", "-q")
    write(tmp_path, "outer.ts", "sub/inner.ts", "ignored/a.ts")
    write(tmp_path, ".gitignore", text="ignored/\n")
    git(tmp_path, "add", ".")
    assert listed(WorkTree(tmp_path / "sub")) == ["inner.ts"]
    assert listed(WorkTree(tmp_path / "ignored")) == ["a.ts"]


def test_repositories_inside_are_named(root: Path) -> None:
    write(root, "a.ts", "inner/b.ts")
    git(root / "inner", "init", "-q")
    tree = WorkTree(root)
    assert listed(tree) == ["a.ts"]
    assert tree.problems == (("inner", "is a git repository of its own, which is not audited with this"),)


def test_a_submodule_is_named(tmp_path: Path) -> None:
    git(tmp_path, "init", "-q")
    write(tmp_path, "sub/a.ts")
    git(tmp_path / "sub", "init", "-q")
    git(tmp_path / "sub", "add", ".")
    git(tmp_path / "sub", "commit", "-qm", "one")
    git(tmp_path, "add", "sub")
    tree = WorkTree(tmp_path)
    assert listed(tree) == []
    assert [path for path, _ in tree.problems] == ["sub"]


def test_revision_is_the_commit_and_its_day(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    git(tmp_path, "init", "-q")
    assert WorkTree(tmp_path).revision is None
    write(tmp_path, "a.ts")
    monkeypatch.setenv("GIT_COMMITTER_DATE", "2024-02-29T23:30:00+0200")
    git(tmp_path, "add", ".")
    git(tmp_path, "commit", "-qm", "one")
    tree = WorkTree(tmp_path)
    assert tree.revision == git(tmp_path, "rev-parse", "HEAD")
    assert tree.revision_date == "2024-02-29"


def test_links(root: Path, tmp_path_factory: pytest.TempPathFactory) -> None:
    outside = tmp_path_factory.mktemp("outside")
    write(outside, "secret.ts", text="secret")
    write(root, "a.ts", "dir/b.ts", "shared/1.sql")
    for name, target in {
        "dangling.ts": "nowhere.ts",
        "loop.ts": "loop.ts",
        "out.ts": str(outside / "secret.ts"),
        "outdir": str(outside),
        "up.ts": "../../../../../../../../etc/hostname",
        "same.ts": "a.ts",
        "same.sql": "shared/1.sql",
        "folder": "dir",
    }.items():
        os.symlink(target, root / name)
    tree = WorkTree(root)
    assert listed(tree) == ["a.ts", "dir/b.ts", "same.sql", "shared/1.sql"]
    assert tree.read("same.sql") == b"x\n"
    assert dict(tree.left_out) == {"link to a file or folder that is listed itself": 2}
    assert dict(tree.problems) == {
        "dangling.ts": "is a link to nothing",
        "loop.ts": "is a link that leads back to itself",
        "out.ts": "is a link that leaves the project",
        "outdir": "is a link that leaves the project",
        "up.ts": "is a link that leaves the project",
    }
    for path in ("out.ts", "outdir/secret.ts", "../x", "/etc/hostname", "dir/../../x", "loop.ts"):
        with pytest.raises(TreeError):
            tree.read(path)
        assert not tree.has(path)


def test_a_tracked_folder_that_became_a_link_is_not_followed(
    tmp_path: Path, tmp_path_factory: pytest.TempPathFactory
) -> None:
    outside = tmp_path_factory.mktemp("outside")
    write(outside, "a.ts", text="secret")
    git(tmp_path, "init", "-q")
    write(tmp_path, "dir/a.ts")
    git(tmp_path, "add", ".")
    shutil.rmtree(tmp_path / "dir")
    os.symlink(outside, tmp_path / "dir")
    tree = WorkTree(tmp_path)
    assert "dir/a.ts" not in listed(tree)
    with pytest.raises(TreeError, match="leaves the project"):
        tree.read("dir/a.ts")


def test_special_files_are_problems_and_never_hang(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "pipe.sql")
    server = socket.socket(socket.AF_UNIX)
    here = os.getcwd()
    try:
        os.chdir(tmp_path)  # The names of sockets are short.
        server.bind("sock.ts")
    finally:
        os.chdir(here)
    os.symlink("/dev/zero", tmp_path / "zero.sql")
    tree = WorkTree(tmp_path)
    assert listed(tree) == []
    assert dict(tree.problems) == {
        "pipe.sql": "is a named pipe",
        "sock.ts": "is a socket",
        "zero.sql": "is a link that leaves the project",
    }
    server.close()
    for path, reason in {"pipe.sql": "is a named pipe", "sock.ts": "is no ordinary file"}.items():
        with pytest.raises(TreeError, match=reason):
            tree.read(path)


def test_names(root: Path) -> None:
    write(root, "new\nline.ts", "-x.ts", "a'\"b.ts", "\x1b[31m.ts")
    (root / os.fsdecode(b"caf\xe9.ts")).write_text("x")
    tree = WorkTree(root)
    assert listed(tree) == ["\x1b[31m.ts", "-x.ts", "a'\"b.ts", "new\nline.ts"]
    assert tree.problems == (("caf\\xe9.ts", "has a name that is not UTF-8"),)
    assert all(tree.read(path) == b"x\n" for path in listed(tree))
    with pytest.raises(TreeError):
        tree.read("a\0b")


def test_unreadable_file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    write(tmp_path, "a.ts")
    tree = WorkTree(tmp_path)
    assert listed(tree) == ["a.ts"]

    def refuse(*_: object, **__: object) -> int:
        raise PermissionError(13, "Permission denied")

    monkeypatch.setattr(os, "open", refuse)
    with pytest.raises(TreeError, match=r"a.ts: may not be read \(permission denied\)"):
        tree.read("a.ts")


def test_a_file_that_grew_is_not_read_without_bound(tmp_path: Path) -> None:
    write(tmp_path, "a.ts")
    tree = WorkTree(tmp_path, Limits(other=10))
    assert listed(tree) == ["a.ts"]
    write(tmp_path, "a.ts", text="x" * 11)
    with pytest.raises(TreeError, match="larger than 10 bytes"):
        tree.read("a.ts")


def test_deep_nesting_ends(tmp_path: Path) -> None:
    folder = tmp_path
    for _ in range(230):
        folder = folder / "d"
    folder.mkdir(parents=True)
    write(folder, "a.ts")
    tree = WorkTree(tmp_path)
    assert listed(tree) == []
    assert tree.problems[0][1] == "is nested deeper than 200 folders"


def test_an_empty_folder(root: Path) -> None:
    tree = WorkTree(root)
    assert (tree.files(), tree.problems, dict(tree.left_out)) == ((), (), {})


def test_roots_that_are_none(tmp_path: Path) -> None:
    with pytest.raises(RootError, match="there is no folder"):
        WorkTree(tmp_path / "nowhere")
    write(tmp_path, "file")
    with pytest.raises(RootError, match="is not a folder"):
        WorkTree(tmp_path / "file")
    with pytest.raises(RootError):
        WorkTree("a\0b")


def test_content_ids_change_with_the_content(tmp_path: Path) -> None:
    write(tmp_path, "a.ts", "b.ts")
    for name in ("a.ts", "b.ts"):
        os.utime(tmp_path / name, (1, 1))
    ids = [entry.content_id for entry in WorkTree(tmp_path).files()]
    # The change time is now, so nothing is vouched for yet.
    assert ids == [None, None]


# ---- hostile git configuration


def test_nothing_of_the_repository_runs(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    project = tmp_path / "project"
    project.mkdir()
    mark = tmp_path / "ran"
    script = tmp_path / "evil.sh"
    script.write_text(f"#!/bin/sh\ntouch {mark}\ncat\n")
    script.chmod(0o755)
    git(project, "init", "-q")
    write(project, "a.sql", "b.sql")
    git(project, "add", "a.sql")
    git(project, "commit", "-qm", "one")
    write(project, ".gitattributes", text="* filter=evil diff=evil\n")
    for name in ("post-index-change", "pre-commit", "fsmonitor-watchman", "query-watchman"):
        hook = project / ".git" / "hooks" / name
        hook.parent.mkdir(exist_ok=True)
        shutil.copy(script, hook)
    with (project / ".git" / "config").open("a") as config:
        config.write(
            f"[core]\n\tfsmonitor = {script}\n\tpager = {script}\n\tsshCommand = {script}\n\thooksPath = {tmp_path}\n"
            f"\tgitProxy = {script}\n\teditor = {script}\n"
            f'[filter "evil"]\n\tclean = {script}\n\tsmudge = {script}\n\tprocess = {script}\n\trequired = true\n'
            f'[diff "evil"]\n\ttextconv = {script}\n\tcommand = {script}\n'
            f"[alias]\n\tls-files = !{script}\n[pager]\n\tls-files = {script}\n[log]\n\tshowSignature = true\n"
            f'[gpg]\n\tprogram = {script}\n[remote "origin"]\n\turl = ext::{script}\n\tpromisor = true\n'
            "[extensions]\n\tpartialClone = origin\n[core]\n\trepositoryformatversion = 1\n"
        )
    os.utime(project / "a.sql", (1, 1))
    monkeypatch.setenv("GIT_DIR", str(tmp_path / "elsewhere"))
    tree = WorkTree(project)
    assert listed(tree) == [".gitattributes", "a.sql", "b.sql"]
    assert tree.revision is not None
    assert tree.read("a.sql") == b"x\n"
    assert not mark.exists()


def test_a_bare_repository_in_the_tree_is_not_obeyed(tmp_path: Path) -> None:
    git(tmp_path, "init", "-q", "--bare")
    write(tmp_path, "a.ts")
    tree = WorkTree(tmp_path)
    assert "a.ts" in listed(tree)
    assert tree.revision is None


def test_a_broken_repository_is_said_and_walked(tmp_path: Path) -> None:
    git(tmp_path, "init", "-q")
    write(tmp_path, "a.ts")
    (tmp_path / ".git" / "config").write_text("[core\n")
    tree = WorkTree(tmp_path)
    assert listed(tree) == ["a.ts"]
    assert len(tree.problems) == 1
    assert "git can't list the files" in tree.problems[0][1]


def test_without_git(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    git(tmp_path, "init", "-q")
    write(tmp_path, "a.ts")
    monkeypatch.setenv("PATH", str(tmp_path))
    tree = WorkTree(tmp_path)
    assert listed(tree) == ["a.ts"]
    assert tree.problems == (("", "git can't list the files (git is not installed), so ignored files are read too"),)
    assert tree.revision is None
