"""Histories beside each other."""

from __future__ import annotations

from pathlib import Path

import pytest

from discover.layouts import TABLE, applied, code_of, layout_of, only, reasons
from tripoint.config import Config
from tripoint.sources.discover import discover
from tripoint.tree import WorkTree

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


def test_sql_beside_the_programs_that_it_was_made_of_is_left_out_alone() -> None:
    made = "exports.up = (pgm) => { pgm.createTable('notes', { id: 'id' }); pgm.createTable('tags', { id: 'id' }); };"
    files = {
        "package.json": '{"dependencies": {"node-pg-migrate": "7", "pg": "8"}}',
        "migrations/01-notes.sql": "create table if not exists notes (id bigint);",
        "migrations/1714550400000_notes.js": made,
        "migrations/1714550500000_more.js": "exports.up = (pgm) => pgm.sql('select 1');",
        "src/db/migrations/001_old.sql": "create table pens (id bigint);",
        "src/db/migrations/002_old.sql": "create table inks (id bigint);",
    }
    assert set(applied(layout_of(files))) == files.keys() - {"package.json", "migrations/01-notes.sql"}


def test_of_histories_that_need_each_other_the_one_that_needs_less_is_read_first() -> None:
    later = {
        f"db/drizzle/000{at}_x.sql": f"create table t{at} (id bigint); alter table a{at} add column x int;"
        for at in range(3)
    }
    first = "create table a0 (id bigint); create table a1 (id bigint); create table a2 (id bigint);"
    files = {
        "package.json": "{}",
        "drizzle.config.ts": "export default { dialect: 'postgresql', out: './db/drizzle' }",
        "migrations/001_first.sql": first,
        "migrations/002_more.sql": "alter table t0 add column y int;",
        **later,
    }
    assert applied(layout_of(files))[:2] == ["migrations/001_first.sql", "migrations/002_more.sql"]


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


def test_files_of_no_known_runner_that_a_history_began_with_come_before_it() -> None:
    files = {
        "package.json": "{}",
        "docs/dashboard/01_base.sql": TABLE,
        "docs/dashboard/02_more.sql": "alter table a add column title text;",
        "supabase/migrations/20250101000000_tags.sql": "create table tags (a bigint references public.a (id));",
        "supabase/migrations/20250102000000_jobs.sql": "create table jobs (id bigint);",
    }
    assert applied(layout_of(files)) == list(files)[1:]


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
    assert "a copy of a migration in db/migrations" in reasons(layout)["supabase/migrations/20250101000000_notes.sql"]


def test_all_copies_of_a_folder_are_one_notice() -> None:
    names = ("100_notes.sql", "200_more.sql")
    files = {f"script/2025/{name}": TABLE for name in (*names, "300_last.sql")} | {"package.json": "{}"}
    files |= {f"script/{year}/{name}": TABLE for year in range(2019, 2025) for name in names}
    (said,) = (text for path, text in reasons(layout_of(files)).items() if path.startswith("script/"))
    where = "script/2019, script/2020, script/2021, script/2022 and 2 more"
    assert said == f"one of 12 files of {where} that are copies of migrations in script/2025: not read"


def test_a_number_that_follows_a_date_counts_within_the_day() -> None:
    names = ("202505221_first.sql", "202505222_second.sql", "20250609_third.sql", "202506121_fourth.sql")
    assert applied(layout_of({f"db/migrations/{name}": TABLE for name in names})) == [
        f"db/migrations/{name}" for name in names
    ]


def test_a_letter_puts_a_file_behind_its_number() -> None:
    names = ("01_first.sql", "06_sixth.sql", "06a_more.sql", "06b_grants.sql", "10_last.sql")
    assert applied(layout_of({f"sql/{name}": TABLE for name in names})) == [f"sql/{name}" for name in names]


def test_the_schema_that_code_beside_it_runs_goes_before_another() -> None:
    files = {"database/schema.sql": TABLE, "server/schema.sql": TABLE, "package.json": "{}"}
    assert applied(layout_of(files)) == ["database/schema.sql"]
    files["server/setup.js"] = "await pool.query(fs.readFileSync(path.join(__dirname, 'schema.sql'), 'utf8'));"
    assert applied(layout_of(files)) == ["server/schema.sql"]


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


def test_a_schema_in_files_for_each_kind_of_object() -> None:
    parts = ("policies", "functions", "storage", "types")
    layout = layout_of({"db/schema.sql": TABLE, **{f"db/{part}.sql": "create schema s;" for part in parts}})
    assert applied(layout) == [f"db/{part}.sql" for part in ("types", "schema", "functions", "policies", "storage")]
    foreign = layout_of({"db/schema.sql": TABLE, "db/repair.sql": TABLE.replace(" a ", " b ")})
    assert applied(foreign) == ["db/schema.sql"], "what else lies there may be anything"


def test_files_that_bear_the_name_of_a_schema_go_on_from_it() -> None:
    made = {
        "schema": TABLE,
        "schema_votes": "create table votes (x bigint references people (id));",
        "schema_people": "create table people (id bigint primary key);",
        "shop_schema": "create table shop (id bigint primary key);",
        "shop_policies": "create policy p on shop using (true);",
    }
    files = {f"db/{name}.sql": text for name, text in made.items()}
    order = ("schema", "schema_people", "schema_votes", "shop_policies", "shop_schema")
    assert sorted(applied(layout_of(files))) == sorted(files)
    assert applied(layout_of(files))[:3] == [f"db/{name}.sql" for name in order[:3]]
    # What makes its tables anew, drops them or is one of two that make the same is none.
    again = {
        "db/schema_old.sql": TABLE,
        "db/schema_reset.sql": f"drop table a;\n{TABLE}",
        "db/schema_tags.sql": "create table tags (id bigint);",
        "db/schema_tags_fixed.sql": "create table tags (id bigint, label text);",
        "db/schema_rows.sql": "insert into a values (1);",
    }
    assert applied(layout_of({"db/schema.sql": TABLE, **again})) == ["db/schema.sql"]


def test_numbered_scripts_of_which_few_are_sql_are_no_history() -> None:
    scripts = {f"tools/{number}.rb": "puts 1" for number in range(3, 9)}
    sql = {f"tools/{number}_a.sql": TABLE.replace(" a ", f" t{number} ") for number in range(1, 3)}
    assert applied(layout_of(sql)) == sorted(sql)
    assert layout_of({**sql, **scripts}).databases == ()


def test_what_sqlx_applies_is_read_and_not_a_shorter_history_of_the_same_tables() -> None:
    old = {"src/main/resources/db/migration/V1__a.sql": TABLE}
    new = {"migrations/1_a.sql": TABLE, "migrations/2_b.sql": "alter table a add column b int;"}
    assert applied(layout_of({**old, **new})) == sorted(old), "of files that no known runner applies, nothing is known"
    layout = layout_of({**old, **new, "Cargo.toml": "[dependencies]\nsqlx = { version = '0.8' }\n"})
    assert applied(layout) == sorted(new)
    assert "creates tables which migrations in migrations create" in reasons(layout)[sorted(old)[0]]


def test_a_history_of_copies_alone_names_no_folder() -> None:
    files = {f"migrations/00{n}_a{n}.up.sql": TABLE.replace("(", f"{n}(", 1) for n in range(1, 4)}
    copies = {f"internal/testutil/{path}": text for path, text in files.items() if "003" not in path}
    database = only(layout_of({"go.mod": "module a\n", **files, **copies})).database
    assert (database.migrations_root, len(database.migrations)) == ("migrations", 3)


PATCH = "create table b (id bigint);\nalter table as_ add column b bigint;\n"


def test_numbered_files_begin_with_the_schema_that_they_change() -> None:
    files = {"db/init.sql": TABLE.replace("table a", "table as_"), "db/patches/001_a.sql": PATCH}
    layout = layout_of({"compose.yml": "volumes:\n  - ./db/init.sql:/docker-entrypoint-initdb.d/init.sql\n", **files})
    assert applied(layout) == ["db/init.sql", "db/patches/001_a.sql"]
    assert reasons(layout)["db/init.sql"] == (
        "is read before db/patches: it makes a table that is changed there and created by no file there"
    )


def test_numbered_files_that_change_what_no_schema_makes_begin_with_none() -> None:
    files = {"db/init.sql": TABLE, "db/patches/001_a.sql": "create table a (b int);\nalter table other add c int;\n"}
    layout = layout_of({"compose.yml": "volumes:\n  - ./db/init.sql:/docker-entrypoint-initdb.d/init.sql\n", **files})
    assert applied(layout) == ["db/patches/001_a.sql"]


def test_a_hosted_database_whose_numbers_begin_late_begins_with_the_schema_beside_them() -> None:
    app = {"package.json": '{"dependencies": {"@supabase/supabase-js": "2"}}'}
    schema = {"supabase/schema.sql": TABLE.replace("table a", "table as_")}
    late = {"supabase/002_a.sql": PATCH, "supabase/003_b.sql": "alter table as_ add column c int;\n"}
    assert applied(layout_of({**app, **schema, **late})) == ["supabase/schema.sql", *late]
    # A file with the first number stands where the beginning would, and one further away is no neighbour.
    first = {"supabase/001_z.sql": "create table z (id bigint);\n"}
    assert applied(layout_of({**app, **schema, **first, **late})) == [*first, *late]
    away = {"schema.sql": TABLE.replace("table a", "table as_")}
    assert "schema.sql" not in applied(layout_of({**app, **away, **late}))
    # Of a folder of migrations it is one, by its name.
    above = {"database/schema.sql": TABLE.replace("table a", "table as_")}
    dated = {"database/migrations/20250102_a.sql": PATCH, "database/migrations/20250103_b.sql": "select 1;"}
    assert applied(layout_of({**app, **above, **dated})) == ["database/schema.sql", *dated]
    other = {"database/tables_2.sql": above["database/schema.sql"]}
    assert applied(layout_of({**app, **other, **dated})) == [*dated]
    # Those that make no table at all need no more than a file that does.
    alone = {path: text.partition("\n")[2] for path, text in dated.items()}
    assert applied(layout_of({**app, **other, **alone})) == [*other, *alone]


def test_a_package_that_ships_copies_of_the_migrations_is_no_database_of_its_own() -> None:
    more = "create table more (id bigint);"
    files = {
        "package.json": "{}",
        "supabase/migrations/000_notes.sql": TABLE,
        "supabase/migrations/001_more.sql": more,
        "supabase/migrations/002_size.sql": "alter table more add column size bigint;",
        "packages/schema/package.json": "{}",
        "packages/schema/sql/000_notes.sql": TABLE,
        "packages/schema/sql/001_more.sql": more,
    }
    assert applied(layout_of(files)) == list(files)[1:4]
    files["packages/schema/sql/001_more.sql"] = "-- a copy, for reference\n" + more.replace(" (", "\n(")
    assert applied(layout_of(files)) == list(files)[1:4]
    files["packages/schema/sql/001_more.sql"] = "create table other (id bigint);"
    assert len(layout_of(files).databases) == 2


def test_services_whose_first_migrations_have_one_name_are_no_copies() -> None:
    up = "-- +goose Up\ncreate table {} (id bigint primary key);\n-- +goose Down\ndrop table {};\n"
    first = "internal/{}/migrations/20250101000000_init_schema.sql"
    files = {first.format(name): up.format(name, name) for name in ("payments", "accounts")}
    files["internal/accounts/migrations/20250102000000_more.sql"] = up.format("holders", "holders")
    layout = layout_of({"go.mod": "module bank", **files})
    assert sorted(applied(layout)) == sorted(files)


def test_numbered_drafts_that_create_again_what_a_runner_s_history_creates() -> None:
    made = "create table users (id bigint primary key); create table orders (id bigint primary key);"
    prisma = {f"prisma/migrations/2025010{n}000000_step/migration.sql": made if n == 1 else TABLE for n in (1, 2)}
    drafts = {
        "database-steps/01_core.sql": made.replace("bigint", "uuid"),
        "database-steps/02_more.sql": "create table badges (id uuid primary key);",
    }
    own = {"package.json": "{}", "prisma/schema.prisma": 'datasource db {\n  provider = "postgresql"\n}\n', **prisma}
    layout = layout_of({**own, **drafts})
    assert applied(layout) == sorted(prisma)
    assert "create again what migrations in prisma/migrations create (orders and users)" in str(reasons(layout))
    guarded = {path: text.replace("create table", "create table if not exists") for path, text in drafts.items()}
    assert len(applied(layout_of({**own, **guarded}))) == 4


def test_a_folder_in_which_few_files_are_pairs_of_up_and_down() -> None:
    plain = {f"migrations/{n:03}_step.sql": f"create table t{n} (id bigint primary key);" for n in range(1, 6)}
    pair = {"migrations/006_last.up.sql": TABLE, "migrations/006_last.down.sql": "drop table a;"}
    layout = layout_of({"package.json": "{}", **plain, **pair})
    assert applied(layout) == [*sorted(plain), "migrations/006_last.up.sql"]


def test_a_crate_that_builds_sqlx_for_another_database() -> None:
    manifest = '[dependencies]\nsqlx = {{ version = "0.8", features = ["runtime-tokio", {}] }}\n'
    files = {"migrations/20250101000000_init.sql": "create table a (id text primary key, at integer not null);"}
    layout = layout_of({"Cargo.toml": manifest.format('"sqlite"'), **files})
    assert "is written for SQLite" in reasons(layout)["migrations/20250101000000_init.sql"]
    for features in ('"postgres"', '"sqlite", "postgres"', '"macros"'):
        assert applied(layout_of({"Cargo.toml": manifest.format(features), **files})) == list(files)


def test_what_wrangler_applies_is_sqlites() -> None:
    files = {"db/migrations/0001_init.sql": "create table a (id text primary key, at integer not null);"}
    where = '"d1_databases": [{{ "binding": "DB", "migrations_dir": "{}" }}]'
    named = {"db/wrangler.jsonc": "{ " + where.format("./migrations") + " }"}
    for wrangler in (named, {"db/wrangler.toml": "[[d1_databases]]\nbinding = 'DB'\n"}):
        assert "is written for SQLite" in reasons(layout_of({**wrangler, **files}))["db/migrations/0001_init.sql"]
    for wrangler in ({"db/wrangler.toml": "[[kv_namespaces]]\n"}, {"wrangler.json": "{ " + where.format("d1") + " }"}):
        assert applied(layout_of({**wrangler, **files})) == list(files)
    posted = {"db/migrations/0001_init.sql": "create table a (id uuid primary key default gen_random_uuid());"}
    assert applied(layout_of({**named, **posted})) == list(posted)
    priced = {
        "db/migrations/0002_price.sql": "create table b (price text check (price in ('$', '$$')));",
        "db/migrations/0003_seed.sql": "insert or replace into a (id, at) values ('x', 1);",
    }
    assert "is written for SQLite" in reasons(layout_of(named | files | priced))["db/migrations/0001_init.sql"]


def test_numbered_sql_beside_a_longer_history_that_no_reader_is_there_for_is_no_history() -> None:
    step = "defmodule A do\n  use Ecto.Migration\nend\n"
    files = {f"priv/repo/migrations/2025010{day}000000_step.exs": step for day in range(1, 5)}
    scripts = {f"priv/repo/migrations/scripts/2025010{day}_by_hand.sql": "ALTER TABLE a ADD b int;" for day in (1, 2)}
    layout = layout_of({"mix.exs": "", **files, **scripts})

    assert layout.databases == ()
    assert reasons(layout)["priv/repo/migrations/scripts/20250101_by_hand.sql"] == (
        "is numbered SQL (2 files) beside 4 migrations of Ecto in priv/repo/migrations, which make the schema and are "
        "not read: neither is this"
    )


def test_numbered_sql_that_is_the_longer_history_is_read() -> None:
    files = {"app/migrations/0001_initial.py": "class Migration(migrations.Migration): pass\n"}
    steps = {f"app/sql/migrations/000{number}_step.sql": f"CREATE TABLE a{number} (b int);" for number in range(1, 4)}
    layout = layout_of({"app/manage.py": "", **files, **steps})

    assert applied(layout) == sorted(steps)


# ---- the order of numbers and dates, and a history that begins anew


def test_counted_and_dated_files_of_no_runner_are_read_behind_what_they_need() -> None:
    layout = layout_of(
        {
            "db/migrations/001_a.sql": TABLE,
            "db/migrations/002_b.sql": "alter table if exists b add column x int;",
            "db/migrations/2026-01-03_c.sql": "create table c (id int);",
            "db/migrations/20260102_b.sql": "create table b (id int, c int references c);",
        }
    )
    names = [path.rpartition("/")[2] for path in applied(layout)]
    assert names == ["001_a.sql", "2026-01-03_c.sql", "20260102_b.sql", "002_b.sql"]
    assert "nothing says in which order" in reasons(layout)["db/migrations/20260102_b.sql"]


def test_dates_with_and_without_dashes_are_dates() -> None:
    layout = layout_of(
        {
            "db/migrations/2026-01-03_b.sql": "alter table a add column b int;",
            "db/migrations/20260102_a.sql": TABLE,
            "db/migrations/20260104_c.sql": "alter table a add column c int;",
        }
    )
    assert [path[-5] for path in applied(layout)] == ["a", "b", "c"]


def test_a_newer_history_that_creates_the_same_tables_begins_anew() -> None:
    made = "create table a (id int); create table b (id int);"
    files = {
        "diesel.toml": "",
        "migrations/2024-01-01-000000_a/up.sql": made,
        "migrations/2024-01-02-000000_c/up.sql": "create table c (id int);",
        "migrations/20250101000000_initial.sql": made,
        "migrations/20250102000000_d.sql": "create table d (id int);",
        "migrations/atlas.sum": "h1:x",
    }
    layout = layout_of(files)
    assert applied(layout) == ["migrations/20250101000000_initial.sql", "migrations/20250102000000_d.sql"]
    assert "create again" in reasons(layout)["migrations/2024-01-01-000000_a/up.sql"]
    first = "create table if not exists a (id int); create table if not exists e (id int);"
    assert len(applied(layout_of(files | {"migrations/20250101000000_initial.sql": first}))) == 4


def test_of_two_histories_that_create_the_same_tables_the_larger_is_read() -> None:
    revision = (
        "from alembic import op\nimport sqlalchemy as sa\nrevision = 'a'\ndown_revision = None\n"
        "def upgrade():\n    op.create_table('a', sa.Column('id', sa.Integer))\n"
        "    op.create_table('b', sa.Column('id', sa.Integer))\n"
    )
    files = {
        "requirements.txt": "alembic",
        "alembic.ini": "[alembic]\nscript_location = alembic\nsqlalchemy.url = postgresql://x\n",
        "alembic/versions/a_init.py": revision,
    }
    first = {
        "supabase/migrations/20250101000000_a.sql": "create table a (id int); create table b (id int);",
        "supabase/migrations/20250102000000_c.sql": "create table c (id int);",
    }
    layout = layout_of(files | first)
    assert applied(layout) == list(first)
    assert "the larger history, create again" in reasons(layout)["alembic/versions/a_init.py"]
    beside = {path: text.replace("create table", "create table if not exists") for path, text in first.items()}
    assert len(applied(layout_of(files | beside))) == 3


def test_migrations_that_point_to_what_another_history_makes_are_its_databases() -> None:
    shop = "create table items (id int, who int references people, at int references places);"
    files = {
        "package.json": "{}",
        "db/migrations/001_a.sql": "create table people (id int); create table places (id int);",
        "services/api/package.json": "{}",
        "services/api/migrations/001_items.sql": shop,
        "services/api/migrations/002_more.sql": "create table more (id int);",
    }
    layout = layout_of(files)
    assert [path.rpartition("/")[2] for path in applied(layout)] == ["001_a.sql", "001_items.sql", "002_more.sql"]
    assert only(layout).database.root == ""
    types = "create table c (a int references people); alter type mood add value 'mad';"
    kind = {"db/migrations/001_a.sql": "create table people (id int); create type mood as enum ('sad');"}
    assert len(layout_of(files | kind | {"services/api/migrations/001_items.sql": types}).databases) == 1
    own = {"services/api/migrations/001_items.sql": f"create table people (id int primary key); {shop}"}
    assert len(layout_of(files | own).databases) == 2


def test_views_of_what_another_history_makes_are_its_databases() -> None:
    view = "create view seen as select * -- from nowhere\nfrom people p join public.places q on q.id = p.at;"
    files = {
        "client/package.json": "{}",
        "client/migrations/001_views.sql": view,
        "server/package.json": "{}",
        "server/migrations/001_a.sql": "create table people (id int, at int); create table places (id int);",
    }
    layout = layout_of(files)
    assert [path.rpartition("/")[2] for path in applied(layout)] == ["001_a.sql", "001_views.sql"]
    assert only(layout).database.root == ""
    other = {"client/migrations/001_views.sql": view.replace("places", "planets")}
    assert len(layout_of(files | other).databases) == 2


def test_what_indexes_alone_name_may_be_made_by_the_file_beside() -> None:
    index = "create index concurrently if not exists i on a (id); create unique index on b (id);"
    files = {"db/init.sql": f"{TABLE} create table b (id int);", "db/migrations/002_indexes.sql": index}
    assert applied(layout_of(files)) == ["db/init.sql", "db/migrations/002_indexes.sql"]


@pytest.mark.parametrize(("statement", "leans"), [("alter table ports add at date", True), ("select 1", False)])
def test_what_a_container_runs_comes_before_the_revisions_that_lean_on_it(statement: str, leans: bool) -> None:
    revision = (
        "from alembic import op\nrevision = 'a'\ndown_revision = None\ndef upgrade():\n    op.execute('''{}''')\n"
    )
    layout = layout_of(
        {
            "compose.yml": "volumes:\n  - ./schema.sql:/docker-entrypoint-initdb.d/1.sql\n",
            "schema.sql": "create table ports (id int primary key);",
            "backend/requirements.txt": "asyncpg\n",
            "backend/alembic.ini": "[alembic]\nscript_location = alembic\n",
            "backend/alembic/versions/a_b.py": revision.format(f"create table ships (id int); {statement}"),
        }
    )
    revisions = ["backend/alembic/versions/a_b.py"]
    assert applied(layout) == (["schema.sql", *revisions] if leans else revisions)


@pytest.mark.parametrize(("dumped", "begins"), [("ports ships", False), ("ports ships quays seas docks", True)])
def test_a_dump_of_what_the_changes_lead_to_is_not_what_they_begin_with(dumped: str, begins: bool) -> None:
    tables = "".join(f"create table port.{name} (id int primary key);\n" for name in dumped.split())
    layout = layout_of(
        {
            "compose.yml": "volumes:\n  - ./sql:/docker-entrypoint-initdb.d\n",
            "sqitch.conf": "[core]\n  engine = pg\n  top_dir = sql\n",
            "sql/sqitch.plan": "%project=p\n\na 2025-01-01T00:00:00Z x <x@y> # .\n",
            "sql/deploy/a.sql": "set search_path to port;\ncreate table ports (id int primary key);\n"
            "create table ships (id int primary key);\nalter table port.ports add at date;\n",
            "sql/dump.sql": "create schema port;\n" + tables,
        }
    )
    assert applied(layout) == (["sql/dump.sql", "sql/deploy/a.sql"] if begins else ["sql/deploy/a.sql"])


@pytest.mark.parametrize(("made", "others"), [("ships", True), ("ports", False)])
def test_what_a_container_makes_comes_before_revisions_that_make_little_beside_it(made: str, others: bool) -> None:
    layout = layout_of(
        {
            "compose.yml": "volumes:\n  - ./schema.sql:/docker-entrypoint-initdb.d/01-schema.sql\n"
            "  - ./later.sql:/docker-entrypoint-initdb.d/02-later.sql\n",
            "schema.sql": "create table ports (id int); create table quays (id int); create table seas (id int);",
            "later.sql": "alter table ports add at date;",
            "backend/requirements.txt": "asyncpg\n",
            "backend/alembic.ini": "[alembic]\nscript_location = alembic\n",
            "backend/alembic/versions/a_b.py": "from alembic import op\nrevision = 'a'\ndown_revision = None\n"
            f"def upgrade():\n    op.execute('create table {made} (id int)')\n",
        }
    )
    revisions = ["backend/alembic/versions/a_b.py"]
    assert applied(layout) == (["schema.sql", "later.sql", *revisions] if others else revisions)


def test_of_two_histories_of_one_runner_that_make_the_same_the_larger_counts() -> None:
    made = "exports.up = (knex) => knex.schema{};\nexports.down = () => {{}};\n"
    both = [f".createTable('{name}', (t) => {{ t.increments('id') }})" for name in "abcd"]
    files = {
        "package.json": '{"dependencies": {"knex": "1", "pg": "1"}}',
        "db/beta/migrations/2.0.0-beta.1.js": made.format("".join(both[:3])),
        "db/migrations/2.0.0.js": made.format("".join(both)),
        "db/migrations/2.1.0.js": made.format(".alterTable('a', (t) => { t.text('note') })"),
    }
    layout = layout_of(files)
    assert applied(layout) == ["db/migrations/2.0.0.js", "db/migrations/2.1.0.js"]
    assert "create again: not read" in reasons(layout)["db/beta/migrations/2.0.0-beta.1.js"]


def test_what_went_into_the_package_beside_the_project_that_it_holds_is_of_that_project() -> None:
    files = {
        "apps/web/page.tsx": "",
        "packages/supabase/package.json": "{}",
        "packages/supabase/supabase/migrations/20250101000000_notes.sql": "create table public.notes (id bigint);",
        "packages/supabase/migrations/20250102000000_rows.sql": "insert into notes (id) values (1);",
        "packages/supabase/migrations/20250103000000_pens.sql": "create table public.pens (id bigint);",
    }
    layout = layout_of(files)
    assert [path.rpartition("_")[2] for path in applied(layout)] == ["notes.sql", "rows.sql", "pens.sql"]
    assert code_of(layout) == {"default": ["apps/web/page.tsx"]}
