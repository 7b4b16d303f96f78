"""SQL that goes through a query builder is SQL: it is held against the schema, whoever carries it."""

from __future__ import annotations

from pathlib import Path

import pytest

from tripoint.audit import audit_folder

ADDED = "this.addSql(`create table shelves (id bigint primary key, label text not null);`)"
MIGRATION = f"""import {{ Migration }} from '@mikro-orm/migrations'
export class Migration20250101000000 extends Migration {{
  async up() {{ {ADDED} }}
}}
"""


def project(root: Path, files: dict[str, str]) -> Path:
    for path, text in files.items():
        (root / path).parent.mkdir(parents=True, exist_ok=True)
        (root / path).write_text(text)
    return root


@pytest.mark.parametrize(
    ("imported", "call"),
    [
        ("{ EntityManager } from '@mikro-orm/postgresql'", "em.getConnection().execute(`{sql}`, [1])"),
        ("{ DataSource } from 'typeorm'", "em.query(`{sql}`, [1])"),
        ("knex from 'knex'", "em.raw(`{sql}`, [1])"),
    ],
)
def test_sql_that_a_builder_sends_names_a_column_that_is_not_there(tmp_path: Path, imported: str, call: str) -> None:
    sql = "select title from shelves where id = ?"
    root = project(
        tmp_path,
        {
            "package.json": '{"dependencies": {"@mikro-orm/postgresql": "6"}}',
            "src/migrations/Migration20250101000000.ts": MIGRATION,
            "src/shelf.ts": f"import {imported}\nexport const f = (em: any) => {call.format(sql=sql)}\n",
        },
    )

    (finding,) = audit_folder(root).findings
    assert (finding.rule, finding.severity, finding.subject) == ("missing-column", "high", "public.shelves.title")


def test_what_another_database_of_the_project_holds_is_low(tmp_path: Path) -> None:
    def package(name: str, sql: str) -> dict[str, str]:
        schema = 'datasource db {\n  provider = "postgresql"\n}\n'
        return {
            f"{name}/package.json": f'{{"name": "@shop/{name}"}}',
            f"{name}/prisma/schema.prisma": schema,
            f"{name}/prisma/migrations/20250101000000_a/migration.sql": sql,
        }

    call = 'import { prisma } from "@shop/main"\nexport const f = () => prisma.$queryRaw`select id from "Loans"`\n'
    files = {
        **package("main", 'create table "Loan" (id bigint primary key);'),
        **package("side", 'create table "Loans" (id bigint primary key);'),
        "main/index.ts": 'export { prisma } from "./generated/prisma/client"\n',
        "app/loans.ts": call,
    }

    (finding,) = audit_folder(project(tmp_path, files)).findings
    assert (finding.subject, finding.severity) == ("public.Loans", "low")
    assert finding.severity_reason == "the project's database side holds it, and the code may speak to that one"


def test_a_runner_s_own_table_in_a_document_is_not_missing(tmp_path: Path) -> None:
    files = {
        "supabase/migrations/20250101000000_a.sql": "create table public.shelves (id bigint primary key);",
        "docs/schema.dbml": 'Table shelves {\n  id int8\n}\n\nTable "drizzle"."__drizzle_migrations" {\n  id int4\n}\n',
    }

    found = {finding.rule for finding in audit_folder(project(tmp_path, files)).findings}
    assert "documented-but-missing" not in found


def test_sql_beside_a_with_query_of_a_builder_names_what_that_makes(tmp_path: Path) -> None:
    call = """import { Kysely, sql } from 'kysely'
export const deepest = (db: Kysely<any>) =>
  db.withRecursive('allAbove(id, depth)', (qb) => qb.selectFrom('shelves').select(['id', sql`0`.as('depth')]))
    .selectFrom('shelves')
    .where('id', '=', sql`(select a.id from all_above a order by a.depth limit 1)`)
    .where('id', '<', sql`(select b.id from all_below b limit 1)`)
"""
    files = {
        "package.json": '{"dependencies": {"kysely": "0.27", "pg": "8"}}',
        "src/migrations/Migration20250101000000.ts": MIGRATION,
        "src/shelf.ts": call,
    }
    assert [f.subject for f in audit_folder(project(tmp_path, files)).findings if f.rule == "missing-table"] == [
        "public.all_below"
    ]


@pytest.mark.parametrize(
    ("made", "call"),
    [
        ("module.exports = require('knex')(config)", "db.raw(`{sql}`, [1])"),
        ("import knex from 'knex'\nexport default knex(config)", "db.raw(`{sql}`, [1])"),
        ("const {{ Sequelize }} = require('sequelize')\nmodule.exports = new Sequelize(url)", "db.query(`{sql}`)"),
    ],
)
def test_sql_that_goes_to_a_builder_which_a_module_of_the_project_makes(tmp_path: Path, made: str, call: str) -> None:
    sql = "select title from shelves where id = 1"
    files = {
        "package.json": '{"dependencies": {"pg": "8"}}',
        "migrations/001_a.sql": "create table shelves (id bigint primary key);",
        "migrations/002_b.sql": "create table books (id bigint primary key);",
        "src/db.js": made + "\n",
        "src/shelf.js": f"const db = require('./db')\nexports.f = () => {call.format(sql=sql)}\n",
    }

    found = audit_folder(project(tmp_path, files)).findings
    assert [finding.subject for finding in found] == ["public.shelves.title"]
