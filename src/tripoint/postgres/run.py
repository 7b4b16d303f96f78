"""A statement sent to a server that may be hostile: it has a time to be done in, and few of its rows are kept."""

from __future__ import annotations

import select
import time
from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, Any

from msgspec import Struct
from msgspec.structs import replace

if TYPE_CHECKING:
    from psycopg import Connection
    from psycopg.pq.abc import PGconn, PGresult

__all__ = ["CANCELLED", "Answer", "Refusal", "ServerLost", "ask", "run", "run_together"]

CANCELLED = "57014"
"""The SQLSTATE of what took too long."""


class ServerLost(Exception):
    """The server ended or no longer answers; the message says which."""


class Refusal(Struct, frozen=True):
    """PostgreSQL's answer to a statement that it did not carry out.

    `position` is the 1-based character of the statement that it points at, where it points at one.
    """

    sqlstate: str
    message: str
    detail: str | None = None
    hint: str | None = None
    context: str | None = None
    position: int | None = None
    table: str | None = None
    """The table that it names beside its words, as a violated constraint does."""
    constraint: str | None = None


class Answer(Struct, frozen=True):
    """What the last of some statements gave."""

    refusal: Refusal | None = None
    """Why they were not all carried out."""
    affected: int = 0
    """How many rows it returned or changed, by its command tag."""
    columns: tuple[str, ...] = ()
    rows: tuple[tuple[str | None, ...], ...] = ()
    """The first of its rows, as text."""


def ask(connection: Connection[Any], statements: str, patience: float, rows: int = 0) -> Answer:
    """Carry out one or several statements and return what the last one gave, with at most `rows` of its rows.

    As `run` otherwise: a refusal ends them. Raises `ServerLost`.
    """
    kept = _Kept(rows)
    refusal = _carry_out(connection, statements, patience, kept.take)
    return Answer(refusal, kept.affected, kept.columns, tuple(kept.rows)) if refusal is None else Answer(refusal)


class _Kept:
    """Keeps the first rows of the last result."""

    _BYTES = 1 << 20

    def __init__(self, limit: int) -> None:
        self.limit = limit
        self.affected = 0
        self.columns: tuple[str, ...] = ()
        self.rows: list[tuple[str | None, ...]] = []
        self.size = 0
        self.ended = False

    def take(self, result: PGresult) -> None:
        from psycopg.pq import ExecStatus

        if self.ended:
            self.affected, self.columns, self.rows, self.size, self.ended = 0, (), [], 0, False
        if result.status in (ExecStatus.SINGLE_TUPLE, ExecStatus.TUPLES_OK) and self.limit:
            names = (result.fname(number) or b"" for number in range(result.nfields))
            self.columns = self.columns or tuple(name.decode("utf-8", "replace") for name in names)
            for row in range(result.ntuples):
                if len(self.rows) < self.limit and self.size < self._BYTES:
                    values = [result.get_value(row, number) for number in range(result.nfields)]
                    self.size += sum(len(value) for value in values if value is not None)
                    self.rows.append(tuple(v.decode("utf-8", "replace") if v is not None else None for v in values))
        if result.status != ExecStatus.SINGLE_TUPLE:
            self.affected, self.ended = result.command_tuples or 0, True


def run(connection: Connection[Any], statement: str, patience: float) -> Refusal | None:
    """Carry out one statement; return the server's refusal, or None where it was done.

    Takes no longer than `patience` seconds and a little: then the statement is cancelled, which reads as a refusal, and
    a server that does not obey is lost. Raises `ServerLost`.
    """
    return _carry_out(connection, statement, patience, lambda result: None)


def run_together(connection: Connection[Any], statements: Sequence[str], patience: float) -> tuple[int, Refusal | None]:
    """Carry out statements that go to the server in one message, each text one statement.

    Returns how many were done, and the refusal of the one after them, whose position counts from that statement's
    start. All of them together take no longer than `patience`, else as `run`. PostgreSQL parses the whole message
    first: where it can't, none is done.
    """
    from psycopg.pq import ExecStatus

    done = 0

    def take(result: PGresult) -> None:
        nonlocal done
        done += result.status in (ExecStatus.COMMAND_OK, ExecStatus.TUPLES_OK)

    between = "\n;\n"  # a statement may end in a comment
    refusal = _carry_out(connection, between.join(statements), patience, take)
    if refusal is not None and refusal.position is not None:
        start = sum(len(statement) + len(between) for statement in statements[:done])
        refusal = replace(refusal, position=refusal.position - start)
    return done, refusal


def _carry_out(
    connection: Connection[Any], statement: str, patience: float, take: Callable[[PGresult], None]
) -> Refusal | None:
    from psycopg import OperationalError, pq

    conn = connection.pgconn
    end = time.monotonic() + patience
    cancelled = False
    refusal: Refusal | None = None
    try:
        conn.send_query(statement.encode("utf-8", "replace"))
        # Rows are read one by one and dropped: a result of any size takes no memory here.
        conn.set_single_row_mode()
        # A long statement does not fit into the socket's buffer: what is left is sent as the server takes it.
        while conn.flush() and (left := end - time.monotonic()) > 0:
            if select.select([conn.socket], [conn.socket], [], left)[0]:
                conn.consume_input()
        while True:
            while conn.is_busy():
                if not _wait(conn, end - time.monotonic()):
                    if cancelled:
                        raise ServerLost("the server did not stop a statement that took too long")
                    conn.get_cancel().cancel()
                    cancelled, end = True, time.monotonic() + 3
                conn.consume_input()
                while conn.notifies() is not None:
                    pass
            result = conn.get_result()
            if result is None:
                break
            status = result.status
            if status == pq.ExecStatus.FATAL_ERROR:
                refusal = refusal or _refusal(result, cancelled, patience)
            elif status == pq.ExecStatus.COPY_IN:
                conn.put_copy_end()
            elif status == pq.ExecStatus.COPY_OUT:
                while conn.get_copy_data(0)[0] > 0:
                    pass
            take(result)
            result.clear()
    except OperationalError as error:
        raise ServerLost(_one_line(str(error))) from error
    if conn.status != pq.ConnStatus.OK:
        raise ServerLost(refusal.message if refusal else "the server closed the connection")
    return refusal


def _wait(conn: PGconn, patience: float) -> bool:
    return patience > 0 and bool(select.select([conn.socket], [], [], patience)[0])


def _refusal(result: PGresult, cancelled: bool, patience: float) -> Refusal:
    from psycopg.pq import DiagnosticField as Field

    def field(which: Field) -> str | None:
        value = result.error_field(which)
        return value.decode("utf-8", "replace") if value is not None else None

    position = field(Field.STATEMENT_POSITION)
    message = field(Field.MESSAGE_PRIMARY) or _one_line(result.error_message.decode("utf-8", "replace"))
    if cancelled:
        message = f"the statement took longer than {patience:.0f} s and was cancelled"
    return Refusal(
        field(Field.SQLSTATE) or "XX000",
        message,
        field(Field.MESSAGE_DETAIL),
        field(Field.MESSAGE_HINT),
        field(Field.CONTEXT),
        int(position) if position and position.isdigit() else None,
        field(Field.TABLE_NAME),
        field(Field.CONSTRAINT_NAME),
    )


def _one_line(text: str) -> str:
    return " ".join(text.split())
