"""What one run asks for, and how it says that it could not be done."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from time import perf_counter
from typing import TYPE_CHECKING

from msgspec import Struct

from tripoint.model.fault import Witness

if TYPE_CHECKING:
    from collections.abc import Mapping
    from typing import Any

    from tripoint.cache import Cache
    from tripoint.model.evidence import Evidence
    from tripoint.model.proof import Proof
    from tripoint.reading.memory import Memory
    from tripoint.suppress import Baseline

    Prover = Callable[[Evidence, Mapping[str, Any], Callable[[str], bytes | None], Callable[[str], None]], Proof]
    """Of a database's evidence, the facts of its files, a reader of files and somebody to tell of progress."""

__all__ = ["AuditError", "Options"]


class AuditError(Exception):
    """The audit itself could not be done; the message is one sentence that says what to do."""


class Options(Struct, frozen=True):
    """What one run asks for beyond the settings."""

    select: frozenset[str] = frozenset()
    """Rules to run; empty means all."""
    ignore: frozenset[str] = frozenset()
    require: frozenset[Witness] = frozenset()
    include_tests: bool = False
    replay: bool = False
    """Whether to run the migrations on the embedded server."""
    live: bool = False
    """Whether to read a live database."""
    database_url: str | None = None
    baseline: Baseline | None = None
    """Takes the place of the baseline that the settings name."""
    schema_only: bool = False
    """Whether to read what defines the schema alone: no documents and no code, and no names held against it."""
    meanings: bool = True
    """Whether to say what the unknown names most likely mean."""
    specialists: frozenset[str] = frozenset()
    """Which linters of others are asked beside those that the settings name: `squawk`, `pgrls`."""
    prove: Prover | None = None
    """Tries every operation as every kind of user, where that is asked for (`tripoint.proof.evidence`)."""
    processes: int | None = 0
    """How many workers read the files, within limits of time and memory: 0 reads in this process and without limits,
    None decides by the machine and the work."""
    cache: Cache | None = None
    """Where the facts of unchanged files are kept."""
    memory: Memory | None = None
    """Where they stay from one audit of this process to the next."""
    progress: Callable[[str], None] | None = None
    """Told what is being done, in a few words."""
    timed: Callable[[str, float], None] | None = None
    """Told each step that is done, and the seconds that it took."""

    @contextmanager
    def step(self, name: str) -> Iterator[None]:
        """Measure a step for whoever asks for the times."""
        if self.timed is None:
            yield
            return
        start = perf_counter()
        yield
        self.timed(name, perf_counter() - start)
