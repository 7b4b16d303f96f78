"""The database's own SQL: which of its names nothing creates, and where each stands."""

from __future__ import annotations

import pytest

from bind.sql_project import bodies_of, unknown_in


def plpgsql(body: str, head: str = "function public.f(which uuid)", returns: str = "void", more: str = "") -> str:
    return f"create {head} returns {returns} language plpgsql {more} as $$\n{body}\n$$;\n"


@pytest.mark.parametrize(
    "body, expected",
    [
        ("begin perform 1 from former where id = which; end", ["former"]),
        ("begin update people p set nickname = 'x' where p.id = which; end", ["nickname"]),
        ("declare n text; begin select p.name, p.age into n, n from people p; end", ["p.age"]),
        ("declare r people%rowtype; begin r.age := 1; end", ["r.age"]),
        ("declare n people.age%type; begin n := null; end", ["people.age"]),
        ("declare r record; begin select * into r from people; raise notice '%', r.age; end", ["r.age"]),
        ("declare r record; begin for r in select v.* from visits v loop perform r.place; end loop; end", ["r.place"]),
        ("declare people visits%rowtype; begin perform 1 from people where id = people.place; end", ["people.place"]),
        ("begin if exists (select 1 from visits where place = 'x') then return; end if; end", ["place"]),
        ("begin execute 'delete from former where id = $1' using which; end", ["former"]),
        ("begin perform public.label(which, true, 3); end", ["public.label"]),
        ("begin insert into people (id) values (which) on conflict (email) do nothing; end", ["email"]),
        ("declare p people; begin perform shoes(p); perform manager(p, 1); end", ["shoes", "manager"]),
        ("declare c cursor for select place from visits; begin open c; close c; end", ["place"]),
        ("begin while (select count(*) from former) > 1 loop null; end loop; end", ["former"]),
    ],
)
def test_what_a_plpgsql_body_names_in_vain(body: str, expected: list[str]) -> None:
    assert unknown_in(plpgsql(body), "public.f") == expected


@pytest.mark.parametrize(
    "body",
    [
        "declare n int; begin select count(*) into n from people where people.id = f.which; end",
        "<<outer_block>> declare n int := 1; begin perform outer_block.n + n from visits; end",
        "declare w alias for $1; begin perform 1 from people where id = w or id = $1; end",
        "declare m mood; n text; begin select mood, name into m, n from people; end",
        "declare r record; begin select id as x into r from people; perform r.anything; end",
        "declare r record; begin execute format('select * from %I', 't') into r; perform r.anything; end",
        "begin create temp table scratch as select 1 as x; perform x from scratch; drop table scratch; end",
        "begin execute 'create table yearly (x int)'; insert into yearly values (1); end",
        "begin for i in 1..3 loop for j in reverse i..1 loop perform i + j; end loop; end loop; end",
        "declare a uuid[]; x uuid; begin foreach x in array a loop perform x; end loop; end",
        "begin case which when null then perform 1; else raise exception 'no %', which; end case; end",
        "begin perform 1; exception when others then raise notice '% %', sqlstate, sqlerrm; end",
        "declare v_count int; begin get diagnostics v_count = row_count; if not found then return; end if; end",
        "begin perform 1 from settings; perform st_area(null), similarity('a', 'b'), cron.schedule('a', 'b', 'c'); end",
        "declare c cursor (k uuid) for select id from people where id = k; begin for r in c (which) loop end loop; end",
        "begin with recursive t (n) as (select 1 union select n + 1 from t) update visits set note = t.n from t; end",
        "begin if to_regclass('public.former') is not null then delete from public.former; end if; end",
        "begin perform u.email, u.raw_user_meta_data from auth.users u; perform relname from pg_class; end",
        "declare people record; begin foreach people in array $1 loop perform people.age from people; end loop; end",
        "declare people visits%rowtype; begin perform 1 from people where id = people.person; end",
        "declare p people; begin if name(p) is not null then perform manager(p); end if; end",
        "declare r record; begin for r in select * from people loop perform name(r); end loop; end",
        "begin perform note(v) from visits v; end",
    ],
)
def test_what_postgresql_would_find_or_nobody_can_tell(body: str) -> None:
    assert unknown_in(plpgsql(body), "public.f") == []


def test_new_and_old_are_rows_of_the_triggers_table() -> None:
    function = plpgsql(
        "begin if new.place is null then new.note := old.note; end if; return new; end",
        "function public.f()",
        "trigger",
    )
    on_visits = "create trigger t before update on public.visits for each row execute function public.f();\n"
    on_people = "create trigger t before update on public.people for each row execute function public.f();\n"
    assert unknown_in(function, "public.f") == []
    assert unknown_in(function + on_visits, "public.f") == ["new.place"]
    assert set(unknown_in(function + on_visits + on_people, "public.f")) == {"new.place"}


def test_a_row_that_one_of_a_triggers_tables_lacks() -> None:
    body = "begin new.note := upper(new.note); return new; end"
    triggers = "".join(
        f"create trigger t before update on public.{table} for each row execute function public.f();\n"
        for table in ("visits", "people")
    )
    assert unknown_in(plpgsql(body, "function public.f()", "trigger") + triggers, "public.f") == [
        "new.note",
        "new.note",
    ]
    for told in (
        "begin if tg_table_name = 'visits' then new.note := ''; end if; return new; end",
        "begin if old.name <> new.name then new.note := ''; end if; return new; end",
        "declare row jsonb := to_jsonb(new); begin perform row, new.note; return new; end",
    ):
        assert unknown_in(plpgsql(told, "function public.f()", "trigger") + triggers, "public.f") == []


def test_rows_that_a_trigger_names() -> None:
    function = plpgsql("begin perform x from changed; return null; end", "function public.f()", "trigger")
    trigger = (
        "create trigger t after update on public.visits referencing new table as changed "
        "for each statement execute function public.f();\n"
    )
    assert unknown_in(function + trigger, "public.f") == []


@pytest.mark.parametrize(
    "body, expected",
    [
        ("as $$ select name, age from people where id = who $$", ["age"]),
        ("as 'select 1 from former; select $1'", ["former"]),
        ("as $$ select f.who, who $$", []),
        ("begin atomic select p.name from public.people p where p.id = who; end", []),
        ("return (select count(*) from public.visits v where v.person = who)", []),
    ],
)
def test_sql_functions(body: str, expected: list[str]) -> None:
    assert unknown_in(f"create function public.f(who uuid) returns text language sql {body};", "public.f") == expected


def test_fields_of_a_row_that_has_no_name() -> None:
    made = "create function public.f(public.people) returns text language sql as $$ select $1.name || $1.age $$;"
    assert unknown_in(made, "public.f") == ["age"]


def test_only_the_final_catalog_counts() -> None:
    first = plpgsql("begin perform note from visits; end")
    dropped = "alter table public.visits drop column note;"
    assert unknown_in(first + dropped, "public.f") == ["note"]
    again = plpgsql("begin perform at from visits; end", "or replace function public.f(which uuid)")
    assert unknown_in(first + dropped + again, "public.f") == []
    assert "public.f" not in bodies_of(first + dropped + "drop function public.f(uuid);")[0]


def test_a_search_path_of_its_own() -> None:
    body = "begin perform 1 from people; perform label(which); perform lower('X'), gen_random_uuid(); end"
    bodies, _ = bodies_of(plpgsql(body, more="set search_path = ''"))
    hidden = [(r.written, str(r.hidden)) for r in bodies["public.f"].references if r.outcome == "unknown"]
    assert hidden == [("people", "public.people"), ("label", "public.label")]
    assert unknown_in(plpgsql(body, more="set search_path = public"), "public.f") == []
    assert unknown_in(plpgsql("begin perform 1 from settings; end", more="set search_path = app"), "public.f") == []


def test_handlers_say_that_it_may_fail() -> None:
    quiet = "begin perform 1 from former; exception when undefined_table then null; end"
    loud = "begin perform 1 from former; exception when others then raise; end"
    guards = [bodies_of(plpgsql(body))[0]["public.f"].references[0].guarded for body in (quiet, loud)]
    assert guards[0] == "an exception handler for undefined_table"


@pytest.mark.parametrize(
    ("body", "expected"),
    [
        ("begin return query select name from people p where p.id = which; end", ["name"]),
        ("declare note text; begin perform v.at from visits v where note = '' and which = v.person; end", ["note"]),
        ("begin return query select p.name from people p group by name; end", ["name"]),
        ("begin insert into people (id, name) values (which, '') on conflict (id) do update set name = ''; end", []),
        ("begin return query select p.name from people p order by name; end", []),
        ("begin update people set name = '' where people.name = f.name; name := upper(name); end", []),
        ("begin declare note text; begin null; end; perform 1 from visits where note = ''; end", []),
        ("#variable_conflict use_column\nbegin return query select name from people; end", []),
    ],
)
def test_a_variable_that_a_column_is_called_as(body: str, expected: list[str]) -> None:
    sql = f"create function public.f(which uuid) returns table (name text) language plpgsql as $${body}$$;"
    (found,) = (one for subject, one in bodies_of(sql)[0].items() if subject == "public.f")
    assert [r.written for r in found.references if r.kind == "ambiguous"] == expected


def test_a_function_that_is_made_anew_of_what_the_database_holds() -> None:
    made, anew = (
        plpgsql("begin perform 1 from former; end"),
        (
            "do $$ declare d text; begin select pg_get_functiondef('public.f(uuid)'::regprocedure) into d;"
            " execute {}(d, 'former', 'people'); end $$;"
        ),
    )
    assert unknown_in(made, "public.f") == ["former"]
    assert unknown_in(made + anew.format("replace"), "public.f") == []
    assert "makes it anew" in (bodies_of(made + anew.format("regexp_replace"))[0]["public.f"].undecided or "")


def test_other_languages_and_broken_bodies_are_said_to_be_undecided() -> None:
    bodies, _ = bodies_of("create function public.f() returns int language plv8 as $$ return 1 $$;")
    assert bodies["public.f"].undecided == "a body in plv8 is not read"
    bodies, _ = bodies_of(plpgsql("begin perform from where; end"))
    assert "syntax error" in (bodies["public.f"].undecided or "")


def test_views_policies_triggers_checks_and_defaults() -> None:
    sql = """
    create policy "own" on public.visits using (person = auth.uid() and place = 'x') with check (label(person) <> '');
    create trigger t before update of note on public.visits for each row when (new.place is null)
      execute function public.nothing();
    """
    assert unknown_in(sql, "public.visits/own") == ["place"]
    assert unknown_in(sql, "public.visits/t") == ["new.place", "nothing"]


def test_a_body_between_single_quotes_is_placed_at_its_statement() -> None:
    bodies, data = bodies_of("create function public.f() returns text language sql as 'select ''a'' from former';")
    (reference,) = [r for r in bodies["public.f"].references if r.outcome == "unknown"]
    assert data[reference.place.start : reference.place.end].startswith(b"create function public.f")


@pytest.mark.parametrize(("argument", "name"), [("refcursor", "$1"), ("rows refcursor", "rows")])
def test_a_cursor_that_a_function_is_handed(argument: str, name: str) -> None:
    body = f"begin open {name} for select place from visits; return {name}; end"
    assert unknown_in(plpgsql(body, f"function public.f({argument})", "refcursor"), "public.f") == ["place"]
