"""The database as it stands between two statements of a fold."""

from __future__ import annotations

import copy
from collections import ChainMap
from collections.abc import Iterable, Iterator
from typing import Literal, cast

from msgspec import Struct, field

from tripoint.model.catalog import (
    Catalog,
    Composite,
    Constraint,
    DefaultGrant,
    Domain,
    Enum,
    Extension,
    Function,
    Grant,
    Index,
    Publication,
    Schema,
    Sequence,
    Table,
)
from tripoint.model.evidence import Opaque, Platform, Reference
from tripoint.model.name import Name, quote_identifier
from tripoint.model.place import Place, Problem
from tripoint.model.regex import regex
from tripoint.sources.migrations.context import Context
from tripoint.sources.migrations.naming import choose_name
from tripoint.sources.migrations.opaque import opaque_statement
from tripoint.sources.migrations.transactions import Transaction, Within
from tripoint.sql.builtins import builtins
from tripoint.sql.evaluate import Budget
from tripoint.sql.facts import Node
from tripoint.sql.types import format_type

__all__ = ["REFUSED", "Context", "ReferenceKind", "State"]

REFUSED = "PostgreSQL would refuse this: "
"""What a problem begins with that tells of a statement which changes nothing."""

ReferenceKind = Literal["alter", "reference", "index", "policy", "trigger", "comment", "grant", "view", "drop", "other"]

_WORD = regex(r"\w+")
SEARCH_PATHS: dict[Platform, tuple[str, ...]] = {
    "supabase": ("$user", "public", "extensions"),
    "postgresql": ("$user", "public"),
}


class State(Struct):
    """What has been built so far, what is looked up beside it, and the session's own settings."""

    base: Catalog
    platform: Platform
    catalog: Catalog = field(default_factory=Catalog)
    default_path: tuple[str, ...] = ()
    search_path: tuple[str, ...] = ()
    role: str | None = None
    checks_bodies: bool = True
    """The setting `check_function_bodies`."""
    references: list[tuple[Reference, int]] = field(default_factory=list)
    created: dict[str, list[tuple[int, Place, bool]]] = field(default_factory=dict)
    """Every creation of a relation, type or function: number of the statement, place, and whether only where it is not
    there."""
    early: list[tuple[Reference, int]] = field(default_factory=list)
    """What else a statement needs that is not there yet, and its number."""
    rows: list[tuple[Reference, int, str]] = field(default_factory=list)
    """The statements that write rows which PostgreSQL refuses, with their numbers and its words."""
    transaction: Transaction = field(default_factory=Transaction)
    within: list[Within] = field(default_factory=list)
    """The statements that PostgreSQL refuses within a transaction."""
    versions: list[Function] = field(default_factory=list)
    """Every function of PL/pgSQL as a statement of its own makes it, also where another one replaces it."""
    opaque: list[Opaque] = field(default_factory=list)
    renames: list[tuple[str, str, Place]] = field(default_factory=list)
    drops: list[tuple[str, Place]] = field(default_factory=list)
    kept: list[tuple[str, Place]] = field(default_factory=list)
    """Columns whose DROP PostgreSQL would refuse, as `schema.table.column`, and the statement."""
    absent: dict[str, Place] = field(default_factory=dict)
    """Columns that statements change or add in vain, as `schema.table.column`, and the first such statement."""
    problems: dict[str, list[Problem]] = field(default_factory=dict)
    refused: int = 0
    """How many statements PostgreSQL would refuse."""
    unless_older: list[tuple[str, Problem]] = field(default_factory=list)
    """What of that it would not, were the migrations to begin with a database that held tables already."""
    impossible: list[tuple[Place, str]] = field(default_factory=list)
    unfit: list[tuple[Place, Name, Constraint]] = field(default_factory=list)
    """Foreign keys of other types than what they point to: the statement, the table, the constraint as it was made."""
    lacking: list[tuple[str, Place]] = field(default_factory=list)
    """The extensions of functions that are called before one of that name is there, and the statement."""
    repeated: list[tuple[str, Problem, str]] = field(default_factory=list)
    """What of that makes something again, with the text of the statement."""
    index_owner: dict[Name, Name] = field(default_factory=dict)
    constraint_names: dict[Name, int] = field(default_factory=dict)
    children: dict[Name, list[Name]] = field(default_factory=dict)
    attached: dict[Name, dict[Name, Name]] = field(default_factory=dict)
    """An index of a partitioned table → the partitions' indexes that ALTER INDEX attached to it, by partition."""
    extension_types: dict[Name, str] = field(default_factory=dict)
    mentions: dict[str, set[tuple[str, Name]]] = field(default_factory=dict)
    """A word → the objects whose definition may speak of it: what must be looked at when something of that name goes or
    is renamed. It only grows: whoever uses it looks again."""
    owned: dict[Name, list[Sequence]] = field(default_factory=dict)
    """The sequences that belonged to a table at some time."""
    typed: dict[Name, Name] = field(default_factory=dict)
    """Tables made with OF, with their types."""
    revoked_from_public: set[str] = field(default_factory=set)
    """Roles whose new functions PUBLIC may not execute. A default for one schema can't take that away."""
    _lookup: Catalog = field(default_factory=Catalog)
    labels: tuple[list[str], set[str]] = field(default_factory=lambda: ([], set()))
    """The values of the enum that was altered last, and the same as a set: one after the other, many are added."""
    budget: Budget = field(default_factory=Budget)
    """How many statements of DO blocks and called functions are still followed."""
    temporary: bool = False
    """Whether the session made anything in pg_temp."""
    number: int = 0
    """The number of the current statement, over all files."""

    def __post_init__(self) -> None:
        self.default_path = SEARCH_PATHS[self.platform]
        self.search_path = self.default_path
        self.catalog.default_grants = set(self.base.default_grants)
        self.catalog.search_path = tuple(part for part in self.default_path if part != "$user")
        for table in self.base.tables.values():
            self._register(table)
        # Its own mappings, since what is dropped is taken out of them.
        self.base = Catalog(
            schemas={"public": Schema("public"), **self.base.schemas},
            tables=dict(self.base.tables),
            functions={name: list(overloads) for name, overloads in self.base.functions.items()},
            enums=dict(self.base.enums),
            domains=dict(self.base.domains),
            composites=dict(self.base.composites),
            sequences=dict(self.base.sequences),
            extensions=dict(self.base.extensions),
            publications=dict(self.base.publications),
            default_grants=set(self.base.default_grants),
            roles=set(self.base.roles),
        )
        own, base = self.catalog, self.base
        self._lookup = Catalog(
            schemas=cast("dict[str, Schema]", ChainMap(own.schemas, base.schemas)),
            extensions=cast("dict[str, Extension]", ChainMap(own.extensions, base.extensions)),
            publications=cast("dict[str, Publication]", ChainMap(own.publications, base.publications)),
            tables=cast("dict[Name, Table]", ChainMap(own.tables, base.tables)),
            functions=cast("dict[Name, list[Function]]", ChainMap(own.functions, base.functions)),
            enums=cast("dict[Name, Enum]", ChainMap(own.enums, base.enums)),
            domains=cast("dict[Name, Domain]", ChainMap(own.domains, base.domains)),
            composites=cast("dict[Name, Composite]", ChainMap(own.composites, base.composites)),
            sequences=cast("dict[Name, Sequence]", ChainMap(own.sequences, base.sequences)),
            buckets=own.buckets,
            search_path=own.search_path,
        )

    def begin_file(self, *, single: bool) -> None:
        """Start a new session, for a file that holds a single statement or more."""
        self.search_path = self.default_path
        self.role = None
        self.checks_bodies = True
        self.transaction = Transaction(single=single)

    def end_file(self) -> None:
        """Drop what a session does not outlive."""
        if not self.temporary:
            return
        self.temporary = False
        for table in [table for table in self.catalog.tables.values() if table.name.schema == "pg_temp"]:
            self.remove_table(table)
        for name in [name for name in self.catalog.functions if name.schema == "pg_temp"]:
            del self.catalog.functions[name]

    # What there is

    def table(self, name: Name) -> Table | None:
        """Return a table or view of the project, else of the platform."""
        found = self.catalog.tables.get(name)
        return found if found is not None else self.base.tables.get(name)

    def sequence(self, name: Name) -> Sequence | None:
        """Return a sequence by its full name."""
        found = self.catalog.sequences.get(name)
        return found if found is not None else self.base.sequences.get(name)

    def schema_exists(self, name: str) -> bool:
        """Tell whether a schema exists; `public` does from the start."""
        system = ("pg_catalog", "information_schema", "pg_temp")
        return name in self.catalog.schemas or name in self.base.schemas or name in system

    def functions(self, name: Name) -> list[Function]:
        """Return the overloads of a function, the project's before the platform's."""
        own = self.catalog.functions.get(name, [])
        taken = {function.identity for function in own}
        return own + [function for function in self.base.functions.get(name, []) if function.identity not in taken]

    def path_schemas(self) -> Iterator[str]:
        """Yield the schemas of the search path that exist; `public` where none does, which is where names then go."""
        there = False
        for schema in self.search_path:
            if schema != "$user" and self.schema_exists(schema):
                there = True
                yield schema
        if self.search_path and not there:
            yield "public"

    def creation_schema(self) -> str:
        """Return where an unqualified name is created."""
        return next(self.path_schemas(), "public")

    def target(self, relation: Node) -> Name:
        """Return the full name that a RangeVar creates."""
        if relation.get("relpersistence") == "t":
            return Name("pg_temp", relation["relname"])
        return Name(relation.get("schemaname") or self.creation_schema(), relation["relname"])

    def candidates(self, names: Iterable[str]) -> list[Name]:
        """Return the full names that a name as written may mean, best first."""
        parts = tuple(names)
        if len(parts) >= 2:
            return [Name(parts[-2], parts[-1])]
        return [Name(schema, parts[-1]) for schema in ("pg_temp", *self.path_schemas())]

    def written(self, relation: Node) -> tuple[str, ...]:
        """Return a RangeVar's name as written."""
        schema = relation.get("schemaname")
        return (schema, relation["relname"]) if schema else (relation["relname"],)

    def full_name(self, names: Iterable[str]) -> Name:
        """Return the full name of what does not exist, as it would be created now."""
        parts = tuple(names)
        return Name(parts[-2] if len(parts) > 1 else self.creation_schema(), parts[-1])

    def find_table(self, names: Iterable[str]) -> Table | None:
        """Return the table or view that a name means."""
        return next(filter(None, map(self.table, self.candidates(names))), None)

    def relation_taken(self, name: Name) -> bool:
        """Tell whether a relation (table, view, index, sequence, composite type) of that name exists."""
        composite = self.catalog.composites.get(name) or self.base.composites.get(name)
        return (
            self.table(name) is not None
            or name in self.index_owner
            or self.sequence(name) is not None
            or (composite is not None and composite.kind == "composite")
        )

    def choose(self, table: Name, column: str | None, label: str, constraint: bool = False) -> str:
        """Return the automatic name of an index or sequence of a table."""

        def taken(name: str) -> bool:
            full = Name(table.schema, name)
            return self.relation_taken(full) or (constraint and full in self.constraint_names)

        return choose_name(table.name, column, label, taken)

    def choose_constraint(self, table: Name, column: str | None, label: str) -> str:
        """Return the automatic name of a check or foreign key."""
        return choose_name(table.name, column, label, lambda name: Name(table.schema, name) in self.constraint_names)

    # Types

    def type_exists(self, name: Name) -> bool:
        """Tell whether a type, or a table with its row type, has that name."""
        for kind in ("enums", "domains", "composites"):
            if name in getattr(self.catalog, kind) or name in getattr(self.base, kind):
                return True
        return name in self.extension_types or self.table(name) is not None

    def resolve_type(self, names: tuple[str, ...]) -> Name | None:
        """Return the full name of a user's type."""
        return next((name for name in self.candidates(names) if self.type_exists(name)), None)

    def type_text(self, node: Node) -> str:
        """Return a TypeName as format_type prints it."""
        return format_type(node, self.resolve_type, self.column_type)

    def type_display(self, name: Name) -> str:
        """Return a user's type as format_type prints it."""
        return f"{quote_identifier(name.schema)}.{quote_identifier(name.name)}"

    def column_type(self, names: tuple[str, ...]) -> str | None:
        """Return the type of `table.column`, for `%TYPE`."""
        table = self.find_table(names[:-1])
        column = table.columns.get(names[-1]) if table is not None else None
        return column.type if column is not None else None

    def function_name(self, names: tuple[str, ...]) -> Name:
        """Return the full name of a function as written: an existing one, else where it would be looked for first."""
        options = [name for name in self.candidates(names) if name.schema != "pg_temp" or len(names) > 1]
        found = next((name for name in options if self.functions(name)), None)
        return found or (options[0] if options else Name(self.creation_schema(), names[-1]))

    def means(self, names: tuple[str, ...], full: Name) -> bool:
        """Tell whether a name as written in a stored expression means an object."""
        if len(names) >= 2:
            return names[-2:] == (full.schema, full.name)
        return names[-1:] == (full.name,) and full.schema in {*self.search_path, *self.default_path, "pg_temp"}

    # Changing it

    def change(self, table: Table, place: Place) -> Table:
        """Return the table to change: a table of the platform is copied into the catalog first."""
        if table.name not in self.catalog.tables:
            table = copy.deepcopy(table)
            self.catalog.tables[table.name] = table
        if not table.touched or table.touched[-1] != place:
            table.touched.append(place)
        return table

    def change_function(self, function: Function) -> Function:
        """Return the function to change: one of the platform is copied into the catalog first."""
        overloads = self.catalog.functions.setdefault(function.name, [])
        if function not in overloads:
            function = copy.deepcopy(function)
            overloads.append(function)
        return function

    def change_sequence(self, sequence: Sequence) -> Sequence:
        """Return the sequence to change: one of the platform is copied into the catalog first."""
        return self.catalog.sequences.setdefault(sequence.name, copy.deepcopy(sequence))

    def change_schema(self, name: str) -> Schema:
        """Return the schema to change: one of the platform, or `public`, is entered first."""
        if name not in self.catalog.schemas:
            self.catalog.schemas[name] = copy.deepcopy(self.base.schemas.get(name, Schema(name)))
        return self.catalog.schemas[name]

    def add_table(self, table: Table, place: Place, unless_there: bool = False) -> None:
        """Enter a new table or view with the default privileges of its creator."""
        self.catalog.tables[table.name] = table
        table.owner = self.role
        table.grants |= self.default_grants("tables", table.name.schema)
        table.default_granted |= self.default_grants("tables", table.name.schema, self.base.default_grants)
        self.temporary = self.temporary or table.name.schema == "pg_temp"
        self.created.setdefault(str(table.name), []).append((self.number, place, unless_there))

    def note_made(self, key: str, place: Place) -> None:
        """Note that something is created: `schema.name`, a function as `schema.name()`."""
        self.created.setdefault(key, []).append((self.number, place, False))

    def _register(self, table: Table) -> None:
        for index in table.indexes:
            self.index_owner[Name(table.name.schema, index)] = table.name
        for constraint in table.constraints:
            name = Name(table.name.schema, constraint)
            self.constraint_names[name] = self.constraint_names.get(name, 0) + 1
        for parent in [*table.inherits, *([table.partition_of] if table.partition_of else [])]:
            self.children.setdefault(parent, []).append(table.name)

    def _unregister(self, table: Table) -> None:
        for index in table.indexes:
            self.index_owner.pop(Name(table.name.schema, index), None)
        for constraint in table.constraints:
            self._forget_constraint(Name(table.name.schema, constraint))
        for parent in [*table.inherits, *([table.partition_of] if table.partition_of else [])]:
            if table.name in self.children.get(parent, []):
                self.children[parent].remove(table.name)

    def _forget_constraint(self, name: Name) -> None:
        left = self.constraint_names.get(name, 0) - 1
        if left > 0:
            self.constraint_names[name] = left
        else:
            self.constraint_names.pop(name, None)

    def remove_table(self, table: Table) -> None:
        """Take a table out, with its sequences."""
        self._unregister(table)
        self.catalog.tables.pop(table.name, None)
        self.typed.pop(table.name, None)
        self.base.tables.pop(table.name, None)
        for sequence in self.owned_sequences(table.name):
            self.remove_sequence(sequence.name)

    def move_table(self, table: Table, new: Name) -> None:
        """Give a table a new name or schema, and tell those who point at it."""
        old = table.name
        self._unregister(table)
        self.catalog.tables.pop(old, None)
        self.base.tables.pop(old, None)
        table.name = new
        self.catalog.tables[new] = table
        self._register(table)
        if old in self.typed:
            self.typed[new] = self.typed.pop(old)
        if old in self.children:
            self.children[new] = self.children.pop(old)
            for child in self.children[new]:
                relative = self.table(child)
                if relative is not None:
                    relative.inherits = tuple(new if name == old else name for name in relative.inherits)
                    relative.partition_of = new if relative.partition_of == old else relative.partition_of

    def add_constraint(self, table: Table, constraint: Constraint) -> None:
        """Enter a constraint."""
        table.constraints[constraint.name] = constraint
        name = Name(table.name.schema, constraint.name)
        self.constraint_names[name] = self.constraint_names.get(name, 0) + 1

    def remove_constraint(self, table: Table, name: str) -> None:
        """Take a constraint out, with its index."""
        if table.constraints.pop(name, None) is not None:
            self._forget_constraint(Name(table.name.schema, name))
        for index in [index for index in table.indexes.values() if index.constraint == name]:
            self.remove_index(table, index.name)

    def rename_constraint(self, table: Table, constraint: Constraint, new: str) -> None:
        """Give a constraint a new name."""
        table.constraints.pop(constraint.name, None)
        self._forget_constraint(Name(table.name.schema, constraint.name))
        constraint.name = new
        self.add_constraint(table, constraint)

    def lookup(self) -> Catalog:
        """Return the project's and the platform's objects as one catalog, for those who only look."""
        self._lookup.roles = self.catalog.roles | self.base.roles
        return self._lookup

    def forget_type(self, name: Name) -> None:
        """Take a type out."""
        for catalog in (self.catalog, self.base):
            for kind in (catalog.enums, catalog.domains, catalog.composites):
                kind.pop(name, None)
        self.extension_types.pop(name, None)

    def forget_function(self, name: Name, identity: tuple[str, ...]) -> None:
        """Take one overload of a function out."""
        for functions in (self.catalog.functions, self.base.functions):
            overloads = functions.get(name, [])
            overloads[:] = [function for function in overloads if function.identity != identity]
            if not overloads:
                functions.pop(name, None)

    def add_index(self, table: Table, index: Index) -> None:
        """Enter an index."""
        table.indexes[index.name] = index
        self.index_owner[Name(table.name.schema, index.name)] = table.name

    def remove_index(self, table: Table, name: str) -> None:
        """Take an index out."""
        table.indexes.pop(name, None)
        self.index_owner.pop(Name(table.name.schema, name), None)

    def add_sequence(self, sequence: Sequence) -> None:
        """Enter a sequence with the default privileges of its creator."""
        sequence.grants |= self.default_grants("sequences", sequence.name.schema)
        self.catalog.sequences[sequence.name] = sequence
        if sequence.place is not None:
            self.note_made(str(sequence.name), sequence.place)
        if sequence.owned_by is not None:
            self.own(sequence, *sequence.owned_by)

    def remove_sequence(self, name: Name) -> None:
        """Take a sequence out."""
        self.catalog.sequences.pop(name, None)
        self.base.sequences.pop(name, None)

    def own(self, sequence: Sequence, table: Name, column: str) -> None:
        """Give a sequence to a column."""
        sequence.owned_by = (table, column)
        self.owned.setdefault(table, []).append(sequence)

    def owned_sequences(self, table: Name, column: str | None = None) -> list[Sequence]:
        """Return the sequences that belong to a table, or to one column of it."""
        found = {
            sequence.name: sequence
            for sequence in self.owned.get(table, ())
            if sequence.owned_by is not None
            and sequence.owned_by[0] == table
            and (column is None or sequence.owned_by[1] == column)
            and self.catalog.sequences.get(sequence.name) is sequence
        }
        return list(found.values())

    def default_grants(self, kind: str, schema: str, among: set[DefaultGrant] | None = None) -> set[Grant]:
        """Return what a new object of a kind is granted by default privileges of the current role.

        `among` restricts them to the platform's own, of which the project's statements take away what they repeat.
        """
        creator = self.role or "postgres"
        return {
            entry.grant
            for entry in (self.catalog.default_grants if among is None else among)
            if entry.kind == kind and entry.creator == creator and entry.schema in (None, schema)
        }

    def public_revoked(self) -> bool:
        """Tell whether default privileges take EXECUTE on new functions from PUBLIC."""
        return (self.role or "postgres") in self.revoked_from_public

    def set_default_path(self, setting: Node) -> None:
        """Take a lasting setting of search_path: sessions that begin later see it."""
        if setting.get("name") != "search_path":
            return
        constants = (node.get("A_Const", {}).get("sval", {}) for node in setting.get("args", ()))
        self.default_path = tuple(constant.get("sval", "") for constant in constants) or SEARCH_PATHS[self.platform]
        self.catalog.search_path = tuple(part for part in self.default_path if part != "$user")

    def add_schema(self, name: str, place: Place, owner: str | None = None) -> None:
        """Enter a schema."""
        self.catalog.schemas[name] = Schema(name, owner=owner or self.role, place=place)
        self.catalog.schemas[name].grants |= self.default_grants("schemas", name)

    def descendants(self, name: Name) -> Iterator[Table]:
        """Yield the tables that inherit from one, near and far."""
        pending = list(self.children.get(name, ()))
        seen = set(pending)
        while pending:
            child = self.table(pending.pop(0))
            if child is None:
                continue
            yield child
            for further in self.children.get(child.name, ()):
                if further not in seen:
                    seen.add(further)
                    pending.append(further)

    def mention(self, text: str | None, holder: Name, kind: str = "table") -> None:
        """Note the words of an object's definition."""
        for word in set(_WORD.findall(text)) if text else ():
            self.mentions.setdefault(word, set()).add((kind, holder))

    def mentioning(self, word: str, kind: str = "table") -> list[Name]:
        """Return the objects of one kind whose definition may speak of a name, in a fixed order."""
        parts = _WORD.findall(word)
        found = self.mentions.get(parts[0], set()) if parts else set()
        return sorted(holder for of, holder in found if of == kind)

    # What is to be said

    def missing(
        self, context: Context, names: Iterable[str], statement: ReferenceKind, place: Place | None = None
    ) -> None:
        """Note that a statement names a relation that does not exist."""
        if context.caught & {"undefined_table", "undefined_object", "others"}:
            return
        names = tuple(names)
        if names[-1].startswith("pg_") and ("pg_catalog", names[-1]) in builtins().relations:
            if statement not in ("grant", "reference"):
                self.refuse(context, f'"{names[-1]}" is a relation of the system')
            return
        self.references.append((Reference(str(self.full_name(names)), place or context.place, statement), self.number))

    def refuse(self, context: Context, reason: str, unless_older: bool = False) -> None:
        """Note that PostgreSQL would refuse a statement, which therefore changes nothing.

        `unless_older` says that it would not where the migrations begin with a database that held tables already.
        """
        if context.caught:
            return
        place = context.place
        problem = Problem("unresolved", place.start, place.end, f"{REFUSED}{reason}")
        found = self.problems.setdefault(context.path, [])
        if problem not in found[-3:]:
            found.append(problem)
            self.refused += 1
            if unless_older:
                self.unless_older.append((context.path, problem))
            if self.platform == "supabase" and reason.endswith(("already exists", "same argument types", "allowed")):
                self.repeated.append((context.path, problem, context.statement.text))

    def cannot_tell(
        self, context: Context, reason: str, may_touch: frozenset[str] | None = None, place: Place | None = None
    ) -> None:
        """Note that the effect of a statement, or of a part of it at `place`, can't be told from its text."""
        text = context.statement.text
        self.opaque.append(opaque_statement(self.catalog, text, place or context.place, reason, may_touch))
