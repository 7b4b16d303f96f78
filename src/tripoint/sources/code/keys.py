"""The secret keys of hosted Supabase projects that are written out, and what role a key is of.

A legacy key is a JSON Web Token whose payload names the role and the project (`ref`); the newer ones say what they are
by their prefix (https://supabase.com/docs/guides/api/api-keys). The keys of a local stack, which everybody has, are
left out: they name no project, or are the one key that the CLI gives to all.
"""

from __future__ import annotations

import re
from base64 import urlsafe_b64decode
from collections.abc import Callable, Iterable, Iterator, Mapping

import msgspec

from tripoint.model.evidence import ApiKey
from tripoint.model.place import Place
from tripoint.model.regex import regex
from tripoint.sources.code.facts import CodeFacts
from tripoint.sql.facts import SqlFacts

__all__ = ["api_key", "keys_of_sql", "role_of_key", "written_keys"]

_TOKEN = r"(?<![\w-])eyJ[\w-]{10,400}\.(eyJ[\w-]{20,2000})\.[\w-]{43}(?![\w-])"
"""A token that is signed with HS256, whose signature has 32 bytes."""
_JWT = regex(_TOKEN)
_KEY = regex(_TOKEN.encode() + rb"|(?<![\w-])(sb_secret_[\w-]{22,60})")
_FIRST_WORDS = ("eyJhbGciOi", "sb_secret_")
"""What the first word of a key begins with: `{"alg":` in base64."""
_OF_THE_CLI = b"sb_secret_N7UND0UgjKTVK-Uodkm0Hg_xSvEMPvz"
_PROJECT = regex(r"[a-z]{20}")
_PUBLIC_KEY = (
    *("\nanon\n", "\nanon_", "_anon\n", "_anon_", "anonkey", "anon_key"),
    *("publishable", "supabasekey", "supabase_key"),
)
_SECRET_KEY = ("servicerole", "service_role")
"""What words in lower case say of a key of the platform's API that is meant for everyone, and of the other."""
_DISTINCT = 8
"""So many letters differ in any reference of twenty random ones; in `abcabcabc…` and `xxxx…` fewer."""


def api_key(words: Iterable[str], client: bool) -> ApiKey:
    """Return which key of the platform's API the code names; where it has a `client` alone, it may have any."""
    text = "\n".join(("", *words, "")).lower()
    if any(said in text for said in _PUBLIC_KEY):
        return "public"
    if any(said in text for said in _SECRET_KEY):
        return "secret"
    return "public" if client else "none"


def role_of_key(text: str) -> str | None:
    """Return the role of the key that stands in a text, None where none does, or keys of several roles."""
    roles = {payload.role for match in _JWT.finditer(text) if (payload := _payload(match[1].encode())) is not None}
    return roles.pop() if len(roles) == 1 else None


def written_keys(
    facts: Mapping[str, CodeFacts], words: Iterable[str], read: Callable[[str], bytes | None]
) -> Iterator[tuple[str, Place]]:
    """Yield each key of the service role, or secret key, that stands in a file of code: what it is called, and where.

    `words` are those of all files.
    """
    first = {word for word in words if word.startswith(_FIRST_WORDS)}
    for path, found in facts.items() if first else ():
        if found.words.among(first):
            yield from _keys_in(path, read(path) or b"")


def keys_of_sql(
    facts: Iterable[tuple[str, SqlFacts]], read: Callable[[str], bytes | None]
) -> Iterator[tuple[str, Place]]:
    """Yield each such key that a statement of SQL holds: in a job that calls an edge function, above all."""
    for path, found in facts:
        if any(word in statement.text for statement in found.statements for word in _FIRST_WORDS):
            yield from _keys_in(path, read(path) or b"")


def _keys_in(path: str, data: bytes) -> Iterator[tuple[str, Place]]:
    for match in _KEY.finditer(data):
        label = _label(match)
        if label is not None:
            yield label, Place(path, match.start(), match.end())


class _Payload(msgspec.Struct):
    role: str
    ref: str = ""


def _payload(part: bytes) -> _Payload | None:
    try:
        return msgspec.json.decode(urlsafe_b64decode(part + b"=" * (-len(part) % 4)), type=_Payload)
    except (ValueError, msgspec.MsgspecError):
        return None


def _label(match: re.Match[bytes]) -> str | None:
    """Return what a key is called in a report, which never shows it; None where it is no secret of a hosted project."""
    if match[2]:
        # A placeholder is a sentence: `sb_secret_your-service-role-key`.
        told = match[2] == _OF_THE_CLI or not re.search(rb"\d", match[2]) or not re.search(rb"[A-Z]", match[2])
        return None if told else f"the secret key {match[2][:14].decode()}…"
    payload = _payload(match[1])
    if payload is None or payload.role != "service_role" or _PROJECT.fullmatch(payload.ref) is None:
        return None
    if len(set(payload.ref)) < _DISTINCT or payload.ref.startswith("abcdefgh"):
        return None
    return f"the service_role key of project {payload.ref}"
