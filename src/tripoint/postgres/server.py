"""A throw-away PostgreSQL server behind walls: started from a prepared data directory, gone with its last user.

    with Server() as server, server.connect() as connection:
        connection.execute("create table t (id int)")

Nothing of it survives: its data live in memory where there is measured room, else in a private folder, and a process of
its own (`warden`) removes all of it even when tripoint is killed.
"""

from __future__ import annotations

import contextlib
import json
import os
import select
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from types import TracebackType
from typing import IO, TYPE_CHECKING, Any

from msgspec import Struct

from tripoint.postgres.binaries import Binaries, ServerUnavailable, find_binaries
from tripoint.postgres.files import copy_tree, remove_tree
from tripoint.postgres.warden import Request

if TYPE_CHECKING:
    from psycopg import Connection

__all__ = ["SUPERUSER", "Limits", "Server", "ServerUnavailable", "Wall"]

SUPERUSER = "tripoint"
"""The name of the bootstrap superuser; the role `postgres` that migrations run as is none."""


class Wall(Struct, frozen=True):
    """One of the walls around the server: whether it stands, and what it is or why it doesn't stand."""

    name: str
    stands: bool
    reason: str


class Limits(Struct, frozen=True):
    """What the server may use up. Sizes are bytes, times seconds."""

    storage: int = 400 << 20
    """All of its data together."""
    memory: int = 1 << 30
    """Address space of each process."""
    file: int = 256 << 20
    """Each file."""
    processor: int = 300
    """Processor time of each process."""
    deadline: float | None = None
    """The whole life of the server."""


# Options by the first version that knows them. Durability is worthless to a server that is thrown away.
_OPTIONS: tuple[tuple[int, dict[str, str]], ...] = (
    (
        13,
        {
            "listen_addresses": "",
            "unix_socket_permissions": "0700",
            "fsync": "off",
            "synchronous_commit": "off",
            "full_page_writes": "off",
            "autovacuum": "off",
            "wal_level": "minimal",
            "max_wal_senders": "0",
            "max_replication_slots": "0",
            "max_worker_processes": "0",
            "max_parallel_workers": "0",
            "max_logical_replication_workers": "0",
            "max_prepared_transactions": "0",
            "max_connections": "16",
            "max_locks_per_transaction": "2048",
            "shared_buffers": "16MB",
            "max_wal_size": "32MB",
            "checkpoint_timeout": "1d",
            "dynamic_shared_memory_type": "mmap",
            "temp_file_limit": "128MB",
            "huge_pages": "off",
            "jit": "off",
            "track_activities": "off",
            "log_min_messages": "fatal",
            "log_min_error_statement": "panic",
            "timezone": "UTC",
            "lc_messages": "C",
            "password_encryption": "scram-sha-256",
        },
    ),
    (16, {"scram_iterations": "1"}),
    (17, {"allow_alter_system": "off", "max_notify_queue_pages": "64"}),
    (18, {"io_method": "sync"}),
)


class Server:
    """A running server. Use it as a context manager, or call `close`.

    `template` is a prepared data directory (see `tripoint.postgres.template`); without one a plain database is made or
    taken from the cache. Raises `ServerUnavailable` where no server can be had. Not for several threads at once.
    """

    def __init__(
        self,
        *,
        template: Path | None = None,
        binaries: Binaries | None = None,
        limits: Limits | None = None,
        isolate: bool = True,
    ) -> None:
        self.binaries = binaries or find_binaries()
        self.limits = limits or Limits()
        if template is None:
            from tripoint.postgres.template import plain_template

            template = plain_template(self.binaries)
        try:
            self.password = (template.parent / "password").read_text()
        except OSError as error:
            raise ServerUnavailable(f"The embedded server's prepared data are gone: {error}.") from error
        self._start(template=template, isolate=isolate)

    @classmethod
    def initialise(cls, binaries: Binaries, export: Path, password: str) -> Server:
        """Start a server on a new data directory that `close(keep=True)` will copy into the empty folder `export`."""
        server = cls.__new__(cls)
        server.binaries, server.limits, server.password = binaries, Limits(), password
        server._start(template=None, isolate=True, export=export)
        return server

    def _start(self, *, template: Path | None, isolate: bool, export: Path | None = None) -> None:
        try:
            import psycopg  # noqa: F401
        except ImportError:
            raise ServerUnavailable(
                "The embedded server needs psycopg to be spoken to: install tripoint[server]."
            ) from None
        if not sys.executable:
            raise ServerUnavailable("The embedded server needs a Python interpreter to watch over it.")
        self._folder = _private_folder()
        binaries = self.binaries
        try:
            binaries = _reachable(binaries, self._folder)
            extensions = _extensions(template or export, self._folder)
            room = memory_room()
            request = Request(
                postgres=str(binaries.postgres),
                initdb=str(binaries.initdb),
                programs=[str(path) for path in binaries.folders],
                template=str(template) if template else None,
                initdb_arguments=_initdb_arguments(binaries),
                export=str(export) if export else None,
                folder=str(self._folder),
                extensions=str(extensions) if extensions else None,
                options=_options(binaries, extensions),
                storage=self.limits.storage,
                # The data, and as much again for the server's own memory and the page cache's slack.
                memory=room > 2 * self.limits.storage,
                isolate=isolate,
                limits={"AS": self.limits.memory, "FSIZE": self.limits.file, "CPU": self.limits.processor},
                deadline=self.limits.deadline,
                parent=os.getpid(),
            )
            package = str(Path(__file__).resolve().parents[2])
            program = f"import sys; sys.path.insert(0, {package!r})\nfrom tripoint.postgres.warden import main\nmain()"
            self._warden = subprocess.Popen(
                [sys.executable, "-I", "-S", "-B", "-c", program],
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                stderr=subprocess.DEVNULL,
                bufsize=0,
                cwd="/",
            )
        except OSError as error:
            remove_tree(str(self._folder))
            raise ServerUnavailable(f"The embedded server could not be started: {error}.") from error
        self.ended: str | None = None
        """Why the server ended by itself, once `alive` said that it did."""
        self._unread = b""
        _pipe(self._warden.stdin).write(json.dumps(request).encode() + b"\n")
        said = self._hear(30)
        if said is None or "started" not in said:
            reason = said.get("error", "") if said else "its warden gave no answer"
            self.close()
            raise ServerUnavailable(f"The embedded server could not be started: {reason}.")
        self.walls = tuple(Wall(str(name), bool(stands), str(why)) for name, stands, why in said["walls"])
        """The walls around this server, each with whether it stands."""
        self._await_ready()

    @property
    def socket(self) -> str:
        """The folder of the server's socket."""
        return str(self._folder / "socket")

    def connect(
        self, user: str = SUPERUSER, database: str = "postgres", *, autocommit: bool = True
    ) -> Connection[tuple[Any, ...]]:
        """Open a connection. Raises `psycopg.OperationalError`."""
        import psycopg

        return psycopg.connect(
            host=self.socket,
            port=5432,
            user=user,
            dbname=database,
            password=self.password if user == SUPERUSER else "-",  # none at all would make libpq look for one
            autocommit=autocommit,
            connect_timeout=10,
            sslmode="disable",
            gssencmode="disable",
            options="",
        )

    def alive(self) -> bool:
        """Whether the server still runs; where it doesn't, `ended` says why."""
        while (said := self._hear(0)) is not None:
            self.ended = said.get("ended", self.ended)
        return self._warden.poll() is None and self.ended is None

    def close(self, keep: bool = False) -> bool:
        """End the server and remove its folder; with `keep`, export its data first, and say whether that was done."""
        kept = False
        with contextlib.suppress(OSError, ValueError):
            if keep:
                _pipe(self._warden.stdin).write(b"stop\n")
                while (said := self._hear(120)) is not None:
                    kept = kept or "stopped" in said
                    self.ended = said.get("ended", self.ended)
                    if kept or "ended" in said:
                        break
            _pipe(self._warden.stdin).close()
        try:
            self._warden.wait(10)
        except subprocess.TimeoutExpired:
            self._warden.kill()
            self._warden.wait()
        remove_tree(str(self._folder))  # where the warden itself was killed, it is still there
        _pipe(self._warden.stdout).close()
        return kept

    def __enter__(self) -> Server:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def _hear(self, patience: float) -> dict[str, Any] | None:
        """Return the warden's next word; None where it stays silent for `patience` seconds or has ended."""
        out = _pipe(self._warden.stdout)
        while b"\n" not in self._unread:
            if out.closed or not select.select([out], [], [], patience)[0]:
                return None
            chunk = os.read(out.fileno(), 65536)
            if not chunk:
                return None
            self._unread += chunk
        line, self._unread = self._unread.split(b"\n", 1)
        said: dict[str, Any] = json.loads(line)
        return said

    def _await_ready(self) -> None:
        import psycopg

        end = time.monotonic() + 30
        socket = self._folder / "socket" / ".s.PGSQL.5432"
        while True:
            if socket.exists():
                try:
                    self.connect().close()
                    return
                except psycopg.OperationalError as error:
                    refusal = str(error)
            else:
                refusal = "no socket appeared"
            if not self.alive() or time.monotonic() > end:
                why = self.ended or refusal
                self.close()
                raise ServerUnavailable(f"The embedded server could not be started: {' '.join(why.split())}.")
            time.sleep(0.002)


def _pipe(pipe: IO[bytes] | None) -> IO[bytes]:
    assert pipe is not None
    return pipe


def _private_folder() -> Path:
    """Return a new folder that only this user may enter, with a name short enough for a socket below it."""
    for parent in (tempfile.gettempdir(), "/tmp", "/var/tmp"):
        if len(os.fsencode(parent)) > 60:  # a socket's path has 107 bytes
            continue
        try:
            return Path(tempfile.mkdtemp(prefix="tripoint-", dir=parent))
        except OSError:
            continue
    raise ServerUnavailable(
        "The embedded server needs a folder for its socket, and no temporary folder can be written."
    )


def _initdb_arguments(binaries: Binaries) -> list[str]:
    arguments = ["-U", SUPERUSER, "-A", "trust", "-E", "UTF8", "--locale=C", "--no-sync", "--wal-segsize=1"]
    arguments += ["--no-instructions"] if binaries.major >= 14 else []
    if binaries.major >= 17:
        arguments += ["--locale-provider=builtin", "--builtin-locale=C.UTF-8"]
    return arguments


def _options(binaries: Binaries, extensions: Path | None) -> dict[str, str]:
    options = {key: value for since, known in _OPTIONS if binaries.major >= since for key, value in known.items()}
    if extensions is not None and binaries.major >= 18:
        options["extension_control_path"] = f"{extensions}:$system"
    return options


def _extensions(data: Path | None, folder: Path) -> Path | None:
    """Return the folder of the stand-in extensions that lies beside a data directory; for root a copy in `folder`."""
    own = data.with_name("extensions") if data else None
    if own is None or not own.is_dir():
        return None
    if os.geteuid() != 0:
        return own
    copy = folder / "extensions"
    copy_tree(str(own), str(copy), None)
    for path in (copy, *copy.rglob("*")):
        path.chmod(0o755 if path.is_dir() else 0o644)
    return copy


def _reachable(binaries: Binaries, folder: Path) -> Binaries:
    """Return binaries that the server's user can read: a copy in `folder` where root keeps them to itself."""
    if os.geteuid() != 0 or all(
        path.stat().st_mode & 0o001 for path in (binaries.postgres, *binaries.postgres.parents)
    ):
        return binaries
    # The folders keep their places towards each other: the programs find their libraries by them.
    common = Path(os.path.commonpath(binaries.folders)) if len(binaries.folders) > 1 else binaries.folders[0].parent
    copies = []
    for origin in binaries.folders:
        copy = folder / "programs" / origin.relative_to(common)
        copy_tree(str(origin), str(copy), None)
        copies.append(copy)
    for path in (folder / "programs").rglob("*"):
        path.chmod(0o755 if path.is_dir() or path.stat().st_mode & 0o100 else 0o644)
    (folder / "programs").chmod(0o755)
    postgres = folder / "programs" / binaries.postgres.relative_to(common)
    return Binaries(postgres.with_name("initdb"), postgres, tuple(copies), binaries.version, binaries.packaged)


def memory_room() -> int:
    """Return how many bytes of memory can be had: what the machine has left, and what its control group allows."""
    rooms = [_available_memory()]
    for most, used in (
        ("/sys/fs/cgroup/memory.max", "/sys/fs/cgroup/memory.current"),
        ("/sys/fs/cgroup/memory/memory.limit_in_bytes", "/sys/fs/cgroup/memory/memory.usage_in_bytes"),
    ):
        try:
            rooms.append(int(Path(most).read_text()) - int(Path(used).read_text()))
        except (OSError, ValueError):  # no such control group, or one without a limit ("max")
            continue
    return min(rooms)


def _available_memory() -> int:
    try:
        with open("/proc/meminfo") as file:
            for line in file:
                if line.startswith("MemAvailable:"):
                    return int(line.split()[1]) * 1024
    except (OSError, ValueError):
        pass
    return 0
