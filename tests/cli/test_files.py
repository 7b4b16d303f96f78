"""Files are written whole, and what killed runs left beside them goes with the next run."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

from tripoint.commands.files import write_file


def test_what_a_killed_run_left_is_removed(tmp_path: Path) -> None:
    ended = subprocess.Popen([sys.executable, "-c", ""])
    ended.wait()
    left = [tmp_path / f"report.md.{number}.tmp" for number in (ended.pid, os.getpid())]
    kept = [
        tmp_path / f"report.md.{os.getppid()}.tmp",  # of a run that goes on
        tmp_path / f"other.md.{ended.pid}.tmp",
        tmp_path / "report.md.old.tmp",
    ]
    for path in (*left, *kept):
        path.write_text("half")
    write_file(str(tmp_path / "report.md"), "whole\n")
    assert sorted(tmp_path.iterdir()) == sorted([tmp_path / "report.md", *kept])
    assert (tmp_path / "report.md").read_text() == "whole\n"


@pytest.mark.parametrize("named", ["report.md", "reports/report.md", "../audited/report.md", "../alias/report.md"])
def test_a_link_within_the_audited_project_is_not_written_through(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, named: str
) -> None:
    project, theirs = tmp_path / "audited", tmp_path / "theirs"
    project.mkdir()
    theirs.mkdir()
    (theirs / "report.md").write_text("the person's own")
    (project / "report.md").symlink_to(theirs / "report.md")
    (project / "reports").symlink_to(theirs)
    (tmp_path / "alias").symlink_to(project)
    monkeypatch.chdir(project)
    with pytest.raises(OSError, match="it leads through a link within the project"):
        write_file(named, "whole\n", ".")
    assert (theirs / "report.md").read_text() == "the person's own"


def test_a_link_of_the_person_is_followed(tmp_path: Path) -> None:
    project, theirs = tmp_path / "audited", tmp_path / "theirs"
    project.mkdir()
    theirs.write_text("of yesterday")
    (tmp_path / "latest").symlink_to(theirs)
    (tmp_path / "alias").symlink_to(project)
    write_file(str(tmp_path / "latest"), "whole\n", str(project))
    write_file(str(tmp_path / "alias" / "report.md"), "whole\n", str(tmp_path / "alias"))
    assert theirs.read_text() == (project / "report.md").read_text() == "whole\n"
    assert (tmp_path / "latest").is_symlink()


def test_a_pipe_that_has_no_path_is_written_to() -> None:
    reader, writer = os.pipe()
    write_file(f"/dev/fd/{writer}", "whole\n")
    os.close(writer)
    with os.fdopen(reader) as stream:
        assert stream.read() == "whole\n"
