"""The embedded server: it starts behind walls for anybody, and leaves nothing behind."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path

import psycopg
import pytest

from postgres.users import as_user, forbid_namespaces, make_reachable
from tripoint.postgres import nameless
from tripoint.postgres.binaries import ServerUnavailable, find_binaries
from tripoint.postgres.files import remove_tree
from tripoint.postgres.kept import prune
from tripoint.postgres.server import Limits, Server
from tripoint.postgres.template import plain_template

ROOT = os.geteuid() == 0

PROGRAM = """
import sys
from tripoint.postgres.server import Server
for walls in sys.argv[2:]:
    with Server(isolate=walls == "walls") as server, server.connect("postgres") as connection:
        user = connection.execute("select current_user || ' ' || rolsuper from pg_roles where rolname = current_user")
        print(user.fetchone()[0])
        print(server.socket)
        print([wall.name for wall in server.walls if not wall.stands])
        if sys.argv[1] == "stay":
            print("ready", flush=True)
            connection.execute("do $$ begin loop perform 1; end loop; end $$")
"""


@pytest.fixture(scope="module")
def own_folder() -> Iterator[Path]:
    """A folder that is not pytest's, which another run may clear away while this one takes its time."""
    with tempfile.TemporaryDirectory() as folder:
        yield Path(folder)


def start(folder: Path, *arguments: str, uid: int | None = None, confined: bool = False) -> subprocess.Popen[str]:
    cache = folder / "cache"
    cache.mkdir(exist_ok=True)
    if uid is not None:
        make_reachable(cache, uid)
    return subprocess.Popen(
        [sys.executable, "-c", PROGRAM, *arguments],
        stdout=subprocess.PIPE,
        text=True,
        env={**os.environ, "XDG_CACHE_HOME": str(cache), "HOME": "/nonexistent"},
        preexec_fn=(lambda: become(uid, confined)) if uid is not None else None,
    )


def become(uid: int, confined: bool) -> None:
    if confined:
        forbid_namespaces()
    as_user(uid)


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


@pytest.mark.parametrize("confined", [False, True])
def test_every_user_gets_a_server(own_folder: Path, confined: bool) -> None:
    # As root: root itself, nobody, and a user without a name. As an ordinary user: that user.
    confined = ROOT and confined
    users = ((65534,) if confined else (None, 65534, 48151)) if ROOT else (None,)
    kinds = ["walls"] if confined else ["walls", "bare"]
    for uid in users:
        folder = own_folder / str(uid)
        folder.mkdir(exist_ok=True)
        with start(folder, "go", *kinds, uid=uid, confined=confined) as process:
            out, _ = process.communicate(timeout=60)
        lines = out.splitlines()
        assert len(lines) == 3 * len(kinds)
        for kind, user, socket, fallen in zip(kinds, lines[::3], lines[1::3], lines[2::3], strict=True):
            assert user == "postgres false"
            assert not os.path.exists(os.path.dirname(socket))
            assert processes_of(socket) == []
            assert ("network namespace" in fallen) == (confined or kind == "bare")


def test_a_user_without_a_name_is_given_one(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    library = tmp_path / "libnss_wrapper.so.0"
    monkeypatch.setattr(nameless, "_LIBRARIES", (f"{tmp_path}/libnss_wrapper.so*",))
    monkeypatch.setattr(os, "geteuid", lambda: 48151)
    assert nameless.name_for_user(str(tmp_path)) == {}
    library.touch()
    given = nameless.name_for_user(str(tmp_path))
    assert given["LD_PRELOAD"] == str(library)
    assert Path(given["NSS_WRAPPER_PASSWD"]).read_text().startswith("postgres:x:48151:")
    assert Path(given["NSS_WRAPPER_GROUP"]).read_text().startswith("postgres:x:")
    monkeypatch.setattr(os, "geteuid", lambda: 0)
    assert nameless.name_for_user(str(tmp_path)) == {}


@pytest.mark.parametrize("walls", ["walls", "bare"])
def test_a_killed_program_leaves_nothing(own_folder: Path, walls: str) -> None:
    with start(own_folder, "stay", walls) as process:
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


def children(pid: int) -> list[int]:
    """Return a process and all that descend from it."""
    parents = {}
    for entry in Path("/proc").iterdir():
        if entry.name.isdigit():
            try:
                parents[int(entry.name)] = int((entry / "stat").read_text().rpartition(")")[2].split()[1])
            except OSError:
                continue
    found = [pid]
    for each in found:
        found += [child for child, parent in parents.items() if parent == each]
    return found


def status(pid: int) -> dict[str, str]:
    lines = Path(f"/proc/{pid}/status").read_text().splitlines()
    return {key: value.strip() for key, _, value in (line.partition(":") for line in lines)}


def test_the_walls_are_real() -> None:
    with Server() as server, server.connect("postgres") as connection:
        row = connection.execute("select pg_backend_pid()").fetchone()
        assert row is not None
        inside = [pid for pid in children(server._warden.pid) if status(pid).get("Name") == "postgres"]
        backend = next(pid for pid in inside if status(pid)["NSpid"].split()[-1] == str(row[0]))
        for space in ("net", "mnt", "pid", "user", "ipc"):
            assert os.readlink(f"/proc/{backend}/ns/{space}") != os.readlink(f"/proc/self/ns/{space}"), space
        said = status(backend)
        assert said["Uid"].split()[0] != "0"
        assert (int(said["CapEff"], 16), int(said["CapPrm"], 16), said["NoNewPrivs"]) == (0, 0, "1")
        assert set(os.listdir(f"/proc/{backend}/root")) <= {
            *("bin", "data", "dev", "etc", "gnu", "lib", "lib32", "lib64", "nix", "sbin", "socket", "template", "usr"),
            Path(server.binaries.postgres).parts[1],
            Path(server.socket).parts[1],
            Path(os.environ.get("XDG_CACHE_HOME") or Path.home()).parts[1],
        }
        interfaces = Path(f"/proc/{backend}/net/dev").read_text().splitlines()[2:]
        assert [line.split(":")[0].strip() for line in interfaces] == ["lo"]


def test_a_killed_warden_takes_the_server_along() -> None:
    server = Server()
    family = children(server._warden.pid)
    server._warden.kill()
    end = time.monotonic() + 10
    while any(Path(f"/proc/{pid}/cmdline").exists() and status(pid)["State"][0] != "Z" for pid in family):
        assert time.monotonic() < end
        time.sleep(0.01)
    server.close()
    assert not os.path.exists(os.path.dirname(server.socket))


def test_without_room_in_memory_the_data_lie_on_disk(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("tripoint.postgres.server.memory_room", lambda: 64 << 20)
    with Server() as server, server.connect("postgres") as connection:
        assert connection.execute("select 1").fetchone() == (1,)
        wall = next(wall for wall in server.walls if wall.name == "bounded storage")
        assert "on disk" in wall.reason


IN_A_SMALL_ROOM = """
import os, sys
from tripoint.postgres import kernel
from tripoint.postgres.server import Server
kernel.mount("none", "/", None, kernel.MS_REC | kernel.MS_PRIVATE)
kernel.mount("tmpfs", "/dev/shm", "tmpfs", 0, "size=64k")
for isolate in map(bool, sys.argv[1:]):
    with Server(isolate=isolate) as server, server.connect("postgres") as connection:
        connection.execute("create table t as select repeat('x', 100) as x from generate_series(1, 10000)")
        print(connection.execute("select count(*) from t").fetchone()[0], os.listdir("/dev/shm"))
"""


@pytest.mark.parametrize("alone", [False, True])
def test_shared_memory_of_a_container_is_not_needed(alone: bool) -> None:
    # Alone: a root that knows no other user, as in a container of an ordinary user's. There is no server without walls.
    alone = alone or not ROOT
    enter = ["unshare", "--mount", *(["--map-root-user"] if alone else [])]
    program = [sys.executable, "-c", IN_A_SMALL_ROOM, "walls", *([] if alone else [""])]
    done = subprocess.run([*enter, *program], capture_output=True, text=True, timeout=60)
    assert (done.stdout.splitlines(), done.stderr) == (["10000 []"] * (1 if alone else 2), "")


def test_prepared_data_are_made_once(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path))
    first = plain_template(find_binaries())
    made = first.stat().st_ino
    stale = first.parent.with_name("0.0-stale")
    stale.mkdir()
    os.utime(stale, (0, 0))
    assert plain_template(find_binaries()).stat().st_ino == made
    remove_tree(str(first.parent))
    again = plain_template(find_binaries())
    assert again == first
    assert not stale.exists()
    with Server(template=again) as server, server.connect() as connection:
        assert connection.execute("select current_user").fetchone() == ("tripoint",)


def test_of_prepared_data_those_used_last_are_kept(tmp_path: Path) -> None:
    for number in range(12):
        made = tmp_path / f"18.6-{number:02}"
        made.mkdir()
        (made / "password").touch()
        os.utime(made / "password", (time.time() - 100 + number,) * 2)
    for name, age in (("making", 60), ("given-up", 7200)):
        (tmp_path / name).mkdir()
        os.utime(tmp_path / name, (time.time() - age,) * 2)
    prune(str(tmp_path))
    assert sorted(path.name for path in tmp_path.iterdir()) == [
        *(f"18.6-{number:02}" for number in range(5, 12)),
        "making",
    ]


def test_without_a_cache_folder_another_is_found(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "file").write_text("no folder")
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "file"))
    monkeypatch.setattr("tempfile.tempdir", str(tmp_path))
    assert plain_template(find_binaries()).is_relative_to(tmp_path / f"tripoint-cache-{os.geteuid()}")


def test_the_superuser_needs_its_password() -> None:
    with Server() as server, pytest.raises(psycopg.OperationalError, match="password"):
        psycopg.connect(host=server.socket, user="tripoint", dbname="postgres", password="guess")
