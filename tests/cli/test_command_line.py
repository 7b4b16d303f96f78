"""The command line as its users meet it: exit codes, one sentence for what goes wrong, and nothing loaded in vain."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from command_line import run_here
from tripoint import __version__, formats
from tripoint.cli import main
from tripoint.commands import arguments_shared

ROOT = Path(__file__).resolve().parent.parent.parent

PROJECT = {
    "supabase/migrations/20250101000000_start.sql": "create table public.notes (id uuid primary key);\n"
    "alter table public.notes enable row level security;\n"
    "create policy own on public.notes for select using (true);\n",
    "supabase/config.toml": "[api]\nauto_expose_new_tables = true\n",
    "src/app.ts": "import { createClient } from '@supabase/supabase-js'\n"
    "const supabase = createClient('http://localhost', 'key')\n"
    "export const notes = () => supabase.from('notes').select('id')\n",
}
BAD_CALL = "export const lost = () => supabase.from('zebras').select('id')\n"


@pytest.fixture
def project(tmp_path: Path) -> Path:
    for path, text in PROJECT.items():
        target = tmp_path / path
        target.parent.mkdir(parents=True, exist_ok=True)
        target.write_text(text, "utf-8")
    return tmp_path


@pytest.fixture
def broken(project: Path) -> Path:
    with (project / "src/app.ts").open("a", encoding="utf-8") as stream:
        stream.write(BAD_CALL)
    return project


def run(*arguments: str | Path, env: dict[str, str] | None = None, **options: Any) -> subprocess.CompletedProcess[str]:
    environment = {**os.environ, "PYTHONPATH": str(ROOT / "src"), **(env or {})}
    return subprocess.run(
        [sys.executable, "-m", "tripoint", *map(str, arguments)],
        capture_output=True,
        encoding="utf-8",
        env=environment,
        check=False,
        **options,
    )


def test_nothing_found_is_0(project: Path) -> None:
    done = run("audit", project)
    assert (done.returncode, done.stderr) == (0, "")
    assert "No findings" in done.stdout


def test_findings_are_1_and_fail_on_moves_the_line(broken: Path) -> None:
    done = run("audit", broken)
    assert done.returncode == 1
    assert "public.zebras" in done.stdout
    assert run("audit", broken, "--fail-on", "critical").returncode == 0
    assert run("audit", broken, "--fail-on", "never").returncode == 0


def test_settings_say_from_where_it_fails(broken: Path) -> None:
    (broken / "tripoint.toml").write_text('fail-on = "critical"\n', "utf-8")
    assert run("audit", broken).returncode == 0
    assert run("audit", broken, "--fail-on", "high").returncode == 1


@pytest.mark.parametrize(
    ("arguments", "sentence"),
    [
        (["audit", "nowhere"], "there is no folder nowhere"),
        (["audit", ".", "--format", "pdf"], "--format can't be 'pdf'; it is one of terminal, markdown"),
        (["audit", ".", "--format", "jsn"], "--format can't be 'jsn'; did you mean json?"),
        (["audit", ".", "--fromat=json"], "audit has no option --fromat; did you mean --format?"),
        (["fix", "--qqq"], "fix has no option --qqq (see tripoint fix --help)"),
        (["audit", "--nope"], "audit has no option --nope (see tripoint audit --help)"),
        (["audit", ".", "more"], "audit takes no further argument 'more'"),
        (["audit", ".", "--select", "mising-table"], "there is no rule 'mising-table'; did you mean missing-table?"),
        (["audit", ".", "--select", "no-primary-key", "--ignore", "no-primary-key"], "no rule is left to check"),
        (["audit", ".", "--config", "none.toml"], "the settings none.toml can't be read: No such file or directory"),
        (["audit", ".", "--require", "documents"], "the witness documents is required, but was not heard"),
        (["explain", "nothing-like-it-at-all"], "there is no rule"),
        (["frobnicate"], "there is no command 'frobnicate'; tripoint --help lists them"),
        (["adit"], "there is no command 'adit'; did you mean audit?"),
        ([], "no command is given: tripoint audit looks at this folder"),
    ],
)
def test_what_cannot_be_done_is_2_and_one_sentence(project: Path, arguments: list[str], sentence: str) -> None:
    done = run_here(project, *arguments)
    assert done.returncode == 2
    assert sentence in done.stderr
    assert done.stderr.startswith("tripoint: ")
    assert done.stderr.count("\n") == 1
    assert done.stdout == ""


@pytest.mark.parametrize("command", ["prove", "propose", "fix", "docs", "diagram"])
def test_a_command_is_not_asked_for_witnesses_that_it_never_hears(project: Path, command: str) -> None:
    (project / "tripoint.toml").write_text('require = ["documents"]\n', "utf-8")
    (project / "elsewhere.toml").write_text('require = ["migrations", "code", "database"]\n', "utf-8")
    here = run_here(project, command)
    assert ("documents is required" in here.stderr) == (command in {"propose", "fix"})
    there = run_here(project, command, "--config", "elsewhere.toml")
    assert "required" not in there.stderr
    assert there.returncode == 0


def test_settings_that_name_nothing_are_said(project: Path) -> None:
    (project / "README.md").write_text("# Notes\n", "utf-8")
    (project / "tripoint.toml").write_text(
        'documents = ["model.md", "README.md"]\n[per-path-ignores]\n"sup*/**" = ["missing-table"]\n"old/**" = ["*"]\n',
        "utf-8",
    )
    shown = run("audit", project).stdout
    assert "documents names no file: model.md" in shown
    assert "unused-ignore" in shown
    assert "the ignore of * for old/** matches no file" in " ".join(shown.split())
    assert "tripoint.toml:4:1" in shown
    assert "sup*" not in shown
    (project / "tripoint.toml").write_text('[[databases]]\nroot = "gone"\n', "utf-8")
    done = run("audit", project)
    assert done.returncode == 2
    assert done.stderr == "tripoint: tripoint.toml:2: databases[1].root leads nowhere: there is no folder gone\n"
    (project / "tripoint.toml").write_text('documents = ["model.md"]\n', "utf-8")
    assert run("audit", project).returncode == 2


def test_settings_that_are_wrong_name_file_and_line(project: Path) -> None:
    (project / "tripoint.toml").write_text("exclud = []\n", "utf-8")
    done = run("audit", project)
    assert done.returncode == 2
    assert "tripoint.toml:1" in done.stderr
    assert "exclude" in done.stderr


def test_empty_folder_is_2(tmp_path: Path) -> None:
    done = run("audit", tmp_path)
    assert done.returncode == 2
    assert done.stderr.count("\n") == 1


def test_select_and_ignore(broken: Path) -> None:
    assert "zebras" not in run("audit", broken, "--ignore", "missing-table").stdout
    assert "zebras" in run("audit", broken, "--select", "missing-table,no-primary-key").stdout
    assert "zebras" in run("audit", broken, "--select", "missing-table", "--select", "no-primary-key").stdout


def test_output_goes_to_a_file_whole_and_beside_nothing_else(broken: Path, tmp_path: Path) -> None:
    target = broken / "report.json"
    target.write_text("old", "utf-8")
    target.chmod(0o640)
    done = run("audit", broken, "--format", "json", "-o", target)
    assert (done.returncode, done.stdout) == (1, "")
    assert json.loads(target.read_text("utf-8"))["schema_version"] == 1
    assert target.stat().st_mode & 0o777 == 0o640
    assert not list(broken.glob("*.tmp"))


def test_output_that_cannot_be_written_is_2(broken: Path) -> None:
    done = run("audit", broken, "-o", broken / "no" / "report.md")
    assert done.returncode == 2
    assert "could not be written" in done.stderr
    assert run("audit", broken, "-o", broken).returncode == 2


def test_output_to_a_device(broken: Path) -> None:
    assert run("audit", broken, "-o", os.devnull).returncode == 1
    assert Path(os.devnull).is_char_device()


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="needs a device that is always full")
def test_full_disk_is_2(broken: Path) -> None:
    with open("/dev/full", "w", encoding="utf-8") as full:
        done = subprocess.run(
            [sys.executable, "-m", "tripoint", "audit", str(broken)],
            stdout=full,
            stderr=subprocess.PIPE,
            encoding="utf-8",
            check=False,
        )
    assert done.returncode == 2
    assert "could not be written" in done.stderr
    assert "Traceback" not in done.stderr


def test_reader_that_leaves_early_is_no_error(broken: Path) -> None:
    writer = subprocess.Popen(
        [sys.executable, "-m", "tripoint", "audit", str(broken)], stdout=subprocess.PIPE, stderr=subprocess.PIPE
    )
    assert writer.stdout is not None
    assert writer.stderr is not None
    writer.stdout.close()
    assert writer.stderr.read() == b""
    assert writer.wait() == 1
    writer.stderr.close()


def test_output_is_utf8_in_any_locale(project: Path) -> None:
    done = run(
        "audit", project, "--format", "markdown", env={"LC_ALL": "C", "PYTHONIOENCODING": "ascii", "PYTHONUTF8": "0"}
    )
    assert "⚠️" in done.stdout or "✅" in done.stdout


def test_no_color_without_a_terminal_and_color_where_it_is_forced(broken: Path) -> None:
    assert "\x1b" not in run("audit", broken).stdout
    assert "\x1b[" in run("audit", broken, env={"FORCE_COLOR": "1", "NO_COLOR": ""}).stdout
    assert "\x1b" not in run("audit", broken, env={"FORCE_COLOR": "1", "NO_COLOR": "1"}).stdout
    assert "\x1b" not in run("audit", broken, "--no-color", env={"FORCE_COLOR": "1", "NO_COLOR": ""}).stdout


def test_same_project_gives_same_bytes(broken: Path) -> None:
    outputs = {
        run("audit", broken, "--format", "json", env={"PYTHONHASHSEED": seed, "TZ": zone}).stdout
        for seed, zone in (("1", "UTC"), ("2", "Asia/Tokyo"))
    }
    assert len(outputs) == 1
    assert str(broken) not in outputs.pop()


def test_explain_and_rules() -> None:
    page = run("explain", "missing-table")
    assert page.returncode == 0
    assert page.stdout == (ROOT / "docs/rules/missing-table.md").read_text("utf-8")
    listed = run("rules").stdout
    assert all(path.stem in listed for path in (ROOT / "docs" / "rules").glob("*-*.md"))


def test_version_loads_nothing(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["--version"]) == 0
    assert capsys.readouterr().out == f"tripoint {__version__}\n"
    code = "import sys; from tripoint.cli import main; main(['--version']); print(sorted(m for m in sys.modules))"
    done = subprocess.run(
        [sys.executable, "-c", code],
        capture_output=True,
        text=True,
        check=True,
        env={**os.environ, "PYTHONPATH": str(ROOT / "src")},
    )
    loaded = {name for name in eval(done.stdout.split("\n", 1)[1]) if not name.startswith("_")}
    assert {name for name in loaded if name.startswith("tripoint")} == {"tripoint", "tripoint.cli"}
    assert not loaded & {"argparse", "dataclasses", "json", "msgspec", "pathlib", "re", "tomllib", "typing"}


def _loaded_by(*arguments: str | Path) -> set[str]:
    """Return the modules that a command loads in its own process, which is not the one that reads files."""
    code = (
        "import sys; from tripoint.cli import main; main(sys.argv[1:]); "
        "print('\\n' + ' '.join(sys.modules), file=sys.stderr)"
    )
    done = subprocess.run(
        [sys.executable, "-c", code, *map(str, arguments)],
        capture_output=True,
        text=True,
        check=True,
        env={**os.environ, "PYTHONPATH": str(ROOT / "src")},
    )
    return set(done.stderr.splitlines()[-1].split())


@pytest.mark.skipif(sys.platform != "linux", reason="elsewhere a reader is a program of its own, which takes more")
def test_an_audit_loads_what_it_uses() -> None:
    example = ROOT / "examples" / "persona-studio"
    loaded = _loaded_by("audit", example, "--no-cache")
    # Readers of files run in workers; the rest is what only other commands, formats, terminals and errors take.
    assert not {name for name in loaded if name.startswith(("pyromark", "tree_sitter", "email", "importlib.metadata"))}
    assert not loaded & {
        *("dataclasses", "html", "inspect", "logging", "pathlib", "pkgutil", "psycopg", "sqlite3", "urllib"),
        *("typing_extensions", "_strptime", "zipfile", "importlib.resources"),
        *("tripoint.formats.html", "tripoint.formats.json", "tripoint.formats.sarif", "tripoint.formats.markdown"),
        *("tripoint.sources.documents.read", "tripoint.sources.code.read", "tripoint.sources.code.syntax"),
        *("tripoint.postgres.server", "tripoint.sources.database.read", "tripoint.held", "tripoint.proof"),
        *("tripoint.propose.proposals", "tripoint.specialists.squawk", "tripoint.specialists.pgrls"),
    }


def test_what_needs_no_audit_loads_none() -> None:
    for arguments in (("completion", "bash"), ("explain", "missing-table"), ("cache",)):
        loaded = _loaded_by(*arguments)
        assert not loaded & {"tripoint.audit", "tripoint.judge", "tripoint.reading", "tripoint.sources.discover"}


def test_as_a_module_it_imports_nothing_of_the_folder_it_stands_in(project: Path) -> None:
    for name in ("argparse", "html", "json", "nt", "pglast", "pyromark", "tomllib", "tree_sitter", "yaml"):
        (project / f"{name}.py").write_text("raise SystemExit('imported from the project')\n", "utf-8")
    command = [sys.executable, "-m", "tripoint", "audit", "--no-cache", "-q"]
    done = subprocess.run(command, cwd=project, capture_output=True, text=True, check=False)
    assert (done.returncode, done.stderr) == (0, "")


def test_help_shows_examples() -> None:
    assert "tripoint explain missing-table" in run("--help").stdout
    assert "--fail-on" in run("audit", "--help").stdout


def test_every_format_can_be_asked_for() -> None:
    assert [format_.name for format_ in formats.FORMATS] == list(arguments_shared.FORMATS)


def test_fault_of_our_own_is_one_sentence(project: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    broken_module = project / "sitecustomize.py"
    broken_module.write_text(
        "import tripoint.formats.json as j\n"
        "import tripoint.formats as f\n"
        "from tripoint.formats.format import Format\n"
        "def crash(audit, options): raise RuntimeError('planted\\nfault')\n"
        "f.FORMATS = (Format('json', crash),)\n",
        "utf-8",
    )
    environment = {"PYTHONPATH": f"{project}{os.pathsep}{ROOT / 'src'}", "TRIPOINT_DEBUG": ""}
    done = run("audit", project, "--format", "json", env=environment)
    assert done.returncode == 2
    assert "internal error, please report it: RuntimeError: planted fault" in done.stderr
    assert "Traceback" not in done.stderr
    assert "Traceback" in run("audit", project, "--format", "json", env={**environment, "TRIPOINT_DEBUG": "1"}).stderr


def test_a_report_within_the_project_vouches_for_nothing(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    root = tmp_path / "project"
    shutil.copytree(ROOT / "examples" / "persona-studio", root)

    def found() -> set[tuple[str, str]]:
        main(["audit", str(root), "--format", "json"])
        return {(f["rule"], f["subject"]) for f in json.loads(capsys.readouterr().out)["findings"]}

    before = found()
    for path, format_ in (
        ("report.md", "markdown"),
        ("docs/schema.md", "markdown"),
        ("docs/comment.md", "pull-request"),
    ):
        main(["audit", str(root), "--format", format_, "-o", str(root / path)])
    assert found() == before
