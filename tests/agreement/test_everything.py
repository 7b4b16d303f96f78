"""Every statement that the fold handles agrees with the server, and is missed where its handler is switched off."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from agreement.agree import Held, compare, differing, drop, hold
from tripoint.model.catalog import Catalog
from tripoint.model.evidence import Settings
from tripoint.postgres.platform import platform_template
from tripoint.postgres.server import Server
from tripoint.sources.database.replay import LOGIN
from tripoint.sources.migrations import alter
from tripoint.sources.migrations import fold as folding
from tripoint.supabase import base_catalog

FILES = [(name, Path(__file__).with_name(name).read_bytes()) for name in ("everything.sql", "later.sql")]
BUCKETS = b"""insert into storage.buckets (id, name) values ('a', 'a'), ('b', 'b'), ('c', 'c');
update storage.buckets set public = true where id = 'a';
delete from storage.buckets where id = 'b';
insert into storage.buckets (id, name) values ('c', 'c') on conflict (id) do update set public = true;
"""


@pytest.fixture(scope="module")
def held(server: Server, plain: Catalog) -> Iterator[Held]:
    found = hold(server, FILES, plain)
    with server.connect(LOGIN) as connection:
        connection.execute("alter role postgres reset all")
    yield found
    drop(server, found)


def test_the_fold_agrees(server: Server, held: Held, plain: Catalog) -> None:
    # One statement names a table that only the next one creates.
    assert [failure.message for failure in held.refused] == ['relation "people_of_old" does not exist']
    assert differing(server, held, plain) == ((), ())


@pytest.fixture(scope="module")
def platform() -> Iterator[tuple[Server, Held]]:
    binaries, template = platform_template("supabase")
    with Server(binaries=binaries, template=template) as server:
        yield server, hold(server, [("buckets.sql", BUCKETS)], base_catalog(Settings()))


_ROWS = {"InsertStmt", "UpdateStmt", "DeleteStmt"}
_SILENT = {"DropOwnedStmt", "AlterDatabaseSetStmt"}
"""What the first does is said to be unknown; the second would have to know its database's name beforehand."""


@pytest.mark.parametrize("kind", [None, *sorted(_ROWS)])
def test_rows_of_buckets(platform: tuple[Server, Held], monkeypatch: pytest.MonkeyPatch, kind: str | None) -> None:
    server, held = platform
    if kind is not None:
        monkeypatch.delitem(folding.HANDLERS, kind)
    found = compare(server, held, base_catalog(Settings()), "supabase")
    assert (found.differences == ()) == (kind is None)


@pytest.mark.parametrize("kind", sorted(folding.HANDLERS.keys() - _SILENT - _ROWS))
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
