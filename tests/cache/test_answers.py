"""What was answered before is answered again, and only that."""

from __future__ import annotations

import sqlite3
from pathlib import Path

import pytest

from tripoint.cache import Cache
from tripoint.cli import main
from tripoint.commands import auditing
from tripoint.tree import worktree


@pytest.mark.parametrize(("age", "asked_again"), [(1_000_000, 1), (3_600_000_000_000, 2)])
def test_a_file_that_was_new_is_vouched_for_once_it_is_old(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], age: int, asked_again: int
) -> None:
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    monkeypatch.setattr(worktree, "_RACY_NS", 10**18)  # at first, every file is too new
    root = tmp_path / "project"
    (root / "migrations").mkdir(parents=True)
    (root / "migrations" / "001_a.sql").write_text("create table events (id bigint);")
    audited = auditing.audit_once
    runs: list[int] = []

    def audit_once(*arguments: object, **named: object) -> object:
        runs.append(1)
        found = audited(*arguments, **named)  # type: ignore[arg-type]
        monkeypatch.setattr(worktree, "_RACY_NS", age)  # the audit takes so long that a file may be old by now
        return found

    monkeypatch.setattr(auditing, "audit_once", audit_once)
    command = ["audit", str(root), "--fail-on", "never"]
    assert main(command) == 0
    first = capsys.readouterr().out
    monkeypatch.setattr(worktree, "_RACY_NS", 1_000_000)
    assert main(command) == 0
    assert capsys.readouterr().out == first
    assert len(runs) == asked_again
    (root / "migrations" / "001_a.sql").write_text("create table others (id bigint);")
    assert main(command) == 0
    assert capsys.readouterr().out != first
    assert len(runs) == asked_again + 1


def test_a_long_answer_takes_little_room_and_is_the_same(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    monkeypatch.setattr(worktree, "_RACY_NS", 0)
    root = tmp_path / "project"
    (root / "migrations").mkdir(parents=True)
    tables = "".join(f"create table events_{number} (id bigint, other bigint);\n" for number in range(800))
    (root / "migrations" / "001_a.sql").write_text(tables)
    command = ["audit", str(root), "--fail-on", "never", "--format", "json"]
    assert main(command) == 0
    first = capsys.readouterr().out
    assert len(first) > 2**20

    def never(*arguments: object, **named: object) -> object:
        raise AssertionError("it was answered before")

    monkeypatch.setattr(auditing, "audit_once", never)
    assert main(command) == 0
    assert capsys.readouterr().out == first
    with Cache() as cache:
        assert cache.file is not None
        kept = sqlite3.connect(cache.file).execute("SELECT max(length(value)) FROM entries").fetchone()
    assert kept[0] < len(first) / 2
