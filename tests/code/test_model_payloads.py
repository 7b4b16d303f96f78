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


KOTLIN = """package org.shelves.model
import kotlinx.serialization.SerialName
import kotlinx.serialization.Serializable

@Serializable
data class Shelf(
    @SerialName("shelf_label") val label: String,
    val room: Int?,
    val wallColour: String,
    @Transient val open: Boolean,
    val id: String? = null,
)

@Serializable
data class Mark(val shelf: String, val made: Long)

data class Plain(val shelf: String)
"""


def kotlin(call: str) -> Query:
    code = "package org.shelves\nimport io.github.jan.supabase.SupabaseClient\n"
    code += "import io.github.jan.supabase.postgrest.from\nimport org.shelves.model.Shelf\n"
    code += f"suspend fun add(db: SupabaseClient, shelf: Shelf, shelves: List<Shelf>) {{ {call} }}\n"
    (query,) = queries({"src/org/shelves/model/Shelf.kt": KOTLIN, "src/Add.kt": code})
    return query


def test_kotlin_a_serializable_class() -> None:
    for given in ("shelf", "shelves", "listOf(shelf)", 'Shelf("a", 1, "b")'):
        query = kotlin(f'db.from("t").insert({given})')
        # A name in two cases may be spelled otherwise by a setting, and what has a default may be left out.
        assert ([w.column for w in query.written], query.written_complete) == (["shelf_label", "room"], False), given
        start, end = query.written[0].place.start, query.written[0].place.end
        assert KOTLIN.encode()[start:end] == b"shelf_label"
    branches = 'if (shelf.open) { val row = Shelf(1) } else { val row = Mark(2); db.from("t").insert(row) }'
    assert [w.column for w in kotlin(branches).written] == ["shelf", "made"]
    imports = "import io.github.jan.supabase.postgrest.from\nimport kotlinx"
    for name, keys, whole in (("Mark", ["shelf", "made"], True), ("Plain", [], False)):
        code = f'suspend fun add(db: SupabaseClient) {{ db.from("t").upsert({name}("a", 2)) }}'
        (query,) = queries({"Add.kt": KOTLIN.replace("import kotlinx", imports, 1) + code})
        assert ([w.column for w in query.written], query.written_complete) == (keys, whole), name


SWIFT = """
struct Shelf: Codable, Identifiable {
    static let table = "shelves"
    let label: String
    var room: Int?
    let colour: String
    var title: String { label }
    enum CodingKeys: String, CodingKey {
        case label = "shelf_label", room
        case colour
    }
}
struct Mark: Encodable { let shelf: String; let made: Int }
struct Odd: Encodable { let shelf: String; func encode(to encoder: Encoder) throws {} }
struct Plain { let shelf: String }
"""


def swift(call: str) -> Query:
    code = f"import Supabase\nfunc add(db: SupabaseClient, shelf: Shelf, shelves: [Shelf]) async throws {{ {call} }}\n"
    (query,) = queries({"Models/Shelf.swift": SWIFT, "Add.swift": code})
    return query


def test_swift_an_encodable_struct() -> None:
    for given in ("shelf", "shelves", "[shelf]", 'Shelf(label: "a", colour: "b")'):
        query = swift(f'try await db.from("t").insert({given}).execute()')
        assert ([w.column for w in query.written], query.written_complete) == (["shelf_label", "colour"], False), given
        start, end = query.written[0].place.start, query.written[0].place.end
        assert SWIFT.encode()[start:end] == b"shelf_label"
    for name, keys, whole in (("Mark", ["shelf", "made"], True), ("Odd", [], False), ("Plain", [], False)):
        code = (
            f'import Supabase\nfunc add(db: SupabaseClient) async throws {{ db.from("t").insert({name}(shelf: "a")) }}'
        )
        (query,) = queries({"Add.swift": SWIFT + code})
        assert ([w.column for w in query.written], query.written_complete) == (keys, whole), name
