"""Two values under one name: what a call is given is what its variable holds there, in every language."""

from __future__ import annotations

import pytest

from code_project import HEADS, queries
from tripoint.sources.code.python import read_python


def written(suffix: str, body: str) -> list[str]:
    """Each query as `table: keys`, in order."""
    end = "" if suffix == ".py" else "\n}\n"
    code = HEADS[suffix] + ("\n".join("    " + line for line in body.splitlines()) if suffix == ".py" else body) + end
    return [f"{q.name}: {' '.join(sorted({w.column for w in q.written}))}" for q in queries(code, suffix)]


BRANCHES = {
    "dart-if": (
        ".dart",
        (
            "if (a) { final row = {'k': 1}; await db.from('x').insert(row); }\n"
            "else { final row = {'l': 1}; await db.from('y').insert(row); }"
        ),
    ),
    "dart-var": (
        ".dart",
        (
            "var row;\nif (a) { row = {'k': 1}; await db.from('x').insert(row); }\n"
            "else { row = {'l': 1}; await db.from('y').insert(row); }"
        ),
    ),
    "dart-switch": (
        ".dart",
        (
            "switch (a) { case 1: final row = {'k': 1}; await db.from('x').insert(row); break;\n"
            "default: final row = {'l': 1}; await db.from('y').insert(row); }"
        ),
    ),
    "dart-try": (
        ".dart",
        (
            "try { final row = {'k': 1}; await db.from('x').insert(row); }\n"
            "catch (e) { final row = {'l': 1}; await db.from('y').insert(row); }"
        ),
    ),
    "dart-loops": (
        ".dart",
        (
            "for (final r in rows) { final row = {'k': r}; await db.from('x').insert(row); }\n"
            "for (final r in rows) { final row = {'l': r}; await db.from('y').insert(row); }"
        ),
    ),
    "dart-keys": (
        ".dart",
        (
            "if (a) { final row = <String, dynamic>{}; row['k'] = 1; await db.from('x').insert(row); }\n"
            "else { final row = <String, dynamic>{}; row['l'] = 1; await db.from('y').insert(row); }"
        ),
    ),
    "dart-appended": (
        ".dart",
        (
            "if (a) { final all = []; for (final r in rows) { all.add({'k': 1}); } await db.from('x').insert(all); }\n"
            "else { final all = []; for (final r in rows) { all.add({'l': 1}); } await db.from('y').insert(all); }"
        ),
    ),
    "kotlin-if": (
        ".kt",
        (
            'if (a > 1) { val row = buildJsonObject { put("k", 1) }; db.from("x").insert(row) }\n'
            'else { val row = buildJsonObject { put("l", 1) }; db.from("y").insert(row) }'
        ),
    ),
    "kotlin-when": (
        ".kt",
        (
            'when (a) { 1 -> { val row = mapOf("k" to 1); db.from("x").insert(row) }\n'
            'else -> { val row = mapOf("l" to 1); db.from("y").insert(row) } }'
        ),
    ),
    "kotlin-try": (
        ".kt",
        (
            'try { val row = mapOf("k" to 1); db.from("x").insert(row) }\n'
            'catch (e: Exception) { val row = mapOf("l" to 1); db.from("y").insert(row) }'
        ),
    ),
    "kotlin-loop": (
        ".kt",
        (
            'for (r in rows) { val row = mapOf("k" to 1); db.from("x").insert(row) }\n'
            'while (a > 1) { val row = mapOf("l" to 1); db.from("y").insert(row) }'
        ),
    ),
    "swift-if": (
        ".swift",
        (
            'if a > 1 { let row = ["k": 1]; try await db.from("x").insert(row).execute() }\n'
            'else { let row = ["l": 1]; try await db.from("y").insert(row).execute() }'
        ),
    ),
    "swift-switch": (
        ".swift",
        (
            'switch a { case 1: let row = ["k": 1]; try await db.from("x").insert(row).execute()\n'
            'default: let row = ["l": 1]; try await db.from("y").insert(row).execute() }'
        ),
    ),
    "swift-catch": (
        ".swift",
        (
            'do { let row = ["k": 1]; try await db.from("x").insert(row).execute() }\n'
            'catch { let row = ["l": 1]; try await db.from("y").insert(row).execute() }'
        ),
    ),
    "swift-var": (
        ".swift",
        (
            'var row = ["j": 1]\nif a > 1 { row = ["k": 1]; try await db.from("x").insert(row).execute() }\n'
            'else { row = ["l": 1]; try await db.from("y").insert(row).execute() }'
        ),
    ),
    "go-if": (
        ".go",
        (
            'if a > 1 { row := map[string]any{"k": 1}; db.From("x").Insert(row, false, "", "", "").Execute() } else {\n'
            'row := map[string]any{"l": 1}; db.From("y").Insert(row, false, "", "", "").Execute() }'
        ),
    ),
    "go-switch": (
        ".go",
        (
            'switch a { case 1: row := map[string]any{"k": 1}; db.From("x").Insert(row, false, "", "", "").Execute()\n'
            'default: row := map[string]any{"l": 1}; db.From("y").Insert(row, false, "", "", "").Execute() }'
        ),
    ),
    "go-var": (
        ".go",
        (
            'var row map[string]any\nif a > 1 { row = map[string]any{"k": 1}\n'
            'db.From("x").Insert(row, false, "", "", "").Execute() } else {\n'
            'row = map[string]any{"l": 1}; db.From("y").Insert(row, false, "", "", "").Execute() }'
        ),
    ),
    "python-if": (
        ".py",
        (
            "if a:\n    row = {'k': 1}\n    db.table('x').insert(row).execute()\n"
            "else:\n    row = {'l': 1}\n    db.table('y').insert(row).execute()"
        ),
    ),
    "python-one-after-the-other": (
        ".py",
        "row = {'k': 1}\ndb.table('x').insert(row).execute()\nrow = {'l': 1}\ndb.table('y').insert(row).execute()",
    ),
    "python-try": (
        ".py",
        (
            "try:\n    row = {'k': 1}\n    db.table('x').insert(row).execute()\n"
            "except Exception:\n    row = {'l': 1}\n    db.table('y').insert(row).execute()"
        ),
    ),
    "python-match": (
        ".py",
        (
            "match a:\n    case 1:\n        row = {'k': 1}\n        db.table('x').insert(row).execute()\n"
            "    case _:\n        row = {'l': 1}\n        db.table('y').insert(row).execute()"
        ),
    ),
    "python-keys": (
        ".py",
        (
            "if a:\n    row = {}\n    row['k'] = 1\n    db.table('x').insert(row).execute()\n"
            "else:\n    row = {}\n    row['l'] = 1\n    db.table('y').insert(row).execute()"
        ),
    ),
    "python-tables": (
        ".py",
        "name = 'x'\ndb.table(name).insert({'k': 1}).execute()\nname = 'y'\ndb.table(name).insert({'l': 1}).execute()",
    ),
    "python-builders": (
        ".py",
        (
            "q = db.table('x')\nq = q.insert({'k': 1})\nq.execute()\n"
            "q = db.table('y')\nq = q.insert({'l': 1})\nq.execute()"
        ),
    ),
    "typescript-let": (
        ".ts",
        (
            "let row\nif (a) { row = { k: 1 }; await db.from('x').insert(row) }\n"
            "else { row = { l: 1 }; await db.from('y').insert(row) }"
        ),
    ),
    "typescript-switch": (
        ".ts",
        (
            "let row\nswitch (a) { case 1: row = { k: 1 }; await db.from('x').insert(row); break\n"
            "default: row = { l: 1 }; await db.from('y').insert(row) }"
        ),
    ),
    "typescript-one-after-the-other": (
        ".ts",
        "let row: any = { k: 1 }\nawait db.from('x').insert(row)\nrow = { l: 1 }\nawait db.from('y').insert(row)",
    ),
}


@pytest.mark.parametrize("case", BRANCHES, ids=list(BRANCHES))
def test_what_one_branch_holds_is_not_what_the_other_holds(case: str) -> None:
    assert written(*BRANCHES[case]) == ["x: k", "y: l"]


BOTH = {
    "dart": (".dart", "var row = {'k': 1};\nif (a) { row = {'l': 1}; }\nawait db.from('x').insert(row);"),
    "dart-without-braces": (
        ".dart",
        "var row;\nif (a) row = {'k': 1}; else row = {'l': 1};\nawait db.from('x').insert(row);",
    ),
    "dart-closure": (
        ".dart",
        "var row = {'k': 1};\nlist.forEach((r) { row = {'l': 1}; });\nawait db.from('x').insert(row);",
    ),
    "kotlin": (
        ".kt",
        'var row = mapOf("k" to 1)\nif (a > 1) row = mapOf("l" to 1)\ndb.from("x").insert(row)',
    ),
    "kotlin-when": (
        ".kt",
        (
            'var row: Any\nwhen (a) { 1 -> row = mapOf("k" to 1)\nelse -> row = mapOf("l" to 1) }\n'
            'db.from("x").insert(row)'
        ),
    ),
    "swift": (
        ".swift",
        (
            'let row: [String: Int]\nif a > 1 { row = ["k": 1] } else { row = ["l": 1] }\n'
            'try await db.from("x").insert(row).execute()'
        ),
    ),
    "go": (
        ".go",
        (
            'row := map[string]any{"k": 1}\nif a > 1 { row = map[string]any{"l": 1} }\n'
            'db.From("x").Insert(row, false, "", "", "").Execute()'
        ),
    ),
    "go-loop": (
        ".go",
        (
            'row := map[string]any{"k": 1}\nfor i := 0; i < 2; i++ {\n'
            'db.From("x").Insert(row, false, "", "", "").Execute()\nrow = map[string]any{"l": 1} }'
        ),
    ),
    "python": (".py", "row = {'k': 1}\nif a:\n    row = {'l': 1}\ndb.table('x').insert(row).execute()"),
    "python-loop": (
        ".py",
        "row = {'k': 1}\nfor r in rows:\n    db.table('x').insert(row).execute()\n    row = {'l': 1}",
    ),
    "python-try": (
        ".py",
        "row = {'k': 1}\ntry:\n    row = {'l': 1}\nfinally:\n    db.table('x').insert(row).execute()",
    ),
    "typescript": (".ts", "let row: any = { k: 1 }\nif (a) row = { l: 1 }\nawait db.from('x').insert(row)"),
    "typescript-else": (
        ".ts",
        "let row\nif (a) row = { k: 1 }\nelse row = { l: 1 }\nawait db.from('x').insert(row)",
    ),
    "typescript-var": (
        ".ts",
        "if (a) { var row = { k: 1 } } else { var row = { l: 1 } }\nawait db.from('x').insert(row)",
    ),
    "typescript-loop": (
        ".ts",
        "let row: any = { k: 1 }\nwhile (a) { await db.from('x').insert(row); row = { l: 1 } }",
    ),
    "typescript-callback": (
        ".ts",
        "let row: any = { k: 1 }\nrows.forEach((r) => { row = { l: 1 } })\nawait db.from('x').insert(row)",
    ),
}


@pytest.mark.parametrize("case", BOTH, ids=list(BOTH))
def test_what_may_be_held_by_way_of_either_is_both(case: str) -> None:
    assert written(*BOTH[case]) == ["x: k l"]


def test_an_unwrapped_name_is_seen_where_it_is_bound() -> None:
    guarded = 'guard let row = make() else { return }\ntry await db.from("x").insert(row).execute()'
    assert written(".swift", guarded + '\n}\nfunc make() -> [String: Int]? { return ["k": 1]') == ["x: k"]
    shadowed = 'let row = ["k": 1]\nif let row = other { print(row) }\ntry await db.from("x").insert(row).execute()'
    assert written(".swift", shadowed) == ["x: k"]


def test_a_name_in_a_closure_is_its_own() -> None:
    body = "final row = {'k': 1};\nlist.forEach((r) { final row = {'l': 1}; print(row); });\n"
    assert written(".dart", body + "await db.from('x').insert(row);") == ["x: k"]
    python = "row = {'k': 1}\nseen = [row for row in rows]\ndb.table('x').insert(row).execute()"
    assert written(".py", python) == ["x: k"]


def test_a_query_that_is_continued_in_a_branch_stays_one() -> None:
    body = "var q = db.from('x').select();\nif (a) { q = q.eq('k', 1); }\nif (a) q = q.eq('l', 1);\nawait q;"
    head = HEADS[".dart"]
    (found,) = queries(head + body + "}", ".dart")
    assert [one.column for one in found.filters] == ["k", "l"]
    lines = ["q = db.table('x').select('*')", "if a:", "    q = q.eq('k', 1)", "q = q.eq('l', 1)", "q.execute()"]
    (found,) = queries(HEADS[".py"] + "".join(f"    {line}\n" for line in lines), ".py")
    assert [one.column for one in found.filters] == ["k", "l"]


HELPERS = {
    ".dart": (
        (
            "Future<void> all(String name, bool mine) async {\n  var q = db.from(name).select().eq('k', 1);\n"
            "  if (mine) {\n    q = q.eq('l', 1);\n  }\n  await q.eq('m', 1);\n}\n"
        ),
        "all('x', true);\nall('y', false);\n",
    ),
    ".py": (
        (
            "def all(name, mine):\n    q = db.table(name).select('*').eq('k', 1)\n"
            "    if mine:\n        q = q.eq('l', 1)\n    q.eq('m', 1).execute()\n"
        ),
        "    all('x', True)\n    all('y', False)\n",
    ),
}


@pytest.mark.parametrize("suffix", HELPERS)
def test_what_a_branch_adds_is_not_of_each_table_that_a_helper_is_handed(suffix: str) -> None:
    helper, calls = HELPERS[suffix]
    opening, closing = HEADS[suffix].rstrip("\n").rpartition("\n")[::2]
    code = f"{opening}\n{helper}{closing}\n{calls}" + ("" if suffix == ".py" else "}\n")
    found = {query.name: [one.column for one in query.filters] for query in queries(code, suffix)}
    assert found == {"x": ["k", "m"], "y": ["k", "m"]}


def test_a_function_of_another_type_than_a_query_narrows_none() -> None:
    head = "import 'package:supabase_flutter/supabase_flutter.dart';\nfinal db = Supabase.instance.client;\n"
    narrows = "{0} own({0} q) => q.eq('k', 1);\nvoid main() {{ own(db.from('x').select()); }}\n"
    for written, filters in (("PostgrestFilterBuilder", ["k"]), ("dynamic", ["k"]), ("List<int>", [])):
        (found,) = queries(head + narrows.format(written), ".dart")
        assert [one.column for one in found.filters] == filters


def test_a_block_that_holds_a_loop_alone_is_around_it() -> None:
    """Both begin and end at the same places, and the grammar gives them in an order that changes from run to run."""
    code = "".join(
        f"def f{i}(rows):\n    for row in rows:\n        for cell in row:\n            use(cell)\n" for i in range(50)
    )
    scopes = read_python(code.encode()).scopes
    loops = [scope for scope in scopes if scope.loops]
    assert len(loops) == 100
    for inner in loops[1::2]:
        around = scopes[inner.parent]
        assert (around.start, around.end, around.loops) == (inner.start, inner.end, False)
        assert scopes[around.parent].loops
