"""A foreign key that can point into another tenant's rows.

**What it finds.** Two tables whose policies keep tenants apart by the same column (`team_id`), and a foreign key
between them without that column, which no policy for insert of the referencing table mentions. A column
that holds the user's own id is no tenant: a row that points at another user's is of little harm. Where the referenced
key is a uuid, which can't be guessed, the finding is *low*.

**Why it matters.** Row security does not hold for the check of a foreign key. A user can save a row of their own team
that references a row of another: it tells whether that row exists, and joins and cascades then cross the border.

**How to mend it.** Make the tenant part of the key (`foreign key (team_id, project_id) references projects (team_id,
id)`), or let the policy ask: `exists (select 1 from projects p where p.id = project_id and p.team_id = tasks.team_id)`.
"""

from __future__ import annotations

from collections.abc import Iterator
from itertools import groupby

from tripoint.model.catalog import Table
from tripoint.model.evidence import Evidence
from tripoint.model.fault import Fault, Rule
from tripoint.model.name import Name
from tripoint.rules._access import applying, may_see_every_row, permits
from tripoint.rules._guards import columns_in, guards, trigger_minds
from tripoint.rules._shared import foreign_keys, place_marks, relationship, table_marks

_ROLE = "authenticated"


def check(evidence: Evidence) -> Iterator[Fault]:
    """Yield one fault for each foreign key that may cross tenants."""
    read: dict[Name, set[str]] = {}  # many foreign keys lead to one table
    for table, keys in groupby(foreign_keys(evidence), lambda pair: pair[0]):
        if not table.row_security or not permits(table, "insert", _ROLE, evidence):
            continue
        inserting = [p.check if p.check is not None else p.using for p in applying(table, "insert", _ROLE)]
        inserting += [p.check for p in applying(table, "insert", _ROLE, permissive=False)]
        minded = frozenset[str]().union(*(columns_in(condition, table) for condition in inserting))
        own = _tenants(table, inserting, evidence)
        for key in (key for _, key in keys if own and not minded.intersection(key.columns)):
            target = evidence.defined.tables.get(key.references) if key.references is not None else None
            if target is None or target.name in evidence.platform.tables or target is table:
                continue
            if target.name not in read:
                selecting = [policy.using for policy in applying(target, "select", _ROLE)]
                open_to_all = may_see_every_row(target, _ROLE)
                read[target.name] = set() if open_to_all else _tenants(target, selecting, evidence)
            column = min(own & read[target.name] - set(key.columns), default=None)
            if column is None or trigger_minds(table, "insert", frozenset(key.columns), evidence):
                continue
            guessable = any(
                target.columns[each].type != "uuid" for each in key.referenced_columns if each in target.columns
            )
            yield Fault(
                subject=relationship(table.name, target.name),
                message=f"A row of {table.name} may reference a row of {target.name} with another {column}: no policy "
                f"for insert looks at {', '.join(key.columns)}.",
                marks=(*place_marks(key.place, "foreign key"), *table_marks(target)),
                severity="medium" if guessable else "low",
                severity_reason=None
                if guessable
                else "the key is a uuid, which a user of another tenant has to be told",
                help=f"Make {column} part of the key, or let the policy ask for the referenced row.",
            )


def _tenants(table: Table, conditions: list[str | None], evidence: Evidence) -> set[str]:
    """Return the columns that tie a table's rows to a group of users, by the conditions of its policies."""
    key = table.primary_key
    own = set(key.columns) if key is not None and len(key.columns) == 1 else set()
    tied = [guards(condition, table, evidence) for condition in conditions]
    direct = {column for found in tied for column, is_user in found.items() if is_user}
    return {column for found in tied for column in found} - direct - own


RULE = Rule("cross-tenant-foreign-key", "schema", "medium", check, needs=("migrations",))
