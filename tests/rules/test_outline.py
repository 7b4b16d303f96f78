"""A schema file that Supabase's dashboard copied: tables alone, out of order, from which no absence follows."""

from __future__ import annotations

from pathlib import Path

import pytest

from tripoint.audit import Options, audit_folder

OUTLINE = """-- WARNING: This schema is for context only and is not meant to be run.
-- Table order and constraints may not be valid for execution.

CREATE TABLE public.books (
  id bigint GENERATED ALWAYS AS IDENTITY NOT NULL,
  shelf_id uuid NOT NULL,
  title text NOT NULL,
  tags ARRAY,
  state USER-DEFINED NOT NULL DEFAULT 'new'::book_state,
  CONSTRAINT books_pkey PRIMARY KEY (id),
  CONSTRAINT books_shelf_id_fkey FOREIGN KEY (shelf_id) REFERENCES public.shelves(id)
);
CREATE TABLE public.shelves (
  id uuid NOT NULL DEFAULT gen_random_uuid(),
  owner uuid,
  CONSTRAINT shelves_pkey PRIMARY KEY (id),
  CONSTRAINT shelves_owner_fkey FOREIGN KEY (owner) REFERENCES auth.users(id)
);
"""
CODE = """from supabase import create_client
db = create_client("https://a.example", "key")
db.table("books").select("title, shelves(id)").eq("state", "new").eq("shelf_id", "x").execute()
db.table("books").select("author, tags, state").execute()
db.table("books").insert({"title": "On shelves"}).execute()
db.table("readers").select("id").execute()
db.rpc("lend", {"book": 1}).execute()
"""


def audited(folder: Path, schema: str) -> tuple[list[tuple[str, str, str]], list[str]]:
    for name, text in (("schema.sql", schema), ("app.py", CODE)):
        (folder / name).write_text(text, encoding="utf-8")
    audit = audit_folder(folder, Options())
    return [(f.rule, f.subject, f.severity) for f in audit.findings], [n.reason for n in audit.notices]


def test_what_a_copied_schema_leaves_out_is_no_finding(tmp_path: Path) -> None:
    findings, notices = audited(tmp_path, OUTLINE)
    assert sorted(findings) == [
        ("missing-column", "public.books.author", "high"),
        ("missing-required-column", "public.books.shelf_id", "medium"),
        ("missing-table", "public.readers", "medium"),
        ("type-mismatch", "public.books.shelf_id", "high"),
    ]
    assert len(notices) == 1
    assert "context only" in notices[0]


@pytest.mark.parametrize(
    "added",
    [
        "ALTER TABLE public.books ENABLE ROW LEVEL SECURITY;",
        "create index on public.books (shelf_id);",
        "CREATE OR REPLACE FUNCTION public.lend(book bigint) RETURNS void LANGUAGE sql AS 'select 1';",
    ],
)
def test_one_that_was_written_on_is_a_schema_like_any_other(tmp_path: Path, added: str) -> None:
    findings, _ = audited(tmp_path, OUTLINE + added)
    assert ("row-security-disabled", "public.shelves", "high") in findings


def test_what_such_a_file_among_migrations_leaves_out_is_said_once(tmp_path: Path) -> None:
    folder = tmp_path / "supabase" / "migrations"
    folder.mkdir(parents=True)
    (folder / "001_schema.sql").write_text(OUTLINE.replace("ARRAY", "text[]").replace("USER-DEFINED", "text"))
    policy = 'create policy "own" on public.shelves for select using (auth.uid() = owner);'
    (folder / "20250101000000_lent.sql").write_text(f"{policy} create table public.lent (id bigint primary key);")
    audit = audit_folder(tmp_path, Options(select=frozenset({"row-security-disabled", "policy-without-row-security"})))
    assert [finding.subject for finding in audit.findings] == ["public.lent"]
    assert any("for context only" in notice.reason for notice in audit.notices)
    (tmp_path / "app.py").write_text(CODE)
    audit = audit_folder(tmp_path, Options(select=frozenset({"missing-function", "missing-required-column"})))
    told = {finding.subject: finding.severity for finding in audit.findings}
    assert told == {"public.lend": "medium", "public.books.shelf_id": "medium"}
