"""Inputs made of each grammar's own words and of what is known of it, tried as fast as a reader reads.

Nothing is measured meanwhile, so that many times more is tried than a fuzzer that is guided by coverage can. The
process writes each input down before it is tried; whoever started it sees from outside that it does not go on, also
where the time is spent in C, which no signal handler of Python's would interrupt.
"""

from __future__ import annotations

import mmap
import random
import struct
import subprocess
import time
from collections.abc import Callable, Sequence
from pathlib import Path

__all__ = ["BYTES", "respelled", "try_many", "watched"]

BYTES = 240
"""Small inputs cost little, and two words of a grammar meet in them as well as in long ones."""
_HEAD = struct.Struct("<QI")
_ROOM = 1 << 16


def respelled(data: bytes, words: Sequence[bytes], chance: random.Random) -> bytes:
    """Return the input with words of the grammar put in, in place of something, or behind."""
    made = bytearray(data)
    for _ in range(chance.choice((1, 1, 2, 4, 8))):
        at = chance.randrange(len(made) + 1)
        word = chance.choice(words)
        match chance.randrange(5):
            case 0:
                made[at:at] = word
            case 1:
                made[at : at + len(word)] = word
            case 2:
                made += chance.choice((b"", b" ", b"\n")) + word
            case 3:
                del made[at : at + chance.choice((1, 4, 16, 64))]
            case _:
                other = chance.randrange(len(made) + 1)
                piece = made[min(at, other) : max(at, other)][:256]
                made[at:at] = piece * chance.choice((1, 2, 8))
    return bytes(made)


def try_many(
    read: Callable[[bytes], None],
    words: Sequence[bytes],
    known: Sequence[bytes],
    state: Path,
    seconds: float,
    note: Callable[[bytes, Exception], None],
) -> None:
    """Feed a reader until the time is over; `note` is told of what it raises, and `state` holds the last input."""
    chance = random.Random()
    known = [data for data in known if data] or [b" "]
    end = time.monotonic() + seconds
    with state.open("r+b") as file, mmap.mmap(file.fileno(), _ROOM) as shared:
        count = 0
        while count % 64 or time.monotonic() < end:
            data = chance.choice(known)
            if len(data) > BYTES:
                at = chance.randrange(len(data) - BYTES)
                data = data[at : at + BYTES]
            if chance.random() < 0.3:
                other = chance.choice(known)[:BYTES]
                at = chance.randrange(len(data) + 1)
                data = data[:at] + other + data[at:]
            data = respelled(data, words, chance)[: 2 * BYTES]
            count += 1
            shared[: _HEAD.size + len(data)] = _HEAD.pack(count, len(data)) + data
            try:
                read(data)
            except Exception as error:
                note(data, error)


def watched(command: list[str], environment: dict[str, str], home: Path, patience: float) -> tuple[int, bytes | None]:
    """Run a process that tries many; return how many, and the input that it never came to the end of, or that ended it.

    `patience` is in seconds.
    """
    state = home / "state"
    state.write_bytes(b"\0" * _ROOM)
    with (home / "generate.log").open("wb") as log:
        process = subprocess.Popen(command, cwd=home, env=environment, stdout=log, stderr=log)
        before, since = (0, 0), time.monotonic()
        while process.poll() is None:
            time.sleep(0.2)
            head = _HEAD.unpack_from(state.read_bytes())
            if head != before:
                before, since = head, time.monotonic()
            # Loading everything takes longer than any input.
            elif time.monotonic() - since > (patience if head[0] else patience + 60):
                process.kill()
                process.wait()
                break
    data = state.read_bytes()
    count, size = _HEAD.unpack_from(data)
    return count, None if process.returncode == 0 else data[_HEAD.size : _HEAD.size + size]
