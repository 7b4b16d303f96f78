"""What the clients of the database's API are called, and what their calls mean: tables of names, one for all languages."""
