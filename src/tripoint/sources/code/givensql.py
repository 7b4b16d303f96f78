"""The SQL that a project's code gives to drivers of PostgreSQL, and that of which nothing tells the driver."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterator, Mapping

from tripoint.model.place import Place, Problem
from tripoint.model.query import Query
from tripoint.sources.code.constants import users_of_constants
from tripoint.sources.code.facts import CodeFacts, Value
from tripoint.sources.code.follow import Follower
from tripoint.sources.code.packages import (
    Reached,
    all_packages,
    lacks_a_driver,
    of_packages_without_driver,
    own_packages,
    undecided_drivers,
)
from tripoint.sources.code.scene import FileScene
from tripoint.sources.code.sqltext import sql_queries
from tripoint.sources.code.wrappers import sql_wrappers

__all__ = ["GivenSql"]


class GivenSql:
    """Reads the SQL in the files that a follower knows, one after the other.

    `facts` are those of all files, the follower's own, which grow as it reads more; `given` are the paths of this
    database's code, and `words` tells the words of all files.
    """

    def __init__(
        self,
        facts: Mapping[str, CodeFacts],
        given: Collection[str],
        follower: Follower,
        words: Callable[[], frozenset[str]],
    ) -> None:
        self._facts = facts
        self._follower = follower
        for path in users_of_constants({path: read for path, read in facts.items() if path in given}):
            self._in_full(path)
        self._read = {path: read for path, read in facts.items() if read.scopes}
        self._packages = all_packages(facts, words())
        self._own = own_packages(facts, words())
        self._reached = Reached(self._own, self._in_full, self._unread, follower.modules.resolve)
        self._wrappers = sql_wrappers(facts, self._own, follower.ask, follower.scene, self._things)
        self._undecided: list[tuple[str, Place]] = []
        self._driverless: list[Place] = []

    def scenes(self) -> Iterator[tuple[str, FileScene]]:
        """Yield the files that may give SQL to a driver, by their paths."""
        for path in sorted(self._read):
            scene = self._follower.scene(path)
            if scene is not None:
                yield path, scene

    def of(self, path: str, scene: FileScene) -> tuple[list[Query], list[tuple[str, Problem]]]:
        """Return the SQL of one file, and what of it can't be read."""
        facts = self._read[path]
        apart = lacks_a_driver(self._follower.modules.depends_on(path))
        told = frozenset() if apart else self._packages, self._own[path], self._reached, self._wrappers
        queries, problems, places = sql_queries(path, facts, scene, self._things, self._follower.strings, *told)
        if apart:
            self._driverless += places
        else:
            self._undecided += [(facts.language, place) for place in places]
        return queries, problems

    def undecided(self) -> Iterator[tuple[Place, str]]:
        """Yield what is said of the SQL, in the files read so far, of which nothing tells the driver."""
        yield from undecided_drivers(self._undecided, self._facts, self._own)
        yield from of_packages_without_driver(self._driverless)

    def _unread(self, path: str) -> bytes | None:
        return self._follower.modules.text(path) if self._follower.is_unread(path) else None

    def _in_full(self, path: str) -> CodeFacts | None:
        scene = self._follower.scene(path)
        return None if scene is None else scene.facts

    def _things(self, path: str, value: Value) -> list[object]:
        return [at.thing for at in self._follower.evaluate(path, value)]
