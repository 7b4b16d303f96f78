"""What the Supabase platform brings along: its schemas, the roles of its API, and what it grants by default."""

from __future__ import annotations

import os
from functools import lru_cache

from tripoint.model.catalog import Catalog, DefaultGrant, Grant
from tripoint.model.evidence import Settings

__all__ = [
    "API_ROLES",
    "CLOSED_SCHEMAS",
    "MANAGED_SCHEMAS",
    "base_catalog",
    "default_grant_script",
    "default_grants",
    "grants_new_objects",
]

API_ROLES: tuple[str, ...] = ("anon", "authenticated", "service_role")
"""The roles that a request runs as: without a session, with one, and with the server's own key."""

MANAGED_SCHEMAS: frozenset[str] = frozenset(
    {
        "_analytics",
        "_realtime",
        "auth",
        "cron",
        "dbdev",
        "extensions",
        "graphql",
        "graphql_public",
        "net",
        "pgbouncer",
        "pgmq",
        "pgmq_public",
        "pgsodium",
        "pgsodium_masks",
        "pgtle",
        "realtime",
        "repack",
        "storage",
        "supabase_functions",
        "supabase_migrations",
        "tiger",
        "tiger_data",
        "topology",
        "vault",
    }
)
"""Schemas that the platform or its extensions own: no application table is expected in them."""

CLOSED_SCHEMAS: frozenset[str] = MANAGED_SCHEMAS - {"auth", "extensions", "storage"}
"""Those in which no project has functions of its own: what a dump of a whole database has there is the platform's."""

_NEW_OBJECTS = {
    "tables": ("delete", "insert", "maintain", "references", "select", "trigger", "truncate", "update"),
    "sequences": ("select", "update", "usage"),
    "functions": ("execute",),
}


def grants_new_objects(settings: Settings) -> bool:
    """Whether new objects in `public` are granted to the API's roles: only where the configuration still says so."""
    return settings.auto_expose_new_tables is True


def default_grants(settings: Settings) -> set[DefaultGrant]:
    """Return the default privileges that the role of the migrations starts with."""
    if not grants_new_objects(settings):
        return set()
    return {
        DefaultGrant("postgres", "public", kind, Grant(role, privilege))  # type: ignore[arg-type]
        for kind, privileges in _NEW_OBJECTS.items()
        for privilege in privileges
        for role in API_ROLES
    }


def default_grant_script(settings: Settings) -> str:
    """Return the SQL that sets the same default privileges on a server."""
    if not grants_new_objects(settings):
        return "SELECT"
    roles = ", ".join(API_ROLES)
    return "; ".join(
        f"ALTER DEFAULT PRIVILEGES FOR ROLE postgres IN SCHEMA public GRANT ALL ON {kind.upper()} TO {roles}"
        for kind in _NEW_OBJECTS
    )


def base_catalog(settings: Settings) -> Catalog:
    """Return what a fresh database of the platform holds before the first migration.

    It was read back once from the embedded server after the stand-in's SQL (`tools/write_base_catalog.py`), and is
    shared: nobody may change it, nor anything in it.
    """
    stored = _stored()
    grants = default_grants(settings)
    if not grants:
        return stored
    return Catalog(
        **{name: getattr(stored, name) for name in Catalog.__struct_fields__ if name != "default_grants"},
        default_grants=stored.default_grants | grants,
    )


@lru_cache(maxsize=1)
def _stored() -> Catalog:
    import msgspec

    with open(os.path.join(os.path.dirname(__file__), "standin", "supabase.msgpack"), "rb") as file:
        return msgspec.msgpack.decode(file.read(), type=Catalog)
