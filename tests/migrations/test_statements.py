"""Each statement of `statements.txt`: what it takes away (-), what it adds (+), what PostgreSQL would refuse (!),
what can't be told (?), and which missing relations it names (@)."""

from __future__ import annotations

from pathlib import Path
from typing import Any, NamedTuple

import pytest

from migrations.folding import describe, folded
from tripoint.sources.migrations import alter, drops, fold, renames


class Case(NamedTuple):
    title: str
    before: tuple[str, ...]
    after: tuple[str, ...]
    expected: list[str]


def read_cases() -> list[Case]:
    text = (Path(__file__).parent / "statements.txt").read_text(encoding="utf-8")
    cases = []
    for block in text.removeprefix("## ").split("\n## "):
        title, body = block.split("\n", 1)
        before, statement, expected = body.split("----\n")
        files = (before + statement).split("-- next file\n")
        cases.append(Case(title, tuple(before.split("-- next file\n")), tuple(files), expected.splitlines()))
    return cases


CASES = read_cases()


def outcome(case: Case) -> list[str]:
    old, result = describe(folded(*case.before).catalog), folded(*case.after)
    new = describe(result.catalog)
    refused = [problem.reason for problems in result.problems.values() for problem in problems]
    return [
        *(f"- {line}" for line in old if line not in new),
        *(f"+ {line}" for line in new if line not in old),
        *(f"! {reason.removeprefix('PostgreSQL would refuse this: ')}" for reason in refused),
        *(f"? {opaque.reason}" for opaque in result.opaque),
        *(f"@ {reference.statement} {reference.table}" for reference in result.references),
    ]


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.title)
def test_statement(case: Case) -> None:
    assert outcome(case) == [line for line in case.expected if line]


SWITCHES: list[tuple[dict[str, Any], str]] = [
    *((fold.HANDLERS, tag) for tag in fold.HANDLERS),
    *((alter.SUBCOMMANDS, tag) for tag in alter.SUBCOMMANDS),
    *((renames.RENAMES, tag) for tag in renames.RENAMES),
    *((drops.FINDERS, tag) for tag in drops.FINDERS),
]


@pytest.mark.parametrize("table, tag", SWITCHES, ids=lambda value: value if isinstance(value, str) else "")
def test_no_handler_can_be_switched_off_unseen(
    table: dict[str, Any], tag: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delitem(table, tag)
    words = tag.removeprefix("AT_").removeprefix("OBJECT_").lower()
    likely = sorted(CASES, key=lambda case: words not in case.title.lower())
    assert any(outcome(case) != [line for line in case.expected if line] for case in likely)
