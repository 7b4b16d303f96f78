"""Names of a Go package that another of its files declares, and parameters that SQL numbers itself."""

from __future__ import annotations

import pytest

from code_project import queries

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
