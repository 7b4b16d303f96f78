"""Regular expressions that are compiled when they are first used.

There are hundreds of them, of which one run needs a part, and compiling all of them takes as long as the audit of a
small project.
"""

from __future__ import annotations

import re
from functools import cached_property
from typing import Any, AnyStr, cast

__all__ = ["regex"]


def regex(pattern: AnyStr, flags: int = 0) -> re.Pattern[AnyStr]:
    """Return a pattern with the methods and attributes of the one that `re.compile` would return.

    Functions of `re` do not take it, and it raises the errors of `re.compile` when it is first used.
    """
    return cast("re.Pattern[AnyStr]", _Later(pattern, flags))


class _Later:
    """Takes over what is asked of the compiled pattern as its own, so that only the first call goes through here."""

    def __init__(self, pattern: str | bytes, flags: int) -> None:
        self.pattern = pattern
        self._flags = flags

    @cached_property
    def _compiled(self) -> re.Pattern[Any]:
        return re.compile(self.pattern, self._flags)

    def __getattr__(self, name: str) -> Any:
        found = getattr(self._compiled, name)
        setattr(self, name, found)
        return found
