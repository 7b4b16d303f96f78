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
