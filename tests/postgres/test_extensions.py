"""The extensions of a replay: the one in C stands behind walls only, the others are SQL."""

from __future__ import annotations

import pytest

from tripoint.model.evidence import Platform, Settings
from tripoint.postgres.extensions import stand_ins
from tripoint.postgres.platform import platform_template
from tripoint.postgres.server import Server
from tripoint.sources.database.doubts import Doubts
from tripoint.sources.database.replay import Script, apply, replay
from tripoint.sources.migrations.fold import fold
from tripoint.sources.migrations.state import REFUSED
from tripoint.sql.read import read_sql
from tripoint.supabase import base_catalog

VECTORS = b"""create extension vector;
create table t (id int, v vector(1536), h halfvec(3));
create index on t using hnsw (v vector_cosine_ops) with (m = 16, ef_construction = 64);
create index on t using ivfflat (v vector_l2_ops) with (lists = 100);
create view nearest as select id from t order by v <=> '[1]' limit 1;
"""
IN_C = """select count(*) from pg_proc p join pg_depend d on d.objid = p.oid and d.deptype = 'e'
 join pg_extension e on e.oid = d.refobjid join pg_language l on l.oid = p.prolang
 where e.extname not in ('plpgsql', 'cube') and l.lanname = 'c'"""


@pytest.mark.parametrize("isolate", [True, False])
def test_pgvector_is_let_in_where_the_walls_stand(isolate: bool) -> None:
    binaries, template = platform_template("postgresql")
    scripts = [Script("1.sql", read_sql(VECTORS))]
    with (
        Server(binaries=binaries, template=template, isolate=isolate) as server,
        server.connect("postgres") as connection,
    ):
        refused = apply(connection, scripts, doubts=Doubts(scripts, "postgresql"))
        types = connection.execute(
            "select format_type(atttypid, atttypmod) from pg_attribute"
            " where attrelid = 't'::regclass and attnum > 1 order by attnum"
        ).fetchall()
        in_c = connection.execute(IN_C).fetchone()
    assert types == [("vector(1536)",), ("halfvec(3)",)]
    assert in_c is not None
    assert (in_c[0] > 0) == isolate
    said = [(failure.message, failure.doubt) for failure in refused]
    doubt = "vector may bring it along, of which the replay has a stand-in at best"
    assert said == ([] if isolate else [(f'access method "{m}" does not exist', doubt) for m in ("hnsw", "ivfflat")])


def test_no_stand_in_runs_c() -> None:
    binaries, template = platform_template("postgresql")
    with Server(binaries=binaries, template=template, isolate=False) as server:
        for name in stand_ins():
            with server.connect("postgres") as connection:
                connection.execute("begin")
                connection.execute(f'create extension "{name}" cascade'.encode())
                assert connection.execute(IN_C.encode()).fetchone() == (0,), name
                connection.execute("rollback")


IN_ANOTHER_SCHEMA = "create schema if not exists extensions; create extension {} with schema extensions{};"


@pytest.mark.parametrize(
    ("platform", "text", "refused"),
    [
        ("supabase", IN_ANOTHER_SCHEMA.format("pg_cron", ""), None),
        ("supabase", IN_ANOTHER_SCHEMA.format("if not exists pg_cron", " version '1.6' cascade"), None),
        ("supabase", IN_ANOTHER_SCHEMA.format("pgmq", ""), 'extension "pgmq" must be installed in schema "pgmq"'),
        ("supabase", IN_ANOTHER_SCHEMA.format("if not exists supabase_vault", ""), None),
        (
            "postgresql",
            IN_ANOTHER_SCHEMA.format("pg_cron", ""),
            'extension "pg_cron" must be installed in schema "pg_catalog"',
        ),
        ("postgresql", IN_ANOTHER_SCHEMA.format("pg_cron", " cascade"), None),
        ("postgresql", "create extension pg_cron with schema pg_catalog;", None),
    ],
)
def test_an_extension_that_has_a_schema_of_its_own(platform: Platform, text: str, refused: str | None) -> None:
    """What the fold tells is what the server says."""
    script = Script("1.sql", read_sql(text.encode()))
    run = replay([script], platform)
    base = base_catalog(Settings()) if platform == "supabase" else None
    told = fold([(script.path, script.facts)], base, platform)
    assert [failure.message for failure in run.refused] == ([refused] if refused else [])
    assert [problem.reason for problem in told.problems.get("1.sql", ())] == ([REFUSED + refused] if refused else [])
    assert not run.differences
