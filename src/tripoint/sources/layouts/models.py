"""Python's ORMs: SQLAlchemy's and Django's models, which define the schema where nothing else does."""

from __future__ import annotations

import re

from msgspec.structs import replace

from tripoint.model.regex import regex
from tripoint.sources.layouts.index import FileIndex, project_root
from tripoint.sources.layouts.kinds import is_test
from tripoint.sources.layouts.records import Found, OrmSchema, problem

__all__ = ["find_python_models", "is_postgresql", "without_steps_beside_models"]

_SQLALCHEMY = regex(
    rb"^[ \t]*(?:from|import)\s+(?:sqlalchemy|sqlmodel|flask_sqlalchemy)\b(?=[\s\S]*"
    rb"(?:__tablename__|\btable\s*=\s*True\b|\bTable\s*\())",
    re.M,
)
_FLASK = regex(rb"^class\s+\w+\([^)\n]*\bdb\.Model\b(?=[\s\S]*\b(?:db\.Column|mapped_column)\b)", re.M)
_DJANGO = regex(rb"^[ \t]*from\s+django\.(?:contrib\.gis\.)?db\s+import\s[^\n]*\bmodels\b(?=[\s\S]*\bModel\b)", re.M)
_SPEAKS = regex(
    rb"\bpsycopg\w*|\basyncpg\b|\bpg8000\b|\baiopg\b|postgres(?:ql)?(?:\+\w+)?://|django\.db\.backends\.postgresql"
    rb"|sqlalchemy\.dialects\.postgresql|\bPostgresDsn\b|\bimage:\s*[\"']?(?:[\w.-]+/)*postgres\b"
)
"""What stands in a project whose database is PostgreSQL."""
_NOTED = regex(rb"^[ \t]*#[^\n]*", re.M)
_SETTINGS = (
    ".py",
    ".toml",
    ".txt",
    ".cfg",
    ".ini",
    ".in",
    ".yml",
    ".yaml",
    ".lock",
    ".env",
    ".example",
    ".sample",
    "Pipfile",
)


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
    settings = (path for path in (*below, *beside) if path.endswith(_SETTINGS))
    # What a comment names is another way that the project may be set up.
    return any(_SPEAKS.search(_NOTED.sub(b"", index.head(path))) for path in settings)


_MAKES_MODELS = regex(rb"\.create_all\b")
_CREATES = regex(rb"\bCREATE\s+(?:UNLOGGED\s+)?TABLE\b", re.I)


def without_steps_beside_models(index: FileIndex, founds: list[Found]) -> list[Found]:
    """Return the layouts without numbered SQL that creates no table, where SQLAlchemy makes those of the models.

    It only changes what they define.
    """
    kept: list[Found] = []
    for found in founds:
        steps = found.definition == "migrations" and found.layout == "numbered" and bool(found.files)
        if not steps or any(_CREATES.search(index.read(file.path)) for file in found.files):
            kept.append(found)
            continue
        code = (path for path in index.below(found.root) if path.endswith(".py") and not is_test(path))
        makes = next((path for path in code if _MAKES_MODELS.search(index.head(path))), None)
        if makes is None:
            kept.append(found)
            continue
        reason = (
            f"is one of {len(found.files)} numbered files that create no table"
            if len(found.files) > 1
            else "creates no table"
        )
        said = problem(found.files[0].path, f"{reason}, and {makes} makes those of the models (create_all): not read")
        kept.append(
            replace(found, definition="none", files=(), explained=found.paths, problems=(*found.problems, said))
        )
    return kept
