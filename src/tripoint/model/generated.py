"""What type declarations that were generated from the schema claim of it."""

from __future__ import annotations

from msgspec import Struct, field

from tripoint.model.place import Problem

__all__ = ["DeclaredEnum", "DeclaredTable", "GeneratedTypes"]


class DeclaredTable(Struct, frozen=True):
    """A table or view of the declarations. Offsets are bytes; `columns` leads to (start, end, may be null)."""

    schema: str
    name: str
    start: int
    end: int
    view: bool
    columns: dict[str, tuple[int, int, bool]] = field(default_factory=dict)


class DeclaredEnum(Struct, frozen=True):
    """An enum of the declarations with its values."""

    schema: str
    name: str
    start: int
    end: int
    values: tuple[str, ...]


class GeneratedTypes(Struct, frozen=True):
    """What one file of generated types claims."""

    tables: tuple[DeclaredTable, ...] = ()
    functions: tuple[tuple[str, str, int, int], ...] = ()
    """(schema, name, start, end)."""
    enums: tuple[DeclaredEnum, ...] = ()
    problems: tuple[Problem, ...] = ()
