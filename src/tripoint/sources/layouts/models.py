"""Python's ORMs: SQLAlchemy's and Django's models, which define the schema where nothing else does."""

from __future__ import annotations

import re

from tripoint.model.regex import regex
from tripoint.sources.layouts.index import FileIndex, project_root
from tripoint.sources.layouts.kinds import is_test
from tripoint.sources.layouts.records import Found, OrmSchema, problem

__all__ = ["find_python_models", "is_postgresql"]

_SQLALCHEMY = regex(
    rb"^\s*(?:from|import)\s+(?:sqlalchemy|sqlmodel|flask_sqlalchemy)\b(?=[\s\S]*"
    rb"(?:__tablename__|\btable\s*=\s*True\b|\bTable\s*\())",
    re.M,
)
_FLASK = regex(rb"^class\s+\w+\([^)\n]*\bdb\.Model\b(?=[\s\S]*\b(?:db\.Column|mapped_column)\b)", re.M)
_DJANGO = regex(rb"^\s*from\s+django\.(?:contrib\.gis\.)?db\s+import\s[^\n]*\bmodels\b(?=[\s\S]*\bModel\b)", re.M)
_SPEAKS = regex(
    rb"\bpsycopg\w*|\basyncpg\b|\bpg8000\b|\baiopg\b|postgres(?:ql)?(?:\+\w+)?://|django\.db\.backends\.postgresql"
    rb"|sqlalchemy\.dialects\.postgresql|\bPostgresDsn\b|\bimage:\s*[\"']?(?:[\w.-]+/)*postgres\b"
)
"""What stands in a project whose database is PostgreSQL."""
_SETTINGS = (".py", ".toml", ".txt", ".cfg", ".ini", ".in", ".yml", ".yaml", ".lock", ".env", ".example", ".sample")


def find_python_models(index: FileIndex) -> list[Found]:
    """Return a layout for each package whose models say what its tables are."""
    groups: dict[str, list[OrmSchema]] = {}
    for path in index.paths:
        if not path.endswith(".py") or is_test(path):
            continue
        text = index.head(path)
        if _SQLALCHEMY.search(text) or _FLASK.search(text):
            groups.setdefault(project_root(index, path.rpartition("/")[0]), []).append(OrmSchema("sqlalchemy", path))
        elif _DJANGO.search(text):
            groups.setdefault(project_root(index, path.rpartition("/")[0]), []).append(OrmSchema("django", path))
    founds: list[Found] = []
    for root, schemas in sorted(groups.items()):
        kind = schemas[0].kind
        if is_postgresql(index, root):
            founds.append(Found(kind, root, root, definition="orm", orm=tuple(schemas)))
        else:
            reason = "holds models, but nothing in the project says that their database is PostgreSQL: not audited"
            founds.append(Found(kind, root, root, definition="none", problems=(problem(schemas[0].path, reason),)))
    return founds


def is_postgresql(index: FileIndex, root: str) -> bool:
    """Return whether something below a folder, or beside the root, says that the database is PostgreSQL."""
    below = index.below(root)
    beside = [path for path in index.paths if "/" not in path]
    return any(_SPEAKS.search(index.head(path)) for path in (*below, *beside) if path.endswith(_SETTINGS))
