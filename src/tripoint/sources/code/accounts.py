"""Where code deletes accounts of Supabase's: what refers to the row of `auth.users` follows, or is in the way."""

from __future__ import annotations

from collections.abc import Callable, Mapping

from tripoint.model.place import Place
from tripoint.model.regex import regex
from tripoint.sources.code.facts import CodeFacts
from tripoint.sources.code.scripts import is_copy, is_example, is_script
from tripoint.sources.code.testcode import is_test_path

__all__ = ["account_deletions"]

_WORDS = frozenset({"deleteUser", "delete_user"})
_CREATING = frozenset({"createUser", "create_user", "signUp", "sign_up", "inviteUserByEmail", "invite_user_by_email"})
"""Words of a file that makes accounts: what it deletes is one that it made, where the next step failed."""
_CALL = regex(rb"\bauth\s*\??\.\s*admin\s*\??\.\s*(deleteUser|delete_user)\s*\(")
_LONGEST = 200
"""How many bytes the argument takes at most."""
_COMMENT = regex(rb"[ \t]*(?://|#|\*|/\*)")


def account_deletions(code: Mapping[str, CodeFacts], read: Callable[[str], bytes | None]) -> tuple[Place, ...]:
    """Return where the product's code asks Supabase's API of accounts to delete one that may have rows by then."""
    found: list[Place] = []
    for path, facts in sorted(code.items()):
        if not facts.words.among(_WORDS) or facts.words.among(_CREATING):
            continue
        if is_test_path(path) or is_script(path) or is_example(path) or is_copy(path):
            continue
        data = read(path) or b""
        for match in _CALL.finditer(data):
            argument, _, _ = data[match.end() : match.end() + _LONGEST].partition(b")")
            # A second argument may ask that the account is kept, and marked.
            kept = b"," in argument.rstrip().removesuffix(b",")
            if not kept and _COMMENT.match(data, data.rfind(b"\n", 0, match.start()) + 1) is None:
                found.append(Place(path, *match.span(1)))
    return tuple(found)
