"""Each runner's migrations, in the order in which it applies them."""

from __future__ import annotations

import pytest

from discover.layouts import TABLE, applied, layout_of, only, reasons

# ---- runners with marks or names of their own


def test_golang_migrate_compares_numbers_and_leaves_down_out() -> None:
    names = ["2_b.up.sql", "10_c.up.sql", "1_a.up.sql", "1_a.down.sql", "2_b.down.sql"]
    asked = {"go.mod": "require github.com/golang-migrate/migrate/v4 v4.17.0"}
    layout = layout_of(asked | {f"db/migrations/{name}": TABLE for name in names})
    assert [path.rpartition("/")[2] for path in applied(layout)] == ["1_a.up.sql", "2_b.up.sql", "10_c.up.sql"]
    assert only(layout).database.migrations[0].layout == "golang-migrate"
    assert layout.problems == ()
    by_name = layout_of({"go.mod": "", **{f"db/migrations/{name}": TABLE for name in names}})
    assert {file.layout for file in only(by_name).database.migrations} == {"up-and-down"}
    assert applied(by_name) == applied(layout)


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


def test_tern_applies_a_file_without_a_way_back() -> None:
    marked = f"{TABLE}\n---- create above / drop below ----\n"
    layout = layout_of({"db/m/001_a.sql": marked, "db/m/002_b.sql": TABLE, "db/m/notes.sql": "select 1;"})
    assert applied(layout) == ["db/m/001_a.sql", "db/m/002_b.sql"]
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
        "afterMigrateApplied__grants.sql",
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
        "afterMigrateApplied__grants.sql",
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
            ".made/discarded_migrations/20250513172937_a.sql": TABLE,
            "db/seeds/1-a.sql": TABLE,
        }
    )
    assert applied(layout) == ["db/migrations/1-a.sql", "db/migrations/2-b.sql", "db/migrations/10.sql"]
    assert set(reasons(layout)) == {
        "db/migrations/seed.sql",
        "db/migrations/archive/0-old.sql",
        "db/migrations/archive_2024/0-older.sql",
        ".made/discarded_migrations/20250513172937_a.sql",
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


def test_liquibase_is_told_by_the_text_of_any_file_below_its_folders() -> None:
    change = "databaseChangeLog:\n  - changeSet:\n      id: 1\n"
    layout = layout_of({"db/changelog/000-all.yaml": change, "db/changelog/001-first.yaml": change, "a.sql": TABLE})
    assert "is a migration of Liquibase in code, as is 1 more (db/changelog)" in str(reasons(layout))


@pytest.mark.parametrize(
    ("path", "text"),
    [
        ("src/main/resources/application.properties", "spring.flyway.schemas=fleet,audit\n"),
        ("src/main/resources/application.yml", "spring:\n  flyway:\n    default-schema: ${SCHEMA:fleet}\n"),
        ("src/main/resources/application.yaml", "spring:\n  flyway:\n    schemas: [fleet, audit]\n"),
        ("flyway.conf", "flyway.url=jdbc:postgresql://x/y\nflyway.defaultSchema=fleet\nflyway.schemas=audit\n"),
        ("flyway.toml", '[flyway]\nschemas = ["fleet"]\n'),
        ("build.gradle", "flyway {\n    schemas = ['fleet']\n}\n"),
        ("pom.xml", "<plugin>flyway<schemas><schema>fleet</schema></schemas></plugin>"),
    ],
)
def test_flyway_works_in_the_schema_that_it_is_told(path: str, text: str) -> None:
    layout = layout_of({"src/main/resources/db/migration/V1__a.sql": TABLE, path: text})
    files = only(layout)
    assert (files.database.begun_in, files.default_schema) == ((path, "fleet"), "fleet")
    bare = {"src/main/resources/db/migration/20250101__a.sql": TABLE, path: text}
    assert only(layout_of(bare)).database.begun_in == (path, "fleet")
    unsaid = layout_of({"src/main/resources/db/migration/V1__a.sql": TABLE, path: text.replace("fleet", "public")})
    assert only(unsaid).database.begun_in is None


def test_sqitch_keeps_its_plan_apart_from_its_scripts() -> None:
    layout = layout_of(
        {
            "sqitch.conf": "[core]\n  engine = pg\n  plan_file = sqitch.plan\n  top_dir = db\n",
            "sqitch.plan": "%project=fleet\nships\nharbours\n",
            "db/deploy/harbours.sql": TABLE,
            "db/deploy/ships.sql": TABLE,
            "db/revert/ships.sql": "DROP TABLE a;",
        }
    )
    assert applied(layout) == ["db/deploy/ships.sql", "db/deploy/harbours.sql"]
    assert layout.problems == ()


@pytest.mark.parametrize(
    ("path", "text", "runner"),
    [
        ("migration/src/m2022_create.rs", "impl MigrationTrait for Migration {}", "SeaORM"),
        ("migrations/20250101_first.go", 'import "github.com/uptrace/bun"', "bun"),
        ("db/migrations.go", 'import "github.com/go-gormigrate/gormigrate/v2"', "gormigrate"),
        ("migrations/20250101000000_a.up.fizz", 'create_table("a") {\n  t.Column("id", "uuid")\n}', "Pop"),
        ("migrations/Version20250101000000.php", "final class V extends AbstractMigration {}", "Doctrine"),
        ("db/migrations/020_nests.py", 'run("ALTER TABLE nests ADD height int")', "the application's own runner"),
    ],
)
def test_migrations_in_code_that_no_reader_is_there_for(path: str, text: str, runner: str) -> None:
    assert f"is a migration of {runner} in code" in str(reasons(layout_of({path: text, "schema.sql": TABLE})))


def test_a_whole_schema_that_says_which_revisions_it_sums_up() -> None:
    folder = "store/upgrades"
    layout = layout_of(
        {
            f"{folder}/00-latest.sql": f"-- v0 -> v3 (compatible with v2+): Latest revision\n{TABLE}",
            f"{folder}/02-old.sql": f"-- v2: Add it\n{TABLE}",
            f"{folder}/03-older.sql": f"-- v3: Add it\n{TABLE}",
            f"{folder}/04-new.sql": "-- v4: Add more\nALTER TABLE a ADD b int;",
        }
    )
    assert applied(layout) == [f"{folder}/00-latest.sql", f"{folder}/04-new.sql"]
    said = (
        f"brings an older database up to {folder}/00-latest.sql, which a new one begins with, as does 1 more: not read"
    )
    assert reasons(layout) == {f"{folder}/02-old.sql": said}


@pytest.mark.parametrize("other", ["02-b.sqlite.sql", "02-b.sql"])
def test_a_file_for_another_system_beside_those_for_postgresql(other: str) -> None:
    names = ("01-a.sql", "02-b.postgres.sql", other, "03-c.sql")
    layout = layout_of({f"migrations/{name}": TABLE for name in names})
    assert [path.rpartition("/")[2] for path in applied(layout)] == [names[0], names[1], names[3]]
    assert "for another database system by its name" in reasons(layout)[f"migrations/{other}"]


# ---- Liquibase


_FORMATTED = "--liquibase formatted sql\n--changeset me:1\ncreate table {} (id bigint);\n"


def test_liquibases_sql_follows_the_changelogs() -> None:
    top = "src/main/resources/db"
    layout = layout_of(
        {
            "pom.xml": "<project/>",
            f"{top}/master.yaml": "databaseChangeLog:\n  - include:\n      file: /db/late/b.sql\n"
            "  - include:\n      relativeToChangelogFile: true\n      file: more/list.xml\n",
            f"{top}/late/b.sql": _FORMATTED.format("b"),
            f"{top}/more/list.xml": '<databaseChangeLog><!-- <include file="gone.sql"/> -->'
            '<includeAll path="db/more/all"/><changeSet id="1"><sqlFile path="plain.sql" '
            'relativeToChangelogFile="true"/></changeSet></databaseChangeLog>',
            f"{top}/more/all/2.sql": _FORMATTED.format("two"),
            f"{top}/more/all/1.sql": _FORMATTED.format("one"),
            f"{top}/more/plain.sql": "create table plain ();",
            f"{top}/late/forgotten.sql": _FORMATTED.format("forgotten"),
        }
    )
    names = [path.removeprefix(f"{top}/") for path in applied(layout)]
    assert names == ["late/b.sql", "more/all/1.sql", "more/all/2.sql", "more/plain.sql"]
    assert list(reasons(layout)) == [f"{top}/late/forgotten.sql"]
    assert "no changelog includes it" in reasons(layout)[f"{top}/late/forgotten.sql"]


def test_what_a_changelog_states_itself_is_said_to_be_unread() -> None:
    both = {
        "db/changelog/master.xml": '<databaseChangeLog><include file="db/changelog/a.sql"/><include file="b.sql"/>'
        '<changeSet id="1"><createTable tableName="t"/></changeSet></databaseChangeLog>',
        "db/changelog/a.sql": _FORMATTED.format("a"),
    }
    layout = layout_of(both)
    assert applied(layout) == ["db/changelog/a.sql"]
    said = {problem.reason for path, problem in layout.problems if path == "db/changelog/master.xml"}
    assert any("is a migration of Liquibase in code" in reason for reason in said)
    assert any("includes b.sql, which is not there" in reason for reason in said)


def test_liquibases_sql_alone_is_its_own_changelog() -> None:
    layout = layout_of({"db/changelog.sql": _FORMATTED.format("a"), "db/data.sql": "insert into a values (1);"})
    assert applied(layout) == ["db/changelog.sql"]
    assert only(layout).database.migrations[0].layout == "liquibase"
    other = layout_of({"db/changelog.sql": _FORMATTED.format("a") + "create table `b` (id int AUTO_INCREMENT);"})
    assert other.databases == ()


def test_evolutions_are_numbered() -> None:
    text = "# --- !Ups\n" + TABLE + "\n# --- !Downs\ndrop table a;\n"
    layout = layout_of({f"conf/evolutions/default/{n}.sql": text for n in (1, 2, 10)})
    assert [path.rpartition("/")[2] for path in applied(layout)] == ["1.sql", "2.sql", "10.sql"]
    assert only(layout).database.migrations[0].layout == "play-evolutions"


# ---- what migrations start from


def test_the_schema_that_a_history_changes_is_read_before_it() -> None:
    files = {
        "db/initial_schema.sql": "create table people (id int); create table pets (id int);",
        "db/steps/001_a.sql": "alter table people add column age int; alter table pets add column age int;",
        "db/steps/002_b.sql": "create table homes (id int);",
    }
    assert applied(layout_of(files)) == ["db/initial_schema.sql", "db/steps/001_a.sql", "db/steps/002_b.sql"]
    assert "is read before db/steps: it makes 2 tables that are" in reasons(layout_of(files))["db/initial_schema.sql"]
    # What holds all that the history adds is a dump of what it came to.
    dumped = files | {"db/initial_schema.sql": files["db/initial_schema.sql"] + "create table homes (age int);"}
    assert "db/initial_schema.sql" not in applied(layout_of(dumped | {"db/steps/003_c.sql": TABLE}))[1:]


def test_parts_of_a_beginning_come_behind_what_they_need() -> None:
    layout = layout_of(
        {
            "db/a_visits.sql": "create table visits (pet int references pets); alter table people add note text;",
            "db/b_pets.sql": "create table pets (id int);",
            "db/c_people.sql": "create table people (id int);",
            "db/migrations/001_a.sql": "alter table people add age int; alter table pets add age int;",
        }
    )
    assert applied(layout) == ["db/b_pets.sql", "db/c_people.sql", "db/a_visits.sql", "db/migrations/001_a.sql"]


def test_updates_of_an_older_database_are_not_read_beside_the_schema_that_sums_them_up() -> None:
    layout = layout_of(
        {
            "sql/CreateTables.sql": "create table people (id int, age int); create table homes (id int);",
            "sql/CreatePrimaryKeys.sql": "alter table people add primary key (id);",
            "sql/updates/2024-01-01-age.sql": "alter table people add column age int;",
            "sql/updates/2024-02-01-homes.sql": "create table homes (id int); alter table long_gone drop column a;",
        }
    )
    assert applied(layout) == ["sql/CreateTables.sql", "sql/CreatePrimaryKeys.sql"]
    assert only(layout).database.definition == "declarative"
    assert "bring an older database up to sql/CreateTables.sql" in reasons(layout)["sql/updates/2024-01-01-age.sql"]


def test_updates_that_can_be_done_twice_come_behind_the_schema_that_lacks_the_last_of_them() -> None:
    files = {
        "db/schema.sql": "create table people (id int, age int, name text); create table homes (id int, rooms int);",
        "db/migrations/001_a.sql": "alter table people add column if not exists age int;",
        "db/migrations/002_b.sql": "alter table homes add column if not exists rooms int;",
        "db/migrations/003_c.sql": "alter table homes add column if not exists flats int;",
    }
    layout = layout_of(files)
    assert applied(layout) == ["db/schema.sql", *(path for path in files if "migrations" in path)]
    assert "it makes 2 tables that are changed there" in reasons(layout)["db/schema.sql"]
    once = layout_of(files | {"db/migrations/003_c.sql": "alter table homes add column flats int;"})
    assert applied(once) == ["db/schema.sql"]
    held = layout_of({path: text for path, text in files.items() if "003" not in path})
    assert applied(held) == ["db/schema.sql"]


def test_a_history_of_which_some_files_are_called_up_and_none_down_is_one() -> None:
    names = ["201801010000_a.up.sql", "201802010000_b.sql", "201803010000_c.sql"]
    layout = layout_of({f"migrations/{name}": TABLE for name in names})
    assert [path.rpartition("/")[2] for path in applied(layout)] == names
    assert only(layout).database.migrations[0].layout == "numbered"


def test_a_schema_that_stands_before_tables_created_without_one_is_where_the_runner_works() -> None:
    files = {
        "db/migration/V1__a.sql": "create table jobs (id int); create table steps (id int);",
        "db/migration/V2__b.sql": "create index on shop.jobs (id); create index on shop.steps (id);",
    }
    assert only(layout_of(files)).database.begun_in == ("db/migration/V2__b.sql", "shop")
    made = {"db/migration/V0__s.sql": "create schema shop;"}
    assert only(layout_of(files | made)).database.begun_in is None
    other = {"db/migration/V3__c.sql": "create index on shop.orders (id);"}
    assert only(layout_of(files | other)).database.begun_in is None
    once = {"db/migration/V1__a.sql": TABLE, "db/migration/V2__b.sql": "alter table shop.a add x int;"}
    assert only(layout_of(once)).database.begun_in is None
    twice = {**once, "db/migration/V3__c.sql": "alter table shop.a add y int;"}
    assert only(layout_of(twice)).database.begun_in == ("db/migration/V2__b.sql", "shop")


def test_hasuras_flat_files_and_folders_are_one_history() -> None:
    folder = "hasura/migrations/default"
    names = [f"{folder}/1600000000000_a.up.sql", f"{folder}/1700000000000_b/up.sql", f"{folder}/1800000000000_c.up.sql"]
    layout = layout_of({name: f"create table t{at} ();" for at, name in enumerate(names)} | {f"{names[0]}x": ""})
    assert applied(layout) == names
    assert {file.layout for file in only(layout).database.migrations} == {"hasura"}


def test_a_dump_beside_the_migrations_of_a_project_of_hasura_is_not_read() -> None:
    made = "create table a (id int);\ncreate table b (id int);\n"
    gone = "".join(f"drop table {name};\n" for name in "abc")
    files = {
        "package.json": "{}",
        "hasura/config.yaml": "version: 3\nmetadata_directory: metadata\n",
        "hasura/migrations/default/1600000000000_a.up.sql": made,
        "hasura/migrations/default/1600000000000_a.down.sql": "drop table a;",
        "hasura/init/1500000000000_dump.up.sql": f"{gone}{made}create table c (id int);",
    }
    layout = layout_of(files)
    assert applied(layout) == ["hasura/migrations/default/1600000000000_a.up.sql"]
    assert [file.layout for file in only(layout).database.migrations] == ["hasura"]
    (reason,) = reasons(layout).values()
    assert reason.startswith("drops and makes again what migrations in hasura/migrations/default create (a and b)")
