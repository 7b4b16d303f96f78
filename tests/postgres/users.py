"""Becoming an ordinary user in a test that root runs."""

from __future__ import annotations

import os
import sys
import tempfile
from pathlib import Path

from tripoint.postgres import kernel

__all__ = ["as_user", "make_reachable"]


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


def make_reachable(folder: Path, uid: int) -> None:
    """Give a folder to a user and let the user come to it."""
    os.chown(folder, uid, uid)
    for parent in folder.parents:
        if parent.stat().st_uid == os.geteuid() and not parent.stat().st_mode & 0o001:
            parent.chmod(parent.stat().st_mode | 0o011)
