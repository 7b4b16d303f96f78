"""Wrong names in code → the edits that put the right ones there, where it is certain what was meant."""

from __future__ import annotations

import difflib
import re
from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator
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
from tripoint.options import Options
from tripoint.resolve.kinds import put_away
from tripoint.resolve.words import tokens
from tripoint.tree import OverlayTree, Tree

__all__ = ["Edit", "Left", "apply_edits", "certain_edits", "unified_diff", "without_harm"]

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


def without_harm(
    edits: list[Edit], current: Audit, tree: Tree, config: Config, read: Read, options: Options | None = None
) -> tuple[list[Edit], list[tuple[str, str]]]:
    """Return the edits after which the audit finds nothing new that is as grave as what they mend.

    All are tried together first, and subject by subject where that does not hold. With them are returned (subject,
    reason) of those that are left. `options` are those of the audits.
    """
    options = options or Options()
    if not edits or _harm(edits, current, tree, config, read, options) is None:
        return edits, []
    kept: list[Edit] = []
    left: list[tuple[str, str]] = []
    for key in sorted({(edit.database, edit.subject) for edit in edits}):
        own = [edit for edit in edits if (edit.database, edit.subject) == key]
        harm = _harm([*kept, *own], current, tree, config, read, options)
        if harm is None:
            kept += own
        else:
            left.append((key[1], harm))
    return sorted(kept), left


def _harm(edits: list[Edit], current: Audit, tree: Tree, config: Config, read: Read, options: Options) -> str | None:
    changed = apply_edits(edits, read)
    try:
        after = audit(OverlayTree(tree, {path: new for path, (_, new) in changed.items()}), config, options)
    except AuditError as error:
        return f"the audit after it can't be done: {error}"
    mended = {(edit.database, edit.subject) for edit in edits}
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
