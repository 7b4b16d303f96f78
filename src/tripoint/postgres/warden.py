"""The process that stands between tripoint and the embedded server: it builds the walls, and outlives a kill of either.

`python -I -S -c "… main()"` runs it with a request (one line of JSON) on its standard input; it answers with lines of
JSON on its standard output. While the input stays open the server runs; the word `stop` ends it in order; the end of
the input, or of the process that started it, kills it. In every case the server's folder is removed.

    tripoint ── warden ── (gate ──) keeper ── postmaster

The gate enters new namespaces and the keeper is the first process within them, so that its end is the end of every
process in there. Without namespaces the keeper is a plain child. Nothing but the standard library is imported here.
"""

from __future__ import annotations

import contextlib
import json
import os
import resource
import select
import signal
import sys
import time
from typing import Any, NoReturn, TypedDict

from tripoint.postgres import kernel
from tripoint.postgres.files import copy_tree, remove_tree, tree_size
from tripoint.postgres.nameless import NO_NAME, name_for_user

__all__ = ["NOBODY", "Request", "main"]

NOBODY = 65534
"""The uid that the server gets where root starts it; user and group of that number own nothing anywhere."""

_SPACES = (
    kernel.CLONE_NEWUSER
    | kernel.CLONE_NEWNS
    | kernel.CLONE_NEWPID
    | kernel.CLONE_NEWNET
    | kernel.CLONE_NEWIPC
    | kernel.CLONE_NEWUTS
)
# What a dynamically linked program needs of the machine, shown read-only within the walls.
_SYSTEM = ("/usr", "/lib", "/lib64", "/lib32", "/bin", "/sbin", "/nix/store", "/gnu/store", "/etc/ld.so.cache")
_DEVICES = ("/dev/null", "/dev/zero", "/dev/random", "/dev/urandom")


class Request(TypedDict):
    """What the warden is asked to run. Paths are absolute; sizes are bytes; limits are named as in `resource`."""

    postgres: str
    initdb: str
    programs: list[str]
    template: str | None
    initdb_arguments: list[str]
    export: str | None
    folder: str
    extensions: str | None
    options: dict[str, str]
    storage: int
    memory: bool
    isolate: bool
    limits: dict[str, int]
    deadline: float | None
    parent: int


def main() -> NoReturn:
    """Serve one request and exit."""
    os.setsid()
    for number in (signal.SIGINT, signal.SIGHUP, signal.SIGTERM, signal.SIGPIPE):
        signal.signal(number, signal.SIG_IGN)
    line = b""
    while not line.endswith(b"\n"):
        chunk = os.read(0, 65536)
        if not chunk:
            sys.exit(1)
        line += chunk
    request: Request = json.loads(line)
    folder = request["folder"]
    try:
        os.umask(0o077)
        _prepare_folder(request)
        reason: str | None = None
        if request["isolate"]:
            reason = _run(request, isolated=True)
        if reason is not None or not request["isolate"]:
            failure = _run(request, isolated=False, why=reason)
            if failure is not None:
                _answer({"error": failure if reason in (None, failure) else f"{failure} (and in namespaces: {reason})"})
    except OSError as error:
        _answer({"error": f"{error}"})
    finally:
        remove_tree(folder)
    sys.exit(0)


def _prepare_folder(request: Request) -> None:
    """Make the folder's rooms; where root asks, make them and the programs reachable for the uid that will run."""
    folder = request["folder"]
    os.makedirs(f"{folder}/socket", 0o700, exist_ok=True)
    os.makedirs(f"{folder}/data", 0o700, exist_ok=True)
    if os.geteuid() != 0:
        return
    os.chmod(folder, 0o711)
    # A root without CAP_CHOWN, or to whose namespace nobody is unknown, runs the server as itself in a namespace.
    with contextlib.suppress(OSError):
        for room in ("socket", "data"):
            os.chown(f"{folder}/{room}", NOBODY, NOBODY)


def _run(request: Request, isolated: bool, why: str | None = None) -> str | None:
    """Run the server until it is to end. Return the reason where it could not be started this way, else None."""
    control_read, control_write = os.pipe()
    report_read, report_write = os.pipe()
    maps_read, maps_write = os.pipe()
    warden = os.getpid()
    child = os.fork()
    if child == 0:
        # Whatever happens, this branch must never return into the warden's own code.
        try:
            for fd in (control_write, report_read, maps_write):
                os.close(fd)
            os.dup2(os.open("/dev/null", os.O_RDONLY), 0)
            kernel.die_with_parent(signal.SIGKILL)
            if os.getppid() != warden:
                os._exit(1)
            walls = _gate(request, report_write, maps_read) if isolated else _plain_walls(request, why)
            _keep(request, walls, control_read, report_write, isolated)
        except BaseException as error:  # the process boundary: the report is the only way out
            _say(report_write, {"error": f"{type(error).__name__}: {error}"})
        os._exit(1)
    for fd in (control_read, report_write, maps_read):
        os.close(fd)
    try:
        return _watch(request, child, control_write, report_read, maps_write)
    finally:
        with contextlib.suppress(OSError):
            os.close(control_write)
        os.close(report_read)
        with contextlib.suppress(OSError):
            os.close(maps_write)
        _await(child)


def _watch(request: Request, child: int, control: int, report: int, maps: int) -> str | None:
    """Pass words between tripoint and the keeper; return why it could not start, or None once it has ended."""
    poll = select.poll()
    poll.register(0, select.POLLIN)
    poll.register(report, select.POLLIN)
    parent = _parent_handle(request["parent"])
    if parent is not None:
        poll.register(parent, select.POLLIN)
    end = time.monotonic() + request["deadline"] if request["deadline"] else None
    started, buffer = False, b""
    try:
        while True:
            if end is not None and time.monotonic() > end:
                _answer({"ended": "the time that it was given is over"})
                return None
            events = dict(poll.poll(200))
            if os.getppid() != request["parent"] or (parent is not None and parent in events):
                return None
            if 0 in events:
                word = os.read(0, 4096)
                if not word:
                    return None
                os.write(control, word)
                poll.unregister(0)
            if report in events:
                chunk = os.read(report, 65536)
                if not chunk:
                    if started:
                        return None
                    return "the keeper of the server ended without a word"
                buffer += chunk
                *lines, buffer = buffer.split(b"\n")
                for line in lines:
                    said: dict[str, Any] = json.loads(line)
                    if "maps" in said:
                        _write_maps(child)
                        os.write(maps, b"1")
                    elif "error" in said and not started:
                        return str(said["error"])
                    else:
                        started = started or "started" in said
                        _answer(said)
    finally:
        if parent is not None:
            os.close(parent)


def _parent_handle(pid: int) -> int | None:
    """Return a handle that becomes readable when the process ends, where the system has such."""
    if sys.platform != "linux":
        return None
    try:
        return os.pidfd_open(pid)
    except OSError:
        return None


def _write_maps(child: int) -> None:
    """Say who the users of the child's user namespace are outside of it."""
    uid, gid = os.geteuid(), os.getegid()
    if uid == 0:
        # Root for the keeper, which builds the walls, and nobody for the server, each being the same one outside.
        both = f"0 0 1\n{NOBODY} {NOBODY} 1\n"
        try:
            _write(f"/proc/{child}/gid_map", both)
            _write(f"/proc/{child}/uid_map", both)
        except PermissionError:
            _write(f"/proc/{child}/setgroups", "deny")
            _write(f"/proc/{child}/gid_map", f"{NOBODY} {gid} 1\n")
            _write(f"/proc/{child}/uid_map", f"{NOBODY} 0 1\n")
    else:
        _write(f"/proc/{child}/setgroups", "deny")
        _write(f"/proc/{child}/gid_map", f"{gid} {gid} 1\n")
        _write(f"/proc/{child}/uid_map", f"{uid} {uid} 1\n")


def _write(path: str, text: str) -> None:
    fd = os.open(path, os.O_WRONLY)
    try:
        os.write(fd, text.encode())
    finally:
        os.close(fd)


# ---- behind the gate ----


def _gate(request: Request, report: int, maps: int) -> list[list[str | bool]]:
    """Enter new namespaces and come back in their first process, within a file system of its own."""
    kernel.unshare(_SPACES)
    _say(report, {"maps": True})
    if os.read(maps, 1) != b"1":
        raise OSError("the user namespace has no map of its users")
    first = os.fork()
    if first != 0:
        # The gate itself only waits: the end of the first process is the end of all of them.
        for fd in (report, maps):
            os.close(fd)
        _, status = os.waitpid(first, 0)
        os._exit(os.waitstatus_to_exitcode(status) & 0xFF)
    kernel.die_with_parent(signal.SIGKILL)
    in_memory = request["memory"]
    _build_root(request, in_memory)
    return [
        [
            "user namespace",
            True,
            "the server's user is nobody outside" if os.getuid() == 0 else "no capability outside",
        ],
        ["process namespace", True, "it sees no other process, and all of its own end together"],
        ["network namespace", True, "no network at all, not even loopback"],
        [
            "file system",
            True,
            "only the server's programs, the system's libraries and its data, read-only but the last",
        ],
        ["shared memory namespace", True, "no shared memory of other programs"],
        ["bounded storage", True, f"{request['storage'] >> 20} MB"]
        if in_memory
        else ["bounded storage", True, f"{request['storage'] >> 20} MB on disk, measured from outside"],
        *_common_walls(),
    ]


def _plain_walls(request: Request, why: str | None) -> list[list[str | bool]]:
    reason = why or "not asked for"
    return [
        *(
            [name, False, reason]
            for name in ("user namespace", "process namespace", "network namespace", "file system")
        ),
        ["shared memory namespace", False, reason],
        ["bounded storage", True, f"{request['storage'] >> 20} MB, measured from outside"],
        *_common_walls(),
    ]


def _common_walls() -> list[list[str | bool]]:
    return [
        ["limits of memory, time and file size", True, "set by the operating system"],
        ["no new privileges", sys.platform == "linux", "set-uid programs are powerless"],
        ["private socket", True, "no TCP; the folder is the user's own"],
    ]


def _build_root(request: Request, in_memory: bool) -> None:
    """Make a root of the file system that holds what the server needs and nothing else of this machine."""
    root = request["folder"] + "/root"
    os.mkdir(root, 0o755)
    kernel.mount("none", "/", None, kernel.MS_REC | kernel.MS_PRIVATE)
    kernel.mount("tmpfs", root, "tmpfs", kernel.MS_NOSUID, "mode=0755,size=4m")
    os.umask(0o022)
    for path in (*_SYSTEM, *_DEVICES):
        if os.path.islink(path):
            os.makedirs(os.path.dirname(root + path), exist_ok=True)
            os.symlink(os.readlink(path), root + path)
        elif os.path.exists(path):
            kernel.bind(path, root + path)
    for own in (*request["programs"], request["extensions"]):
        if own and not any(own == held or own.startswith(held + "/") for held in _SYSTEM):
            kernel.bind(own, root + own)
    if request["template"]:
        kernel.bind(request["template"], root + "/template")
    if request["export"]:
        kernel.bind(request["export"], root + "/export", writable=True)
    kernel.bind(request["folder"] + "/socket", root + "/socket", writable=True)
    uid, gid = _server_ids()
    if in_memory:
        os.mkdir(root + "/data", 0o700)
        kernel.mount(
            "tmpfs",
            root + "/data",
            "tmpfs",
            kernel.MS_NOSUID | kernel.MS_NODEV | kernel.MS_NOEXEC,
            f"mode=0700,uid={uid},gid={gid},size={request['storage']}",
        )
    else:
        kernel.bind(request["folder"] + "/data", root + "/data", writable=True)
    os.makedirs(root + "/etc", exist_ok=True)
    # initdb asks for the name of its user, who may have none on this machine.
    for name, text in (
        ("passwd", f"postgres:x:{uid}:{gid}::/:/bin/false\n"),
        ("group", f"postgres:x:{gid}:\n"),
    ):
        with open(f"{root}/etc/{name}", "w") as file:
            file.write(text)
    kernel.pivot_root(root)


def _server_ids() -> tuple[int, int]:
    """Return the uid and gid that the server runs as."""
    return (NOBODY, NOBODY) if os.geteuid() == 0 else (os.geteuid(), os.getegid())


# ---- the keeper ----


def _keep(request: Request, walls: list[list[str | bool]], control: int, report: int, isolated: bool) -> NoReturn:
    """Make the data directory, run the postmaster, and stay until it or the warden ends."""
    folder = "" if isolated else request["folder"]
    data, socket = f"{folder}/data", f"{folder}/socket"
    log = os.open(f"{socket}/log", os.O_CREAT | os.O_RDWR | os.O_APPEND, 0o600)
    if request["template"]:
        copy_tree("/template" if isolated else request["template"], data, _owner())
    else:
        named = {} if isolated or os.geteuid() == 0 else name_for_user(folder)
        made = _spawn([request["initdb"], "-D", data, *request["initdb_arguments"]], log, {}, named)
        _, status = os.waitpid(made, 0)
        if status != 0:
            said = _tail(f"{socket}/log")
            if "user does not exist" in said:
                said = NO_NAME.format(uid=os.geteuid())
            raise OSError(f"initdb ended with status {os.waitstatus_to_exitcode(status)}: {said}")
    options = {**request["options"], "unix_socket_directories": socket}
    if isolated and request["extensions"]:
        options["extension_control_path"] = f"{request['extensions']}/walled:{options['extension_control_path']}"
    arguments = [f"-c{key}={value}" for key, value in options.items()]
    postmaster = _spawn([request["postgres"], "-D", data, *arguments], log, request["limits"])
    _say(report, {"started": True, "walls": walls})
    measured = time.monotonic()
    unbounded = not (isolated and request["memory"])
    word = b""
    poll = select.poll()
    poll.register(control, select.POLLIN)
    while True:
        if poll.poll(50):
            word = os.read(control, 4096)
            if not word:
                _kill(postmaster, data, isolated)
            if word.startswith(b"stop"):
                os.kill(postmaster, signal.SIGINT)
        ended, status = _reap(postmaster)
        if ended:
            break
        if unbounded and time.monotonic() - measured > 0.5:
            measured = time.monotonic()
            if tree_size(data) > request["storage"]:
                _say(report, {"ended": "its data grew beyond the room that it was given"})
                _kill(postmaster, data, isolated)
    if word.startswith(b"stop") and status == 0 and request["export"]:
        copy_tree(data, "/export" if isolated else request["export"], None)
        _say(report, {"stopped": True})
    else:
        _say(report, {"ended": f"status {status}: {_tail(f'{socket}/log')}"})
    os._exit(0)


def _owner() -> tuple[int, int] | None:
    return (NOBODY, NOBODY) if os.geteuid() == 0 else None


def _spawn(command: list[str], log: int, limits: dict[str, int], more: dict[str, str] | None = None) -> int:
    """Start a program as the server's user, without any right to more, and under the limits."""
    keeper = os.getpid()
    child = os.fork()
    if child:
        return child
    try:
        os.setpgid(0, 0)
        if os.geteuid() == 0:
            os.setgroups([])
            os.setgid(NOBODY)
            os.setuid(NOBODY)
        kernel.die_with_parent(signal.SIGQUIT)
        if os.getppid() != keeper:
            os._exit(1)
        kernel.no_new_privileges()
        resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
        for name, value in limits.items():
            _limit(getattr(resource, f"RLIMIT_{name}"), value)
        for number in (signal.SIGINT, signal.SIGHUP, signal.SIGTERM, signal.SIGPIPE):
            signal.signal(number, signal.SIG_DFL)
        null = os.open("/dev/null", os.O_RDONLY)
        os.dup2(null, 0)
        os.dup2(log, 1)
        os.dup2(log, 2)
        os.closerange(3, 256)
        os.umask(0o077)
        environment = {
            "PATH": "/usr/bin:/bin",
            "LC_ALL": "C",
            "TZ": "UTC",
            # Without /proc the loader can't tell where the program lies, relative to which its libraries are.
            "LD_ORIGIN_PATH": os.path.dirname(command[0]),
            **(more or {}),
        }
        os.execve(command[0], command, environment)
    except BaseException as error:
        with contextlib.suppress(OSError):
            os.write(2, f"{error}\n".encode())
    os._exit(127)


def _limit(kind: int, value: int) -> None:
    _, hard = resource.getrlimit(kind)
    if hard != resource.RLIM_INFINITY:
        value = min(value, hard)
    resource.setrlimit(kind, (value, value))


def _reap(postmaster: int) -> tuple[bool, int]:
    """Collect every child that has ended; say whether the postmaster was among them, and its status."""
    while True:
        try:
            pid, status = os.waitpid(-1, os.WNOHANG)
        except ChildProcessError:
            return True, -1
        if pid == 0:
            return False, 0
        if pid == postmaster:
            return True, status


def _kill(postmaster: int, data: str, isolated: bool) -> NoReturn:
    """End everything at once. In a process namespace the keeper's own end does it."""
    if isolated:
        os._exit(0)
    with contextlib.suppress(ProcessLookupError):
        os.kill(postmaster, signal.SIGQUIT)
    end = time.monotonic() + 7  # the postmaster itself kills deaf children after 5 s
    while time.monotonic() < end:
        if _reap(postmaster)[0]:
            os._exit(0)
        time.sleep(0.005)
    segment = _segment(data)
    with contextlib.suppress(ProcessLookupError):
        os.kill(postmaster, signal.SIGKILL)
    _await(postmaster)
    if segment is not None:
        with contextlib.suppress(OSError):
            kernel.remove_shared_memory(segment)
    os._exit(0)


def _segment(data: str) -> int | None:
    """Return the System V shared memory segment that the postmaster noted in its lock file."""
    try:
        with open(f"{data}/postmaster.pid") as file:
            return int(file.read().splitlines()[6].split()[1])
    except (OSError, IndexError, ValueError):
        return None


# ---- words ----


def _tail(path: str) -> str:
    try:
        with open(path, "rb") as file:
            return " ".join(file.read().decode("utf-8", "replace").split())[-600:]
    except OSError:
        return ""


def _await(child: int) -> None:
    with contextlib.suppress(ChildProcessError):
        os.waitpid(child, 0)


def _say(fd: int, value: object) -> None:
    with contextlib.suppress(OSError):
        os.write(fd, json.dumps(value).encode() + b"\n")


def _answer(value: object) -> None:
    _say(1, value)
