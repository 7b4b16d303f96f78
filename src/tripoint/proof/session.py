"""One transaction on the embedded server, in which rows are made and probes are undone one after the other."""

from __future__ import annotations

import json
import time
from typing import TYPE_CHECKING, Any

from msgspec import Struct, field

from tripoint.model.name import Name, quote_identifier
from tripoint.postgres.run import Answer, Refusal, ask
from tripoint.proof.values import literal

if TYPE_CHECKING:
    from psycopg import Connection

__all__ = ["Actor", "Session", "quoted"]

_PATIENCE = 5.0
"""Seconds that one statement has."""

OUT_OF_TIME = "57014"


class Actor(Struct, frozen=True):
    """Who asks: a database role (the tables' owner where it is empty), and what the session says of the caller."""

    role: str = ""
    settings: dict[str, str] = field(default_factory=dict)
    """Settings of the session, such as `request.jwt.claims`."""

    def preamble(self) -> str:
        """Return the statement that makes the transaction this actor's, as the platform's API does it."""
        settings = [*([("role", self.role)] if self.role else []), *self.settings.items()]
        calls = (f"set_config({literal(key)}, {literal(value)}, true)" for key, value in settings)
        return f"SELECT {', '.join(calls)}"

    @classmethod
    def signed_in(cls, role: str, claims: dict[str, Any], settings: dict[str, str] | None = None) -> Actor:
        """Return an actor with the claims of a token."""
        return cls(role, {"request.jwt.claims": json.dumps(claims, ensure_ascii=False), **(settings or {})})


def quoted(name: Name) -> str:
    """Return a name as it stands in SQL."""
    return f"{quote_identifier(name.schema)}.{quote_identifier(name.name)}"


class Session:
    """Runs statements within one transaction that is never committed. `total` is the time for all of them, in seconds.

    Raises `ServerLost` where the server ends.
    """

    def __init__(self, connection: Connection[Any], total: float) -> None:
        self._connection = connection
        self._end = time.monotonic() + total
        self._total = total
        self._ask("BEGIN")

    def _ask(self, text: str, rows: int = 0, patience: float = _PATIENCE) -> Answer:
        left = self._end - time.monotonic()
        if left <= 0 and text != "ROLLBACK":
            return Answer(Refusal(OUT_OF_TIME, f"the proof had {self._total:.0f} s and came to no end"))
        return ask(self._connection, text, max(min(patience, left), 0.1), rows)

    def do(self, text: str, rows: int = 0) -> Answer:
        """Carry out statements and keep what they did; what is refused leaves nothing behind."""
        answer = self._ask(f"SAVEPOINT tripoint_made; {text}", rows)
        if answer.refusal is not None:
            self._ask("ROLLBACK TO SAVEPOINT tripoint_made")
        self._ask("RELEASE SAVEPOINT tripoint_made")
        return answer

    def first(self, query: str) -> dict[str, str | None] | None:
        """Return the first row of a query; None where there is none or it is refused."""
        answer = self.do(query, rows=1)
        return dict(zip(answer.columns, answer.rows[0], strict=True)) if answer.rows else None

    def begin_probes(self) -> None:
        """Set the state that every probe starts from."""
        self._ask("SAVEPOINT tripoint_probe")

    def probe(self, actor: Actor, statement: str, before: str = "", rows: int = 0) -> Answer:
        """Carry out a statement as an actor, on the state of `begin_probes`; `before` is done as the tables' owner."""
        parts = ["ROLLBACK TO SAVEPOINT tripoint_probe", *([before] if before else []), actor.preamble(), statement]
        return self._ask("; ".join(parts), rows)

    def call(self, actor: Actor, statement: str, rows: int, patience: float) -> Answer:
        """As `probe`; what the statement did stays until the next one, for `afterwards` to look at."""
        return self._ask(f"ROLLBACK TO SAVEPOINT tripoint_probe; {actor.preamble()}; {statement}", rows, patience)

    def afterwards(self, query: str) -> tuple[str | None, ...] | None:
        """Return the first row of a query that the tables' owner makes after a `call`."""
        answer = self._ask(f"RESET ROLE; {query}", 1)
        return answer.rows[0] if answer.rows else None

    def close(self) -> None:
        """Undo everything."""
        self._ask("ROLLBACK")
