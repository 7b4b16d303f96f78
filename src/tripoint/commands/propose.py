"""`tripoint propose`: print the SQL that mends what an audit found, proven by a replay; write it as migrations."""

from __future__ import annotations

import argparse
import shlex
from collections import Counter
from collections.abc import Callable, Collection, Container
from datetime import UTC, datetime

from tripoint.audit import AuditError, audit, limited
from tripoint.commands.auditing import demanding, settings
from tripoint.commands.outcome import CommandError, Outcome, Screen
from tripoint.commands.speed import quick
from tripoint.commands.write import create_file, replace_file
from tripoint.config import ConfigError
from tripoint.model.audit import Audit
from tripoint.model.hidden import visible
from tripoint.model.text import legible
from tripoint.model.words import counted, listed
from tripoint.propose.ddl import comment
from tripoint.propose.draft import Draft
from tripoint.propose.files import NewFiles, lay
from tripoint.propose.proposals import draft, in_one
from tripoint.propose.together import together
from tripoint.propose.verify import Proven, place_drafts, verify
from tripoint.tree import RootError, Tree, TreeError, WorkTree

__all__ = ["run"]

_FEW = 9


def _now() -> datetime:
    return datetime.now(UTC)


def run(arguments: argparse.Namespace, screen: Screen, clock: Callable[[], datetime] = _now) -> Outcome:
    """Return the proposals as SQL; with `--write`, create their migrations. `clock` gives new files their version."""
    try:
        tree = WorkTree(arguments.path)
        config = demanding(settings(tree, arguments.config), "documents", "migrations", "code")
        tree = limited(tree, config)
        screen.progress("auditing")
        options = quick(arguments)
        current = audit(tree, config, options)
        drafts = _drafts(current, tree, arguments.subject)
        screen.progress(f"replaying the history with {counted(len(drafts), 'proposal')}")
        now = clock()
        placed = place_drafts(drafts, current, tree, now, arguments.append)
        proven = verify(placed, current, tree, config, options)
        proven = together(proven, current, tree, now, arguments.append)
    except (AuditError, ConfigError, RootError, TreeError) as error:
        raise CommandError(str(error)) from error
    finally:
        screen.progress("")
    if not proven:
        return _nothing(current, tree, arguments.subject)
    remarks = Counter(one.remark for one in proven if one.remark is not None)
    often = [remark for remark, count in remarks.items() if count > 1]
    blocks = [comment(f"Whatever is proposed: {remark}.") + "\n" for remark in often]
    blocks += [_block(one, often, len(current.evidence) > 1) for one in proven]
    if arguments.write:
        blocks.append("".join(_write(proven, tree)))
    return Outcome("\n".join(blocks))


def _drafts(current: Audit, tree: Tree, subjects: Collection[str]) -> list[Draft]:
    def read(path: str) -> bytes | None:
        try:
            return legible(tree.read(path))
        except TreeError:
            return None

    # A name without a schema is one of `public`, as people write it.
    full = frozenset(subjects) | {f"public.{s}" for s in subjects if "." not in s.partition(" -> ")[0]}
    found = [made for evidence in current.evidence for made in draft(evidence, current.findings, read, subjects=full)]
    return list(in_one(found))


def _nothing(current: Audit, tree: Tree, subjects: list[str]) -> Outcome:
    if not subjects:
        held = [finding.subject for finding in current.findings]
        suppressed = sum(finding.suppressed is not None for finding in current.findings)
        asked = [one.subject for one in _drafts(current, tree, held)] if held else []
        if not asked:
            return Outcome("-- Nothing is missing that SQL could mend.\n")
        hidden = f"; {counted(suppressed, 'finding is', 'findings are')} suppressed" if suppressed else ""
        lines = [f"--   tripoint propose --subject {visible(shlex.quote(subject))}" for subject in asked[:_FEW]]
        lines += [f"-- and {len(asked) - _FEW} more"] if len(asked) > _FEW else []
        return Outcome(
            "\n".join(
                [f"-- Nothing is missing that is proposed without being asked for{hidden}. On request:", *lines, ""]
            )
        )
    known = {finding.subject for finding in current.findings}
    unknown = [s for s in subjects if s not in known and f"public.{s}" not in known]
    if unknown:
        raise CommandError(f"no finding is about {unknown[0]}; tripoint audit names the subjects")
    raise CommandError(f"nothing new is implied for {subjects[0]}; tripoint audit says what is likely meant")


def _block(one: Proven, said: Container[str], several: bool) -> str:
    """Return a proposal as SQL with what is to be said of it before, but for remarks that are `said` already.

    `several` says whether the project has several databases, so that it must be said which one this is for.
    """
    draft = one.draft
    database = f", database {draft.database}" if several else ""
    head = [comment(f"tripoint: {', '.join((draft.subject, *draft.also))} ({draft.rule}{database})")]
    if one.files is not None:
        where = {None: "", "first": ", before all that it holds", "last": ", at its end"}[one.files.added]
        head.append(f"-- File: {visible(one.files.path)}{where}")
    if draft.before is not None and _is_new(one.files) and draft.sql != draft.appended:
        head.append(
            comment(
                f"It stands before {draft.before.path}, where the history needs it. Where that was applied already, "
                "--append gives the form for the end of the history; a runner that goes by the last version has to "
                "be told of this one (supabase db push --include-all)."
            )
        )
    if one.proposal.verified:
        tried = ", its policies tried with two users," if "create policy" in draft.sql.lower() else ""
        head.append(comment(f"Verified: replayed with the whole history{tried} and audited again."))
        if draft.guessed:
            types = "the type" if len(draft.guessed) == 1 else "the types"
            head.append(comment(f"Yours to check: {types} of {listed(draft.guessed)}, which nothing but names shows."))
    else:
        head.append(comment(f"Not verified: {one.proposal.reason}."))
    if one.remark is not None and one.remark not in said:
        head.append(comment(f"Beside it: {one.remark}."))
    return "\n".join(head) + "\n\n" + draft.sql


def _is_new(files: NewFiles | None) -> bool:
    return files is not None and files.added is None


def _write(proven: list[Proven], tree: WorkTree) -> list[str]:
    said = []
    written: list[NewFiles] = []
    for one in proven:
        if one.files is None:
            said.append(comment(f"Not written: {one.draft.subject}: {one.proposal.reason}.") + "\n")
        elif one.refuted:
            said.append(comment(f"Not written, since it would not do: {one.files.path}") + "\n")
        else:
            written.append(one.files)
    there = {files.path for files in written if files.added is not None}
    for path, data in lay(written, tree.read).buffers.items():
        if path in there:
            replace_file(tree.folder, path, tree.read(path), data)
        else:
            create_file(tree.folder, path, data)
        said.append(f"-- Written: {visible(path)}\n")
    return said
