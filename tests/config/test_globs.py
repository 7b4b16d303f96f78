"""Globs over paths."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tripoint.model.glob import Globs


@pytest.mark.parametrize(
    ("glob", "matching", "others"),
    [
        ("*.sql", ["a.sql", "x/y/a.sql"], ["a.sq", "asql"]),
        ("app/*.ts", ["app/a.ts"], ["app/x/a.ts", "x/app/a.ts"]),
        ("app/**/*.ts", ["app/a.ts", "app/x/y/a.ts"], ["b/a.ts"]),
        ("app/**", ["app/a", "app/x/y"], ["b/app"]),
        ("**/old", ["old", "a/old", "a/old/b.ts"], ["older"]),
        ("legacy", ["legacy/a.ts", "x/legacy/a.ts", "legacy"], ["legacy.ts"]),
        ("./legacy/", ["legacy/a.ts"], ["legacy.ts"]),
        ("app/legacy", ["app/legacy/a/b.ts"], ["x/app/legacy/a.ts"]),
        ("*.{ts,tsx}", ["a.ts", "b/a.tsx"], ["a.js"]),
        ("a?c", ["abc"], ["ac", "a/c"]),
        ("[ab].ts", ["a.ts"], ["c.ts"]),
        ("a.b", ["a.b"], ["axb"]),
        ("", [], ["a", ""]),
    ],
)
def test_matching(glob: str, matching: list[str], others: list[str]) -> None:
    globs = Globs([glob])
    assert [path for path in matching + others if globs.matches(path)] == matching


def test_several_and_none() -> None:
    assert Globs(["a", "b"]).matches("b")
    assert not Globs([])
    assert not Globs([]).matches("a")


def test_no_glob_backtracks() -> None:
    path = "/".join(["a" * 60] * 60)
    assert not Globs(["*a" * 40 + "b", "**/*/" * 40 + "x", "{a,b}" * 30 + "{c,d}"]).matches(path)


@given(st.text("ab*?/{},[]!.", max_size=12), st.text("ab/.", max_size=12))
def test_any_glob_and_any_path(glob: str, path: str) -> None:
    assert Globs([glob]).matches(path) in (True, False)
