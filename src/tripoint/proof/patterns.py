"""A text that a regular expression matches, for the simple kinds that checks are written in."""

from __future__ import annotations

__all__ = ["sample"]

_CLASSES = {"d": "5", "w": "a", "s": " ", "D": "a", "W": "-", "S": "a"}
_POSIX = {"alpha": "a", "alnum": "a", "digit": "5", "lower": "a", "upper": "A", "space": " ", "xdigit": "a"}
_LONGEST = 200


def sample(pattern: str, repeat: int = 1) -> str | None:
    """Return a text that `pattern` (PostgreSQL's advanced form) likely matches; None where it is beyond this.

    Whatever may be repeated without end is repeated `repeat` times. Whoever asks tries the text before it is used.
    """
    try:
        text, rest = _alternatives(pattern, repeat, 0)
    except (IndexError, ValueError):
        return None
    return text if not rest and len(text) <= _LONGEST else None


def _alternatives(pattern: str, repeat: int, depth: int) -> tuple[str, str]:
    """Return a text for the first alternative, and what stands behind the last."""
    if depth > 20:
        raise ValueError(pattern)
    text, rest = _sequence(pattern, repeat, depth)
    while rest.startswith("|"):
        _, rest = _sequence(rest[1:], repeat, depth)
    return text, rest


def _sequence(pattern: str, repeat: int, depth: int) -> tuple[str, str]:
    parts: list[str] = []
    while pattern and pattern[0] not in "|)":
        if pattern[0] in "^$":
            pattern = pattern[1:]
            continue
        atom, pattern = _atom(pattern, repeat, depth)
        times, pattern = _times(pattern, repeat)
        parts.append(atom * times)
    return "".join(parts), pattern


def _atom(pattern: str, repeat: int, depth: int) -> tuple[str, str]:
    first = pattern[0]
    if first == "(":
        if pattern.startswith(("(?!", "(?=", "(?<")):
            raise ValueError(pattern)
        text, rest = _alternatives(pattern[3:] if pattern.startswith("(?:") else pattern[1:], repeat, depth + 1)
        if not rest.startswith(")"):
            raise ValueError(pattern)
        return text, rest[1:]
    if first == "[":
        return _class(pattern[1:])
    if first == "\\":
        return _CLASSES.get(pattern[1], "" if pattern[1] in "AZmMyY" else pattern[1]), pattern[2:]
    return ("a" if first == "." else first), pattern[1:]


def _class(pattern: str) -> tuple[str, str]:
    """Return a character of a bracket expression, whose opening bracket is taken off."""
    negated = pattern.startswith("^")
    body = pattern[1:] if negated else pattern
    members: list[str] = []
    place = 0
    while body[place] != "]" or not place:
        if body.startswith("[:", place):
            end = body.index(":]", place)
            members.append(_POSIX[body[place + 2 : end]])
            place = end + 2
        elif body[place] == "\\":
            members.append(_CLASSES.get(body[place + 1], body[place + 1]))
            place += 2
        elif body[place + 1] == "-" and body[place + 2] != "]":
            members.append(body[place])
            place += 3
        else:
            members.append(body[place])
            place += 1
    if negated:
        chosen = next(c for c in "a5A-_ " if c not in members)
    else:
        chosen = members[0]
    return chosen, body[place + 1 :]


def _times(pattern: str, repeat: int) -> tuple[int, str]:
    times = 1
    if pattern[:1] in ("*", "+"):
        times, pattern = repeat, pattern[1:]
    elif pattern[:1] == "?":
        times, pattern = 1, pattern[1:]
    elif pattern[:1] == "{":
        bounds, _, pattern = pattern[1:].partition("}")
        low, comma, high = bounds.partition(",")
        times = int(low or 0)
        if comma and times < repeat:
            times = min(repeat, int(high)) if high else repeat
    else:
        return times, pattern
    return times, pattern.removeprefix("?")
