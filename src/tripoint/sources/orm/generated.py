"""Types that were generated from a database, as models: what it held then, where nothing else tells of it."""

from __future__ import annotations

from tripoint.model.generated import DeclaredTable, GeneratedTypes
from tripoint.sources.orm.models import Model, ModelColumn, ModelFacts, ModelKey

__all__ = ["types_models"]


def types_models(types: GeneratedTypes) -> ModelFacts:
    """Return the tables, views and functions that generated types declare."""
    return ModelFacts(tuple(map(_model, types.tables)), functions=types.functions)


def _model(table: DeclaredTable) -> Model:
    columns = tuple(ModelColumn(name, start, end, None, null) for name, (start, end, null) in table.columns.items())
    keys = tuple(
        ModelKey(
            "foreign", key.columns, table.start, table.end, None, (table.schema, key.relation), key.referenced_columns
        )
        for key in table.keys
    )
    place = table.start, table.end
    # A row that is another type by its name is not read.
    return Model(table.name, table.name, *place, table.schema, columns, keys, bool(columns), view=table.view)
