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
    op.create_index(op.f("ix_members_whose_name_goes_on_and_on_until_nobody_can_keep_it_in_mind"), "members", ["first"])
    op.create_table(
        "a_table_with_a_name_that_is_rather_long_by_itself",
        sa.Column("a_column_with_a_long_name", sa.Integer(), index=True),
        sa.Column("role", sa.Enum("OWNER", "GUEST", name="role")),
        sa.Column("of", sa.Integer(), sa.ForeignKey("members.id", use_alter=True, name="of_member")),
        sa.ForeignKeyConstraint(["a_column_with_a_long_name"], ["members.id"], use_alter=True, name="to_member"),
    )
    op.drop_index(op.f("ix_members_whose_name_goes_on_and_on_until_nobody_can_keep_it_in_mind"), "members")
    op.create_index(op.f("ix_members_whose_name_goes_on_and_on_until_nobody_can_keep_it"), "members", ["id"])


def downgrade():
    op.drop_constraint("members_customer", "members")
