"""Buckets and edge functions that are asked for by their address, told from a file's bytes alone.

`/storage/v1/object/public/avatars/a.png` names the bucket, `/functions/v1/send-mail` the function, in every language
and in markup. A name that is put together at run time, or a literal host that may be anybody's, is told apart.
"""

from __future__ import annotations

import re
from itertools import islice
from typing import Literal

from tripoint.model.regex import regex
from tripoint.sources.code.facts import Addressed

__all__ = ["addressed"]

_ADDRESS = regex(
    rb"(?P<host>https?://[\w.-]+(?::\d+)?)?/?\b"
    rb"(?:storage/v1/(?:object|render/image)(?:/(?:public|sign|authenticated|info|list|upload/sign)(?=[/'\"`]))*"
    rb"|(?P<function>functions/v1))(?=[/'\"`])/?(?P<name>[A-Za-z0-9][\w.-]*)?(?P<behind>.?)",
    re.DOTALL,
)
_ENDS = frozenset(b"/?#'\"`&) \t\r\n\\<")
"""What a name ends with; before anything else it goes on at run time."""
_LOCAL = regex(rb"https?://(?:localhost|127\.0\.0\.1|0\.0\.0\.0|kong|10\.0\.2\.2|host\.docker\.internal)\b")
_COMMENTED = (b"//", b"#", b"*", b"/*", b"<!--")
_TAKEN_APART = regex(
    rb"(?:includes|indexOf|split|startsWith|endsWith|match|test|replace|replaceAll|contains|search|hasPrefix|has|in)"
    rb"\s*\(?\s*[rf]?['\"`]$"
)
"""What looks at an address, and asks nothing of it."""
_MANY = 400
"""Addresses of one file that are looked at: whether one stands in a comment takes a look at all before it."""
_NO_NAMES = frozenset({b"move", b"copy", b"public", b"sign", b"authenticated", b"info", b"list", b"upload"})


def addressed(data: bytes) -> tuple[Addressed, ...]:
    """Return the buckets and edge functions that are named by their address outside comments, in order."""
    if b"storage/v1/" not in data and b"functions/v1" not in data:
        return ()
    found: list[Addressed] = []
    for match in islice(_ADDRESS.finditer(data), _MANY):
        start = match.start()
        line = data[data.rfind(b"\n", 0, start) + 1 : start]
        if _in_comment(data, start, line):
            continue
        name, behind = match["name"], match["behind"]
        if name is not None and (name in _NO_NAMES or (behind and behind[0] not in _ENDS)):
            name = None
        if name is None and _TAKEN_APART.search(line):
            continue
        host = match["host"]
        own = host is None or _LOCAL.match(host) is not None
        if not own and b"supabase" not in (host or b""):
            continue  # another service's
        begin, end = match.span("name") if name is not None else match.span()
        if name is None and behind == b"*":
            continue  # a pattern of addresses
        kind: Literal["bucket", "edge-function"] = "edge-function" if match["function"] is not None else "bucket"
        found.append(Addressed(kind, name.decode() if name is not None else None, begin, end, own))
    return tuple(found)


def _in_comment(data: bytes, start: int, line: bytes) -> bool:
    if line.lstrip().startswith(_COMMENTED) or re.search(rb"(?<!:)//\s", line) is not None:
        return True
    if data.rfind(b"/*", 0, start) > data.rfind(b"*/", 0, start) or data.rfind(b"<!--", 0, start) > data.rfind(
        b"-->", 0, start
    ):
        return True
    return any(data.count(quotes, 0, start) % 2 for quotes in (b'"""', b"'''"))
