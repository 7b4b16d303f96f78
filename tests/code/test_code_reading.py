"""Reading never raises, and offsets spell what they enclose."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from code_project import CLIENT, fold
from tripoint.sources.code.facts import Text
from tripoint.sources.code.read import read_code
from tripoint.sources.code.walk import every_chain

SUFFIXES = [".ts", ".tsx", ".js", ".vue", ".svelte", ".astro", ".html"]
PIECES = [
    *(
        "supabase",
        ".from(",
        "'t'",
        ")",
        ".select(`",
        "${x}",
        "`",
        "{",
        "}",
        "[",
        "...",
        "=>",
        "(",
        "async ",
        "const a = ",
    ),
    *("class A extends B {", "import { a } from './b'", "export default ", "<script>", "</script>", "---\n", "// x\n"),
    *(
        "/* ",
        "*/",
        "é",
        "\\u{1F600}",
        "'",
        '"',
        "\n",
        "a.b?.c!",
        " as any",
        ": 'x' | 'y'",
        "enum E { A = 'a' }",
        "\0",
        "=",
        ",",
    ),
]


@settings(max_examples=60, deadline=None)
@given(st.binary(max_size=200), st.sampled_from(SUFFIXES))
def test_any_bytes_give_facts(data: bytes, suffix: str) -> None:
    read_code(data, suffix, full=True)


@settings(max_examples=150, deadline=None)
@given(st.lists(st.sampled_from(PIECES), max_size=40).map("".join), st.sampled_from(SUFFIXES))
def test_any_pieces_of_code_fold(text: str, suffix: str) -> None:
    folded = fold({f"src/a{suffix}": text, "src/b.ts": CLIENT + text})
    facts = [read_code(text.encode(), suffix, full=True), read_code((CLIENT + text).encode(), ".ts", full=True)]
    assert sum(folded.calls.values()) == sum(len(one.textual) for one in facts)


@settings(max_examples=60, deadline=None)
@given(
    st.text(alphabet=st.characters(codec="utf-8", exclude_characters="'\\\r\n\u2028\u2029\0"), min_size=1, max_size=20)
)
def test_offsets_spell_the_literal(value: str) -> None:
    code = f"/* {'é' * 3} */ supabase.from('{value}').select()".encode()
    texts = [
        argument
        for chain in every_chain(read_code(code, ".ts"))
        for step in chain.steps
        for argument in step.arguments
        if isinstance(argument, Text)
    ]
    assert [(text.value, code[text.start : text.end].decode()) for text in texts] == [(value, value)]


@pytest.mark.parametrize("nested", ["(" * 3000, "[" * 3000, "{a:" * 3000, "f(" * 3000, "a+" * 5000, "x=>" * 2000])
def test_deep_nesting_ends(nested: str) -> None:
    fold({"a.ts": CLIENT + "supabase.from('t').select();\nconst z = " + nested})


def test_a_file_without_call_words_is_not_parsed() -> None:
    facts = read_code(b"// nothing\nexport const users = 'x'", ".ts")
    assert facts.scopes == ()
    assert set(facts.words) == {"export", "const", "users", "x"}
    assert read_code(b"export const users = 'x'", ".ts", full=True).exports[0].name == "users"


def test_an_unknown_suffix_gives_nothing() -> None:
    assert read_code(b"x.from('y')", ".zig").chains == ()


def test_the_script_blocks_of_a_page_are_read_and_nothing_else() -> None:
    page = b"""---
title: a page
---
<script src="https://cdn.example/supabase.js"></script>
<p>supabase.from('prose')</p>
<script type="application/json">{"a": "supabase.from('data')"}</script>
<script>
  const db = supabase.createClient('https://a.example', 'key')
  db.from('notes').select('id')
</script>
"""
    facts = read_code(page, ".html")
    names = [step.name for chain in every_chain(facts) for step in chain.steps]
    assert names.count("from") == 1
    assert not facts.problems


@pytest.mark.parametrize("suffix", [".ts", ".py", ".go", ".kt", ".swift", ".dart"])
def test_the_context_of_call_words_does_not_hang_on_how_many_there_are(suffix: str) -> None:
    comment = "#" if suffix == ".py" else "//"
    lines = ["db.from('t').select('a')", f"{comment} db.from('t')", 'f("db.from(x)")', "g(db.rpc('f'))"]
    if suffix == ".ts":
        lines += ["h(`${db.from('t')} .from(x)`)", "/* .rpc( */ x = /.from(a)/"]
    few = "\n".join(lines) + "\n"
    one = read_code(few.encode(), suffix, full=True).textual
    many = read_code((few * 40).encode(), suffix, full=True).textual
    assert len(one) < 100 < len(many)
    assert [(t.word, t.context) for t in many] == [(t.word, t.context) for t in one] * 40


@pytest.mark.parametrize(
    "inner", ["made()", "(made)()", "made(/* none */)", "made(...all)", "()", "made(()=>0)", "made``"]
)
def test_a_call_that_is_given_nothing_is_an_argument_like_others(inner: str) -> None:
    code = f"{CLIENT}use({inner})\nif (a) {{ use(made()) }} else ;\nsupabase.from('posts').insert(made())\n"
    assert [query.name for query in fold({"src/a.ts": code}).queries] == ["posts"]


def test_calls_within_calls_are_read_however_deep() -> None:
    code = CLIENT + "f(" * 1500 + "supabase.from('posts').select('id')" + ")" * 1500
    assert [query.name for query in fold({"src/a.ts": code}).queries] == ["posts"]


@pytest.mark.parametrize(
    "suffix, before, behind",
    [
        (".ts", b"db.from", b"\n"),
        (".kt", b"db.from", b"\n"),
        (".swift", b"db.from", b"\n"),
        (".py", b"db.table", b"\n"),
        (".go", b"package a\n\nfunc f() {\n\tdb.From", b"\n}\n"),
        (".dart", b"void f() { db.from", b"; }\n"),
        (".vue", b"<script>\ndb.from", b"\n</script>\n"),
    ],
)
def test_bytes_that_are_no_utf_8_move_nothing_and_are_told(suffix: str, before: bytes, behind: bytes) -> None:
    select = b"Select" if suffix == ".go" else b"select"
    code = before + b'("caf\xe9\xe9").' + select + b'("id,\xe9\xe9\xe9 lost")' + behind
    facts = read_code(code, suffix, full=True)
    (chain,) = every_chain(facts)
    texts = [step.arguments[0] for step in chain.steps]
    assert [isinstance(text, Text) and text.exact for text in texts] == [True, True]
    assert [code[text.start : text.end] for text in texts] == [b"caf\xe9\xe9", b"id,\xe9\xe9\xe9 lost"]
    assert [isinstance(text, Text) and text.value for text in texts] == ["caf??", "id,??? lost"]
    assert [(problem.kind, problem.start) for problem in facts.problems] == [("unread", code.index(b"\xe9"))]


def test_what_a_module_imports_and_exports() -> None:
    text = (
        "import a, { type B, c as d, default as e } from 'one'\nimport type { F } from 'two'\n"
        "import * as g from 'three'\nimport 'four'\n"
        "export { d as h, type B }\nexport * from 'five'\nexport * as i from 'six'\n"
        "export { j as default } from 'seven'\nexport const { k, l: [m], ...n } = g, o = 1\nexport enum P {}\n"
    )
    facts = read_code(text.encode(), ".ts", full=True)
    assert [(one.local, one.module, one.imported, one.type_only) for one in facts.imports] == [
        ("a", "one", "default", False),
        ("B", "one", "B", True),
        ("d", "one", "c", False),
        ("e", "one", "default", False),
        ("F", "two", "F", True),
        ("g", "three", "*", False),
    ]
    assert {(one.name, one.local, one.module) for one in facts.exports} == {
        ("h", "d", None),
        ("B", "B", None),
        ("*", "*", "five"),
        ("i", "*", "six"),
        ("default", "j", "seven"),
        *((name, name, None) for name in ("k", "m", "n", "o", "P")),
    }


@pytest.mark.parametrize("text", ["export default class {}", "export default () => 1", "const a = 1\nexport default a"])
def test_what_a_module_gives_by_default_is_bound(text: str) -> None:
    facts = read_code(text.encode(), ".ts", full=True)
    (export,) = facts.exports
    assert export.name == "default"
    assert export.local in {binding.name for binding in facts.bindings}
