"""The forms in which SQL reaches a driver: objects, conditionals, wrappers, lists that are joined, copied rows."""

from __future__ import annotations

import pytest

from code_project import queries

PG = 'import { Pool } from "pg";\nconst pool = new Pool();\n'
PROMISE = 'import pgPromise from "pg-promise";\nconst db = pgPromise()("u");\n'
ASYNCPG = "import asyncpg\n\nasync def f(db, a, i):\n    "
PSYCOPG = "import psycopg2\n\ndef f(cur, a):\n    "
PGX = 'package a\n\nimport (\n\t"fmt"\n\t"strings"\n\t"github.com/jackc/pgx/v5"\n)\n\nfunc f(c *pgx.Conn, n int) {\n\t'


@pytest.mark.parametrize(
    ("suffix", "code", "texts"),
    [
        (".ts", PG + "const q = { text: 'select a from t', values: [] };\npool.query(q);", ["select a from t"]),
        (".ts", PG + "const text = 'select a from t';\nconst q = { text };\npool.query(q);", ["select a from t"]),
        (".ts", PG + "pool.query(x ? 'select a from t' : 'select b from t');", ["select a from t", "select b from t"]),
        (".ts", PG + "pool.query(new QueryStream('select a from t', []));", ["select a from t"]),
        (".ts", PG + "pool.query(from('COPY t (a) FROM STDIN'));", ["COPY t (a) FROM STDIN"]),
        (".ts", PG + "pool.query(format('insert into t (a) values %L', x));", ["insert into t (a) SELECT $1"]),
        (".ts", PG + "pool.query(t('select a language'));", []),
        (".ts", PROMISE + "db.result('delete from t where a = 1');", ["delete from t where a = 1"]),
        (".ts", PROMISE + "db.each('select a from t', [], r => r);", ["select a from t"]),
        (".ts", PROMISE + "names.map('select a name');", []),
        (".py", PSYCOPG + "cur.copy_expert('copy t (a) from stdin', f)", ["copy t (a) from stdin"]),
        (
            ".py",
            ASYNCPG + "await db.copy_records_to_table('t', columns=['a', 'b'])",
            ['COPY "t" ("a", "b") FROM STDIN'],
        ),
        (
            ".py",
            ASYNCPG + "await db.copy_records_to_table('t', schema_name='s', columns=['a'])",
            ['COPY "s"."t" ("a") FROM STDIN'],
        ),
        (".py", ASYNCPG + "await db.copy_records_to_table(t, columns=['a'])", []),
        (
            ".go",
            PGX + 'c.CopyFrom(ctx, pgx.Identifier{"s", "t"}, []string{"a", "b"}, rows)\n}\n',
            ['COPY "s"."t" ("a", "b") FROM STDIN'],
        ),
        (".go", PGX + 'pgxscan.Select(ctx, c, &dst, "select a from t")\n}\n', ["select a from t"]),
        (".go", PGX + 'fetch[User](ctx, c, "select a from t")\n}\n', ["select a from t"]),
    ],
)
def test_what_a_driver_is_given_in_another_form_is_read(suffix: str, code: str, texts: list[str]) -> None:
    assert [" ".join((query.text or "").split()) for query in queries(code, suffix)] == texts


@pytest.mark.parametrize(
    ("suffix", "code", "text"),
    [
        (
            ".py",
            ASYNCPG + 'w = ["b = $1"]\n    w.append(f"c = ${len(a) + 1}")\n    where = " and ".join(w)\n'
            '    await db.fetch(f"select a from t where {where} limit ${i + 2}")\n',
            "select a from t where b = $1 and c = $1 limit $1",
        ),
        (
            ".py",
            PSYCOPG + 'w = []\n    w.append("b = %s")\n    where = " and ".join(w) if w else "true"\n'
            '    cur.execute(f"select a from t where {where}")\n',
            "select a from t where b = $1",
        ),
        (
            ".ts",
            PG + "const w = ['b = 1'];\nif (x) w.push(`c = $${w.length}`);\nconst where = w.join(' and ');\n"
            "pool.query(`select a from t where ${where}`);",
            "select a from t where b = 1 and c = $1",
        ),
        (
            ".go",
            PGX + 'w := []string{"b = $1"}\n\tif n > 0 {\n\t\tw = append(w, fmt.Sprintf("c = $%d", n))\n\t}\n\t'
            'c.Query(ctx, "select a from t where "+strings.Join(w, " and "))\n}\n',
            "select a from t where b = $1 and c = $1",
        ),
        (
            ".go",
            PGX + 'var s []string\n\ts = append(s, "a = $1")\n\t'
            'c.Exec(ctx, fmt.Sprintf("update t set %s where b = $%d", strings.Join(s, ", "), n))\n}\n',
            "update t set a = $1 where b = $1",
        ),
    ],
)
def test_a_list_that_is_joined_stands_for_its_items(suffix: str, code: str, text: str) -> None:
    (query,) = queries(code, suffix)
    assert " ".join((query.text or "").split()) == text
