"""The shared catalog's database: its schema, and what is read and written in it."""
