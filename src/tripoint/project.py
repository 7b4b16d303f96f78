"""What folding may ask of a project beyond the facts that were read."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from typing import Any

from msgspec import Struct, field

from tripoint.kept import Kept
from tripoint.model.evidence import Evidence
from tripoint.model.fault import Witness
from tripoint.model.place import Problem
from tripoint.sources.code.facts import CodeFacts
from tripoint.sources.code.scene import FileScene
from tripoint.tree import Hunk

__all__ = ["Found", "Project"]

Found = tuple[str, Problem, Witness]
"""A file, what could not be read or decided in it, and which witness it speaks for."""


class Project(Struct, frozen=True):
    """What folding may ask of the project beyond the facts that were read."""

    facts: Mapping[str, Any]
    paths: frozenset[str]
    load_code: Callable[[Iterable[str]], Mapping[str, CodeFacts]]
    """Reads files of code in full; what can't be read is left out."""
    read: Callable[[str], bytes | None]
    kept: Kept = field(default_factory=Kept)
    indexed: dict[str, FileScene] = field(default_factory=dict)
    """The facts of files of code as they were indexed for the audit before."""
    include_tests: bool = False
    schema_only: bool = False
    meanings: bool = True
    replay: bool = False
    visit: Callable[[Evidence, Any, str], None] | None = None
    """Shown the server that holds the replayed database, and whom to log in as."""
    live: bool = False
    database_url: str | None = None
    """Where the live database is; None leaves it to the environment's usual variables."""
    progress: Callable[[str], None] = lambda text: None
    hunks: Callable[[Iterable[str]], Iterable[Hunk]] = lambda paths: ()
    """What commits changed in files; raises TreeError where that can't be read."""
    commits: tuple[str | None, str, bytes] = (None, "", b"")
    """What stands for the commits that `hunks` looks through: the newest, and `checkout_of`."""
