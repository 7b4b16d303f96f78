"""The key that skips row security, in code that runs at the user's.

**What it finds.** The service role's key under a name that a bundler puts into the page (`NEXT_PUBLIC_…`, `VITE_…`,
`PUBLIC_…` and their like), and a client made with that key in a component that runs in the browser (`use client`,
Vue, Svelte).

**Why it matters.** Whoever opens the developer tools has the key, and with it reads and writes every row of every
table: no policy holds for that role.

**Severity.** *Critical* for the name, which says that the key is shipped; *high* where it says that it is for
development, too, since only builds that are given it ship it; *medium* where only a server's code names it
so far. *High* for a client in a component: where
the key does not reach the browser, the calls fail there.

**How to mend it.** Use the key on a server alone (a route, an action, an edge function); the browser takes the public
key. A key that was shipped once has to be replaced.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator

from tripoint.model.evidence import Evidence
from tripoint.model.fault import Fault, Mark, Rule
from tripoint.model.query import HANDED, WRITTEN_OUT, Query
from tripoint.model.regex import regex
from tripoint.model.words import counted

_FOR_DEVELOPMENT = regex(r"_(?:DEV|DEVELOPMENT|LOCAL|TEST|E2E)_")


def check(evidence: Evidence) -> Iterator[Fault]:
    """Yield one fault for each such name, and one for each component with such a client."""
    names: dict[str, list[Mark]] = defaultdict(list)
    shipped: set[str] = set()
    for name, place, served in sorted(evidence.shipped_secrets, key=lambda told: told[2]):  # what is shipped, first
        note = "a server's code" if served else "shipped to the browser under this name"
        names[name].append(Mark(place, "code", "primary", note))
        shipped.update(() if served else (name,))
    for name, marks in sorted(names.items()):
        if name not in shipped:
            yield Fault(
                subject=name,
                message=f"{name} holds the service role's key under a prefix that is for what the browser may know "
                f"({counted(len(marks), 'place')}).",
                marks=tuple(marks),
                severity="medium",
                severity_reason="only a server's code names it so far; the first page that does ships it",
                help="Rename the variable without the public prefix.",
            )
            continue
        yield Fault(
            subject=name,
            message=f"{name} puts the service role's key into the page ({counted(len(marks), 'place')}): "
            "whoever opens it reads and writes every row.",
            marks=tuple(marks),
            severity="high" if _FOR_DEVELOPMENT.search(name) else "critical",
            severity_reason="its name says that it is for development: every build that is given it ships it"
            if _FOR_DEVELOPMENT.search(name)
            else "the prefix has the bundler ship the value",
            help="Rename the variable without the public prefix, use it on the server alone, and replace the key.",
        )
    clients: dict[str, list[Query]] = defaultdict(list)
    for query in evidence.queries:
        if query.role != "service_role" or query.test or query.role_reason in (HANDED, WRITTEN_OUT):
            continue  # who hands it on is the one who has it; a key that is written out has a finding of its own
        if query.place.path in evidence.browser_files:
            clients[query.place.path].append(query)
    for path, queries in sorted(clients.items()):
        yield Fault(
            subject=path,
            message=f"{path} runs in the browser and makes {counted(len(queries), 'call')} as service_role: "
            "either the key is shipped, or the calls fail.",
            marks=tuple(Mark(q.place, "code", "primary", q.role_reason, q.symbol) for q in queries),
            help="Make these calls on a server; the browser takes the public key.",
        )


RULE = Rule("service-role-in-browser", "code", "high", check, needs=("code",))
