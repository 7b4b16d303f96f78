"""The embedded server: it starts behind walls for anybody, and leaves nothing behind."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import psycopg
import pytest

from postgres.users import as_user
from tripoint.postgres.binaries import ServerUnavailable, find_binaries
from tripoint.postgres.server import Limits, Server

ROOT = os.geteuid() == 0

PROGRAM = """
import sys
from tripoint.postgres.server import Server
with Server(isolate=sys.argv[1] == "walls") as server, server.connect("postgres") as connection:
    user = connection.execute("select current_user || ' ' || rolsuper from pg_roles where rolname = current_user")
    print(user.fetchone()[0])
    print(server.socket)
    print([wall.name for wall in server.walls if not wall.stands])
    if sys.argv[2] == "stay":
        print("ready", flush=True)
        connection.execute("do $$ begin loop perform 1; end loop; end $$")
"""


def start(folder: Path, *arguments: str, uid: int | None = None) -> subprocess.Popen[str]:
    cache = folder / "cache"
    cache.mkdir(exist_ok=True)
    if uid is not None:
        os.chown(cache, uid, uid)
        for parent in (folder, folder.parent, folder.parent.parent):
            parent.chmod(parent.stat().st_mode | 0o011)
    return subprocess.Popen(
        [sys.executable, "-c", PROGRAM, *arguments],
        stdout=subprocess.PIPE,
        text=True,
        env={**os.environ, "XDG_CACHE_HOME": str(cache), "HOME": "/nonexistent"},
        preexec_fn=(lambda: as_user(uid)) if uid is not None else None,
    )


def processes_of(socket: str) -> list[str]:
    """Return the command lines of running processes that name the server's folder."""
    folder = os.path.dirname(socket)
    found = []
    for entry in Path("/proc").iterdir():
        if entry.name.isdigit():
            try:
                words = (entry / "cmdline").read_bytes().replace(b"\0", b" ").decode("utf-8", "replace")
            except OSError:
                continue
            if folder in words:
                found.append(words)
    return found


@pytest.mark.parametrize("walls", ["walls", "bare"])
def test_every_user_gets_a_server(tmp_path: Path, walls: str) -> None:
    # As root: root itself, nobody, and a user without a name. As an ordinary user: that user.
    users = (None, 65534, *((48151,) if walls == "walls" else ())) if ROOT else (None,)
    for uid in users:
        folder = tmp_path / str(uid)
        folder.mkdir()
        with start(folder, walls, "go", uid=uid) as process:
            out, _ = process.communicate(timeout=60)
        user, socket, fallen = out.splitlines()
        assert user == "postgres false"
        assert not os.path.exists(os.path.dirname(socket))
        assert processes_of(socket) == []
        assert ("network namespace" in fallen) == (walls == "bare")


@pytest.mark.parametrize("walls", ["walls", "bare"])
def test_a_killed_program_leaves_nothing(tmp_path: Path, walls: str) -> None:
    with start(tmp_path, walls, "stay") as process:
        assert process.stdout is not None
        _, socket, _, ready = (process.stdout.readline().strip() for _ in range(4))
        assert ready == "ready"
        time.sleep(0.1)
        process.send_signal(signal.SIGKILL)
        process.wait()
    end = time.monotonic() + 20
    while (os.path.exists(os.path.dirname(socket)) or processes_of(socket)) and time.monotonic() < end:
        time.sleep(0.02)
    assert not os.path.exists(os.path.dirname(socket))
    assert processes_of(socket) == []


def fill(server: Server) -> None:
    with server.connect("postgres") as connection:
        connection.execute("create table t as select repeat(md5(i::text), 20) from generate_series(1, 400000) i")
        time.sleep(1)  # from outside it is measured twice a second
        connection.execute("select 1")


@pytest.mark.parametrize("isolate", [True, False])
def test_storage_is_bounded(isolate: bool) -> None:
    with Server(isolate=isolate, limits=Limits(storage=64 << 20)) as server, pytest.raises(psycopg.Error):
        fill(server)


def test_nothing_found_is_one_sentence(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("tripoint.postgres.binaries.all_binaries", lambda: ())
    with pytest.raises(ServerUnavailable, match=r"^No PostgreSQL server of version 13 or later was found[^.]*\.$"):
        find_binaries()


def test_two_servers_do_not_meet() -> None:
    with Server() as one, Server() as two:
        with one.connect("postgres") as connection:
            connection.execute("create table public.here (id int)")
        with two.connect("postgres") as connection:
            assert connection.execute("select to_regclass('public.here')").fetchone() == (None,)
