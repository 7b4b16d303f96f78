"""Which columns of a new row a trigger before the insert may fill."""

from __future__ import annotations

from pathlib import Path

import pytest

from tripoint.audit import audit_folder
from tripoint.rules._triggers import _filled


@pytest.mark.parametrize(
    ("body", "filled"),
    [
        ("begin new.updated_at := now(); return new; end", {"updated_at"}),
        ("begin NEW.slug = lower(new.title); RETURN NEW; end", {"slug"}),
        ("begin select balance into new.after from accounts where owner = new.owner; return new; end", {"after"}),
        ("begin select a, b into strict new.a, new.\"B\" from t; return new; end", {"a", "B"}),
        ("begin if new.kind <> 'new.x := 1' then raise exception 'no'; end if; return new; end", set()),
        ("begin -- new.a := 1\n if tg_op = 'DELETE' then return old; end if; return new; end", set()),
        ("begin new := jsonb_populate_record(new, '{}'); return new; end", None),
        ("begin return fill(new); end", None),
        ("begin select * into new from t; return new; end", None),
        ("declare r t; begin r := new; r.a := 1; return r; end", None),
        ("begin execute 'select 1' into new.a; return new; end", None),
        ("begin return null; end", None),
        ("", None),
    ],
)  # fmt: skip
def test_what_a_body_may_set(body: str, filled: set[str] | None) -> None:
    assert _filled("plpgsql", body) == (None if filled is None else frozenset(filled))
    assert _filled("c", body) is None


def test_a_column_that_moddatetime_is_handed(tmp_path: Path) -> None:
    migration = tmp_path / "supabase/migrations/20250101000000_notes.sql"
    migration.parent.mkdir(parents=True)
    migration.write_text(
        """create extension moddatetime schema extensions;
        create table public.notes (id uuid primary key, changed_at timestamptz);
        create trigger a before update on public.notes for each row execute function moddatetime(changed_at);
        create trigger b before update on public.notes for each row execute function extensions.moddatetime('at');"""
    )
    told = [one for one in audit_folder(tmp_path).findings if one.rule == "missing-column"]
    assert [(one.subject, one.severity, one.severity_reason) for one in told] == [
        ("public.notes.at", "high", "it fails when it runs, not when it is created")
    ]
