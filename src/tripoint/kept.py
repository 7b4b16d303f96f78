"""What most edits do not change, kept from one run to the next: what follows from a project's SQL or commits alone.

The fold of the migrations, the names in the database's own SQL and what commits replaced are pure functions; what they
are functions of is the key, so that nothing else can decide what is found.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any, TypeVar

import msgspec

from tripoint.cache import code_version, digest, unpacked

if TYPE_CHECKING:
    from tripoint.cache import Cache

__all__ = ["Kept"]

_LARGEST = 64 * 1024 * 1024
"""Bytes of an entry beyond which keeping it would push out too much else."""

T = TypeVar("T")


class Kept:
    """Values by what they were made from. Without a cache everything is made anew."""

    def __init__(self, cache: Cache | None = None) -> None:
        self._cache = cache
        self._version = code_version() if cache is not None else b""

    def key(self, *parts: Any) -> bytes:
        """Return what stands for these values: of sets the order counts, so they are given sorted."""
        return digest(self._version, msgspec.msgpack.encode(parts)) if self._cache is not None else b""

    def get(self, key: bytes, kind: type[T], make: Callable[[], T], lasting: Callable[[T], bool]) -> T:
        """Return the value of a key, made where it is not known, and kept where it is `lasting`."""
        if self._cache is None:
            return make()
        known = unpacked(self._cache.get((key,)).get(key), kind)
        if known is not None:
            return known
        value = make()
        written = msgspec.msgpack.encode(value) if lasting(value) else b""
        if 0 < len(written) <= _LARGEST:
            self._cache.put({key: written})
        return value
