"""The key that skips row security, written out in a file of the project.

**What it finds.** A key of the service role (a token whose payload names that role and a hosted project), or a secret
key (`sb_secret_…`), as text in code or in a migration. The keys of a local stack, which everybody has, and placeholders
are none. A report never shows the key.

**Why it matters.** Whoever has the file has the key: everyone who can read the repository or its history, and, where
the file belongs to a page or an app, everyone who uses it. With it they read and write every row of every table: no
policy holds for that role.

**Severity.** *Critical* in a file that is given to users: code that runs in the browser or that such code loads, and
the code of a mobile app. *Medium* in a script, a test, a migration and what a server
alone runs. *High* where that can't be told.

**How to mend it.** Replace the key in the project's settings, since history keeps it, and read the new one from the
environment of a server; in SQL, from Vault.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator

from tripoint.model.evidence import Evidence, WrittenKey
from tripoint.model.fault import Fault, Mark, Rule, Severity
from tripoint.model.words import counted

_WORST_FIRST = ("users", "unknown", "servers")


def check(evidence: Evidence) -> Iterator[Fault]:
    """Yield one fault for each key, at the file that gives it to most people."""
    keys: dict[str, list[WrittenKey]] = defaultdict(list)
    for key in evidence.written_keys:
        keys[key.label].append(key)
    for label, found in sorted(keys.items()):
        found.sort(key=lambda key: (_WORST_FIRST.index(key.given), key.place.path, key.place.start))
        files = len({key.place.path for key in found})
        severity, who = _weight(found[0])
        yield Fault(
            subject=label,
            message=f"{label[0].upper()}{label[1:]} is written out in {counted(files, 'file')}: {who} "
            "reads and writes every row.",
            marks=tuple(
                Mark(key.place, key.witness, "primary" if index == 0 else "related", "the key")
                for index, key in enumerate(found)
            ),
            severity=severity,
            severity_reason=_REASON[found[0].given],
            help="Replace the key (history keeps this one) and read the new one from a server's environment, in SQL "
            "from Vault.",
        )


def _weight(key: WrittenKey) -> tuple[Severity, str]:
    match key.given:
        case "users":
            return "critical", "whoever uses the application is given it, and with it"
        case "servers":
            return "medium", "whoever can read the repository has it, and with it"
        case _:
            return "high", "whoever can read the repository, or is given this file, has it, and with it"


_REASON = {
    "users": "the file is given to those who use the page or the app",
    "servers": "scripts, tests, migrations and a server alone have it",
    "unknown": "whether the file reaches users can't be told",
}

RULE = Rule("hard-coded-service-role-key", "code", "high", check)
