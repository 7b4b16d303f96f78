"""Any bytes give facts and notices: no reader raises, and what is kept of facts is what was read.

Inputs are strings of each grammar's own words, cut and damaged. `make fuzz` goes on from here, guided by coverage.
"""

from __future__ import annotations

import signal
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from types import FrameType

import pytest
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st

from fuzz.readers import READERS, Reader, words_of

SECONDS = 5.0
"""Seconds of computing that an input of a few hundred bytes may take: a thousand times what it does take."""
SLOW = {"project": 8, "py": 20, "md": 40}
"""How many inputs are tried of readers that are slower than others."""


class Hang(Exception):
    """An input took too long."""


@contextmanager
def limited(seconds: float) -> Iterator[None]:
    def stop(number: int, frame: FrameType | None) -> None:
        raise Hang

    before = signal.signal(signal.SIGVTALRM, stop)
    signal.setitimer(signal.ITIMER_VIRTUAL, seconds)
    try:
        yield
    finally:
        signal.setitimer(signal.ITIMER_VIRTUAL, 0)
        signal.signal(signal.SIGVTALRM, before)


@st.composite
def inputs(draw: st.DrawFn, words: tuple[bytes, ...]) -> bytes:
    """Draw words of a grammar in any order, with what stands between them, and damage some places."""
    pieces = draw(st.lists(st.sampled_from(words) | st.binary(max_size=4), max_size=20))
    between = draw(st.sampled_from([b"", b" ", b"\n", b"\f"]))
    data = bytearray(between.join(pieces))
    for _ in range(draw(st.integers(0, 3)) if data else 0):
        at = draw(st.integers(0, len(data) - 1))
        data[at : at + draw(st.integers(0, 12))] = draw(st.sampled_from(words) | st.binary(max_size=2))
        if not data:
            break
    return bytes(data)


def attempt(read: Callable[[bytes], None], words: tuple[bytes, ...], examples: int, seconds: float = SECONDS) -> None:
    """Feed a reader; raises what it raises, or Hang."""

    @settings(
        max_examples=examples,
        deadline=None,
        derandomize=True,
        database=None,
        phases=[Phase.generate],
        suppress_health_check=list(HealthCheck),
    )
    @given(inputs(words))
    def once(data: bytes) -> None:
        with limited(seconds):
            read(data)

    once()


@pytest.mark.parametrize("reader", READERS, ids=lambda reader: reader.name)
def test_any_bytes_give_facts(reader: Reader) -> None:
    attempt(reader.read, words_of(reader), SLOW.get(reader.name, 60))


def test_a_planted_hang_is_found() -> None:
    def hang(data: bytes) -> None:
        while b"select" in data and b"(" in data:
            pass

    with pytest.raises(Hang):
        attempt(hang, (b"select ", b"from ", b"(", b")", b"a"), 300, 0.2)


def test_a_planted_crash_is_found() -> None:
    def crash(data: bytes) -> None:
        if b"case" in data and data.endswith(b")"):
            raise KeyError(data)

    with pytest.raises(KeyError):
        attempt(crash, (b"case ", b"end ", b"(", b")", b"a"), 200)
