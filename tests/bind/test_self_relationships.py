"""What PostgREST embeds of a table in itself."""

from __future__ import annotations

from pathlib import Path

import pytest

from tripoint.audit import Options, audit_folder

SQL = """create table public.staff (
  id bigint primary key, name text,
  manager_id bigint references public.staff (id), mentor_id bigint references public.staff (id)
);
create table public.friendship (
  one bigint references public.staff (id), other bigint references public.staff (id), primary key (one, other)
);"""


@pytest.mark.parametrize(
    "embed, faults",
    [
        ("reports:staff!manager_id(name)", []),
        ("manager:manager_id(name)", []),
        ("reports:staff(name)", ["ambiguous-relationship"]),
        ("boss:staff!boss_id(name)", ["missing-relationship"]),
        ("manager:staff!staff_manager_id_fkey(name)", ["missing-relationship"]),
        ("staff_manager_id_fkey(name)", ["missing-relationship"]),
        ("friends:staff!friendship(name)", ["missing-relationship"]),
    ],
)
def test_a_table_in_itself(tmp_path: Path, embed: str, faults: list[str]) -> None:
    code = f"""import {{ createClient }} from '@supabase/supabase-js'
const db = createClient(process.env.URL!, process.env.KEY!)
export const staff = () => db.from('staff').select('id, {embed}')
"""
    for name, text in (("supabase/migrations/20250101000000_init.sql", SQL), ("src/staff.ts", code)):
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).write_text(text, encoding="utf-8")
    rules = frozenset({"ambiguous-relationship", "missing-relationship"})
    found = audit_folder(tmp_path, Options(select=rules)).findings
    assert [finding.rule for finding in found] == faults
