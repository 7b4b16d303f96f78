"""The proof of a proposal: the whole history replayed with it in its place, and the project audited again."""

from __future__ import annotations

import gc
import re
from collections.abc import Callable, Iterable, Sequence
from datetime import datetime
from typing import NamedTuple

from msgspec import Struct
from msgspec.structs import replace

from tripoint.audit import AuditError, audit
from tripoint.config import Config
from tripoint.model.audit import Audit, Finding, Proposal
from tripoint.model.evidence import Failure
from tripoint.model.fault import SEVERITIES
from tripoint.model.name import Name
from tripoint.options import Options
from tripoint.propose.draft import Draft
from tripoint.propose.files import Laid, NewFiles, NotPlaced, lay, new_files
from tripoint.propose.tried import replay_history
from tripoint.sources.database.replay import Replayed
from tripoint.tree import OverlayTree, Tree

__all__ = ["Proven", "Unit", "Verdict", "Verdicts", "place_drafts", "settle", "verify"]


class Proven(Struct, frozen=True):
    """A draft, where it goes, and whether it was shown to mend what it should."""

    draft: Draft
    files: NewFiles | None
    """None where no file can be made for it; the reason then says why."""
    proposal: Proposal
    remark: str | None = None
    """What the replay says beside: what of the history is refused whether or not the proposal is there."""
    refuted: bool = False
    """Whether it was shown not to do what it should, rather than not shown to do it."""


_UNDEFINED_TABLE = "42P01"

Placed = tuple[Draft, NewFiles | NotPlaced]


def place_drafts(drafts: Iterable[Draft], current: Audit, tree: Tree, now: datetime, appended: bool) -> list[Placed]:
    """Return each draft with the files that would hold it, no two with one version, and in their order."""
    evidence = {one.database.name: one for one in current.evidence}
    used: set[str] = set()

    def version(path: str) -> str:
        folder, _, name = path.rpartition("/")
        return f"{folder}/{name.split('_')[0].split('.')[0]}"

    def taken(path: str) -> bool:
        return tree.has(path) or version(path) in used or path in used

    forms = [
        replace(one, sql=one.appended) if appended and one.appended is not None else one
        for one in drafts
        if not (appended and one.completes)
    ]
    found: dict[int, NewFiles | NotPlaced] = {}
    # What stands before a migration takes the numbers down from it: the last one first.
    inserted = [draft for draft in forms if draft.before is not None and not appended]
    for draft in (*reversed(inserted), *(draft for draft in forms if draft not in inserted)):
        try:
            files = new_files(draft, evidence[draft.database], taken, now, appended=appended)
        except NotPlaced as error:
            found[id(draft)] = error
            continue
        used |= {version(path) for path in files.texts} | set(files.texts)
        found[id(draft)] = files
    return [(draft, found[id(draft)]) for draft in forms]


def verify(
    placed: Sequence[Placed], current: Audit, tree: Tree, config: Config, options: Options | None = None
) -> list[Proven]:
    """Prove drafts: all together, without those that are to blame where that does not hold.

    `options` are those of the audits.

    A draft is verified where the replay refuses nothing of it and nothing of the history that it accepted before, where
    the audit no longer finds what the draft mends, and finds nothing new that is as severe, or high or critical, and
    where its policies let each of two generated users to their own rows and to nobody else's.
    """
    proofs = _Proofs(current, tree, config, options or Options())
    units: dict[tuple[str, str], Unit] = {}
    for draft, files in placed:
        if isinstance(files, NewFiles) and draft.withheld is None:
            # What completes a table can't be shown without it.
            units[_subject(draft)] = (*units.get(_subject(draft), ()), (draft, files))
    verdicts: Verdicts = {}
    audited = settle(list(units.values()), proofs.audited, verdicts)
    settle(audited, proofs.replayed, verdicts)
    fallen = [draft for unit in units.values() for draft, _ in unit if verdicts[id(draft)].reason is not None]
    proven = []
    for draft, files in placed:
        if isinstance(files, NotPlaced):
            proven.append(Proven(draft, None, _proposal(draft, draft.withheld or str(files))))
            continue
        if draft.withheld is not None:
            proven.append(Proven(draft, files, _proposal(draft, draft.withheld), refuted=True))
            continue
        verdict = verdicts[id(draft)]
        needed = next((one.subject for one in fallen if verdict.reason is not None and _refers(draft, one)), None)
        if needed is not None:
            verdict = verdict._replace(reason=f"it needs {needed}, whose own proposal is not verified")
        proven.append(Proven(draft, files, _proposal(draft, verdict.reason), verdict.remark, verdict.refuted))
    return proven


def _refers(draft: Draft, other: Draft) -> bool:
    """Whether a foreign key of the draft leads to the table that another one makes."""
    if draft.subject == other.subject or other.rule not in ("missing-table", "dangling-foreign-key"):
        return False
    name = re.escape(other.subject.partition(".")[2])
    return re.search(rf'(?im)^(?!\s*--).*\breferences\s+(?:[\w"]+\.)?"?{name}"?\s*\(', draft.sql) is not None


def _subject(draft: Draft) -> tuple[str, str]:
    return draft.database, draft.subject


def _proposal(draft: Draft, reason: str | None) -> Proposal:
    return Proposal(draft.database, draft.subject, draft.sql, reason is None, reason)


class Verdict(NamedTuple):
    reason: str | None = None
    """Why it is not verified."""
    remark: str | None = None
    refuted: bool = False
    shared: bool = False
    """Whether another of those tried with it may be to blame."""


Unit = tuple[tuple[Draft, NewFiles], ...]
"""The drafts of one subject."""
Verdicts = dict[int, Verdict]
"""By the id of a draft."""


def settle(units: list[Unit], prove: Callable[[Sequence[Unit]], Verdicts], verdicts: Verdicts) -> list[Unit]:
    """Return the units that hold together; `verdicts` gets what was said of each unit when it was tried last.

    Those that are blamed alone are left out at once, those that share the blame are tried again, by halves, on top of
    the ones that hold: what takes one run where all hold takes a few where some don't.
    """
    held: list[Unit] = []
    waiting = [units]
    while waiting:
        tried = waiting.pop()
        if not tried:
            continue
        found = prove([*held, *tried])
        blamed = [unit for unit in tried if any(found[id(draft)].reason is not None for draft, _ in unit)]
        spoiled = not blamed and any(verdict.reason is not None for verdict in found.values())
        if not blamed and not spoiled:
            held += tried
            verdicts |= found
            continue
        suspects = [unit for unit in blamed if any(found[id(draft)].shared for draft, _ in unit)]
        if spoiled or (len(suspects) == len(tried) > 1):
            middle = len(tried) // 2
            if middle == 0:
                verdicts |= {id(draft): _spoils(found) for draft, _ in tried[0]}
                continue
            waiting += [tried[middle:], tried[:middle]]
            continue
        verdicts |= {id(draft): found[id(draft)] for unit in blamed for draft, _ in unit}
        if len(tried) > 1:
            waiting += [suspects, [unit for unit in tried if unit not in blamed]]
    return held


def _spoils(found: Verdicts) -> Verdict:
    reason = next(verdict.reason for verdict in found.values() if verdict.reason is not None)
    return Verdict(f"with it, another proposal does not hold: {reason}", refuted=True)


class _Proofs:
    def __init__(self, current: Audit, tree: Tree, config: Config, options: Options) -> None:
        self.current = current
        self.tree = tree
        self.config = config
        self.options = options
        self._paths = {e.database.name: {m.path for m in e.database.migrations} for e in current.evidence}
        self._known = {(f.rule, f.database, f.subject) for f in current.findings}
        self._before: dict[str, Replayed] = {}
        self._last: tuple[list[Unit], OverlayTree, Audit | str, Laid] | None = None

    def _audit(self, units: Sequence[Unit]) -> tuple[OverlayTree, Audit | str, Laid]:
        """Return the project with the units laid over it, and its audit, or why that can't be done."""
        if self._last is None or self._last[0] != list(units):
            laid = lay((files for unit in units for _, files in unit), self.tree.read)
            overlay = OverlayTree(self.tree, laid.buffers)
            gc.collect()
            try:
                after: Audit | str = audit(overlay, self.config, self.options)
            except AuditError as error:
                after = f"the audit with it can't be done: {error}"
            self._last = (list(units), overlay, after, laid)
        return self._last[1:]

    def audited(self, units: Sequence[Unit]) -> Verdicts:
        """Return what the audit says of the drafts, all laid over the project at once."""
        _, after, _ = self._audit(units)
        members = [pair for unit in units for pair in unit]
        if isinstance(after, str):
            return {id(draft): Verdict(after, shared=True) for draft, _ in members}
        verdicts: Verdicts = {}
        migrations = {e.database.name: {m.path for m in e.database.migrations} for e in after.evidence}
        new = [f for f in after.findings if (f.rule, f.database, f.subject) not in self._known and f.suppressed is None]
        suspects = {id(finding): _suspects(finding, units) for finding in new}
        for draft, files in members:
            if files.path not in migrations.get(draft.database, ()):
                verdicts[id(draft)] = Verdict(f"{files.path} would not be taken for a migration", refuted=True)
                continue
            verdicts[id(draft)] = Verdict()
            mended = [f for f in self.current.findings if f.database == draft.database and _mends(draft, f)]
            worst = min((SEVERITIES.index(f.severity) for f in mended), default=len(SEVERITIES) - 1)
            left = [f for f in after.findings if f.database == draft.database and _mends(draft, f)]
            grave = [f for f in new if _is_grave(f, worst) and _subject(draft) in suspects[id(f)]]
            if left:
                verdicts[id(draft)] = Verdict(f"{left[0].rule} {left[0].subject} is still found with it", refuted=True)
            elif grave:
                said = f"with it, {grave[0].rule} {grave[0].subject} is found{_yours(draft, grave[0])}"
                shared = all(len(suspects[id(finding)]) > 1 for finding in grave)
                verdicts[id(draft)] = Verdict(said, refuted=True, shared=shared)
        return verdicts

    def replayed(self, units: Sequence[Unit]) -> Verdicts:
        """Return what the replay says of the drafts, all laid over the project at once, where the audit holds."""
        verdicts = self.audited(units)
        overlay, after, laid = self._audit(units)
        if isinstance(after, str) or any(verdict.reason is not None for verdict in verdicts.values()):
            return verdicts
        for evidence in after.evidence:
            own = [pair for unit in units for pair in unit if pair[0].database == evidence.database.name]
            if not own:
                continue
            secured = {id(draft): name for draft, _ in own if (name := _secured(draft)) is not None}
            replayed, failed = replay_history(evidence, overlay, secured.values())
            order = [migration.path for migration in evidence.database.migrations]
            for draft, files in own:
                verdict = self._replay_verdict(draft, files, replayed, order, laid)
                if verdict.reason is None and id(draft) in secured:
                    verdict = verdict._replace(reason=failed.get(secured[id(draft)]))
                verdicts[id(draft)] = verdict
        return verdicts

    def _replay_verdict(
        self, draft: Draft, files: NewFiles, replayed: Replayed | str, order: list[str], laid: Laid
    ) -> Verdict:
        if isinstance(replayed, str):
            return Verdict(replayed)
        if replayed.lost is not None:
            return Verdict(f"the replay was lost: {replayed.lost}")

        def is_own(failure: Failure) -> bool:
            start, end = laid.spans.get(id(files), (0, failure.place.end))
            return failure.place.path == files.path and start <= failure.place.start <= end

        own = [f for f in replayed.refused if is_own(f)]
        if own:
            unmade = self._unmade(draft, replayed) if own[0].sqlstate == _UNDEFINED_TABLE else None
            return Verdict(unmade or f"PostgreSQL refuses it: {own[0].message}", refuted=unmade is None)
        stopped = [f for f in replayed.failures if is_own(f)]
        if stopped:
            # Statement by statement it is accepted; as a deployment would run it, a migration before it has failed.
            first = replayed.failures[0]
            where = (
                f"statement by statement PostgreSQL accepts it, but a deployment does not come that far: "
                f"{first.place.path} fails ({first.message})"
            )
            if first.place.path == files.path:
                return Verdict(f"PostgreSQL refuses it: {first.message}", refuted=True)
            return Verdict(where)
        others = [f for f in (*replayed.failures, *replayed.refused) if f.place.path in self._paths[draft.database]]
        if not others:
            return Verdict()
        before = self._replay_before(draft.database)
        if isinstance(before, str):
            return Verdict(before)
        known = {_key(failure, laid) for failure in (*before.failures, *before.refused)}
        files_known = {failure.place.path for failure in before.failures}
        fresh = [f for f in others if _key(f) not in known and f.place.path not in files_known]
        later = order[order.index(files.path) :]
        fresh = [f for f in fresh if f.place.path in later]
        if fresh:
            said = f"with it, PostgreSQL refuses {fresh[0].place.path}: {fresh[0].message}"
            return Verdict(said, refuted=True, shared=True)
        first = others[0]
        if draft.before is not None and _order(files.path) > _order(draft.before.path):
            return Verdict(f"a fresh environment still fails at {first.place.path}: {first.message}")
        return Verdict(remark=f"{first.place.path} is refused with and without it: {first.message}")

    def _unmade(self, draft: Draft, replayed: Replayed) -> str | None:
        """Return, as a clause, why the table that a draft changes is not there, where what makes it is refused."""
        evidence = next(e for e in self.current.evidence if e.database.name == draft.database)
        owners = [t for name, t in evidence.defined.tables.items() if f"{draft.subject}.".startswith(f"{name}.")]
        place = owners[0].place if owners else None
        if place is None:
            return None
        making = [f for f in replayed.refused if f.place.path == place.path]
        refused = next((f for f in making if f.place.start <= place.start < max(f.place.end, f.place.start + 1)), None)
        if refused is None:
            return None
        return f"{owners[0].name} is not there in the replay: PostgreSQL refuses {place.path}: {refused.message}"

    def _replay_before(self, database: str) -> Replayed | str:
        if database not in self._before:
            evidence = next(e for e in self.current.evidence if e.database.name == database)
            found, _ = replay_history(evidence, self.tree)
            if isinstance(found, str):
                return found
            self._before[database] = found
        return self._before[database]


def _is_grave(finding: Finding, worst: int) -> bool:
    """Whether a new finding speaks against what mends others, the worst of them of this severity.

    What stands at the end of the history on purpose is out of order to a fresh environment: the replay says so.
    """
    severity = SEVERITIES.index(finding.severity)
    high = severity <= SEVERITIES.index("high") and finding.rule != "out-of-order-reference"
    return severity <= worst or high


def _yours(draft: Draft, finding: Finding) -> str:
    """Return what is left to do where row security stands without a policy, since nothing says whose a row is."""
    made = draft.sql.lower()
    if finding.rule != "blocked-by-row-security" or "enable row level security" not in made:
        return ""
    if "create policy" in made:
        return ": who may write it is yours to decide" if draft.writers_open else ""
    return ": nothing says whose a row is, so its policies are yours to write, and go into the same migration"


def _suspects(finding: Finding, units: Sequence[Unit]) -> set[tuple[str, str]]:
    """Return the subjects of the drafts that a new finding may come of: those that it is about, else all of them."""
    places = {spot.path for spot in finding.spots}
    named = set(re.findall(r"[\w$]+", finding.subject))
    subjects = {
        _subject(draft)
        for unit in units
        for draft, files in unit
        if draft.database == finding.database
        and ((files.added is None and files.path in places) or named & _tables(draft))
    }
    return subjects or {_subject(unit[0][0]) for unit in units}


def _tables(draft: Draft) -> set[str]:
    """Return the names, without their schema, of the tables that the draft is about."""
    return {end.split(".")[1] for end in draft.subject.split(" -> ") if "." in end}


def _secured(draft: Draft) -> Name | None:
    """Return the table that the draft makes policies for."""
    schema, _, table = (
        draft.subject.partition(" -> ")[2].partition(".") if " -> " in draft.subject else (draft.subject.partition("."))
    )
    return Name(schema, table) if "create policy" in draft.sql.lower() and "." not in table else None


def _order(path: str) -> str:
    return path.rpartition("/")[2] if not path.endswith(("/migration.sql", "/up.sql")) else path


def _key(failure: Failure, laid: Laid | None = None) -> tuple[str, int, str]:
    """Return what tells a failure from others; one from before anything was laid over the file is moved with `laid`."""
    moved = laid.moved.get(failure.place.path, 0) if laid is not None else 0
    return failure.place.path, failure.place.start + moved, failure.sqlstate


def _mends(draft: Draft, finding: Finding) -> bool:
    if finding.rule == "dangling-foreign-key":
        return finding.subject.endswith(f" -> {draft.subject}")
    return finding.rule == draft.rule and finding.subject in (draft.subject, *draft.also)
