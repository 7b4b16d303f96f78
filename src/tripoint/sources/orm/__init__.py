"""ORM models as a witness of code: what they map to, and a catalog where nothing else defines the schema."""
