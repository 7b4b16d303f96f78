"""Wrong names in code → the edits that put the right ones there, where it is certain what was meant."""

from __future__ import annotations

import difflib
import gc
import re
from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator, Mapping
from typing import Literal

from msgspec import Struct

from tripoint.audit import AuditError, audit
from tripoint.config import Config
from tripoint.model.audit import Audit, Finding
from tripoint.model.binding import QueryBinding
from tripoint.model.evidence import Evidence
from tripoint.model.fault import POSSIBLE, SEVERITIES, Suggestion
from tripoint.model.place import Place
from tripoint.model.query import Query
from tripoint.model.text import legible
from tripoint.options import Options
from tripoint.resolve.kinds import put_away
from tripoint.resolve.words import tokens
from tripoint.tree import OverlayTree, Tree, TreeError

__all__ = ["Fixed", "Left", "fix_names", "unified_diff"]

Read = Callable[[str], bytes | None]

CERTAIN = 0.95
"""From this confidence on a name is replaced, where a reason proves it and no other candidate comes near."""
CLEAR = 0.3
"""By how much the first candidate must lead."""


class Edit(Struct, frozen=True, order=True):
    """The exact bytes of one literal, and what replaces them."""

    path: str
    start: int
    end: int
    old: str
    new: str
    database: str
    subject: str


class Left(Struct, frozen=True):
    """A suggestion that is left to a person, and why."""

    database: str
    subject: str
    suggestion: Suggestion
    reason: str


def certain_edits(current: Audit, read: Read) -> tuple[list[Edit], list[Left]]:
    """Return what can be replaced with certainty, and the suggestions that are left, both in order."""
    edits: set[Edit] = set()
    left: list[Left] = []
    open_findings = {(f.database, _wrong_name(f)) for f in current.findings if f.suppressed is None}
    for evidence in current.evidence:
        database = evidence.database.name
        places = _places(evidence)
        for subject, suggestions in sorted(evidence.meanings.items()):
            if (database, subject) not in open_findings or not suggestions or suggestions[0].kind != "rename":
                continue
            first = suggestions[0]
            if first.confidence < POSSIBLE:
                continue
            reason = _doubt(_own_name(subject), suggestions)
            if reason is None:
                found, reason = _edits_of(database, subject, first, places.get(subject, ()), read)
                edits |= set(found)
            if reason is not None:
                left.append(Left(database, subject, first, reason))
    overlapping = _overlapping(edits)
    return sorted(edits - overlapping), left


def _wrong_name(finding: Finding) -> str:
    """Return what a finding is about: of a relationship that is missing, the relation that is embedded."""
    embedded = finding.rule == "missing-relationship"
    return finding.subject.rpartition(" -> ")[2] if embedded else finding.subject


def _doubt(subject: str, suggestions: tuple[Suggestion, ...]) -> str | None:
    if suggestions[0].confidence < CERTAIN:
        return f"{suggestions[0].confidence:.0%} is not certain enough"
    if put_away(tokens(subject), tokens(_own_name(suggestions[0].target))):
        return f"{_own_name(suggestions[0].target)} sounds put away rather than renamed"
    if not suggestions[0].decisive:
        return f"neither migrations nor commits say that {suggestions[0].target} took its place"
    if len(suggestions) > 1 and suggestions[0].confidence - suggestions[1].confidence < CLEAR:
        return f"{suggestions[1].target} comes near"
    return None


def _edits_of(
    database: str, subject: str, meant: Suggestion, places: Iterable[_Place], read: Read
) -> tuple[list[Edit], str | None]:
    """Return the edits of one subject, and why the places that they leave are left."""
    if _schema(meant.target) != _schema(subject):
        return [], f"{meant.target} is in another schema"
    found: list[Edit] = []
    reasons: list[str] = []
    for (place, old, form), alone in dict.fromkeys(places):
        data = read(place.path)
        if not alone:
            reasons.append(f"the text in {place.path} names something else too")
        elif form == "sql":
            reasons.append(f"SQL in {place.path} is not rewritten")
        elif data is None or data[place.start : place.end] != old.encode():
            reasons.append(f"the name is not written out where {place.path} uses it")
        else:
            new = _in_form(_own_name(meant.target), old, form, data, place)
            found.append(Edit(place.path, place.start, place.end, old, new, database, subject))
    if not found and not reasons:
        reasons.append("no code that could be changed spells it out")
    return found, "; ".join(dict.fromkeys(reasons)) or None


def _own_name(target: str) -> str:
    return target.rpartition(".")[2]


def _schema(target: str) -> str:
    """Return what stands before the name: the schema, or schema and table of a column."""
    return target.rpartition(".")[0]


def _in_form(new: str, old: str, form: _Form, data: bytes, place: Place) -> str:
    """Return what stands in the old name's place so that the code around it goes on as before."""
    if form == "selected":
        return f"{old}:{new}"  # what reads the rows goes on to find it under the name that was asked for
    shorthand = place.path.endswith(_SHORTHAND) and _SHORT_KEY.match(data, place.end) is not None
    if form == "key" and shorthand and _QUALIFIED.search(data, max(0, place.start - _NEAR), place.start) is None:
        return f"{new}: {old}"  # `{ title }` is the key and the variable
    return new


_SHORTHAND = (".ts", ".tsx", ".mts", ".cts", ".js", ".jsx", ".mjs", ".cjs", ".vue", ".svelte", ".astro")
_SHORT_KEY = re.compile(rb"\s*(?:[,}]|//|/\*)")
_QUALIFIED = re.compile(rb"""(?:["'`\[]|\.\s*)\Z""")
"""What stands before a key that is quoted, or that is set on an object."""
_NEAR = 64
_Form = Literal["name", "selected", "key", "sql"]
_Place = tuple[tuple[Place, str, _Form], bool]
"""Where a name stands, how it is written, in which form; and whether the text there names nothing else."""


def _places(evidence: Evidence) -> dict[str, list[_Place]]:
    """Return by subject where its name stands wrongly."""
    found: dict[str, list[_Place]] = defaultdict(list)
    bound: dict[Place, set[str]] = defaultdict(set)
    named = [one for binding in evidence.bindings for one in _named(binding)]
    for subject, place, _, _, _ in named:
        bound[place].add(subject)
    for subject, place, written, form, wrong in named:
        if wrong:
            found[subject].append(((place, written, form), form == "sql" or bound[place] == {subject}))
    return found


def _named(binding: QueryBinding) -> Iterator[tuple[str, Place, str, _Form, bool]]:
    """Yield (subject, place, as written, form, whether it is wrong) of the names of a query that may be replaced."""
    query = binding.query
    # A test's names are no findings, but a literal that it shares with the code is not the code's alone.
    settled = query.certain and not query.alternatives and not query.test
    if binding.table is not None and binding.table.name is not None and query.name is not None:
        wrong = binding.table.outcome == "unknown" and settled
        yield str(binding.table.name), query.place, query.name, "name", wrong
    if query.kind == "function" and binding.function_name is not None and query.name is not None:
        yield str(binding.function_name), query.place, query.name, "name", not binding.functions and settled
    if query.kind == "bucket" and query.name is not None:
        yield f"storage.buckets.id='{query.name}'", query.place, query.name, "name", False
    if query.kind == "edge-function" and query.name is not None:
        yield query.name, query.place, query.name, "name", settled
    named_as_is = _named_as_they_are(query) if query.client.startswith("supabase") else frozenset()
    for column in binding.columns:
        form: _Form = "selected" if column.place in named_as_is else "key" if column.use == "write" else "name"
        subject = f"{column.table.name}.{column.column}"
        yield subject, column.place, column.column, form, column.outcome == "unknown" and settled
    for bound in binding.embeds:
        # Another relation embedded under a name of its own keeps it; what is spread has none.
        form = "name" if bound.embed.alias or bound.embed.spread else "selected"
        wrong = bound.outcome == "unknown" and bound.target is None and settled
        yield f"{bound.origin.name.schema}.{bound.embed.target}", bound.embed.place, bound.embed.target, form, wrong
    for reference in binding.references:
        if reference.target is not None and reference.outcome == "unknown" and not query.test:
            subject = f"{reference.target}.{reference.column}" if reference.column else str(reference.target)
            yield subject, reference.place, reference.written, "sql", True


def _named_as_they_are(query: Query) -> frozenset[Place]:
    """Return where a select of PostgREST names columns that come back under the names that they have there."""
    found: set[Place] = set()
    waiting = [query.select] if query.select is not None else []
    while waiting:
        select = waiting.pop()
        waiting += [embed.select for embed in select.embeds]
        plain = (f for f in select.fields if not (f.alias or f.json_path or f.aggregate))
        found |= {field.place for field in plain}
    return frozenset(found)


def _overlapping(edits: set[Edit]) -> set[Edit]:
    found: set[Edit] = set()
    last: Edit | None = None
    for edit in sorted(edits):
        if last is not None and last.path == edit.path and edit.start < last.end:
            found |= {last, edit}
        last = edit
    return found


def apply_edits(edits: Iterable[Edit], read: Read) -> dict[str, tuple[bytes, bytes]]:
    """Return path → (bytes before, bytes after)."""
    by_path: dict[str, list[Edit]] = defaultdict(list)
    for edit in edits:
        by_path[edit.path].append(edit)
    changed = {}
    for path, own in sorted(by_path.items()):
        before = after = read(path) or b""
        for edit in sorted(own, reverse=True):
            after = after[: edit.start] + edit.new.encode() + after[edit.end :]
        changed[path] = (before, after)
    return changed


def unified_diff(changed: dict[str, tuple[bytes, bytes]]) -> str:
    """Return the changes as `git diff` writes them."""
    lines: list[str] = []
    for path, (before, after) in changed.items():
        old, new = (data.decode("utf-8", "backslashreplace").splitlines(keepends=True) for data in (before, after))
        for line in difflib.unified_diff(old, new, f"a/{path}", f"b/{path}"):
            lines.append(line if line.endswith("\n") else f"{line}\n\\ No newline at end of file\n")
    return "".join(lines)


class Fixed(Struct, frozen=True):
    """What a project is after everything certain is replaced, as often as a replacement lets another be seen."""

    changed: dict[str, tuple[bytes, bytes]]
    """Path → (bytes before, bytes after)."""
    names: int
    """How many names were replaced."""
    left: list[Left]


def fix_names(current: Audit, tree: Tree, config: Config, options: Options | None = None) -> Fixed:
    """Return the replacements after which the audit finds nothing new that is as grave as what they mend.

    A column of a table that is asked for by its old name is seen only where the table has its new one: so names are
    replaced in rounds, until a further one would replace nothing. All names of the first round are tried together, and
    subject by subject where that does harm. `options` are those of the audits.
    """
    project = _Project(current, tree, config, options or Options())
    edits, left = certain_edits(current, project.read)
    if not edits:
        return Fixed({}, 0, left)
    settled = project.settle(edits, frozenset())
    refused: list[tuple[tuple[str, str], str]] = []
    if settled.harm is not None:
        keys = sorted({_key(edit) for edit in edits})
        waiting = set(keys)
        kept, settled = list[Edit](), _Settled({}, 0, current, None)
        for key in keys:
            tried = sorted([*kept, *(edit for edit in edits if _key(edit) == key)])
            waiting.discard(key)
            outcome = project.settle(tried, frozenset(waiting | {one for one, _ in refused}))
            if outcome.harm is None:
                kept, settled = tried, outcome
            else:
                refused.append((key, outcome.harm))
    read = project.reading(settled.buffers)
    left = certain_edits(settled.audit, read)[1]
    meant = {(e.database.name, s): found[0] for e in current.evidence for s, found in e.meanings.items() if found}
    left += [Left(*key, meant[key], harm) for key, harm in refused]
    changed = {path: (project.read(path) or b"", after) for path, after in sorted(settled.buffers.items())}
    return Fixed(changed, settled.names, left)


def _key(edit: Edit) -> tuple[str, str]:
    return edit.database, edit.subject


class _Settled(Struct, frozen=True):
    """Where some edits lead with those that follow from them."""

    buffers: dict[str, bytes]
    names: int
    audit: Audit
    harm: str | None


class _Project(Struct, frozen=True):
    """A project and what is found in it as it stands."""

    current: Audit
    tree: Tree
    config: Config
    options: Options

    def read(self, path: str) -> bytes | None:
        try:
            return legible(self.tree.read(path))
        except TreeError:
            return None

    def reading(self, buffers: Mapping[str, bytes]) -> Read:
        return lambda path: buffers[path] if path in buffers else self.read(path)

    def settle(self, edits: list[Edit], barred: frozenset[tuple[str, str]]) -> _Settled:
        """Apply edits and those that follow from them, but for what is `barred`, and say what harm they do."""
        buffers: dict[str, bytes] = {}
        mended: set[tuple[str, str]] = set()
        names = 0
        found = self.current
        for _ in range(_ROUNDS):
            if not edits:
                break
            buffers |= {path: after for path, (_, after) in apply_edits(edits, self.reading(buffers)).items()}
            names += len(edits)
            mended |= {_key(edit) for edit in edits}
            gc.collect()
            try:
                found = audit(OverlayTree(self.tree, buffers), self.config, self.options)
            except AuditError as error:
                return _Settled(buffers, names, self.current, f"the audit after it can't be done: {error}")
            edits = [edit for edit in certain_edits(found, self.reading(buffers))[0] if _key(edit) not in barred]
        return _Settled(buffers, names, found, _harm(self.current, found, mended))


_ROUNDS = 5
"""A table, its columns, what is embedded in it, and their columns: what is deeper is left to a further run."""


def _harm(current: Audit, after: Audit, mended: set[tuple[str, str]]) -> str | None:
    """Return what is found after edits that mend subjects, and should not be."""
    before = [f for f in current.findings if (f.database, _wrong_name(f)) in mended]
    worst = min((SEVERITIES.index(f.severity) for f in before), default=0)
    left = {(f.rule, f.database, f.subject): len(f.spots) for f in after.findings if f.suppressed is None}
    for finding in before:
        if left.get((finding.rule, finding.database, finding.subject), 0) >= len(finding.spots):
            return f"{finding.rule} {finding.subject} would be found as often as before"
    known = {(f.rule, f.database, f.subject) for f in current.findings}
    new = [f for f in after.findings if (f.rule, f.database, f.subject) not in known and f.suppressed is None]
    grave = [f for f in new if SEVERITIES.index(f.severity) <= worst]
    return f"after it, {grave[0].rule} {grave[0].subject} would be found" if grave else None
