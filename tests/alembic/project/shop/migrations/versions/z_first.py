"""The first, whose file name sorts last.

Revision ID: a1
Revises:
"""

from collections.abc import Sequence

import sqlalchemy as sa
from sqlalchemy.dialects import postgresql

from alembic import op

revision: str = "a1"
down_revision: str | None = None
branch_labels: str | Sequence[str] | None = None
depends_on: str | Sequence[str] | None = None

SCHEMA = "billing"


def upgrade() -> None:
    op.execute("CREATE SCHEMA billing")
    op.create_table(
        "customers",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("email", sa.String(length=320), nullable=False, unique=True, comment="where bills go to"),
        sa.Column("Name", sa.Unicode(80), index=True),
        sa.Column("code", sa.String, unique=True, index=True),
        sa.Column("status", sa.Enum("new", "won't pay", name="customer_status"), server_default="new", nullable=False),
        sa.Column("status_before", sa.Enum("new", "won't pay", name="customer_status")),
        sa.Column("kind", sa.Enum("shop", "person", name="kind", native_enum=False), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), server_default=sa.func.now(), nullable=False),
        sa.Column("updated_at", sa.DateTime(), server_default=sa.text("CURRENT_TIMESTAMP")),
        sa.Column("active", sa.Boolean(), server_default=sa.true(), nullable=False),
        sa.Column("blocked", sa.Boolean(), server_default=sa.text("false")),
        sa.Column("level", sa.SmallInteger(), server_default="3"),
        sa.PrimaryKeyConstraint("id"),
        sa.CheckConstraint("level > 0", name="level_is_positive"),
        sa.UniqueConstraint("Name", "level", name="customers_name_level", deferrable=True, initially="DEFERRED"),
        comment="whoever buys",
    )
    op.create_table(
        "bills",
        sa.Column("id", sa.BigInteger(), primary_key=True),
        sa.Column("number", sa.BigInteger(), sa.Identity(always=True, start=1000, increment=5), nullable=False),
        sa.Column("customer_id", sa.Integer(), sa.ForeignKey("customers.id", ondelete="CASCADE"), nullable=False),
        sa.Column("total", sa.Numeric(12, 2), nullable=False),
        sa.Column("tax", sa.Numeric(precision=10, scale=4)),
        sa.Column("gross", sa.Numeric(), sa.Computed("total + tax", persisted=True)),
        sa.Column("order", sa.Text()),
        sa.ForeignKeyConstraint(
            ["customer_id"], ["customers.id"], name="bills_customer", onupdate="RESTRICT", ondelete="SET NULL"
        ),
        schema=SCHEMA,
    )
    op.create_table(
        "lines",
        sa.Column("bill_id", sa.BigInteger(), nullable=False),
        sa.Column("position", sa.Integer(), nullable=False),
        sa.Column("what", sa.String(50), sa.CheckConstraint("what <> ''"), index=True),
        sa.ForeignKeyConstraint(["bill_id"], [f"{SCHEMA}.bills.id"]),
        sa.PrimaryKeyConstraint("bill_id", "position", name=op.f("pk_lines")),
        sa.Index("lines_what_lower", sa.text("lower(what)")),
        schema="billing",
    )
    op.create_table(
        "everything",
        sa.Column("id", postgresql.UUID(as_uuid=True), server_default=sa.text("gen_random_uuid()"), primary_key=True),
        sa.Column("a", sa.Uuid()),
        sa.Column("b", sa.JSON()),
        sa.Column("c", postgresql.JSONB(astext_type=sa.Text()), server_default=sa.text("'{}'::jsonb"), nullable=False),
        sa.Column("d", postgresql.ARRAY(sa.String(length=20))),
        sa.Column("e", sa.ARRAY(sa.Integer), server_default="{}"),
        sa.Column("f", postgresql.TIMESTAMP(timezone=True, precision=3)),
        sa.Column("g", sa.Date),
        sa.Column("h", sa.Time(timezone=True)),
        sa.Column("i", sa.Interval()),
        sa.Column("j", sa.Float()),
        sa.Column("k", sa.Float(24)),
        sa.Column("l", sa.LargeBinary()),
        sa.Column("m", postgresql.INET()),
        sa.Column("n", postgresql.TSVECTOR()),
        sa.Column("o", postgresql.INT4RANGE()),
        sa.Column("p", postgresql.DOUBLE_PRECISION(precision=53)),
        sa.Column("q", sa.CHAR(2)),
        sa.Column("r", sa.VARCHAR()),
        sa.Column("s", postgresql.BIT(8)),
        sa.Column("t", sa.JSON().with_variant(postgresql.JSONB(), "postgresql")),
        sa.Column("u", sa.Text().with_variant(sa.String(10), "mysql")),
        sa.Column("v", sa.REAL()),
        sa.Column("w", postgresql.CIDR()),
        sa.Column("x", sa.Numeric(6)),
        sa.Column("y", postgresql.INTERVAL(fields="DAY TO SECOND", precision=2)),
        sa.Column("z", postgresql.HSTORE()),
        sa.Column("aa", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("ab", sa.Double()),
        sa.Column("ac", postgresql.BYTEA()),
    )
    op.create_index("ix_everything_g_h", "everything", ["g", sa.text("h DESC")], unique=False)
    op.create_index(op.f("ix_c"), "everything", ["c"], postgresql_using="gin", postgresql_ops={"c": "jsonb_path_ops"})
    op.create_index(
        "only_some",
        "everything",
        ["a"],
        unique=True,
        postgresql_where=sa.text("b IS NOT NULL"),
        postgresql_include=["q"],
    )
