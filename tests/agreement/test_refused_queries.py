"""Queries made by chance, held against PostgreSQL: what is told, it refuses, and most of what it refuses is told."""

from __future__ import annotations

import random

import psycopg

from tripoint.model.catalog import Catalog
from tripoint.postgres.server import Server
from tripoint.sources.migrations.fold import fold
from tripoint.sql.grammar import parse_statement
from tripoint.sql.read import read_sql
from tripoint.sql.scope import resolve_names

TABLES = """
create table rooms (id int primary key, name text, size int, kept boolean, made_at date, tags text[]);
create table stays (id int primary key, room_id int, nights int, price numeric, extra jsonb);
"""
CODES = {"42803", "42804", "42601", "42701", "42P10", "42P20", "0A000"}
R = ["r.id", "r.name", "r.size", "r.kept", "r.made_at", "name", "size"]
S = ["s.id", "s.room_id", "s.nights", "s.price", "price", "nights"]


def _value(chance: random.Random, columns: list[str], depth: int = 0) -> str:
    column = chance.choice(columns)
    other = chance.choice(columns)
    forms = [
        column,
        column,
        f"count({column})",
        "count(*)",
        f"max({column})",
        f"min({column}) filter (where {other} is not null)",
        f"coalesce({column}, {other})",
        f"case when {other} is null then {column} else {chance.choice(columns)} end",
        f"({column}, {other}) is null",
        f"sum(1) over (order by {column})",
        f"string_agg(distinct {column}::text, ',' order by {other})",
        f"array[{column}, {other}]",
        "(select count(*) from stays where room_id = 1)",
        f"(select max({column}))",
        f"length({column}::text)",
        "(1, 'a') = (select id, extra::text from stays limit 1)",
        "(1, 2) <> (select id from stays limit 1)",
        "row(1) < (select id, room_id from stays limit 1)",
        "(1, 2) is not distinct from (select id, room_id from stays limit 1)",
    ]
    if depth < 2:
        forms += [f"max({_value(chance, columns, depth + 1)})", f"({_value(chance, columns, depth + 1)}) is null"]
    return chance.choice(forms)


def _query(chance: random.Random, nested: bool = False) -> str:
    source, columns = chance.choice(
        [
            ("rooms r", R),
            ("stays s", S),
            ("rooms r join stays s on s.room_id = r.id", R + S),
            ("rooms r left join stays s using (id)", [*R, *S, "id"]),
            ("(select id, name, count(*) as size from rooms group by id) r", ["r.id", "name", "size", "r.size"]),
        ]
    )
    targets = [_value(chance, columns) + chance.choice(["", "", f" as a{i}"]) for i in range(chance.randint(1, 3))]
    parts = ["select", chance.choice(["", "", "", "distinct", f"distinct on ({chance.choice(columns)})"])]
    parts += [", ".join(targets), "from", source]
    if chance.random() < 0.3:
        condition = chance.choice([f"{chance.choice(columns)} is not null", _value(chance, columns), "true"])
        parts += ["where", condition]
    if chance.random() < 0.5:
        keys = [chance.choice([*columns, "1", "a0", f"lower({columns[1]}::text)"]) for _ in range(chance.randint(1, 2))]
        parts += ["group by", ", ".join(keys)]
        if chance.random() < 0.3:
            parts += ["having", f"{_value(chance, columns)} is not null"]
    if nested:
        return " ".join(parts)
    if chance.random() < 0.15:
        return " ".join([*parts, chance.choice(["union", "union all", "except"]), _query(chance, nested=True)])
    if chance.random() < 0.4:
        parts += ["order by", chance.choice([*columns, "1", "a0", "count(*)"])]
    if chance.random() < 0.1:
        parts.append("for update")
    return " ".join(parts)


def test_queries_made_by_chance(server: Server, plain: Catalog) -> None:
    catalog = fold([("tables.sql", read_sql(TABLES.encode()))], plain).catalog
    chance = random.Random(7)
    told = untold = 0
    with server.connect("postgres") as connection:
        connection.execute("begin")
        connection.execute(TABLES.encode())
        for _ in range(3000):
            query = _query(chance)
            read = parse_statement(query)
            if not isinstance(read, tuple):
                continue
            found = [n for n in resolve_names({read[0]: read[1]}, catalog, ("public",)) if n.kind == "refused"]
            state = None
            try:
                with connection.transaction(force_rollback=True):
                    connection.execute(f"prepare asked as {query}".encode())
                    connection.execute("deallocate asked")  # which a rollback does not
            except psycopg.Error as error:
                state = error.sqlstate
            if found:
                assert state is not None, (query, found)
                told += 1
            elif state in CODES:
                untold += 1
        connection.execute("rollback")
    assert told > 4 * untold
