"""One branch.

Revision ID: c3
Revises: b2
"""

import sqlalchemy as sa

from alembic import op

revision = "c3"
down_revision = "b2"
branch_labels = None
depends_on = None


def upgrade():
    with op.batch_alter_table("customers", schema=None) as batch_op:
        batch_op.add_column(sa.Column("city", sa.String(length=40), nullable=True))
        batch_op.alter_column("code", existing_type=sa.String(), nullable=False)
        batch_op.create_index(batch_op.f("ix_customers_city"), ["city"], unique=False)
        batch_op.create_unique_constraint("uq_city", ["city", "code"])
        batch_op.drop_column("updated_at")
    with op.batch_alter_table("lines", schema="billing") as batch_op:
        batch_op.drop_constraint("pk_lines", type_="primary")
        batch_op.create_primary_key("lines_pkey", ["position", "bill_id"])
        batch_op.drop_index("lines_what_lower")
        batch_op.create_check_constraint("position_counts", "position >= 0")
    op.rename_table("plain", "notes")
    op.create_table(
        "tags",
        sa.Column("note_id", sa.BigInteger, sa.ForeignKey("notes.id", name="tags_note"), primary_key=True),
        sa.Column("tag", sa.String(30), primary_key=True, autoincrement=False),
        sa.Column("weight", sa.Integer, server_default=sa.literal(1)),
        sa.Column("seen", sa.DateTime(timezone=True), server_default=sa.text("timezone('utc', now())")),
        sa.Column("day", sa.Date(), server_default=sa.func.current_date()),
        if_not_exists=True,
    )
