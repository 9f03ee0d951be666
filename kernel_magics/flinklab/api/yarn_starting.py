"""Starting a session on YARN, and registering it."""

from __future__ import annotations

import uuid
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from dataclasses import asdict, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

from flinklab.api.jobs import opened
from flinklab.api.yarn_places import LIVING, SESSION, asking, found_cluster, identity_of, yarn_named
from flinklab.domain.errors import ConflictError, FlinklabError, YarnError
from flinklab.domain.records import ClusterAddress, RegisteredCluster, RegisteredStorage, RegisteredYarn
from flinklab.domain.yarn import Application, SessionSpec

if TYPE_CHECKING:
    from flinklab.catalog.catalog import Catalog
    from flinklab.local.settings import LocalSettings
    from flinklab.yarn.client import FlinkClient, Program
    from flinklab.yarn.resourcemanager import RestResourceManager

Progress = Callable[[str], None]

_QUEUE = "yarn.application.queue"


def silent(line: str) -> None:
    """Nobody wants to hear of the steps."""


def create_session(
    yarn: str,
    spec: SessionSpec,
    *,
    catalog: Catalog | None = None,
    flink_version: str = "",
    labels: Sequence[str] = (),
    storage: str | None = None,
    description: str = "",
    anyway: bool = False,
    timeout: float = 300.0,
    progress: Progress = silent,
    program: Program | None = None,
) -> RegisteredCluster:
    """Start a session on a registered YARN, and register it as a cluster under its name.

    `flink_version` (`2.3`): which Flink it is to be, by default the one that is installed, or the YARN's only one.
    `storage`: a URI that the session, gateways and notebooks can all read and write. `anyway`: without looking
    before whether the name is free, the queue is there and the sizes fit. `timeout` in seconds; after it, and when
    it is interrupted, what was started is ended. `program`: in the place of Flink's client.

    Raises `YarnRefusedError` with what to do, `YarnError`, `ConnectionFailedError`, `ConflictError` when the name
    is another cluster's, and what `home_for` raises.

    >>> create_session("prod", SessionSpec("etl-1", queue="etl", slots=8, taskmanager_memory=4096))
    """
    shared = opened(catalog)
    place = yarn_named(yarn, shared)
    before = found_cluster(place.team, spec.name, shared)
    if before is not None and (before.kind, before.yarn) != (SESSION, place.name):
        raise ConflictError(
            f"the name {spec.name} is that of another cluster: {before.kind}", hint="give the session another name"
        )
    with asking(place) as manager:
        config, request = configured(place, spec, manager, anyway=anyway)
        config = _with_values(config, shared)
        starts = program or flink_client(place, flink_version, progress)
        known = before or RegisteredCluster(place.team, spec.name, SESSION, owner=shared.person, yarn=place.name)
        # Before anything is started: who may not register a cluster starts none.
        cluster = register(shared, known, spec, labels, storage, description)
        try:
            application = _deploy(starts, manager, config, request, timeout, progress)
        except BaseException:
            if before is None:
                with suppress(FlinklabError):
                    shared.registry.delete_cluster(cluster.team, cluster.name, expected=cluster.version)
            raise
    return _found(shared, cluster, application, progress)


def _sizing(spec: SessionSpec) -> dict[str, Any]:
    given = {name: value for name, value in asdict(spec).items() if value and name != "name"}
    return {**given, **({"tags": list(spec.tags)} if spec.tags else {})}


def configured(
    place: RegisteredYarn,
    spec: SessionSpec,
    manager: RestResourceManager,
    *,
    anyway: bool,
    replaces: str = "",
) -> tuple[Mapping[str, str], str]:
    """The configuration of the session, looked at as far as the ResourceManager can judge it; and its request."""
    from flinklab.yarn.queue_words import find_queue
    from flinklab.yarn.session_checks import check_name, check_queue, check_room
    from flinklab.yarn.session_config import session_config

    known = manager.queues()
    wanted = spec.config.get(_QUEUE) or spec.queue or place.defaults.get(_QUEUE, "")
    queue = find_queue(known, wanted)
    request = f"flinklab-{uuid.uuid4().hex}"
    config = session_config(
        spec,
        request,
        defaults=place.defaults,
        identity=identity_of(place),
        largest_vcores=queue.largest_vcores if queue is not None else None,
    )
    if not anyway:
        if spec.name != replaces:
            check_name(spec.name, manager.applications(states=LIVING))
        check_queue(wanted, known)
        check_room(config, queue, manager.info())
    return config, request


def _with_values(config: Mapping[str, str], catalog: Catalog) -> Mapping[str, str]:
    """With `${name}` replaced by the variable's value in the catalog's environment. Raises `CatalogError`."""
    from flinklab.sql.variables import expand, mentions

    about = {key: text for key, text in config.items() if mentions(text)}
    if not about:
        return config
    names = sorted({name for text in about.values() for name in mentions(text)})
    found = catalog.variables.resolve(catalog.teams, catalog.environment, names)
    values = {name: each.value for name, each in found.items()}
    expanded = expand({**values, **{f"={key}": text for key, text in about.items()}})  # no variable is called so
    return {**config, **{key: expanded[f"={key}"] for key in about}}


def flink_client(place: RegisteredYarn, flink_version: str, progress: Progress) -> FlinkClient:
    """Flink's client, with the Java, the Flink and the Hadoop that this machine has for it."""
    from flinklab.local.homes import home_for
    from flinklab.local.java import find_java
    from flinklab.local.settings import LocalSettings
    from flinklab.settings import load_settings
    from flinklab.yarn.client import FlinkClient
    from flinklab.yarn.hadoop import conf_dir, hadoop_classpath

    conf = Path(place.hadoop_conf) if place.hadoop_conf else conf_dir()
    if conf is None or not (conf / "yarn-site.xml").is_file():
        shown = f" in {place.hadoop_conf}" if place.hadoop_conf else ""
        raise YarnError(
            f"Flink's client needs YARN's configuration: there is no yarn-site.xml{shown}",
            hint=f"`%flink yarn add {place.name} --hadoop-conf DIR` names its folder, or HADOOP_CONF_DIR does",
        )
    settings = LocalSettings(**load_settings().for_local())
    version = flink_version or default_version(place, settings)
    return FlinkClient(
        java=find_java(settings.java_home).executable,
        flink=home_for(version, settings, place.flink_homes, progress),
        hadoop_classpath=hadoop_classpath(settings, progress=progress),
        hadoop_conf=conf,
        identity=identity_of(place),
    )


def default_version(place: RegisteredYarn, settings: LocalSettings) -> str:
    from flinklab.domain.errors import NotInstalledError
    from flinklab.domain.flink_versions import parse_version
    from flinklab.local.distribution import find_distribution

    named = place.flink_homes or settings.flink_homes
    try:
        return next(iter(named)) if len(named) == 1 else find_distribution().version
    except NotInstalledError:
        if not named:
            raise
        return max(named, key=parse_version)


def _deploy(
    program: Program,
    manager: RestResourceManager,
    config: Mapping[str, str],
    request: str,
    timeout: float,
    progress: Progress,
) -> Application:
    from flinklab.yarn.deployment import Deployment, Patience

    return Deployment(program, manager, config, request, progress, Patience(whole=timeout)).run()


def register(
    catalog: Catalog,
    known: RegisteredCluster,
    spec: SessionSpec,
    labels: Sequence[str],
    storage: str | None,
    description: str,
    flink_version: str = "",
) -> RegisteredCluster:
    """What was `known` of the cluster (version 0 when it is new) with what is said of it now."""
    if storage is not None:
        _keep_storage(catalog, known.team, spec.name, storage)
    new = replace(
        known,
        application="",
        sizing=_sizing(spec),
        labels=tuple(dict.fromkeys((*known.labels, *labels))),
        storage=spec.name if storage is not None else known.storage,
        flink_version=flink_version or known.flink_version,
        description=description or known.description,
    )
    return catalog.registry.save_cluster(new, expected=known.version or None)


def _keep_storage(catalog: Catalog, team: str, name: str, uri: str) -> None:
    known = next((each for each in catalog.registry.storages([team]) if each.name == name), None)
    kept = replace(known, uri=uri) if known is not None else RegisteredStorage(team, name, uri)
    catalog.registry.save_storage(kept, expected=known.version if known is not None else None)


def _found(
    catalog: Catalog, cluster: RegisteredCluster, application: Application, progress: Progress
) -> RegisteredCluster:
    """Keep where its JobManager is, and which Flink it turned out to be."""
    from flinklab.flink.access import Access
    from flinklab.flink.jobmanager import RestJobManager

    url = application.jobmanager_url or ""
    catalog.addresses.put(ClusterAddress(cluster.team, cluster.name, url, application.id))
    jobmanager = RestJobManager(Access(url, timeout=10.0))
    try:
        version = jobmanager.overview().flink_version
    except FlinklabError as error:
        progress(f"its JobManager does not answer from here: {error.message}")
        return cluster
    finally:
        jobmanager.close()
    progress(f"{cluster.name} runs: {application.id}, Flink {version}, {url}")
    if version == cluster.flink_version:
        return cluster
    return catalog.registry.save_cluster(replace(cluster, flink_version=version), expected=cluster.version)
