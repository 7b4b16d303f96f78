"""Compare proposals with what was written later: `python -m benchmarks.written_later [--parent] FOLDER …`.

Commits are looked for that create a table which the code asks for. The code of such a commit, with the schema and the
generated types as they were before it, is what the table is proposed from; with `--parent` the code is that of before,
too. The proposal is compared with the table as the commit made it. Folders are clones with their histories.
"""

from __future__ import annotations

import re
import sys
from collections import defaultdict
from collections.abc import Iterable, Iterator
from pathlib import Path

from msgspec import Struct, field

from benchmarks.histories import Between, log_of, run_git
from benchmarks.proposals import Outcome, compared, share
from tripoint.audit import AuditError, Options, audit
from tripoint.cache import Cache
from tripoint.config import Config
from tripoint.model.catalog import Policy, Table
from tripoint.propose.proposals import draft
from tripoint.tree import RevisionError, RevisionTree, TreeError

_CREATED = re.compile(rb"""^\+\s*create\s+table\s+(?:if\s+not\s+exists\s+)?(?:"?public"?\.)?"?(\w+)"?\s*\(""", re.I)
_TYPES = re.compile(r"(?:^|/)(?:database|supabase)[\w.-]*\.ts$|(?:supabase|database)/types\.ts$", re.I)
_COMMITS = 4
"""How many commits of one project count, and how many tables of one commit."""
_TABLES = 5
_TRIES = 12
_CACHE = Cache()


class Written(Struct):
    """A table that was proposed and then, or before, written."""

    project: str
    commit: str
    table: Table
    outcome: Outcome
    policies: list[str] = field(default_factory=list)
    """What its policies allow somebody, of `select`, `insert`, `update` and `delete`."""
    policies_proposed: list[str] = field(default_factory=list)


def creating_commits(folder: Path) -> dict[str, list[str]]:
    """Return by commit the tables that it creates, newest first."""
    found: dict[str, list[str]] = defaultdict(list)
    commit = ""
    for line in log_of(folder, "-p", "-U0", "-i", "-Gcreate table", "--", "*.sql").splitlines():
        if re.fullmatch(rb"[0-9a-f]{40}", line):
            commit = line.decode()
        elif created := _CREATED.match(line):
            found[commit].append(created[1].decode())
    return found


def written_later(folder: Path, parent: bool) -> Iterator[Written]:
    """Compare what is proposed for the tables that commits of a project created."""
    counted = tried = 0
    done: set[str] = set()
    for commit, names in creating_commits(folder).items():
        before = f"{commit}~1"
        code = before if parent else commit
        asked = [
            name
            for name in dict.fromkeys(names)
            if name not in done
            and run_git(folder, "grep", "-l", "-E", rf"(from|table)\(\s*['\"]{name}['\"]", code, "--", ":!*.sql")
            and not run_git(folder, "grep", "-l", "-i", "-w", "-E", rf"create table[^(]*{name}", before, "--", "*.sql")
        ]
        if not asked or counted >= _COMMITS or tried >= _TRIES:
            continue
        tried += 1
        found = list(_compared(folder, commit, code, asked[:_TABLES]))
        counted += bool(found)
        done |= {one.table.name.name for one in found}
        yield from found


def _compared(folder: Path, commit: str, code: str, names: list[str]) -> Iterator[Written]:
    try:
        with RevisionTree(folder, commit) as after:
            made = audit(after, Config(), Options(cache=_CACHE, processes=1, schema_only=True))
        with Between(folder, code=code, schema=f"{commit}~1", also=_TYPES) as tree:
            current = audit(tree, Config(), Options(cache=_CACHE, processes=1))
            for evidence in current.evidence:
                base = next((e for e in made.evidence if e.database.name == evidence.database.name), None)
                tables = {name.name: table for name, table in base.defined.tables.items()} if base is not None else {}
                asked = frozenset(f"public.{name}" for name in names)
                drafts = draft(evidence, current.findings, tree.read, subjects=asked)
                for name in names:
                    table = tables.get(name)
                    if table is None or table.kind != "table" or table.name in evidence.defined.tables:
                        continue
                    if all(one.subject != str(table.name) for one in drafts):
                        continue
                    outcome = compared(drafts, evidence, table)
                    proposed = outcome.made.policies.values() if outcome.made is not None else ()
                    yield Written(
                        folder.name,
                        commit,
                        table,
                        outcome,
                        _allowed(table.policies.values()),
                        _allowed(proposed),
                    )
    except (AuditError, RevisionError, TreeError):
        return


def _allowed(policies: Iterable[Policy]) -> list[str]:
    commands = {policy.command for policy in policies if policy.permissive}
    every = ("select", "insert", "update", "delete")
    return [command for command in every if command in commands or "all" in commands]


def _show(one: Written) -> None:
    outcome, made = one.outcome, one.outcome.made
    assert made is not None
    print(
        f"{one.project} {one.commit[:8]}: {outcome.table}: columns {share(outcome.recovered, outcome.columns)}"
        f" of {outcome.proposed} proposed, types {share(outcome.types, outcome.recovered)}"
        f", null-ness {share(outcome.nulls, outcome.recovered)}, keys {share(outcome.keys_recovered, outcome.keys)}"
        f", policies {one.policies} proposed {one.policies_proposed}"
    )
    for name, column in one.table.columns.items():
        own = made.columns.get(name)
        if own is not None and (own.type != column.type or own.nullable != column.nullable):
            was, is_ = (f"{c.type}{'' if c.nullable else ' not null'}" for c in (column, own))
            print(f"    {name}: written {was}, proposed {is_}")
    lost = [name for name in one.table.columns if name not in made.columns]
    more = [name for name in made.columns if name not in one.table.columns]
    print(f"    not proposed: {', '.join(lost) or '-'}; proposed and not written: {', '.join(more) or '-'}")
    own_keys = {(key.columns, key.references) for key in made.constraint("foreign")}
    for key in one.table.constraint("foreign"):
        if (key.columns, key.references) not in own_keys and set(key.columns) <= set(made.columns):
            print(f"    foreign key not proposed: {', '.join(key.columns)} -> {key.references}")
    keys = {(key.columns, key.references) for key in one.table.constraint("foreign")}
    for columns, target in sorted(own_keys - keys, key=str):
        print(f"    foreign key proposed and not written: {', '.join(columns)} -> {target}", flush=True)


def main(arguments: list[str]) -> None:
    found: list[Written] = []
    for folder in arguments:
        for one in written_later(Path(folder), "--parent" in arguments) if not folder.startswith("--") else ():
            _show(one)
            found.append(one)
    total = [one.outcome for one in found]
    recovered = sum(one.recovered for one in total)
    print(f"tables            {len(total)}, of projects {len({one.project for one in found})}")
    print(f"columns           {share(recovered, sum(one.columns for one in total))}")
    print(f"columns too many  {sum(one.proposed - one.recovered for one in total)}")
    print(f"their types       {share(sum(one.types for one in total), recovered)}")
    strict = sum(one.too_strict for one in total)
    print(f"their null-ness   {share(sum(one.nulls for one in total), recovered)}, too strict {strict}")
    print(f"foreign keys      {share(sum(o.keys_recovered for o in total), sum(o.keys for o in total))}")
    secured = [one for one in found if one.table.row_security]
    proposed = sum(one.outcome.made is not None and one.outcome.made.row_security for one in secured)
    print(f"row security      {share(proposed, len(secured))}")
    allowed = sum(len(set(one.policies) & set(one.policies_proposed)) for one in secured)
    print(f"commands allowed  {share(allowed, sum(len(one.policies) for one in secured))}", end=", ")
    print(f"too many {sum(len(set(one.policies_proposed) - set(one.policies)) for one in secured)}")


if __name__ == "__main__":
    main(sys.argv[1:])
