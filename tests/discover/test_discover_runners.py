"""Each runner's migrations, in the order in which it applies them."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from tripoint.config import Config
from tripoint.sources.discover import DatabaseFiles, Layout, OrmSchema, discover
from tripoint.tree import OverlayTree, WorkTree

TABLE = "create table a (id bigint primary key);"


@pytest.fixture(autouse=True)
def in_an_empty_folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)


def layout_of(files: dict[str, str], config: Config | None = None) -> Layout:
    buffers = {path: text.encode() for path, text in files.items()}
    return discover(OverlayTree(WorkTree("."), buffers), config or Config())


def only(layout: Layout) -> DatabaseFiles:
    (files,) = layout.databases
    return files


def applied(layout: Layout) -> list[str]:
    return [file.path for file in only(layout).database.migrations]


def reasons(layout: Layout) -> dict[str, str]:
    return {path: problem.reason for path, problem in layout.problems}


# ---- Supabase

SUPABASE = """
[api]
schemas = ["public", "api"]
extra_search_path = ["extensions"]
auto_expose_new_tables = false
[db.migrations]
schema_paths = ["./schemas/types.sql", "./schemas/*.sql", "./views/*.sql"]
[db.seed]
sql_paths = ["./seeds/*.sql"]
[storage.buckets.avatars]
public = true
[storage.buckets."my files"]
[functions.hello]
verify_jwt = false
"""


def test_supabase() -> None:
    layout = layout_of(
        {
            "supabase/config.toml": SUPABASE,
            "supabase/migrations/20240102000000_b.sql": "",
            "supabase/migrations/20240101000000_a.sql": TABLE,
            "supabase/migrations/notes.sql": TABLE,
            "supabase/migrations/old/20230101000000_x.sql": TABLE,
            "supabase/migrations/20240103000000_c.down.sql": "",
            "supabase/roles.sql": "",
            "supabase/schemas/b.sql": TABLE,
            "supabase/schemas/types.sql": "",
            "supabase/seeds/one.sql": "",
            "supabase/tests/a_test.sql": "",
            "supabase/snippets/x.sql": TABLE,
            "supabase/functions/greet/index.ts": "",
            "supabase/functions/_shared/index.ts": "",
            "supabase/functions/greet/other/index.ts": "",
        }
    )
    files = only(layout)
    assert [(file.path.rpartition("/")[2], file.version) for file in files.database.migrations] == [
        ("roles.sql", None),
        ("20240101000000_a.sql", "20240101000000"),
        ("20240102000000_b.sql", "20240102000000"),
        ("20240103000000_c.down.sql", "20240103000000"),
    ]
    assert files.database.platform == "supabase"
    assert files.database.definition == "migrations"
    assert files.database.migrations_root == "supabase/migrations"
    settings = files.database.settings
    assert settings.exposed_schemas == ("public", "graphql_public", "api")
    assert settings.extra_search_path == ("public", "extensions")
    assert settings.auto_expose_new_tables is False
    assert settings.edge_functions == ("greet", "hello")
    assert settings.place is not None
    assert SUPABASE[settings.place.start : settings.place.end] == "[api]"
    assert files.declarative == ("supabase/schemas/types.sql", "supabase/schemas/b.sql")
    assert files.seeds == ("supabase/seeds/one.sql",)
    assert files.tests == ("supabase/tests/a_test.sql",)
    assert [(bucket.id, bucket.public) for bucket in files.buckets] == [("avatars", True), ("my files", False)]
    places = [bucket.place for bucket in files.buckets]
    assert [SUPABASE[p.start : p.end] for p in places if p] == [
        "[storage.buckets.avatars]",
        '[storage.buckets."my files"]',
    ]
    assert reasons(layout) == {
        "supabase/config.toml": "has an entry in db.migrations.schema_paths that matches no file: ./views/*.sql",
        "supabase/migrations/20240103000000_c.down.sql": "looks like a down migration, but the Supabase CLI "
        "applies every <version>_<name>.sql",
        "supabase/migrations/notes.sql": "is not applied by the Supabase CLI: the name is not <version>_<name>.sql",
        "supabase/migrations/old/20230101000000_x.sql": "is not applied by the Supabase CLI: it stands in a subfolder",
    }


def test_supabase_runs_files_by_their_names() -> None:
    layout = layout_of({f"supabase/migrations/{name}_x.sql": TABLE for name in ("1", "2", "10")})
    assert [path.rpartition("/")[2] for path in applied(layout)] == ["10_x.sql", "1_x.sql", "2_x.sql"]


def test_supabase_reads_names_that_begin_with_a_time() -> None:
    names = ("20240101000000-0b1f.sql", "20240102000000_a.sql", "20240103000000-9c2e.sql")
    layout = layout_of({f"supabase/migrations/{name}": TABLE for name in names})
    assert [path.rpartition("/")[2] for path in applied(layout)] == list(names)
    (said,) = reasons(layout).values()
    assert said.startswith("is not named <version>_<name>.sql and 1 more, so the Supabase CLI skips it")


def test_supabase_without_any_version_is_a_schema_in_the_order_of_its_needs() -> None:
    files = {
        "add_b.sql": "alter table b add c int;",
        "b.sql": "create table b (a int references z);",
        "z.sql": "CREATE TABLE IF NOT EXISTS public.z ();",
    }
    layout = layout_of({f"supabase/migrations/{name}": text for name, text in files.items()})
    assert [path.rpartition("/")[2] for path in applied(layout)] == ["z.sql", "b.sql", "add_b.sql"]
    assert only(layout).database.definition == "declarative"
    assert list(reasons(layout)) == ["supabase/migrations/z.sql"]


def test_supabase_declarative_alone_defines() -> None:
    layout = layout_of({"supabase/schemas/b.sql": TABLE, "supabase/schemas/a/x.sql": TABLE})
    assert applied(layout) == ["supabase/schemas/a/x.sql", "supabase/schemas/b.sql"]
    assert only(layout).database.definition == "declarative"
    assert only(layout).declarative == ()


def test_supabase_settings_alone_are_a_database_without_definition() -> None:
    files = only(layout_of({"supabase/config.toml": "project_id = 'x'", "app.ts": ""}))
    assert files.database.definition == "none"
    assert files.database.settings.exposed_schemas == ("public", "graphql_public")
    assert [file.path for file in files.code] == ["app.ts"]


@pytest.mark.parametrize(
    "text", ["[api", "api = 3", "[api]\nschemas = 3", "[storage]\nbuckets = []", "a = " + "[" * 9000]
)
def test_supabase_settings_that_are_wrong_hide_nothing(text: str) -> None:
    layout = layout_of({"supabase/config.toml": text, "supabase/migrations/1_a.sql": TABLE})
    assert applied(layout) == ["supabase/migrations/1_a.sql"]
    assert only(layout).database.settings.exposed_schemas == ("public", "graphql_public")


# ---- ORMs

PRISMA = 'datasource db {\n  provider = "postgresql"\n  url = env("DATABASE_URL")\n}\n'


def test_prisma() -> None:
    layout = layout_of(
        {
            "packages/db/package.json": "{}",
            "packages/db/prisma/schema.prisma": PRISMA,
            "packages/db/prisma/models/user.prisma": "model User {}",
            "packages/db/prisma/migrations/20240202_b/migration.sql": "",
            "packages/db/prisma/migrations/20240101_a/migration.sql": TABLE,
            "packages/db/prisma/migrations/20240101_a/down.sql": "",
            "packages/db/prisma/migrations/migration_lock.toml": 'provider = "postgresql"',
        }
    )
    files = only(layout)
    assert [file.version for file in files.database.migrations] == ["20240101_a", "20240202_b"]
    assert files.database.root == "packages/db"
    assert files.database.platform == "postgresql"
    assert files.orm == (
        OrmSchema("prisma", "packages/db/prisma/models/user.prisma"),
        OrmSchema("prisma", "packages/db/prisma/schema.prisma"),
    )
    assert list(reasons(layout)) == ["packages/db/prisma/migrations/20240101_a/down.sql"]


def test_prisma_without_migrations_defines_by_its_schema() -> None:
    files = only(layout_of({"prisma/schema.prisma": PRISMA}))
    assert files.database.definition == "orm"
    assert files.database.migrations == ()


def test_prisma_for_another_database_is_said() -> None:
    layout = layout_of(
        {
            "prisma/schema.prisma": PRISMA.replace("postgresql", "mysql"),
            "prisma/migrations/1/migration.sql": "CREATE TABLE `a` (`id` INT);",
        }
    )
    assert layout.databases == ()
    assert reasons(layout) == {
        "prisma/schema.prisma": "is a Prisma schema for mysql, not PostgreSQL: it is not audited"
    }


def journal(*tags: str, dialect: str = "postgresql") -> str:
    return json.dumps(
        {"dialect": dialect, "entries": [{"idx": i, "tag": tag} for i, tag in reversed(list(enumerate(tags)))]}
    )


def test_drizzle_follows_its_journal() -> None:
    layout = layout_of(
        {
            "drizzle.config.ts": "export default { dialect: 'postgresql', schema: ['./src/db/*.ts'] }",
            "src/db/tables.ts": "",
            "src/app.ts": "",
            "drizzle/meta/_journal.json": journal("0000_zebra", "0001_ant", "0002_gone"),
            "drizzle/0000_zebra.sql": TABLE,
            "drizzle/0001_ant.sql": "",
            "drizzle/0009_by_hand.sql": TABLE,
        }
    )
    assert applied(layout) == ["drizzle/0000_zebra.sql", "drizzle/0001_ant.sql"]
    assert only(layout).orm == (OrmSchema("drizzle", "src/db/tables.ts"),)
    assert reasons(layout) == {
        "drizzle/0009_by_hand.sql": "this SQL file stands beside the journal of Drizzle, "
        "which applies only what it lists",
        "drizzle/meta/_journal.json": "lists the migration 0002_gone, which has no file",
    }


def test_drizzle_for_sqlite_is_said() -> None:
    layout = layout_of({"drizzle/meta/_journal.json": journal("0000_a", dialect="sqlite"), "drizzle/0000_a.sql": TABLE})
    assert layout.databases == ()
    assert reasons(layout) == {"drizzle/meta/_journal.json": "is Drizzle for sqlite, not PostgreSQL: it is not audited"}


def test_drizzle_into_supabase_is_one_database() -> None:
    files = only(
        layout_of(
            {
                "drizzle.config.ts": "export default { schema: './db.ts', out: './supabase/migrations' }",
                "db.ts": "",
                "supabase/migrations/meta/_journal.json": journal("20240101000000_a"),
                "supabase/migrations/20240101000000_a.sql": TABLE,
            }
        )
    )
    assert [file.layout for file in files.database.migrations] == ["supabase"]
    assert files.orm == (OrmSchema("drizzle", "db.ts"),)


@pytest.mark.parametrize("text", ["", "[]", '{"entries": 3}', '{"entries": [3, {"idx": "a"}]}', "[" * 9000])
def test_a_damaged_journal_is_no_end(text: str) -> None:
    layout = layout_of({"drizzle/meta/_journal.json": text, "drizzle/0000_a.sql": TABLE, "drizzle/0001_b.sql": TABLE})
    assert layout.problems != ()


# ---- runners with marks or names of their own


def test_golang_migrate_compares_numbers_and_leaves_down_out() -> None:
    names = ["2_b.up.sql", "10_c.up.sql", "1_a.up.sql", "1_a.down.sql", "2_b.down.sql"]
    layout = layout_of({"go.mod": "", **{f"db/migrations/{name}": TABLE for name in names}})
    assert [path.rpartition("/")[2] for path in applied(layout)] == ["1_a.up.sql", "2_b.up.sql", "10_c.up.sql"]
    assert only(layout).database.migrations[0].layout == "golang-migrate"
    assert layout.problems == ()


@pytest.mark.parametrize("mark", ["-- no-transaction", "-- postgres-migrations disable-transaction"])
@pytest.mark.parametrize("suffix", [".sql", ".up.sql"])
def test_a_first_line_that_asks_for_no_transaction(mark: str, suffix: str) -> None:
    layout = layout_of({f"migrations/1_a{suffix}": TABLE, f"migrations/2_b{suffix}": f"{mark}\n{TABLE}"})
    assert [file.transaction for file in only(layout).database.migrations] == [True, False]


@pytest.mark.parametrize(
    ("layout_name", "first", "second", "transaction"),
    [
        (
            "goose",
            f"-- +goose Up\n{TABLE}\n-- +goose Down\ndrop table a;",
            "-- +goose NO TRANSACTION\n-- +goose Up\n",
            False,
        ),
        ("dbmate", f"-- migrate:up\n{TABLE}\n-- migrate:down\n", "-- migrate:up transaction:false\n", False),
        ("sql-migrate", f"-- +migrate Up\n{TABLE}", "-- +migrate Up notransaction\n", False),
        ("tern", f"{TABLE}\n---- create above / drop below ----\n", "---- create above / drop below ----", True),
        ("node-pg-migrate", f"-- Up Migration\n{TABLE}\n-- Down Migration", "-- Up Migration\n", True),
    ],
)
def test_marked_files(layout_name: str, first: str, second: str, transaction: bool) -> None:
    layout = layout_of({"db/m/001_a.sql": first, "db/m/002_b.sql": second, "db/m/notes.sql": "select 1;"})
    migrations = only(layout).database.migrations
    assert [(file.path, file.version, file.layout) for file in migrations] == [
        ("db/m/001_a.sql", "001", layout_name),
        ("db/m/002_b.sql", "002", layout_name),
    ]
    assert [file.transaction for file in migrations] == [True, transaction]
    assert list(reasons(layout)) == ["db/m/notes.sql"]


def test_flyway_orders_by_version_then_repeatable() -> None:
    names = [
        "V1__a.sql",
        "V1.10__c.sql",
        "V1_2__b.sql",
        "V2__d.sql",
        "R__views.sql",
        "R__a.sql",
        "U2__d.sql",
        "afterMigrate__views.sql",
        "afterMigrate.sql",
        "beforeMigrate.sql",
        "afterMigrateError.sql",
    ]
    base = "src/main/resources/db/migration"
    layout = layout_of({"pom.xml": "", **{f"{base}/{name}": TABLE for name in names}})
    assert [path.rpartition("/")[2] for path in applied(layout)] == [
        "beforeMigrate.sql",
        "V1__a.sql",
        "V1_2__b.sql",
        "V1.10__c.sql",
        "V2__d.sql",
        "R__a.sql",
        "R__views.sql",
        "afterMigrate.sql",
        "afterMigrate__views.sql",
    ]
    assert reasons(layout) == {f"{base}/afterMigrateError.sql": "is a callback of Flyway, which is not read"}


def test_flyway_runs_callbacks_of_a_location_of_their_own() -> None:
    base = "src/main/resources/db"
    layout = layout_of(
        {
            "pom.xml": "",
            f"{base}/migration/V1__a.sql": TABLE,
            f"{base}/views/afterMigrate__v.sql": "create view v as select 1;",
        }
    )
    assert applied(layout) == [f"{base}/migration/V1__a.sql", f"{base}/views/afterMigrate__v.sql"]
    assert layout.problems == ()


def test_flyway_starts_from_the_latest_baseline() -> None:
    names = ["V1__a.sql", "V2__b.sql", "B2__base.sql", "V3__c.sql"]
    layout = layout_of({f"db/migration/{name}": TABLE for name in names})
    assert [path.rpartition("/")[2] for path in applied(layout)] == ["B2__base.sql", "V3__c.sql"]


def test_flyway_with_a_folder_for_each_database() -> None:
    layout = layout_of({f"db/migration/{vendor}/V1__a.sql": TABLE for vendor in ("postgresql", "h2", "mysql")})
    assert applied(layout) == ["db/migration/postgresql/V1__a.sql"]
    assert len(layout.problems) == 2


def test_flyway_with_a_folder_for_each_of_several_databases() -> None:
    layout = layout_of(
        {
            "db/main/V1__a.sql": TABLE,
            "db/main/V2__b.sql": "create table b (id int);",
            "db/indexer/V2__b.sql": "create table b (id int);",
            "db/ledger/V001__c.sql": "create table c (id int);",
        }
    )
    histories = {files.database.root: [f.path for f in files.database.migrations] for files in layout.databases}
    assert histories == {
        "": ["db/main/V1__a.sql", "db/main/V2__b.sql"],
        "db/indexer": ["db/indexer/V2__b.sql"],
        "db/ledger": ["db/ledger/V001__c.sql"],
    }


def test_up_and_down_scripts_whose_version_begins_with_v() -> None:
    layout = layout_of({f"storage/migrations/V{n}.Step.{way}.sql": TABLE for n in ("0002", "0010") for way in WAYS})
    assert applied(layout) == ["storage/migrations/V0002.Step.up.sql", "storage/migrations/V0010.Step.up.sql"]
    assert [file.version for file in only(layout).database.migrations] == ["0002", "0010"]


WAYS = ("up", "down")


def test_a_folder_for_each_release_is_one_history() -> None:
    files = {
        "0.9/00__a.sql": TABLE,
        "0.10/00__b.sql": "create table b (id int);",
        "0.10/01__c.sql": "create view c as select 1;",
    }
    layout = layout_of({f"store/migration/postgres/{name}": text for name, text in files.items()})
    assert [path.removeprefix("store/migration/postgres/") for path in applied(layout)] == list(files)
    assert reasons(layout) == {}


def test_releases_that_lead_up_to_a_file_beside_them_define_nothing() -> None:
    later = {"0.9/00__a.sql": "alter table a add b int;", "1.0/00__c.sql": "create table c (id int);"}
    layout = layout_of(
        {"migration/LATEST.sql": TABLE + "create table c (id int);"} | {f"migration/{n}": t for n, t in later.items()}
    )
    assert applied(layout) == ["migration/LATEST.sql"]
    assert list(reasons(layout)) == ["migration/0.9/00__a.sql"]


def test_a_history_of_sqlite_is_told_by_the_few_files_that_say_so() -> None:
    neutral = {f"migrations/{n}_more.sql": f"create table t{n} (id integer primary key, held jsonb);" for n in range(5)}
    told = {"migrations/7_seen.sql": "create table seen (at integer not null default (unixepoch()));"}
    layout = layout_of(neutral | told)
    assert not layout.databases
    assert [r for r in reasons(layout).values() if "SQLite" in r]
    assert applied(layout_of(neutral | {"migrations/7_seen.sql": "create table seen (at timestamptz);"}))


def test_sqitch_follows_its_plan() -> None:
    plan = """%syntax-version=1.0.0
%project=shop

schema 2024-01-01T00:00:00Z A <a@example.org> # first
users [schema] 2024-01-02T00:00:00Z A <a@example.org>
@v1 2024-01-03T00:00:00Z A <a@example.org>
@v1.1 2024-01-03T00:00:00Z A <a@example.org>

users [users@v1] 2024-01-04T00:00:00Z A <a@example.org>
nested/gone 2024-01-05T00:00:00Z A <a@example.org>
"""
    layout = layout_of(
        {
            "sqitch.conf": "[core]\n\tengine = pg\n",
            "sqitch.plan": plan,
            "deploy/schema.sql": TABLE,
            "deploy/users.sql": TABLE,
            "deploy/users@v1.1.sql": TABLE,
            "deploy/stray.sql": TABLE,
            "revert/schema.sql": "drop table a;",
            "verify/schema.sql": "select 1;",
        }
    )
    assert applied(layout) == ["deploy/schema.sql", "deploy/users@v1.1.sql", "deploy/users.sql"]
    assert reasons(layout) == {
        "sqitch.plan": "lists the change nested/gone, which has no deploy/nested/gone.sql",
        "deploy/stray.sql": "is not applied by Sqitch: the plan does not list it",
    }


def test_sqitch_for_another_engine_is_said() -> None:
    layout = layout_of({"sqitch.conf": "[core]\nengine = mysql", "sqitch.plan": "a x", "deploy/a.sql": TABLE})
    assert layout.databases == ()
    assert len(layout.problems) == 1


def test_hasura_and_diesel_have_a_folder_for_each_migration() -> None:
    hasura = layout_of({f"migrations/default/{v}/{n}.sql": TABLE for v in ("170_a", "171_b") for n in ("up", "down")})
    assert applied(hasura) == ["migrations/default/170_a/up.sql", "migrations/default/171_b/up.sql"]
    assert [file.version for file in only(hasura).database.migrations] == ["170", "171"]
    names = ["2024-01-31-120000_a", "20240201000000_b", "2024-02-02-000000_c"]
    diesel = layout_of({"diesel.toml": "", **{f"migrations/{name}/up.sql": TABLE for name in reversed(names)}})
    assert applied(diesel) == [f"migrations/{name}/up.sql" for name in names]
    assert {f.layout for f in only(diesel).database.migrations} == {"diesel"}
    assert only(diesel).database.migrations[0].version == "20240131120000"


def test_atlas() -> None:
    layout = layout_of({"m/atlas.sum": "h1:", "m/20240102_b.sql": "", "m/20240101_a.sql": TABLE})
    assert [(f.path, f.layout) for f in only(layout).database.migrations] == [
        ("m/20240101_a.sql", "atlas"),
        ("m/20240102_b.sql", "atlas"),
    ]


def test_numbered_files() -> None:
    layout = layout_of(
        {
            "db/migrations/2-b.sql": "alter table a add b int;",
            "db/migrations/10.sql": "",
            "db/migrations/1-a.sql": TABLE,
            "db/migrations/1-a.rollback.sql": "drop table a;",
            "db/migrations/seed.sql": "insert into a values (1);",
            "db/migrations/archive/0-old.sql": TABLE,
            "db/migrations/archive_2024/0-older.sql": TABLE,
            "db/seeds/1-a.sql": TABLE,
        }
    )
    assert applied(layout) == ["db/migrations/1-a.sql", "db/migrations/2-b.sql", "db/migrations/10.sql"]
    assert set(reasons(layout)) == {
        "db/migrations/seed.sql",
        "db/migrations/archive/0-old.sql",
        "db/migrations/archive_2024/0-older.sql",
        "db/seeds/1-a.sql",
    }


def test_numbered_queries_are_no_migrations() -> None:
    layout = layout_of({"db/reports/1_a.sql": "select 1;", "db/reports/2_b.sql": "select 2;"})
    assert layout.databases == ()
    assert layout.problems == ()


def test_what_asks_about_definitions_defines_nothing() -> None:
    check = "select position('CREATE FUNCTION f' in d) > 0 from (select 'x' as d) t;"
    files = {"db/migrations/1_a.sql": TABLE, "db/migrations/2_b.sql": TABLE.replace(" a ", " b ")}
    layout = layout_of({**files, "ops/checks/1_a.sql": check, "ops/checks/2_b.sql": check})
    assert applied(layout) == ["db/migrations/1_a.sql", "db/migrations/2_b.sql"]


def test_graphile_migrate_applies_what_is_committed() -> None:
    layout = layout_of({"migrations/committed/000001.sql": TABLE, "migrations/current/1-current.sql": TABLE})
    assert applied(layout) == ["migrations/committed/000001.sql"]
    assert list(reasons(layout)) == ["migrations/current/1-current.sql"]


# ---- no runner


@pytest.mark.parametrize(
    "settings",
    [
        {"sqlc.yaml": "version: 2\nsql:\n  - engine: postgresql\n    queries: q\n    schema:\n      - 'db/tables'\n"},
        {"sqlc.yaml": 'packages:\n  - path: out\n    schema: "./db/tables"  # x\n    engine: postgresql\n'},
        {"sqlc.yml": "sql:\n- schema: [db/tables]\n  engine: postgresql\n- schema: db/lite\n  engine: sqlite\n"},
        {"sqlc.json": '{"sql": [{"engine": "postgresql", "schema": ["db/tables"]}]}'},
    ],
)
def test_sqlc(settings: dict[str, str]) -> None:
    layout = layout_of({**settings, "db/tables/a.sql": TABLE, "q/a.sql": "select 1;"})
    assert [(f.path, f.version, f.layout) for f in only(layout).database.migrations] == [
        ("db/tables/a.sql", None, "sqlc")
    ]
    assert only(layout).database.definition == "declarative"


def test_sqlc_says_which_database_numbered_files_are_for() -> None:
    layout = layout_of(
        {"sqlc.yaml": "sql:\n  - engine: sqlite\n    schema: db/migrations\n", "db/migrations/1_a.sql": TABLE}
    )
    assert layout.databases == ()
    assert "sqlite" in layout.problems[0][1].reason


def test_rails_structure() -> None:
    layout = layout_of(
        {
            "Gemfile": "",
            "db/structure.sql": TABLE,
            "db/migrate/20240101000000_a.rb": "class A < ActiveRecord::Migration[7.1]\nend",
        }
    )
    assert only(layout).database.definition == "dump"
    assert applied(layout) == ["db/structure.sql"]
    assert "Rails" in reasons(layout)["db/migrate/20240101000000_a.rb"]


def test_migrations_that_a_structure_holds_need_no_word() -> None:
    migration = "class A < ActiveRecord::Migration[7.1]\nend"
    recorded = "INSERT INTO \"schema_migrations\" (version) VALUES\n('20240101000000');\n"
    layout = layout_of(
        {
            "Gemfile": "",
            "db/structure.sql": f"{TABLE}\n{recorded}",
            "db/migrate/20240101000000_a.rb": migration,
            "db/migrate/20240201000000_b.rb": migration,
        }
    )
    assert list(reasons(layout)) == ["db/migrate/20240201000000_b.rb"]
    assert only(layout).code_migrations == ("db/migrate/20240201000000_b.rb",)


def test_many_folders_of_loose_sql_are_told_by_the_one_above() -> None:
    loose = {f"sql/part{number}/notes.sql": TABLE for number in range(8)}
    layout = layout_of({"db/migrations/001_a.sql": TABLE, **loose})
    said = [reason for path, reason in reasons(layout).items() if path.startswith("sql/")]
    assert len(said) <= 5
    assert any("such files in sql)" in reason for reason in said)


def test_a_dump_goes_before_a_schema_file() -> None:
    layout = layout_of({"db/schema.sql": TABLE, "db/all.sql": f"--\n-- PostgreSQL database dump\n--\n{TABLE}"})
    assert applied(layout) == ["db/all.sql"]
    assert only(layout).database.definition == "dump"
    assert list(reasons(layout)) == ["db/schema.sql"]


def test_a_schema_file_beside_migrations_is_a_dump() -> None:
    files = only(layout_of({"db/schema.sql": TABLE, "db/migrations/1_a.sql": TABLE, "data/init.sql": TABLE}))
    assert [file.path for file in files.database.migrations] == ["db/migrations/1_a.sql"]
    assert "db/schema.sql" in files.dumps


def test_a_containers_scripts() -> None:
    layout = layout_of(
        {
            "docker-compose.yml": "    volumes:\n      - ./pg/start:/docker-entrypoint-initdb.d:ro\n",
            "pg/start/b.sql": TABLE,
            "pg/start/a.sql": "create extension citext;",
        }
    )
    assert applied(layout) == ["pg/start/a.sql", "pg/start/b.sql"]


def test_other_databases_by_their_text() -> None:
    mysql = "CREATE TABLE `a` (`id` INT AUTO_INCREMENT PRIMARY KEY) ENGINE=InnoDB;"
    sqlite = "CREATE TABLE a (id INTEGER PRIMARY KEY AUTOINCREMENT);"
    layout = layout_of(
        {"one/migrations/1_a.sql": mysql, "two/migrations/1_a.sql": sqlite, "three/migrations/1_a.sql": TABLE}
    )
    assert [files.database.root for files in layout.databases] == ["three"]
    assert ["MySQL" in text or "SQLite" in text for text in reasons(layout).values()] == [True, True]


@pytest.mark.parametrize(
    ("path", "text", "name"),
    [
        ("shop/migrations/0001_initial.py", "class M(migrations.Migration): pass", "Django"),
        ("migrations/20240101000000_a.js", "exports.up = (knex) => knex.schema.createTable('a')", "Knex"),
        ("src/migrations/1700000000000-A.ts", "class A implements MigrationInterface {}", "TypeORM"),
        ("db/migrations/001_a.go", 'import "github.com/pressly/goose/v3"', "goose (Go)"),
        ("priv/repo/migrations/20240101000000_a.exs", "use Ecto.Migration", "Ecto"),
    ],
)
def test_migrations_in_code_are_named(path: str, text: str, name: str) -> None:
    layout = layout_of({path: text})
    assert layout.databases == ()
    assert f"a migration of {name} in code" in reasons(layout)[path]


def test_sql_that_nobody_applies_is_named_once_a_folder() -> None:
    layout = layout_of({"ops/a.sql": TABLE, "ops/b.sql": TABLE, "ops/c.sql": "select 1;"})
    assert layout.databases == ()
    assert "2 such files in ops" in reasons(layout)["ops/a.sql"]


def test_nothing_at_all() -> None:
    assert layout_of({}) == Layout()


# ---- order


def test_releases_as_versions() -> None:
    names = ["00.10.00_01_a.sql", "00.9.00_01_b.sql", "00.10.00_02_c.sql", "1.0_d.sql"]
    layout = layout_of({f"migrations/{name}": TABLE for name in names})
    assert [(f.path.rpartition("/")[2], f.version) for f in only(layout).database.migrations] == [
        ("00.9.00_01_b.sql", "00.9.00_01"),
        ("00.10.00_01_a.sql", "00.10.00_01"),
        ("00.10.00_02_c.sql", "00.10.00_02"),
        ("1.0_d.sql", "1.0"),
    ]


def test_folders_of_migrations_go_by_their_versions_however_they_are_written() -> None:
    folders = ["2017-09-23-191545_b", "20170804200817_a", "2025-11-19-091444-0000_c"]
    layout = layout_of({"diesel.toml": "", **{f"migrations/{folder}/up.sql": TABLE for folder in folders}})
    assert [f.version for f in only(layout).database.migrations] == [
        "20170804200817",
        "20170923191545",
        "202511190914440000",
    ]


def test_a_schema_with_a_folder_for_each_kind_of_object() -> None:
    layout = layout_of(
        {
            "lib/database/extensions.sql": "create extension citext;",
            "lib/database/policies/a.sql": "alter table a enable row level security;",
            "lib/database/tables/a.sql": TABLE,
            "lib/database/tables/b.sql": TABLE,
            "lib/database/functions/f.sql": "create function f() returns int language sql as $$ select 1 $$;",
            "lib/database/seeds/a.sql": "insert into a values (1);",
        }
    )
    assert applied(layout) == [
        "lib/database/extensions.sql",
        "lib/database/tables/a.sql",
        "lib/database/tables/b.sql",
        "lib/database/functions/f.sql",
        "lib/database/policies/a.sql",
    ]


# ---- Several histories


def test_scripts_that_migrations_were_made_of_are_no_history_of_their_own() -> None:
    files = {
        "package.json": "{}",
        "sqls/01_notes.sql": "CREATE TABLE public.notes (id bigint);",
        "sqls/02_more.sql": "alter table notes add column title text;",
        "supabase/migrations/20250101000000_notes.sql": 'create table "notes" (id bigint);',
        "supabase/migrations/20250102000000_tags.sql": "create table tags (id bigint);",
    }
    layout = layout_of(files)
    assert applied(layout) == [path for path in files if path.startswith("supabase/")]
    assert only(layout).loose == ("sqls/01_notes.sql", "sqls/02_more.sql")
    assert "not read" in reasons(layout)["sqls/01_notes.sql"]
    files["sqls/03_own.sql"] = "create table shelves (id bigint);"
    assert len(applied(layout_of(files))) == 5


def test_files_of_no_known_runner_come_after_the_history_that_makes_more() -> None:
    files = {
        "package.json": "{}",
        "scripts/migrations/003_faster.sql": "create index on notes (id); create table jobs (id bigint);",
        "supabase/migrations/001_notes.sql": "create table notes (id bigint);",
        "supabase/migrations/002_tags.sql": "create table tags (id bigint);",
    }
    layout = layout_of(files)
    assert applied(layout) == [*list(files)[2:], "scripts/migrations/003_faster.sql"]
    assert only(layout).database.unordered == ("supabase/migrations", "scripts/migrations")


def test_a_history_in_a_folder_of_its_own_inside_supabase() -> None:
    files = {
        "package.json": "{}",
        "supabase/migrations/20250101000000_notes.sql": TABLE,
        "supabase/control/migrations/0001_init.sql": "create table control.tenants (id bigint);",
        "supabase/archive/migrations/0001_init.sql": "create table older (id bigint);",
        "supabase/functions/send/migrations/0001_init.sql": "create table sent (id bigint);",
    }
    layout = layout_of(files)
    assert sorted(applied(layout)) == sorted(list(files)[1:3])
    assert "2 histories" in next(reason for reason in reasons(layout).values() if "histories" in reason)


def test_histories_that_begin_alike_hold_no_copies() -> None:
    files = {
        "package.json": "{}",
        "migrations/one/0001-initial.sql": "select 1;",
        "migrations/one/0002-notes.sql": TABLE,
        "migrations/one/0003-more.sql": "create table more (id bigint);",
        "migrations/one/0004-last.sql": "create table last (id bigint);",
        "migrations/two/0001-initial.sql": "create table tenants (id bigint);",
        "migrations/two/0002-size.sql": "alter table tenants add column size bigint;",
        "migrations/two/0003-flag.sql": "alter table tenants add column flag boolean;",
    }
    layout = layout_of(files)
    assert sorted(applied(layout)) == list(files)[1:]
    assert not any("copies" in reason for reason in reasons(layout).values())


def test_a_file_that_stands_in_two_histories_is_read_once() -> None:
    files = {
        "package.json": "{}",
        "db/migrations/20250101000000_notes.sql": TABLE,
        "db/migrations/20250102000000_more.sql": "create table more (id bigint);",
        "db/migrations/20250103000000_last.sql": "create table last (id bigint);",
        "supabase/migrations/20250101000000_notes.sql": TABLE,
        "supabase/migrations/20250104000000_own.sql": "create table own (id bigint);",
    }
    layout = layout_of(files)
    expected = [path for path in files if path.endswith(".sql")]
    expected.remove("supabase/migrations/20250101000000_notes.sql")
    assert applied(layout) == expected
    assert "copies of migrations in db/migrations" in reasons(layout)["supabase/migrations/20250101000000_notes.sql"]


@pytest.mark.parametrize(
    "manifest, text",
    [
        ("requirements.txt", "supabase==2.4.0\nfastapi\n"),
        ("package.json", '{"dependencies": {"@nuxtjs/supabase": "^1.2.0"}}'),
        ("package.json", '{"dependencies": {"@supabase/auth-helpers-nextjs": "^0.8.0"}}'),
    ],
)
def test_a_client_that_the_code_depends_on_says_which_platform_it_is(manifest: str, text: str) -> None:
    assert only(layout_of({manifest: text, "schema.sql": TABLE})).database.platform == "supabase"
    assert only(layout_of({manifest: "{}", "schema.sql": TABLE})).database.platform == "postgresql"


def test_links_that_lead_nowhere_are_said_once(tmp_path: Path) -> None:
    for name in ("a", "b", "c"):
        (tmp_path / name).symlink_to("/nowhere/LICENSE")
    (tmp_path / "schema.sql").write_text(TABLE)
    layout = discover(WorkTree(tmp_path), Config())
    assert reasons(layout) == {"a": "is a link that leaves the project, as are 2 more"}
