"""`{{ name }}` in SQL, for programs: what `%%flinksql` does with the notebook's variables."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from flinklab.sql import templates


def render(text: str, names: Mapping[str, Any]) -> str:
    """`text` with the value of each `{{ name }}` out of `names` as a literal of SQL.

    `{{ name | identifier }}` is a name in back-ticks, `{{ name | string }}` the value's text as a string. Raises
    `StatementInvalidError`, with the place, for a name that is not there and a value that is no literal.
    """
    return templates.render(text, names).text
