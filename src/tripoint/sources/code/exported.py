"""Which names a script may give or call, by its bytes alone: whoever looks for one need not read every file for it."""

from __future__ import annotations

import re

from tripoint.model.regex import regex

__all__ = ["may_call", "names_exported"]

# What begins with a literal is found many times faster.
_EXPORT = regex(rb"export(?<!\wexport)s?(?!\w)")
_SAID = regex(
    rb"""\s*(?:
        (?P<default> default\b )
      | (?:type\s*)? \{ (?P<list> [^{}/'"]* ) \}
      | (?:(?:declare|async|abstract)\s+)* (?:
            (?: function\b\s*\*? | (?:const\s+)? enum\b | class\b | interface\b | type\b ) \s* (?P<name> [\w$]+ )
          | (?P<constant> const\b ) \s* [\w$]+ \s* [=:]
        )
    )""",
    re.VERBOSE,
)
_CALLED = rb"""(?<![\w$])(?:
    (?:new|extends)\s+(?:[\w$]+\s*\.\s*)*%(name)s(?![\w$])
  | %(name)s(?![\w$])\s*(?:[(<!?`'")\]] | as\b | satisfies\b | /[*/])
)"""
_WORD = regex(rb"[\w$]+")
_DECLARED = regex(rb"(?<![\w$])([\w$]++)\s*[=:]")


def names_exported(data: bytes) -> frozenset[bytes] | None:
    """Return names of which every name that an ECMAScript module exports is one, beside `default`.

    None where it may give any name: it hands on those of another module, exports nothing in particular (then all that
    it declares can be meant), or says what it exports in another way than the usual ones.
    """
    found: set[bytes] = set()
    constants = False
    said = 0
    for match in _EXPORT.finditer(data):
        rest = _SAID.match(data, match.end()) if match[0] == b"export" else None
        if rest is None:
            return None
        said += 1
        if rest["name"] is not None:
            found.add(rest["name"])
        elif rest["list"] is not None:
            found.update(_WORD.findall(rest["list"]))
        elif rest["constant"] is not None:
            constants = True
    if not said:
        return None
    if constants:  # one declaration may make several, each with its value or its type
        found.update(_DECLARED.findall(data))
    return frozenset(found)


def may_call(data: bytes, name: str) -> bool:
    """Whether a script may call what goes by a name, or make a class from it; False only where it surely does not."""
    return re.search(_CALLED % {b"name": re.escape(name.encode())}, data, re.VERBOSE) is not None
