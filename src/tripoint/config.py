"""Settings: `tripoint.toml`, or `[tool.tripoint]` in `pyproject.toml`, as one frozen record.

Every key is optional. A key that is not known, or a value of the wrong type, is an error that names the file, the line
and what was likely meant: a setting that is silently without effect would turn a check green.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Mapping
from typing import Any, Protocol, get_args

from msgspec import Struct, field

from tripoint.model.evidence import Platform
from tripoint.model.fault import SEVERITIES, Severity, Witness
from tripoint.model.regex import regex

__all__ = [
    "LAYOUTS",
    "SPECIALISTS",
    "Config",
    "ConfigError",
    "DatabaseConfig",
    "SizeLimits",
    "find_line",
    "parse_config",
    "read_config",
]

LAYOUTS: tuple[str, ...] = (
    "supabase",
    "prisma",
    "drizzle",
    "golang-migrate",
    "goose",
    "dbmate",
    "sql-migrate",
    "tern",
    "flyway",
    "sqitch",
    "sqlc",
    "node-pg-migrate",
    "hasura",
    "diesel",
    "sqlx",
    "atlas",
    "alembic",
    "yoyo",
    "typeorm",
    "knex",
    "kysely",
    "sequelize",
    "mikro-orm",
    "db-migrate",
    "rails",
    "numbered",
    "schema",
    "dump",
)
"""The layouts of migrations that can be told apart, or named in the settings."""

SPECIALISTS: tuple[str, ...] = ("squawk", "pgrls")
"""Linters of others that can be asked; each is also the name of the extra that installs it."""


class ConfigError(Exception):
    """The settings can't be used. The message is one sentence; `path` and `line` (from 1, or None) say where."""

    def __init__(self, path: str, line: int | None, message: str) -> None:
        super().__init__(f"{path}:{line}: {message}" if line is not None else f"{path}: {message}")
        self.path = path
        self.line = line
        self.message = message


class SizeLimits(Struct, frozen=True):
    """The largest files that are read, in bytes; None keeps the default."""

    sql: int | None = None
    other: int | None = None


class DatabaseConfig(Struct, frozen=True):
    """One database as the settings describe it. What is None or empty is found out."""

    name: str
    root: str = ""
    """The folder whose code and documents belong to it, relative to the project's root."""
    platform: Platform | None = None
    migrations: str | None = None
    """A folder, or a schema file."""
    layout: str | None = None
    declarative: tuple[str, ...] = ()
    """Globs of declarative schema files, in the order in which they apply."""
    exposed_schemas: tuple[str, ...] | None = None
    default_schema: str | None = None
    documents: tuple[str, ...] = ()
    code: tuple[str, ...] = ()
    lines: Mapping[str, int] = field(default_factory=dict)
    """The line of the settings at which each key stands, from 1; the table's own under ""."""


class Config(Struct, frozen=True):
    """What a project's settings say. Globs are relative to the root: `*` within a folder, `**` across folders."""

    path: str | None = None
    """The file that it was read from; None where there is none."""
    databases: tuple[DatabaseConfig, ...] = ()
    documents: tuple[str, ...] = ()
    """The domain model: the documents that are expected to name every table."""
    exclude: tuple[str, ...] = ()
    tests: tuple[str, ...] = ()
    """Files that are test code, beside those recognised by their names."""
    include_tests: bool = False
    ignore: tuple[str, ...] = ()
    """Rules that are switched off."""
    severity: Mapping[str, Severity] = field(default_factory=dict)
    per_path_ignores: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    """Glob to the rules whose spots are suppressed there; "*" is every rule."""
    require: tuple[Witness, ...] = ()
    require_reason: bool = False
    """Whether an inline ignore needs a reason."""
    fail_on: Severity | None = None
    specialists: tuple[str, ...] = ()
    """Linters of others that are asked, too: `squawk`, `pgrls`."""
    baseline: str | None = None
    docs: str | None = None
    """The Markdown file whose schema section `tripoint docs` keeps in step, or the folder of its pages."""
    limits: SizeLimits = field(default_factory=SizeLimits)


class Files(Protocol):
    """What `read_config` needs of a tree."""

    def has(self, path: str) -> bool:
        """Return whether there is such a file."""

    def read(self, path: str) -> bytes:
        """Return its bytes."""


def read_config(tree: Files, rules: Iterable[str] | None = None) -> Config:
    """Return the settings of a tree, or the defaults where it has none; `tripoint.toml` goes before `pyproject.toml`.

    Raises ConfigError. With `rules`, the names of rules are held against it.
    """
    if tree.has("tripoint.toml"):
        return parse_config(tree.read("tripoint.toml"), "tripoint.toml", rules)
    if tree.has("pyproject.toml"):
        data = tree.read("pyproject.toml")
        if b"tripoint" in data:
            return parse_config(data, "pyproject.toml", rules)
    return Config()


def parse_config(data: bytes, path: str, rules: Iterable[str] | None = None) -> Config:
    """Return the settings that a file's bytes hold (of `pyproject.toml`: `[tool.tripoint]`); raise ConfigError."""
    try:
        text = data.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        line = data.count(b"\n", 0, error.start) + 1
        raise ConfigError(path, line, "is not UTF-8 text") from error
    import tomllib

    from tripoint.model.toml import read_toml

    try:
        document = read_toml(text)
    except tomllib.TOMLDecodeError as error:
        found = re.search(r" \(at line (\d+), column \d+\)$", str(error))
        line = int(found.group(1)) if found else text.count("\n") + 1
        reason = str(error)[: found.start()] if found else str(error).removesuffix(" (at end of document)")
        raise ConfigError(path, line, f"is no valid TOML: {reason[:1].lower()}{reason[1:]}") from error
    except (RecursionError, ValueError) as error:
        raise ConfigError(
            path, None, "is no valid TOML: it is nested too deeply or holds a value out of range"
        ) from error
    prefix: tuple[str, ...] = ()
    if path.rpartition("/")[2] == "pyproject.toml":
        prefix = ("tool", "tripoint")
        tool = document.get("tool")
        section = tool.get("tripoint") if isinstance(tool, dict) else None
        if section is None:
            return Config()
        document = section
    reader = _Reader(path, text, prefix, tuple(rules) if rules is not None else None)
    return reader.config(document)


class _At(Struct, frozen=True):
    """Where a value stands: its keys, and for arrays of tables the number of the table."""

    keys: tuple[str, ...]
    index: int | None = None

    def below(self, key: str) -> _At:
        return _At((*self.keys, key), self.index)


class _Reader:
    """Turns a parsed document into a Config, table by table."""

    def __init__(self, path: str, text: str, prefix: tuple[str, ...], rules: tuple[str, ...] | None) -> None:
        self._path = path
        self._text = text
        self._prefix = prefix
        self._rules = rules
        readers: dict[str, tuple[str, Callable[[Any, _At], Any]]] = {
            "databases": ("databases", self._databases),
            "documents": ("documents", self._strings),
            "exclude": ("exclude", self._strings),
            "tests": ("tests", self._strings),
            "include-tests": ("include_tests", self._flag),
            "ignore": ("ignore", self._rule_names),
            "severity": ("severity", self._severities),
            "per-path-ignores": ("per_path_ignores", self._per_path),
            "require": ("require", self._witnesses),
            "require-reason": ("require_reason", self._flag),
            "fail-on": ("fail_on", self._severity),
            "specialists": ("specialists", self._specialists),
            "baseline": ("baseline", self._inside),
            "docs": ("docs", self._inside),
            "limits": ("limits", self._limits),
        }
        self._top = readers
        self._database_keys: dict[str, tuple[str, Callable[[Any, _At], Any]]] = {
            "name": ("name", self._string),
            "root": ("root", self._inside),
            "platform": ("platform", lambda value, at: self._one_of(value, at, get_args(Platform))),
            "migrations": ("migrations", self._inside),
            "layout": ("layout", lambda value, at: self._one_of(value, at, LAYOUTS)),
            "declarative": ("declarative", self._strings),
            "exposed-schemas": ("exposed_schemas", self._strings),
            "default-schema": ("default_schema", self._string),
            "documents": ("documents", self._strings),
            "code": ("code", self._strings),
        }

    def config(self, document: Any) -> Config:
        """Return the whole."""
        return Config(path=self._path, **self._table(document, _At(()), self._top))

    def _table(
        self, value: Any, at: _At, readers: Mapping[str, tuple[str, Callable[[Any, _At], Any]]]
    ) -> dict[str, Any]:
        fields: dict[str, Any] = {}
        for key, item in self._mapping(value, at).items():
            known = readers.get(key)
            if known is None:
                raise self._unknown(f"key {key!r}", key, readers, at.below(key))
            fields[known[0]] = known[1](item, at.below(key))
        return fields

    # ---- values

    def _databases(self, value: Any, at: _At) -> tuple[DatabaseConfig, ...]:
        if not isinstance(value, list):
            raise self._wrong(at, "must be an array of tables: [[databases]]")
        databases: list[DatabaseConfig] = []
        for index, item in enumerate(value):
            here = _At(at.keys, index)
            fields = self._table(item, here, self._database_keys)
            name = fields.setdefault("name", "default" if len(value) == 1 else None)
            if not name:
                raise self._wrong(here, "needs a name, as there are several databases")
            if name in {database.name for database in databases}:
                raise self._wrong(here.below("name"), f"names {name!r} a second time")
            lines = {key: line for key in ("", *item) if (line := self._line(here.below(key) if key else here))}
            databases.append(DatabaseConfig(**fields, lines=lines))
        return tuple(databases)

    def _limits(self, value: Any, at: _At) -> SizeLimits:
        return SizeLimits(**self._table(value, at, {key: (key, self._size) for key in ("sql", "other")}))

    def _size(self, value: Any, at: _At) -> int:
        if isinstance(value, bool) or not isinstance(value, int) or not 0 < value <= 1 << 30:
            raise self._wrong(at, "must be a number of bytes between 1 and 1073741824")
        return value

    def _per_path(self, value: Any, at: _At) -> dict[str, tuple[str, ...]]:
        return {
            glob: self._rule_names(item, at.below(glob), every=True) for glob, item in self._mapping(value, at).items()
        }

    def _severities(self, value: Any, at: _At) -> dict[str, Severity]:
        found = {rule: self._severity(item, at.below(rule)) for rule, item in self._mapping(value, at).items()}
        for rule in found:
            self._check_rule(rule, at.below(rule))
        return found

    def _rule_names(self, value: Any, at: _At, every: bool = False) -> tuple[str, ...]:
        names = self._strings(value, at)
        for name in names:
            if not (every and name == "*"):
                self._check_rule(name, at)
        return names

    def _check_rule(self, name: str, at: _At) -> None:
        if self._rules is not None and name not in self._rules:
            raise self._unknown(f"rule {name!r}", name, self._rules, at)

    def _witnesses(self, value: Any, at: _At) -> tuple[Witness, ...]:
        return tuple(self._one_of(item, at, get_args(Witness)) for item in self._strings(value, at))

    def _specialists(self, value: Any, at: _At) -> tuple[str, ...]:
        return tuple(self._one_of(item, at, SPECIALISTS) for item in self._strings(value, at))

    def _severity(self, value: Any, at: _At) -> Severity:
        severity: Severity = self._one_of(value, at, SEVERITIES)
        return severity

    def _one_of(self, value: Any, at: _At, choices: tuple[str, ...]) -> Any:
        text = self._string(value, at)
        if text not in choices:
            raise self._unknown(f"value {text!r} of {_shown(at)}", text, choices, at)
        return text

    def _inside(self, value: Any, at: _At) -> str:
        parts = [part for part in self._string(value, at).split("/") if part not in ("", ".")]
        if str(value).startswith("/") or ".." in parts:
            raise self._wrong(at, "must be a path inside the project, relative to its root")
        return "/".join(parts)

    def _strings(self, value: Any, at: _At) -> tuple[str, ...]:
        if isinstance(value, str) or not isinstance(value, list) or not all(isinstance(item, str) for item in value):
            raise self._wrong(at, f"must be an array of strings, not {_kind(value)}")
        return tuple(value)

    def _string(self, value: Any, at: _At) -> str:
        if not isinstance(value, str) or "\0" in value:
            raise self._wrong(at, f"must be a string, not {_kind(value)}")
        return value

    def _flag(self, value: Any, at: _At) -> bool:
        if not isinstance(value, bool):
            raise self._wrong(at, f"must be true or false, not {_kind(value)}")
        return value

    def _mapping(self, value: Any, at: _At) -> dict[str, Any]:
        if not isinstance(value, dict):
            raise self._wrong(at, f"must be a table, not {_kind(value)}")
        return value

    # ---- errors

    def _wrong(self, at: _At, what: str) -> ConfigError:
        return ConfigError(self._path, self._line(at), f"{_shown(at)} {what}")

    def _unknown(self, what: str, name: str, known: Iterable[str], at: _At) -> ConfigError:
        import difflib

        choices = sorted(known)
        nearest = difflib.get_close_matches(name, choices, n=1, cutoff=0.6)
        hint = f"did you mean {nearest[0]!r}?" if nearest else f"known are {', '.join(choices)}"
        if not nearest and what.startswith("rule "):
            hint = "tripoint rules lists them"
        return ConfigError(self._path, self._line(at), f"unknown {what}; {hint}")

    def _line(self, at: _At) -> int | None:
        return find_line(self._text, (*self._prefix, *at.keys), at.index, len(self._prefix))


def _shown(at: _At) -> str:
    if not at.keys:
        return "[tool.tripoint]"
    number = f"[{at.index + 1}]" if at.index is not None else ""
    return ".".join([at.keys[0] + number, *at.keys[1:]])


def _kind(value: Any) -> str:
    names = ((bool, "a boolean"), (str, "a string"), ((int, float), "a number"), (list, "an array"), (dict, "a table"))
    return next((name for kind, name in names if isinstance(value, kind)), "a date")


_KEY = r"""(?:"(?:[^"\\\n]|\\.)*"|'[^'\n]*'|[A-Za-z0-9_-]+)"""
_KEYS = regex(rf"{_KEY}(?:[ \t]*\.[ \t]*{_KEY})*")
_HEADER = regex(rf"[ \t]*(\[\[?)[ \t]*({_KEYS.pattern})[ \t]*\]")
_PAIR = regex(rf"[ \t]*({_KEYS.pattern})[ \t]*=")


def _split(dotted: str) -> tuple[str, ...]:
    parts: list[str] = []
    for match in re.finditer(_KEY, dotted):
        part = match.group()
        parts.append(part[1:-1] if part[0] in "\"'" else part)
    return tuple(parts)


def find_line(text: str, keys: tuple[str, ...], index: int | None, array: int) -> int | None:
    """Return the line (from 1) of TOML text where the value of `keys` stands, or the nearest table around it.

    `index` picks one of the tables of an array whose own key is `keys[array]`. The text is scanned line by line, so a
    line inside of a multi-line string can be taken for a key: the line helps the reader, and nothing hangs on it.
    """
    if not keys:
        return None
    table: tuple[str, ...] = ()
    count = -1
    best: tuple[int, int] | None = None
    for number, line in enumerate(text.splitlines(), 1):
        header = _HEADER.match(line)
        pair = None if header else _PAIR.match(line)
        if header:
            table = _split(header.group(2))
            if header.group(1) == "[[" and table == keys[: array + 1]:
                count += 1
            here = table
        elif pair:
            here = table + _split(pair.group(1))
        else:
            continue
        if index is not None and len(here) > array and count not in (index, -1):
            continue
        common = len(here) if here == keys[: len(here)] else 0
        if common and (best is None or common > best[0]):
            best = (common, number)
    return best[1] if best else None
