"""Which files are test code."""

from __future__ import annotations

from functools import lru_cache

from tripoint.model.regex import regex
from tripoint.sources.layouts.kinds import is_route

__all__ = ["is_test_path"]

_TEST = regex(
    r"(?:^|/)(?:__tests__|__mocks__|__fixtures__|tests?|e2e|cypress|fixtures?|spec|playwright|testing|test[-_]?utils?"
    r"|test[-_]?helpers?|integration_test|androidTest)/"
    r"|\.(?:test|spec|e2e|cy|stories|story|mock|fixture)\.[cm]?[jt]sx?$|(?:^|/)(?:test_\w*|\w+_test|conftest)\.(?:py|go|dart)$"
    r"|Tests?\.(?:swift|kts?)$|(?:^|/)(?:Tests|\w+Tests)/"
    r"|(?:^|/)(?:tests?\.rs|[tT]est[-_]?(?:[uU]tils?|[hH]elpers?|[sS]upport|[fF]ixtures?)\.[a-z]+)$",
)


@lru_cache(maxsize=65536)
def is_test_path(path: str) -> bool:
    """Whether a file is test code, by its path."""
    return _TEST.search(path) is not None and not is_route(path)
