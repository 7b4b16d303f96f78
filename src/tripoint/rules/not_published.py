"""Realtime changes of a table that is not published.

**What it finds.** A `postgres_changes` subscription to a table (in Flutter, also a `stream` of it) that the migrations
do not add to the publication `supabase_realtime`, in a project whose migrations add others, or that they take out of
it. *Low* where they do neither, where a function of the database adds tables when it is called, or where SQL that no
runner applies adds this one.

**Why it matters.** The subscription succeeds and never receives anything; a stream keeps the rows that it began with.

**How to mend it.** `alter publication supabase_realtime add table …`.
"""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterator, Mapping

from tripoint.model.evidence import Evidence
from tripoint.model.fault import Fault, Mark, Rule, Severity
from tripoint.model.name import Name
from tripoint.model.place import Place
from tripoint.model.query import Query
from tripoint.model.regex import regex
from tripoint.model.words import counted
from tripoint.rules._elsewhere import lowered
from tripoint.rules._shared import bindings, code_mark, file_name, table_marks

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
    removed = publication.removed if publication is not None else {}
    found: dict[Name, list[Query]] = defaultdict(list)
    for binding in bindings(evidence, "channel"):
        table = binding.table
        if table is None or table.table is None or table.name is None:
            continue
        if table.name not in published and table.name.schema not in schemas:
            found[table.name].append(binding.query)
    if not found:
        return
    for name, queries in sorted(found.items()):
        severity, reason = _severity(evidence, bool(published) or name in removed)
        _, _, held = lowered(evidence, "published", str(name), severity, reason)
        by_hand = evidence.elsewhere.get(("published", str(name)))
        yield Fault(
            subject=str(name),
            message=f"{name} is subscribed to in {counted(len(queries), 'place')}, but {_what(name, removed)} the "
            f"publication {PUBLICATION}: none of its changes is ever received.",
            marks=(
                *(code_mark(query) for query in queries),
                *((Mark(removed[name], "migrations", "related", "taken out here"),) if name in removed else ()),
                *(table_marks(evidence.defined.tables[name]) if name in evidence.defined.tables else ()),
                *held,
            ),
            severity=severity if by_hand is None else "low",
            severity_reason=reason if by_hand is None else by_hand.reason,
            help=f"alter publication {PUBLICATION} add table {name};",
        )


def _what(name: Name, removed: Mapping[Name, Place]) -> str:
    return f"{file_name(removed[name].path)} takes it out of" if name in removed else "no migration adds it to"


def _severity(evidence: Evidence, spoken: bool) -> tuple[Severity, str | None]:
    """Return how grave it is that no migration publishes a table, and why it may be published all the same."""
    for name, overloads in sorted(evidence.defined.functions.items()):
        if any(_PUBLISHES.search(function.body or "") for function in overloads):
            return "low", f"{name} adds tables to a publication when it is called"
    if not spoken:
        return "low", "the migrations publish no table; the dashboard may"
    return "medium", None


RULE = Rule("not-published", "code", "medium", check, needs=("migrations", "code"))
