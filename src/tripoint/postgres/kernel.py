"""What the embedded server asks of Linux beyond Python's standard library: namespaces, mounts, signals of death.

Every function raises `OSError` where the kernel refuses, also on systems that have no such call at all.
"""

from __future__ import annotations

import ctypes
import errno
import os
import sys

__all__ = [
    "CLONE_NEWIPC",
    "CLONE_NEWNET",
    "CLONE_NEWNS",
    "CLONE_NEWPID",
    "CLONE_NEWUSER",
    "CLONE_NEWUTS",
    "bind",
    "die_with_parent",
    "mount",
    "no_new_privileges",
    "pivot_root",
    "remove_shared_memory",
    "unshare",
]

CLONE_NEWNS = 0x00020000
CLONE_NEWUTS = 0x04000000
CLONE_NEWIPC = 0x08000000
CLONE_NEWUSER = 0x10000000
CLONE_NEWPID = 0x20000000
CLONE_NEWNET = 0x40000000

MS_RDONLY, MS_NOSUID, MS_NODEV, MS_NOEXEC, MS_REMOUNT, MS_BIND, MS_REC, MS_PRIVATE = (
    0x1,
    0x2,
    0x4,
    0x8,
    0x20,
    0x1000,
    0x4000,
    0x40000,
)
_MNT_DETACH = 2
_PR_SET_PDEATHSIG = 1
_PR_SET_NO_NEW_PRIVS = 38
_IPC_RMID = 0
# pivot_root has no wrapper in the C library; its number differs by architecture.
_PIVOT_ROOT = {"x86_64": 155, "aarch64": 41, "riscv64": 41, "i686": 217, "armv7l": 218, "ppc64le": 203, "s390x": 217}

_libc = ctypes.CDLL(None, use_errno=True) if os.name == "posix" else None


def _call(name: str, *arguments: object) -> None:
    if sys.platform != "linux":
        raise OSError(errno.ENOSYS, f"{name} is a call of Linux")
    if getattr(_libc, name)(*arguments) == -1:
        number = ctypes.get_errno()
        raise OSError(number, f"{name}: {os.strerror(number)}")


def unshare(flags: int) -> None:
    """Put this process, or with CLONE_NEWPID its later children, into new namespaces."""
    _call("unshare", flags)


def mount(source: str, target: str, kind: str | None, flags: int = 0, data: str | None = None) -> None:
    """Mount a file system."""
    _call(
        "mount",
        source.encode(),
        target.encode(),
        kind.encode() if kind else None,
        ctypes.c_ulong(flags),
        data.encode() if data else None,
    )


def bind(source: str, target: str, writable: bool = False) -> None:
    """Show `source` at `target` too; read-only unless `writable`, and in any case without set-uid programs."""
    if os.path.isdir(source):
        os.makedirs(target, exist_ok=True)
    else:
        os.makedirs(os.path.dirname(target), exist_ok=True)
        os.close(os.open(target, os.O_CREAT | os.O_WRONLY, 0o600))
    mount(source, target, None, MS_BIND | MS_REC)
    # Inside a user namespace the flags that the source's own mount has are locked: they must be repeated.
    held = os.statvfs(target).f_flag
    locked = held & (MS_RDONLY | MS_NODEV | MS_NOEXEC)
    wanted = MS_BIND | MS_REMOUNT | MS_NOSUID | locked | (0 if writable else MS_RDONLY)
    if held & 0x1000:  # ST_RELATIME
        wanted |= 0x200000
    if held & 0x400:  # ST_NOATIME
        wanted |= 0x400
    if held & 0x800:  # ST_NODIRATIME
        wanted |= 0x800
    mount("none", target, None, wanted)


def pivot_root(new_root: str) -> None:
    """Make the mount point `new_root` this process's whole file system and let go of the old one."""
    number = _PIVOT_ROOT.get(os.uname().machine)
    if number is None:
        raise OSError(errno.ENOSYS, f"pivot_root on {os.uname().machine}")
    os.chdir(new_root)
    # Both at one place: the old root comes to lie on the new one, and is taken away from there.
    _call("syscall", ctypes.c_long(number), b".", b".")
    _call("umount2", b".", _MNT_DETACH)
    os.chdir("/")


def die_with_parent(signal: int) -> None:
    """Ask for `signal` to be sent to this process when the thread that started it ends. Linux only, else nothing."""
    if sys.platform == "linux":
        _call("prctl", _PR_SET_PDEATHSIG, ctypes.c_ulong(signal), 0, 0, 0)


def no_new_privileges() -> None:
    """Make set-uid programs and file capabilities powerless for this process and what it starts."""
    if sys.platform == "linux":
        _call("prctl", _PR_SET_NO_NEW_PRIVS, ctypes.c_ulong(1), 0, 0, 0)


def remove_shared_memory(identifier: int) -> None:
    """Remove a System V shared memory segment, such as a killed postmaster leaves behind."""
    if _libc is not None and _libc.shmctl(identifier, _IPC_RMID, None) == -1:
        number = ctypes.get_errno()
        raise OSError(number, os.strerror(number))
