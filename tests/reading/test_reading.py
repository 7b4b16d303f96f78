"""Files are read to the same facts by one process or by several, and nothing outlives the one that asked."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from pathlib import Path

from benchmarks.generate import generate_project

from tripoint.reading import Wanted, read_files
from tripoint.tree import WorkTree


def test_one_process_and_several_read_the_same(tmp_path: Path) -> None:
    generate_project(tmp_path, tables=5, migrations=4, code_files=30)
    tree = WorkTree(tmp_path)
    kinds = {".sql": "sql", ".ts": "code", ".md": "document"}
    wanted = [Wanted(entry.path, kinds[Path(entry.path).suffix], entry.size) for entry in tree.files()]  # type: ignore[arg-type]
    alone = read_files(tree, wanted, lambda path, reason: None, processes=1)
    together = read_files(tree, wanted, lambda path, reason: None, processes=2)
    assert alone == together
    assert len(alone.facts) == len(wanted)


def test_a_file_that_went_away_is_said_and_costs_only_itself(tmp_path: Path) -> None:
    generate_project(tmp_path, tables=2, migrations=2, code_files=2)
    tree = WorkTree(tmp_path)
    wanted = [Wanted("gone.sql", "sql", 1), Wanted("docs/domain-model.md", "document", 1)]
    said: list[tuple[str, str]] = []
    facts, _ = read_files(tree, wanted, lambda path, reason: said.append((path, reason)), processes=1)
    assert list(facts) == ["docs/domain-model.md"]
    assert [path for path, _ in said] == ["gone.sql"]


def alive(pid: int) -> bool:
    try:
        return Path(f"/proc/{pid}/stat").read_text().rsplit(")", 1)[1].split()[0] != "Z"
    except FileNotFoundError:
        return False


def test_workers_end_with_a_killed_parent() -> None:
    program = (
        "import os, time\n"
        "from concurrent.futures import ProcessPoolExecutor\n"
        "from multiprocessing import get_context\n"
        "from tripoint.reading import _end_with_parent\n"
        "pool = ProcessPoolExecutor(2, mp_context=get_context('fork'), initializer=_end_with_parent)\n"
        "first = pool.submit(os.getpid)\n"
        "print(first.result(), flush=True)\n"
        "time.sleep(60)\n"
    )
    parent = subprocess.Popen([sys.executable, "-c", program], stdout=subprocess.PIPE, text=True)
    assert parent.stdout is not None
    worker = int(parent.stdout.readline())
    assert alive(worker)
    os.kill(parent.pid, signal.SIGKILL)
    parent.wait()
    parent.stdout.close()
    deadline = time.monotonic() + 20
    while alive(worker) and time.monotonic() < deadline:
        time.sleep(0.02)
    assert not alive(worker)
