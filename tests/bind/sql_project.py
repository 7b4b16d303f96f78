"""A small project of SQL, folded and bound."""

from __future__ import annotations

from tripoint.bind.bodies import bind_bodies
from tripoint.bind.sql import SqlBinder
from tripoint.model.binding import BodyBinding, SqlReference
from tripoint.model.evidence import Database, Evidence, Settings
from tripoint.sources.migrations.fold import fold
from tripoint.sql.read import read_sql
from tripoint.supabase import base_catalog

SCHEMA = """
create type public.mood as enum ('glad', 'sad');
create table public.people (id uuid primary key, name text not null, mood public.mood, manager uuid);
create table public.visits (id bigint primary key, person uuid references public.people, at timestamptz, note text);
create schema app;
create table app.settings (key text primary key, value jsonb);
create function public.label(person uuid, short boolean default false) returns text language sql as $$ select '' $$;
"""
PATH = "migrations/1_all.sql"


def evidence_of(sql: str) -> tuple[Evidence, bytes]:
    data = (SCHEMA + sql).encode()
    facts = read_sql(data)
    assert facts.problems == ()
    base = base_catalog(Settings())
    folded = fold([(PATH, facts)], base, "supabase")
    database = Database("default", ".", "supabase")
    evidence = Evidence(database, folded.catalog, base, opaque=folded.opaque, drops=folded.drops)
    evidence.heard = frozenset({"migrations"})
    return evidence, data


def bodies_of(sql: str) -> tuple[dict[str, BodyBinding], bytes]:
    """Return what became of the SQL that the schema and `sql` define, by subject, and the file's bytes."""
    evidence, data = evidence_of(sql)
    bound = bind_bodies(SqlBinder(evidence), lambda path: data)
    return {body.subject: body for body in bound}, data


def unknown_in(sql: str, subject: str) -> list[str]:
    """Return the names in one body that nothing creates, as they stand in the file."""
    bodies, data = bodies_of(sql)
    body = bodies[subject]
    assert body.undecided is None
    return [shown(reference, data) for reference in body.references if reference.outcome == "unknown"]


def shown(reference: SqlReference, data: bytes) -> str:
    return data[reference.place.start : reference.place.end].decode()
