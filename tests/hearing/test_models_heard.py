"""ORM models in an audit: what they map to is held against the migrations, or defines where there are none."""

from __future__ import annotations

from pathlib import Path

import pytest

from tripoint.audit import AuditError, Options, audit_folder
from tripoint.model.audit import Audit

PRISMA = """
datasource db {
  provider = "postgresql"
  url      = env("DATABASE_URL")
}

model Author {
  id    Int    @id @default(autoincrement())
  name  String
  pen   String @map("pen_name")
  books Book[]

  @@map("authors")
}

model Book {
  id       Int    @id @default(autoincrement())
  title    String
  authorId Int    @map("author_id")
  author   Author @relation(fields: [authorId], references: [id])

  @@map("books")
}
"""

MIGRATION = """
CREATE TABLE "authors" ("id" SERIAL NOT NULL, "name" TEXT NOT NULL, CONSTRAINT "authors_pkey" PRIMARY KEY ("id"));
"""

DRIZZLE = """
import { integer, pgTable, text } from 'drizzle-orm/pg-core'

export const people = pgTable('people', {
  id: integer().primaryKey(),
  fullName: text().notNull(),
})
"""


def write(root: Path, files: dict[str, str]) -> None:
    for path, text in files.items():
        target = root / path
        target.parent.mkdir(parents=True, exist_ok=True)
        target.write_text(text, encoding="utf-8")


def found(audit: Audit) -> list[tuple[str, str]]:
    return sorted((f.rule, f.subject) for f in audit.findings if f.severity in ("critical", "high", "medium"))


def test_a_prisma_model_is_held_against_the_migrations(tmp_path: Path) -> None:
    write(tmp_path, {"prisma/schema.prisma": PRISMA, "prisma/migrations/20250101000000_a/migration.sql": MIGRATION})
    assert found(audit_folder(tmp_path)) == [
        ("missing-column", "public.authors.pen_name"),
        ("missing-table", "public.books"),
    ]


DRIZZLE_FILES = {
    "package.json": '{"dependencies": {"drizzle-orm": "1", "@supabase/supabase-js": "2"}}',
    "drizzle.config.ts": "export default { schema: './src/schema.ts', dialect: 'postgresql', out: './drizzle' }\n",
    "src/schema.ts": DRIZZLE,
    "src/db.ts": (
        "import { drizzle } from 'drizzle-orm/node-postgres'\nexport const db = drizzle('', { casing: 'snake_case' })\n"
    ),
    "src/people.ts": (
        "import { createClient } from '@supabase/supabase-js'\n"
        "const supabase = createClient('a', 'b')\n"
        "export const people = () => supabase.from('people').select('id, full_name, shoe_size')\n"
        "export const call = () => supabase.rpc('anything')\n"
    ),
}


def test_drizzle_models_define_where_there_are_no_migrations(tmp_path: Path) -> None:
    write(tmp_path, DRIZZLE_FILES)
    audit = audit_folder(tmp_path)
    # Models say nothing of functions, policies and grants, so nothing is said of those either.
    assert found(audit) == [("missing-column", "public.people.shoe_size")]
    assert any("the schema is taken from the models of Drizzle" in notice.reason for notice in audit.notices)


MODELS = """
from sqlalchemy import Column, Integer, String
from sqlalchemy.orm import declarative_base

Base = declarative_base()


class Person(Base):
    __tablename__ = "people"
    id = Column(Integer, primary_key=True)
    email = Column(String)
"""
QUERIES = """
from sqlalchemy import text
import psycopg


def run(session):
    session.execute(text("select id, emial from people"))
    session.execute(text("select id from letters join stamps using (id)"))
"""
ALEMBIC = """
from alembic import op
revision = "1"
down_revision = None

def upgrade():
    op.add_column("letters", sa.Column("stamp_id", sa.Integer()))
"""
PYTHON = {"shop/models.py": MODELS, "shop/queries.py": QUERIES, "alembic/versions/1_a.py": ALEMBIC}


def test_models_in_python_define_where_nothing_else_is_read(tmp_path: Path) -> None:
    write(tmp_path, PYTHON)
    audit = audit_folder(tmp_path)
    assert found(audit) == [("missing-column", "public.people.emial"), ("missing-table", "public.stamps")]
    assert {f.severity for f in audit.findings if f.rule.startswith("missing")} == {"medium"}
    assert [n.reason for n in audit.notices if "models of SQLAlchemy" in n.reason]
    assert [t.heard for t in audit.testimonies if t.name == "migrations"] == [False]
    assert [n.reason for n in audit.notices if "migration of Alembic in code (alembic/versions)" in n.reason]


def test_models_of_an_unknown_database_define_none(tmp_path: Path) -> None:
    write(tmp_path, {**PYTHON, "shop/queries.py": "import sqlite3\n"})
    with pytest.raises(AuditError, match="nothing in the project says that their database is PostgreSQL"):
        audit_folder(tmp_path)


def test_django_names_the_tables_of_its_models(tmp_path: Path) -> None:
    model = "from django.db import models\n\nclass Letter(models.Model):\n    title = models.TextField()\n"
    code = (
        "from django.db import connection\n\ndef run():\n    with connection.cursor() as c:\n"
        '        c.execute("select title, bdy from post_letter join post_stamp using (id) join gone using (id)")\n'
    )
    write(
        tmp_path,
        {
            "post/models.py": model,
            "post/views.py": code,
            "settings.py": 'ENGINE = "django.db.backends.postgresql"',
            "post/migrations/0001_initial.py": "class Migration(migrations.Migration): pass",
        },
    )
    assert found(audit_folder(tmp_path)) == [("missing-table", "public.gone")]


@pytest.mark.parametrize(
    ("model", "engine"),
    [
        ("from django.db import models\n\nclass Letter(models.Model):\n    title = models.TextField()\n", ""),
        (
            "from post.db import Base\n\nclass Letter(Base):\n    __tablename__ = 'letters'\n    id = Column()\n",
            "PATH = 'x.db'\nURL = f'sqlite:///{PATH}'\nengine = create_engine(URL)\nBase = declarative_base()\n",
        ),
        (
            "import clickhouse_connect.cc_sqlalchemy\nfrom sqlalchemy import *\nletters = Table('l', m, Column('id'))",
            "",
        ),
    ],
)
def test_models_whose_tables_are_made_elsewhere_are_not_missing(tmp_path: Path, model: str, engine: str) -> None:
    files = {"post/models.py": model, "post/db.py": f"from sqlalchemy import create_engine\n{engine}"}
    write(tmp_path, {**files, "db/schema.sql": "create table stamps (id bigserial primary key);"})
    assert found(audit_folder(tmp_path)) == []


def test_a_part_of_the_schema_in_sql_says_nothing_of_what_migrations_in_code_make(tmp_path: Path) -> None:
    write(tmp_path, {**PYTHON, "schema.sql": "create table people (id bigint primary key, email text);"})
    assert found(audit_folder(tmp_path)) == [
        ("missing-column", "public.people.emial"),
        ("missing-table", "public.stamps"),
    ]


def test_a_dump_defines_where_the_project_does_not(tmp_path: Path) -> None:
    dump = tmp_path / "production.sql"
    dump.write_text("create table public.people (id bigint primary key, email text);", encoding="utf-8")
    write(tmp_path / "app", PYTHON)
    audit = audit_folder(tmp_path / "app", Options(live=True, database_url=str(dump)))
    high = {f.subject for f in audit.findings if f.severity == "high"}
    assert high == {"public.people.emial", "public.letters", "public.stamps"}
    assert not [f for f in audit.findings if "database" in f.rule or "migrations" in f.rule]
    assert all("/" not in spot.path.removeprefix("shop/") for f in audit.findings for spot in f.spots)
    assert [(t.name, t.heard) for t in audit.testimonies if t.name in ("migrations", "database")] == [
        ("migrations", False),
        ("database", True),
    ]


def test_tables_of_drizzle_that_no_configuration_names_are_held_against_the_migrations(tmp_path: Path) -> None:
    migration = "CREATE TABLE people (id integer PRIMARY KEY, name text);\n"
    write(tmp_path, {"supabase/migrations/20250101000000_a.sql": migration, "src/schema.ts": DRIZZLE})
    audit = audit_folder(tmp_path, Options())
    assert any("no code connects" in notice.reason for notice in audit.notices)
    assert ("missing-column", "public.people.fullName") not in found(audit)
    write(
        tmp_path, {"src/db.ts": "import { drizzle } from 'drizzle-orm/node-postgres'\nexport const db = drizzle(url)\n"}
    )
    assert ("missing-column", "public.people.fullName") in found(audit_folder(tmp_path, Options()))


def test_tables_of_drizzle_that_the_migrations_make_are_silent(tmp_path: Path) -> None:
    migration = 'CREATE TABLE people (id integer PRIMARY KEY, "fullName" text NOT NULL);\n'
    write(tmp_path, {"supabase/migrations/20250101000000_a.sql": migration, "src/schema.ts": DRIZZLE})
    assert not [one for one in found(audit_folder(tmp_path, Options())) if one[0].startswith("missing-")]


@pytest.mark.parametrize("added", ["", "\n  DRAFT"])
def test_an_enum_of_a_prisma_schema_is_held_against_the_type(tmp_path: Path, added: str) -> None:
    source = 'datasource db {\n  provider = "postgresql"\n}\n'
    model = 'model Note {\n  id Int @id\n  state State\n  @@map("notes")\n}\n'
    (tmp_path / "prisma" / "migrations" / "20250101000000_a").mkdir(parents=True)
    (tmp_path / "prisma" / "schema.prisma").write_text(
        f'{source}{model}enum State {{\n  OPEN @map("open"){added}\n  @@map("state")\n}}\n'
    )
    (tmp_path / "prisma" / "migrations" / "20250101000000_a" / "migration.sql").write_text(
        "CREATE TYPE state AS ENUM ('open', 'gone'); CREATE TABLE notes (id int PRIMARY KEY, state state NOT NULL);"
    )
    (tmp_path / "app.ts").write_text("import { PrismaClient } from '@prisma/client'\n")

    found = [(f.subject, f.severity) for f in audit_folder(tmp_path).findings if f.rule == "invalid-value"]
    assert found == ([("public.state='DRAFT'", "medium")] if added else [])


def test_what_many_models_have_beyond_the_migrations_is_told_once_and_names_are_held_against_it(tmp_path: Path) -> None:
    models = "".join(f"model Part{n} {{\n  id Int @id\n  size Int\n  @@map('part{n}')\n}}\n" for n in range(6))
    schema = 'datasource db {\n  provider = "postgresql"\n}\n' + models.replace("'", '"')
    code = "import pg from 'pg'\nconst pool = new pg.Pool()\nexport const run = () => pool.query('{}')\n"
    write(
        tmp_path,
        {
            "package.json": '{"dependencies": {"@supabase/supabase-js": "2"}}',
            "prisma/schema.prisma": schema,
            "prisma/migrations/20250101000000_a/migration.sql": "CREATE TABLE part0 (id int PRIMARY KEY, size int);",
            "supabase/config.toml": "",
            "src/a.ts": code.format("select part3.size from part3 join part0 using (id)"),
            "src/b.ts": code.format("select sise from part4"),
            "src/c.ts": code.format("select lists.id from lists join part5 using (id)"),
        },
    )
    audit = audit_folder(tmp_path)
    told = [("missing-column", "public.part4.sise"), ("missing-table", "public.lists")]
    assert found(audit)[:3] == [*told, ("models-differ", "prisma/migrations")]
    severities = {f.subject: f.severity for f in audit.findings if f.rule == "missing-table"}
    assert severities == {"public.lists": "medium"}, "models need not map all"
    # No migration makes the others, so that nothing is known of their row security.
    assert {f.subject for f in audit.findings if f.rule == "row-security-disabled"} <= {"public.part0"}


@pytest.mark.parametrize(
    "client",
    [
        "import { PrismaClient } from '@prisma/client'\nexport const prisma = new PrismaClient()\n",
        "import { PrismaClient } from '@own/db'\nexport const prisma = new PrismaClient()\n",
    ],
)
def test_that_calls_of_a_builder_are_not_read_is_said_wherever_it_is_imported(tmp_path: Path, client: str) -> None:
    using = {f"src/a{n:02}.ts": "import { prisma } from '@/db'\nexport const f = () => prisma.part" for n in range(25)}
    sql = {"prisma/migrations/1_a/migration.sql": "CREATE TABLE part0 (id int PRIMARY KEY, size int);"}
    schema = 'datasource db {\n  provider = "postgresql"\n}\n'
    write(tmp_path, {**using, **sql, "src/db.ts": client, "prisma/schema.prisma": schema})
    (notice,) = audit_folder(tmp_path).notices
    assert notice.reason.startswith("one of 26 files that use Prisma's client")


def test_a_word_that_is_also_the_name_of_a_library_is_no_import_of_it(tmp_path: Path) -> None:
    word = "export const isOne = (kind: string) => kind.includes('objection') || kind === 'knex'\n"
    table = {"supabase/migrations/1_a.sql": "CREATE TABLE part0 (id int PRIMARY KEY, size int);"}
    write(tmp_path, {**table, "src/a.ts": word})
    assert audit_folder(tmp_path).notices == ()
    write(tmp_path, {"src/b.ts": "const { Model } = require('objection')\n"})
    (notice,) = audit_folder(tmp_path).notices
    assert notice.reason.startswith("one of 2 files that use Objection")


@pytest.mark.parametrize(
    "column, told",
    [
        ('Enum(Mood, name="mood")', ["DULL"]),
        ('Enum(Mood, name="mood", native_enum=False)', []),
        ('Enum(Mood, name="mood", values_callable=lambda e: [m.value for m in e])', ["calm", "dull", "wild"]),
        ('sa.Enum("CALM", "WILD", "odd", name="mood")', ["odd"]),
    ],
)
def test_an_enum_of_python_is_held_against_the_type(tmp_path: Path, column: str, told: list[str]) -> None:
    model = (
        "import sqlalchemy as sa\nfrom sqlalchemy import Enum, Column, Integer\nfrom .base import Base\n"
        "from .moods import Mood\n\nclass Hive(Base):\n    __tablename__ = 'hives'\n"
        f"    id = Column(Integer, primary_key=True)\n    mood = Column({column})\n    last = Column({column})\n"
    )
    moods = "import enum\n\nclass Mood(str, enum.Enum):\n    CALM = 'calm'\n    WILD = 'wild'\n    DULL = 'dull'\n"
    sql = "CREATE TYPE mood AS ENUM ('CALM', 'WILD'); CREATE TABLE hives (id int PRIMARY KEY, mood mood, last mood);"
    write(tmp_path, {"app/hives.py": model, "app/moods.py": moods, "db/migrations/0001_a.sql": sql})
    (tmp_path / "app/db.py").write_text("import psycopg\n")
    findings = audit_folder(tmp_path).findings
    found = [f.subject for f in findings if f.rule == "invalid-value"]
    assert found == [f"public.mood='{value}'" for value in told if len(told) < 3]
    at_once = [f.severity for f in findings if (f.rule, f.subject) == ("models-differ", "public.mood")]
    assert at_once == (["medium"] if len(told) > 2 else [])


def test_models_do_not_hide_that_the_beginning_is_missing(tmp_path: Path) -> None:
    names = ("cups", "pots", "lids", "jars", "tins", "pans")
    models = "".join(f'model {name} {{\n  id Int @id\n  size Int\n  @@map("{name}")\n}}\n' for name in names)
    changes = "".join(f"ALTER TABLE {name} ADD COLUMN size int;\n" for name in names[:3])
    schema = 'datasource db {\n  provider = "postgresql"\n}\n' + models
    write(tmp_path, {"prisma/schema.prisma": schema, "prisma/migrations/20250101000000_a/migration.sql": changes})
    told = {f.rule: f.message for f in audit_folder(tmp_path).findings}
    assert "statements change 3 tables that no migration creates" in told["missing-baseline"]
    assert "models-differ" in told


@pytest.mark.parametrize(
    ("path", "model", "told"),
    [
        ("src/hive.entity.ts", "@Entity('hives')\nexport class Hive {}\n", True),
        ("src/hive.entity.ts", "@Entity({ schema: 'public', name: 'hives' })\nexport class Hive {}\n", True),
        ("src/hive.js", "class Hive extends Model { static get tableName() { return 'hives' } }\n", True),
        ("src/hive.js", "sequelize.define('Hive', {}, { tableName: 'hives' })\n", True),
        ("models/hive.go", 'package models\nfunc (Hive) TableName() string { return "hives" }\n', True),
        ("src/Hives.kt", 'object Hives : IntIdTable("hives") {}\n', True),
        ("src/hive.rs", '#[sea_orm(table_name = "hives")]\npub struct Model {}\n', True),
        ("src/page.ts", "export const view = { tableName: 'hives', rows: [] }\n", False),
        ("src/load.rs", 'fn load() { let table_name = "hives"; }\n', False),
        ("src/load.py", "table_name = 'hives'\n", False),
        ("src/hive.entity.ts", "@Entity('keepers')\nexport class Keeper { hives = [] }\n", False),
    ],
)
def test_a_model_that_is_not_read_keeps_a_table_that_was_dropped(
    tmp_path: Path, path: str, model: str, told: bool
) -> None:
    sql = "CREATE TABLE hives (id int PRIMARY KEY); CREATE TABLE keepers (id int PRIMARY KEY);"
    write(tmp_path, {"db/migrations/0001_a.sql": sql, "db/migrations/0002_b.sql": "DROP TABLE hives;", path: model})
    findings = audit_folder(tmp_path).findings
    found = [(f.subject, f.severity) for f in findings if f.rule == "missing-table"]
    assert found == ([("public.hives", "medium")] if told else [])


def test_a_diagram_may_call_a_table_as_its_model_is_called(tmp_path: Path) -> None:
    model = "class {}(models.Model):\n    amount = models.IntegerField()\n\n"
    files = {
        "requirements.txt": "django\npsycopg\n",
        "shop/models.py": "from django.db import models\n\n"
        + "".join(map(model.format, ("Basket", "BasketItem", "Gift"))),
        "docs/erd.md": (
            "```mermaid\nerDiagram\n  BASKET ||--o{ BASKETITEM : holds\n"
            "  BASKET {\n    bigint id PK\n  }\n  BASKETITEM {\n    int amount\n  }\n```\n"
        ),
    }
    for path, text in files.items():
        (tmp_path / path).parent.mkdir(exist_ok=True)
        (tmp_path / path).write_text(text)

    told = [(f.rule, f.subject) for f in audit_folder(tmp_path).findings]
    assert told == [("undocumented-table", "public.shop_gift")]
