"""Realtime changes of a table that is not published.

**What it finds.** A `postgres_changes` subscription to a table (in Flutter, also a `stream` of it) that the migrations
do not add to the publication `supabase_realtime`, in a project whose migrations add others. *Low* where they add none,
where a function of the database adds tables when it is called, or where SQL that no runner applies adds this one.

**Why it matters.** The subscription succeeds and never receives anything; a stream keeps the rows that it began with.

**How to mend it.** `alter publication supabase_realtime add table …`.
"""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterator

from tripoint.model.evidence import Evidence
from tripoint.model.fault import Fault, Rule, Severity
from tripoint.model.name import Name
from tripoint.model.query import Query
from tripoint.model.regex import regex
from tripoint.model.words import counted
from tripoint.rules._elsewhere import lowered
from tripoint.rules._shared import bindings, code_mark, table_marks

PUBLICATION = "supabase_realtime"
_PUBLISHES = regex(r"\bALTER\s+PUBLICATION\b.*\b(?:ADD|SET)\s+TABLES?\b", re.IGNORECASE)


def check(evidence: Evidence) -> Iterator[Fault]:
    """Yield one fault for each table that is subscribed to and not published."""
    publication = evidence.defined.publications.get(PUBLICATION)
    if evidence.database.platform != "supabase" or (publication is not None and publication.all_tables):
        return
    published = set(publication.tables) if publication is not None else set()
    declared = evidence.declared.publications.get(PUBLICATION) if evidence.declared is not None else None
    if declared is not None:
        published |= declared.tables
    schemas = publication.schemas if publication is not None else set()
    found: dict[Name, list[Query]] = defaultdict(list)
    for binding in bindings(evidence, "channel"):
        table = binding.table
        if table is None or table.table is None or table.name is None:
            continue
        if table.name not in published and table.name.schema not in schemas:
            found[table.name].append(binding.query)
    if not found:
        return
    severity, reason = _severity(evidence, published)
    for name, queries in sorted(found.items()):
        _, _, held = lowered(evidence, "published", str(name), severity, reason)
        by_hand = evidence.elsewhere.get(("published", str(name)))
        yield Fault(
            subject=str(name),
            message=f"{name} is subscribed to in {counted(len(queries), 'place')}, but no migration adds it to the "
            f"publication {PUBLICATION}: none of its changes is ever received.",
            marks=(
                *(code_mark(query) for query in queries),
                *(table_marks(evidence.defined.tables[name]) if name in evidence.defined.tables else ()),
                *held,
            ),
            severity=severity if by_hand is None else "low",
            severity_reason=reason if by_hand is None else by_hand.reason,
            help=f"alter publication {PUBLICATION} add table {name};",
        )


def _severity(evidence: Evidence, published: set[Name]) -> tuple[Severity, str | None]:
    """Return how grave it is that no migration publishes a table, and why it may be published all the same."""
    for name, overloads in sorted(evidence.defined.functions.items()):
        if any(_PUBLISHES.search(function.body or "") for function in overloads):
            return "low", f"{name} adds tables to a publication when it is called"
    if not published:
        return "low", "the migrations publish no table; the dashboard may"
    return "medium", None


RULE = Rule("not-published", "code", "medium", check, needs=("migrations", "code"))
