"""What is noticed of a folder's changes, and what is not."""

from __future__ import annotations

import os
import subprocess
import threading
from collections.abc import Callable, Sequence
from pathlib import Path

import pytest

from tripoint.tree import RootError
from tripoint.tree.watch import Watcher


@pytest.fixture(params=[True, False], ids=["git", "no git"])
def folder(tmp_path: Path, request: pytest.FixtureRequest) -> Path:
    root = tmp_path / "project"
    (root / "migrations").mkdir(parents=True)
    (root / "migrations" / "1_a.sql").write_text("create table a ();")
    (root / "page.ts").write_text("export {}")
    if request.param:
        subprocess.run(["git", "init", "-q", str(root)], check=True)
    return root


def told(watcher: Watcher, folder: Path, change: Callable[[], object]) -> Sequence[str]:
    """Return what is told of a change, as paths in the folder."""
    change()
    return [os.path.relpath(path, os.path.realpath(folder)) for path in watcher.wait()]


def test_a_changed_a_new_and_a_deleted_file(folder: Path) -> None:
    watcher = Watcher(folder)
    assert watcher.files == 2
    assert told(watcher, folder, lambda: (folder / "page.ts").write_text("export { x }")) == ["page.ts"]
    new = folder / "migrations" / "2_b.sql"
    assert told(watcher, folder, lambda: new.write_text("create table b ();")) == ["migrations/2_b.sql"]
    assert told(watcher, folder, new.unlink) == ["migrations/2_b.sql"]

    def folder_with_file() -> None:
        (folder / "docs" / "deep").mkdir(parents=True)
        (folder / "docs" / "deep" / "a.md").write_text("# A")

    assert told(watcher, folder, folder_with_file) == ["docs/deep/a.md"]


def test_a_file_that_is_moved_into_place(folder: Path) -> None:
    watcher = Watcher(folder)
    stamp = (folder / "page.ts").stat()

    def save() -> None:
        (folder / "page.ts.new").write_text("export +")
        os.utime(folder / "page.ts.new", ns=(stamp.st_atime_ns, stamp.st_mtime_ns))
        os.replace(folder / "page.ts.new", folder / "page.ts")

    assert "page.ts" in told(watcher, folder, save)


def test_what_we_write_ourselves_is_not_told(folder: Path) -> None:
    report = folder / "report.md"
    watcher = Watcher(folder, unwatched=[str(report)])

    def both() -> None:
        report.write_text("# Report")
        (folder / "page.ts").write_text("export { y }")

    assert told(watcher, folder, both) == ["page.ts"]


def test_a_file_outside_is_told_where_it_is_asked_for(folder: Path, tmp_path: Path) -> None:
    settings = tmp_path / "settings.toml"
    watcher = Watcher(folder, further=[str(settings)])
    assert told(watcher, folder, lambda: settings.write_text("")) == ["../settings.toml"]


def test_a_file_is_waited_for_until_it_is_written(folder: Path) -> None:
    naps = []

    def nap(seconds: float) -> None:
        """The writer goes on while the watcher sleeps, five times."""
        naps.append(seconds)
        if len(naps) <= 5:
            with (folder / "page.ts").open("a") as file:
                file.write("more")

    watcher = Watcher(folder, sleep=nap)
    assert len(watcher.wait()) == 1
    assert len(naps) == 6
    assert (folder / "page.ts").read_text() == "export {}" + "more" * 5


def test_a_folder_that_goes_and_comes_back(folder: Path) -> None:
    watcher = Watcher(folder)
    away = folder.with_name("away")
    folder.rename(away)

    def return_changed() -> None:
        (away / "page.ts").write_text("export { z }")
        away.rename(folder)

    timer = threading.Timer(0.4, return_changed)
    timer.start()
    assert [os.path.basename(path) for path in watcher.wait()] == ["page.ts"]
    timer.join()


def test_no_folder(tmp_path: Path) -> None:
    with pytest.raises(RootError):
        Watcher(tmp_path / "nowhere")
