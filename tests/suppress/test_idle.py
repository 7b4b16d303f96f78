"""What hides nothing any more is said; what this run could not find is not called mended."""

from __future__ import annotations

from pathlib import Path

from tripoint.audit import Options, audit_folder
from tripoint.model.audit import Finding
from tripoint.suppress import Baseline, BaselineEntry, baseline_of, write_baseline

MIGRATION = "supabase/migrations/20250101000000_init.sql"
OPEN = "create table public.notes (id bigint primary key);\n"
SHUT = OPEN + "alter table public.notes enable row level security;\n"


def write(folder: Path, **files: str) -> None:
    for name, text in files.items():
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_text(text, encoding="utf-8")


def unused(folder: Path) -> list[Finding]:
    return [finding for finding in audit_folder(folder, Options()).findings if finding.rule == "unused-ignore"]


def test_entries_of_the_baseline_that_are_mended_are_one_finding(tmp_path: Path) -> None:
    write(tmp_path, **{MIGRATION: OPEN, "tripoint.toml": 'baseline = "known.json"\n', "known.json": ""})
    known = baseline_of(audit_folder(tmp_path, Options(baseline=Baseline())).findings)
    assert [entry.rule for entry in known.entries.values()] == ["row-security-disabled"]
    of_proof = {"f" * 32: BaselineEntry("leaks-rows", "public.notes"), "e" * 32: BaselineEntry("unused-index", "i")}
    write(tmp_path, **{"known.json": write_baseline(Baseline({**known.entries, **of_proof}))})
    assert unused(tmp_path) == []
    write(tmp_path, **{MIGRATION: SHUT})
    (finding,) = unused(tmp_path)
    assert (finding.severity, finding.message) == ("low", "1 of 3 entries in the baseline matches no finding")
    (spot,) = finding.spots
    line = (tmp_path / "known.json").read_text(encoding="utf-8").splitlines()[spot.line - 1]
    assert spot.path == "known.json"
    assert next(iter(known.entries)) in line
    assert "baseline --prune" in (finding.help or "")


def test_an_ignore_of_what_needs_a_database_or_a_proof_is_not_unused(tmp_path: Path) -> None:
    rules = (
        "leaks-rows",
        "function-leaks-rows",
        "access-widened",
        "not-in-database",
        "no-primary-key",
    )
    write(tmp_path, **{MIGRATION: f"-- tripoint: ignore[{', '.join(rules)}] known\n{SHUT}"})
    (finding,) = unused(tmp_path)
    assert "the ignore of no-primary-key matches no finding" in finding.message


def test_the_baseline_holds_ignores_without_effect_too(tmp_path: Path) -> None:
    ignored = f"-- tripoint: ignore[no-primary-key] known\n{SHUT}"
    write(tmp_path, **{MIGRATION: ignored, "tripoint.toml": 'baseline = "known.json"\n', "known.json": ""})
    known = baseline_of(audit_folder(tmp_path, Options(baseline=Baseline())).findings)
    assert "unused-ignore" in {entry.rule for entry in known.entries.values()}
    write(tmp_path, **{"known.json": write_baseline(known)})
    assert [finding.suppressed for finding in unused(tmp_path)] == ["baseline"]
