"""Refusals that say more about the replay's server than about the migrations: they are told, and are no fault.

A replay has no superuser, a stand-in in place of many an extension, an empty database and limits of its own. Where a
statement is refused for one of these, or for want of what such a statement would have made, nobody can tell from here
whether a deployment would refuse it too.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from typing import TYPE_CHECKING

from tripoint.model.evidence import Platform
from tripoint.model.regex import regex
from tripoint.postgres.extensions import may_bring
from tripoint.postgres.run import Refusal
from tripoint.sources.database.explain import creates, missing_name
from tripoint.sources.layouts.kinds import RUNNER_TABLES
from tripoint.sql.facts import Statement
from tripoint.sql.template import says_filled

if TYPE_CHECKING:
    from tripoint.sources.database.replay import Script

__all__ = ["Doubts"]

_NOT_ALLOWED = "42501"
_UNDEFINED = frozenset({"42P01", "42883", "42704", "42703", "3F000", "42P02"})
"""Undefined table, function or operator, object, column, schema, parameter."""
_EXISTS = frozenset({"42710", "42P06", "42P07", "42723"})
"""Duplicate object, schema, relation, function."""
_LIMITS = regex("57014|53...|54...|58...")
"""Cancelled, out of resources, program limits, system errors."""
_BUILD = regex(
    r"is not available$|not supported (?:by|in) this (?:build|environment)|unsupported XML feature"
    r"|^could not (?:open|access) (?:extension control )?file|ALTER SYSTEM is not allowed"
)
_PLACEHOLDER = regex(r"\$\{[\w.:-]+\}|\{\{.*?\}\}|(?<![:\w]):['\"]?[A-Za-z_]\w*", re.S)
"""What a runner, or psql, puts a value in place of before the server sees the statement."""
_TEMPLATE = regex(r"\{\{.*?\}\}", re.S)
"""That of it which is no SQL anywhere: not in the body of a block either."""
_OF_TYPES = regex("operator |access method |data type |cast |text search ")
"""What is missing where PostgreSQL names no object of a schema."""
_LANGUAGE = regex(r'^language "(\w+)" does not exist$')
_COLLATION = regex(r'^collation "(.+)" for encoding "UTF8" does not exist$')
_OPTION = regex(r'^unrecognized parameter namespace "(\w+)"')
_UNLOGGED = regex("partitioned tables cannot be unlogged")
_MAINTAINS = frozenset({"IndexStmt", "CreateTableAsStmt", "RefreshMatViewStmt", "ReindexStmt", "ClusterStmt"})
"""Statements in which PostgreSQL 17 and later look up unqualified names of functions in pg_catalog alone."""
_OF_DATA = regex("21...|22...|23...|P000[0-4]")
"""Cardinality, data and integrity errors, and what a block raises itself."""
_LOADS = regex(r"^copy\b.*\bfrom\s+(?:stdin|program|')", re.I | re.S)
_CLIENT_DATA = regex(r"psql's \\(?:i|ir|include|include_relative|gexec|copy|!)\b")


class Doubts:
    """Judges the refusals of one run of the scripts, in their order, and remembers what they leave unmade.

    `emulated` says that the platform was told from what the SQL names alone, so that migrations which make the
    platform's own objects may be meant for a plain PostgreSQL.
    """

    def __init__(
        self, scripts: Iterable[Script], platform: Platform, emulated: bool = False, in_code: bool = False
    ) -> None:
        self.platform, self._emulated, self._in_code = platform, emulated, in_code
        self._made: set[str] = set()
        self._extensions: dict[str, tuple[int, int]] = {}
        self._order: dict[str, int] = {}
        self._unloaded: dict[str, str] = {}
        self._unmade: dict[str, str] = {}
        self._templates: set[str] = set()
        earlier: str | None = None
        for number, script in enumerate(scripts):
            self._order[script.path] = number
            for statement in script.facts.statements:
                self._made.update(creates(statement))
                if statement.kind == "CreateExtensionStmt":
                    self._extensions.setdefault(statement.node.get("extname", ""), (number, statement.start))
                if statement.kind == "CopyStmt" and _LOADS.match(statement.text):
                    earlier = "rows that a COPY loads are not there in a replay"
            if any(says_filled(problem.reason) for problem in script.facts.problems):
                self._templates.add(script.path)
            if any(_CLIENT_DATA.match(problem.reason) for problem in script.facts.problems):
                earlier = "what psql's own commands load is not there in a replay"
            if earlier is not None:
                self._unloaded[script.path] = earlier

    def of(self, path: str, statement: Statement, refusal: Refusal) -> str | None:
        """Return why it can't be told whether a deployment would refuse a statement too; None where it would."""
        reason = self._reason(path, statement, refusal)
        if reason is not None and refusal.sqlstate not in _EXISTS:
            for name in creates(statement):
                self._unmade.setdefault(name.rpartition(".")[2], reason)
        return reason

    def _reason(self, path: str, statement: Statement, refusal: Refusal) -> str | None:
        state, message = refusal.sqlstate, refusal.message
        if state == _NOT_ALLOWED and (self.platform == "postgresql" or self._emulated):
            return "the replay's role is no superuser"
        if _LIMITS.fullmatch(state):
            return "the replay's server has limits of its own"
        if state in ("0A000", "58P01", "42501") and _BUILD.search(message):
            return "the replay's server lacks it"
        if _LANGUAGE.match(message) or _COLLATION.match(message):
            return "the replay's server lacks it"
        if _UNLOGGED.search(message):
            return "only PostgreSQL 18 and later refuse it"
        if (option := _OPTION.match(message)) and option[1] in self._extensions:
            return f"the stand-in for {option[1]} does not do it"
        if state in _EXISTS and self.platform == "supabase" and self._emulated:
            return "the platform brings it along, which the migrations seem to emulate"
        if path in self._templates and (state in _UNDEFINED or state == "42601"):
            return "it holds what its runner replaces before it runs"
        if state in _UNDEFINED:
            return self._of_name(path, statement, refusal)
        if state == "42601" and (_TEMPLATE if not statement.recovered else _PLACEHOLDER).search(statement.text):
            return "it holds what its runner replaces before it runs"
        if _OF_DATA.fullmatch(state):
            return self._unloaded.get(path)
        return None

    def _of_name(self, path: str, statement: Statement, refusal: Refusal) -> str | None:
        missing = missing_name(refusal.message)
        name = (missing or "").rpartition(".")[2]
        if name in self._unmade:
            return self._unmade[name]
        if name in RUNNER_TABLES and name not in self._made:
            return "it is the runner's own table"
        if (f".{name}" if refusal.sqlstate == "42703" else name) in self._made:
            within = statement.kind in _MAINTAINS and "function" in (refusal.context or "")
            return "PostgreSQL 17 and later look names up in pg_catalog alone there" if within else None
        if missing is None and not _OF_TYPES.match(refusal.message):
            return None
        here = (self._order[path], statement.start)
        created = sorted(extension for extension, place in self._extensions.items() if place < here)
        extension = next((e for e in created if may_bring(e, missing, refusal.sqlstate)), None)
        if extension is not None:
            return f"{extension} may bring it along, of which the replay has a stand-in at best"
        return "a migration in code may make it" if self._in_code and missing else None
