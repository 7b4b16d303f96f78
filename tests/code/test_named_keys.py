"""Keys of a payload that constants give."""

from __future__ import annotations

import pytest

from code_project import queries

NAMES = {
    ".dart": ("const kLabel = 'label';\nclass Columns { static const room = 'room_no'; }\n", "names.dart"),
    ".py": ("LABEL = 'label'\nclass Columns:\n    ROOM = 'room_no'\n", "names.py"),
    ".swift": ('enum Columns { static let label = "label", room = "room_no" }\n', "Names.swift"),
}
USES = {
    ".dart": """import 'package:supabase_flutter/supabase_flutter.dart';
import 'names.dart';
Future<void> f(SupabaseClient db) async {
  await db.from('t').insert({kLabel: 'a', 'own': 1, Columns.room: 2, other(): 3});
}
""",
    ".py": """from supabase import Client
from names import LABEL, Columns
def f(db: Client):
    db.table('t').insert({LABEL: 'a', 'own': 1, Columns.ROOM: 2, other(): 3}).execute()
""",
    ".swift": """import Supabase
func f(db: SupabaseClient) async throws {
    try await db.from("t").insert([Columns.label: "a", "own": 1, Columns.room: 2, other(): 3]).execute()
}
""",
}


@pytest.mark.parametrize("suffix", sorted(NAMES))
def test_keys_that_constants_of_another_file_give(suffix: str) -> None:
    names, path = NAMES[suffix]
    (query,) = queries({path: names, f"use{suffix}": USES[suffix]})
    assert sorted(one.column for one in query.written) == ["label", "own", "room_no"]
    assert not query.written_complete
    (label,) = (one for one in query.written if one.column == "label")
    assert (label.place.path, names[label.place.start : label.place.end]) == (path, "label")
    assert label.value is not None
    assert label.value.value == "a"


def test_a_key_that_a_variable_of_the_function_gives_is_open() -> None:
    code = "from supabase import Client\ndef f(db: Client, key):\n    db.table('t').update({key: 1}).execute()\n"
    (query,) = queries(code, ".py")
    assert (query.written, query.written_complete) == ((), False)
