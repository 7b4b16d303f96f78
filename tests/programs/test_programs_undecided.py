"""What of a migration in code can't be told is said, and nothing that it may touch is called missing."""

from __future__ import annotations

from pathlib import Path

import pytest

from tripoint.audit import audit_folder
from tripoint.config import Config
from tripoint.model.audit import Audit
from tripoint.reading.beside import Beside
from tripoint.sources.discover import discover
from tripoint.sources.migrations.fold import Folded, fold
from tripoint.sources.programs.javascript.read import read_javascript
from tripoint.tree import WorkTree

HEAD = "import { MigrationInterface, QueryRunner } from 'typeorm';\nimport { makeTables } from './helpers';\n"


def folded(body: str, head: str = HEAD) -> Folded:
    text = f"{head}export class A implements MigrationInterface {{\n  async up(q: QueryRunner) {{ {body} }}\n}}\n"
    return fold([("a.ts", read_javascript(text.encode(), ".ts", "typeorm"))])


def made(body: str) -> set[str]:
    return {str(name) for name in folded(body).catalog.tables}


@pytest.mark.parametrize(
    "body",
    [
        "await makeTables(q);",
        "await makeTables({ runner: q });",
        "await q.query(readFileSync('a.sql', 'utf8'));",
        "const make = q[process.argv[2]]; await make('CREATE TABLE a (id int)');",
        "await q.something();",
    ],
)
def test_what_is_handed_on_may_make_anything(body: str) -> None:
    (opaque,) = folded(body).opaque
    assert opaque.anything


def test_a_part_that_the_grammar_refuses_is_found_however_deep() -> None:
    aside = "function aside() {" * 2000 + " a = ; " + "}" * 2000 + "\n"
    (opaque,) = folded("await q.query('CREATE TABLE a (id int)');", HEAD + aside).opaque
    assert "the grammar refuses" in opaque.reason


def test_a_builder_call_that_is_not_read_leaves_open_what_it_names() -> None:
    (opaque,) = folded("await q.changeColumn('users', 'name', new TableColumn({ name: 'title' }));").opaque
    assert not opaque.anything
    assert opaque.may_touch is not None
    assert {"users", "name", "title"} <= opaque.may_touch


def test_all_that_is_unclear_in_a_file_is_one_notice() -> None:
    (opaque,) = folded("await makeTables(q);\n await makeTables(q, 2);").opaque
    assert "1 more in this file" in opaque.reason


def test_a_condition_that_only_a_run_decides_leaves_its_tables_open() -> None:
    found = folded(
        "if (process.env.A) { await q.query('CREATE TABLE a (id int)'); } await q.query('CREATE TABLE b ()');"
    )
    assert {str(name) for name in found.catalog.tables} == {"public.b"}
    assert any("a" in (opaque.may_touch or ()) or opaque.may_touch is None for opaque in found.opaque)


def test_what_stands_behind_a_return_by_a_known_condition_is_not_reached() -> None:
    assert made("const on = false; if (!on) { return; } await q.query('CREATE TABLE a ()');") == set()
    assert made("const on = true; if (!on) { return; } await q.query('CREATE TABLE a ()');") == {"public.a"}


def test_the_way_down_is_not_read() -> None:
    down = "async down(q) { await q.query('DROP TABLE a'); }"
    text = HEAD + "export class A implements MigrationInterface { async up(q) {} " + down + "}"
    assert read_javascript(text.encode(), ".ts", "typeorm").statements == ()


@pytest.mark.parametrize("text", ["", "}{", "export class {", "\x00\xff", "const a = " + "(" * 5_000, "up = 1"])
def test_no_bytes_break_the_reader(text: str) -> None:
    for runner in ("typeorm", "knex", "kysely", "sequelize", "node-pg-migrate", "mikro-orm", "db-migrate"):
        (statement,) = read_javascript(text.encode("latin-1"), ".js", runner).statements
        assert statement.kind == "Unclear"


# ---- whole projects

PACKAGE = '{"name": "shop", "dependencies": {"pg": "8", "typeorm": "0.3"}}'
CODE = """import { Pool } from 'pg';
const pool = new Pool();
export const all = () => pool.query('select id, total, gone from orders');
export const other = () => pool.query('select id from nowhere');
"""
MIGRATION = "src/migrations/1700000000001-First.ts"
PROJECT = {"package.json": PACKAGE, "src/a.ts": CODE}
FIRST = HEAD + (
    "export class First1700000000001 implements MigrationInterface {\n"
    "  async up(q: QueryRunner) {\n"
    '    await q.query(`CREATE TABLE "orders" ("id" int, "total" int, CONSTRAINT "PK" PRIMARY KEY ("id"))`);\n'
    "  }\n}\n"
)


def audited(folder: Path, files: dict[str, str]) -> Audit:
    for path, text in files.items():
        (folder / path).parent.mkdir(parents=True, exist_ok=True)
        (folder / path).write_text(text)
    return audit_folder(folder)


def test_code_is_held_against_a_program_and_the_evidence_points_into_it(tmp_path: Path) -> None:
    found = audited(
        tmp_path, {"package.json": PACKAGE, "src/migrations/1700000000001-First.ts": FIRST, "src/a.ts": CODE}
    )
    missing = {finding.rule: finding for finding in found.findings if finding.rule.startswith("missing")}
    assert {rule: finding.subject for rule, finding in missing.items()} == {
        "missing-column": "public.orders.gone",
        "missing-table": "public.nowhere",
    }
    column = next(finding for finding in found.findings if finding.rule == "missing-column")
    assert (MIGRATION, 5, 20) in [(spot.path, spot.line, spot.column) for spot in column.spots]


def test_nothing_is_missing_where_a_program_may_have_made_it(tmp_path: Path) -> None:
    helped = FIRST.replace("  async up(q: QueryRunner) {\n", "  async up(q: QueryRunner) {\n    await makeTables(q);\n")
    found = audited(
        tmp_path, {"package.json": PACKAGE, "src/migrations/1700000000001-First.ts": helped, "src/a.ts": CODE}
    )
    assert [finding.rule for finding in found.findings if finding.rule.startswith("missing")] == []
    assert any("what makeTables does is not in this file" in notice.reason for notice in found.notices)


HELPED = FIRST.replace("  async up(q: QueryRunner) {\n", "  async up(q: QueryRunner) {\n    await makeTables(q);\n")
HELPER = "src/migrations/helpers.ts"


@pytest.mark.parametrize(
    ("helper", "missing"),
    [
        ("export const makeTables = (q) => q.query(chosen('create table made (gone int)'));", ["public.nowhere"]),
        ("import { NAMES } from '../names';\nexport const makeTables = (q) => q.query(chosen(NAMES.first));",
         ["public.nowhere"]),
        ("export const makeTables = (q) => q.manager.count();", ["public.nowhere", "public.orders.gone"]),
        ("import { more } from 'elsewhere';\nexport const makeTables = (q) => more(q);",
         ["public.nowhere", "public.orders.gone"]),
    ],
)  # fmt: skip
def test_a_function_of_another_module_makes_what_is_named_there(
    tmp_path: Path, helper: str, missing: list[str]
) -> None:
    names = {"src/names.ts": "export const NAMES = { first: 'alter table orders add column gone int' };"}
    found = audited(tmp_path, {**PROJECT, **names, MIGRATION: HELPED, HELPER: helper})
    told = [finding.subject for finding in found.findings if finding.rule.startswith("missing")]
    assert sorted(told) == missing
    left = [notice.reason for notice in found.notices if "held against nothing" in notice.reason]
    assert any("orders.gone" in reason for reason in left) is (len(missing) == 1)


@pytest.mark.parametrize(
    ("helper", "columns"),
    [
        ("export const makeTables = async (q) => q.query('alter table orders add column gone int');", "gone"),
        ("import { NAMES } from '../names';\nexport function makeTables(q) { return q.query(NAMES.first); }", "gone"),
        ("export * from './more';", "gone"),
        ("import { made } from './more';\nexport { made as makeTables };", "gone"),
        ("import * as more from './more';\nexport const makeTables = (q) => more.made(q, 'later');", "later"),
        ("const { made } = require('./more');\nexport const makeTables = (q) => made(q, LATER);\nconst LATER = 'late';",
         "late"),
    ],
)  # fmt: skip
def test_a_function_of_another_module_of_the_project_is_followed(tmp_path: Path, helper: str, columns: str) -> None:
    more = "export const made = (q, name = 'gone') => q.query(`alter table orders add column ${name} int`);\n"
    files = {
        "src/names.ts": "export const NAMES = { first: 'alter table orders add column gone int' };",
        "src/migrations/more.ts": more + "export { made as makeTables };",
    }
    handed = FIRST.replace("  }\n}\n", "    await makeTables(q);\n  }\n}\n")
    found = audited(tmp_path, {**PROJECT, **files, MIGRATION: handed, HELPER: helper})
    (orders,) = found.evidence[0].defined.tables.values()
    assert list(orders.columns) == ["id", "total", columns]
    assert not [notice for notice in found.notices if "is not in this file" in notice.reason]


def test_what_a_module_does_for_a_migration_stands_where_that_asks_for_it(tmp_path: Path) -> None:
    helper = (
        "// Long before.\n" * 40 + "export const makeTables = (q) => q.query('alter table nothing add column a int');"
    )
    handed = FIRST.replace("  }\n}\n", "    await makeTables(q);\n    await makeTables(q);\n  }\n}\n")
    (tmp_path / "src/migrations").mkdir(parents=True)
    (tmp_path / HELPER).write_text(helper)
    text = Beside(WorkTree(tmp_path)).bundled(MIGRATION, "typeorm", handed.encode())
    _, *added = read_javascript(text, ".ts", "typeorm").statements
    assert [handed[one.start : one.end] for one in added] == ["await makeTables(q);"] * 2


@pytest.mark.parametrize("forged", ["//tripoint-module []", '//tripoint-module [[0,"../make"]]'])
def test_a_line_that_looks_like_the_start_of_a_module_hides_nothing(tmp_path: Path, forged: str) -> None:
    found = audited(tmp_path, {**PROJECT, MIGRATION: f"\n{forged}\n{FIRST}"})
    (orders,) = found.evidence[0].defined.tables.values()
    assert list(orders.columns) == ["id", "total"]


def test_a_helper_that_changes_is_read_anew(tmp_path: Path) -> None:
    from tripoint.cache import Cache
    from tripoint.options import Options

    handed = FIRST.replace("  }\n}\n", "    await makeTables(q);\n  }\n}\n")
    helper = "export const makeTables = (q) => q.query('alter table orders add column first int');"
    audited(tmp_path / "p", {**PROJECT, MIGRATION: handed, HELPER: helper})
    for name in ("first", "second", "second"):
        (tmp_path / "p" / HELPER).write_text(helper.replace("first", name))
        with Cache(str(tmp_path / "cache")) as cache:
            found = audit_folder(tmp_path / "p", Options(cache=cache))
        (orders,) = found.evidence[0].defined.tables.values()
        assert name in orders.columns


def test_names_are_in_snake_case_where_kysely_is_given_the_plugin_for_it(tmp_path: Path) -> None:
    files = {
        "package.json": '{"dependencies": {"pg": "8", "kysely": "0.28"}}',
        "kysely.config.ts": "export default defineConfig({ dialect: 'pg', plugins: [new CamelCasePlugin()] });",
        "migrations/20240101000000_a.ts": "import { sql } from 'kysely';\nimport { withTimes } from '../src/times';\n"
        "export async function up(db) {\n  await db.schema.createTable('cargoShips').addColumn('portOfCall', 'text')\n"
        "    .$call(withTimes).execute();\n"
        "  await db.schema.createIndex('byPort').on('cargoShips').columns(['portOfCall']).execute();\n}\n",
        "src/times.ts": "export const withTimes = (table) => table.addColumn('seenAt', 'timestamptz');",
    }
    (table,) = audited(tmp_path, files).evidence[0].defined.tables.values()
    assert (table.name.name, list(table.columns)) == ("cargo_ships", ["port_of_call", "seen_at"])
    assert list(table.indexes) == ["by_port"]


def test_the_table_of_an_imported_name_is_named_in_its_module(tmp_path: Path) -> None:
    files = {
        "package.json": '{"dependencies": {"pg": "8", "knex": "3"}}',
        "src/names.js": "exports.NAMES = prefixed({ first: 'orders' });",
        "migrations/20240101000000_a.js": "const { NAMES } = require('../src/names');\n"
        "exports.up = (knex) => knex.schema.createTable(NAMES.first, (t) => { t.increments('id'); });\n",
        "migrations/20240102000000_b.js": "exports.up = (knex) => knex.schema.createTable('b', (t) => {});\n",
        "src/a.ts": CODE,
    }
    found = audited(tmp_path, files)
    assert [finding.subject for finding in found.findings if finding.rule == "missing-table"] == ["public.nowhere"]
    assert any("names orders" in notice.reason for notice in found.notices) or [
        notice for notice in found.notices if "that name orders" in notice.reason
    ]


# ---- discovery

KNEX = "exports.up = (knex) => knex.schema.createTable('a', (t) => { t.increments(); });\n"


def layout_of(folder: Path, files: dict[str, str]) -> tuple[list[str], list[str]]:
    for path, text in files.items():
        (folder / path).parent.mkdir(parents=True, exist_ok=True)
        (folder / path).write_text(text)
    layout = discover(WorkTree(folder), Config())
    paths = [one.path for files_ in layout.databases for one in files_.database.migrations]
    return paths, [problem.reason for _, problem in layout.problems]


def test_the_order_is_that_of_the_numbers(tmp_path: Path) -> None:
    names = [
        "src/migrations/1700000000010-B.ts",
        "src/migrations/999999999999-A.ts",
        "src/migrations/Z1700000000002.ts",
    ]
    text = FIRST.replace("First1700000000001", "First")
    paths, _ = layout_of(tmp_path, {"package.json": PACKAGE, **dict.fromkeys(names, text)})
    assert paths == [names[1], names[2], names[0]]


def test_nothing_is_read_where_nothing_says_that_the_database_is_postgresql(tmp_path: Path) -> None:
    paths, reasons = layout_of(tmp_path, {"package.json": "{}", "migrations/20240101000000_a.js": KNEX})
    assert paths == []
    assert any("not said to be PostgreSQL" in reason for reason in reasons)


def test_another_database_is_told_by_its_sql(tmp_path: Path) -> None:
    mysql = FIRST.replace('"orders"', "\\`orders\\`").replace('"id"', "\\`id\\`")
    paths, reasons = layout_of(tmp_path, {"package.json": PACKAGE, MIGRATION: mysql})
    assert paths == []
    assert any("MySQL" in reason for reason in reasons)


def test_a_builders_options_are_no_other_databases_sql(tmp_path: Path) -> None:
    made = "queryInterface.createTable('a', { id: { autoIncrement: true } })"
    text = f"module.exports = {{ up: (queryInterface, Sequelize) => {made} }}"
    paths, _ = layout_of(tmp_path, {"package.json": PACKAGE, "migrations/20240101000000-a.js": text})
    assert paths == ["migrations/20240101000000-a.js"]


def test_few_migrations_beside_many_models_are_no_history(tmp_path: Path) -> None:
    entities = "".join(f"@Entity('t{at}')\nexport class T{at} {{}}\n" for at in range(9))
    paths, reasons = layout_of(tmp_path, {"package.json": PACKAGE, MIGRATION: FIRST, "src/entities.ts": entities})
    assert paths == []
    assert any("no history of the whole schema" in reason for reason in reasons)
