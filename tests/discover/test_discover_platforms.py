"""Supabase and the ORMs: their settings and journals say what is applied, and in which order."""

from __future__ import annotations

import json

import pytest

from discover.layouts import TABLE, applied, layout_of, only, reasons
from tripoint.sources.discover import OrmSchema

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
    assert settings.edge_functions == ("greet",)
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


def test_supabase_says_what_beside_its_migrations_it_does_not_apply() -> None:
    files = {f"supabase/{name}.sql": TABLE for name in ("migrations/20240101000000_a", "more", "setup", "archive/old")}
    layout = layout_of({**files, "supabase/sums.sql": "select 1;"})
    said = "is one of 2 files below supabase that hold DDL that the Supabase CLI does not apply: they are no part of "
    assert reasons(layout) == {"supabase/more.sql": f"{said}the schema"}
    # An empty migration defines nothing, and the types that were generated do.
    row = "export type Database = { public: { Tables: { a: { Row: { id: number } } } } }"
    code = "supabase.from('a')"
    empty = {"supabase/migrations/20240101000000_a.sql": "", "src/database.types.ts": row, "src/a.ts": code}
    files_of = only(layout_of({**empty, "package.json": '{"dependencies": {"@supabase/supabase-js": "2"}}'}))
    assert [schema.path for schema in files_of.orm] == ["src/database.types.ts"]


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


def test_schemas_without_a_configuration_are_run_by_hand_in_an_order_that_nothing_tells() -> None:
    files = {"supabase/schemas/a.sql": "create table a (b int references b);", "supabase/schemas/b.sql": TABLE}
    layout = layout_of(
        {name: text.replace("table a", "table b") if "/b." in name else text for name, text in files.items()}
    )
    assert applied(layout) == ["supabase/schemas/b.sql", "supabase/schemas/a.sql"]
    assert {file.layout for file in only(layout).database.migrations} == {"schema"}
    settled = only(layout_of(files | {"supabase/config.toml": SUPABASE}))
    assert {file.layout for file in settled.database.migrations} == {"supabase"}


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


def test_prisma_applies_one_folder_of_a_schema() -> None:
    files = {
        "prisma/schema.prisma": PRISMA,
        "prisma/migrations/0_init/migration.sql": TABLE,
        "prisma/migrations/migration_lock.toml": 'provider = "postgresql"',
        "prisma/migrations_archive/20240101_a/migration.sql": TABLE,
        "prisma/migrations_archive/20240102_b/migration.sql": "",
        "prisma/migrations_archive/migration_lock.toml": 'provider = "postgresql"',
    }
    layout = layout_of(files)
    assert applied(layout) == ["prisma/migrations/0_init/migration.sql"]
    assert reasons(layout) == {
        "prisma/migrations_archive/20240101_a/migration.sql": "is not applied by Prisma (2 folders in "
        "prisma/migrations_archive): the migrations of prisma/schema.prisma are in prisma/migrations"
    }
    moved = {
        "prisma.config.ts": "export default defineConfig({ migrations: { path: 'db/steps' } });",
        "prisma/schema.prisma": PRISMA,
        "db/steps/1_a/migration.sql": TABLE,
        "prisma/migrations/0_init/migration.sql": "",
    }
    assert applied(layout_of(moved)) == ["db/steps/1_a/migration.sql"]


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


def test_prisma_beside_a_client_of_the_platform_leaves_it_in_doubt_whose_database_it_is() -> None:
    files = {
        "package.json": '{"dependencies": {"@supabase/supabase-js": "2", "@prisma/client": "6"}}',
        "prisma/schema.prisma": PRISMA,
        "prisma/migrations/1_a/migration.sql": TABLE,
    }
    alone = only(layout_of(files)).database
    assert (alone.platform, alone.doubtful) == ("supabase", True)
    said = files | {
        ".env.example": "DATABASE_URL=postgresql://postgres.ref:pw@aws-0-eu.pooler.supabase.com:6543/postgres"
    }
    connected = only(layout_of(said)).database
    assert (connected.platform, connected.doubtful) == ("supabase", False)


def test_the_driver_of_another_host_beside_a_client_says_whose_database_it_is() -> None:
    manifest = '{"dependencies": {"@supabase/supabase-js": "2", "@neondatabase/serverless": "1"}}'
    assert only(layout_of({"package.json": manifest, "db/migrations/1_a.sql": TABLE})).database.platform == "postgresql"


@pytest.mark.parametrize(
    ("manifests", "platform"),
    [
        ({"package.json": '{"devDependencies": {"supabase": "2"}, "dependencies": {"pg": "8"}}'}, "postgresql"),
        ({"package.json": '{"devDependencies": {"supabase": "2"}}'}, "supabase"),
        ({"pyproject.toml": '[project]\ndependencies = ["supabase>=2", "asyncpg>=0.30"]\n'}, "supabase"),
    ],
)
def test_the_command_line_of_the_platform_is_no_client_beside_a_driver(
    manifests: dict[str, str], platform: str
) -> None:
    assert only(layout_of(manifests | {"db/migrations/1_a.sql": TABLE})).database.platform == platform


@pytest.mark.parametrize(("owner", "platform"), [("postgres", "supabase"), ("shop_owner", "postgresql")])
def test_tables_of_a_role_that_the_platform_does_not_have_are_not_its_own(owner: str, platform: str) -> None:
    dump = f"{TABLE}\nALTER TABLE public.a OWNER TO {owner};"
    client = '{"dependencies": {"@supabase/supabase-js": "2"}}'
    assert only(layout_of({"package.json": client, "schema.sql": dump})).database.platform == platform


@pytest.mark.parametrize(
    ("made", "platform"),
    [
        ("create or replace function auth.uid() returns int language sql as 'select 1';", "postgresql"),
        ("-- create function auth.uid() is the platform's", "supabase"),
    ],
)
def test_a_server_that_makes_the_functions_of_the_platform_is_none(made: str, platform: str) -> None:
    client = '{"dependencies": {"@supabase/supabase-js": "2"}}'
    assert only(layout_of({"package.json": client, "schema.sql": f"{TABLE}\n{made}"})).database.platform == platform


GRANTED = f"{TABLE} grant select on a to authenticated, service_role;"
DRIVER = '{"dependencies": {"pg": "8"}}'


@pytest.mark.parametrize(
    ("files", "platform"),
    [
        ({"package.json": DRIVER}, "postgresql"),
        ({}, "supabase"),  # nothing says how it is asked
        ({"package.json": DRIVER, "web/package.json": '{"dependencies": {"@supabase/ssr": "1"}}'}, "supabase"),
        (
            {"package.json": DRIVER, ".env.example": "URL=postgres://postgres:a@db.abcdefgh.supabase.co:5432/postgres"},
            "supabase",
        ),
        ({"package.json": DRIVER, "db/migrations/2_b.sql": "select auth.uid();"}, "supabase"),
        ({"package.json": DRIVER, ".env.example": "NEXT_PUBLIC_SUPABASE_URL="}, "supabase"),
        ({"package.json": DRIVER, "web/lib/supabase-auth.ts": ""}, "supabase"),
        ({"package.json": DRIVER, "docs/from-supabase.md": ""}, "postgresql"),
    ],
)
def test_grants_to_roles_of_the_platform_that_were_taken_along(files: dict[str, str], platform: str) -> None:
    layout = layout_of({"db/migrations/1_a.sql": GRANTED} | files)
    assert only(layout).database.platform == platform
    said = "grants to roles of Supabase's" in "".join(reasons(layout).values())
    assert said is (platform == "postgresql")


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


def test_a_configuration_of_drizzle_in_json() -> None:
    config = '{"dialect": "postgresql", "schema": "./db/tables.ts", "out": "./moves"}'
    layout = layout_of({"drizzle.config.json": config, "db/tables.ts": "import 'drizzle-orm/pg-core'"})
    assert only(layout).orm == (OrmSchema("drizzle", "db/tables.ts"),)


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


def test_a_runner_of_the_project_applies_drizzles_folder_whatever_the_journal_lists() -> None:
    runner = (
        "import { readdirSync, readFileSync } from 'node:fs'\nconst folder = resolve('../drizzle')\n"
        "for (const file of readdirSync(folder).filter((name) => name.endsWith('.sql')).sort()) {\n"
        "  await client.query(readFileSync(join(folder, file), 'utf8'))\n}\n"
    )
    files = {
        "package.json": "{}",
        "drizzle/meta/_journal.json": journal("0000_zebra"),
        "drizzle/0000_zebra.sql": TABLE,
        "drizzle/0001_ant.sql": TABLE,
        "drizzle/views/zebras.sql": TABLE,
        "src/migrate.ts": runner,
    }
    layout = layout_of(files)
    assert applied(layout) == ["drizzle/0000_zebra.sql", "drizzle/0001_ant.sql"]
    assert reasons(layout) == {
        "src/migrate.ts": "applies every SQL file of drizzle by its name, whatever Drizzle's journal lists: so "
        "they are read"
    }
    for other in ("", "import journal from '../drizzle/meta/_journal.json'\n" + runner):
        assert applied(layout_of(files | {"src/migrate.ts": other})) == ["drizzle/0000_zebra.sql"]
    named = "for (const file of ['0001_ant.sql']) await client.unsafe(readFileSync(join('../drizzle', file), 'utf8'))\n"
    assert applied(layout_of(files | {"src/migrate.ts": named})) == applied(layout)
    another = {"src/migrate.ts": named, "drizzle/0002_bee.sql": TABLE}
    assert applied(layout_of(files | another)) == ["drizzle/0000_zebra.sql"]


def test_a_drizzle_schema_that_is_an_index_is_followed_to_its_tables() -> None:
    table = "import { pgTable } from 'drizzle-orm/pg-core'\nexport const a = pgTable('a', {})"
    layout = layout_of(
        {
            "package.json": "{}",
            "drizzle.config.ts": (
                "const schemaPath = './src/db/index.ts'\n"
                "export default { dialect: 'postgresql', schema: schemaPath, out: './drizzle' }"
            ),
            "src/db/index.ts": "export * from './tables/index.js'\nimport * as own from '@/db/own'\nexport { own }",
            "src/db/tables/index.ts": "export * from './a';\nexport { slug } from './slug'",
            "src/db/tables/a.ts": f"import {{ slug }} from './slug'\n{table}",
            "src/db/tables/slug.ts": "export const slug = (text: string) => text",
            "src/db/own.ts": table,
            "src/db/apart.ts": table,
            "drizzle/meta/_journal.json": journal("0000_a"),
            "drizzle/0000_a.sql": TABLE,
        }
    )

    read = {schema.path for schema in only(layout).orm}
    assert read == {"src/db/index.ts", "src/db/tables/index.ts", "src/db/tables/a.ts", "src/db/own.ts"}


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


def test_migrations_without_versions_begin_with_the_schema_that_they_change() -> None:
    schema = "create table cups (id bigint primary key);\n"
    files = {
        "supabase/config.toml": "",
        "supabase/schema.sql": schema,
        "supabase/migrations/add_colour.sql": "alter table if exists cups add column colour text;\n",
        "supabase/migrations/more.sql": "create table lids (cup bigint references cups);\n",
    }
    layout = layout_of(files)
    deltas = ["supabase/migrations/add_colour.sql", "supabase/migrations/more.sql"]
    assert applied(layout) == ["supabase/schema.sql", *deltas]
    assert reasons(layout)["supabase/migrations/add_colour.sql"].endswith("needs it, with supabase/schema.sql")
    policies = {"supabase/rls.sql": "alter table cups enable row level security;\n"}
    assert applied(layout_of({**files, **policies})) == ["supabase/schema.sql", *policies, *deltas]
    files["supabase/schema.sql"] = "create table others (id bigint primary key);\n"
    assert applied(layout_of(files)) == deltas


def test_edge_functions_that_only_a_configuration_names() -> None:
    config = '[functions.hello]\nverify_jwt = false\n[functions.far]\nentrypoint = "./x/far.ts"\n'
    files = {"supabase/config.toml": config, "supabase/migrations/20250101000000_a.sql": TABLE}
    assert only(layout_of(files)).database.settings.edge_functions == ("far", "hello")
    files["supabase/functions/greet/index.ts"] = ""
    assert only(layout_of(files)).database.settings.edge_functions == ("far", "greet")
    client = {"package.json": '{"dependencies": {"@supabase/supabase-js": "2"}}', "supabase/schema.sql": TABLE}
    beside = layout_of({**client, "supabase/functions/greet/index.ts": ""})
    assert only(beside).database.settings.edge_functions == ("greet",)


def test_a_schema_file_beside_the_configuration_of_a_project_without_migrations() -> None:
    files = {"supabase/config.toml": 'project_id = "a"', "supabase/schema.sql": TABLE, "supabase/seed.sql": TABLE}
    layout = layout_of(files)
    assert applied(layout) == ["supabase/schema.sql"]
    assert only(layout).database.platform == "supabase"
    assert only(layout).seeds == ("supabase/seed.sql",)
    files["supabase/migrations/20250101000000_a.sql"] = TABLE
    assert applied(layout_of(files)) == ["supabase/migrations/20250101000000_a.sql"]


def test_migrations_of_supabase_that_a_plain_servers_took_the_place_of_are_left_behind() -> None:
    made = "create table a (id int); create table b (id int);"
    package = '{"dependencies": {"pg": "8"}, "devDependencies": {"@supabase/supabase-js": "2"}}'
    files = {
        "package.json": package,
        "supabase/migrations/20250101000000_a.sql": f"{made} create policy p on a using (auth.uid() is not null);",
        "db/migrations/001_a.sql": made.replace("table", "table if not exists"),
        "db/migrations/002_c.sql": "create table c (id int);",
    }
    layout = layout_of(files)
    (database,) = layout.databases
    assert database.database.platform == "postgresql"
    assert [file.path for file in database.database.migrations] == [
        "db/migrations/001_a.sql",
        "db/migrations/002_c.sql",
    ]
    assert "before a plain server" in reasons(layout)["supabase/migrations/20250101000000_a.sql"]
    asked = layout_of(files | {"package.json": package.replace("devDependencies", "optionalDependencies")})
    assert [one.database.platform for one in asked.databases] == ["supabase"]


@pytest.mark.parametrize(("models", "read"), [(9, False), (2, True)])
def test_sql_beside_models_without_migrations(models: int, read: bool) -> None:
    files = {
        "package.json": '{"dependencies": {"pg": "8"}}',
        "server/prisma/schema.prisma": PRISMA + "".join(f"model M{n} {{\n  id Int @id\n}}\n" for n in range(models)),
        "server/prisma/sql/001_a.sql": TABLE,
        "server/prisma/sql/002_b.sql": "alter table t add column at timestamptz;",
    }
    layout = layout_of(files)
    assert only(layout).database.definition == ("migrations" if read else "orm")
    assert ("run" not in str(reasons(layout))) is read or "defines the schema" in str(reasons(layout))


@pytest.mark.parametrize(
    ("names", "inside"),
    [
        (("create-db", "drops"), "exports.up = (knex) => knex.schema.createTable('t', (t) => t.increments());"),
        (("initial", "more"), "import { Kysely } from 'kysely'; export async function up(db: Kysely<any>) {}"),
        (("2024-01-01-a", "more"), "import { Kysely } from 'kysely'; export async function up(db: Kysely<any>) {}"),
        (("2.0.0-beta.2", "2.0.0-beta.11", "2.0.0-rc.1", "2.0.0", "10.0.0"), "exports.up = (knex) => knex.schema;"),
    ],
)
def test_files_of_any_name_and_of_releases(names: tuple[str, ...], inside: str) -> None:
    files = {f"migrations/{name}.ts": inside for name in reversed(names)}
    layout = layout_of({"package.json": '{"dependencies": {"pg": "8", "knex": "3"}}', **files})
    assert applied(layout) == [f"migrations/{name}.ts" for name in names]


_QUERIED = "{ public async up(queryRunner: QueryRunner) { await queryRunner.query(`create table t (id int)`); } }"


@pytest.mark.parametrize(
    ("texts", "order"),
    [
        (
            {
                "add-colour.js": "module.exports = { async up(queryInterface) {} };",
                "20240101000000-a.js": "module.exports = { up: (queryInterface) => {} };",
                "helpers.js": "module.exports = (queryInterface) => queryInterface;",
            },
            ["20240101000000-a.js", "add-colour.js"],
        ),
        ({"02-b.js": "exports.up = (pgm) => {};", "01-a.js": "exports.up = (pgm) => {};"}, ["01-a.js", "02-b.js"]),
        # TypeORM goes by the names of the classes.
        (
            {
                "1700000000009-a.ts": f"export class A1700000000009 implements MigrationInterface {_QUERIED}",
                "More.ts": f"export class More1700000000008 implements MigrationInterface {_QUERIED}",
                "Own.ts": f"class Own implements MigrationInterface {{ name = 'Own1700000000007' }} {_QUERIED}",
                "index.ts": "export const folder = __dirname; // of MigrationInterface",
            },
            ["Own.ts", "More.ts", "1700000000009-a.ts"],
        ),
    ],
)
def test_runners_take_what_stands_in_their_folder(texts: dict[str, str], order: list[str]) -> None:
    files = {f"src/migrations/{name}": text for name, text in texts.items()}
    layout = layout_of({"package.json": '{"dependencies": {"pg": "8"}}', **files})
    assert applied(layout) == [f"src/migrations/{name}" for name in order]


def test_a_class_of_typeorm_without_a_number_is_told() -> None:
    step = f"export class A1700000000009 implements MigrationInterface {_QUERIED}"
    files = {"src/migrations/1700000000009-a.ts": step, "src/migrations/B.ts": step.replace("A1700000000009", "B")}
    layout = layout_of({"package.json": '{"dependencies": {"pg": "8"}}', **files})
    assert applied(layout) == ["src/migrations/1700000000009-a.ts"]
    assert "no number" in reasons(layout)["src/migrations/B.ts"]


def test_the_database_of_production_counts() -> None:
    settings = "module.exports = {\n  production: {\n    client: 'mysql2',\n  },\n  qa: { client: 'postgresql' },\n}"
    layout = layout_of(
        {
            "package.json": '{"dependencies": {"pg": "8", "knex": "3"}}',
            "knexfile.js": settings,
            "migrations/20200101000000_a.js": "exports.up = (knex) => knex.schema.createTable('t', (t) => {});",
        }
    )
    assert not layout.databases
    assert "settings for production" in str(reasons(layout))


def test_what_knex_writes_down_for_any_database_says_nothing() -> None:
    sample = "production: { client: 'postgresql', connection: { database: 'my_db', user: 'username' } }"
    step = "exports.up = (knex) => knex.schema.createTable('t', (t) => {});"
    files = {"package.json": '{"dependencies": {"sqlite3": "5", "knex": "3"}}', "migrations/20200101000000_a.js": step}
    own = sample.replace("my_db", "shop")
    assert not layout_of({**files, "knexfile.js": f"module.exports = {{ {sample} }}"}).databases
    assert layout_of({**files, "knexfile.js": f"module.exports = {{ {own} }}"}).databases


@pytest.mark.parametrize(
    ("said", "databases"),
    [("DATABASE_URL=postgresql://localhost/shop\n", [""]), ("# DATABASE_URL=postgresql://localhost/shop\n", [])],
)
def test_the_models_of_a_django_project_are_one_database_if_it_is_said_to_be(said: str, databases: list[str]) -> None:
    model = "from django.db import models\n\nclass Note(models.Model):\n    pass\n"
    layout = layout_of({"manage.py": "", ".env": said, "notes/models.py": model, "users/models.py": model})
    assert [database.database.root for database in layout.databases] == databases


def test_a_file_that_undoes_the_one_beside_it_is_no_migration_of_supabase() -> None:
    folder = "supabase/migrations"
    files = {f"{folder}/{name}.sql": TABLE for name in ("001_a", "001_a_rollback", "002_b", "002_b.down", "003_c_undo")}
    layout = layout_of(files)
    assert [path.rpartition("/")[2] for path in applied(layout)] == ["001_a.sql", "002_b.sql", "003_c_undo.sql"]
    said = reasons(layout)
    assert set(said) == {f"{folder}/001_a_rollback.sql", f"{folder}/002_b.down.sql"}
    assert all("by its name the way back of 00" in reason for reason in said.values())
