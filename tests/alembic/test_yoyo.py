"""yoyo: its steps as the statements that they apply, in the order that the files give."""

from __future__ import annotations

from pathlib import Path

import pytest

from tripoint.audit import AuditError, audit_folder

FIRST = '''"""The first."""
from yoyo import step

__depends__ = {}


def fill(conn):
    cursor = conn.cursor()
    cursor.execute("ALTER TABLE nests ADD COLUMN height int")


steps = [
    step(
        """CREATE TABLE gulls (id bigserial primary key, title text);
           CREATE TABLE nests (id bigserial primary key);""",
        "DROP TABLE gulls; DROP TABLE nests",
    ),
    step(fill),
]
'''
CODE = """import asyncpg

async def run(pool: asyncpg.Pool):
    await pool.fetch("select id, name, age, title from gulls join nests using (id) where height > 1")
"""


def write(root: Path, files: dict[str, str]) -> None:
    for path, text in files.items():
        (root / path).parent.mkdir(parents=True, exist_ok=True)
        (root / path).write_text(text, encoding="utf-8")


FILES = {
    "yoyo.ini": "[DEFAULT]\nsources = migrations\ndatabase = postgresql://localhost/gulls\n",
    "migrations/0009_first.py": FIRST,
    "migrations/0002_then.py": 'import yoyo\n__depends__ = {"0009_first"}\n'
    'yoyo.step("ALTER TABLE gulls RENAME COLUMN title TO name", "SELECT 1")\n',
    "migrations/0010_age.sql": "-- depends: 0002_then\nALTER TABLE gulls ADD COLUMN age int;",
    "migrations/0010_age.rollback.sql": "ALTER TABLE gulls DROP COLUMN age;",
    "app.py": CODE,
}


def test_steps_in_python_and_sql_are_one_history(tmp_path: Path) -> None:
    write(tmp_path, FILES)
    audit = audit_folder(tmp_path)
    assert [f.path.rpartition("/")[2] for f in audit.evidence[0].database.migrations] == [
        "0009_first.py",
        "0002_then.py",
        "0010_age.sql",
    ]
    assert [(f.rule, f.subject) for f in audit.findings if f.severity == "high"] == [
        ("missing-column", "public.gulls.title")
    ]


def test_steps_for_another_system_are_not_read(tmp_path: Path) -> None:
    write(tmp_path, {**FILES, "yoyo.ini": "[DEFAULT]\ndatabase = sqlite:///gulls.db\n"})
    with pytest.raises(AuditError, match="is a migration of yoyo, but nothing in the project says"):
        audit_folder(tmp_path)


def test_what_steps_that_do_nothing_leave_to_the_schema(tmp_path: Path) -> None:
    files = {"yoyo.ini": FILES["yoyo.ini"], "migrations/0001_none.py": 'from yoyo import step\nsteps = [step("")]\n'}
    write(tmp_path, {**files, "schema.sql": "create table gulls (id bigserial primary key);", "app.py": CODE})
    audit = audit_folder(tmp_path)
    assert audit.evidence[0].database.definition == "declarative"


def test_sql_in_the_folder_that_the_settings_name(tmp_path: Path) -> None:
    made = "CREATE TABLE gulls (id bigserial primary key, title text);"
    write(tmp_path, {"yoyo.ini": FILES["yoyo.ini"], "migrations/birds_a.sql": made, "app.py": CODE})
    (found,) = (one.subject for one in audit_folder(tmp_path).findings if one.rule == "missing-table")
    assert found == "public.nests"
