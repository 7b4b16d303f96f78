"""The environment that the expected SQL was written with: `alembic upgrade heads --sql`."""

from alembic import context

context.configure(url=context.config.get_main_option("sqlalchemy.url"), literal_binds=True, dialect_name="postgresql")
with context.begin_transaction():
    context.run_migrations()
