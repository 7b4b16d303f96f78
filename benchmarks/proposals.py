"""Measure proposals: `python -m benchmarks.proposals [FOLDER …]`.

From each project one table after the other is taken out of the migrations, with all that belongs to it; the code, the
documents and the foreign keys that need it stay. What is then proposed is compared with what was taken out: the share
of its columns, types and foreign keys that come back, and whether the whole history replays. Without folders the
example and the projects in `benchmarks/proposal_cases` are measured. They are development figures: rules were mended on
what these cases showed.
"""

from __future__ import annotations

import re
import sys
from collections.abc import Iterable, Iterator
from datetime import UTC, datetime
from pathlib import Path

from msgspec import Struct

from tripoint.audit import audit
from tripoint.config import Config
from tripoint.model.audit import Audit
from tripoint.model.catalog import Table
from tripoint.model.evidence import Evidence
from tripoint.model.name import Name
from tripoint.propose.draft import Draft
from tripoint.propose.files import new_files
from tripoint.propose.habits import Habits
from tripoint.propose.proposals import draft
from tripoint.propose.verify import place_drafts, verify
from tripoint.sources.migrations.fold import fold
from tripoint.sql.read import read_sql
from tripoint.tree import OverlayTree, Tree, TreeError, WorkTree

HERE = Path(__file__).resolve().parent
OWN = (HERE.parent / "examples" / "persona-studio", *sorted((HERE / "proposal_cases").iterdir()))
NOW = datetime(2026, 11, 1, tzinfo=UTC)


class Outcome(Struct):
    """What came back of one table."""

    table: str
    columns: int = 0
    """How many it had."""
    recovered: int = 0
    proposed: int = 0
    types: int = 0
    """How many of the recovered columns have their type."""
    nulls: int = 0
    too_strict: int = 0
    """How many are NOT NULL that were not."""
    keys: int = 0
    keys_recovered: int = 0
    replays: bool = False
    reason: str | None = None
    made: Table | None = None
    """As it is proposed."""


def without(sql: bytes, table: Name) -> bytes:
    """Return a migration with every statement blanked that makes the table or changes it alone."""
    name = rf"(?:\"?{table.schema}\"?\.)?\"?{re.escape(table.name)}\"?(?![\w.])"
    own = re.compile(
        rf"create\s+(?:unlogged\s+)?table\s+(?:if\s+not\s+exists\s+)?{name}"
        rf"|alter\s+table\s+(?:if\s+exists\s+)?(?:only\s+)?{name}"
        rf"|create\s+(?:unique\s+)?index\b[^(]*\son\s+(?:only\s+)?{name}"
        rf"|(?:create|alter|drop)\s+policy\b.*?\son\s+{name}"
        rf"|(?:create|drop)\s+(?:or\s+replace\s+)?(?:constraint\s+)?trigger\b.*?\son\s+{name}"
        rf"|comment\s+on\s+(?:table|column)\s+{name}"
        rf"|(?:grant|revoke)\b[^;]*?\son\s+(?:table\s+)?{name}\s+(?:to|from)",
        re.IGNORECASE | re.DOTALL,
    )
    data = bytearray(sql)
    for statement in read_sql(sql).statements:
        if own.match(statement.text):
            data[statement.start : statement.end] = re.sub(
                rb"[^\n]", b" ", bytes(data[statement.start : statement.end])
            )
    return bytes(data)


def completed(tree: WorkTree) -> tuple[Tree, Audit]:
    """Return the project with what it lacks already proposed and laid over it, so that its history replays."""
    current = audit(tree, Config())
    drafts = [made for e in current.evidence for made in draft(e, current.findings, tree.read)]
    lacking = [one for one in drafts if one.rule in ("missing-table", "dangling-foreign-key")]
    buffers: dict[str, bytes] = {}
    evidence = {one.database.name: one for one in current.evidence}
    for one in lacking:
        tries = iter(range(20))  # leave numbers free for what is measured

        def taken(path: str, left: Iterator[int] = tries) -> bool:
            return next(left, None) is not None

        files = new_files(one, evidence[one.database], taken, NOW)
        buffers |= {path: text.encode() for path, text in files.texts.items()}
    whole = OverlayTree(tree, buffers)
    return whole, audit(whole, Config())


def measure(tree: Tree, current: Audit, table: Table, database: str) -> Outcome | None:
    """Return what comes back of a table, or None where nothing asks for it once it is gone."""
    evidence = next(e for e in current.evidence if e.database.name == database)
    buffers = {}
    for migration in evidence.database.migrations:
        before = tree.read(migration.path)
        after = without(before, table.name)
        if after != before:
            buffers[migration.path] = after
    lacking = OverlayTree(tree, buffers)
    seen = audit(lacking, Config())
    left = next((e for e in seen.evidence if e.database.name == database), None)
    if left is None or table.name in left.defined.tables:
        return None

    def read(path: str) -> bytes | None:
        try:
            return lacking.read(path)
        except TreeError:
            return None

    drafts = draft(left, seen.findings, read, subjects=frozenset({str(table.name)}))
    if not drafts:
        return None
    outcome = compared(drafts, left, table)
    proven = verify(place_drafts(drafts, seen, lacking, NOW, False), seen, lacking, Config())
    outcome.replays = all(one.proposal.verified for one in proven)
    outcome.reason = next((one.proposal.reason for one in proven if not one.proposal.verified), None)
    return outcome


def compared(drafts: Iterable[Draft], evidence: Evidence, table: Table) -> Outcome:
    """Return what drafts of a table, proposed for a schema that lacks it, have of the table."""
    outcome = Outcome(str(table.name), len(table.columns))
    texts = [(f"{number}.sql", read_sql(one.sql.encode())) for number, one in enumerate(drafts)]
    made = fold(texts, evidence.defined, evidence.database.platform).catalog.tables[table.name]
    outcome.proposed = len(made.columns)
    for name, column in table.columns.items():
        if name in made.columns:
            outcome.recovered += 1
            outcome.types += made.columns[name].type == column.type
            outcome.nulls += made.columns[name].nullable == column.nullable
            outcome.too_strict += column.nullable and not made.columns[name].nullable
    keys = {(key.columns, key.references) for key in table.constraint("foreign")}
    outcome.keys = len(keys)
    outcome.keys_recovered = len(keys & {(key.columns, key.references) for key in made.constraint("foreign")})
    outcome.made = made
    return outcome


def share(part: int, whole: int) -> str:
    return f"{part}/{whole} ({100 * part / whole:.0f} %)" if whole else "-"


def main(folders: list[str]) -> None:
    total: list[Outcome] = []
    for folder in [Path(f) for f in folders] or OWN:
        tree, current = completed(WorkTree(folder))
        for evidence in current.evidence:
            for table in Habits(evidence).tables:
                found = measure(tree, current, table, evidence.database.name)
                if found is None:
                    continue
                total.append(found)
                print(
                    f"{folder.name}: {found.table:<40} columns {share(found.recovered, found.columns):>13}"
                    f"  types {share(found.types, found.recovered):>13}"
                    f"  keys {share(found.keys_recovered, found.keys):>11}"
                    f"  {'replays' if found.replays else f'NOT VERIFIED: {found.reason}'}",
                    flush=True,
                )
    recovered = sum(one.recovered for one in total)
    print(f"tables            {len(total)}, of which verified {sum(one.replays for one in total)}")
    print(f"columns           {share(recovered, sum(one.columns for one in total))}")
    print(f"columns too many  {sum(one.proposed - one.recovered for one in total)}")
    print(f"their types       {share(sum(one.types for one in total), recovered)}")
    strict = sum(one.too_strict for one in total)
    print(f"their null-ness   {share(sum(one.nulls for one in total), recovered)}, too strict {strict}")
    print(f"foreign keys      {share(sum(o.keys_recovered for o in total), sum(o.keys for o in total))}")


if __name__ == "__main__":
    main(sys.argv[1:])
