"""The report that the example was written from, statement by statement."""

from __future__ import annotations

import os
import shutil
import subprocess
from pathlib import Path
from typing import Any

import jsonschema_rs
import pytest

from example.persona_studio import FOLDER, audited, files
from formats.test_json_format import schema
from tripoint.audit import audit_folder
from tripoint.formats import RenderOptions, format_named

SOCIAL = "202511251400_social_integration.sql"
INVENTORY = {
    "profiles": "001_create_profiles_table.sql",
    "personas": None,
    "social_platforms": SOCIAL,
    "persona_social_accounts": SOCIAL,
    "campaigns": SOCIAL,
    "campaign_posts": SOCIAL,
    "campaign_generation_jobs": "202511261530_campaign_generation_jobs.sql",
    "engagement_items": SOCIAL,
    "social_oauth_sessions": SOCIAL,
    "oauth_states": "202511251530_oauth_support.sql",
    "resonance_research": "202511270300_create_resonance_research.sql",
    "resonance_research_personas": "202511270300_create_resonance_research.sql",
    "research_tasks": "202511280000_create_research_tasks.sql",
}
NEVER_BUILT = ["analytics_snapshots", "assets", "content_items", "content_plans", "scheduled_posts"]
UNDOCUMENTED = [
    "campaign_generation_jobs",
    "engagement_items",
    "oauth_states",
    "research_tasks",
    "resonance_research",
    "resonance_research_personas",
    "social_oauth_sessions",
]
CHANNELS = "app/agents/[id]/channels"


@pytest.fixture(scope="module")
def data() -> dict[str, Any]:
    return audited(files())


def table(data: dict[str, Any], name: str) -> dict[str, Any]:
    (found,) = (entry for entry in data["tables"] if entry["name"] == f"public.{name}")
    assert isinstance(found, dict)
    return found


def finding(data: dict[str, Any], rule: str, subject: str) -> dict[str, Any]:
    (found,) = (entry for entry in data["findings"] if (entry["rule"], entry["subject"]) == (rule, subject))
    assert isinstance(found, dict)
    return found


def subjects(data: dict[str, Any], rule: str) -> list[str]:
    return sorted(entry["subject"].removeprefix("public.") for entry in data["findings"] if entry["rule"] == rule)


def code_places(entry: dict[str, Any]) -> set[tuple[str, int]]:
    return {(spot["path"], spot["line"]) for spot in entry["spots"] if spot["witness"] == "code"}


def test_output_is_valid(data: dict[str, Any]) -> None:
    jsonschema_rs.validator_for(schema()).validate(data)


@pytest.mark.parametrize(("name", "migration"), INVENTORY.items())
def test_inventory(data: dict[str, Any], name: str, migration: str | None) -> None:
    expected = [] if migration is None else [f"supabase/migrations/{migration}"]
    assert [spot["path"] for spot in table(data, name)["defined"]] == expected


def test_nothing_else_is_defined(data: dict[str, Any]) -> None:
    defined = {entry["name"].removeprefix("public.") for entry in data["tables"] if entry["defined"]}
    assert defined == set(INVENTORY) - {"personas"}


def test_personas_is_missing_and_needed(data: dict[str, Any]) -> None:
    missing = finding(data, "missing-table", "public.personas")
    assert missing["severity"] == "critical"
    assert {spot["path"] for spot in missing["spots"] if spot["witness"] == "documents"} >= {"docs/domain-model.md"}
    assert len(table(data, "personas")["used"]) >= 20
    assert {path for path, _ in code_places(missing)} > {
        "app/api/personas/route.ts",
        "app/api/campaigns/route.ts",
        "app/api/resonance/link-persona/route.ts",
        "app/agents/new/actions.ts",
        "app/agents/[id]/page.tsx",
    }


def test_every_use_of_personas_in_the_text_is_counted(data: dict[str, Any]) -> None:
    written = sum(
        content.count(b"from('personas')") for path, content in files().items() if path.endswith((".ts", ".tsx"))
    )
    assert len(table(data, "personas")["used"]) == written
    assert len(code_places(finding(data, "missing-table", "public.personas"))) == written


def test_five_foreign_keys_point_at_it(data: dict[str, Any]) -> None:
    dangling = {(entry["from"], entry["to"]) for entry in data["relationships"] if entry["status"] == "dangling"}
    assert dangling == {
        (f"public.{name}.persona_id", "public.personas.id")
        for name in (
            "persona_social_accounts",
            "campaigns",
            "resonance_research_personas",
            "social_oauth_sessions",
            "oauth_states",
        )
    }


@pytest.mark.parametrize(
    ("name", "meant", "places"),
    [
        (
            "agents",
            "personas",
            {
                (f"{CHANNELS}/actions.ts", 25),
                ("app/agents/new/actions.ts", 20),
                ("app/agents/new/actions.ts", 54),
                (f"{CHANNELS}/page.tsx", 27),
            },
        ),
        ("channels", "social_platforms", {(f"{CHANNELS}/page.tsx", 44)}),
        (
            "agent_channels",
            "persona_social_accounts",
            {(f"{CHANNELS}/actions.ts", 38), (f"{CHANNELS}/actions.ts", 48), (f"{CHANNELS}/page.tsx", 54)},
        ),
    ],
)
def test_unknown_names(data: dict[str, Any], name: str, meant: str, places: set[tuple[str, int]]) -> None:
    unknown = finding(data, "missing-table", f"public.{name}")
    assert code_places(unknown) == places
    assert unknown["severity"] == "medium"
    assert unknown["suggestions"][0]["target"] == f"public.{meant}"
    assert unknown["suggestions"][0]["reasons"]


def test_documented_and_never_built(data: dict[str, Any]) -> None:
    assert subjects(data, "documented-but-missing") == NEVER_BUILT
    for name in NEVER_BUILT:
        entry = table(data, name)
        assert [spot["path"] for spot in entry["documented"]] == ["docs/domain-model.md"]
        assert (entry["defined"], entry["used"]) == ([], [])


def test_built_and_never_documented(data: dict[str, Any]) -> None:
    assert subjects(data, "undocumented-table") == UNDOCUMENTED
    assert all(table(data, name)["documented"] == [] for name in UNDOCUMENTED)


RELATIONSHIPS = [
    ("campaign_posts.campaign_id", "public.campaigns.id", "verified"),
    ("campaign_posts.persona_social_account_id", "public.persona_social_accounts.id", "verified"),
    ("campaigns.persona_id", "public.personas.id", "dangling"),
    ("campaigns.user_id", "auth.users.id", "verified"),
    ("persona_social_accounts.persona_id", "public.personas.id", "dangling"),
    ("personas.user_id", "auth.users.id", "documented-only"),
    ("research_tasks.user_id", "auth.users.id", "undocumented"),
    ("resonance_research_personas.persona_id", "public.personas.id", "dangling"),
    ("resonance_research_personas.research_id", "public.resonance_research.id", "undocumented"),
]


@pytest.mark.parametrize(("origin", "target", "status"), RELATIONSHIPS)
def test_relationships(data: dict[str, Any], origin: str, target: str, status: str) -> None:
    found = [entry for entry in data["relationships"] if entry["from"] == f"public.{origin}"]
    assert [(entry["to"], entry["status"]) for entry in found] == [(target, status)]
    assert found[0]["spots"]


def test_every_foreign_key_of_the_text_is_a_relationship(data: dict[str, Any]) -> None:
    written = sum(content.count(b" references ") for path, content in files().items() if path.endswith(".sql"))
    assert sum(entry["status"] != "documented-only" for entry in data["relationships"]) == written


def test_row_security(data: dict[str, Any]) -> None:
    enabled = {entry["name"].removeprefix("public.") for entry in data["tables"] if entry["row_security"]}
    assert enabled == set(INVENTORY) - {"personas", "social_platforms"}
    assert len(enabled) == 11
    assert all(table(data, name)["policies"] for name in enabled)
    assert table(data, "social_platforms")["row_security"] is False
    assert subjects(data, "row-security-disabled") == ["social_platforms"]


def test_nothing_else_is_said_to_be_wrong(data: dict[str, Any]) -> None:
    """The example is sound but for what the report names: any further finding of weight is a false alarm."""
    assert {entry["rule"] for entry in data["findings"] if entry["severity"] not in ("low", "info")} == {
        "documented-but-missing",
        "missing-table",
        "row-security-disabled",
    }
    assert subjects(data, "missing-table") == ["agent_channels", "agents", "channels", "personas"]
    assert subjects(data, "mixed-version-format") == ["001_create_profiles_table.sql"]
    (notice,) = data["notices"]  # a request's body may hold any key
    assert notice["spot"]["path"] == "app/api/personas/route.ts"
    assert "1 of 61 calls takes what is only known at run time (1 payload)" in notice["reason"]


def test_what_only_looks_like_a_table_is_none(data: dict[str, Any]) -> None:
    names = {entry["name"] for entry in data["tables"]}
    assert not any("persona-avatars" in name for name in names)
    assert len(names) == len(INVENTORY) + len(NEVER_BUILT) + 3


def test_files_analyzed(data: dict[str, Any]) -> None:
    by_witness: dict[str, set[str]] = {}
    for entry in data["files"]:
        by_witness.setdefault(entry["witness"], set()).add(entry["path"])
    assert by_witness["documents"] == {"docs/domain-model.md", "docs/architecture.md"}
    assert {Path(path).name for path in by_witness["migrations"]} == set(INVENTORY.values()) - {None}
    assert by_witness["code"] >= {path for path, _ in code_places(finding(data, "missing-table", "public.personas"))}


def test_date_is_that_of_the_audited_commit(tmp_path: Path) -> None:
    shutil.copytree(FOLDER, tmp_path / "app")
    day = "2025-01-28T12:00:00+00:00"
    identity = ["-c", "user.name=Test", "-c", "user.email=test@example.org", "-c", "commit.gpgsign=false"]
    for arguments in (["init", "-q"], ["add", "."], [*identity, "commit", "-q", "-m", "example"]):
        environment = {**os.environ, "GIT_AUTHOR_DATE": day, "GIT_COMMITTER_DATE": day}
        subprocess.run(["git", *arguments], cwd=tmp_path / "app", env=environment, check=True)
    outcome = audit_folder(tmp_path / "app")
    assert outcome.revision_date == "2025-01-28"
    report = format_named("markdown").render(outcome, RenderOptions())
    assert "**Date:** 2025-01-28" in report
    for name, migration in INVENTORY.items():
        status = f"`{migration}` | ✅ Exists" if migration else "❌ **NOT FOUND** | ⚠️ **MISSING**"
        assert f"| `{name}` | {status} |" in report
