"""Which functions Supabase's service of accounts runs, and under which search path."""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from functools import cached_property
from typing import Final

from tripoint.model.catalog import Function, Table
from tripoint.model.evidence import Evidence
from tripoint.model.regex import regex

__all__ = ["Accounts"]

_ROLE: Final = "supabase_auth_admin"
_PATH: Final = "auth"
"""https://github.com/supabase/postgres: `alter role supabase_auth_admin set search_path to 'auth'`."""
_CHANGES: Final = regex(
    rb"\b(?:alter\s+(?:role|user)\s+\"?supabase_auth_admin\b"
    rb"|grant\s+[\w\",]{1,80}\s+to\s+\"?supabase_auth_admin\b)",
    re.IGNORECASE,
)
"""Options of the role, and roles that it is made a member of: `grant … on …` is neither."""
_JSON: Final = frozenset({"json", "jsonb"})


class Accounts:
    """The service that signs people up, changes their accounts and deletes them."""

    def __init__(self, evidence: Evidence, read: Callable[[str], bytes]) -> None:
        self._evidence = evidence
        self._read = read

    def role_of(self, function: Function, triggered_by: Sequence[Table]) -> str | None:
        """Return the role as which the service runs a function; None where it runs none of that name."""
        known = self._evidence.platform.tables
        triggered = any(table.name.schema == _PATH and table.name in known for table in triggered_by)
        if not triggered and not self._is_hook(function):
            return None
        return None if self._is_changed else _ROLE

    def path_of(self, role: str | None) -> str | None:
        """Return the search path of a function that sets none and is run by `role`."""
        return _PATH if role == _ROLE else None

    def _is_hook(self, function: Function) -> bool:
        """Whether a function is a hook of the service: the configuration says so, or a grant to its role alone.

        https://supabase.com/docs/guides/auth/auth-hooks: it takes what happened and returns the answer, both JSON, and
        is granted to the role; a hosted project's are chosen in the dashboard.
        """
        if len(function.identity) != 1 or function.identity[0] not in _JSON:
            return False
        if any(hook.function == function.name for hook in self._evidence.database.settings.auth_hooks):
            return True
        return function.returns in _JSON and any(grant.role == _ROLE for grant in function.grants)

    @cached_property
    def _is_changed(self) -> bool:
        """Whether the database is not Supabase's, or a migration changes the role."""
        database = self._evidence.database
        if database.platform != "supabase":
            return True
        return any(_CHANGES.search(self._read(file.path)) is not None for file in database.migrations)
