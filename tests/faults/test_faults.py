"""Killed, out of space, at the same time, in another order of time: what is there afterwards is whole and right."""

from __future__ import annotations

import os
import random
import shutil
import signal
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from small_project import write_small_project
from tripoint.cli import main

ROOT = Path(__file__).parents[2]
TRIPOINT = Path(sys.executable).with_name("tripoint")
JSON = ("audit", ".", "--format", "json", "--fail-on", "never")


@pytest.fixture
def project(tmp_path: Path) -> Path:
    return write_small_project(tmp_path / "project")


@pytest.fixture(scope="module")
def alone(tmp_path_factory: pytest.TempPathFactory) -> str:
    """What is said of the project where nothing goes wrong."""
    said = run(write_small_project(tmp_path_factory.mktemp("alone") / "project"), *JSON, "--no-cache").stdout
    assert all(name in said for name in ("public.book", "titel", "readers"))
    return said


def environment(home: Path, **other: str) -> dict[str, str]:
    return {"PATH": os.environ["PATH"], "HOME": str(home), "XDG_CACHE_HOME": str(home / "cache"), **other}


def run(project: Path, *arguments: str, **other: str) -> subprocess.CompletedProcess[str]:
    told = {**environment(project.parent), **other}
    told = {name: value for name, value in told.items() if value}
    return subprocess.run([TRIPOINT, *arguments], cwd=project, env=told, capture_output=True, text=True, timeout=120)


def files(project: Path) -> dict[str, bytes]:
    return {str(path.relative_to(project)): path.read_bytes() for path in project.rglob("*") if path.is_file()}


WRITING = {
    "audit with a cache": (*JSON, "-o", "report.json"),
    "docs": ("docs", ".", "--file", "docs/schema.md"),
    "baseline": ("baseline", "."),
}


@pytest.mark.parametrize("what", WRITING)
def test_killed_at_any_moment(project: Path, what: str) -> None:
    """A file that is written is there whole or not at all, and the next run makes it as if nothing had been."""
    before = files(project)
    begun = time.monotonic()
    assert run(project, *WRITING[what]).returncode in (0, 1)
    lasts = time.monotonic() - begun
    whole = files(project)
    (made,) = set(whole) - set(before)
    chance = random.Random(what)
    for _ in range(6):
        (project / made).unlink(missing_ok=True)
        shutil.rmtree(project.parent / "cache", ignore_errors=True)
        process = subprocess.Popen(
            [TRIPOINT, *WRITING[what]],
            cwd=project,
            env=environment(project.parent),
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
        )
        time.sleep(lasts * chance.uniform(0.1, 1.1))
        process.send_signal(signal.SIGKILL)
        process.wait()
        left = {path: data for path, data in files(project).items() if not path.endswith(".tmp")}
        assert left in (before, whole)
    for path in project.rglob("*.tmp"):
        path.unlink()
    assert run(project, *WRITING[what]).returncode in (0, 1)
    assert files(project) == whole


def test_two_runs_at_once_say_the_same(project: Path, alone: str) -> None:
    running = [
        subprocess.Popen(
            [TRIPOINT, *JSON], cwd=project, env=environment(project.parent), stdout=subprocess.PIPE, text=True
        )
        for _ in range(3)
    ]
    assert [process.communicate()[0] for process in running] == [alone] * 3


@pytest.mark.parametrize(
    "other",
    [
        {"HOME": "", "XDG_CACHE_HOME": ""},
        {"XDG_CACHE_HOME": "/proc/nothing"},
        {"XDG_CACHE_HOME": "/dev/null"},
        {"TMPDIR": "/nonexistent"},
    ],
    ids=str,
)
def test_without_a_home_or_a_cache(project: Path, alone: str, other: dict[str, str]) -> None:
    for _ in range(2):
        done = run(project, *JSON, **other)
        assert (done.returncode, done.stderr, done.stdout) == (0, "", alone)


def test_no_home_is_made(project: Path, alone: str) -> None:
    home = project.parent / "gone"
    done = run(project, *JSON, HOME=str(home), XDG_CACHE_HOME="")
    assert (done.returncode, done.stderr, done.stdout) == (0, "", alone)
    assert not home.exists()


def test_a_clock_that_is_set_back(project: Path, alone: str) -> None:
    assert run(project, *JSON).stdout == alone
    for path in project.rglob("*"):
        os.utime(path, (2_000_000_000, 2_000_000_000))
    assert run(project, *JSON).stdout == alone
    for path in project.rglob("*"):
        os.utime(path, (1, 1))
    assert run(project, *JSON).stdout == alone


@contextmanager
def speaking(answers: list[bytes], wait: float = 0) -> Iterator[int]:
    """Listen as a PostgreSQL server would, give these answers to what is asked, and hang up."""
    with socket.create_server(("127.0.0.1", 0)) as server:

        def serve() -> None:
            while True:
                try:
                    connection, _ = server.accept()
                except OSError:
                    return
                with connection:
                    try:
                        for answer in answers:
                            connection.recv(65536)
                            connection.sendall(answer)
                        time.sleep(wait)
                    except OSError:
                        pass

        threading.Thread(target=serve, daemon=True).start()
        yield server.getsockname()[1]


OK = b"R\0\0\0\x08\0\0\0\0" + b"Z\0\0\0\x05I"


@pytest.mark.parametrize(
    "answers",
    [
        [],
        [b"N"],
        [b"N", b"HTTP/1.1 200 OK\r\n\r\n"],
        [b"N", OK],
        [b"N", OK, b"C\0\0\0\x0aBEGIN\0Z\0\0\0\x05T"],
        [b"N", b"\xff" * 4096],
    ],
    ids=["hangs up", "hangs up later", "speaks HTTP", "dies after the login", "dies in the middle", "speaks noise"],
)
def test_a_database_that_dies_or_lies_is_said(tmp_path: Path, answers: list[bytes]) -> None:
    project = tmp_path / "project"
    (project / "migrations").mkdir(parents=True)
    (project / "migrations/1_first.sql").write_text("create table t (id int primary key);")
    with speaking(answers) as port:
        url = f"postgresql://someone:geheim@127.0.0.1:{port}/x?connect_timeout=5"
        done = run(project, *JSON, "--database", url)
    assert done.returncode == 2
    assert done.stdout == ""
    assert len(done.stderr.splitlines()) == 1
    assert done.stderr.startswith("tripoint: ")
    assert "internal error" not in done.stderr
    assert "geheim" not in done.stderr


def test_a_full_disk_leaves_what_was_there(project: Path) -> None:
    """A file size of which the kernel allows no more stands for a full disk: it fails in the same place."""
    target = project / "report.json"
    target.write_text("before")
    command = f"ulimit -f 1; trap '' XFSZ; exec {TRIPOINT} {' '.join(JSON)} -o report.json"
    done = subprocess.run(
        ["bash", "-c", command],
        cwd=project,
        # Python's own compiled files would be cut off too, and stay so.
        env=environment(project.parent, PYTHONDONTWRITEBYTECODE="1"),
        capture_output=True,
        text=True,
    )
    assert done.returncode == 2
    assert "report.json could not be written" in done.stderr
    assert target.read_text() == "before"
    assert not list(project.glob("*.tmp"))


REFUSED = {
    "a full disk": ("os.fsync", 28, "No space left on device"),
    "a move": ("os.replace", 13, "Permission denied"),
}


@pytest.mark.parametrize("refused", REFUSED)
@pytest.mark.parametrize("command", ["fix", "propose", "docs", "baseline"])
def test_what_can_not_be_written_leaves_what_was_there(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], command: str, refused: str
) -> None:
    """Every command that writes into a project: old files are whole, no other is there, a sentence says so."""
    sql = "create table writers (id int primary key);\nalter table writers rename to authors;\n"
    write(tmp_path, "supabase/migrations/20250101000000_start.sql", sql)
    write(
        tmp_path, "src/app.ts", "import { createClient } from '@supabase/supabase-js'\nconst db = createClient(u, k)\n"
    )
    with (tmp_path / "src/app.ts").open("a") as code:
        code.write("db.from('writers').select('id')\n")
    asked = {
        "fix": ("fix", str(tmp_path), "--write"),
        "propose": ("propose", str(tmp_path), "--write"),
        "docs": ("docs", str(tmp_path), "--file", "schema.md"),
        "baseline": ("baseline", str(tmp_path)),
    }[command]
    if command == "docs":
        write(tmp_path, "schema.md", "# Mine\n")
    before = files(tmp_path)
    name, number, sentence = REFUSED[refused]
    if command == "propose":
        name = name.replace("replace", "link")

    def refuse(*_: object, **__: object) -> None:
        raise OSError(number, sentence)

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(name, refuse)
        if name == "os.link":  # a file system without links is written to directly: that fails too
            patch.setattr("tripoint.commands.write.open", refuse, raising=False)
        code_of = main([*asked])
    said = capsys.readouterr().err
    assert code_of == 2
    assert said.startswith("tripoint: ")
    assert f"could not be written: {sentence}" in said
    assert len(said.splitlines()) == 1
    assert files(tmp_path) == before
    assert main([*asked]) == 0
    assert files(tmp_path) != before


def write(folder: Path, path: str, text: str) -> None:
    (folder / path).parent.mkdir(parents=True, exist_ok=True)
    (folder / path).write_text(text, "utf-8")


def mounted(script: str, project: Path) -> subprocess.CompletedProcess[str]:
    """Run a script that may mount what it likes: it sees its mounts alone, and they end with it."""
    unshare = ["unshare", "--mount"] if os.geteuid() == 0 else ["unshare", "--map-root-user", "--mount"]
    return subprocess.run(
        [*unshare, "bash", "-ec", script],
        cwd=project,
        env={**environment(project.parent), "TRIPOINT": str(TRIPOINT), "JSON": " ".join(JSON)},
        capture_output=True,
        text=True,
        timeout=120,
    )


def test_a_disk_that_is_full_for_the_report_and_the_cache(project: Path, alone: str) -> None:
    """The report can't be written: it says so, and leaves what was there. The cache can't: nobody notices."""
    (project.parent / "small").mkdir()
    done = mounted(
        "mount -t tmpfs -o size=64k tmpfs ../small; echo before > ../small/report.json;"
        " dd if=/dev/zero of=../small/rest bs=1k count=100 2>/dev/null || true;"
        " export XDG_CACHE_HOME=$PWD/../small;"
        " $TRIPOINT $JSON -o ../small/report.json || echo ended $?; cat ../small/report.json; ls ../small",
        project,
    )
    assert done.stdout.splitlines()[:2] == ["ended 2", "before"]
    assert [line for line in done.stdout.splitlines()[2:] if line != "tripoint"] == ["report.json", "rest"]
    assert done.stderr.startswith("tripoint: ")
    assert "report.json could not be written" in done.stderr
    assert len(done.stderr.splitlines()) == 1
    done = mounted(
        "mount -t tmpfs -o size=64k tmpfs ../small;"
        " dd if=/dev/zero of=../small/rest bs=1k count=100 2>/dev/null || true;"
        " XDG_CACHE_HOME=$PWD/../small $TRIPOINT $JSON",
        project,
    )
    assert (done.returncode, done.stderr, done.stdout) == (0, "", alone)


def test_a_cache_that_may_not_be_written(project: Path) -> None:
    """Root may write wherever permissions forbid it: a mount that is read-only holds for root too."""
    run(project, *JSON)
    (project / "docs/more.md").write_text("# Nothing\n")
    alone = run(project, *JSON, "--no-cache").stdout
    done = mounted(
        "mount --bind ../cache ../cache; mount -o remount,ro,bind ../cache;"
        " touch ../cache/x 2>/dev/null && exit 7; $TRIPOINT $JSON",
        project,
    )
    assert (done.returncode, done.stderr, done.stdout) == (0, "", alone)
