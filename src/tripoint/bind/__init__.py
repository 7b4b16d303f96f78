"""Names of queries held against a catalog, as PostgREST and PostgreSQL resolve them."""
