"""Row security for a new table, after the policies of the tables that are most like it."""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator, Mapping
from typing import NamedTuple

from tripoint.model.catalog import Policy, Table
from tripoint.model.name import Name, quote_identifier
from tripoint.model.query import Query
from tripoint.model.regex import regex
from tripoint.model.words import listed
from tripoint.propose.draft import ColumnPlan, PolicyPlan, TablePlan
from tripoint.propose.habits import Habits, words_of
from tripoint.resolve.words import singular, tokens
from tripoint.rules._conditions import asks_in, nodes_of, truth_of
from tripoint.sql.grammar import parse_expression
from tripoint.sql.types import strings

__all__ = [
    "OWNERS",
    "completed",
    "only_read",
    "owner_of",
    "plan_policies",
    "policies_through_parent",
    "reserved",
    "several",
    "shortened",
]

OWNERS = frozenset({"user_id", "owner_id", "author_id", "creator_id", "created_by", "updated_by", "profile_id"})
"""Columns that by their name say whose a row is."""

_POWERS = frozenset({"role", "roles", "is_admin", "is_owner", "permission", "permissions", "scopes", "access_level"})
"""Columns that say what somebody may do."""

_RIGHTS = {(word,) for word in ("admin", "moderator", "permission", "role")}
_MEMBERS = {(word,) for word in ("collaborator", "member", "membership", "staff")}
"""Last words of tables whose rows say what somebody may do, or where somebody belongs."""

_YOURS = "who may write it is yours to decide, and until then service_role alone does"

_NAME_BYTES = 63
"""NAMEDATALEN - 1: https://www.postgresql.org/docs/current/limits.html"""
_NUMBERED = _NAME_BYTES - 5
"""What leaves room for a number behind a name."""
_STRING = regex(r"'(?:[^']|'')*'")
_IDENTIFIER = regex(r"(?:(?:\"?\w+\"?)\s*\.\s*)*\"?[A-Za-z_]\w*\"?(?!\s*\()")
_CALL = regex(r"(?<![\w.])auth\.(uid|jwt|role)\s*\(\s*\)", re.IGNORECASE)
_IS_ACCOUNT = regex(r"(?:select)?auth\.uid(?:asuid)?=(?:\w+\.)?(\w+)|(?:\w+\.)?(\w+)=(?:select)?auth\.uid(?:asuid)?")
"""The whole of a condition without its spaces and brackets."""
_WRAPPED = regex(r"\(\s*select\s+auth\.(?:uid|jwt|role)\s*\(\s*\)(?:\s+as\s+\w+)?\s*\)", re.IGNORECASE)


class Narrowed(NamedTuple):
    """Why nobody may write by a table's policies."""

    reason: str
    writers_open: bool
    """Whether it is left to the reader who may write; else it is known that no policy is needed for that."""


def plan_policies(
    name: Name, columns: Iterable[ColumnPlan], habits: Habits, exists: set[Name], *, open_to_read: bool = False
) -> tuple[list[PolicyPlan], str]:
    """Return the policies of a table with these columns, and the reason for them.

    `exists` are the tables that are there when the policies are made. Taken over are the policies that most tables
    share whose policies speak of nothing but columns that the new table has too. Those that speak of no column at all,
    and so let everybody through, are taken over only with `open_to_read`, only for reading, and never where a column
    says whose a row is.
    """
    own = {column.name: column for column in columns}
    groups: dict[tuple[object, ...], list[tuple[Table, list[PolicyPlan], set[str]]]] = defaultdict(list)
    for table in habits.tables:
        if not table.policies or not table.row_security or table.name == name:
            continue
        made: list[PolicyPlan] = []
        spoken: set[str] = set()
        for policy in table.policies.values():
            columns_named = _columns_of(policy, table)
            if not columns_named <= set(own) or not _same_sense(columns_named, table, own):
                break
            # A policy that asks its own table runs in a circle (42P17).
            if not _mentioned(policy, habits) <= exists or _reads(name, f"{policy.using or ''} {policy.check or ''}"):
                break
            spoken |= columns_named
            made.append(_rewritten(policy, table.name, name))
        else:
            signature = tuple(sorted((p.command, p.roles, _flat(p.using), _flat(p.check)) for p in made))
            groups[signature].append((table, made, spoken))
    if not groups:
        return [], ""
    # A policy that speaks of a row's own columns says whose it is; one that holds for every row says only that the
    # table is no secret, which is no reason to think that another one isn't.
    members = max(groups.values(), key=lambda found: (bool(found[0][2]), len(found)))
    for_all = any(not _says_whose(plan, own) for plan in members[0][1])
    reads = all(plan.command == "select" for plan in members[0][1])
    if for_all and not (open_to_read and reads and not any(column.name in OWNERS for column in own.values())):
        return [], ""
    if not members[0][2] and len(members) * 2 < len([t for t in habits.tables if t.policies]):
        return [], ""
    named = _with_name(members, name)
    table, made, spoken = named
    others = f" and {len(members) - 1} more" if len(members) > 1 else ""
    about = f", by {' and '.join(sorted(spoken))}" if spoken else ""
    return made, f"Policies as on {table.name}{others}{about}"


def completed(policies: list[PolicyPlan], asked: Iterable[str], name: Name) -> list[PolicyPlan]:
    """Return further policies for what the code does as somebody who may update a row, and none of these permits."""
    covered = {plan.command for plan in policies}
    template = next((plan for plan in policies if plan.command == "update" and plan.permissive), None)
    if template is None or "all" in covered:
        return []
    made = []
    for command in sorted(set(asked) - covered):
        using = None if command == "insert" else template.using
        check = template.check if command == "insert" else None
        title, count = re.subn(r"(?i)\bupdate\b", command, template.name)
        title = title if count else f"{name.name}: {command} for {', '.join(template.roles)}"
        made.append(PolicyPlan(shortened(title), command, template.roles, using, check))
    return made


def _says_whose(plan: PolicyPlan, own: dict[str, ColumnPlan]) -> bool:
    words = set(re.findall(r"\w+", f"{plan.using or ''} {plan.check or ''}"))
    return not plan.permissive or bool(words & set(own))


def policies_through_parent(
    name: Name,
    columns: Iterable[ColumnPlan],
    habits: Habits,
    exists: set[Name],
    queries: Iterable[Query],
    also: Mapping[Name, TablePlan] | None = None,
) -> tuple[list[PolicyPlan], str, bool]:
    """Return a policy by which a row is for those who see the row that it belongs to, the reason, and whether it is
    left to the reader who may write. Without a policy, the reason says what speaks against one, if anything does.

    Row security holds within a policy's own queries too, so the parent's policies decide. They do only where whoever
    they let read is somebody whom they ask for: what everybody may read is not everybody's to write to. A parent that
    is one account's, and stands for it, says more: a row is for that account. Where several columns lead to accounts,
    `queries`, what the code asks of the table, tell which of them it is. `also` are the tables that are proposed as
    well and may be parents.
    """
    parents: dict[Name, Table | TablePlan] = {table.name: table for table in habits.tables}
    parents |= also or {}
    fitting = [
        column
        for column in columns
        if column.references in parents and column.references in exists and column.references != name
        if _asks_who(parents[column.references]) or _account_column(parents[column.references]) is not None
        # Policies that ask each other run in a circle (42P17).
        if not any(_reads(name, text) for text in _conditions([parents[column.references]], habits))
    ]
    accounts = [one.name for one in fitting if one.references and _account_column(parents[one.references]) is not None]
    owner = owner_of(accounts, queries) if accounts else None
    if accounts and owner is None:
        return [], several(accounts), False
    fitting = [one for one in fitting if one.name == owner or one.name not in accounts]
    # What goes with its parent belongs to it more than what merely mentions it.
    for column in sorted(fitting, key=lambda one: (one.on_delete != "cascade", one.nullable)):
        parent = column.references
        assert parent is not None
        account = _account_column(parents[parent])
        condition = _belongs(name, parent, column, account)
        roles = _roles(parents[parent], ("all", "select") if account is None else ("all", "update"))
        powers = sorted({one.name for one in columns} & _POWERS)
        who = "sees" if account is None else "may change"
        if powers:
            title = (
                f"{' '.join(words_of(name.name)).capitalize()} are seen with their {' '.join(words_of(parent.name))}"
            )
            reason = (
                f"{column.name} says what a row belongs to: who {who} that row of {parent} sees it. {powers[0]} says "
                f"what somebody may do: {_YOURS}"
            )
            return [PolicyPlan(shortened(title), "select", roles, condition, None)], reason, True
        title = f"{' '.join(words_of(name.name)).capitalize()} go with their {' '.join(words_of(parent.name))}"
        policy = PolicyPlan(shortened(title), "all", roles, condition, condition)
        decides = f"the row security of {parent} decides"
        if account is not None:
            decides = f"it is for the account that may change that row of {parent}, by {account}"
        return [policy], f"{column.name} says what a row belongs to: {decides}", False
    return [], "", False


def owner_of(accounts: list[str], queries: Iterable[Query]) -> str | None:
    """Return the one that says whose a row is, of columns that lead to an account each; None where that is open.

    Who warned somebody does not own the warning, nor does who is warned: of several, it is the one that the code always
    asks for where it asks for rows. Who changed a row last owns it in no case.
    """
    named = _owning(accounts)
    if len(named) == 1:
        return named[0]
    asked = [
        {one.column for one in query.filters if not one.path and one.operator in ("eq", "in")}
        for query in queries
        if query.operation in ("select", "update", "delete")
    ]
    always = [name for name in named if asked and all(name in columns for columns in asked)]
    return always[0] if len(always) == 1 else None


def _owning(accounts: list[str]) -> list[str]:
    return [name for name in accounts if name == "created_by" or not name.endswith("_by")] or accounts


def several(accounts: list[str]) -> str:
    """Return the sentence, without its end, on columns of which it is open whose row it is."""
    return f"{listed(sorted(_owning(accounts)))} each lead to an account, so that it is open whose a row is"


def _belongs(name: Name, parent: Name, column: ColumnPlan, account: str | None) -> str:
    """Return the condition that the row exists which a row belongs to, and is the account's where that is named."""
    own = f"{quote_identifier(name.name)}.{quote_identifier(column.name)}"
    uid = "(select auth.uid())"
    if account == column.referenced_column:
        return f"{own} = {uid}"
    other = quote_identifier(parent.name)
    mine = f" and {other}.{quote_identifier(account)} = {uid}" if account is not None else ""
    return (
        f"exists (select 1 from {quote_identifier(parent.schema)}.{other} where "
        f"{other}.{quote_identifier(column.referenced_column)} = {own}{mine})"
    )


def _policies(table: Table | TablePlan) -> list[Policy | PolicyPlan]:
    return [*(table.policies.values() if isinstance(table, Table) else table.policies)]


def _roles(table: Table | TablePlan, commands: tuple[str, ...]) -> tuple[str, ...]:
    return next(policy.roles for policy in _policies(table) if policy.command in commands)


def _account_column(table: Table | TablePlan) -> str | None:
    """Return the column by which each policy that lets somebody change a table's rows asks for the account, where no
    two rows have the same one: what belongs to somebody's shop may well be a customer's, but what belongs to a profile
    is the profile's.
    """
    if not isinstance(table, Table):
        return None
    changing = [p for p in table.policies.values() if p.permissive and p.command in ("all", "update")]
    reading = [p for p in table.policies.values() if p.permissive and p.command in ("all", "select")]
    matches = [_IS_ACCOUNT.fullmatch(_flat(p.using).removeprefix("auth.uidisnotnulland")) for p in changing]
    asked = {match[1] or match[2] for match in matches if match is not None}
    column = next(iter(asked)) if len(asked) == 1 and all(matches) and reading and table.row_security else None
    alone = {key.columns for key in table.constraints.values() if key.kind in ("primary", "unique")}
    return column if column in table.columns and (column,) in alone else None


def reserved(name: Name, columns: Iterable[ColumnPlan], habits: Habits, queries: Iterable[Query]) -> Narrowed | None:
    """Return why policies that are taken over from elsewhere must let nobody write the table, as a sentence."""
    others = [table for table in habits.tables if table.name != name]
    if any(_reads(name, text) for text in _conditions(others, habits)):
        opens = "Other tables' policies ask this one who may do what, so a row of it opens theirs"
        return Narrowed(f"{opens}: {_YOURS}", True)
    last = tokens(name.name)[-1:]
    if last in _RIGHTS or (last in _MEMBERS and sum(column.references is not None for column in columns) > 1):
        return Narrowed(f"By its name a row of it lets somebody in: {_YOURS}", True)
    writers = {query.role for query in queries if query.operation not in ("select", "subscribe")}
    if writers and writers <= {"service_role", "owner"}:
        return Narrowed("In the code the server alone writes it, which needs no policy", False)
    return None


def _conditions(tables: Iterable[Table | TablePlan], habits: Habits) -> Iterator[str]:
    """Yield the conditions of policies, and the bodies of the functions that they call."""
    functions = habits.evidence.defined.functions
    for table in tables:
        for policy in _policies(table):
            text = _STRING.sub("''", f"{policy.using or ''} {policy.check or ''}")
            yield text
            called = set(re.findall(r"(\w+)\s*\(", text))
            for name, overloads in functions.items():
                if name.name in called:
                    yield from (function.body or "" for function in overloads)


def _reads(name: Name, text: str) -> bool:
    return re.search(rf"\b(?:from|join)\s+[\w.\"]*\b{re.escape(name.name)}\b", text, re.IGNORECASE) is not None


def only_read(policies: Iterable[PolicyPlan]) -> list[PolicyPlan]:
    """Return the policies without what lets anybody write, each condition once."""
    found: dict[tuple[object, ...], PolicyPlan] = {}
    for plan in policies:
        if plan.command in ("all", "select"):
            reading = PolicyPlan(plan.name, "select", plan.roles, plan.using, None, plan.permissive)
            found.setdefault((plan.roles, _flat(plan.using), plan.permissive), reading)
    return list(found.values())


def _asks_who(table: Table | TablePlan) -> bool:
    """Whether whoever may read the table's rows is somebody whom its policies ask for."""
    reading = [p for p in _policies(table) if p.permissive and p.command in ("all", "select")]
    return bool(table.row_security) and bool(reading) and all(_shuts_strangers_out(p.using) for p in reading)


def _shuts_strangers_out(condition: str | None) -> bool:
    """Whether a condition lets nobody pass whose id and rows are none that it asks for: `published or owner = me` does.

    What asks who calls is false for a stranger, but for what holds for everybody who is signed in.
    """
    node = parse_expression(condition or "")
    if node is None:
        return False
    strange = {
        id(body): frozenset("f")
        for tag, body in nodes_of(node)
        if (tag == "SubLink" or (tag == "A_Expr" and strings(body["name"])[-1] == "=")) and asks_in(body)
        if truth_of({tag: body}, "authenticated") != frozenset("t")
    }
    return bool(strange) and "t" not in truth_of(node, "authenticated", strange)


def _columns_of(policy: Policy, table: Table) -> set[str]:
    """Return the table's own columns that a policy's conditions speak of."""
    found: set[str] = set()
    for expression in (policy.using, policy.check):
        for match in _IDENTIFIER.finditer(_STRING.sub("''", expression or "")):
            *qualifier, column = [part.strip().strip('"') for part in match.group().split(".")]
            if column in table.columns and (not qualifier or qualifier[-1] == table.name.name):
                found.add(column)
    return found


def _mentioned(policy: Policy, habits: Habits) -> set[Name]:
    """Return the project's tables that a policy's conditions name."""
    text = _STRING.sub("''", f"{policy.using or ''} {policy.check or ''}")
    words = set(re.findall(r"\w+", text))
    return {t.name for t in habits.tables if t.name.name in words and _reads(t.name, text)}


def _same_sense(spoken: set[str], table: Table, own: dict[str, ColumnPlan]) -> bool:
    """Whether the columns mean the same in both: a table's own key does only where both keys are the same account's."""
    key = table.primary_key
    if key is None or len(key.columns) != 1 or key.columns[0] not in spoken:
        return True
    targets = {foreign.references for foreign in table.constraint("foreign") if foreign.columns == key.columns}
    return own[key.columns[0]].references in targets


def _rewritten(policy: Policy, old: Name, new: Name) -> PolicyPlan:
    def rewrite(expression: str | None) -> str | None:
        if expression is None:
            return None
        renamed = re.sub(
            rf"(?<![\w.'\"])((?:{re.escape(old.schema)}\.)?){re.escape(old.name)}(?=\.)",
            rf"\g<1>{new.name}",
            expression,
        )
        return _evaluated_once(renamed)

    using, check = rewrite(policy.using), rewrite(policy.check)
    if policy.command in ("all", "update") and check is None:
        check = using
    return PolicyPlan(policy.name, policy.command, policy.roles, using, check, policy.permissive)


def _evaluated_once(expression: str) -> str:
    """Wrap calls that are the same for every row in a scalar subquery, so that they run once for a statement."""
    kept: list[str] = []

    def keep(match: re.Match[str]) -> str:
        kept.append(match.group())
        return f"\0{len(kept) - 1}\0"

    hidden = _WRAPPED.sub(keep, expression)
    wrapped = _CALL.sub(lambda match: f"(select {match.group()})", hidden)
    return re.sub(r"\0(\d+)\0", lambda match: kept[int(match.group(1))], wrapped)


def _flat(expression: str | None) -> str:
    return re.sub(r"[\s()]+", "", expression or "").lower()


def _with_name(
    members: list[tuple[Table, list[PolicyPlan], set[str]]], name: Name
) -> tuple[Table, list[PolicyPlan], set[str]]:
    """Return the member whose policies' names can be turned to the new table, so turned."""
    for table, made, spoken in members:
        renamed = [_renamed(plan.name, table.name.name, name.name) for plan in made]
        if all(text is not None for text in renamed):
            plans = [_named(plan, text or "") for plan, text in zip(made, renamed, strict=True)]
            return table, _apart(plans), spoken
    table, made, spoken = members[0]
    names = [tuple(plan.name for plan in plans) for _, plans, _ in members]
    if len(set(names)) == 1 and len(names) > 1:
        return table, made, spoken  # the project gives every table's policies the same names
    plans = [_named(plan, f"{name.name}: {plan.command} for {', '.join(plan.roles)}") for plan in made]
    return table, _apart(plans), spoken


def _apart(plans: list[PolicyPlan]) -> list[PolicyPlan]:
    """Return the plans with numbers behind their names where these are not all different."""
    if len({plan.name for plan in plans}) == len(plans):
        return plans
    return [_named(plan, f"{shortened(plan.name, _NUMBERED)} ({number})") for number, plan in enumerate(plans, 1)]


def shortened(text: str, size: int = _NAME_BYTES) -> str:
    """Return a name that PostgreSQL does not cut: whole words, as many as fit into `size` bytes of UTF-8."""
    if len(text.encode()) <= size:
        return text
    kept = text.encode()[: size + 1].decode("utf-8", "ignore")
    words = re.match(r"(.*[^\s_-])[\s_-]", kept, re.DOTALL)
    whole = words[1].rstrip(" _-,:") if words is not None else ""
    return whole if 2 * len(whole.encode()) > size else text.encode()[:size].decode("utf-8", "ignore")


def _named(plan: PolicyPlan, name: str) -> PolicyPlan:
    return PolicyPlan(shortened(name), plan.command, plan.roles, plan.using, plan.check, plan.permissive)


def _renamed(text: str, old: str, new: str) -> str | None:
    """Return a policy's name with the words of one table's name replaced by another's; None where it has none."""
    before, after = words_of(old), words_of(new)
    if not before or not after:
        return None  # a name without a Latin letter or digit has no words
    forms: list[tuple[str, str]] = []
    glues = (" ", "_", "-") if " " in text else ("_", "-", " ")
    for length in range(len(before), 0, -1):
        tail = before[-length:]
        one = (*tail[:-1], singular(tail[-1]))
        other = (*after[:-1], singular(after[-1]))
        for glue in glues:
            forms += [(glue.join(tail), glue.join(after)), (glue.join(one), glue.join(other))]
    lowered = text.lower()
    for form, replacement in forms:
        if form.lower() not in lowered:
            continue  # most are not, and compiling a pattern takes longer
        pattern = re.compile(rf"(?<![A-Za-z]){re.escape(form)}(?![A-Za-z])", re.IGNORECASE)
        if pattern.search(text):
            return pattern.sub(_in_case(replacement), text)
    return None


def _in_case(replacement: str) -> Callable[[re.Match[str]], str]:
    def replace(match: re.Match[str]) -> str:
        return replacement[:1].upper() + replacement[1:] if match.group()[0].isupper() else replacement

    return replace
