"""Projects in memory for the tests of the witness `code`."""

from __future__ import annotations

import posixpath
from collections.abc import Iterable

from tripoint.model.query import Query
from tripoint.sources.code.facts import CodeFacts
from tripoint.sources.code.fold import FoldedCode, fold_queries
from tripoint.sources.code.read import read_code
from tripoint.sources.layouts.kinds import LANGUAGES


def fold(files: dict[str, str]) -> FoldedCode:
    """Read and fold a project given as path → text."""
    data = {path: text.encode() for path, text in files.items()}

    suffixes = {path: posixpath.splitext(path)[1] for path in data}
    code = {path for path, suffix in suffixes.items() if suffix in LANGUAGES}

    def load(paths: Iterable[str]) -> dict[str, CodeFacts]:
        return {path: read_code(data[path], suffixes[path], full=True) for path in paths if path in code}

    facts = {path: read_code(data[path], suffixes[path]) for path in data if path in code}
    return fold_queries(facts, load, data, data.get)


def queries(files: dict[str, str] | str, suffix: str = ".ts") -> tuple[Query, ...]:
    """Return the queries of a project, or of one file."""
    return fold({f"src/main{suffix}": files} if isinstance(files, str) else files).queries


def names(files: dict[str, str] | str, suffix: str = ".ts") -> list[tuple[str, str | None]]:
    """Return (kind, name) of each query, in order."""
    return [(query.kind, query.name) for query in queries(files, suffix)]


HEADS = {
    ".dart": "import 'package:supabase_flutter/supabase_flutter.dart';\n"
    "final db = Supabase.instance.client;\nFuture<void> f(a, rows, list) async {\n",
    ".kt": "import io.github.jan.supabase.createSupabaseClient\nimport io.github.jan.supabase.postgrest.from\n"
    "val db = createSupabaseClient(u, k) { install(Postgrest) }\nsuspend fun f(a: Int, rows: List<Any>) {\n",
    ".swift": "import Supabase\nlet db = SupabaseClient(supabaseURL: u, supabaseKey: k)\n"
    "func f(a: Int, rows: [Any]) async throws {\n",
    ".go": 'package main\nimport "github.com/supabase-community/supabase-go"\n'
    "func f(a int, rows []any) {\ndb, _ := supabase.NewClient(u, k, nil)\n",
    ".py": "from supabase import create_client\ndb = create_client(u, k)\ndef f(a, rows):\n",
    ".ts": "import { createClient } from '@supabase/supabase-js'\nconst db = createClient(u, k)\n"
    "async function f(a: number, rows: any[]) {\n",
}
"""The beginning of a file in each language, by its suffix: a client `db`, and a function that is left open."""
CLIENT = "import { createClient } from '@supabase/supabase-js'\nconst supabase = createClient('u', 'k')\n"
"""The head of a file that makes a client."""
