"""The guided tour, in the person's own folder."""

from __future__ import annotations

import asyncio
import json
from typing import Any

from jupyter_core.utils import ensure_async
from jupyter_server.auth.decorator import authorized
from tornado.web import HTTPError, authenticated

from flinklab.api.lab import tour
from flinklab.domain.errors import UsageError

from .base import FlinklabHandler

PATH = "flinklab-tour.ipynb"
"""As `flinklab lab` names its copy."""


class TourHandler(FlinklabHandler):
    """`POST`: the tour's path, of a copy that is made when there is none; what is there is never overwritten."""

    @authenticated
    @authorized
    async def post(self) -> None:
        contents: Any = self.contents_manager
        if not await ensure_async(contents.file_exists(PATH)):
            text = await asyncio.to_thread(tour)
            model = {"type": "notebook", "format": "json", "content": json.loads(text)}
            try:
                await ensure_async(contents.save(model, PATH))
            except (HTTPError, OSError) as error:
                raise UsageError(
                    f"{PATH} cannot be written where this server keeps notebooks",
                    hint="start JupyterLab in a folder of yours, or: flinklab lab",
                ) from error
        self.answer({"path": PATH})


ROUTES = [("tour", TourHandler)]
