"""Models of ORMs that are not read, by the name of the table that they say in so many words.

That is told where a migration dropped the table or renamed it: where none made it, the ORM may (`synchronize`).
"""

from __future__ import annotations

from collections.abc import Iterator, Set

from tripoint.model.regex import regex
from tripoint.sources.orm.models import Model

__all__ = ["MARKS", "models_by_name"]

MARKS = frozenset({"Entity", "tableName", "TableName", "Table", "IntIdTable", "LongIdTable", "UUIDTable", "table_name"})
"""Words of which one stands in a file that names the table of a model."""
_NAMED = regex(
    rb"@Entity\(\s*(?:\{[^{}]*?\b(?:name|tableName)\s*:\s*)?[\"'`](\w+)[\"'`]"
    rb"|\btableName\s*(?:\(\)\s*(?::\s*string\s*)?\{\s*return|(?::\s*string\s*)?=|:)\s*[\"'`](\w+)[\"'`]"
    rb"|\bTableName\(\)\s+string\s*\{\s*return\s+\"(\w+)\""
    rb"|:\s*\w*Table(?:<[^<>]*>)?\(\s*(?:name\s*=\s*)?\"(\w+)\""
    rb"|\btable_name\s*=\s*\"?(\w+)"
    rb"|@Table\([^()]*\bname\s*=\s*\"(\w+)\""
)
"""TypeORM and MikroORM; Sequelize, Objection and Bookshelf; GORM; Exposed; SeaORM and Diesel; JPA."""


def models_by_name(text: bytes, names: Set[str]) -> Iterator[Model]:
    """Yield the models of a file whose tables are called by one of these names."""
    for match in _NAMED.finditer(text):
        group = match.lastindex or 0
        name = match.group(group).decode("ascii", "replace")
        if name in names:
            yield Model(name, name, match.start(group), match.end(group), complete=False)
