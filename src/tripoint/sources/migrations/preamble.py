"""What a runner does before the first migration."""

from __future__ import annotations

from tripoint.model.evidence import Database
from tripoint.model.name import quote_identifier
from tripoint.sql.facts import SqlFacts

__all__ = ["preamble"]


def preamble(database: Database) -> tuple[tuple[str, SqlFacts], ...]:
    """Return what the runner of a database does first, as SQL of the file that says so: the schema it is told to use
    instead of public is made, and looked into first; or names are looked up in the schemas that it is told.
    """
    if database.begun_in is None and database.looked_in is None:
        return ()
    from tripoint.sql.read import read_sql

    if database.begun_in is None:
        assert database.looked_in is not None
        path, schemas = database.looked_in
        listed = ", ".join("'$user'" if one == "$user" else quote_identifier(one) for one in schemas)
        return ((path, read_sql(f"ALTER ROLE postgres SET search_path = {listed};".encode())),)

    path, name = database.begun_in
    schema = quote_identifier(name)
    text = f'CREATE SCHEMA IF NOT EXISTS {schema}; ALTER ROLE postgres SET search_path = {schema}, "$user", public;'
    return ((path, read_sql(text.encode())),)
