"""Files of named queries: which database they speak of."""

from __future__ import annotations

import pytest

from discover.layouts import TABLE, layout_of
from tripoint.sources.discover import Layout
from tripoint.sources.layouts.yaml_subset import read_yaml

QUERY = "-- name: Get :one\nselect id from a where id = $1;"


def queries_of(layout: Layout) -> dict[str, tuple[str, ...]]:
    return {files.database.name: files.queries for files in layout.databases}


@pytest.mark.parametrize(
    "settings",
    [
        {"sqlc.yaml": "version: '2'\nsql:\n  - engine: postgresql\n    schema: m\n    queries: [q, one.sql]\n"},
        {"sqlc.yaml": "sql:\n- schema: m\n  queries:\n  - 'q'\n  - one.sql # the last\n  engine: postgresql\n"},
        {"sqlc.json": '{"version": "1", "packages": [{"schema": "m", "queries": ["./q/*.sql", "one.sql"]}]}'},
    ],
)
def test_sqlc_names_the_queries(settings: dict[str, str]) -> None:
    files = {
        **settings,
        "m/1_a.sql": f"-- +goose Up\n{TABLE}",
        "q/a.sql": QUERY,
        "q/sub/b.sql": "select 1",
        "one.sql": QUERY,
    }
    layout = layout_of(files)
    assert queries_of(layout) == {"default": ("one.sql", "q/a.sql")}
    assert [file.layout for file in layout.databases[0].database.migrations] == ["goose"]


def test_queries_follow_the_schema_beside_which_they_are_named() -> None:
    layout = layout_of(
        {
            "sqlc.yaml": "sql:\n"
            "  - {}\n"
            "  - codegen:\n      - plugin: x\n        out: y\n    engine: postgresql\n"
            "    schema: a/migrations\n    queries: queries/a\n"
            "  - engine: postgresql\n    schema: b/migrations\n    queries: queries/b\n"
            "  - gen:\n      go: {}\n    queries: queries/lite\n    engine: sqlite\n    schema: lite/migrations\n",
            "a/go.mod": "",
            "a/migrations/1_a.sql": TABLE,
            "b/go.mod": "",
            "b/migrations/1_a.sql": TABLE,
            "lite/migrations/1_a.sql": TABLE,
            "queries/a/q.sql": QUERY,
            "queries/b/q.sql": QUERY,
            "queries/lite/q.sql": QUERY,
        }
    )
    assert queries_of(layout) == {"a": ("queries/a/q.sql",), "b": ("queries/b/q.sql",)}


def test_named_queries_need_no_settings() -> None:
    files = {"schema.sql": TABLE, "queries.sql": f"-- users\n{QUERY}", "other.sql": "select 1;", "mysql/q.sql": QUERY}
    assert queries_of(layout_of(files)) == {"default": ("queries.sql",)}


def test_yaml_as_settings_are_written() -> None:
    text = """\
---
version: "2"  # of the format
cloud:
    project: "a#b"
sql:
- schema:
    - one
    - 'two'
  queries: ["a", b,
    c]
  gen:
    go:
      package: "db"
-
  engine: postgresql
plugins: []
"""
    assert read_yaml(text) == {
        "version": "2",
        "cloud": {"project": "a#b"},
        "sql": [
            {"schema": ["one", "two"], "queries": ["a", "b", "c"], "gen": {"go": {"package": "db"}}},
            {"engine": "postgresql"},
        ],
        "plugins": [],
    }


@pytest.mark.parametrize(
    "text",
    [
        "",
        "\n",
        "- - - a",
        "a: b: c",
        ": x",
        "a:\n- b\n c\n  d: [",
        "[" * 5000,
        "- " * 5000,
        "a: " + "[" * 900 + "]" * 900,
    ],
)
def test_yaml_of_any_kind_is_read(text: str) -> None:
    read_yaml(text)


def test_many_comments_before_a_statement_are_read_in_a_moment() -> None:
    banner = "/* part */\n" * 60
    layout = layout_of({"supabase/migrations/1_a.sql": TABLE, "sql/data.sql": f"{banner}insert into a values (1);"})
    assert queries_of(layout) == {"default": ()}
