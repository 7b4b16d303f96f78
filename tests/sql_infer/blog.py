"""The catalog of `schema.sql`, built by hand, so that these tests rest on nothing but the model and the grammar."""

from __future__ import annotations

from tripoint.model.catalog import Argument, Catalog, Column, Composite, Domain, Enum, Function, Schema, Table
from tripoint.model.name import Name


def _columns(text: str) -> dict[str, Column]:
    pairs = (part.strip().split(" ", 1) for part in text.split(";"))
    return {name: Column(name, kind) for name, kind in pairs}


def _function(schema: str, name: str, returns: str, *arguments: Argument) -> tuple[Name, Function]:
    return Name(schema, name), Function(Name(schema, name), arguments, returns)


def catalog() -> Catalog:
    """Return the tables, types and functions that the recorded queries speak of."""
    found = Catalog(schemas={name: Schema(name) for name in ("public", "app")})
    for schema, name, columns in (
        (
            "public",
            "authors",
            (
                "id uuid;name character varying(80);Email public.email;feeling public.mood;born date;scores integer[];"
                "extra jsonb;home app.pair;created_at timestamp(3) with time zone"
            ),
        ),
        (
            "public",
            "posts",
            (
                "id bigint;author_id uuid;title text;views integer;rating numeric(4,2);weight real;tags text[];"
                "body text;created_at timestamp without time zone;"
                "spent interval;meta json;flag boolean;tiny smallint"
            ),
        ),
        ("app", "logs", "id bigint;post_id bigint;at timestamp with time zone;line text"),
    ):
        found.tables[Name(schema, name)] = Table(Name(schema, name), columns=_columns(columns))
    recent = Name("public", "recent")
    found.tables[recent] = Table(recent, "view", _columns("id bigint;title text;since timestamp without time zone"))
    mood, email, pair = Name("public", "mood"), Name("public", "email"), Name("app", "pair")
    found.enums[mood] = Enum(mood, ["sad", "ok"])
    found.domains[email] = Domain(email, "character varying(120)")
    found.composites[pair] = Composite(pair, columns=_columns("a integer;b text"))
    functions = (
        _function("public", "count_posts", "bigint", Argument("who", "uuid")),
        _function(
            "public",
            "search_posts",
            "SETOF public.posts",
            Argument("q", "text"),
            Argument("lim", "integer", default="10"),
        ),
        _function(
            "public",
            "stats",
            "record",
            Argument("since", "date"),
            Argument("total", "bigint", "out"),
            Argument("average", "numeric", "out"),
        ),
        _function(
            "public",
            "totals",
            "TABLE(day date, n bigint)",
            Argument("day", "date", "table"),
            Argument("n", "bigint", "table"),
        ),
        _function("public", "days", "TABLE(day date)", Argument("day", "date", "table")),
        _function("public", "one_post", "public.posts", Argument("which", "bigint")),
        _function("public", "anything", "SETOF record"),
        _function("public", "first_of", "anyelement", Argument("xs", "anyarray")),
        _function("public", "full_name", "text", Argument("a", "public.authors")),
        _function("public", "pick", "integer", Argument("a", "integer")),
        _function("public", "pick", "text", Argument("a", "text")),
        _function("app", "make_pair", "app.pair"),
    )
    for key, function in functions:
        found.functions.setdefault(key, []).append(function)
    return found
