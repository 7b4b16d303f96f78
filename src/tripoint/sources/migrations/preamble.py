"""What a runner does before the first migration."""

from __future__ import annotations

from tripoint.model.evidence import Database
from tripoint.model.name import quote_identifier
from tripoint.sql.facts import SqlFacts

__all__ = ["preamble"]


def preamble(database: Database) -> tuple[tuple[str, SqlFacts], ...]:
    """Return what the runner of a database does first, as SQL of the file that says so: the schema it is told to use
    instead of public is made, and looked into first.
    """
    if database.begun_in is None:
        return ()
    from tripoint.sql.read import read_sql

    path, name = database.begun_in
    schema = quote_identifier(name)
    text = f'CREATE SCHEMA IF NOT EXISTS {schema}; ALTER ROLE postgres SET search_path = {schema}, "$user", public;'
    return ((path, read_sql(text.encode())),)
