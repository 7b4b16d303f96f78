"""The witness `code`: files of many languages → facts → the queries that they make."""
