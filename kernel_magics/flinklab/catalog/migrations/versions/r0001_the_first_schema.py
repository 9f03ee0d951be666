"""The first schema."""

from __future__ import annotations

from alembic import op

from flinklab.catalog.schema import METADATA

revision = "0001"
down_revision = None


def upgrade() -> None:
    METADATA.create_all(op.get_bind(), checkfirst=False)
