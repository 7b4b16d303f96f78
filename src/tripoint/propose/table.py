"""The plan of a missing table: what the evidence and the project's habits imply."""

from __future__ import annotations

from collections.abc import Mapping

from tripoint.model.evidence import Evidence, MigrationFile
from tripoint.model.name import Name, quote_identifier
from tripoint.model.place import Place
from tripoint.model.query import Query
from tripoint.model.words import counted
from tripoint.propose.draft import ColumnPlan, IndexPlan, PolicyPlan, TablePlan, TriggerPlan
from tripoint.propose.habits import Habits, words_of
from tripoint.propose.infer import declared_so, infer_column, without_made_up_key
from tripoint.propose.policies import (
    completed,
    only_read,
    owner_of,
    plan_policies,
    policies_through_parent,
    reserved,
    several,
)
from tripoint.propose.targets import foreign_targets, on_delete
from tripoint.propose.wanted import WantedColumn, WantedTable
from tripoint.resolve.words import tokens
from tripoint.supabase import API_ROLES

__all__ = ["Timeline", "plan_table"]

_HABITUAL = 0.5
"""A column that this share of the tables has is given to a new one too."""
_TIMES = ("created_at", "inserted_at", "updated_at", "createdAt", "updatedAt", "deleted_at")
_COMMANDS = ("select", "insert", "update", "delete")


class Timeline:
    """What exists at the point of the history where a statement is to stand."""

    def __init__(self, evidence: Evidence, before: MigrationFile | None) -> None:
        self._order = {migration.path: number for number, migration in enumerate(evidence.database.migrations)}
        self._end = self._order[before.path] if before is not None else None
        self._evidence = evidence

    def has(self, place: Place | None) -> bool:
        """Whether what a statement at `place` made is there."""
        return place is None or self._end is None or self._order.get(place.path, -1) < self._end

    def tables(self) -> set[Name]:
        """Return the tables that are there."""
        own = {name for name, table in self._evidence.defined.tables.items() if self.has(table.place)}
        return own | set(self._evidence.platform.tables)

    def usable_type(self, name: Name) -> bool:
        """Whether an enum is there."""
        enum = self._evidence.defined.enums.get(name)
        return enum is not None and self.has(enum.place)


def plan_table(
    wanted: WantedTable,
    evidence: Evidence,
    habits: Habits,
    before: MigrationFile | None = None,
    also: Mapping[Name, TablePlan] | None = None,
) -> TablePlan:
    """Return the plan of a table, made so that it can stand before the migration `before`, else at the end.

    `also` are tables that are proposed as well and stand before this one.
    """
    timeline = Timeline(evidence, before)
    also = also or {}
    there = timeline.tables() | set(also)
    plan = TablePlan(wanted.name)
    keys = _add_key_column(wanted, habits)
    for name in _habitual_times(wanted, habits):
        wanted.column(name)
    foreign = foreign_targets(wanted, evidence, habits, also)
    columns = {}
    for name, column in wanted.columns.items():
        target = foreign[name]
        if target is not None and target[0] not in there and target[0] != wanted.name:
            plan.remarks.append(
                f"{name} refers to {target[0]} ({target[1]}), which is created later: "
                "the foreign key is a migration of its own."
            )
            kept = infer_column(column, wanted, habits, None, timeline.usable_type)
            kept.type = target[2]
            columns[name] = kept
            continue
        columns[name] = infer_column(column, wanted, habits, target, timeline.usable_type)
        if target is not None:
            _settle_foreign_key(columns[name], column, wanted, habits)
    _choose_key(plan, wanted, columns, keys, habits)
    plan.columns = _ordered(columns, plan.key, wanted)
    _add_uniques(plan, wanted)
    _add_documented_uniques(plan, wanted)
    _keep_what_is_required(plan, habits)
    _add_indexes(plan, wanted, habits)
    _add_trigger(plan, habits, timeline)
    _add_row_security(plan, wanted, evidence, habits, there, also)
    _add_grants(plan, wanted, evidence, habits)
    return plan


# --- columns


def _add_key_column(wanted: WantedTable, habits: Habits) -> tuple[str, ...]:
    """See to it that there is something to be the key; return the column that habit makes it, if any."""
    said = [name for name, column in wanted.columns.items() if any(claim.primary for claim in column.claims[:1])]
    if said:
        return tuple(said)
    habit = habits.key_of(wanted.name, wanted.columns)
    name = habit[0] if habit is not None else "id"
    if name not in wanted.columns:
        joined = [c for c in wanted.columns if c.endswith("_id")]
        others = [c for c in wanted.columns if c not in joined and c not in _TIMES]
        pairs = len(joined) == 2 and not others and habits.junction_key() and len(tokens(wanted.name.name)) > 1
        if pairs and all(set(key) == set(joined) for key in wanted.conflicts):
            return tuple(joined)
        for key in wanted.conflicts:
            if any(column.endswith("_id") for column in key) and not any(
                column.referencing for column in wanted.columns.values()
            ):
                return key
        wanted.column(name)
    return (name,)


def _habitual_times(wanted: WantedTable, habits: Habits) -> list[str]:
    if wanted.declared:
        return []
    return [name for name in _TIMES if name not in wanted.columns and habits.share(name) >= _HABITUAL]


def _settle_foreign_key(plan: ColumnPlan, column: WantedColumn, wanted: WantedTable, habits: Habits) -> None:
    assert plan.references is not None
    plan.default = without_made_up_key(plan.default)
    habit = habits.column(plan.name)
    said = any(claim.nullable is not None for claim in column.claims) or column.may_be_null is not None
    if habit is None and not said and wanted.always_written(plan.name) and not column.written_null:
        plan.nullable = False
        plan.reasons.append("every insert writes it")
    if habit is not None and not said and not habit.shape.nullable and not column.written_null:
        plan.nullable = bool(wanted.inserts) and not wanted.always_written(plan.name)
    action, reason = on_delete(column, plan.references, plan.nullable, habits)
    if not reason and plan.references.schema == "auth" and not plan.nullable:
        action, reason = "cascade", "what a person owned goes with the account"
    plan.on_delete = action
    if reason:
        plan.reasons.append(reason)


def _keep_what_is_required(plan: TablePlan, habits: Habits) -> None:
    """Let no foreign key set a column to null that must not be: the row it leads to could not be deleted (23502)."""
    for column in plan.columns:
        if column.references is not None and column.on_delete == "set null" and not column.nullable:
            column.reasons = [reason for reason in column.reasons if not reason.startswith("on delete ")]
            column.on_delete, reason = habits.on_delete(column.references, nullable=False)
            column.reasons += [reason] if reason else []


def _choose_key(
    plan: TablePlan, wanted: WantedTable, columns: dict[str, ColumnPlan], key: tuple[str, ...], habits: Habits
) -> None:
    plan.key = tuple(name for name in key if name in columns)
    for name in plan.key:
        columns[name].nullable = False
        columns[name].check = None
        columns[name].reasons = [reason for reason in columns[name].reasons if "null" not in reason]
    if len(plan.key) != 1:
        plan.key_reason = "joins two tables, each pair once" if not wanted.conflicts else "the code's conflict target"
        if any(claim.primary for name in plan.key for claim in wanted.columns[name].claims):
            plan.key_reason = "a document says so"
        return
    column = columns[plan.key[0]]
    habit = habits.key_of(wanted.name, wanted.columns)
    if column.references is not None:
        column.default = None  # it is given, not made
        return
    if plan.key in wanted.conflicts and column.name not in ("id", habit[0] if habit is not None else "id"):
        column.default, plan.key_reason = None, "the code's conflict target"
        return
    if habit is None:
        column.default = "gen_random_uuid()" if column.type == "uuid" else None
        if not wanted.columns[column.name].claims and not wanted.columns[column.name].referencing:
            column.type, column.default = "uuid", "gen_random_uuid()"
            column.reasons = ["no other table shows what ids look like"]
        return
    shape = habit[1].shape
    asked = wanted.columns[column.name]
    said = asked.referencing or any(claim.type for claim in asked.claims)
    if not said and (asked.declared is None or declared_so(shape.type, asked.declared)):
        column.type = shape.type
        column.reasons = []
    elif not said and asked.declared == "string" and column.name == "id":
        column.type = "uuid"
    if column.type == shape.type:
        column.default, column.identity = shape.default, shape.identity
        column.serial = shape.default is not None and "nextval" in shape.default
        plan.key_reason = f"as in {habit[1].count} of {counted(len(habits.tables), 'table')}"
        if _is_serial(habit[0], habits, column.type):
            column.serial = True
        made = column.default is not None or column.identity or column.serial
        if not made and wanted.inserts and not wanted.always_written(column.name):
            column.default = {"text": "gen_random_uuid()::text", "uuid": "gen_random_uuid()"}.get(column.type)
            column.reasons += ["inserts of the code give none, so the database makes it"] if column.default else []
    elif column.type == "uuid":
        column.default = None if asked.given else "gen_random_uuid()"
    elif column.type in ("integer", "bigint", "smallint"):
        column.identity = "by default"


def _is_serial(name: str, habits: Habits, kind: str) -> bool:
    """Whether most keys of this name draw on a sequence of their own, each by its own default."""
    keys = [t.columns[name] for t in habits.tables if name in t.columns and t.columns[name].type == kind]
    return 2 * sum("nextval" in (column.default or "") for column in keys) > len(keys)


def _ordered(columns: dict[str, ColumnPlan], key: tuple[str, ...], wanted: WantedTable) -> list[ColumnPlan]:
    """Return the columns as people write them: key, references, the rest as it is spoken of, times."""

    def rank(name: str) -> int:
        if name in key and len(key) == 1:
            return 0
        if name in _TIMES:
            return 4 + _TIMES.index(name)
        return 1 if columns[name].references is not None else 2

    documented = [claim.name for column in wanted.columns.values() for claim in column.claims[:1]]
    place = {name: number for number, name in enumerate([*documented, *columns])}
    return [columns[name] for name in sorted(columns, key=lambda name: (rank(name), place[name]))]


# --- what goes with it


def _add_uniques(plan: TablePlan, wanted: WantedTable) -> None:
    own = {column.name: column for column in plan.columns}
    for columns in sorted(wanted.conflicts):
        if set(columns) <= set(own) and set(columns) != set(plan.key):
            plan.uniques.append((columns, "the code's conflict target"))
            for name in columns:
                if own[name].nullable and not wanted.columns[name].written_null:
                    own[name].nullable = False  # two rows without it would not be in conflict


def _add_documented_uniques(plan: TablePlan, wanted: WantedTable) -> None:
    known = {frozenset(columns) for columns, _ in plan.uniques} | {frozenset(plan.key)}
    for column in plan.columns:
        said = next((claim for claim in wanted.columns[column.name].claims if claim.unique), None)
        if said is not None and frozenset([column.name]) not in known:
            plan.uniques.append(((column.name,), f"unique as {said.place.path} says"))


def _add_indexes(plan: TablePlan, wanted: WantedTable, habits: Habits) -> None:
    leading = {plan.key[0]} if plan.key else set()
    leading |= {columns[0] for columns, _ in plan.uniques}
    by_name = {column.name: column for column in plan.columns}
    reasons: dict[str, str] = {}
    for column in plan.columns:
        if column.references is not None and column.name not in leading:
            count = sum(column.name in searched for searched in wanted.searches)
            searched_by = f", and the code searches by it ({counted(count, 'query', 'queries')})" if count else ""
            reasons[column.name] = f"foreign key{searched_by}"
    for searched in sorted(wanted.searches):
        if any(name in leading or name in reasons for name in searched):
            continue
        useful = [
            name
            for name in searched
            if name in by_name and by_name[name].type != "boolean" and by_name[name].check is None
        ]
        if useful:
            reasons[useful[0]] = f"the code searches by it ({counted(wanted.searches[searched], 'query', 'queries')})"
    for name, reason in reasons.items():
        plan.indexes.append(IndexPlan(habits.index_name(wanted.name.name, (name,)), (name,), f"{name}: {reason}"))


def _add_trigger(plan: TablePlan, habits: Habits, timeline: Timeline) -> None:
    found = habits.touch_trigger()
    if found is None or not any(column.name in ("updated_at", "updatedAt") for column in plan.columns):
        return
    trigger, table, count = found
    functions = habits.evidence.defined.functions.get(trigger.function) or habits.evidence.platform.functions.get(
        trigger.function, []
    )
    if not functions or not timeline.has(functions[0].place):
        plan.remarks.append(
            f"updated_at is kept by {trigger.function}, which is created later: the trigger is a migration of its own."
        )
        return
    name = trigger.name.replace(table.name.name, plan.name.name)[:63]
    reason = f"updated_at is kept as in {counted(count, 'other table')}"
    plan.triggers.append(TriggerPlan(name, trigger.function, trigger.timing, trigger.events, reason))


def _add_row_security(
    plan: TablePlan,
    wanted: WantedTable,
    evidence: Evidence,
    habits: Habits,
    there: set[Name],
    also: Mapping[Name, TablePlan],
) -> None:
    exposed = (
        evidence.database.platform == "supabase" and plan.name.schema in evidence.database.settings.exposed_schemas
    )
    secured = [table for table in habits.tables if table.row_security]
    if not exposed and 2 * len(secured) <= len(habits.tables):
        return
    if exposed:
        plan.row_security = f"The API serves {plan.name.schema}: without row security every row is everybody's."
    else:
        plan.row_security = f"Row security as in {len(secured)} of {counted(len(habits.tables), 'table')}."
    people = [query for query in wanted.queries if query.role not in ("service_role", "owner")]
    open_to_read = bool(people or wanted.embedded_in) and all(query.operation == "select" for query in people)
    plan.policies, plan.policy_reason = plan_policies(plan.name, plan.columns, habits, there, open_to_read=open_to_read)
    further = completed(plan.policies, set().union(*map(_operations, people)), plan.name)
    if further:
        plan.policies += further
        plan.policy_reason += f"; also for {' and '.join(one.command for one in further)}, as the code does"
    server_only = bool(wanted.queries) and not people and not wanted.embedded_in
    if not plan.policies and not server_only:
        found = policies_through_parent(plan.name, plan.columns, habits, there, people, also)
        plan.policies, plan.policy_reason, plan.writers_open = found
    if not plan.policies and exposed:
        accounts = [c.name for c in plan.columns if _names_a_user(c, habits, bool(people))]
        owner = owner_of(accounts, people) if accounts and not server_only else None
        if owner is not None:
            own = f"(select auth.uid()) = {quote_identifier(owner)}"
            human = " ".join(words_of(plan.name.name))
            plan.policies = [PolicyPlan(f"Users can manage their own {human}", "all", ("authenticated",), own, own)]
            plan.policy_reason = f"{owner} says whose a row is"
        elif not people and not wanted.embedded_in:
            plan.policy_reason = "No code that could be read asks for it as a user, and service_role needs no policy."
        else:
            why = several(accounts) if len(accounts) > 1 else plan.policy_reason or "No column says whose a row is"
            yours = ": which rows users may write is yours to say" if people and not open_to_read else ""
            plan.policy_reason = (
                f"{why}, and no other table's policies fit{yours}. Until there are policies, "
                "only service_role reads and writes it."
            )
    closed = reserved(plan.name, plan.columns, habits, wanted.queries)
    if closed is not None and any(policy.command != "select" for policy in plan.policies):
        plan.policies = only_read(plan.policies)
        plan.policy_reason += f". {closed.reason}"
        plan.writers_open = plan.writers_open or closed.writers_open


def _names_a_user(column: ColumnPlan, habits: Habits, by_users: bool) -> bool:
    """Whether a column holds a user's id: as a key to the users, or to a table that has one row for each of them.

    The latter says whose a row is only where users ask for it (`by_users`): the server needs no policy.
    """
    users = Name("auth", "users")
    table = next((table for table in habits.tables if table.name == column.references), None)
    if table is None or not by_users:
        return column.references == users
    own = (column.referenced_column,)
    is_key = table.primary_key is not None and table.primary_key.columns == own
    return is_key and any(key.columns == own and key.references == users for key in table.constraint("foreign"))


def _operations(query: Query) -> set[str]:
    """Return what a query does to the rows of its table; one that asks for rows by their columns reads them, too."""
    done = {"upsert": {"insert", "update", "select"}, "subscribe": {"select"}}.get(query.operation, {query.operation})
    if query.select is not None or query.returning or query.filters:
        done = done | {"select"}
    return done & set(_COMMANDS)


def _add_grants(plan: TablePlan, wanted: WantedTable, evidence: Evidence, habits: Habits) -> None:
    settings = evidence.database.settings
    if evidence.database.platform != "supabase":
        _copy_grants(plan, habits)
        return
    if settings.auto_expose_new_tables is True:
        return
    roles: dict[str, set[str]] = {}
    for query in wanted.queries:
        role = query.role if query.role in API_ROLES else "authenticated"
        roles.setdefault(str(role), set()).update(_operations(query))
    roles.setdefault("service_role", set()).update(_COMMANDS)
    plan.grants = [
        (tuple(command for command in _COMMANDS if command in roles[role]), role)
        for role in API_ROLES
        if roles.get(role)
    ]
    plan.grant_reason = "New tables are granted to nobody by default; these are what the code needs."


def _copy_grants(plan: TablePlan, habits: Habits) -> None:
    """Grant what most other tables grant to roles other than their owner."""
    if not habits.tables:
        return
    counts: dict[tuple[str, str], int] = {}
    for table in habits.tables:
        for grant in table.grants:
            if grant.column is None and grant.role != table.owner:
                counts[grant.role, grant.privilege] = counts.get((grant.role, grant.privilege), 0) + 1
    chosen: dict[str, list[str]] = {}
    for (role, privilege), count in sorted(counts.items()):
        if 2 * count > len(habits.tables):
            chosen.setdefault(role, []).append(privilege)
    plan.grants = [(tuple(privileges), role) for role, privileges in chosen.items()]
    plan.grant_reason = "As most other tables grant." if chosen else ""
