"""What only scripts do is less than what users meet."""

from __future__ import annotations

from pathlib import Path

import pytest

from tripoint.audit import audit_folder

CALL = """import { createClient } from '@supabase/supabase-js'
const supabase = createClient(process.env.URL!, process.env.KEY!)
export const run = () => supabase.rpc('rebuild', {})
"""


def project(root: Path, *paths: str) -> Path:
    migrations = root / "supabase" / "migrations"
    migrations.mkdir(parents=True)
    (migrations / "20250101000000_init.sql").write_text("create table public.notes (id bigint primary key);\n")
    for path in paths:
        (root / path).parent.mkdir(parents=True, exist_ok=True)
        (root / path).write_text(CALL)
    return root


def severity(root: Path) -> tuple[str, str | None]:
    (finding,) = (f for f in audit_folder(root).findings if f.rule == "missing-function")
    return finding.severity, finding.severity_reason


@pytest.mark.parametrize(
    "path",
    [
        "scripts/fix.ts",
        "packages/api/scripts/fix.ts",
        "bin/fix.ts",
        "db/seeds/notes.ts",
        "supabase/seedNotes.ts",
        "src/scripts/list.ts",
        "apply-notes.mjs",
        "scratch/notes.mjs",
        "run-migrations.js",
        "reference/migrations/create-demo-users.js",
        "services/api/update_notes.js",
        "server/src/seed-test-data.js",
        "api/migrations/migrator.ts",
    ],
)
def test_a_fault_in_scripts_alone_is_medium(tmp_path: Path, path: str) -> None:
    (tmp_path / "services" / "api").mkdir(parents=True)
    (tmp_path / "services" / "api" / "package.json").write_text("{}")
    assert severity(project(tmp_path, path)) == (
        "medium",
        "only scripts do this, and no user of the application runs them",
    )


@pytest.mark.parametrize(
    "path",
    [
        "check-notes.js",
        "temp-check.mjs",
        "tmp.js",
        "list-notes.mjs",
        "scripts/debug-notes.ts",
        "packages/api/scripts/db/checkNotes.ts",
        "scripts/notes-check.js",
        "tools/probe.py",
        "tmp/check_notes.cjs",
    ],
)
def test_a_fault_in_scripts_that_try_out_what_is_there_is_low(tmp_path: Path, path: str) -> None:
    call = "from supabase import create_client\ncreate_client('u', 'k').rpc('rebuild', {}).execute()\n"
    root = project(tmp_path, path)
    if path.endswith(".py"):
        (root / path).write_text(call)
    assert severity(root) == ("low", "only scripts that try out what the database holds do this")


@pytest.mark.parametrize(
    "path",
    [
        "scripts/data-migrations/v1.2.0/001_fill_notes.ts",
        "jobs/migrations/0002-notes.mjs",
        "src/migrations/v0.7.0.ts",
        "packages/db/migration/20250401000001_fill_notes/migration.ts",
    ],
)
def test_a_fault_in_a_numbered_step_that_moved_data_is_low(tmp_path: Path, path: str) -> None:
    assert severity(project(tmp_path, path)) == (
        "low",
        "only numbered steps that moved data name it: each was written for what the database held then",
    )


@pytest.mark.parametrize(
    "path", ["src-backup-20251111/fix.ts", "archive/pages/fix.ts", "scripts/archive/fix.ts", "app/_archive/fix.ts"]
)
def test_a_fault_in_code_put_away_is_low(tmp_path: Path, path: str) -> None:
    assert severity(project(tmp_path, path)) == ("low", "only code that was put away does this")


@pytest.mark.parametrize(
    "path",
    [
        "app/(main)/archive/page.ts",
        "src/features/backup/store.ts",
        "src/fix.ts",
        "src/tools/fix.ts",
        "src/check-notes.ts",
        "server.js",
        "run-worker.js",
        "public/scripts/a.js",
    ],
)
def test_one_call_of_the_product_keeps_the_severity(tmp_path: Path, path: str) -> None:
    assert severity(project(tmp_path, "scripts/fix.ts", path))[0] == "high"


def test_scripts_beside_the_pages_that_load_them_are_the_product(tmp_path: Path) -> None:
    root = project(tmp_path, "src/scripts/notes.js")
    (root / "src/index.html").write_text("<script type=module src=scripts/notes.js></script>")
    assert severity(root)[0] == "high"


def test_what_files_applied_by_hand_lack_is_medium(tmp_path: Path) -> None:
    root = project(tmp_path, "src/fix.ts")
    migrations = root / "supabase" / "migrations"
    (migrations / "20250101000000_init.sql").rename(migrations / "notes.sql")
    assert severity(root) == (
        "medium",
        "the SQL files have no versions and are applied by hand, so they need not be all of it",
    )


def test_what_another_database_of_the_project_holds_is_medium(tmp_path: Path) -> None:
    root = project(tmp_path / "app", "src/fix.ts")
    other = tmp_path / "supabase" / "migrations"
    other.mkdir(parents=True)
    (other / "20250101000000_all.sql").write_text(
        "create table public.other (id bigint primary key);\n"
        "create function public.rebuild() returns void language sql as $$ select 1 $$;\n"
    )
    assert root.parent == tmp_path
    found, reason = severity(tmp_path)
    assert found == "medium"
    assert reason is not None
    assert "holds it" in reason


@pytest.mark.parametrize("path", ["packages/client/example/lib/main.ts", "lib/providers/_examples/main.ts"])
def test_a_fault_in_an_example_alone_is_medium(tmp_path: Path, path: str) -> None:
    found = severity(project(tmp_path, path))
    assert found == (
        "medium",
        "only an example that comes with the code does this, and it may have a database of its own",
    )


def test_the_folder_of_a_package_is_no_example(tmp_path: Path) -> None:
    assert severity(project(tmp_path, "app/src/main/java/com/example/data/main.ts"))[0] == "high"


def test_tables_that_nothing_asks_for_may_be_a_plain_servers(tmp_path: Path) -> None:
    (tmp_path / "schema.sql").write_text("create table public.notes (id bigint primary key);\n")
    (tmp_path / "package.json").write_text('{"dependencies": {"@supabase/supabase-js": "2"}}')
    (tmp_path / "main.ts").write_text("export const one = 1\n")
    (found,) = (f for f in audit_folder(tmp_path).findings if f.rule == "row-security-disabled")
    assert found.severity == "medium"
    (tmp_path / "main.ts").write_text(CALL)
    (found,) = (f for f in audit_folder(tmp_path).findings if f.rule == "row-security-disabled")
    assert found.severity == "high"


def test_an_example_with_a_database_of_its_own_is_what_is_audited(tmp_path: Path) -> None:
    project(tmp_path / "examples" / "notes", "src/fix.ts")
    (tmp_path / "examples" / "notes" / "package.json").write_text("{}")
    assert severity(tmp_path)[0] == "high"


@pytest.mark.parametrize(("says", "severity"), [("", "high"), ("// the table may not exist yet\n", "medium")])
def test_an_insert_that_its_author_expects_to_fail(tmp_path: Path, says: str, severity: str) -> None:
    root = project(tmp_path, "src/a.ts")
    (root / "supabase/migrations/20250102000000_b.sql").write_text("alter table notes add column title text not null;")
    insert = "try { await supabase.from('notes').insert({ id: 1 }) } catch { return null }"
    (root / "src/a.ts").write_text(CALL + f"export async function add() {{\n{says}{insert}\n}}\n")
    (found,) = (f for f in audit_folder(root).findings if f.rule == "missing-required-column")
    assert found.severity == severity
