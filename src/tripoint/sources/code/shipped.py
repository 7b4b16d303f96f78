"""Which names have a bundler write the service role's key into a page."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator, Mapping

from tripoint.model.place import Place
from tripoint.model.regex import regex
from tripoint.sources.code.audience import Audience
from tripoint.sources.code.facts import CodeFacts

__all__ = ["shipped_secrets"]

_OF_THE_PROCESS = (b"process.env", b"env.get", b"getenv", b"environ")
_SHIPPED_SECRET = regex(
    r"(?:NEXT_PUBLIC|NUXT_PUBLIC|VITE|REACT_APP|EXPO_PUBLIC|GATSBY|PUBLIC|VUE_APP)_\w*"
    r"(?:SERVICE_ROLE|SUPABASE_SERVICE_KEY|SUPABASE_SECRET)\w*"
)
"""Variables whose prefix has a bundler write their value into the page."""


def shipped_secrets(
    facts: Mapping[str, CodeFacts],
    words: Iterable[str],
    tests: set[str],
    read: Callable[[str], bytes | None],
    audience: Audience,
) -> Iterator[tuple[str, Place, bool]]:
    """Yield the names among all words that have a bundler ship the service role's key, at each of their places.

    Each with whether it stands where no bundler puts it into a page: in code that a server alone runs or, of Next.js,
    imports and renders, or asked of the process where the bundler looks at `import.meta.env` alone.
    """
    likely = (word for word in words if "SERVICE_" in word or "_SECRET" in word)
    secrets = {word for word in likely if _SHIPPED_SECRET.fullmatch(word)}
    for path, found in facts.items() if secrets else ():
        if path in tests or path.endswith((".html", ".htm")):  # what a page says in words is shipped by nobody
            continue
        names = found.words.among(secrets)
        if not names:
            continue
        data = read(path) or b""
        for name in sorted(names):
            for match in re.finditer(rb"\b" + name.encode() + rb"\b", data):
                if not _is_asked_for(data, match.start(), match.end()):
                    continue
                asked = name.startswith("VITE_") and data[: match.start()].rstrip(b"!?.[\"'(").endswith(_OF_THE_PROCESS)
                served = asked or audience.is_of_servers(path, data)
                served = served or (name.startswith("NEXT_") and audience.is_rendered(path))
                yield name, Place(path, match.start(), match.end()), served


def _is_asked_for(data: bytes, start: int, end: int) -> bool:
    """Whether a name is asked of an environment, imported or taken out of one: a key of that name, a comment and what
    is said to people ship nothing."""
    before, after = data[start - 1 : start], data[end : end + 1]
    if before == b".":
        return True
    if before in _QUOTES or after in _QUOTES:
        return before == after and _ASKS.search(data, max(start - 40, 0), start - 1) is not None
    line = data[data.rfind(b"\n", 0, start) + 1 : start]
    is_key = data[end:].lstrip()[:1] == b":"
    return not is_key and not _TALKS.search(line)


_ASKS = regex(rb"[\w)\]]\s*(?:\?\.\s*)?[\[(]\s*\Z")
"""What stands before a name in quotes that is asked for: `env[` and `env.get(`."""
_QUOTES = (b'"', b"'", b"`")
_TALKS = regex(rb"[\"'`]|//|\*|#")
