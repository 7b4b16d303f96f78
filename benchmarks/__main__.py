"""Measure audits: `python -m benchmarks` on generated projects, or `python -m benchmarks FOLDER …` on given ones.

Each run is a process of its own, timed from start to end with its peak memory; the best of three is shown beside a bare
`python -c pass`, since machines differ.
"""

from __future__ import annotations

import os
import resource
import shutil
import subprocess
import sys
import tempfile
import time
from pathlib import Path

from benchmarks.generate import generate_project

SIZES = ((30, 20, 100), (120, 350, 1500), (300, 700, 4000))
"""Tables, migrations and files of code of the generated projects."""
TRIES = 3


def measure(command: list[str]) -> tuple[float, int]:
    """Return the best wall time in seconds of three runs, and the peak memory in MB of all children so far."""
    best = float("inf")
    for _ in range(TRIES):
        start = time.perf_counter()
        subprocess.run(command, stdout=subprocess.DEVNULL, check=True)
        best = min(best, time.perf_counter() - start)
    return best, resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss // 1024


def audit_command(folder: Path) -> list[str]:
    return [sys.executable, "-m", "tripoint", "audit", str(folder), "--format", "json", "--fail-on", "never"]


def prove_command(folder: Path) -> list[str]:
    return [sys.executable, "-m", "tripoint", "prove", str(folder), "--quiet", "--fail-on", "never"]


def show(name: str, seconds: float, memory: int | None = None) -> None:
    print(f"{name:<60} {seconds * 1000:>9.0f} ms" + (f" {memory:>6} MB" if memory is not None else ""), flush=True)


def main(folders: list[str]) -> None:
    show("python -c pass", measure([sys.executable, "-c", "pass"])[0])
    show("tripoint --version", measure([sys.executable, "-m", "tripoint", "--version"])[0])
    if folders:
        for folder in folders:
            show(folder, *measure(audit_command(Path(folder))))
        return
    example = Path(__file__).parent.parent / "examples" / "persona-studio"
    show(os.path.relpath(example), *measure(audit_command(example)))
    for tables, migrations, code_files in SIZES:
        root = Path(tempfile.mkdtemp(prefix="tripoint-bench-"))
        try:
            generate_project(root, tables, migrations, code_files)
            name = f"{tables} tables, {migrations} migrations, {code_files} files of code"
            show(name, *measure(audit_command(root)))
            show("the same, proven", *measure(prove_command(root)))
        finally:
            shutil.rmtree(root)


if __name__ == "__main__":
    main(sys.argv[1:])
