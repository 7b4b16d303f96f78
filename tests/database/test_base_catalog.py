"""The packaged catalog of the platform, against the server that it was read from."""

from __future__ import annotations

import pytest

from tripoint.model.catalog import Catalog
from tripoint.model.evidence import Settings
from tripoint.model.name import Name
from tripoint.postgres.platform import platform_template
from tripoint.postgres.server import Server
from tripoint.sources.database.compare import differences, without
from tripoint.sources.database.replay import LOGIN, read_replayed
from tripoint.supabase import API_ROLES, MANAGED_SCHEMAS, base_catalog


@pytest.mark.parametrize("expose", [None, False, True])
def test_the_packaged_catalog_is_what_the_server_holds(expose: bool | None) -> None:
    settings = Settings(auto_expose_new_tables=expose)
    base = base_catalog(settings)
    binaries, template = platform_template("supabase", settings)
    with Server(binaries=binaries, template=template) as server, server.connect(LOGIN) as connection:
        held = read_replayed(connection, members=base.extensions)
        connection.execute("create table public.fresh (id int)")
        grants = read_replayed(connection).tables[Name("public", "fresh")].grants
    assert differences(base, held) == ()
    assert held.search_path == base.search_path == ("public", "extensions")
    assert {grant.role for grant in grants} == (set(API_ROLES) if expose else set())
    assert {grant.privilege for grant in grants if grant.role == "anon"} == {
        d.grant.privilege for d in base.default_grants if d.kind == "tables" and d.grant.role == "anon"
    }


def test_nothing_of_the_platform_is_a_project_s() -> None:
    base = base_catalog(Settings())
    assert without(base, base) == Catalog(search_path=base.search_path)
    assert set(API_ROLES) <= base.roles
    assert {name.schema for name in base.tables} <= MANAGED_SCHEMAS
    assert base.schemas.keys() - MANAGED_SCHEMAS == {"public"}
