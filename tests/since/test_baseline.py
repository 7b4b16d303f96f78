"""`tripoint baseline` and `--baseline`: what a team lives with is hidden, counted, and pruned when it is mended."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from since.scratch import PAGE, PROJECT, audited, tripoint, write


@pytest.fixture
def project(tmp_path: Path) -> Path:
    write(tmp_path, PROJECT)
    return tmp_path


def entries(path: Path) -> dict[str, dict[str, str]]:
    found: dict[str, dict[str, str]] = json.loads(path.read_text("utf-8"))["fingerprints"]
    return found


def test_baseline_hides_today_and_nothing_of_tomorrow(project: Path) -> None:
    done = tripoint(project, "baseline")
    assert (done.returncode, done.stderr) == (0, "")
    assert 'baseline = "tripoint-baseline.json"' in done.stdout
    hidden = audited(project, "--baseline", "tripoint-baseline.json")
    assert {finding["suppressed"] for finding in hidden["findings"]} == {"baseline"}
    assert hidden["summary"]["suppressed"] == len(hidden["findings"])
    assert tripoint(project, "audit", "--baseline", "tripoint-baseline.json").returncode == 0
    assert tripoint(project, "audit").returncode == 1
    write(project, {"src/more.ts": PROJECT[PAGE].replace("page()", "more()")})
    again = tripoint(project, "audit", "--baseline", "tripoint-baseline.json", "--format", "json")
    assert again.returncode == 1
    (finding,) = (f for f in json.loads(again.stdout)["findings"] if f["subject"] == "public.authors")
    assert {spot["path"]: spot["suppressed"] for spot in finding["spots"]} == {PAGE: "baseline", "src/more.ts": None}


@pytest.mark.parametrize(
    "command, link", [(("baseline",), "tripoint-baseline.json"), (("prove", "--write"), "tripoint-access.toml")]
)
def test_a_projects_own_link_leads_to_no_file_of_the_person(project: Path, command: tuple[str, ...], link: str) -> None:
    theirs = project.parent / "theirs"
    (project / link).symlink_to(theirs)
    done = tripoint(project, *command)
    assert done.returncode == 2
    assert f"{link} leads through a link: it is left alone" in done.stderr
    assert not theirs.exists()


def test_settings_name_the_baseline(project: Path) -> None:
    write(project, {"tripoint.toml": 'baseline = "kept/known.json"\n'})
    assert tripoint(project, "audit").returncode == 2
    assert tripoint(project, "baseline").returncode == 2, "the folder is not there"
    (project / "kept").mkdir()
    done = tripoint(project, "baseline")
    assert done.returncode == 0
    assert "the settings need" not in done.stdout
    assert tripoint(project, "audit").returncode == 0
    assert tripoint(project.parent, "baseline", project.name).returncode == 0


def test_prune_takes_out_what_is_mended_and_adds_nothing(project: Path) -> None:
    tripoint(project, "baseline")
    before = entries(project / "tripoint-baseline.json")
    write(project, {PAGE: PROJECT[PAGE].replace("authors", "readers")})
    done = tripoint(project, "baseline", "--prune")
    assert done.returncode == 0
    after = entries(project / "tripoint-baseline.json")
    assert set(after) < set(before)
    assert {before[key]["subject"] for key in set(before) - set(after)} == {"public.authors"}
    assert f"0 added, {len(before) - len(after)} taken out" in done.stdout


def test_writing_again_brings_it_up_to_date(project: Path) -> None:
    tripoint(project, "baseline")
    first = (project / "tripoint-baseline.json").read_bytes()
    tripoint(project, "baseline")
    assert (project / "tripoint-baseline.json").read_bytes() == first
    write(project, {PAGE: PROJECT[PAGE].replace("authors", "readers")})
    assert "1 added, 1 taken out" in tripoint(project, "baseline").stdout
    assert not list(project.glob("*.tmp"))


def test_what_is_ignored_inline_stands_in_no_baseline(project: Path) -> None:
    write(project, {PAGE: PROJECT[PAGE].replace("id')\n}", "id') // tripoint: ignore[missing-table] soon\n}")})
    tripoint(project, "baseline")
    subjects = {entry["subject"] for entry in entries(project / "tripoint-baseline.json").values()}
    assert "public.authors" not in subjects
    assert subjects


@pytest.mark.parametrize("text", ["", "[]", '{"fingerprints": {}}', '{"schema_version": 2, "fingerprints": {}}'])
def test_broken_baselines_are_2_and_stay_what_they_are(project: Path, text: str) -> None:
    write(project, {"tripoint-baseline.json": text})
    for command in (("audit", "--baseline", "tripoint-baseline.json"), ("baseline",), ("baseline", "--prune")):
        done = tripoint(project, *command)
        assert done.returncode == 2
        assert "tripoint-baseline.json: the baseline" in done.stderr
    assert (project / "tripoint-baseline.json").read_text("utf-8") == text


def test_baseline_that_is_not_there_is_2(project: Path) -> None:
    for command in (("audit", "--baseline", "none.json"), ("baseline", "--prune")):
        done = tripoint(project, *command)
        assert done.returncode == 2
        assert "tripoint baseline writes one" in done.stderr
