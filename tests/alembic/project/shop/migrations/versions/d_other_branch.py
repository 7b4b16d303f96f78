"""The other branch.

Revision ID: d4
Revises: b2
"""

import enum

import sqlalchemy as sa

from alembic import op

revision = "d4"
down_revision = ("b2",)


class Role(enum.Enum):
    OWNER = "owner"
    GUEST = "guest"


def upgrade():
    op.create_table(
        "members",
        sa.Column("id", sa.Integer, primary_key=True),
        sa.Column("role", sa.Enum(Role), nullable=False),
        sa.Column("role_by_value", sa.Enum(Role, values_callable=lambda e: [m.value for m in e], name="role_value")),
        sa.Column("first", sa.String(20), sa.Computed("'x' || 'y'", persisted=True)),
    )
    bind = op.get_bind()
    if bind.dialect.name == "postgresql":
        op.execute(
            sa.text(
                """
                CREATE FUNCTION grown() RETURNS trigger LANGUAGE plpgsql AS $$
                BEGIN
                    NEW.id := NEW.id + 1;
                    RETURN NEW;
                END
                $$
                """
            )
        )
        op.execute("CREATE TRIGGER grows BEFORE INSERT ON members FOR EACH ROW EXECUTE FUNCTION grown()")
    else:
        op.create_table("of_another_dialect", sa.Column("id", sa.Integer, primary_key=True))
    op.create_table("gone", sa.Column("id", sa.Integer, primary_key=True))
    op.drop_table("gone")
