"""Files that nobody can read cost themselves and nothing else; a project that says nothing is told so in a sentence."""

from __future__ import annotations

import json
import os
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from tripoint.cli import main

MIGRATION = "create table public.notes (id uuid primary key);\nalter table public.notes enable row level security;\n"
CODE = (
    "import { createClient } from '@supabase/supabase-js'\n"
    "const supabase = createClient('http://localhost', 'key')\n"
    "export const a = () => supabase.from('notes').select('id')\n"
    "export const b = () => supabase.from('zebras').select('id')\n"
)
DOCUMENT = (
    "# Domain model\n\n## notes\n\n| Field | Type |\n|---|---|\n| `id` | uuid |\n\n## lions\n\n- `id`\n- `mane`\n"
)
PATHS = {
    "migrations": "supabase/migrations/20250101000000_start.sql",
    "code": "src/app.ts",
    "documents": "docs/domain-model.md",
}


def write(root: Path, path: str, data: str | bytes) -> None:
    target = root / path
    target.parent.mkdir(parents=True, exist_ok=True)
    target.write_bytes(data if isinstance(data, bytes) else data.encode())


@pytest.fixture
def project(tmp_path: Path) -> Path:
    for witness, text in (("migrations", MIGRATION), ("code", CODE), ("documents", DOCUMENT)):
        write(tmp_path, PATHS[witness], text)
    return tmp_path


def audit(root: Path, capsys: pytest.CaptureFixture[str]) -> dict[str, Any]:
    code = main(["audit", str(root), "--format", "json"])
    captured = capsys.readouterr()
    assert captured.err == ""
    assert code == 1
    data: dict[str, Any] = json.loads(captured.out)
    return data


def link_out(root: Path) -> None:
    outside = root.parent / f"{root.name}-outside.ts"
    outside.write_text("export const c = (db) => db.from('secret').select('id')\n")
    (root / "src/out.ts").symlink_to(outside)


NEXT = "supabase/migrations/20250102000000_next.sql"
BAD: dict[str, tuple[str, bytes] | Callable[[Path], object]] = {
    "SQL that is not UTF-8": (NEXT, b"create \xff\xfe\x00 table"),
    "code that is not UTF-8": ("src/x.ts", b"supabase.from('\xff\xfe')"),
    "a document that is not UTF-8": ("docs/x.md", b"## \xff\xfe\n- `id`"),
    "an empty migration": (NEXT, b""),
    "an empty document": ("docs/x.md", b""),
    "an empty file of code": ("src/x.ts", b""),
    "SQL that stops within a string": (NEXT, b"create table public.cut (id text default 'never clo"),
    "SQL that stops within a dollar quote": (NEXT, b"do $$ begin perform 1;"),
    "ragged rows": ("docs/schema.md", b"| Table | Holds |\n|---|\n| `a` |\n| `b` | c | d |\n||||\n"),
    "code that stops within a call": ("src/x.ts", b"export const x = supabase.from('no"),
    "a very large file": ("src/x.ts", b"// " + b"x" * 3_000_000),
    "a line of a megabyte": ("src/x.ts", b"export const x = '" + b"x" * 1_000_000 + b"'"),
    "a name with a line break and an escape": ("src/a\n\x1b[31mb.ts", CODE.encode()),
    "a link to nowhere": lambda root: (root / "src/x.ts").symlink_to("nowhere.ts"),
    "a link to itself": lambda root: (root / "src/x.ts").symlink_to("x.ts"),
    "folders that link to each other": lambda root: (root / "src/again").symlink_to(root / "src"),
    "a link that leaves the project": link_out,
    "a pipe": lambda root: os.mkfifo(root / "src/x.ts"),
    "a folder named like a migration": lambda root: (root / NEXT).mkdir(),
}


def spoil(root: Path, what: str) -> None:
    how = BAD[what]
    if isinstance(how, tuple):
        write(root, *how)
    else:
        how(root)


@pytest.mark.parametrize("what", BAD)
def test_bad_file_never_hides_the_rest(project: Path, what: str, capsys: pytest.CaptureFixture[str]) -> None:
    spoil(project, what)
    data = audit(project, capsys)
    found = {(finding["rule"], finding["subject"]) for finding in data["findings"]}
    assert ("missing-table", "public.zebras") in found
    assert ("documented-but-missing", "public.lions") in found
    assert not any("secret" in subject for _, subject in found)


@pytest.mark.parametrize(
    "what",
    [
        "SQL that is not UTF-8",
        "SQL that stops within a string",
        "a very large file",
        "a link to nowhere",
        "a link to itself",
        "a link that leaves the project",
        "a pipe",
    ],
)
def test_what_was_not_read_is_said(project: Path, what: str, capsys: pytest.CaptureFixture[str]) -> None:
    before = audit(project, capsys)
    spoil(project, what)
    after = audit(project, capsys)
    assert (after["notices"], after["left_out"]) != (before["notices"], before["left_out"])


@pytest.mark.parametrize("missing", ["code", "documents"])
def test_silent_witness_is_named(project: Path, missing: str, capsys: pytest.CaptureFixture[str]) -> None:
    (project / PATHS[missing]).unlink()
    assert main(["audit", str(project), "--format", "json", "--fail-on", "never"]) == 0
    data = json.loads(capsys.readouterr().out)
    (witness,) = (entry for entry in data["witnesses"] if entry["name"] == missing)
    assert witness["heard"] is False
    assert witness["reason"]
    assert main(["audit", str(project), "--require", missing]) == 2
    assert f"the witness {missing} is required, but was not heard" in capsys.readouterr().err


@pytest.mark.parametrize(
    "held", [{}, {"notes.txt": "nothing to see"}, {"README.md": "# A project\n\nThat has no schema.\n"}]
)
def test_nothing_to_audit_is_2(tmp_path: Path, held: dict[str, str], capsys: pytest.CaptureFixture[str]) -> None:
    for path, text in held.items():
        write(tmp_path, path, text)
    assert main(["audit", str(tmp_path)]) == 2
    captured = capsys.readouterr()
    assert captured.err.startswith("tripoint: ")
    assert captured.err.count("\n") == 1
    assert captured.out == ""


@pytest.mark.parametrize(
    ("manifest", "text", "path", "code", "orm"),
    [
        (
            "package.json",
            '{"dependencies": {"typeorm": "0.3"}}',
            "note.ts",
            "import { Entity } from 'typeorm'\n",
            "TypeORM",
        ),
        ("requirements.txt", "tortoise-orm==0.21\n", "note.py", "from tortoise.models import Model\n", "Tortoise"),
        ("Cargo.toml", '[dependencies]\nsea-orm = "1"\n', "note.rs", "fn main() {}\n", "SeaORM"),
    ],
)
def test_models_that_are_not_read_are_named(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], manifest: str, text: str, path: str, code: str, orm: str
) -> None:
    write(tmp_path, manifest, text)
    write(tmp_path, path, code)
    assert main(["audit", str(tmp_path)]) == 2
    assert f"(models of {orm} are not read)" in capsys.readouterr().err


def test_calls_that_nothing_is_held_against_are_no_pass(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    write(tmp_path, "supabase/config.toml", 'project_id = "shop"\n')
    write(tmp_path, "supabase/functions/greet/index.ts", "export const greet = () => 'hello'\n")
    assert main(["audit", str(tmp_path)]) == 0
    capsys.readouterr()
    write(tmp_path, "src/app.ts", CODE)
    for _ in range(2):  # the second answer is a kept one
        assert main(["audit", str(tmp_path)]) == 2
        captured = capsys.readouterr()
        assert "No findings, but documents and migrations were not heard" in captured.out
        assert captured.err.startswith("tripoint: the code asks a database for what no migrations")
        assert captured.err.count("\n") == 1
    assert main(["audit", str(tmp_path), "--fail-on", "never"]) == 0
    capsys.readouterr()
    write(tmp_path, PATHS["documents"], DOCUMENT)  # which vouch for no column that the code asks for
    assert main(["audit", str(tmp_path)]) == 2
    assert "documents  heard" in capsys.readouterr().out


def test_project_without_migrations_is_told_so(project: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (project / PATHS["migrations"]).unlink()
    assert main(["audit", str(project)]) == 2
    captured = capsys.readouterr()
    assert "no migrations" in captured.err
    assert captured.err.count("\n") == 1


@pytest.mark.parametrize("path", ["nowhere", "app.ts", "a\0b"])
def test_path_that_is_no_folder_is_2(tmp_path: Path, path: str, capsys: pytest.CaptureFixture[str]) -> None:
    write(tmp_path, "app.ts", CODE)
    assert main(["audit", f"{tmp_path}/{path}"]) == 2
    assert capsys.readouterr().err.count("\n") == 1


@pytest.mark.parametrize(
    ("path", "text", "said"),
    [
        (
            "src/Notes.java",
            "import jakarta.persistence.Entity;\n",
            "holds code in Java, which is not read, but no migr",
        ),
        ("src/notes.ts", CODE, "holds code (files: 1), but no migrations"),
        ("db/schema.sql", "CREATE TABLE a (id INTEGER PRIMARY KEY AUTOINCREMENT);", "is written for SQLite, not Post"),
    ],
)
def test_one_sentence_says_what_was_found_and_what_to_give(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], path: str, text: str, said: str
) -> None:
    write(tmp_path, path, text)
    assert main(["audit", str(tmp_path)]) == 2
    told = capsys.readouterr().err
    assert said in told
    assert told.endswith("; --database takes one, or a dump of it\n")
