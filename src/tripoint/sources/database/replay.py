"""Migrations run on an embedded server, twice: as their runner would, and statement by statement.

The first run meets what a deployment would meet: a statement that PostgreSQL refuses takes its whole unit with it. The
second leaves out no more than the refused statement itself, and from it the catalog is read. Each run has a fresh
server, and each file a connection of its own. As long as nothing is refused both do the same, so one of them does it
for both: the run of a deployment begins once the other has met a refusal, or when one is expected.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Container, Iterable, Iterator, Mapping, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from threading import Lock
from typing import TYPE_CHECKING, Any

from msgspec import Struct
from msgspec.structs import replace

from tripoint.model.catalog import Catalog, Extension
from tripoint.model.evidence import Failure, Platform, Settings
from tripoint.model.place import Place
from tripoint.postgres.platform import platform_template
from tripoint.postgres.rewrite import as_run
from tripoint.postgres.run import CANCELLED, Refusal, ServerLost, run, run_together
from tripoint.postgres.server import SUPERUSER, Limits, Server, Wall
from tripoint.postgres.template import FURNITURE
from tripoint.sources.database.compare import Difference, differences, without
from tripoint.sources.database.doubts import Doubts
from tripoint.sources.database.explain import explain
from tripoint.sources.database.normalise import normalise
from tripoint.sources.database.read import read_catalog
from tripoint.sources.migrations.effective import effective_statements
from tripoint.sources.migrations.fold import fold
from tripoint.sql.facts import SqlFacts, Statement
from tripoint.supabase import MANAGED_SCHEMAS, base_catalog

if TYPE_CHECKING:
    from psycopg import Connection

__all__ = ["LOGIN", "Replayed", "Script", "apply", "read_replayed", "replay"]

_NEW_VALUE = "55P04"

_MESSAGE = 1 << 20
"""Characters of a unit beyond which its statements go to the server one by one: it holds a whole message's parse."""

_HOLD = 0x20
"""The option of a cursor that outlives its transaction."""

_BOUNDARIES = frozenset({"TRANS_STMT_BEGIN", "TRANS_STMT_START", "TRANS_STMT_COMMIT", "TRANS_STMT_ROLLBACK"})

LOGIN = "postgres"
"""The role that migrations run as. It is no superuser."""

Progress = Callable[[int, int], None]


class Script(Struct, frozen=True):
    """One migration: its path, what its text says, and whether its runner applies it in one transaction."""

    path: str
    facts: SqlFacts
    transaction: bool = True


class Replayed(Struct, frozen=True):
    """What became of a replay."""

    catalog: Catalog | None
    """What the migrations made, and what of the platform they changed; None where the server was lost."""
    failures: tuple[Failure, ...] = ()
    """The first statement of each file that a deployment would see refused."""
    refused: tuple[Failure, ...] = ()
    """Every statement that is refused on its own account."""
    not_tried: tuple[Failure, ...] = ()
    """Statements of which it can't be told whether a deployment would refuse them too (`Failure.doubt` says why):
    neither refused nor done."""
    differences: tuple[Difference, ...] = ()
    """Where the fold (left) reads the accepted statements otherwise than the server (right) did."""
    undecided: tuple[str, ...] = ()
    """Subjects with an expression that could not be compared."""
    walls: tuple[Wall, ...] = ()
    version: str = ""
    lost: str | None = None
    """How the server was lost."""


# Statements that PostgreSQL does not carry out within a transaction block.
_ALONE = {"VacuumStmt", "CreatedbStmt", "DropdbStmt", "CreateTableSpaceStmt", "DropTableSpaceStmt", "AlterSystemStmt"}


def replay(
    scripts: Sequence[Script],
    platform: Platform = "postgresql",
    settings: Settings | None = None,
    *,
    emulated: bool = False,
    in_code: bool = False,
    folded: Catalog | None = None,
    expect_refusals: bool = False,
    patience: float = 60,
    total: float = 600,
    progress: Progress | None = None,
    visit: Callable[[Server], None] | None = None,
) -> Replayed:
    """Replay scripts in their order, each run on a fresh server of the platform, and compare with the fold.

    `emulated` and `in_code` are told to `Doubts`. `folded` is what all scripts fold into, where that is known already.
    `expect_refusals` begins both runs at once; without, the outcome is the same. `patience` is the time (seconds) that
    each statement has, `total` that of a whole run. `progress` is told (files done, files in all); `visit` is shown the
    server when all has been read from it. Raises `ServerUnavailable` where no server can be had at all.
    """
    binaries, template = platform_template(platform, settings)
    members: Mapping[str, Extension] = {}
    base: Catalog | None = None
    if platform == "supabase":
        base = base_catalog(settings or Settings())
        members = base.extensions
    limits = Limits(deadline=2 * total)
    tell = _Progress(progress, len(scripts))

    def deploy() -> tuple[list[Failure], str | None]:
        found: list[Failure] = []
        doubts = Doubts(scripts, platform, emulated, in_code)
        with Server(template=template, binaries=binaries, limits=limits) as server:
            try:
                _run_all(server, scripts, found, True, doubts, patience, total, tell)
            except lost_errors() as error:
                return found, _how_lost(server, error)
        return found, None

    failures: list[Failure] = []
    refused: list[Failure] = []
    lost: str | None = None
    lost_in_deployment: str | None = None
    result: tuple[Catalog | None, tuple[Difference, ...], tuple[str, ...]] = (None, (), ())
    deployment: Future[tuple[list[Failure], str | None]] | None = None
    # Both runs spend their time waiting for their servers.
    with ThreadPoolExecutor(1) as pool, Server(template=template, binaries=binaries, limits=limits) as server:

        def part() -> None:
            nonlocal deployment
            if deployment is None:
                tell.count += len(scripts)
                deployment = pool.submit(deploy)

        if expect_refusals:
            part()
        try:
            if base is None:
                with server.connect(LOGIN) as connection:
                    base = read_replayed(connection)
            doubts = Doubts(scripts, platform, emulated, in_code)
            _run_all(server, scripts, refused, False, doubts, patience, total, tell, part)
            with server.connect(LOGIN) as connection:
                members = _where_they_were(connection, members)
                held = read_replayed(connection, members)
                result = _agreement(connection, scripts, refused, held, base, platform, members, folded)
            if visit is not None:
                visit(server)
        except lost_errors() as error:
            lost = _how_lost(server, error)
        if deployment is not None:
            failures, lost_in_deployment = deployment.result()
        walls = server.walls
    not_tried = tuple(failure for failure in refused if failure.doubt is not None)
    failures = [failure for failure in failures if failure.doubt is None]
    refused = [failure for failure in refused if failure.doubt is None]
    return Replayed(
        result[0],
        explain(scripts, failures, whole=True),
        explain(scripts, refused, whole=False),
        not_tried,
        *result[1:],
        walls,
        ".".join(map(str, binaries.version)),
        lost or lost_in_deployment,
    )


class _Progress:
    """Counts the files of both runs, `count` in all, and tells of each."""

    def __init__(self, tell: Progress | None, count: int) -> None:
        self.tell, self.count, self.done = tell, count, 0
        self.lock = Lock()

    def __call__(self) -> None:
        with self.lock:
            self.done += 1
            if self.tell is not None:
                self.tell(self.done, self.count)


def _run_all(
    server: Server,
    scripts: Sequence[Script],
    found: list[Failure],
    whole: bool,
    doubts: Doubts,
    patience: float,
    total: float,
    tell: Callable[[], None],
    part: Callable[[], None] | None = None,
) -> None:
    """Run every script, each on a connection of its own; `part` is as for `apply`."""
    end = time.monotonic() + total
    for script in scripts:
        left = min(patience, end - time.monotonic())
        if left <= 0:
            raise ServerLost(f"the replay took longer than {total:.0f} s")
        with server.connect(LOGIN) as connection:
            found += apply(
                connection, [script], whole=whole, patience=left, platform=doubts.platform, doubts=doubts, part=part
            )
        tell()


def _how_lost(server: Server, error: Exception) -> str:
    server.alive()
    return server.ended or " ".join(str(error).split())


def _agreement(
    connection: Connection[Any],
    scripts: Sequence[Script],
    refused: Iterable[Failure],
    held: Catalog,
    base: Catalog,
    platform: Platform,
    members: Iterable[str],
    folded: Catalog | None,
) -> tuple[Catalog, tuple[Difference, ...], tuple[str, ...]]:
    """Return what the server holds beside the base, and where a fold of the accepted statements differs from it."""
    places = {failure.place for failure in refused}
    if places or folded is None:
        accepted = [(script.path, replace(script.facts, statements=_not_at(places, script))) for script in scripts]
        folded = fold(accepted, base if platform == "supabase" else None, platform).catalog
    own = without(held, base)
    normal, undecided = normalise(connection, without(folded, base), own, members)
    found = differences(normal, own)
    return (
        own,
        tuple(
            d for d in found if not (made_by_platform(d) or _only_told(d, own) or _of_the_base(d, normal, held, base))
        ),
        undecided,
    )


def _not_at(places: Container[Place], script: Script) -> tuple[Statement, ...]:
    return tuple(s for s in script.facts.statements if Place(script.path, s.start, s.end) not in places)


def _of_the_base(difference: Difference, folded: Catalog, held: Catalog, base: Catalog) -> bool:
    """Whether a schema differs in what a new database gives it, of which the text says nothing: an owner, a comment,
    what everyone may do."""
    there, given = held.schemas.get(difference.subject), base.schemas.get(difference.subject)
    if difference.kind != "schema" or there is None or given is None:
        return False
    if difference.aspect == "grants":
        return folded.schemas[difference.subject].grants | given.grants == there.grants
    return difference.aspect == "presence" or getattr(there, difference.aspect) == getattr(given, difference.aspect)


def _only_told(difference: Difference, held: Catalog) -> bool:
    """Whether the text leaves open what the server tells: a type, or a partition that a function makes when it is
    called, which folds into its parent."""
    if difference.left or not difference.right:
        return False
    if difference.aspect == "presence" and difference.kind == "table":
        table = next((table for name, table in held.tables.items() if str(name) == difference.subject), None)
        return table is not None and table.partition_of is not None
    return difference.aspect == "type"


def made_by_platform(difference: Difference) -> bool:
    """Whether only the server has an object, in a schema of the platform: an extension's function made it there."""
    schema = difference.subject.partition(".")[0]
    return difference.aspect == "presence" and difference.left is None and schema in MANAGED_SCHEMAS


def _where_they_were(connection: Connection[Any], extensions: Mapping[str, Extension]) -> dict[str, Extension]:
    """Return the extensions without those that the project made anew in another schema."""
    rows = connection.execute(
        "select e.extname, n.nspname from pg_catalog.pg_extension e"
        " join pg_catalog.pg_namespace n on n.oid operator(pg_catalog.=) e.extnamespace"
    ).fetchall()
    schemas: dict[str, str] = dict(rows)
    return {name: extension for name, extension in extensions.items() if schemas.get(name) == extension.schema}


def read_replayed(connection: Connection[Any], members: Iterable[str] = ()) -> Catalog:
    """Return what the database holds, without the server's own furniture."""
    catalog = read_catalog(connection, members=members)
    catalog.roles.discard(SUPERUSER)
    catalog.schemas.pop(FURNITURE, None)
    catalog.functions = {name: found for name, found in catalog.functions.items() if name.schema != FURNITURE}
    return catalog


def lost_errors() -> tuple[type[Exception], ...]:
    """Return what a connection raises when its server is no longer there."""
    import psycopg

    return (ServerLost, psycopg.Error)


def apply(
    connection: Connection[Any],
    scripts: Iterable[Script],
    *,
    whole: bool = False,
    patience: float = 60,
    platform: Platform = "postgresql",
    doubts: Doubts | None = None,
    part: Callable[[], None] | None = None,
) -> list[Failure]:
    """Run scripts on an open connection, in autocommit, as the platform would; return what was refused.

    With `whole`, each script is one unit as its runner applies it, and the first refusal ends it. Without, each
    statement stands for itself. What is refused for a reason that `doubts` knows is left out also of a whole unit.
    `part` is called when what is done without `whole` is no longer what would be done with it. Raises `ServerLost`.
    """
    found: list[Failure] = []
    for script in scripts:
        statements = effective_statements(script.facts)
        own = any(s.kind == "TransactionStmt" and s.node.get("kind") in _BOUNDARIES for s in statements)
        alone = any(_runs_alone(statement) for statement in statements)
        wrap = script.transaction and not own and not alone
        session = _Session(connection, script.path, patience, platform, doubts)
        if whole or wrap:
            session.run_as_unit(statements, wrap)
        if not whole and (not wrap or any(failure.doubt is None for failure in session.found)):
            # Where the unit holds, nothing of it is to be tried apart: savepoints are no part of a deployment.
            if session.found and part is not None:
                part()
            session = _Session(connection, script.path, patience, platform, doubts)
            session.run_singly(statements, wrap and any(_needs_transaction(statement) for statement in statements))
            if session.refusals and part is not None:
                part()
        found += session.found
    return found


def _needs_transaction(statement: Statement) -> bool:
    """Whether a statement does nothing, or is refused, outside of a transaction."""
    node = statement.node
    if statement.kind == "TransactionStmt":
        return node.get("kind") == "TRANS_STMT_SAVEPOINT"
    held = statement.kind == "DeclareCursorStmt" and not int(node.get("options", 0)) & _HOLD
    return held or statement.kind == "LockStmt" or (statement.kind == "VariableSetStmt" and bool(node.get("is_local")))


def _runs_alone(statement: Statement) -> bool:
    node = statement.node
    if statement.kind in _ALONE:
        return statement.kind != "VacuumStmt" or bool(node.get("is_vacuumcmd"))
    if statement.kind == "DropStmt":
        return bool(node.get("concurrent"))
    if statement.kind == "ReindexStmt":
        return "concurrently" in statement.text.lower()
    return statement.kind == "IndexStmt" and bool(node.get("concurrent"))


def _goes_along(statement: Statement, platform: Platform) -> bool:
    """Whether a statement may go to the server in one message with others: it is run as it is written, and is one."""
    return not statement.recovered and as_run(statement, platform) is statement.text


class _Session:
    """A connection while one script runs on it."""

    def __init__(
        self, connection: Connection[Any], path: str, patience: float, platform: Platform, doubts: Doubts | None
    ) -> None:
        self.connection = connection
        self.path = path
        self.patience = patience
        self.doubts = doubts
        self.platform = platform
        self.found: list[Failure] = []
        self.refusals = 0
        """How often the server refused something, also where it then did it another way."""

    def send(self, text: str) -> Refusal | None:
        refusal = run(self.connection, text, self.patience)
        self.refusals += refusal is not None
        return refusal

    def run_as_unit(self, statements: Sequence[Statement], wrap: bool) -> None:
        """Stop at the first refusal; what a transaction holds by then is undone."""
        left_out: set[int] = set()
        # A savepoint would change what a transaction may do (use an enum's new value, for one): so the unit is begun
        # anew without the statement that is in doubt.
        while self._run_once(statements, wrap, left_out):
            pass

    def _run_once(self, statements: Sequence[Statement], wrap: bool, left_out: set[int]) -> bool:
        """Run a unit; say whether it is to be run again without a statement that was added to `left_out`."""
        stopped = False
        for number, refusal in self._refused(statements, wrap, left_out):
            failure = self.failure(statements[number], refusal)
            self.found.append(failure)
            stopped = failure.doubt is None
            if stopped:
                break
            if wrap:
                self.send("ROLLBACK")
                left_out.add(number)
                return True
        if self.in_transaction():
            last = self.send("ROLLBACK" if stopped else "COMMIT")
            if last is not None and statements:
                self.found.append(self.failure(statements[-1], last))
        return False

    def _refused(
        self, statements: Sequence[Statement], wrap: bool, left_out: Container[int]
    ) -> Iterator[tuple[int, Refusal]]:
        """Run what is not left out, and yield the number of each refused statement; within a transaction, one."""
        wanted = [number for number in range(len(statements)) if number not in left_out]
        if wrap:
            texts = ["BEGIN", *(statements[number].text for number in wanted)]
            if sum(map(len, texts)) < _MESSAGE and all(
                _goes_along(statements[number], self.platform) for number in wanted
            ):
                # A round trip for each statement would cost more than many a statement does.
                done, refusal = run_together(self.connection, texts, self.patience)
                if refusal is None:
                    return
                self.refusals += 1
                if done and refusal.sqlstate != CANCELLED:
                    yield wanted[done - 1], refusal
                    return
                self.send("ROLLBACK")
            self.send("BEGIN")
        for number in wanted:
            refusal = self.send(as_run(statements[number], self.platform))
            if refusal is not None:
                yield number, refusal

    def guards(self, statement: Statement) -> bool:
        """Set a savepoint before a statement of a transaction, but before none that sets the transaction itself."""
        guarded = self.in_transaction() and statement.kind not in ("TransactionStmt", "VariableSetStmt")
        if guarded:
            self.send("SAVEPOINT tripoint_statement")
        return guarded

    def end_guard(self, guarded: bool, refusal: Refusal | None) -> None:
        """Undo a refused statement, and no more than it as far as there was a savepoint."""
        if not self.in_transaction():
            return
        if guarded:
            if refusal is not None:
                self.send("ROLLBACK TO SAVEPOINT tripoint_statement")
            self.send("RELEASE SAVEPOINT tripoint_statement")
        elif refusal is not None:
            self.send("ROLLBACK")
            self.send("BEGIN")

    def run_singly(self, statements: Sequence[Statement], wrap: bool) -> None:
        """Go on after a refusal; within a transaction each statement has a savepoint of its own."""
        if wrap:
            self.send("BEGIN")
        for statement in statements:
            guarded = self.guards(statement)
            refusal = self.send(as_run(statement, self.platform))
            if refusal is not None and refusal.sqlstate == _NEW_VALUE and guarded:
                # Only the transaction, or its savepoints, keep an enum's new value from being used.
                self.end_guard(guarded, refusal)
                self.send("COMMIT")
                self.send("BEGIN")
                guarded = self.guards(statement)
                refusal = self.send(as_run(statement, self.platform))
            if refusal is not None:
                self.found.append(self.failure(statement, refusal))
            self.end_guard(guarded, refusal)
        if self.in_transaction():
            refusal = self.send("COMMIT")
            if refusal is not None and statements:
                self.found.append(self.failure(statements[-1], refusal))

    def in_transaction(self) -> bool:
        from psycopg.pq import TransactionStatus

        return self.connection.info.transaction_status in (TransactionStatus.INTRANS, TransactionStatus.INERROR)

    def failure(self, statement: Statement, refusal: Refusal) -> Failure:
        place = Place(self.path, statement.start, statement.end)
        at = place
        if refusal.position is not None:
            before = statement.text[: refusal.position - 1]
            word = statement.text[refusal.position - 1 :].split(None, 1)
            start = statement.start + len(before.encode())
            at = Place(self.path, start, start + len(word[0].encode()) if word else start)
        doubt = self.doubts.of(self.path, statement, refusal) if self.doubts is not None else None
        return Failure(place, at, refusal.sqlstate, refusal.message, refusal.detail, refusal.hint, doubt=doubt)
