"""What `tripoint fix` replaces, and what it leaves."""

from __future__ import annotations

import subprocess
from pathlib import Path

import pytest

from propose.proposing import CLIENT, blog
from tripoint.cli import main
from tripoint.model.fault import Suggestion

RENAMED = "alter table public.authors rename to writers;\n"


def write(folder: Path, files: dict[str, bytes]) -> Path:
    for path, data in files.items():
        target = folder / path
        target.parent.mkdir(parents=True, exist_ok=True)
        target.write_bytes(data)
    return folder


def check_transformed(folder: Path, capsys: pytest.CaptureFixture[str], code: str, after: str, sql: str) -> None:
    write(folder, blog(code, sql))
    assert main(["fix", str(folder)]) == 0
    shown = capsys.readouterr().out
    assert (folder / "src/app.ts").read_bytes() == (CLIENT + code).encode()
    assert "--- a/src/app.ts" in shown
    assert main(["fix", str(folder), "--write"]) == 0
    assert capsys.readouterr().out.startswith(shown.split("#")[0])
    assert (folder / "src/app.ts").read_bytes() == (CLIENT + after).encode()


def check_noop(folder: Path, capsys: pytest.CaptureFixture[str], files: dict[str, bytes], reason: str) -> None:
    write(folder, files)
    assert main(["fix", str(folder), "--write"]) == 0
    shown = capsys.readouterr().out
    assert "# Nothing is certain enough" in shown
    assert reason in shown
    assert {path: (folder / path).read_bytes() for path in files} == files


def test_a_renamed_tables_literals_are_replaced_and_nothing_else(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    code = "// authors, 'authors'\nconst é = 'authors'\n"
    code += "db.from( \"authors\" ).select('pen_name')\r\ndb.from('authors').delete()"
    after = code.replace('( "authors" )', '( "writers" )').replace("from('authors')", "from('writers')")
    check_transformed(tmp_path, capsys, code, after, RENAMED)


def test_a_renamed_columns_name_is_replaced_within_a_select(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    sql = "alter table public.posts rename column title to headline;\n"
    code = "db.from('posts').select('id, title, word_count').eq('title', 'title')\n"
    after = "db.from('posts').select('id, title:headline, word_count').eq('headline', 'title')\n"
    check_transformed(tmp_path, capsys, code, after, sql)


RETITLED = """\
alter table public.posts add unique (title);
alter table public.posts rename column title to headline;
"""


@pytest.mark.parametrize(
    ("code", "after"),
    [
        ("select('t:title, title::text, title->a')", "select('t:headline, title:headline::text, headline->a')"),
        ("insert({ author_id, title })", "insert({ author_id, headline: title })"),
        ("insert({ title, author_id })", "insert({ headline: title, author_id })"),
        ("insert({ title /* short */ })", "insert({ headline: title /* short */ })"),
        ("update({ title: x.title })", "update({ headline: x.title })"),
        ("update({ 'title': title })", "update({ 'headline': title })"),
        ("upsert(row, { onConflict: 'title' })", "upsert(row, { onConflict: 'headline' })"),
        ("select().or('title.eq.a,id.eq.b').order('title')", "select().or('headline.eq.a,id.eq.b').order('headline')"),
    ],
)
def test_what_reads_and_gives_the_column_goes_on_as_before(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], code: str, after: str
) -> None:
    check_transformed(tmp_path, capsys, f"db.from('posts').{code}\n", f"db.from('posts').{after}\n", RETITLED)


def test_an_embedded_relation_keeps_the_key_that_the_code_reads(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    code = "db.from('posts').select('id, authors!inner(pen_name), by:authors(id)').eq('authors.pen_name', 'authors')\n"
    after = code.replace("authors!inner", "authors:writers!inner").replace("by:authors", "by:writers")
    check_transformed(tmp_path, capsys, code, after, RENAMED)


def test_sql_in_code_is_left_and_said(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    python = b"import psycopg\nwith psycopg.connect() as one:\n    one.execute('select title from posts')\n"
    check_noop(tmp_path, capsys, {**blog("", RETITLED), "app.py": python}, "SQL in app.py is not rewritten")


def test_where_the_name_is_not_written_out_it_is_left(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    code = "const TABLE = 'authors'\ndb.from(TABLE).select('id')\n"
    check_noop(tmp_path, capsys, blog(code, RENAMED), "the name is not written out where src/app.ts uses it")


def test_what_can_be_replaced_is_where_the_rest_can_not(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    code = "const TABLE = 'authors'\ndb.from(TABLE).select('id')\ndb.from('authors').select('id')\n"
    check_transformed(tmp_path, capsys, code, code.replace("from('authors')", "from('writers')"), RENAMED)


@pytest.mark.parametrize(("confidences", "decisive"), [((0.94,), True), ((0.96, 0.7), True), ((1.0,), False)])
def test_what_is_not_certain_is_left(
    tmp_path: Path,
    capsys: pytest.CaptureFixture[str],
    monkeypatch: pytest.MonkeyPatch,
    confidences: tuple[float, ...],
    decisive: bool,
) -> None:
    answers = tuple(Suggestion("rename", "public.posts", one, decisive=decisive) for one in confidences)
    monkeypatch.setattr("tripoint.bound.resolve", lambda *asked: {"public.post": answers})
    check_noop(tmp_path, capsys, blog("db.from('post').select('id, title')\n"), "public.posts may be meant")


def test_what_would_break_something_else_is_left(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    code = "db.from('authors').select('id, age')\n"
    check_noop(tmp_path, capsys, blog(code, RENAMED), "missing-column public.writers.age would be found")


def test_a_link_is_left_alone(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    outside = tmp_path / "outside.ts"
    outside.write_text(CLIENT + "db.from('authors').select('id')\n")
    folder = write(tmp_path / "project", blog("db.from('posts').select('id')\n", RENAMED))
    (folder / "src/linked.ts").symlink_to(outside)
    assert main(["fix", str(folder), "--write"]) == 0
    assert "authors" in outside.read_text()
    assert (folder / "src/linked.ts").is_symlink()


@pytest.mark.parametrize(("replaced", "certain"), [(1, False), (3, True)])
def test_what_commits_replaced_elsewhere_is_replaced_in_the_rest(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], replaced: int, certain: bool
) -> None:
    old = CLIENT + "db.from('posts').select('id').eq('kicker', 'a')\n"
    new = old.replace("kicker", "title")
    others = [tmp_path / f"src/other{number}.ts" for number in range(replaced)]
    write(tmp_path, blog(old.removeprefix(CLIENT)))
    for path in others:
        path.write_text(old)
    for command in (("init", "-q"), ("add", "-A"), ("commit", "-qm", "one")):
        git(tmp_path, *command)
    for path in others:
        path.write_text(new)
    git(tmp_path, "commit", "-qam", "two")
    assert main(["fix", str(tmp_path), "--write"]) == 0
    assert (tmp_path / "src/app.ts").read_text() == (new if certain else old)
    assert certain or "public.posts.title may be meant" in capsys.readouterr().out


def git(folder: Path, *arguments: str) -> None:
    subprocess.run(["git", "-c", "user.name=A", "-c", "user.email=a@example.org", *arguments], cwd=folder, check=True)


@pytest.mark.parametrize(
    ("code", "after"),
    [
        ("db.from('authors').select('id, pen_name')", "db.from('writers').select('id, pen_name:alias')"),
        ("db.from('authors').update({ pen_name })", "db.from('writers').update({ alias: pen_name })"),
        (
            "db.from('articles').select('id, by:authors(pen_name)')",
            "db.from('posts').select('id, by:writers(pen_name:alias)')",
        ),
    ],
)
def test_one_run_reaches_what_only_a_replaced_name_lets_be_seen(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], code: str, after: str
) -> None:
    sql = "alter table public.authors rename column pen_name to alias;\n" + RENAMED
    sql = "alter table public.posts rename to articles;\nalter table public.articles rename to posts;\n" + sql
    check_transformed(tmp_path, capsys, f"{code}\n", f"{after}\n", sql)
    check_noop(tmp_path, capsys, blog(f"{after}\n", sql), "")
