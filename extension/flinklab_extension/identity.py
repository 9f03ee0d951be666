"""Who somebody is whom Jupyter let in."""

from __future__ import annotations

import re
from typing import Any

from flinklab.domain.text import one_line

_LONGEST = 200  # characters
_GENERATED = re.compile(r"[0-9a-f]{32}")


def name_of(user: Any) -> str:
    """The name of a user as an identity provider (a hub's, say) gives it; empty for nobody in particular.

    A server that knows one token or password makes names up, for each browser another one: a UUID, shown as
    `Anonymous Io` (`IdentityProvider.generate_anonymous_user` of jupyter_server 2).
    """
    name = getattr(user, "username", "")
    if not isinstance(name, str) or name == "anonymous":
        return ""
    if _GENERATED.fullmatch(name) and str(getattr(user, "display_name", "")).startswith("Anonymous "):
        return ""
    return one_line(name, _LONGEST)
