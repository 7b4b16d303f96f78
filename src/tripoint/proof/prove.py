"""The proof: the project's own schema on a walled server, rows for strangers in it, and every operation tried."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from functools import partial

from msgspec import Struct
from msgspec.structs import replace

from tripoint.model.catalog import Catalog, Table
from tripoint.model.evidence import Platform, Settings
from tripoint.model.name import Name, quote_identifier
from tripoint.model.proof import Access, FunctionLeak, Leak, Rows
from tripoint.model.words import counted
from tripoint.postgres.platform import platform_template
from tripoint.postgres.server import Limits, Server
from tripoint.proof.arguments import Arguments
from tripoint.proof.calls import FunctionProber, signature
from tripoint.proof.leaks import Judge
from tripoint.proof.ownership import read_ownership
from tripoint.proof.probes import OPERATIONS, Caller, Probe, Prober
from tripoint.proof.reading import PolicyReader
from tripoint.proof.session import Actor, Session, quoted
from tripoint.proof.states import States
from tripoint.proof.storage import probe_buckets
from tripoint.proof.views import ViewProber
from tripoint.proof.world import World
from tripoint.proof.worlds import Builder
from tripoint.sources.database.replay import LOGIN, Script, apply, lost_errors, read_replayed
from tripoint.supabase import API_ROLES, MANAGED_SCHEMAS, base_catalog

__all__ = ["Matrix", "access_order", "prove", "prove_on"]

Progress = Callable[[str], None]

_NAMED = 3
"""So many migrations are named whose statements are refused."""

RUNNERS = frozenset({"schema_migrations", "_prisma_migrations", "__drizzle_migrations", "flyway_schema_history"})


class Matrix(Struct, frozen=True):
    """What was seen of one database."""

    access: tuple[Access, ...] = ()
    leaks: tuple[Leak, ...] = ()
    function_leaks: tuple[FunctionLeak, ...] = ()
    notes: tuple[str, ...] = ()
    """What could not be done, in words."""
    made: frozenset[Name] = frozenset()
    """Every relation that the migrations made."""


def prove(
    scripts: Sequence[Script],
    platform: Platform = "supabase",
    settings: Settings | None = None,
    database: str = "default",
    *,
    tables: frozenset[Name] | None = None,
    total: float = 300,
    progress: Progress = lambda text: None,
) -> Matrix:
    """Run the scripts on a fresh embedded server and try every operation on every table that clients reach.

    `tables` are the ones to try, all where it is None. `total` is the time for the probes, in seconds. Raises
    `ServerUnavailable` where no server can be had.
    """
    settings = settings or Settings()
    binaries, template = platform_template(platform, settings)
    refusals: dict[str, list[str]] = {}
    with Server(template=template, binaries=binaries, limits=Limits(deadline=2 * total + 600)) as server:
        try:
            for done, script in enumerate(scripts, 1):
                with server.connect(LOGIN) as connection:
                    refused = apply(connection, [script], platform=platform)
                if refused:
                    refusals[script.path] = [refusal.message for refusal in refused]
                progress(f"replaying {done} of {counted(len(scripts), 'migration')}")
        except lost_errors() as error:
            return _lost(server, error, _refusals(refusals))
        found = prove_on(server, platform, settings, database, tables=tables, total=total, progress=progress)
    return replace(found, notes=(*_refusals(refusals), *found.notes))


def _refusals(found: dict[str, list[str]]) -> Iterator[str]:
    """Say which statements PostgreSQL refuses: of a few migrations each its first, of many how many."""
    for path, messages in list(found.items())[:_NAMED]:
        more = f" and {len(messages) - 1} more" if len(messages) > 1 else ""
        yield f"PostgreSQL refuses a statement of {path}: {messages[0]}{more}"
    rest = list(found.values())[_NAMED:]
    if rest:
        refused, files = sum(map(len, rest)), len(rest)
        yield (
            f"PostgreSQL refuses {refused} {'statement' if refused == 1 else 'statements'} of {files} more "
            f"{'migration' if files == 1 else 'migrations'}, which "
            "migration-fails names in an audit with --replay: what they were to do is not in the proof"
        )


def prove_on(
    server: Server,
    platform: Platform = "supabase",
    settings: Settings | None = None,
    database: str = "default",
    *,
    tables: frozenset[Name] | None = None,
    total: float = 300,
    progress: Progress = lambda text: None,
) -> Matrix:
    """Try every operation on the tables that a server holds on which the migrations were run; see `prove`."""
    settings = settings or Settings()
    base = base_catalog(settings) if platform == "supabase" else Catalog()
    try:
        with server.connect(LOGIN) as connection:
            catalog = read_replayed(connection, base.extensions)
            session = Session(connection, total)
            proof = _Proof(session, catalog, base, platform, settings, database, progress)
            found = proof.run(tables)
            if not proof.lost:
                session.close()
    except lost_errors() as error:
        return _lost(server, error, ())
    return replace(found, made=frozenset(catalog.tables))


def _lost(server: Server, error: Exception, notes: Iterable[str]) -> Matrix:
    server.alive()
    reason = server.ended or " ".join(str(error).split())
    return Matrix(notes=(*notes, f"the server was lost: {reason}"))


class _Proof:
    def __init__(
        self,
        session: Session,
        catalog: Catalog,
        base: Catalog,
        platform: Platform,
        settings: Settings,
        database: str,
        progress: Progress,
    ) -> None:
        self.session, self.catalog, self.platform, self.settings = session, catalog, platform, settings
        self.database, self.progress = database, progress
        self.own = {
            name
            for name, table in catalog.tables.items()
            if table.kind == "table"
            and table.partition_of is None
            and name not in base.tables
            and name.name not in RUNNERS
            and not (platform == "supabase" and name.schema in MANAGED_SCHEMAS)
        }
        self.platform_tables = frozenset(base.tables)
        self.reader = PolicyReader(catalog)
        self.reading = read_ownership(self.reader, set(base.tables))
        self.builder = Builder(session, catalog, self.reading, self.own)
        self.base_functions = frozenset(base.functions)
        self.notes: list[str] = []
        self.lost = False
        """Whether the server was lost while functions were called."""

    def run(self, wanted: frozenset[Name] | None) -> Matrix:
        forced = [t for n, t in self.catalog.tables.items() if n in self.own and t.force_row_security]
        for table in forced:
            self.session.do(f"ALTER TABLE {quoted(table.name)} NO FORCE ROW LEVEL SECURITY")
        self.progress("making rows for three users")
        self.builder.build()
        # On the platform the tables' owner bypasses row security also where it is forced.
        for table in forced if self.platform == "postgresql" else ():
            self.session.do(f"ALTER TABLE {quoted(table.name)} FORCE ROW LEVEL SECURITY")
        roles = self._roles()
        for role in roles:
            self.session.do(f"GRANT {quote_identifier(role)} TO {LOGIN} WITH SET TRUE, INHERIT FALSE")
        for name, table in self.catalog.tables.items():
            if table.kind == "materialized-view" and name not in self.platform_tables:
                self.session.do(f"REFRESH MATERIALIZED VIEW {quoted(name)}")
        self.session.begin_probes()
        prober = Prober(self.session, self.catalog, self.builder, self.database)
        tables = [self.catalog.tables[n] for n in sorted(self.own) if self._reached(self.catalog.tables[n])]
        if not tables:
            where = f"schema {', '.join(self.settings.exposed_schemas)}" if self.platform == "supabase" else "database"
            self.notes.append(f"nothing was tried: the {where} has no table that a client reaches")
        probes: list[Probe] = []
        states = States(self.session, self.reader, self.builder)
        for done, table in enumerate(tables, 1):
            if wanted is None or table.name in wanted:
                self.progress(f"probing {done} of {counted(len(tables), 'table')}")
                probes += prober.probe(table, partial(self._callers, table), states)
        leaks = Judge(self.session, self.reader, self.builder, probes).leaks()
        probes += self._probe_views(prober, wanted)
        files = list(probe_buckets(prober, self._strangers())) if wanted is None and self.platform == "supabase" else []
        called, function_leaks = self._call_functions(prober, probes) if wanted is None else ([], ())
        blind = self._blind(probes)
        if blind:
            self.notes.append(
                f"nobody was shown their own row of {', '.join(blind)}: the policies ask for more than was set up, so "
                "what is denied to others says little"
            )
        for name, remark in sorted(self.builder.remarks.items()):
            self.notes.append(f"{name}: {remark}")
        access = tuple(sorted((*(p.access for p in probes), *files, *called), key=access_order))
        return Matrix(access, tuple(leaks), function_leaks, tuple(self.notes))

    def _call_functions(self, prober: Prober, probes: list[Probe]) -> tuple[list[Access], tuple[FunctionLeak, ...]]:
        """Call the functions that the API's users may execute, and that no trigger is made of."""
        functions = [
            function
            for name, overloads in sorted(self.catalog.functions.items())
            if self.platform == "supabase"
            and name.schema in self.settings.exposed_schemas
            and name not in self.base_functions
            for function in overloads
            if function.kind == "function"
            and function.returns not in ("trigger", "event_trigger")
            and any(g.privilege == "execute" and g.role in ("anon", "authenticated", "public") for g in function.grants)
        ]
        worlds = self.builder.worlds
        if not functions or "a" not in worlds:
            return [], ()
        calls = FunctionProber(prober, Arguments(self.reader, self.builder), probes)
        found: list[Access] = []
        for done, function in enumerate(functions, 1):
            self.progress(f"calling {done} of {counted(len(functions), 'function')}")
            try:
                found += calls.probe(
                    function, self._strangers(), [self._user("any", worlds["c"]), self._strangers()[-1]]
                )
            except lost_errors():
                self.lost = True
                self.notes.append(
                    f"{signature(function)} ended the server, so it and the functions after it were not called"
                )
                break
        return found, tuple(calls.leaks)

    def _strangers(self) -> list[Caller]:
        """Return the first user, a colleague where there is one, a stranger, and nobody."""
        worlds = self.builder.worlds
        relations: list[tuple[Rows, str]] = [("own", "a"), ("tenant", "b"), ("other", "c")]
        users = [self._user(rows, worlds[key]) for rows, key in relations if key in worlds]
        return [*users, Caller(Actor.signed_in("anon", {"role": "anon"}), "any")]

    @staticmethod
    def _user(rows: Rows, world: World) -> Caller:
        return Caller(Actor.signed_in("authenticated", world.claims(), world.settings()), rows, world.key)

    def _blind(self, probes: list[Probe]) -> list[str]:
        """Return the tables whose policies ask who calls, and show a row neither to its owner nor to a colleague."""
        asked = {name for name, _ in self.reading.asks}
        shown: dict[Name, bool] = {}
        for probe in probes:
            if probe.access.operation == "select" and probe.access.rows in ("own", "tenant") and probe.table in asked:
                reads = any(
                    policy.command in ("select", "all") and (probe.table, policy.name) in self.reading.asks
                    for policy in self.catalog.tables[probe.table].policies.values()
                )
                if reads and probe.access.outcome != "not-proven":
                    allowed = probe.access.outcome == "allowed"
                    shown[probe.table] = shown.get(probe.table, False) or allowed
        return [str(name) for name, seen in sorted(shown.items()) if not seen]

    def _probe_views(self, prober: Prober, wanted: frozenset[Name] | None) -> Iterator[Probe]:
        views = [
            table
            for name, table in sorted(self.catalog.tables.items())
            if table.kind in ("view", "materialized-view")
            and name not in self.platform_tables
            and self._reached(table)
            and (wanted is None or name in wanted)
        ]
        if not views or "a" not in self.builder.worlds:
            return
        tried = ViewProber(prober)
        for view in views:
            found = tried.find(view)
            tie = self.catalog.tables[found[1]] if found is not None else view
            yield from tried.probe(view, found, self._callers(tie, "a"))

    def _roles(self) -> list[str]:
        if self.platform == "supabase":
            return list(API_ROLES)
        named = {g.role for n in self.own for g in self.catalog.tables[n].grants}
        named |= {role for n in self.own for p in self.catalog.tables[n].policies.values() for role in p.roles}
        return sorted(named - {"public", LOGIN, "current_user", "session_user"})

    def _reached(self, table: Table) -> bool:
        if self.platform == "supabase":
            return table.name.schema in self.settings.exposed_schemas
        return table.force_row_security or any(g.role in (*self._roles(), "public") for g in table.grants)

    def _callers(self, table: Table, key: str) -> list[Caller]:
        worlds = self.builder.worlds
        owned = table.name in self.builder.ties.to_user or table.name in self.builder.ties.to_tenant
        users: list[tuple[Rows, World]] = [("any", worlds[key])]
        if owned:
            users = [("own", worlds[key])]
            if "b" in worlds and key == "a" and table.name in self.builder.ties.to_tenant:
                users.append(("tenant", worlds["b"]))
            users.append(("other", worlds["c"]))
        if self.platform == "supabase":
            callers = [Caller(Actor.signed_in("anon", {"role": "anon"}), "any")]
            for rows, world in users:
                actor = Actor.signed_in("authenticated", world.claims(), world.settings())
                callers.append(Caller(actor, rows, world.key))
            return [*callers, Caller(Actor.signed_in("service_role", {"role": "service_role"}), "any")]
        callers = []
        for role in [*self._roles(), *([LOGIN] if table.force_row_security else [])]:
            callers.append(Caller(Actor(role), "any"))
            if self.reading.sources:
                callers += [Caller(Actor(role, w.settings()), rows, w.key) for rows, w in users if rows != "any"]
        return callers


def access_order(access: Access) -> tuple[str, str, int, str, int, str]:
    """The total order of a matrix's cells: reading before writing, own rows before others'."""
    rows = ("own", "tenant", "other", "any").index(access.rows)
    operation = (*OPERATIONS, "execute").index(access.operation)
    return access.database, access.table, operation, access.role, rows, access.where or ""
