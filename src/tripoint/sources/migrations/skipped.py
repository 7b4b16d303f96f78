"""What a CREATE TABLE IF NOT EXISTS would have made, had the table not been there already."""

from __future__ import annotations

from collections.abc import Iterable

from tripoint.model.catalog import Catalog
from tripoint.model.name import Name
from tripoint.model.place import Place
from tripoint.sql.facts import SqlFacts

__all__ = ["skipped_columns"]


def skipped_columns(catalog: Catalog, files: Iterable[tuple[str, SqlFacts]]) -> dict[str, Place]:
    """Return the columns of such statements that the table of the final catalog lacks, each with its place.

    A dump of a live database that is added as a migration behind the first ones is a common cause: a fresh database
    then lacks what the live one has.
    """
    found: dict[str, Place] = {}
    for path, facts in files:
        for statement in facts.statements:
            if statement.kind != "CreateStmt" or not statement.node.get("if_not_exists"):
                continue
            relation = statement.node["relation"]
            table = catalog.tables.get(Name(relation.get("schemaname", "public"), relation["relname"]))
            place = Place(path, statement.start, statement.end)
            if table is None or table.place == place:
                continue
            for element in statement.node.get("tableElts", ()):
                column = element.get("ColumnDef", {}).get("colname")
                if column is not None and column not in table.columns:
                    found.setdefault(f"{table.name}.{column}", place)
    return found
