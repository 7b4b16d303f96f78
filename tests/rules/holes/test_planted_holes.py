"""Schemas with a hole planted in each, and a sound twin that differs by one edit: found in the one, not in the other.

The `.sql` files beside this one hold them: `-- hole:` begins one, `-- finds:` says rule and subject, `-- edit:` the
edit that makes it sound, `-- file:` begins another file of the small project than its only migration.
"""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from msgspec import Struct

from tripoint.audit import Options, audit_folder

HERE = Path(__file__).parent
MIGRATION = "supabase/migrations/20250101000000_init.sql"


class Hole(Struct, frozen=True):
    title: str
    rule: str
    subject: str
    old: str
    new: str
    text: str


def read_holes() -> list[Hole]:
    holes = []
    for path in sorted(HERE.glob("*.sql")):
        for part in re.split(r"^-- hole: ", path.read_text("utf-8"), flags=re.MULTILINE)[1:]:
            title, finds, edit, text = part.split("\n", 3)
            rule, subject = finds.removeprefix("-- finds: ").split(" ", 1)
            old, new = edit.removeprefix("-- edit: ").split(" => ")
            holes.append(Hole(title, rule, subject, old, new, text))
    return holes


HOLES = read_holes()


def found(hole: Hole, text: str, folder: Path) -> list[str]:
    schema, *files = re.split(r"^-- file: ", text, flags=re.MULTILINE)
    contents = {MIGRATION: schema} | dict(file.split("\n", 1) for file in files)
    for name, content in contents.items():
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_text(content, encoding="utf-8")
    findings = audit_folder(folder, Options(select=frozenset({hole.rule}))).findings
    return [finding.subject for finding in findings]


@pytest.mark.parametrize("hole", HOLES, ids=lambda hole: f"{hole.rule}: {hole.title}")
def test_a_hole_is_found_and_its_twin_is_sound(hole: Hole, tmp_path: Path) -> None:
    assert hole.text.count(hole.old) >= 1
    assert found(hole, hole.text, tmp_path / "hole") == [hole.subject]
    assert found(hole, hole.text.replace(hole.old, hole.new, 1), tmp_path / "sound") == []


def test_there_are_enough() -> None:
    assert len(HOLES) >= 40
