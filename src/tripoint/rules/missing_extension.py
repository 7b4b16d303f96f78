"""An extension that the schema needs and nothing creates.

**What it finds.** A type (`vector`, `geography`, `citext`), a function (`uuid_generate_v4`, `similarity`,
`cron.schedule`), an operator class (`gin_trgm_ops`), an access method (`hnsw`) or an exclusion constraint on a scalar
that only an extension has, where no migration creates that extension and the platform does not bring it along.

**Why it matters.** It was switched on by hand somewhere. A database that is made from the files, a colleague's, that of
CI or of a preview, stops where the type is not known (`42704`, `42883`).

**Severity.** *Medium*; *low* where another file of the project creates it, where a migration does in a part that is not
sure to run, where the schema is a dump, and for PostGIS and TimescaleDB, whose images create them, on plain PostgreSQL.
What TypeORM creates as it connects is left out.

**How to mend it.** `create extension if not exists …` before what needs it.
"""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterator

from tripoint.bind.sql import MADE_IN_PART
from tripoint.bind.tables import may_be_created
from tripoint.model.binding import SqlReference
from tripoint.model.catalog import Table
from tripoint.model.evidence import Evidence
from tripoint.model.fault import Fault, Mark, Rule
from tripoint.model.name import Name, quote_identifier
from tripoint.model.place import NOWHERE, Place
from tripoint.rules._baseline import baseline_is_missing
from tripoint.rules._elsewhere import lowered
from tripoint.rules._shared import file_name, own_tables
from tripoint.sql.extensions import EXTENSION_SCHEMAS, IN_IMAGES, bringing_function, bringing_index, bringing_type

_BY_TYPEORM = frozenset(
    {"uuid-ossp", "pgcrypto", "citext", "hstore", "postgis", "cube", "ltree", "btree_gist", "vector"}
)
"""What TypeORM creates when it connects (`PostgresDriver.enableExtensions`), as the columns of its entities ask."""


def check(evidence: Evidence) -> Iterator[Fault]:
    """Yield one fault for each extension that is needed and not created."""
    if evidence.database.definition not in ("migrations", "declarative", "dump") or baseline_is_missing(evidence):
        return
    order = {file.path: index for index, file in enumerate(evidence.database.migrations)}
    replayed = {failure.extension for failure in evidence.refused}
    there = {*evidence.defined.extensions, *evidence.platform.extensions}
    if any(file.layout == "typeorm" for file in evidence.database.migrations):
        there |= _BY_TYPEORM
    found: dict[str, dict[Place, str]] = defaultdict(dict)
    for extension, place, note in (*_called(evidence), *_named(evidence, there), *_indexed(evidence)):
        if extension not in there and extension not in replayed and place != NOWHERE:
            found[extension].setdefault(place, note)
    for extension, places in sorted(found.items()):
        uses = sorted(places.items(), key=lambda use: (order.get(use[0].path, -1), use[0]))
        file, first = file_name(uses[0][0].path), uses[0][1]
        severity, reason, held = lowered(evidence, "extension", extension, "medium", None)
        if held:
            severity, reason = "low", evidence.elsewhere["extension", extension].reason
        elif evidence.database.definition == "dump":
            severity, reason = "low", "a dump of one schema leaves extensions out"
        elif extension in IN_IMAGES and evidence.database.platform != "supabase":
            severity, reason = "low", "images with the extension create it in every database"
        elif evidence.held is not None and extension in evidence.held.extensions:
            reason = "the database holds it: one that is made from the files does not"
        yield Fault(
            subject=extension,
            message=f"{first[0].upper()}{first[1:]} in {file} needs the extension {extension}, which no migration "
            "creates: a database that is made from the files is without it.",
            marks=(*(Mark(place, "migrations", "primary", note) for place, note in uses), *held),
            severity=severity,
            severity_reason=reason,
            help=f"{_create(extension, evidence)} in {file} before it is needed, or in an earlier migration.",
        )


def _create(extension: str, evidence: Evidence) -> str:
    own = evidence.database.platform != "supabase" or extension in EXTENSION_SCHEMAS
    return f"create extension if not exists {quote_identifier(extension)}{'' if own else ' with schema extensions'};"


def _called(evidence: Evidence) -> Iterator[tuple[str, Place, str]]:
    """Yield what statements of the migrations call."""
    for extension, place in evidence.lacking:
        yield extension, place, "a call"


def _named(evidence: Evidence, there: set[str]) -> Iterator[tuple[str, Place, str]]:
    """Yield the types and functions that the schema's own SQL names: columns, defaults, policies, views, bodies."""
    for body in evidence.bodies:
        for reference in body.references:
            if reference.outcome != "undecidable" or reference.reason == MADE_IN_PART:
                continue
            extension = _bringing(reference)
            if extension is not None and extension not in there and not _is_known(reference, evidence):
                yield extension, reference.place, f"the {reference.kind} {reference.written}"


def _bringing(reference: SqlReference) -> str | None:
    schema, _, name = reference.written.rpartition(".")
    if reference.kind == "type":
        return bringing_type(name)
    return bringing_function(schema or None, name) if reference.kind == "function" else None


def _is_known(reference: SqlReference, evidence: Evidence) -> bool:
    """Whether the project has something of that name itself, or a statement that can't be evaluated may make it."""
    word = reference.written.rpartition(".")[2]
    catalog = evidence.defined
    kinds: tuple[dict[Name, object], ...] = (
        (catalog.functions,)  # type: ignore[assignment]
        if reference.kind == "function"
        else (catalog.enums, catalog.domains, catalog.composites, catalog.tables)
    )
    return may_be_created(word, evidence) is not None or any(name.name == word for names in kinds for name in names)


def _indexed(evidence: Evidence) -> Iterator[tuple[str, Place, str]]:
    """Yield the indexes and exclusion constraints that only an extension makes possible."""
    for table in own_tables(evidence, "table", "materialized-view"):
        for index in table.indexes.values():
            if index.place is None:
                continue
            for key in index.columns:
                column = table.columns.get(key.name) if key.name is not None else None
                if index.constraint is not None and not _compares(table, index.constraint, key.name or ""):
                    continue
                extension = bringing_index(index.method, key.opclass, column.type if column is not None else None)
                if extension is not None:
                    yield extension, index.place, f"the {'constraint' if index.constraint else 'index'} {index.name}"


def _compares(table: Table, constraint: str, column: str) -> bool:
    """Whether an exclusion constraint compares a column for equality."""
    elements = table.constraints[constraint].expression or ""
    return re.search(rf'(?:^|, )"?{re.escape(column)}"? with =', elements, re.IGNORECASE) is not None


RULE = Rule("missing-extension", "migrations", "medium", check, needs=("migrations",))
