"""Changes to a project's own files: within its folder, never through a link, whole or not at all."""

from __future__ import annotations

import contextlib
import os
import stat
from pathlib import Path

from tripoint.commands.files import put, removed_on_failure, write_aside
from tripoint.commands.outcome import CommandError

__all__ = ["create_file", "replace_file", "within"]


def create_file(root: str, path: str, data: bytes) -> None:
    """Create the file `path` below `root`, with the folders that it needs; raise CommandError where anything is there.

    Nothing is ever overwritten, also not what appears at the same moment.
    """
    target = within(root, path)
    try:
        target.parent.mkdir(parents=True, exist_ok=True)
        within(root, path)  # what was made may not lead outside either
        aside = write_aside(str(target), data)
    except OSError as error:
        raise CommandError(f"{path} could not be written: {error.strerror or error}") from error
    try:
        os.link(aside, target)
    except FileExistsError as error:
        raise CommandError(f"{path} is there already, and nothing is overwritten") from error
    except OSError:
        _create_directly(target, path, data)  # a file system without links
    finally:
        with contextlib.suppress(OSError):
            os.unlink(aside)


def _create_directly(target: Path, path: str, data: bytes) -> None:
    try:
        with open(target, "xb") as stream, removed_on_failure(str(target)):
            stream.write(data)
            stream.flush()
    except FileExistsError as error:
        raise CommandError(f"{path} is there already, and nothing is overwritten") from error
    except OSError as error:
        raise CommandError(f"{path} could not be written: {error.strerror or error}") from error


def replace_file(root: str, path: str, before: bytes, after: bytes) -> None:
    """Replace the file `path` below `root`; raise CommandError where it no longer holds `before`, or is a link."""
    target = within(root, path)
    try:
        mode = target.lstat().st_mode
        if not stat.S_ISREG(mode):
            raise CommandError(f"{path} is no ordinary file: it is left alone")
        if target.read_bytes() != before:
            raise CommandError(f"{path} has changed meanwhile: it is left alone")
        put(write_aside(str(target), after, stat.S_IMODE(mode)), str(target), mode)
    except OSError as error:
        raise CommandError(f"{path} could not be written: {error.strerror or error}") from error


def within(root: str, path: str) -> Path:
    """Return a file's place below `root`; raise CommandError where a link or a `..` leads elsewhere."""
    parts = path.split("/")
    if path.startswith("/") or ".." in parts or "" in parts:
        raise CommandError(f"{path} does not stand within the project")
    place = Path(root)
    for part in parts:
        place = place / part
        if place.is_symlink():
            raise CommandError(f"{path} leads through a link: it is left alone")
    return place
