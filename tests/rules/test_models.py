"""What only a model of an ORM says weighs less than a call; the platform's own schemas are not judged."""

from __future__ import annotations

from pathlib import Path

from tripoint.audit import audit_folder

PRISMA = """datasource db {
  provider = "postgresql"
  schemas  = ["public", "auth"]
}

model Note {
  id    BigInt @id
  title String
  @@map("notes")
  @@schema("public")
}

model Draft {
  id BigInt @id
  @@map("drafts")
  @@schema("public")
}

model oauth_clients {
  id String @id
  @@schema("auth")
}
"""


def found(root: Path) -> list[tuple[str, str, str]]:
    rules = ("missing-table", "missing-column")
    return [(f.rule, f.severity, f.subject) for f in audit_folder(root).findings if f.rule in rules]


def test_models_beside_migrations(tmp_path: Path) -> None:
    migrations = tmp_path / "supabase" / "migrations"
    migrations.mkdir(parents=True)
    (migrations / "20250101000000_init.sql").write_text("create table public.notes (id bigint primary key);\n")
    (tmp_path / "prisma").mkdir()
    (tmp_path / "prisma" / "schema.prisma").write_text(PRISMA)
    assert found(tmp_path) == [
        ("missing-column", "medium", "public.notes.title"),
        ("missing-table", "medium", "public.drafts"),
    ]


def test_models_alone_leave_room_for_more_than_they_map(tmp_path: Path) -> None:
    (tmp_path / "prisma").mkdir()
    (tmp_path / "prisma" / "schema.prisma").write_text(PRISMA)
    (tmp_path / "src").mkdir()
    (tmp_path / "src" / "notes.ts").write_text(
        "import { createClient } from '@supabase/supabase-js'\n"
        "const supabase = createClient(process.env.URL!, process.env.KEY!)\n"
        "export const notes = () => supabase.from('notes').select('id, body')\n"
    )
    assert found(tmp_path) == [("missing-column", "medium", "public.notes.body")]


def test_an_enum_that_models_write_otherwise_is_one_finding(tmp_path: Path) -> None:
    migrations = tmp_path / "prisma" / "migrations" / "20250101000000_init"
    migrations.mkdir(parents=True)
    sql = "CREATE TYPE \"Mood\" AS ENUM ('calm', 'loud');\n"
    sql += 'CREATE TABLE "Note" ("id" BIGINT PRIMARY KEY, mood "Mood");\n'
    (migrations / "migration.sql").write_text(sql)
    model = (
        'datasource db {{\n  provider = "postgresql"\n}}\nenum Mood {{\n  {}\n}}\nmodel Note {{\n  id BigInt @id\n}}\n'
    )
    for values, told in (
        ("CALM\n  LOUD", [("models-differ", "public.Mood")]),
        ("calm\n  loud\n  WILD", [("invalid-value", "public.Mood='WILD'")]),
    ):
        (tmp_path / "prisma" / "schema.prisma").write_text(model.format(values))
        findings = audit_folder(tmp_path).findings
        assert [(f.rule, f.subject) for f in findings if "Mood" in f.subject and "." in f.subject][:1] == told
        assert sum(f.rule == "invalid-value" for f in findings) == (told[0][0] == "invalid-value")


def test_a_documented_table_that_models_map_is_not_said_to_be_asked_for_nowhere(tmp_path: Path) -> None:
    (tmp_path / "prisma" / "migrations" / "20250101000000_init").mkdir(parents=True)
    (tmp_path / "prisma" / "schema.prisma").write_text(PRISMA)
    made = "create table notes (id bigint primary key, title text not null);\n"
    (tmp_path / "prisma" / "migrations" / "20250101000000_init" / "migration.sql").write_text(made)
    diagram = (
        "erDiagram\n  Note {\n    bigint id PK\n    text title\n  }\n  Draft {\n    bigint id PK\n    text at\n  }\n"
    )
    (tmp_path / "docs").mkdir()
    (tmp_path / "docs" / "data-model.md").write_text(f"# Data model\n\n```mermaid\n{diagram}```\n")
    told = [(one.rule, one.subject) for one in audit_folder(tmp_path).findings]
    assert ("missing-table", "public.drafts") in told
    assert ("documented-but-missing", "public.drafts") not in told
