"""Becoming an ordinary user in a test that root runs."""

from __future__ import annotations

import os
import sys
import tempfile
from pathlib import Path

from tripoint.postgres import kernel

__all__ = ["as_user", "forbid_namespaces", "make_reachable"]


def as_user(uid: int) -> None:
    """Become an ordinary user, for whom the interpreter's folder stays reachable even below root's home."""
    program = os.path.realpath(sys.executable)
    home = Path(os.path.dirname(os.path.dirname(program)))
    kernel.unshare(kernel.CLONE_NEWNS)
    kernel.mount("none", "/", None, kernel.MS_REC | kernel.MS_PRIVATE)
    for parent in reversed(home.parents):
        if not parent.stat().st_mode & 0o001:
            held = tempfile.mkdtemp()
            kernel.mount(str(home), held, None, kernel.MS_BIND)
            kernel.mount("tmpfs", str(parent), "tmpfs", 0, "mode=0755")
            home.mkdir(parents=True)
            kernel.mount(held, str(home), None, kernel.MS_BIND)
            break
    os.setgroups([])
    os.setgid(uid)
    os.setuid(uid)


def forbid_namespaces() -> None:
    """Let this process of root's, and what it starts, make no further namespaces, as in a container."""
    ready, told = os.pipe()
    done, tell = os.pipe()
    caller = os.getpid()
    if os.fork() == 0:
        os.read(ready, 1)
        for kind in ("uid", "gid"):
            Path(f"/proc/{caller}/{kind}_map").write_text("0 0 65536\n")
        os.write(tell, b"1")
        os._exit(0)
    kernel.unshare(kernel.CLONE_NEWUSER)
    os.write(told, b"1")
    os.read(done, 1)
    Path("/proc/sys/user/max_user_namespaces").write_text("0")


def make_reachable(folder: Path, uid: int) -> None:
    """Give a folder to a user and let the user come to it."""
    os.chown(folder, uid, uid)
    for parent in folder.parents:
        if parent.stat().st_uid == os.geteuid() and not parent.stat().st_mode & 0o001:
            parent.chmod(parent.stat().st_mode | 0o011)
