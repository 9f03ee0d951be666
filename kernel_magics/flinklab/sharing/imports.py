"""Definitions out of a running session: all that its catalogs hold, as Flink writes it."""

from __future__ import annotations

import re
from collections.abc import Callable, Collection, Iterator, Sequence
from dataclasses import replace

from flinklab.domain.definitions import Definition, Name
from flinklab.domain.definitions import Imported as Imported
from flinklab.domain.errors import StatementError, StatementParseError
from flinklab.session.supply import Run
from flinklab.sql.ddl import read_ddl, renamed, with_options
from flinklab.sql.identifiers import quote
from flinklab.sql.names import Path, named
from flinklab.sql.sensitive import written_out

_NO_NAME = re.compile(r"[^A-Za-z0-9_]+")
Progress = Callable[[str], None]


def from_session(
    run: Run,
    team: str,
    owner: str,
    *,
    catalogs: Sequence[str] = (),
    databases: Sequence[str] = (),
    prefix: str = "",
    skip: Collection[Path] = (),
    progress: Progress = lambda line: None,
) -> Imported:
    """Every table and view of the session's catalogs (or of those named), called `prefix` and its own name.

    Those in `skip` (full paths) are left out: the catalog has brought them itself. Two of one name cannot both be
    the team's: the second is left out and noted. A secret that stands in an option becomes `${name}`, noted with
    the variable that has to be set.
    """
    found = Imported()
    texts: dict[Path, str] = {}
    for path in _tables(run, catalogs, databases, progress):
        if path in skip:
            continue
        try:
            texts[path] = _shown(run, path)
        except StatementError as error:
            found.notes.append(f"{quote(path)} was left out: {error.message}")
    names: dict[Path, str] = {}
    for path in texts:
        name = prefix + path[-1]
        if name in names.values():
            found.notes.append(f"{quote(path)} was left out: the name {name} is taken; import it with a prefix")
        else:
            names[path] = name
    for path, name in names.items():
        try:
            found.definitions.append(_definition(texts[path], path, Name(team, name), owner, names, found.notes))
        except StatementParseError as error:
            found.notes.append(f"{quote(path)} was left out: {error.message}")
    return found


def secrets_as_variables(text: str, name: Name, notes: list[str]) -> str:
    """`text` with `${name}` for each option that holds a secret in clear."""
    secrets = written_out(read_ddl(text).facts.options)
    if not secrets:
        return text
    variables = {key: _NO_NAME.sub("_", f"{name.name}_{key}") for key in secrets}
    for key, variable in variables.items():
        notes.append(
            f"{name}: '{key}' is ${{{variable}}} now; `%flink vars set {variable} --secret` gives its value"
        )
    return with_options(text, {key: f"${{{variable}}}" for key, variable in variables.items()})


def _tables(run: Run, catalogs: Sequence[str], databases: Sequence[str], progress: Progress) -> Iterator[Path]:
    for catalog in catalogs or _column(run("SHOW CATALOGS")):
        for database in _column(run(f"SHOW DATABASES FROM {quote((catalog,))}")):
            if databases and database not in databases:
                continue
            tables = _column(run(f"SHOW TABLES FROM {quote((catalog, database))}"))
            progress(f"{catalog}.{database}: {len(tables):,} tables and views")
            yield from ((catalog, database, table) for table in tables)


def _column(rows: list[tuple[object, ...]]) -> list[str]:
    return [str(row[0]) for row in rows]


def _shown(run: Run, path: Path) -> str:
    try:
        return str(run(f"SHOW CREATE TABLE {quote(path)}")[0][0])
    except StatementError as error:
        if "VIEW" not in error.message.upper():
            raise
    return str(run(f"SHOW CREATE VIEW {quote(path)}")[0][0])


def _definition(
    text: str, path: Path, name: Name, owner: str, names: dict[Path, str], notes: list[str]
) -> Definition:
    for table in reversed(named(text).tables):  # Flink names them in full; what is imported beside it is the team's
        full = (*path[: 3 - len(table.parts)], *table.parts)
        if full in names and full != path:
            text = text[: table.offset] + quote((names[full],)) + text[table.offset + table.length :]
    text = secrets_as_variables(renamed(text, (name.name,)), name, notes)
    ddl = read_ddl(text)
    return replace(Definition(name, ddl.kind, text, ddl.facts), owner=owner, note=f"imported from {quote(path)}")
