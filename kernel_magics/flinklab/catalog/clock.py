"""The database's own clock. Those who share a database need not agree on the time of day."""

from __future__ import annotations

from datetime import datetime, timedelta

from sqlalchemy import ColumnElement, Connection, Engine, func, literal, type_coerce
from sqlalchemy.types import Interval

from flinklab.catalog.schema import Moment

_FORMAT = "%Y-%m-%d %H:%M:%f000"  # as SQLite keeps a `Moment`; it knows milliseconds


def now(connection: Connection | Engine, *, ahead: float = 0.0) -> ColumnElement[datetime]:
    """The moment at which the database works it out, or `ahead` seconds later, for use inside a statement."""
    if connection.dialect.name == "sqlite":
        return type_coerce(func.strftime(_FORMAT, "now", f"{ahead:+.3f} seconds"), Moment)
    moment = func.clock_timestamp()  # now() would be when the transaction began, before it waited for a lock
    return type_coerce(moment + literal(timedelta(seconds=ahead), Interval), Moment)
