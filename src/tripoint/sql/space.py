"""What names mean at one point of a query: the relations of its FROM clause, and the queries around it."""

from __future__ import annotations

from typing import Final, Literal

from msgspec import Struct, field

from tripoint.model.name import Name

__all__ = ["SYSTEM_COLUMNS", "Cell", "Found", "Item", "Rows", "Scope", "SqlName"]

SYSTEM_COLUMNS: Final = {"ctid": "tid", "xmin": "xid", "cmin": "cid", "xmax": "xid", "cmax": "cid", "tableoid": "oid"}


class SqlName(Struct, frozen=True):
    """A name that a statement uses, and what it means.

    `location` is the byte of the statement where the name (or the qualified name that it is part of) starts; -1 where
    the grammar keeps none. `target` is the relation, the function or type; of a column the relation that it belongs to,
    where it belongs to one. `reason` says why it is not bound.

    A `value` is a literal that meets a column or a type that may refuse it: `written` is its text, `target` the
    column's table, or the type where no column is known. What is `itself` is a column of a relation that a condition
    compares with itself. What is `ambiguous` PostgreSQL refuses, and `reason` says what it could be; a `count` is an
    INSERT whose values are more or fewer than its columns, and `reason` says how many. An `operator`, or a function of
    PostgreSQL, is one that it does not have for the types that `reason` says; an `assignment` one of a value of the
    type `reason` to a column that takes no such value. What is `refused` is a query that PostgreSQL takes on no table:
    `written` is its SQLSTATE, `reason` its words.
    """

    kind: Literal[
        "relation",
        "column",
        "function",
        "type",
        "value",
        "itself",
        "ambiguous",
        "count",
        "operator",
        "assignment",
        "refused",
    ]
    written: tuple[str, ...]
    location: int
    outcome: Literal["bound", "unknown", "undecidable"]
    target: Name | None = None
    column: str | None = None
    write: bool = False
    """Whether the statement writes to it."""
    reason: str | None = None
    reach: tuple[Name, ...] = ()
    """Of a column without a qualifier that no relation has: those that could, `target` the first of them."""


class Cell(Struct, frozen=True):
    """A column of a relation in a FROM clause, or of a query's result."""

    name: str
    type: str | None = None
    source: tuple[Name, str] | None = None
    """The table's or view's column that it passes on unchanged."""


class Rows(Struct, frozen=True):
    """What a query gives. `complete` is false where its columns are not all known."""

    cells: tuple[Cell, ...] = ()
    complete: bool = True


class Item(Struct):
    """A relation of a FROM clause (PostgreSQL's ParseNamespaceItem)."""

    alias: str | None
    rows: Rows
    relation: Name | None = None
    """The table or view that it is, where it is one: its row type, and what a qualified name may say."""
    row_type: str | None = "record"
    columns_visible: bool = True
    named: bool = True
    """Whether `alias.column` may name it."""
    system_columns: bool = False

    def may_be_of(self, schema: str) -> bool:
        """Whether it is of that schema, or a relation of which nothing is known."""
        return self.row_type is None or (self.relation is not None and self.relation.schema == schema)

    def cell(self, name: str) -> Cell | None:
        """Return its first column of that name."""
        return next((c for c in self.rows.cells if c.name == name), None)


class Found(Struct, frozen=True):
    """The outcome of looking a column up."""

    outcome: Literal["bound", "unknown", "undecidable"]
    cell: Cell | None = None
    item: Item | None = None
    reason: str | None = None
    level: Scope | None = None
    """Where it was found."""
    reach: tuple[Name, ...] = ()
    """Where no relation has it: those that could."""


class Scope(Struct):
    """One level of a query. `outer` is the query around it."""

    items: list[Item] = field(default_factory=list)
    outer: Scope | None = None
    queries: dict[str, Rows] = field(default_factory=dict)
    """The WITH queries that are defined at this level."""

    def query(self, name: str) -> Rows | None:
        """Return the WITH query of that name that is in reach."""
        scope: Scope | None = self
        while scope is not None:
            if name in scope.queries:
                return scope.queries[name]
            scope = scope.outer
        return None

    def item(self, alias: str, schema: str | None = None) -> Item | None:
        """Return the nearest relation of that name."""
        scope: Scope | None = self
        while scope is not None:
            for item in scope.items:
                if item.named and item.alias == alias and (schema is None or item.may_be_of(schema)):
                    return item
            scope = scope.outer
        return None

    def holders(self, name: str) -> list[tuple[Item, Cell]]:
        """Return the columns of that name of this level that an unqualified name may mean."""
        return [
            (item, cell) for item in self.items if item.columns_visible for cell in item.rows.cells if cell.name == name
        ]

    def called(self, name: str) -> list[str]:
        """Return the columns of that name of this level, with the names of what they are of."""
        return [f"{i.alias}.{name}" for i in self.items if i.named and i.alias is not None and i.cell(name) is not None]

    def has_items(self) -> bool:
        """Whether it, or one around it, has any relation."""
        scope: Scope | None = self
        while scope is not None and not scope.items:
            scope = scope.outer
        return scope is not None

    def column(self, name: str) -> Found:
        """Look an unqualified column up, from the inside out."""
        scope: Scope | None = self
        near: list[Item] = []
        all_items: list[Item] = []
        while scope is not None:
            visible = [item for item in scope.items if item.columns_visible]
            all_items += scope.items
            near += [item for item in scope.items if item.relation is not None]
            for item in visible:
                cell = item.cell(name)
                if cell is not None:
                    return Found("bound", cell, item, level=scope)
            if any(not item.rows.complete for item in visible):
                partly = [item for item in scope.items if item.named and not item.rows.complete]
                only = partly[0] if len(partly) == 1 and scope.outer is None else None
                reason = "the columns of a relation beside it are not all known"
                return Found("undecidable", item=only, reason=reason)
            if name in SYSTEM_COLUMNS:
                item = next((i for i in visible if i.system_columns), None)  # type: ignore[assignment]
                if item is not None:
                    return Found("bound", Cell(name, SYSTEM_COLUMNS[name]), item)
            scope = scope.outer
        if not near and all_items:  # subqueries, WITH queries and functions alone
            only = all_items[0] if len(all_items) == 1 else None
            return Found("unknown", item=only, reason="the relation has no such column")
        reach = tuple(dict.fromkeys(item.relation for item in near if item.relation is not None))
        reason = "no relation in reach has such a column"
        return Found("unknown", item=near[0] if near else None, reason=reason, reach=reach)
