"""What type declarations that were generated from the schema claim of it."""

from __future__ import annotations

from functools import cached_property

from msgspec import Struct, field

from tripoint.model.place import Problem

__all__ = ["DeclaredEnum", "DeclaredFunction", "DeclaredKey", "DeclaredTable", "GeneratedTypes"]


class DeclaredKey(Struct, frozen=True):
    """A foreign key of the declarations: they name the other relation, also a view, without its schema."""

    columns: tuple[str, ...]
    relation: str
    referenced_columns: tuple[str, ...]


class DeclaredTable(Struct, frozen=True):
    """A table or view of the declarations. Offsets are bytes; `columns` leads to (start, end, may be null)."""

    schema: str
    name: str
    start: int
    end: int
    view: bool
    columns: dict[str, tuple[int, int, bool]] = field(default_factory=dict)
    types: dict[str, str] = field(default_factory=dict)
    """By column its type in TypeScript, without null."""
    given: frozenset[str] = frozenset()
    """The columns that an insert must give."""
    keys: tuple[DeclaredKey, ...] = ()


class DeclaredFunction(Struct, frozen=True):
    """One version of a function of the declarations."""

    schema: str
    name: str
    start: int
    end: int
    arguments: dict[str, bool] | None = None
    """By the name of each argument whether it may be left out; None where that can't be told."""


class DeclaredEnum(Struct, frozen=True):
    """An enum of the declarations with its values."""

    schema: str
    name: str
    start: int
    end: int
    values: tuple[str, ...]


class GeneratedTypes(Struct, frozen=True, dict=True):
    """What one file of generated types claims."""

    tables: tuple[DeclaredTable, ...] = ()
    functions: tuple[DeclaredFunction, ...] = ()
    enums: tuple[DeclaredEnum, ...] = ()
    problems: tuple[Problem, ...] = ()

    @cached_property
    def by_hand(self) -> bool:
        """Whether somebody seems to have written them: the generator writes each row out, its columns by name."""
        if any(not table.columns for table in self.tables):
            return True
        orders = [list(table.columns) for table in self.tables if len(table.columns) > _TELLING]
        return 2 * sum(names != sorted(names, key=_collated) for names in orders) > len(orders)


_TELLING = 2
"""As few names are sorted by chance."""


def _collated(name: str) -> str:
    """Return what the generator compares: letters without case, the underscore before them."""
    return name.lower().replace("_", "\x01")
