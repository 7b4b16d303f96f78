"""SQL of code that speaks to PostgreSQL and to another database system."""

from __future__ import annotations

from pathlib import Path

import pytest

from code_project import fold
from tripoint.audit import audit_folder

EITHER = {
    "db/main.ts": "import { Pool } from 'pg'\nexport class Main { pool = new Pool() }\n",
    "db/local.ts": "import { Database } from 'bun:sqlite'\nexport class Local { db = new Database('a.db') }\n"
    "new Database('a.db').query('select 1 from t')\n",
    "db/index.ts": "import { Main } from './main'\nimport { Local } from './local'\n"
    "export const connect = () => (process.env.URL ? new Main() : new Local())\n",
}
POOL = "import { Pool } from 'pg'\nconst pool = new Pool()\n"


def test_numbered_parameters_are_those_of_postgresql() -> None:
    asked = (
        "import { connect } from './db'\nconst db = connect()\n"
        "db.query('select a from t where b = $1', [1])\ndb.query('select a from t where b = ?', [1])\n"
    )
    found = fold(EITHER | {"notes.ts": asked})
    assert [query.text for query in found.queries if query.kind == "sql"] == ["select a from t where b = $1"]
    ((_, problem),) = found.problems
    assert "nothing tells which driver" in problem.reason


@pytest.mark.parametrize("written", ["{{id}}", "{{ id }}", "{{id::uuid}}", "{{row.id::uuid[]}}"])
def test_names_in_two_braces_are_parameters(written: str) -> None:
    code = f"{POOL}pool.query(`select a from t where b = {written} and c = '{{{{d}}}}'`)\n"
    found = fold({"a.ts": code})
    parameter = "$1".ljust(len(written))
    assert [query.text for query in found.queries] == [f"select a from t where b = {parameter} and c = '{{{{d}}}}'"]
    assert not found.problems


def test_sql_with_parameters_of_clickhouse_is_said_to_be_that() -> None:
    found = fold({"a.ts": POOL + "pool.query('select uniq(a) from t where b = {b:UUID} and c in {c:Array(String)}')\n"})
    assert not found.queries
    ((_, problem),) = found.problems
    assert problem.reason == "this SQL is written for ClickHouse, not PostgreSQL: it is held against nothing"


@pytest.mark.parametrize(
    ("sql", "name"),
    [("update notes set more = json_patch(more, $1), gone = 1", "json_patch"), ("select 1 from dual", "dual")],
)
def test_a_name_of_another_system_tells_that_sql_is_written_for_it(tmp_path: Path, sql: str, name: str) -> None:
    (tmp_path / "schema.sql").write_text("create table notes (id int primary key, more jsonb);\n")
    (tmp_path / "a.ts").write_text(POOL + f"pool.query('{sql}')\n")
    audit = audit_folder(tmp_path)
    assert not [finding for finding in audit.findings if finding.rule.startswith("missing-")]
    assert any(f"it names {name}" in notice.reason for notice in audit.notices)


def test_sql_that_spark_runs_is_not_the_databases(tmp_path: Path) -> None:
    (tmp_path / "migrations").mkdir()
    (tmp_path / "migrations" / "001_a.up.sql").write_text("create table notes (id int primary key);\n")
    (tmp_path / "db.py").write_text(
        "import psycopg2\nc = psycopg2.connect('')\nc.cursor().execute('select gone from notes')\n"
    )
    (tmp_path / "spark").mkdir()
    (tmp_path / "spark" / "run.py").write_text(
        "from pyspark.sql import DataFrame\ndef run_query(query): return s.sql(query)\n"
    )
    (tmp_path / "spark" / "top.py").write_text(
        "from spark.run import run_query\nrun_query('select explode(a) from frames')\n"
    )
    told = [(f.rule, f.subject) for f in audit_folder(tmp_path).findings if f.rule.startswith("missing-")]
    assert told == [("missing-column", "public.notes.gone")]
