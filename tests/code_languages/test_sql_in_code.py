"""SQL that code gives to drivers of PostgreSQL."""

from __future__ import annotations

from collections.abc import Iterable

import pytest

from code_project import fold
from tripoint.model.query import Query
from tripoint.sources.code.facts import CodeFacts
from tripoint.sources.code.fold import FoldedCode, fold_queries
from tripoint.sources.code.read import read_code


def folded(files: dict[str, str]) -> FoldedCode:
    def read(paths: Iterable[str], full: bool = True) -> dict[str, CodeFacts]:
        return {path: read_code(files[path].encode(), "." + path.rpartition(".")[2], full) for path in paths}

    return fold_queries(read(files, full=False), read, list(files), lambda path: None)


def queries(files: dict[str, str]) -> list[Query]:
    found = [query for query in folded(files).queries if query.kind == "sql"]
    for query in found:
        source = files[query.place.path].encode()[query.place.start : query.place.end]
        text = (query.text or "").encode()
        if len(source) == len(text):
            # Where text and place are equally long, every identifier stands where the text has it.
            assert text.split()[0] == source.split()[0]
    return found


PG = 'import { Pool } from "pg";\nconst pool = new Pool();\n'
PG_PROMISE = "const pgp = require('pg-promise')();\nconst db = pgp(u);\n"
PRISMA = "import { PrismaClient } from '@prisma/client';\nconst p = new PrismaClient();\n"
PQ = 'package a\nimport (\n "database/sql"\n _ "github.com/lib/pq"\n)\n'
KOTLIN = "import kotliquery.queryOf\nimport javax.sql.DataSource\n"
PSYCOPG = "import psycopg\n"
DART = "import 'package:postgres/postgres.dart';\n"
SQLALCHEMY = "from sqlalchemy import text\nfrom sqlalchemy.dialects.postgresql import UUID\n"


@pytest.mark.parametrize(
    ("path", "code", "client", "operation", "text"),
    [
        ("a.ts", PG + "pool.query('select a from b where c = $1', [1]);", "pg", "select",
         "select a from b where c = $1"),
        ("a.ts", PG + "pool.query(`update t set a = ${x}`);", "pg", "update", "update t set a = $1  "),
        ("a.ts", PG + "const T = 'jobs';\npool.query(`select * from ${T}`);", "pg", "select", "select * from jobs"),
        ("a.ts", PG + "const Q = `delete from jobs`;\npool.query(Q);", "pg", "delete", "delete from jobs"),
        ("a.ts", "import postgres from 'postgres';\nconst sql = postgres();\nawait sql`select ${a} from t`;",
         "postgres.js", "select", "select $1   from t"),
        ("a.ts", "import postgres from 'postgres';\nconst sql = postgres();\nawait sql`insert into t ${sql(rows)}`;",
         "postgres.js", "insert", "insert into t SELECT      "),
        ("a.js", PG + "pool.query({ name: 'q', text: 'select a from t', values: [] });", "pg", "select",
         "select a from t"),
        ("a.ts", PG + "pool.query('merge into t using s on t.a = s.a when matched then delete');", "pg", "upsert",
         "merge into t using s on t.a = s.a when matched then delete"),
        ("a.ts", PRISMA + "await p.$queryRaw`select a from t`;", "prisma", "select", "select a from t"),
        ("a.py", PSYCOPG + "cur.execute('select a from t where b = %s', (1,))", "psycopg", "select",
         "select a from t where b = $1"),
        ("a.py", PSYCOPG + "cur.execute('select a from t where b=%s and c=%(c)s')", "psycopg", "select",
         "select a from t where b=$1 and c=$1   "),
        ("a.py", PSYCOPG + "cur.execute('insert into t (a) values (%(name)s)', row)", "psycopg", "insert",
         "insert into t (a) values ($1      )"),
        ("a.py", PSYCOPG + "cur.execute('select a from t where b in %s and c not in %s', x)", "psycopg", "select",
         "select a from t where b =  $1 and c <>     $1"),
        ("a.js", PG_PROMISE + "db.any('select a from t where b in ($1:csv) and c = ${c.d}', [x]);", "pg", "select",
         "select a from t where b in ($1    ) and c = $1    "),
        ("a.kt", KOTLIN + 'fun f() = s.run(queryOf("select a from t " +\n  "where b = ?", 1).asUpdate)',
         "jdbc", "select", "select a from t        where b = _"),
        ("a.kt", KOTLIN + 'fun f() { c.prepareStatement("""\n update t set a = 1\n""".trimIndent()).use { it.run() } }',
         "jdbc", "update", "\n update t set a = 1\n"),
        ("a.dart", DART + "f(c) async => await c.execute(Sql.named('select a from t where b = @b and c = @d:int4'));",
         "postgres", "select", "select a from t where b = $1 and c = $1     "),
        ("a.py", "import asyncpg\nasync def f(c):\n    await c.fetchrow('select $1::int')", "asyncpg", "select",
         "select $1::int"),
        ("a.py", SQLALCHEMY + "s.execute(text('select a from t where b = :b::int'))", "sqlalchemy", "select",
         "select a from t where b = $1::int"),
        ("a.py", SQLALCHEMY + "def f(s):\n    from sqlalchemy import text as _t\n    s.run(_t('select a from t'))",
         "sqlalchemy", "select", "select a from t"),
        ("a.ts", "import { sql as raw } from 'drizzle-orm/pg-core';\ndb.run(raw`select a from t`);",
         "drizzle", "select", "select a from t"),
        ("a.go", PQ + "func f(db *sql.DB) { db.Query(fmt.Sprintf(`select a from t where b='%s' and c=%d`, x, 1)) }\n",
         "database/sql", "select", "select a from t where b='$1' and c=$1"),
        ("a.go", PQ + 'const T = "jobs"\nfunc f(db *sql.DB) { q := fmt.Sprintf("delete from %s", T)\n db.Exec(q) }\n',
         "database/sql", "delete", "delete from jobs"),
        ("a.go", PQ + "func f(db *sql.DB) { db.QueryRowContext(ctx, `select a from t where b = $1`, 1) }\n",
         "database/sql", "select", "select a from t where b = $1"),
    ],
)  # fmt: skip
def test_what_a_driver_is_given_is_read(path: str, code: str, client: str, operation: str, text: str) -> None:
    assert [(q.client, q.operation, q.text) for q in queries({path: code})] == [(client, operation, text)]


@pytest.mark.parametrize(
    ("path", "code"),
    [
        ("a.py", "import sqlite3\ncur.execute('select a from t')"),
        ("a.py", "from hdbcli import dbapi\ncur.execute('select a from dummy')"),
        ("a.py", "import mysql.connector\ncur.execute('select a from t')"),
        ("a.py", "import vertica_python\ncur.execute('select a from t')"),
        ("a.ts", "import mysql from 'mysql2';\nconst c = mysql.createPool();\nc.query('select a from t');"),
        ("a.py", SQLALCHEMY + "from alembic import op\nop.execute(text('update t set a = 1'))"),
        ("a.ts", PG + "env.DB.prepare('select a from t').all();"),
        ("a.ts", PG + "pool.query('bogus');"),
        (
            "a.kt",
            KOTLIN + "import jakarta.persistence.EntityManager\nfun f(m: EntityManager) = "
            'm.createQuery("select r from Letter r where r.sentAt is null")',
        ),
        (
            "a.kt",
            KOTLIN + "import org.springframework.batch.item.database.JpaCursorItemReader\n"
            'class A : JpaCursorItemReader<Letter>() { init { this.setQueryString("select r from Letter r") } }',
        ),
        ("a.py", SQLALCHEMY + "s.execute(select(User).where(User.id == 1))"),
        ("a.ts", "import { sql } from 'drizzle-orm';\nconst n = sql`count(*)`;"),
    ],
)
def test_what_no_driver_of_postgresql_is_given_is_none(path: str, code: str) -> None:
    found = folded({path: code})
    assert not [q for q in found.queries if q.kind == "sql"]
    assert not found.problems


def test_a_text_to_which_much_is_appended_is_no_one_text() -> None:
    appended = "".join(f"  if (x) q += ' and x = {number}';\n  pool.query(q);\n" for number in range(60))
    code = (
        PG
        + f"function f(x) {{\n  let q = 'select a from t where true';\n{appended}  pool.query('select b from t');\n}}"
    )
    assert "select b from t" in [query.text for query in queries({"a.ts": code})]


def test_sql_of_which_nothing_tells_the_driver_is_said_and_prisma_s_methods_tell_theirs() -> None:
    found = folded({"a.ts": "search.query('select a from t');\nsearch.query('select b from t');"})
    assert not found.queries
    assert [problem.reason for _, problem in found.problems] == [
        "nothing tells which driver this SQL is given to, and so with 1 other statement: it is held against nothing"
    ]
    code = "import type { Prisma } from '@shop/db';\nexport const f = (tx: Prisma.TransactionClient) => tx."
    found = folded({"a.ts": code + "$queryRawUnsafe<Row[]>('select a from t');"})
    assert [query.client for query in found.queries] == ["prisma"]


def test_a_name_of_a_driver_elsewhere_in_the_project_speaks_for_a_receiver_that_is_not_known() -> None:
    files = {
        "db.py": PSYCOPG + "conn = psycopg.connect()\n",
        "a.py": "def f(cur):\n    cur.execute('select a from t')\n",
    }
    assert [q.symbol for q in queries(files)] == ["f"]
    files["other.py"] = "import sqlite3\ncur.execute('select 1')\n"
    assert not queries(files)


def test_sql_that_is_put_together_at_run_time_is_a_notice() -> None:
    found = folded({"a.py": PSYCOPG + "cur.execute(f'select * from {table} where a = 1')"})
    assert [(p.kind, p.start) for _, p in found.problems] == [("unresolved", len(PSYCOPG) + len("cur.execute(f'"))]


def test_sql_that_postgresql_refuses_is_a_notice() -> None:
    found = folded({"a.py": PSYCOPG + "cur.execute('select count(*) frm t')"})
    assert [p.kind for _, p in found.problems] == ["unparsed"]
    assert "syntax error" in found.problems[0][1].reason


def test_a_part_that_is_tagged_itself_is_read_with_its_statement() -> None:
    code = (
        "import postgres from 'postgres';\nconst sql = postgres();\nconst only = sql`where a = ${x}`;\n"
        "const rows = with_ ? sql`join u on true` : sql``;\n"
        "await sql`select b from t ${rows} ${only}`;\n"
    )
    found = folded({"a.ts": code})
    assert not found.problems
    assert [" ".join((q.text or "").split()) for q in found.queries] == ["select b from t join u on true where a = $1"]


def test_joined_strings_keep_their_places() -> None:
    code = PSYCOPG + "cur.execute('select a '\n            'from jobs')"
    (query,) = queries({"a.py": code})
    assert query.text is not None
    assert query.text.index("from jobs") + query.place.start == code.index("from jobs")


def test_a_go_package_is_of_the_driver_that_one_of_its_files_imports() -> None:
    files = {
        "store/pg/db.go": PQ.replace("package a", "package pg"),
        "store/pg/notes.go": "package pg\nfunc f(d *DB) { d.db.Query(`select a from t`) }\n",
        "store/mysql/db.go": 'package mysql\nimport _ "github.com/go-sql-driver/mysql"\n',
        "store/mysql/notes.go": 'package mysql\nfunc f(d *DB) { d.db.Query("select `a` from t") }\n',
    }
    assert [query.place.path for query in queries(files)] == ["store/pg/notes.go"]
    assert folded(files).problems == ()


def test_sql_of_which_nothing_tells_the_driver_is_said_once() -> None:
    engines = {"a.py": PSYCOPG, "b.py": "import sqlite3\n"}
    store = {"store.py": "def f(txn):\n    txn.execute('select a from t')\n    txn.execute('select b from t')\n"}
    assert queries({**engines, **store}) == []
    ((path, problem),) = folded({**engines, **store}).problems
    assert (path, problem.kind) == ("store.py", "unresolved")
    assert "psycopg, sqlite3" in problem.reason
    assert "1 other" in problem.reason


def test_of_several_databases_the_modules_that_a_file_imports_say_which_is_meant() -> None:
    files = {
        "db/pool.ts": "import { Pool } from 'pg'\nexport const getPool = () => make(new Pool())\n",
        "db/local.ts": "import Database from 'better-sqlite3'\nexport const local = open(Database)\n",
        "repo.ts": "import { getPool } from './db/pool'\nexport const run = (f) => f(getPool())\n",
        "routes/a.ts": "import { run } from '../repo'\nrun((client) => client.query('select a from t'))\n",
        "routes/b.ts": "import { local } from '../db/local'\nlocal.query('select b from t')\n",
        "routes/c.ts": "import { getPool } from '../db/pool'\nimport { local } from '../db/local'\n"
        "getPool().query('select c from t')\nlocal.query('select d from t')\n",
    }
    assert sorted(query.text or "" for query in queries(files)) == ["select a from t", "select c from t"]
    assert not folded(files).problems


@pytest.mark.parametrize(
    "body", ["q := `insert into t (a) values `\n db.Exec(q, args...)", 'db.Exec(fmt.Sprintf("delete from %s", name()))']
)
def test_sql_that_goes_on_at_run_time_is_no_syntax_error(body: str) -> None:
    ((_, problem),) = folded({"a.go": f"{PQ}func f(db *sql.DB) {{ {body} }}\n"}).problems
    assert (problem.kind, "run time" in problem.reason) == ("unresolved", True)


def test_a_name_that_goes_on_at_run_time_is_none() -> None:
    code = PG + "pool.query(`select a from events_${year}`);\npool.query(`select a from t where b = 'x_${year}'`);"
    assert [query.text for query in queries({"a.ts": code})] == ["select a from t where b = 'x_$1     '"]
    ((_, problem),) = folded({"a.ts": code}).problems
    assert problem.kind == "unresolved"


def test_a_quoted_name_that_is_given_at_run_time_is_none() -> None:
    code = PG + 'for (const t of tables) pool.query(`truncate "${t}"`);\n'
    code += 'pool.query(`select "a" from t where b = ${x} and "c" = 1`);'
    (query,) = queries({"a.ts": code})
    assert (query.text or "").startswith('select "a" from t')


def test_who_asks_first_whether_a_table_is_there_expects_that_it_is_not() -> None:
    asks = "pool.query(`select 1 from information_schema.tables where table_name = 'old_notes'`)"
    code = f"{PG}async function f() {{ if (await {asks}) pool.query('select a from old_notes, more'); }}\n"
    code += "async function g() { pool.query('select b from old_notes'); }"
    guards = {
        query.text: query.guarded for query in queries({"a.ts": code}) if "old_notes," in (query.text or "b from")
    }
    assert guards["select a from old_notes, more"] == "the function around it asks whether old_notes exists"
    assert [query.guarded for query in queries({"a.ts": code}) if "select b" in (query.text or "")] == [None]
    code = code.replace("information_schema.tables", "information_schema.columns")
    assert [q.guarded for q in queries({"a.ts": code})] == ["it asks which columns old_notes has"] * 3


@pytest.mark.parametrize(
    ("body", "guard", "asks"),
    [
        ("more = _has_column(c, 'staff', 'badge')", None, ("badge",)),
        (
            "for one in names:\n        if not table_column_exists(c, 'staff', one):\n            return",
            "asks which",
            (),
        ),
        ("def column_exists(table: str, column: str):\n        pass", None, ()),
    ],
)
def test_who_asks_first_whether_a_column_is_there_expects_that_it_is_not(
    body: str, guard: str | None, asks: tuple[str, ...]
) -> None:
    code = f"{PSYCOPG}def f(cur, names):\n    {body}\n    cur.execute('select badge from staff')\n"
    (query,) = queries({"a.py": code})
    assert ((query.guarded or "").partition("asks")[1:] == ("", "")) == (guard is None)
    assert query.asks == asks


@pytest.mark.parametrize(
    ("head", "asked"),
    [
        (PRISMA, "p.$queryRaw<Array<{ a: string; b: (c: X) => D }>>`SQL`"),
        ("import { sql } from '@vercel/postgres';\n", "sql<Row>`SQL`"),
        ("import { sql } from 'bun';\n", "sql`SQL`"),
        ("import { neon } from '@neondatabase/serverless';\nconst get = () => neon(u);\n", "get()`SQL`"),
        ("import postgres from 'postgres';\nconst db = postgres(u);\n", "db.begin((tx) => tx`SQL`)"),
        (
            "import { createPool, sql } from 'slonik';\nconst db = await createPool(u);\n",
            "db.any(sql.type(Row)`select a from ${sql.identifier(['t'])} where b = ${1}`)",
        ),
    ],
)
def test_tags_with_types_and_of_other_names_are_read(head: str, asked: str) -> None:
    code = f"{head}await {asked.replace('SQL', 'select a from t where b = ${1}')};\n"
    assert [" ".join((query.text or "").split()) for query in queries({"a.ts": code})] == [
        "select a from t where b = $1"
    ]


POOL = "const { Pool } = require('pg');\nconst pool = new Pool();\n"


@pytest.mark.parametrize(
    "shared, asking",
    [
        (f"{POOL}module.exports = pool;", "const db = require('./db');\ndb.query(SQL)"),
        ("const { Pool } = require('pg');\nmodule.exports = new Pool();", "const db = require('./db');\ndb.query(SQL)"),
        (f"{POOL}module.exports = {{ pool }};", "const db = require('./db');\ndb.pool.query(SQL)"),
        (
            f"{POOL}module.exports = {{ query: (t, p) => pool.query(t, p) }};",
            "const db = require('./db');\ndb.query(SQL)",
        ),
        (f"{POOL}exports.query = (t, p) => pool.query(t, p);", "const { query } = require('./db');\nquery(SQL)"),
        (
            "const pgp = require('pg-promise')();\nmodule.exports = pgp('postgres://a/b');",
            "const db = require('./db');\ndb.any(SQL)",
        ),
        ("class Repo { constructor(pool) { this.pool = pool } f() { return this.pool.query(SQL) } }", POOL),
    ],
)
def test_a_file_of_its_own_makes_the_connection(shared: str, asking: str) -> None:
    files = {"db.js": shared + "\n", "a.js": asking + "\n"}
    found = queries({path: code.replace("SQL", "'select a from t'") for path, code in files.items()})
    assert [(query.kind, query.client, query.text) for query in found] == [("sql", "pg", "select a from t")]


def test_a_connection_to_another_database_is_seen_in_a_file_without_sql() -> None:
    files = {
        "db.js": "module.exports = require('mysql2').createPool({});\n",
        "pg.js": f"{POOL}module.exports = pool;\n",
    }
    assert not queries({**files, "a.js": "module.exports = (db) => db.query('select a from t');\n"})


INSERTED = "insert into t (a, b) values ($1, $1) returning t.a"


@pytest.mark.parametrize(
    ("written", "read"),
    [
        ("select ${sql('a')} from ${sql('jobs')}", "select a from jobs"),
        ("select ${sql(COLUMNS)} from t where id in ${sql(ids)}", "select a, b from t where id in ($1)"),
        ("insert into t ${sql(row, 'a', 'b')}", "insert into t (a, b) values ($1, $1)"),
        ("insert into t ${sql({ a: 1, b: ids })} returning ${sql('t.a')}", INSERTED),
        ("insert into t ${sql([{ a: 1 }, { a: 2 }])}", "insert into t (a) values ($1)"),
        ("update t set ${sql(row, 'a')} where id = ${1}", "update t set a = $1 where id = $1"),
        ("update t set ${sql({ a: 1, b: 2 })}", "update t set a = $1, b = $1"),
    ],
)
def test_what_postgres_js_makes_of_its_own_calls(written: str, read: str) -> None:
    head = "import postgres from 'postgres'\nconst sql = postgres()\nconst COLUMNS = ['a', 'b']\n"
    (query,) = queries({"src/a.ts": f"{head}export const f = (row: any, ids: any) => sql`{written}`\n"})
    assert " ".join((query.text or "").split()) == read


def test_what_postgres_js_may_spell_otherwise_is_left_open() -> None:
    head = "import postgres from 'postgres'\nconst sql = postgres()\n"
    (query,) = queries({"src/a.ts": f"{head}export const f = (row: any) => sql`update t set ${{sql(row, 'aB')}}`\n"})
    assert (query.text, query.opened) == ("update t set ctid=null ", "clauses")


@pytest.mark.parametrize(
    ("written", "read", "opened"),
    [
        ("select a from t ${where} order by b", "select a from t order by b", "clauses"),
        ("select a from t x ${joins} where x.c = $1", "select a from t x where x.c = $1", "relations"),
        ("select a from t ${more}", "select a from t", "relations"),
        ("select a from t ${n ? `where a = ${n}` : ''}", "select a from t where a = $1", None),
        ("select a from t where a = $1 ${more} limit $${n}", "select a from t where a = $1 limit $1", "clauses"),
        (
            "update t set ${sets}, b = now() where a = $${n}",
            "update t set ctid=null, b = now() where a = $1",
            "clauses",
        ),
        ("update t set ${name} = $1 where a = 2", "update t set ctid = $1 where a = 2", "clauses"),
        ("insert into t (a, ${names}) values ${rows}", "insert into t (a, ctid) values (null)", "clauses"),
        ("insert into t (a) values (1) on conflict (${key}) do update set ${sets}", None, "clauses"),
        ("select ${names} from t order by b", "select $1 from t order by b", None),
        ("select a from (select b from u ${where} ${more}) x", "select a from (select b from u ) x", "relations"),
    ],
)
def test_clauses_that_are_filled_in_leave_the_rest_to_be_read(
    written: str, read: str | None, opened: str | None
) -> None:
    code = f"{PG}export const f = (where, joins, more, sets, names, name, rows, key, n) => pool.query(`{written}`)\n"
    (query,) = queries({"a.js": code})
    read = "insert into t (a) values (1) on conflict (ctid) do update set ctid=null" if read is None else read
    assert ("".join((query.text or "").split()), query.opened) == ("".join(read.split()), opened)


def test_a_text_with_more_parts_than_are_tried_is_said() -> None:
    many = folded({"a.js": f"{PG}export const f = (more) => pool.query(`select a from t {'${more} ' * 41}`)\n"})
    assert (many.queries, len(many.problems)) == ((), 1)


@pytest.mark.parametrize(
    "written",
    [
        "with a as (select 1) ${more} select b from later",
        "select a from ${table} x ${where}",
        "select a from t_${n} ${where}",
        "select t.${n} from t",
    ],
)
def test_what_is_filled_in_may_make_what_the_rest_names(written: str) -> None:
    found = folded({"a.js": f"{PG}export const f = (more, table, where, n) => pool.query(`{written}`)\n"})
    assert (found.queries, len(found.problems)) == ((), 1)


FILLED = PSYCOPG + "T = 'gulls'\n"


@pytest.mark.parametrize(
    ("asked", "text"),
    [
        ('"select a from gulls where id = {}".format(x)', "select a from gulls where id = $1"),
        ("\"select '{{a}}', b from {} where id = {x:d}\".format(T, x=y)", "select '{a}', b from gulls where id = $1"),
        ('"select a from gulls where id in (%s)" % ",".join(x)', "select a from gulls where id in ($1)"),
        ('"select a from %(t)s where n like \'%%x\'" % {"t": T}', "select a from gulls where n like '%x'"),
        ('"select é from %s where id = %d" % (T, x)', "select é from gulls where id = $1"),
        ('"""\n select a from {0}, {0} b\n""".format(T).strip()', "\n select a from gulls, gulls b\n"),
        (
            'sql.SQL("select {} from {} where b = {c}").format(sql.Identifier("a"), SQL(T), c=Placeholder())',
            "select a from gulls where b = $1",
        ),
        ('SQL("update {t} set a = {}").format(x, t=Identifier("s", "u"))', "update s.u set a = $1"),
    ],
)
def test_texts_that_python_fills_in_are_read(asked: str, text: str) -> None:
    (query,) = queries({"a.py": f"{FILLED}cur.execute({asked})\n"})
    assert (query.text or "").split() == text.split()


@pytest.mark.parametrize(
    ("path", "code", "found"),
    [
        ("a.py", "from db import rows\nrows('select a from gulls')", 1),
        (
            "a.py",
            "import db\nclass A:\n    def f(self):\n        return self.db._fetch_one(f'select {x} from gulls')",
            1,
        ),
        ("a.py", "import db\nfetch_answer('select the best of these')\nlog('select a from gulls')", 0),
        ("a.ts", "import { rows } from './db'\nrows('select a from gulls')\nrunQuery('delete from gulls')", 2),
        ("a.ts", "document.querySelector('select a from gulls')", 0),
        ("a.ts", "import { first } from './db'\nfirst('select a from gulls')", 1),
    ],
)
def test_functions_of_the_project_that_hand_sql_to_a_driver(path: str, code: str, found: int) -> None:
    files = {
        "db.py": "import psycopg\n\ndef rows(query, *given):\n    with pool.cursor() as cur:\n"
        "        cur.execute(query, given)\n        return cur.fetchall()\n",
        "db.ts": PG + "export async function rows(text: string, values?: unknown[]) {\n"
        "  const found = await pool.query(text, values)\n  return found.rows\n}\n"
        "export const first = async (text: string) => (await pool.query(text)).rows[0]\n",
    }
    assert len(queries({"db" + path[1:]: files["db" + path[1:]], path: code})) == found


@pytest.mark.parametrize(
    ("path", "code", "text"),
    [
        (
            "a.ts",
            PG + "function f(a) {\n const sets: string[] = ['seen = now()'];\n let n = 1;\n"
            " if (a.b) sets.push(`b = $${n++}`);\n if (a.c) { sets.push('c = 1', 'd = 2'); }\n"
            " sets.push(`${a.name} = 1`);\n return pool.query(`update t set ${sets.join(', ')} where id = $${n}`);\n}",
            "update t set seen = now(), b = $1, c = 1, d = 2 where id = $1",
        ),
        (
            "a.ts",
            PG + "function f(a) {\n const on = [];\n if (a) on.push('t.b = 1');\n"
            " const where = on.length ? `where ${on.join(' and ')}` : '';\n"
            " return pool.query(`select a from t ${where} limit 1`);\n}",
            "select a from t where t.b = 1 limit 1",
        ),
        (
            "a.ts",
            PG + "const map = { one: 'b', two: 'c' };\nfunction f(a, n) {\n const sets = [];\n"
            " for (const [key, column] of Object.entries(map)) { if (a[key]) sets.push(`${column} = $${n++}`); }\n"
            " return pool.query(`update t set ${sets.join(', ')} where id = $1`);\n}",
            "update t set b = $1, c = $1 where id = $1",
        ),
        (
            "a.ts",
            PG + "const known = ['b', 'c'];\nfunction f(a, n) {\n const sets = [];\n"
            " for (const column of known) { if (a[column]) sets.push(`${column} = $${n++}`); }\n"
            " return pool.query(`update t set ${sets.join(', ')} where id = $1`);\n}",
            "update t set b = $1, c = $1 where id = $1",
        ),
        (
            "a.py",
            PSYCOPG + "def f(cur, a):\n    sets = ['b = %s']\n    if a:\n        sets.append('c = %s')\n"
            "    cur.execute(f\"update t set {', '.join(sets)} where id = %s\")\n",
            "update t set b = $1, c = $1 where id = $1",
        ),
    ],
)
def test_parts_that_are_gathered_in_a_list_are_all_read(path: str, code: str, text: str) -> None:
    (query,) = queries({path: code})
    assert " ".join((query.text or "").split()) == text
    assert not folded({path: code}).problems


def test_sql_of_a_package_without_a_driver_is_another_databases() -> None:
    files = {
        "server/package.json": '{"dependencies": {"pg": "8"}}',
        "server/db.ts": PG + "pool.query('select a from t');\n",
        "edge/package.json": '{"dependencies": {"hono": "4"}}',
        "edge/a.ts": "export const run = (client) => client.query('select b from t');\n",
        "shared/package.json": '{"dependencies": {"my-pg-tools": "1"}}',
        "shared/a.ts": "export const run = (client) => client.query('select c from t');\n",
    }
    found = fold(files)
    assert sorted(query.text or "" for query in found.queries) == ["select a from t", "select c from t"]
    ((path, problem),) = found.problems
    assert (path, "depends on no driver" in problem.reason) == ("edge/a.ts", True)
