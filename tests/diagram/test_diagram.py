"""Diagrams say what the schema holds, in syntax that other readers of it understand."""

from __future__ import annotations

import re
import shutil
import subprocess
import xml.etree.ElementTree as ElementTree
from pathlib import Path

import pytest

from diagram.odd_schema import ODD_TABLES, many_tables, odd_sql, write_project
from tripoint.audit import audit_folder
from tripoint.cli import main
from tripoint.formats import diagram_dbml, diagram_dot, diagram_mermaid, diagram_svg
from tripoint.formats.diagram import Box, Diagram, around, draw
from tripoint.formats.diagram_layout import lay_out
from tripoint.formats.escape import visible
from tripoint.formats.inventory import take_inventory
from tripoint.model.claim import DocumentFacts
from tripoint.model.name import Name
from tripoint.sources.documents.read import read_document

SHOP = """
create schema stock;
create type state as enum ('open', 'paid');
create table customers (id uuid primary key references auth.users (id) on delete cascade, email text not null unique);
create table orders (
  id uuid primary key, customer_id uuid not null references customers (id), state state not null default 'open',
  invited_by uuid references customers (id), total numeric(10, 2)
);
create table stock.items (id uuid primary key, label text not null);
create table order_items (
  order_id uuid references orders (id), item_id uuid references stock.items (id), primary key (order_id, item_id)
);
create table receipts (order_id uuid not null unique references orders (id), coupon_id uuid references coupons (id));
alter table customers enable row level security;
comment on table orders is 'What was ''bought''';
"""


@pytest.fixture(scope="module")
def shop(tmp_path_factory: pytest.TempPathFactory) -> Diagram:
    return drawn(write_project(tmp_path_factory.mktemp("shop"), SHOP))


@pytest.fixture(scope="module")
def odd(tmp_path_factory: pytest.TempPathFactory) -> Diagram:
    return drawn(write_project(tmp_path_factory.mktemp("odd"), odd_sql()))


@pytest.fixture(scope="module")
def many(tmp_path_factory: pytest.TempPathFactory) -> Diagram:
    return drawn(write_project(tmp_path_factory.mktemp("many"), many_tables(120)))


def drawn(project: Path) -> Diagram:
    current = audit_folder(project)
    return draw(current, take_inventory(current), "default")


def box(diagram: Diagram, name: str) -> Box:
    return next(box for box in diagram.boxes if str(box.name) == name)


def sides(diagram: Diagram) -> dict[tuple[str, str, str], tuple[str, str]]:
    return {
        (str(line.from_table), ",".join(line.from_columns), str(line.to_table)): (line.from_many, line.to_many)
        for line in diagram.lines
    }


def test_cardinality_follows_keys_and_not_null(shop: Diagram) -> None:
    assert sides(shop) == {
        ("public.customers", "id", "auth.users"): ("zero-or-one", "one"),
        ("public.orders", "customer_id", "public.customers"): ("many", "one"),
        ("public.orders", "invited_by", "public.customers"): ("many", "zero-or-one"),
        ("public.order_items", "order_id", "public.orders"): ("many", "one"),
        ("public.order_items", "item_id", "stock.items"): ("many", "one"),
        ("public.orders", "", "stock.items"): ("many", "many"),
        ("public.receipts", "order_id", "public.orders"): ("zero-or-one", "one"),
        ("public.receipts", "coupon_id", "public.coupons"): ("many", "zero-or-one"),
    }
    through = [line for line in shop.lines if line.through is not None]
    assert [str(line.through) for line in through] == ["public.order_items"]
    assert not through[0].enforced
    assert box(shop, "public.order_items").junction


def test_drift_is_marked(shop: Diagram) -> None:
    assert box(shop, "public.coupons").drift == ("missing",)
    assert [field.name for field in box(shop, "public.coupons").fields] == ["id"]
    assert "no-row-security" in box(shop, "public.orders").drift
    assert box(shop, "public.customers").drift == ()
    assert box(shop, "auth.users").platform
    assert [field.name for field in box(shop, "auth.users").fields] == ["id"]


def test_schemas_are_groups(shop: Diagram) -> None:
    assert list(shop.schemas()) == ["auth", "public", "stock"]
    assert "TableGroup stock {\n  stock.items\n}" in diagram_dbml.write(shop)
    assert 'label="stock"' in diagram_dot.write(shop)


def test_mermaid_text(shop: Diagram) -> None:
    text = diagram_mermaid.write(shop)
    assert '  orders }o--|| customers : "customer_id"\n' in text
    assert '  orders }o--o| customers : "invited_by"\n' in text
    assert '  orders }o..o{ stock_items : "through order_items"\n' in text
    assert '  stock_items["stock.items"] {\n    uuid id PK\n    text label "not null"\n  }\n' in text
    assert "    numeric total\n" in text
    assert "  class coupons missing\n" in text


def read_back(text: str, suffix: str) -> DocumentFacts:
    facts = read_document(text.encode(), suffix)
    assert not facts.problems
    return facts


def test_dbml_is_read_back_by_the_reader_of_documents(shop: Diagram) -> None:
    facts = read_back(diagram_dbml.write(shop), ".dbml")
    assert {entity.name.rpartition(".")[2] for entity in facts.entities} == {b.name.name for b in shop.boxes}
    refs = {(r.from_table, r.from_columns, r.to_table, r.to_columns, r.cardinality) for r in facts.relationships}
    assert ("orders", ("customer_id",), "customers", ("id",), "0..*:1") in refs
    assert ("receipts", ("order_id",), "orders", ("id",), "1:1") in refs
    assert len(refs) == 7


def test_dbml_leaves_out_what_it_cannot_write(tmp_path: Path) -> None:
    sql = "create table a (id int primary key references a (id), x int references gone);"
    text = diagram_dbml.write(drawn(write_project(tmp_path, sql)))
    assert "// Table gone: none of its columns is known" in text
    assert "\nRef" not in text
    assert text.count("// Ref: ") == 2


def test_dbml_writes_two_foreign_keys_of_the_same_columns_once(tmp_path: Path) -> None:
    sql = "create table a (id uuid primary key);\ncreate table b (a_id uuid references a (id), "
    sql += "constraint twice foreign key (a_id) references a (id) on delete cascade);\n"
    text = diagram_dbml.write(drawn(write_project(tmp_path, sql)))
    refs = [line for line in text.splitlines() if "Ref:" in line]
    assert len(refs) == 2
    assert sum(line.startswith("Ref:") for line in refs) == 1


def test_mermaid_is_read_back_by_the_reader_of_documents(shop: Diagram) -> None:
    facts = read_back(f"```mermaid\n{diagram_mermaid.write(shop)}```\n", ".md")
    assert {entity.name for entity in facts.entities} == {
        "auth_users", "coupons", "customers", "order_items", "orders", "receipts", "stock_items",
    }  # fmt: skip
    assert len(facts.relationships) == len(shop.lines)


def test_odd_names_stay_names(odd: Diagram) -> None:
    assert {b.name.name for b in odd.boxes} == set(ODD_TABLES)
    dbml = read_back(diagram_dbml.write(odd), ".dbml")
    assert len({e.name for e in dbml.entities}) == len(ODD_TABLES)
    assert len(dbml.relationships) == len(ODD_TABLES) - 1
    mermaid = diagram_mermaid.write(odd)
    assert "<" not in mermaid
    assert len(read_back(f"```mermaid\n{mermaid}```\n", ".md").relationships) == len(ODD_TABLES) - 1


_WORD = r"[A-Za-z_]\w*"
_QUOTED = r'"[^"%\\\n\r<>]+"'
_MERMAID = re.compile(
    rf"erDiagram|  %% [^\n]*|  {_WORD}(?:\[{_QUOTED}\])?(?: \{{)?|  \}}"
    rf"|    {_WORD}(?:\(\d+\))?(?:\[\])? {_WORD}(?: (?:PK|FK|UK)(?:,(?:FK|UK))?)?(?: {_QUOTED})?"
    rf"|  {_WORD} (?:\|\||\|o|\}}o)(?:--|\.\.)(?:\|\||o\||o\{{) {_WORD} : {_QUOTED}"
    rf"|  classDef [\w-]+ [\w:#, -]+|  class {_WORD}(?:,{_WORD})* [\w-]+"
)


@pytest.mark.parametrize("name", ["shop", "odd", "many"])
def test_mermaid_keeps_to_the_grammar(name: str, request: pytest.FixtureRequest) -> None:
    text = diagram_mermaid.write(request.getfixturevalue(name))
    assert [line for line in text.splitlines() if not _MERMAID.fullmatch(line)] == []


@pytest.mark.parametrize("name", ["shop", "odd", "many"])
def test_graphviz_reads_dot(name: str, request: pytest.FixtureRequest) -> None:
    diagram: Diagram = request.getfixturevalue(name)
    assert shutil.which("dot"), "this test needs Graphviz: apt-get install graphviz"
    done = subprocess.run(["dot", "-Tcanon"], input=diagram_dot.write(diagram), text=True, capture_output=True)
    # Graphviz 2.43 now and then warns of arrows that it knows well.
    said = [line for line in done.stderr.splitlines() if not line.startswith("Warning: Arrow type")]
    assert (done.returncode, said) == (0, [])
    assert len(re.findall(r"label=<<TABLE|label=< *<TABLE", done.stdout)) == len(diagram.boxes)


@pytest.mark.parametrize("name", ["shop", "odd", "many"])
def test_svg_is_well_formed_and_shows_every_name(name: str, request: pytest.FixtureRequest) -> None:
    diagram: Diagram = request.getfixturevalue(name)
    root = ElementTree.fromstring(diagram_svg.write(diagram))
    assert not [e for e in root.iter() if e.tag.endswith(("script", "img", "foreignObject"))]
    texts = {element.text for element in root.iter("{http://www.w3.org/2000/svg}text")}
    shown = {visible(b.name.name if b.name.schema == "public" else str(b.name)) for b in diagram.boxes}
    assert shown <= texts


@pytest.mark.parametrize("name", ["shop", "odd", "many"])
def test_boxes_of_a_drawing_do_not_overlap(name: str, request: pytest.FixtureRequest) -> None:
    layout = lay_out(request.getfixturevalue(name))
    rects = sorted(layout.rects.values(), key=lambda r: (r.x, r.y))
    for number, one in enumerate(rects):
        assert one.x >= 0
        assert one.x + one.width <= layout.width
        assert one.y + one.height <= layout.height
        for other in rects[number + 1 :]:
            apart = (
                one.x + one.width <= other.x
                or other.x + other.width <= one.x
                or one.y + one.height <= other.y
                or other.y + other.height <= one.y
            )
            assert apart


def test_a_circle_of_references_is_drawn(tmp_path: Path) -> None:
    chain = "".join(f"create table t{n} (id int primary key, up int);\n" for n in range(1500))
    chain += "".join(
        f"alter table t{n} add foreign key (up) references t{(n + 1) % 1500} (id);\n" for n in range(0, 1500, 1)
    )
    diagram = drawn(write_project(tmp_path, chain))
    assert len(lay_out(diagram).rects) == 1500


def test_around_a_table(shop: Diagram) -> None:
    near = around(shop, [Name("public", "receipts")], 1)
    assert [b.name.name for b in near.boxes] == ["coupons", "orders", "receipts"]
    assert len(near.lines) == 2
    assert near.enums == ((Name("public", "state"), ("open", "paid")),)
    assert [b.name.name for b in around(shop, [Name("public", "receipts")], 0).boxes] == ["receipts"]


@pytest.mark.parametrize("format_", ["mermaid", "dbml", "dot", "svg"])
def test_the_command_writes_the_same_text_each_time(format_: str, tmp_path: Path) -> None:
    write_project(tmp_path, SHOP)
    texts = []
    for _ in range(2):
        assert main(["diagram", str(tmp_path), "--format", format_, "-o", str(tmp_path / "out")]) == 0
        texts.append((tmp_path / "out").read_bytes())
    assert texts[0] == texts[1]
    assert texts[0].endswith(b"\n")


def test_the_command_knows_tables(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    write_project(tmp_path, SHOP)
    assert main(["diagram", str(tmp_path), "--table", "items", "--depth", "0"]) == 0
    assert 'stock_items["stock.items"]' in capsys.readouterr().out
    assert main(["diagram", str(tmp_path), "--depth", "2"]) == 2
    assert "--table" in capsys.readouterr().err
    assert main(["diagram", str(tmp_path), "--table", "itms"]) == 2
    assert "did you mean items?" in capsys.readouterr().err


def test_lines_that_nobody_could_follow_are_said_at_their_column(tmp_path: Path) -> None:
    chain = ["create table users (id uuid primary key);"]
    for number in range(12):
        before = f", before_id uuid references t{number - 1} (id)" if number else ""
        owner = "owner_id uuid references users (id)"
        chain.append(f"create table t{number} (id uuid primary key, {owner}{before});")
    text = diagram_svg.write(drawn(write_project(tmp_path / "long", "\n".join(chain))))
    assert text.count("\u2192 users") == 11  # the first one stands beside it, and its line is drawn
    assert "\u2190 12" in text
    assert "<title>public.t0 to public.users" in text
    assert "<title>public.t5 to public.users" not in text
    assert "<title>public.t5 to public.t4" in text  # nobody else refers to that one
    few = diagram_svg.write(drawn(write_project(tmp_path / "few", "\n".join(chain[:5]))))
    assert "\u2192" not in few


def test_a_table_that_is_only_documented_has_the_key_and_the_order_of_its_document(tmp_path: Path) -> None:
    project = write_project(tmp_path, "create table halls (id uuid primary key, label text);")
    (project / "docs").mkdir(exist_ok=True)
    block = "create table halls (id uuid primary key, label text);\n"
    block += "create table stages (hall_id uuid primary key references halls (id), width int, depth int);"
    (project / "docs/data-model.md").write_text(f"# Data model\n\n```sql\n{block}\n```\n")
    diagram = drawn(project)
    (box,) = (one for one in diagram.boxes if one.name.name == "stages")
    assert [(one.name, one.primary) for one in box.fields] == [("hall_id", True), ("width", False), ("depth", False)]
    assert [line.from_many for line in diagram.lines] == ["zero-or-one"]
