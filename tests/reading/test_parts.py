"""Work that copies of this process take a part in."""

from __future__ import annotations

import os
import select
from collections.abc import Callable

import pytest

from tripoint.reading.parts import in_parts

COUNT = 40
HERE = os.getpid()
PATIENCE = 60.0


@pytest.fixture(autouse=True)
def forking(monkeypatch: pytest.MonkeyPatch) -> None:
    """Make copies whatever threads the tests before have left in this process."""
    monkeypatch.setattr("tripoint.reading.parts.may_fork", lambda: True)


def shared(work: Callable[[int], int]) -> list[int]:
    """Do work with one copy; each of the two waits with its first part until the other is at one."""
    copy_is_here, from_copy = os.pipe()
    we_are_here, from_us = os.pipe()
    met: list[bytes] = []

    def part(number: int) -> int:
        if not met:
            own = os.getpid() == HERE
            os.write(from_us if own else from_copy, b"!")
            other = copy_is_here if own else we_are_here
            assert select.select([other], [], [], PATIENCE)[0], "there is no copy"
            met.append(os.read(other, 1))
        return work(number)

    try:
        return in_parts(COUNT, part, int, 1)
    finally:
        for end in (copy_is_here, from_copy, we_are_here, from_us):
            os.close(end)


def test_each_part_is_done_once_and_in_its_place() -> None:
    who: list[int] = shared(lambda number: os.getpid())
    assert len(set(who)) == 2
    assert HERE in who
    assert shared(lambda number: number * number) == [number * number for number in range(COUNT)]


def test_without_copies_this_process_does_it_all() -> None:
    assert set(in_parts(COUNT, lambda number: os.getpid(), int, 0)) == {HERE}
    assert set(in_parts(256, lambda number: os.getpid(), int, 1)) == {HERE}
    assert in_parts(0, lambda number: number, int, 1) == []


@pytest.mark.parametrize("fault", ["ends", "raises", "is killed", "can't say it"])
def test_what_a_copy_could_not_do_is_done_here(fault: str) -> None:
    def work(number: int) -> int:
        if os.getpid() != HERE:
            if fault == "ends":
                os._exit(0)
            if fault == "raises":
                raise KeyError(number)
            if fault == "is killed":
                os.kill(os.getpid(), 9)
            return 2**70
        return number

    assert shared(work) == list(range(COUNT))


@pytest.mark.parametrize("call", ["os.fork", "os.pipe"])
def test_where_no_copy_is_to_be_had_this_process_does_it_all(monkeypatch: pytest.MonkeyPatch, call: str) -> None:
    def refused() -> int:
        raise OSError(11, "Resource temporarily unavailable")

    monkeypatch.setattr(call, refused)
    assert in_parts(COUNT, lambda number: number, int, 2) == list(range(COUNT))


def test_a_fault_of_the_work_is_raised_and_leaves_no_copy_behind(monkeypatch: pytest.MonkeyPatch) -> None:
    made: list[int] = []
    fork = os.fork

    def noted() -> int:
        made.append(fork())
        return made[-1]

    def work(number: int) -> int:
        if os.getpid() == HERE:
            raise ValueError(number)
        return number

    monkeypatch.setattr("os.fork", noted)
    with pytest.raises(ValueError):  # noqa: PT011
        shared(work)
    assert len(made) == 1
    with pytest.raises(ChildProcessError):
        os.waitpid(made[0], os.WNOHANG)
