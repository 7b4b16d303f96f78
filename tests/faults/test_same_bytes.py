"""The same project gives the same bytes, whatever the machine and the moment are like."""

from __future__ import annotations

import json
import os
import random
import shutil
import sqlite3
import subprocess
import sys
from pathlib import Path

import pytest
from benchmarks.generate import generate_project

ROOT = Path(__file__).parents[2]
FORMATS = ("terminal", "markdown", "json", "html", "sarif", "junit", "github", "gitlab", "pull-request")
NEED_A_SERVER = {
    "access-narrowed",
    "access-widened",
    "differs-in-database",
    "function-leaks-rows",
    "leaks-rows",
    "migration-fails",
    "not-in-database",
    "not-in-migrations",
    "unused-index",
}
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
import tripoint.judge
tripoint.judge._LARGE = order.choice((0, 1 << 30))  # whether copies of the process check some of the rules
from tripoint.cli import main
sys.exit(main(arguments))
"""


CLIENT = "import { createClient } from '@supabase/supabase-js'\nconst db = createClient(u, k)\n"
FOLLOWED = {
    "src/address.ts": "export const a = (s) => fetch(`${SUPABASE_URL}/rest/v1/orders?select=id,totl&status=eq.${s}`)\n"
    "async function rest(path, options = {}) { return fetch(`${SUPABASE_URL}/rest/v1/${path}`, options) }\n"
    "rest('ordrs?id=eq.1', { method: 'PATCH', body: JSON.stringify({ a: 1, b: 2, c: 3 }) }); rest('lines?x=eq.1')\n",
    "src/address.py": "requests.patch(f'{SUPABASE_URL}/rest/v1/orders?idd=eq.{i}', json={'a': 1, 'd': 2})\n",
    "lib/address.dart": "f() async { await http.get(Uri.parse('$supabaseUrl/rest/v1/orders?select=id,totl&x=eq.1')); }"
    "\n",
    "src/branches.ts": CLIENT
    + "export async function f(a, which) {\n  let row = { id: 1, one: 1 }\n  let name = 'orders'\n"
    "  if (a) { row = { id: 2, two: 2 } } else { name = 'lines'; row.three = 3 }\n"
    "  for (const key of ['four', 'five']) row[key] = which[key]\n"
    "  await db.from(name).insert(row)\n  await db.from(which ? 'people' : 'orders').select(a ? 'id, six' : 'seven')\n"
    "  await db.from(which.table).select('x')\n}\n",
    "src/branches.py": "from supabase import create_client\ndb = create_client(u, k)\n"
    "def f(a):\n    row = {'id': 1, 'one': 1}\n"
    "    if a:\n        row = {'two': 2}\n    elif a is None:\n        row['three'] = 3\n"
    "    db.table('orders').insert(row).execute()\n",
    "supabase/migrations/20240101000000_orders.sql": "create table orders (id int, status text);\nselect from;\n"
    "do $$ begin execute current_setting('x.y'); end $$;\n",
}
"""Values that reach a call on several ways, requests by address, and what nobody can decide."""


def git(folder: Path, *arguments: str) -> None:
    who = ("-c", "user.name=Test", "-c", "user.email=test@example.org")
    none = {"PATH": os.environ["PATH"], "GIT_CONFIG_GLOBAL": os.devnull, "GIT_CONFIG_SYSTEM": os.devnull}
    subprocess.run(["git", *who, *arguments], cwd=folder, env=none, check=True, capture_output=True)


def every_rule(folder: Path) -> None:
    """Write a repository whose first commit is what is good in the case of each rule, and whose second what is bad."""
    cases = sorted(path for path in (ROOT / "tests/cases").iterdir() if (path / "bad").is_dir())
    git(folder.parent, "init", "-q", str(folder))
    for side in ("good", "bad"):
        for case in cases:
            shutil.rmtree(folder / case.name, ignore_errors=True)
            shutil.copytree(case / side, folder / case.name)
        git(folder, "add", "-A")
        git(folder, "commit", "-q", "-m", side)
    for path, text in FOLLOWED.items():
        (folder / "followed" / path).parent.mkdir(parents=True, exist_ok=True)
        (folder / "followed" / path).write_text(text, "utf-8")


@pytest.fixture(scope="module", params=["the example", "a generated project", "every rule"])
def project(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("same") / "project"
    if request.param == "the example":
        shutil.copytree(ROOT / "examples/persona-studio", folder)
    elif request.param == "a generated project":
        generate_project(folder, tables=12, migrations=6, code_files=40)
    else:
        folder.mkdir()
        every_rule(folder)
    return folder


def forget(home: Path, share: float) -> None:
    """Lose a share of what is kept, by chance: facts of files, and what follows from them."""
    chance = random.Random(share)
    for path in home.rglob("*.sqlite"):
        with sqlite3.connect(path) as cache:
            keys = [key for (key,) in cache.execute("select key from entries order by key")]
            lost = [(key,) for key in keys if chance.random() < share]
            cache.executemany("delete from entries where key = ?", lost)


def audited(project: Path, home: Path, seed: int, **other: str) -> dict[str, str]:
    """Audit once, in every format, on a machine that differs by chance."""
    chance = random.Random(seed)
    here = chance.choice([project, project.parent, Path("/")])
    # Under other names each time, so that it is asked anew, and not answered as before.
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
    arguments = ["audit", str(project), "--fail-on", "never", "-o", str(home / f"{seed}-out")]
    for name, path in reports.items():
        arguments += ["--report", f"{name}={path}"]
    if (project / ".git").exists():
        arguments += ["--since", "HEAD"]
    command = [sys.executable, "-c", PROGRAM, str(seed), chance.choice(["022", "077", "000"]), *arguments]
    if chance.random() < 0.5 and shutil.which("taskset"):
        command = ["taskset", "-c", "0", *command]  # one worker
    done = subprocess.run(command, cwd=here, env=environment, capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    return {name: path.read_text("utf-8") for name, path in reports.items()}


def test_same_project_same_bytes(project: Path, tmp_path: Path) -> None:
    first = audited(project, tmp_path, 0)
    forget(tmp_path, 0.6)
    other = audited(project, tmp_path, 4)  # with a Turkish locale
    for name in FORMATS:
        assert other[name] == first[name], name
    if (project / ".git").exists():
        report = json.loads(first["json"])
        found = {finding["rule"] for finding in report["findings"]}
        cases = {path.name for path in (ROOT / "tests/cases").iterdir()}
        assert cases - found == NEED_A_SERVER
        assert {"unresolved", "unparsed"} <= {notice["kind"] for notice in report["notices"]}
