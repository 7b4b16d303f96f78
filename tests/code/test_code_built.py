"""The SQL that calls of Knex and Kysely come to, as far as they say what they name."""

from __future__ import annotations

from pathlib import Path

import pytest

from tripoint.audit import audit_folder
from tripoint.model.query import Query
from tripoint.sources.code.built import KNEX, KYSELY, built_queries, spoken_to
from tripoint.sources.code.read import read_code


def built(code: str, *words: str) -> list[Query]:
    spoken = spoken_to((KNEX, KYSELY), words.__contains__)
    assert spoken is not None
    return list(built_queries({"src/a.ts": read_code(code.encode(), ".ts", True)}, spoken, []))


@pytest.mark.parametrize(
    ("code", "sql", "opened"),
    [
        (
            (
                "db.selectFrom('jobs as j').innerJoin('app.steps', 'steps.job_id', 'j.id')"
                ".select(['j.id', 'name as n']).where('j.state', '=', 'open').orderBy('n').execute()"
            ),
            (
                "select j.id, name, 1 from jobs as j left join app.steps on true where true and steps.job_id is not "
                "null and j.id is not null and j.state = 'open'"
            ),
            None,
        ),
        (
            "db.selectFrom('jobs').select('id').groupBy('kind').orderBy('made_at', 'desc').execute()",
            "select id, 1 from jobs where true and kind is not null and made_at is not null",
            None,
        ),
        (
            "db('jobs').count('id').groupBy('jobs.kind').orderBy('count')",
            "select id, 1 from jobs where true and jobs.kind is not null",
            None,
        ),
        ("db('jobs').select(db.raw(x)).orderBy('made')", "select 1 from jobs where true", "clauses"),
        # What a call may join has columns, too.
        *(
            (
                f"db.selectFrom('jobs').select('name').{call}.execute()",
                "select name, 1 from jobs where true",
                "relations",
            )
            for call in ("leftJoinLateral((eb) => steps(eb).as('s'), (j) => j.onTrue())", "$call(more)")
        ),
        ("db('jobs').select('name').modify('open')", "select name, 1 from jobs where true", "relations"),
        ("db('jobs').select('name').joinRaw('join x')", "select name, 1 from jobs where true", "relations"),
        (
            "db.insertInto('jobs').values({ title, state: 'open' }).returning('id').execute()",
            "insert into jobs (title, state) values ($1, 'open') returning id",
            None,
        ),
        (
            "db.insertInto('jobs').values({ state: state ?? 'open', kind: slow ? 'a' : 'b', title: title || '' })",
            "insert into jobs (state, kind, title) values ('open', $1, $2)",
            None,
        ),
        (
            "trx.insertInto('jobs').values({ title, ...more }).execute()",
            "insert into jobs (title, ctid) values ($1, null)",
            "clauses",
        ),
        (
            "db.insertInto('jobs').values(rows).onConflict((oc) => oc.column('id').doNothing())",
            "insert into jobs (ctid) values (null) on conflict (id) do nothing",
            "clauses",
        ),
        (
            (
                "db.insertInto('jobs').values(rows)"
                ".onConflict((oc) => oc.columns(['kind', 'title']).doUpdateSet({ title })).returningAll()"
            ),
            "insert into jobs (ctid) values (null) on conflict (kind, title) do nothing",
            "clauses",
        ),
        (
            "db.insertInto('jobs').values(rows).onConflict((c) => c.column('id').where('a', 'is', null).doNothing())",
            "insert into jobs (ctid) values (null)",
            "clauses",
        ),
        (
            "db.updateTable('jobs').set({ title: t }).where('id', '=', id).execute()",
            "update jobs set title = $1 where true and id is not null",
            None,
        ),
        ("db.selectFrom('jobs').select((eb) => eb.fn.count('id').as('n'))", "select 1 from jobs where true", "clauses"),
        (
            "db.with('top', (q) => q.selectFrom('jobs').selectAll()).selectFrom('top').select('score')",
            "select 1 from jobs where true",
            "relations",
        ),
        (
            "db.selectFrom('jobs').innerJoin(sub.as('s'), 's.id', 'jobs.id').select(['s.size', 'kind'])",
            "select kind, 1 from jobs where true and jobs.id is not null",
            "relations",
        ),
        (
            (
                "db.selectFrom('jobs as j').leftJoin('steps', (join) => join.onRef('steps.job_id', '=', 'j.id')"
                ".on('steps.a', '=', 'a')).select((eb) => ['j.title', eb.ref('steps.size').as('s')])"
            ),
            (
                "select 1 from jobs as j left join steps on true where true and j.title is not null "
                "and steps.job_id is not null and j.id is not null and steps.a is not null and steps.size is not null"
            ),
            "clauses",
        ),
        (
            "db.selectFrom('jobs').$if(a, (q) => q.innerJoin('steps', 'steps.job_id', 'jobs.id').where('a', '=', k))",
            (
                "select 1 from jobs left join steps on true where true and steps.job_id is not null "
                "and jobs.id is not null and a is not null"
            ),
            None,
        ),
        (
            "db.selectFrom('jobs').$if(only, (q) => narrowed(q)).select('kind')",
            "select kind, 1 from jobs where true",
            "relations",
        ),
        ("knex('jobs').where({ state: 'open' }).first()", "select 1 from jobs where true and state = 'open'", None),
        (
            "knex('jobs as j').join('steps as s', 's.job_id', '=', 'j.id').select('j.*', 's.name')",
            (
                "select s.name, 1 from jobs as j left join steps as s on true where true and s.job_id is not null "
                "and j.id is not null"
            ),
            None,
        ),
        (
            "this.db('jobs').insert([{ a: 1 }, { b }]).onConflict(['a', 'b']).ignore()",
            "insert into jobs (a, b) values ($1, $2) on conflict (a, b) do nothing",
            None,
        ),
        (
            "db.select('id').from('jobs').whereIn('state', s)",
            "select id, 1 from jobs where true and state is not null",
            None,
        ),
        ("trx('jobs').where('id', id).del()", "delete from jobs where true and id is not null", None),
        ("trx('jobs').where('id').first()", "select 1 from jobs where true and id is not null", None),
        ("knex.raw('select 1')", None, None),
        ("db('jobs')", None, None),
        ("lodash('jobs').select('id')", None, None),
    ],
)
def test_calls_as_sql(code: str, sql: str | None, opened: str | None) -> None:
    found = built(f"export const f = async () => {code}\n")
    assert [(query.text, query.opened) for query in found] == ([(sql, opened)] if sql is not None else [])


@pytest.mark.parametrize(
    ("code", "sql"),
    [
        (
            "let q = db.updateTable('jobs'); if (a) { q = q.set({ title: a }); } q.where('id', '=', 1);",
            ["update jobs set title = $1 where true and id is not null"],
        ),
        (
            "const q = knex('jobs').where('kind', k); if (a) q.andWhere('state', 'open'); return q.first('id');",
            ["select id, 1 from jobs where true and kind is not null and state = 'open'"],
        ),
        (
            "const q = knex('jobs').where('id', k); if (a) q.update({ title: a }); else q.insert({ id: k });",
            ["select 1 from jobs where true and id is not null"],
        ),
        (
            "let q = db.selectFrom('jobs').select('id'); if (a) { q = db.selectFrom('steps'); } q.where('a', '=', k);",
            ["select 1 from steps where true", "select id, 1 from jobs where true"],
        ),
        (
            "const q = db.selectFrom('jobs'); const g = (q) => q.where('kind', '=', k); return g(q.select('id'));",
            ["select id, 1 from jobs where true"],
        ),
        (
            "const q = await db.selectFrom('jobs').select('id').execute(); q.where('kind');",
            ["select id, 1 from jobs where true"],
        ),
    ],
)
def test_what_is_asked_of_a_query_on_a_variable_is_asked_of_it(code: str, sql: list[str]) -> None:
    found = built(f"export async function f(a, k) {{ {code} }}\n")
    assert sorted(query.text or "" for query in found) == sql


def test_what_an_inner_query_says_of_a_table_around_it_is_held_against_that() -> None:
    inner = "jsonArrayFrom(eb.selectFrom('steps as s').whereRef('s.job_id', '=', 'jobs.id').orderBy('s.place'))"
    within, outer = built(f"export const f = () => db.selectFrom('jobs').select((eb) => {inner}.as('steps'));\n")
    assert outer.text == "select 1 from jobs where true and jobs.id is not null"
    assert within.text == "select 1 from steps as s where true and s.job_id is not null and s.place is not null"
    # A name that is given within hides the table's.
    (_, query) = built("export const f = () => db.selectFrom('jobs').innerJoin((eb) => eb.selectFrom('a')"
                       ".select('id').as('jobs'), (join) => join.onRef('jobs.size', '=', 'jobs.id'));\n")  # fmt: skip
    assert query.text == "select 1 from jobs where true"


def test_names_that_a_plugin_writes_in_snake_case() -> None:
    (query,) = built("db.selectFrom('jobSteps').where('userID', 'is', null).execute()", "CamelCasePlugin")
    assert query.text == "select 1 from job_steps where true and user_id is not null"


def test_what_a_callback_compares_is_of_its_query() -> None:
    code = (
        "db.selectFrom('jobs').select('id').where((eb) => eb.or([eb('kind', '=', 'a'), eb('size', '>', 1),"
        " eb.exists(eb.selectFrom('steps').select('id').where((eb) => eb('title', '=', x)))]))"
    )
    assert {query.text: query.opened for query in built(code)} == {
        "select id, 1 from jobs where true and kind is not null and size is not null": "clauses",
        "select id, 1 from steps where true and title is not null": "relations",
    }


def test_what_runs_in_a_transaction_is_of_nothing_around_it() -> None:
    code = "db.transaction().execute(async (trx) => { await trx.selectFrom('jobs').select('id').execute() })"
    assert [(query.text, query.opened) for query in built(code)] == [("select id, 1 from jobs where true", None)]


def test_a_subquery_may_name_what_is_around_it() -> None:
    code = "db.selectFrom('jobs').select((eb) => eb.selectFrom('steps').select('size').where('title', '=', x).as('n'))"
    inner = next(query for query in built(code) if "steps" in (query.text or ""))
    assert inner.opened == "relations"


@pytest.mark.parametrize("words", [("MysqlDialect",), ("SqliteDialect", "mysql2")])
def test_calls_that_may_be_for_another_database_are_not_read(words: tuple[str, ...]) -> None:
    spoken = spoken_to((KYSELY,), words.__contains__)
    assert spoken is None


def test_a_column_that_a_migration_renamed(tmp_path: Path) -> None:
    migration = """exports.up = async (knex) => {
  await knex.schema.createTable('hives', (t) => { t.increments(); t.text('label').notNullable(); t.text('keeper'); });
  await knex.schema.alterTable('hives', (t) => { t.renameColumn('keeper', 'owner'); });
};
"""
    code = """const knex = require('knex')(require('../knexfile'));
module.exports.all = () => knex('hives').select('id', 'keeper');
module.exports.add = (owner) => knex('hives').insert({ owner });
"""
    files = {
        "package.json": '{"dependencies": {"knex": "3", "pg": "8"}}',
        "migrations/20250101000000_a.js": migration,
        "src/hives.js": code,
    }
    for name, text in files.items():
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).write_text(text)
    audit = audit_folder(tmp_path)
    told = [(f.rule, f.severity, f.subject, f.spots[0].excerpt) for f in audit.findings if f.severity == "high"]
    assert told == [
        ("missing-column", "high", "public.hives.keeper", "keeper"),
        ("missing-required-column", "high", "public.hives.label", "hives"),
    ]
    assert any("what its calls name in so many words" in notice.reason for notice in audit.notices)
