"""Names of a Go package that another of its files declares, and parameters that SQL numbers itself."""

from __future__ import annotations

import pytest

from code_project import queries
from tripoint.model.query import ANY_SCHEMA, Query

DRIVER = 'package store\nimport (\n\t"context"\n\t"github.com/jackc/pgx/v5/pgxpool"\n)\n'


def asked(code: str, files: dict[str, str]) -> list[str]:
    body = f"{DRIVER}func f(ctx context.Context, db *pgxpool.Pool, n int) {{\n\t{code}\n}}\n"
    found = queries({"store/jobs.go": body, **files})
    return [" ".join(query.text.split()) for query in found if query.text is not None]


@pytest.mark.parametrize(
    "declared",
    [
        'const columns = "id, label"\n',
        "var (\n\tother = 1\n\tcolumns = `id, label`\n)\n",
        'const columns string = "id, label"\n',
    ],
)
def test_a_constant_that_another_file_of_the_package_declares(declared: str) -> None:
    code = 'db.Query(ctx, "select " + columns + " from jobs")'
    assert asked(code, {"store/columns.go": f"package store\n{declared}"}) == ["select id, label from jobs"]
    # Another folder is another package, and which of two files is meant is open.
    assert "label" not in "".join(asked(code, {"other/columns.go": f"package other\n{declared}"}))
    twice = {f"store/{name}.go": f"package store\n{declared}" for name in ("linux", "windows")}
    assert "label" not in "".join(asked(code, twice))
    assert "label" not in "".join(asked(code, {"store/columns_test.go": f"package store\n{declared}"}))


@pytest.mark.parametrize("numbered", ['"$" + strconv.Itoa(n)', "placeholder(n)", "placeholder(1)"])
def test_a_parameter_that_is_numbered(numbered: str) -> None:
    helper = 'package store\nimport "fmt"\nfunc placeholder(n int) string { return "$" + fmt.Sprint(n) }\n'
    code = f'db.Exec(ctx, "delete from jobs where id = " + {numbered})'
    assert asked(code, {"store/helper.go": helper}) == ["delete from jobs where id = $1"]


SHELVES = """package model
type Shelf struct {
\tID    string `json:"id"`
\tLabel string `json:"shelf_label"`
\tRoom  *int   `json:"room,omitempty"`
}
type Marked struct { Shelf; Mark string `json:"mark"` }
type Own struct { Mark string `json:"mark"` }
func (o Own) MarshalJSON() ([]byte, error) { return nil, nil }
"""
MAKES = """package store
import ("github.com/supabase-community/supabase-go")
type Opts struct { Schema string }
type Store struct { db *supabase.Client }
func New(o Opts) *Store {
\tclient, _ := supabase.NewClient("u", "k", %s)
\treturn &Store{db: client}
}
func (s *Store) DB() *supabase.Client { return s.db }
"""
OPTIONS = "&supabase.ClientOptions{Schema: %s}"


def stored(code: str, options: str = "nil") -> Query:
    files = {"go.mod": "module example.org/depot\n", "model/shelf.go": SHELVES, "store/store.go": MAKES % options}
    uses = 'package app\nimport ("example.org/depot/model"; "example.org/depot/store")\n'
    files["app/app.go"] = f"{uses}func f(s *store.Store, shelf *model.Shelf) {{\n\t{code}\n}}\n"
    (query,) = [query for query in queries(files) if query.place.path == "app/app.go"]
    return query


@pytest.mark.parametrize(
    ("given", "columns", "whole"),
    [
        ("shelf", ["id", "shelf_label"], False),
        ('model.Shelf{ID: "a", Room: n}', ["id", "shelf_label", "room"], False),
        ('[]model.Shelf{{ID: "a"}}', ["id", "shelf_label"], False),
        ('[]map[string]any{{"a": 1}}', ["a"], True),
        ('model.Marked{Mark: "a"}', ["mark"], False),
        ("model.Own{}", [], False),
    ],
)
def test_a_struct_of_another_package_is_written_by_its_tags(given: str, columns: list[str], whole: bool) -> None:
    query = stored(f's.DB().From("shelves").Insert({given}, false, "", "", "").Execute()')
    assert ([written.column for written in query.written], query.written_complete) == (columns, whole)


@pytest.mark.parametrize(
    ("options", "schema"),
    [("nil", None), (OPTIONS % '"depot"', "depot"), (OPTIONS % "o.Schema", ANY_SCHEMA)],
)
def test_the_schema_of_a_client_that_another_package_makes(options: str, schema: str | None) -> None:
    assert stored('s.DB().From("shelves").Select("id", "", false).Execute()', options).schema == schema
    # So it is where the way to the client is not seen.
    assert stored('db.From("shelves").Select("id", "", false).Eq("id", "1").Execute()', options).schema == schema


@pytest.mark.parametrize(
    "reader", ["bytes.NewReader(data)", "bytes.NewBuffer(data)", "strings.NewReader(string(data))"]
)
def test_a_struct_in_the_body_of_a_request(reader: str) -> None:
    code = 'data, err := json.Marshal(shelf)\n\treq, err := http.NewRequest("POST", url+"/rest/v1/shelves", %s)'
    query = stored(code % reader)
    assert (query.operation, [written.column for written in query.written]) == ("insert", ["id", "shelf_label"])


def test_a_client_that_is_handed_in_may_be_the_one_of_another_schema() -> None:
    files = {"go.mod": "module example.org/depot\n", "store/store.go": MAKES % (OPTIONS % "o.Schema")}
    head = 'package app\nimport "github.com/supabase-community/supabase-go"\n'
    makes = 'c, _ := supabase.NewClient("u", "k", nil)\n\tc.From("crates").Select("id", "", false)'
    files["app/app.go"] = (
        f'{head}func f(db *supabase.Client) {{\n\tdb.From("shelves").Select("id", "", false)\n\t{makes}\n}}\n'
    )
    assert {query.name: query.schema for query in queries(files)} == {"shelves": ANY_SCHEMA, "crates": None}


API = """package supabase
type Client struct { base, key string }
func (c *Client) request(method, path string, query url.Values, body interface{}) ([]byte, error) {
\tu := c.base + path + "?" + query.Encode()
\tvar reader io.Reader
\tif body != nil {
\t\tb, _ := json.Marshal(body)
\t\treader = bytes.NewReader(b)
\t}
\treq, _ := http.NewRequest(method, u, reader)
\treturn send(req)
}
func (c *Client) Insert(table string, rows interface{}, out interface{}) error {
\t_, err := c.request(http.MethodPost, "/rest/v1/"+table, nil, rows)
\treturn err
}
func (c *Client) List(table string, query url.Values, out interface{}) error {
\t_, err := c.request(http.MethodGet, "/rest/v1/"+table, query, nil)
\treturn err
}
"""


@pytest.mark.parametrize(
    ("call", "told"),
    [
        # A column may be called what an option of a request is.
        ('c.Insert("notes", map[string]interface{}{"body": t, "method": "x"}, nil)', "insert body method"),
        ('q := url.Values{"select": {"id,bdy"}, "day": {"eq." + t}}\n\tc.List("notes", q, nil)', "select bdy day id"),
        ('q := url.Values{}\n\tq.Set("ownr", "eq."+t)\n\tc.List("notes", q, nil)', "select ownr"),
    ],
)
def test_what_a_method_that_sends_the_request_takes_by_position(call: str, told: str) -> None:
    head = 'package app\nimport (\n\t"net/url"\n\t"example.org/notes/internal/supabase"\n)\n'
    body = f"{head}func f(c *supabase.Client, t string) {{\n\t{call}\n}}\n"
    files = {"go.mod": "module example.org/notes\n", "internal/supabase/client.go": API, "app/app.go": body}
    (query,) = queries(files)
    selected = [field.name for field in query.select.fields] if query.select is not None else []
    columns = [*(one.column for one in query.written), *(one.column for one in query.filters), *selected]
    assert f"{query.operation} {' '.join(sorted(columns))}" == told


def test_a_row_in_a_reader_that_is_nil_where_there_is_none() -> None:
    code = (
        'var body io.Reader\n\tif n > 0 {\n\t\tdata, _ := json.Marshal(map[string]any{"label": n})\n'
        '\t\tbody = bytes.NewReader(data)\n\t}\n\thttp.NewRequest("POST", supabaseURL+"/rest/v1/shelves", body)'
    )
    query = stored(code)
    assert [written.column for written in query.written] == ["label"]
