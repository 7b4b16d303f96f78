"""Columns whose types nothing tells: those that a view shows of a table from before the migrations."""

from __future__ import annotations

from pathlib import Path

from tripoint.audit import Options, audit_folder

MIGRATION = """alter table stock add column counted date;
create materialized view shelves as select s.id, s.shelf, s.label from stock s;
create function words_of() returns jsonb language sql stable set search_path = public as $$
  select jsonb_agg(word) from shelves s, unnest(array[s.shelf, s.label] || array[]::text[]) as word
$$;
create function ids_of() returns uuid[] language plpgsql stable set search_path = public as $$
begin
  return (select coalesce(array_agg(s.id order by s.id), array[]::uuid[]) from shelves s);
end $$;
"""


def test_what_is_done_with_them_is_not_refused(tmp_path: Path) -> None:
    (tmp_path / "supabase" / "migrations").mkdir(parents=True)
    (tmp_path / "supabase" / "migrations" / "20250101000000_a.sql").write_text(MIGRATION, encoding="utf-8")
    rules = frozenset({"missing-operator", "refused-query", "type-mismatch"})
    assert audit_folder(tmp_path, Options(select=rules)).findings == ()
