"""Proposals that are one task: row security for many tables is one migration, not one for each."""

from __future__ import annotations

from collections import defaultdict
from datetime import datetime

from msgspec.structs import replace

from tripoint.model.audit import Audit
from tripoint.propose.files import NotPlaced
from tripoint.propose.verify import Proven, place_drafts
from tripoint.tree import Tree

__all__ = ["together"]

_RULE = "row-security-disabled"


def together(proven: list[Proven], current: Audit, tree: Tree, now: datetime, appended: bool) -> list[Proven]:
    """Return the proposals with those in one that give row security to tables of one database, where they hold.

    They were proven together, in this order and with nothing of theirs between, so the one holds as they do. Where that
    makes files fewer, all are placed anew; the arguments are those of `place_drafts`.
    """
    groups: dict[tuple[str, str | None], list[Proven]] = defaultdict(list)
    for one in proven:
        # What can have no file is shown together as well, so that its reason is read once.
        if one.draft.rule == _RULE and one.draft.withheld is None and one.proposal.verified == (one.files is not None):
            groups[one.draft.database, one.proposal.reason].append(one)
    made: list[Proven] = []
    for one in proven:
        group = groups[one.draft.database, one.proposal.reason]
        if one not in group or len(group) == 1:
            made.append(one)
        elif one is group[0]:
            made.append(_merged(group))
    if len(made) == len(proven):
        return proven
    placed = place_drafts([one.draft for one in made], current, tree, now, appended)
    return [
        replace(one, draft=draft, files=None if isinstance(files, NotPlaced) else files)
        for one, (draft, files) in zip(made, placed, strict=True)
    ]


def _merged(group: list[Proven]) -> Proven:
    first = group[0]
    sql = "\n".join(one.draft.sql for one in group)
    draft = replace(
        first.draft,
        also=tuple(subject for one in group for subject in (one.draft.subject, *one.draft.also))[1:],
        sql=sql,
        down="".join(one.draft.down for one in reversed(group)),
        title=f"secure_{len(group)}_tables",
    )
    remark = next((one.remark for one in group if one.remark is not None), None)
    return replace(first, draft=draft, proposal=replace(first.proposal, sql=sql), remark=remark)
