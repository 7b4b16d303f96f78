"""Try the resolution on what commits of projects renamed: `python -m benchmarks.renames.commits FOLDER …`.

Each state is one that the project stood in or nearly did: the code before a commit with the schema after it, so that
what the commit mended in the code is still to be found. Two sorts of commits are looked for:

- those that replaced one table, column or function by another in a call. Withheld is what tells it outright: the
  commits themselves, and the RENAME and DROP statements of the migrations;
- those whose migrations rename what the code still asks for. There the statement is withheld in one of two runs.

Folders are clones, with their histories; they need no checkout. Nothing is set on what comes out.
"""

from __future__ import annotations

import re
import sys
from collections import Counter
from collections.abc import Iterable, Iterator
from pathlib import Path

from msgspec import Struct, field

from benchmarks.histories import Between, log_of, run_git
from benchmarks.renames import Outcome, measure
from tripoint.audit import AuditError, Options, audit
from tripoint.cache import Cache
from tripoint.config import Config
from tripoint.model.audit import Audit
from tripoint.model.evidence import Evidence
from tripoint.resolve import resolve
from tripoint.resolve.clues import COMMON
from tripoint.resolve.hunks import replaced_words
from tripoint.tree import Hunk, RevisionError, TreeError
from tripoint.tree.history import parse_hunks

_CODE = ("ts", "tsx", "js", "jsx", "mjs", "vue", "svelte", "astro", "py", "dart", "swift", "kt")
_TABLE_CALL = re.compile(rb"""\.\s*(?:from|rpc|table)(?:<[^>]*>)?\s*\(\s*['"`]""")
_CALL = re.compile(rb"""\.\s*(?:select|eq|neq|in|is|gte?|lte?|order|insert|update|upsert)\s*\(""")
_RENAME = r"RENAME[[:space:]]+(COLUMN[[:space:]]|TO[[:space:]])"
_WORD = re.compile(rb"\w+")
_NAME = re.compile(r"[^\W\d]\w{2,}")
_CACHE = Cache()
_RULES = ("missing-table", "missing-column", "missing-function")
_CASES = 12
"""How many commits of one project count at most, of each sort, so that none outweighs the others."""
_TRIES = 40
_LINES = 60


class Replaced(Struct):
    """What one commit replaced in calls."""

    commit: str
    pairs: set[tuple[str, str]] = field(default_factory=set)
    tables: bool = False
    """Whether in calls that name a table."""


def replacing_commits(folder: Path) -> list[Replaced]:
    """Return the commits that replaced names in calls, those first that replaced a table or function."""
    found: dict[str, Replaced] = {}
    for hunk in parse_hunks(log_of(folder, "-p", "-U0", "--", *(f":(glob)**/*.{suffix}" for suffix in _CODE))):
        if not hunk.removed or max(len(hunk.removed), len(hunk.added)) > _LINES:
            continue
        table = any(_TABLE_CALL.search(line) for line in hunk.removed)
        call = any(_CALL.search(line) for line in hunk.removed)
        if not (table or call) or not _mechanical(hunk):
            continue
        for old, new, quoted in replaced_words(hunk):
            if (quoted or call) and _NAME.fullmatch(old) and _NAME.fullmatch(new) and new.lower() not in COMMON:
                replaced = found.setdefault(hunk.commit, Replaced(hunk.commit))
                replaced.pairs.add((old, new))
                replaced.tables = replaced.tables or (table and quoted)
    return sorted(found.values(), key=lambda one: not one.tables)


def _mechanical(hunk: Hunk) -> bool:
    """Whether a hunk exchanged words and nothing else: where more was rewritten, other data may be asked for."""
    before, after = ([_WORD.sub(b"w", line.strip()) for line in lines] for lines in (hunk.removed, hunk.added))
    return before == after


def code_outcomes(folder: Path) -> Iterator[Outcome]:
    """Resolve what commits of a project replaced in its code, from the code as it was before."""
    done: set[tuple[str, str]] = set()
    counted = tried = 0
    for replaced in replacing_commits(folder):
        pairs = {pair for pair in replaced.pairs - done if _spoken(folder, replaced.commit, pair[1])}
        if not pairs or tried >= _TRIES or counted >= _CASES:
            continue
        tried += 1
        found = list(replaced_outcomes(folder, replaced.commit, pairs))
        counted += bool(found)
        done |= {pair for pair, _ in found}
        yield from (outcome for _, outcome in found)


def replaced_outcomes(
    folder: Path, commit: str, pairs: Iterable[tuple[str, str]]
) -> Iterator[tuple[tuple[str, str], Outcome]]:
    """Yield by pair what is said of the old name in the state before a commit that replaced it by the new one."""
    found = _audit(folder, commit)
    if found is None:
        return
    meant = list(pairs)
    for evidence in found.evidence:
        evidence.renames = evidence.drops = ()
        meanings = resolve(evidence)
        for subject in sorted(_missing(found, evidence) - _existing(evidence)):
            owner, _, old = subject.rpartition(".")
            targets = {f"{owner}.{new}": (one, new) for one, new in meant if one == old}
            for target in sorted(set(targets) & _existing(evidence)):
                yield targets[target], Outcome(folder.name, subject, target, meanings.get(subject, ()))


def statement_outcomes(folder: Path, withheld: bool) -> Iterator[Outcome]:
    """Resolve what migrations of a project renamed and its code still asks for by the old name."""
    commits = log_of(folder, "-i", "-E", f"-G{_RENAME}", "--", ":(glob)**/*.sql").decode().split()
    counted = 0
    done: set[tuple[str, str]] = set()
    for commit in commits[: 4 * _TRIES]:
        if counted >= _CASES:
            return
        before = counted
        for outcome in renamed_outcomes(folder, commit, withheld):
            if (outcome.subject, outcome.meant or "") not in done:
                done.add((outcome.subject, outcome.meant or ""))
                counted = before + 1
                yield outcome


def renamed_outcomes(folder: Path, commit: str, withheld: bool) -> Iterator[Outcome]:
    """Yield what is said of each name that the migrations of a commit rename and the code before it asks for."""
    changed = set(run_git(folder, "diff-tree", "--no-commit-id", "--name-only", "-r", commit).decode().splitlines())
    found = _audit(folder, commit)
    for evidence in found.evidence if found is not None else ():
        missing = _missing(found, evidence) if found is not None else set()
        renamed = {old: new for old, new, place in evidence.renames if place.path in changed}
        if withheld:
            evidence.renames = evidence.drops = ()
        meanings = resolve(evidence) if missing & renamed.keys() else {}
        for old in sorted(missing & renamed.keys()):
            if renamed[old] in _existing(evidence):
                yield Outcome(folder.name, old, renamed[old], meanings.get(old, ()))


def _audit(folder: Path, commit: str) -> Audit | None:
    try:
        with Between(folder, code=f"{commit}~1", schema=commit) as tree:
            return audit(tree, Config(), Options(cache=_CACHE, processes=1))
    except (AuditError, RevisionError, TreeError):
        return None


def _missing(found: Audit, evidence: Evidence) -> set[str]:
    return {f.subject for f in found.findings if f.rule in _RULES and f.database == evidence.database.name}


def _existing(evidence: Evidence) -> set[str]:
    defined = evidence.defined
    columns = {f"{name}.{column}" for name, table in defined.tables.items() for column in table.columns}
    return {str(name) for name in (*defined.tables, *defined.functions)} | columns


def _spoken(folder: Path, commit: str, word: str) -> bool:
    return bool(run_git(folder, "grep", "-l", "-w", "-F", "-e", word, commit, "--", "*.sql", "*.prisma", "*schema.ts"))


def _show(title: str, found: list[Outcome]) -> None:
    for kind, levels in (("tables and functions", 1), ("columns", 2)):
        some = [outcome for outcome in found if outcome.subject.count(".") == levels]
        figures = measure(some)
        silent = Counter(bool(outcome.answers) for outcome in some)[False]
        print(
            f"{title}, {kind}: {figures.renamed} renamed, {figures.first} first, {figures.among_three} among", end=" "
        )
        print(f"three, {silent} without an answer; calibration {figures.calibration_error:.3f}")
        for _, (count, right, said) in sorted(figures.bins.items()):
            print(f"    {said / count:.0%} said, {right / count:.0%} right ({count})")


def main(folders: list[str]) -> None:
    sorts = ("code", "statements", "statements withheld")
    found: dict[str, list[Outcome]] = {sort: [] for sort in sorts}
    for folder in map(Path, folders):
        for sort, outcomes in zip(
            sorts,
            (code_outcomes(folder), statement_outcomes(folder, False), statement_outcomes(folder, True)),
            strict=True,
        ):
            for outcome in outcomes:
                answers = ", ".join(f"{s.kind} {s.target} {s.confidence}" for s in outcome.answers)
                verdict = "first" if outcome.rank == 1 else "missed"
                print(
                    f"{sort}: {outcome.schema}: {verdict}: {outcome.subject} = {outcome.meant}: {answers}", flush=True
                )
                found[sort].append(outcome)
    for sort in sorts:
        _show(sort, found[sort])


if __name__ == "__main__":
    main(sys.argv[1:])
