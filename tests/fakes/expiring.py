"""A Jupyter server's logins that stop being valid while pages are open, and are valid again after a login."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Any

from jupyter_server.auth.identity import IdentityProvider, User

EXPIRED = "LOGINS_EXPIRED"
"""The variable with the file that is there while nobody is logged in."""


class Expiring(IdentityProvider):  # type: ignore[misc]
    async def get_user(self, handler: Any) -> User | None:
        return None if Path(os.environ[EXPIRED]).exists() else await super()._get_user(handler)
