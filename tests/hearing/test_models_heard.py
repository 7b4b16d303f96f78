"""ORM models in an audit: what they map to is held against the migrations, or defines where there are none."""

from __future__ import annotations

from pathlib import Path

from tripoint.audit import audit_folder
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
    assert any("the schema is taken from the models of drizzle" in notice.reason for notice in audit.notices)
