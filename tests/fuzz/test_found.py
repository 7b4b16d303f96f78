"""What fuzzing has found, each mended and kept as a case."""

from __future__ import annotations

from pathlib import Path

import pytest

from fuzz.readers import reader_named
from fuzz.test_readers import limited
from tripoint.model.catalog import Catalog
from tripoint.model.name import Name
from tripoint.proof.record import RecordError, read_record
from tripoint.reading import Kind, read_one
from tripoint.reading.beside import Beside
from tripoint.reading.kinds import decode, encode
from tripoint.sources.code.generated import read_generated_types
from tripoint.sources.code.queryfiles import read_query_file
from tripoint.sources.migrations.fold import fold
from tripoint.sources.orm.prisma import read_prisma
from tripoint.sql.read import read_sql
from tripoint.tree import WorkTree

KILOBYTES = 150


@pytest.mark.parametrize(
    "name, piece",
    [
        ("md", "<a"),
        ("md", "<!--"),
        ("md", "é a.b → c.d "),
        ("md", "| `a` | b "),
        ("md", "**a"),
        ("go", '"a"+'),
        ("rs", "async fn g() {"),
        ("rs", "query::<"),
        ("rs", "let a = "),
        ("rs", '\\"'),
        ("prisma", "model É {\n a String\n}\n"),
        ("sql", "select '"),
        ("sql", "$a$ "),
        ("sql", "create table a (\n"),
        ("types", "a: {"),
        ("select", "a("),
        ("select", "and("),
        ("yaml", "- "),
        ("ignores", "-- tripoint: ignore["),
    ],
)
def test_time_grows_with_the_input_and_no_faster(name: str, piece: str) -> None:
    """Each of these takes about a second; those that once grew with the square took minutes."""
    reader = reader_named(name)
    count = KILOBYTES * 1024 // len(piece.encode())
    with limited(12):
        reader.read((piece * count).encode())


def test_boxes_side_by_side_take_time_with_their_number() -> None:
    """Each was once looked for from the start of its line."""
    boxes = "\n".join(row * 40_000 for row in ("┌───┐", "│ a │", "├───┤", "│ b │", "└───┘"))
    with limited(12):
        read_one("document", ".md", f"# Data\n\n```\n{boxes}\n```\n".encode())


def test_imports_of_types_take_time_with_their_number(tmp_path: Path) -> None:
    """Each was once followed to the end of the migration, outside of the readers' limits."""
    text = b"import type\n" * 60_000 + b"import { up } from './up'\n"
    (tmp_path / "up.ts").write_text("export const up = 1\n")
    with limited(12):
        assert Beside(WorkTree(tmp_path)).bundled("a.ts", "knex", text) != text


@pytest.mark.parametrize(
    "suffix, text", [(".md", b"# Data\n\n## t\xe9 `orders`\n- `id`\n"), (".mmd", b'erDiagram\n "a\xe9" { int b }')]
)
def test_a_byte_in_another_encoding_costs_no_document(suffix: str, text: bytes) -> None:
    """Facts with half a character in them could not be handed over by a worker: the whole document was given up."""
    facts = read_one("document", suffix, text)
    assert facts.entities
    assert decode("document", encode("document", facts)) == facts


def test_offsets_behind_a_byte_in_another_encoding() -> None:
    types = b'// \xe9\ntype Database = { public: { Tables: { "\xe9": { Row: {} }, orders: { Row: { id: string } } } } }'
    table = read_generated_types(types).tables[-1]
    assert types[table.start : table.end] == b"orders"
    schema = b"// \xe9\nmodel A { // \xe9\n  id String\n  ???\n"
    problems = read_prisma({"a": schema})["a"].problems
    assert problems
    assert all(problem.end <= len(schema) for problem in problems)
    queries = b"-- name: one :one\nselect '\xe9\xe9' as a;\n-- name: two :one\nselect '\xe9\xe9\xe9' as b;"
    file = read_query_file(queries)
    assert [queries[query.start : query.end].strip().endswith(b";") for query in file.queries] == [True, True]
    assert "not UTF-8 at byte 26" in file.problems[0].reason


@pytest.mark.parametrize(
    "text", ["a." * 3000 + "b = 1", "a = " + "[" * 3000, "a = " + "9" * 5000, "a = 1e9", "a = \xff"]
)
def test_a_damaged_record_is_one_sentence(text: str) -> None:
    with pytest.raises(RecordError, match=r"tripoint-access\.toml"):
        read_record(text.encode("latin-1"))


def test_kinds_are_complete() -> None:
    kinds: tuple[Kind, ...] = ("sql", "document", "code", "code-full", "code-words", "types", "queries")
    for kind in kinds:
        assert decode(kind, encode(kind, read_one(kind, ".ts" if "code" in kind else ".md", b""))) is not None


@pytest.mark.parametrize("text", ["val e = 1\n@a", "val e=()}\n@file:A(", "@", "val e = 1\n@a\n"])
def test_an_annotation_at_the_end_of_kotlin_ends(text: str) -> None:
    """The scanner of the grammar searched the line's end behind the file's; nothing in this process could stop it."""
    assert read_one("code-full", ".kt", text.encode()).language == "kotlin"


def test_tags_within_tags_cost_the_file_and_say_so(monkeypatch: pytest.MonkeyPatch) -> None:
    """Each of the strings asks for the whole chain before it: that took minutes for a file of 100 KB."""
    monkeypatch.setattr("tripoint.sources.code.typescript_values._MOST_LINKS", 20_000)
    found = read_one("code-full", ".ts", b"sql`select " * 500)
    assert [(problem.kind, problem.reason) for problem in found.problems] == [
        ("unread", "it is nested too deep to be read in time")
    ]
    assert not read_one("code-full", ".ts", b"x" + b".from('a')" * 4_000).problems


def test_a_diagram_that_breaks_off_ends_with_the_file() -> None:
    text = b"Table a{t[ref:>d s`"
    found = read_one("document", ".dbml", text).relationships
    assert found
    assert all(one.end <= len(text) for one in found)


def test_functions_that_call_each_other_under_one_name_end() -> None:
    """Each way through them was followed anew for each call: sixteen lines took 88 seconds."""
    with limited(15):
        reader_named("queries-ts").read(b"function f(t) { return f(t) }\nf(x).from(x.y.z);\n" * 16)


def test_objects_that_are_spread_through_a_thousand_others(monkeypatch: pytest.MonkeyPatch) -> None:
    """Following them one within another took more stack than there is."""
    monkeypatch.setenv("TRIPOINT_DEBUG", "1")
    spread = "".join(f"const v{i} = {{ ...v{i + 1}, a: 1 }}\n" for i in range(1200))
    used = "supabase.from('t').insert(v0)\nsupabase.from(v0.z).select('id')\n"
    reader_named("queries-ts").read((spread + used).encode())


def test_an_address_with_bytes_that_are_no_utf_8_has_places_within_the_file() -> None:
    """What stands for such a byte takes three: what came behind them was placed beyond the string's end."""
    address = b"`${URL}/rest/v1/orders?select=id" + b"\xff" * 90 + b"&status=eq.${s}&order=made`"
    reader_named("queries-ts").read(b"const url = " + address + b"; await fetch(url, o)\n")


@pytest.mark.parametrize("before, after", [("", ""), ("<script lang='tsx'>", "</script>")])
def test_a_text_that_the_parser_comes_to_no_end_of_costs_the_file_and_says_so(before: str, after: str) -> None:
    """The recovery of the grammar went round and round in it, also in a library call, which nothing else would end."""
    suffix = ".vue" if before else ".tsx"
    with limited(15):
        found = read_one("code-full", suffix, (before + 'export c const"a=[1,[$)g-t] ' + after).encode())
    assert [(problem.kind, problem.reason) for problem in found.problems] == [
        ("unread", "the parser of its language comes to no end of it")
    ]
    text = before + "import a from 'b'\nsupabase.from('a').select()" + after
    assert len(read_one("code-full", suffix, text.encode()).chains) == 1, "the next file begins anew"


@pytest.mark.parametrize(
    "suffix, text",
    [(".py", "m = {key: lambda a: db.table('t').select('id')}\n"), (".dart", "var m = {key: () => db.from('t')};\n")],
)
def test_what_stands_under_a_key_that_a_name_gives_is_kept_as_it_was_read(suffix: str, text: str) -> None:
    """It was not looked into for what stands in several places, and came back from a worker without it."""
    facts = read_one("code", suffix, text.encode())
    assert decode("code", encode("code", facts)) == facts


def test_a_nul_byte_at_the_end_of_kotlin_puts_no_scope_behind_it() -> None:
    text = b"when(a){->a\0"
    assert [scope.end for scope in read_one("code-full", ".kt", text).scopes] == [len(text)] * 2


@pytest.mark.parametrize(
    "body", ["create table if not exists x (); " + "perform f(); " * 30, "if f() then null; end if; " * 30]
)
def test_a_function_that_calls_itself_several_times_over_ends(body: str) -> None:
    """Eight calls deep, thirty times each: three hundred bytes took longer than anybody waits."""
    made = f"create function f() returns boolean language plpgsql as $f$ begin {body} return true; end $f$;"
    text = f"{made} do $$ begin if f() then create table v (); end if; end $$; select f(); create table t ();"
    with limited(15):
        found = fold([("a.sql", read_sql(text.encode()))], Catalog(), "postgresql")
    assert Name("public", "t") in found.catalog.tables


def test_a_thousand_clauses_that_are_filled_in_end() -> None:
    """Each was tried with all that stands before it."""
    with limited(15):
        query = b"p.query(`select a from t " + b"${w} " * 3000 + b"order by b`)"
        reader_named("queries-ts").read(b"import { Pool } from 'pg'\nconst p = new Pool()\n" + query)


@pytest.mark.parametrize("numbers", ["", "1, 2, 3, 4", "0, 1, 0", "0, 9" + "9" * 30])
def test_a_range_that_python_makes_none_of(numbers: str) -> None:
    reader_named("alembic").read(
        f"def upgrade():\n    for i in range({numbers}):\n        op.execute('select 1')\n".encode()
    )


@pytest.mark.parametrize(
    ("reader", "text"),
    [
        ("queries-go", 'b.from("x").insert(row){row=[l]{row}\nrow=y'),
        ("queries-go", 'func f() {\n\tclient.From("t").upsert(row, "", "", "")\n}\n'),
    ],
)
def test_a_payload_that_holds_itself_and_a_method_of_another_case(reader: str, text: str) -> None:
    """The one took all of the stack, the other asked a table for what it does not hold."""
    reader_named(reader).read(text.encode())
