"""Dart libraries as facts."""

from __future__ import annotations

import ast
import inspect
from textwrap import dedent

import pytest
from hypothesis import given
from hypothesis import strategies as st

from code_languages.written import assert_honest, bound, chains, members, written
from tripoint.sources.code import dart, dart_values
from tripoint.sources.code.dart import DartReader, read_dart
from tripoint.sources.code.facts import CodeFacts, Text
from tripoint.sources.code.grammar import parse, within


def facts(text: str) -> CodeFacts:
    data = dedent(text).encode()
    found = read_dart(data)
    assert_honest(found, data)
    return found


@pytest.mark.parametrize(
    ("code", "expected"),
    [
        ("db.from('jobs').select('a, b(c)').eq('id', 1)", "<db>.from('jobs').select('a, b(c)').eq('id', 1)"),
        ("await db.from('jobs').select()", "await <db>.from('jobs').select()"),
        ("Supabase.instance.client.from('jobs')", "<Supabase.instance.client>.from('jobs')"),
        ("db.from('jobs').select('a, ' 'b')", "<db>.from('jobs').select(`'a, '+'b'`)"),
        ("db.from('jobs').select('a, ' // it's (new)\n '$b, ' /* c */ 'd')",
         "<db>.from('jobs').select(`'a, '+b+', '+'d'`)"),
        ("db.from('jobs').stream(primaryKey: ['id'])", "<db>.from('jobs').stream(primaryKey=['id'])"),
        ("db.rpc('tally', params: {'day': null})", "<db>.rpc('tally', params={day: null})"),
        ("db.from('jobs').upsert({'a': 1, ...row}, onConflict: 'a')",
         "<db>.from('jobs').upsert({a: 1, ...row}, onConflict='a')"),
        ("db.from('jobs').insert({'a': 1, if (x) 'b': 2})", "<db>.from('jobs').insert({a: 1, b: 2})"),
        ("db.from('jobs').insert([for (final r in rows) {'a': r}])", "<db>.from('jobs').insert([{a: r}])"),
        ("db.from(Tables.jobs.name)", "<db>.from(Tables.jobs.name)"),
        ("db.from('${prefix}_jobs$n')", "<db>.from(`prefix+'_jobs'+n`)"),
        ("db.from('a' + b)", "<db>.from(`'a'+b`)"),
        ("db.from(x ? 'a' : 'b')", "<db>.from(('a' | 'b'))"),
        ("(await db.from('jobs').select()).first['id']", "await <db>.from('jobs').select().first.id"),
        ("client!.from('jobs')..select('a')", "<client>.from('jobs').select('a')"),
        ("client?.from('jobs')", "<client>.from('jobs')"),
        ("(x as SupabaseClient).from('jobs')", "<x>.from('jobs')"),
        ("Future.wait([db.from('a').select(), db.from('b').select()])",
         "<Future>.wait([<db>.from('a').select(), <db>.from('b').select()])"),
        ("List<int>.from('a')", "<List>.from('a')"),
        ("final x = Map<String, int>.from(a)", "<Map>.from(a)"),
        ("throw A(List<String>.from(b))", "<A>(<List>.from(b))"),
        ("f(List<String>.from(a))", "<f>(<List>.from(a))"),
    ],
)  # fmt: skip
def test_a_call_becomes_a_chain(code: str, expected: str) -> None:
    assert chains(facts(f"void main() async {{ {code}; }}")) == [expected]


def test_a_class_binds_its_fields_and_its_constructor_s_parameters() -> None:
    found = facts(
        """
        class Repo extends Base {
          static const table = 'jobs';
          final SupabaseClient _client;
          final String name;
          Repo(this._client, String n, {this.name = 'x'}) : _other = n;
          SupabaseClient get db => _client;
        }
        """
    )
    in_class = {b.name: b for b in found.bindings if found.scopes[b.scope].kind == "class" and b.value is not None}
    assert {n: written(b.value) for n, b in in_class.items() if n != "constructor"} == {
        "table": "'jobs'", "_client": "_client", "name": "name", "_other": "n", "db": "(_client)",
    }  # fmt: skip
    assert in_class["_client"].type == "SupabaseClient"
    parameters = {b.name: (b.type, written(b.value)) for b in found.bindings if b.kind == "parameter"}
    assert parameters == {"_client": ("SupabaseClient", "?"), "n": ("String", "?"), "name": ("String", "'x'")}
    assert bound(found, "Repo") == ["Base"]


def test_an_enum_is_an_object_of_its_members() -> None:
    found = facts(
        "enum Plain { jobs, logs }\nenum Rich { jobs('t_jobs'); const Rich(this.table); final String table; }"
    )
    assert bound(found, "Plain") == ["{jobs: {name: 'jobs'}, logs: {name: 'logs'}}"]
    assert bound(found, "Rich") == ["{jobs: {name: 'jobs', table: 't_jobs'}}"]


def test_a_getter_stands_for_what_it_returns_and_a_function_for_itself() -> None:
    found = facts("SupabaseClient get db => make();\nFuture<SupabaseClient> open(String t) async { return make(); }\n")
    assert bound(found, "db") == ["(<make>())"]
    function = next(f for f in found.functions if f.name == "open")
    assert [written(r) for r in function.returns] == ["<make>()"]
    assert function.return_type == "SupabaseClient"
    assert [p.name for p in function.parameters] == ["t"]


def test_names_that_change() -> None:
    found = facts(
        """
        void main() {
          var q = db.from('a').select();
          q = q.eq('b', 1);
          final row = {'a': 1};
          row['b'] = 2;
          for (final t in ['x', 'y']) { db.from(t); }
        }
        """
    )
    assert bound(found, "q") == ["<db>.from('a').select()", "<q>.eq('b', 1)"]
    assert bound(found, "row") == ["{a: 1}"]
    assert members(found, "row") == [("b", "2")]
    assert bound(found, "t") == ["('x' | 'y')"]


def test_imports_bring_in_every_name() -> None:
    found = facts(
        "import 'a.dart';\nimport 'b.dart' as b;\nimport 'c.dart' show D, E;\n"
        "export 'd.dart';\npart 'e.g.dart';\nint x = 1;"
    )
    assert [(i.local, i.module, i.imported) for i in found.imports] == [
        ("*", "a.dart", "*"),
        ("b", "b.dart", "*"),
        ("D", "c.dart", "D"),
        ("E", "c.dart", "E"),
        ("*", "e.g.dart", "*"),
    ]
    assert {(e.name, e.module) for e in found.exports} == {("*", "d.dart"), ("*", "e.g.dart"), ("x", None)}


def test_the_call_words_are_told_apart() -> None:
    found = facts("// db.from('x')\nvoid main() { db.from('a'); print('db.from(1) ${db.rpc('f')}'); }")
    assert [(t.word, t.context) for t in found.textual] == [
        ("from", "comment"),
        ("from", "code"),
        ("from", "string"),
        ("rpc", "code"),
    ]


def test_raw_and_long_strings() -> None:
    found = facts("final a = r'x\\n$y';\nfinal b = '''\n  id,\n  name''';\nfinal c = \"it\\'s\";\n")
    assert [b.value.value for b in found.bindings if isinstance(b.value, Text)] == ["x\\n$y", "\n  id,\n  name", "it's"]


_PIECES = [
    "db", ".from(", "'a'", "'''", '"$', "${", "}", "(", ")", "[", "]", "{", ",", ":", "=", ";", "class A extends B {",
    "A(this.x, {super.k});", "get y => ", "void f(String a) ", "return ", "await ", "..", "?.", "!", "if (",
    "for (final x in ",
    "enum E { a('b'); const E(this.v); }", "import 'a' as b;", "part 'c';", "?", "??", "+", "r'", "\\", "é",
    "new A(", "//",
]  # fmt: skip


@given(
    st.one_of(
        st.binary(max_size=200), st.lists(st.sampled_from(_PIECES), max_size=40).map(lambda p: "".join(p).encode())
    )
)
def test_any_bytes_give_facts(data: bytes) -> None:
    assert_honest(read_dart(data), data)


def test_what_is_around_a_node_is_known_without_a_search() -> None:
    """A node of the grammar finds it from the root down, so that deep nesting would cost its square."""
    data = b"""
    class A { final int a; A({required this.a}); void f() async { if (a) { await (db..b().c[0]!).d(() => x.y()); } } }
    void broken( { db.from('t') @ .select(
    """
    reader = DartReader(data)
    root = parse(DartReader.grammar, data)
    reader.prepare(root)
    nodes = [node for node in within(root) if not node.is_missing]
    assert len(nodes) > 60
    assert [reader.parent(node) for node in nodes] == [node.parent for node in nodes]
    asked = {
        ast.unparse(access.value)
        for module in (dart, dart_values)
        for access in ast.walk(ast.parse(inspect.getsource(module)))
        if isinstance(access, ast.Attribute) and access.attr == "parent"
    }
    assert asked == {"self"}
