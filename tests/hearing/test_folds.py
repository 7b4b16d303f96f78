"""The SQL of each database is folded once, as soon as all of it was read, and on what its own platform brings along."""

from __future__ import annotations

import pytest

from tripoint import hear
from tripoint.hear import Folds
from tripoint.kept import Kept
from tripoint.model.evidence import Database
from tripoint.model.name import Name
from tripoint.sources.discover import DatabaseFiles
from tripoint.sources.migrations.fold import Folded, fold
from tripoint.sql.read import read_sql


def test_what_is_declared_is_folded_once_it_was_read(monkeypatch: pytest.MonkeyPatch) -> None:
    times: list[int] = []

    def counted(*given: object) -> Folded:
        times.append(1)
        return fold(*given)  # type: ignore[arg-type]

    monkeypatch.setattr(hear, "fold", counted)
    files = DatabaseFiles(Database("a", "", "postgresql"), declarative=("a.sql", "b.sql"))
    read = {"b.sql": read_sql(b"create table b ();")}
    folds = Folds(Kept())
    assert folds.begin([files], read)
    read["a.sql"] = read_sql(b"create table a ();")
    assert not times
    assert [folds.begin([files], read) for _ in range(2)] == [False, False]
    folded, _ = folds.of(files.database, [(path, read[path]) for path in files.declarative])
    assert set(folded.catalog.tables) == {Name("public", "a"), Name("public", "b")}
    assert len(times) == 1


def test_databases_without_sql_are_apart() -> None:
    databases = [DatabaseFiles(Database("a", "", "postgresql")), DatabaseFiles(Database("b", "", "supabase"))]
    folds = Folds(Kept())
    assert not folds.begin(databases, {})
    for files in reversed(databases):
        once = folds.of(files.database, [])[0].catalog
        again = folds.of(files.database, [])[0].catalog
        assert (once.search_path, once.default_grants) == (again.search_path, again.default_grants)
        assert ("extensions" in once.search_path) == (files.database.platform == "supabase")
