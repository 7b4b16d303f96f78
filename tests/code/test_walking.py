"""The nodes that are found by walking a tree, held against those that the parser's query finds."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from tree_sitter import Language, Node, Query, QueryCursor

from tripoint.sources.code import typescript
from tripoint.sources.code.grammar import parse

ROOT = Path(__file__).parents[2]
FILES = sorted(
    path
    for folder in ("examples", "tests/cases")
    for path in (ROOT / folder).rglob("*")
    if path.suffix in (".ts", ".tsx", ".js", ".jsx", ".vue", ".svelte")
)
SCRIPTS = [
    "class A extends B { static x = class C {}; get y() { return this.x } }",
    "const f = async ({ a, b = 1 }, [c]) => { for (const d of c) { switch (d) { case 1: break } } }",
    "try { a = b = await c() } catch ({ message }) { throw new Error(message) } finally { await d }",
    "export default class {}; export * from './a'; import x, { type Y as Z } from 'y'",
    "enum E { A = 'a' } interface I<T extends string> { a: T } type T1 = keyof I<'x'>",
    "function (((( { const = class = => `${ a( }` )",
    "",
]


def by_query(root: Node, language: Language) -> dict[str, list[tuple[int, int, int]]]:
    kinds = [
        f"({kind}) @{capture}"
        for capture, kinds in typescript._PATTERNS.items()
        for kind in kinds
        if language.id_for_node_kind(kind, True) is not None
    ]
    captures = QueryCursor(Query(language, "\n".join(kinds))).captures(root)
    return {capture: _spans(nodes) for capture, nodes in captures.items()}


def _spans(nodes: list[Node]) -> list[tuple[int, int, int]]:
    return sorted((node.start_byte, node.end_byte, node.id) for node in nodes)


def check(data: bytes, grammar: str) -> None:
    tools = typescript._tools(grammar)
    root = parse(tools.language, data)
    walked = {capture: _spans(nodes) for capture, nodes in typescript._found(root, tools).items() if nodes}
    assert walked == by_query(root, tools.language)


@pytest.mark.parametrize("grammar", ["typescript", "tsx", "javascript"])
def test_scripts_are_walked_as_the_query_goes(grammar: str) -> None:
    for script in [*SCRIPTS, "\n".join(SCRIPTS)]:
        check(script.encode(), grammar)


def test_files_are_walked_as_the_query_goes() -> None:
    assert len(FILES) > 50
    scripts: dict[str, bytes] = {}
    for path in FILES:
        grammar = {".ts": "typescript", ".js": "javascript"}.get(path.suffix, "tsx")
        scripts[grammar] = scripts.get(grammar, b"") + b"\n" + path.read_bytes()
    for grammar, data in scripts.items():
        check(data, grammar)


@given(st.lists(st.sampled_from([*" \n(){}[]<>=;:,.'`\"/$*", "class ", "import ", "export ", "=>", "a", "'b'", "/r/"])))
def test_broken_scripts_are_walked_as_the_query_goes(pieces: list[str]) -> None:
    check("".join(pieces).encode(), "typescript")
