"""What the models of an ORM map to, the same for every ORM. Offsets are bytes of the file that was read."""

from __future__ import annotations

from msgspec import Struct

from tripoint.model.catalog import ReferentialAction
from tripoint.model.generated import DeclaredFunction
from tripoint.model.place import Problem

__all__ = ["Model", "ModelColumn", "ModelFacts", "ModelKey"]


class ModelColumn(Struct, frozen=True):
    """A column that a field maps to. `start` and `end` enclose what says its name: the mapped name, else the field."""

    name: str
    start: int
    end: int
    type: str | None = None
    """As PostgreSQL's format_type writes it; None where the model does not say."""
    nullable: bool = True
    default: str | None = None
    identity: bool = False
    filled: bool = False
    """Whether the program gives it a value where none is written."""


class ModelKey(Struct, frozen=True):
    """A key, index or foreign key of a model, by the names of its columns."""

    kind: str
    """`primary`, `unique`, `index` or `foreign`."""
    columns: tuple[str, ...]
    start: int
    end: int
    name: str | None = None
    references: tuple[str | None, str] | None = None
    """(schema, table) of what a foreign key points to."""
    referenced_columns: tuple[str, ...] = ()
    on_delete: ReferentialAction = "no action"
    on_update: ReferentialAction = "no action"


class Model(Struct, frozen=True):
    """A table that a model maps to. `start` and `end` enclose what says the table's name."""

    label: str
    """The model's own name in code."""
    table: str
    start: int
    end: int
    schema: str | None = None
    columns: tuple[ModelColumn, ...] = ()
    keys: tuple[ModelKey, ...] = ()
    complete: bool = True
    """Whether every column is known."""
    view: bool = False
    client: str = ""
    """`prisma`, `drizzle`, `sqlalchemy` or `django`."""


class ModelFacts(Struct, frozen=True):
    """The models and enumerated types of one file."""

    models: tuple[Model, ...] = ()
    enums: tuple[tuple[str | None, str, tuple[str, ...], int, int], ...] = ()
    """(schema, name, values, start, end)."""
    problems: tuple[Problem, ...] = ()
    functions: tuple[DeclaredFunction, ...] = ()
    """What generated types tell of functions; a function of several versions stands here once for each."""
