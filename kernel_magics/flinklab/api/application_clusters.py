"""Registering a place on YARN where each managed job gets an application of its own."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from flinklab.api.applications import APPLICATION, check_version, version_of
from flinklab.api.jobs import opened
from flinklab.api.yarn_places import asking, found_cluster, identity_of, yarn_named
from flinklab.api.yarn_starting import register
from flinklab.domain.errors import ConflictError, UsageError
from flinklab.domain.records import RegisteredCluster, RegisteredYarn
from flinklab.domain.yarn import SessionSpec
from flinklab.settings import load_settings

if TYPE_CHECKING:
    from flinklab.catalog.catalog import Catalog

_QUEUE = "yarn.application.queue"


def create_application_cluster(
    yarn: str,
    spec: SessionSpec,
    *,
    catalog: Catalog | None = None,
    flink_version: str = "",
    labels: Sequence[str] = (),
    storage: str | None = None,
    description: str = "",
    anyway: bool = False,
) -> RegisteredCluster:
    """Register a cluster on which each managed job runs in a YARN application of its own, of the size `spec`.

    Nothing is started; one of the name is changed. `flink_version`: 2.0 or later, by default the one that is
    installed, or the YARN's only one. `storage`: a URI that the applications, a gateway and the supervisor all read
    and write. `anyway`: without looking whether the queue is there and the sizes fit.

    Raises `UsageError`, `YarnRefusedError`, `ConnectionFailedError`, `ConflictError` when the name is another
    cluster's.

    >>> create_application_cluster("prod", SessionSpec("apps", queue="etl"), storage="hdfs:///flinklab/apps")
    """
    shared = opened(catalog)
    place = yarn_named(yarn, shared)
    before = found_cluster(place.team, spec.name, shared)
    if before is not None and (before.kind, before.yarn) != (APPLICATION, place.name):
        raise ConflictError(
            f"the name {spec.name} is that of another cluster: {before.kind}", hint="give it another name"
        )
    if storage is None and (before is None or before.storage is None):
        raise UsageError(
            "jobs with applications of their own need a storage, for their plans",
            hint="--storage URI names one that the applications, a gateway and the supervisor all read and write",
        )
    known = before or RegisteredCluster(place.team, spec.name, APPLICATION, owner=shared.person, yarn=place.name)
    version = flink_version or version_of(known, place, load_settings())
    check_version(version)
    if not anyway:
        _check(place, spec)
    return register(shared, known, spec, labels, storage, description, version)


def _check(place: RegisteredYarn, spec: SessionSpec) -> None:
    from flinklab.yarn.queue_words import find_queue
    from flinklab.yarn.session_checks import check_queue, check_room
    from flinklab.yarn.session_config import session_config

    with asking(place) as manager:
        known = manager.queues()
        wanted = spec.config.get(_QUEUE) or spec.queue or place.defaults.get(_QUEUE, "")
        queue = find_queue(known, wanted)
        check_queue(wanted, known)
        config = session_config(spec, "flinklab-check", defaults=place.defaults, identity=identity_of(place))
        check_room(config, queue, manager.info())
