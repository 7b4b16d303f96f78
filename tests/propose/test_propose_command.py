"""`tripoint propose` as a person runs it."""

from __future__ import annotations

import argparse
import os
import resource
from pathlib import Path

import pytest

from propose.proposing import NOW, blog
from tripoint.cli import main
from tripoint.commands import propose
from tripoint.commands.outcome import CommandError, Outcome, Screen
from tripoint.commands.write import create_file, replace_file
from tripoint.postgres.binaries import ServerUnavailable

CODE = "db.from('notes').select('id, body').eq('user_id', me)\n"
MADE = "supabase/migrations/20260314150926_create_notes.sql"


@pytest.fixture
def project(tmp_path: Path) -> Path:
    for path, data in blog(CODE).items():
        (tmp_path / path).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / path).write_bytes(data)
    return tmp_path


def run(folder: Path, *subjects: str, write: bool = False) -> Outcome:
    arguments = argparse.Namespace(path=str(folder), subject=list(subjects), append=False, write=write, config=None)
    return propose.run(arguments, Screen(), lambda: NOW)


def test_it_prints_sql_alone(project: Path) -> None:
    text = run(project).text
    assert f"-- File: {MADE}\n-- Verified:" in text
    assert "create table public.notes (" in text
    assert not (project / MADE).exists()


def test_write_makes_the_migration_and_then_nothing_is_missing(project: Path) -> None:
    assert f"-- Written: {MADE}" in run(project, write=True).text
    assert "create table public.notes (" in (project / MADE).read_text()
    assert not list(project.rglob("*.tmp"))
    assert run(project).text == "-- Nothing is missing that SQL could mend.\n"


def test_a_subject_may_leave_out_its_schema_and_must_be_one(project: Path) -> None:
    assert "public.notes" in run(project, "notes").text
    with pytest.raises(CommandError, match="no finding is about nothing"):
        run(project, "nothing")


def test_without_a_server_it_is_not_verified_and_says_so(project: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def no_server(*arguments: object, **more: object) -> None:
        raise ServerUnavailable("There is none.")

    monkeypatch.setattr("tripoint.propose.tried.replay", no_server)
    assert "-- Not verified: not replayed: There is none." in run(project).text


def test_the_audit_shows_what_is_proposed(project: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["audit", str(project), "--format", "markdown"]) == 1
    assert "create table public.notes (" in capsys.readouterr().out


def test_files_are_created_once_and_within_the_project(tmp_path: Path) -> None:
    create_file(str(tmp_path), "a/b.sql", b"1")
    with pytest.raises(CommandError, match="nothing is overwritten"):
        create_file(str(tmp_path), "a/b.sql", b"2")
    (tmp_path / "link").symlink_to(tmp_path.parent)
    for path in ("../x.sql", "/x.sql", "link/x.sql", "a//b"):
        with pytest.raises(CommandError):
            create_file(str(tmp_path), path, b"2")
    assert (tmp_path / "a/b.sql").read_bytes() == b"1"
    assert not list(tmp_path.rglob("*.tmp"))


def test_no_half_of_a_file_and_nothing_of_a_killed_run_is_left(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """On a file system without links that is full once the file beside it is written."""
    soft, hard = resource.getrlimit(resource.RLIMIT_FSIZE)

    def full(*_: object) -> None:
        resource.setrlimit(resource.RLIMIT_FSIZE, (1000, hard))
        raise OSError(1, "no links here")

    monkeypatch.setattr(os, "link", full)
    (tmp_path / f"a.sql.{2**22 + 1}.tmp").write_bytes(b"left by a process that was killed")
    try:
        with pytest.raises(CommandError, match=r"a\.sql could not be written: File too large"):
            create_file(str(tmp_path), "a.sql", b"x" * 5000)
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))
    assert list(tmp_path.iterdir()) == []


def test_a_file_is_replaced_only_as_it_was_read(tmp_path: Path) -> None:
    path = tmp_path / "a.ts"
    path.write_bytes(b"one")
    path.chmod(0o640)
    replace_file(str(tmp_path), "a.ts", b"one", b"two")
    assert (path.read_bytes(), path.stat().st_mode & 0o777) == (b"two", 0o640)
    with pytest.raises(CommandError, match="changed meanwhile"):
        replace_file(str(tmp_path), "a.ts", b"one", b"three")
    (tmp_path / "l.ts").symlink_to(path)
    with pytest.raises(CommandError, match="link"):
        replace_file(str(tmp_path), "l.ts", b"two", b"three")
    assert path.read_bytes() == b"two"


def test_the_columns_that_one_table_lacks_are_one_migration(tmp_path: Path) -> None:
    folder = tmp_path / "two"
    code = "db.from('posts').select('kicker, lead').eq('kicker', 'a')\ndb.from('authors').select('website')\n"
    for path, data in blog(code).items():
        (folder / path).parent.mkdir(parents=True, exist_ok=True)
        (folder / path).write_bytes(data)
    text = run(folder, write=True).text
    assert "-- tripoint: public.posts.kicker, public.posts.lead (missing-column)" in text
    assert text.count("-- Verified:") == 2
    made = sorted(path.name for path in (folder / "supabase/migrations").iterdir())[1:]
    assert [name.partition("_")[2] for name in made] == ["add_website_to_authors.sql", "add_columns_to_posts.sql"]
    assert run(folder).text.endswith("On request:\n--   tripoint propose --subject public.posts.kicker\n")


def test_what_the_history_refuses_anyway_is_said_once(tmp_path: Path) -> None:
    code = "db.from('posts').select('kicker')\ndb.from('authors').select('website')\n"
    for path, data in blog(code, "select 1 / 0;\n").items():
        (tmp_path / path).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / path).write_bytes(data)
    text = run(tmp_path).text
    assert text.startswith("-- Whatever is proposed: supabase/migrations/20260102000000_more.sql is refused")
    assert text.count("is refused with and without it") == 1
    assert text.count("-- Verified:") == 2


def test_what_nobody_would_call_so_or_of_which_nothing_is_said_is_not_proposed(tmp_path: Path) -> None:
    knocks = "db.from('_').select('*').limit(0)\ndb.from('posts').select('id').order('-created_at')\n"
    for path, data in blog(knocks).items():
        (tmp_path / path).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / path).write_bytes(data)
    assert run(tmp_path).text == "-- Nothing is missing that SQL could mend.\n"


def test_a_schema_file_gets_what_it_lacks_where_it_is_needed(tmp_path: Path) -> None:
    schema = (
        "create table posts (id bigint primary key, author_id bigint references authors (id));\n"
        "create table stamps (id bigint primary key, at timestamptz);\nselect 1 / 0"
    )
    (tmp_path / "schema.sql").write_text(schema)
    (tmp_path / "app.py").write_text(
        'import psycopg\ndb = psycopg.connect("")\n'
        'db.execute("select requires_review from posts where author_id = 1 and requires_review")\n'
        'db.execute("insert into authors (id, name) values (1, %s)", [name])\n'
    )
    text = run(tmp_path, write=True).text
    assert text.count("-- Verified:") == 2
    assert "-- File: schema.sql, before all that it holds\n" in text
    assert "-- File: schema.sql, at its end\n" in text
    assert text.endswith("-- Written: schema.sql\n")
    made = (tmp_path / "schema.sql").read_text()
    assert (
        made.index("create table public.authors")
        < made.index("create table posts")
        < made.index("add column requires_review")
    )
    assert "add column requires_review boolean" in made
    assert "  name text -- nothing shows its type; named in SQL 1×\n" in text
    assert run(tmp_path).text.endswith("On request:\n--   tripoint propose --subject public.posts.author_id\n")


def test_what_is_suppressed_is_no_pass(project: Path) -> None:
    assert main(["baseline", str(project)]) == 0
    (project / "tripoint.toml").write_text('baseline = "tripoint-baseline.json"\n')
    text = run(project).text
    assert "findings are suppressed. On request:" in text
    assert "--subject public.notes" in text
