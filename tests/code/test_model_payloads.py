"""What a model writes of itself is what the call that is given the model writes."""

from __future__ import annotations

from code_project import queries
from tripoint.model.query import Query

SHELF = """
class Shelf {
  final String label;
  final int? room;
  Shelf({required this.label, this.room});
  Map<String, dynamic> toJson() => {'label': label, 'room_no': room};
  Map<String, dynamic> forInsert() {
    final json = toJson();
    json.remove('room_no');
    json['made_at'] = DateTime.now().toIso8601String();
    return json;
  }
}
"""


def dart(call: str) -> Query:
    code = "import 'package:supabase_flutter/supabase_flutter.dart';\nimport 'shelf.dart';\n"
    code += f"Future<void> add(SupabaseClient db, Shelf shelf) async {{ {call} }}\n"
    (query,) = queries({"lib/shelf.dart": SHELF, "lib/add.dart": code})
    return query


def test_dart_a_models_map() -> None:
    query = dart("await db.from('shelves').insert(shelf.toJson());")
    assert ([w.column for w in query.written], query.written_complete) == (["label", "room_no"], True)
    place = query.written[1].place
    assert SHELF.encode()[place.start : place.end] == b"room_no"
    assert place.path == "lib/shelf.dart"


def test_dart_keys_that_are_given_and_taken_on_the_way() -> None:
    query = dart("await db.from('shelves').insert(shelf.forInsert());")
    assert ([w.column for w in query.written], query.written_complete) == (["label", "made_at"], False)
    query = dart("final row = shelf.toJson(); row.remove('label'); await db.from('shelves').insert(row);")
    assert ([w.column for w in query.written], query.written_complete) == (["room_no"], False)
    query = dart("final row = shelf.toJson(); row.removeWhere((k, v) => v == null); await db.from('t').insert(row);")
    assert (query.written, query.written_complete) == ((), False)
    query = dart("await db.from('shelves').insert(shelf.toJson()..remove('label'));")
    assert (query.written, query.written_complete) == ((), False)
    query = dart("await db.from('shelves').insert({...shelf.toJson(), 'owner': 1});")
    assert [w.column for w in query.written] == ["owner", "label", "room_no"]
