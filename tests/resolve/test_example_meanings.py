"""What the unknown names of the example mean, with reasons that a person would accept."""

from __future__ import annotations

from functools import cache
from typing import Any

import pytest

from example.persona_studio import audited, files


@cache
def suggestions() -> dict[str, list[dict[str, Any]]]:
    return {finding["subject"]: finding["suggestions"] for finding in audited(files())["findings"]}


@pytest.mark.parametrize(
    ("old", "new"),
    [("agents", "personas"), ("channels", "social_platforms"), ("agent_channels", "persona_social_accounts")],
)
def test_old_names_are_first_in_rank_with_reasons(old: str, new: str) -> None:
    first = suggestions()[f"public.{old}"][0]
    assert (first["kind"], first["target"]) == ("rename", f"public.{new}")
    assert first["confidence"] >= 0.6
    assert "columns asked for" in first["reasons"][0]


def test_join_table_follows_its_counterparts() -> None:
    reasons = suggestions()["public.agent_channels"][0]["reasons"]
    assert "its foreign keys lead to public.personas and public.social_platforms" in reasons
    assert "it is named after personas and social_platforms where this is named after agents and channels" in reasons


@pytest.mark.parametrize("name", ["content_items", "scheduled_posts"])
def test_planned_posts_relate_to_campaign_posts(name: str) -> None:
    found = suggestions()[f"public.{name}"]
    assert [s["target"] for s in found if s["kind"] == "rename"] == ["public.campaign_posts"]
    assert all(s["confidence"] < 0.6 for s in found if s["kind"] == "rename")


@pytest.mark.parametrize("name", ["assets", "analytics_snapshots", "content_plans", "personas"])
def test_new_ones_are_new(name: str) -> None:
    (only,) = suggestions()[f"public.{name}"]
    assert (only["kind"], only["target"]) == ("create", f"public.{name}")
