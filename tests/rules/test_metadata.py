"""What a policy may do with what users write of themselves."""

from __future__ import annotations

from pathlib import Path

import pytest

from tripoint.audit import Options, audit_folder
from tripoint.model.catalog import Function
from tripoint.model.name import Name
from tripoint.rules._metadata import only_picks_own_rows, trusts
from tripoint.sql.grammar import parse_expression

CHOSEN = "(auth.jwt() -> 'user_metadata' ->> 'team')::uuid"
MINE = "select m.team from members m where m.person = (select auth.uid()) and"


@pytest.mark.parametrize(
    "condition, taken",
    [
        (f"team = {CHOSEN}", True),
        ("(auth.jwt() -> 'app_metadata' ->> 'team')::uuid = team", False),
        (f"team in ({MINE} m.team = {CHOSEN})", False),
        (f"exists ({MINE} m.team::text = (auth.jwt() -> 'user_metadata' ->> 'team'))", False),
        (f"exists ({MINE} auth.jwt() -> 'user_metadata' ->> 'role' = 'admin')", True),
        (f"exists (select 1 from members m where m.person = auth.uid() or m.team = {CHOSEN})", True),
        (f"exists (select 1 from members m where m.team = {CHOSEN})", True),
        (f"exists ({MINE} m.team = {CHOSEN}) or team = {CHOSEN}", True),
        ("exists (select 1 from auth.users u where u.id = auth.uid() and u.raw_user_meta_data ->> 'a' = 'b')", True),
    ],
)
def test_a_condition_takes_their_word_or_not(condition: str, taken: bool) -> None:
    assert trusts(parse_expression(condition)) is taken


NOT_NULL = f"declare t uuid := {CHOSEN}; found uuid; begin if t is not null then"
FOUND = "select m.team into found from members m where m.person = auth.uid() and m.team = t;"


INTO = "found uuid; begin select (raw_user_meta_data ->> 'team')::uuid into t from auth.users where id = auth.uid();"
OWN = "from members where user_id = auth.uid() and"


@pytest.mark.parametrize(
    "language, body, own",
    [
        ("sql", f"{MINE} m.team = {CHOSEN}", True),
        ("sql", f"select {CHOSEN}", False),
        ("plpgsql", f"{NOT_NULL} {FOUND} end if; return found; end", True),
        ("plpgsql", f"{NOT_NULL} {FOUND} end if; return coalesce(found, t); end", False),
        ("plpgsql", f"{NOT_NULL} {FOUND} end if; return t; end", False),
        ("plpgsql", f"declare t uuid; begin t := {CHOSEN}; return t; end", False),
        ("plpgsql", f"declare a text; t uuid; begin a := {CHOSEN}; t := a::uuid; return t; end", False),
        ("plpgsql", f"declare t uuid := {CHOSEN}; begin if t = 'a' then return null; end if; return null; end", False),
        ("plpgsql", "begin return auth.jwt() -> 'user_metadata' ->> 'role' = 'admin'; end", False),
        ("plpgsql", f"declare t uuid; {INTO} select team into found {OWN} team = t; return found; end", True),
        ("plpgsql", f"declare t uuid; {INTO} select team into found {OWN} team = t; return t; end", False),
        (
            "plpgsql",
            f"declare t uuid; {INTO} select team into found from members where team = t; return found; end",
            False,
        ),
        ("plpgsql", f"declare r record; {INTO.replace('into t', 'into r')} return r.team; end", False),
        ("plpgsql", f"declare t uuid; {INTO.replace('select', 'update a set b =')} return null; end", False),
        ("plpgsql", "begin this is no body", False),
        ("c", f"{MINE} m.team = {CHOSEN}", False),
    ],
)
def test_a_function_picks_among_own_rows_or_not(language: str, body: str, own: bool) -> None:
    function = Function(Name("public", "team"), (), "uuid", language=language, body=body)
    assert only_picks_own_rows(function) is own


@pytest.mark.parametrize("number", [3, 4])
def test_policies_that_ask_one_function_are_one_finding_where_they_are_many(tmp_path: Path, number: int) -> None:
    folder = tmp_path / "supabase" / "migrations"
    folder.mkdir(parents=True)
    asks = """create function public.is_admin() returns boolean language sql stable as
      $$ select (auth.jwt() -> 'user_metadata' ->> 'role') = 'admin' $$;
    """
    made = "".join(
        f"create table public.t{at} (id bigint primary key);\n"
        f"create policy p on public.t{at} using (public.is_admin());\n"
        for at in range(number)
    )
    (folder / "20250101000000_init.sql").write_text(asks + made, encoding="utf-8")
    found = audit_folder(tmp_path, Options(select=frozenset({"policy-trusts-user-metadata"}))).findings
    places = [spot.line for finding in found for spot in finding.spots if spot.role == "primary"]
    assert sorted(places) == [4 + 2 * at for at in range(number)]
    subjects = ["public.is_admin"] if number == 4 else [f"public.t{at}/p" for at in range(number)]
    assert [finding.subject for finding in found] == subjects
    fingerprints = {spot.fingerprint for finding in found for spot in finding.spots if spot.role == "primary"}
    assert len(fingerprints) == number
