"""The schema in which Flyway or Liquibase runs its migrations, as the settings of it and of Spring say."""

from __future__ import annotations

import posixpath
import re
from collections.abc import Iterator
from typing import Any

from tripoint.model.regex import regex
from tripoint.sources.layouts.index import FileIndex
from tripoint.sources.layouts.kinds import test_folder
from tripoint.sources.layouts.yaml_subset import read_yaml

__all__ = ["flyway_schema", "liquibase_schema"]

_NAME = r"[\"']?(?:\$\{[\w.-]+:([^}\"']*)\}|([^\s\"',\]\[<>${}]+))"
"""A name, or the one that stands for a variable which is not set; of several, the first is the default one."""
_SETTINGS = (
    (regex(r"^application(?:-[\w-]+)?\.properties$"), r"^[ \t]*(?:spring\.)?@TOOL\.%s[ \t]*[=:][ \t]*" + _NAME),
    (
        regex(r"^(?:flyway\.(?:conf|properties)|liquibase\.properties)$"),
        r"^[ \t]*(?:@TOOL\.(?:command\.)?)?%s[ \t]*[=:][ \t]*" + _NAME,
    ),
    (regex(r"^flyway\.toml$"), r"^[ \t]*%s[ \t]*=[ \t]*\[?[ \t]*" + _NAME),
    (regex(r"^build\.gradle(?:\.kts)?$"), r"^[ \t]*%s[ \t]*=?[ \t]*(?:arrayOf\(|\[)?[ \t]*(?=[\"'])" + _NAME),
    (regex(r"^pom\.xml$"), r"<%s>\s*(?:<schema>)?\s*" + _NAME),
)
_KEYS = {"flyway": (r"default-?schema", r"schemas"), "liquibase": (r"default-?schema(?:-?name)?",)}
_YAML = regex(r"^application(?:-[\w-]+)?\.ya?ml$")
_PLAIN = regex(r"^[A-Za-z_]\w*$")


def flyway_schema(index: FileIndex, root: str) -> tuple[str, str] | None:
    """Return the file below `root` that gives Flyway's migrations another schema than public, and that schema."""
    return _schema(index, root, "flyway")


def liquibase_schema(index: FileIndex, root: str) -> tuple[str, str] | None:
    """Return the same of Liquibase's changelogs."""
    return _schema(index, root, "liquibase")


def _schema(index: FileIndex, root: str, tool: str) -> tuple[str, str] | None:
    prefix = f"{root}/" if root else ""
    paths = [path for path in index.paths if path.startswith(prefix) and test_folder(path) is None]
    # The settings of all environments go before those of one.
    for path in sorted(paths, key=lambda path: ("-" in posixpath.basename(path), path.count("/"), path)):
        name = next((name for name in _said(index, path, tool) if name), None)
        if name is not None and _PLAIN.match(name):
            return None if name == "public" else (path, name)
    return None


def _said(index: FileIndex, path: str, tool: str) -> Iterator[str]:
    """Yield what a file of settings says, the default schema before the list of all."""
    name = posixpath.basename(path)
    if _YAML.match(name) and tool.encode() in index.head(path):
        for text in re.split(r"^---.*$", index.head(path).decode("utf-8", "replace"), flags=re.M):
            settings = _at(_at(read_yaml(text), "spring"), tool)
            for key in ("default-schema", "defaultSchema", "schemas"):
                given = _at(settings, key)
                first = given[0] if isinstance(given, list) and given else given
                if isinstance(first, str) and (match := re.match(_NAME, first)):
                    yield match[1] or match[2] or ""
        return
    for names, pattern in _SETTINGS:
        if names.match(name) and tool.encode() in f"{name} ".encode() + index.head(path).lower():
            text = index.head(path).decode("utf-8", "replace")
            for key in _KEYS[tool]:
                for match in re.finditer(pattern.replace("@TOOL", tool) % key, text, re.M | re.I):
                    yield match[1] or match[2] or ""


def _at(document: Any, key: str) -> Any:
    return document.get(key) if isinstance(document, dict) else None
