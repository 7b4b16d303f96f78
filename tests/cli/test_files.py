"""Files are written whole, and what killed runs left beside them goes with the next run."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

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
