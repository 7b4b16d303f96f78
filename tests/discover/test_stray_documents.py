"""Documents above the folders of several databases belong to the one whose tables they name."""

from __future__ import annotations

from pathlib import Path

from tripoint.audit import audit_folder

SHOP = "create table users (id int);\ncreate table orders (id int);\ncreate table items (id int);\n"
CHAT = "create table users (id int);\ncreate table rooms (id int);\ncreate table lines (id int);\n"


def document(*tables: str) -> str:
    return (
        "# Database schema\n\n```sql\n"
        + "\n".join(f"create table {name} (id int, at date);" for name in tables)
        + "\n```\n"
    )


def test_each_is_heard_by_the_database_that_it_describes(tmp_path: Path) -> None:
    texts = {
        "apps/shop/db/migrations/001_a.sql": SHOP,
        "apps/shop/package.json": '{"name": "shop"}',
        "apps/chat/db/migrations/001_a.sql": CHAT,
        "apps/chat/package.json": '{"name": "chat"}',
        "docs/database-schema.md": document("users", "orders", "items", "refunds"),
        "docs/both.md": document("users", "orders", "items", "rooms", "lines"),
        "docs/users.md": document("users"),
    }
    for path, text in texts.items():
        (tmp_path / path).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / path).write_text(text, encoding="utf-8")
    audit = audit_folder(tmp_path)
    assert [one.database.root for one in audit.evidence] == ["apps/chat", "apps/shop"]
    assert [file.path for file in audit.files if file.witness == "documents"] == ["docs/database-schema.md"]
    assert audit.left_out["document under none of the databases"] == 2
    told = [(one.database, one.subject) for one in audit.findings if one.rule == "documented-but-missing"]
    assert ("apps/shop", "public.refunds") in told
    assert {database for database, _ in told} == {"apps/shop"}
