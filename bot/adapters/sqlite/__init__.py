"""The store: rows in one SQLite file."""
