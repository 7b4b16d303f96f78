"""What a file's bytes say before any parser reads them: whether a client's call words stand in it, and its words."""

from __future__ import annotations

import re

from tripoint.model.regex import regex

__all__ = [
    "SQL_START",
    "call_words",
    "identifier_words",
    "plain_calls",
    "rest_urls",
    "speaks_of_a_client",
    "speaks_sql",
    "sql_pieces",
    "sql_strings",
]

_COUNTED = regex(rb"\.\s*([Ff]rom_|[Ff]rom|[Tt]able|[Rr]pc)\s*(?:!|\?\.)?\s*(?:<[^;]{0,300}?>\s*)?\(")
"""Go writes `From` and `Rpc`; nobody's client writes `RPC`."""
_CALL = regex(
    rb"\.\s*(?:(?:from_|from|table|rpc|schema|channel)\s*(?:!|\?\.)?|invoke|create_?bucket)\s*[(<]",
    re.IGNORECASE,
)
_OTHER_CALLS = (
    regex(rb"\[(?:\s*['\"](?:from|rpc)['\"]|(?<=\bpostgrest\[)|(?<=\.storage\[))", re.IGNORECASE),
    regex(rb"/v1\b(?:(?<=\brest/v1)|(?<=\bgraphql/v1))", re.IGNORECASE),
)
"""These begin with one character that has no case: for such a pattern `re` takes a tenth of the time."""
_GO_STORAGE = regex(rb"\.Storage\.(?:\w+(?:File|Files|SignedUrl|SignedUploadUrl|PublicUrl)|EmptyBucket)\(")
_EXTENDING = regex(rb"\bextension\b[^{\n]{0,200}\bSupabaseClient\b|\bfun\s+SupabaseClient\.")
"""What extends the client asks by it without naming it: `from("jobs")`."""
_BUILT_IN = regex(rb"(?<![\w$.])(?:Array|Buffer|Uint8Array)$")
"""Classes of the language itself, of which `.from(` makes a value."""
_SQL = regex(
    # Comments end with their lines, but for the last: were any blank an end, each subset of them would be tried.
    # Few strings begin with a letter of these words: told first, that saves a quarter of the time.
    rb"['\"`]\s*(?:\(\s*)?(?=[-acdimstuwACDIMSTUW])(?:--[^\n]*\n\s*)*(?:--[^\n]*[^\S\n])?"
    rb"(?i:(select|insert\s+into|merge\s+into|update|delete\s+from|with|create|alter|drop|truncate|copy))\s"
)
_COPIES = regex(rb"\.(?:CopyFrom|copy_records_to_table)\(")
"""Methods of pgx and asyncpg that write the SQL themselves."""
SQL_START = regex(
    r"\s*(?:--[^\n]*\n\s*|/\*(?:[^*]|\*(?!/))*\*/\s*)*\(?\s*"
    r"(?:select|insert\s+into|update|delete\s+from|with|merge\s+into|create|alter|drop|truncate|grant|revoke|call|copy"
    r"|lock\s+table|refresh\s+materialized)\b",
    re.IGNORECASE | re.DOTALL,
)
"""What a string of SQL begins with."""
_OBJECT = rb"""\s*(?:(?:or\s+replace|unique|temp|temporary|unlogged|global|local|materialized|recursive|foreign|event
    |constraint|default|text\s+search|operator|access|owned|large|trusted|procedural|user)\s+)*
    (?:aggregate|by|cast|class|collation|conversion|database|domain|extension|family|function|group|index|language|mapping
    |materialized|method|object|operator|policy|privileges|procedure|publication|role|routine|rule|schema|sequence|server
    |statistics|subscription|system|table|tablespace|transform|trigger|type|user|view|wrapper
    |configuration|dictionary|parser|template)\b"""
_GOES_ON = {
    word: regex(pattern, re.IGNORECASE | re.DOTALL | re.VERBOSE)
    for word, pattern in {
        b"select": rb"""\s*(?:[\w".]+\s*\(|\d|[$:%?'*@{(\\\-]|distinct\b|case\b|exists\b|null\b|true\b|false\b|current_)
            |.*?\bfrom\b""",
        b"update": rb"\S*[$%{]|.*?\bset\b",
        b"with": rb".*?(?:\bas\s*(?:not\s+)?(?:materialized\s*)?\(|\bselect\b)",
        b"create": _OBJECT,
        b"alter": _OBJECT,
        b"drop": _OBJECT,
        b"copy": rb"""\s*[\w".]+\s*(?:\([^()]*\)\s*)?(?:from|to)\s+(?:stdin|stdout|program)\b""",
        b"truncate": rb"""\s*(?:(?:table|only)\b|[\w".]*[$%{]|[\w".]+\s*(?:$|[;,]|cascade\b|restart\b))""",
    }.items()
}
"""How a statement goes on after its first word, and a sentence of English hardly does."""
_REST = regex(rb"\brest/v1(?=[/'\"`])|\bgraphql/v1\b")
_MODULE = regex(
    rb"^\s*(?:import\b.*|export\b.*\bfrom\b.*|[\w.]*[ \t]*)[\"'](?:[\w-]+(?:\.\w+)+|[@~.][\w./-]*)/(?:[\w.@-]+/)*$"
)
"""What stands before it in the path of an imported module: `"github.com/shop/api/rest/v1"` is Go's."""
_HOST = regex(rb"https?://([\w.-]+\.\w+)(?::\d+)?/$")
_LONG = 4000
"""Bytes of a string that are looked at."""
_JOINED = regex(rb"\s*\+|[\s\\]+[rbfuRBFU]{0,2}['\"]")
"""What follows a string that is joined to another one."""
# A comment is left out only where it starts its line: a lexer's mistake elsewhere would lose words, and a lost word
# would let something be called unused.
_COMMENT = regex(rb"\n[ \t]*+(?:/(?:/[^\n]*|\*.*?\*/)|<!--.*?-->)", re.DOTALL)
_SPACED = bytes(byte if (chr(byte).isalnum() and byte < 128) or byte == ord("_") else ord(" ") for byte in range(256))
_DIGITS = b"0123456789"


def call_words(data: bytes) -> list[tuple[str, int]]:
    """Return each textual `.from(`, `.from_(`, `.table(` and `.rpc(` as (word, offset of the word), in order."""
    return [(match[1].decode("ascii").lower(), match.start(1)) for match in _COUNTED.finditer(data)]


def speaks_of_a_client(data: bytes) -> bool:
    """Whether anything that a database's client is called by stands in the bytes, so that parsing them may pay."""
    return _CALL.search(data) is not None or _speaks_otherwise(data)


def _speaks_otherwise(data: bytes) -> bool:
    return (
        any(pattern.search(data) is not None for pattern in _OTHER_CALLS)
        or (b".Storage." in data and _GO_STORAGE.search(data) is not None)
        or (b"SupabaseClient" in data and _EXTENDING.search(data) is not None)
    )


def plain_calls(data: bytes) -> list[tuple[str, int]] | None:
    """Return the call words of a script in which all of them are `Array.from(` and the like, in code without doubt.

    None where any may be a client's, or may stand in a comment or a string: only a parser can tell then.
    """
    if _speaks_otherwise(data):
        return None
    calls = list(_CALL.finditer(data))
    if not calls:
        return []
    for match in calls:
        start = match.start()
        if data[start : start + 6] != b".from(" or _BUILT_IN.search(data, max(start - 12, 0), start) is None:
            return None
        line = data[data.rfind(b"\n", 0, start) + 1 : start]
        if b"//" in line or line.lstrip().startswith(b"*") or any(line.count(quote) % 2 for quote in (b"'", b'"')):
            return None
        if data.rfind(b"/*", 0, start) > data.rfind(b"*/", 0, start) or data.count(b"`", 0, start) % 2:
            return None
    return call_words(data)


def speaks_sql(data: bytes) -> bool:
    """Whether a string of the file begins like a statement of SQL, and not like a sentence, or rows are copied."""
    return any(_is_statement(data, match) for match in _SQL.finditer(data)) or _COPIES.search(data) is not None


def _is_statement(data: bytes, match: re.Match[bytes]) -> bool:
    pattern = _GOES_ON.get(match[1].lower())
    if pattern is None:
        return True
    at, start = match.start(), match.end()
    quote = data[at : at + 1]
    if data[max(at - 2, 0) : at + 1] == quote * 3:
        quote *= 3
    elif data[max(at - 1, 0) : at] == b"#":
        quote += b"#"  # a raw string of Rust or Swift
    end = data.find(quote, start, start + _LONG)
    while end > 0 and data[end - 1 : end] == b"\\":
        end = data.find(quote, end + 1, start + _LONG)
    if end < 0:
        return len(data) > start + _LONG or pattern.match(data, start) is not None
    return pattern.match(data, start, end) is not None or _JOINED.match(data, end + len(quote)) is not None


def identifier_words(data: bytes) -> frozenset[str]:
    """Return the identifier-like words of the bytes, without those of comments that fill their lines."""
    # Of what is between words, blanks are made: splitting takes half the time of a pattern for words.
    words = set(_COMMENT.sub(b"\n", b"\n" + data).translate(_SPACED).split())
    numbers = [word for word in words if word[0] < 58]
    words.difference_update(numbers)
    words.update([word.lstrip(_DIGITS) for word in numbers])
    # Decoded at once: one by one takes as long as finding them.
    return frozenset(b" ".join(words).decode("ascii").split())


def rest_urls(data: bytes) -> tuple[int, ...]:
    """Return the offset of each address of the database's API (PostgREST's, or that of GraphQL).

    Those of other hosts, those in comments that fill their lines, and the paths of modules are left out.
    """
    found: list[int] = []
    for match in _REST.finditer(data) if b"/v1" in data else ():
        line = data[data.rfind(b"\n", 0, match.start()) + 1 : match.start()]
        host = _HOST.search(line)
        own = host is None or b"supabase" in host[1] or host[1].startswith((b"localhost", b"127.0.0.1"))
        comment = line.lstrip().startswith((b"//", b"#", b"*", b"/*", b"<!--"))
        if own and not comment and not _MODULE.match(line):
            found.append(match.start())
    return tuple(found)


_WITHIN = regex(
    rb"`\s*+(?:(?:not\s++)?(?:exists|array)|(?:[\w.\"]++|\$\{[^{}`]*+\})\s++(?:not\s++)?in)\s*+(?=\(\s*+select\b)",
    re.IGNORECASE,
)
"""A piece of SQL that holds a whole query: a condition, or a list."""


def sql_pieces(data: bytes) -> list[int]:
    """Return the offset of each backtick after which a piece of SQL begins that holds a query."""
    return [match.start() for match in _WITHIN.finditer(data)]


def sql_strings(data: bytes) -> list[int]:
    """Return the offset of each quote after which a statement of SQL begins."""
    return [match.start() for match in _SQL.finditer(data)]
