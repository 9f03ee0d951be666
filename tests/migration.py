"""`python tests/migration.py MESSAGE` writes a revision with what `schema.py` has and the newest one does not.

Read what it wrote before it is committed. A revision that was released is never written again.
"""

from __future__ import annotations

import subprocess
import sys
import tempfile
from pathlib import Path
from typing import Any

from alembic import command
from alembic.autogenerate.api import AutogenContext
from sqlalchemy import create_engine

from flinklab.catalog.migrating import alembic_config, migrate
from flinklab.catalog.revisions import known_revisions
from flinklab.catalog.schema import Moment


def render(kind: str, item: Any, context: AutogenContext) -> str | bool:
    """A revision stays what it is when our types change."""
    return "sa.DateTime(timezone=True)" if kind == "type" and isinstance(item, Moment) else False


def main(message: str) -> None:
    with tempfile.TemporaryDirectory() as folder:
        engine = create_engine(f"sqlite:///{folder}/catalog.db")
        with engine.begin() as connection:
            migrate(connection)
            config = alembic_config(connection)
            config.attributes["render_item"] = render
            script: Any = command.revision(
                config, message, autogenerate=True, rev_id=f"{len(known_revisions()) + 1:04}"
            )
        engine.dispose()
    for arguments in (["check", "--fix", "-q"], ["format", "-q"]):
        subprocess.run([sys.executable, "-m", "ruff", *arguments, script.path], check=True)
    print(Path(script.path))


if __name__ == "__main__":
    main(sys.argv[1])
