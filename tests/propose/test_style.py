"""Types and reasons are written as the project and its readers write them."""

from __future__ import annotations

import pytest

from tripoint.propose.ddl import comment
from tripoint.propose.style import learn_style


@pytest.mark.parametrize(
    ("printed", "written"),
    [
        ("timestamp(3) without time zone", "timestamp(3)"),
        ("timestamp(3) with time zone", "timestamptz(3)"),
        ("timestamp without time zone", "timestamp"),
        ("time without time zone", "time"),
        ("time(6) with time zone", "timetz(6)"),
        ("timestamp with time zone[]", "timestamptz[]"),
        ("character varying(255)", "varchar(255)"),
    ],
)
def test_types_as_people_write_them(printed: str, written: str) -> None:
    style = learn_style(["create table visits (\n  id uuid primary key,\n  starts_at timestamp(3) not null\n);"])
    assert style.type(printed) == written


def test_a_project_that_writes_long_names_gets_them() -> None:
    style = learn_style(["CREATE TABLE visits (\n  opens TIME WITHOUT TIME ZONE,\n  n TEXT\n);"])
    assert style.type("time without time zone") == "TIME WITHOUT TIME ZONE"


def test_a_comment_takes_no_name_apart() -> None:
    text = comment("public.work_areas.required_skills, " * 3 + "(missing-column) and much more of the same")
    assert len(text.splitlines()) > 1
    assert "missing-column" in text
    assert all(line.startswith("-- ") for line in text.splitlines())
