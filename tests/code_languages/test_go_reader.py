"""Go files as facts."""

from __future__ import annotations

from textwrap import dedent

import pytest
from hypothesis import given
from hypothesis import strategies as st

from code_languages.written import assert_honest, bound, chains, members, written
from code_project import queries
from tripoint.sources.code.facts import CodeFacts
from tripoint.sources.code.go import read_go


def facts(text: str) -> CodeFacts:
    data = dedent(text).encode()
    found = read_go(data)
    assert_honest(found, data)
    return found


@pytest.mark.parametrize(
    ("code", "expected"),
    [
        ('client.From("jobs").Select("*", "exact", false).Eq("id", "1").Execute()',
         "<client>.From('jobs').Select('*', 'exact', false).Eq('id', '1').Execute()"),
        ('r.client.From(TABLE).Insert(map[string]any{"a": 1}, false, "", "", "")',
         "<r.client>.From(TABLE).Insert({a: 1}, false, '', '', '')"),
        ("client.From(`jobs`)", "<client>.From('jobs')"),
        ('client.From("a" + b).Delete("", "")', "<client>.From(`'a'+b`).Delete('', '')"),
        ('client.Rpc("tally", "", map[string]any{key: 1})', "<client>.Rpc('tally', '', {?})"),
        ('rows.Scan(&id, xs...)', "<rows>.Scan(id, ...)"),
        ('fmt.Println(client.From("jobs"))', "<fmt>.Println(<client>.From('jobs'))"),
        ('client.From(names["jobs"])', "<client>.From(names.jobs)"),
    ],
)  # fmt: skip
def test_a_call_becomes_a_chain(code: str, expected: str) -> None:
    assert chains(facts(f"package a\nfunc f() {{ {code} }}\n")) == [expected]


def test_a_struct_is_written_by_its_tags() -> None:
    found = facts(
        """
        package a
        type Job struct {
          ID    string `json:"id,omitempty"`
          Title string `json:"job_title"`
          Done  bool   `json:"done"`
          Own   string `json:"-"`
        }
        func f() { row := &Job{Title: "x"} }
        """
    )
    assert bound(found, "row") == ["{job_title: 'x', done: ?}"]


def test_a_method_belongs_to_its_receiver_s_type() -> None:
    found = facts(
        """
        package a
        type Repo struct { client *supabase.Client }
        func New(c *supabase.Client) *Repo { return &Repo{client: c} }
        func (r *Repo) All() error { r.client.From("jobs"); return nil }
        """
    )
    client = [b for b in found.bindings if b.name == "client"]
    assert [found.scopes[b.scope].name for b in client] == ["Repo", "Repo"]
    assert [b.type for b in client] == ["supabase.Client", None]
    assert [found.scopes[b.scope].name for b in found.bindings if b.name == "All"] == ["Repo"]
    assert bound(found, "r") == ["Repo"]


def test_names_of_several_values() -> None:
    found = facts(
        """
        package a
        const Jobs, Logs = "jobs", "logs"
        func f() {
          data, count, err := client.From(Jobs).Execute()
          row := map[string]any{"a": 1}
          row["b"] = 2
          for _, t := range []string{"x", "y"} { client.From(t) }
        }
        """
    )
    assert (bound(found, "Jobs"), bound(found, "Logs")) == (["'jobs'"], ["'logs'"])
    assert bound(found, "data") == ["<client>.From(Jobs).Execute()"]
    assert bound(found, "err") == []
    assert bound(found, "row") == ["{a: 1}"]
    assert members(found, "row") == [("b", "2")]
    assert bound(found, "t") == ["('x' | 'y')"]


def test_imports() -> None:
    found = facts('package a\nimport (\n s "github.com/x/supabase-go"\n "x/go-y"\n . "z"\n _ "w"\n)\n')
    assert [(i.local, i.module) for i in found.imports] == [
        ("s", "github.com/x/supabase-go"),
        ("y", "x/go-y"),
        ("*", "z"),
    ]


def test_functions_return_their_first_value() -> None:
    found = facts("package a\nfunc Open() (*Client, error) { return make(), nil }\n")
    assert [(f.return_type, [written(r) for r in f.returns]) for f in found.functions] == [("Client", ["<make>()"])]


_PIECES = [
    "db", ".From(", '"a"', "`", "(", ")", "[", "]", "{", "}", ",", ":", ":=", "=", "\n", "type A struct {",
    'B int `json:"b"`',
    "func (a *A) f(x, y int) (b, error) ", "return ", "for _, x := range ", "map[string]any{", "[]string{", "&", "+",
    "import . \"x\"", "const c = ", "\\", "é", "//", "...",
]  # fmt: skip


@given(st.one_of(st.binary(max_size=200), st.lists(st.sampled_from(_PIECES), max_size=40).map("".join).map(str.encode)))
def test_any_bytes_give_facts(data: bytes) -> None:
    assert_honest(read_go(data), data)


def test_a_variable_that_is_called_as_the_package_that_makes_it() -> None:
    code = (
        'package a\nimport "github.com/supabase-community/supabase-go"\nfunc f(x bool) {\n'
        " supabase, _ := supabase.NewClient(u, k, nil)\n"
        ' q := supabase.From("jobs").Select("id", "", false)\n if x {\n  q = q.Eq("state", "new")\n }\n'
        ' q.Order("made_at", nil).Execute()\n}\n'
    )
    (query,) = queries(code, ".go")
    assert [condition.column for condition in query.filters] == ["state", "made_at"]


@pytest.mark.parametrize(
    "narrowed",
    [
        'Order("made_at", &postgrest.OrderOpts{Ascending: true, ForeignTable: "notes"})',
        'Or("made_at.gt.1", "notes")',
        'Or("made_at.gt.1", "notes").Limit(2, "notes")',
    ],
)
def test_what_is_asked_of_an_embedded_table_is_asked_of_that_one(narrowed: str) -> None:
    code = f"""package a
import "github.com/supabase-community/supabase-go"
func f(client *supabase.Client) {{ client.From("jobs").Select("id, notes(id)", "", false).{narrowed}.Execute() }}
"""
    (query,) = queries(code, ".go")
    assert [(one.path, one.column) for one in query.filters] == [(("notes",), "made_at")]
