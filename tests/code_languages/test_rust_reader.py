"""SQL in Rust."""

from __future__ import annotations

import pytest

from tripoint.reading.kinds import decode, encode
from tripoint.sources.code.fold import FoldedCode, fold_queries
from tripoint.sources.code.read import read_code


def folded(files: dict[str, str]) -> FoldedCode:
    facts = {path: read_code(text.encode(), ".rs") for path, text in files.items()}
    return fold_queries(facts, lambda paths: {}, list(files), lambda path: None)


def texts(code: str) -> list[str | None]:
    found = folded({"src/a.rs": code}).queries
    for query in found:
        source = code.encode()[query.place.start : query.place.end]
        assert source.split()[0] == (query.text or "").encode().split()[0]
    return [query.text for query in found]


@pytest.mark.parametrize(
    ("code", "text"),
    [
        ('sqlx::query!("select a from t where b = $1", b)', "select a from t where b = $1"),
        ('sqlx::query_as!(Row, r#"select a as "a!" from t"#)', 'select a as "a!" from t'),
        ('sqlx::query_as::<_, (i64,)>("select a from t").fetch_all(pool)', "select a from t"),
        ('query_scalar("select a from t where b = \'\\"\'")', "select a from t where b = '\"'"),
        ('sqlx::query!("select a " + "from t")', 'select a      from t'),
        ('client.query_one("select a from t where b = $1", &[&b]).await', "select a from t where b = $1"),
        ('sqlx::query(&format!("select a from {} where b = 1", t))', "select a from $1 where b = 1"),
        ('const COLS: &str = "a, b"; sqlx::query(&format!("select {COLS} from t"))', "select a, b from t"),
        ('const A: &str = "a"; sqlx::query(&format!("select {} from t {}", A, b))', "select a from t"),
        ('sqlx::query(&format!("select a from t where b = {b}"))', "select a from t where b = $1"),
        ('let mut b = QueryBuilder::new("select a from t where c > "); b.push(1)', "select a from t where c >  $1"),
        ('let mut q: String = String::from("select a from t"); q.push_str(more)', "select a from t"),
        ('diesel::sql_query("select a from t")', "select a from t"),
    ],
)  # fmt: skip
def test_what_a_driver_is_given_is_read(code: str, text: str) -> None:
    wrapped = f"use sqlx::PgPool;\nasync fn f(pool: &PgPool) {{ let _x = 'a'; let c = '\\''; {code}; }}\n"
    found = [(one or "").rstrip() for one in texts(wrapped)]
    assert found == ([text] if "{} where" not in code else [])


def test_names_are_followed_and_comments_and_tests_left_out() -> None:
    code = """use sqlx::PgPool;
const ALL: &str = "select a from t";
/* sqlx::query("select c from t") /* nested */ sqlx::query("select d from t") */
// sqlx::query("select e from t")
impl<'a> Store<'a> {
    async fn all(&self) { sqlx::query(ALL).fetch_all(self.pool); }
    async fn one(&self) { let q = "select b from t"; sqlx::query(q).fetch_one(self.pool); }
}
#[cfg(test)]
mod tests { fn g() { sqlx::query("select f from t"); } }
"""
    found = folded({"src/a.rs": code}).queries
    assert [(query.text, query.symbol) for query in found] == [("select a from t", "all"), ("select b from t", "one")]


@pytest.mark.parametrize(
    ("before", "read"),
    [
        ("#[cfg(test)]\n#[expect(clippy::unwrap_used)]\nmod tests {", False),
        ('#[cfg(any(test, feature = "samples"))]\npub mod samples {', False),
        ('#[sqlx::test(fixtures("a"))]\nasync fn asks(pool: PgPool) {', False),
        ("#[cfg(not(test))]\nmod live {", True),
        ("#[cfg(test)]\nmod tests;\nmod live {", True),
        ("#[cfg(test)]\nuse a::b;\nmod live {", True),
    ],
)
def test_what_only_tests_run_is_left_out(before: str, read: bool) -> None:
    inside = 'fn g() { sqlx::query("select f from t"); }'
    found = texts(f'use sqlx::PgPool;\n{before} {inside} }}\nfn h() {{ sqlx::query("select h from t"); }}\n')
    assert found == (["select f from t"] if read else []) + ["select h from t"]


@pytest.mark.parametrize(
    "code",
    [
        "use sqlx::SqlitePool;\nfn f() { sqlx::query(\"select a from t\"); }",
        "use rusqlite::Connection;\nfn f(c: Connection) { c.execute(\"delete from t\", []); }",
        "fn f(c: Search) { c.query(\"select a from t\"); }",
        "use sqlx::PgPool;\nfn f() { log(\"select a from t\"); }",
    ],
)  # fmt: skip
def test_what_no_driver_of_postgresql_is_given_is_none(code: str) -> None:
    assert texts(code) == []


def test_a_crate_is_of_the_database_that_one_of_its_files_names() -> None:
    use = 'fn f() { sqlx::query!("select a from t"); }'
    files = {
        "api/src/db.rs": "use sqlx::PgPool;",
        "api/src/notes.rs": use,
        "app/src/db.rs": "use sqlx::SqlitePool;",
        "app/src/state/notes.rs": use,
    }
    assert [query.place.path for query in folded(files).queries] == ["api/src/notes.rs"]
    assert folded(files).problems == ()


@pytest.mark.parametrize(
    "code", ['fn f() { query("select a', 'r###"select ', "/* select", "'", 'query!(', 'fn fn fn {{{', '"\\',
    "query::<", 'query("select \\u{D800}")']
)  # fmt: skip
def test_code_that_breaks_off_is_read_as_far_as_it_goes(code: str) -> None:
    facts = read_code(code.encode(), ".rs", full=True)
    assert facts.language == "rust"
    given = [text for chain in facts.chains for step in chain.steps for text in step.arguments]
    assert max([chain.end for chain in facts.chains] + [text.end for text in given], default=0) <= len(code)
    assert decode("code-full", encode("code-full", facts)) == facts
