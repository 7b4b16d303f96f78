"""Drafts for what a table that exists lacks: a column, an index, a foreign key, row security."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable

from tripoint.bind.tables import query_table_name
from tripoint.model.audit import Finding
from tripoint.model.catalog import Policy, Table
from tripoint.model.evidence import Evidence
from tripoint.model.name import Name, quote_identifier, quote_literal
from tripoint.model.query import Query
from tripoint.model.regex import regex
from tripoint.model.words import counted
from tripoint.propose import ddl
from tripoint.propose.draft import ColumnPlan, Draft, IndexPlan, PolicyPlan, TablePlan
from tripoint.propose.habits import Habits
from tripoint.propose.infer import infer_column, without_made_up_key
from tripoint.propose.policies import OWNERS, only_read, plan_policies, policies_through_parent, reserved
from tripoint.propose.style import Style
from tripoint.propose.table import Timeline
from tripoint.propose.targets import foreign_target, on_delete
from tripoint.propose.wanted import WantedTable
from tripoint.resolve.words import tokens
from tripoint.rules._access import runs_as

__all__ = ["MENDERS", "Workshop"]


class Workshop:
    """What every draft of one database is made with."""

    def __init__(self, evidence: Evidence, habits: Habits, style: Style, wanted: Callable[[Name], WantedTable]) -> None:
        self.evidence = evidence
        self.habits = habits
        self.style = style
        self.wanted = wanted
        self.made: dict[Name, TablePlan] = {}
        """The tables that are proposed so far."""

    @property
    def database(self) -> str:
        """The database's name."""
        return self.evidence.database.name


def _own(shop: Workshop, subject: str) -> Table | None:
    """Return the project's own table of that name, as `schema.name`."""
    schema, _, name = subject.partition(".")
    table = shop.evidence.defined.tables.get(Name(schema, name))
    return table if table is not None and table.kind == "table" and table in shop.habits.tables else None


_CHECKED = (
    "Rows that lead nowhere make it fail, and writes to both tables wait while all are checked. Where rows are many, "
    "add it NOT VALID, and VALIDATE CONSTRAINT in a later migration."
)
_BUILT = "Writes wait while the index is built: where rows are many, build it CONCURRENTLY, outside a transaction."


def _column(shop: Workshop, finding: Finding) -> Draft | None:
    whole = _own(shop, finding.subject)
    if whole is not None:
        return _columns(shop, finding, whole)
    owner, _, name = finding.subject.rpartition(".")
    table = _own(shop, owner)
    return _one_column(shop, finding, table, name) if table is not None else None


def _columns(shop: Workshop, finding: Finding, table: Table) -> Draft | None:
    """Add all columns of a table that generated types have: where they are many, one finding tells of them."""
    held = [
        name
        for name in shop.wanted(table.name).columns
        if (known := shop.evidence.elsewhere.get(("column", f"{table.name}.{name}"))) and known.by == "types"
    ]
    drafts = [one for name in sorted(held) if (one := _one_column(shop, finding, table, name)) is not None]
    if not drafts:
        return None
    sql, down = "\n".join(one.sql for one in drafts), "".join(one.down for one in reversed(drafts))
    title, guessed = f"add_columns_to_{table.name.name}", tuple(name for one in drafts for name in one.guessed)
    return Draft(shop.database, finding.rule, finding.subject, sql, title, down, guessed=guessed)


def _one_column(shop: Workshop, finding: Finding, table: Table, name: str) -> Draft | None:
    if not _NAME.fullmatch(name) or name in table.columns:
        return None
    asked = shop.wanted(table.name)
    column = asked.columns.get(name)
    key = shop.habits.key_of(table.name, (name,))
    is_key = key is not None and name in ("id", key[0])
    own = tokens(name)[-1:] in (("id",), ("uuid",)) and tokens(name)[:-1] == tokens(table.name.name)
    if column is None:
        return None
    target = foreign_target(name, asked, shop.evidence, shop.habits, shop.made)
    is_key = is_key and target is None
    if (is_key or (own and target is None)) and table.primary_key is not None:
        return None  # a row that has a key needs no second one: the code means that
    plan = infer_column(column, asked, shop.habits, target, Timeline(shop.evidence, None).usable_type)
    if target is not None:
        plan.on_delete, reason = on_delete(column, target[0], plan.nullable, shop.habits)
        plan.reasons += [reason] if reason else []
        plan.default = without_made_up_key(plan.default)
    if not plan.nullable and (plan.default is None or target is not None):
        plan.nullable = True
        plan.reasons.append("may be null, since the rows that are there have no value for it")
    if is_key and key is not None:
        shape = key[1].shape
        plan.type, plan.default, plan.identity = shape.type, shape.default, shape.identity
        plan.serial, plan.reasons = "nextval" in (shape.default or ""), [f"the key, as {key[1].example}"]
    word, style = shop.style.keyword, shop.style
    exists = word("if not exists ") if style.table_if_not_exists else ""
    sql = (
        f"{ddl.comment(f'{name}: ' + '; '.join(plan.reasons))}\n{word('alter table')} {style.name(table.name)}\n"
        f"{style.indent}{word('add column')} {exists}{ddl.column_definition(plan, style, primary=is_key)};\n"
    )
    if plan.references is not None:
        index = IndexPlan(shop.habits.index_name(table.name.name, (name,)), (name,), f"{name}: foreign key")
        sql += f"\n{ddl.index(index, table.name, style)}\n"
    down = f"{word('alter table')} {style.name(table.name)} {word('drop column')} {quote_identifier(name)};\n"
    guessed = (name,) if plan.guessed else ()
    title = f"add_{name}_to_{table.name.name}"
    return Draft(shop.database, finding.rule, finding.subject, sql, title, down, guessed=guessed)


_NAME = regex(r"[^\W\d][\w$ ]*")
"""What a column is called; `-created_at` is a slip in what asks for `created_at`."""
_BUCKET = regex(r"storage\.buckets\.id='(.+)'", re.DOTALL)
_COMPOSITE = regex(r"(.+)\.\((.+)\)")


def _columns_of(shop: Workshop, finding: Finding) -> tuple[Table | None, tuple[str, ...]]:
    """Return what a finding about columns is of: its table, None where that is not the project's or lacks one."""
    composite = _COMPOSITE.fullmatch(finding.subject)
    owner = composite[1] if composite else finding.subject.rpartition(".")[0]
    columns = tuple(composite[2].split(", ")) if composite else (finding.subject.rpartition(".")[2],)
    table = _own(shop, owner)
    return (table if table is not None and set(columns) <= set(table.columns) else None), columns


def _index(shop: Workshop, finding: Finding) -> Draft | None:
    table, columns = _columns_of(shop, finding)
    if table is None:
        return None
    why = "foreign key" if finding.rule == "unindexed-foreign-key" else "the code searches by it"
    plan = IndexPlan(shop.habits.index_name(table.name.name, columns), columns, f"{', '.join(columns)}: {why}")
    sql = f"{ddl.comment(_BUILT)}\n{ddl.index(plan, table.name, shop.style)}\n"
    down = f"{shop.style.keyword('drop index')} {shop.style.name(Name(table.name.schema, plan.name))};\n"
    return Draft(shop.database, finding.rule, finding.subject, sql, f"index_{table.name.name}_{columns[0]}", down)


def _foreign_key(shop: Workshop, finding: Finding) -> Draft | None:
    first, _, second = finding.subject.partition(" -> ")
    one, other = _own(shop, first), _own(shop, second)
    if one is None or other is None:
        return None
    found = _key_column(shop, one, other) or _key_column(shop, other, one)
    if found is None:
        return None
    owner, column, target, to, reason = found
    action, habit = shop.habits.on_delete(target.name, owner.columns[column].nullable)
    name = f"{owner.name.name}_{column}_fkey"[:63]
    sql = (
        ddl.comment("; ".join(filter(None, (reason, habit))))
        + "\n"
        + ddl.comment(_CHECKED)
        + "\n"
        + ddl.foreign_key(owner.name, name, (column,), target.name, (to,), action, shop.style)
        + "\n"
    )
    if not any(i.columns and i.columns[0].name == column for i in owner.indexes.values()):
        plan = IndexPlan(shop.habits.index_name(owner.name.name, (column,)), (column,), f"{column}: foreign key")
        sql += f"\n{ddl.index(plan, owner.name, shop.style)}\n"
    word = shop.style.keyword
    down = f"{word('alter table')} {shop.style.name(owner.name)} {word('drop constraint')} {quote_identifier(name)};\n"
    return Draft(shop.database, finding.rule, finding.subject, sql, f"relate_{owner.name.name}_{column}", down)


def _key_column(shop: Workshop, owner: Table, target: Table) -> tuple[Table, str, Table, str, str] | None:
    """Return (owner, column, target, its column, why) where a column of `owner` can only point to `target`."""
    key = target.primary_key
    if key is None or len(key.columns) != 1 or key.columns[0] not in target.columns:
        return None
    kind = target.columns[key.columns[0]].type
    taken = {column for constraint in owner.constraint("foreign") for column in constraint.columns}
    for relation in shop.evidence.claims.relationships:
        columns = relation.from_columns
        named = (relation.from_table, relation.to_table) == (owner.name, target.name) and len(columns) == 1
        if named and columns[0] in owner.columns and columns[0] not in taken and owner.columns[columns[0]].type == kind:
            return owner, columns[0], target, key.columns[0], f"{relation.place.path} relates them"
    words = tokens(target.name.name)
    fitting = [
        column.name
        for column in owner.columns.values()
        if column.name not in taken
        and column.type == kind
        and tokens(column.name)[-1:] in (("id",), ("uuid",))
        and len(tokens(column.name)) > 1
        and words[-len(tokens(column.name)) + 1 :] == tokens(column.name)[:-1]
    ]
    if len(fitting) != 1:
        return None
    return owner, fitting[0], target, key.columns[0], f"{fitting[0]} is named after {target.name.name}"


def _row_security(shop: Workshop, finding: Finding) -> Draft | None:
    table = _own(shop, finding.subject)
    if table is None:
        return None
    columns = [ColumnPlan(column.name, column.type) for column in table.columns.values()]
    for key in table.constraint("foreign"):
        for column in columns:
            if key.columns == (column.name,):
                column.references = key.references
                column.referenced_column = key.referenced_columns[0] if key.referenced_columns else "id"
                column.on_delete = key.on_delete
    there = set(shop.evidence.defined.tables)
    policies, reason = plan_policies(table.name, columns, shop.habits, there)
    writers_open = False
    withheld, asked = None, shop.wanted(table.name)
    served = bool(asked.queries) and all(query.role in ("service_role", "owner") for query in asked.queries)
    if not policies and (not served or asked.embedded_in):
        policies, reason, writers_open = policies_through_parent(table.name, columns, shop.habits, there, asked.queries)
    if not policies:
        policies, reason, withheld = _as_read(shop, table, reason)
    closed = reserved(table.name, columns, shop.habits, asked.queries)
    if closed is not None and any(policy.command != "select" for policy in policies):
        policies = only_read(policies)
        reason += f". {closed.reason}."
        writers_open = writers_open or closed.writers_open
    policies = [plan for plan in policies if not any(_covers(policy, plan) for policy in table.policies.values())]
    if table.policies and not policies:
        reason = f"That puts into effect the {counted(len(table.policies), 'policy', 'policies')} that it has already."
    style = shop.style
    blocks = [ddl.row_security(table.name, style)] if not table.row_security else []
    made = [ddl.policy(policy, table.name, style) for policy in policies]
    if made:
        unasked = _lists(asked.queries)
        conditions = [*(plan.using for plan in policies), *(policy.using for policy in table.policies.values())]
        if unasked and "true" not in conditions:
            reading = "The code lists its rows without asking for any of them"
            reason = (
                f"{reason.rstrip('.')}. {reading} ({counted(unasked, 'query', 'queries')}): others' are missing there."
            )
        made[0] = f"{ddl.comment(reason)}\n{made[0]}"
    elif not blocks:
        return None
    else:
        blocks.append(ddl.comment(reason))
    word = style.keyword
    drops = [f'{word("drop policy")} "{p.name}" {word("on")} {style.name(table.name)};' for p in policies]
    if not table.row_security:
        drops.append(f"{word('alter table')} {style.name(table.name)} {word('disable row level security')};")
    sql = "\n\n".join(blocks + made) + "\n"
    title, down = f"secure_{table.name.name}", "\n".join(drops) + "\n"
    return Draft(
        shop.database,
        finding.rule,
        finding.subject,
        sql,
        title,
        down,
        writers_open=writers_open,
        withheld=withheld if not made and not table.policies else None,
    )


def _lists(queries: Iterable[Query]) -> int:
    """Return how many queries that a user makes ask for all rows that there are."""
    return sum(
        query.operation == "select"
        and query.role not in ("service_role", "owner")
        and query.filters_complete
        and not any(one.operator not in ("order", "limit") for one in query.filters)
        for query in queries
    )


def _covers(policy: Policy, plan: PolicyPlan) -> bool:
    """Whether a policy that is there already speaks for whom and for what the plan would."""
    whom = "public" in policy.roles or set(plan.roles) <= set(policy.roles)
    return policy.permissive and policy.command in ("all", plan.command) and whom


_YOURS = "its policies are yours to write"


def _as_read(shop: Workshop, table: Table, against: str) -> tuple[list[PolicyPlan], str, str | None]:
    """Return a policy that lets those read who read it in the code, where nobody else than the server writes it.

    With it comes the reason, and why no draft without a policy may be called proven, if it may not. `against` says why
    an owner's policy could not be made, where there are owners.
    """
    asked = [
        q
        for q in shop.evidence.queries
        if q.kind == "table" and not q.test and query_table_name(q, shop.evidence) == table.name
    ]
    embedded = bool(shop.wanted(table.name).embedded_in)
    people = [query for query in asked if query.role not in ("service_role", "owner")]
    owners = [column for column in table.columns if column in OWNERS]
    if not against and owners:
        against = f"that {owners[0]} is an account's id is shown nowhere"
    why = against or "no column says whose a row is"
    writing = [runs for query in people if query.operation != "select" and (runs := runs_as(query)) is not None]
    until = "Until then only service_role reads and writes it."
    if any("service_role" not in runs.roles for runs in writing):
        said = f"the code writes it as a user, and {why}: {_YOURS}"
        return [], f"{said[0].upper()}{said[1:]}. {until}", f"{said}, and go into the same migration"
    if writing:
        return (
            [],
            (
                f"The code writes it with a key that is not known, and {why}. Where that is the server's, no policy is "
                f"needed; else {_YOURS}. {until}"
            ),
            None,
        )
    if not people and not embedded:
        who = "In the code only service_role asks for it" if asked else "No code that could be read asks for it"
        return [], f"{who}, and service_role needs no policy.", None
    if against:
        said = f"the code reads it as a user, and {why}: {_YOURS}"
        return [], f"{said[0].upper()}{said[1:]}. {until}", f"{said}, and go into the same migration"
    asking = {query.role or "authenticated" for query in people}
    # Who signs in is no longer anon, and would see less than before.
    roles = sorted(asking | {"authenticated"})
    name = f"{' '.join(table.name.name.split('_')).capitalize()} are readable"
    said = "and the code" if table.policies else "the code"
    reason = f"No column says whose a row is, {said} only reads it, as {' and '.join(roles)}."
    return [PolicyPlan(name, "select", tuple(roles), "true", None)], reason, None


def _conflict_target(shop: Workshop, finding: Finding) -> Draft | None:
    table, columns = _columns_of(shop, finding)
    if table is None:
        return None
    word, style = shop.style.keyword, shop.style
    name = quote_identifier(f"{table.name.name}_{'_'.join(columns)}_key"[:63])
    said = f"The conflict target of upserts in the code. Rows that repeat it have to go before. {_BUILT}"
    sql = (
        f"{ddl.comment(said)}\n"
        f"{word('alter table')} {style.name(table.name)}\n"
        f"{style.indent}{word('add constraint')} {name} {word('unique')} {style.columns(columns)};\n"
    )
    down = f"{word('alter table')} {style.name(table.name)} {word('drop constraint')} {name};\n"
    title = f"unique_{table.name.name}_{'_'.join(columns)}"
    return Draft(shop.database, finding.rule, finding.subject, sql, title, down)


def _bucket(shop: Workshop, finding: Finding) -> Draft | None:
    match = _BUCKET.fullmatch(finding.subject)
    if match is None:
        return None
    word, name = shop.style.keyword, quote_literal(match[1])
    sql = (
        f"{ddl.comment('Private: policies of storage.objects say who may do what in it.')}\n"
        f"{word('insert into')} storage.buckets (id, name, public)\n{word('values')} ({name}, {name}, false)\n"
        f"{word('on conflict')} (id) {word('do nothing')};\n"
    )
    down = f"{word('delete from')} storage.buckets {word('where')} id = {name};\n"
    return Draft(shop.database, finding.rule, finding.subject, sql, f"create_bucket_{match[1]}", down)


def _grants(shop: Workshop, finding: Finding) -> Draft | None:
    statements = [text.strip() for text in (finding.help or "").split(";") if text.strip()]
    if not statements or not all(text.startswith("grant ") for text in statements):
        return None
    revokes = [re.sub(r"^grant (.*) to (.*)$", r"revoke \1 from \2", text, flags=re.DOTALL) for text in statements]
    sql = f"{ddl.comment('What the code does as these roles.')}\n" + "".join(f"{text};\n" for text in statements)
    title = f"grant_{finding.subject.rpartition('.')[2]}"
    down = "".join(f"{text};\n" for text in revokes)
    return Draft(shop.database, finding.rule, finding.subject, sql, title, down)


_VALUE = regex(r"(.+)\.([^.]+)='(.*)'", re.DOTALL)


def _enum_value(shop: Workshop, finding: Finding) -> Draft | None:
    """A value of an enum that code writes; one that it only compares with may as well be a slip."""
    match = _VALUE.fullmatch(finding.subject)
    table = _own(shop, match[1]) if match is not None else None
    if match is None or table is None or match[2] not in table.columns:
        return None
    column, value = table.columns[match[2]], match[3]
    enum = next((one for name, one in shop.evidence.defined.enums.items() if str(name) == column.type), None)
    written = sum(
        1
        for query in shop.wanted(table.name).queries
        for one in query.written
        if one.column == column.name and one.value is not None and one.value.value == value
    )
    if enum is None or not written:
        return None
    word, style = shop.style.keyword, shop.style
    places = "one place" if written == 1 else f"{written} places"
    said = (
        f"{value}: the code writes it to {table.name}.{column.name} in {places}, and no value of the type is likely "
        "meant. A value can't be taken out of a type again."
    )
    add = f"{word('alter type')} {style.name(enum.name)} {word('add value')} {quote_literal(value)};"
    sql = f"{ddl.comment(said)}\n{add}\n"
    words = "_".join(re.findall(r"\w+", value.lower())) or "value"
    down = ddl.comment(f"PostgreSQL takes no value out of a type: {value} stays.") + "\n"
    return Draft(shop.database, finding.rule, finding.subject, sql, f"add_{words}_to_{enum.name.name}", down)


MENDERS: dict[str, Callable[[Workshop, Finding], Draft | None]] = {
    "missing-column": _column,
    "invalid-value": _enum_value,
    "unindexed-foreign-key": _index,
    "unindexed-query": _index,
    "missing-bucket": _bucket,
    "missing-conflict-target": _conflict_target,
    "missing-grant": _grants,
    "missing-relationship": _foreign_key,
    "documented-relationship-missing": _foreign_key,
    "row-security-disabled": _row_security,
    "row-security-without-policy": _row_security,
}
"""Rule → what makes a draft of its findings, for tables that exist."""
