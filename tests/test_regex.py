"""Patterns are compiled at their first use; here each of them is used, so that none is wrong and nobody notices."""

from __future__ import annotations

import importlib
import pkgutil
import re
from typing import Any

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


@pytest.fixture(scope="module")
def patterns() -> dict[str, re.Pattern[str]]:
    """Return every pattern of the package, by where it stands."""
    found: dict[str, re.Pattern[str]] = {}
    for info in pkgutil.walk_packages(tripoint.__path__, "tripoint."):
        if info.name.endswith("__main__"):
            continue
        module = importlib.import_module(info.name)
        for name, value in vars(module).items():
            found |= {f"{info.name}.{name}[{number}]": one for number, one in enumerate(_patterns(value))}
    assert len(found) > 300
    return found


def test_every_pattern_of_the_package_is_right(patterns: dict[str, re.Pattern[str]]) -> None:
    for pattern in patterns.values():
        assert pattern.flags == re.compile(pattern.pattern, pattern.flags).flags


def test_no_pattern_goes_over_all_blank_lines_from_each_of_them(patterns: dict[str, re.Pattern[Any]]) -> None:
    """With `^\\s*` and MULTILINE, ten thousand blank lines are fifty million steps: `^[ \\t]*` is meant."""
    of_lines = {name: one.pattern for name, one in patterns.items() if one.flags & re.MULTILINE}
    assert len(of_lines) > 30
    texts = {name: text.decode("latin-1") if isinstance(text, bytes) else text for name, text in of_lines.items()}
    assert [name for name, text in texts.items() if "^\\s*" in text or "^\\s+" in text] == []


@given(st.lists(st.sampled_from([b"/*", b"*/", b"--", b"\n", b"a", b"'", b"*", b"/", b" "]), max_size=20))
def test_comments_are_what_a_pattern_finds(parts: list[bytes]) -> None:
    text = b"".join(parts)
    assert without_comments(text) == re.sub(rb"--[^\n]*|/\*.*?\*/", b" ", text, flags=re.DOTALL)


def test_comments_that_never_end_are_looked_for_once() -> None:
    text = b"/* " * 500_000
    assert without_comments(text) == text
