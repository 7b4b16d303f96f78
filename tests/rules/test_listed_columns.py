"""Columns that a document lists without their types: told where the list is a table's but for a few."""

from __future__ import annotations

from pathlib import Path

import pytest

from tripoint.audit import Options, audit_folder

TABLE = "create table boats (id int primary key, owner_id int, hull text, sail_area int, berth text, built_on date);"


@pytest.mark.parametrize(
    ("listed", "told"),
    [
        ("id, owner_id, hull, sail_area, mast_height", ["public.boats.mast_height"]),
        ("id, owner_id (FK), hull, sail_area, mast_height (planned)", []),
        ("id, owner_id, hull, sail_area, and the rest", []),
        ("id, owner_id, hull, mast_height", []),  # too few to be sure of
        ("id, owner_id, hull, sail_area, mast_height, keel_depth", []),  # too many others
        ("id, owner_id, hull, sail_area, rigging", []),  # a word for something else
    ],
)
@pytest.mark.parametrize("form", ["## boats\n\nFields: {}\n", "| Table | Columns |\n|---|---|\n| boats | {} |\n"])
def test_columns_that_are_listed_without_types(tmp_path: Path, form: str, listed: str, told: list[str]) -> None:
    (tmp_path / "db" / "migrations").mkdir(parents=True)
    (tmp_path / "db" / "migrations" / "001_a.sql").write_text(TABLE, encoding="utf-8")
    (tmp_path / "schema.md").write_text(f"# Schema\n\n{form.format(listed)}", encoding="utf-8")
    found = audit_folder(tmp_path, Options(select=frozenset({"documented-but-missing"}))).findings
    assert [(one.severity, one.subject) for one in found] == [("low", subject) for subject in told]
