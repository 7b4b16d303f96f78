"""A foreign key to a unique key of the platform's auth schema.

**What it finds.** A foreign key to columns of a table in `auth` other than its primary key, such as
`auth.users (phone)`.

**Why it matters.** Only the primary keys of that schema are promised to stay. The platform changes its unique keys and
indexes when it updates the auth service, and a foreign key that needs one of them stops that migration.

**How to mend it.** Reference the primary key, `auth.users (id)`.
"""

from __future__ import annotations

from collections.abc import Iterator

from tripoint.model.evidence import Evidence
from tripoint.model.fault import Fault, Rule
from tripoint.rules._shared import foreign_keys, place_marks, relationship


def check(evidence: Evidence) -> Iterator[Fault]:
    """Yield one fault for each foreign key to a unique key of auth."""
    for table, key in foreign_keys(evidence):
        target = evidence.platform.tables.get(key.references) if key.references is not None else None
        if target is None or target.name.schema != "auth" or target.primary_key is None:
            continue
        if key.referenced_columns and set(key.referenced_columns) != set(target.primary_key.columns):
            yield Fault(
                subject=relationship(table.name, target.name),
                message=f"{table.name} ({', '.join(key.columns)}) references {target.name} "
                f"({', '.join(key.referenced_columns)}), which is not its primary key.",
                marks=place_marks(key.place, "foreign key"),
                help=f"Reference {target.name} ({', '.join(target.primary_key.columns)}).",
            )


RULE = Rule("foreign-key-to-auth-unique", "schema", "medium", check, needs=("migrations",))
