"""The keystone for Alembic: a catalog read from revisions must be the one that Alembic's own SQL folds into.

`expected.sql` is what Alembic 1.20.1 with SQLAlchemy 2.1.9 writes for the revisions in `project`: in that folder,
`alembic upgrade heads --sql > ../expected.sql`.
"""

from __future__ import annotations

from pathlib import Path

from tripoint.config import Config
from tripoint.model.catalog import Catalog
from tripoint.model.name import Name
from tripoint.sources.alembic.read import read_revision
from tripoint.sources.database.compare import differences
from tripoint.sources.discover import discover
from tripoint.sources.migrations.fold import Folded, fold
from tripoint.sql.read import read_sql
from tripoint.tree import WorkTree

HERE = Path(__file__).parent


def _folded() -> Folded:
    tree = WorkTree(HERE / "project")
    (files,) = discover(tree, Config(include_tests=True)).databases
    return fold((one.path, read_revision(tree.read(one.path))) for one in files.database.migrations)


def _expected() -> Catalog:
    facts = read_sql((HERE / "expected.sql").read_bytes())
    assert not facts.problems
    return fold([("expected.sql", facts)]).catalog


def test_the_catalog_is_the_one_that_alembics_sql_makes() -> None:
    expected, folded = _expected(), _folded()
    del expected.tables[Name("public", "alembic_version")]
    assert [(d.kind, d.subject, d.aspect, d.left, d.right) for d in differences(expected, folded.catalog)] == []
    assert len(expected.tables) == 8


def test_nothing_of_it_is_undecided_or_refused() -> None:
    folded = _folded()
    assert folded.opaque == ()
    assert folded.problems == {}
    assert folded.references == ()
