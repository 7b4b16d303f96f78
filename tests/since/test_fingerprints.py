"""Fingerprints survive moved lines, renamed files and reformatting; a new call does not take over an old one's."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from since.scratch import MIGRATION, PAGE, PROJECT, audited, fingerprints, write
from tripoint.fingerprint import first_names, normalised, under_first_names


def moved_lines(files: dict[str, str]) -> dict[str, str]:
    return {
        MIGRATION: f"-- a word before\n\n\n{files[MIGRATION]}",
        PAGE: files[PAGE].replace("export", "// a word before\n\nexport"),
    }


def renamed_files(files: dict[str, str]) -> dict[str, str]:
    return {
        MIGRATION.replace("_start", "_beginning"): files[MIGRATION],
        "src/pages/library.ts": files[PAGE],
    }


def laid_out_anew(files: dict[str, str]) -> dict[str, str]:
    sql = files[MIGRATION].replace("create table", "CREATE  TABLE").replace("references", "REFERENCES /* why */")
    sql = sql.replace("create function public.tidy(", "CREATE FUNCTION\n  public.tidy (\n  ").replace(" (id)", "( id )")
    code = files[PAGE].replace("'", '"').replace("supabase.from", "supabase\n    .from").replace(").", ")\n    .")
    return {MIGRATION: sql, PAGE: code.replace('.from("authors")', '.from(\n      "authors",\n    )')}


def another_column(files: dict[str, str]) -> dict[str, str]:
    sql = files[MIGRATION].replace("  name text\n", "  name text,\n  place text\n")
    return {MIGRATION: sql.replace("select 1", "select 2"), PAGE: files[PAGE]}


@pytest.mark.parametrize("change", [moved_lines, renamed_files, laid_out_anew])
def test_what_does_not_change_the_meaning_changes_no_fingerprint(
    tmp_path: Path, change: Callable[[dict[str, str]], dict[str, str]]
) -> None:
    write(tmp_path / "before", PROJECT)
    write(tmp_path / "after", change(PROJECT))
    before = fingerprints(tmp_path / "before")
    assert len(before) >= 5
    assert fingerprints(tmp_path / "after") == before


def test_a_column_more_leaves_the_other_findings_what_they_are(tmp_path: Path) -> None:
    write(tmp_path / "before", PROJECT)
    write(tmp_path / "after", another_column(PROJECT))
    before, after = fingerprints(tmp_path / "before"), fingerprints(tmp_path / "after")
    assert {key: after.get(key) for key in before} == before


SECURED = "alter table public.books enable row level security;\n"


def test_an_edited_policy_is_still_the_same_one(tmp_path: Path) -> None:
    policy = "create policy p on public.books for select using ({} = id);\n"
    for name, condition in (("before", "auth.uid()"), ("after", "(auth.uid() = shelf_id) and auth.uid()")):
        write(tmp_path / name, {**PROJECT, MIGRATION: PROJECT[MIGRATION] + SECURED + policy.format(condition)})
    before, after = fingerprints(tmp_path / "before"), fingerprints(tmp_path / "after")
    key = ("policy-per-row-call", "public.books/p")
    assert before[key] == after[key] != []


def test_each_call_has_its_own(tmp_path: Path) -> None:
    write(tmp_path, {**PROJECT, "src/more.ts": PROJECT[PAGE].replace("page()", "more()")})
    prints = fingerprints(tmp_path)["missing-table", "public.authors"]
    assert len(set(prints)) == 2


def test_no_two_places_share_one(tmp_path: Path) -> None:
    twice = "create function public.tidy(name text) returns text language sql as $$ select name $$;\n"
    ignored = "// tripoint: ignore[missing-bucket] none\n"
    write(tmp_path, {MIGRATION: PROJECT[MIGRATION] + twice, PAGE: ignored + PROJECT[PAGE], "src/b.ts": ignored})
    prints = [
        spot["fingerprint"]
        for finding in audited(tmp_path)["findings"]
        for spot in finding["spots"]
        if spot["role"] == "primary"
    ]
    assert len(prints) > 8
    assert len(set(prints)) == len(prints)


@pytest.mark.parametrize(
    ("one", "other", "path"),
    [
        ("from( 'a' )", 'from("a")', "a.ts"),
        ("from(\n  `a`,\n)", "from('a')", "a.ts"),
        ("a . b", "a.b", "a.py"),
        ("Create Table Public.A -- why\n", "create table public.a", "a.sql"),
        ("references a(id)", "REFERENCES a ( id )", "a.SQL"),
        ("/* x */ select 1;", "select 1", "a.sql"),
    ],
)
def test_same_but_for_its_layout(one: str, other: str, path: str) -> None:
    assert normalised(one.encode(), path) == normalised(other.encode(), path)


@pytest.mark.parametrize(
    ("one", "other", "path"),
    [
        ("a b", "ab", "a.ts"),
        ("from('A')", "from('a')", "a.ts"),
        ('create table "A"', "create table a", "a.sql"),
        ("int x", "intx", "a.sql"),
        ("é a", "éa", "a.ts"),
    ],
)
def test_what_differs_stays_different(one: str, other: str, path: str) -> None:
    assert normalised(one.encode(), path) != normalised(other.encode(), path)


def test_any_bytes_will_do() -> None:
    assert normalised(b"\xff\xfe \x00'", "a.sql")
    assert normalised(b"", "a.sql") == ""


def test_a_renamed_table_keeps_the_fingerprints_of_what_is_wrong_with_it(tmp_path: Path) -> None:
    later = "supabase/migrations/20990101000000_rename.sql"
    write(tmp_path / "before", PROJECT)
    write(tmp_path / "after", {**PROJECT, later: "alter table public.books rename to volumes;\n"})
    before, after = fingerprints(tmp_path / "before"), fingerprints(tmp_path / "after")
    of_the_table = {key for key in before if key[0] == "row-security-disabled" and "books" in key[1]}
    assert of_the_table
    for rule, subject in of_the_table:
        assert after[rule, subject.replace("public.books", "public.volumes")] == before[rule, subject]


@pytest.mark.parametrize(
    ("subject", "first"),
    [
        ("public.c", "public.a"),
        ("public.c.title", "public.a.title"),
        ("public.c/who may, read", "public.a/who may, read"),
        ("public.x -> public.c", "public.x -> public.a"),
        ("public.cc", "public.cc"),
        ("public.n.new", "public.n.old"),
        ("app/c.ts", "app/c.ts"),
    ],
)
def test_a_subject_stands_under_its_first_name(subject: str, first: str) -> None:
    renames = [("public.a", "public.b"), ("public.b", "public.c"), ("public.n.old", "public.n.new")]
    assert under_first_names(subject, first_names(renames)) == first


def test_what_is_renamed_back_has_the_name_it_began_with() -> None:
    assert first_names([("public.a", "public.b"), ("public.b", "public.a")]) == {}
