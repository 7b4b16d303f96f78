"""Generated type declarations are read as what they claim of the schema."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tripoint.model import generated
from tripoint.model.generated import DeclaredKey
from tripoint.sources.code.generated import read_generated_types

PRETTY = b"""
export type Json = string | { [key: string]: Json | undefined } | Json[]
export type Database = {
  __InternalSupabase: { PostgrestVersion: "12" }
  public: {
    Tables: {
      people: {
        Row: { id: number; name: string | null; tags: string[] }
        Insert: { id?: number; name?: string | null }
        Relationships: [{ foreignKeyName: "a"; columns: ["id"]; isOneToOne: false }]
      }
      "two words": {
        Row: {
          id: number
        }
      }
    }
    Views: {
      [_ in never]: never
    }
    Functions: {
      greet: { Args: { who: string }; Returns: string }
      add: { Args: { a: number }; Returns: number } | { Args: { b: number }; Returns: number }
    }
    Enums: {
      mood: "sad" | "glad"
    }
  }
}
"""


def test_tables_columns_functions_and_enums_are_read() -> None:
    types = read_generated_types(PRETTY)
    assert [(t.schema, t.name, t.view, list(t.columns)) for t in types.tables] == [
        ("public", "people", False, ["id", "name", "tags"]),
        ("public", "two words", False, ["id"]),
    ]
    assert [(one.name, one.arguments) for one in types.functions] == [
        ("greet", {"who": True}),
        ("add", {"a": True}),
        ("add", {"b": True}),
    ]
    assert [(e.name, e.values) for e in types.enums] == [("mood", ("sad", "glad"))]


def test_offsets_spell_the_names() -> None:
    types = read_generated_types(PRETTY)
    for table in types.tables:
        assert PRETTY[table.start : table.end].decode() == table.name
        for column, (start, end, _) in table.columns.items():
            assert PRETTY[start:end].decode() == column


def test_arguments_are_read_where_the_generator_marks_those_with_a_default() -> None:
    text = b"""export type Database = { public: { Functions: {
      now_of: { Args: never; Returns: string }
      none_of: { Args: Record<PropertyKey, never>; Returns: string }
      find: { Args: { at: number; place?: string } | { at: string }; Returns: { id: number }[] }
      whole: { Args: { "": Json }; Returns: Json }
      odd: Elsewhere
    } } }"""
    assert [(one.name, one.arguments) for one in read_generated_types(text).functions] == [
        ("now_of", {}),
        ("none_of", {}),
        ("find", {"at": False, "place": True}),
        ("find", {"at": False}),
        ("whole", None),
        ("odd", None),
    ]


def test_nullability_is_read() -> None:
    columns = read_generated_types(PRETTY).tables[0].columns
    assert [nullable for _, _, nullable in columns.values()] == [False, True, False]


def test_types_keys_and_what_must_be_given_are_read() -> None:
    text = b"""export interface Database { public: { Tables: { notes: {
      Row: { id: number; tags: string[] | null; mood: Database["public"]["Enums"]["mood"]; at: string }
      Insert: { id?: number; tags?: string[] | null; mood: Database["public"]["Enums"]["mood"]; at?: string }
      Relationships: [
        {
          foreignKeyName: "notes_a_id_fkey"
          columns: ["a_id", "b_id"]
          isOneToOne: false
          referencedRelation: "people"
          referencedColumns: ["a", "b"]
        },
      ]
    } } } }"""
    (table,) = read_generated_types(text).tables
    mood = 'Database["public"]["Enums"]["mood"]'
    assert table.types == {"id": "number", "tags": "string[]", "mood": mood, "at": "string"}
    assert table.given == {"mood"}
    assert table.keys == (DeclaredKey(("a_id", "b_id"), "people", ("a", "b")),)


def test_a_compressed_file_reads_the_same() -> None:
    squeezed = PRETTY.replace(b"\n", b" ").replace(b"number }", b"number;}")
    assert [t.name for t in read_generated_types(squeezed).tables] == ["people", "two words"]


def test_what_is_no_such_file_says_so() -> None:
    assert read_generated_types(b"export type Other = {}").problems


@pytest.mark.parametrize("encoding", ["utf-16", "utf-16-le", "utf-16-be"])
def test_what_a_shell_writes_as_utf_16_reads_the_same(encoding: str) -> None:
    mark = {"utf-16-le": b"\xff\xfe", "utf-16-be": b"\xfe\xff"}.get(encoding, b"")
    assert read_generated_types(mark + PRETTY.decode().encode(encoding)) == read_generated_types(PRETTY)


@given(st.binary(max_size=60), st.integers(0, len(PRETTY)))
def test_any_bytes_give_an_answer(noise: bytes, at: int) -> None:
    read_generated_types(PRETTY[:at] + noise + PRETTY[at:])


def test_whether_types_were_written_by_hand_is_told_once(monkeypatch: pytest.MonkeyPatch) -> None:
    """It is asked for each function and each column of the migrations, and sorts all columns."""
    told: list[str] = []

    def collated(name: str) -> str:
        told.append(name)
        return name

    monkeypatch.setattr(generated, "_collated", collated)
    columns = dict.fromkeys(("b", "c", "a"), (0, 0, False))
    types = generated.GeneratedTypes((generated.DeclaredTable("public", "t", 0, 0, False, columns),))
    assert [types.by_hand for _ in range(3)] == [True] * 3
    assert sorted(told) == ["a", "b", "c"]
