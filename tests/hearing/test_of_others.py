"""Relations of a schema that nothing which is read fills: no fault, and not passed over."""

from __future__ import annotations

from pathlib import Path

import pytest

from tripoint.audit import audit_folder


@pytest.mark.parametrize("made", ["", "create schema reports;"])
def test_relations_of_a_schema_that_another_application_fills(tmp_path: Path, made: str) -> None:
    (tmp_path / "migrations").mkdir()
    (tmp_path / "migrations/1_all.sql").write_text(f"{made} create table people (id int primary key);")
    (tmp_path / "app.py").write_text(
        "import psycopg\n"
        "with psycopg.connect() as db:\n"
        "    db.execute('select id from reports.people')\n"
        "    db.execute('select id from reports.sent')\n"
    )
    audit = audit_folder(tmp_path)
    assert [finding for finding in audit.findings if finding.rule.startswith("missing")] == []
    (notice,) = audit.notices
    assert notice.spot is not None
    assert (notice.spot.path, notice.spot.line) == ("app.py", 3)
    assert notice.reason == (
        "one of 2 places that name relations of the schema reports (people, sent), in which nothing that is read "
        "creates any: they are held against nothing"
    )


def test_that_another_schema_has_them_all_is_said(tmp_path: Path) -> None:
    (tmp_path / "schema.sql").write_text("create table people (id int primary key);")
    (tmp_path / "app.py").write_text("import psycopg\npsycopg.connect().execute('select id from crm.people')\n")
    (notice,) = audit_folder(tmp_path).notices
    assert "the schema crm (people), in which nothing that is read creates any (public has relations" in notice.reason
