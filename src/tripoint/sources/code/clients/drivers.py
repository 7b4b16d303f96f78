"""Drivers and query builders through which code sends SQL: packages, methods and tags, one table for all languages."""

from __future__ import annotations

from collections.abc import Set
from functools import cache
from typing import Literal

from tripoint.model.regex import regex
from tripoint.sources.code.facts import Words

__all__ = [
    "METHODS",
    "NUMBERING",
    "RUST_CRATES",
    "SCRIPT_METHODS",
    "TAGS",
    "UNMISTAKABLE",
    "driver_of",
    "names_a_driver",
    "packages_of_words",
]

_POSTGRES = (
    (r"pg|pg-promise|pg-pool|@types/pg", "pg"),
    (r"postgres|jsr:@?.*postgres.*|.*deno\.land/x/postgres.*", "postgres.js"),
    (r"@vercel/postgres|@neondatabase/serverless|(?:@[\w-]+/)?slonik|@electric-sql/pglite", "postgres.js"),
    (r"@?prisma(?:/.*)?|.*/prisma(?:/.*)?", "prisma"),
    (r"drizzle-orm/(?:pg-core|node-postgres|postgres-js|neon.*|vercel-postgres|pglite|supabase)", "drizzle"),
    (r"psycopg(?:2|_pool)?(?:\..*)?|aiopg(?:\..*)?|pg8000(?:\..*)?", "psycopg"),
    (r"asyncpg(?:\..*)?", "asyncpg"),
    (r"sqlalchemy\.dialects\.postgresql.*", "sqlalchemy"),
    (r"github\.com/jackc/pg.*", "pgx"),
    (r"github\.com/lib/pq|gorm\.io/driver/postgres|github\.com/uptrace/bun/driver/pgdriver", "database/sql"),
    (r"package:postgres/.*", "postgres"),
    (r"sqlx::postgres|tokio_postgres", "sqlx"),
    (r"org\.postgresql(?:\..*)?|io\.vertx(?:\..*)?\.pgclient(?:\..*)?", "jdbc"),
)
_NEUTRAL = (
    (r"drizzle-orm(?:/.*)?", "drizzle"),
    (r"kysely|knex|sequelize|typeorm|@mikro-orm/.*|objection", "query builder"),
    (r"sqlalchemy(?:\..*)?|sqlmodel(?:\..*)?|databases|flask_sqlalchemy", "sqlalchemy"),
    (r"bun", "postgres.js"),
    (r"sqlx|diesel|sea_orm", "sqlx"),
    (r"django\.db(?:\..*)?", "django"),
    (r"database/sql|github\.com/jmoiron/sqlx|gorm\.io/gorm|github\.com/uptrace/bun|xorm\.io/.*", "database/sql"),
    (
        r"javax?\.sql(?:\..*)?|org\.springframework\.(?:jdbc|r2dbc)(?:\..*)?|org\.jdbi(?:\..*)?|kotliquery(?:\..*)?",
        "jdbc",
    ),
)
_RIVALS = regex(
    r"^(?:mysql[\w.]*|mariadb[\w.]*|sqlite\w*|aiosqlite|better-sqlite3|bun:sqlite|pymysql|MySQLdb|aiomysql|duckdb.*|snowflake.*|pymssql|pyodbc"
    r"|clickhouse.*|@clickhouse/.*|mssql|tedious|oracledb|cx_Oracle|hdbcli.*|@sap/hana-client|ibm_db.*|teradatasql|trino|@libsql/.*|sql\.js|expo-sqlite|google\.cloud.*"
    r"|pyspark.*|pyflink.*|pyathena.*|redshift_connector|chdb.*|dask_sql.*|pandasql|org\.apache\.(?:spark|flink)\b.*"
    r"|pyexasol|vertica_python|pyhive.*|impala\..*|prestodb|phoenixdb|pydruid.*|databricks\..*|nzpy"
    r"|@google-cloud/bigquery|neo4j.*|cassandra.*|influxdb.*|drizzle-orm/(?:mysql|sqlite|libsql|d1|better-sqlite3|bun-sqlite).*"
    r"|github\.com/go-sql-driver/mysql|github\.com/mattn/go-sqlite3|modernc\.org/sqlite|gorm\.io/driver/(?:mysql|sqlite).*"
    r"|package:sq(?:flite|lite3).*|androidx\.(?:room|sqlite)\b.*|android\.database\b.*|app\.cash\.sqldelight\b.*"
    r"|sqlx::(?:sqlite|mysql)|(?:tokio_)?rusqlite|libsql|turso|com\.squareup\.sqldelight\b.*|org\.sqlite\b.*|com\.mysql\b.*|org\.mariadb\b.*|oracle\.jdbc\b.*)$"
)
_TABLES = tuple(
    (regex(f"^(?:{pattern})$"), label, postgres)
    for rows, postgres in ((_POSTGRES, True), (_NEUTRAL, False))
    for pattern, label in rows
)

UNMISTAKABLE = frozenset(
    [
        "psycopg",
        "psycopg2",
        "asyncpg",
        "pg8000",
        "pgx",
        "pyspark",
        "sqlite3",
        "aiosqlite",
        "pymysql",
        "aiomysql",
        "MySQLdb",
    ]
)
"""Packages whose names are no other words: where one stands in a file that was not parsed, the file imports it."""

_GO_WORDS = (
    (frozenset({"sql", "driver", "mysql"}), "github.com/go-sql-driver/mysql"),
    (frozenset({"mattn", "sqlite3"}), "github.com/mattn/go-sqlite3"),
    (frozenset({"modernc", "sqlite"}), "modernc.org/sqlite"),
    (frozenset({"lib", "pq"}), "github.com/lib/pq"),
    (frozenset({"jackc"}), "github.com/jackc/pgx"),
)
_SCRIPT_WORDS = (
    (frozenset({"pg", "Pool"}), "pg"),
    (frozenset({"pg", "Client"}), "pg"),
    (frozenset({"pg", "promise"}), "pg-promise"),
    *((frozenset({package}), package) for package in ("mysql2", "mssql", "oracledb")),
    (frozenset({"mysql", "createConnection"}), "mysql"),
    (frozenset({"mysql", "createPool"}), "mysql"),
    (frozenset({"knex"}), "knex"),
    (frozenset({"sequelize", "Sequelize"}), "sequelize"),
    (frozenset({"typeorm", "DataSource"}), "typeorm"),
)

RUST_CRATES = {
    "sqlx": "sqlx",
    "tokio_postgres": "tokio_postgres",
    "deadpool_postgres": "tokio_postgres",
    "diesel": "diesel",
    "sea_orm": "sea_orm",
    "rusqlite": "rusqlite",
    "clickhouse": "clickhouse",
    **dict.fromkeys(("PgPool", "PgConnection", "PgExecutor", "PgPoolOptions", "Postgres", "PgRow"), "sqlx::postgres"),
    **dict.fromkeys(("SqlitePool", "SqliteConnection", "SqlitePoolOptions", "Sqlite"), "sqlx::sqlite"),
    **dict.fromkeys(("MySqlPool", "MySqlConnection", "MySqlPoolOptions", "MySql"), "sqlx::mysql"),
}
"""The crate, and the database, that a word of a file in Rust says it uses."""


def packages_of_words(language: str, words: Words, known: Set[str]) -> frozenset[str]:
    """Return the drivers that a file uses, by the words of one that was not parsed.

    `known` are the words of all files: what none has is not looked for in each.
    """
    if language == "go":
        return _told(_GO_WORDS, words, known)
    if language == "rust":
        return frozenset(RUST_CRATES[word] for word in words.among(RUST_CRATES.keys() & known))
    plain = frozenset(words.among(UNMISTAKABLE & known))
    return plain if language in METHODS else plain | _told(_SCRIPT_WORDS, words, known)


def _told(by_words: tuple[tuple[frozenset[str], str], ...], words: Words, known: Set[str]) -> frozenset[str]:
    return frozenset(
        package for needed, package in by_words if needed <= known and all(word in words for word in needed)
    )


_SCRIPT = frozenset(
    [
        *("query", "queryArray", "queryObject", "unsafe", "none", "one", "oneOrNone", "many", "manyOrNone", "any"),
        *("$queryRawUnsafe", "$executeRawUnsafe", "raw", "execute", "result", "multi", "multiResult"),
        *("PreparedStatement", "ParameterizedQuery"),
    ]
)
_PYTHON = frozenset(
    [
        *("execute", "executemany", "execute_values", "mogrify", "fetch", "fetchrow", "fetchval", "fetch_one"),
        *("fetch_all", "fetch_val", "iterate", "cursor", "prepare", "text", "exec_driver_sql", "stream", "scalar"),
        *("scalars", "raw", "copy", "copy_expert"),
    ]
)
_GO = frozenset(
    [
        *("Query", "QueryRow", "QueryContext", "QueryRowContext", "Exec", "ExecContext", "Queryx", "QueryRowx"),
        *("NamedQuery", "NamedExec", "NamedExecContext", "MustExec", "Get", "GetContext", "Select", "SelectContext"),
        *("Prepare", "PrepareContext", "Preparex", "PreparexContext", "PrepareNamed", "PrepareNamedContext"),
        *("Raw", "NewRaw", "Queue", "Rebind", "In", "Named", "MustExecContext"),
    ]
)
_KOTLIN = frozenset(
    [
        *("queryOf", "prepareStatement", "prepareCall", "executeQuery", "executeUpdate", "execute", "query", "update"),
        *("queryForObject", "queryForList", "queryForMap", "queryForRowSet", "queryForStream", "batchUpdate"),
        *("createUpdate", "prepareBatch", "createNativeQuery", "createStatement", "preparedQuery", "sql"),
    ]
)
"""Without `createQuery`, which takes JPQL from JPA."""
_RUST = frozenset(
    [
        *(f"query{of}{how}" for of in ("", "_as", "_scalar") for how in ("", "_with", "_unchecked")),
        *("raw_sql", "sql_query", "query_one", "query_opt", "query_raw", "query_typed", "execute", "batch_execute"),
        *("simple_query", "prepare", "prepare_typed", "prepare_cached", "fetch_one", "fetch_all", "fetch_optional"),
        *("from_string", "from_sql_and_values", "execute_unprepared", "copy_in", "copy_out"),
    ]
)
METHODS = {
    "python": _PYTHON,
    "go": _GO,
    "dart": frozenset({"execute", "query", "mappedResultsQuery", "prepare", "runTx", "Sql", "named", "indexed"}),
    "kotlin": _KOTLIN,
    "rust": _RUST,
}
"""Methods that take SQL as their first string, by language."""

SCRIPT_METHODS = _SCRIPT
"""Those of TypeScript and JavaScript; `prepare` is left to the drivers of SQLite, which are called by it."""

NUMBERING = frozenset({"typescript", "tsx", "javascript", "python"})
"""Languages in which drivers of PostgreSQL alone take parameters by their numbers (`$1`)."""

TAGS = frozenset(["sql", "$queryRaw", "$executeRaw", "queryRaw", "SQL"])
"""The last name of a template's tag that makes it SQL."""


@cache
def driver_of(package: str) -> tuple[str, Literal["postgres", "neutral", "rival"]] | None:
    """Return a package's label and whether it speaks to PostgreSQL, to several databases or to another one."""
    if _RIVALS.match(package):
        return package, "rival"
    for pattern, label, postgres in _TABLES:
        if pattern.match(package):
            return label, "postgres" if postgres else "neutral"
    return None


@cache
def names_a_driver(packages: frozenset[str]) -> str | None:
    """Return the label of the driver of PostgreSQL among packages; None where there is none, or a rival beside it."""
    found = [known for package in sorted(packages) if (known := driver_of(package)) is not None]
    if any(kind == "rival" for _, kind in found):
        return None
    ranked = sorted(found, key=lambda known: known[1] != "postgres")
    return ranked[0][0] if ranked else None
