"""The extensions of a replay: the one in C stands behind walls only, the others are SQL."""

from __future__ import annotations

import pytest

from tripoint.postgres.extensions import stand_ins
from tripoint.postgres.platform import platform_template
from tripoint.postgres.server import Server
from tripoint.sources.database.doubts import Doubts
from tripoint.sources.database.replay import Script, apply
from tripoint.sql.read import read_sql

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
