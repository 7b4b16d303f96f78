"""Any bytes give facts, and every offset spells what it stands for."""

from __future__ import annotations

import re

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from documents.documents_support import catalog
from tripoint.model.claim import DocumentFacts
from tripoint.sources.documents.claims import fold_claims
from tripoint.sources.documents.read import SUFFIXES, read_document

LINES = [
    "# Data model",
    "### orders",
    "### 2. `order_lines` table",
    "## Persona (personas)",
    "### 📦 Ordre dés",
    "| Column | Type | Null |",
    "|---|---|---|",
    "| `id` | uuid | no |",
    "| user\\_id | uuid → users.id",
    "| Table | Purpose |",
    "| `orders` | é |",
    "- `id` (uuid, primary key)",
    "  - **orders**: things",
    "- user_id: uuid → `auth.users.id`",
    "> orders.user_id -> users.id",
    "**Fields**: `id`, `größe`",
    "```sql",
    'create table public."orders" (id uuid, "größe" int, user_id uuid references users(id));',
    "create table x (",
    "```",
    "```mermaid",
    "erDiagram",
    "  orders ||--o{ lines : has",
    '  "order é" { uuid id PK "ü" }',
    "  a[Alias] {",
    "```dbml",
    "Table a as b { id int [pk, ref: > c.id] }",
    "Ref: a.(b, c) > d.(e, f)",
    "~~~",
    "<!-- tripoint:schema start -->",
    "<!-- tripoint:schema end -->",
    "<!--",
    "-->",
    "---",
    "===",
    "\t- x",
    "",
    "\0",
    "�",
]
TEXTS = st.lists(st.one_of(st.sampled_from(LINES), st.text(max_size=30)), max_size=25)


def spells(data: bytes, start: int, end: int, name: str) -> bool:
    written = data[start:end].decode("utf-8", "surrogateescape")
    plain = re.sub(r'["`\s]|\\(?=_)', "", written)
    return plain.lower() == re.sub(r'["`\s]', "", name).lower()


def check(data: bytes, facts: DocumentFacts) -> None:
    for entity in facts.entities:
        for name, start, end in ((entity.name, entity.start, entity.end), *entity.aliases):
            assert 0 <= start <= end <= len(data)
            assert spells(data, start, end, name)
        for column in entity.columns:
            assert spells(data, column.start, column.end, column.name)
    for edge in facts.relationships:
        assert 0 <= edge.start <= edge.end <= len(data)


@settings(max_examples=150, deadline=None)
@given(TEXTS, st.sampled_from(["\n", "\r\n", "\r"]), st.sampled_from(sorted(SUFFIXES)), st.booleans())
def test_every_offset_spells_its_name(lines: list[str], end: str, suffix: str, mark: bool) -> None:
    data = (b"\xef\xbb\xbf" if mark else b"") + end.join(lines).encode("utf-8", "surrogatepass")
    check(data, read_document(data, suffix))


@settings(max_examples=80, deadline=None)
@given(st.binary(max_size=300), st.sampled_from([*sorted(SUFFIXES), ".rst", "", ".MD"]))
def test_any_bytes_give_facts(data: bytes, suffix: str) -> None:
    check(data, read_document(data, suffix))


@settings(max_examples=80, deadline=None)
@given(TEXTS)
def test_every_claim_stands_at_its_name(lines: list[str]) -> None:
    data = "\n".join(["# Data model", "### orders", "- `id` (uuid)", "- `user_id` (uuid)", *lines]).encode(
        "utf-8", "surrogatepass"
    )
    facts = {"docs/data-model.md": read_document(data, ".md")}
    claims = fold_claims(facts, catalog({"orders": "id user_id>users.id", "users": "id"}), domain_models=None)
    for claim in claims.tables:
        assert 0 <= claim.place.start < claim.place.end <= len(data)
        for column in claim.columns:
            # What is written `sentAt` is claimed as `sent_at`.
            written = data[column.place.start : column.place.end].decode("utf-8", "surrogateescape")
            assert re.sub(r"[\W_]", "", written).lower() == re.sub(r"[\W_]", "", column.name).lower()
    assert set(claims.by_table) == {claim.name for claim in claims.tables}


@pytest.mark.parametrize(
    ("data", "kind"),
    [
        (b"# orders\n\0\0\0", "unread"),
        (b"# M\xfcnchen\n\n## orders\n\n- id: uuid\n- a_id: uuid\n", "unread"),
        (b"# a\n" * 1_100_000, "unread"),
    ],
)
def test_what_is_no_text_is_a_problem(data: bytes, kind: str) -> None:
    assert [problem.kind for problem in read_document(data, ".md").problems] == [kind]


def test_the_rest_of_a_document_in_another_encoding_is_read() -> None:
    facts = read_document(b"# M\xfcnchen\n\n## orders\n\n- id: uuid\n- a_id: uuid\n", ".md")
    orders = facts.entities[-1]
    assert (orders.name, [column.name for column in orders.columns]) == ("orders", ["id", "a_id"])


def test_deep_nesting_is_no_error() -> None:
    text = "".join("  " * depth + "- x\n" for depth in range(400)) + ">" * 2000 + " a.b -> c.d\n"
    assert read_document(text.encode(), ".md").problems == ()


def test_many_entities_on_one_line_are_no_error() -> None:
    text = "erDiagram\n" + "".join(f"a{number}{{ uuid id PK }} " for number in range(1500))
    assert len(read_document(text.encode(), ".mmd").entities) == 1500


def test_an_unknown_kind_of_document_is_unsupported() -> None:
    assert [problem.kind for problem in read_document(b"x", ".rst").problems] == ["unsupported"]
