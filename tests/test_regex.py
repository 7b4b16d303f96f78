"""Patterns are compiled at their first use; here each of them is used, so that none is wrong and nobody notices."""

from __future__ import annotations

import importlib
import pkgutil
import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

import tripoint
from tripoint.model.regex import regex
from tripoint.model.text import without_comments


def test_does_what_a_compiled_pattern_does() -> None:
    later, compiled = regex(r"(?P<word>b+)c", re.IGNORECASE), re.compile(r"(?P<word>b+)c", re.IGNORECASE)
    for _ in range(2):
        assert [match.span() for match in later.finditer("aBc bbc")] == [(1, 3), (4, 7)]
        assert later.sub(r"<\g<word>>", "aBc bbc") == compiled.sub(r"<\g<word>>", "aBc bbc")
        assert later.search("aBc", 2) is None
        assert (later.pattern, later.flags, later.groupindex) == (
            compiled.pattern,
            compiled.flags,
            compiled.groupindex,
        )
    assert regex(rb"b+").findall(b"abba") == [b"bb"]


def test_a_wrong_pattern_is_told_at_its_first_use() -> None:
    wrong = regex("(")
    with pytest.raises(re.error):
        wrong.search("(")


def _patterns(value: object) -> list[re.Pattern[str]]:
    if type(value) is type(regex("")):
        return [value]
    if isinstance(value, dict):
        value = tuple(value.values())
    if isinstance(value, tuple | list | frozenset | set):
        return [pattern for item in value for pattern in _patterns(item)]
    return []


def test_every_pattern_of_the_package_is_right() -> None:
    found = []
    for info in pkgutil.walk_packages(tripoint.__path__, "tripoint."):
        if info.name.endswith("__main__"):
            continue
        module = importlib.import_module(info.name)
        found += [pattern for value in vars(module).values() for pattern in _patterns(value)]
    assert len(found) > 300
    for pattern in found:
        assert pattern.flags == re.compile(pattern.pattern, pattern.flags).flags


@given(st.lists(st.sampled_from([b"/*", b"*/", b"--", b"\n", b"a", b"'", b"*", b"/", b" "]), max_size=20))
def test_comments_are_what_a_pattern_finds(parts: list[bytes]) -> None:
    text = b"".join(parts)
    assert without_comments(text) == re.sub(rb"--[^\n]*|/\*.*?\*/", b" ", text, flags=re.DOTALL)


def test_comments_that_never_end_are_looked_for_once() -> None:
    text = b"/* " * 500_000
    assert without_comments(text) == text
