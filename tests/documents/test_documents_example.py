"""The documents of the example claim what the audit report that it was written from says they claim."""

from __future__ import annotations

from pathlib import Path

import pytest

from documents.documents_support import catalog
from tripoint.model.catalog import Catalog
from tripoint.model.claim import Claims
from tripoint.model.name import Name
from tripoint.sources.documents.claims import fold_claims
from tripoint.sources.documents.read import read_document

EXAMPLE = Path(__file__).parents[2] / "examples" / "persona-studio"
EXISTING = {
    "profiles": "id email full_name avatar_url plan created_at updated_at",
    "social_platforms": "id slug name icon_url auth_type is_enabled created_at",
    "persona_social_accounts": "id user_id persona_id platform_id external_account_id handle status created_at",
    "campaigns": "id user_id persona_id name goal status starts_on ends_on created_at updated_at",
    "campaign_posts": "id campaign_id persona_social_account_id body media_paths status created_at",
    "campaign_generation_jobs": "id campaign_id status",
    "engagement_items": "id campaign_post_id kind",
    "social_oauth_sessions": "id persona_id",
    "oauth_states": "id persona_id",
    "resonance_research": "id topic",
    "resonance_research_personas": "research_id persona_id",
    "research_tasks": "id user_id",
}
PLANNED = {"content_plans", "content_items", "assets", "scheduled_posts", "analytics_snapshots"}


@pytest.fixture(scope="module")
def known() -> Catalog:
    return catalog(EXISTING)


@pytest.fixture(scope="module")
def claims(known: Catalog) -> Claims:
    paths = ("docs/domain-model.md", "docs/architecture.md")
    facts = {path: read_document((EXAMPLE / path).read_bytes(), ".md") for path in paths}
    return fold_claims(facts, known, domain_models=None, used=("personas", "agents", "channels", "agent_channels"))


def test_the_domain_model_is_found_by_itself(claims: Claims) -> None:
    assert claims.domain_models == ("docs/domain-model.md",)
    assert claims.problems == ()


def test_the_documented_tables_are_exactly_the_entities(claims: Claims, known: Catalog) -> None:
    documented = {str(name) for name in claims.by_table}
    existing = {"profiles", "social_platforms", "persona_social_accounts", "campaigns", "campaign_posts"}
    assert documented == {f"public.{name}" for name in existing | {"personas"} | PLANNED}
    assert {name.name for name in known.tables} - existing == {
        "engagement_items",
        "social_oauth_sessions",
        "oauth_states",
        "resonance_research",
        "resonance_research_personas",
        "research_tasks",
        "campaign_generation_jobs",
    }


def test_every_field_list_is_whole(claims: Claims) -> None:
    model = [claim for claim in claims.tables if claim.place.path == "docs/domain-model.md"]
    assert all(claim.lists_columns for claim in model)
    personas = next(claim for claim in model if claim.name == Name("public", "personas"))
    assert [column.name for column in personas.columns] == [
        "id",
        "user_id",
        "display_name",
        "bio",
        "tone",
        "avatar_path",
        "status",
        "created_at",
        "updated_at",
    ]
    assert [column.type for column in personas.columns][:3] == ["uuid", "uuid", "text"]


def test_the_relationships_of_both_documents(claims: Claims) -> None:
    written = {
        f"{claim.from_table.name}.{claim.from_columns[0]} -> {claim.to_table}"
        for claim in claims.relationships
        if claim.from_columns
    }
    assert written == {
        "profiles.id -> auth.users",
        "personas.user_id -> auth.users",
        "persona_social_accounts.user_id -> auth.users",
        "persona_social_accounts.persona_id -> public.personas",
        "persona_social_accounts.platform_id -> public.social_platforms",
        "campaigns.user_id -> auth.users",
        "campaigns.persona_id -> public.personas",
        "campaign_posts.campaign_id -> public.campaigns",
        "campaign_posts.persona_social_account_id -> public.persona_social_accounts",
    }
    drawn = {(claim.from_table.name, claim.to_table.name) for claim in claims.relationships if not claim.from_columns}
    assert ("campaigns", "personas") in drawn
    assert len(drawn) == 5
