"""Who may do what to whose rows is seen by doing it, on rows that satisfy every constraint."""

from __future__ import annotations

from pathlib import Path

import psycopg
import pytest

from tripoint.model.evidence import Platform, Settings
from tripoint.model.name import Name
from tripoint.postgres.platform import platform_template
from tripoint.postgres.server import Server
from tripoint.proof.conditions import alternatives, readable, requirements
from tripoint.proof.holds import policies_hold
from tripoint.proof.patterns import sample
from tripoint.proof.prove import Matrix, prove
from tripoint.sources.database.replay import LOGIN, Script
from tripoint.sql.read import read_sql

HERE = Path(__file__).parent
OPEN = Settings(auto_expose_new_tables=True)


def proven(*texts: str, platform: Platform = "supabase", settings: Settings = OPEN) -> Matrix:
    scripts = [Script(f"{n}.sql", read_sql(text.encode())) for n, text in enumerate(texts, 1)]
    return prove(scripts, platform, settings)


def rows_of(matrix: Matrix, table: str) -> dict[str, str]:
    """Return for each role and rows what may be done: `s`elect, `i`nsert, `u`pdate, `d`elete; `?` is not proven."""
    found: dict[str, str] = {}
    for cell in matrix.access:
        if cell.table == f"public.{table}" and cell.where is None:
            sign = {"allowed": cell.operation[0], "denied": "-", "not-proven": "?"}[cell.outcome]
            found[f"{cell.role} {cell.rows}"] = found.get(f"{cell.role} {cell.rows}", "") + sign
    return found


@pytest.fixture(scope="module")
def holes() -> Matrix:
    return proven((HERE / "holes.sql").read_text(encoding="utf-8"))


def test_each_hole_is_found_and_no_twin(holes: Matrix) -> None:
    tables = {cell.table.removeprefix("public.") for cell in holes.access}
    assert {leak.table.name for leak in holes.leaks} == {name for name in tables if name.endswith("_leaks")}
    assert len(holes.leaks) == 6
    assert [cell for cell in holes.access if cell.outcome == "not-proven"] == []
    # Only administrators read these, and none of the users is one.
    (note,) = holes.notes
    assert note.startswith("nobody was shown their own row of public.audits, public.reports: ")
    kinds = {leak.table.name: leak.kind for leak in holes.leaks}
    assert kinds["diaries_leaks"] == "unprotected"
    assert kinds["posts_leaks"] == "open"
    assert {kind for name, kind in kinds.items() if name not in ("diaries_leaks", "posts_leaks")} == {"unbound"}


def test_a_tenancy_is_seen(holes: Matrix) -> None:
    assert rows_of(holes, "plans") == {
        "anon any": "----",
        "authenticated own": "siud",
        "authenticated tenant": "siud",
        "authenticated other": "----",
        "service_role any": "siud",
    }
    assert rows_of(holes, "plans_leaks")["authenticated other"] == "siud"
    assert "authenticated tenant" not in rows_of(holes, "lists")


def test_the_script_shows_the_leak_elsewhere(holes: Matrix) -> None:
    binaries, template = platform_template("supabase", OPEN)
    with Server(template=template, binaries=binaries) as server, server.connect(LOGIN) as connection:
        connection.execute((HERE / "holes.sql").read_bytes())
        for leak in holes.leaks:
            assert _rows_at_the_end(connection, leak.script) == 1, leak.table
            sound = leak.script.replace("_leaks", "")
            with connection.transaction(force_rollback=True):
                # The twins' own policies for select: rows that are public on purpose are seen there too.
                public = leak.table.name in ("drafts_leaks",)
                assert _rows_at_the_end(connection, sound) == public, leak.table


def _rows_at_the_end(connection: psycopg.Connection[tuple[object, ...]], script: str) -> int:
    """Run a script up to its last statement before the rollback; return how many rows that gave or changed."""
    statements = [line for line in script.splitlines() if not line.startswith("--")]
    assert statements[0] == "begin;"
    assert statements[-1] == "rollback;"
    with connection.transaction(force_rollback=True):
        for statement in statements[1:-2]:
            connection.execute(statement.encode())
        return connection.execute(statements[-2].encode()).rowcount


@pytest.fixture(scope="module")
def shapes() -> Matrix:
    return proven((HERE / "shapes.sql").read_text(encoding="utf-8"))


def test_a_row_is_found_for_constraints_of_every_kind(shapes: Matrix) -> None:
    unproven = {(c.table, c.operation) for c in shapes.access if c.outcome == "not-proven"}
    assert unproven == {("public.strict", "insert")}
    # Without row security the rows are there for everybody: each was made, and each could be made once more.
    for table in {cell.table.removeprefix("public.") for cell in shapes.access} - {"strict"}:
        assert set(rows_of(shapes, table).values()) == {"siud"}, table


def test_what_a_trigger_made_is_found_and_not_made_twice(shapes: Matrix) -> None:
    statement = next(c.statement for c in shapes.access if c.table == "public.settings" and c.operation == "update")
    assert statement is not None
    assert "made_by" not in statement or "'trigger'" in statement
    twice = next(c for c in shapes.access if c.table == "public.settings" and c.operation == "insert")
    assert twice.reason is not None
    assert "settings_pkey" in twice.reason


def test_a_trigger_that_refuses_is_told_from_a_policy(shapes: Matrix) -> None:
    (reason,) = {c.reason for c in shapes.access if c.table == "public.strict" and c.operation == "insert"}
    assert reason is not None
    assert "policies let it pass" in reason
    assert "not this way" in reason
    assert any("public.strict" in note for note in shapes.notes)


def test_what_nobody_can_satisfy_is_not_proven() -> None:
    found = proven(
        "create table riddles (id serial primary key, user_id uuid not null references auth.users,"
        " answer int check (answer is not null and answer <> answer));"
        "create table guesses (id serial primary key, riddle_id int not null references riddles);"
        "revoke delete on riddles from anon;"
    )
    assert rows_of(found, "riddles") == {
        "anon any": "???-",
        "authenticated own": "????",
        "authenticated other": "????",
        "service_role any": "????",
    }
    (reason,) = {c.reason for c in found.access if c.table == "public.guesses"}
    assert reason is not None
    assert "no row of public.riddles could be made" in reason
    assert "riddles_answer_check" in reason
    assert found.leaks == ()


def test_views_show_what_their_owner_sees_or_what_the_caller_sees() -> None:
    found = proven(
        "create table notes (id uuid primary key default gen_random_uuid(),"
        " user_id uuid not null references auth.users, body text not null, drawn boolean not null default false);"
        "alter table notes enable row level security;"
        "create policy own on notes for all using (user_id = auth.uid());"
        "create view shown as select id, body from notes;"
        "create view whole as select * from notes;"
        "create view whole_of_caller with (security_invoker = true) as select * from notes;"
        "create view mine with (security_invoker = true) as select id, body from notes;"
        "create view counted with (security_invoker = true) as select user_id, count(*) from notes group by user_id;"
        "create view drawings as select id from notes where drawn;"
        "create materialized view copied as select id from notes; revoke all on copied from anon;"
    )
    assert rows_of(found, "shown") == {
        "anon any": "sud",
        "authenticated own": "sud",
        "authenticated other": "sud",
        "service_role any": "sud",
    }
    # As its owner, a view takes rows in anybody's name; as the caller, those that policies take.
    assert set(rows_of(found, "whole").values()) == {"siud"}
    assert rows_of(found, "whole_of_caller") == {
        "anon any": "----",
        "authenticated own": "siud",
        "authenticated other": "----",
        "service_role any": "siud",
    }
    assert rows_of(found, "mine")["authenticated own"] == "sud"
    assert rows_of(found, "mine")["authenticated other"] == rows_of(found, "mine")["anon any"] == "---"
    assert rows_of(found, "counted")["authenticated own"] == "s"
    assert rows_of(found, "counted")["authenticated other"] == "-"
    assert set(rows_of(found, "drawings")["anon any"]) == {"?"}
    assert rows_of(found, "copied")["anon any"] == "-"
    assert rows_of(found, "copied")["authenticated other"] == "s"


STATES = """
create table shelves (id uuid primary key default gen_random_uuid(), user_id uuid not null references auth.users,
  sharing text not null default 'private', pinned boolean not null default true, at timestamptz);
alter table shelves enable row level security;
create policy own on shelves for all using (user_id = auth.uid());
create policy shown on shelves for select using (sharing <> 'private');
create policy past on shelves for select to authenticated using (at is not null and at < now());
create type stage as enum ('draft', 'sent', 'paid');
create table bills (id uuid primary key default gen_random_uuid(), user_id uuid not null references auth.users,
  stage stage not null default 'draft', locked boolean not null default false check (not locked));
alter table bills enable row level security;
create policy see on bills for select using (user_id = auth.uid() or locked);
create policy change on bills for update using (user_id = auth.uid() and stage in ('draft', 'sent'));
create policy make on bills for insert with check (user_id = auth.uid() and stage = 'sent');
"""


def test_a_row_is_tried_in_the_states_that_policies_speak_of() -> None:
    found = proven(STATES)

    def outcomes(table: str, where: str, operation: str) -> dict[str, str]:
        return {
            f"{c.role} {c.rows}": c.outcome
            for c in found.access
            if (c.table, c.where, c.operation) == (f"public.{table}", where, operation)
        }

    assert rows_of(found, "shelves")["anon any"] == rows_of(found, "shelves")["authenticated other"] == "----"
    assert outcomes("shelves", "sharing <> 'private'", "select") == {
        "anon any": "allowed",
        "authenticated own": "allowed",
        "authenticated other": "allowed",
    }
    past = outcomes("shelves", "(at IS NOT NULL) AND (at < now())", "select")
    assert (past["anon any"], past["authenticated other"]) == ("denied", "allowed")
    # What a row is by its defaults is varied the other way.
    (change,) = {c.where for c in found.access if (c.where or "").startswith("not (stage = ANY")}
    assert change is not None
    assert rows_of(found, "bills")["authenticated own"] == "s-u-"
    assert outcomes("bills", change, "update")["authenticated own"] == "denied"
    assert outcomes("bills", "stage = 'sent'", "insert") == {
        "anon any": "denied",
        "authenticated own": "allowed",
        "authenticated other": "denied",
    }
    # A state that a check forbids is not proven, with the reason.
    assert set(outcomes("bills", "locked", "select").values()) == {"not-proven"}
    assert found.leaks == ()


def test_the_files_of_a_bucket_are_tried_in_their_users_folder() -> None:
    found = proven(
        "insert into storage.buckets (id, name, public) values ('open', 'open', true);"
        "create policy own on storage.objects for all to authenticated"
        " using (bucket_id = 'papers' and (storage.foldername(name))[1] = auth.uid()::text);"
        "create policy shown on storage.objects for select using (bucket_id = 'open');"
        "create policy put on storage.objects for insert to authenticated with check (bucket_id = 'open');"
        "create table teams (id uuid primary key default gen_random_uuid(),"
        " owner_id uuid not null references auth.users);"
        "alter table teams enable row level security; create policy own on teams using (owner_id = auth.uid());"
        "create policy team on storage.objects for select using (bucket_id = 'teams' and exists (select from teams t"
        " where t.id::text = (storage.foldername(name))[1] and t.owner_id = auth.uid()));"
    )
    seen: dict[str, str] = {}
    for cell in found.access:
        if cell.table.startswith("storage.objects/") and cell.outcome == "allowed":
            key = f"{cell.table.partition('/')[2]} {cell.role} {cell.rows}"
            seen[key] = seen.get(key, "") + cell.operation[0]
    assert seen == {
        "papers authenticated own": "siud",
        "open authenticated own": "si",
        "open authenticated other": "si",
        "open anon any": "s",
        "teams authenticated own": "s",
    }


def test_odd_names_stay_names() -> None:
    found = proven(
        'create table "we""ird; -- x\n\\! id" ("i d" serial primary key, "o\'wner" uuid not null references auth.users,'
        " \"se lect\" text not null check (\"se lect\" in ('a''b\\', 'c')));"
        'alter table "we""ird; -- x\n\\! id" enable row level security;'
        'create policy "p"";x" on "we""ird; -- x\n\\! id" for all using ("o\'wner" = auth.uid() or true);'
    )
    assert set(rows_of(found, 'we"ird; -- x\n\\! id').values()) == {"siud"}
    (leak,) = found.leaks
    assert leak.policies == ('p";x',)
    read = read_sql(leak.script.encode())
    assert read.problems == ()
    assert {statement.kind for statement in read.statements} <= {
        "TransactionStmt",
        "VariableSetStmt",
        "InsertStmt",
        "SelectStmt",
    }


def test_columns_that_are_granted_alone() -> None:
    found = proven(
        "create table notes (id uuid primary key default gen_random_uuid(), user_id uuid not null default auth.uid()"
        " references auth.users, body text, secret text);"
        "alter table notes enable row level security;"
        "create policy own on notes for all to authenticated using (user_id = auth.uid());"
        "revoke all on notes from anon, authenticated;"
        "grant select (id, body), update (body), insert (id, user_id, body) on notes to authenticated;"
    )
    assert rows_of(found, "notes")["anon any"] == "----"
    assert rows_of(found, "notes")["authenticated own"] == "siu-"
    assert rows_of(found, "notes")["authenticated other"] == "----"


def test_without_grants_nothing_is_allowed_and_with_them_what_they_say() -> None:
    table = (
        "create table notes (id serial primary key, user_id uuid not null references auth.users, body text);"
        "alter table notes enable row level security;"
        "create policy own on notes for all using (user_id = auth.uid());"
    )
    bare = Settings(auto_expose_new_tables=False)
    assert set(rows_of(proven(table, settings=bare), "notes").values()) == {"----"}
    granted = proven(
        table,
        "grant select, insert on notes to authenticated; grant usage on notes_id_seq to authenticated;",
        settings=bare,
    )
    assert rows_of(granted, "notes") == {
        "anon any": "----",
        "authenticated own": "si--",
        "authenticated other": "----",
        "service_role any": "----",
    }


def test_tenants_by_a_claim_of_the_token() -> None:
    found = proven(
        "create table orgs (id uuid primary key default gen_random_uuid(), name text);"
        "create table bills ("
        " id serial primary key, org_id uuid not null references orgs, by uuid references auth.users);"
        "alter table bills enable row level security; alter table orgs enable row level security;"
        "create function org() returns uuid language sql stable as"
        " $$ select ((auth.jwt() -> 'app_metadata') ->> 'org_id')::uuid $$;"
        "create policy org on bills for all using (org_id = org());"
        "create policy mine on bills for delete using (by = auth.uid());"
    )
    assert rows_of(found, "bills")["authenticated own"] == "siud"
    assert rows_of(found, "bills")["authenticated tenant"] == "siud"
    assert rows_of(found, "bills")["authenticated other"] == "----"


def test_a_plain_postgresql_with_a_setting_of_the_session() -> None:
    table = (
        "create role app; create table people (id serial primary key, name text not null);"
        "create table notes (id serial primary key, person_id int not null references people, body text);"
        "alter table notes enable row level security;"
        "create policy own on notes using (person_id = current_setting('app.person_id', true)::int);"
        "grant select, insert, update, delete on notes to app; grant usage on sequence notes_id_seq to app;"
    )
    found = proven(table, platform="postgresql")
    assert rows_of(found, "notes") == {"app any": "----", "app own": "siud", "app other": "----"}
    assert rows_of(found, "people") == {}
    wide = "(person_id = current_setting('app.person_id', true)::int or person_id > 0)"
    broken = proven(table, f"alter policy own on notes using {wide};", platform="postgresql")
    assert rows_of(broken, "notes")["app other"] == "siud"
    assert [(leak.table.name, leak.role, leak.kind) for leak in broken.leaks] == [("notes", "app", "unbound")]


def test_the_owner_is_bound_by_forced_row_security() -> None:
    found = proven(
        "create table notes (id serial primary key, who text not null);"
        "alter table notes enable row level security; alter table notes force row level security;"
        "create policy own on notes using (who = current_setting('app.who', true));",
        platform="postgresql",
    )
    assert rows_of(found, "notes") == {"postgres any": "----", "postgres own": "siud", "postgres other": "----"}


def test_a_proof_says_where_it_could_not_look() -> None:
    found = proven("create schema hidden; create table hidden.t (id int); select 1/0;")
    assert found.access == ()
    assert any("division by zero" in note for note in found.notes)
    assert any("nothing was tried" in note for note in found.notes)
    lost = proven("create table t (id int); select pg_terminate_backend(pg_backend_pid());")
    assert any("lost" in note for note in lost.notes)


@pytest.mark.parametrize(("platform", "refused"), [("supabase", 0), ("postgresql", 1)])
def test_the_migrations_run_as_the_platform_runs_them(platform: Platform, refused: int) -> None:
    text = "create schema if not exists extensions; create extension pg_cron with schema extensions;"
    notes = proven(text, platform=platform).notes
    assert len([note for note in notes if "PostgreSQL refuses a statement" in note]) == refused


def test_policies_of_a_proposal_hold_or_do_not(holes: Matrix) -> None:
    def verdict(table: str) -> bool | None:
        return policies_hold(holes, Name("public", table)).holds

    assert verdict("lists") is True
    assert verdict("items_leaks") is False
    assert verdict("countries") is True
    assert verdict("absent") is None


@pytest.mark.parametrize(
    "pattern",
    [
        r"^\d{5}$",
        r"^[A-Z]{2}-\d{3,}$",
        r"^(draft|live)$",
        r"^[^@\s]+@[^@\s]+\.[a-z]{2,}$",
        r"^https?://[\w.-]+(/.*)?$",
        r"^#[0-9a-fA-F]{6}$",
        r"^[a-z0-9]+(?:-[a-z0-9]+)*$",
        r"^\+?[1-9]\d{1,14}$",
        r"[[:alpha:]]+x?",
    ],
)
@pytest.mark.parametrize("repeat", [1, 3])
def test_a_sample_matches_its_pattern(pattern: str, repeat: int) -> None:
    import re

    made = sample(pattern, repeat)
    assert made is not None
    assert re.search(pattern.replace("[[:alpha:]]", "[a-zA-Z]"), made)


@pytest.mark.parametrize("pattern", ["(?=a)b", "[", "(a", "a{x}", ""])
def test_a_pattern_that_is_beyond_it_raises_nothing(pattern: str) -> None:
    assert sample(pattern) in (None, "")


def test_alternatives_of_a_condition() -> None:
    assert alternatives("((a = 1) OR (b = ' OR ') OR (c OR d))") == ["(a = 1)", "(b = ' OR ')", "(c OR d)"]
    assert alternatives("((a OR b) AND c)") == ["((a OR b) AND c)"]
    assert alternatives("true") == ["true"]
    assert requirements("((a OR b) AND (c = ' AND '))") == ["(a OR b)", "(c = ' AND ')"]
    assert readable("((sharing)::text <> 'it''s'::character varying)") == "sharing <> 'it''s'"
