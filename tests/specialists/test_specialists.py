"""squawk and pgrls, asked for real on a small project: what they find stands in the same ranking, once."""

from __future__ import annotations

import json
import re
import subprocess
import sys
from pathlib import Path

import pytest

from tripoint.audit import Options, audit_folder
from tripoint.config import Config, ConfigError, parse_config
from tripoint.formats import RenderOptions, format_named
from tripoint.model.audit import Audit, Finding
from tripoint.rules import names_of_rules
from tripoint.specialists import program
from tripoint.specialists.catalogue import specialist_names
from tripoint.specialists.duplicates import EQUAL
from tripoint.specialists.program import program_of

FIRST = """create table notes (id bigint primary key, user_id uuid not null, "größe" text);
alter table notes enable row level security;
create policy "all of it" on notes for delete using (true);
create policy own on notes for select using (auth.uid() = user_id);
"""
SECOND = """alter table notes drop column "größe"; alter table notes drop column id;
-- +goose Down
drop table notes;
"""


def audited(folder: Path, files: dict[str, str], *tools: str, rules: frozenset[str] = frozenset()) -> Audit:
    for name, text in files.items():
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_text(text, encoding="utf-8")
    return audit_folder(folder, Options(specialists=frozenset(tools), select=rules))


def project(second: str = SECOND) -> dict[str, str]:
    root = "supabase/migrations"
    return {f"{root}/20250101000000_a.sql": FIRST, f"{root}/20250102000000_b.sql": second}


def of(audit: Audit, rule: str) -> list[Finding]:
    return [finding for finding in audit.findings if finding.rule == rule]


def test_nobody_is_asked_unless_it_is_wished(tmp_path: Path) -> None:
    audit = audited(tmp_path, project())
    assert not [finding.rule for finding in audit.findings if "/" in finding.rule]
    assert audit.specialists == ()


def test_squawk_sees_what_runs_and_says_where(tmp_path: Path) -> None:
    hostile = {".squawk.toml": 'excluded_rules = ["ban-drop-column"]\n'}
    audit = audited(tmp_path, project() | hostile, "squawk")
    (finding,) = of(audit, "squawk/ban-drop-column")
    assert (finding.subject, finding.severity) == ("20250102000000_b.sql", "low")
    assert [(spot.line, spot.column, spot.excerpt) for spot in finding.spots] == [
        (1, 19, 'drop column "größe"'),
        (1, 58, "drop column id"),
    ]
    assert not of(audit, "squawk/ban-drop-table")  # it stands in the way down
    assert [(one.name, one.heard) for one in audit.specialists] == [("squawk", True)]


def test_an_ignore_hides_one_place_of_a_specialist(tmp_path: Path) -> None:
    second = "-- tripoint: ignore[squawk/ban-drop-column] unused\nalter table notes drop column id;\n"
    audit = audited(tmp_path, project(second), "squawk")
    assert [finding.suppressed for finding in of(audit, "squawk/ban-drop-column")] == ["inline"]
    assert not of(audit, "unused-ignore")
    assert not of(audited(tmp_path, {}), "unused-ignore")  # whoever is not asked has no say


def test_what_squawk_cannot_read_is_said(tmp_path: Path) -> None:
    # PostgreSQL's parser takes an operator of any characters; a file that squawk refuses is not checked at all.
    audit = audited(tmp_path, project("select from from;\nalter table notes drop column id;\n"), "squawk")
    assert any("squawk can't read the file" in notice.reason for notice in audit.notices)


def test_pgrls_sees_the_replayed_database_and_repeats_nothing(tmp_path: Path) -> None:
    audit = audited(tmp_path, project() | {"pgrls.toml": '[lint]\ndisable = ["SEC002"]\n'}, "pgrls")
    assert [finding.subject for finding in of(audit, "pgrls/SEC002")] == ["public.notes"]
    assert {finding.subject for finding in of(audit, "pgrls/SEC003")} == {"public.notes/all of it", "public.notes/own"}
    assert [finding.subject for finding in of(audit, "policy-always-true")] == ["public.notes/all of it"]
    assert not of(audit, "pgrls/SEC008")  # the same fault
    assert not of(audit, "pgrls/PERF001")
    assert not of(audit, "pgrls/SEC016")  # the platform's own role
    spots = [spot for finding in of(audit, "pgrls/SEC003") for spot in finding.spots]
    assert [spot.line for spot in sorted(spots, key=lambda spot: spot.line)] == [3, 4]


def test_what_holds_of_every_table_of_the_platform_is_said_quietly(tmp_path: Path) -> None:
    audit = audited(tmp_path, project(), "pgrls")
    quiet = [*of(audit, "pgrls/SEC002"), *of(audit, "pgrls/SEC003")]
    assert {finding.severity for finding in quiet} == {"info"}
    assert all(finding.severity_reason for finding in quiet)
    # `using (true)` is one fault, not four.
    assert not [f for name in ("SEC005", "SEC038", "SEC049") for f in of(audit, f"pgrls/{name}")]


def test_what_a_project_does_in_each_migration_is_said_once(tmp_path: Path) -> None:
    audit = audited(tmp_path, project("alter table notes drop column id;\n"), "squawk")
    (finding,) = of(audit, "squawk/require-lock-timeout")
    assert finding.subject == "migrations"
    assert len({spot.path for spot in finding.spots}) == len(finding.spots) >= 1


def test_without_ours_the_specialist_speaks(tmp_path: Path) -> None:
    audit = audited(tmp_path, project(), "pgrls", rules=frozenset({"pgrls/SEC008", "pgrls/PERF001"}))
    assert {finding.rule for finding in audit.findings} == {"pgrls/SEC008", "pgrls/PERF001"}


def test_one_that_is_not_installed_is_said_in_one_line(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(program.PACKAGES, "squawk", "no-such-distribution-of-squawk")
    audit = audited(tmp_path, project(), "squawk")
    said = "squawk was asked for and is not installed: pip install 'tripoint[squawk]'"
    assert said in [notice.reason for notice in audit.notices]
    assert [(one.heard, one.reason) for one in audit.specialists] == [(False, said)]


def test_formats_that_machines_read_take_their_rules(tmp_path: Path) -> None:
    audit = audited(tmp_path, project(), "squawk")
    (run,) = json.loads(format_named("sarif").render(audit, RenderOptions()))["runs"]
    known = {rule["id"] for rule in run["tool"]["driver"]["rules"]}
    assert {result["ruleId"] for result in run["results"]} <= known
    assert "squawk/ban-drop-column" in known
    assert json.loads(format_named("json").render(audit, RenderOptions()))["specialists"][0]["name"] == "squawk"


def test_the_settings_know_their_rules() -> None:
    text = b'specialists = ["squawk"]\nignore = ["squawk/prefer-identity"]\n[severity]\n"pgrls/SEC002" = "info"\n'
    config: Config = parse_config(text, "tripoint.toml", names_of_rules())
    assert (config.specialists, config.ignore) == (("squawk",), ("squawk/prefer-identity",))
    with pytest.raises(ConfigError, match="did you mean 'squawk/prefer-identity'"):
        parse_config(b'ignore = ["squawk/prefer-identit"]', "tripoint.toml", names_of_rules())
    with pytest.raises(ConfigError, match="did you mean 'squawk'"):
        parse_config(b'specialists = ["squak"]', "tripoint.toml", names_of_rules())


def test_the_tools_know_the_rules_that_we_list(tmp_path: Path) -> None:
    squawk = program_of("squawk")
    assert squawk is not None
    (tmp_path / "a.sql").write_text("select 1;\n")
    names = [name.removeprefix("squawk/") for name in specialist_names() if name.startswith("squawk/")]
    done = subprocess.run(
        [squawk, "--exclude", ",".join(names), "a.sql"], cwd=tmp_path, capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stderr
    listed = subprocess.run(
        [sys.executable, "-m", "pgrls", "explain"], cwd=tmp_path, capture_output=True, text=True, check=True
    ).stdout
    known = {f"pgrls/{line.split()[0]}" for line in listed.splitlines() if re.match(r"[A-Z]+\d{3} ", line)}
    assert known == {name for name in specialist_names() if name.startswith("pgrls/")}


def test_equal_rules_are_rules() -> None:
    assert {*EQUAL, *(name for names in EQUAL.values() for name in names)} <= set(names_of_rules())
