"""What ties a table's rows to users and tenants: the keys that lead there, and the columns that policies compare."""

from __future__ import annotations

from collections.abc import Iterator

from tripoint.model.catalog import Catalog, Constraint, Table
from tripoint.model.name import Name
from tripoint.proof.ownership import is_user_table
from tripoint.proof.reading import SUBJECT, USERS, Reading
from tripoint.sql.grammar import parse_expression
from tripoint.sql.types import strings

__all__ = ["Ties"]


class Ties:
    """The ties of a catalog's tables. `own` are the tables that may be filled."""

    def __init__(self, catalog: Catalog, reading: Reading, own: set[Name]) -> None:
        self.catalog = catalog
        self.reading = reading
        self.own = own
        self.tenants = set(reading.memberships.values())
        users = {USERS, *(name for name, owned in reading.owned.items() if self._has_user(owned))}
        users |= set(self._user_roots())
        self.to_user = self._leading(users & {*own, USERS})
        """The tables whose rows lead to a user."""
        self.to_tenant = self._leading(self.tenants)
        """The tables whose rows lead to a tenant."""
        self.referenced: dict[Name, set[str]] = {}
        """The columns that other tables' keys lead to: a row that others are to lead to has values there."""
        for name in own:
            for key in catalog.tables[name].constraint("foreign"):
                if key.references in own and key.references != name:
                    self.referenced.setdefault(key.references, set()).update(key.referenced_columns)
        self._user_tables = {name for name in own if is_user_table(name, catalog, reading.owned)}

    def _has_user(self, owned: dict[str, str]) -> bool:
        return any(not self.reading.tenant_source(source) for source in owned.values())

    def _user_roots(self) -> Iterator[Name]:
        """Yield the tables to which a column leads that policies hold against a user of the session."""
        for name, owned in self.reading.owned.items():
            table = self.catalog.tables.get(name)
            for key in table.constraint("foreign") if table is not None else ():
                source = owned.get(key.columns[0]) if len(key.columns) == 1 else None
                of_user = source is not None and not self.reading.tenant_source(source)
                if of_user and key.references is not None:
                    yield key.references

    def _leading(self, roots: set[Name]) -> set[Name]:
        """Return the tables from which foreign keys lead to one of `roots`, and these."""
        found = set(roots)
        grown = True
        while grown:
            grown = False
            for name in self.own - found:
                if any(c.references in found for c in self.catalog.tables[name].constraint("foreign")):
                    found.add(name)
                    grown = True
        return found

    def is_common(self, name: Name) -> bool:
        """Whether a table's rows belong to nobody, as far as keys and policies tell."""
        if name in self.to_user or name in self.to_tenant:
            return False
        return not any(table == name for table, _ in self.reading.asks)

    def is_bound(self, table: Table) -> bool:
        """Whether a row must belong to a user: by a key that it needs, or a column that policies hold against them."""
        if self.owned_columns(table) or self.reading.owned.get(table.name):
            return True
        required = (c for c in table.constraint("foreign") if not any(table.columns[k].nullable for k in c.columns))
        return any(c.references in self.to_user or c.references in self.to_tenant for c in required)

    def closure(self, names: set[Name]) -> set[Name]:
        """Return the tables to which the rows of `names` lead, and these."""
        found, pending = set[Name](), list(names)
        while pending:
            name = pending.pop()
            if name not in found and (name in self.own or name == USERS):
                found.add(name)
                pending += [c.references for c in self.links(self.catalog.tables[name]) if c.references is not None]
        return found

    def links(self, table: Table) -> list[Constraint]:
        """Return the foreign keys that a row is to set: those it needs, and those that lead to its owner."""
        found, optional = [], []
        mentioned = self.reading.mentioned.get(table.name, set())
        for constraint in table.constraint("foreign"):
            target = constraint.references
            if target is None or (target not in self.own and target != USERS):
                continue
            columns = [table.columns[c] for c in constraint.columns if c in table.columns]
            owning = target in self.to_user or target in self.to_tenant
            needed = self.referenced.get(table.name, set())
            required = all(not c.nullable or c.name in needed for c in columns) and (
                owning or any(c.default is None for c in columns)
            )
            if required or (owning and (mentioned & set(constraint.columns) or self._owns(table, constraint))):
                found.append(constraint)
            elif owning and target != table.name:
                optional.append(constraint)
        if not any(c.references in self.to_user for c in found) and not self.owned_columns(table):
            found += optional[:1]
        return found

    def _owns(self, table: Table, constraint: Constraint) -> bool:
        return any(c in self.reading.owned.get(table.name, {}) for c in constraint.columns)

    def owned_columns(self, table: Table) -> dict[str, str]:
        """Return the columns that say who owns a row without a key to the users."""
        keys = {c for constraint in table.constraint("foreign") for c in constraint.columns}
        owned = self.reading.owned.get(table.name, {})
        return {c: s for c, s in owned.items() if c in table.columns and (c not in keys or s != SUBJECT)}

    def one_for_each_user(self, table: Table) -> bool:
        """Whether a table holds at most one row for each user."""
        owners = set(self.owned_columns(table))
        owners |= {c.columns[0] for c in table.constraint("foreign") if c.references in (USERS, *self._user_tables)}
        keys = (*table.constraint("primary"), *table.constraint("unique"))
        return any(len(c.columns) == 1 and c.columns[0] in owners for c in keys)

    def apart(self, table: Table) -> set[str]:
        """Return the foreign keys that a check keeps from leading to the row of another one: `follower <> followed`."""
        keys = {c.columns[0]: c for c in table.constraint("foreign") if len(c.columns) == 1}
        owned = self.reading.owned.get(table.name, {})
        found = set()
        for check in table.constraint("check"):
            pair = [keys[c] for c in check.columns if c in keys]
            alike = len(check.columns) == 2 == len(pair) and pair[0].references == pair[1].references
            if alike and _differ(check.expression):
                # The one that policies speak of stays the user's own.
                other = 0 if pair[1].columns[0] in owned and pair[0].columns[0] not in owned else 1
                found.add(pair[other].name)
        return found


def _differ(expression: str | None) -> bool:
    tree = parse_expression(expression) if expression else None
    body = tree.get("A_Expr", {}) if tree is not None else {}
    return strings(body.get("name")) == ("<>",) or body.get("kind") == "AEXPR_DISTINCT"
