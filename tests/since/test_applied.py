"""What a branch does to migrations that a database of its base has applied already."""

from __future__ import annotations

from pathlib import Path

import pytest

from since.scratch import commit, git, make_repository, undecided, write

FOLDER = "supabase/migrations"
FIRST = f"{FOLDER}/20250101000000_first.sql"
SECOND = f"{FOLDER}/20250102000000_second.sql"
LAST = f"{FOLDER}/20250103000000_last.sql"
BODY = """create function public.one() returns int language plpgsql as $$
begin
  return 1;
end;
$$;
"""


@pytest.fixture
def branch(tmp_path: Path) -> Path:
    """A branch of a project with three migrations, on which nothing is changed."""
    files = {
        FIRST: "create table public.books (id int primary key, note text default 'a\nb');\n",
        SECOND: BODY,
        LAST: "create table public.shelves (id int primary key);\n",
    }
    repository = make_repository(tmp_path / "project", files)
    git(repository, "checkout", "-q", "-b", "feature")
    return repository


def test_how_a_migration_is_laid_out_may_change(branch: Path) -> None:
    first, second = ((branch / path).read_text() for path in (FIRST, SECOND))
    (branch / FIRST).write_bytes(b"\xef\xbb\xbf" + first.replace("\n", "\r\n").encode())
    (branch / SECOND).write_bytes(second.replace("  return 1;", "    -- one\r\n    return 1;\r").encode())
    assert undecided(branch) == {}
    write(branch, {SECOND: second.replace("return 1", "return 2")})
    assert list(undecided(branch)) == [f"{SECOND}:3"]


def test_bodies_that_nest_without_end_are_compared(branch: Path) -> None:
    nested = "".join(f"$a{at}$" for at in range(3000)) + " {} " + "".join(f"$a{at}$" for at in reversed(range(3000)))
    write(branch, {"supabase/migrations/20250102500000_deep.sql": f"do {nested.format('begin')};"})
    commit(branch)
    git(branch, "branch", "-f", "main")
    write(branch, {"supabase/migrations/20250102500000_deep.sql": f"do {nested.format('end')};"})
    assert any("was changed since" in reason for reason in undecided(branch).values())


def test_a_migration_may_get_another_name_of_its_version(branch: Path) -> None:
    renamed = SECOND.replace("second", "one")
    git(branch, "mv", SECOND, renamed)
    assert undecided(branch) == {}
    write(branch, {renamed: BODY.replace("return 1", "return 2")})
    assert list(undecided(branch)) == [f"{renamed}:3"]


def test_drizzle_knows_a_migration_by_its_day(tmp_path: Path) -> None:
    journal = '{"dialect": "postgresql", "entries": [{"idx": 0, "when": 1735689600000, "tag": "0000_%s"}]}'
    table = "create table public.books (id int primary key);\n"
    files = {"drizzle/0000_old_fox.sql": table, "drizzle/meta/_journal.json": journal % "old_fox"}
    repository = make_repository(tmp_path / "project", files)
    git(repository, "mv", "drizzle/0000_old_fox.sql", "drizzle/0000_books.sql")
    write(repository, {"drizzle/meta/_journal.json": journal % "books"})
    assert undecided(repository) == {}


def test_a_migration_that_is_gone_is_told(branch: Path) -> None:
    git(branch, "rm", "-q", SECOND)
    assert list(undecided(branch)) == [f"{SECOND}:1"]
    assert undecided(branch)[f"{SECOND}:1"].endswith("is gone: a database that has applied it keeps what it made")
    git(branch, "rm", "-q", FIRST)
    assert list(undecided(branch)) == [f"{FIRST}:1"]
    assert " and 1 more of its folder are gone" in undecided(branch)[f"{FIRST}:1"]


def test_migrations_may_move_to_another_folder(branch: Path) -> None:
    (branch / "app").mkdir()
    git(branch, "mv", "supabase", "app/supabase")
    assert undecided(branch) == {}


def test_what_the_base_took_away_is_not_the_branch_s_doing(branch: Path) -> None:
    git(branch, "checkout", "-q", "main")
    git(branch, "rm", "-q", SECOND)
    commit(branch)
    git(branch, "checkout", "-q", "feature")
    write(branch, {"README.md": "x\n"})
    commit(branch)
    assert undecided(branch) == {}
    git(branch, "merge", "-q", "-m", "merge", "main")
    assert undecided(branch) == {}


@pytest.mark.parametrize(
    "pattern, base, after, early",
    [
        ("supabase/migrations/{}.sql", ["20250101000000_a"], "20250102_b", "20241231_c"),
        ("src/main/resources/db/migration/V{}.sql", ["1_9__a", "1_10__b"], "1.11__c", "1_9_1__d"),
    ],
)
def test_versions_compare_as_their_runner_compares_them(
    tmp_path: Path, pattern: str, base: list[str], after: str, early: str
) -> None:
    table = "create table public.t{} (id int primary key);\n"
    files = {pattern.format(name): table.format(number) for number, name in enumerate(base)}
    repository = make_repository(tmp_path / "project", files)
    write(repository, {pattern.format(after): table.format(8)})
    assert undecided(repository) == {}
    write(repository, {pattern.format(early): table.format(9)})
    assert list(undecided(repository)) == [f"{pattern.format(early)}:1"]


def test_the_way_back_of_a_migration_may_change(tmp_path: Path) -> None:
    path = "migrations/001_first.sql"
    text = "-- +goose Up\ncreate table public.books (id int primary key);\n-- +goose Down\ndrop table public.books;\n"
    repository = make_repository(tmp_path / "project", {path: text})
    write(repository, {path: text.replace("drop table", "drop table if exists")})
    assert undecided(repository) == {}
    write(repository, {path: text.replace("id int", "id bigint")})
    assert list(undecided(repository)) == [f"{path}:2"]


REVISION = """\"\"\"%(title)s\"\"\"
from alembic import op
import sqlalchemy as sa

revision = "%(name)s"
down_revision = %(before)s


def upgrade():
    op.create_table("%(title)s", sa.Column("id", sa.Integer(), primary_key=True))


def downgrade():
    op.drop_table("%(title)s")
"""


def test_what_a_revision_of_alembic_does_on_the_way_up_may_not_change(tmp_path: Path) -> None:
    folder = "migrations/versions"
    first, second = f"{folder}/a1_books.py", f"{folder}/b2_shelves.py"
    texts = {
        first: REVISION % {"title": "books", "name": "a1", "before": "None"},
        second: REVISION % {"title": "shelves", "name": "b2", "before": '"a1"'},
    }
    files = {"migrations/env.py": "from alembic import context\n", "requirements.txt": "psycopg2\n", **texts}
    repository = make_repository(tmp_path / "project", files)
    other = texts[second].replace('"shelves", sa', "'shelves',\n        sa").replace("drop_table", "drop_index")
    write(repository, {second: other.replace("import sqlalchemy as sa", "import sqlalchemy as sa  # types")})
    assert undecided(repository) == {}
    write(repository, {second: texts[second].replace("sa.Integer()", "sa.BigInteger()")})
    assert list(undecided(repository)) == [f"{second}:10"]
    git(repository, "checkout", "-q", ".")
    git(repository, "mv", second, f"{folder}/2025_shelves.py")
    assert undecided(repository) == {}
    git(repository, "rm", "-q", "-f", f"{folder}/2025_shelves.py")
    assert list(undecided(repository)) == [f"{second}:1"]


def test_what_a_program_does_on_the_way_up_may_not_change(tmp_path: Path) -> None:
    path = "migrations/20250101000000_books.ts"
    text = """import type { Knex } from 'knex'
export async function up(knex: Knex) {
  await knex.schema.createTable('books', (t) => { t.increments('id') })
}
export async function down(knex: Knex) {
  await knex.schema.dropTable('books')
}
"""
    files = {path: text, "package.json": '{"dependencies": {"knex": "3", "pg": "8"}}'}
    repository = make_repository(tmp_path / "project", files)
    write(repository, {path: text.replace("'", '"').replace("dropTable", "dropTableIfExists")})
    assert undecided(repository) == {}
    write(repository, {path: text.replace("increments", "bigIncrements")})
    assert list(undecided(repository)) == [f"{path}:3"]


def test_a_folder_that_lost_all_its_migrations_is_told(branch: Path) -> None:
    git(branch, "rm", "-q", FIRST, SECOND, LAST)
    write(branch, {"db/migrations/001_pens.sql": "create table public.pens (id int primary key);\n"})
    assert f"{FIRST}:1" in undecided(branch)
