"""Foreign keys that keep accounts from being deleted.

**What it finds.** Where the code (`auth.admin.deleteUser`) or a function of the database (`delete from auth.users`)
deletes accounts: foreign keys to `auth.users`, or to a table whose rows go with the account, that neither cascade nor
set null, of tables whose rows nothing deletes or hands on before: no function of the database, not the same file, and
no call that deletes by the key or writes it.

**What is no finding.** Code that makes an account and deletes it where the next step fails, a deletion that keeps the
account and marks it (`shouldSoftDelete`), scripts and tests; a table with a trigger before its deletes.

**Why it matters.** Who has a row in such a table can't delete the account: PostgreSQL refuses it (`23503`), and
Supabase answers with "Database error deleting user".

**Severity.** *Medium*, since some may mean to keep an account that has rows.

**How to mend it.** Say what becomes of the rows: `on delete cascade`, or `on delete set null`.
"""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterator

from tripoint.bind.tables import lookup_table, may_be_changed
from tripoint.model.catalog import Constraint, Table
from tripoint.model.evidence import Evidence
from tripoint.model.fault import Fault, Mark, Rule
from tripoint.model.name import Name
from tripoint.model.regex import regex
from tripoint.model.words import counted, listed
from tripoint.rules._access import find_relation
from tripoint.rules._baseline import baseline_is_missing
from tripoint.rules._keys import USERS, cascade, changes_in, deletes
from tripoint.rules._shared import bindings, foreign_keys, own_functions, place_marks

_BUILDS = regex(r"\bexecute\b", re.IGNORECASE)
_SET = regex(r"\b(\w+)\"?\s*=")
_REFUSING = frozenset({"no action", "restrict"})


def check(evidence: Evidence) -> Iterator[Fault]:
    """Yield one fault for each table of which a row can't go with its account."""
    if evidence.database.platform != "supabase" or baseline_is_missing(evidence):
        return
    deleted = deletes(evidence)
    calls = deleted.get(USERS)
    if not calls:
        return
    cleared = _cleared(evidence, calls)
    if cleared is None:
        return
    gone = {USERS, *cascade(USERS, evidence)}
    found: dict[Name, list[tuple[Table, Constraint]]] = defaultdict(list)
    for table, key in foreign_keys(evidence):
        target = key.references
        if target not in gone or table.name in gone or key.on_delete not in _REFUSING:
            continue
        if any((table.name, column) in cleared for column in ("", *key.columns)):
            continue
        if not _is_doubtful(target, table, evidence):
            found[target].append((table, key))
    for target, keys in sorted(found.items()):
        owners = list(dict.fromkeys(str(table.name) for table, _ in keys))
        through = "" if target == USERS else ", which goes with the account,"
        yield Fault(
            subject=str(target),
            message=f"The code deletes accounts, but {counted(len(keys), 'foreign key')} to {target}{through} "
            f"{'neither cascades nor sets' if len(keys) == 1 else 'neither cascade nor set'} null ({listed(owners)}): "
            "an account with rows there can't be deleted (23503).",
            marks=(
                *(mark for table, key in keys for mark in place_marks(key.place, f"on delete {key.on_delete}")),
                *calls,
            ),
            help=f"Say what becomes of the rows: {_ways(keys)}.",
        )


def _ways(keys: list[tuple[Table, Constraint]]) -> str:
    """Return what the keys may do instead: of columns that must have a value, only one of two things."""
    required = [
        any(not table.columns[name].nullable for name in key.columns if name in table.columns) for table, key in keys
    ]
    if all(required):
        return "on delete cascade"
    return f"on delete cascade, or on delete set null{' where the column may be null' if any(required) else ''}"


def _cleared(evidence: Evidence, calls: list[Mark]) -> set[tuple[Name, str]] | None:
    """Return the columns by which rows are deleted, or which are written, on the way; None where that can't be told.

    An empty name stands for every column: of what a function, or a file that deletes accounts, deletes from.
    """
    files = {mark.place.path for mark in calls}
    found: set[tuple[Name, str]] = set()
    for function in own_functions(evidence):
        changes = list(changes_in(function))
        for verb, written, rest in changes:
            table = find_relation(written, evidence)
            if table is not None and table.name == USERS and _BUILDS.search(function.body or "") is not None:
                return None
            if table is not None:
                found |= {(table.name, "")} if verb == "delete" else {(table.name, c) for c in _SET.findall(rest)}
    for binding in bindings(evidence, "table", "model", "sql"):
        query = binding.query
        if query.operation not in ("delete", "update"):
            continue
        table = binding.table.table if binding.table is not None else None
        here = query.place.path in files
        if here and query.kind == "table" and table is None:
            return None  # which table is only known at run time
        names = {table.name} if table is not None else set()
        names |= {r.target for r in binding.references if r.kind == "relation" and r.write and r.target is not None}
        columns = (
            [f.column for f in query.filters] if query.operation == "delete" else [w.column for w in query.written]
        )
        found |= {(name, column) for name in names for column in ("", *columns) if column or here}
    return found


def _is_doubtful(target: Name, owner: Table, evidence: Evidence) -> bool:
    table = lookup_table(target, evidence)
    triggers = table.triggers.values() if table is not None else ()
    if any(one.timing == "before" and "delete" in one.events for one in triggers):
        return True
    return any(may_be_changed(name, evidence) is not None for name in (target.name, owner.name.name))


RULE = Rule("blocked-account-deletion", "schema", "medium", check, needs=("migrations",))
