"""A column that nothing names.

**What it finds.** A column of a table that the code uses, whose name stands as a word nowhere in code, in ORM models
or in the SQL of functions, views, policies, triggers, indexes and constraints. Keys and housekeeping columns
(`created_at` and its like) are left out, and so is what an unknown name in the code may mean. Nothing is called unused
while a call in the project is unresolved.

**Why it matters.** It is stored and migrated for nobody, or the code that was to use it was never written.

**How to mend it.** Drop it in a migration, or say what uses it.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from tripoint.model.evidence import Evidence
from tripoint.model.fault import Fault, Mark, Rule, Suggestion
from tripoint.model.regex import regex
from tripoint.rules._shared import may_be_meant, own_tables, sql_texts

_WORD = regex(r"[^\W\d]\w*")
_CAMEL = regex(r"_([a-z0-9])")
_HOUSEKEEPING = regex(r"id|uuid|.*_at|.*_by|created|updated|deleted|version|metadata", re.IGNORECASE)


def check(evidence: Evidence) -> Iterator[Fault]:
    """Yield one fault for each column that nothing names."""
    if "code" not in evidence.heard or any(q.name is None and not q.test for q in evidence.queries):
        return
    used = {query.name for query in evidence.queries if query.kind == "table" and not query.test}
    words = {*evidence.words, *(column.column for binding in evidence.bindings for column in binding.columns)}
    for _, text in sql_texts(evidence):
        words.update(_WORD.findall(text))
    meant = may_be_meant(evidence)
    for table in own_tables(evidence, "table"):
        if table.name.name not in used or not table.complete:
            continue
        keys = {column for constraint in table.constraints.values() for column in constraint.columns}
        keys |= {c.name for index in table.indexes.values() for c in index.columns if c.name is not None}
        for column in table.columns.values():
            name = column.name
            camel = _CAMEL.sub(lambda match: match[1].upper(), name)
            if name in words or camel in words or name in keys or _HOUSEKEEPING.fullmatch(name):
                continue
            if f"{table.name}.{name}" in meant:
                continue
            place = column.place or table.place
            yield Fault(
                subject=f"{table.name}.{name}",
                message=f"Nothing in the project names {table.name}.{name}.",
                marks=(Mark(place, "migrations", "primary", "defined here"),) if place is not None else (),
                help=f"Drop {name} from {table.name}, if nothing outside the project uses it either.",
                suggestions=(Suggestion("drop", f"{table.name}.{name}", 0.4, ("no code and no SQL names it",)),),
            )


RULE = Rule("unused-column", "code", "info", check, needs=("migrations", "code"))
