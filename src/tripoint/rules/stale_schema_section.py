"""A schema section that `tripoint docs` wrote, and that no longer says what the migrations define.

**What it finds.** A section between `<!-- tripoint:schema start … -->` and `<!-- tripoint:schema end -->` that was
written before a table, column, key, enum or policy changed; a page of a table that is gone. Descriptions that people
write there make no section stale. What such a section says vouches for nothing: it follows the schema.

**Why it matters.** A section that calls itself generated is trusted, and nobody looks whether it is.

**How to mend it.** Run `tripoint docs`; in continuous integration `tripoint docs --check` fails where it was forgotten.
"""

from __future__ import annotations

from collections.abc import Iterator

from tripoint.model.claim import SchemaSection
from tripoint.model.evidence import Evidence
from tripoint.model.fault import Fault, Mark, Rule
from tripoint.model.place import Place
from tripoint.model.words import listed
from tripoint.rules._section import GONE, page_key, schema_digest, table_digest
from tripoint.rules._shared import own_tables


def check(evidence: Evidence) -> Iterator[Fault]:
    """Yield one fault for each section whose digest is not the schema's."""
    if not evidence.claims.sections or "migrations" not in evidence.heard:
        return
    whole = schema_digest(evidence)
    pages = {page_key(str(table.name)): table_digest(table) for table in own_tables(evidence)}
    own = page_key(evidence.database.name)
    for path, section in evidence.claims.sections:
        attributes = dict(section.attributes)
        if attributes.get("database", own) != own:
            continue
        page = attributes.get("table")
        current = whole if page is None else pages.get(page, GONE)
        if attributes.get("digest") == current:
            continue
        yield Fault(
            subject=path,
            message=f"The schema section of {path} is out of date{_what(evidence, path, section, page)}.",
            marks=(Mark(Place(path, section.start, section.marker_end), "documents", "primary", "written before"),),
            help="Run tripoint docs; the descriptions in it are kept.",
        )


def _what(evidence: Evidence, path: str, section: SchemaSection, page: str | None) -> str:
    """Return the tables and columns in which the section and the schema differ, in words."""
    claimed: dict[str, set[str]] = {}
    for claim in evidence.claims.tables:
        if claim.generated and claim.place.path == path and section.start <= claim.place.start < section.end:
            claimed.setdefault(str(claim.name), set()).update(column.name for column in claim.columns)
    defined = {
        str(table.name): set(table.columns)
        for table in own_tables(evidence)
        if page is None or page_key(str(table.name)) == page
    }
    both = [name for name in defined if claimed.get(name)]
    lacks = [name for name in defined if name not in claimed]
    lacks += [f"{name}.{column}" for name in both for column in sorted(defined[name] - claimed[name])]
    keeps = [name for name in sorted(claimed) if claimed[name] and name not in defined]
    keeps += [f"{name}.{column}" for name in both for column in sorted(claimed[name] - defined[name])]
    said = [f"it lacks {listed(lacks, 3)}"] if lacks else []
    said += [f"it still lists {listed(keeps, 3)}"] if keeps else []
    return f": {' and '.join(said)}" if said else ""


RULE = Rule("stale-schema-section", "documents", "low", check, needs=("migrations",))
