"""What stays in a process from one audit to the next saves time and does nothing else."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest

from tripoint.audit import audit_folder
from tripoint.cache import Cache
from tripoint.formats.format import RenderOptions
from tripoint.formats.json import render
from tripoint.options import Options
from tripoint.reading.memory import Memory

EXAMPLE = Path(__file__).parents[2] / "examples" / "persona-studio"


@pytest.fixture
def project(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setattr("tripoint.tree.worktree._RACY_NS", 0)  # else the times of new files vouch for nothing
    return Path(shutil.copytree(EXAMPLE, tmp_path / "project"))


def edits(folder: Path) -> Iterator[str]:
    """Change the project, one thing after the other, and say what was done."""
    yield "nothing"
    code = next(path for path in sorted(folder.rglob("*.ts")) if ".from(" in path.read_text())
    text = code.read_text()
    for said, changed in (
        ("lines before the calls", "// a\n// b\n" + text),
        ("another table", text.replace(".from('", ".from('other_")),
        ("back again", text),
    ):
        code.write_text(changed)
        yield said
    other = code.with_name("other.ts")
    shutil.copy(code, other)
    yield "a copy of a file"
    code.unlink()
    yield "a file less"
    migration = max(folder.glob("supabase/migrations/*.sql"))
    migration.write_text(migration.read_text() + "\ncreate table other_things (id int);\n")
    yield "a table more"


def test_each_audit_is_as_one_that_remembers_nothing(project: Path, tmp_path: Path) -> None:
    memory = Memory()
    found = set()
    with Cache(str(tmp_path / "cache")) as cache:
        for said in edits(project):
            with_memory = render(
                audit_folder(project, Options(cache=cache, memory=memory, processes=1)), RenderOptions()
            )
            assert with_memory == render(audit_folder(project), RenderOptions()), said
            found.add(with_memory)
    assert len(found) > 5


def test_what_is_gone_is_forgotten(project: Path, tmp_path: Path) -> None:
    memory = Memory()
    with Cache(str(tmp_path / "cache")) as cache:
        for _ in range(3):
            audit_folder(project, Options(cache=cache, memory=memory, processes=1))
        files, indexed = len(memory), len(memory.indexed)
        assert 0 < indexed <= files
        shutil.rmtree(project / "app")
        audit_folder(project, Options(cache=cache, memory=memory, processes=1))
    assert len(memory) < files
    assert len(memory.indexed) < indexed
