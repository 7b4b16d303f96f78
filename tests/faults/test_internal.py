"""A fault of tripoint's own, planted in each part of the line, costs what it was about and hides nothing else."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from msgspec.structs import replace

import tripoint.bind.queries
import tripoint.bound
import tripoint.judge
import tripoint.propose.proposals
import tripoint.rules.no_primary_key
import tripoint.sources.code.fold
import tripoint.sources.migrations.fold
from tripoint.cli import main
from tripoint.rules import load_rules
from tripoint.tree import TreeError, WorkTree

MIGRATION = """create table public.people (id int, name text);
create index people_name on public.people (name);
create table public.ways (id uuid primary key, person_id uuid references public.persons);
create policy mine on public.people using (true);
"""
CODE = """import { createClient } from '@supabase/supabase-js'
const supabase = createClient('u', 'k')
supabase.from('poeple').select()
supabase.from('other').select()
"""


def crash(*_: Any, **__: Any) -> Any:
    raise RuntimeError("planted\nfault")


@pytest.fixture
def project(tmp_path: Path) -> Path:
    (tmp_path / "supabase/migrations").mkdir(parents=True)
    (tmp_path / "supabase/migrations/20250101000000_a.sql").write_text(MIGRATION, "utf-8")
    (tmp_path / "main.ts").write_text(CODE, "utf-8")
    return tmp_path


def audited(project: Path, capsys: pytest.CaptureFixture[str], *options: str) -> tuple[int, dict[str, Any]]:
    code = main(["audit", str(project), "--no-cache", "--format", "json", *options])
    report: dict[str, Any] = json.loads(capsys.readouterr().out)
    return code, report


def found(report: dict[str, Any]) -> set[tuple[str, str]]:
    return {(finding["rule"], finding["subject"]) for finding in report["findings"]}


@pytest.mark.parametrize(
    ("where", "name", "lost", "said"),
    [
        (tripoint.rules.no_primary_key, "RULE", {"no-primary-key"}, "the rule no-primary-key was not decided"),
        (tripoint.bound, "resolve", set(), "what unknown names mean was not looked for"),
        (
            tripoint.bound,
            "bind_bodies",
            set(),
            "the SQL of functions, views, policies and triggers is not held",
        ),
        (tripoint.propose.proposals, "with_proposals", set(), "nothing is proposed"),
        (tripoint.bind.queries._Binder, "bind", {"missing-table"}, "this call is not held against the schema"),
        (tripoint.sources.code.fold, "classify", {"missing-table", "unused-table"}, "this was not followed"),
        (tripoint.sources.migrations.fold, "IndexStmt", {"missing-table", "dangling-foreign-key"}, "what this does is"),
    ],
)
def test_a_fault_is_contained(
    project: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
    where: Any,
    name: str,
    lost: set[str],
    said: str,
) -> None:
    _, whole = audited(project, capsys)
    monkeypatch.delenv("TRIPOINT_DEBUG")
    if name == "RULE":
        broken = [replace(rule, check=crash) if rule.name == where.RULE.name else rule for rule in load_rules()]
        monkeypatch.setattr(tripoint.judge, "load_rules", lambda names: broken)
    elif name == "IndexStmt":
        monkeypatch.setitem(where.HANDLERS, name, crash)
    else:
        monkeypatch.setattr(where, name, crash)
    code, report = audited(project, capsys)
    internal = [notice for notice in report["notices"] if notice["kind"] == "internal"]
    assert internal
    for notice in internal:
        assert notice["reason"].startswith(said)
        assert "internal error, please report it: RuntimeError: planted fault" in notice["reason"]
    assert {one for one in found(whole) if one[0] not in lost} <= found(report)
    assert code == 1
    assert audited(project, capsys, "--fail-on", "critical")[0] == 2


def silent(*_: Any) -> Any:
    raise TreeError("", "git did not end within 20 seconds")


@pytest.mark.parametrize(
    ("where", "name", "fault", "said"),
    [(tripoint.bound, "resolve", crash, "internal error"), (WorkTree, "hunks", silent, "git did not end")],
)
def test_what_was_missed_once_is_asked_again(
    project: Path,
    tmp_path_factory: pytest.TempPathFactory,
    capsys: pytest.CaptureFixture[str],
    where: Any,
    name: str,
    fault: Any,
    said: str,
) -> None:
    def missed() -> bool:
        main(["audit", str(project), "--format", "json"])
        return said in capsys.readouterr().out

    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("XDG_CACHE_HOME", str(tmp_path_factory.mktemp("cache")))
        patch.delenv("TRIPOINT_DEBUG")
        with pytest.MonkeyPatch.context() as planted:
            planted.setattr(where, name, fault)
            assert missed()
        assert not missed()
