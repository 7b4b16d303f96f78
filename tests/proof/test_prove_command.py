"""`tripoint prove` as its users meet it: the example, the record of access, and what goes wrong."""

from __future__ import annotations

import json
import shutil
from pathlib import Path
from typing import Any

import jsonschema_rs
import pytest

from example.persona_studio import FOLDER
from tripoint.cli import main

NOTES = """\
create table public.notes (
  id uuid primary key default gen_random_uuid(),
  user_id uuid not null references auth.users (id) on delete cascade,
  body text not null
);
alter table public.notes enable row level security;
create policy "Users read their own notes" on public.notes for select using ((select auth.uid()) = user_id);
"""
WIDER = 'create policy "Everyone reads notes" on public.notes for select using (true);\n'
NARROWER = 'drop policy "Users read their own notes" on public.notes;\n'


@pytest.fixture
def project(tmp_path: Path) -> Path:
    write(tmp_path, "supabase/config.toml", "[api]\nauto_expose_new_tables = true\n")
    write(tmp_path, "supabase/migrations/20250101000000_notes.sql", NOTES)
    return tmp_path


def write(root: Path, path: str, text: str) -> None:
    (root / path).parent.mkdir(parents=True, exist_ok=True)
    (root / path).write_text(text, encoding="utf-8")


def prove(capsys: pytest.CaptureFixture[str], root: Path, *arguments: str) -> tuple[int, str, str]:
    code = main(["prove", str(root), "--no-cache", *arguments])
    said = capsys.readouterr()
    return code, said.out, said.err


def schema() -> dict[str, Any]:
    import tripoint

    text = (Path(tripoint.__file__).parent / "schema" / "audit-1.json").read_text(encoding="utf-8")
    loaded: dict[str, Any] = json.loads(text)
    return loaded


@pytest.fixture(scope="module")
def example(tmp_path_factory: pytest.TempPathFactory) -> Path:
    root = tmp_path_factory.mktemp("studio") / "persona-studio"
    shutil.copytree(FOLDER, root)
    assert main(["propose", str(root), "--no-cache", "--subject", "public.personas", "--write"]) == 0
    return root


def test_nobody_reaches_the_rows_of_another_user_of_the_example(
    example: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    code, text, _ = prove(capsys, example, "--format", "json")
    assert code == 0
    data = json.loads(text)
    jsonschema_rs.validate(schema(), data)
    cells = data["access"]
    private = {cell["table"] for cell in cells} - {"public.social_platforms"}
    assert {
        "public.personas",
        "public.persona_social_accounts",
        "public.campaigns",
        "public.campaign_posts",
        "public.campaign_generation_jobs",
        "public.resonance_research",
        "public.research_tasks",
    } <= private
    assert len(private) == 12
    for table in private:
        theirs = [
            cell for cell in cells if cell["table"] == table and (cell["rows"] == "other" or cell["role"] == "anon")
        ]
        assert {cell["operation"] for cell in theirs} == {"select", "insert", "update", "delete"}
        assert {cell["outcome"] for cell in theirs} == {"denied"}, table
        own = {
            c["operation"] for c in cells if c["table"] == table and c["rows"] == "own" and c["outcome"] == "allowed"
        }
        assert own == ({"select", "update"} if table == "public.profiles" else {"select", "insert", "update", "delete"})
    # The same input gives the same bytes, though keys are made at random and by the clock.
    assert prove(capsys, example, "--format", "json")[1] == text


def test_a_policy_that_is_broken_on_purpose_is_found_twice(
    example: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    root = tmp_path / "broken"
    shutil.copytree(example, root)
    path = root / "supabase/migrations/202511280000_create_research_tasks.sql"
    sound = "using ((select auth.uid()) = user_id)\n  with check ((select auth.uid()) = user_id)"
    text = path.read_text(encoding="utf-8")
    assert text.count(sound) == 1
    path.write_text(text.replace(sound, "using (true)\n  with check (true)"), encoding="utf-8")
    code = main(["audit", str(root), "--no-cache", "--prove", "--format", "json"])
    data = json.loads(capsys.readouterr().out)
    found = {f["rule"]: f for f in data["findings"] if f["subject"].startswith("public.research_tasks")}
    assert code == 1
    assert "policy-always-true" in found
    leak = found["leaks-rows"]
    assert leak["severity"] == "high"
    assert "reads, changes and deletes" in leak["message"]
    assert leak["spots"][0]["excerpt"].startswith("create policy")
    assert "set_config('role', 'authenticated', true)" in leak["script"]
    jsonschema_rs.validate(schema(), data)


def test_access_is_recorded_and_held_against_the_record(project: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert prove(capsys, project, "--write")[0] == 0
    record = project / "tripoint-access.toml"
    written = record.read_text(encoding="utf-8")
    assert "authenticated.select = { own = true, other = false }\n" in written
    assert prove(capsys, project)[0] == 0
    assert prove(capsys, project, "--write")[0] == 0
    assert record.read_text(encoding="utf-8") == written

    wider = "supabase/migrations/20250102000000_wider.sql"
    write(project, wider, WIDER)
    code, text, _ = prove(capsys, project, "--format", "pull-request")
    assert code == 1
    assert "| `public.notes` | `authenticated` | select | a stranger's | denied | **allowed** |" in text
    assert "access-widened" in text
    assert record.read_text(encoding="utf-8") == written
    (project / wider).unlink()

    write(project, "supabase/migrations/20250103000000_narrower.sql", NARROWER)
    code, text, _ = prove(capsys, project)
    assert code == 0
    assert "access-narrowed" in text
    assert prove(capsys, project, "--fail-on", "medium")[0] == 1
    assert prove(capsys, project, "--write", "--fail-on", "medium")[0] == 0
    assert "authenticated.select = { own = false, other = false }\n" in record.read_text(encoding="utf-8")


def test_a_state_is_recorded_and_its_end_is_told(project: Path, capsys: pytest.CaptureFixture[str]) -> None:
    shown = "alter table public.notes add shown boolean not null default false;\n"
    policy = "create policy shown on public.notes for select using (shown);\n"
    write(project, "supabase/migrations/20250102000000_shown.sql", shown + policy)
    assert prove(capsys, project, "--write")[0] == 0
    record = (project / "tripoint-access.toml").read_text(encoding="utf-8")
    assert '"other where shown" = true' in record
    code, text, _ = prove(capsys, project)
    assert "a stranger's, where shown  yes" in text
    assert code == 0
    assert "no findings" in text
    (project / "supabase/migrations/20250102000000_shown.sql").write_text(shown, encoding="utf-8")
    _, text, _ = prove(capsys, project, "--format", "pull-request")
    assert "| select | a stranger's, where `shown` | allowed | denied |" in text


def test_a_table_that_is_new_to_the_record_is_told(project: Path, capsys: pytest.CaptureFixture[str]) -> None:
    prove(capsys, project, "--write")
    write(
        project,
        "supabase/migrations/20250102000000_open.sql",
        "create table public.open (id int primary key);\nalter table public.open enable row level security;\n"
        "create policy everyone on public.open for select using (true);\n",
    )
    code, text, _ = prove(capsys, project)
    assert code == 0
    assert "access-widened  public.open" in text
    assert "does not know this access yet" in " ".join(text.split())


@pytest.mark.parametrize(
    "text, said",
    [
        ("not toml", "tripoint-access.toml can't be read as TOML"),
        ('[default."public.notes"]\nanon.selects = { any = true }\n', 'default."public.notes".anon.selects.any'),
        ('[default."public.notes"]\nanon.select = { any = 1 }\n', "is not the line of an access"),
    ],
)
def test_a_record_that_can_t_be_read(project: Path, capsys: pytest.CaptureFixture[str], text: str, said: str) -> None:
    write(project, "tripoint-access.toml", text)
    code, out, error = prove(capsys, project)
    assert (code, out) == (2, "")
    assert said in error
    assert error.count("\n") == 1


def test_what_could_not_be_tried_does_not_read_as_a_pass(project: Path, capsys: pytest.CaptureFixture[str]) -> None:
    write(
        project,
        "supabase/migrations/20250102000000_missing.sql",
        "create table public.later (id int references public.nowhere);\n",
    )
    _, text, _ = prove(capsys, project)
    assert "public.later: the migrations do not make it on an empty server" in text
    assert "not proven" in text.splitlines()[-1]
    shutil.rmtree(project / "supabase/migrations")
    write(project, "supabase/migrations/20250101000000_nothing.sql", "select 1;\n")
    assert "Nothing was seen" in prove(capsys, project)[1]


def test_markdown_shows_the_matrix(project: Path, capsys: pytest.CaptureFixture[str]) -> None:
    code, text, _ = prove(capsys, project, "--format", "markdown")
    assert code == 0
    assert "| `authenticated` | a stranger's | – | – | – | – |" in text
    assert "| `authenticated` | own | ✅ | – | – | – |" in text
