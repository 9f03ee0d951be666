"""SQLite numbers no row as one that was deleted: who still has the number in mind would write to another's row."""

from __future__ import annotations

from alembic import op

revision = "0005"
down_revision = "0004"

TABLES = ("definition", "history", "job", "series_subject", "team")


def upgrade() -> None:
    if op.get_bind().dialect.name != "sqlite":
        return  # a sequence gives no number twice
    for table in TABLES:
        with op.batch_alter_table(table, recreate="always", table_kwargs={"sqlite_autoincrement": True}):
            pass
