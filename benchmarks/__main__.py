"""Measure audits: `python -m benchmarks` on generated projects, or `python -m benchmarks FOLDER …` on given ones.

Each project is audited cold (no cache), after one file changed, and warm (nothing changed), alternately with what a
person would otherwise wait for: `rg -n '\\.from\\('` and, where it is installed, ast-grep for `$A.from($B)`. Every run
is a process of its own, timed from start to end with its peak memory; the best of three is shown. *Saved* is what
`--watch` takes for one changed file. Machines differ and are busy: only ratios within one run of this program mean
anything. Nothing of a given folder is changed: a copy is.
"""

from __future__ import annotations

import argparse
import math
import os
import re
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import NamedTuple

from benchmarks.generate import generate_project

SIZES = {100: (10, 20), 1_000: (60, 100), 10_000: (300, 500), 100_000: (1_000, 2_000)}
"""Files of code → tables and migrations of a generated project."""
TRIES = 3


class Best(NamedTuple):
    """The shortest wall time in seconds, and the largest peak memory in bytes."""

    seconds: float = math.inf
    memory: int = 0

    def better(self, other: Best) -> Best:
        return Best(min(self.seconds, other.seconds), max(self.memory, other.memory))


class Row(NamedTuple):
    """What was measured on one project."""

    name: str
    files: int
    best: dict[str, Best]


def once(command: list[str], environment: dict[str, str]) -> Best:
    """Run a command; no match (1) is as good as a match."""
    start = time.perf_counter()
    process = subprocess.Popen(command, env=environment, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE)
    assert process.stderr is not None
    said = process.stderr.read()
    _, status, usage = os.wait4(process.pid, 0)
    seconds = time.perf_counter() - start
    process.returncode = os.waitstatus_to_exitcode(status)
    if process.returncode not in (0, 1):
        raise SystemExit(f"{' '.join(command)}: {said.decode('utf-8', 'replace')}")
    return Best(seconds, usage.ru_maxrss * (1 if sys.platform == "darwin" else 1024))


def measure(name: str, folder: Path, tries: int = TRIES) -> Row:
    """Measure one project, every command in turn."""
    with tempfile.TemporaryDirectory(prefix="tripoint-bench-") as scratch:
        copy = Path(scratch, "project")
        shutil.copytree(folder, copy, symlinks=True, ignore=shutil.ignore_patterns("node_modules", ".venv"))
        age(copy)
        environment = {**os.environ, "XDG_CACHE_HOME": str(Path(scratch, "cache"))}
        environment.pop("PYTHONDONTWRITEBYTECODE", None)
        audit = [sys.executable, "-m", "tripoint", "audit", str(copy), "--fail-on", "never"]
        once(audit, environment)
        commands: dict[str, tuple[list[str], Callable[[int], None]]] = {
            "cold": ([*audit, "--no-cache"], lambda turn: None),
            "one changed": (audit, lambda turn: change(copy, turn)),
            "warm": (audit, lambda turn: None),
            **{other: ([*command, str(copy)], lambda turn: None) for other, command in rivals().items()},
        }
        best = dict.fromkeys(commands, Best())
        for turn in range(tries):
            for label, (command, before) in commands.items():
                before(turn)
                best[label] = best[label].better(once(command, environment))
        best["saved"] = watched(copy, [*audit, "--watch"], environment, tries)
        return Row(name, sum(len(files) for _, _, files in os.walk(copy)), best)


def watched(folder: Path, command: list[str], environment: dict[str, str], tries: int) -> Best:
    """Return how long it takes `--watch` to audit again when a file is saved, as it says itself."""
    best = Best()
    process = subprocess.Popen(command, env=environment, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, text=True)
    assert process.stderr is not None
    for turn, line in enumerate(process.stderr):
        took = re.search(r"audited in (\d+\.\d+) s", line)
        if took is None:
            raise SystemExit(f"{' '.join(command)}: {line.strip()}")
        if turn > 0:
            best = best.better(Best(float(took[1])))
        if turn == tries:
            break
        change(folder, TRIES + turn)
    process.kill()
    _, _, usage = os.wait4(process.pid, 0)
    process.returncode = -signal.SIGKILL
    return Best(best.seconds, usage.ru_maxrss * (1 if sys.platform == "darwin" else 1024))


def rivals() -> dict[str, list[str]]:
    """Return what is measured beside, as far as it is installed."""
    found = {"rg": ["rg", "-n", r"\.from\("], "ast-grep": ["ast-grep", "run", "-p", "$A.from($B)", "-l", "ts"]}
    return {name: command for name, command in found.items() if shutil.which(command[0])}


def age(folder: Path) -> None:
    """Make files look as old as those of a checkout that somebody works in: fresh times vouch for nothing."""
    for path in folder.rglob("*"):
        if path.is_file() and not path.is_symlink():
            os.utime(path, (1_700_000_000, 1_700_000_000))


def change(folder: Path, turn: int) -> None:
    """Change one file of code, as saving it does."""
    files = sorted(path for pattern in ("*.ts", "*.tsx", "*.py", "*.dart") for path in folder.rglob(pattern))
    if files:
        with files[turn % len(files)].open("a", encoding="utf-8") as file:
            file.write(f"\n// {turn}\n")


@contextmanager
def generated(code_files: int) -> Iterator[Path]:
    """Give a generated project."""
    tables, migrations = SIZES[code_files]
    with tempfile.TemporaryDirectory(prefix="tripoint-bench-") as root:
        generate_project(Path(root), tables, migrations, code_files)
        yield Path(root)


@contextmanager
def large_schema() -> Iterator[Path]:
    """Give a project with more tables and queries than any that we know: 65,000 columns, 100,000 queries."""
    with tempfile.TemporaryDirectory(prefix="tripoint-bench-") as root:
        generate_project(Path(root), tables=5_000, migrations=3_000, code_files=2_000, every=1, calls=50, others=0)
        yield Path(root)


def show(row: Row) -> None:
    """Print a project's figures, each beside the rivals'."""
    print(f"\n{row.name} ({row.files:,} files)")
    for label, best in row.best.items():
        ratios = "".join(
            f"  {best.seconds / row.best[other].seconds:>6.2f} × {other}"
            for other in ("rg", "ast-grep")
            if other in row.best and label not in ("rg", "ast-grep")
        )
        print(f"  {label:<12}{best.seconds * 1000:>10,.0f} ms{best.memory / 2**20:>8,.0f} MB{ratios}", flush=True)


def plot(rows: list[Row]) -> None:
    """Print how the times grow with the files: an exponent of 1 is linear, a fixed part makes it less."""
    print("\ngrowth (each # is a tenth of a power of ten, from 10 ms)")
    for label in ("cold", "one changed", "warm"):
        for before, row in zip((None, *rows), rows, strict=False):
            seconds = row.best[label].seconds
            bar = "#" * max(1, round(10 * math.log10(seconds / 0.01)))
            exponent = ""
            if before is not None:
                grown = math.log(seconds / before.best[label].seconds) / math.log(row.files / before.files)
                exponent = f"  exponent {grown:.2f}"
            print(f"  {label:<12}{row.files:>8,} files {seconds:>8.2f} s {bar}{exponent}")


def main() -> None:
    """Measure what the command line names."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks", description=__doc__.split("\n\n")[0])
    parser.add_argument("folders", nargs="*", type=Path, help="projects to measure (default: generated ones)")
    parser.add_argument("--largest", type=int, choices=SIZES, default=10_000, help="files of the largest generated one")
    arguments = parser.parse_args()
    environment = dict(os.environ)
    for label, command in (("python -c pass", ["-c", "pass"]), ("--version", ["-m", "tripoint", "--version"])):
        best = Best()
        for _ in range(5):
            best = best.better(once([sys.executable, *command], environment))
        print(f"{label:<14}{best.seconds * 1000:>10,.0f} ms", flush=True)
    if arguments.folders:
        for folder in arguments.folders:
            show(measure(folder.name, folder))
        return
    example = Path(__file__).parent.parent / "examples" / "persona-studio"
    show(measure("examples/persona-studio", example))
    rows = []
    for size in SIZES:
        if size <= arguments.largest:
            with generated(size) as folder:
                rows.append(measure(f"generated, {SIZES[size][0]:,} tables, {SIZES[size][1]:,} migrations", folder))
                show(rows[-1])
    if len(rows) > 1:
        plot(rows)
    if arguments.largest >= 10_000:
        with large_schema() as folder:
            show(measure("generated, 5,000 tables, 3,000 migrations, 100,000 queries", folder, tries=1))


if __name__ == "__main__":
    main()
