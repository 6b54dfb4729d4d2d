"""The rows, in one SQLite file."""
