"""Several databases, and whose code and documents are whose."""

from __future__ import annotations

import os
import random
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from discover.layouts import MONOREPO, TABLE, applied, code_of, layout_of
from tripoint.config import Config
from tripoint.sources.code.testcode import is_test_path
from tripoint.sources.discover import discover
from tripoint.sources.layouts.kinds import is_test
from tripoint.tree import OverlayTree, WorkTree


def test_several_databases_go_by_folder() -> None:
    layout = layout_of(MONOREPO)
    assert code_of(layout) == {"apps/shop": ["apps/shop/page.tsx"], "services/jobs": ["services/jobs/main.go"]}
    assert [files.documents for files in layout.databases] == [("apps/shop/README.md",), ()]
    assert [file.path for file in layout.unassigned_code] == ["libs/util.ts"]
    assert layout.unassigned_documents == ("README.md",)
    assert layout.left_out == {"document under none of the databases": 1}
    ((path, problem),) = layout.problems
    assert path == "libs/util.ts"
    assert problem.kind == "unresolved"


def test_a_package_that_asks_the_platform_belongs_to_its_one_database() -> None:
    client = '{"dependencies": {"@supabase/supabase-js": "2"}}'
    files = {
        **MONOREPO,
        "apps/shop/supabase/config.toml": "[api]",
        "apps/site/package.json": client,
        "apps/site/src/page.tsx": "",
        "libs/package.json": "{}",
    }
    layout = layout_of(files)
    assert code_of(layout)["apps/shop"] == ["apps/shop/page.tsx", "apps/site/src/page.tsx"]
    assert [file.path for file in layout.unassigned_code] == ["libs/util.ts"]
    twice = {**files, "apps/mill/supabase/migrations/1_a.sql": TABLE, "apps/mill/supabase/config.toml": "[api]"}
    assert [file.path for file in layout_of(twice).unassigned_code] == ["apps/site/src/page.tsx", "libs/util.ts"]


def test_folders_of_one_hosted_project_are_one_database() -> None:
    other = "supabase/migrations/20250102000000_b.sql"
    files = {f"apps/shop/{other.replace('02000000_b', '01000000_a')}": TABLE, "apps/shop/page.tsx": ""}
    files |= {f"apps/desk/{other}": "create table b (id bigint);", "apps/desk/page.tsx": "", "apps/site/page.tsx": ""}
    config = {f"apps/{app}/supabase/config.toml": f'project_id = "{"abcd" * 5}"' for app in ("shop", "desk", "site")}
    assert [one.database.root for one in layout_of(files).databases] == ["apps/desk", "apps/shop"]
    (database,) = layout_of(files | config).databases
    assert (database.database.root, len(database.code), len(database.database.migrations)) == ("apps", 3, 2)
    named = {path: text.replace("abcd" * 5, "shop") for path, text in config.items()}
    assert len(layout_of(files | named).databases) == 2


def test_scripts_with_a_package_of_their_own_have_no_database_of_their_own() -> None:
    files = {"package.json": "{}", "database/01_a.sql": TABLE, "database/02_b.sql": "create table b (id int);"}
    aside = {"NAME/package.json": "{}", "NAME/init.sql": "create table c (id int); create table d (id int);"}
    for name, many in (("jobs", 2), ("scripts", 1)):
        more = {path.replace("NAME", name): text for path, text in aside.items()} | {f"{name}/run.js": ""}
        assert len(layout_of(files | more).databases) == many


def test_a_folder_that_carries_migrations_serves_the_package_around_it() -> None:
    layout = layout_of(
        {
            "libs/storage/pyproject.toml": "",
            "libs/storage/infra/supabase/migrations/1_a.sql": TABLE,
            "libs/jobs/db/migrations/1_a.sql": TABLE,
        }
    )
    assert [files.database.root for files in layout.databases] == ["libs/jobs", "libs/storage"]


def test_a_single_database_owns_everything() -> None:
    layout = layout_of({"apps/web/supabase/migrations/1_a.sql": TABLE, "packages/ui/a.ts": "", "docs/model.md": ""})
    (files,) = layout.databases
    assert (files.database.name, files.database.root) == ("default", "apps/web")
    assert code_of(layout) == {"default": ["packages/ui/a.ts"]}
    assert files.documents == ("docs/model.md",)


def test_code_belongs_to_the_database_whose_package_it_imports() -> None:
    layout = layout_of(
        {
            "packages/a/package.json": '{"name": "@x/a"}',
            "packages/a/migrations/1_a.sql": TABLE,
            "packages/b/package.json": '{"name": "@x/a-b"}',
            "packages/b/migrations/1_a.sql": TABLE,
            "packages/b/own.ts": "import '@x/a/client'",
            "apps/one.ts": "import { db } from '@x/a'",
            "apps/two.ts": 'const db = require("@x/a-b/client")',
            "apps/both.ts": "import '@x/a'; import '@x/a-b'",
            "packages/b/named.ts": "const sizes = ['@x/a', 'large']",
        }
    )
    assert code_of(layout) == {
        "packages/a": ["apps/one.ts", "packages/b/own.ts"],
        "packages/b": ["apps/two.ts", "packages/b/named.ts"],
    }
    assert [file.path for file in layout.unassigned_code] == ["apps/both.ts"]


def test_code_of_go_below_no_database_belongs_to_the_one_whose_packages_it_imports() -> None:
    first = "-- +goose Up\ncreate table users (id int primary key{});\n"
    layout = layout_of(
        {
            "go.mod": "module x.org/shop\n",
            "internal/books/db/migrations/00001_a.sql": first.format(", name text"),
            "internal/books/own.go": 'package books\n\nimport "x.org/shop/internal/core/db"\n',
            "internal/core/db/migrations/00001_b.sql": first.format(", title text"),
            "internal/core/db/db.go": "package db\n",
            "cmd/shop/main.go": 'package main\n\nimport (\n\t"x.org/shop/internal/core/db"\n)\n',
            "cmd/both/main.go": 'import (\n\t"x.org/shop/internal/core/db"\n\t"x.org/shop/internal/books"\n)\n',
            "cmd/other/main.go": 'package main\n\nimport "x.org/shop/internal/corestore"\n',
        }
    )
    assert code_of(layout) == {
        "internal/books": ["internal/books/own.go"],
        "internal/core": ["cmd/shop/main.go", "internal/core/db/db.go"],
    }
    assert [file.path for file in layout.unassigned_code] == ["cmd/both/main.go", "cmd/other/main.go"]


def test_two_histories_in_one_folder_are_one_database() -> None:
    layout = layout_of(
        {
            "prisma/schema.prisma": 'datasource db {\n provider = "postgresql"\n}',
            "prisma/migrations/20240103000000_x/migration.sql": TABLE,
            "supabase/migrations/20240101000000_a.sql": "alter table a enable row level security;",
        }
    )
    (files,) = layout.databases
    assert [file.layout for file in files.database.migrations] == ["prisma", "supabase"]
    assert files.database.platform == "supabase"
    assert "2 histories of migrations" in layout.problems[0][1].reason


def test_copies_of_migrations_are_read_once() -> None:
    files = {f"supabase/migrations/{name}": TABLE for name in ("20240101000000_a.sql", "20240102000000_b.sql")}
    copies = {name.rpartition("/")[2]: text for name, text in files.items()}
    layout = layout_of({"supabase/config.toml": "", **copies, **files})
    assert [file.path for file in layout.databases[0].database.migrations] == sorted(files)
    assert [(path, "copies of migrations" in found.reason) for path, found in layout.problems] == [
        ("20240101000000_a.sql", True)
    ]


def test_two_histories_with_dates_are_read_in_their_order() -> None:
    layout = layout_of(
        {
            "migrations/20251106_b.sql": "create table if not exists a (id bigint);",
            "migrations/20251107_c.sql": "create table c (id bigint);",
            "supabase/migrations/20250910152030_a.sql": TABLE,
            "supabase/migrations/20251106120000_d.sql": "alter table a enable row level security;",
        }
    )
    (files,) = layout.databases
    assert [file.path.rpartition("_")[2] for file in files.database.migrations] == ["a.sql", "b.sql", "d.sql", "c.sql"]
    assert "by their timestamps" in layout.problems[0][1].reason


def test_an_orms_schema_joins_the_migrations() -> None:
    layout = layout_of(
        {
            "supabase/migrations/1_a.sql": TABLE,
            "packages/db/package.json": "{}",
            "packages/db/prisma/schema.prisma": 'datasource db {\n provider = "postgresql"\n}',
        }
    )
    (files,) = layout.databases
    assert [schema.path for schema in files.orm] == ["packages/db/prisma/schema.prisma"]
    assert files.database.definition == "migrations"


@pytest.mark.parametrize(("model", "databases"), [("Post", 2), ("orders", 1)])
def test_the_models_of_another_application_are_a_database_of_its_own(model: str, databases: int) -> None:
    prisma = f'datasource db {{\n provider = "postgresql"\n}}\nmodel {model} {{\n id Int @id\n}}\n'
    files = {
        "apps/shop/package.json": "{}",
        "apps/shop/migrations/1_a.sql": "create table orders (id int); create table carts (id int);",
        "apps/blog/package.json": "{}",
        "apps/blog/prisma/schema.prisma": prisma,
    }
    assert len(layout_of(files).databases) == databases


@pytest.mark.parametrize(("others", "databases"), [(1, 1), (2, 2)])
def test_models_that_map_mostly_other_tables_are_a_database_of_its_own(others: int, databases: int) -> None:
    names = ["session", *(f"lease{number}" for number in range(others))]
    files = {
        "apps/shop/package.json": "{}",
        "apps/shop/migrations/1_a.sql": "create table session (id int); create table cards (id int);",
        "apps/rent/package.json": "{}",
        "apps/rent/drizzle.config.ts": "export default { dialect: 'postgresql', schema: './schema.ts' };",
        "apps/rent/schema.ts": "".join(f"export const {name} = pgTable('{name}', {{}});\n" for name in names),
    }
    assert len(layout_of(files).databases) == databases


@pytest.mark.parametrize(
    ("model", "columns", "databases"),
    [
        ("orders", "placed_at ship_to user_id", 1),  # a part of the tables that the history makes
        ("orders", "placed_at blog_id author_id", 2),
        ("sessions", "placed_at ship_to user_id", 2),  # which every application has
        ("leases", "placed_at ship_to user_id", 2),
    ],
)
def test_models_of_a_few_of_the_tables_are_the_same_database(model: str, columns: str, databases: int) -> None:
    more = "".join(f"create table {name} (id int);\n" for name in ("sessions", "carts", "cards", "items", "sizes"))
    fields = ", ".join(f"{name[:2]}: text('{name}')" for name in columns.split())
    files = {
        "apps/shop/package.json": "{}",
        "apps/shop/migrations/1_a.sql": f"create table orders (placed_at date, ship_to text, user_id int);\n{more}",
        "apps/send/package.json": "{}",
        "apps/send/drizzle.config.ts": "export default { dialect: 'postgresql', schema: './schema.ts' };",
        "apps/send/schema.ts": f"export const m = pgTable('{model}', {{ {fields} }});\n",
    }
    assert len(layout_of(files).databases) == databases


def test_a_stray_history_joins_the_one_above() -> None:
    layout = layout_of(
        {
            "supabase/migrations/20240101000000_a.sql": TABLE,
            "app/supabase/migrations/20240102000000_b.sql": "alter table a drop column b;",
            "app/page.ts": "",
        }
    )
    (files,) = layout.databases
    assert [file.version for file in files.database.migrations] == ["20240101000000", "20240102000000"]


@pytest.mark.parametrize(
    ("files", "platform"),
    [
        ({"db/migrations/1_a.sql": TABLE}, "postgresql"),
        ({"db/migrations/1_a.sql": TABLE + "create policy p on a using (auth.uid() = b);"}, "supabase"),
        ({"db/migrations/1_a.sql": TABLE + "grant select on a to authenticated;"}, "supabase"),
        ({"db/migrations/1_a.sql": "-- needs no supabase_admin\n" + TABLE}, "postgresql"),
        ({"db/migrations/1_a.sql": TABLE + "create role anon; grant select on a to anon;"}, "postgresql"),
        # Who makes the platform's own tables is not on it.
        ({"db/migrations/1_a.sql": TABLE + "create table if not exists storage.objects (id uuid);"}, "postgresql"),
        (
            {"db/migrations/1_a.sql": TABLE, "package.json": '{"dependencies": {"@supabase/supabase-js": "2"}}'},
            "supabase",
        ),
        ({"db/migrations/1_a.sql": TABLE, "app/pubspec.yaml": "dependencies:\n  supabase_flutter: ^2"}, "supabase"),
        ({"schema.sql": "-- Run it in the SQL Editor of Supabase.\n" + TABLE}, "supabase"),
        ({"sql/schema_supabase.sql": TABLE}, "supabase"),
        ({"migrations/20240101000000_drop_supabase_id.sql": TABLE}, "postgresql"),
        (
            {"schema.sql": TABLE, "index.html": "<script src='https://esm.sh/@supabase/supabase-js@2'></script>"},
            "supabase",
        ),
    ],
)
def test_platform(files: dict[str, str], platform: str) -> None:
    assert [found.database.platform for found in layout_of(files).databases] == [platform]


def test_fixtures_are_no_databases_unless_asked_for() -> None:
    files = {"test/db/schema.sql": TABLE, "src/a.ts": "", "tests/supabase/migrations/1_a.sql": TABLE, "test/a.md": ""}
    layout = layout_of(files)
    assert layout.databases == ()
    assert dict(layout.left_out) == {"SQL among tests or fixtures": 1, "document among tests or fixtures": 1}
    assert sorted(path for path, _ in layout.problems) == ["test/db/schema.sql", "tests/supabase/migrations/1_a.sql"]
    asked = layout_of(files, Config(include_tests=True))
    assert len(asked.databases) == 2


def test_what_tests_are_run_on_is_no_database_beside_the_products() -> None:
    layout = layout_of({"migrations/1_a.sql": TABLE, "store/test-files/postgres.sql": TABLE.replace(" a ", " b ")})
    assert applied(layout) == ["migrations/1_a.sql"]
    assert dict(layout.left_out) == {"SQL among tests or fixtures": 1}


def test_an_example_is_a_database_of_its_own() -> None:
    layout = layout_of(
        {
            "supabase/migrations/1_a.sql": TABLE,
            "a.ts": "",
            "examples/todo/supabase/migrations/1_b.sql": TABLE,
            "examples/todo/b.ts": "",
        }
    )
    assert code_of(layout) == {"default": ["a.ts"], "examples/todo": ["examples/todo/b.ts"]}


def test_tests_types_and_languages() -> None:
    names = [
        "a.ts",
        "a.test.ts",
        "a.d.ts",
        "b_test.go",
        "test_c.py",
        "e2e/d.ts",
        "FooTests.swift",
        "x.check.ts",
        "y.rb",
    ]
    layout = layout_of(
        {
            **dict.fromkeys(names, ""),
            "supabase/migrations/1_a.sql": TABLE,
            "types/database.ts": "export type Database = {\n  public: {\n    Tables: {\n      a: {\n        Row: {\n",
        },
        Config(tests=("*.check.ts",)),
    )
    (files,) = layout.databases
    assert {file.path: file.test for file in files.code} == {
        "FooTests.swift": True,
        "a.test.ts": True,
        "a.ts": False,
        "b_test.go": True,
        "e2e/d.ts": True,
        "test_c.py": True,
        "x.check.ts": True,
    }
    assert files.types == ("types/database.ts",)


def test_documents() -> None:
    names = [
        "README.md",
        "CHANGELOG.md",
        "LICENSE.md",
        "docs/model.mdx",
        "docs/er.mmd",
        "db.dbml",
        ".github/x.md",
        ".helper/skills/migrate/GUIDE.md",
        "notes.txt",
    ]
    layout = layout_of(
        {**dict.fromkeys(names, ""), "supabase/migrations/1_a.sql": TABLE}, Config(documents=("docs/model.mdx",))
    )
    (files,) = layout.databases
    assert files.documents == ("README.md", "db.dbml", "docs/er.mmd", "docs/model.mdx")
    assert files.domain_models == ("docs/model.mdx",)
    assert dict(layout.left_out) == {"document of a kind that describes no schema": 4}


# ---- settings


def test_excluded_files_are_counted() -> None:
    layout = layout_of({"legacy/a.ts": "", "legacy/schema.sql": TABLE, "b.ts": ""}, Config(exclude=("legacy",)))
    assert dict(layout.left_out) == {"excluded by the settings": 2}
    assert layout.databases == ()


def test_unreadable_files_are_problems(tmp_path: Path) -> None:
    folder = tmp_path / "supabase" / "migrations"
    folder.mkdir(parents=True)
    (folder / "1_a.sql").write_text(TABLE)
    os.symlink("nowhere.sql", folder / "2_b.sql")
    os.mkfifo(folder / "3_c.sql")
    layout = discover(WorkTree(tmp_path), Config())
    assert [file.path for file in layout.databases[0].database.migrations] == ["supabase/migrations/1_a.sql"]
    assert {path: problem.reason for path, problem in layout.problems} == {
        "supabase/migrations/2_b.sql": "is a link to nothing",
        "supabase/migrations/3_c.sql": "is a named pipe",
    }


def test_the_order_of_files_does_not_matter() -> None:
    items = list(
        {**MONOREPO, "schema.sql": TABLE, "prisma/schema.prisma": 'datasource d {\nprovider = "postgresql"\n}'}.items()
    )
    expected = layout_of(dict(items))
    for seed in range(5):
        random.Random(seed).shuffle(items)
        assert layout_of(dict(items)) == expected


WORDS = """
    supabase migrations config.toml 1_a.sql V1__a.sql up.sql 1_a.up.sql schema.sql schema.prisma migration.sql meta
    _journal.json drizzle.config.ts sqitch.plan sqitch.conf deploy sqlc.yaml atlas.sum structure.sql db a.ts
    package.json compose.yaml initdb.d test R__x.sql committed current
    """
NAMES = st.sampled_from(WORDS.split())
PATHS = st.lists(NAMES, min_size=1, max_size=4).map("/".join)
TEXTS = st.one_of(
    st.binary(max_size=40),
    st.sampled_from(
        [TABLE.encode(), b"-- +goose Up\n" + TABLE.encode(), b'datasource d {\nprovider = "postgresql"\n}', b"[api]\n"]
    ),
    st.sampled_from(
        [b'{"name": 3}', b'{"entries": [{"idx": 0, "tag": "../x"}]}', b"sql:\n - schema: ../..\n", b"a\nb\n@c\na\n"]
    ),
)


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], max_examples=150, deadline=None)
@given(st.dictionaries(PATHS, TEXTS, max_size=10))
def test_any_project_has_a_layout(files: dict[str, bytes]) -> None:
    layout = discover(OverlayTree(WorkTree("."), files), Config())
    names = [found.database.name for found in layout.databases]
    assert len(set(names)) == len(names)
    for found in layout.databases:
        assert all(file.path in files for file in found.database.migrations)
        assert (found.database.definition == "migrations") <= bool(found.database.migrations)


def test_code_without_a_reader_is_said_aloud_once_for_each_language() -> None:
    layout = layout_of(
        {
            "migrations/1_a.sql": TABLE,
            "src/main.rs": "use diesel::prelude::*;",
            "src/other.rs": "fn main() { diesel::insert_into(t) }",
            "src/read.rs": "fn main() { sqlx::query(SQL) }",
            "src/plain.rs": "fn main() {}",
            "tests/db.rs": "use sqlx::PgPool;",
            "Main.java": "import org.jdbi.v3.core.Jdbi;",
            "ios/Podfile.rb": "pod 'A'",
        }
    )
    assert layout.databases[0].unread_languages == ("Java", "Rust (Diesel, SeaORM)")
    said = {path: problem.reason for path, problem in layout.problems}
    assert list(said) == ["Main.java", "src/main.rs"]
    assert said["src/main.rs"].startswith("one of 2 files that speak to a database in Rust (Diesel, SeaORM), which")


def test_drafts_without_a_package_of_their_own() -> None:
    layout = layout_of(
        {
            "supabase/migrations/20250101000000_a.sql": TABLE,
            "drafts/01_a.sql": TABLE,
            "drafts/02_a.sql": "select 1;",
            "web/index.ts": "",
        }
    )
    assert [files.database.root for files in layout.databases] == [""]


def test_scripts_at_the_root_of_a_monorepo_that_make_what_the_history_below_makes() -> None:
    files = {
        "package.json": "{}",
        "apps/web/package.json": '{"dependencies": {"@supabase/supabase-js": "2"}}',
        "apps/web/supabase/migrations/20250101000000_a.sql": TABLE + "create table more (id bigint primary key);",
        "data/steps/01_setup.sql": "drop table if exists a; " + TABLE,
        "data/steps/02_rows.sql": "insert into a values (1);",
        "apps/phone/index.ts": "",
    }
    (database,) = layout_of(files).databases
    assert database.database.root == "apps/web"
    assert [file.path for file in database.database.migrations] == list(files)[2:3]
    files["data/steps/01_setup.sql"] += "create table other (id bigint primary key);"
    assert len(layout_of(files).databases) == 2


def test_a_history_that_is_comments_alone() -> None:
    journal = '{"dialect": "postgresql", "entries": [{"idx": 0, "tag": "0000_pull"}]}'
    layout = layout_of(
        {
            "package.json": "{}",
            "drizzle/meta/_journal.json": journal,
            "drizzle/0000_pull.sql": f"-- what was there\n/*\n{TABLE}\n*/\n",
            "db/schema.sql": TABLE,
        }
    )
    (files,) = layout.databases
    assert [migration.path for migration in files.database.migrations] == ["db/schema.sql"]


def test_a_dump_that_quotes_every_name_is_of_the_platform() -> None:
    layout = layout_of({"schema.sql": f'{TABLE}\nGRANT ALL ON TABLE "public"."t" TO "anon";\n'})
    assert [files.database.platform for files in layout.databases] == ["supabase"]


@pytest.mark.parametrize(
    "path, test",
    [
        ("app/api/mail/test/route.ts", False),
        ("web/src/routes/test/+page.server.ts", False),
        ("test/app/page.tsx", True),
        ("app/api/test/helper.ts", True),
        ("app/__tests__/page.tsx", True),
        ("crates/store/src/test_utils.rs", True),
        ("crates/store/src/tests.rs", True),
        ("src/testHelpers.ts", True),
        ("src/test_results.rs", False),
    ],
)
def test_a_route_that_is_called_test(path: str, test: bool) -> None:
    assert (is_test(path), is_test_path(path)) == (test, test)


def test_copies_of_one_project_s_migrations_are_one_database() -> None:
    steps = {f"{n}_a.sql": f"create table t{n} (id bigint primary key);" for n in (1, 2, 3)}
    copies = {
        f"apps/{app}/supabase/migrations/{name}": text for app in ("web", "mobile") for name, text in steps.items()
    }
    files = {**copies, "apps/web/supabase/migrations/4_a.sql": TABLE, "apps/mobile/a.ts": "", "apps/web/b.ts": ""}
    layout = layout_of(files)
    (database,) = layout.databases
    assert [file.path for file in database.database.migrations] == [
        f"apps/web/supabase/migrations/{n}_a.sql" for n in (1, 2, 3, 4)
    ]
    assert code_of(layout) == {"default": ["apps/mobile/a.ts", "apps/web/b.ts"]}
    assert [path for path, problem in layout.problems if "copies of migrations" in problem.reason] == [
        "apps/mobile/supabase/migrations/1_a.sql"
    ]
    other = {path: f"{text} create table own (id int);" if "mobile" in path else text for path, text in files.items()}
    assert len(layout_of(other).databases) == 2
    # What stands above both is a database of its own, and not the one that they are copies of.
    above = {"apps/supabase/migrations/1_own.sql": "create table above (id bigint primary key);", "apps/c.ts": ""}
    assert len(layout_of({**files, **above}).databases) == 3


def test_services_of_one_package_that_one_database_cannot_take_have_one_each() -> None:
    files = {"go.mod": "module shop\n", "services/a/store.go": "package a\n", "services/b/store.go": "package b\n"}
    number = "migrations/000001_init.up.sql"
    split = layout_of(files | {f"services/a/{number}": TABLE, f"services/b/{number}": "create table a (b int);"})
    assert [one.database.root for one in split.databases] == ["services/a", "services/b"]
    assert [[file.path for file in one.code] for one in split.databases] == [
        ["services/a/store.go"],
        ["services/b/store.go"],
    ]
    other = layout_of(files | {f"services/a/{number}": TABLE, f"services/b/{number}": "create table b (b int);"})
    assert [one.database.root for one in other.databases] == [""]


@pytest.mark.parametrize(("depends", "owner"), [("pg", ""), ("@supabase/supabase-js", "apps/web")])
def test_a_container_beside_supabase_is_a_database_of_its_own(depends: str, owner: str) -> None:
    tables = "".join(f"create table {name} (id bigint);\n" for name in ("jobs", "runs", "logs"))
    files = {
        "compose.yml": "volumes:\n  - ./db/init.sql:/docker-entrypoint-initdb.d/init.sql\n",
        "db/init.sql": tables,
        "apps/web/package.json": '{"dependencies": {"@supabase/supabase-js": "2"}}',
        "apps/web/supabase/migrations/20250101000000_a.sql": TABLE,
        "apps/web/page.tsx": "",
        "apps/api/package.json": f'{{"dependencies": {{"{depends}": "2"}}}}',
        "apps/api/main.ts": "",
    }
    layout = layout_of(files)
    assert {d.database.root: d.database.platform for d in layout.databases} == {
        "": "postgresql",
        "apps/web": "supabase",
    }
    assert "apps/api/main.ts" in {d.database.root: [f.path for f in d.code] for d in layout.databases}[owner]
    started = {**files, "apps/web/supabase/migrations/20250101000000_a.sql": TABLE + tables}
    assert [d.database.root for d in layout_of(started).databases] == ["apps/web"]
