"""Migrations that are programs: read as the SQL that they send, and never run."""
