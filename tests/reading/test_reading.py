"""Files are read to the same facts by one process, by several and from the cache; what a file does to its reader costs
that file alone, and nothing outlives the one that asked."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from collections.abc import Mapping
from pathlib import Path

import pytest
from benchmarks.generate import generate_project
from msgspec import Struct

from tripoint.cache import Cache
from tripoint.reading import Read, Reading, Wanted, pool, read_one
from tripoint.reading.kinds import decode, encode
from tripoint.reading.pool import Failure, Pool, Task, dismiss, summon
from tripoint.tree import OverlayTree, Tree, WorkTree

EXAMPLE = Path(__file__).parents[2] / "examples" / "persona-studio"
KINDS = {".sql": "sql", ".ts": "code", ".md": "document"}


def wanted_in(tree: Tree) -> list[Wanted]:
    return [Wanted(entry.path, KINDS[Path(entry.path).suffix], entry.size) for entry in tree.files()]  # type: ignore[arg-type]


def read(
    tree: Tree, wanted: list[Wanted], processes: int, cache: Cache | None = None
) -> tuple[Read, list[tuple[str, str]]]:
    said: list[tuple[str, str]] = []
    with Reading(tree, lambda path, reason: said.append((path, reason)), cache, processes) as reading:
        reading.start(wanted)
        return reading.finish(), said


@pytest.fixture
def project(tmp_path: Path) -> WorkTree:
    generate_project(tmp_path / "project", tables=5, migrations=4, code_files=30)
    return WorkTree(tmp_path / "project")


def test_one_process_several_and_the_cache_read_the_same(project: WorkTree, tmp_path: Path) -> None:
    wanted = wanted_in(project)
    alone, _ = read(project, wanted, 0)
    assert list(alone.facts) == [file.path for file in wanted]
    for processes in (1, 3):
        assert read(project, wanted, processes)[0] == alone
    for _ in range(2):
        with Cache(str(tmp_path / "cache")) as cache:
            assert read(project, wanted, 1, cache)[0] == alone


def test_what_needs_the_first_files_alone_is_done_while_others_are_read(project: WorkTree) -> None:
    files = sorted(wanted_in(project), key=lambda file: file.kind != "sql")
    sql = [file.path for file in files if file.kind == "sql"]
    seen: list[int] = []

    def meanwhile(facts: Mapping[str, object]) -> bool:
        seen.append(len(facts))
        return not all(path in facts for path in sql)

    with Reading(project, lambda path, reason: None, None, 1) as reading:
        reading.start(files)
        everything = reading.finish(None, meanwhile).facts
    assert list(everything) == [file.path for file in files]
    assert seen[0] == 0
    assert seen[-1] >= len(sql)
    assert all(before < len(sql) for before in seen[:-1])


def test_what_is_one_value_in_several_places_stays_one() -> None:
    """Whoever follows values tells them apart by identity: a chain and the variable that is bound to it."""
    data = (EXAMPLE / "app/agents/[id]/page.tsx").read_bytes() + b"\nconst load = () => db.from('a').select()\n"
    facts = read_one("code", ".tsx", data)
    copy = decode("code", encode("code", facts))
    assert copy == facts
    assert sharing(copy) == sharing(facts)
    assert len(set(sharing(facts))) < len(sharing(facts)), "nothing is shared: the example shows nothing"


def sharing(root: object) -> list[int]:
    """Return a number for each place of a record below `root`, equal where it is the same object."""
    numbers: dict[int, int] = {}
    found: list[int] = []

    def walk(value: object) -> None:
        if isinstance(value, tuple):
            for item in value:
                walk(item)
        elif isinstance(value, Struct):
            found.append(numbers.setdefault(id(value), len(numbers)))
            for name in value.__struct_fields__:
                walk(getattr(value, name))

    walk(root)
    return found


def test_a_file_that_went_away_is_said_and_costs_only_itself(project: WorkTree) -> None:
    wanted = [Wanted("gone.sql", "sql", 1), Wanted("docs/domain-model.md", "document", 1)]
    found, said = read(project, wanted, 1)
    assert list(found.facts) == ["docs/domain-model.md"]
    assert [path for path, _ in said] == ["gone.sql"]


HARM = {
    "hang.sql": "while True: pass",
    "crash.sql": "import faulthandler, os; faulthandler.disable(); os.abort()",
    "leave.sql": "import os; os._exit(3)",
    "hoard.sql": "bytearray(8 * 1024**3)",
    "raise.sql": "raise KeyError('x')",
    "deep.sql": "def f(): f()\nf()",
}
SAID = {
    "hang.sql": "reading it takes longer than any file may",
    "crash.sql": f"reading it ended the reader with signal {int(signal.SIGABRT)}",
    "leave.sql": "reading it ended the reader",
    "hoard.sql": "reading it takes more memory than any file may",
    "raise.sql": "reading it failed with an internal error, please report it: KeyError: 'x'",
    "deep.sql": "it is nested too deep to be read",
}


def test_what_a_file_does_to_its_reader_costs_that_file_alone(
    project: WorkTree, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The harm is planted in the reader itself, where no parser's own care can prevent it."""
    monkeypatch.setattr("tripoint.reading.worker.SECONDS", 1)
    monkeypatch.setattr("tripoint.reading.worker.MEMORY", 1024**3)
    monkeypatch.setattr("tripoint.reading.pool.may_fork", lambda: True)

    def planted(kind: object, suffix: str, data: bytes) -> object:
        if data.startswith(b"-- harm: "):
            exec(data[9:].decode(), {})
        return read_one(kind, suffix, data)  # type: ignore[arg-type]

    monkeypatch.setattr("tripoint.reading.worker.read_one", planted)
    tree = OverlayTree(project, {path: f"-- harm: {code}".encode() for path, code in HARM.items()})
    wanted = wanted_in(tree)
    found, said = read(tree, wanted, 2)
    assert said == []
    assert list(found.facts) == [file.path for file in wanted]
    for path, reason in SAID.items():
        (problem,) = found.facts[path].problems
        assert problem.reason.startswith(reason), path
        assert problem.kind == ("internal" if path == "raise.sql" else "unread"), path
    sound, _ = read(project, wanted_in(project), 0)
    assert {path: facts for path, facts in found.facts.items() if path not in HARM} == sound.facts


def test_files_that_take_long_together_are_given_up_in_the_end(
    project: WorkTree, monkeypatch: pytest.MonkeyPatch
) -> None:
    def planted(kind: object, suffix: str, data: bytes) -> object:
        if data.startswith(b"-- slow"):
            time.sleep(600)
        return read_one(kind, suffix, data)  # type: ignore[arg-type]

    monkeypatch.setattr("tripoint.reading.worker.read_one", planted)
    monkeypatch.setattr("tripoint.reading.pool.may_fork", lambda: True)
    monkeypatch.setattr("tripoint.reading.pool.LONGEST", 3.0)
    slow = [f"slow{n}.sql" for n in range(5)]
    tree = OverlayTree(project, dict.fromkeys(slow, b"-- slow"))
    found, _ = read(tree, [Wanted("docs/domain-model.md", "document", 1), *(Wanted(s, "sql", 1) for s in slow)], 2)
    assert found.facts["docs/domain-model.md"].problems == ()
    for path in slow:
        assert [p.reason.partition(";")[0] for p in found.facts[path].problems] == [
            "reading the whole project took too long"
        ]


def test_the_answers_of_a_worker_that_has_ended_since_are_taken(monkeypatch: pytest.MonkeyPatch) -> None:
    """Else the file before the harmful one is given up, for no fault of its own."""

    def planted(kind: object, suffix: str, data: bytes) -> object:
        return os._exit(3) if data == b"leave" else read_one(kind, suffix, data)  # type: ignore[arg-type]

    monkeypatch.setattr("tripoint.reading.worker.read_one", planted)
    monkeypatch.setattr("tripoint.reading.pool.may_fork", lambda: True)
    failed: dict[str, bool] = {}
    workers = Pool(1, lambda task, answer: failed.update({task.path: isinstance(answer, Failure)}))
    for path, data in (("a.sql", b"select 1"), ("b.sql", b"leave"), ("c.sql", b"select 2")):
        workers.submit(Task(path, "sql", ".sql", data))
    (worker,) = workers._workers
    os.waitid(os.P_PID, worker._pid, os.WEXITED | os.WNOWAIT)
    while workers.busy:
        workers.pump(1.0)
    workers.close()
    assert failed == {"a.sql": False, "b.sql": True, "c.sql": False}


def test_workers_that_were_summoned_read_the_same(project: WorkTree, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("tripoint.reading.pool.may_fork", lambda: True)
    wanted = wanted_in(project)
    expected, _ = read(project, wanted, 0)
    summon()
    first = [worker._pid for worker in pool._summoned]
    assert first
    assert all(map(alive, first))
    assert read(project, wanted, 2)[0] == expected
    assert pool._summoned == []
    assert not any(map(alive, first))


def test_a_summoned_worker_that_ends_while_it_loads_costs_no_file(
    project: WorkTree, monkeypatch: pytest.MonkeyPatch
) -> None:
    wanted = wanted_in(project)
    expected, _ = read(project, wanted, 0)
    monkeypatch.setattr("tripoint.reading.pool.may_fork", lambda: True)
    with monkeypatch.context() as patch:
        patch.setattr("tripoint.reading.worker.read_one", lambda kind, suffix, data: os._exit(3))
        summon()
    found, said = read(project, wanted, 2)
    assert (found, said) == (expected, [])


def test_workers_that_nobody_needed_are_dismissed(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("tripoint.reading.pool.may_fork", lambda: True)
    summon()
    idle = [worker._pid for worker in pool._summoned]
    dismiss()
    assert idle
    assert not any(map(alive, idle))


def alive(pid: int) -> bool:
    try:
        return Path(f"/proc/{pid}/stat").read_text().rsplit(")", 1)[1].split()[0] != "Z"
    except FileNotFoundError:
        return False


@pytest.mark.parametrize("fork", [True, False], ids=["forked", "started afresh"])
def test_workers_end_with_a_killed_parent(fork: bool) -> None:
    program = (
        "import time\n"
        "from tripoint.reading import pool\n"
        f"pool.may_fork = lambda: {fork}\n"
        "workers = pool.Pool(1, lambda task, answer: None)\n"
        "workers.submit(pool.Task('a.sql', 'sql', '.sql', b'select 1'))\n"
        "while workers.busy: workers.pump(1.0)\n"
        "(worker,) = workers._workers\n"
        "print(worker._pid or worker._process.pid, flush=True)\n"
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
