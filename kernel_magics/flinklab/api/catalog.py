"""The shared catalog: what a team defines once, and every session, query and person then refers to."""

from __future__ import annotations

import dataclasses
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from enum import Enum
from pathlib import Path
from typing import TYPE_CHECKING, Any

from flinklab.api.files import read_text
from flinklab.domain.definitions import Definition, Name
from flinklab.domain.errors import UsageError
from flinklab.settings import Settings, load_settings
from flinklab.sharing.changes import Changed
from flinklab.sharing.imports import Imported, from_session, secrets_as_variables
from flinklab.sharing.needs import needs
from flinklab.sharing.sharing import Sharing
from flinklab.sql.ddl import read_ddl

if TYPE_CHECKING:
    import pandas as pd

    from flinklab.catalog.catalog import Catalog
    from flinklab.catalog.database import Database
    from flinklab.session.session import Session


def open_catalog(settings: Settings | None = None, *, connections: int = 1) -> Catalog:
    """The catalog of the settings: by default a file in the user's data folder, made when it is not there.

    On a server, without a team in the settings, new things go to the team in which the person has most to say.
    `connections`: how many stay open while nobody needs them.

    Raises `CatalogUnavailableError`, and `SchemaVersionError` which says what to do.
    """
    from flinklab.catalog.catalog import Catalog
    from flinklab.catalog.lifecycle import open_database
    from flinklab.catalog.urls import default_path

    settings = settings or load_settings()
    database = open_database(settings.catalog_url, password=settings.catalog_password, connections=connections)
    return Catalog(
        database,
        settings.catalog_key or default_path().with_name("catalog.key"),
        team=_team(database, settings),
        teams=settings.search_path,
        environment=settings.environment,
    )


def _team(database: Database, settings: Settings) -> str:
    """The team of the settings; where none was set, on a server, the one in which the person has most to say."""
    from flinklab.catalog.people import People

    if not database.is_shared or settings.team != Settings().team:
        return settings.team
    roles = People(database).roles()
    mine = sorted(roles, key=lambda name: (-roles[name], name))
    return settings.team if settings.team in roles or not mine else mine[0]


def share(
    session: Session,
    text: str,
    *,
    team: str | None = None,
    tags: Sequence[str] = (),
    note: str = "",
    environment: str | None = None,
    force: bool = False,
) -> list[Changed]:
    """Record the CREATE statements of `text` in the catalog, each tried first in a scratch session.

    A name without a team goes to `team`, the session's own without one. Raises what Flink says against a
    definition, `ConflictError` when somebody changed it since this session saw it (the same call again puts
    yours in its place), and `CatalogError` when it would break what uses it, unless `force`.
    """
    return _sharing(session).record(
        session, text, team=team, tags=tags, note=note, environment=environment, force=force
    )


def revert(session: Session, name: Name, version: int, *, note: str = "", force: bool = False) -> Changed:
    """Make the text of an older version the newest again, also of a definition that was dropped.

    Raises what `share` raises, and `NotFoundError`.
    """
    sharing = _sharing(session)
    return sharing.changes.revert(name, version, sharing.laboratory(session), note=note, force=force)


def preview(catalog: Catalog, text: str, environment: str | None = None) -> str:
    """`text` with the values of `environment` in place, secrets masked."""
    from flinklab.sharing.resolving import Resolver
    from flinklab.sql.variables import mask

    resolved = Resolver(catalog.variables, catalog.teams).resolve(text, environment or catalog.environment)
    return mask(resolved.text, resolved.secrets)


def import_session(
    session: Session,
    catalog: Catalog | None = None,
    *,
    team: str | None = None,
    catalogs: Sequence[str] = (),
    databases: Sequence[str] = (),
    prefix: str = "",
    replace: bool = False,
    progress: Callable[[str], None] = lambda line: None,
) -> Imported:
    """Record every table and view of the session's Flink catalogs, or of those named.

    `notes` of what comes back say what was left out, and which variables want a value.
    """
    with _catalog(catalog) as shared:
        found = from_session(
            session.ask,
            team or shared.team,
            shared.person,
            catalogs=catalogs,
            databases=databases,
            prefix=prefix,
            skip=session.brought,
            progress=progress,
        )
        return _recorded(shared, found, replace)


def import_sql(
    source: str | Path, catalog: Catalog | None = None, *, team: str | None = None, replace: bool = False
) -> Imported:
    """Record the CREATE statements of a file (a `Path`) or of a text. They are not tried on a Flink."""
    from flinklab.sharing.sources import from_sql

    with _catalog(catalog) as shared:
        text = read_text(source) if isinstance(source, Path) else source
        return _recorded(shared, from_sql(text, team or shared.team, owner=shared.person), replace)


def import_frame(
    frame: Any,
    name: str,
    catalog: Catalog | None = None,
    *,
    options: Mapping[str, str],
    team: str | None = None,
    replace: bool = False,
) -> Definition:
    """Record a table with the columns of a DataFrame (pandas, Polars, Arrow) and the `options` of a connector."""
    from flinklab.sharing.dataframes import ddl_from_frame

    with _catalog(catalog) as shared:
        where, found = Name(team or shared.team, name), Imported()
        text = secrets_as_variables(ddl_from_frame(frame, name, options), where, found.notes)
        ddl = read_ddl(text)
        found.definitions.append(Definition(where, ddl.kind, text, ddl.facts, owner=shared.person))
        return _recorded(shared, found, replace).definitions[0]


def import_jdbc(
    url: str,
    catalog: Catalog | None = None,
    *,
    schema: str | None = None,
    tables: Sequence[str] | None = None,
    team: str | None = None,
    user: str | None = None,
    password: str | None = None,
    replace: bool = False,
) -> Imported:
    """Record the tables of a database, read by SQLAlchemy at `url`, as Flink tables with the JDBC connector.

    `password` is a reference (`env:NAME`, `file:PATH`, `keyring:SERVICE/NAME`).
    """
    from flinklab.catalog.mirror import mirror

    with _catalog(catalog) as shared:
        found = mirror(
            url,
            team=team or shared.team,
            owner=shared.person,
            schema=schema,
            tables=tables,
            user=user,
            password=password,
        )
        return _recorded(shared, found, replace)


def export_sql(
    catalog: Catalog | None = None,
    *,
    teams: Sequence[str] | None = None,
    resolve: Callable[[str], str] | None = None,
) -> str:
    """All definitions as one script that plain Flink runs; `${name}` stays unless `resolve` replaces it."""
    from flinklab.sharing.export import script

    with _catalog(catalog) as shared:
        return script(_all(shared, teams), resolve)


def export_catalog_store(folder: str | Path, catalog: Catalog | None = None) -> list[Path]:
    """The catalogs (not their tables) as files that a gateway loads with `table.catalog-store.kind: file`."""
    from flinklab.sharing.export import catalog_store

    folder = Path(folder).expanduser()
    with _catalog(catalog) as shared:
        files = catalog_store(_all(shared, None))
    folder.mkdir(parents=True, exist_ok=True)
    written = []
    for name, text in files.items():
        path = folder / name
        path.write_text(text, encoding="utf-8")
        written.append(path)
    return written


def to_frame(values: Iterable[Any]) -> pd.DataFrame:
    """What the catalog's stores give (definitions, hits, uses, history, ...) as a DataFrame, a row for each."""
    import pandas as pd

    rows = [
        {field.name: _plain(getattr(each, field.name)) for field in dataclasses.fields(each)} for each in values
    ]
    frame: pd.DataFrame = pd.DataFrame(rows)
    return frame


def _plain(value: Any) -> Any:
    if isinstance(value, Enum):
        return value.value
    return str(value) if isinstance(value, Name) else value


def _all(catalog: Catalog, teams: Sequence[str] | None) -> list[Definition]:
    found: list[Definition] = []
    for team in teams or catalog.teams:
        after = ""
        while page := catalog.definitions.page(team, after=after):
            found += page
            after = page[-1].name.name
    return found


def _recorded(catalog: Catalog, found: Imported, replace: bool) -> Imported:
    saved = catalog.definitions.save_all(found.definitions, replace=replace)
    catalog.usage.record(needs(saved, catalog.teams, catalog.definitions, catalog.person))
    return Imported(list(saved), found.notes)


def _sharing(session: Session) -> Sharing:
    if not isinstance(session.supply, Sharing):
        raise UsageError("this session works without a catalog", hint="connect without catalog=False")
    return session.supply


@contextmanager
def _catalog(given: Catalog | None) -> Iterator[Catalog]:
    """The given catalog, left open, or the settings' one, closed at the end."""
    if given is not None:
        yield given
        return
    with open_catalog() as catalog:
        yield catalog
