"""Candidates in Markdown, in the many ways that people write a domain model."""

from __future__ import annotations

import pytest

from tripoint.model.claim import DocumentFacts, EntityCandidate
from tripoint.sources.documents.read import read_document


def read(text: str, suffix: str = ".md") -> DocumentFacts:
    return read_document(text.encode(), suffix)


def entity(facts: DocumentFacts, name: str) -> EntityCandidate:
    return next(found for found in facts.entities if found.name == name)


def columns(text: str, name: str) -> list[str]:
    return [column.name for column in entity(read(text), name).columns]


@pytest.mark.parametrize(
    ("heading", "name", "coded"),
    [
        ("### orders", "orders", False),
        ("### `orders`", "orders", True),
        ("### 3. `orders` table", "orders", True),
        ("### Table: orders", "orders", False),
        ("### Table `orders`", "orders", True),
        ("### Entity: Order Line", "Order Line", False),
        ("### 2.1 📦 Order Line", "Order Line", False),
        ("### **orders**", "orders", False),
        ("### Orders Table (`public.orders`)", "public.orders", True),
        ("### `public.orders` — what was bought", "public.orders", True),
        ("### orders: what was bought", "orders", False),
        ("### OrderLine", "OrderLine", False),
        ("### order\\_lines", "order_lines", False),
        ("### order-lines", "order-lines", False),
        ("### Orders ###", "Orders", False),
        ("orders\n------", "orders", False),
        ("## orders 订单表", "orders", False),
        ("### 3.1 订单 orders", "orders", False),
        ("### 3.2 订单表（orders）", "orders", False),
        ("### Таблица `orders`", "orders", True),
        ("### Table 3: orders", "orders", False),
        ("### [orders](#orders)", "orders", False),
        ("### orders {#orders}", "orders", False),
        ("### orders table schema", "orders", False),
        ("### orders schema", "orders", False),
        ("### Order Schema", "Order Schema", False),
        ("### Schema of orders", "orders", False),
        ("### Structure for table orders", "orders", False),
    ],
)
def test_the_name_that_a_heading_gives(heading: str, name: str, coded: bool) -> None:
    facts = read(f"{heading}\n\n| Column | Type |\n|---|---|\n| id | uuid |\n| total | numeric |\n")
    found = entity(facts, name)
    assert found.form == "heading"
    assert found.coded is coded
    assert [column.name for column in found.columns] == ["id", "total"]


@pytest.mark.parametrize(
    "heading",
    [
        "## How we think about orders and why they matter",
        "## Columns",
        "## Column Descriptions",
        "## Tables",
        "## Why `a.b` is `c`",
    ],
)
def test_a_phrase_names_nothing(heading: str) -> None:
    assert read(f"{heading}\n\ntext\n").entities == ()


def test_a_name_in_parentheses_is_an_alternative() -> None:
    found = entity(read("## Persona (personas)\n"), "Persona")
    assert [name for name, _, _ in found.aliases] == ["personas"]


def test_a_field_table_says_type_nullability_keys_and_target() -> None:
    text = """# Orders

| Column | Type | Nullable | Constraints | Description |
|:--|--|:-:|--|--|
| `id` | `uuid` | NO | PK | |
| **user_id** | uuid | no | FK → users.id | the buyer |
| note | text | ✅ | | |
| code | varchar(20) | No | Unique | |
"""
    found = {column.name: column for column in entity(read(text), "Orders").columns}
    assert list(found) == ["id", "user_id", "note", "code"]
    assert [found[name].nullable for name in found] == [False, False, True, False]
    assert found["id"].primary
    assert found["code"].unique
    assert found["code"].type == "varchar(20)"
    assert found["user_id"].references == ("users", "id")
    assert entity(read(text), "Orders").complete


@pytest.mark.parametrize(
    ("said", "unique"),
    [
        ("unique", True),
        ("text, UNIQUE, not null", True),
        ("unique across all shops", False),
        ("unique per shop", False),
        ("UNIQUE(shop_id, code)", False),
        ("not unique", False),
        ("a unique identifier of the device", False),
    ],
)
def test_what_is_unique_alone(said: str, unique: bool) -> None:
    text = f"# Orders\n\n| Column | Type | Notes |\n|---|---|---|\n| `id` | uuid | PK |\n| `code` | text | {said} |\n"
    assert entity(read(text), "Orders").columns[1].unique is unique


@pytest.mark.parametrize(
    ("cell", "kind"),
    [
        ("uuid PK", "uuid"),
        ("text not null", "text"),
        ("bigint null", "bigint"),
        ("uuid → `shops`", "uuid"),
        ("numeric(10,2) default `0`", "numeric(10,2)"),
        ("text[] DEFAULT '{}'", "text[]"),
        ("timestamptz, NOT NULL", "timestamptz"),
        ("text \\| null", "text"),
        ("uuid FK shops(id)", "uuid"),
        ("text or jsonb", "text or jsonb"),
        ("integer / bigint", "integer / bigint"),
        ("order_state", "order_state"),
    ],
)
def test_a_type_is_told_from_the_keys_and_defaults_behind_it(cell: str, kind: str) -> None:
    text = f"### `orders`\n\n| Column | Type | Notes |\n|---|---|---|\n| `id` | uuid PK | |\n| `total` | {cell} | |\n"
    assert [column.type for column in entity(read(text), "orders").columns] == ["uuid", kind]


@pytest.mark.parametrize(
    ("lines", "expected"),
    [
        (
            "id       uuid PK\nlabel    text NOT NULL  → shown\ntags     text[]\nmore     jsonb DEFAULT '[]'  → [{a}]",
            4,
        ),
        ("├── id (uuid, PK)\n├── label (text)\n└── total (numeric)", 3),
        ("-- what was bought\n- id: uuid\n- label: text\n- shop_id: uuid → shops.id", 3),
        ("id: string\nlabel: string\ntotal: number", 0),  # a payload
        ("interface Order {\n  id: uuid\n  label: text\n  total: numeric\n}", 0),
        ("id uuid\nlabel text", 0),  # too few to tell
        ("POST /orders\nid uuid\nlabel text\ntotal numeric\nreturns the order", 0),
    ],
)
def test_a_block_of_plain_text_lists_the_columns_of_its_heading(lines: str, expected: int) -> None:
    for language in ("", "text"):
        assert len(columns(f"### `orders`\n\n```{language}\n{lines}\n```\n", "orders")) == expected
    assert columns(f"### Our Orders\n\n```\n{lines}\n```\n", "Our Orders") == []
    assert columns(f"### `orders`\n\n```yaml\n{lines}\n```\n", "orders") == []


def test_a_block_of_plain_text_names_its_tables() -> None:
    text = "### Selling\n\n```\norders\n  id uuid\n  total numeric\n  label text\n\n"
    text += "order_lines:\n  - id: uuid\n  - order_id: uuid, FK\n  - amount: integer\n```\n"
    assert columns(text, "orders") == ["id", "total", "label"]
    assert columns(text, "order_lines") == ["id", "order_id", "amount"]
    found = entity(read(text), "order_lines")
    assert text.encode()[found.start : found.end] == b"order_lines"
    assert found.coded


def test_ragged_rows_cost_themselves_only() -> None:
    text = "## orders\n\n| Column | Type |\n|---|---|\n| id\n| total | numeric | extra | more |\n||\n| note | text |\n"
    assert columns(text, "orders") == ["id", "total", "note"]


@pytest.mark.parametrize(
    "item",
    [
        "`user_id` (uuid, not null)",
        "`user_id`: uuid — not null",
        "user_id: uuid, NOT NULL",
        "**user_id** (uuid, required)",
        "user_id uuid not null",
        "`user_id` - UUID, not null, the owner",
        "[x] `user_id` (`uuid`, not null)",
    ],
)
def test_the_ways_to_write_a_field_in_a_list(item: str) -> None:
    found = entity(read(f"## orders\n\n- id: uuid (primary key)\n- {item}\n"), "orders").columns
    assert [column.name for column in found] == ["id", "user_id"]
    assert found[0].primary
    assert found[1].type is not None
    assert found[1].type.lower() == "uuid"
    assert found[1].nullable is False


def test_two_fields_in_one_item() -> None:
    text = "## orders\n\n- `id`: uuid\n- `created_at`, `updated_at`: timestamptz\n"
    assert columns(text, "orders") == ["id", "created_at", "updated_at"]


def test_fields_below_a_label_and_other_lists_beside_them() -> None:
    text = """### Orders Table (`public.orders`)

**Purpose**: what people bought

**Schema**:
- `id` (uuid, PK)
- `total` (numeric)

**Policies**:
- `Owners can read`: select
- `id_check`: text

**Indexes:**
- `orders_user_id_idx` on user_id
"""
    assert columns(text, "public.orders") == ["id", "total"]


def test_a_bold_item_with_nested_fields() -> None:
    text = (
        "## Entities\n\n- **orders** - what was bought\n  - id: uuid\n  - total: numeric\n- **users**\n  - id: uuid\n"
    )
    facts = read(text)
    assert [(found.name, [column.name for column in found.columns]) for found in facts.entities] == [
        ("orders", ["id", "total"]),
        ("users", ["id"]),
    ]


def test_a_bold_line_opens_an_entity() -> None:
    text = "## Core\n\n**orders**\n\n- id: uuid\n- total: numeric\n\n"
    text += "**users**\n\n| Field | Type |\n|--|--|\n| id | uuid |\n"
    assert columns(text, "orders") == ["id", "total"]
    assert columns(text, "users") == ["id"]


def test_fields_in_one_line() -> None:
    text = "## orders\n\n**Fields**: `id`, `user_id`, `total`\n"
    assert columns(text, "orders") == ["id", "user_id", "total"]
    assert entity(read(text), "orders").complete


def test_what_a_field_holds_is_no_table() -> None:
    text = "## Stand\n\nKey fields:\n\n- id\n- owner\\_id\n- map\\_location (geocoded point: latitude, longitude)\n"
    assert columns(text, "Stand") == ["id", "owner_id", "map_location"]
    assert [found.name for found in read(text).entities] == ["Stand"]


def test_a_signature_lists_columns() -> None:
    text = "Tables\n\n- orders(id, user_id uuid, total numeric(10,2))\n"
    assert columns(text, "orders") == ["id", "user_id", "total"]


@pytest.mark.parametrize(
    "label", ["Key columns:", "**Main fields**:", "Fields (for example):", "Important columns:", "Some fields:"]
)
def test_a_part_of_the_fields_is_not_the_whole(label: str) -> None:
    found = entity(read(f"## orders\n\n{label}\n\n- `id`: uuid\n- `total`: numeric\n"), "orders")
    assert [column.name for column in found.columns] == ["id", "total"]
    assert not found.complete


@pytest.mark.parametrize(
    "label",
    [
        "It is missing the parts that a voyage needs:",
        "The table does not have these yet:",
        "Lacking fields:",
        "Kept small. It lacks what sailors ask for:",
    ],
)
def test_what_a_table_lacks_is_none_of_its_columns(label: str) -> None:
    text = f"### `boats`\n\nColumns include:\n\n- `id`\n- `name`\n\n{label}\n\n- `voyage_id`\n- `left_at`\n"
    assert columns(text, "boats") == ["id", "name"]


def test_what_was_said_before_the_label_lists_columns() -> None:
    text = "### `boats`\n\nIt does not have a crew. Columns:\n\n- `id`\n- `name`\n"
    assert columns(text, "boats") == ["id", "name"]


def test_an_ellipsis_makes_a_list_partial() -> None:
    assert not entity(read("## orders\n\n- `id`: uuid\n- `total`: numeric\n- ...\n"), "orders").complete
    assert not entity(read("## o\n\n| Field | Type |\n|--|--|\n| id | uuid |\n| … | |\n"), "o").complete


def test_a_table_of_tables() -> None:
    text = "## Data\n\n| Table | Purpose |\n|---|---|\n| `orders` | sales |\n"
    text += "| [users](users.md) | people |\n| Order Line | |\n"
    facts = read(text)
    assert [(found.name, found.form) for found in facts.entities if found.form == "table-row"] == [
        ("orders", "table-row"),
        ("users", "table-row"),
        ("Order Line", "table-row"),
    ]
    assert entity(facts, "orders").context == ("Data", "table")
    assert entity(facts, "orders").description == "sales"


def test_a_table_that_names_table_and_column() -> None:
    text = (
        "| Table | Column | Type |\n|--|--|--|\n| orders | id | uuid |\n| | total | numeric |\n| users | id | uuid |\n"
    )
    facts = read(text)
    assert [column.name for column in entity(facts, "orders").columns] == ["id", "total"]
    assert [column.name for column in entity(facts, "users").columns] == ["id"]


@pytest.mark.parametrize(
    "line",
    [
        "`orders.user_id` → `users.id`",
        "- orders.user_id -> users.id (many to one)",
        "* **orders.user_id** => users(id)",
        "orders.user_id references users.id, cascading",
        "| x | `orders.user_id` --> `users.id` |",
        "users.id ← orders.user_id",
        "1. `orders.user_id` (FK) → `users.id`",
        "> orders.user\\_id REFERENCES users (id)",
        "orders(user_id) → users(id)",
    ],
)
def test_the_ways_to_draw_a_relationship(line: str) -> None:
    found = read(f"# Relations\n\n{line}\n").relationships
    assert [(edge.from_table, edge.from_columns, edge.to_table, edge.to_columns) for edge in found] == [
        ("orders", ("user_id",), "users", ("id",))
    ]


def test_a_relationship_to_a_schema_and_one_of_two_columns() -> None:
    found = read("- `a.user_id` → `auth.users.id`\n- lines.(order_id, no) → positions.(order_id, no)\n").relationships
    assert [(edge.to_table, edge.to_columns) for edge in found] == [
        ("auth.users", ("id",)),
        ("positions", ("order_id", "no")),
    ]


def test_relationships_in_a_table_of_two_ends() -> None:
    text = "| From | To |\n|--|--|\n| `orders.user_id` | `users.id` |\n| public.lines.order_id | public.orders(id) |\n"
    found = read(text).relationships
    assert [(edge.from_table, edge.from_columns, edge.to_table) for edge in found] == [
        ("orders", ("user_id",), "users"),
        ("public.lines", ("order_id",), "public.orders"),
    ]


def test_what_is_commented_out_or_struck_through_says_nothing() -> None:
    text = (
        "<!--\n## orders\n\n- a.b_id → c.id\n-->\n\n<!-- a.b_id → c.id -->\n\n~~`a.b_id` → `c.id`~~\n\n"
        "| Table | For |\n|--|--|\n| ~~orders~~ | gone |\n"
    )
    facts = read(text)
    assert facts.entities == ()
    assert facts.relationships == ()


def test_a_tree_of_fields_is_a_table_and_one_of_files_is_none() -> None:
    tree = "orders (table)\n├── id (uuid, PK)\n│   └── never changes\n├── user_id: uuid\n└── note\n"
    files = "src\n├── orders.ts\n└── users\n    └── index.ts\n"
    facts = read(f"# Schema\n\n```\n{tree}\n{files}```\n\n```yaml\n{tree}```\n")
    (found,) = [one for one in facts.entities if one.columns]
    assert (found.name, [(column.name, column.type) for column in found.columns]) == (
        "orders",
        [("id", "uuid"), ("user_id", "uuid"), ("note", None)],
    )


def test_front_matter_is_no_heading_and_gives_the_title() -> None:
    facts = read("---\ntitle: The schema\ntables: orders.id -> users.id\n---\n\n## users\n")
    assert facts.title == "The schema"
    assert [found.name for found in facts.entities] == ["users"]
    assert facts.relationships == ()


def test_a_sql_block_gives_its_tables() -> None:
    text = """## Schema

1. First:

   ```sql
   create table if not exists public."orders" (
     id uuid primary key default gen_random_uuid(),
     user_id uuid not null references auth.users(id),
     tags text[],
     total numeric(10, 2),
     foreign key (user_id, tags) references public.pairs (a, b)
   );
   alter table public.orders enable row level security;
   ```
"""
    facts = read(text)
    found = entity(facts, "public.orders")
    assert [(column.name, column.type) for column in found.columns] == [
        ("id", "uuid"),
        ("user_id", "uuid"),
        ("tags", "text[]"),
        ("total", "numeric(10,2)"),
    ]
    assert found.columns[1].references == ("auth.users", "id")
    assert found.columns[1].nullable is False
    assert found.complete
    assert [(edge.from_columns, edge.to_table, edge.to_columns) for edge in facts.relationships] == [
        (("user_id", "tags"), "public.pairs", ("a", "b"))
    ]
    data = text.encode()
    assert data[found.start : found.end] == b'public."orders'
    assert data[found.columns[1].start : found.columns[1].end] == b"user_id"


def test_a_sql_block_with_an_ellipsis_still_names_its_table() -> None:
    facts = read("```sql\nCREATE TABLE Orders (\n  id uuid,\n  ...\n);\n```\n")
    assert [(found.name, found.columns) for found in facts.entities] == [("orders", ())]


def test_other_code_blocks_say_nothing() -> None:
    text = (
        "```ts\n// create table orders (id uuid)\norders.user_id -> users.id\n```\n\n    orders.user_id -> users.id\n"
    )
    facts = read(text)
    assert facts.entities == ()
    assert facts.relationships == ()


def test_what_stands_between_the_markers_is_generated() -> None:
    text = """## users

<!-- tripoint:schema start version=1 -->
## orders
- `orders.user_id` → `users.id`
<!-- tripoint:schema end -->

## lines
"""
    facts = read(text)
    assert [(found.name, found.generated) for found in facts.entities] == [
        ("users", False),
        ("orders", True),
        ("lines", False),
    ]
    assert [edge.generated for edge in facts.relationships] == [True]


def test_a_marker_without_an_end_is_a_problem_and_generates_nothing() -> None:
    facts = read("<!-- tripoint:schema start -->\n\n## orders\n")
    assert [found.generated for found in facts.entities] == [False]
    assert [problem.kind for problem in facts.problems] == ["unparsed"]


def test_markers_shown_in_a_code_block_are_text() -> None:
    text = "```md\n<!-- tripoint:schema start -->\n```\n\n## orders\n\n```md\n<!-- tripoint:schema end -->\n```\n"
    facts = read(text)
    assert [found.generated for found in facts.entities] == [False]
    assert facts.problems == ()


def test_what_is_said_of_a_field_further_on_is_not_said_of_the_first() -> None:
    found = entity(read("### visits\n\n- id (uuid PK), guest_id (uuid FK guests), seen_at (timestamp)\n"), "visits")
    assert (found.columns[0].name, found.columns[0].references) == ("id", None)


@pytest.mark.parametrize(
    "said, target",
    [("Reference to orders", ("orders", None)), ("Reference to orders/visits", None), ("FK a or b", None)],
)
def test_a_reference_to_one_of_several_is_none(said: str, target: object) -> None:
    text = f"# Moves\n\n| Column | Type | Description |\n|--|--|--|\n| id | uuid | PK |\n| cause | uuid | {said} |\n"
    assert entity(read(text), "Moves").columns[1].references == target


def test_one_item_may_list_all_fields_each_with_its_note() -> None:
    text = "### visits\n\n- `id` (uuid, PK), `guest_id` (uuid, FK guests), `kind` (enum: day | night), `seen_at`.\n"
    found = entity(read(text), "visits")
    assert [(column.name, column.references) for column in found.columns] == [
        ("id", None),
        ("guest_id", ("guests", None)),
        ("kind", None),
        ("seen_at", None),
    ]
    assert [column.primary for column in found.columns] == [True, False, False, False]
    assert found.complete
    assert not entity(read(text.replace("`seen_at`.", "`seen_at`, plus the usual columns.")), "visits").complete


def test_a_second_field_table_that_begins_with_the_same_key_is_another_entitys() -> None:
    head = "| Field | Type | Notes |\n|---|---|---|\n| `id` | uuid | PK |\n"
    text = f"## blocks\n\n{head}| `code` | text | |\n\nThe items of a block.\n\n{head}| `done` | bool | |\n"
    assert columns(text, "blocks") == ["id", "code"]


@pytest.mark.parametrize("head", ["Ограничения", "Restrições", "Contraintes", "제약조건", "Kısıtlar"])
def test_constraints_have_heads_in_other_languages(head: str) -> None:
    text = f"## books\n\n| Column | Type | {head} |\n|---|---|---|\n| author_id | uuid | FK → authors |\n"
    (entity,) = read_document(text.encode(), ".md").entities
    assert entity.columns[0].references == ("authors", None)


FIELDS = "| Column | Type | Notes |\n|---|---|---|\n| `id` | uuid | the key |\n| `email` | text | its address |\n"
LIST = "- `id` (uuid)\n- `email` (text)\n"


@pytest.mark.parametrize(
    ("between", "listed", "found"),
    [
        ("**Purpose**: one row for each call", FIELDS, True),
        ("**Purpose**: one row for each call", LIST, True),
        ("**Access**: owners read, nobody writes", FIELDS, True),
        ("**Indexes** (b-tree):", FIELDS, False),
        ("**Indexes**", FIELDS, False),
        ("**Indexes**: for speed", LIST, False),
        ("**Policies**: these", LIST, False),
    ],
)
def test_words_between_a_heading_and_its_columns(between: str, listed: str, found: bool) -> None:
    assert columns(f"# Schema\n\n### calls\n\n{between}\n\n{listed}", "calls") == (["id", "email"] if found else [])


@pytest.mark.parametrize(
    ("heading", "names"),
    [
        ("Main Table: `public.calls`", ["public.calls"]),
        ("3. New table `calls`", ["calls"]),
        ("Database: `calls` table", ["calls"]),
        ("Data model: `calls`", ["calls"]),
        ("`calls` — renamed from `rings`", ["calls"]),
        ("جدول `calls`:", ["calls"]),
        # What is done to a table, or asked of it, is no description of it.
        ("Extend the `calls` table", []),
        ("Why table `calls`", []),
        ("`calls` table RLS policies", []),
        ("Method: `calls`", []),
    ],
)
def test_headings_that_announce_a_table(heading: str, names: list[str]) -> None:
    found = read(f"## {heading}\n\n{FIELDS}").entities
    assert [one.name for one in found if one.columns] == names


def test_bold_lines_that_stand_for_headings() -> None:
    tables = f"## Tables (all have an id)\n\n**Caller**\n\n{FIELDS}\n**PhoneCall**\n\n{FIELDS}"
    text = f"{tables}\n## API\n\n**Params**\n\n{FIELDS}"
    assert [one.name for one in read(text).entities if one.columns] == ["Caller", "PhoneCall"]


def test_fields_that_are_defined_in_one_code_span() -> None:
    text = "### orders\n\n- `id uuid pk`\n- `user_id uuid not null` -> users.id\n- `note text`: what was said\n"
    found = entity(read(text), "orders").columns
    assert [(one.name, one.type, one.nullable, one.primary, one.references) for one in found] == [
        ("id", "uuid", False, True, None),
        ("user_id", "uuid", False, False, ("users", "id")),
        ("note", "text", None, False, None),
    ]


@pytest.mark.parametrize(
    ("text", "names"),
    [
        ("## Core tables\n\n### Users and access\n\n- `users` - who\n- `roles` - what they may\n", ["users", "roles"]),
        ("## Tablas principales\n\n### Usuarios\n\n- **users**: quién\n- **roles**: qué\n", ["users", "roles"]),
        ("## Tablas principales\n\n- users\n- roles\n", ["users", "roles"]),
        # Fields of a table, by their types or keys, and names without a mark.
        ("## Tables\n\n### users\n\n- `email` (text)\n- `name` (text)\n", []),
        ("## Tables\n\n### users\n\n- `email`\n- `team_id`\n", []),
        ("## Tables and how we name them\n\n### Rules\n\n- plural\n- short\n", []),
        ("## Overview\n\n### Users\n\n- `users` - who\n", []),
    ],
)
def test_lists_in_a_section_of_tables(text: str, names: list[str]) -> None:
    assert [one.name for one in read(text).entities if one.form == "list-item"] == names


@pytest.mark.parametrize(
    ("cell", "listed"),
    [
        ("id, user_id (FK), total", ["id", "user_id", "total"]),
        ("`id`, `user_id`, `total`", ["id", "user_id", "total"]),
        ("`id` (uuid, PK), `total` (numeric)", ["id", "total"]),
        ("id, total, …", ["id", "total"]),
        ("the usual, and more of it", []),
        ("id, the total", []),
    ],
)
def test_a_cell_that_lists_columns(cell: str, listed: list[str]) -> None:
    for header in ("Columns", "Key columns"):
        assert columns(f"# Schema\n\n| Table | {header} |\n|---|---|\n| orders | {cell} |\n", "orders") == listed


def test_what_a_row_says_of_its_table_is_said_of_none_of_its_columns() -> None:
    text = "# Schema\n\n| Table | Columns | Notes |\n|---|---|---|\n| orders | `id`, `total` | unique per day |\n"
    assert [(one.name, one.unique, one.description) for one in entity(read(text), "orders").columns] == [
        ("id", False, None),
        ("total", False, None),
    ]


@pytest.mark.parametrize(
    ("line", "found"),
    [
        ("The `orders` table has these columns:", True),
        ("The main table is `orders`:", True),
        ("Table `orders`:", True),
        ("Columns of `orders`:", True),
        ("What is bought is kept in `orders`:", True),
        ("`orders` has:", True),
        ("What is bought. The new `orders` table:", True),
        ("1. **orders**", True),
        ("- `orders`", True),
        ("**Output table:** `orders`", True),
        ("**Table name**: orders", True),
        ("Table 2: `orders`", True),
        ("Table: orders\n\nWhat is bought.", True),
        ("### Columns of `orders`", True),
        ("orders table:", True),
        ("<h3>orders</h3>", True),
        ("<details>\n<summary><b>orders</b></summary>", True),
        # Of something else, or of several.
        ("The `orders` table has these indexes:", False),
        ("The `orders` table", False),
        ("Sent to `orders`:", False),
        ("Tables: `orders`", False),
        ("Table: see `orders`", False),
        ("orders:\n\nWhat is bought.", False),
        ("The `orders` and `invoices` tables:", False),
        ("<details>\n<summary>orders</summary>\n\nFolded away.\n\n</details>", False),
    ],
)
def test_what_announces_the_columns_of_a_table(line: str, found: bool) -> None:
    listed = [one.columns for one in read(f"# Database\n\n{line}\n\n{FIELDS}").entities if one.name == "orders"]
    assert any(listed) == found


def test_a_sentence_goes_before_the_heading_above_it() -> None:
    text = f"# Database\n\n## users\n\n- id uuid\n\nThe `orders` table has these columns:\n\n{FIELDS}"
    assert (columns(text, "users"), columns(text, "orders")) == (["id"], ["id", "email"])
    listed = (
        "# Database\n\n## users\n\n- id uuid\n\nThe `orders` table has these columns:\n\n- id uuid\n- total numeric\n"
    )
    assert (columns(listed, "users"), columns(listed, "orders")) == (["id"], ["id", "total"])


def test_what_folds_away_below_a_heading_is_of_its_table() -> None:
    text = f"# Database\n\n## orders\n\n<details>\n<summary>Show all</summary>\n\n{FIELDS}\n</details>\n"
    assert columns(text, "orders") == ["id", "email"]
