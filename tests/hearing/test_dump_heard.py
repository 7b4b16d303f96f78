"""A dump in place of a connection: what it holds is compared with the migrations."""

from __future__ import annotations

from pathlib import Path

import pytest

from tripoint.audit import AuditError, Options, audit_folder

MIGRATION = """
create table public.people (id bigint primary key, name text not null, born date);
create index people_name on public.people (name);
alter table public.people enable row level security;
create policy own on public.people for select using (id > 0);
"""

# As pg_dump --schema-only writes it: keys and row security behind the table, every name qualified.
DUMP = """
SET statement_timeout = 0;
SELECT pg_catalog.set_config('search_path', '', false);
CREATE TABLE public.people (
    id bigint NOT NULL,
    name character varying(40) NOT NULL
);
ALTER TABLE ONLY public.people ADD CONSTRAINT people_pkey PRIMARY KEY (id);
CREATE INDEX people_name ON public.people USING btree (name);
CREATE TABLE public.leftovers (id integer);
CREATE POLICY own ON public.people FOR SELECT USING ((id > 0));
ALTER TABLE public.people ENABLE ROW LEVEL SECURITY;
"""


@pytest.fixture
def project(tmp_path: Path) -> Path:
    folder = tmp_path / "app" / "supabase" / "migrations"
    folder.mkdir(parents=True)
    (folder / "20250101000000_start.sql").write_text(MIGRATION, encoding="utf-8")
    return tmp_path / "app"


def test_a_dump_speaks_for_the_database(project: Path, tmp_path: Path) -> None:
    dump = tmp_path / "production.sql"
    dump.write_text(DUMP, encoding="utf-8")
    audit = audit_folder(project, Options(live=True, database_url=str(dump)))
    found = {(f.rule, f.subject) for f in audit.findings if f.rule.endswith(("-database", "-migrations"))}
    assert found == {
        ("not-in-database", "public.people.born"),
        ("not-in-migrations", "public.leftovers"),
        ("differs-in-database", "public.people.name"),
    }
    database = next(t for t in audit.testimonies if t.name == "database")
    assert database.heard
    assert "production.sql" in (database.detail or "")


def test_a_dump_that_is_not_there_is_one_sentence(project: Path, tmp_path: Path) -> None:
    with pytest.raises(AuditError, match=r"gone\.sql can't be read"):
        audit_folder(project, Options(live=True, database_url=str(tmp_path / "gone.sql")))
