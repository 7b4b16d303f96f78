"""What is changed later.

Revision ID: b2
Revises: a1
"""

import sqlalchemy as sa
from sqlalchemy.dialects.postgresql import ENUM, JSONB

from alembic import op

revision = "b2"
down_revision = "a1"

mood = ENUM("good", "bad", name="mood", create_type=False)
TABLES = ["customers", "everything"]
ADDED = """
CREATE TABLE plain (
    id bigint generated always as identity primary key,
    note text not null default 'it''s'
);
CREATE INDEX plain_note ON plain (note);
"""


def _touch(table: str, suffix: str = "_at") -> None:
    op.add_column(table, sa.Column(f"touched{suffix}", sa.TIMESTAMP(timezone=True), server_default=sa.func.now()))


def upgrade():
    mood.create(op.get_bind(), checkfirst=False)
    op.add_column("customers", sa.Column("mood", mood, nullable=False, server_default="good"))
    op.add_column("customers", sa.Column("parent_id", sa.Integer(), sa.ForeignKey("customers.id"), index=True))
    op.add_column("customers", sa.Column("nick", sa.String(10), unique=True))
    op.add_column("bills", sa.Column("extra", JSONB(), nullable=True), schema="billing")
    for table in TABLES:
        _touch(table)
        op.create_index(f"ix_{table}_touched_at", table, ["touched_at"])
    op.execute(ADDED)
    op.execute(sa.text("ALTER TYPE mood ADD VALUE 'none'"))
    op.execute("ALTER TABLE plain ADD COLUMN %s text" % "more")
    op.alter_column("customers", "Name", new_column_name="full_name", existing_type=sa.Unicode(80))
    op.alter_column("customers", "email", type_=sa.Text(), existing_type=sa.String(320), nullable=True)
    op.alter_column("customers", "level", server_default=None)
    op.alter_column("customers", "blocked", server_default=sa.text("true"), nullable=False)
    op.alter_column("everything", "q", type_=sa.Integer(), postgresql_using="q::integer")
    op.alter_column("everything", "g", comment="the day", existing_comment=None)
    op.alter_column("bills", "total", new_column_name="net", schema="billing")
    op.drop_constraint("level_is_positive", "customers", type_="check")
    op.create_check_constraint("level_is_small", "customers", "level < 10")
    op.create_check_constraint("aa_known", "everything", sa.text("aa IN (1, 2)"))
    op.create_unique_constraint("uq_everything", "everything", ["a", "g"])
    op.create_unique_constraint(None, "everything", ["aa"])
    op.create_foreign_key(
        "everything_to_plain", "everything", "plain", ["aa"], ["id"], ondelete="CASCADE", deferrable=True
    )
    op.drop_index("only_some", table_name="everything")
    op.drop_column("everything", "l")
    op.create_table_comment("plain", "as it's written")
    op.bulk_insert(sa.table("plain", sa.column("note", sa.String)), [{"note": "one"}])
