"""Definitions as a person may see them: options that hold secrets are masked, whoever wrote them out."""

from __future__ import annotations

import difflib
from datetime import datetime

from flinklab.domain.definitions import Definition
from flinklab.domain.errors import StatementParseError
from flinklab.domain.variables import MASK
from flinklab.sql.ddl import read_ddl, with_options
from flinklab.sql.sensitive import written_out
from flinklab.sql.split import split


def shown_ddl(definition: Definition) -> str:
    """The text of a definition; jars that belong to it come before."""
    if not written_out(definition.facts.options):
        return definition.ddl
    *jars, last = (statement.text for statement in split(definition.ddl))
    return ";\n".join([*jars, masked(last)])


def masked(ddl: str) -> str:
    """A CREATE statement with what its options keep secret masked; a text that cannot be read is not shown."""
    try:
        secrets = written_out(read_ddl(ddl).facts.options)
        return with_options(ddl, dict.fromkeys(secrets, MASK)) if secrets else ddl
    except StatementParseError as error:
        return f"-- not shown, as it cannot be searched for secrets: {error.message}"


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
