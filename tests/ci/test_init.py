"""`tripoint init`: settings that say what was found, change nothing by themselves, and overwrite nothing."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from since.scratch import PROJECT, audited, tripoint, write
from tripoint.config import parse_config
from tripoint.rules import load_rules


@pytest.fixture
def project(tmp_path: Path) -> Path:
    write(tmp_path, PROJECT)
    return tmp_path


def test_writes_settings_and_says_what_is_next(project: Path) -> None:
    before = audited(project)
    done = tripoint(project, "init")
    assert (done.returncode, done.stderr) == (0, "")
    assert len(done.stdout.splitlines()) == 5
    text = (project / "tripoint.toml").read_text("utf-8")
    assert '# migrations = "supabase/migrations"' in text
    assert 'require = ["migrations", "code"]' in text
    assert audited(project) == before


def test_a_baseline_that_is_there_is_used(project: Path) -> None:
    assert tripoint(project, "baseline").returncode == 0
    write(project, {"src/more.ts": PROJECT["src/page.ts"].replace("authors", "lenders")})
    done = tripoint(project, "init")
    assert "tripoint audit: see today's 1 finding beside those of tripoint-baseline.json" in done.stdout
    assert 'baseline = "tripoint-baseline.json"' in (project / "tripoint.toml").read_text("utf-8").splitlines()
    (shown,) = (f["subject"] for f in audited(project)["findings"] if f["suppressed"] is None)
    assert shown == "public.lenders"


def test_every_commented_value_is_one_that_could_be_said(project: Path) -> None:
    tripoint(project, "init")
    text = (project / "tripoint.toml").read_text("utf-8")
    said = re.sub(r"^# (?=\[|[\w\"][\w/*\"-]* = )", "", text, flags=re.MULTILINE)
    # The table of databases comes first in the file, but what follows it belongs to the whole.
    databases, rest = (
        said[said.index("[[databases]]") : said.index("\n\n# The domain")],
        said.replace("[[databases]]", ""),
    )
    rest = re.sub(r"^(name|root|platform|migrations) = .*\n", "", rest, flags=re.MULTILINE)
    config = parse_config(f"{rest}\n{databases}\n".encode(), "tripoint.toml", [rule.name for rule in load_rules()])
    assert config.databases[0].migrations == "supabase/migrations"
    assert config.baseline == "tripoint-baseline.json"
    assert config.require == ("migrations", "code")
    assert config.per_path_ignores
    assert config.severity


def test_a_witness_that_falls_silent_fails_from_then_on(project: Path) -> None:
    tripoint(project, "init")
    (project / "src/page.ts").unlink()
    done = tripoint(project, "audit")
    assert done.returncode == 2
    assert "code is required, but was not heard" in done.stderr


@pytest.mark.parametrize(
    "files", [{"tripoint.toml": "# mine\n"}, {"pyproject.toml": '[tool.tripoint]\nfail-on = "low"\n'}]
)
def test_nothing_is_overwritten(project: Path, files: dict[str, str]) -> None:
    write(project, files)
    done = tripoint(project, "init")
    assert done.returncode == 2
    assert "nothing is overwritten" in done.stderr
    for path, text in files.items():
        assert (project / path).read_text("utf-8") == text
    assert (project / "tripoint.toml").exists() == ("tripoint.toml" in files)


def test_link_is_not_written_through(project: Path, tmp_path: Path) -> None:
    target = tmp_path / "elsewhere.toml"
    (project / "tripoint.toml").symlink_to(target)
    assert tripoint(project, "init").returncode == 2
    assert not target.exists()


def test_project_without_anything_is_2(tmp_path: Path) -> None:
    done = tripoint(tmp_path, "init")
    assert done.returncode == 2
    assert not (tmp_path / "tripoint.toml").exists()
