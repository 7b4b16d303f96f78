"""Rows that are objects of a class: the columns that they may have at most, and the values that they are made with."""

from __future__ import annotations

import pytest

from code_project import queries
from tripoint.model.query import Query

SWIFT = """import Supabase
let db = SupabaseClient(supabaseURL: u, supabaseKey: k)
struct Shelf: Codable { let label: String; let state: Status; var note: String?; let rank: Rank
  enum CodingKeys: String, CodingKey { case label; case state = "shelf_state"; case note; case rank } }
enum Status: String, Codable { case open, done = "finished" }
enum Rank: Int, Codable { case low, high }
func f(a: Shelf, rows: [Shelf]) async throws { try await db.from("shelves").insert(%s).execute() }
"""
KOTLIN = """import io.github.jan.supabase.createSupabaseClient
val db = createSupabaseClient(u, k) { install(Postgrest) }
@Serializable data class Shelf(
  val label: String, @SerialName("shelf_state") val state: Status, val note: String? = null)
@Serializable enum class Status { @SerialName("open") OPEN, @SerialName("finished") DONE }
suspend fun f(a: Shelf, rows: List<Shelf>) { db.from("shelves").insert(%s) }
"""
GO = """package main
import "github.com/supabase-community/supabase-go"
type Shelf struct {
  Label string `json:"label"`
  Note *string `json:"note,omitempty"`
}
func f(a Shelf, rows []Shelf) { db, _ := supabase.NewClient(u, k, nil)
  db.From("shelves").Insert(%s, false, "", "", "").Execute() }
"""
PYTHON = """from pydantic import BaseModel
from supabase import create_client
db = create_client(u, k)
class Shelf(BaseModel):
    label: str
    note: str | None = None
def f(a: Shelf):
    db.table("shelves").insert(%s).execute()
"""
DART = """import 'package:supabase_flutter/supabase_flutter.dart';
@JsonSerializable()
class Shelf { final String label; final String? note; Map<String, dynamic> toJson() => _$ShelfToJson(this); }
Future<void> f(SupabaseClient db, Shelf a) async { await db.from('shelves').insert(%s); }
"""


def asked(suffix: str, code: str) -> Query:
    (found,) = queries(code, suffix)
    return found


@pytest.mark.parametrize(
    ("suffix", "code", "row", "columns"),
    [
        (".swift", SWIFT, "a", ("label", "note", "rank", "shelf_state")),
        (".swift", SWIFT, "rows", ("label", "note", "rank", "shelf_state")),
        (".swift", SWIFT.replace("var note", "@Kept var note"), "a", None),
        (".kt", KOTLIN, "a", ("label", "note", "shelf_state")),
        (".kt", KOTLIN, "rows", ("label", "note", "shelf_state")),
        (".kt", KOTLIN.replace("= null)", "= null) : Base()"), "a", None),
        (".go", GO, "a", ("label", "note")),
        (".go", GO.replace("Label", "Base\n  Label"), "a", None),
        (".py", PYTHON, "a.model_dump(exclude_none=True)", ("label", "note")),
        (".py", PYTHON + "class Tall(Shelf):\n    height: int\n", "a.model_dump(exclude_none=True)", None),
        (".dart", DART, "a.toJson()", ("label", "note")),
        (".dart", DART.replace("class Shelf", "class Shelf extends Base"), "a.toJson()", None),
    ],
)
def test_what_a_row_may_have_at_most(suffix: str, code: str, row: str, columns: tuple[str, ...] | None) -> None:
    query = asked(suffix, code % row)
    assert not query.written_complete
    assert [each.columns for each in query.rows] == ([] if columns is None else [columns])


def test_a_row_that_is_changed_may_have_more() -> None:
    code = DART.replace("await db", "final row = a.toJson(); row[key] = 1; await db")
    assert asked(".dart", code % "row").rows == ()
    named = asked(".dart", code.replace("row[key]", "row['rank']") % "row")
    assert [each.columns for each in named.rows] == [("label", "note", "rank")]


@pytest.mark.parametrize(
    ("change", "columns"),
    [
        ('    if n:\n        row["note"] = n\n', ("label", "note")),
        ("    if n:\n        row[n] = n\n", None),
        ('    row.pop("label")\n', None),
        ("    row.update(n)\n", None),
    ],
)
def test_a_row_that_a_function_of_the_project_writes(change: str, columns: tuple[str, ...] | None) -> None:
    store = """from supabase import create_client
db = create_client(u, k)
def add(row):
    db.table("shelves").insert(row).execute()
"""
    use = f'from store import add\ndef f(n):\n    row = {{"label": 1}}\n{change}    add(row)\n'
    (query,) = queries({"store.py": store, "use.py": use})
    assert [each.columns for each in query.rows] == ([] if columns is None else [columns])


def test_what_each_caller_hands_over_is_a_row() -> None:
    code = """import { createClient } from '@supabase/supabase-js'
const db = createClient(u, k)
export async function add(row: any) { await db.from('shelves').insert({ ...row, made: 1 }) }
add({ label: 'a' }); add({ label: 'b', note: 'c' }); add(other)
"""
    assert [each.columns for each in asked(".ts", code).rows] == [("label", "made"), ("label", "made", "note")]


@pytest.mark.parametrize(
    ("suffix", "code", "row", "values"),
    [
        (".swift", SWIFT, 'Shelf(label: "x", state: .done, rank: .high)', {"label": "x", "shelf_state": "finished"}),
        (".swift", SWIFT, 'Shelf(label: "x", state: Status.open, rank: r)', {"label": "x", "shelf_state": "open"}),
        (".kt", KOTLIN, 'Shelf("x", Status.DONE)', {"label": "x", "shelf_state": "finished"}),
        (".kt", KOTLIN, "a", {}),
    ],
)
def test_the_values_that_a_row_is_made_with(suffix: str, code: str, row: str, values: dict[str, str]) -> None:
    written = asked(suffix, code % row).written
    assert {one.column: one.value.value for one in written if one.value is not None} == values


def test_a_name_that_may_change_is_not_read_for_values() -> None:
    made = 'Shelf(label: "x", state: .done, rank: .high)'
    for word, values in (("let", ["x", "finished"]), ("var", [])):
        code = SWIFT.replace("try await db", f"{word} row = {made}\n  try await db")
        written = asked(".swift", code % "row").written
        assert [one.value.value for one in written if one.value is not None] == values


@pytest.mark.parametrize(
    ("body", "texts"),
    [
        ("await db.from('logs').insert({ kind, note: 'x' })", ["seen", "sold"]),
        ("await db.from('logs').insert({ kind: kind })", ["seen", "sold"]),
        ("if (kind === 'seen') return; await db.from('logs').insert({ kind })", []),
        ("kind = names[kind]; await db.from('logs').insert({ kind })", []),
    ],
)
def test_the_texts_that_callers_hand_to_what_is_written(body: str, texts: list[str]) -> None:
    code = f"""import {{ createClient }} from '@supabase/supabase-js'
const db = createClient(u, k)
export async function log(kind: string) {{ {body} }}
log('seen'); log('sold'); log(other)
"""
    assert [one.value for key in asked(".ts", code).written if key.column == "kind" for one in key.values] == texts


def test_kotlin_extensions_make_rows_also_of_what_is_not_known() -> None:
    mapper = "object Maps {\n  fun Item.toShelf(): Shelf = Shelf(label = name, state = Status.DONE)\n}\n"
    code = KOTLIN.replace("rows: List<Shelf>", "rows: List<Item>") + mapper
    for row in ("rows.map { it.toShelf() }", "a.item.toShelf()"):
        assert [one.columns for one in asked(".kt", code % row).rows] == [("label", "note", "shelf_state")]
