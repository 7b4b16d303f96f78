"""Whose a row is: which tables hold users, which join them to a tenant, and in which a row is a privilege."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator

from tripoint.model.catalog import Catalog, Constraint, Table
from tripoint.model.name import Name
from tripoint.proof.reading import SUBJECT, USERS, PolicyReader, Reading, Uncorrelated

__all__ = ["is_user_table", "read_ownership"]

_OWNER_COLUMNS = ("user_id", "owner_id", "owner", "created_by", "author_id", "uid")
"""What a column that leads to a user is called where neither a key nor a policy says so."""


def is_user_table(name: Name, catalog: Catalog, owned: dict[Name, dict[str, str]], depth: int = 4) -> bool:
    """Whether each row of a table is a user: the platform's own, or a table whose key is the user's id."""
    if name == USERS:
        return True
    table = catalog.tables.get(name)
    if table is None or table.primary_key is None or len(table.primary_key.columns) != 1 or depth == 0:
        return False
    key = table.primary_key.columns[0]
    if owned.get(name, {}).get(key) == SUBJECT:
        return True
    return any(
        c.columns == (key,)
        and c.references not in (None, name)
        and is_user_table(c.references or name, catalog, owned, depth - 1)
        for c in table.constraint("foreign")
    )


def read_ownership(reader: PolicyReader, platform: set[Name]) -> Reading:
    """Read every policy of the reader's catalog; `platform` are the tables that belong to the platform."""
    catalog = reader.catalog
    for name, table in sorted(catalog.tables.items()):
        for policy in table.policies.values():
            reader.policy(table, policy)
        if name not in platform:
            _owners_by_key(table, catalog, reader.found)
    _memberships(reader)
    _privileges(reader)
    return reader.found


def _owners_by_key(table: Table, catalog: Catalog, found: Reading) -> None:
    """A column that leads to the users, or is named like one where no policy says more."""
    owned = found.owned.setdefault(table.name, {})
    if USERS not in catalog.tables or table.kind != "table":
        return
    keys = {c.columns[0]: c for c in table.constraint("foreign") if len(c.columns) == 1}
    for column in _OWNER_COLUMNS:
        declared = table.columns.get(column)
        # One that may be empty, and that neither a key nor a policy speaks of, need not be an owner.
        if declared is not None and column not in keys and declared.type in ("uuid", "text") and not declared.nullable:
            owned.setdefault(column, SUBJECT)


def _links(table: Table) -> Iterator[Constraint]:
    yield from (c for c in table.constraint("foreign") if c.references is not None)


def _memberships(reader: PolicyReader) -> None:
    """A table that policies read to find a user's tenant: it leads to a user, and by a key that they use to another."""
    catalog, found = reader.catalog, reader.found
    read: defaultdict[Name, set[str]] = defaultdict(set)
    for context in reader.contexts:
        for name, columns in context.uses.items():
            if name != context.table:
                read[name] |= columns
    for name, columns in sorted(read.items()):
        table = catalog.tables[name]
        owners = {c for c, source in found.owned.get(name, {}).items() if source == SUBJECT}
        owners |= {c.columns[0] for c in _links(table) if is_user_table(c.references or name, catalog, found.owned)}
        if not owners & columns:
            continue
        for key in _links(table):
            target = key.references or name
            leads = len(key.columns) == 1 and key.columns[0] in columns - owners and target != name
            if leads and not is_user_table(target, catalog, found.owned):
                found.memberships.setdefault(name, target)
    for name, owned in found.owned.items():
        for column, source in owned.items():
            if found.tenant_source(source):
                for key in _links(catalog.tables[name]):
                    if key.columns == (column,) and key.references is not None:
                        found.memberships.setdefault(name, key.references)


def _privileges(reader: PolicyReader) -> None:
    """A table that a policy of an unrelated table asks for the caller's mere presence."""
    catalog, found = reader.catalog, reader.found
    behind: dict[Name, set[Name]] = {}
    for name in catalog.tables:
        seen, pending = set[Name](), [name]
        while pending:
            table = catalog.tables.get(pending.pop())
            for key in _links(table) if table is not None else ():
                if key.references not in seen and key.references is not None:
                    seen.add(key.references)
                    pending.append(key.references)
        behind[name] = seen
    related: set[Name] = set()
    for condition in reader.uncorrelated:
        for name in condition.context.uses:
            if name in behind[condition.table] or name == condition.table:
                related.add(name)
                continue
            by_presence = not condition.gates or _every_value(name, condition, catalog)
            if by_presence and name not in found.memberships and SUBJECT in found.owned.get(name, {}).values():
                found.privileges.add(name)
    found.privileges -= related


def _every_value(name: Name, condition: Uncorrelated, catalog: Catalog) -> bool:
    """Whether a condition asks for every value of an enum, so that a row alone gives what it gives."""
    for column in condition.context.uses[name]:
        declared = catalog.tables[name].columns.get(column)
        for enum in catalog.enums.values():
            if declared is not None and declared.type in (str(enum.name), enum.name.name):
                return set(enum.values) <= condition.gates
    return False
