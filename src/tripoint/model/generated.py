"""What type declarations that were generated from the schema claim of it."""

from __future__ import annotations

from dataclasses import dataclass, field

from tripoint.model.place import Problem

__all__ = ["DeclaredEnum", "DeclaredTable", "GeneratedTypes"]


@dataclass(frozen=True, slots=True)
class DeclaredTable:
    """A table or view of the declarations. Offsets are bytes; `columns` leads to (start, end, may be null)."""

    schema: str
    name: str
    start: int
    end: int
    view: bool
    columns: dict[str, tuple[int, int, bool]] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class DeclaredEnum:
    """An enum of the declarations with its values."""

    schema: str
    name: str
    start: int
    end: int
    values: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class GeneratedTypes:
    """What one file of generated types claims."""

    tables: tuple[DeclaredTable, ...] = ()
    functions: tuple[tuple[str, str, int, int], ...] = ()
    """(schema, name, start, end)."""
    enums: tuple[DeclaredEnum, ...] = ()
    problems: tuple[Problem, ...] = ()
