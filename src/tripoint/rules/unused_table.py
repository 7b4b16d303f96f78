"""A table that nothing uses.

**What it finds.** A table of the migrations that no code asks for and that no view, function, policy, trigger or
foreign key of another table names. Nothing is called unused while a call in the project is unresolved, or while the
table's name stands as a word anywhere in code, SQL bodies or ORM models, or may be what an unknown name means.

**Why it matters.** It is kept, secured and migrated for nobody.

**How to mend it.** Drop it in a migration, or say what uses it.
"""

from __future__ import annotations

from collections.abc import Iterator

from tripoint.model.evidence import Evidence
from tripoint.model.fault import Fault, Rule, Suggestion
from tripoint.rules._shared import foreign_keys, may_be_meant, own_tables, owners_of_words, table_marks


def check(evidence: Evidence) -> Iterator[Fault]:
    """Yield one fault for each table that nothing uses."""
    if "code" not in evidence.heard or any(q.name is None and not q.test for q in evidence.queries):
        return
    if not any(query.kind == "table" and not query.test for query in evidence.queries):
        return
    used = {query.name for query in evidence.queries}
    pointed_to = {key.references for table, key in foreign_keys(evidence) if key.references != table.name}
    named = owners_of_words(evidence, {table.name.name.lower() for table in own_tables(evidence, "table")})
    meant = may_be_meant(evidence)
    for table in own_tables(evidence, "table"):
        name = table.name.name
        if (
            name in used
            or name in evidence.words
            or table.name in pointed_to
            or str(table.name) in meant
            or named.get(name.lower(), set()) - {str(table.name)}
        ):
            continue
        if table.triggers or table.inherits:
            continue
        yield Fault(
            subject=str(table.name),
            message=f"Nothing in the project uses {table.name}.",
            marks=table_marks(table, role="primary"),
            help=f"Drop {table.name}, if nothing outside the project uses it either.",
            suggestions=(Suggestion("drop", str(table.name), 0.5, ("no code, view, function or key names it",)),),
        )


RULE = Rule("unused-table", "code", "info", check, needs=("migrations", "code"), models_suffice=True)
