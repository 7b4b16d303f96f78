"""What policies and grants let each role of the API do to a table, and which roles a query may run as."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Final, Literal

from msgspec import Struct, field

from tripoint.model.catalog import Function, Policy, Table
from tripoint.model.evidence import Evidence
from tripoint.model.name import Name
from tripoint.model.query import Query
from tripoint.model.regex import regex
from tripoint.rules._conditions import always_passes, can_pass, may_give_rows
from tripoint.sql.dependencies import references_in_expression, relations_in, relations_in_query
from tripoint.sql.grammar import parse_statement

__all__ = [
    "CLIENT_ROLES",
    "Command",
    "Permitted",
    "Runs",
    "applying",
    "condition_of",
    "find_relation",
    "in_doubt",
    "is_invoker_view",
    "may_execute",
    "may_see_every_row",
    "may_use_schema",
    "permits",
    "privileges",
    "relations_of",
    "runs_as",
    "shut_relation",
    "tables_behind",
    "undecided",
    "written_table",
]

Command = Literal["select", "insert", "update", "delete"]

CLIENT_ROLES: Final = ("anon", "authenticated")
"""The roles of requests with the public key: without a session, and with one."""

_KNOWN: Final = frozenset({"public", "anon", "authenticated", "service_role", "postgres", "authenticator"})
_DEVICES: Final = ("-flutter", "-swift")
# Kotlin runs on servers as well: these are where Android's build, and Kotlin's for several platforms, look for an app.
_APP: Final = regex(r"(?:^|/)(?:(?:android|common|ios)Main|composeApp|androidApp)/|(?:^|/)app/src/main/java/.*\.kt$")


class Runs(Struct, frozen=True):
    """The roles that a query may run as. `reason` says what is not known of it."""

    roles: frozenset[str]
    reason: str | None = None

    @property
    def as_clients(self) -> tuple[str, ...]:
        """Those of its roles that policies hold for."""
        return tuple(role for role in CLIENT_ROLES if role in self.roles)


def runs_as(query: Query) -> Runs | None:
    """Return the roles that a query through the API may run as; None where it does not go through it.

    A client with the public key runs as `anon` and, once a user signs in, as `authenticated`.
    """
    if query.kind not in ("table", "function", "channel", "bucket") or query.role == "owner":
        return None
    if query.role == "service_role":
        return Runs(frozenset({"service_role"}))
    if query.role is not None:
        return Runs(frozenset(CLIENT_ROLES))
    if query.client.endswith(_DEVICES) or (query.client.endswith("-kt") and _APP.search(query.place.path)):
        return Runs(frozenset(CLIENT_ROLES), "an app on a device is taken to hold the public key")
    return Runs(frozenset({*CLIENT_ROLES, "service_role"}), "the key that its client holds is not known")


# --- policies


def condition_of(policy: Policy, command: Command, new_row: bool = False) -> str | None:
    """Return the condition of a policy for the rows that a command finds, or for the rows that it writes."""
    if command == "insert" or (command == "update" and new_row):
        return policy.check if policy.check is not None or policy.command == "insert" else policy.using
    return policy.using


def applying(table: Table, command: Command, role: str, permissive: bool = True) -> list[Policy]:
    """Return the policies of one kind that hold for a role's command, by name."""
    return [
        policy
        for _, policy in sorted(table.policies.items())
        if policy.permissive == permissive
        and policy.command in (command, "all")
        and {role, "public"} & set(policy.roles)
    ]


def permits(
    table: Table,
    command: Command,
    role: str,
    evidence: Evidence,
    known: Mapping[str, str] | None = None,
    met: Met | None = None,
) -> bool:
    """Whether row security may let a role's command touch any row of a table.

    A policy for a role of the project's own counts as one that does: who is a member of it is not known. `known` are
    columns of the rows and what they hold; `met` is what was asked of relations on the way here.
    """
    if role == "service_role" or not table.row_security:
        return True
    if any(
        set(policy.roles) - _KNOWN and policy.command in (command, "all") and policy.permissive
        for policy in table.policies.values()
    ):
        return True
    within = met or Met({table.name: None})

    def empty(written: tuple[str, ...]) -> bool:
        relation = find_relation(written, evidence)
        return relation is not None and shut_relation(relation, role, evidence, within) is not None

    def lets(policy: Policy, new_row: bool) -> bool:
        return can_pass(condition_of(policy, command, new_row), role, empty, known)

    for new_row in (False, True) if command == "update" else (command == "insert",):
        if not any(lets(policy, new_row) for policy in applying(table, command, role)):
            return False
        narrowing = applying(table, command, role, permissive=False)
        if any(condition_of(p, command, new_row) is not None and not lets(p, new_row) for p in narrowing):
            return False
    return True


class Permitted:
    """What `permits` says, asked once of each table: a table may have thousands of policies."""

    def __init__(self, evidence: Evidence) -> None:
        self._evidence = evidence
        self._known: dict[tuple[Name, Command, str], bool] = {}

    def __call__(self, table: Table, command: Command, role: str) -> bool:
        key = (table.name, command, role)
        if key not in self._known:
            self._known[key] = permits(table, command, role, self._evidence)
        return self._known[key]


class Met(Struct):
    """What was asked of relations on one way through policies and views, so that each is asked once."""

    answers: dict[Name, Table | None] = field(default_factory=dict)
    """What shuts each; None too while that is being asked: a circle shuts nothing."""
    depth: int = 0


_DEEPEST: Final = 12
"""Through so many relations it is asked what shuts one; deeper ones are taken to give rows."""


def shut_relation(relation: Table, role: str, evidence: Evidence, met: Met | None = None) -> Table | None:
    """Return the table that keeps a role from every row of a relation; None where it may see some.

    That is the table itself or, of a view with its caller's rights, one of which each of its rows needs a row.
    """
    met = met or Met()
    if relation.name not in met.answers and met.depth < _DEEPEST:
        met.answers[relation.name] = None
        met.depth += 1
        met.answers[relation.name] = _shut(relation, role, evidence, met)
        met.depth -= 1
    return met.answers.get(relation.name)


def _shut(relation: Table, role: str, evidence: Evidence, met: Met) -> Table | None:
    if relation.name in evidence.platform.tables:
        return None
    if relation.kind == "table":
        if undecided(relation, evidence) is not None or permits(relation, "select", role, evidence, met=met):
            return None
        return relation
    if relation.kind != "view" or not is_invoker_view(relation):
        return None
    shut: list[Table] = []

    def empty(written: tuple[str, ...]) -> bool:
        inner = find_relation(written, evidence)
        by = shut_relation(inner, role, evidence, met) if inner is not None else None
        shut.extend([by] if by is not None else [])
        return by is not None

    return shut[0] if not may_give_rows(relation.query, role, empty) and shut else None


def written_table(view: Table, evidence: Evidence) -> Table | None:
    """Return the table that a write to a view with its caller's rights reaches; None where it takes no writes."""
    parsed = parse_statement(view.query or "")
    if (
        view.kind != "view"
        or not is_invoker_view(view)
        or not isinstance(parsed, tuple)
        or _NOT_WRITABLE & set(parsed[1])
    ):
        return None
    entries = parsed[1].get("fromClause", ())
    if parsed[1].get("op", "SETOP_NONE") != "SETOP_NONE" or len(entries) != 1 or "RangeVar" not in entries[0]:
        return None
    (reference,) = relations_in(entries)
    relation = find_relation(reference.name, evidence)
    return relation if relation is None or relation.kind == "table" else written_table(relation, evidence)


_NOT_WRITABLE: Final = frozenset(
    {"groupClause", "havingClause", "distinctClause", "limitCount", "limitOffset", "withClause", "valuesLists"}
)
"""Clauses that keep a view from passing a write on."""


def in_doubt(table: Table, subject: Literal["policies", "privileges"], evidence: Evidence) -> str | None:
    """Return what else may have changed a table's policies or privileges beside the statements that were read."""
    for opaque in evidence.opaque:
        speaks = opaque.policies if subject == "policies" else opaque.privileges
        if speaks and (opaque.may_touch is None or {str(table.name), table.name.name} & opaque.may_touch):
            return f"a statement that can't be evaluated may change {subject}: {opaque.reason}"
    return None


def may_see_every_row(table: Table, role: str) -> bool:
    """Whether a role may select every row of a table, as far as row security goes."""
    if role == "service_role" or not table.row_security:
        return True
    return any(always_passes(p.using, role) for p in applying(table, "select", role)) and all(
        always_passes(p.using, role) for p in applying(table, "select", role, permissive=False)
    )


def undecided(table: Table, evidence: Evidence) -> str | None:
    """Return why the policies of a table are not all known, or None.

    A policy that was created before its table is refused in that order; who applied it later by hand has it.
    """
    if any(r.statement == "policy" and r.table == str(table.name) for r in evidence.references):
        return "a migration creates policies on it before it exists"
    return None


# --- grants


def privileges(table: Table, role: str, given: bool = False) -> frozenset[str]:
    """Return the privileges that a role holds on a whole table; with `given`, without those of the platform's defaults
    that no statement repeats."""
    grants = table.grants - table.default_granted if given else table.grants
    return frozenset(g.privilege for g in grants if g.role in (role, "public") and g.column is None)


def may_use_schema(schema: str, role: str, evidence: Evidence) -> bool:
    """Whether a role may look into a schema at all."""
    known = evidence.defined.schemas.get(schema) or evidence.platform.schemas.get(schema)
    if known is None or (schema == "public" and not known.grants):
        return True
    return any(g.role in (role, "public") and g.privilege == "usage" for g in known.grants)


def may_execute(function: Function, role: str, given: bool = False) -> bool:
    """Whether a role may call a function; with `given`, by more than the platform's default grants."""
    grants = function.grants - function.default_granted if given else function.grants
    return any(g.role in (role, "public") and g.privilege == "execute" for g in grants)


# --- relations


def find_relation(written: tuple[str, ...], evidence: Evidence) -> Table | None:
    """Return the table or view that a name in SQL means."""
    schemas = written[:1] if len(written) > 1 else evidence.defined.search_path
    for schema in schemas:
        name = Name(schema, written[-1])
        table = evidence.defined.tables.get(name) or evidence.platform.tables.get(name)
        if table is not None:
            return table
    return None


def relations_of(expression: str | None, evidence: Evidence) -> Iterator[Table]:
    """Yield the tables and views that the queries within a policy's condition read."""
    for reference in references_in_expression(expression) if expression else ():
        table = find_relation(reference.name, evidence) if reference.kind == "relation" else None
        if table is not None:
            yield table


def is_invoker_view(view: Table) -> bool:
    """Whether a view reads its tables with the rights of whoever asks."""
    return view.options.get("security_invoker", "").lower() in ("true", "on", "1", "yes")


def tables_behind(view: Table, evidence: Evidence) -> list[Table]:
    """Return the tables that a view reads with its owner's rights, also through other views, by name."""
    found = {view.name: view}
    pending = [view]
    while pending:
        for reference in relations_in_query(pending.pop().query):
            relation = find_relation(reference.name, evidence)
            if relation is not None and relation.name not in found:
                found[relation.name] = relation
                pending += [relation] if relation.kind == "view" else []
    return [table for _, table in sorted(found.items()) if table.kind == "table"]
