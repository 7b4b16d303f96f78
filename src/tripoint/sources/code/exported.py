"""Which names a script may give, and which a file may call, by its bytes alone.

Whoever looks for one need not read every file for it.
"""

from __future__ import annotations

import re

from tripoint.model.regex import regex

__all__ = ["may_call", "names_declared", "names_exported", "words_given"]

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
_STAR = regex(rb"\bimport\s*\*")
_HANDED_ON = regex(rb"\b(?:export|part)\s*(?:r?['\"]|/[*/])")
_DART = regex(
    rb"""\b(?:class|enum|extension|get|mixin|set|type|typedef)\s+(?:class\s+|type\s+)?([\w$]++)
      | (?<![^\s>?,/\])};]) (?<!\bas\s)(?<!\bis\s)(?<!\breturn\s) ([\w$]++) \s*
        (?: [(=;,] | <[^;{}()]{0,300}>\s*[(=] | /[*/] )
    """,
    re.VERBOSE,
)
"""What declares a name, or may: it is not followed by that where it is only a type."""
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


def names_declared(data: bytes) -> frozenset[bytes] | None:
    """Return names of which every name is one that a library of Dart declares; None where it hands on another's.

    That of a type which the library only uses is left out: `List` and `State` stand in every file.
    """
    if _HANDED_ON.search(data) is not None:
        return None
    return frozenset(found[1] or found[2] for found in _DART.finditer(data))


def words_given(data: bytes) -> frozenset[bytes] | None:
    """Return the words of a module of Python, which gives what it names; None where it hands on all of another's."""
    return None if _STAR.search(data) is not None else frozenset(_WORD.findall(data))


def may_call(data: bytes, name: str) -> bool:
    """Whether a file may call what goes by a name, or make a class from it; False only where it surely does not.

    The file is one of ECMAScript or of Dart.
    """
    return re.search(_CALLED % {b"name": re.escape(name.encode())}, data, re.VERBOSE) is not None
