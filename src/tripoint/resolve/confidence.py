"""How sure a meaning is among all that were weighed."""

from __future__ import annotations

import math

__all__ = ["confidence", "odds"]

_SUREST = 0.99
"""What was meant is told from traces: even where every one of them agrees, nobody said so."""


def odds(score: float) -> float:
    """Return what a score stands for beside others: twice as likely for each ln 2 that it is higher."""
    return math.exp(min(score, 30.0))


def confidence(score: float, total: float) -> float:
    """Return the share of a score's odds in the odds of all, between 0 and 0.99, in hundredths."""
    return min(_SUREST, round(odds(score) / total, 2))
