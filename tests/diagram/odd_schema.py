"""Schemas whose names try to break out of every syntax, and one of many tables."""

from __future__ import annotations

from pathlib import Path

ODD_TABLES = (
    "<img src=x onerror=alert(1)>",
    'a"b',
    "back\\slash",
    "class",
    "select",
    "two words",
    "per%cent",
    "curly } brace",
    "名前",
    "o",
    "new\nline",
    "</script><script>document.title='taken'</script>",
    "line\u2028separator",
    "-- comment",
    "*/ end",
    "it's",
    "`tick`",
    "[x](y)",
    "a|b",
    "tripoint:schema end -->",
)


def quoted(name: str) -> str:
    return '"' + name.replace('"', '""') + '"'


def odd_sql() -> str:
    """A table for each odd name, with a column of the same name and a foreign key along a chain."""
    statements = ['create schema "odd schema";', "create type \"odd type\" as enum ('a''b', 'c\"d');"]
    before = None
    for number, name in enumerate(ODD_TABLES):
        schema = '"odd schema".' if number % 4 == 3 else ""
        reference = f", up uuid references {before} (id)" if before else ""
        full = f"{schema}{quoted(name)}"
        statements.append(
            f'create table {full} (id uuid primary key, {quoted(name + " c")} "odd type" default \'c"d\'{reference});'
        )
        before = full
    return "\n".join(statements)


def many_tables(count: int) -> str:
    """Tables in groups of ten over five schemas; each refers to its group's first, every fifth joins two others."""
    statements = [f"create schema part{number};" for number in range(1, 5)]
    for number in range(count):
        schema = "public" if number // 10 % 5 == 0 else f"part{number // 10 % 5}"
        first = number - number % 10
        columns = ["id uuid primary key", "title text not null", "amount numeric(10,2)", "created_at timestamptz"]
        if number != first:
            columns.append(f"owner_id uuid not null references {schema}.table_{first} (id)")
        if number % 10 == 5:
            columns[0] = "id uuid"
            columns += [
                f"left_id uuid references {schema}.table_{number - 1} (id)",
                f"right_id uuid references {schema}.table_{number - 2} (id)",
                "primary key (left_id, right_id)",
            ]
        statements.append(f"create table {schema}.table_{number} (\n  " + ",\n  ".join(columns) + "\n);")
        if number % 3:
            statements.append(f"alter table {schema}.table_{number} enable row level security;")
    return "\n".join(statements)


def write_project(folder: Path, sql: str) -> Path:
    migrations = folder / "supabase" / "migrations"
    migrations.mkdir(parents=True)
    (migrations / "20240101000000_start.sql").write_text(sql, encoding="utf-8")
    return folder
