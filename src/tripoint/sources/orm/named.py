"""Models of ORMs that are not read, by the name of the table that they say in so many words.

That is told where a migration dropped the table or renamed it: where none made it, the ORM may (`synchronize`).
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Set

from tripoint.model.regex import regex
from tripoint.sources.orm.models import Model

__all__ = ["MARKS", "models_by_name"]

MARKS = frozenset({"Entity", "tableName", "TableName", "Table", "IntIdTable", "LongIdTable", "UUIDTable", "table_name"})
"""Words of which one stands in a file that names the table of a model."""
_SCRIPT = regex(
    rb"@Entity\(\s*(?:\{[^{}]*?\b(?:name|tableName)\s*:\s*)?[\"'`](\w+)[\"'`]"
    rb"|\btableName\s*(?:\(\)\s*(?::\s*string\s*)?\{\s*return|(?::\s*string\s*)?=|:)\s*[\"'`](\w+)[\"'`]"
)
_NAMED = {
    **dict.fromkeys(("typescript", "javascript"), _SCRIPT),
    "go": regex(rb"\bTableName\(\)\s+string\s*\{\s*return\s+\"(\w+)\""),
    "kotlin": regex(rb":\s*\w*Table(?:<[^<>]*>)?\(\s*(?:name\s*=\s*)?\"(\w+)\"|@Table\([^()]*\bname\s*=\s*\"(\w+)\""),
    "rust": regex(rb"#\[(?:\w+\([^\]]{0,300}?)?\btable_name\s*=\s*\"?(\w+)"),
}
"""TypeORM, MikroORM, Sequelize, Objection and Bookshelf; GORM; Exposed and JPA; SeaORM and Diesel."""
_SCRIPT_ORM = regex(rb"@Entity\(|\bextends\s+(?:\w+\.)?\w*Model\b|\b(?:sequelize|objection|bookshelf)\b", re.IGNORECASE)
"""What stands in a script whose `tableName` is a model's: other things have one, too."""


def models_by_name(text: bytes, language: str, names: Set[str]) -> Iterator[Model]:
    """Yield the models of a file whose tables are called by one of these names."""
    pattern = _NAMED.get(language)
    if pattern is None or (pattern is _SCRIPT and _SCRIPT_ORM.search(text) is None):
        return
    for match in pattern.finditer(text):
        group = match.lastindex or 0
        name = match.group(group).decode("ascii", "replace")
        if name in names:
            yield Model(name, name, match.start(group), match.end(group), complete=False)
