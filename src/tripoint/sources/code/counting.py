"""What each call word of the code became, counted once: a query, another library's call, or what could not be read."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Container, Mapping

from tripoint.sources.code.facts import CodeFacts

__all__ = ["count_calls"]


def count_calls(
    read: Mapping[str, CodeFacts],
    tests: Container[str],
    outcomes: Mapping[tuple[str, int], str],
    problem: Callable[[str, int, int, str], None],
) -> Counter[str]:
    """Return how many call words of the files became what.

    `tests` are the files that are not audited. `outcomes` say what was decided of a word by its file and offset;
    `problem` is told of each of which nothing was.
    """
    counts: Counter[str] = Counter()
    for path, facts in read.items():
        for textual in facts.textual:
            if textual.context in ("comment", "string"):
                counts["comment or string"] += 1
            elif path in tests:
                counts["test code"] += 1
            elif textual.context == "built-in":
                counts["other library"] += 1
            else:
                outcome = outcomes.get((path, textual.start))
                if outcome is None:
                    outcome = "unresolved"
                    reason = "the text around it can't be read as a call"
                    problem(path, textual.start, textual.start + len(textual.word), reason)
                counts[outcome] += 1
    return counts
