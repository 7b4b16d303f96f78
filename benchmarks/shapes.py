"""What the shapes of `doubling.py` are made of, and those of code that speaks to a database."""

# A shape is a line.
from __future__ import annotations

from collections.abc import Callable, Mapping

__all__ = ["CODE", "MIGRATION", "SCHEMA", "Make", "around", "each"]

Make = Callable[[int], Mapping[str, str]]
SCHEMA = "create table orders (id bigint primary key, a text, b text, c text);\n"
MIGRATION = "supabase/migrations/20260101000000_start.sql"


def each(text: str, between: str = "\n") -> Callable[[int], str]:
    return lambda n: between.join(text.replace("#", str(i)) for i in range(n))


def around(begin: str, text: str, between: str, end: str) -> Callable[[int], str]:
    return lambda n: begin + each(text, between)(n) + end


PG = "const {Pool}=require('pg'); const p=new Pool();\n"
SUPABASE = "import {createClient} from '@supabase/supabase-js'\nconst db=createClient('a','b');\n"


def code(path: str, make: Callable[[int], str]) -> Make:
    return lambda n: {MIGRATION: SCHEMA, path: make(n)}


CODE: dict[str, Make] = {
    "appended": code(
        "a.js",
        around(
            PG + "function f(x) {\n let q = 'select id from orders where true';\n",
            "if (x) q += ' and id = #'; p.query(q);",
            "\n",
            "}",
        ),
    ),
    "appended in Python": code(
        "a.py",
        around(
            "import psycopg2\nc=psycopg2.connect('x').cursor()\ndef f(x):\n    q = 'select id from orders'\n",
            "    if x:\n        q += ' limit #'\n    c.execute(q)",
            "\n",
            "\n",
        ),
    ),
    "filled in": code(
        "a.js",
        around(
            PG + "function f(x) {\n",
            "let w# = ''; if (x) w# += ' where id = #'; p.query(`select id from orders ${w#}`);",
            "\n",
            "}",
        ),
    ),
    "handed values": code(
        "a.ts", around(SUPABASE, "export const f# = (a: string) => db.from('orders').insert({ a })", "\n", "")
    ),
    "parameters": code(
        "a.ts",
        lambda n: (
            SUPABASE
            + "function f("
            + each("a#: string", ", ")(n)
            + ") {\n"
            + each("db.from('orders').insert({ a: a# })")(n)
            + "}"
        ),
    ),
    "constants": lambda n: {
        MIGRATION: SCHEMA,
        "q.js": each("export const QUERY_# = 'select # from orders';")(n),
        "a.js": PG + "import * as q from './q'\n" + each("p.query(q.QUERY_#)")(n),
    },
    "built": code(
        "a.js",
        around("const knex=require('knex')({client:'pg'});\n", "knex('orders').where({id: #}).select('a')", "\n", ""),
    ),
    "pieces": lambda n: {
        "a.ts": SUPABASE + each("db.from('t#').select('id')")(n),
        **{
            f"db/t{i}_x.sql": f"create table t{i} (id int primary key, o int references t{(i + 1) % n} (id));"
            for i in range(n)
        },
    },
    "words of comments": lambda n: {
        MIGRATION: SCHEMA + "-- exist\n-- " + "already " * n,
        "fix.sql": "alter table orders add b int;",
    },
    "comments without end": lambda n: {
        "sql/all.sql": SCHEMA + "/* " * n,
        "a.ts": SUPABASE + "db.from('orders').select('id')",
    },
}
