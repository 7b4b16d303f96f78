"""Mermaid's entity diagrams, DBML and boxes."""

from __future__ import annotations

import pytest

from tripoint.model.claim import DocumentFacts
from tripoint.sources.documents.read import read_document


def read(text: str, suffix: str) -> DocumentFacts:
    return read_document(text.encode(), suffix)


def diagram(body: str) -> DocumentFacts:
    return read(f"```mermaid\nerDiagram\n{body}\n```\n", ".md")


def test_entities_with_attributes_keys_and_comments() -> None:
    facts = diagram(
        """    direction LR
    %% a comment with { braces
    orders {
        uuid id PK
        uuid user_id FK "references users.id"
        varchar(20) code UK, FK "the 'code'"
        text[] tags
    }
    "order lines" { uuid id PK int amount }
    p[Person] {
        string name
    }
"""
    )
    assert [found.name for found in facts.entities] == ["orders", "order lines", "p"]
    orders = facts.entities[0]
    assert [(column.name, column.type) for column in orders.columns] == [
        ("id", "uuid"),
        ("user_id", "uuid"),
        ("code", "varchar(20)"),
        ("tags", "text[]"),
    ]
    assert orders.columns[0].primary
    assert orders.columns[1].references == ("users", "id")
    assert orders.columns[2].unique
    assert [column.name for column in facts.entities[1].columns] == ["id", "amount"]
    assert [name for name, _, _ in facts.entities[2].aliases] == ["Person"]


@pytest.mark.parametrize(
    ("edge", "ends", "cardinality"),
    [
        ("users ||--o{ orders : places", ("orders", "users"), "1:0..*"),
        ("orders }o--|| users : of", ("orders", "users"), "0..*:1"),
        ("users |o..o{ orders : places", ("orders", "users"), "0..1:0..*"),
        ("users ||--o| profiles : has", ("profiles", "users"), "1:0..1"),
        ("users one to many orders : places", ("orders", "users"), "1:0..*"),
        ("users only one to zero or more orders : places", ("orders", "users"), "1:0..*"),
        ('"users" ||--|{ "orders" : "of a"', ("orders", "users"), "1:1..*"),
        ("users ||--o{ orders", ("orders", "users"), "1:0..*"),
    ],
)
def test_the_side_that_holds_the_key(edge: str, ends: tuple[str, str], cardinality: str) -> None:
    facts = diagram(edge)
    assert [(found.from_table, found.to_table, found.cardinality) for found in facts.relationships] == [
        (*ends, cardinality)
    ]
    assert {found.name for found in facts.entities} == set(ends)


def test_a_label_may_name_the_columns() -> None:
    facts = diagram('lines }o--|| orders : "FOREIGN KEY (order_id, no) REFERENCES orders (id, no)"\na }o--|| b : b_id')
    assert [(edge.from_columns, edge.to_columns) for edge in facts.relationships] == [
        (("order_id", "no"), ("id", "no")),
        (("b_id",), ()),
    ]


def test_other_diagrams_say_nothing() -> None:
    facts = read(
        "```mermaid\nflowchart LR\n  orders --> users\n```\n\n```mermaid\nstateDiagram-v2\n  A --> B\n```\n", ".md"
    )
    assert facts.entities == ()
    assert facts.relationships == ()


def test_a_diagram_file_with_front_matter() -> None:
    facts = read("---\ntitle: x\n---\nerDiagram\n  a ||--o{ b : has\n", ".mmd")
    assert [found.name for found in facts.entities] == ["a", "b"]


DBML = """
// tables of a shop
Project shop { database_type: 'PostgreSQL' Note: '''
  Table ghost { id int }
''' }

Table shop.users as U [headercolor: #3498DB] {
  id uuid [pk, default: `gen_random_uuid()`]
  email varchar(255) [unique, not null, note: 'the { address }']
  "full name" "character varying" [null]
  balance decimal(10, 2)
  tags text[]
  Note: 'who buys'
  indexes {
    (email, id) [unique]
    balance
  }
}

TablePartial stamps {
  created_at timestamptz [not null]
}

table orders {
  id int [primary key, increment]
  user_id uuid [ref: > U.id, not null]
  ~stamps
}

Table lines { order_id int [ref: > orders.id]
  no int
}

Ref: orders.user_id > U.id [delete: cascade]
Ref pairs { lines.(order_id, no) > positions.(order_id, no) }
Ref { users_tags.a <> tags.a }
Ref: tags.id < lines.no

Enum state { draft paid [note: 'x'] }
TableGroup g { orders lines }
Note sticky { 'Table ghost {' }
"""


def test_dbml() -> None:
    facts = read(DBML, ".dbml")
    assert [found.name for found in facts.entities] == ["shop.users", "orders", "lines"]
    users, orders, lines = facts.entities
    assert [(column.name, column.type) for column in users.columns] == [
        ("id", "uuid"),
        ("email", "varchar(255)"),
        ("full name", "character varying"),
        ("balance", "decimal(10, 2)"),
        ("tags", "text[]"),
    ]
    assert users.description == "who buys"
    assert [column.nullable for column in users.columns] == [False, False, True, None, None]
    assert users.columns[1].description == "the { address }"
    assert [column.name for column in orders.columns] == ["id", "user_id", "created_at"]
    assert [column.name for column in lines.columns] == ["order_id", "no"]
    edges = [
        (edge.from_table, edge.from_columns, edge.to_table, edge.to_columns, edge.cardinality)
        for edge in facts.relationships
    ]
    assert edges == [
        ("orders", ("user_id",), "shop.users", ("id",), "0..*:1"),
        ("lines", ("order_id",), "orders", ("id",), "0..*:1"),
        ("orders", ("user_id",), "shop.users", ("id",), "0..*:1"),
        ("lines", ("order_id", "no"), "positions", ("order_id", "no"), "0..*:1"),
        ("users_tags", ("a",), "tags", ("a",), "0..*:0..*"),
        ("lines", ("no",), "tags", ("id",), "0..*:1"),
    ]
    data = DBML.encode()
    assert data[users.start : users.end] == b"shop.users"
    assert data[users.columns[2].start : users.columns[2].end] == b"full name"


def test_what_a_table_says_counts_before_the_partials_that_are_put_into_it() -> None:
    text = "TablePartial a {\n id int\n at date\n}\nTablePartial b {\n id bigint\n}\n"
    text += "Table t {\n ~a\n at timestamptz\n ~b\n}\n"
    (table,) = read(text, ".dbml").entities
    assert {(column.name, column.type) for column in table.columns} == {("at", "timestamptz"), ("id", "bigint")}


def test_partials_made_of_two_others_each_bring_each_column_once() -> None:
    text = "TablePartial p0 {\n id int\n}\nTablePartial p1 {\n at date\n}\n"
    text += "".join(f"TablePartial p{n} {{\n ~p{n - 1}\n ~p{n - 2}\n}}\n" for n in range(2, 60))
    (table,) = read(text + "Table t {\n ~p59\n}\n", ".dbml").entities
    assert sorted(column.name for column in table.columns) == ["at", "id"]


def test_dbml_inside_markdown_and_an_unclosed_table() -> None:
    facts = read("- x\n\n  ```dbml\n  Table a {\n    id int\n    b_id int [ref: > b.id]\n", ".md")
    assert [(found.name, [column.name for column in found.columns]) for found in facts.entities] == [
        ("a", ["id", "b_id"])
    ]
    assert [edge.to_table for edge in facts.relationships] == ["b"]


def test_a_dbml_table_without_a_body_is_a_problem() -> None:
    assert [problem.kind for problem in read("Table a\n", ".dbml").problems] == ["unparsed"]


def test_an_enum_that_a_generator_draws_is_no_entity() -> None:
    facts = diagram(
        "    State {\n        open open\n        paid paid\n    }\n    orders {\n        State state\n    }\n"
    )
    assert [found.name for found in facts.entities] == ["orders"]


def test_a_line_to_the_enum_of_a_field_is_no_relationship_of_tables() -> None:
    facts = diagram('    "orders" { String id }\n    "orders" |o--|| "OrderState" : "enum:state"\n')
    assert [found.name for found in facts.entities] == ["orders"]
    assert facts.relationships == ()


CLASSES = """```mermaid
classDiagram
    direction LR
    %% class Gone
    class User {
        <<entity>>
        +UUID id
        +String email$
        +login(name) void
        +logout()
        -JSONB? preferences
        varchar(255) name
        age int
        +List~Post~ posts
        +credits_balance
    }
    class Post["A post"]
    Post : +Int id
    User "1" --> "*" Post : has
    class Empty {}
```
"""


def test_classes_and_their_attributes() -> None:
    facts = read(CLASSES, ".md")
    assert [(found.name, [column.name for column in found.columns]) for found in facts.entities] == [
        ("User", ["id", "email", "preferences", "name", "age", "posts", "credits_balance"]),
        ("Post", ["id"]),
        ("Empty", []),
    ]
    assert facts.relationships == ()


BOXES = """\
┌──────────────┐        +---------------+
│    ORDERS    │        | public.people |
├──────────────┤        +---------------+
│ id (PK)      │◄──┐    | PK  id uuid   |
│ 📎 person_id ├───┼───>| name          |
│ total numeric│   │    | born_at  date |
│ ...          │   │    +---------------+
└──────────────┘   └─────────┐
╔═══════════════════╗   ┌────┴─────┐
║ team_members      ║   │ Frontend │
║ • id (uuid)       ║   ├──────────┤
║ • team_id → teams ║   │ next     │
╚═══════════════════╝   │ id_token │
                        └──────────┘
"""


def test_boxes_of_columns() -> None:
    facts = read(f"# Schema\n\n```\n{BOXES}```\n", ".md")
    assert {
        entity.name: [(one.name, one.type, one.primary) for one in entity.columns]
        for entity in facts.entities
        if entity.columns
    } == {
        "ORDERS": [("id", None, True), ("person_id", None, False), ("total", "numeric", False)],
        "public.people": [("id", "uuid", True), ("name", None, False), ("born_at", "date", False)],
        "team_members": [("id", "uuid", False), ("team_id", None, False)],
    }


@pytest.mark.parametrize(
    "box",
    [
        "┌────────┐\n│ orders │\n├────────┤\n│ id     │\n│ a step │\n└────────┘\n",  # a sentence
        "┌────────┐\n│ orders │\n├────────┤\n│ title  │\n│ total  │\n└────────┘\n",  # no key
        "┌────────┐\n│ orders │\n├────────┤\n│ id     │\n│ total  │\n",  # no lower edge
        "┌────────┐\n│ orders │\n├────────┤\n│ id     │\n total  \n└────────┘\n",
        "┌────────┐\n│ orders │\n│ again  │\n├────────┤\n│ id     │\n│ total  │\n└────────┘\n",
        "+----+-------+\n| id | title |\n+----+-------+\n| 1  | a_id  |\n+----+-------+\n",  # rows
    ],
)
def test_boxes_of_something_else(box: str) -> None:
    entities = read(f"# Schema\n\n```\n{box}```\n", ".md").entities
    assert [one.name for one in entities if one.columns] == []
