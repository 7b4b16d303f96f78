"""A migration that PostgreSQL refuses.

**What it finds.** With `--replay`, each migration is run on an empty server as its runner would run it, and once more
statement by statement. A statement that PostgreSQL refuses is reported with its own words, and with what in the
project explains it: the table that no migration creates, the file that comes too late, the earlier statement that was
refused itself.

**Why it matters.** The migrations cannot build a database: a local reset, a preview branch, a new environment and the
tests of a colleague stop here. Production has them only because it was once in another state.

**What is no finding.** The replay's server is no production: its role is no superuser, many an extension is a stand-in,
and the database is empty. A statement that is refused for such a reason, or for want of what it would have made, is a
notice that says which. Where the migrations do not hold the database's beginning, `missing-baseline` says so and stands
for all that fails for want of it.

**Severity.** *High*; *medium* where an earlier refused statement is the cause, since mending that one mends this, and
where all that is missing comes with an extension that no migration creates, which may have been switched on by hand.

**How to mend it.** Do what the message says; `tripoint propose` writes what is missing.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator

from tripoint.model.evidence import Evidence, Failure
from tripoint.model.fault import Fault, Mark, Rule, Severity
from tripoint.model.words import counted
from tripoint.rules._baseline import baseline_is_missing, is_at_fault_itself
from tripoint.rules._shared import file_name


def check(evidence: Evidence) -> Iterator[Fault]:
    """Yield one fault for each migration with statements that PostgreSQL refuses."""
    by_path: dict[str, list[Failure]] = defaultdict(list)
    started = not baseline_is_missing(evidence)
    for failure in evidence.refused:
        if started or is_at_fault_itself(failure):
            by_path[failure.place.path].append(failure)
    for failure in evidence.failures if started else ():
        # As a deployment meets it: the file before was rolled back, and this statement misses what it would have made.
        if failure.place.path not in by_path:
            by_path[failure.place.path].append(failure)
    refused = {failure.place for failure in (*evidence.refused, *evidence.failures)}
    for path, failures in sorted(by_path.items()):
        # What fails because an earlier statement was refused is said with that one, once.
        causes = [failure for failure in failures if failure.because not in refused]
        first = (causes or failures)[0]
        name = file_name(path)
        message = f"PostgreSQL refuses {name}: {first.message} ({first.sqlstate})"
        message += f"; {first.explanation}." if first.explanation else "."
        if len(causes) > 1:
            message += (
                f" {counted(len(causes) - 1, 'more statement')} of it {'is' if len(causes) == 2 else 'are'} refused."
            )
        followers = len(failures) - max(len(causes), 1)
        if followers:
            message += f" {counted(followers, 'statement')} fail{'s' if followers == 1 else ''} in consequence."
        yield Fault(
            subject=name,
            message=message,
            marks=(
                *(
                    Mark(
                        f.at, "migrations", "primary", f"{f.sqlstate}: {f.message}", symbol=f"{f.sqlstate} {f.message}"
                    )
                    for f in causes or failures[:1]
                ),
                *(
                    Mark(place, "migrations", "related", "the cause")
                    for place in dict.fromkeys(f.because for f in causes or failures[:1] if f.because is not None)
                ),
            ),
            severity=_severity(causes)[0],
            severity_reason=_severity(causes)[1],
            help=first.hint,
        )


def _severity(causes: list[Failure]) -> tuple[Severity | None, str | None]:
    if not causes:
        return "medium", "an earlier refused statement is the cause"
    if all(failure.extension is not None for failure in causes):
        return "medium", "the extension may have been switched on by hand"
    return None, None


RULE = Rule("migration-fails", "migrations", "high", check, needs=("migrations", "database"))
