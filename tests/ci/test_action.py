"""The action's own steps, run with bash in a scratch repository with the environment that a runner gives them."""

from __future__ import annotations

import base64
import gzip
import json
import os
import re
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
import yaml

from since.scratch import CLEAN_ENVIRONMENT, PAGE, PROJECT, commit, git, make_repository, write

ROOT = Path(__file__).resolve().parent.parent.parent
ACTION = yaml.safe_load((ROOT / "action.yml").read_text("utf-8"))
STEPS: list[dict[str, Any]] = ACTION["runs"]["steps"]
BASH = ["bash", "--noprofile", "--norc", "-eo", "pipefail"]

GH = """\
#!/usr/bin/env python3
import json, os, sys
log = os.environ["GH_LOG"]
fields = {}
for flag, value in zip(sys.argv, sys.argv[1:]):
    if flag in ("-f", "-F"):
        key, _, text = value.partition("=")
        fields[key] = open(text[1:], encoding="utf-8").read() if flag == "-F" and text.startswith("@") else text
with open(log, "a", encoding="utf-8") as stream:
    stream.write(json.dumps({"arguments": sys.argv[1:], "fields": fields, "token": os.environ.get("GH_TOKEN")}) + "\\n")
if "--paginate" in sys.argv:
    print(os.environ.get("GH_ANSWER", ""))
"""
"""Stands in for GitHub's own command: it notes what it was called with."""


class Runner:
    """Runs the steps as a runner would: expressions evaluated, environment and outputs carried from step to step."""

    def __init__(self, folder: Path, repository: Path, inputs: dict[str, str], github: dict[str, str]) -> None:
        self.folder, self.repository = folder, repository
        folder.mkdir()
        (folder / "bin").mkdir()
        gh = folder / "bin" / "gh"
        gh.write_text(GH, "utf-8")
        gh.chmod(0o755)
        tripoint = folder / "bin" / "tripoint"
        tripoint.write_text(f'#!/bin/sh\nexec "{sys.executable}" -m tripoint "$@"\n', "utf-8")
        tripoint.chmod(0o755)
        self.values = {f"inputs.{name}": str(each.get("default", "")) for name, each in ACTION["inputs"].items()}
        self.values |= {f"inputs.{name}": value for name, value in inputs.items()}
        self.values |= {"github.base_ref": "", "github.token": "secret", "github.event.pull_request": "", **github}
        self.values = {name: self.value(value) for name, value in self.values.items()}
        self.environment = {
            **CLEAN_ENVIRONMENT,
            "PATH": f"{folder / 'bin'}{os.pathsep}{os.environ['PATH']}",
            "RUNNER_TEMP": str(folder),
            "GITHUB_ACTION_PATH": str(ROOT),
            "GITHUB_REPOSITORY": "somebody/something",
            "GITHUB_SHA": "c" * 40,
            "GITHUB_REF": "refs/pull/7/merge",
            "GH_LOG": str(folder / "gh.log"),
            "TRIPOINT": str(tripoint),
        }
        self.output = ""

    def value(self, text: str) -> str:
        """Evaluate the expressions of a text; one that the runner does not know is an error."""
        return re.sub(r"\$\{\{ *(.*?) *\}\}", lambda match: self.values[match[1]], text)

    def wanted(self, step: dict[str, Any]) -> bool:
        conditions = str(step.get("if", "")).split(" && ")
        for condition in filter(None, conditions):
            left, _, right = condition.partition(" == ")
            value = self.values[left]
            if (value != right.strip("'")) if right else not value:
                return False
        return True

    def run(self, name: str) -> int:
        """Run the step of that name; return its exit code."""
        step = next(step for step in STEPS if step.get("name") == name)
        if not self.wanted(step):
            return 0
        assert step["shell"] == "bash"
        files = {key: self.folder / key for key in ("GITHUB_OUTPUT", "GITHUB_ENV", "GITHUB_STEP_SUMMARY")}
        for path in files.values():
            path.write_text("", "utf-8")
        script = self.folder / "step.sh"
        script.write_text(step["run"], "utf-8")
        environment = {**self.environment, **{key: str(path) for key, path in files.items()}}
        environment |= {key: self.value(str(text)) for key, text in step.get("env", {}).items()}
        done = subprocess.run(
            [*BASH, str(script)],
            cwd=self.repository,
            env=environment,
            check=False,
            capture_output=True,
            encoding="utf-8",
        )
        self.output = done.stdout + done.stderr
        for line in files["GITHUB_OUTPUT"].read_text("utf-8").splitlines():
            key, _, value = line.partition("=")
            self.values[f"steps.{step['id']}.outputs.{key}"] = value
        for line in files["GITHUB_ENV"].read_text("utf-8").splitlines():
            key, _, value = line.partition("=")
            self.environment[key] = value
        return done.returncode

    def calls(self) -> list[dict[str, Any]]:
        log = self.folder / "gh.log"
        return [json.loads(line) for line in log.read_text("utf-8").splitlines()] if log.exists() else []


@pytest.fixture
def clone(tmp_path: Path) -> Path:
    """A clone as actions/checkout leaves it for a pull request that adds a call of a missing table."""
    origin = make_repository(tmp_path / "origin")
    git(origin, "checkout", "-q", "-b", "feature")
    write(origin, {"src/more.ts": PROJECT[PAGE].replace("authors", "readers")})
    commit(origin)
    git(tmp_path, "clone", "-q", str(origin), "clone")
    return tmp_path / "clone"


PULL_REQUEST = {
    "github.base_ref": "main",
    "github.event.pull_request": "true",
    "github.event.pull_request.number": "7",
}


def test_new_findings_fail_the_job_after_everything_was_said(tmp_path: Path, clone: Path) -> None:
    runner = Runner(tmp_path / "runner", clone, {"upload-sarif": "true", "comment": "true"}, PULL_REQUEST)
    assert runner.run("Audit") == 0, runner.output
    assert "::error file=src/more.ts,line=5" in runner.output
    assert f"file={PAGE}," not in runner.output
    summary = (runner.folder / "GITHUB_STEP_SUMMARY").read_text("utf-8")
    assert "public.readers" in summary
    assert "public.authors" not in summary
    assert runner.run("Upload to code scanning") == 0, runner.output
    assert runner.run("Comment on the pull request") == 0, runner.output
    assert runner.run("Verdict") == 1
    upload, listed, posted = runner.calls()
    sarif = json.loads(gzip.decompress(base64.b64decode(upload["fields"]["sarif"])))
    assert sarif["version"] == "2.1.0"
    assert upload["fields"]["ref"] == "refs/pull/7/merge"
    assert "repos/somebody/something/code-scanning/sarifs" in upload["arguments"]
    assert "repos/somebody/something/issues/7/comments" in listed["arguments"]
    assert posted["arguments"][:3] == ["api", "--method", "POST"]
    assert posted["fields"]["body"].startswith("<!-- tripoint -->")
    assert {call["token"] for call in runner.calls()} == {"secret"}


def test_a_comment_of_before_is_changed(tmp_path: Path, clone: Path) -> None:
    runner = Runner(tmp_path / "runner", clone, {"comment": "true"}, PULL_REQUEST)
    runner.environment["GH_ANSWER"] = "4711\n4712"
    assert runner.run("Audit") == 0
    assert runner.run("Upload to code scanning") == 0
    assert runner.run("Comment on the pull request") == 0, runner.output
    assert runner.calls()[-1]["arguments"][:4] == [
        "api",
        "--method",
        "PATCH",
        "repos/somebody/something/issues/comments/4711",
    ]


def test_without_a_pull_request_everything_counts_and_nobody_is_told(tmp_path: Path, clone: Path) -> None:
    runner = Runner(tmp_path / "runner", clone, {"comment": "true"}, {})
    assert runner.run("Audit") == 0
    assert f"file={PAGE}," in runner.output
    assert runner.run("Comment on the pull request") == 0
    assert runner.calls() == []
    assert runner.run("Verdict") == 1


def test_options_reach_the_audit_as_they_are(tmp_path: Path, clone: Path) -> None:
    inputs = {"since": "none", "fail-on": "critical", "args": "--select\nmissing-table\n\n--ignore\nunused-table"}
    runner = Runner(tmp_path / "runner", clone, inputs, PULL_REQUEST)
    assert runner.run("Audit") == 0
    assert "2 high)" in runner.output
    assert runner.run("Verdict") == 0


def test_inputs_are_no_code(tmp_path: Path, clone: Path) -> None:
    planted = "$(touch owned)`touch owned`;touch owned"
    runner = Runner(tmp_path / "runner", clone, {"path": planted, "fail-on": planted, "args": planted}, PULL_REQUEST)
    assert runner.run("Audit") == 2
    assert not (clone / "owned").exists()
    expressions = [step["run"] for step in STEPS if "${{" in step.get("run", "")]
    assert expressions == []


def test_shallow_clone_fails_with_what_to_do(tmp_path: Path, clone: Path) -> None:
    write(clone, {"README.md": "x\n"})
    commit(clone)
    git(tmp_path, "clone", "-q", "--depth", "1", f"file://{clone}", "shallow")
    runner = Runner(tmp_path / "runner", tmp_path / "shallow", {}, PULL_REQUEST)
    assert runner.run("Audit") == 2
    assert "fetch-depth: 0" in runner.output


def test_installing_gives_a_working_tool(tmp_path: Path, clone: Path) -> None:
    # pip builds the wheel: so it is also what shows that a wheel holds all that an audit needs, without any extra.
    runner = Runner(tmp_path / "runner", clone, {}, {"steps.python.outputs.python-path": sys.executable})
    del runner.environment["PYTHONPATH"]
    runner.environment["PIP_COMPILE"] = "0"  # most of what is installed is not imported here
    assert runner.run("Install tripoint") == 0, runner.output
    assert runner.environment["TRIPOINT"].startswith(str(runner.folder / "tripoint"))
    assert runner.run("Audit") == 0, runner.output
    assert "public.readers" in runner.output


def test_each_step_of_others_is_pinned() -> None:
    used = [step["uses"] for step in STEPS if "uses" in step]
    assert used
    assert all(re.fullmatch(r"[\w-]+/[\w-]+@[0-9a-f]{40}", name) for name in used)


def test_documentation_names_every_input() -> None:
    text = (ROOT / "docs" / "ci.md").read_text("utf-8")
    assert [name for name in [*ACTION["inputs"], *ACTION["outputs"]] if f"`{name}`" not in text] == []
    for block in re.findall(r"```yaml\n(.*?)```", text, re.DOTALL):
        assert yaml.safe_load(block)
