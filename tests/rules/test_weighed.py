"""What a finding says, and how severe it is, follows from all that asks for the name, and from how surely it does."""

from __future__ import annotations

from pathlib import Path

import pytest

from tripoint.audit import audit_folder
from tripoint.model.audit import Audit

CLIENT = """import { createClient } from '@supabase/supabase-js'
const supabase = createClient(process.env.URL!, process.env.SUPABASE_ANON_KEY!)
"""
PEOPLE = "create table public.people (id bigint primary key, name text);"
GUARDED = (
    "export async function ask() {\n  const found = await supabase.from('ghosts').select('id')\n"
    "  if (found.error?.code === '42P01') return []\n}\n"
)
PLAIN = "export const all = () => supabase.from('ghosts').select('id')\n"


def audited(root: Path, sql: str, files: dict[str, str]) -> Audit:
    for name, text in {"supabase/migrations/20250101000000_init.sql": sql, **files}.items():
        (root / name).parent.mkdir(parents=True, exist_ok=True)
        (root / name).write_text(text, encoding="utf-8")
    return audit_folder(root)


@pytest.mark.parametrize("calls, severity", [(GUARDED, "medium"), (PLAIN, "high"), (GUARDED + PLAIN, "high")])
def test_a_missing_table_weighs_less_where_every_call_expects_that_it_is(
    tmp_path: Path, calls: str, severity: str
) -> None:
    found = audited(tmp_path, PEOPLE, {"src/a.ts": CLIENT + calls})
    assert [(f.subject, f.severity) for f in found.findings if f.rule == "missing-table"] == [
        ("public.ghosts", severity)
    ]


@pytest.mark.parametrize("name", ["a.test.ts", "people-fixtures.ts"])
@pytest.mark.parametrize("include, subjects", [("false", []), ("true", ["public.ghosts"])])
def test_what_tests_ask_for_counts_where_the_settings_say_so(
    tmp_path: Path, name: str, include: str, subjects: list[str]
) -> None:
    files = {f"src/{name}": CLIENT + PLAIN, "tripoint.toml": f"include-tests = {include}\n"}
    found = audited(tmp_path, PEOPLE, files)
    assert [finding.subject for finding in found.findings if finding.rule == "missing-table"] == subjects
    assert [(c.outcome, c.count) for c in found.calls if c.outcome in ("test code", "table")] == (
        [("table", 1)] if subjects else [("test code", 1)]
    )
    assert not [notice for notice in found.notices if notice.spot is not None and notice.spot.path == f"src/{name}"]


def test_of_test_code_the_words_are_known_and_what_the_product_imports(tmp_path: Path) -> None:
    test = (
        "export const TABLE = 'ghosts'\n"
        + CLIENT
        + "export const named = () => supabase.from('people').select('name')\n"
    )
    files = {"src/people-fixtures.ts": test, "src/a.ts": "import { TABLE } from './people-fixtures'\n" + CLIENT}
    files["src/a.ts"] += "export const all = () => supabase.from(TABLE).select('id')\n"
    found = audited(tmp_path, PEOPLE, files)
    assert [f.subject for f in found.findings if f.rule == "missing-table"] == ["public.ghosts"]
    assert not [f.subject for f in found.findings if f.rule in ("unused-table", "unused-column")]


def test_a_misspelled_embed_is_told_from_two_tables_without_a_key(tmp_path: Path) -> None:
    sql = PEOPLE + "create table public.notes (id bigint primary key, text text); create table public.tags (id bigint);"
    sql += "alter table public.notes add person_id bigint references public.people (id);"
    calls = "supabase.from('notes').select('id, poeple(name)')\nsupabase.from('notes').select('id, tags(id)')\n"
    found = audited(tmp_path, sql, {"src/a.ts": CLIENT + calls})
    said = {f.subject: (f.help, [s.target for s in f.suggestions]) for f in found.findings}
    help_, meant = said["public.notes -> public.poeple"]
    assert meant == ["public.people"]
    help_, meant = said["public.notes -> public.tags"]
    assert "Add a foreign key between public.notes and public.tags" in (help_ or "")
    assert meant == []


@pytest.mark.parametrize(
    "where, subjects",
    [
        ("", []),
        (" where person_id is not null", []),
        (" where id > 10", ["public.notes.person_id"]),
        (" where id is not null", ["public.notes.person_id"]),
    ],
)
def test_a_partial_index_serves_a_foreign_key_where_it_holds_every_reference(
    tmp_path: Path, where: str, subjects: list[str]
) -> None:
    sql = PEOPLE + "create table public.notes (id bigint primary key, person_id bigint references public.people (id));"
    found = audited(tmp_path, sql + f"create index on public.notes (person_id){where};", {})
    assert [f.subject for f in found.findings if f.rule == "unindexed-foreign-key"] == subjects


def test_a_model_without_a_schema_maps_to_the_only_table_of_its_name(tmp_path: Path) -> None:
    model = (
        "from sqlalchemy.orm import DeclarativeBase, Mapped, mapped_column\nclass Base(DeclarativeBase): pass\n"
        "class Note(Base):\n    __tablename__ = 'notes'\n    id: Mapped[int] = mapped_column(primary_key=True)\n"
    )
    one = "create schema a; create schema b; create table a.notes (id int primary key);"
    alone = audited(tmp_path / "one", one, {"app/models.py": model})
    assert [f.subject for f in alone.findings if f.rule == "missing-table"] == []
    both = audited(tmp_path / "two", one + "create table b.notes (id int primary key);", {"app/models.py": model})
    assert [f.subject for f in both.findings if f.rule == "missing-table"] == ["public.notes"]


def test_a_statement_that_is_read_in_part_is_said_once(tmp_path: Path) -> None:
    found = audited(
        tmp_path, PEOPLE + "\ncreate table public.half (id bigint primary key, at timestamp 5 6, x text);", {}
    )
    assert [(n.kind, n.spot.line) for n in found.notices if n.spot and n.spot.path.endswith(".sql")] == [
        ("unparsed", 2)
    ]


@pytest.mark.parametrize(
    "call, unused",
    [
        ("from('people').select('name, guardian')", []),
        ("from('people').select('name')", ["public.people.guardian_mail"]),
        ("from('poeple').select('name')", []),
    ],
)
def test_what_an_unknown_name_may_mean_is_not_unused(tmp_path: Path, call: str, unused: list[str]) -> None:
    sql = "create table public.people (id bigint primary key, name text, guardian_mail text);"
    found = audited(tmp_path, sql, {"src/a.ts": f"{CLIENT}export const all = () => supabase.{call}\n"})
    assert [f.subject for f in found.findings if f.rule in ("unused-column", "unused-table")] == unused
