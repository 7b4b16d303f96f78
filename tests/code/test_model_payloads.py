"""What a model writes of itself is what the call that is given the model writes."""

from __future__ import annotations

import pytest

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
    query = dart("final row = shelf.toJson(); row.removeWhere((k, v) => k == v); await db.from('t').insert(row);")
    assert (query.written, query.written_complete) == ((), False)


@pytest.mark.parametrize(
    ("row", "columns", "whole"),
    [
        ("shelf.toJson()..remove('label')", ["room_no"], True),
        ("shelf.toJson()..remove('label')..['label'] = 'a'..addAll({'owner': 1})", ["label", "room_no", "owner"], True),
        ("shelf.toJson()..remove(key)", [], False),
        ("shelf.toJson()..removeWhere((k, v) => v == null)", ["label", "room_no"], True),
        ("shelf.toJson()..removeWhere((k, v) => k == 'label')", [], False),
        ("shelf.toJson()..update('label', (v) => v)", [], False),
        ("{'label': 1, 'owner': 2}..remove('owner')", ["label"], True),
    ],
)
def test_dart_a_map_that_is_changed_in_a_cascade(row: str, columns: list[str], whole: bool) -> None:
    for query in (
        dart(f"await db.from('shelves').insert({row});"),
        dart(f"final row = {row}; await db.from('shelves').insert(row);"),
    ):
        assert ([written.column for written in query.written], query.written_complete) == (columns, whole)


def test_dart_what_has_no_value_is_left_out() -> None:
    query = dart(
        "final row = shelf.toJson(); row.removeWhere((key, value) => value == null); db.from('t').insert(row);"
    )
    assert ([w.column for w in query.written], query.written_complete) == (["label", "room_no"], True)
    query = dart("final row = shelf.toJson(); row.remove('label'); db.from('t').insert(row);")
    assert [w.column for w in query.written] == ["room_no"]
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


@pytest.mark.parametrize(
    "extension",
    [
        "fun Item.toRow() = Mark(shelf = label, made = 1)",
        "fun Item.toRow(): Mark {\n    return Mark(label, 1)\n}",
        "internal fun Item?.toRow(): Mark = Mark(label, 1)",
    ],
)
def test_kotlin_a_function_that_extends_a_class(extension: str) -> None:
    head = "package org.shelves\nimport io.github.jan.supabase.SupabaseClient\nimport org.shelves.model.*\n"
    code = f"{head}import io.github.jan.supabase.postgrest.from\nimport org.shelves.model.Item\n"
    code += 'suspend fun add(db: SupabaseClient, item: Item) { db.from("marks").insert(item.toRow()) }\n'
    item = "package org.shelves.model\ndata class Item(val label: String)\n"
    folder = "src/org/shelves/model"
    files = {f"{folder}/Shelf.kt": KOTLIN, f"{folder}/Item.kt": item, "src/org/shelves/Add.kt": code}
    (query,) = queries({**files, f"{folder}/Rows.kt": f"package org.shelves.model\n{extension}\n"})
    assert ([written.column for written in query.written], query.written_complete) == (["shelf", "made"], True)
    # Of two that are called so, which one is meant is open.
    two = {f"{folder}/{name}.kt": f"package org.shelves.model\n{extension}\n" for name in ("Rows", "Others")}
    (query,) = queries({**files, **two})
    assert query.written == ()


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


def test_kotlin_keys_that_a_constructor_is_given() -> None:
    for given, keys in (
        ('Shelf("a", 1, "b", id = "c")', ["shelf_label", "room", "id"]),
        ('Shelf("a", 1, "b", true, "c")', ["shelf_label", "room", "id"]),
        ('Shelf("a", 1, "b", id = null)', ["shelf_label", "room"]),
        ('if (shelf.open) Shelf("a", 1, "b", id = "c") else Shelf("a", 2, "b")', ["shelf_label", "room", "id"]),
    ):
        query = kotlin(f'val row = {given}\ndb.from("t").insert(row)')
        assert ([w.column for w in query.written], query.written_complete) == (keys, False), given


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
struct Patch: Encodable { let label: String?; let room: Int? }
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


def test_swift_keys_that_an_initializer_is_given() -> None:
    for given, keys in (
        ('Shelf(label: "a", room: 1, colour: "b")', ["shelf_label", "colour", "room"]),
        ('Shelf(label: "a", room: nil, colour: "b")', ["shelf_label", "colour"]),
    ):
        for code in (f"db.from('t').insert({given})", f"let row = {given}\n try await db.from('t').insert([row])"):
            query = swift(code.replace("'", '"'))
            assert ([w.column for w in query.written], query.written_complete) == (keys, False), given
    rows = 'var rows: [Shelf] = []\nrows.append(Shelf(label: "a", room: 1, colour: "b"))\n'
    assert [w.column for w in swift(rows + 'try await db.from("t").insert(rows)').written] == [
        *("shelf_label", "colour", "room")
    ]


def test_swift_what_is_only_ever_written_is_made_to_write_what_it_may_leave_out() -> None:
    query = swift('let patch: Patch = made()\ntry await db.from("t").update(patch).execute()')
    assert ([w.column for w in query.written], query.written_complete) == (["label", "room"], False)


PYTHON = """
from dataclasses import dataclass, field
from typing import Any, ClassVar, List, Optional, TypedDict
from typing_extensions import NotRequired
from pydantic import BaseModel, Field, PrivateAttr

class Base(BaseModel):
    label: str

class Shelf(Base):
    room: Optional[int] = None
    made_by: str = Field("me", alias="madeBy")
    secret: str = Field(exclude=True)
    rules: ClassVar[int] = 1
    _cache: dict = PrivateAttr(default_factory=dict)
    model_config = {"title": "x"}

    def full(self) -> str:
        self.other: str = "a"
        return self.label

class Own(BaseModel):
    label: str
    def model_dump(self):
        return {"title": self.label}

class Strange(BaseModel, Unheard):
    label: str

@dataclass
class Mark:
    shelf: str
    places: List[str] = field(default_factory=list)
    count: ClassVar[int] = 0

class Row(TypedDict):
    shelf: str
    note: NotRequired[str]

class Part(TypedDict, total=False):
    shelf: str

class Free:
    shelf: str
"""


def python(parameter: str, *body: str) -> Query:
    code = "from dataclasses import asdict\nfrom fastapi.encoders import jsonable_encoder\n"
    code += "from supabase import Client\nfrom shelf import *\nfrom typing import List\n"
    code += f"def add(db: Client, given: {parameter}):\n" + "".join(f"    {line}\n" for line in body)
    (query,) = queries({"app/shelf.py": PYTHON, "app/add.py": code})
    return query


def keys(query: Query) -> tuple[list[str], bool]:
    return sorted(written.column for written in query.written), query.written_complete


def test_python_what_a_model_dumps() -> None:
    every = ["label", "made_by", "room"]
    for given, expected in {
        "given.model_dump()": (every, True),
        "given.dict()": (every, True),
        "given.model_dump(mode='json', by_alias=True)": (["label", "madeBy", "room"], True),
        "given.model_dump(exclude_none=True)": (every, False),
        "given.model_dump(exclude_unset=True)": (every, False),
        "given.model_dump(exclude={'room', 'made_by'})": (["label"], True),
        "given.model_dump(exclude=EXCEPT)": (["made_by"], True),
        "given.model_dump(include={'label': True})": (["label"], True),
        "jsonable_encoder(given)": (["label", "madeBy", "room"], True),
        "{**given.model_dump(), 'owner': 1}": ([*every, "owner"], True),
        "Shelf(**data).model_dump()": (every, True),
        "Shelf.model_validate(data).model_dump()": (every, True),
        # What can't be told claims nothing.
        "given.model_dump(exclude=names())": ([], False),
        "given.model_dump(by_alias=choose)": ([], False),
        "given.model_dump(**options)": ([], False),
        "given.other()": ([], False),
        "given": ([], False),
    }.items():
        query = python("Shelf", "EXCEPT = {'label', 'room'}", f"db.table('t').insert({given}).execute()")
        assert keys(query) == (sorted(expected[0]), expected[1]), given


def test_python_keys_that_are_given_and_taken_on_the_way() -> None:
    insert = "db.table('t').insert(row).execute()"
    for lines, expected in {
        ("row = given.model_dump()", "row['owner'] = 1"): (["label", "made_by", "owner", "room"], True),
        ("row = given.model_dump()", "row.update({'owner': 1}, kind=2)"): (
            ["kind", "label", "made_by", "owner", "room"],
            True,
        ),
        ("row = given.model_dump()", "row.update(more)"): (["label", "made_by", "room"], False),
        ("row = given.model_dump()", "row.pop('room')", "del row['made_by']"): (["label"], False),
        ("row = given.model_dump()", "del row[key]"): ([], False),
        ("row = {k: v for k, v in given.model_dump().items() if v}",): ([], False),
    }.items():
        assert keys(python("Shelf", *lines, insert)) == expected, lines


def test_python_lists_of_models() -> None:
    for annotation in ("List[Shelf]", "list[Shelf]"):
        query = python(annotation, "db.table('t').insert([one.model_dump() for one in given]).execute()")
        assert keys(query) == (["label", "made_by", "room"], True)
        query = python(annotation, "for one in given:", "    db.table('t').insert(one.dict()).execute()")
        assert keys(query) == (["label", "made_by", "room"], True)


def test_python_classes_that_say_it_otherwise() -> None:
    for annotation, given, expected in (
        ("Own", "given.model_dump()", (["title"], True)),
        ("Strange", "given.model_dump()", ([], False)),
        ("Base", "given.model_dump()", (["label"], False)),  # an object of the class below it has more
        ("Mark", "asdict(given)", (["places", "shelf"], True)),
        ("Mark", "given.model_dump()", ([], False)),
        ("Shelf", "asdict(given)", ([], False)),
        ("Mark", "given", ([], False)),
        ("Row", "given", (["shelf"], False)),
        ("List[Row]", "given", (["shelf"], False)),
        ("Part", "given", ([], False)),
        ("Free", "given", ([], False)),
        ("Unheard", "given.model_dump()", ([], False)),
    ):
        assert keys(python(annotation, f"db.table('t').insert({given}).execute()")) == expected, (annotation, given)


def test_python_where_a_key_stands() -> None:
    query = python("Shelf", "db.table('t').insert(given.model_dump()).execute()")
    shown = {w.column: PYTHON.encode()[w.place.start : w.place.end] for w in query.written}
    assert shown == {"label": b"label", "room": b"room", "made_by": b"made_by"}
    assert {w.place.path for w in query.written} == {"app/shelf.py"}


def test_python_a_field_of_another_file_stands_where_it_is_inherited() -> None:
    below = "from shelf import Base\nclass Below(Base):\n    height: int\n"
    code = "from supabase import Client\nfrom below import Below\n"
    code += "def add(db: Client, given: Below):\n    db.table('t').insert(given.model_dump()).execute()\n"
    (query,) = queries({"app/shelf.py": PYTHON, "app/below.py": below, "app/add.py": code})
    shown = {w.column: below[w.place.start : w.place.end] for w in query.written}
    assert shown == {"label": "Base", "height": "height"}
    assert {w.place.path for w in query.written} == {"app/below.py"}


def test_dart_rows_that_are_made_by_mapping() -> None:
    query = dart("await db.from('shelves').insert(names.map((n) => {'label': n, 'room_no': 1}).toList());")
    assert ([w.column for w in query.written], query.written_complete) == (["label", "room_no"], True)
    query = dart("await db.from('shelves').insert(names.map(made).toList());")
    assert (query.written, query.written_complete) == ((), False)


def test_dart_lists_of_models() -> None:
    label = ["label", "room_no"]
    for call in (
        "await db.from('shelves').insert(shelves.map((e) => e.toJson()).toList());",
        "await db.from('shelves').insert([for (final one in shelves) one.toJson()]);",
        "for (final one in shelves) { await db.from('shelves').insert(one.toJson()); }",
        "final full = shelves.where((s) => s.room != null); await db.from('x').insert(full.map((s) => s.toJson()));",
        "shelves.forEach((one) async { await db.from('shelves').insert(one.toJson()); });",
    ):
        code = "import 'package:supabase_flutter/supabase_flutter.dart';\nimport 'shelf.dart';\n"
        code += f"Future<void> add(SupabaseClient db, List<Shelf> shelves) async {{ {call} }}\n"
        (query,) = queries({"lib/shelf.dart": SHELF, "lib/add.dart": code})
        assert ([w.column for w in query.written], query.written_complete) == (label, True)


def test_what_a_mapping_adds_to_its_rows_is_written_too() -> None:
    query = dart(
        "final rows = [shelf].map((e) { final row = {'label': 'x'}; row['n'] = 1; return row; }).toList(); "
        "await db.from('shelves').insert(rows);"
    )
    assert ([w.column for w in query.written], query.written_complete) == (["label", "n"], False)
    assert dart("await db.from('t').insert(others.map((e) => e.toJson()).toList());").written == ()


DECODED = """
struct Shelf: Codable {
  let id: UUID
  let label: String
  let colour: String?
  var open: Bool = false
  static let kinds: String = ""
  let wallPaper: String
  enum CodingKeys: String, CodingKey { case id, open, wallPaper; case label = "shelf_label"; case colour }
}
struct Own: Codable {
  let mark: String
  init(from decoder: Decoder) throws { mark = "" }
}
struct Written: Encodable { let mark: String }
"""


@pytest.mark.parametrize(
    ("code", "keys"),
    [
        ("func f() async throws -> [Shelf] { try await db.from('t').select().execute().value }", ["id", "shelf_label"]),
        ("func f() async throws { let s: Shelf? = try await db.from('t').select().execute().value }",
         ["id", "shelf_label"]),
        ("var all: [Shelf] = []\nfunc f() async throws { all = try await db.from('t').select().execute().value }",
         ["id", "shelf_label"]),
        ("func f() async throws { let s: [Shelf] = try await db.from('t').delete().execute().value }", []),
        ("func f() async throws { let s: [Own] = try await db.from('t').select().execute().value }", []),
        ("func f() async throws { let s: [Written] = try await db.from('t').select().execute().value }", []),
        ("func f<T: Decodable>() async throws -> [T] { try await db.from('t').select().execute().value }", []),
    ],
)  # fmt: skip
def test_swift_what_a_row_is_decoded_into(code: str, keys: list[str]) -> None:
    code = f"import Supabase\nclass Store {{\nlet db: SupabaseClient\n{code}\n}}\n".replace("'", '"')
    (query,) = queries({"app/Shelf.swift": DECODED, "app/Store.swift": code})
    assert [one.column for one in query.decoded] == keys


@pytest.mark.parametrize(
    ("call", "keys"),
    [
        ('db.from("t").select().decodeList<Shelf>()', ["shelf_label"]),
        ('val s: List<Shelf> = db.from("t").select { filter { eq("id", "1") } }.decodeList()', ["shelf_label"]),
        ('db.from("t").select().decodeAs<List<Mark>>()', ["shelf", "made"]),
        ('db.from("t").select().decodeSingleOrNull<Plain>()', []),
        ('val all = db.from("t").select()\nreturn all.decodeList<Shelf>()', ["shelf_label"]),
        ('val all = db.from("t").select()\nall.decodeList<Mark>()\nall.decodeList<Shelf>()', []),
    ],
)
def test_kotlin_what_a_row_is_decoded_into(call: str, keys: list[str]) -> None:
    code = "package org.shelves.model\nimport io.github.jan.supabase.SupabaseClient\n"
    code += f"import io.github.jan.supabase.postgrest.from\nsuspend fun all(db: SupabaseClient) {{ {call} }}\n"
    (query,) = queries({"src/org/shelves/model/Shelf.kt": KOTLIN, "src/org/shelves/model/All.kt": code})
    assert [one.column for one in query.decoded] == keys


ANNOTATED = """
part 'shelf.g.dart';
@JsonSerializable(%s)
class Shelf {
  final String label;
  @JsonKey(name: 'room_no') final int room;
  @JsonKey(includeToJson: false) final List<Item> items;
  %s
  static const kinds = 3;
  Shelf(this.label, this.room, this.items);
  Map<String, dynamic> toJson() => _$ShelfToJson(this);
}
"""
FROZEN = """
@freezed
class Shelf with _$Shelf {
  const factory Shelf({required String label, @JsonKey(name: 'room_no') @Default(1) int room, String? note%s}) = _Shelf;
  %s
}
"""
FROM_JSON = "factory Shelf.fromJson(Map<String, dynamic> json) => _$ShelfFromJson(json);"


@pytest.mark.parametrize(
    ("model", "columns", "whole"),
    [
        (ANNOTATED % ("", ""), ["label", "room_no"], True),
        (ANNOTATED % ("", "final String? note;"), ["label", "room_no"], False),
        (ANNOTATED % ("", "final int madeAt;"), ["label", "room_no"], False),
        (ANNOTATED % ("", "@JsonKey(name: madeAt) final int made;"), ["label", "room_no"], False),
        (ANNOTATED % ("fieldRename: FieldRename.snake", "final int madeAt;"), ["label", "room_no", "made_at"], True),
        (ANNOTATED % ("createToJson: false", ""), [], False),
        (FROZEN % ("", FROM_JSON), ["label", "room_no"], False),
        (FROZEN % ("", ""), [], False),
        (FROZEN % ("", f"{FROM_JSON}\n  const factory Shelf.empty() = _Empty;"), [], False),
    ],
)
def test_dart_what_a_generator_writes_by_annotations(model: str, columns: list[str], whole: bool) -> None:
    code = "import 'package:supabase_flutter/supabase_flutter.dart';\nimport 'shelf.dart';\n"
    code += "Future<void> add(SupabaseClient db, Shelf shelf) async { db.from('shelves').insert(shelf.toJson()); }\n"
    (query,) = queries({"lib/shelf.dart": model, "lib/add.dart": code})
    assert ([written.column for written in query.written], query.written_complete) == (columns, whole)


def test_dart_the_generated_file_goes_before_the_annotations() -> None:
    written = "part of 'shelf.dart';\nMap<String, dynamic> _$ShelfToJson(Shelf s) => {'shelf_label': s.label};\n"
    code = "import 'package:supabase_flutter/supabase_flutter.dart';\nimport 'shelf.dart';\n"
    code += "Future<void> add(SupabaseClient db, Shelf shelf) async { db.from('shelves').insert(shelf.toJson()); }\n"
    files = {"lib/shelf.dart": ANNOTATED % ("", ""), "lib/shelf.g.dart": written, "lib/add.dart": code}
    (query,) = [query for query in queries(files) if query.written]
    assert [one.column for one in query.written] == ["shelf_label"]
