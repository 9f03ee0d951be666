"""`python tests/migration.py MESSAGE` writes a revision with what `schema.py` has and the newest one does not.

Read what it wrote before it is committed. A revision that was released is never written again.
"""

from __future__ import annotations

import subprocess
import sys
import tempfile
from pathlib import Path
from typing import Any

import sqlalchemy as sa
from alembic import command
from alembic.autogenerate.api import AutogenContext

from flinklab.catalog.migrating import alembic_config, migrate
from flinklab.catalog.revisions import known_revisions
from flinklab.catalog.schema import Moment


def render(kind: str, item: Any, context: AutogenContext) -> str | bool:
    """A revision stays what it is when our types change."""
    if kind == "type" and isinstance(item, Moment):
        return "sa.DateTime(timezone=True)"
    if kind == "type" and isinstance(item, sa.JSON):
        context.imports.add("from sqlalchemy.dialects import postgresql")
        return 'sa.JSON().with_variant(postgresql.JSONB(), "postgresql")'
    return False


def is_the_schemas(_item: object, name: str | None, _kind: str, reflected: bool, _other: object) -> bool:
    """Not what the searches made."""
    return not (reflected and "_search" in str(name))


def main(message: str) -> None:
    with tempfile.TemporaryDirectory() as folder:
        engine = sa.create_engine(f"sqlite:///{folder}/catalog.db")
        with engine.begin() as connection:
            if known_revisions():
                migrate(connection)
            config = alembic_config(connection)
            config.attributes["options"] = {"render_item": render, "include_object": is_the_schemas}
            number = f"{len(known_revisions()) + 1:04}"
            script: Any = command.revision(config, message, autogenerate=True, rev_id=number)
        engine.dispose()
    for arguments in (["format", "-q"], ["check", "--fix", "-q"]):
        subprocess.run([sys.executable, "-m", "ruff", *arguments, script.path], check=True)
    print(Path(script.path))


if __name__ == "__main__":
    main(sys.argv[1])
