"""A command that goes on until it is interrupted, and what it says meanwhile."""

from __future__ import annotations

import os
import queue
import signal
import subprocess
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

__all__ = ["Lasting", "lasting", "project"]

PATIENCE = 60.0


def project(root: Path) -> Path:
    """Write a project whose code asks for one table, which is there, and return it."""
    (root / "supabase" / "migrations").mkdir(parents=True)
    (root / "supabase" / "migrations" / "20250101000000_notes.sql").write_text(
        "create table notes (id bigint primary key);\nalter table notes enable row level security;\n"
        "create policy p on notes for select using (true);\n"
    )
    (root / "page.ts").write_text(
        "import { createClient } from '@supabase/supabase-js'\n"
        "const db = createClient('', '')\nexport const a = db.from('notes').select('id')\n"
    )
    return root


class Lasting:
    """The running command. `said` gives the next line of standard error."""

    def __init__(self, process: subprocess.Popen[str]) -> None:
        self.process = process
        self._lines: queue.Queue[str] = queue.Queue()
        threading.Thread(target=self._read, daemon=True).start()

    def _read(self) -> None:
        assert self.process.stderr is not None
        for line in self.process.stderr:
            self._lines.put(line)

    def said(self) -> str:
        return self._lines.get(timeout=PATIENCE)

    def interrupt(self) -> int:
        """Press Ctrl-C, and return the exit code."""
        self.process.send_signal(signal.SIGINT)
        return self.process.wait(PATIENCE)


def _heed_interrupts() -> None:
    """A shell that runs the tests in the background has them, and what they start, ignore Ctrl-C."""
    signal.signal(signal.SIGINT, signal.SIG_DFL)


@contextmanager
def lasting(*arguments: str) -> Iterator[Lasting]:
    process = subprocess.Popen(
        [sys.executable, "-m", "tripoint", *arguments],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        env={**os.environ, "NO_COLOR": "1"},
        preexec_fn=_heed_interrupts,
    )
    try:
        yield Lasting(process)
    finally:
        process.kill()
        process.communicate()
