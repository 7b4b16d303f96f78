"""What the rules say of a database that no API serves."""

from __future__ import annotations

from pathlib import Path

from tripoint.audit import audit_folder

FUNCTIONS = """
create function public.touch() returns trigger language plpgsql as $$ begin new.at = now(); return new; end $$;
create function public.grant_all() returns void language plpgsql security definer as $$ begin perform 1; end $$;
"""


def test_a_function_with_its_callers_rights_is_no_fault_without_an_api(tmp_path: Path) -> None:
    (tmp_path / "migrations").mkdir()
    (tmp_path / "migrations" / "001_init.sql").write_text(FUNCTIONS, encoding="utf-8")
    found = [finding.subject for finding in audit_folder(tmp_path).findings if finding.rule == "mutable-search-path"]
    assert found == ["public.grant_all"]
