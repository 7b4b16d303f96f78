"""The relationships that PostgREST knows between the relations of a schema.

After PostgREST's `SchemaCache` (`addInverseRels`, `addM2MRels`, `addViewM2OAndO2ORels`) and `Plan.findRel`, version 14.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator

from tripoint.model.binding import EmbedBinding, Relationship
from tripoint.model.catalog import Catalog, Function, Table
from tripoint.model.name import Name
from tripoint.model.query import Embed

__all__ = ["Relationships"]

ViewSources = Callable[[Table], dict[str, tuple[Name, str]] | None]
"""Gives, for each column of a view that is a plain column of a table, that (table, column); None where undecided."""


class Relationships:
    """Every relationship of one database, made once and asked for each embedded relation."""

    def __init__(self, catalogs: Iterable[Catalog], view_sources: ViewSources | None = None) -> None:
        """`catalogs` are searched in order: the project's own first, the platform's last."""
        self._tables: dict[Name, Table] = {}
        self._functions: dict[Name, list[Function]] = {}
        for catalog in catalogs:
            for name, table in catalog.tables.items():
                self._tables.setdefault(name, table)
            for name, functions in catalog.functions.items():
                self._functions.setdefault(name, functions)
        self._by_origin: dict[Name, list[Relationship]] = defaultdict(list)
        self._undecided_views: set[Name] = set()
        keys = list(self._foreign_keys())
        keys += list(self._view_keys(keys, view_sources))
        for key in keys:
            self._add(key)
        for junction in self._many_to_many(keys):
            self._by_origin[junction.origin].append(junction)
        for computed in self._computed():
            self._by_origin[computed.origin].append(computed)

    # --- what there is

    def _foreign_keys(self) -> Iterator[Relationship]:
        for name, table in self._tables.items():
            if table.partition_of is not None:
                continue
            for key in table.constraints.values():
                if key.kind != "foreign" or key.references not in self._tables:
                    continue
                pairs = tuple(zip(key.columns, key.referenced_columns, strict=False))
                unique = self._is_unique(table, key.columns)
                yield Relationship(name, key.references, "one-to-one" if unique else "many-to-one", key, pairs)

    def _view_keys(self, keys: list[Relationship], sources: ViewSources | None) -> Iterator[Relationship]:
        """A view takes over the keys of the tables whose key columns it shows, on either side."""
        shown: dict[Name, list[tuple[Name, dict[str, str]]]] = defaultdict(list)
        for name, view in self._tables.items():
            if view.kind not in ("view", "materialized-view"):
                continue
            columns = sources(view) if sources is not None else None
            if columns is None:
                self._undecided_views.add(name)
                continue
            by_table: dict[Name, dict[str, str]] = defaultdict(dict)
            for column, (table, source) in columns.items():
                by_table[table].setdefault(source, column)
            for table, mapping in by_table.items():
                shown[table].append((name, mapping))
        for key in keys:
            origins = [(key.origin, None), *shown.get(key.origin, ())]
            targets = [(key.target, None), *shown.get(key.target, ())]
            for origin, own in origins:
                for target, other in targets:
                    if own is None and other is None:
                        continue
                    if own is not None and any(a not in own for a, _ in key.columns):
                        continue
                    if other is not None and any(b not in other for _, b in key.columns):
                        continue
                    pairs = tuple((own[a] if own else a, other[b] if other else b) for a, b in key.columns)
                    yield Relationship(origin, target, key.cardinality, key.constraint, pairs)

    def _add(self, key: Relationship) -> None:
        self._by_origin[key.origin].append(key)
        inverse = "one-to-one" if key.cardinality == "one-to-one" else "one-to-many"
        back = tuple((b, a) for a, b in key.columns)
        self._by_origin[key.target].append(
            Relationship(key.target, key.origin, inverse, key.constraint, back)  # type: ignore[arg-type]
        )

    def _many_to_many(self, keys: list[Relationship]) -> Iterator[Relationship]:
        """Two keys of a table make it a junction where both are part of its primary key (or of one unique key)."""
        by_junction: dict[Name, list[Relationship]] = defaultdict(list)
        for key in keys:
            by_junction[key.origin].append(key)
        for junction, ways in by_junction.items():
            table = self._tables[junction]
            primary = set(table.primary_key.columns) if table.primary_key is not None else set()
            uniques = [set(c.columns) for c in table.constraints.values() if c.kind == "unique"]
            uniques += [
                {c.name for c in index.columns if c.name is not None}
                for index in table.indexes.values()
                if index.unique and index.predicate is None
            ]
            if table.kind == "table":  # the others make no pair with any: a table has many keys, of which few are such
                ways = [way for way in ways if _may_join(way, primary, uniques)]
            for one in ways:
                for other in ways:
                    if one.constraint is other.constraint:
                        continue
                    columns = {a for a, _ in one.columns} | {a for a, _ in other.columns}
                    certain = columns <= primary and "one-to-one" not in (one.cardinality, other.cardinality)
                    if certain or table.kind != "table" or any(columns <= unique for unique in uniques):
                        pairs = tuple((b, a) for a, b in one.columns)
                        yield Relationship(
                            one.target, other.target, "many-to-many", one.constraint, pairs, junction, None, certain
                        )

    def _computed(self) -> Iterator[Relationship]:
        """A function of one argument, a table's row, that returns rows of a table."""
        for name, overloads in self._functions.items():
            for function in overloads:
                inputs = [a for a in function.arguments if a.mode in ("in", "inout", "variadic")]
                if len(inputs) != 1 or function.returns is None:
                    continue
                origin, target = self._row_type(inputs[0].type), self._row_type(function.returns.removeprefix("SETOF "))
                if origin is not None and target is not None:
                    yield Relationship(origin, target, "computed", None, function=name)

    def _row_type(self, type_name: str) -> Name | None:
        schema, _, name = type_name.partition(".")
        found = Name(schema.strip('"'), name.strip('"'))
        return found if found in self._tables else None

    @staticmethod
    def _is_unique(table: Table, columns: tuple[str, ...]) -> bool:
        wanted = set(columns)
        if any(c.kind in ("primary", "unique") and set(c.columns) == wanted for c in table.constraints.values()):
            return True
        return any(
            index.unique and index.predicate is None and {c.name for c in index.columns} == wanted
            for index in table.indexes.values()
        )

    # --- what a select means

    def computed_columns(self, table: Name) -> frozenset[str]:
        """Return the names of functions that take a row of `table`: PostgREST selects them like columns."""
        return frozenset(
            name.name
            for name, overloads in self._functions.items()
            for function in overloads
            if (inputs := [a for a in function.arguments if a.mode in ("in", "inout", "variadic")])
            and self._row_type(inputs[0].type) == table
            and all(a.default is not None for a in inputs[1:])
        )

    def embed(self, origin: Table, embed: Embed) -> EmbedBinding:
        """Return the relationship by which `embed` can be embedded in `origin`, as PostgREST finds it."""
        schema = origin.name.schema
        fits = [
            r
            for r in self._by_origin.get(origin.name, ())
            if r.target.schema == schema and _fits(r, embed.target, embed.hint, self._tables[r.target])
        ]
        chosen = _disambiguate(fits)
        if len(chosen) == 1:
            return EmbedBinding(origin, embed, "bound", self._tables[chosen[0].target], tuple(chosen))
        target = self._tables.get(Name(schema, embed.target))
        if chosen:
            return EmbedBinding(origin, embed, "ambiguous", target, tuple(chosen))
        if origin.name in self._undecided_views or (target is not None and target.name in self._undecided_views):
            return EmbedBinding(origin, embed, "undecidable", target, reason="a view's columns could not be traced")
        if not origin.complete or (target is not None and not target.complete):
            return EmbedBinding(origin, embed, "undecidable", target, reason="a table is only partly known")
        return EmbedBinding(origin, embed, "unknown", target)

    def between(self, one: Name, other: Name) -> tuple[Relationship, ...]:
        """Return every relationship that leads from `one` to `other`."""
        return tuple(r for r in self._by_origin.get(one, ()) if r.target == other)


def _may_join(way: Relationship, primary: set[str], uniques: list[set[str]]) -> bool:
    """Whether a key of a table can be one of the two that make it a junction."""
    columns = {a for a, _ in way.columns}
    return (columns <= primary and way.cardinality != "one-to-one") or any(columns <= unique for unique in uniques)


def _fits(relation: Relationship, target: str, hint: str | None, target_table: Table) -> bool:
    if relation.function is not None:
        return relation.function.name == target
    constraint = relation.constraint.name if relation.constraint is not None else None
    own = relation.columns[0][0] if len(relation.columns) == 1 else None
    other = relation.columns[0][1] if len(relation.columns) == 1 else None
    if relation.origin == relation.target:
        return _fits_self(relation, target, hint, own, other)
    if hint is None:
        if target == relation.target.name:
            return True
        if relation.cardinality == "many-to-many" or target_table.kind != "table":
            return False
        return target in (constraint, own)
    if target != relation.target.name:
        return False
    if relation.cardinality == "many-to-many":
        return relation.junction is not None and hint == relation.junction.name
    return hint in (constraint, own, other)


def _fits_self(relation: Relationship, target: str, hint: str | None, own: str | None, other: str | None) -> bool:
    """A table in itself: by its name for the children, by the key's column for the parent; by no constraint, and
    neither through a junction nor by a key that is unique, which PostgREST leaves to computed relationships.
    """
    children = relation.cardinality == "one-to-many" and target == relation.target.name
    if hint is None:
        return children or (relation.cardinality == "many-to-one" and target == own)
    # `employees!manager_id` are the employees of a manager, and never the manager.
    return children and hint == other


def _disambiguate(fits: list[Relationship]) -> list[Relationship]:
    """Computed relationships override detected ones of the same name; uncertain ones count where nothing else fits."""
    computed = [r for r in fits if r.function is not None]
    return computed[:1] or [r for r in fits if r.certain] or fits[:1]
