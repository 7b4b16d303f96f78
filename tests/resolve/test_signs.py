"""What is looked at first must not hide what likeness would find."""

from __future__ import annotations

from itertools import product

from tripoint.resolve.synonyms import _GROUPS
from tripoint.resolve.words import likeness, matched, signs

WORDS = sorted(
    {word for line in _GROUPS.splitlines() for word in line.split()}
    | {"id", "at", "of", "buch", "buecher", "luz", "luces", "organisation", "organization", "identifier", "desc"}
)


def test_words_that_are_alike_have_a_sign_in_common() -> None:
    alike = [(one, other) for one, other in product(WORDS, WORDS) if likeness(one, other) > 0]
    assert len(alike) > len(WORDS)
    for one, other in alike:
        assert matched((one,), (other,)), (one, other)
        if not one == other == "id":
            assert signs((one,)) & signs((other,)), (one, other)
