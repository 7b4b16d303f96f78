"""Documents above the folders of several databases belong to the one whose tables they name."""

from __future__ import annotations

from pathlib import Path

from tripoint.audit import audit_folder
from tripoint.model.audit import Audit

SHOP = "create table users (id int);\ncreate table orders (id int);\ncreate table items (id int);\n"
CHAT = "create table users (id int);\ncreate table rooms (id int);\ncreate table lines (id int);\n"


def document(*tables: str) -> str:
    return (
        "# Database schema\n\n```sql\n"
        + "\n".join(f"create table {name} (id int, at date);" for name in tables)
        + "\n```\n"
    )


TEXTS = {
    "apps/shop/db/migrations/001_a.sql": SHOP,
    "apps/shop/package.json": '{"name": "shop"}',
    "apps/chat/db/migrations/001_a.sql": CHAT,
    "apps/chat/package.json": '{"name": "chat"}',
    "docs/database-schema.md": document("users", "orders", "items", "refunds"),
    "docs/both.md": document("users", "orders", "items", "rooms", "lines"),
    "docs/users.md": document("users"),
}


def audited(root: Path, **more: str) -> Audit:
    for path, text in {**TEXTS, **more}.items():
        (root / path).parent.mkdir(parents=True, exist_ok=True)
        (root / path).write_text(text, encoding="utf-8")
    return audit_folder(root)


def heard(audit: Audit) -> list[str]:
    return [file.path for file in audit.files if file.witness == "documents"]


def test_each_is_heard_by_the_database_that_it_describes(tmp_path: Path) -> None:
    audit = audited(tmp_path)
    assert [one.database.root for one in audit.evidence] == ["apps/chat", "apps/shop"]
    assert heard(audit) == ["docs/database-schema.md"]
    assert audit.left_out["document under none of the databases"] == 2
    told = [(one.database, one.subject) for one in audit.findings if one.rule == "documented-but-missing"]
    assert ("apps/shop", "public.refunds") in told
    assert {database for database, _ in told} == {"apps/shop"}


def test_a_database_whose_documents_the_settings_name_has_no_others(tmp_path: Path) -> None:
    settings = '[[databases]]\nname = "apps/shop"\ndocuments = ["docs/users.md"]\n'
    audit = audited(tmp_path, **{"tripoint.toml": settings})
    assert heard(audit) == ["docs/users.md"]
    assert audit.left_out["document under none of the databases"] == 2
