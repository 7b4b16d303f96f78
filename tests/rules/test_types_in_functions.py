"""What functions say of types that are not certain."""

from __future__ import annotations

from pathlib import Path

import pytest

from tripoint.audit import audit_folder

TABLE = "create table public.seats (id uuid primary key, taken_at bigint);\n"
DROPPED = """
do $$ begin
  begin
    perform 1 / 0;
  exception when others then
    drop table public.seats cascade;
  end;
end $$;
"""
COMPARES = """
create function public.recent(since timestamptz) returns setof uuid language plpgsql as $$
begin
  return query select s.id from public.seats s where s.taken_at > since;
end $$;
"""
RETURNS = """
create function public.times() returns setof timestamptz language plpgsql as $$
begin
  return query select s.taken_at from public.seats s;
end $$;
"""
CALLS = """
create function public.hours() returns void language plpgsql as $$
begin
  perform extract(hour from s.taken_at + 1) from public.seats s;
end $$;
"""
SHADOWED = """
create function public.shown(id integer) returns text language plpgsql as $$
declare
  id bytea := decode(to_hex(id), 'hex');
begin
  return encode(id, 'hex');
end $$;
"""


def told(root: Path, *migrations: str) -> list[tuple[str, str, str]]:
    for number, text in enumerate(migrations):
        path = root / f"supabase/migrations/2025010{number + 1}000000_part.sql"
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)
    rules = {"missing-operator", "mismatched-function-result", "type-mismatch", "missing-function"}
    return [(one.rule, one.subject, one.severity) for one in audit_folder(root).findings if one.rule in rules]


@pytest.mark.parametrize(
    ("function", "rule", "subject"),
    [
        (COMPARES, "missing-operator", "public.recent"),
        (RETURNS, "mismatched-function-result", "public.times"),
        (CALLS, "missing-operator", "public.hours"),
    ],
)
def test_a_table_that_may_have_been_made_anew(tmp_path: Path, function: str, rule: str, subject: str) -> None:
    assert told(tmp_path / "sure", TABLE, function) == [(rule, subject, "high")]
    assert told(tmp_path / "open", TABLE, DROPPED, function) == [(rule, subject, "medium")]


def test_a_variable_with_the_name_of_a_parameter(tmp_path: Path) -> None:
    assert told(tmp_path, SHADOWED) == []


def test_a_call_of_a_function_of_the_project(tmp_path: Path) -> None:
    function = "create function public.seat(id uuid, note text default '') returns void language sql as 'select 1';\n"
    calls = """
create function public.both(a text, b uuid) returns void language plpgsql as $$
begin
  perform public.seat(b);
  perform public.seat(b, 'x');
  perform public.seat('00000000-0000-0000-0000-000000000001');
  perform public.seat(note => 'x', id => b);
  perform public.seat(a);
end $$;
"""
    assert told(tmp_path / "without", function, calls) == [("missing-function", "public.seat", "high")]
    cast = "create cast (text as uuid) with inout as implicit;\n"
    assert told(tmp_path / "with", cast, function, calls) == []


@pytest.mark.parametrize(("body", "count"), [("p::text", 1), ("p", 0), ("json_build_object('a', 1)", 1), ("'{}'", 0)])
def test_a_request_whose_body_is_no_jsonb(tmp_path: Path, body: str, count: int) -> None:
    sends = f"""
    create function public.sends(p jsonb) returns void language plpgsql as $$
    begin
      perform net.http_post(url := 'https://example.org', body := {body}, headers := '{{}}'::jsonb);
    end $$;
    """
    assert told(tmp_path, TABLE, sends) == [("missing-function", "net.http_post", "high")] * count


def test_of_what_type_an_element_is_the_call_settles(tmp_path: Path) -> None:
    functions = """
create function public.spot(anyarray, anyelement) returns int language sql as $$
  select i from generate_series(array_lower($1, 1), array_upper($1, 1)) as g(i) where $1[i] = $2 limit 1;
$$;
create function public.twice(xs anycompatiblearray) returns boolean language sql as 'select xs[1] = xs[2]';
create function public.first_id(xs text[], y uuid) returns boolean language sql as 'select xs[1] = y';
"""
    assert told(tmp_path, functions) == [("missing-operator", "public.first_id", "high")]


def test_the_operator_itself_is_shown(tmp_path: Path) -> None:
    function = """
create function public.taken(p_id text) returns boolean language plpgsql as $$
begin
  return exists (select 1 from public.seats s where s.taken_at = 7 and s.taken_at != 8 and s.id != p_id);
end $$;
"""
    path = tmp_path / "supabase/migrations/20250101000000_part.sql"
    path.parent.mkdir(parents=True)
    path.write_text(TABLE + function)
    (finding,) = [one for one in audit_folder(tmp_path).findings if one.rule == "missing-operator"]
    line = path.read_text().splitlines()[finding.spots[0].line - 1]
    assert line[finding.spots[0].column - 1 :].startswith("!= p_id")
