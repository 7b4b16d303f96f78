"""SQL that no runner claims: plain schema files, dumps, and what belongs to other databases."""

from __future__ import annotations

import pytest

from discover.layouts import TABLE, applied, layout_of, only, reasons
from tripoint.config import parse_config
from tripoint.sources.discover import Layout


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


def test_the_structures_of_other_databases_stay_apart() -> None:
    dumped = f"--\n-- PostgreSQL database dump\n--\n{TABLE}"
    layout = layout_of({"Gemfile": "", "db/structure.sql": dumped, "db/cable_structure.sql": dumped})
    assert applied(layout) == ["db/structure.sql"]
    assert "another database of the application" in reasons(layout)["db/cable_structure.sql"]


def test_numbered_sql_beside_a_structure_defines_nothing() -> None:
    numbered = {f"script/run/{number}000_view.sql": f"create view v{number} as select 1;" for number in (1, 2)}
    layout = layout_of({"Gemfile": "", "db/structure.sql": TABLE, **numbered})
    assert applied(layout) == ["db/structure.sql"]
    assert "db/structure.sql holds the schema" in reasons(layout)["script/run/1000_view.sql"]
    numbered |= {path.replace("run", "later"): text for path, text in numbered.items()}
    said = reasons(layout_of({"Gemfile": "", "db/structure.sql": TABLE, **numbered}))
    files = "4 files in script/later and script/run"
    assert [text for path, text in said.items() if path.startswith("script/")] == [
        f"is numbered SQL that no known runner applies ({files}): not read, since db/structure.sql holds the schema"
    ]


@pytest.mark.parametrize(
    ("files", "setting"),
    [
        ({"sql/a.sql": TABLE, "sql/b.sql": TABLE}, "sql"),
        ({"a.sql": TABLE, "b.sql": TABLE}, "."),
        ({"s/a.sql": TABLE}, "s/a.sql"),
    ],
)
def test_sql_that_nothing_applies_is_read_where_the_settings_say_what_its_notice_says(
    files: dict[str, str], setting: str
) -> None:
    src = {"src/a.ts": ""}
    (reason,) = [reason for reason in reasons(layout_of(files | src)).values() if "no runner" in reason]
    said = f'[[databases]] with migrations = "{setting}" in tripoint.toml'
    assert said in reason
    told = layout_of(files | src, parse_config(f'[[databases]]\nmigrations = "{setting}"'.encode(), "tripoint.toml"))
    assert [*applied(told), *only(told).declarative] == sorted(files)


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


def test_a_schema_of_sqlite_beside_one_of_postgresql_is_not_taken() -> None:
    lite = "create table a (id text primary key, open boolean default 1, at datetime default current_timestamp);"
    layout = layout_of({"db/schema.sql": lite, "db/supabase-schema.sql": TABLE})
    assert applied(layout) == ["db/supabase-schema.sql"]
    assert only(layout).loose == ()  # nobody ran it on PostgreSQL


def test_a_dump_that_breaks_off_defines_nothing() -> None:
    dump = f"-- PostgreSQL database dump\n{TABLE}\nCOPY public.a (id) FROM stdin;\n1\n"
    assert applied(layout_of({"backup.sql": dump + "\\.\n"})) == ["backup.sql"]
    cut = layout_of({"backup.sql": dump})
    assert ("breaks off" in reasons(cut)["backup.sql"], len(cut.databases)) == (True, 0)


def test_what_the_dashboard_copies_is_a_schema_under_any_name() -> None:
    copied = f"-- WARNING: This schema is for context only and is not meant to be run.\n{TABLE}"
    assert applied(layout_of({"Backend.sql": copied, "notes.sql": TABLE})) == ["Backend.sql"]
    assert applied(layout_of({"backend.sql": copied, "schema.sql": TABLE})) == ["schema.sql"]
    assert applied(layout_of({"backend.sql": copied, "supabase_schema.sql": copied})) == ["supabase_schema.sql"]


@pytest.mark.parametrize("name", ["SUPABASE.sql", "supabase_table_setup.sql", "supabase-complete-setup.sql"])
def test_a_file_to_paste_into_an_editor_is_a_schema_by_its_name(name: str) -> None:
    assert applied(layout_of({name: TABLE})) == [name]
    assert applied(layout_of({name: TABLE, "database.sql": TABLE})) == ["database.sql"]


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
    cockroach = "CREATE TABLE a (id INT8 PRIMARY KEY DEFAULT unique_rowid(), at TIMESTAMP DEFAULT now():::TIMESTAMP);"
    typed = "CREATE TABLE a (\n  id TEXT PRIMARY KEY,\n  body BLOB NOT NULL,\n  at DATETIME\n);"
    others = {"one": mysql, "two": sqlite, "four": cockroach, "five": typed}
    layout = layout_of({f"{root}/migrations/1_a.sql": sql for root, sql in {**others, "three": TABLE}.items()})
    assert [files.database.root for files in layout.databases] == ["three"]
    said = " ".join(reasons(layout).values())
    assert [name in said for name in ("MySQL", "SQLite", "CockroachDB")] == [True, True, True]
    assert set(reasons(layout)) == {f"{root}/migrations/1_a.sql" for root in others}


@pytest.mark.parametrize(
    ("path", "text", "name"),
    [
        ("shop/migrations/0001_initial.py", "class M(migrations.Migration): pass", "Django"),
        ("db/migrate/20240101000000_a.rb", "class A < ActiveRecord::Migration[7.0]", "Rails"),
        ("db/migrations/001_a.go", 'import "github.com/pressly/goose/v3"', "goose (Go)"),
        ("priv/repo/migrations/20240101000000_a.exs", "use Ecto.Migration", "Ecto"),
        ("migrations/20240101000000_a.php", "final class A extends AbstractMigration {}", "Phinx"),
        ("src/db/migration/V2__a.java", "class V2__a extends BaseJavaMigration {}", "Flyway (Java)"),
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


@pytest.mark.parametrize(
    ("files", "taken"),
    [
        # Those that go on from the first are read behind it, by their numbers; a fix beside them stays apart.
        (
            {
                "setup.sql": TABLE,
                "setup_v10.sql": "alter table a;",
                "setup_v2.sql": "create table b ();",
                "fix.sql": TABLE,
            },
            ["setup.sql", "setup_v2.sql", "setup_v10.sql"],
        ),
        # What makes a table again is the whole anew.
        ({"setup.sql": TABLE, "setup_v2.sql": TABLE + "create table b ();"}, ["setup.sql"]),
    ],
)
def test_later_versions_of_a_schema_go_on_from_it(files: dict[str, str], taken: list[str]) -> None:
    assert applied(layout_of(files)) == taken


CLIENT = "import {{ createClient }} from '@supabase/supabase-js'; {}"


def asking(*tables: str) -> str:
    return CLIENT.format("; ".join(f"createClient(a, b).from('{table}').select()" for table in tables))


@pytest.mark.parametrize(
    ("files", "taken"),
    [
        # What makes most of what the code asks for, under any name; fixes beside it stay apart.
        ({"sql/geral.sql": TABLE + "create table b (id int);", "sql/fix.sql": "create table c ();"}, ["sql/geral.sql"]),
        # A file for each table: what one needs comes first.
        (
            {
                "db/b_one.sql": "create table b (a_id bigint references a);",
                "db/two.sql": TABLE,
                "db/x.sql": "alter table a",
            },
            ["db/two.sql", "db/b_one.sql"],
        ),
        # Of two that need one another, the first by name; what needs both comes behind them.
        (
            {
                "db/people.sql": "create table a (b int references b, c int references c);",
                "db/jars.sql": "create table c (b int references b);",
                "db/hives.sql": "create table d (a int references a);",
                "db/keys.sql": "create table b (c int references c);",
            },
            ["db/jars.sql", "db/keys.sql", "db/people.sql", "db/hives.sql"],
        ),
        # One table of SQLite's among those of PostgreSQL.
        (
            {
                "esquema.sql": "create table b (id int generated always as identity, at date,\n"
                "n int generated by default as identity);\ncreate table c (a int autoincrement);\n" + TABLE
            },
            ["esquema.sql"],
        ),
        # The document, where no SQL defines anything.
        ({"docs/setup.md": f"Run:\n```sql\n{TABLE}\n```\n"}, ["docs/setup.md"]),
        # Half of what the code asks for stands nowhere.
        ({"sql/fix.sql": "create table c ();"}, []),
        ({"docs/setup.md": "```sql\ncreate table c ();\n```\n"}, []),
        # A way back, and what was put away, define nothing.
        ({"backup/all.sql": TABLE, "down.sql": TABLE}, []),
    ],
)
def test_what_makes_the_tables_that_code_asks_for_is_the_schema(files: dict[str, str], taken: list[str]) -> None:
    layout = layout_of(files | {"app.js": asking("a", "b")})
    assert (applied(layout) if layout.databases else []) == taken
    assert not taken or "is taken for the schema" in reasons(layout)[taken[0]]
    assert all(path not in only(layout).documents for path in taken)


def test_tables_whose_names_stand_in_constants_are_asked_for_too() -> None:
    code = CLIENT.format("createClient(a, b).from(T.one).select(); const T = { one: 'a', two: 'b', c: `c` }")
    tables = TABLE + "create table b (); create table c ();"
    assert applied(layout_of({"db/all_final.sql": tables, "app.js": code})) == ["db/all_final.sql"]
    assert layout_of({"db/all_final.sql": tables, "app.js": asking("x", "y", "z")}).databases == ()


def test_migrations_in_code_that_are_not_read_make_no_other_sql_the_schema() -> None:
    files = {"migrations/0001_initial.py": "class Migration(migrations.Migration): ...", "notes.sql": TABLE}
    assert layout_of(files | {"app.py": "supabase.table('a')"}).databases == ()


def test_nothing_at_all() -> None:
    assert layout_of({}) == Layout()


@pytest.mark.parametrize(
    "name, text, read",
    [
        ("002_rollback_notes.sql", "-- drops all\nbegin;\ndrop view if exists v cascade;\n", False),
        ("002-down.sql", "", False),
        ("002_rollback_notes.sql", "alter table pens add column ink text;\n", True),
        ("002_drop_notes.sql", "", True),
        ("002_rollback_one.sql", "drop table pens;\n", True),
        ("001_rollback_notes.sql", "alter table pens drop column ink;\n", False),
        ("0001_undo_it.sql", "alter table pens drop column ink;\n", False),
    ],
)
def test_a_numbered_file_that_is_the_way_back_from_another_is_not_read(name: str, text: str, read: bool) -> None:
    made = "create table if not exists notes (id bigint); create table tags (id bigint); create view v as select 1;"
    files = {
        "migrations/001_notes.sql": made,
        f"migrations/{name}": text + "drop table if exists notes cascade; /* and */ drop table tags;",
    }
    layout = layout_of({"package.json": "{}", **files})
    assert applied(layout) == (sorted(files) if read else ["migrations/001_notes.sql"])
    assert read or name == "002-down.sql" or "it is the way back" in reasons(layout)[f"migrations/{name}"]
    supabase = {f"supabase/{path}": text for path, text in files.items()}
    assert len(applied(layout_of(supabase))) == 1 + ("_" in name), "its runner goes by the number alone"


@pytest.mark.parametrize(("name", "read"), [("notes", False), ("tags", True)])
def test_what_goes_back_on_the_day_of_another_file_has_its_name(name: str, read: bool) -> None:
    files = {
        "migrations/20250101_add_notes.sql": "create table notes (id bigint);",
        f"migrations/20250101_rollback_{name}.sql": "alter table notes drop column id;",
    }
    assert len(applied(layout_of(files))) == 1 + read
