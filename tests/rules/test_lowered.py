"""What lowers a finding: a way around what a document draws, and an order that nothing but a setting decides."""

from __future__ import annotations

from pathlib import Path

from tripoint.audit import Options, audit_folder

PROFILES = """
create table public.profiles (id uuid primary key references auth.users (id), name text);
create table public.notes (id bigint primary key, user_id uuid references auth.users (id));
"""


def found(root: Path, rule: str, files: dict[str, str]) -> list[tuple[str, str]]:
    for name, text in files.items():
        (root / name).parent.mkdir(parents=True, exist_ok=True)
        (root / name).write_text(text, encoding="utf-8")
    findings = audit_folder(root, Options(select=frozenset({rule}))).findings
    return [(finding.subject, finding.severity) for finding in findings]


def test_a_line_to_the_profile_of_the_user_that_a_key_leads_to(tmp_path: Path) -> None:
    diagram = "# Data model\n\n```mermaid\nerDiagram\n  PROFILES ||--o{ NOTES : writes\n```\n"
    files = {"supabase/migrations/20250101000000_init.sql": PROFILES, "docs/model.md": diagram}
    assert found(tmp_path, "documented-relationship-missing", files) == []


def test_a_column_that_is_said_to_lead_to_the_profile(tmp_path: Path) -> None:
    prose = "# Data model\n\n- `notes.user_id` → `profiles.id`\n"
    files = {"supabase/migrations/20250101000000_init.sql": PROFILES, "docs/model.md": prose}
    assert found(tmp_path, "documented-relationship-missing", files) == [
        ("public.notes -> public.profiles", "low"),
    ]


def test_schema_files_in_the_order_of_their_names(tmp_path: Path) -> None:
    files = {
        "supabase/schemas/a.sql": "create table public.notes (id bigint, author bigint references public.people (id));",
        "supabase/schemas/b.sql": "create table public.people (id bigint primary key);",
    }
    assert found(tmp_path, "out-of-order-reference", files) == [("a.sql", "medium")]
