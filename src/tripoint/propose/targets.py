"""What a wanted column points to: a table of the project's, one that is proposed as well, or an account."""

from __future__ import annotations

from collections.abc import Mapping

from tripoint.model.catalog import Table
from tripoint.model.evidence import Evidence
from tripoint.model.name import Name
from tripoint.model.words import counted
from tripoint.propose.draft import TablePlan
from tripoint.propose.habits import Habits, words_of
from tripoint.propose.infer import contradicts
from tripoint.propose.policies import OWNERS
from tripoint.propose.wanted import WantedColumn, WantedTable
from tripoint.propose.words import ELSEWHERE
from tripoint.resolve.words import tokens

__all__ = ["foreign_target", "foreign_targets", "on_delete"]

_Target = tuple[Name, str, str, str]


def foreign_targets(
    wanted: WantedTable, evidence: Evidence, habits: Habits, also: Mapping[Name, TablePlan]
) -> dict[str, _Target | None]:
    """Return by column what it points to; a column is added for each relation that can't be embedded without one.

    `also` are the tables that are proposed as well.
    """
    found = {name: foreign_target(name, wanted, evidence, habits, also) for name in wanted.columns}
    for relation, embed in sorted(wanted.embeds.items()):
        other = Name(wanted.name.schema, relation)
        table = evidence.defined.tables.get(other) or also.get(other)
        key = _to_key(table) if table is not None else None
        if table is None or key is None:
            continue
        words = tokens(wanted.name.name)
        if any(tokens(name)[:-1] == words for name in _column_names(table)):
            continue  # the other one points here
        if embed.hint is None and any(target is not None and target[0] == table.name for target in found.values()):
            continue
        column = (embed.hint or "").removeprefix(f"{wanted.name.name}_").removesuffix("_fkey")
        if column not in wanted.columns and tokens(column)[-1:] not in (("id",), ("uuid",)):
            column = habits.key_to(table.name) or f"{'_'.join(tokens(relation))}_id"
        wanted.column(column)
        found[column] = found.get(column) or (*key, f"the code embeds {relation} in it")
    return found


def foreign_target(
    name: str, wanted: WantedTable, evidence: Evidence, habits: Habits, also: Mapping[Name, TablePlan] | None = None
) -> _Target | None:
    """Return (table, column, type, reason) of what a column of this name points to, where that can be told.

    `also` are the tables that are proposed as well.
    """
    also, accounts = also or {}, Name("auth", "users")
    for relation in evidence.claims.relationships:
        if relation.from_table == wanted.name and relation.from_columns == (name,):
            to = relation.to_columns[0] if relation.to_columns else "id"
            kind = _type_of(relation.to_table, to, evidence)
            if kind is not None:
                return relation.to_table, to, kind, f"{relation.place.path} relates it to {relation.to_table}"
    for declared in wanted.declared_keys:
        to = declared.referenced_columns[0] if declared.referenced_columns else "id"
        related = Name(wanted.name.schema, declared.relation)
        if declared.columns != (name,):
            continue
        kind = _type_of(related, to, evidence)
        if kind is not None and evidence.defined.tables[related].kind == "table":
            return related, to, kind, f"generated types relate it to {related}"
        if related in also:
            kind = next((column.type for column in also[related].columns if column.name == to), None)
            if kind is not None:
                return related, to, kind, f"generated types relate it to {related}, which is proposed too"
        elif kind is None and declared.relation == "users" and accounts in evidence.platform.tables:
            return accounts, "id", "uuid", "generated types relate it to users, which are the accounts"
    if name == "id" and accounts in evidence.platform.tables and _is_account(wanted):
        return accounts, "id", "uuid", "one row per account: the code gives the id itself"
    holder = _embedding_target(name, wanted, evidence, also)
    if holder is not None:
        return holder
    guessed = _guessed_target(name, wanted, evidence, habits, also)
    if guessed is None or contradicts(guessed[2], wanted.column(name), habits):
        return None
    return guessed


def _guessed_target(
    name: str, wanted: WantedTable, evidence: Evidence, habits: Habits, also: Mapping[Name, TablePlan]
) -> _Target | None:
    """Return what a column points to by its name, which nothing else says."""
    words = words_of(name)
    if tokens(name)[:-1] == tokens(wanted.name.name) and words[-1] in ("id", "uuid"):
        return None  # its own key
    habit = habits.key()
    known = habits.target(name) if habit is None or name != habit[0] else None
    if known is not None:
        target, to, count = known
        kind = _type_of(target, to, evidence) or _type_of_missing(name, habits)
        reason = f"refers to {target} as in {counted(count, 'other table')}"
        return (target, to, kind, reason) if kind is not None else None
    if ELSEWHERE & set(words[:-1]):
        return None
    if len(words) < 2 or words[-1] not in ("id", "uuid"):
        # `created_by` may well hold a name, or what a program calls itself.
        named = any(value.kind == "string" for value in wanted.column(name).values)
        return _owner_target(evidence, habits) if name in OWNERS and not named else None
    if words[:-1] == ("parent",):
        key = _type_of_missing("parent_id", habits)
        kind = key or (habit[1].shape.type if habit is not None else "uuid")
        return wanted.name, habit[0] if habit is not None else "id", kind, "a row of the same table"
    for length in range(1, len(words) - 1):
        # `active_conversation_id` refers to what `conversation_id` does.
        tail = habits.target("_".join(words[length:]))
        kind = _type_of(tail[0], tail[1], evidence) if tail is not None else None
        if tail is not None and kind is not None:
            return *tail[:2], kind, f"refers to {tail[0]} as {'_'.join(words[length:])} does elsewhere"
    singles = habits.singles()
    wanted_words = tokens(name)[:-1]
    for length in range(len(wanted_words), 0, -1):
        # `assigned_member_id` refers to members, and `campaign_post_id` to campaign posts rather than to posts.
        table = singles.get(wanted_words[-length:])
        if table is None and length == len(wanted_words):
            proposed = _proposed_target(wanted_words, wanted.name, also)
            if proposed is not None:
                return proposed
        if table is not None and table.name != wanted.name:
            found = _to_key(table)
            return (*found, f"named after {table.name.name}") if found is not None else None
    candidates = [
        t for t in habits.tables if tokens(t.name.name)[-len(wanted_words) :] == wanted_words and t.name != wanted.name
    ]
    if len(candidates) == 1:
        found = _to_key(candidates[0])
        return (*found, f"named after {candidates[0].name.name}") if found is not None else None
    if name in OWNERS:
        owner = _owner_target(evidence, habits)
        if owner is not None:
            return owner
    return _proposed_target(wanted_words, wanted.name, also, whole=False)


def on_delete(column: WantedColumn, target: Name, nullable: bool, habits: Habits) -> tuple[str, str]:
    """Return what happens to the row where the one is deleted that it points to, and the reason."""
    claim = next((claim for claim in column.claims[:1] if claim.on_delete is not None), None)
    if claim is None or claim.on_delete is None:
        return habits.on_delete(target, nullable)
    return claim.on_delete, f"on delete {claim.on_delete} as {claim.place.path} says"


def _proposed_target(
    words: tuple[str, ...], own: Name, also: Mapping[Name, TablePlan], *, whole: bool = True
) -> _Target | None:
    """Return the table of those that are proposed as well whose name has these words, or ends in them."""
    plans = [plan for table, plan in also.items() if table.schema == own.schema and table != own]
    named = [plan for plan in plans if tokens(plan.name.name)[0 if whole else -len(words) :] == words]
    found = _to_key(named[0]) if len(named) == 1 else None
    return (*found, f"named after {named[0].name.name}, which is proposed too") if found is not None else None


def _embedding_target(
    name: str, wanted: WantedTable, evidence: Evidence, also: Mapping[Name, TablePlan]
) -> _Target | None:
    """Return the table that the code embeds this one in, where the column is the one of this that is named after it:
    `plan_id` of the days that are embedded in diet plans leads to these, whatever it is elsewhere.
    """
    words = tokens(name)
    if len(words) < 2 or words[-1] not in ("id", "uuid"):
        return None
    for holder in sorted(wanted.embedded_in):
        table = evidence.defined.tables.get(holder) or also.get(holder)
        found = _to_key(table) if table is not None else None
        named = tokens(holder.name)
        if table is None or found is None or named[1 - len(words) :] != words[:-1]:
            continue
        closer = [other for other in wanted.columns if other != name and tokens(other)[:-1] == named]
        if not closer and not any(tokens(c)[:-1] == tokens(wanted.name.name) for c in _column_names(table)):
            return (*found, f"the code embeds it in {holder.name}")
    return None


def _column_names(table: Table | TablePlan) -> list[str]:
    return list(table.columns) if isinstance(table, Table) else [column.name for column in table.columns]


def _is_account(wanted: WantedTable) -> bool:
    """Whether the rows are the accounts' own: a table of profiles whose ids the code writes or looks up."""
    asked = wanted.columns.get("id")
    if asked is None or tokens(wanted.name.name)[-1:] not in (("profile",), ("account",), ("user",)):
        return False
    pointed = {column.type for _, column in asked.referencing} - {"uuid"}
    owned = any(owner in wanted.columns for owner in OWNERS)
    return not owned and not pointed and (wanted.always_written("id") or asked.uses["conflict"] > 0)


def _owner_target(evidence: Evidence, habits: Habits) -> _Target | None:
    known = [(*found, name) for name in sorted(OWNERS) if (found := habits.target(name)) is not None]
    for target, to, _, name in sorted(known, key=lambda one: (-one[2], one[0].schema != "auth", one[3])):
        kind = _type_of(target, to, evidence)
        if kind is not None:
            return target, to, kind, f"refers to {target} as {name} does elsewhere"
    accounts = Name("auth", "users")
    if accounts in evidence.platform.tables:
        return accounts, "id", "uuid", "an account, by its name"
    return None


def _to_key(table: Table | TablePlan) -> tuple[Name, str, str] | None:
    if isinstance(table, TablePlan):
        return next(((table.name, one.name, one.type) for one in table.columns if table.key == (one.name,)), None)
    key = table.primary_key
    if key is None or len(key.columns) != 1 or key.columns[0] not in table.columns:
        return None
    return table.name, key.columns[0], table.columns[key.columns[0]].type


def _type_of(table: Name, column: str, evidence: Evidence) -> str | None:
    found = evidence.defined.tables.get(table) or evidence.platform.tables.get(table)
    return found.columns[column].type if found is not None and column in found.columns else None


def _type_of_missing(name: str, habits: Habits) -> str | None:
    habit = habits.column(name)
    return habit.shape.type if habit is not None else None
