"""Which names a script gives or calls by its bytes alone, held against what the parser says of the same script."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from hypothesis import given
from hypothesis import strategies as st

from code_project import CLIENT, fold
from tripoint.sources.code.exported import may_call, names_declared, names_exported
from tripoint.sources.code.facts import Ref
from tripoint.sources.code.imports import Imports
from tripoint.sources.code.read import read_code
from tripoint.sources.code.scene import FileScene
from tripoint.sources.code.walk import every_chain

EXPORTS = [
    "export const a = 1, b: string = 'x'",
    "export const a\n  = 1",
    "export const { a, b: c } = made",
    "export const [a] = made",
    "export let a, b",
    "export function a() {}",
    "export async function* a() {}",
    "export async\nfunction a() {}",
    "export default function a() {}",
    "export default { a: 1 }",
    "export class a {}",
    "export abstract class a {}",
    "export enum a { b }",
    "export const enum a { b }",
    "export declare const a: number, b: number",
    "export interface a { b: 1 }",
    "export type a = { b: 1 }",
    "export type a<T> = T",
    "export { a, b as c }",
    "export {\n  a, // the first, 'a'\n  b,\n}",
    "export { default } from './a'",
    "export { default as a } from './a'",
    "export type { a } from './a'",
    "export * from './a'",
    "export * as a from './a'",
    "export type * from './a'",
    "export/**/const a = 1",
    "export const $a = 1, b$ = 2",
    "export namespace a { export const b = 1 }",
    "module.exports = { a, b: 1 }",
    "module.exports.a = 1",
    "exports.a = 1",
    "exports['a'] = 1",
    "module['exports'].a = 1",
    "@made\nexport class a {}",
    "export @made class a {}",
    "export import a = b",
    "const a = 1",
]


def exported(script: str) -> Iterator[str]:
    facts = read_code(script.encode(), ".ts", full=True)
    yield from (export.name for export in facts.exports)
    if not facts.exports:  # then whatever is declared may be meant
        yield from (binding.name for binding in facts.bindings if binding.scope == 0)


DECLARATIONS = [
    "int made() => 1;",
    "int made<T extends num>(T x) { return 1; }",
    "Future<int> made() async {}",
    "List<int>made() => [];",
    "int?made;",
    "made() {}",
    "external int made();",
    "@deprecated\nint made(int a) => a;",
    "@pragma('vm:entry-point')made() {}",
    "int get made => 1;",
    "int get made { return 1; }",
    "set made(int x) {}",
    "const made = 1;",
    "const made=1;",
    "final int a = 1, made = 2;",
    "int a,made;",
    "int a = f(1, 2), made;",
    "late final String made;",
    "(int, int) made = (1, 2);",
    "(int, int) made() => (1, 2);",
    "var made /* one */ = 1;",
    "var made // one\n = 1;",
    "/* one */made() {}",
    "class made {}",
    "class made<T> extends B<T> {}",
    "abstract interface class made {}",
    "mixin class made {}",
    "mixin made on B {}",
    "enum made { a, b }",
    "extension made on B {}",
    "extension type made(int id) {}",
    "typedef made = int Function();",
    "typedef made<T> = List<T>;",
    "typedef int made(int x);",
    "class C = B with made;",
    "class made = B with M;",
    "enum A { b }made() {}",
    "int a = 1;made() {}",
]
USES = [
    "class A extends made<int> { made<int> f(made a) { g(a as made); return made; } }",
    "made x = f<made>();",
    "final made? y = z;",
    "List<made> w = [];",
    "Map<made, int> v = {};",
    "final u = t(x.made);",
    "bool s(Object o) => o is made;",
]


@pytest.mark.parametrize("line", DECLARATIONS)
def test_no_name_that_dart_declares_is_lost(line: str) -> None:
    facts = read_code(line.encode(), ".dart", full=True)
    found = names_declared(line.encode())
    assert found is not None
    assert {export.name for export in facts.exports} <= {name.decode() for name in found}
    assert b"made" in found or "with made" in line


@given(
    st.lists(st.sampled_from([*DECLARATIONS, *USES, "import 'a.dart' show made;", "// made"])),
    st.sampled_from(["\n", "", " ", "\r\n"]),
)
def test_no_name_of_a_library_is_lost(lines: list[str], end: str) -> None:
    library = end.join(lines)
    facts = read_code(library.encode(), ".dart", full=True)
    found = names_declared(library.encode())
    assert found is not None
    assert {export.name for export in facts.exports} <= {name.decode() for name in found}


@pytest.mark.parametrize("line", USES)
def test_a_type_that_is_used_is_not_declared(line: str) -> None:
    assert b"made" not in (names_declared(line.encode()) or set())


@given(
    st.lists(st.sampled_from([*EXPORTS, "import { a, z } from './z'", "z(a)", "// export", "const q = { z: a }"])),
    st.sampled_from(["\n", ";\n", " ;", "\r\n"]),
)
def test_no_name_is_lost(lines: list[str], end: str) -> None:
    script = end.join(lines)
    given_names = names_exported(script.encode())
    assert given_names is None or {name for name in exported(script) if name != "default"} <= {
        name.decode() for name in given_names
    }


@pytest.mark.parametrize("line", EXPORTS)
def test_no_name_of_one_export_is_lost(line: str) -> None:
    given_names = names_exported(line.encode())
    assert given_names is None or {name for name in exported(line) if name != "default"} <= {
        name.decode() for name in given_names
    }


def test_what_a_script_imports_it_does_not_give() -> None:
    script = b"import { logger } from './logger'\nexport const load = () => logger.info('x')\nexport class Store {}\n"
    assert names_exported(script) == frozenset((b"load", b"Store"))


def test_a_name_is_found_past_the_files_of_a_barrel_that_only_use_it() -> None:
    files = {
        "lib/index.ts": "export * from './use'\nexport * from './deep'\n",
        "lib/use.ts": "import { TABLE } from './names'\nexport const size = TABLE.length\n",
        "lib/deep.ts": "export * from './names'\n",
        "lib/names.ts": "export const OTHER = 'b', TABLE = 'orders'\n",
        "app.ts": f"{CLIENT}import {{ TABLE }} from './lib'\nexport const all = () => supabase.from(TABLE)\n",
    }
    folded = fold(files)
    assert [query.name for query in folded.queries] == ["orders"]
    assert "lib/use.ts" not in folded.asked_files


def test_a_name_is_looked_for_among_the_files_of_a_barrel_once(monkeypatch: pytest.MonkeyPatch) -> None:
    asked: list[tuple[str, str]] = []
    giving = Imports.giving

    def counted(self: Imports, path: str, name: str) -> FileScene | None:
        asked.append((path, name))
        return giving(self, path, name)

    monkeypatch.setattr(Imports, "giving", counted)
    parts = range(30)
    files = {"lib/all.dart": "".join(f"export 'part{part}.dart';\n" for part in parts)}
    files |= {
        f"lib/part{part}.dart": f"import 'all.dart';\nconst table{part} = 'things{part}';\n"
        f"class Source{part} {{ final one = Source29(); Future all() => db.from(table29).select(); }}\n"
        for part in parts
    }
    head = "import 'package:supabase_flutter/supabase_flutter.dart';\nfinal db = Supabase.instance.client;\n"
    files["lib/part0.dart"] = f"import 'all.dart';\n{head}const table0 = 'things0';\n"
    folded = fold(files)
    assert {query.name for query in folded.queries} == {"things29"}
    assert len(asked) < 2 * len(set(asked))


CALLS = [
    "made(1)",
    "made /* with */ (1)",
    "made // so\n (1)",
    "made<string>(1)",
    "made?.(1)",
    "made!(1)",
    "(made)(1)",
    "(made as any)(1)",
    "(made satisfies F)(1)",
    "x.made\n  (1)",
    "x['made'](1)",
    'x["made"](1)',
    "x[`made`](1)",
    "new made(1)",
    "new made",
    "new lib.made()",
    "class A extends made { constructor() { super(1) } }",
    "class A extends lib . made {}",
    "await made(1)",
    "f(made(1))",
]
DART_CALLS = [
    "final x = made(1);",
    "final x = made<int>(1);",
    "final x = made /* with */ (1);",
    "final x = y.made(1);",
    "final x = y?.made(1);",
    "final x = y..made(1);",
    "final x = made!(1);",
    "final x = made?.call(1);",
    "final x = new made(1);",
    "final x = const made(1);",
    "final x = Y.made(1);",
    "final x = '${made(1)}';",
    "class A extends made { A() : super(1); }",
    "class A extends lib.made { A(super.x); }",
    "class A extends made<int> {}",
    "class A { factory A() = made; }",
    "@made(1)\nclass A {}",
]
NO_DART_CALLS = ["import 'm.dart' show made;", "made x() => y;", "remade(1);", "made2(1);"]
NO_CALLS = [
    "import { made } from './m'",
    "export { made }",
    "const x = made",
    "const y = { made, z: made }",
    "made.other(1)",
    "remade(1)",
    "made2(1)",
    "$made(1)",
    "type T = made",
]


def called(script: str, suffix: str = ".ts") -> bool:
    facts = read_code(script.encode(), suffix, full=True)
    names = {step.name for chain in every_chain(facts) for step in chain.steps if step.call_end}
    roots = {chain.root.path[-1] for chain in every_chain(facts) if isinstance(chain.root, Ref)}
    parents = {b.value.path[-1] for b in facts.bindings if b.kind == "class" and isinstance(b.value, Ref)}
    return "made" in names | roots | parents


@pytest.mark.parametrize("line", CALLS)
def test_no_call_is_lost(line: str) -> None:
    assert may_call(line.encode(), "made")


@pytest.mark.parametrize("line", [*CALLS, *NO_CALLS, *EXPORTS])
def test_what_the_parser_takes_for_a_call_may_be_one(line: str) -> None:
    assert may_call(line.encode(), "made") or not called(line) or line.startswith("made.other")


@pytest.mark.parametrize("line", NO_CALLS)
def test_naming_is_not_calling(line: str) -> None:
    assert not may_call(line.encode(), "made")


@pytest.mark.parametrize("line", [*DART_CALLS, *NO_DART_CALLS])
def test_what_the_parser_of_dart_takes_for_a_call_may_be_one(line: str) -> None:
    assert may_call(line.encode(), "made") or not called(line, ".dart")


def test_a_call_of_dart_is_told_from_a_name() -> None:
    assert [line for line in DART_CALLS if called(line, ".dart") and not may_call(line.encode(), "made")] == []
    assert [line for line in NO_DART_CALLS if may_call(line.encode(), "made")] == []


HEAD = "import 'package:supabase_flutter/supabase_flutter.dart';\nfinal supabase = Supabase.instance.client;\n"


@pytest.mark.parametrize("hands_on", ["export", "part"])
def test_a_file_of_dart_is_asked_for_a_name_that_it_may_give(hands_on: str) -> None:
    files = {
        "lib/app.dart": f"{HEAD}import 'use.dart';\nimport 'names.dart';\n"
        "final all = supabase.from(ordersTable).select();\n",
        "lib/use.dart": "import 'other.dart';\nfinal size = other.length;\n",
        "lib/other.dart": "const other = 'b';\n",
        "lib/names.dart": f"{hands_on} 'deep.dart';\n",
        "lib/deep.dart": "const ordersTable = 'orders';\n",
    }
    folded = fold(files)
    assert [query.name for query in folded.queries] == ["orders"]
    assert sorted(folded.asked_files) == ["lib/deep.dart", "lib/names.dart"]


@pytest.mark.parametrize("names", ["from .deep import *", "ORDERS = 'orders'"])
def test_a_module_of_python_is_asked_for_a_name_that_it_may_give(names: str) -> None:
    files = {
        "app/main.py": "from supabase import create_client\nfrom .use import *\nfrom .names import *\n"
        "supabase = create_client('', '')\nrows = supabase.table(ORDERS).select('id')\n",
        "app/use.py": "SIZE = 1\n",
        "app/names.py": names,
        "app/deep.py": "ORDERS = 'orders'\n",
    }
    folded = fold(files)
    assert [query.name for query in folded.queries] == ["orders"]
    assert "app/use.py" not in folded.asked_files
