"""A fault of tripoint's own: it costs what it was about, is said aloud, and hides nothing else."""

from __future__ import annotations

import os

from tripoint.model.place import Problem

__all__ = ["internal_problem", "internal_reason", "lost_reason"]


def internal_reason(error: Exception) -> str:
    """Return one sentence about a fault of tripoint's own. Raises it again where `TRIPOINT_DEBUG` is set."""
    if os.environ.get("TRIPOINT_DEBUG"):
        raise error
    what = " ".join(f"{type(error).__name__}: {error}".split())
    return f"internal error, please report it: {what} (TRIPOINT_DEBUG=1 shows where it happened)"


def lost_reason(error: Exception) -> str:
    """Return why one statement, body or query was lost: it nests deeper than calls may, or the fault is tripoint's own.

    Raises like `internal_reason`, but for what nests too deep.
    """
    return "it nests too deep" if isinstance(error, RecursionError) else internal_reason(error)


def internal_problem(error: Exception, lost: str, start: int = 0, end: int = 0) -> Problem:
    """Return the problem that a fault is; `lost` says what it cost. Raises like `lost_reason`."""
    reason = f"{lost}: {lost_reason(error)}"
    return Problem("unsupported" if isinstance(error, RecursionError) else "internal", start, end, reason)
