"""What a migration in TypeScript or JavaScript does must make the catalog that the SQL makes which its runner sends."""

from __future__ import annotations

import pytest

from tripoint.sources.database.compare import differences
from tripoint.sources.migrations.fold import fold
from tripoint.sources.programs.javascript.read import read_javascript
from tripoint.sql.read import read_sql

TYPEORM = """
import { MigrationInterface, QueryRunner, Table, TableColumn, TableForeignKey, TableIndex } from "typeorm";

const SCHEMA = 'shop';

export class Orders1700000000000 implements MigrationInterface {
    name = 'Orders1700000000000'

    private async touch(runner: QueryRunner, table: string): Promise<void> {
        await runner.query(`ALTER TABLE ${table} ADD touched_at timestamptz`);
    }

    public async up(queryRunner: QueryRunner): Promise<void> {
        await queryRunner.query(`CREATE TABLE "users" ("id" uuid NOT NULL DEFAULT gen_random_uuid(), "fullName" text,
            CONSTRAINT "PK_users" PRIMARY KEY ("id"))`);
        await queryRunner.query('CREATE SCHEMA ' + SCHEMA + "; CREATE TABLE shop.items (id int)");
        for (const table of ['users', `${SCHEMA}.items`]) {
            await this.touch(queryRunner, table);
        }
        await Promise.all(['a', 'b'].map((name) => queryRunner.query(`CREATE TABLE ${name}_log (at date)`)));
        await queryRunner.createTable(new Table({
            name: 'orders',
            columns: [
                { name: 'id', type: 'int', isPrimary: true, isGenerated: true, generationStrategy: 'increment' },
                { name: 'user_id', type: 'uuid' },
                { name: 'state', type: 'enum', enum: ['open', 'paid'], default: "'open'" },
                { name: 'total', type: 'numeric', precision: 10, scale: 2, isNullable: true },
                { name: 'created_at', type: 'timestamp with time zone', default: 'now()' },
            ],
            foreignKeys: [{ name: 'FK_user', columnNames: ['user_id'], referencedTableName: 'users',
                            referencedColumnNames: ['id'], onDelete: 'CASCADE' }],
            uniques: [{ name: 'UQ_orders', columnNames: ['user_id', 'created_at'] }],
        }), true);
        await queryRunner.addColumn('orders', new TableColumn({ name: 'note', type: 'varchar', length: '50',
                                                                isNullable: true }));
        await queryRunner.createIndex('orders', new TableIndex({ name: 'IX_total', columnNames: ['total'] }));
        await queryRunner.renameColumn('orders', 'note', 'remark');
        await queryRunner.dropTable('b_log');
        if (await queryRunner.hasColumn('shop.items', 'touched_at')) {
            await queryRunner.query('ALTER TABLE shop.items ADD seen int');
        }
        const table = await queryRunner.getTable('orders');
        const other = await queryRunner.getTable('no_orders');
        if (!table?.findColumnByName('remark')) await queryRunner.dropTable('users');
        if (!table.columns.find((column) => column.name === 'gone')) {
            await queryRunner.addColumn(table, new TableColumn({ name: 'gone', type: 'int', isNullable: true }));
        }
        if (other) await queryRunner.dropTable('users');
    }

    public async down(queryRunner: QueryRunner): Promise<void> {
        await queryRunner.query(`DROP TABLE "users"`);
    }
}
"""
TYPEORM_SQL = """
CREATE TABLE users (
    id uuid NOT NULL DEFAULT gen_random_uuid(), "fullName" text, CONSTRAINT "PK_users" PRIMARY KEY (id)
);
CREATE SCHEMA shop;
CREATE TABLE shop.items (id int);
ALTER TABLE users ADD touched_at timestamptz;
ALTER TABLE shop.items ADD touched_at timestamptz, ADD seen int;
CREATE TABLE a_log (at date);
CREATE TYPE orders_state_enum AS ENUM ('open', 'paid');
CREATE TABLE orders (
    id serial NOT NULL PRIMARY KEY, user_id uuid NOT NULL, state orders_state_enum NOT NULL DEFAULT 'open',
    total numeric(10, 2), created_at timestamptz NOT NULL DEFAULT now(), remark varchar(50), gone int,
    CONSTRAINT "FK_user" FOREIGN KEY (user_id) REFERENCES users (id) ON DELETE CASCADE,
    CONSTRAINT "UQ_orders" UNIQUE (user_id, created_at)
);
CREATE INDEX "IX_total" ON orders (total);
"""

KNEX = """
exports.up = async (knex) => {
  await knex.schema
    .createTable('users', (t) => {
      t.increments();
      t.string('name', 50).notNullable().unique();
      t.text('kind').defaultTo('plain');
      t.boolean('active').notNullable().defaultTo(true);
      t.timestamp('seen_at').defaultTo(knex.fn.now());
      t.specificType('tags', 'text[]');
      t.timestamps(true, true);
    })
    .createTable('posts', (table) => {
      table.uuid('id').primary();
      table.integer('user_id').references('id').inTable('users').onDelete('CASCADE').index();
      table.enu('state', ['draft', 'out']);
      table.enu('tone', ['low', 'high'], { useNative: true, enumName: 'post_tone' }).defaultTo('low');
      table.decimal('price', 8, 2);
      table.unique(['user_id', 'state']);
    });
  await knex.raw('ALTER TABLE ?? ADD COLUMN extra jsonb', ['posts']);
  if (!(await knex.schema.hasTable('late'))) {
    await knex.schema.createTable('late', (t) => { t.bigIncrements('id') });
  }
  await knex.schema.hasTable('older').then((exists) => {
    if (!exists) {
      return knex.schema.createTable('older', (t) => { t.biginteger('id') });
    }
  });
  if (!(await knex.schema.hasColumn('posts', 'notes'))) {
    await knex.schema.alterTable('posts', (t) => { t.text('notes') });
    await knex.schema.alterTable('posts', (t) => {
      t.enum('echo', null, { useNative: true, existingType: true, enumName: 'post_tone' });
      t.enum('mark', ['x'], { useNative: true, enumName: 'post_mark' });
    });
  }
  if (await knex.schema.hasColumn('posts', 'nothing')) {
    await knex.schema.alterTable('posts', (t) => { t.text('never') });
  }
  return knex.schema.alterTable('users', (t) => {
    t.dropUnique(['name']);
    t.renameColumn('kind', 'sort');
    t.dropColumn('active');
    t.foreign('id').references('late.id');
    t.text('name').nullable().defaultTo('none').alter();
    t.timestamp('seen_at').notNull().alter({ alterType: false });
    t.string('sort', 9).notNullable().alter({ alterNullable: false });
  }).then(() => knex('users').insert({ name: 'a' }));
};
exports.down = (knex) => knex.schema.dropTable('users');
"""
KNEX_SQL = """
CREATE TABLE users (
    id serial PRIMARY KEY, name text DEFAULT 'none', sort varchar(9), seen_at timestamptz NOT NULL, tags text[],
    created_at timestamptz NOT NULL DEFAULT CURRENT_TIMESTAMP, updated_at timestamptz NOT NULL DEFAULT CURRENT_TIMESTAMP
);
CREATE TYPE post_tone AS ENUM ('low', 'high');
CREATE TYPE post_mark AS ENUM ('x');
CREATE TABLE posts (
    id uuid PRIMARY KEY, user_id integer, state text CHECK (state in ('draft', 'out')), tone post_tone DEFAULT 'low',
    price numeric(8, 2), extra jsonb, notes text, echo post_tone, mark post_mark
);
ALTER TABLE posts ADD CONSTRAINT posts_user_id_foreign FOREIGN KEY (user_id) REFERENCES users (id) ON DELETE CASCADE;
ALTER TABLE posts ADD CONSTRAINT posts_user_id_state_unique UNIQUE (user_id, state);
CREATE INDEX posts_user_id_index ON posts (user_id);
CREATE TABLE late (id bigserial PRIMARY KEY);
CREATE TABLE older (id bigint);
ALTER TABLE users ADD CONSTRAINT users_id_foreign FOREIGN KEY (id) REFERENCES late (id);
"""

KYSELY = """
import { Kysely, sql } from 'kysely';
export async function up(db: Kysely<any>): Promise<void> {
  await sql`CREATE TYPE mood AS ENUM ('good', 'bad')`.execute(db);
  await db.schema
    .createTable('person')
    .addColumn('id', 'serial', (col) => col.primaryKey())
    .addColumn('name', 'varchar(40)', (col) => col.notNull().unique())
    .addColumn('mood', sql`mood`, (col) => col.defaultTo('good'))
    .addColumn('at', 'timestamptz', (col) => col.defaultTo(sql`now()`).notNull())
    .execute();
  await db.schema.createTable('pet')
    .addColumn('owner', 'integer', (col) => col.references('person.id').onDelete('cascade'))
    .addColumn('kind', 'text')
    .addPrimaryKeyConstraint('pet_pk', ['owner', 'kind'])
    .execute();
  await db.schema.createIndex('pet_kind').on('pet').column('kind').execute();
  await db.schema.createIndex('pet_latest').on('pet').expression(sql`lower(kind), owner desc`).execute();
  await db.schema.createIndex('pet_hash').on('pet').using('hash (kind)').execute();
  const rows = await sql<{ owner: number; kind: string | null }>`select owner, kind from pet`.execute(db);
  await db.schema.alterTable('pet').renameColumn('kind', 'species').execute();
  await db.insertInto('person').values({ name: 'a' }).execute();
}
export async function down(db: Kysely<any>): Promise<void> { await db.schema.dropTable('pet').execute(); }
"""
KYSELY_SQL = """
CREATE TYPE mood AS ENUM ('good', 'bad');
CREATE TABLE person (
    id serial PRIMARY KEY, name varchar(40) NOT NULL UNIQUE, mood mood DEFAULT 'good',
    at timestamptz NOT NULL DEFAULT now()
);
CREATE TABLE pet (
    owner integer REFERENCES person (id) ON DELETE cascade, species text, CONSTRAINT pet_pk PRIMARY KEY (owner, species)
);
CREATE INDEX pet_kind ON pet (species);
CREATE INDEX pet_latest ON pet (lower(species), owner DESC);
CREATE INDEX pet_hash ON pet USING hash (species);
"""

PGM = """
exports.shorthands = undefined;
exports.up = (pgm) => {
  pgm.createExtension('citext', { ifNotExists: true });
  pgm.createType('level', ['low', 'high']);
  pgm.createTable('users', {
    id: 'id',
    email: { type: 'citext', notNull: true, unique: true },
    level: { type: 'level', default: 'low' },
    created_at: { type: 'timestamp', notNull: true, default: pgm.func('current_timestamp') },
  });
  pgm.createTable('posts', { user_id: { type: 'int', references: 'users', onDelete: 'CASCADE' }, body: 'string' });
  pgm.addColumns('posts', { slug: { type: 'varchar(20)' } });
  pgm.createIndex('posts', ['user_id', 'slug'], { unique: true });
  pgm.dropColumns('posts', ['body']);
  pgm.sql('CREATE VIEW {v} AS SELECT id FROM users', { v: 'ids' });
};
exports.down = (pgm) => { pgm.dropTable('posts'); };
"""
PGM_SQL = """
CREATE EXTENSION citext;
CREATE TYPE level AS ENUM ('low', 'high');
CREATE TABLE users (
    id serial PRIMARY KEY, email citext NOT NULL UNIQUE, level level DEFAULT 'low',
    created_at timestamp NOT NULL DEFAULT current_timestamp
);
CREATE TABLE posts (user_id integer REFERENCES users ON DELETE CASCADE, slug varchar(20));
CREATE UNIQUE INDEX posts_user_id_slug_unique_index ON posts (user_id, slug);
CREATE VIEW ids AS SELECT id FROM users;
"""

SEQUELIZE = """
'use strict';
module.exports = {
  up: async (queryInterface, Sequelize) => {
    await queryInterface.createTable('users', {
      id: { type: Sequelize.UUID, primaryKey: true, allowNull: false },
      email: { type: Sequelize.STRING, allowNull: false, unique: true },
      role: { type: Sequelize.ENUM('admin', 'member'), defaultValue: 'member' },
      count: { type: Sequelize.INTEGER, defaultValue: 0 },
      createdAt: { type: Sequelize.DATE, allowNull: false, defaultValue: Sequelize.literal('CURRENT_TIMESTAMP') },
    });
    await queryInterface.sequelize.transaction(async (transaction) => {
      await queryInterface.addColumn('users', 'teamId', {
        type: Sequelize.UUID, references: { model: 'users', key: 'id' }, onDelete: 'SET NULL',
      }, { transaction });
      await queryInterface.addIndex('users', ['teamId'], { transaction });
    });
    await queryInterface.changeColumn('users', 'count', { type: Sequelize.BIGINT, allowNull: false });
    await queryInterface.renameColumn('users', 'count', 'total');
    await queryInterface.sequelize.query('CREATE VIEW mails AS SELECT email FROM users');
  },
  down: async (queryInterface) => { await queryInterface.dropTable('users'); },
};
"""
SEQUELIZE_SQL = """
CREATE TYPE enum_users_role AS ENUM ('admin', 'member');
CREATE TABLE users (
    id uuid NOT NULL PRIMARY KEY, email varchar(255) NOT NULL UNIQUE, role enum_users_role DEFAULT 'member',
    total bigint NOT NULL, "createdAt" timestamptz NOT NULL DEFAULT CURRENT_TIMESTAMP,
    "teamId" uuid REFERENCES users (id) ON DELETE SET NULL
);
CREATE INDEX users_team_id ON users ("teamId");
CREATE VIEW mails AS SELECT email FROM users;
"""

MIKRO = """
import { Migration } from '@mikro-orm/migrations';
export class Migration20240101000000 extends Migration {
  override async up(): Promise<void> {
    this.addSql(`create table "users" ("id" serial primary key);`);
    this.addSql(['create index on users (id)', 'alter table users add name text'][1]);
  }
  override async down(): Promise<void> { this.addSql(`drop table "users";`); }
}
"""
MIKRO_SQL = "create table users (id serial primary key); alter table users add name text;"

DB_MIGRATE = """
exports.up = function(db, callback) {
  db.runSql('CREATE TABLE a (id int)', function () {
    return db.runSql('CREATE TABLE b (id int)', callback);
  });
};
"""
DB_MIGRATE_SQL = "CREATE TABLE a (id int); CREATE TABLE b (id int);"

KYSELY_CHANGES = """
import { sql } from 'kysely';
export async function up(db) {
  await db.schema.createSchema('shop').ifNotExists().execute();
  await db.withSchema('shop').schema.createTable('items').ifNotExists()
    .addColumn('id', 'bigint', (col) => col.generatedAlwaysAsIdentity().primaryKey())
    .addColumn('at', 'datetime', (col) => col.defaultTo(sql`now()`))
    .addColumn('two', 'integer', (col) => col.generatedAlwaysAs(sql`1 + 1`).stored())
    .addUniqueConstraint('items_at', ['at'])
    .addCheckConstraint('items_id', sql`id > 0`)
    .execute();
  await db.schema.createType('size').asEnum(['s', 'l']).execute();
  await db.schema.createTable('boxes').addColumn('item', 'bigint').addColumn('size', sql`size`)
    .addColumn('old', 'text').addColumn('gone', 'text', (col) => col.notNull())
    .execute();
  await db.schema.alterTable('boxes').addForeignKeyConstraint('boxes_item', ['item'], 'shop.items', ['id'])
    .onDelete('cascade').onUpdate('set null').execute();
  await db.transaction().execute(async (trx) => {
    await trx.schema.alterTable('boxes')
      .alterColumn('item', (col) => col.setNotNull())
      .alterColumn('old', (col) => col.setDataType('integer'))
      .alterColumn('size', (col) => col.setDefault('s'))
      .addColumn('seen', 'boolean', (col) => col.defaultTo(false).notNull().unique())
      .addColumn('size', 'text', (col) => col.ifNotExists())
      .dropColumn('gone')
      .execute();
  });
  await db.schema.alterTable('boxes').dropConstraint('boxes_item').ifExists().cascade().execute();
  await db.schema.alterTable('boxes').renameTo('crates').execute();
  await db.schema.createIndex('crates_old').ifNotExists().on('crates').columns(['old', 'item desc']).unique().execute();
  await db.schema.createIndex('crates_item').on('crates').column('item').execute();
  await db.schema.dropIndex('crates_item').execute();
  await db.schema.createTable('none').addColumn('id', 'integer').execute();
  await db.schema.dropTable('none').ifExists().cascade().execute();
}
"""
KYSELY_CHANGES_SQL = """
CREATE SCHEMA shop;
CREATE TABLE shop.items (
    id bigint PRIMARY KEY GENERATED ALWAYS AS IDENTITY, at timestamp DEFAULT now(),
    two integer GENERATED ALWAYS AS (1 + 1) STORED,
    CONSTRAINT items_at UNIQUE (at), CONSTRAINT items_id CHECK (id > 0)
);
CREATE TYPE size AS ENUM ('s', 'l');
CREATE TABLE crates (
    item bigint NOT NULL, size size DEFAULT 's', old integer, seen boolean NOT NULL DEFAULT false
);
ALTER TABLE crates ADD CONSTRAINT boxes_seen_key UNIQUE (seen);
CREATE UNIQUE INDEX crates_old ON crates (old, item);
"""

PGM_CHANGES = """
exports.up = (pgm) => {
  pgm.createSchema('shop');
  pgm.createTable({ schema: 'shop', name: 'items' }, {
    id: { type: 'bigint', primaryKey: true, sequenceGenerated: { precedence: 'ALWAYS' } },
    two: { type: 'int', expressionGenerated: '1 + 1' },
    kind: 'text',
  }, { constraints: { unique: [['kind', 'id']], check: 'id > 0' } });
  pgm.createType('size', ['s']);
  pgm.addTypeValue('size', 'l');
  pgm.createTable('boxes', {
    item: { type: 'bigint' }, size: { type: 'size' }, old: { type: 'text' }, gone: { type: 'text' },
  }, { ifNotExists: true });
  pgm.addConstraint('boxes', 'boxes_item', {
    foreignKeys: { columns: 'item', references: { schema: 'shop', name: 'items' }, onDelete: 'CASCADE' },
  });
  pgm.addConstraint('boxes', 'boxes_pk', { primaryKey: ['size', 'item'] });
  pgm.addConstraint('boxes', 'boxes_old', 'CHECK (length(old) > 1)');
  pgm.alterColumn('boxes', 'old', { notNull: true, default: 'x' });
  pgm.alterColumn('boxes', 'gone', { type: 'int', notNull: false, default: null });
  pgm.renameColumn('boxes', 'gone', 'went');
  pgm.dropConstraint('boxes', 'boxes_old');
  pgm.renameTable('boxes', 'crates');
  pgm.createIndex('crates', 'lower(old)', { name: 'crates_lower', method: 'btree', where: 'went > 0' });
  pgm.createIndex('crates', 'went');
  pgm.dropIndex('crates', 'went');
  pgm.createView('olds', {}, 'SELECT old FROM crates');
  pgm.createMaterializedView('sizes', {}, 'SELECT size FROM crates');
  pgm.dropMaterializedView('sizes');
  pgm.createTable('none', { id: 'id' });
  pgm.dropTable('none', { cascade: true });
};
"""
PGM_CHANGES_SQL = """
CREATE SCHEMA shop;
CREATE TABLE shop.items (
    id bigint PRIMARY KEY GENERATED ALWAYS AS IDENTITY, two integer GENERATED ALWAYS AS (1 + 1) STORED, kind text,
    UNIQUE (kind, id), CHECK (id > 0)
);
CREATE TYPE size AS ENUM ('s', 'l');
CREATE TABLE crates (
    item bigint, size size, old text NOT NULL DEFAULT 'x', went integer,
    CONSTRAINT boxes_item FOREIGN KEY (item) REFERENCES shop.items ON DELETE CASCADE,
    CONSTRAINT boxes_pk PRIMARY KEY (size, item)
);
CREATE INDEX crates_lower ON crates USING btree (lower(old)) WHERE went > 0;
CREATE VIEW olds AS SELECT old FROM crates;
"""

SEQUELIZE_CHANGES = """
module.exports = {
  async up(queryInterface, { DataTypes, Sequelize }) {
    await queryInterface.createSchema('shop');
    await queryInterface.createTable({ schema: 'shop', tableName: 'items' }, {
      id: { type: DataTypes.INTEGER, autoIncrement: true, primaryKey: true },
      tags: { type: DataTypes.ARRAY(DataTypes.STRING(20)) },
      price: DataTypes.DECIMAL(8, 2),
      at: { type: DataTypes.DATEONLY, defaultValue: DataTypes.NOW },
    }, { uniqueKeys: { both: { fields: ['price', 'at'] } } });
    await queryInterface.createTable('boxes', { item: DataTypes.INTEGER, old: DataTypes.TEXT, gone: DataTypes.TEXT });
    await queryInterface.addConstraint('boxes', {
      fields: ['item'], type: 'foreign key', name: 'boxes_item',
      references: { table: { schema: 'shop', tableName: 'items' }, field: 'id' }, onDelete: 'cascade',
    });
    await queryInterface.addConstraint('boxes', { fields: ['old'], type: 'unique', name: 'boxes_once' });
    await queryInterface.changeColumn('boxes', 'old', { type: DataTypes.STRING, defaultValue: 'x', allowNull: false });
    await queryInterface.createTable('lids', {
      box: { type: DataTypes.INTEGER, allowNull: false }, size: { type: DataTypes.INTEGER, allowNull: false },
      item: { type: DataTypes.INTEGER, allowNull: false },
    });
    await queryInterface.changeColumn('lids', 'size', { type: DataTypes.BIGINT });
    await queryInterface.changeColumn('lids', 'item', {
      type: DataTypes.BIGINT, references: { model: { schema: 'shop', tableName: 'items' }, key: 'id' },
    });
    await queryInterface.removeColumn('boxes', 'gone');
    await queryInterface.addIndex('boxes', ['item', 'old'], { unique: true });
    await queryInterface.addIndex('boxes', { fields: ['item'], name: 'by_item' });
    await queryInterface.addIndex('boxes', ['old']);
    await queryInterface.removeIndex('boxes', ['old']);
    await queryInterface.removeConstraint('boxes', 'boxes_once');
    await queryInterface.renameTable('boxes', 'crates');
    await queryInterface.createTable('none', { id: DataTypes.INTEGER });
    await queryInterface.dropTable('none');
    const lids = await queryInterface.describeTable('lids');
    if (!lids.name) await queryInterface.addColumn('lids', 'name', { type: DataTypes.TEXT });
    if (!lids['size']) await queryInterface.addColumn('lids', 'size2', { type: DataTypes.TEXT });
    if ('box' in lids && lids.note === undefined) {
      await queryInterface.addColumn('lids', 'note', { type: DataTypes.TEXT });
    }
    if (!lids.hasOwnProperty('box')) await queryInterface.addColumn('lids', 'box2', { type: DataTypes.TEXT });
  },
};
"""
SEQUELIZE_CHANGES_SQL = """
CREATE SCHEMA shop;
CREATE TABLE shop.items (
    id serial PRIMARY KEY, tags varchar(20)[], price numeric(8, 2), at date DEFAULT now(), UNIQUE (price, at)
);
CREATE TABLE crates (
    item integer, old varchar(255) NOT NULL DEFAULT 'x',
    CONSTRAINT boxes_item FOREIGN KEY (item) REFERENCES shop.items (id) ON DELETE cascade
);
CREATE TABLE lids (
    box integer NOT NULL, size bigint, item integer NOT NULL REFERENCES shop.items (id), name text, note text
);
CREATE UNIQUE INDEX boxes_item_old ON crates (item, old);
CREATE INDEX by_item ON crates (item);
"""

PAIRS = {
    "typeorm": (TYPEORM, ".ts", TYPEORM_SQL),
    "knex": (KNEX, ".js", KNEX_SQL),
    "kysely": (KYSELY, ".ts", KYSELY_SQL),
    "node-pg-migrate": (PGM, ".js", PGM_SQL),
    "sequelize": (SEQUELIZE, ".js", SEQUELIZE_SQL),
    "kysely: changes": (KYSELY_CHANGES, ".ts", KYSELY_CHANGES_SQL),
    "node-pg-migrate: changes": (PGM_CHANGES, ".js", PGM_CHANGES_SQL),
    "sequelize: changes": (SEQUELIZE_CHANGES, ".js", SEQUELIZE_CHANGES_SQL),
    "mikro-orm": (MIKRO, ".ts", MIKRO_SQL),
    "db-migrate": (DB_MIGRATE, ".js", DB_MIGRATE_SQL),
}


@pytest.mark.parametrize("title", PAIRS)
def test_a_program_makes_the_catalog_of_the_sql_that_it_sends(title: str) -> None:
    program, suffix, sql = PAIRS[title]
    runner = title.partition(":")[0]
    written = read_sql(sql.encode())
    assert not written.problems
    expected, folded = (
        fold([("a.sql", written)]),
        fold([("a" + suffix, read_javascript(program.encode(), suffix, runner))]),
    )
    assert folded.opaque == ()
    assert folded.problems == {}
    found = [(d.kind, d.subject, d.aspect, d.left, d.right) for d in differences(expected.catalog, folded.catalog)]
    assert found == []
    assert expected.catalog.tables


def test_knex_hands_over_its_promise() -> None:
    old = """
exports.up = function (knex, Promise) {
  return Promise.all([
    knex.schema.createTable('harbours', function (table) { table.increments(); }),
    knex.schema.createTable('ships', function (table) { table.increments(); table.string('flag'); })
  ]);
};
"""
    facts = read_javascript(old.encode(), ".js", "knex")
    assert [name.name for name in sorted(fold([("a.js", facts)]).catalog.tables)] == ["harbours", "ships"]
    assert facts.problems == ()
