"""What a plain server's project makes itself, under names of the platform or in blocks whose effect can't be told."""

from __future__ import annotations

from pathlib import Path

from tripoint.audit import audit_folder

PACKAGE = '{"dependencies": {"pg": "8"}}'


def missing(folder: Path, sql: str, code: str = "") -> set[str]:
    """Return what an audit calls missing."""
    files = {"package.json": PACKAGE, "migrations/001_a.sql": sql, "src/a.ts": code}
    for path, text in files.items():
        (folder / path).parent.mkdir(parents=True, exist_ok=True)
        (folder / path).write_text(text)
    return {found.subject for found in audit_folder(folder).findings if found.rule.startswith("missing")}


CODE = (
    "import { Pool } from 'pg';\nconst pool = new Pool();\n"
    "export const all = () => pool.query('select id from auth.keepers');\n"
    "export const none = () => pool.query('select id from auth.guards');\n"
)


def test_a_schema_called_like_one_of_the_platforms_is_the_projects_where_it_makes_tables_there(tmp_path: Path) -> None:
    made = "create schema auth;\ncreate table auth.keepers (id int primary key);\n"
    more = "create table auth.lamps (id int primary key);\n"
    # A single table may stand in for the platform's.
    assert missing(tmp_path / "one", made, CODE) == set()
    assert missing(tmp_path / "two", made + more, CODE) == {"auth.guards"}


COMPOSITE = """create type sighting as (id int, place text);
create function sightings() returns setof sighting language sql stable as 'select 1, ''x''::text';
do $$ begin
  if not exists (select 1 from pg_attribute a where a.attname = 'seen_by') then
    alter type sighting add attribute seen_by text;
  elsif exists (select 1 from pg_attribute a where a.atttypid = 25) then
    alter type sighting alter attribute seen_by type text;
  end if;
end $$;
create function seen() returns setof text language plpgsql as $$
begin
  return query select s.COLUMN from (select * from sightings()) as s;
end $$;
"""


def test_an_attribute_that_a_block_may_add_to_a_composite_type_may_be_there(tmp_path: Path) -> None:
    assert missing(tmp_path / "added", COMPOSITE.replace("COLUMN", "seen_by")) == set()
    before, _, rest = COMPOSITE.partition("do $$")
    made = before + rest.partition("end $$;\n")[2].replace("COLUMN", "seen_by")
    assert missing(tmp_path / "never", made) == {"s.seen_by"}
