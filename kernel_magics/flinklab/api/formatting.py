"""A cell's SQL, formatted, for every front end."""

from flinklab.sql.formatting import Formatted, format_sql

__all__ = ["Formatted", "format_sql"]
