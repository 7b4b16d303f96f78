from app.models import Base

from alembic import context

config = context.config
config.set_main_option("sqlalchemy.url", "postgresql+asyncpg://localhost/hives")
target_metadata = Base.metadata
