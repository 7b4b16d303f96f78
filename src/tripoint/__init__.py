"""Audit the schema of applications on PostgreSQL and Supabase.

tripoint hears four witnesses (documents, migrations, code, database) and says where they disagree.
"""

__all__ = ["__version__"]

__version__ = "0.1.0"
