"""Sessions on YARN, as a person manages them."""

from __future__ import annotations

from flinklab.api.yarn_listing import SeenSession, queues, sessions
from flinklab.api.yarn_resizing import resize_session
from flinklab.api.yarn_starting import create_session
from flinklab.api.yarn_stopping import Stopped, stop_session

__all__ = ["SeenSession", "Stopped", "create_session", "queues", "resize_session", "sessions", "stop_session"]
