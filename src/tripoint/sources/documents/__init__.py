"""What documents say the schema should be: candidates of one file, then claims about one database."""
