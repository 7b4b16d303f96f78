"""The cache saves time and does nothing else: whatever happens to it, the audit is the same."""

from __future__ import annotations

import os
import shutil
import sqlite3
import subprocess
import sys
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import pytest
from msgspec import msgpack

from small_project import write_small_project
from tripoint import cache
from tripoint.cache import Cache
from tripoint.cli import main

Rows = list[tuple[bytes, Any]]
"""Keys, and what the file of the cache holds under them."""

EXAMPLE = Path(__file__).parents[2] / "examples" / "persona-studio"


@pytest.fixture
def cache_home(tmp_path: Path) -> Path:
    return tmp_path / "cache"


@pytest.fixture
def project(tmp_path: Path) -> Path:
    folder = tmp_path / "project"
    shutil.copytree(EXAMPLE, folder)
    old = 1_700_000_000  # older than the time in which a file's times vouch for nothing
    for path in folder.rglob("*"):
        os.utime(path, (old, old))
    return folder


@pytest.fixture
def small_project(tmp_path: Path) -> Path:
    return write_small_project(tmp_path / "project")


@pytest.fixture
def run(cache_home: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Callable[..., str]:
    """Run a command line in this process, which has everything loaded."""
    monkeypatch.setenv("XDG_CACHE_HOME", str(cache_home))
    monkeypatch.setattr("tripoint.reading.pool.may_fork", lambda: True)

    def run(*arguments: str | Path) -> str:
        code = main([*map(str, arguments)])
        said = capsys.readouterr()
        assert code in (0, 1), said.err
        return said.out

    return run


@pytest.fixture
def run_apart(cache_home: Path) -> Callable[..., str]:
    """Run a command line in a process of its own."""

    def run(*arguments: str | Path) -> str:
        environment = {**os.environ, "XDG_CACHE_HOME": str(cache_home)}
        command = [sys.executable, "-m", "tripoint", *map(str, arguments)]
        done = subprocess.run(command, env=environment, capture_output=True, text=True, check=False)
        assert done.returncode in (0, 1), done.stderr
        assert "Traceback" not in done.stderr
        return done.stdout

    return run


def entries(cache_home: Path) -> int:
    with Cache(str(cache_home / "tripoint")) as cache:
        return len(cache)


def test_entries_are_there_for_the_next_run(cache_home: Path) -> None:
    with Cache(str(cache_home)) as cache:
        cache.put({b"a": b"1", b"b": b"2"})
    with Cache(str(cache_home)) as cache:
        assert cache.get([b"a", b"b", b"c"]) == {b"a": b"1", b"b": b"2"}
        assert len(cache) == 2


def test_a_damaged_entry_is_not_there(cache_home: Path) -> None:
    with Cache(str(cache_home)) as cache:
        cache.put({b"a": b"one", b"b": b"two"})
        assert cache.file is not None
        with sqlite3.connect(cache.file) as connection:
            ((value,),) = connection.execute("SELECT value FROM entries WHERE key = ?", (b"a",))
            connection.execute("UPDATE entries SET value = ? WHERE key = ?", (value[:-1] + b"X", b"a"))
        connection.close()
    with Cache(str(cache_home)) as cache:
        assert cache.get([b"a", b"b"]) == {b"b": b"two"}


@pytest.mark.parametrize("damage", [b"", b"no database", b"SQLite format 3\0" + bytes(4000)])
def test_a_damaged_file_is_made_anew(cache_home: Path, damage: bytes) -> None:
    with Cache(str(cache_home)) as cache:
        cache.put({b"a": b"one"})
    assert cache.file is not None
    Path(cache.file).write_bytes(damage)
    with Cache(str(cache_home)) as cache:
        assert cache.get([b"a"]) == {}
        cache.put({b"b": b"two"})
    with Cache(str(cache_home)) as cache:
        cache.put({b"c": b"three"})
        assert cache.get([b"c"]) == {b"c": b"three"}


def test_it_stays_within_its_size_and_keeps_what_is_used(cache_home: Path) -> None:
    limit = 400_000
    for round_ in range(12):
        with Cache(str(cache_home), limit) as cache:
            cache.put({b"%d-%d" % (round_, number): bytes(5000) for number in range(10)})
            assert cache.file is not None
            newest = [b"%d-%d" % (round_, number) for number in range(10)]
            assert len(cache.get(newest)) == 10
    assert sum(file.stat().st_size for file in cache_home.iterdir()) < 2 * limit
    with Cache(str(cache_home), limit) as cache:
        assert cache.get([b"0-0"]) == {}


def test_what_is_large_makes_room_for_what_is_small(cache_home: Path) -> None:
    with Cache(str(cache_home), 1_000_000) as cache:
        small = {b"%d" % number: bytes(500) for number in range(100)}
        cache.put(small)
        for number in range(20):
            cache.put({b"large %d" % number: bytes(200_000)})
        assert cache.get(small) == small


def test_room_that_could_not_be_given_back_is_given_back_later(cache_home: Path) -> None:
    with Cache(str(cache_home), 10_000_000) as cache:
        cache.put({b"%d" % number: bytes(5000) for number in range(200)})
        assert cache.file is not None
        file = cache.file
    with sqlite3.connect(file) as connection:
        connection.execute("DELETE FROM entries")
    connection.close()
    assert os.path.getsize(file) > 1_000_000
    with Cache(str(cache_home), 500_000) as cache:
        cache.put({b"new": b"1"})
    assert os.path.getsize(file) < 500_000


def test_a_cache_that_can_not_be_written_costs_nothing_but_time(tmp_path: Path) -> None:
    blocked = tmp_path / "file"
    blocked.write_text("no folder")
    with Cache(str(blocked)) as cache:
        cache.put({b"a": b"1"})
        assert cache.get([b"a"]) == {}


@pytest.mark.skipif(sys.platform == "win32", reason="files have no such owners and modes there")
def test_what_another_user_may_have_put_there_is_not_taken(cache_home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def kept() -> dict[bytes, bytes]:
        with Cache(str(cache_home)) as found:
            return found.get([b"a"])

    with Cache(str(cache_home)) as made:
        made.put({b"a": b"one"})
    assert kept() == {b"a": b"one"}
    cache_home.chmod(0o777)
    assert kept() == {}
    cache_home.chmod(0o700)
    monkeypatch.setattr(os, "geteuid", lambda: cache_home.stat().st_uid + 1)
    assert kept() == {}


def test_another_run_that_holds_the_file_is_not_waited_for_long(cache_home: Path) -> None:
    with Cache(str(cache_home)) as cache:
        cache.put({b"a": b"1"})
        assert cache.file is not None
        holder = sqlite3.connect(cache.file, isolation_level=None)
        holder.execute("BEGIN EXCLUSIVE")
        with Cache(str(cache_home)) as second:
            second.put({b"b": b"2"})  # given up, without an error
        holder.execute("ROLLBACK")
        holder.close()
        assert cache.get([b"a", b"b"]) == {b"a": b"1"}


def test_the_same_bytes_come_out_with_and_without_it(project: Path, run: Callable[..., str], cache_home: Path) -> None:
    time.sleep(2.5)  # until the files' times vouch for them: a change of times can't be set back
    fresh = run("audit", project, "--no-cache", "--format", "json")
    assert not cache_home.exists()
    assert run("audit", project, "--format", "json") == fresh
    kept = entries(cache_home)
    assert kept > 40
    assert run("audit", project, "--format", "json") == fresh
    assert entries(cache_home) == kept
    # Another question about the same files: their facts are there, the answer is not.
    assert run("audit", project, "--format", "markdown") == run("audit", project, "--no-cache", "--format", "markdown")
    assert entries(cache_home) == kept + 1


def _every(rows: Rows, made: Callable[[Any], Any]) -> Rows:
    return [(key, made(value)) for key, value in rows]


def _sealed(rows: Rows, made: Callable[[bytes], bytes]) -> Rows:
    """Return entries whose content is something else, and whose digest says that this is what was kept."""
    return [(key, cache._seal(key, made(value[8:])) + made(value[8:])) for key, value in rows]


DAMAGES: dict[str, Callable[[Rows], Rows]] = {
    "of another key": lambda rows: [
        (key, value) for (key, _), (_, value) in zip(rows, rows[1:] + rows[:1], strict=True)
    ],
    "cut": lambda rows: _every(rows, lambda value: value[: len(value) // 2]),
    "cut to less than a digest": lambda rows: _every(rows, lambda value: value[:3]),
    "empty": lambda rows: _every(rows, lambda value: b""),
    "a bit turned": lambda rows: _every(rows, lambda value: value[:-1] + bytes([value[-1] ^ 1])),
    "text": lambda rows: _every(rows, lambda value: value.hex()),
    "a number": lambda rows: _every(rows, lambda value: 1),
    "sealed, cut": lambda rows: _sealed(rows, lambda content: content[: len(content) // 2]),
    "sealed, empty": lambda rows: _sealed(rows, lambda content: b""),
    "sealed, nothing": lambda rows: _sealed(rows, lambda content: b"\xc0"),
    "sealed, a list": lambda rows: _sealed(rows, lambda content: b"\x93\x01\xa1a\xc0"),
    "sealed, a map": lambda rows: _sealed(rows, lambda content: msgpack.encode({"code": 1, "statements": ["x"]})),
    "sealed, with more behind": lambda rows: _sealed(rows, lambda content: content + b"\x01"),
    "sealed, nested deep": lambda rows: _sealed(rows, lambda content: b"\x91" * 5000 + b"\xc0"),
    "sealed, no text": lambda rows: _sealed(rows, lambda content: content.replace(b"public", b"publi\xff")),
}


@pytest.mark.parametrize("damage", DAMAGES.values(), ids=DAMAGES)
def test_entries_of_another_make_are_not_taken(
    small_project: Path, run: Callable[..., str], cache_home: Path, damage: Callable[[Rows], Rows]
) -> None:
    """Whatever stands under a key, the report is the one that is made without a cache, and what was kept is mended."""
    asked = ("audit", small_project, "--format", "json")
    alone = run(*asked, "--no-cache")
    assert all(name in alone for name in ("public.book", "titel", "readers"))
    assert run(*asked) == alone
    with sqlite3.connect(cache_home / "tripoint" / "facts-1.sqlite") as connection:
        rows = connection.execute("SELECT key, value FROM entries ORDER BY key").fetchall()
        assert len(rows) > 5
        connection.executemany("UPDATE entries SET value = ?2 WHERE key = ?1", damage(rows))
    connection.close()
    assert run(*asked) == alone
    (small_project / "more.sql").write_text(
        "select 1;\n"
    )  # another question, which the facts of the other files answer
    assert run(*asked) == run(*asked, "--no-cache")


def test_each_change_is_seen(small_project: Path, run: Callable[..., str]) -> None:
    subprocess.run(["git", "init", "-q", small_project], check=True)
    (small_project / ".gitignore").write_text("tripoint.toml\n")

    def agree() -> str:
        text = run("audit", small_project, "--format", "json")
        assert run("audit", small_project, "--no-cache", "--format", "json") == text
        return text

    seen = [agree()]
    for path, change in (
        ("src/page.ts", lambda text: text.replace("'book'", "'bookz'")),
        ("docs/data-model.md", lambda text: text + "\n\n# another line\n"),
        ("src/added.ts", lambda text: "import { createClient } from '@supabase/supabase-js'\n"),
        # Ignored by git, so that it is in no listing; and yet it is read.
        ("tripoint.toml", lambda text: "ignore = ['no-primary-key', 'missing-table']\n"),
        ("tripoint.toml", lambda text: "ignore = ['no-primary-key']\n"),
    ):
        file = small_project / path
        file.write_text(change(file.read_text() if file.exists() else ""))
        seen.append(agree())
    (small_project / "src/added.ts").unlink()
    (small_project / "tripoint.toml").unlink()
    seen.append(agree())
    committed = ["git", "-C", str(small_project), "-c", "user.name=a", "-c", "user.email=a@example.org"]
    subprocess.run([*committed, "add", "-A"], check=True)
    subprocess.run([*committed, "commit", "-qm", "all"], check=True)
    seen.append(agree())  # the report names the commit
    for at in (1, 4, 5, 7):
        assert seen[at] != seen[at - 1], at


def test_runs_at_once_do_not_disturb_each_other(
    small_project: Path, run_apart: Callable[..., str], cache_home: Path
) -> None:
    fresh = run_apart("audit", small_project, "--no-cache", "--format", "json")
    with ThreadPoolExecutor(4) as threads:
        texts = list(threads.map(lambda _: run_apart("audit", small_project, "--format", "json"), range(4)))
    assert set(texts) == {fresh}
    assert entries(cache_home) > 5


def test_the_command_shows_and_clears_it(project: Path, run: Callable[..., str], cache_home: Path) -> None:
    assert "nothing is kept yet" in run("cache")
    run("audit", project)
    said = run("cache")
    assert str(cache_home / "tripoint") in said
    assert f"{entries(cache_home)} entries" in said
    assert "removed" in run("cache", "--clear")
    assert "nothing is kept yet" in run("cache")


def test_the_command_shows_and_clears_prepared_databases(run: Callable[..., str], cache_home: Path) -> None:
    ready = cache_home / "tripoint" / "postgres" / "18.6-abc"
    ready.mkdir(parents=True)
    (ready / "password").write_bytes(b"x" * 2_500_000)
    assert run("cache") == f"{ready.parent}: 1 prepared database, 2.5 MB, at most 8\n"
    assert run("cache", "--clear") == f"{ready.parent}: removed\n"
    assert not ready.parent.exists()


def test_clearing_follows_no_link(run: Callable[..., str], cache_home: Path, tmp_path: Path) -> None:
    kept = tmp_path / "kept"
    (kept / "18.6-abc").mkdir(parents=True)
    (cache_home / "tripoint").mkdir(parents=True)
    (cache_home / "tripoint" / "postgres").symlink_to(kept)
    assert "nothing is kept yet" in run("cache", "--clear")
    assert (kept / "18.6-abc").exists()
