"""Under which search path Supabase's service of accounts runs the triggers of its tables."""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from functools import cached_property
from typing import Final

from tripoint.model.catalog import Table
from tripoint.model.evidence import Evidence
from tripoint.model.regex import regex

__all__ = ["Accounts"]

_PATH: Final = "auth"
"""https://github.com/supabase/postgres: `alter role supabase_auth_admin set search_path to 'auth'`."""
_CHANGES: Final = regex(rb"\balter\s+(?:role|user)\s+\"?supabase_auth_admin\b[^;]{0,200}\bsearch_path\b", re.IGNORECASE)


class Accounts:
    """The service that signs people up, changes their accounts and deletes them."""

    def __init__(self, evidence: Evidence, read: Callable[[str], bytes]) -> None:
        self._evidence = evidence
        self._read = read

    def path_of(self, triggered_by: Sequence[Table]) -> str | None:
        """Return the search path of a function that sets none, where the service changes a table that triggers it."""
        known = self._evidence.platform.tables
        if not any(table.name.schema == _PATH and table.name in known for table in triggered_by):
            return None
        return None if self._is_changed else _PATH

    @cached_property
    def _is_changed(self) -> bool:
        """Whether the database is not Supabase's, or a migration gives the role another path."""
        database = self._evidence.database
        if database.platform != "supabase":
            return True
        return any(_CHANGES.search(self._read(file.path)) is not None for file in database.migrations)
