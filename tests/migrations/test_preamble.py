"""What a runner does before its first migration."""

from __future__ import annotations

from pathlib import Path

from tripoint.audit import Options, audit_folder

FIRST = "CREATE TABLE ships (id int PRIMARY KEY, harbour int);\n"
LATER = "CREATE TABLE fleet.harbours (id int PRIMARY KEY);\nALTER TABLE fleet.ships ADD COLUMN flag text;\n"


QUERIES = """import psycopg

def run(c):
    c.execute("select flag from ships")
    c.execute("select id from fleet.harbours")
"""


def test_unqualified_names_are_of_the_schema_that_flyway_is_told(tmp_path: Path) -> None:
    files = {
        "src/main/resources/application.properties": "spring.flyway.schemas=fleet\n",
        "src/main/resources/db/migration/V1__a.sql": FIRST,
        "src/main/resources/db/migration/V2__b.sql": LATER,
        "report.py": QUERIES,
    }
    for path, text in files.items():
        (tmp_path / path).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / path).write_text(text)
    for options in (Options(), Options(replay=True)):
        (database,) = audit_folder(tmp_path, options=options).evidence
        assert [str(name) for name in sorted(database.defined.tables)] == ["fleet.harbours", "fleet.ships"]
        assert database.failures == database.refused == ()
        if database.held is not None:
            assert sorted(database.held.tables) == sorted(database.defined.tables)
        references = [r for binding in database.bindings for r in binding.references if r.kind == "relation"]
        assert {str(r.target) for r in references} == {"fleet.harbours", "fleet.ships"}
        assert {r.outcome for r in references} == {"bound"}
    assert database.held is not None


GRAPHILE = """/* settings */
{
  // "search_path": "elsewhere",
  "pgSettings": {
    "search_path": "harbour_public,harbour_private",
  },
}
"""


def test_unqualified_names_are_of_the_search_path_that_graphile_migrate_is_told(tmp_path: Path) -> None:
    made = "CREATE SCHEMA harbour_public;\nCREATE TABLE harbour_public.ships (id int PRIMARY KEY, flag text);\n"
    used = "ALTER TABLE ships ENABLE ROW LEVEL SECURITY;\nCREATE POLICY seen ON ships FOR SELECT USING (flag <> '');\n"
    (tmp_path / "migrations/committed").mkdir(parents=True)
    (tmp_path / ".gmrc").write_text(GRAPHILE)
    (tmp_path / "migrations/committed/000001.sql").write_text(made + used)
    audit = audit_folder(tmp_path)
    (database,) = audit.evidence
    assert database.database.looked_in == (".gmrc", ("harbour_public", "harbour_private", "public"))
    (table,) = database.defined.tables.values()
    assert (str(table.name), table.row_security) == ("harbour_public.ships", True)
    assert "public.ships" not in {finding.subject for finding in audit.findings}
