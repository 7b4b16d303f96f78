"""The proof of a proposal: the whole history replayed with it in its place, and the project audited again."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
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
from tripoint.propose.draft import Draft
from tripoint.propose.files import NewFiles, NotPlaced, new_files
from tripoint.propose.tried import replay_history
from tripoint.sources.database.replay import Replayed
from tripoint.tree import OverlayTree, Tree

__all__ = ["Proven", "place_drafts", "verify"]


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


def verify(placed: Sequence[Placed], current: Audit, tree: Tree, config: Config) -> list[Proven]:
    """Prove drafts: all together first, and one by one where that does not hold.

    A draft is verified where the replay refuses nothing of it and nothing of the history that it accepted before, where
    the audit no longer finds what the draft mends, and finds nothing new of the same severity or worse, and where its
    policies let each of two generated users to their own rows and to nobody else's.
    """
    proofs = _Proofs(current, tree, config)
    whole = [(draft, files) for draft, files in placed if isinstance(files, NewFiles)]
    together = proofs.of(whole) if len(whole) > 1 else {}
    proven = []
    for draft, files in placed:
        if isinstance(files, NotPlaced):
            proven.append(Proven(draft, None, _proposal(draft, str(files))))
            continue
        verdict = together.get(id(draft))
        if verdict is None or verdict.reason is not None:
            # What completes a table can't be shown without it.
            verdict = proofs.of([pair for pair in whole if _subject(pair[0]) == _subject(draft)])[id(draft)]
        proven.append(Proven(draft, files, _proposal(draft, verdict.reason), verdict.remark, verdict.refuted))
    return proven


def _subject(draft: Draft) -> tuple[str, str]:
    return draft.database, draft.subject


def _proposal(draft: Draft, reason: str | None) -> Proposal:
    return Proposal(draft.database, draft.subject, draft.sql, reason is None, reason)


class _Verdict(NamedTuple):
    reason: str | None = None
    """Why it is not verified."""
    remark: str | None = None
    refuted: bool = False


class _Proofs:
    def __init__(self, current: Audit, tree: Tree, config: Config) -> None:
        self.current = current
        self.tree = tree
        self.config = config
        self._before: dict[str, Replayed] = {}

    def of(self, members: Sequence[tuple[Draft, NewFiles]]) -> dict[int, _Verdict]:
        """Return the verdict on each of the drafts, all laid over the project at once."""
        buffers = {path: text.encode() for _, files in members for path, text in files.texts.items()}
        overlay = OverlayTree(self.tree, buffers)
        try:
            after = audit(overlay, self.config)
        except AuditError as error:
            return {id(draft): _Verdict(f"the audit with it can't be done: {error}") for draft, _ in members}
        verdicts: dict[int, _Verdict] = {}
        to_run: dict[str, list[tuple[Draft, NewFiles]]] = {}
        for draft, files in members:
            evidence = next((e for e in after.evidence if e.database.name == draft.database), None)
            if evidence is None or files.path not in {m.path for m in evidence.database.migrations}:
                verdicts[id(draft)] = _Verdict(f"{files.path} would not be taken for a migration", refuted=True)
                continue
            reason = self._findings(draft, after)
            if reason is None:
                to_run.setdefault(draft.database, []).append((draft, files))
            else:
                verdicts[id(draft)] = _Verdict(reason, refuted=True)
        for evidence in after.evidence:
            own = to_run.get(evidence.database.name, [])
            if not own:
                continue
            secured = {id(draft): name for draft, _ in own if (name := _secured(draft)) is not None}
            replayed, failed = replay_history(evidence, overlay, secured.values())
            for draft, files in own:
                verdict = self._replay_verdict(draft, files, replayed, buffers)
                if verdict.reason is None and id(draft) in secured:
                    verdict = verdict._replace(reason=failed.get(secured[id(draft)]))
                verdicts[id(draft)] = verdict
        return verdicts

    def _findings(self, draft: Draft, after: Audit) -> str | None:
        mended = [f for f in self.current.findings if f.database == draft.database and _mends(draft, f)]
        worst = min((SEVERITIES.index(f.severity) for f in mended), default=len(SEVERITIES) - 1)
        left = [f for f in after.findings if f.database == draft.database and _mends(draft, f)]
        if left:
            return f"{left[0].rule} {left[0].subject} is still found with it"
        known = {(f.rule, f.database, f.subject) for f in self.current.findings}
        new = [f for f in after.findings if (f.rule, f.database, f.subject) not in known and f.suppressed is None]
        grave = [f for f in new if SEVERITIES.index(f.severity) <= worst]
        return f"with it, {grave[0].rule} {grave[0].subject} is found" if grave else None

    def _replay_verdict(
        self, draft: Draft, files: NewFiles, replayed: Replayed | str, buffers: dict[str, bytes]
    ) -> _Verdict:
        if isinstance(replayed, str):
            return _Verdict(replayed)
        if replayed.lost is not None:
            return _Verdict(f"the replay was lost: {replayed.lost}")
        own = [f for f in replayed.refused if f.place.path == files.path]
        if own:
            return _Verdict(f"PostgreSQL refuses it: {own[0].message}", refuted=True)
        stopped = [f for f in replayed.failures if f.place.path == files.path]
        if stopped:
            # Statement by statement it is accepted; as a deployment would run it, a migration before it has failed.
            first = replayed.failures[0]
            where = f"the history fails before it, at {first.place.path}: {first.message}"
            if first.place.path == files.path:
                return _Verdict(f"PostgreSQL refuses it: {first.message}", refuted=True)
            return _Verdict(where)
        others = [f for f in (*replayed.failures, *replayed.refused) if f.place.path not in buffers]
        if not others:
            return _Verdict()
        before = self._replay_before(draft.database)
        if isinstance(before, str):
            return _Verdict(before)
        known = {_key(failure) for failure in (*before.failures, *before.refused)}
        files_known = {failure.place.path for failure in before.failures}
        fresh = [f for f in others if _key(f) not in known and f.place.path not in files_known]
        if fresh:
            return _Verdict(f"with it, PostgreSQL refuses {fresh[0].place.path}: {fresh[0].message}", refuted=True)
        first = others[0]
        if draft.before is not None and _order(files.path) > _order(draft.before.path):
            return _Verdict(f"a fresh environment still fails at {first.place.path}: {first.message}")
        return _Verdict(remark=f"{first.place.path} is refused with and without it: {first.message}")

    def _replay_before(self, database: str) -> Replayed | str:
        if database not in self._before:
            evidence = next(e for e in self.current.evidence if e.database.name == database)
            found, _ = replay_history(evidence, self.tree)
            if isinstance(found, str):
                return found
            self._before[database] = found
        return self._before[database]


def _secured(draft: Draft) -> Name | None:
    """Return the table that the draft makes policies for."""
    schema, _, table = (
        draft.subject.partition(" -> ")[2].partition(".") if " -> " in draft.subject else (draft.subject.partition("."))
    )
    return Name(schema, table) if "create policy" in draft.sql.lower() and "." not in table else None


def _order(path: str) -> str:
    return path.rpartition("/")[2] if not path.endswith(("/migration.sql", "/up.sql")) else path


def _key(failure: Failure) -> tuple[str, int, str]:
    return failure.place.path, failure.place.start, failure.sqlstate


def _mends(draft: Draft, finding: Finding) -> bool:
    if finding.rule == "dangling-foreign-key":
        return finding.subject.endswith(f" -> {draft.subject}")
    return finding.rule == draft.rule and finding.subject in (draft.subject, *draft.also)
