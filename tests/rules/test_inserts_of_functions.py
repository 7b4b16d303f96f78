"""What functions of the database insert: columns that must have a value, and the targets of ON CONFLICT."""

from __future__ import annotations

from pathlib import Path

import pytest

from tripoint.audit import audit_folder

TABLES = """
create table public.posts (id bigint primary key, title text not null);
create table public.notices (
  id bigint generated always as identity primary key,
  post_id bigint not null references public.posts (id),
  kind text not null,
  heading text not null,
  seen boolean not null default false
);
"""
TRIGGER = "create trigger tell after insert on public.posts for each row execute function public.tell();\n"


def tell(body: str, declared: str = "") -> str:
    return (
        f"create function public.tell() returns trigger language plpgsql as $$\n{declared}begin\n{body}\n"
        "return new;\nend $$;\n"
    )


def told(root: Path, sql: str) -> list[tuple[str, str, str]]:
    (root / "supabase" / "migrations").mkdir(parents=True)
    (root / "supabase" / "migrations" / "20250101000000_init.sql").write_text(TABLES + sql)
    rules = ("missing-required-column", "missing-conflict-target")
    return [(f.rule, f.severity, f.subject) for f in audit_folder(root).findings if f.rule in rules]


LACKS = "insert into public.notices (post_id, kind) values (new.id, 'new');"
WHOLE = "insert into public.notices (post_id, kind, heading) values (new.id, 'new', new.title);"
HEADING = "public.notices.heading"


@pytest.mark.parametrize(
    ("body", "severity"),
    [
        (LACKS, "high"),
        ("insert into notices (post_id, kind) select new.id, 'new' on conflict do nothing;", "high"),
        (
            "with one as (insert into notices (post_id, kind) values (new.id, 'a') returning id) select id from one;",
            "high",
        ),
        (f"begin\n{LACKS}\nexception when others then null;\nend;", "medium"),
        (WHOLE, None),
        ("insert into notices values (1, new.id, 'new', new.title, true);", None),
        ("execute 'insert into notices (post_id) values ($1)' using new.id;", "high"),
        (
            f"if exists (select 1 from information_schema.columns where column_name = 'heading') then {LACKS} end if;",
            None,
        ),
    ],
)
def test_a_column_that_an_insert_of_a_function_leaves_out(tmp_path: Path, body: str, severity: str | None) -> None:
    found = [one for one in told(tmp_path, tell(body) + TRIGGER) if one[2] == HEADING]
    assert found == ([("missing-required-column", severity, HEADING)] if severity is not None else [])


def test_a_function_that_nothing_runs_is_low(tmp_path: Path) -> None:
    assert told(tmp_path, tell(LACKS)) == [("missing-required-column", "low", HEADING)]


def test_what_a_trigger_before_the_insert_fills_need_not_be_given(tmp_path: Path) -> None:
    fill = (
        "create function public.fill() returns trigger language plpgsql as $$\n"
        "begin new.heading := 'x'; return new; end $$;\n"
        "create trigger fill before insert on public.notices for each row execute function public.fill();\n"
    )
    assert told(tmp_path, tell(LACKS) + TRIGGER + fill) == []


def test_what_a_function_of_sql_inserts_is_said_with_its_place(tmp_path: Path) -> None:
    insert = "insert into notices (post_id, heading) values (at, 'x')"
    sql = f"create function public.note(at bigint) returns void language sql as $$ {insert} $$;\n"
    assert told(tmp_path, sql) == [("missing-required-column", "high", "public.notices.kind")]
    (found,) = (f for f in audit_folder(tmp_path).findings if f.rule == "missing-required-column")
    assert "1 insert of the database's functions leaves it out" in found.message
    assert found.spots[0].note == "insert of public.note without it"


@pytest.mark.parametrize(
    ("target", "severity"),
    [("(post_id)", "high"), ("(id)", None), ("on constraint notices_pkey", None), ("", None)],
)
def test_a_conflict_target_of_a_function_without_a_key(tmp_path: Path, target: str, severity: str | None) -> None:
    found = told(tmp_path, tell(WHOLE.replace(";", f" on conflict {target} do nothing;")) + TRIGGER)
    assert found == ([("missing-conflict-target", severity, "public.notices.post_id")] if severity is not None else [])
