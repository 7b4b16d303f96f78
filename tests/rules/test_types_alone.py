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
