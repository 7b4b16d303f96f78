"""What the settings say of the databases of a project goes before what its folders say."""

from __future__ import annotations

import pytest

from discover.layouts import MONOREPO, TABLE, code_of, layout_of
from tripoint.config import Config, ConfigError, DatabaseConfig


def test_configured_databases_are_the_only_ones() -> None:
    config = Config(
        databases=(
            DatabaseConfig("shop", "apps/shop", "postgresql", exposed_schemas=("api",), default_schema="api"),
            DatabaseConfig("jobs", "services/jobs", migrations="services/jobs/migrations", code=("libs/**",)),
        )
    )
    layout = layout_of({**MONOREPO, "other/schema.sql": TABLE}, config)
    shop, jobs = sorted(layout.databases, key=lambda files: files.database.name, reverse=True)
    assert (shop.database.name, shop.database.platform, shop.default_schema) == ("shop", "postgresql", "api")
    assert shop.database.settings.exposed_schemas == ("api",)
    assert [file.path for file in shop.database.migrations] == ["apps/shop/supabase/migrations/1_a.sql"]
    assert [file.path for file in jobs.code] == ["libs/util.ts"]
    assert [file.layout for file in jobs.database.migrations] == ["up-and-down"]


def test_an_entry_is_the_database_that_is_called_so_without_it() -> None:
    entries = (DatabaseConfig("apps/shop", documents=("README.md",)), DatabaseConfig("services/jobs"))
    layout = layout_of(MONOREPO, Config(databases=entries))
    assert [(files.database.root, len(files.database.migrations)) for files in layout.databases] == [
        ("apps/shop", 1),
        ("services/jobs", 1),
    ]
    assert "README.md" in layout.databases[0].documents
    assert code_of(layout) == code_of(layout_of(MONOREPO))


def test_a_folder_that_no_runner_explains_can_be_named() -> None:
    files = {"sql/b.sql": TABLE, "sql/a.sql": "create type t as enum ();", "sql/x.down.sql": ""}
    layout = layout_of(files, Config(databases=(DatabaseConfig("default", migrations="sql"),)))
    (found,) = layout.databases
    assert [file.path for file in found.database.migrations] == ["sql/a.sql", "sql/b.sql"]
    single = layout_of(files, Config(databases=(DatabaseConfig("default", migrations="sql/b.sql"),)))
    assert [file.path for file in single.databases[0].database.migrations] == ["sql/b.sql"]
    declared = layout_of(files, Config(databases=(DatabaseConfig("default", declarative=("sql/b.sql", "sql/*.sql")),)))
    assert declared.databases[0].database.migrations[0].path == "sql/b.sql"
    assert declared.databases[0].database.definition == "declarative"


@pytest.mark.parametrize(
    "entry, said",
    [
        (
            DatabaseConfig("default", migrations="db/moved"),
            "databases[1].migrations leads nowhere: there is no db/moved; migrations are in db/migrations",
        ),
        (DatabaseConfig("default", migrations="src"), "names no migrations and no schema that can be read: src"),
        (DatabaseConfig("default", root="gone"), "databases[1].root leads nowhere: there is no folder gone"),
        (DatabaseConfig("default", declarative=("schemas/*.sql",)), "declarative names no SQL file: schemas/*.sql"),
        (DatabaseConfig("default", code=("lib/**", "web/**")), "databases[1].code names no file: lib/**, web/**"),
        (DatabaseConfig("default", documents=("docs/*.md",)), "databases[1].documents names no file: docs/*.md"),
    ],
)
def test_settings_that_lead_nowhere_are_an_error(entry: DatabaseConfig, said: str) -> None:
    files = {"src/a.ts": "", "db/migrations/1_a.sql": TABLE, "db/migrations/2_b.sql": ""}
    with pytest.raises(ConfigError) as raised:
        layout_of(files, Config("tripoint.toml", (entry,)))
    assert said in str(raised.value)


def test_of_several_globs_one_that_names_nothing_is_said() -> None:
    files = {"src/a.ts": "", "db/migrations/1_a.sql": TABLE}
    layout = layout_of(files, Config("tripoint.toml", (DatabaseConfig("default", code=("src/**", "lib/**")),)))
    (said,) = (problem.reason for path, problem in layout.problems if path == "tripoint.toml")
    assert said == "databases[1].code names no file: lib/**"


def test_entries_by_name_alone_are_the_databases_that_are_called_so() -> None:
    files = {**MONOREPO, "supabase/migrations/1_c.sql": TABLE}
    names = ("default", "apps/shop", "services/jobs")
    layout = layout_of(files, Config(databases=tuple(map(DatabaseConfig, names))))
    assert {files.database.name: files.database.root for files in layout.databases} == {
        "default": "",
        "apps/shop": "apps/shop",
        "services/jobs": "services/jobs",
    }
    with pytest.raises(ConfigError, match=r"no database is called apps/moved \(found were .*apps/shop"):
        layout_of(files, Config(databases=(DatabaseConfig("default"), DatabaseConfig("apps/moved"))))
    elsewhere = layout_of(files, Config(databases=(DatabaseConfig("default"), DatabaseConfig("x", code=("libs/**",)))))
    assert [(files.database.name, files.database.definition) for files in elsewhere.databases] == [
        ("default", "migrations"),
        ("x", "none"),
    ]


# ---- bad input
