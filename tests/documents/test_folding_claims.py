"""Which candidates are claims: what clearly names a table of this database, and nothing else."""

from __future__ import annotations

import pytest

from documents.documents_support import claims_of
from tripoint.model.claim import Claims
from tripoint.model.name import Name

SHOP = {
    "users": "id email created_at",
    "orders": "id user_id>users.id total status created_at",
    "order_lines": "id order_id>orders.id product_id>products.id amount",
    "products": "id name price category_id>categories.id",
    "categories": "id title",
}
ENTITIES = """# Data model

### orders

| Column | Type |
|---|---|
| id | uuid |
| user_id | uuid |
| total | numeric |
| status | text |
| created_at | timestamptz |
"""


def tables(claims: Claims) -> set[str]:
    return {str(name) for name in claims.by_table}


def of(path: str, text: str, known: dict[str, str] | None = None, used: tuple[str, ...] = ()) -> Claims:
    return claims_of({path: text}, SHOP if known is None else known, used=used)


@pytest.mark.parametrize(
    ("entity", "table"),
    [
        ("PUBLIC_ORDERS", "public.orders"),
        ("PUBLIC_FORM", "public.PublicForm"),
        ("PUBLIC_KEYS", "public.public_keys"),
        ("AUTH_USERS", "auth.users"),
        ("AUTH_CODE", "public.auth_codes"),
    ],
)
def test_an_entity_begins_with_a_schema_where_no_table_is_called_so_as_a_whole(entity: str, table: str) -> None:
    known = {**SHOP, "PublicForm": "id", "auth_codes": "id"}
    text = f"# Data model\n\n```mermaid\nerDiagram\n  {entity} ||--o{{ PRODUCTS : has\n```\n"
    (relationship,) = of("docs/data-model.md", text, known).relationships
    assert str(relationship.to_table) == table


def test_diagrams_that_call_tables_after_their_schemas_name_those() -> None:
    known = {"api.trips": "id", "api.stay": "id", "crew_data.people": "id", "ports": "id"}
    drawn = ("api_trips", "api_stay", "crew_data_people", "public_ports", "api_cargo", "harbours")
    text = "# Schema\n\n```mermaid\nerDiagram\n" + "".join(f"  {name} {{\n    int id\n  }}\n" for name in drawn)
    named = {"api.trips", "api.stay", "crew_data.people", "public.ports", "api.cargo"}
    assert named < tables(of("docs/schema.md", text + "```\n", known))


@pytest.mark.parametrize(
    ("written", "table"),
    [
        ("order_lines", "order_lines"),
        ("Order Line", "order_lines"),
        ("Order Lines", "order_lines"),
        ("OrderLine", "order_lines"),
        ("ORDER_LINES", "order_lines"),
        ("order-lines", "order_lines"),
        ("`public.order_lines`", "order_lines"),
        ("Category", "categories"),
        ("1. `categories` table", "categories"),
        ("Product (products)", "products"),
    ],
)
def test_a_heading_in_any_style_names_its_table(written: str, table: str) -> None:
    fields = "\n".join(f"- `{column.split('>')[0]}`: uuid" for column in SHOP[table].split())
    claims = of("docs/data-model.md", f"# Data model\n\n## {written}\n\n{fields}\n")
    assert tables(claims) == {f"public.{table}"}
    assert claims.tables[0].lists_columns
    assert [column.name for column in claims.tables[0].columns] == [c.split(">")[0] for c in SHOP[table].split()]


def test_an_entity_that_matches_nothing_is_expected_next_to_those_that_do() -> None:
    text = ENTITIES + "\n### shipments\n\n| Column | Type |\n|---|---|\n| id | uuid |\n| order_id | uuid |\n"
    claims = of("docs/data-model.md", text)
    assert tables(claims) == {"public.orders", "public.shipments"}
    shipment = claims.by_table[Name("public", "shipments")][0]
    assert [column.name for column in shipment.columns] == ["id", "order_id"]


def test_a_plural_of_spanish_is_the_same_table() -> None:
    claims = of(
        "docs/data-model.md", "# Data model\n\n### Sucursal\n\n- id: uuid\n- name: text\n", {"sucursales": "id name"}
    )
    assert tables(claims) == {"public.sucursales"}


def test_an_expected_table_takes_the_number_that_the_tables_have() -> None:
    text = (
        "# Data model\n\n## Order\n\n- id: uuid\n- userId: uuid\n- status: text\n\n"
        "## Gift Voucher\n\n- id: uuid\n- orderId: uuid\n"
    )
    assert tables(of("docs/data-model.md", text)) == {"public.orders", "public.gift_vouchers"}
    singular = {"order": "id user_id status", "product": "id"}
    assert tables(of("docs/data-model.md", text, singular)) == {"public.order", "public.gift_voucher"}


def test_an_expected_table_in_a_table_of_tables() -> None:
    text = (
        "# Database\n\n| Table | Purpose |\n|--|--|\n| `orders` | |\n"
        "| `products` | |\n| `vouchers` | |\n| Reports | |\n"
    )
    assert tables(of("docs/database.md", text)) == {"public.orders", "public.products", "public.vouchers"}


def test_columns_that_are_listed_behind_their_table_are_no_tables() -> None:
    text = (
        "# Database\n\n| Step | Tables |\n|--|--|\n| 1 | `orders`, `products`, `order_lines`, `vouchers` |\n"
        "| 2 | `orders.note`, `total`, `status` |\n"
    )
    known = {"public.orders", "public.products", "public.order_lines", "public.vouchers"}
    assert tables(of("docs/database.md", text)) == known


def test_a_table_of_tables_of_something_else_says_nothing() -> None:
    text = "# Database\n\n| Table | Purpose |\n|--|--|\n| `invoices` | Stripe's |\n| `charges` | |\n| `refunds` | |\n"
    assert tables(of("docs/database.md", text)) == set()


def test_a_table_that_only_code_knows_is_recognised() -> None:
    text = ENTITIES + "\n### Delivery Slot\n\n- starts: text\n- ends: text\n"
    assert "public.delivery_slots" in tables(of("docs/data-model.md", text, used=("delivery_slots",)))


@pytest.mark.parametrize(
    "status",
    [
        "Planned",
        "Future tables",
        "Deprecated",
        "Not yet implemented",
        "Ideas",
        "Schema enhancements",
        "Option B",
        "Known issues",
        "Geplante Tabellen",
        "Tablas futuras",
        "今後の拡張",
        "Optional: teams",
        "Módulo (opcional)",
    ],
)
def test_what_says_itself_that_it_is_not_there_is_not_expected(status: str) -> None:
    text = ENTITIES + f"\n## {status}\n\n### vouchers\n\n| Column | Type |\n|---|---|\n| id | uuid |\n| code | text |\n"
    assert tables(of("docs/data-model.md", text)) == {"public.orders"}


@pytest.mark.parametrize(
    ("said", "expected"),
    [
        ("Optionale Tabelle für Gutscheine.", False),
        ("What was given. A separate table is optional.", False),
        ("Optional codes that lower a total.", True),
    ],
)
def test_a_table_that_the_project_can_do_without_is_not_expected(said: str, expected: bool) -> None:
    text = ENTITIES + f"\n### vouchers\n\n{said}\n\n| Column | Type |\n|---|---|\n| id | uuid |\n| code | text |\n"
    assert ("public.vouchers" in tables(of("docs/data-model.md", text))) == expected


def test_a_heading_names_a_table_that_words_describe() -> None:
    text = "# Tables\n\n### `orders`\n\nWhat is bought.\n\n### `users`\n\nWho buys.\n\n### `vouchers`\n\nNot there.\n"
    assert tables(of("docs/DATABASE_SCHEMA.md", text)) == {"public.orders", "public.users"}
    assert tables(of("docs/guide.md", text)) == set()


def test_the_content_of_a_column_is_no_table() -> None:
    text = ENTITIES + "\n#### status\n\n- id: uuid\n- reason: text\n"
    assert tables(of("docs/data-model.md", text)) == {"public.orders"}


def test_a_part_of_a_table_is_no_table() -> None:
    text = ENTITIES + "\n#### protected columns here\n\n- user_id: uuid\n- total: numeric\n- status: text\n"
    assert tables(of("docs/data-model.md", text)) == {"public.orders"}


def test_the_users_of_the_platform_are_no_expected_table() -> None:
    known = {"profiles": "id>auth.users.id name", "orders": "id user_id>auth.users.id"}
    text = (
        "```mermaid\nerDiagram\n  USER ||--o{ ORDER : places\n  USER ||--|| PROFILE : has\n  USER { uuid id PK }\n```\n"
    )
    claims = of("docs/erd.md", text, known)
    assert tables(claims) == {"public.orders", "public.profiles"}
    assert {(edge.from_table, edge.to_table) for edge in claims.relationships} >= {
        (Name("public", "orders"), Name("auth", "users"))
    }


NEGATIVE = {
    "endpoints": (
        "# Shop\n\n## API\n\n### Orders\n\n| Field | Type | Required |\n"
        "|--|--|--|\n| page | number | no |\n| q | string | no |\n"
    ),
    "components": "# Shop\n\n## Components\n\n- `orders` - the list\n- `users` - the avatar\n- `cart`\n",
    "environment": (
        "# Shop\n\n| Name | Type | Default |\n|--|--|--|\n| `DATABASE_URL` | string | |\n| `users` | int | 3 |\n"
    ),
    "roadmap": "# Shop\n\n## Roadmap\n\n- orders: refunds\n- users: invitations\n- [ ] `vouchers`\n",
    "interfaces": "# Shop\n\n### Orders\n\n```ts\ninterface Orders { id: string; user_id: string }\n```\n",
    "metrics": "# Shop\n\n| Metric | Type | Description |\n|--|--|--|\n| orders | counter | |\n| users | gauge | |\n",
    "prose": "# Shop\n\nThe orders of users reference products. See `orders` and `order_lines`.\n",
    "paths": "# Shop\n\n`users.ts` → `orders.ts`, main.users -> main.orders, user.id → order.id\n",
    "config": (
        "# Config\n\n## users\n\n| Option | Type | Description |\n|--|--|--|\n| id | text | |\n| email | text | |\n"
    ),
    "props": (
        "# Button\n\n## Product\n\n| Name | Type | Default |\n|--|--|--|\n"
        "| onClick | function | |\n| name | string | |\n"
    ),
    "another product": (
        "# Stripe\n\n```sql\ncreate table products (sku text, vat numeric, stock int, weight int);\n```\n"
    ),
    "models": "# AI\n\n| Model | Price |\n|--|--|\n| users | 3 |\n| orders | 5 |\n",
    "flow": "# Flow\n\n```mermaid\nflowchart LR\n  users --> orders\n```\n",
}


@pytest.mark.parametrize("kind", sorted(NEGATIVE))
def test_what_is_no_claim(kind: str) -> None:
    claims = of("README.md", NEGATIVE[kind])
    assert claims.tables == ()
    assert claims.relationships == ()
    assert claims.domain_models == ()


@pytest.mark.parametrize(
    "path",
    ["CHANGELOG.md", "LICENSE.md", "node_modules/x/schema.md", "vendor/y/docs/database.md", "docs/release-notes.md"],
)
def test_a_document_that_is_never_heard(path: str) -> None:
    assert of(path, ENTITIES).tables == ()


@pytest.mark.parametrize(
    "path",
    [
        "docs/archive/data-model.md",
        "docs/plans/database.md",
        "docs/9-future-features/database.md",
        "output/implementation-artifacts/database.md",
        ".claude/schema.md",
        "docs/auditoria-data-model.md",
        "docs/schema-2026-02-12.md",
        "docs/20260212_database.md",
    ],
)
def test_a_plan_or_an_archive_vouches_for_nothing_that_is_not_there(path: str) -> None:
    text = ENTITIES + "\n### vouchers\n\n| Column | Type |\n|---|---|\n| id | uuid |\n| code | text |\n"
    claims = of(path, text)
    assert tables(claims) <= {"public.orders"}
    assert all(claim.columns == () for claim in claims.tables)
    assert claims.domain_models == ()


@pytest.mark.parametrize(
    ("path", "heard"),
    [
        ("docs/overview.md", True),
        ("docs/fix-summary.md", False),
        ("ORDERS_TAB_ANALYSIS.md", False),
        ("docs/mysql-migration.md", False),
        ("docs/migracion_mysql_a_postgres.md", False),
        ("docs/database-migration.md", True),
    ],
)
def test_what_tells_of_a_move_or_of_work_done_vouches_for_nothing_else(path: str, heard: bool) -> None:
    text = "".join(
        f"### {name}\n\n| Column | Type |\n|---|---|\n| id | uuid |\n| created_at | timestamptz |\n\n"
        for name in ("orders", "products", "users", "vouchers")
    )
    assert ("public.vouchers" in tables(of(path, f"# Shop\n\n{text}"))) is heard


@pytest.mark.parametrize(("heading", "stated"), [("Proposed solutions", False), ("Orders", True)])
def test_a_section_of_what_is_proposed_gives_a_table_no_columns_and_no_keys(heading: str, stated: bool) -> None:
    sql = "create table orders (id uuid, total numeric, status text, product_id uuid references products(id));"
    claims = of("docs/database.md", f"# Issues of the shop's database\n\n## {heading}\n\n```sql\n{sql}\n```\n")
    assert ([claim.columns != () for claim in claims.tables], claims.relationships != ()) == ([stated], stated)


def test_a_sql_block_in_a_guide_counts_where_it_is_the_table() -> None:
    text = (
        "# Setup\n\n```sql\n"
        "create table orders (id uuid, user_id uuid, total numeric);\ncreate table todos (id int);\n```\n"
    )
    claims = of("docs/setup.md", text)
    assert tables(claims) == {"public.orders"}
    assert not claims.tables[0].lists_columns


def test_the_columns_of_something_else_by_that_name_are_no_columns() -> None:
    text = "# Database\n\n## `users`\n\nFields:\n\n- `page_id`: int\n- `limit`: int\n- `cursor`: text\n"
    assert all(claim.columns == () for claim in of("docs/database.md", text).tables)


def test_columns_are_spelled_as_the_database_does() -> None:
    text = (
        "# Data model\n\n### Order\n\n| Field | Type |\n|--|--|\n"
        "| userId | string |\n| Total | number |\n| giftNote | string |\n"
    )
    claims = of("docs/data-model.md", text)
    assert [column.name for column in claims.tables[0].columns] == ["user_id", "total", "gift_note"]


def test_a_diagram_with_a_selection_of_the_columns_does_not_list_them_all() -> None:
    some = (
        "```mermaid\nerDiagram\n  orders { uuid id PK\n uuid user_id FK\n text status }\n  users { uuid id PK }\n```\n"
    )
    assert not any(claim.lists_columns for claim in of("docs/erd.md", some).tables)


def test_a_list_without_the_id_is_a_selection() -> None:
    text = "# Data model\n\n### order_lines\n\n- `order_id` (uuid)\n- `product_id` (uuid)\n- `amount` (int)\n"
    claims = of("docs/data-model.md", text)
    assert [len(claim.columns) for claim in claims.tables] == [3]
    assert not claims.tables[0].lists_columns


def test_the_guess_of_the_domain_model() -> None:
    other = "# Guide\n\n| Table | Why |\n|--|--|\n| `orders` | x |\n"
    documents = {"docs/data-model.md": ENTITIES.replace("### orders", "### orders\n\n- x\n"), "docs/guide.md": other}
    known = {"orders": SHOP["orders"], "users": SHOP["users"]}
    assert claims_of(documents, known).domain_models == ("docs/data-model.md",)


def test_the_configured_domain_model_is_the_one() -> None:
    documents = {"docs/data-model.md": ENTITIES, "docs/plans/tables.md": ENTITIES.replace("orders", "products")}
    claims = claims_of(documents, SHOP, domain_models=("docs/plans/*.md",))
    assert claims.domain_models == ("docs/plans/tables.md",)


def test_a_model_of_a_small_part_is_not_expected_to_name_every_table() -> None:
    known = {f"t{number}s": "id" for number in range(20)} | {"orders": SHOP["orders"]}
    claims = of("docs/data-model.md", ENTITIES, known)
    assert tables(claims) == {"public.orders"}
    assert claims.domain_models == ()
    assert [(path, problem.kind) for path, problem in claims.problems] == [("docs/data-model.md", "unresolved")]


def test_tables_that_the_code_alone_knows_are_none_that_a_document_leaves_out() -> None:
    text = "# Data model\n\n" + "".join(f"## {name}\n\n- `id` (uuid)\n- `label`\n\n" for name in ("lamps", "desks"))
    known = {"orders": "id label", "carts": "id", "bills": "id", "items": "id"}
    claims = claims_of({"docs/data-model.md": text}, known, used=("lamps", "desks"))
    ((_, problem),) = claims.problems
    assert problem.reason.startswith("it names none of 4 tables, so it is not taken for the domain model")


def test_the_folder_of_the_database_says_nothing_of_a_document() -> None:
    from documents.documents_support import catalog
    from tripoint.sources.documents.claims import fold_claims
    from tripoint.sources.documents.read import read_document

    facts = {"examples/shop/docs/data-model.md": read_document(ENTITIES.encode(), ".md")}
    known = catalog({"orders": SHOP["orders"]})
    assert fold_claims(facts, known, domain_models=None).domain_models == ()
    told = fold_claims(facts, known, domain_models=None, root="examples/shop")
    assert told.domain_models == ("examples/shop/docs/data-model.md",)


def edges(text: str, path: str = "docs/data-model.md") -> list[str]:
    claims = of(path, ENTITIES + text)
    return [
        f"{edge.from_table}({','.join(edge.from_columns)}) -> {edge.to_table}({','.join(edge.to_columns)})"
        for edge in claims.relationships
    ]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("\norders.user_id → users.id\n", ["public.orders(user_id) -> public.users(id)"]),
        ("\nOrder.userId → User.id\n", ["public.orders(user_id) -> public.users(id)"]),
        ("\nusers.id → orders.user_id\n", ["public.orders(user_id) -> public.users(id)"]),
        ("\norders.user_id → auth.users\n", ["public.orders(user_id) -> auth.users()"]),
        ("\norders.user_id → auth.users.id\n", ["public.orders(user_id) -> auth.users(id)"]),
        ("\norders.user_id → invoices.id\n", []),
        ("\nstatus.draft → status.paid\n", []),
        ("\n```mermaid\nerDiagram\n  users ||--o{ orders : x\n```\n", ["public.orders() -> public.users()"]),
        ("\n```mermaid\nerDiagram\n  products }o--o{ orders : x\n```\n", []),
        (
            "\norders.user_id → users.id\n\n```mermaid\nerDiagram\n  users ||--o{ orders : x\n```\n",
            ["public.orders(user_id) -> public.users(id)"],
        ),
    ],
)
def test_relationships(text: str, expected: list[str]) -> None:
    assert edges(text) == expected


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("users.id → orders.buyer\n", ("public.orders", "public.users")),
        ("```dbml\nRef: users.id - orders.buyer\n```\n", ("public.orders", "public.users")),
        ("```dbml\nRef: users.id - orders.seller\n```\n", ("public.users", "public.orders")),
    ],
)
def test_a_line_between_the_ends_of_a_key_is_that_key_whichever_way_it_is_drawn(
    text: str, expected: tuple[str, str]
) -> None:
    tables = {"users": "id name", "orders": "id buyer>users.id seller"}
    (edge,) = of("docs/data-model.md", f"# Data model\n\n## users\n\n## orders\n\n{text}", tables).relationships
    assert (str(edge.from_table), str(edge.to_table)) == expected


def test_a_field_says_what_it_points_to() -> None:
    text = (
        "# Data model\n\n## Order Line\n\n- id (uuid)\n"
        "- order_id (uuid, FK → orders)\n- product_id: uuid → `products.id`\n"
    )
    claims = of("docs/data-model.md", text)
    assert [(edge.from_columns, str(edge.to_table)) for edge in claims.relationships] == [
        (("order_id",), "public.orders"),
        (("product_id",), "public.products"),
    ]


def test_a_generated_section_is_marked_in_its_claims() -> None:
    text = (
        f"# Data model\n\n<!-- tripoint:schema start -->\n\n{ENTITIES}\n"
        f"- orders.user_id → users.id\n\n<!-- tripoint:schema end -->\n"
    )
    claims = of("docs/data-model.md", text)
    assert [claim.generated for claim in claims.tables] == [True]
    assert [edge.generated for edge in claims.relationships] == [True]


def test_a_table_in_another_schema_is_found_by_its_name_alone() -> None:
    known = {"shop.orders": "id user_id", "shop.users": "id email"}
    text = "# Data model\n\n## Orders\n\n- id: uuid\n- user_id: uuid\n\n## Vouchers\n\n- id: uuid\n- code: text\n"
    assert tables(of("docs/data-model.md", text, known)) == {"shop.orders", "shop.vouchers"}


def test_dbml_of_another_database_says_nothing() -> None:
    text = "Table cars {\n id int\n wheels int\n}\nTable roads {\n id int\n}\n"
    assert of("docs/schema.dbml", text).tables == ()
    assert tables(of("docs/schema.dbml", text + "Table orders {\n id uuid\n}\n")) == {
        "public.cars",
        "public.roads",
        "public.orders",
    }


def test_the_order_is_that_of_files_and_lines_and_stable() -> None:
    documents = {"b/data-model.md": ENTITIES, "a/data-model.md": ENTITIES}
    one, two = claims_of(documents, SHOP), claims_of(dict(reversed(documents.items())), SHOP)
    assert one == two
    assert [claim.place.path for claim in one.tables] == ["a/data-model.md", "b/data-model.md"]


def test_a_line_of_columns_behind_the_name_of_a_table() -> None:
    text = (
        "# Schema\n\n## Tables\n\n### Sales\n\n- **orders** : id*, user_id* (FK → users), total, status* (enum)\n"
        "- `vouchers`: id (uuid), code (text), rate\n- Roles: admin, editor, viewer\n- Pages: home, user_id, cart\n"
    )
    claims = of("docs/schema.md", text)
    assert tables(claims) == {"public.orders", "public.vouchers"}
    (order,) = claims.by_table[Name("public", "orders")]
    assert [column.name for column in order.columns] == ["id", "user_id", "total", "status"]


@pytest.mark.parametrize(("written", "built"), [("FOREMAN", "foremen"), ("Grandchild", "grandchildren")])
def test_plurals_of_words_that_are_put_together(written: str, built: str) -> None:
    text = f"```mermaid\nerDiagram\n  ORDER ||--o{{ {written} : has\n  {written} {{ uuid id PK }}\n```\n"
    assert f"public.{built}" in tables(of("docs/erd.md", text, {"orders": "id", built: "id name"}))
    assert f"public.{built}" in tables(of("docs/erd.md", text.replace(written, built), {"orders": "id", "users": "id"}))


@pytest.mark.parametrize(
    "head",
    [
        "Spalte | Typ",
        "Kolon | Tip",
        "Kolom | Tipe data",
        "カラム名 | 型",
        "字段名称 | 字段类型",
        "필드명 | 자료형",
        "Cột | Kiểu",
    ],
)
def test_columns_in_other_languages(head: str) -> None:
    text = f"# Model\n\n### orders\n\n| {head} |\n|---|---|\n| id | uuid |\n| user_id | uuid |\n| total | numeric |\n"
    (order,) = of("docs/schema.md", text).by_table[Name("public", "orders")]
    assert [(column.name, column.type) for column in order.columns][::2] == [("id", "uuid"), ("total", "numeric")]


@pytest.mark.parametrize("head", ["字段说明", "字段列表", "カラム一覧", "컬럼 설명"])
def test_a_heading_above_fields_is_no_table(head: str) -> None:
    text = (
        f"# Model\n\n### orders\n\nText.\n\n#### {head}\n\n| 字段 | 类型 |\n|---|---|\n| id | uuid |\n| total | int |\n"
    )
    assert tables(of("docs/schema.md", text, {"orders": "id total"})) == {"public.orders"}


def test_digits_are_told_apart_from_letters_or_not() -> None:
    known = {"plan_2_prices": "id sold_last_28d line_1", "plans": "id name"}
    text = (
        "# Data model\n\n```mermaid\nerDiagram\n  Plan2Prices {\n    String id\n    Int soldLast28d\n"
        "    String line1\n    Int boughtLast28d\n  }\n  plans {\n    String id\n    String name\n  }\n```\n"
    )
    claims = of("docs/data-model.md", text, known)
    assert tables(claims) == {"public.plan_2_prices", "public.plans"}
    assert [column.name for column in claims.by_table[Name("public", "plan_2_prices")][0].columns] == [
        "id",
        "sold_last_28d",
        "line_1",
        "bought_last28d",
    ]


def test_a_class_diagram_describes_what_is_there_and_expects_nothing() -> None:
    members = {"User": ("UUID id", "String nickname"), "Order": ("UUID id", "UUID userId"), "Cart": ("UUID id",)}
    classes = "\n".join("\n  +".join((f"class {name} {{", *its)) + "\n}" for name, its in members.items())
    text = f"# Schema\n\n```mermaid\nclassDiagram\n{classes}\n```\n"
    claims = of("docs/database-schema.md", text)
    assert tables(claims) == {"public.users", "public.orders"}
    assert {column.name for claim in claims.tables for column in claim.columns} == {"id", "user_id"}
    assert tables(of("docs/architecture.md", text)) == set()


@pytest.mark.parametrize(
    ("path", "text", "said"),
    [
        ("docs/database-schema.md", "# Schema\n\nIt lives in the usual place.\n", "no table in it is understood"),
        (
            "docs/database-schema.md",
            "# Schema\n\n### carts\n\n- id: uuid\n- at: date\n",
            "of 1 table in it the database has 0",
        ),
        ("docs/database-schema.md", ENTITIES, None),
        ("docs/database-backup.md", "# Backups\n\nEach night.\n", None),
        ("docs/setup.md", "# Set-up\n\nInstall it.\n", None),
        ("docs/plans/schema.md", "# Schema\n\nTo be written.\n", None),
    ],
)
def test_a_document_that_promises_the_schema_and_holds_none_is_told(path: str, text: str, said: str | None) -> None:
    reasons = [problem.reason for _, problem in of(path, text).problems if problem.reason.startswith("by its name")]
    assert [said is not None and said in reason for reason in reasons] == [True] * (said is not None)


@pytest.mark.parametrize(
    ("line", "claimed"),
    [
        ("- Billing: `plans`, `invoices` and `refunds`", ["plans", "invoices", "refunds"]),
        ("- **Billing:** `plans`, `invoices`, `refunds`.", ["plans", "invoices", "refunds"]),
        ("- **Billing**: `plans`, `invoices`; views for reports", ["plans", "invoices"]),
        ("- Tables: `plans`, `invoices`", ["plans", "invoices"]),
        # Most of them must be tables, and words that say more are no series.
        ("- Words: `plans`, `draft`, `open`", []),
        ("- Billing: `plans`, `refunds`", []),
        ("- Billing: `plans` and `invoices` hold what is paid", []),
        ("- Indexes: `plans`, `invoices`", []),
        ("- Fields: `plans`, `invoices`", []),
    ],
)
def test_names_in_a_group_are_tables_where_most_of_them_are(line: str, claimed: list[str]) -> None:
    tables = {"users": "id", "roles": "id", "plans": "id", "invoices": "id"}
    text = f"# Database schema\n\n## Core domains\n\n- Access: `users`, `roles`\n{line}\n"
    found = claims_of({"docs/database-schema.md": text}, tables)
    assert [claim.name.name for claim in found.tables] == ["users", "roles", *claimed]


def test_names_in_a_group_say_nothing_in_a_document_about_something_else() -> None:
    tables = {"users": "id", "roles": "id"}
    assert claims_of({"docs/access.md": "# Access\n\n- Read: `users`, `roles`\n"}, tables).tables == ()


def test_a_domain_model_may_name_a_table_in_passing() -> None:
    tables = {"users": "id", "roles": "id", "plans": "id", "invoices": "id", "notes": "id"}
    text = "# Database schema\n\n## Tables\n\n- `users` - who\n- `roles` - what\n\n`plans` and `draft`; see ``notes``\n"
    claims = claims_of({"docs/database-schema.md": text}, tables)
    assert {name.name for name in claims.named - claims.by_table.keys()} == {"plans"}


@pytest.mark.parametrize("between", [", ", "、", "，", "; ", " / ", " y "])
def test_tables_in_one_cell(between: str) -> None:
    text = f"# Database\n\n| Layer | Table |\n|--|--|\n| Main | `users`{between}`roles`{between}`grants` |\n"
    found = claims_of({"docs/database.md": text}, {"users": "id", "roles": "id"})
    assert [claim.name.name for claim in found.tables] == ["users", "roles", "grants"]
