"""Completion: every option and rule that the command line takes stands in each shell's script."""

from __future__ import annotations

import shutil
import subprocess
from pathlib import Path

import pytest

from tripoint.cli import main
from tripoint.commands.arguments import make_parser
from tripoint.rules import load_rules


def script(shell: str, capsys: pytest.CaptureFixture[str]) -> str:
    assert main(["completion", shell]) == 0
    return capsys.readouterr().out


def bash_completes(text: str, *words: str) -> set[str]:
    """Return what bash offers for the last of the words."""
    asked = " ".join(f"'{word}'" for word in words)
    code = f"{text}\nCOMP_WORDS=({asked}); COMP_CWORD={len(words) - 1}; _tripoint; printf '%s\\n' \"${{COMPREPLY[@]}}\""
    done = subprocess.run(["bash", "--norc", "-c", code], capture_output=True, encoding="utf-8", check=True)
    return set(done.stdout.split())


def test_bash_offers_commands_options_values_and_rules(capsys: pytest.CaptureFixture[str]) -> None:
    text = script("bash", capsys)
    assert {"audit", "baseline", "init", "explain"} <= bash_completes(text, "tripoint", "")
    assert bash_completes(text, "tripoint", "base") == {"baseline"}
    assert bash_completes(text, "tripoint", "audit", "--si") == {"--since"}
    assert "sarif" in bash_completes(text, "tripoint", "audit", "--format", "")
    assert bash_completes(text, "tripoint", "audit", "--fail-on", "c") == {"critical"}
    assert bash_completes(text, "tripoint", "explain", "missing-t") == {"missing-table"}
    assert "missing-table" in bash_completes(text, "tripoint", "audit", "--select", "missing")


def test_bash_offers_folders(capsys: pytest.CaptureFixture[str], tmp_path: Path) -> None:
    (tmp_path / "project").mkdir()
    assert bash_completes(script("bash", capsys), "tripoint", "audit", f"{tmp_path}/pro") == {f"{tmp_path}/project"}


@pytest.mark.parametrize("shell", ["bash", "zsh", "fish"])
def test_everything_that_the_command_line_takes_is_there(shell: str, capsys: pytest.CaptureFixture[str]) -> None:
    text = script(shell, capsys)
    commands = next(action for action in make_parser()._actions if action.dest == "command").choices
    assert commands is not None
    for name in commands:
        assert name in text
    for flag in ("since", "baseline", "group-by", "report", "prune"):
        assert flag in text
    assert all(rule.name in text for rule in load_rules())


@pytest.mark.parametrize(("shell", "check"), [("bash", "-n"), ("zsh", "-n"), ("fish", "-n")])
def test_shells_that_are_here_can_read_theirs(
    shell: str, check: str, capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    path = tmp_path / "script"
    path.write_text(script(shell, capsys), "utf-8")
    found = shutil.which(shell)
    if found is not None:
        assert subprocess.run([found, check, str(path)], check=False).returncode == 0
