"""What generated types tell where they alone do, and where they stand beside migrations that lack something."""

from __future__ import annotations

from pathlib import Path

from tripoint.audit import Options, audit_folder

CLIENT = """import { createClient } from '@supabase/supabase-js'
const supabase = createClient(process.env.URL!, process.env.SUPABASE_ANON_KEY!)
"""
TYPES = """export type Database = {
  public: {
    Tables: {
      boats: { Row: { id: number; name: string }; Insert: { name: string }; Relationships: [] }
    }
    Functions: {
FUNCTIONS
    }
  }
}
"""
SAIL = "sail: { Args: { boat: number; knots?: number }; Returns: number }\n"
CALLS = """export const all = () => supabase.from('boats').select('id, name')
export const sail = () => supabase.rpc('sail', { boat: 1 })
export const fast = () => supabase.rpc('sail', { boat: 1, knots: 9 })
export const away = () => supabase.rpc('sail', { ship: 1 })
export const sink = () => supabase.rpc('sink', { boat: 1 })
export const log = () => supabase.schema('audit').rpc('log_it')
"""


def found(root: Path, rules: set[str], files: dict[str, str]) -> list[tuple[str, str, str]]:
    for name, text in files.items():
        (root / name).parent.mkdir(parents=True, exist_ok=True)
        (root / name).write_text(text, encoding="utf-8")
    findings = audit_folder(root, Options(select=frozenset(rules))).findings
    return [(finding.rule, finding.subject, finding.severity) for finding in findings]


OF_CALLS = {"missing-function", "wrong-function-argument"}


def test_calls_are_held_against_the_functions_of_generated_types(tmp_path: Path) -> None:
    files = {"src/types.ts": TYPES.replace("FUNCTIONS", SAIL), "src/a.ts": CLIENT + CALLS}
    assert found(tmp_path, OF_CALLS, files) == [
        ("missing-function", "public.sink", "medium"),
        ("wrong-function-argument", "public.sail.ship", "medium"),
    ]


def test_types_without_functions_tell_nothing_of_calls(tmp_path: Path) -> None:
    none = "[_ in never]: never\n"
    files = {"src/types.ts": TYPES.replace("FUNCTIONS", none), "src/a.ts": CLIENT + CALLS}
    assert found(tmp_path, OF_CALLS, files) == []


def test_a_relation_that_is_embedded_by_a_column_of_the_types(tmp_path: Path) -> None:
    migration = "create table public.notes (id bigint primary key, title text, body text);\n"
    types = TYPES.replace("boats: { Row: { id: number; name: string }", "notes: { Row: { id: number; parent: number }")
    code = CLIENT + "export const all = () => supabase.from('notes').select('id, parent (id, title)')\n"
    files = {"supabase/migrations/20250101000000_init.sql": migration, "src/a.ts": code}
    subject = "public.notes -> public.parent"
    assert found(tmp_path, {"missing-relationship"}, files) == [("missing-relationship", subject, "high")]
    files = {"src/types.ts": types.replace("FUNCTIONS", SAIL)}
    assert found(tmp_path, {"missing-relationship"}, files) == [("missing-relationship", subject, "medium")]
    files = {"supabase/migrations/20250102000000_more.sql": "alter table public.notes add column parent bigint;\n"}
    assert found(tmp_path, {"missing-relationship"}, files) == [("missing-relationship", subject, "high")]


MORE = """      crews: {
        Row: { boat: number; id: number; name: string }
        Insert: { name: string }
        Relationships: []
      }
"""
AHOY = """export const a = () => supabase.from('crews').select('id, nmae, boats(x)').eq('boat', 1).order('ship')
export const b = () => supabase.from('crews').insert({ name: 'x', rank: 1 })
export const c = () => supabase.from('crews').select('id').eq('boats.name', 'x')
"""


def test_columns_of_a_table_that_types_alone_tell_of(tmp_path: Path) -> None:
    boats = "create table public.boats (id bigint primary key, name text);\n"
    types = TYPES.replace("    }\n    Functions", f"{MORE}    }}\n    Functions").replace("FUNCTIONS", SAIL)
    migration = "supabase/migrations/20250101000000_init.sql"
    files = {migration: boats, "src/types.ts": types, "src/a.ts": CLIENT + AHOY}
    subjects = ["public.crews.nmae", "public.crews.rank", "public.crews.ship"]
    asked = {"missing-column"}
    assert found(tmp_path, asked, files) == [("missing-column", subject, "medium") for subject in subjects]
    # What a migration adds is there, and the types, which do not have it, were generated before.
    added = {migration: f"{boats}alter table public.crews add column rank int;\n"}
    assert found(tmp_path, asked, added) == [
        ("missing-column", subject, "low") for subject in subjects if "rank" not in subject
    ]
    grown = {migration: boats.replace("name text", "name text, sails int")}
    assert {severity for _, _, severity in found(tmp_path, asked, grown)} == {"low"}
    # Many of one table have one cause.
    more = {migration: boats, "src/b.ts": f"{CLIENT}export const d = () => supabase.from('crews').select('pay')\n"}
    assert found(tmp_path, asked, more) == [("missing-column", "public.crews", "medium")]
    many = ", ".join(f"c{at}" for at in range(9))
    most = {"src/c.ts": f"{CLIENT}export const e = () => supabase.from('crews').select('{many}')\n"}
    assert found(tmp_path, asked, most) == [("missing-column", "src/types.ts", "low")]


def test_types_that_somebody_wrote_tell_no_columns(tmp_path: Path) -> None:
    row = "crews: { Row: { name: string; id: number; boat: number }; Insert: { name: string }; Relationships: [] }"
    types = TYPES.replace("    }\n    Functions", f"      {row}\n    }}\n    Functions").replace("FUNCTIONS", SAIL)
    boats = "create table public.boats (id bigint primary key, name text);\n"
    files = {
        "supabase/migrations/20250101000000_init.sql": boats,
        "src/types.ts": types,
        "src/a.ts": CLIENT + AHOY,
    }
    assert found(tmp_path, {"missing-column"}, files) == []
