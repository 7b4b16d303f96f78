"""The clients of the database's API, and what their calls mean: tables of names, one for all languages."""
