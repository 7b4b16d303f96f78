"""The builder of worlds: rows that satisfy every constraint, made as the owner of the tables makes them."""

from __future__ import annotations

from tripoint.model.catalog import Catalog, Constraint, Table
from tripoint.model.name import Name, quote_identifier
from tripoint.model.regex import regex
from tripoint.proof.checks import allowed_values, solve
from tripoint.proof.reading import SUBJECT, USERS, Reading
from tripoint.proof.session import Actor, Session, quoted
from tripoint.proof.ties import Ties
from tripoint.proof.values import Values, is_text, literal
from tripoint.proof.world import Row, World, key_of, matching

__all__ = ["Builder"]

_NUMBERS = {"a": 1, "b": 3, "c": 2, "d": 4, "fresh": 5}
_UUID = regex(r"[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}")
_SERVER = {"role": "service_role"}
_WORLDS = 8
"""Numbers that the worlds of one table may take: no two rows of a table get the same."""


class Builder:
    """Makes the worlds. `own` are the tables that may be filled."""

    def __init__(self, session: Session, catalog: Catalog, reading: Reading, own: set[Name]) -> None:
        self.session = session
        self.catalog = catalog
        self.reading = reading
        self.own = own
        self.values = Values(catalog)
        self.index = {name: n for n, name in enumerate(sorted({*own, USERS}), 1)}
        self.ties = Ties(catalog, reading, own)
        self.worlds: dict[str, World] = {}
        self.first: World | None = None
        """A user who has nothing but what every user has: the rows of the tables that hold one for each."""
        self._aliases: dict[str, str] | None = None
        self._busy: set[tuple[str, Name]] = set()
        self._planned: dict[tuple[str, Name], Row] = {}
        self.triggers = any("insert" in g.events for t in catalog.tables.values() for g in t.triggers.values())
        self.remarks: dict[Name, str] = {}
        """What was done to a table so that a row could be made."""

    # --- worlds

    def build(self) -> dict[str, World]:
        """Make all worlds, each as far as it can be made."""
        if USERS in self.catalog.tables:
            # What a trigger does for the very first user (who often becomes the administrator) must not befall the
            # users whose access is probed.
            self.first = World("first", 6)
            self._add_user(self.first)
            self._adopt_made(self.first)
        for key in ("d", "a", "c", "b"):
            if key == "b" and not self.ties.tenants and not self._tenant_sources():
                continue
            if key == "d" and not self.reading.privileges & self.own:
                continue
            self.worlds[key] = world = World(key, _NUMBERS[key])
            if key == "b":
                self._join(world, self.worlds["a"])
            if USERS in self.catalog.tables:
                self._add_user(world)
                self._adopt_made(world)
            for name in sorted(
                self.own, key=lambda name: (name in self.ties.to_user, name in self.ties.to_tenant, name)
            ):
                if key == "d" and name not in self.reading.privileges:
                    continue
                self.ensure(name, world)
        for name in sorted(self.own - self.reading.privileges):
            if self.first is not None and self.ties.one_for_each_user(self.catalog.tables[name]):
                self.ensure(name, self.first)
        self.session.do("SET CONSTRAINTS ALL IMMEDIATE")
        for world in self.worlds.values():
            self._confirm(world)
        return self.worlds

    def _tenant_sources(self) -> set[str]:
        return {source for source in self.reading.sources if self.reading.tenant_source(source)}

    def _join(self, world: World, other: World) -> None:
        """Let a world share another one's tenant."""
        for name in self.ties.tenants:
            if name in other.rows:
                world.rows[name] = other.rows[name]
        for source in self._tenant_sources() & other.sources.keys():
            world.sources[source] = other.sources[source]

    def _add_user(self, world: World) -> None:
        label = world.key
        world.user = f"00000000-0000-4000-a000-{world.number:012x}"
        world.email = f"user-{label}@example.com"
        wanted: Row = {
            "id": world.user,
            "instance_id": "00000000-0000-0000-0000-000000000000",
            "aud": "authenticated",
            "role": "authenticated",
            "email": world.email,
            "email_confirmed_at": "2030-01-01 00:00:00+00",
            "raw_app_meta_data": '{"provider": "email", "providers": ["email"]}',
            "raw_user_meta_data": f'{{"name": "User {label}", "full_name": "User {label}", "username": "user-{label}", '
            f'"email": "{world.email}"}}',
            "created_at": "2030-01-01 00:00:00+00",
            "updated_at": "2030-01-01 00:00:00+00",
        }
        table = self.catalog.tables[USERS]
        self._insert(table, {c: v for c, v in wanted.items() if c in table.columns}, world)

    def _adopt_made(self, world: World) -> None:
        """Take what triggers made for a new user as the user's own rows, with the rows that those lead to."""
        if not self.triggers:
            return
        for name in sorted(self.own):
            table = self.catalog.tables[name]
            owners = [c for c, s in self.reading.owned.get(name, {}).items() if s == SUBJECT and c in table.columns]
            owners += [c.columns[0] for c in table.constraint("foreign") if c.references == USERS]
            for column in dict.fromkeys(owners):
                row = self._find(table, {column: world.user})
                if row is not None:
                    self._adopt(table, row, world)
                    break

    def _adopt(self, table: Table, row: Row, world: World) -> None:
        if table.name in world.rows or table.name in self.reading.privileges:
            return
        world.rows[table.name] = row
        self._learn(table, row, world)
        for constraint in table.constraint("foreign"):
            parent = self.catalog.tables.get(constraint.references) if constraint.references else None
            if parent is None or parent.name not in self.own or parent.name in world.rows:
                continue
            wanted = dict(zip(constraint.referenced_columns, (row.get(c) for c in constraint.columns), strict=False))
            found = self._find(parent, wanted) if all(v is not None for v in wanted.values()) else None
            if found is not None:
                self._adopt(parent, found, world)

    def _learn(self, table: Table, row: Row, world: World) -> None:
        """Note what the row says of its owner that the caller's session has to say too."""
        for column, source in self.reading.owned.get(table.name, {}).items():
            value = row.get(column)
            if source not in (SUBJECT, "claim:email") and value is not None:
                world.sources.setdefault(source, value)

    def _confirm(self, world: World) -> None:
        """Read every row once more: a trigger may have changed it or taken it away."""
        for name, row in list(world.rows.items()):
            table = self.catalog.tables[name]
            columns = key_of(table, row)
            found = self._find(table, {c: row[c] for c in columns}) if columns else None
            if found is None:
                del world.rows[name]
                world.failed[name] = "its row did not stay: a trigger removed it or changed its key"
            else:
                world.rows[name] = found

    def settled(self, text: str) -> str:
        """Return a text in which what a trigger or a default made at random is the same in every run."""
        if self._aliases is None:
            number = 0
            self._aliases = {}
            for world in [*self.worlds.values()]:
                for _, row in sorted(world.rows.items()):
                    for value in row.values():
                        random = value is not None and _UUID.fullmatch(value) and not value.startswith("00000000-")
                        if random and value is not None and value not in self._aliases:
                            number += 1
                            self._aliases[value] = f"00000000-0000-4000-9000-{number:012x}"
        return _UUID.sub(lambda match: (self._aliases or {}).get(match[0], match[0]), text)

    # --- rows

    def ensure(self, name: Name, world: World) -> None:
        """See to it that a table has its row in a world, or that the reason why not is known."""
        if name in world.rows or name in world.failed or (world.key, name) in self._busy:
            return
        if name in self.reading.privileges and world.key != "d":
            world.failed[name] = "a row in it is a privilege, which this user has not"
            return
        table = self.catalog.tables[name]
        if self.ties.is_common(name):
            shared = next((w.rows[name] for w in self.worlds.values() if name in w.rows), None)
            found = shared or self._find(table, {})
            if found is not None:
                world.rows[name] = found
                return
        self._busy.add((world.key, name))
        try:
            outcome = self._make(table, world)
        finally:
            self._busy.discard((world.key, name))
        if isinstance(outcome, str):
            world.failed[name] = outcome
        else:
            world.rows[name] = outcome
            self._learn(table, outcome, world)

    def _make(self, table: Table, world: World) -> Row | str:
        linked = self._linked(table, world)
        if isinstance(linked, str):
            return linked
        if self.triggers and any(linked.values()) and table.name not in self.ties.tenants:
            found = self._find(table, linked)
            if found is not None:
                return found
        wanted = self.wanted(table, world, linked, self.number(table.name, world))
        return self._insert(table, wanted, world)

    def number(self, name: Name, world: World | None) -> int:
        """Return the number that sets a row of a table apart; without a world, that of a row to be tried out."""
        return self.index[name] * _WORLDS + (world.number if world is not None else _NUMBERS["fresh"])

    def _linked(self, table: Table, world: World) -> Row | str:
        """Return the values of the keys that lead to the rows of the same world; the reason where one is missing."""
        given: Row = {}
        apart = self.ties.apart(table) if self.first is not None else set()
        for constraint in self.ties.links(table):
            other = self.first if constraint.name in apart and self.first is not None else world
            found = self._link(table, constraint, other)
            if isinstance(found, str):
                if any(table.columns[c].nullable for c in constraint.columns):
                    continue
                return found
            given.update(found)
        return {**given, **self._planned.get((world.key, table.name), {})}

    def _link(self, table: Table, constraint: Constraint, world: World) -> Row | str:
        """Return the columns of one key, so that they lead to the row of a world; the reason where there is none."""
        target = constraint.references
        assert target is not None
        pairs = tuple(zip(constraint.columns, constraint.referenced_columns, strict=False))
        optional = any(table.columns[c].nullable for c in constraint.columns)
        if target == USERS:
            return {c: world.user for c, _ in pairs}
        if target == table.name:
            own = self._plan(table, world) if not optional else {}
            return {c: own[r] for c, r in pairs if r in own} | own
        parent = self._parent(target, world)
        if parent is None and (world.key, target) in self._busy and not optional:
            # Rows that need each other: their keys are settled first, and checked last.
            name = quote_identifier(constraint.name)
            self.session.do(f"ALTER TABLE {quoted(table.name)} ALTER CONSTRAINT {name} DEFERRABLE INITIALLY DEFERRED")
            parent = self._plan(self.catalog.tables[target], world)
        if parent is None:
            reason = world.failed.get(target, "it needs another one first")
            return reason if reason.startswith("no row of") else f"no row of {target} could be made: {reason}"
        choice = self._choice(table, pairs[0], world) if len(pairs) == 1 and self.ties.is_common(target) else None
        return {c: choice or parent.get(r) for c, r in pairs}

    def _parent(self, target: Name, world: World) -> Row | None:
        if target in self.reading.privileges and world.key != "d":
            other = self.worlds.get("d")
            return other.rows.get(target) if other is not None else None
        self.ensure(target, world)
        return world.rows.get(target)

    def _plan(self, table: Table, world: World) -> Row:
        """Settle the key of a row that is yet to be made, so that others can lead to it."""
        key = table.primary_key
        columns = key.columns if key is not None else ()
        number = self.number(table.name, world)
        made = {c: self.values.of(table.columns[c].type, c, number) for c in columns}
        return self._planned.setdefault((world.key, table.name), made)

    def _choice(self, table: Table, pair: tuple[str, str], world: World) -> str | None:
        """Return which of a common table's rows to lead to, where policies ask for a certain one."""
        column, referenced = pair
        constraint = next(c for c in table.constraint("foreign") if c.columns == (column,))
        if (table.name, column) not in self.reading.gates or constraint.references is None:
            return None
        text = quote_identifier(referenced)
        answer = self.session.do(f"SELECT {text} FROM {quoted(constraint.references)} ORDER BY 1 LIMIT 50", rows=50)
        return self._gated(table, column, [row[0] for row in answer.rows if row[0] is not None], world)

    def _gated(self, table: Table, column: str, values: list[str], world: World) -> str | None:
        if self._leads_a_tenant(table, world):
            return self.reading.privileged_value((table.name, column), values)
        return self.reading.ordinary_value((table.name, column), values)

    def _leads_a_tenant(self, table: Table, world: World) -> bool:
        """Whether a row gives its user the most rights that a member of a tenant can have.

        Only the user whose own access is probed has them, and none over a table that holds one row for each user: what
        stands there is as often a right over everybody's rows.
        """
        return world.key == "a" and table.name in self.reading.memberships and not self.ties.one_for_each_user(table)

    def wanted(self, table: Table, world: World, linked: Row, number: int) -> Row:
        """Return what a new row of a world sets: its keys, its owner, and what has no default."""
        given = {c: v for c, v in linked.items() if c in table.columns and not table.columns[c].generated}
        for column, source in self.ties.owned_columns(table).items():
            declared = table.columns[column]
            if column in given or declared.generated or declared.identity == "always":
                continue
            said = {SUBJECT: world.user, "claim:email": world.email, **world.sources}.get(source)
            if said is not None:
                given[column] = f'{{"{said}"}}' if declared.type.endswith("[]") else said
            elif declared.default is None:
                given[column] = self.values.of(declared.type, column, number)
        for column, value in self._awaited(table).items():
            given.setdefault(column, value)
        # Random keys would make every run's statements differ.
        key = table.primary_key
        for column in key.columns if key is not None else ():
            if table.columns[column].type == "uuid" and not table.columns[column].generated:
                given.setdefault(column, self.values.of("uuid", column, number))
        membership = self._leads_a_tenant(table, world)
        for column, declared in table.columns.items():
            if column in given or declared.generated or declared.identity:
                continue
            gated = (table.name, column) in self.reading.gates
            if membership and gated and (is_text(self.values.base(declared.type)) or self.values.enum(declared.type)):
                chosen = self._gated(table, column, allowed_values(table, column, self.values), world)
                if chosen is not None:
                    given[column] = chosen
                    continue
            optional = declared.nullable and column not in self.ties.referenced.get(table.name, ())
            if optional or self._has_default(declared.type, declared.default):
                continue
            allowed = allowed_values(table, column, self.values)
            chosen = self.reading.ordinary_value((table.name, column), allowed) if allowed else None
            given[column] = chosen if chosen is not None else self.values.of(declared.type, column, number)
        return solve(table, given, self.values, number, self.session.first)

    def _has_default(self, type_: str, default: str | None) -> bool:
        name = self.values.named(type_)
        domain = self.catalog.domains.get(name) if name is not None else None
        return default is not None or (domain is not None and domain.default is not None)

    def _awaited(self, table: Table) -> Row:
        """Return the key that other tables' defaults lead to, where it is of one column."""
        key = table.primary_key
        if key is None or len(key.columns) != 1 or table.name in self.ties.to_user:
            return {}
        for name in sorted(self.own):
            for constraint in self.catalog.tables[name].constraint("foreign"):
                if constraint.references == table.name and constraint.referenced_columns == key.columns:
                    default = self.catalog.tables[name].columns[constraint.columns[0]].default
                    found = self.session.first(f"SELECT ({default})::text AS value") if default else None
                    if found is not None and found["value"] is not None:
                        return {key.columns[0]: found["value"]}
        return {}

    def fresh(self, table: Table, world: World) -> Row | str:
        """Return the columns of one more row of a world, which is not inserted."""
        linked = self._linked(table, world)
        if isinstance(linked, str):
            return linked
        planned = self._planned.get((world.key, table.name), {})
        keys = {c for c in planned if c not in {x for k in table.constraint("foreign") for x in k.columns}}
        linked = {c: v for c, v in linked.items() if c not in keys}
        return self.wanted(table, world, linked, self.number(table.name, None))

    def insertion(self, table: Table, given: Row) -> str:
        """Return the INSERT statement of a row."""
        if not given:
            return f"INSERT INTO {quoted(table.name)} DEFAULT VALUES"
        columns = ", ".join(map(quote_identifier, given))
        override = any(table.columns[c].identity == "always" for c in given if c in table.columns)
        values = ", ".join(map(literal, given.values()))
        return (
            f"INSERT INTO {quoted(table.name)} ({columns}) "
            f"{'OVERRIDING SYSTEM VALUE ' if override else ''}VALUES ({values})"
        )

    def _insert(self, table: Table, given: Row, world: World) -> Row | str:
        """Insert a row as the tables' owner: with the user's session, the server's, and at last without triggers."""
        statement = f"{self.insertion(table, given)} RETURNING *{self._row_id(table)}"
        sessions = [Actor("", world.settings())]
        if USERS in self.catalog.tables:
            sessions = [Actor.signed_in("", claims, world.settings()) for claims in (world.claims(), _SERVER)]
        refusal = None
        for actor in sessions:
            answer = self.session.do(f"{actor.preamble()}; {statement}", rows=1)
            if answer.refusal is None:
                if answer.rows:
                    return dict(zip(answer.columns, answer.rows[0], strict=True))
                return "a trigger keeps the row out"
            refusal = refusal or answer.refusal
        assert refusal is not None
        if refusal.sqlstate == "23514" and refusal.message.startswith("no partition of relation"):
            name = quote_identifier(f"tripoint_rest_{self.index[table.name]}")
            self.session.do(
                f"CREATE TABLE {quote_identifier(table.name.schema)}.{name} PARTITION OF {quoted(table.name)} DEFAULT"
            )
            answer = self.session.do(statement, rows=1)
            if answer.rows:
                return dict(zip(answer.columns, answer.rows[0], strict=True))
        if refusal.sqlstate == "23505":
            unique = table.constraints.get(refusal.constraint or "")
            columns = unique.columns if unique is not None else ()
            if columns and all(given.get(c) is not None for c in columns):
                found = self._find(table, {c: given[c] for c in columns})
                if found is not None:
                    return found
            if not self.ties.is_bound(table) and (found := self._find(table, {})) is not None:
                return found  # a table that holds one row, which a migration made
        if any("insert" in trigger.events for trigger in table.triggers.values()):
            without = f"ALTER TABLE {quoted(table.name)} DISABLE TRIGGER USER; {statement}"
            answer = self.session.do(without, rows=1)
            if answer.rows:
                self.session.do(f"ALTER TABLE {quoted(table.name)} ENABLE TRIGGER USER")
                self.remarks[table.name] = f"its triggers refuse a new row ({refusal.message}), so it was made without"
                return dict(zip(answer.columns, answer.rows[0], strict=True))
        return f"PostgreSQL refuses a row: {refusal.message}"

    def _row_id(self, table: Table) -> str:
        return "" if table.constraint("primary") or table.constraint("unique") else ", ctid"

    def _find(self, table: Table, wanted: Row) -> Row | None:
        comparable = {c: v for c, v in wanted.items() if v is not None}
        condition = matching(tuple(comparable), wanted)
        where = f" WHERE {condition}" if condition else ""
        return self.session.first(f"SELECT *{self._row_id(table)} FROM {quoted(table.name)}{where} LIMIT 1")
