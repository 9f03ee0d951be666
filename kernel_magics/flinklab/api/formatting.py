"""SQL laid out over lines, for whoever sits on the api."""

from flinklab.sql.formatting import Formatted, format_sql

__all__ = ["Formatted", "format_sql"]
