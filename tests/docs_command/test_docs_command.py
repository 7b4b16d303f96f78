"""`tripoint docs` writes the schema down, keeps what people wrote, and says when it is out of date."""

from __future__ import annotations

from pathlib import Path

import pytest

from diagram.odd_schema import ODD_TABLES, many_tables, odd_sql, write_project
from tripoint.audit import audit_folder
from tripoint.cli import main

SQL = """
create type state as enum ('open', 'paid');
create table customers (id uuid primary key, email text not null unique);
create table orders (
  id uuid primary key, customer_id uuid not null references customers (id) on delete cascade, state state default 'open'
);
alter table orders enable row level security;
create policy "own | orders" on orders for select to authenticated using (true);
comment on table customers is 'Who *buys*';
comment on column customers.email is 'Where | to write';
"""


@pytest.fixture
def shop(tmp_path: Path) -> Path:
    return write_project(tmp_path, SQL)


def migrate(project: Path, sql: str) -> None:
    number = len(list((project / "supabase/migrations").iterdir())) + 1
    (project / f"supabase/migrations/2024010{number}000000_more.sql").write_text(sql, encoding="utf-8")


def docs(project: Path, *arguments: str) -> int:
    return main(["docs", str(project), *arguments])


def section(project: Path) -> str:
    return (project / "docs/schema.md").read_text(encoding="utf-8")


def describe(project: Path, before: str, after: str, path: str = "docs/schema.md") -> None:
    text = (project / path).read_text(encoding="utf-8")
    assert before in text
    (project / path).write_text(text.replace(before, after), encoding="utf-8")


def stale(project: Path) -> list[tuple[str, str]]:
    found = audit_folder(project).findings
    return [(f.subject, f.message) for f in found if f.rule == "stale-schema-section"]


def test_a_new_file_describes_the_schema(shop: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert docs(shop) == 0
    assert capsys.readouterr().out == "created docs/schema.md\n"
    text = section(shop)
    assert text.startswith("# Database schema\n\n<!-- tripoint:schema start digest=")
    assert text.endswith("<!-- tripoint:schema end -->\n")
    assert "## `customers`\n\nWho \\*buys\\*\n\n| Column |" in text
    assert "| `email` | `text` | no |  | UK | Where \\| to write |" in text
    assert "| `customer_id` | `uuid` | no |  | FK |  |" in text
    assert "- `customer_id` refers to `customers.id`, on delete cascade" in text
    assert "- `own | orders`: select to `authenticated`" in text
    assert "- `state`: `open`, `paid`" in text
    assert "orders }o--|| customers" in text


def test_written_twice_it_is_the_same(shop: Path, capsys: pytest.CaptureFixture[str]) -> None:
    docs(shop)
    first = section(shop)
    capsys.readouterr()
    assert docs(shop) == 0
    assert capsys.readouterr().out == "docs/schema.md is up to date\n"
    assert section(shop) == first
    assert docs(shop, "--check") == 0
    assert stale(shop) == []


def test_what_people_wrote_stays(shop: Path) -> None:
    docs(shop)
    describe(shop, "# Database schema\n", "# Our data\n\nRead this first.\n")
    about = "## `orders`\n\nOne order.\n\n```sql\n## `customers`\nselect 1\n```\n\n- with a list\n"
    describe(shop, "## `orders`\n", about)
    row = "| `id` | `uuid` | no |  | PK |  |\n| `email`"
    describe(shop, row, row.replace("PK |  |", "PK | a \\| b |"))
    with (shop / "docs/schema.md").open("a", encoding="utf-8") as stream:
        stream.write("\n## Afterwards\n\nMore by hand.\n")
    assert docs(shop, "--check") == 0
    migrate(shop, "alter table orders add column note text;")
    assert docs(shop) == 0
    text = section(shop)
    assert text.startswith("# Our data\n\nRead this first.\n")
    assert f"{about}\n| Column |" in text
    assert "| `id` | `uuid` | no |  | PK | a \\| b |" in text
    assert "| `note` | `text` | yes |  |  |  |" in text
    assert text.endswith("<!-- tripoint:schema end -->\n\n## Afterwards\n\nMore by hand.\n")


def test_a_stale_section_is_found(shop: Path, capsys: pytest.CaptureFixture[str]) -> None:
    docs(shop)
    migrate(shop, "alter table orders add column note text; alter table customers drop column email;")
    before = section(shop)
    capsys.readouterr()
    assert docs(shop, "--check") == 1
    assert capsys.readouterr().out == "docs/schema.md is stale\n"
    assert section(shop) == before
    message = (
        "The schema section of docs/schema.md is out of date: it lacks public.orders.note and it still lists "
        "public.customers.email."
    )
    assert stale(shop) == [("docs/schema.md", message)]


def test_a_missing_file_fails_the_check(shop: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert docs(shop, "--check") == 1
    assert capsys.readouterr().out == "docs/schema.md is missing\n"
    assert not (shop / "docs").exists()


def test_descriptions_go_along_with_renames_and_outlive_drops(shop: Path) -> None:
    docs(shop)
    describe(shop, "| FK |  |", "| FK | who pays |")
    describe(shop, "## `orders`\n", "## `orders`\n\nWhat was bought,\nand when.\n")
    describe(shop, "Where \\| to write", "their letters")
    migrate(
        shop, "alter table orders rename to purchases; alter table purchases rename column customer_id to buyer_id;"
    )
    migrate(shop, "alter table customers drop column email;")
    docs(shop)
    text = section(shop)
    assert "## `purchases`\n\nWhat was bought,\nand when.\n" in text
    assert "| `buyer_id` | `uuid` | no |  | FK | who pays |" in text
    assert "- `customers`, column `email`: their letters\n" in text
    assert docs(shop, "--check") == 0
    migrate(shop, "alter table customers add column email text;")
    docs(shop)
    assert "| `email` | `text` | yes |  |  | their letters |" in section(shop)
    assert "column `email`" not in section(shop)


def test_the_settings_name_the_file(shop: Path) -> None:
    (shop / "tripoint.toml").write_text('docs = "handbook/data.md"\n')
    (shop / "handbook").mkdir()
    (shop / "handbook/data.md").write_bytes(b"# Handbook\r\n\r\n## Data\r\n")
    assert docs(shop) == 0
    data = (shop / "handbook/data.md").read_bytes()
    assert data.startswith(b"# Handbook\r\n\r\n## Data\r\n\r\n<!-- tripoint:schema start")
    assert b"### `orders`\r\n" in data
    assert data.count(b"\n") == data.count(b"\r\n")
    assert docs(shop, "--check") == 0


def test_a_folder_of_pages(shop: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert docs(shop, "--file", "docs/data/") == 0
    assert sorted(p.name for p in (shop / "docs/data").iterdir()) == ["customers.md", "index.md", "orders.md"]
    assert "- [orders](orders.md)" in (shop / "docs/data/index.md").read_text()
    describe(shop, "# `orders`\n", "# `orders`\n\nBought here.\n", "docs/data/orders.md")
    assert docs(shop, "--file", "docs/data/", "--check") == 0
    assert stale(shop) == []
    migrate(shop, "drop table orders;")
    assert {subject for subject, _ in stale(shop)} == {"docs/data/orders.md", "docs/data/index.md"}
    assert docs(shop, "--file", "docs/data/") == 0
    page = (shop / "docs/data/orders.md").read_text()
    assert "`orders` is no longer in the schema" in page
    assert "- `orders`: Bought here." in page
    assert docs(shop, "--file", "docs/data/", "--check") == 0
    assert stale(shop) == []


def test_descriptions_become_comments(shop: Path, capsys: pytest.CaptureFixture[str]) -> None:
    docs(shop)
    describe(shop, "## `orders`\n", "## `orders`\n\nIt's *what* was bought\n")
    describe(shop, "| FK |  |", "| FK | who \\| pays |")
    capsys.readouterr()
    assert docs(shop, "--comments") == 0
    printed = capsys.readouterr().out
    assert printed == (
        "comment on table public.orders is 'It''s *what* was bought';\n"
        "comment on column public.orders.customer_id is 'who | pays';\n"
    )
    migrate(shop, printed)
    docs(shop, "--comments")
    assert capsys.readouterr().out == "-- Every description is the database's comment already.\n"


def test_a_generated_section_vouches_for_nothing(shop: Path) -> None:
    docs(shop)
    path = shop / "docs/schema.md"
    path.write_text(section(shop).replace("## `orders`", "## `invoices`"), encoding="utf-8")
    rules = {(f.rule, f.subject) for f in audit_folder(shop).findings}
    assert not [rule for rule, _ in rules if rule in ("missing-table", "documented-but-missing")]


def test_odd_names(tmp_path: Path) -> None:
    write_project(tmp_path, odd_sql())
    assert docs(tmp_path) == 0
    text = section(tmp_path)
    assert text.count("<!-- tripoint:schema end -->") == 1
    assert text.count("\n| `id` |") == len(ODD_TABLES)
    assert docs(tmp_path, "--check") == 0
    assert docs(tmp_path, "--file", "pages/") == 0
    assert len(list((tmp_path / "pages").iterdir())) == len(ODD_TABLES) + 1
    assert docs(tmp_path, "--file", "pages/", "--check") == 0
    assert stale(tmp_path) == []


def test_many_tables(tmp_path: Path) -> None:
    write_project(tmp_path, many_tables(300))
    assert docs(tmp_path) == 0
    assert docs(tmp_path, "--check") == 0
    assert section(tmp_path).count("\n## `") == 300


def test_without_a_schema_it_says_so(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert docs(tmp_path) == 2
    assert capsys.readouterr().err.endswith("holds no files to read\n")
