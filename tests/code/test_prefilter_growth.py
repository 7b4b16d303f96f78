"""What a string begins with is found in the time that its length takes."""

from __future__ import annotations

from tripoint.sources.code.prefilter import sql_strings


def test_options_of_a_command_are_not_tried_in_every_combination() -> None:
    """A help text, `--all --force …`, looks like comments of SQL; trying each blank as an end took hours."""
    assert sql_strings(b"'" + b"--all " * 200 + b"x'") == []


def test_comments_before_a_statement_are_passed_over() -> None:
    assert sql_strings(b"`\n-- a\n  -- b -- c\n\n select 1`") == [0]
    assert sql_strings(b"'-- a -- b select 1'") == [0]
