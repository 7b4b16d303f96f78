"""SQL that a tool fills in before it runs it."""

from __future__ import annotations

import re

import pytest

from tripoint.sql.read import read_sql
from tripoint.sql.template import filled


@pytest.mark.parametrize(
    ("written", "relation"),
    [
        ("create table {{ .Schema }}.users (id int);", ("schema", "users")),
        ('create table {{ index .Options "Namespace" }}.users (id int);', ("namespace", "users")),
        ('create table "{{ index .Options "Namespace" }}"."users" (id int);', ("namespace", "users")),
        ("create table {{table}} (id int);", (None, "table")),
        ("create table log_{{ day }}_x (id int);", (None, "log_day_______x")),
    ],
)
def test_what_is_filled_in_is_a_name(written: str, relation: tuple[str | None, str]) -> None:
    data = f"select 1;\n{written}\nselect 'a {{{{ b }}}}';".encode()
    facts = read_sql(data)
    kinds = [statement.kind for statement in facts.statements]
    assert kinds == ["SelectStmt", "CreateStmt", "SelectStmt"]
    made = facts.statements[1]
    assert (made.node["relation"].get("schemaname"), made.node["relation"]["relname"]) == relation
    assert data[made.start : made.end].startswith(b"create table")
    assert facts.statements[2].text.endswith("'a {{ b }}'")
    assert ["template" in problem.reason for problem in facts.problems] == [True]


def test_variables_of_a_runner_are_names() -> None:
    data = b"""grant usage on schema app to :APP_ROLE;
create table :"place".users (id int[], label text default 'at :NOON');
select id[1:2], id::INT, '{"a":"b"}', $${"a":"b", x}$$ from users; -- :SAID
"""
    facts = read_sql(data)
    assert [statement.kind for statement in facts.statements] == ["GrantStmt", "CreateStmt", "SelectStmt"]
    assert facts.statements[0].text.split()[-1] == "app_role"
    assert facts.statements[1].node["relation"]["schemaname"] == "place"
    assert facts.statements[1].text.endswith("'at :NOON')")
    assert [problem.reason for problem in facts.problems] == [
        (
            "the SQL is filled in before it runs: what stands in place of "
            ':"place", :APP_ROLE is taken for a name of its own'
        )
    ]


def test_what_only_steers_the_template_is_left_out() -> None:
    facts = read_sql(b"{{ if .Fresh }}\ncreate table a (id int);\n{{ end }}\n")
    assert [statement.kind for statement in facts.statements] == ["CreateStmt"]


def test_text_without_places_is_no_template() -> None:
    assert read_sql(b"insert into a values ('{\"b\": {{}}}');").problems == ()


def test_a_text_between_dollars_is_no_template_and_a_body_is() -> None:
    text = read_sql(b"insert into prompts values ($p$It's for {{reader}}$p$), ($$of {{place}}$$);")
    assert text.problems == ()
    assert text.statements[0].text.endswith("($$of {{place}}$$)")
    body = read_sql(b"create function f() returns void language sql as $$ delete from {{ .Schema }}.rows $$;")
    assert ["template" in problem.reason for problem in body.problems] == [True]
    assert "{{" not in body.statements[0].text
    one = b"create function {{ .Schema }}.f() returns int language sql as $$ select 1 $$;\n"
    several = read_sql(one + one.replace(b"f()", b"g()") + one.replace(b"f()", b"h()").replace(b"$$", b"$b$"))
    assert ["template" in problem.reason for problem in several.problems] == [True]
    assert [statement.node["funcname"][1]["String"]["sval"] for statement in several.statements] == ["f", "g", "h"]


@pytest.mark.parametrize(
    ("condition", "read"),
    [
        (".postgres", ["a"]),
        (".mysql", ["b"]),
        ("or .mysql .sqlite", ["b"]),
        ("not .sqlite", ["a"]),
        ("and .postgres (not .mysql)", ["a"]),
        ('eq .Driver "postgres"', ["a"]),
        ('ne .Driver "mysql"', ["a"]),
        ("and (not .plugin) .sqlite", ["b"]),
        (".plugin", ["a", "b"]),
        ('hasColumn "a" "pg"', ["a", "b"]),
        ("(" * 200 + ".mysql", ["a", "b"]),
    ],
)
def test_what_a_condition_keeps_for_another_database_system_is_not_read(condition: str, read: list[str]) -> None:
    text = f"{{{{if {condition}}}}}\ncreate table a (id int);\n{{{{- else -}}}}\ncreate table b (id int);\n{{{{end}}}}"
    made = [statement.node["relation"]["relname"] for statement in read_sql(text.encode()).statements]
    assert made == read


def test_rows_that_are_written_under_a_condition_that_a_run_decides_are_not_read() -> None:
    rows = b"{{if .plugin}}\nupdate files set kept = 0;\n{{else if .mysql}} drop table x; {{end}}"
    assert [s.kind for s in read_sql(rows + b"create table a (id int {{if .more}}, b int{{end}});").statements] == [
        "CreateStmt"
    ]


@pytest.mark.parametrize(
    ("text", "left"),
    [
        ("{{if .x}} insert into a values (1); {{if .y}} create table b (); {{end}} {{end}}", "insert create"),
        ("{{if .x}} insert into a values (1); {{if .y}} select 1; {{end}} {{end}} drop table c;", "drop"),
        ("{{if .x}} create table b (); {{if .y}} select 1; {{end}} {{end}}", "create"),
        (
            "{{if mysql}} create table b (); {{if .y}} drop table c; {{else}} select 1; {{end}} {{end}} delete from d;",
            "delete",
        ),
        ("{{if .x}} insert into a values (1); {{else}} create table b (); {{end}}", "create"),
    ],
)
def test_conditions_in_conditions(text: str, left: str) -> None:
    assert re.findall("insert|create|drop|select|delete", filled(text.encode(), []).decode()) == left.split()
    assert len(filled(text.encode(), [])) == len(text)
