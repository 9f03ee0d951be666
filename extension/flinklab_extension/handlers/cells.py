"""`cells`: which cells of a notebook are managed jobs; `format`: a cell's SQL, laid out."""

from __future__ import annotations

from pathlib import Path

from jupyter_server.auth.decorator import authorized
from tornado.web import authenticated

from flinklab.api.formatting import format_sql
from flinklab.api.job_lines import cell_jobs
from flinklab.domain.errors import UsageError

from .. import wire
from .base import FlinklabHandler

_FORMAT_LIMIT = 30.0  # s
_LONGEST = 1_000_000  # characters


class CellsHandler(FlinklabHandler):
    @authenticated
    @authorized
    async def get(self) -> None:
        notebook, names = self.text("notebook"), self.texts("name", most=500)
        # The kernel names its notebook by the path of the file, the browser by the one below the server's root.
        root = str(self.settings.get("server_root_dir") or "")
        notebooks = {notebook, str(Path(root).expanduser() / notebook)} if notebook else set()
        self.answer([wire.cell_job(each) for each in await self.ask(lambda it: cell_jobs(it, notebooks, names))])


class FormatHandler(FlinklabHandler):
    @authenticated
    @authorized
    async def post(self) -> None:
        sql = self.body().get("sql")
        if not isinstance(sql, str):
            raise UsageError("there is no text to format")
        if len(sql) > _LONGEST:
            raise UsageError(f"{len(sql):,} characters are too many to format", hint=f"{_LONGEST:,} are the most")
        found = await self.workbench.text_workers.run(lambda: format_sql(sql), _FORMAT_LIMIT)
        self.answer({"sql": found.text, "remarks": found.remarks})


ROUTES = [("cells", CellsHandler), ("format", FormatHandler)]
