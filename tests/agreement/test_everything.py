"""Every statement that the fold handles agrees with the server, and is missed where its handler is switched off."""

from __future__ import annotations

from pathlib import Path

import pytest

from agreement.agree import Held, differing, hold
from tripoint.model.catalog import Catalog
from tripoint.postgres.server import Server
from tripoint.sources.migrations import alter
from tripoint.sources.migrations import fold as folding

SQL = (Path(__file__).with_name("everything.sql")).read_bytes()


@pytest.fixture(scope="module")
def held(server: Server, plain: Catalog) -> Held:
    return hold(server, [("everything.sql", SQL)], plain)


def test_the_fold_agrees(server: Server, held: Held, plain: Catalog) -> None:
    # One statement names a table that only the next one creates.
    assert [failure.message for failure in held.refused] == ['relation "people_of_old" does not exist']
    assert differing(server, held, plain) == ((), ())


# What has no effect that a catalog shows, or one that another statement of the file has too.
_SILENT = {"CallStmt", "DropOwnedStmt", "AlterDatabaseSetStmt", "InsertStmt", "SelectStmt", "AlterRoleSetStmt"}


@pytest.mark.parametrize("kind", sorted(folding.HANDLERS.keys() - _SILENT))
def test_each_statement_is_needed(
    server: Server, held: Held, plain: Catalog, monkeypatch: pytest.MonkeyPatch, kind: str
) -> None:
    monkeypatch.delitem(folding.HANDLERS, kind)
    assert differing(server, held, plain)[0]


@pytest.mark.parametrize("action", sorted(alter.SUBCOMMANDS))
def test_each_action_is_needed(
    server: Server, held: Held, plain: Catalog, monkeypatch: pytest.MonkeyPatch, action: str
) -> None:
    monkeypatch.delitem(alter.SUBCOMMANDS, action)
    assert differing(server, held, plain)[0]
