"""All stores of one catalog database."""

from __future__ import annotations

from functools import cached_property
from pathlib import Path

from flinklab.catalog.addresses import Addresses
from flinklab.catalog.audit import Audit
from flinklab.catalog.commands import Commands
from flinklab.catalog.database import Database
from flinklab.catalog.definitions import Definitions
from flinklab.catalog.history import History
from flinklab.catalog.job_versions import JobVersions
from flinklab.catalog.jobs import Jobs
from flinklab.catalog.leases import SupervisorLeases
from flinklab.catalog.people import People
from flinklab.catalog.registry import Registry
from flinklab.catalog.search import Search
from flinklab.catalog.secrets import Vault
from flinklab.catalog.series import Series
from flinklab.catalog.sessions import NamedSessions
from flinklab.catalog.snippets import Snippets
from flinklab.catalog.usage import Usage
from flinklab.catalog.variables import Variables


class Catalog:
    """The shared catalog as one person uses it; safe to use from several threads.

    Every method of its stores may raise a `CatalogError`. `key_source`: where the key of encrypted secrets is
    (see `Vault`). `team` is where new things go, `teams` is the search path, in `environment` names get their
    values.
    """

    def __init__(
        self,
        database: Database,
        key_source: str | Path,
        *,
        team: str,
        teams: tuple[str, ...] = (),
        environment: str,
    ) -> None:
        self.database = database
        self.team = team
        self.teams = tuple(dict.fromkeys((team, *teams)))
        self.environment = environment
        self._key_source = key_source

    def __enter__(self) -> Catalog:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    @property
    def person(self) -> str:
        return self.database.person

    @cached_property
    def definitions(self) -> Definitions:
        return Definitions(self.database)

    @cached_property
    def search(self) -> Search:
        return Search(self.database)

    @cached_property
    def usage(self) -> Usage:
        return Usage(self.database)

    @cached_property
    def variables(self) -> Variables:
        return Variables(self.database, Vault(self._key_source))

    @cached_property
    def registry(self) -> Registry:
        return Registry(self.database)

    @cached_property
    def addresses(self) -> Addresses:
        return Addresses(self.database)

    @cached_property
    def snippets(self) -> Snippets:
        return Snippets(self.database)

    @cached_property
    def sessions(self) -> NamedSessions:
        return NamedSessions(self.database)

    @cached_property
    def history(self) -> History:
        return History(self.database)

    @cached_property
    def job_versions(self) -> JobVersions:
        return JobVersions(self.database)

    @cached_property
    def jobs(self) -> Jobs:
        return Jobs(self.database)

    @cached_property
    def commands(self) -> Commands:
        return Commands(self.database)

    @cached_property
    def leases(self) -> SupervisorLeases:
        return SupervisorLeases(self.database)

    @cached_property
    def series(self) -> Series:
        return Series(self.database)

    @cached_property
    def people(self) -> People:
        return People(self.database)

    @cached_property
    def audit(self) -> Audit:
        return Audit(self.database)

    def close(self) -> None:
        self.database.close()
