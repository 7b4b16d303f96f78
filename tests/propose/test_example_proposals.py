"""What is proposed for the example, held to the report that the example was written from."""

from __future__ import annotations

import pytest

from example.persona_studio import MemoryTree, files
from propose.proposing import catalog_with, drafts_of, proven_of
from tripoint.audit import audit
from tripoint.config import Config
from tripoint.formats.json import as_data
from tripoint.hear import assumed_settings
from tripoint.model.name import Name
from tripoint.propose.verify import Proven
from tripoint.sources.database.replay import Script, replay
from tripoint.sql.read import read_sql

PERSONAS = Name("public", "personas")


@pytest.fixture(scope="module")
def proven() -> dict[str, Proven]:
    return {one.draft.subject: one for one in proven_of(files())}


def test_personas_is_the_table_of_the_report_or_better() -> None:
    current, drafts = drafts_of(files(), "public.personas")
    (draft,) = drafts
    table = catalog_with(draft, current).tables[PERSONAS]
    columns = table.columns
    assert (columns["id"].type, columns["id"].default) == ("uuid", "gen_random_uuid()")
    assert table.primary_key is not None
    assert table.primary_key.columns == ("id",)
    (key,) = table.constraint("foreign")
    assert (key.columns, key.references, key.on_delete) == (("user_id",), Name("auth", "users"), "cascade")
    assert not columns["user_id"].nullable
    assert (columns["display_name"].type, columns["display_name"].nullable) == ("text", False)
    assert {"bio", "tone", "avatar_path", "status"} <= set(columns)
    for name in ("created_at", "updated_at"):
        assert columns[name].type == "timestamp with time zone"
        assert (columns[name].nullable, columns[name].default) == (False, "now()")
    assert [i.columns[0].name for i in table.indexes.values() if i.constraint is None] == ["user_id"]
    assert table.row_security
    (policy,) = table.policies.values()
    assert policy.name == "Users can manage their own personas"
    assert (policy.command, policy.roles) == ("all", ("authenticated",))
    assert policy.using == policy.check == "(select auth.uid()) = user_id"
    assert [t.function for t in table.triggers.values()] == [Name("public", "set_updated_at")]
    assert [c.expression for c in table.constraint("check")] == ["status in ('active', 'archived')"]


def test_it_stands_before_the_migration_that_needs_it_and_is_verified(proven: dict[str, Proven]) -> None:
    personas = proven["public.personas"]
    assert personas.files is not None
    assert personas.files.path == "supabase/migrations/202511251359_create_personas.sql"
    assert (personas.proposal.verified, personas.proposal.reason) == (True, None)
    assert "202511251400_social_integration.sql, which needs it" in personas.draft.sql
    assert proven["public.social_platforms"].proposal.verified


def test_the_history_replays_with_it_and_every_foreign_key_is_verified(proven: dict[str, Proven]) -> None:
    personas = proven["public.personas"]
    assert personas.files is not None
    held = files() | {path: text.encode() for path, text in personas.files.texts.items()}
    after = audit(MemoryTree(held), Config())
    (evidence,) = after.evidence
    assert len(evidence.database.migrations) == 7
    scripts = [Script(m.path, read_sql(held[m.path]), m.transaction) for m in evidence.database.migrations]
    replayed = replay(scripts, "supabase", assumed_settings(evidence.database.settings))
    assert (replayed.lost, replayed.failures, replayed.refused, replayed.differences) == (None, (), (), ())
    keys = {
        (str(table.name), str(key.references))
        for table in (replayed.catalog.tables if replayed.catalog else {}).values()
        for key in table.constraint("foreign")
        if key.references == PERSONAS
    }
    assert len(keys) == 5
    relationships = as_data(after)["relationships"]
    defined = [r for r in relationships if r["status"] != "documented-only"]
    assert len(defined) >= 15
    assert {r["status"] for r in defined if "auth.users" not in r["to"]} <= {"verified", "undocumented"}
    assert not [r for r in relationships if r["status"] in ("dangling", "mismatched")]
    assert not [f for f in after.findings if f.subject == "public.personas" or f.rule == "dangling-foreign-key"]


def test_at_the_end_of_the_history_it_says_that_a_fresh_environment_still_fails() -> None:
    (personas,) = proven_of(files(), "public.personas", appended=True)
    assert personas.files is not None
    assert personas.files.path == "supabase/migrations/202603141509_create_personas.sql"
    assert not personas.proposal.verified
    assert not personas.refuted
    assert personas.proposal.reason is not None
    assert "202511251400_social_integration.sql" in personas.proposal.reason
    assert "drop policy if exists" in personas.draft.sql


def test_what_only_documents_describe_is_proposed_on_request() -> None:
    _, drafts = drafts_of(files())
    assert {draft.subject for draft in drafts} == {"public.personas", "public.social_platforms"}
    _, asked = drafts_of(files(), "public.assets")
    (assets,) = asked
    assert "width integer" in assets.sql


def test_what_means_something_existing_is_not_proposed() -> None:
    _, drafts = drafts_of(files(), "public.agents", "public.channels", "public.agent_channels")
    assert drafts == []
