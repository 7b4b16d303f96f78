"""Try the resolution on what commits of projects renamed in code: `python -m benchmarks.renames.commits FOLDER …`.

Each commit that replaced one table, column or function by another in a call is looked for: the project as that commit
left it, but for the files that it changed so, which stand as before. Withheld is what tells it outright: the commits
themselves, and the RENAME and DROP statements of the migrations. Hunks count that exchanged words and nothing else.
Nothing is set on what comes out.
"""

from __future__ import annotations

import re
import sys
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path

from benchmarks.renames import Outcome, measure
from tripoint.audit import AuditError, Options, audit
from tripoint.cache import Cache
from tripoint.config import Config
from tripoint.model.evidence import Evidence
from tripoint.resolve import resolve
from tripoint.resolve.clues import COMMON
from tripoint.resolve.hunks import replaced_words
from tripoint.tree import Hunk, OverlayTree, RevisionTree, Tree, TreeError, WorkTree
from tripoint.tree.history import read_hunks

_CODE = (".ts", ".tsx", ".js", ".jsx", ".mjs", ".vue", ".svelte", ".py", ".dart", ".swift", ".kt")
_TABLE_CALL = re.compile(rb"""\.\s*(?:from|rpc|table)\s*\(\s*['"`]""")
_CALL = re.compile(rb"""\.\s*(?:select|eq|neq|in|is|gte?|lte?|order|insert|update|upsert)\s*\(""")
_WORD = re.compile(rb"\w+")
_CACHE = Cache()
_RULES = ("missing-table", "missing-column", "missing-function")
_CASES = 25
"""How many commits of one project count at most, and of how many it is found out whether they do."""
_TRIES = 60
_COMMITS = 30_000
_BYTES = 1 << 30
_FILES = 20
"""A commit that changes more files in this way moved to another project."""


class Withheld(OverlayTree):
    """A tree without a history."""

    def hunks(self, paths: Iterable[str]) -> tuple[Hunk, ...]:
        return ()


def commit_outcomes(folder: Path) -> Iterator[Outcome]:
    """Resolve what the commits of a project replaced."""
    tree = WorkTree(folder)
    if tree.revision is None:
        return
    spoken = {word for entry in tree.files() if entry.path.endswith(".sql") for word in _words(tree, entry.path)}
    paths = [entry.path for entry in tree.files() if entry.path.endswith(_CODE)]
    hunks = read_hunks(str(folder), tree.revision, paths, commits=_COMMITS, size=_BYTES, seconds=600)
    done: set[tuple[str, str]] = set()
    tried = found_in = 0
    commits = _by_commit(hunks)
    # Those that replaced a table or function come first: of the others, few replaced a name of the schema.
    for commit in sorted(commits, key=lambda commit: not any(table for _, _, table in commits[commit])):
        pairs: dict[tuple[str, str], set[str]] = {}
        for (old, new, _), files in commits[commit].items():
            pairs.setdefault((old, new), set()).update(files)
        fresh = {
            pair: files
            for pair, files in pairs.items()
            if pair not in done and len(files) <= _FILES and pair[1].encode() in spoken
        }
        if not fresh or tried >= _TRIES or found_in >= _CASES:
            continue
        found = list(_outcomes(folder, commit, fresh))
        tried += 1
        found_in += bool(found)
        done |= {pair for pair, _ in found}
        yield from (outcome for _, outcome in found)


def _words(tree: Tree, path: str) -> set[bytes]:
    return set(re.findall(rb"\w+", _read(tree, path)))


def _by_commit(hunks: Iterable[Hunk]) -> dict[str, dict[tuple[str, str, bool], set[str]]]:
    """Return by commit the words that it replaced in calls, whether in such as name a table, with the files."""
    found: dict[str, dict[tuple[str, str, bool], set[str]]] = {}
    for hunk in hunks:
        if not _mechanical(hunk):
            continue
        table = any(_TABLE_CALL.search(line) for line in hunk.removed)
        call = any(_CALL.search(line) for line in hunk.removed)
        for old, new, quoted in replaced_words(hunk) if table or call else ():
            if (quoted or call) and new.lower() not in COMMON:
                found.setdefault(hunk.commit, {}).setdefault((old, new, table and quoted), set()).add(hunk.path)
    return found


def _mechanical(hunk: Hunk) -> bool:
    """Whether a hunk exchanged words and nothing else: where more was rewritten, other data may be asked for."""
    before, after = ([_WORD.sub(b"w", line.strip()) for line in lines] for lines in (hunk.removed, hunk.added))
    return before == after


def _outcomes(
    folder: Path, commit: str, pairs: Mapping[tuple[str, str], set[str]]
) -> Iterator[tuple[tuple[str, str], Outcome]]:
    try:
        after, before = RevisionTree(folder, commit), RevisionTree(folder, f"{commit}~1")
        current = audit(Withheld(after, {}), Config(), Options(cache=_CACHE, processes=1))
    except (AuditError, TreeError):
        return
    known = {name.name for e in current.evidence for name in (*e.defined.tables, *e.defined.functions)}
    known |= {column for e in current.evidence for table in e.defined.tables.values() for column in table.columns}
    likely = {pair: files for pair, files in pairs.items() if pair[1] in known}
    if not likely:
        return
    files = sorted(set().union(*likely.values()))
    try:
        left = audit(
            Withheld(after, {path: _read(before, path) for path in files}), Config(), Options(cache=_CACHE, processes=1)
        )
    except (AuditError, TreeError):
        return
    for evidence in left.evidence:
        evidence.renames = evidence.drops = ()
        meanings = resolve(evidence)
        missing = {f.subject for f in left.findings if f.rule in _RULES and f.database == evidence.database.name}
        for subject in sorted(missing):
            owner, _, old = subject.rpartition(".")
            for one, new in likely:
                if one == old and _exists(evidence, f"{owner}.{new}"):
                    yield (one, new), Outcome(folder.name, subject, f"{owner}.{new}", meanings.get(subject, ()))


def _read(tree: Tree, path: str) -> bytes:
    try:
        return tree.read(path)
    except TreeError:
        return b""


def _exists(evidence: Evidence, target: str) -> bool:
    defined = evidence.defined
    tables = {str(name): table for name, table in defined.tables.items()}
    owner, _, column = target.rpartition(".")
    functions = {str(name) for name in defined.functions}
    return target in tables or target in functions or (owner in tables and column in tables[owner].columns)


def main(folders: list[str]) -> None:
    found = []
    for folder in folders:
        for outcome in commit_outcomes(Path(folder)):
            answers = ", ".join(f"{s.kind} {s.target} {s.confidence}" for s in outcome.answers)
            verdict = "first" if outcome.rank == 1 else "missed"
            print(f"{outcome.schema}: {verdict}: {outcome.subject} = {outcome.meant}: {answers}", flush=True)
            found.append(outcome)
    for title, levels in (("tables and functions", 1), ("columns", 2)):
        figures = measure(outcome for outcome in found if outcome.subject.count(".") == levels)
        print(f"{title}: {figures.renamed} renamed, {figures.first} first, {figures.among_three} among three;", end=" ")
        print(f"calibration {figures.calibration_error:.3f}")
        for _, (count, right, said) in sorted(figures.bins.items()):
            print(f"    {said / count:.0%} said, {right / count:.0%} right ({count})")


if __name__ == "__main__":
    main(sys.argv[1:])
