"""`tripoint audit --watch`, as a person runs it."""

from __future__ import annotations

import sys
from pathlib import Path

import pytest

from watch.lasting import lasting, project

PAGE = "db.from('{}').select('id')\n"


def test_each_save_is_audited(tmp_path: Path) -> None:
    root = project(tmp_path / "project")
    report = root / "report.md"
    with lasting("audit", str(root), "--watch", "--quiet", "--report", f"markdown={report}") as command:
        assert command.said().endswith(" · watching 2 files · Ctrl-C ends\n")
        assert "shelves" not in report.read_text()
        before = (root / "page.ts").read_text()
        with (root / "page.ts").open("a") as page:
            page.write(PAGE.format("shelves"))
        line = command.said()
        assert "after page.ts changed: 1 new (missing-table public.shelves)" in line
        assert "public.shelves" in report.read_text()
        # The report was written into the project: that alone is no reason to audit again.
        (root / "tripoint.toml").write_text("[severity")
        assert "tripoint.toml:1: is no valid TOML" in command.said()
        assert command.said() == "watching 3 files · Ctrl-C ends\n"
        (root / "tripoint.toml").unlink()
        assert "after tripoint.toml changed: nothing new" in command.said()
        (root / "page.ts").write_text(before)
        assert "after page.ts changed: 1 mended (missing-table public.shelves)" in command.said()
        (root / "page.ts").write_text(f"{before}db.from(name).select('id')\n")
        assert "after page.ts changed: 1 place more not read or not decided" in command.said()
        assert command.interrupt() == 0
        assert command.process.stdout is not None
        assert "Traceback" not in command.process.stdout.read()


def test_a_folder_that_is_not_there(tmp_path: Path) -> None:
    with lasting("audit", str(tmp_path / "nowhere"), "--watch") as command:
        assert "there is no folder" in command.said()
        assert command.process.wait(60) == 2


@pytest.mark.skipif(sys.platform != "linux", reason="the memory is read from /proc")
def test_an_audit_is_freed_before_the_next(tmp_path: Path) -> None:
    root = project(tmp_path / "project")
    (root / "many.ts").write_text((root / "page.ts").read_text() + PAGE.format("books") * 4_000)
    with lasting("audit", str(root), "--watch", "--quiet", "-o", str(tmp_path / "report")) as command:
        command.said()
        sizes = []
        for number in range(5):
            with (root / "page.ts").open("a") as page:
                page.write(f"// {number}\n")
            command.said()
            sizes.append(resident(command.process.pid))
        assert sizes[4] - sizes[1] < 0.3 * sizes[0], sizes


def resident(pid: int) -> int:
    """Return the resident memory of a process, in KiB."""
    status = Path(f"/proc/{pid}/status").read_text()
    return int(status.partition("VmRSS:")[2].split()[0])
