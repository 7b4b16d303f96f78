"""Projects of the tests and the example, damaged: what comes after reading meets facts that no author would write.

Statements, lines and tokens are dropped, doubled, swapped, put in place of each other and brought in from other
projects, so that what is left is mostly read, folded and bound, and contradicts itself. The same number gives the same
project.
"""

from __future__ import annotations

import random
import re
import subprocess
from collections.abc import Mapping, Sequence
from functools import cache
from pathlib import Path

__all__ = ["damaged", "projects"]

ROOT = Path(__file__).parents[2]
_BYTES = 30_000
"""Larger files take long and hold nothing that the smaller ones lack."""
_TOKEN = re.compile(rb"'(?:[^'\n]|'')*'|\"[^\"\n]*\"|\$\w*\$|\w+|\s+|.", re.DOTALL)
_STATEMENT = re.compile(rb"(?<=;)\s*\n")

Files = Mapping[str, bytes]


@cache
def projects() -> tuple[Files, ...]:
    """Return the projects that the tests and the examples hold, each as its files."""
    listed = subprocess.run(["git", "ls-files", "-z", "tests", "examples"], cwd=ROOT, capture_output=True, check=True)
    found: dict[str, dict[str, bytes]] = {}
    for name in sorted(listed.stdout.decode().split("\0")):
        parts = name.split("/")
        depth = 4 if name.startswith("tests/cases/") else 2 if name.startswith("examples/") else 0
        path = ROOT / name
        if depth and len(parts) > depth and path.is_file() and path.stat().st_size < _BYTES:
            found.setdefault("/".join(parts[:depth]), {})["/".join(parts[depth:])] = path.read_bytes()
    return tuple(found.values())


@cache
def _parts(data: bytes, sql: bool) -> tuple[bytes, ...]:
    """Return a file's statements, or its lines."""
    return tuple(_STATEMENT.split(data) if sql else data.splitlines(keepends=True))


@cache
def _tokens(data: bytes) -> tuple[bytes, ...]:
    return tuple(_TOKEN.findall(data))


def _suffix(path: str) -> str:
    return path.rpartition(".")[2]


@cache
def _pool(suffix: str) -> tuple[bytes, ...]:
    """Return the contents of all files of that suffix."""
    return tuple({data: None for files in projects() for path, data in files.items() if _suffix(path) == suffix})


def damaged(number: int) -> dict[str, bytes]:
    """Return the project of that number."""
    chance = random.Random(number)
    files = dict(chance.choice(projects()))
    if chance.random() < 0.3:  # two histories in one, and their code and documents
        files.update(chance.choice(projects()))
    paths = sorted(path for path in files if not path.endswith((".png", ".lock")))
    for _ in range(chance.choice((1, 1, 2, 4, 8))):
        path = chance.choice(paths)
        files[path] = _damaged(files[path], _suffix(path), files, chance)
    return files


def _damaged(data: bytes, suffix: str, files: Files, chance: random.Random) -> bytes:
    sql = suffix == "sql"
    whole = chance.random() < 0.5
    parts = list(_parts(data, sql) if whole else _tokens(data))
    if not parts:
        return data
    for _ in range(chance.choice((1, 1, 2, 3, 6))):
        at, other = chance.randrange(len(parts)), chance.randrange(len(parts))
        match chance.randrange(6):
            case 0:
                parts[at] = b"\n" if whole else b" "
            case 1:
                parts.insert(other, parts[at])
            case 2:
                parts[at], parts[other] = parts[other], parts[at]
            case 3:
                parts[at] = parts[other]
            case 4:
                parts[at] = chance.choice(_others(suffix, whole, files, chance) or parts)
            case _:
                parts.insert(at, chance.choice(_others(suffix, whole, files, chance) or parts))
    return (b"\n" if sql and whole else b"").join(parts)


def _others(suffix: str, whole: bool, files: Files, chance: random.Random) -> Sequence[bytes]:
    """Return statements, lines or tokens of another file: of this project, or in the same language."""
    near = [data for path, data in files.items() if whole is False or _suffix(path) == suffix]
    data = chance.choice(near) if near and chance.random() < 0.5 else chance.choice(_pool(suffix))
    return _parts(data, suffix == "sql") if whole else _tokens(data)
