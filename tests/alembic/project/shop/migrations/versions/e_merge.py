"""Both branches come together.

Revision ID: e5
Revises: c3, d4
"""

import sqlalchemy as sa

from alembic import op

revision = "e5"
down_revision = ("c3", "d4")


def upgrade():
    op.create_foreign_key("members_customer", "members", "customers", ["id"], ["id"])
    op.create_exclude_constraint("no_overlap", "everything", ("o", "&&"), where=sa.text("aa > 0"), using="gist")
    op.alter_column("members", "first", nullable=True)


def downgrade():
    op.drop_constraint("members_customer", "members")
