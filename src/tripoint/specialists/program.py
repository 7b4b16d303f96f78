"""How a specialist is found and run: as a program of its own, in an empty folder, with next to no environment."""

from __future__ import annotations

import os
import subprocess
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from pathlib import Path

__all__ = ["PACKAGES", "Unheard", "installed", "program_of", "run_program", "workplace"]

_PATIENCE = 120
"""Seconds."""


class Unheard(Exception):
    """A specialist gave no answer; the message says why, in one sentence."""


PACKAGES = {"squawk": "squawk-cli", "pgrls": "pgrls"}
"""The packages that bring the specialists."""


def installed(tool: str) -> str | None:
    """Return the version of a specialist that is installed, or None."""
    from importlib import metadata

    try:
        return metadata.version(PACKAGES[tool])
    except metadata.PackageNotFoundError:
        return None


def program_of(tool: str) -> Path | None:
    """Return the program that a specialist's package brings; none that merely stands in the search path."""
    from importlib import metadata
    from pathlib import Path

    files = metadata.files(PACKAGES[tool]) or ()
    found = (Path(str(f.locate())) for f in files if f.stem == tool and f.parent.name in ("bin", "Scripts"))
    return next((path.resolve() for path in found if path.is_file()), None)


@contextmanager
def workplace() -> Iterator[Path]:
    """Give an empty folder that is gone afterwards."""
    import tempfile
    from pathlib import Path

    with tempfile.TemporaryDirectory(prefix="tripoint-specialist-") as folder:
        yield Path(folder)


def run_program(command: Sequence[str], folder: Path, answers: frozenset[int]) -> str:
    """Run a program and return what it prints; raise Unheard where its exit code is none of `answers`."""
    kept: Mapping[str, str] = {
        name: os.environ[name] for name in ("PATH", "SYSTEMROOT", "TMPDIR") if name in os.environ
    }
    environment = {**kept, "HOME": str(folder), "LC_ALL": "C.UTF-8", "PYTHONUTF8": "1"}
    try:
        done = subprocess.run(
            command,
            cwd=folder,
            env=environment,
            stdin=subprocess.DEVNULL,
            capture_output=True,
            timeout=_PATIENCE,
            check=False,
        )
    except subprocess.TimeoutExpired as error:
        raise Unheard(f"it took longer than {_PATIENCE} s") from error
    except OSError as error:
        raise Unheard(f"it can't be run: {error.strerror or error}") from error
    if done.returncode not in answers:
        said = " ".join(done.stderr.decode("utf-8", "replace").split())[-200:]
        raise Unheard(f"it ended with code {done.returncode}: {said}")
    return done.stdout.decode("utf-8", "replace")
