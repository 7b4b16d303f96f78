"""The pre-commit hook and GitLab's job, run as their runners would, in scratch repositories."""

from __future__ import annotations

import json
import os
import re
import shlex
import subprocess
import sys
from pathlib import Path
from xml.etree import ElementTree

import pytest
import yaml

from since.scratch import CLEAN_ENVIRONMENT, PAGE, PROJECT, commit, git, make_repository, write
from tripoint.sources.layouts.kinds import DOCUMENT_SUFFIXES, LANGUAGES, SQL_SUFFIXES

ROOT = Path(__file__).resolve().parent.parent.parent
(HOOK,) = yaml.safe_load((ROOT / ".pre-commit-hooks.yaml").read_text("utf-8"))
JOB = yaml.safe_load((ROOT / "templates" / "tripoint.gitlab-ci.yml").read_text("utf-8"))["tripoint"]


@pytest.fixture
def environment(tmp_path: Path) -> dict[str, str]:
    """An environment in whose PATH stands tripoint."""
    command = tmp_path / "bin" / "tripoint"
    command.parent.mkdir()
    command.write_text(f'#!/bin/sh\nexec "{sys.executable}" -m tripoint "$@"\n', "utf-8")
    command.chmod(0o755)
    return {**CLEAN_ENVIRONMENT, "PATH": f"{command.parent}{os.pathsep}{os.environ['PATH']}"}


@pytest.fixture
def repository(tmp_path: Path) -> Path:
    """A repository whose commits run the hook's entry, as pre-commit does without file names."""
    folder = make_repository(tmp_path / "project")
    script = folder / ".git" / "hooks" / "pre-commit"
    script.parent.mkdir(exist_ok=True)
    script.write_text(f"#!/bin/sh\nexec {shlex.join(shlex.split(HOOK['entry']))}\n", "utf-8")
    script.chmod(0o755)
    return folder


def attempt(folder: Path, environment: dict[str, str]) -> subprocess.CompletedProcess[str]:
    git(folder, "add", "-A")
    identity = ("-c", "user.name=Test", "-c", "user.email=test@example.org")
    return subprocess.run(
        ["git", *identity, "commit", "-q", "-m", "change"],
        cwd=folder,
        env=environment,
        check=False,
        capture_output=True,
        encoding="utf-8",
    )


def test_a_commit_that_brings_a_fault_is_refused(repository: Path, environment: dict[str, str]) -> None:
    write(repository, {"src/more.ts": PROJECT[PAGE].replace("authors", "readers")})
    done = attempt(repository, environment)
    assert done.returncode == 1
    said = done.stdout + done.stderr
    assert "public.readers" in said
    assert "public.authors" not in said


def test_a_commit_that_brings_none_passes_though_there_are_old_ones(
    repository: Path, environment: dict[str, str]
) -> None:
    write(repository, {"src/more.ts": PROJECT[PAGE].replace("authors", "shelves")})
    done = attempt(repository, environment)
    assert done.returncode == 0, done.stdout + done.stderr


def test_hook_is_what_pre_commit_takes() -> None:
    assert HOOK["language"] == "python"
    assert HOOK["pass_filenames"] is False
    files = re.compile(HOOK["files"])
    read = {*LANGUAGES, *DOCUMENT_SUFFIXES, *SQL_SUFFIXES, ".prisma"}
    assert {suffix for suffix in read if not files.search(f"a/b{suffix}")} == set()
    assert files.search("docs/Model.MD")
    assert not files.search("logo.png")


def run_job(folder: Path, environment: dict[str, str], **variables: str) -> subprocess.CompletedProcess[str]:
    (script,) = JOB["script"]
    return subprocess.run(
        ["bash", "-eo", "pipefail", "-c", script],
        cwd=folder,
        env={**environment, **JOB["variables"], **variables},
        check=False,
        capture_output=True,
        encoding="utf-8",
    )


def test_job_writes_both_reports_and_fails_by_what_is_new(tmp_path: Path, environment: dict[str, str]) -> None:
    folder = make_repository(tmp_path / "project")
    base = git(folder, "rev-parse", "HEAD").strip()
    assert run_job(folder, environment, CI_MERGE_REQUEST_DIFF_BASE_SHA=base).returncode == 0
    assert run_job(folder, environment).returncode == 1
    write(folder, {"src/more.ts": PROJECT[PAGE].replace("authors", "readers")})
    commit(folder)
    done = run_job(folder, environment, CI_MERGE_REQUEST_DIFF_BASE_SHA=base, TRIPOINT_ARGS="--select missing-table")
    assert done.returncode == 1, done.stderr
    reports = JOB["artifacts"]["reports"]
    issues = json.loads((folder / reports["codequality"]).read_text("utf-8"))
    assert {issue["location"]["path"] for issue in issues} == {PAGE, "src/more.ts"}
    assert ElementTree.parse(folder / reports["junit"]).getroot().get("failures") == "1"
