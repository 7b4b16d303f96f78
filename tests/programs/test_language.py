"""What JavaScript decides without a run is told as it decides it: each body makes the tables that a run would make."""

from __future__ import annotations

import pytest

from tripoint.sources.migrations.fold import Folded, fold
from tripoint.sources.programs.javascript.read import read_javascript


def folded(body: str) -> Folded:
    text = f"""
import {{ MigrationInterface, QueryRunner }} from 'typeorm';
const make = (q, names) => {{ for (const name of names) q.query(`CREATE TABLE ${{name}} (id int)`); }};
export class A implements MigrationInterface {{ async up(q: QueryRunner) {{ {body} }} }}
"""
    return fold([("a.ts", read_javascript(text.encode(), ".ts", "typeorm"))])


def made(found: Folded) -> str:
    return " ".join(sorted(name.name for name in found.catalog.tables))


@pytest.mark.parametrize(
    "body, tables",
    [
        # strings
        ("make(q, [' a '.trim(), 'B'.toLowerCase(), 'c '.trimEnd()]);", "a b c"),
        ("make(q, ['a'.concat('_', 'b'), 'x-y'.replace('-', '_'), 'l-m'.replaceAll('-', '_')]);", "a_b l_m x_y"),
        ("make(q, [...'a,b'.split(','), `n${'abc'.length}`, String('c'), 'd'.toString()]);", "a b c d n3"),
        ("let name = 'a'; name += '_b'; make(q, [name, name + 1, 1 + 1 + 'x' === '2x' ? 'c' : 'd']);", "a_b a_b1 c"),
        ("make(q, [`t${0x10}`, `u${1_000}`, 'e\\x61', `f\\u0061`]);", "ea fa t16 u1000"),
        # lists
        ("make(q, [...['a', 'b'].map((one, at) => one + at)]);", "a0 b1"),
        ("make(q, [...['a', 'b', 'c'].filter((one) => one !== 'b')]);", "a c"),
        ("['a', 'b'].forEach((one) => make(q, [one])); make(q, [['c', 'd'].join('_')]);", "a b c_d"),
        ("const all = ['a']; all.push('b', 'c'); make(q, [...all, `n${all.length}`, all[1] + 'x']);", "a b bx c n3"),
        ("make(q, [...['a'].concat(['b'], 'c')]); if (['a'].includes('a')) make(q, ['d']);", "a b c d"),
        ("for (const at in { a: 1 }) make(q, ['x']);", "x"),
        # objects
        ("make(q, [...Object.keys({ a: 1, b: 2 }), ...Object.values({ x: 'c' })]);", "a b c"),
        ("for (const [key, value] of Object.entries({ a: 'b' })) make(q, [key, value]);", "a b"),
        ("const o = { ...{ a: 'x' }, ['b']: 'y', c() { return 'z'; } }; make(q, [o.a, o['b'], o.c()]);", "x y z"),
        ("const one = Object.freeze({ a: 'x' }); one.b = 'y'; make(q, [one.a, one.b]);", "x y"),
        # what names are bound to
        ("const { a, b: c, d = 'z' } = { a: 'x', b: 'y' }; make(q, [a, c, d]);", "x y z"),
        ("const [a, , b] = ['x', 'no', 'y']; make(q, [a, b]);", "x y"),
        ("const f = ({ a }, b = 'z') => make(q, [a, b]); f({ a: 'x' }, 'y');", "x y"),
        ("const f = (a = 'x') => make(q, [a]); f();", "x"),
        ("let a; [a] = ['x']; make(q, [a!, (a as string) + 'y']);", "x xy"),
        # what is decided
        ("if (!false && 2 > 1 && 1 <= 1 && -1 < 0) make(q, ['a']); else make(q, ['b']);", "a"),
        ("make(q, [null ?? 'a', '' || 'b', 'x' && 'c', undefined === void 0 ? 'd' : 'no']);", "a b c d"),
        ("for (const one of ['a', 'b', 'c']) { if (one === 'b') continue; make(q, [one]); }", "a c"),
        ("for (const one of ['a', 'b', 'c']) { if (one === 'b') break; make(q, [one]); }", "a"),
        # calls
        ("function f(n) { return n ? f(n - 1) : 'a'; } const g = () => 'b'; make(q, [g()]);", "b"),
        ("await Promise.all([q.query('CREATE TABLE a ()')]); console.log('x'); await Promise.resolve();", "a"),
        ("try { make(q, ['a']); } catch (error) { throw error; } finally { make(q, ['b']); }", "a b"),
        ("class B { name = 'a'; of() { return this.name; } static run(q) { make(q, ['b']); } } B.run(q);", "b"),
    ],
)  # fmt: skip
def test_what_the_language_decides(body: str, tables: str) -> None:
    found = folded(body)
    assert found.opaque == ()
    assert made(found) == tables


@pytest.mark.parametrize(
    "body",
    [
        "make(q, [process.env.NAME]);",
        "make(q, [...names()]);",
        "make(q, [`a${Math.random()}`]);",
        "for (const name of process.argv) make(q, [name]);",
        "make(q, [['a', 'b'].at(process.argc)]);",
        "make(q, ['a' * 2]);",
        "for (let i = 0; i < 2; i++) make(q, [`t${i}`]);",
        "const [a, b = 'x'] = ['y']; make(q, [b]);",
        "const f = (...all) => make(q, all); f('x');",
        "switch (process.argc) { case 1: make(q, ['x']); break; default: make(q, ['z']); }",
    ],
)
def test_what_only_a_run_decides_is_said(body: str) -> None:
    found = folded(body)
    assert made(found) == ""
    assert found.opaque


def test_a_branch_that_only_a_run_decides_leaves_open_what_it_assigns() -> None:
    found = folded("let name = 'a'; if (process.env.X) { name = 'b'; } make(q, [name]);")
    assert made(found) == ""
    assert found.opaque


@pytest.mark.parametrize(
    ("asked", "types"),
    [
        ("knex.client.config.client === 'sqlite3'", ["uuid"]),
        ("['postgresql', 'postgres'].includes(knex.client.config.client)", ["text"]),
        ("knex.client.dialect !== 'postgresql'", ["uuid"]),
        ("'pg' === knex.client.driverName", ["text"]),
    ],
)
def test_knex_speaks_to_postgresql(asked: str, types: list[str]) -> None:
    body = f"if ({asked}) {{ table.text('id'); }} else {{ table.uuid('id'); }}"
    text = f"exports.up = (knex) => knex.schema.createTable('a', (table) => {{ {body} }});"
    (table,) = fold([("a.js", read_javascript(text.encode(), ".js", "knex"))]).catalog.tables.values()
    assert [column.type for column in table.columns.values()] == types


def test_what_a_condition_decides_of_a_builder_of_knex_is_done_under_it_alone() -> None:
    text = """exports.up = async (knex) => {
      const old = await knex.schema.hasColumn('ships', 'draught');
      await knex.schema.createTable('ships', (table) => {
        table.increments();
        if (settings.kind === 'mysql') { table.charset('utf8'); }
      });
      await knex.schema.alterTable('ships', (table) => {
        if (!old) { table.integer('draught'); }
        switch (settings.kind) {
          case 'mysql': table.specificType('log', 'LONGTEXT').alter(); break;
          case 'mssql': table.specificType('log', 'VARCHAR(max)').alter(); break;
        }
      });
    };"""
    found = fold([("a.js", read_javascript(text.encode(), ".js", "knex"))])
    (table,) = found.catalog.tables.values()
    assert list(table.columns) == ["id", "draught"]
    assert not found.impossible
    assert not found.in_vain
    assert found.opaque


def test_a_migration_may_be_what_a_module_is_as_common_js_exports() -> None:
    text = """export = {
      up: (queryInterface: QueryInterface, Sequelize: SequelizeStatic) =>
        queryInterface.createTable("Ships", { id: { type: Sequelize.INTEGER, primaryKey: true } }),
      down: (queryInterface: QueryInterface) => queryInterface.dropTable("Ships"),
    };"""
    found = fold([("a.ts", read_javascript(text.encode(), ".ts", "sequelize"))])
    assert made(found) == "Ships"
    assert not found.opaque


def test_sql_that_kysely_compiles_is_sent_as_a_query() -> None:
    text = """import { sql } from 'kysely';
    export async function up(db) {
      await db.executeQuery(sql`CREATE TABLE ships (id int)`.compile(db));
    }"""
    found = fold([("a.ts", read_javascript(text.encode(), ".ts", "kysely"))])
    assert made(found) == "ships"
    assert not found.opaque


def test_views_of_kysely_show_what_their_queries_select() -> None:
    text = """import { sql } from 'kysely';
    export async function up(db) {
      await db.schema.createTable('ships').addColumn('id', 'int4').addColumn('flag', 'text').execute();
      await db.schema.createView('fleet').as(db.selectFrom('ships').selectAll()).execute();
      await db.schema.createView('flags').orReplace().as(db.selectFrom('ships').select(['flag'])).execute();
      await db.schema.createView('counted').as(sql`SELECT count(*) AS n FROM ships`).execute();
      await db.schema.createView('told').as(db.selectFrom('ships').where('id', '=', 1).selectAll()).execute();
    }"""
    found = fold([("a.ts", read_javascript(text.encode(), ".ts", "kysely"))])
    columns = {name.name: list(table.columns) for name, table in found.catalog.tables.items()}
    assert columns == {"ships": ["id", "flag"], "fleet": ["id", "flag"], "flags": ["flag"], "counted": ["n"]}
    (opaque,) = found.opaque
    assert opaque.may_touch == frozenset(["told"])
