"""The server that the agreement tests share."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from tripoint.model.catalog import Catalog
from tripoint.postgres.server import Server
from tripoint.sources.database.replay import read_replayed


@pytest.fixture(scope="session")
def server() -> Iterator[Server]:
    with Server() as server:
        yield server


@pytest.fixture(scope="session")
def plain(server: Server) -> Catalog:
    """What a plain database holds before anything is made in it."""
    with server.connect("postgres") as connection:
        return read_replayed(connection)
