"""SQL that more is appended to before it is sent, and SQL that is sent by the name that another file gives it."""

from __future__ import annotations

import pytest

from code_project import queries

PG = 'import { Pool } from "pg";\nconst pool = new Pool();\n'
PQ = 'package a\nimport (\n "github.com/jmoiron/sqlx"\n _ "github.com/lib/pq"\n)\n'


@pytest.mark.parametrize(
    ("body", "found"),
    [
        ("let q = 'select a from t where 1=1';\nif (x) { q += ` and b = $${n++}`; }\nq += ' order by c';\nSEND(q)",
         [("select a from t where 1=1 and b = $1 order by c", None)]),
        ("let w = ' where b = 1';\nif (x) w += ' and c = 1';\nSEND(`select a from t ${w}`)",
         [("select a from t where b = 1 and c = 1", None)]),
        ("let q = 'select a from t';\nif (x) { q += ' where b = 1'; } else { q += ' where c = 1'; }\nSEND(q)",
         [("select a from t where b = 1", None), ("select a from t where c = 1", None)]),
        ("let q;if (x) { q = 'select a from t'; q += ' where b' } else q = 'select c from u'\nq += ' limit 1';SEND(q)",
         [("select a from t where b limit 1", None), ("select c from u limit 1", None)]),
        ("let q = 'select a from t';\nif (x) { q += whereOf(x); }\nq += ' order by c';\nSEND(q)",
         [("select a from t order by c", "clauses")]),
        ("let q = 'select a from t';\nSEND(q);\nq += ' where b = 1';\nSEND(q)",
         [("select a from t", None), ("select a from t where b = 1", None)]),
        (("let q = 'select a from t';\nif (x) { q += ' where b = 1'; } else if (n) { q += ' where c = 1'; }\n"
         "else { q += ' where d = 1'; }\nSEND(q)"),
         [("select a from t", None), ("select a from t where b = 1", None), ("select a from t where c = 1", None),
          ("select a from t where d = 1", None)]),
        (("let q = 'select a from t';\nif (x) { q += ' where b = 1'; } else if (n) { q += ' where c = 1'; }\n"
         "else { q += ' u on '; }\nSEND(q)"),
         [("select a from t", "relations"), ("select a from t where b = 1", "relations"),
          ("select a from t where c = 1", "relations")]),
    ],
)  # fmt: skip
def test_what_is_appended_to_sql_is_read_with_it(body: str, found: list[tuple[str, str | None]]) -> None:
    read = queries({"a.ts": f"{PG}export async function f(x, n) {{\n{body.replace('SEND', 'pool.query')};\n}}\n"})
    assert sorted((" ".join((query.text or "").split()), query.opened) for query in read) == found


@pytest.mark.parametrize(
    ("body", "found"),
    [
        ("let o = ' order by b';\nif (x) { o = ' order by c'; }\nSEND('select a from t' + o)",
         ["select a from t order by b", "select a from t order by c"]),
        ("const o = x ? 'b desc' : 'c';\nSEND(`select a from t order by ${o}`)",
         ["select a from t order by b desc", "select a from t order by c"]),
        ("let w = '';\nif (x) { w = 'where b = 1'; }\nSEND(`select a from t ${w}`)", ["select a from t where b = 1"]),
        ("let w = '';\nif (x) { w = 'where b = 1'; } else if (n) { w = 'where c = 1'; }\nSEND(`select a from t ${w}`)",
         ["select a from t where b = 1", "select a from t where c = 1"]),
    ],
)  # fmt: skip
def test_each_clause_that_a_variable_may_hold_is_read(body: str, found: list[str]) -> None:
    read = queries({"a.ts": f"{PG}export async function f(x, n) {{\n{body.replace('SEND', 'pool.query')};\n}}\n"})
    assert sorted(" ".join((query.text or "").split()) for query in read) == found


@pytest.mark.parametrize(
    ("sent", "opened"),
    [
        ("select a from t order by b ${way}", "clauses"),
        ("select a from t join u on t.a = u.b ${joins}", "relations"),
        ("select a from t where b = date ${day}", None),
    ],
)
def test_a_column_before_what_is_filled_in_is_no_type_of_a_literal(sent: str, opened: str | None) -> None:
    (query,) = queries({"a.ts": f"{PG}export const f = (way, joins, day) => pool.query(`{sent}`);\n"})
    assert query.opened == opened


@pytest.mark.parametrize(
    ("lines", "found"),
    [
        (
            "var b strings.Builder\n b.WriteString(`select a from t`)\n if x { fmt.Fprintf(&b, ` where b = $%d`, n) }",
            " where b = $1",
        ),
        ("b := &bytes.Buffer{}\n b.WriteString(`select a from t`)\n b.WriteString(` order by ` + c)", None),
        (
            "b := new(strings.Builder)\n b.WriteString(`select a from t`)\n filter(b)\n b.WriteString(` order by c`)",
            " order by c",
        ),
    ],
)
def test_what_go_writes_to_a_buffer_is_read(lines: str, found: str | None) -> None:
    code = 'package a\nimport ("fmt"; "database/sql"; _ "github.com/lib/pq"; "strings"; "bytes")\n'
    code += f"func all(db *sql.DB, x bool, n int, c string) {{\n {lines}\n q := b.String()\n db.Query(q)\n}}\n"
    read = [query for query in queries({"a.go": code}) if query.kind == "sql"]
    assert [found is None or (query.text or "").endswith(found) for query in read] == [True]


def test_what_go_appends_and_rebinds_is_read() -> None:
    code = f"{PQ}const all = `select a from t`\nfunc f(db *sqlx.DB, x string) {{\n q := all + ` where 1=1`\n"
    code += ' if x != "" {\n  q += ` and b = $1`\n }\n db.Query(q)\n const w = ` where c = ?`\n'
    code += " r := db.Rebind(all + w)\n db.Get(&x, r)\n"
    code += ' d := `delete from t`\n if x != "" {\n  d = fmt.Sprintf("%s where e = %d", d, 1)\n }\n db.Exec(d)\n}\n'
    texts = [" ".join((query.text or "").split()) for query in queries({"a.go": code})]
    assert texts == [
        "select a from t where 1=1 and b = $1",
        "select a from t where c = _",
        "delete from t where e = $1",
    ]


@pytest.mark.parametrize(
    "files",
    [
        {
            "app/db/queries.py": "ADD_GULL = 'insert into t (a) values ($1)'\n",
            "app/db/pool.py": "import asyncpg\n",
            "app/main.py": "from app.db import queries as q\ndef f(db):\n    return db.pool.execute(q.ADD_GULL, 1)\n",
        },
        {
            "q/queries.go": "package q\nconst addGull = `insert into t (a) values ($1)`\n",
            "q/db.go": 'package q\nimport "github.com/jackc/pgx/v5"\nfunc f(c *pgx.Conn) { c.Exec(x, addGull, 1) }\n',
        },
        {
            "a/queries.ts": "export const ALL_GULLS = { add: `insert into t (a) values ($1)` };\n",
            "a/db.ts": f"{PG}import {{ ALL_GULLS as G }} from './queries';\npool.query(G.add, [1]);\n",
        },
    ],
)
def test_what_is_sent_by_the_name_of_a_constant_is_read(files: dict[str, str]) -> None:
    assert [query.text for query in queries(files)] == ["insert into t (a) values ($1)"]


def test_values_of_several_names_are_not_mixed() -> None:
    code = """import psycopg
db = psycopg.connect("")
KINDS = {"a": ("boats", "afloat"), "b": ("crews", "on_leave"), "c": ("sails", "torn")}
def count(kind):
    table, condition = KINDS[kind]
    return db.execute(f"select count(*) from {table} where {condition}")
def each():
    for table in ("boats", "crews"):
        db.execute(f"select {table}.id from {table}")
"""
    texts = {" ".join((query.text or "").split()) for query in queries({"a.py": code})}
    assert {"select boats.id from boats", "select crews.id from crews"} <= texts
    assert not any("boats" in text and ("on_leave" in text or "crews" in text) for text in texts)
    assert not any("crews" in text and "afloat" in text for text in texts)


def test_each_name_that_a_part_may_stand_for_makes_a_statement() -> None:
    code = """import psycopg
db = psycopg.connect("")
def first(x, y):
    table = "boats" if x else "crews"
    more = " and id > 0" if y else ""
    db.execute(f"select id from {table} where true")
    db.execute(f"select id from sails where true{more}")
"""
    texts = sorted(query.text or "" for query in queries({"a.py": code}))
    assert texts == [
        "select id from boats where true",
        "select id from crews where true",
        "select id from sails where true and id > 0",
    ]
