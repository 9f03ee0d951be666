"""A YARN of one's own on this machine, to try things on, registered as `lab`."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

from flinklab.api.catalog import open_catalog
from flinklab.domain.errors import NotFoundError
from flinklab.domain.records import RegisteredYarn
from flinklab.settings import Settings, load_settings

if TYPE_CHECKING:
    from flinklab.local import LocalSettings
    from flinklab.yarn.lab import LabOptions, YarnLab

NAME = "lab"


def yarn_lab_up(
    options: LabOptions | None = None,
    *,
    register: bool | None = None,
    settings: Settings | None = None,
    progress: Callable[[str], None] | None = None,
) -> YarnLab:
    """Attach to the lab of the state folder, or start one; it serves when this returns.

    `register` writes it into the catalog as the YARN `lab`, or brings what is there up to date; None: when the
    catalog is the person's own. Raises a `LocalFlinkError`, a `CatalogError`, `UsageError` when a lab with other
    options runs.
    """
    from flinklab.yarn import lab

    settings = settings or load_settings()
    found = lab.up(_local(settings), options, progress)
    if register or (register is None and settings.catalog_url is None):
        _register(found, settings)
    return found


def find_yarn_lab(settings: Settings | None = None) -> YarnLab | None:
    """The lab of the state folder when it serves, else None."""
    from flinklab.yarn import lab

    return lab.find(_local(settings or load_settings()))


def yarn_lab_down(settings: Settings | None = None, progress: Callable[[str], None] | None = None) -> bool:
    """End the lab with everything that runs on it. False when nothing ran.

    It stays registered: what the catalog keeps on it is there when it is up again.
    """
    from flinklab.yarn import lab

    return lab.down(_local(settings or load_settings()), progress)


def _register(found: YarnLab, settings: Settings) -> None:
    catalog = open_catalog(settings)
    try:
        wanted = RegisteredYarn(
            team=catalog.team,
            name=NAME,
            urls=found.urls,
            hadoop_conf=str(found.conf_dir),
            defaults=dict(found.flink_defaults),
            description="a YARN on this machine: flinklab yarn-lab",
        )
        try:
            known = catalog.registry.yarn(catalog.team, NAME)
        except NotFoundError:
            catalog.registry.save_yarn(wanted, expected=None)
            return
        if (known.urls, known.hadoop_conf, known.defaults) != (wanted.urls, wanted.hadoop_conf, wanted.defaults):
            catalog.registry.save_yarn(wanted, expected=known.version)
    finally:
        catalog.close()


def _local(settings: Settings) -> LocalSettings:
    from flinklab.local import LocalSettings

    return LocalSettings(**settings.for_local())
