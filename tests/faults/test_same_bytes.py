"""The same project gives the same bytes, whatever the machine and the moment are like."""

from __future__ import annotations

import os
import random
import shutil
import subprocess
import sys
from pathlib import Path

import pytest
from benchmarks.generate import generate_project

ROOT = Path(__file__).parents[2]
FORMATS = ("terminal", "markdown", "json", "html", "sarif", "junit", "github", "gitlab", "pull-request")
PROGRAM = """
import os, random, sys
seed, umask, *arguments = sys.argv[1:]
os.umask(int(umask, 8))
order, real = random.Random(int(seed)), os.scandir

class Shuffled:
    def __init__(self, *args):
        with real(*args) as found:
            self.entries = list(found)
        order.shuffle(self.entries)
    def __enter__(self): return self
    def __exit__(self, *_): return None
    def __iter__(self): return iter(self.entries)
    def close(self): pass

os.scandir = Shuffled
listed = os.listdir
os.listdir = lambda *args: order.sample(found := listed(*args), len(found))
from tripoint.cli import main
sys.exit(main(arguments))
"""


@pytest.fixture(scope="module", params=["the example", "a generated project"])
def project(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("same") / "project"
    if request.param == "the example":
        shutil.copytree(ROOT / "examples/persona-studio", folder)
    else:
        generate_project(folder, tables=12, migrations=6, code_files=40)
    return folder


def audited(project: Path, home: Path, seed: int, **other: str) -> dict[str, str]:
    """Audit once, in every format, on a machine that differs by chance."""
    chance = random.Random(seed)
    here = chance.choice([project, project.parent, Path("/")])
    reports = {name: home / f"{seed}-{name}" for name in FORMATS}
    environment = {
        "PATH": os.environ["PATH"],
        "HOME": str(home),
        "PYTHONPATH": os.pathsep.join([str(ROOT / "src"), str(ROOT)]),
        "PYTHONHASHSEED": str(seed),
        "LC_ALL": chance.choice(["C", "C.UTF-8", "tr_TR.UTF-8", "de_DE.ISO-8859-1"]),
        "TZ": chance.choice(["UTC", "Asia/Kathmandu", "America/St_Johns"]),
        "COLUMNS": "100",
        **other,
    }
    arguments = ["audit", str(project), "--fail-on", "never", "-o", str(home / "out")]
    for name, path in reports.items():
        arguments += ["--report", f"{name}={path}"]
    if chance.random() < 0.3:
        arguments.append("--no-cache")
    command = [sys.executable, "-c", PROGRAM, str(seed), chance.choice(["022", "077", "000"]), *arguments]
    if chance.random() < 0.5 and shutil.which("taskset"):
        command = ["taskset", "-c", "0", *command]  # one worker
    done = subprocess.run(command, cwd=here, env=environment, capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    return {name: path.read_text("utf-8") for name, path in reports.items()}


def test_same_project_same_bytes(project: Path, tmp_path: Path) -> None:
    first, *others = [audited(project, tmp_path, seed) for seed in range(5)]
    for number, other in enumerate(others):
        for name in FORMATS:
            assert other[name] == first[name], (number, name)
