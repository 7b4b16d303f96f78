"""The rows of the system views under the names of a query, made once for as long as the catalog stays as it is."""

from __future__ import annotations

from tripoint.model.catalog import Catalog
from tripoint.sql.system_views import SYSTEM_VIEWS, Row, Wanted

__all__ = ["Relations", "labelled"]


class Relations:
    """What was asked of a catalog since it was last changed."""

    def __init__(self) -> None:
        self._known: dict[object, list[tuple[Row, bool]]] = {}

    def of(self, catalog: Catalog, schema: str, name: str, label: str, wanted: Wanted) -> list[tuple[Row, bool]]:
        """Return a view's rows, which are sure; those may be left out that differ from what is wanted."""
        key = schema, name, label, frozenset(wanted.items())
        if key not in self._known:
            view = SYSTEM_VIEWS[schema, name]
            self._known[key] = [(labelled(row, label), True) for row in view(catalog, wanted)]
        return self._known[key]

    def forget(self) -> None:
        """Ask anew from here on: the catalog may have changed."""
        self._known.clear()


def labelled(row: Row, label: str) -> Row:
    """Return a row whose columns are also found after the name of what they are from."""
    return row | {f"{label}.{name}": value for name, value in row.items() if "." not in name}
