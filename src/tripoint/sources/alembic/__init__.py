"""Alembic's revisions, Python files that are read and never run, as the SQL that they would send."""
