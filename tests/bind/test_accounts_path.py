"""The search path under which Supabase's service of accounts runs what its tables trigger."""

from __future__ import annotations

from pathlib import Path

import pytest

from tripoint.audit import audit_folder

SIGN_UP = """
create table public.profiles (id uuid primary key references auth.users (id) on delete cascade, name text);
alter table public.profiles enable row level security;
create function public.welcome() returns trigger language plpgsql security definer as $$
begin
  insert into profiles (id) values (new.id);
  return new;
end $$;
create trigger welcome after insert on auth.users for each row execute function public.welcome();
"""
ROLE = "alter role supabase_auth_admin set search_path = public;\n"
FUNCTION = "alter function public.welcome() set search_path = public;\n"


@pytest.mark.parametrize(
    ("files", "told"),
    [
        pytest.param({"supabase/migrations/20250101000000_init.sql": SIGN_UP}, True, id="it has auth alone"),
        pytest.param(
            {
                "supabase/migrations/20250101000000_init.sql": SIGN_UP,
                "supabase/migrations/20250102000000_path.sql": ROLE,
            },
            False,
            id="the project gives it another",
        ),
        pytest.param(
            {
                "supabase/migrations/20250101000000_init.sql": SIGN_UP,
                "supabase/migrations/20250102000000_path.sql": FUNCTION,
            },
            False,
            id="the function is given its own later",
        ),
    ],
)
def test_a_name_without_a_schema(tmp_path: Path, files: dict[str, str], told: bool) -> None:
    for name, text in files.items():
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).write_text(text, encoding="utf-8")
    found = [one for one in audit_folder(tmp_path).findings if one.rule == "name-outside-search-path"]
    assert [(one.subject, one.severity) for one in found] == ([("public.welcome", "high")] if told else [])
    assert all("with the search path auth" in one.message for one in found)
