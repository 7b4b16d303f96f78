"""SQL that a program puts together says of each of its parts where it comes from."""

from __future__ import annotations

import random

from tripoint.sources.programs.written import Sql, Text
from tripoint.sql.facts import Statement


def put_together(chance: random.Random, depth: int = 0) -> Sql:
    """Return a piece of SQL of parts of parts, as a program may put it together."""
    parts: list[str | Sql] = []
    for _ in range(chance.randint(1, 4)):
        word = chance.choice(["a", "bé", "ccc", ""])
        at = chance.randint(0, 500)
        exact = Text(word, (at, at + len(word.encode())), exact=True)
        parts.append(chance.choice([word, exact, put_together(chance, depth + 1) if depth < 4 else exact]))
    at = chance.randint(0, 500)
    return Sql.of(*parts, at=(at, at + 40) if chance.random() < 0.7 else None)


def test_a_part_comes_from_the_smallest_piece_around_it() -> None:
    for seed in range(300):
        sql = put_together(random.Random(seed))
        statement = Statement("x", {}, 600, 900, sql.text, origins=sql.origins)
        size = len(sql.text.encode())
        for start in range(size):
            for end in range(start + 1, size + 1):
                around = [one for one in sql.origins if one.start <= start and end <= one.end]
                expected = (600, 900)
                if around:
                    nearest = min(around, key=lambda one: one.end - one.start)
                    by = nearest.at - nearest.start
                    exact = nearest.end - nearest.start == nearest.to - nearest.at
                    expected = (start + by, end + by) if exact else (nearest.at, nearest.to)
                elif not sql.origins:
                    expected = (600 + start, 600 + end)
                assert statement.where(start, end) == expected
