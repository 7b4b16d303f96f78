"""A statement of the newest migration that PostgreSQL would refuse.

**What it finds.** A statement of the last file that what the earlier ones made refuses: a column is dropped, or given
another type, that a policy, a view or a key depends on. Where every earlier migration can be followed without a
refusal, also a column or constraint that is changed and is not there, and a name that is given twice.

**Why it matters.** The migration stops there, in a deployment as on a colleague's machine, and what follows it in the
file is not done.

**What is no finding.** Statements of earlier files: a database that is past them came to be in another way. `--replay`
runs them all, and `migration-fails` says what PostgreSQL refuses. Where `--database` says what is held, the statement
may have been applied already.

**Severity.** *High* where the files show what depends on the thing that is dropped or changed; *medium* for all else,
since a database that was changed by hand may take it, and where earlier files are refused, too.

**How to mend it.** Drop what depends on it first, in the same file, or write the change in another way.
"""

from __future__ import annotations

from collections.abc import Iterator

from tripoint.model.evidence import Evidence
from tripoint.model.fault import Fault, Mark, Rule
from tripoint.model.place import Place
from tripoint.model.regex import regex
from tripoint.model.words import counted
from tripoint.rules._baseline import baseline_is_missing
from tripoint.rules._shared import file_name

_DEPENDS = regex(r" depends on | requires index ")
_OF_THE_PLATFORM = regex(r"(?:schema|extension|publication|type) \"")
"""What a hosted database may have, or lack, whatever the migrations say."""
_SIGNATURE = regex(r"cannot change (?:name of input parameter|return type|routine kind)")
_EARLIER = "statements of earlier files are refused, too: the database came to be in another way"
_BY_HAND = "the files alone say so, and a database that was changed by hand may take it"


def check(evidence: Evidence) -> Iterator[Fault]:
    """Yield one fault for the last file, where it has statements that PostgreSQL refuses."""
    found, earlier = _in_last_file(evidence)
    if not found:
        return
    sure = [reason for _, reason in found if _DEPENDS.search(reason) is not None and not evidence.opaque]
    name = file_name(found[0][0].path)
    first = sure[0] if sure else found[0][1]
    more = f", and {counted(len(found) - 1, 'more statement')} of it" if len(found) > 1 else ""
    yield Fault(
        subject=name,
        message=f"PostgreSQL refuses a statement of {name}{more}: {first}.",
        marks=tuple(Mark(place, "migrations", "primary", reason) for place, reason in found),
        severity="high" if sure and not earlier else "medium",
        severity_reason=_EARLIER if earlier else None if sure else _BY_HAND,
        help=f"{_what_to_do(first)}; --replay says what PostgreSQL answers.",
    )


def _what_to_do(reason: str) -> str:
    if _DEPENDS.search(reason) is not None:
        return "Drop or change what depends on it first"
    if _SIGNATURE.match(reason) is not None:
        return "Drop the function first, then create it"
    return "Write it so that it fits what the earlier files made"


def _in_last_file(evidence: Evidence) -> tuple[list[tuple[Place, str]], bool]:
    """Return what is refused in the migration that is applied last, and whether earlier ones are refused, too.

    Where they are, only what something depends on is told: that the files made it is more than that they did not.
    """
    database = evidence.database
    if evidence.held is not None or database.definition != "migrations" or database.unordered:
        return [], False
    last = database.migrations[-1].path
    wanting = [reference.place.path for reference in evidence.references if reference.statement != "drop"]
    earlier = any(path != last for path in (*wanting, *(at.path for at, _ in evidence.refusals)))
    doubtful = earlier or bool(evidence.opaque)
    told = [
        (place, reason)
        for place, reason in evidence.refusals
        if place.path == last
        and _OF_THE_PLATFORM.match(reason) is None
        and (not doubtful or _DEPENDS.search(reason) is not None)
    ]
    return (told, earlier) if told and not baseline_is_missing(evidence) else ([], earlier)


RULE = Rule("refused-statement", "migrations", "high", check, needs=("migrations",))
