"""Definitions as a person may see them: options that hold secrets are masked, whoever wrote them out."""

from __future__ import annotations

import difflib
from datetime import datetime

from flinklab.domain.definitions import Definition
from flinklab.domain.errors import StatementParseError
from flinklab.domain.variables import MASK
from flinklab.sql.ddl import with_options
from flinklab.sql.sensitive import written_out
from flinklab.sql.split import split


def shown_ddl(definition: Definition) -> str:
    """The text of a definition; jars that belong to it come before."""
    secrets = written_out(definition.facts.options)
    if not secrets:
        return definition.ddl
    statements = [statement.text for statement in split(definition.ddl)]
    try:
        statements[-1] = with_options(statements[-1], dict.fromkeys(secrets, MASK))
    except StatementParseError:  # a text that no longer says where its secrets are is not shown
        return f"-- not shown: {', '.join(secrets)} hold secrets"
    return ";\n".join(statements)


def shown_options(definition: Definition) -> dict[str, str]:
    secrets = written_out(definition.facts.options)
    return {key: MASK if key in secrets else value for key, value in definition.facts.options.items()}


def shown_diff(before: Definition, after: Definition) -> str:
    """From one version to another as a unified diff; empty when nothing that may be seen differs."""
    old, new = ([] if each.dropped else shown_ddl(each).splitlines() for each in (before, after))
    heads = [f"{each.name} version {each.version} by {each.changed_by}" for each in (before, after)]
    return "\n".join(difflib.unified_diff(old, new, heads[0], heads[1], lineterm=""))


def moment(at: datetime | None) -> str:
    """A time as this machine's clock shows it; empty for none."""
    return f"{at.astimezone():%Y-%m-%d %H:%M}" if at is not None else ""
