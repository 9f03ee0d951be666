"""`%flink session|clusters|use`: where cells run, by names that a team keeps."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from flinklab.domain.errors import NotFoundError
from flinklab.domain.records import NamedSession, RegisteredCluster, RegisteredGateway, RegisteredStorage
from flinklab.domain.text import count, suggest
from flinklab.notebook import finding
from flinklab.notebook.flag_parser import Flag, LineParser
from flinklab.notebook.session_commands import CLUSTERS_FLAGS, read_clusters
from flinklab.notebook.shown import moment
from flinklab.notebook.subcommand import Runnable, Subcommand
from flinklab.notebook.tables import show_table

if TYPE_CHECKING:
    from flinklab.catalog.catalog import Catalog
    from flinklab.domain.records import ClusterAddress
    from flinklab.notebook.workbench import Workbench


@dataclass(frozen=True, slots=True)
class SavedSessions:
    def run(self, bench: Workbench) -> None:
        catalog = bench.catalog()
        rows = [
            (
                "●" if bench.here[1] in (each.name, f"{each.team}.{each.name}") else "",
                each.name,
                each.team,
                count(len(each.statements), "statement"),
                str(each.version),
                each.changed_by,
                moment(each.changed_at),
            )
            for each in catalog.sessions.list(catalog.teams)
        ]
        if rows:
            show_table(("", "session", "team", "journal", "version", "by", "at"), rows)
        else:
            print("no session is saved: `%flink session save NAME` saves this one")


@dataclass(frozen=True, slots=True)
class SaveSession:
    """The journal of the session in use, under a name."""

    name: str

    def run(self, bench: Workbench) -> None:
        catalog = bench.catalog()
        statements = tuple(statement.text for statement in bench.session().journal)
        team, name = finding.place_for(catalog, self.name)

        def save(before: NamedSession | None) -> NamedSession:
            if before is None:
                return catalog.sessions.save(NamedSession(team, name, statements), expected=None)
            return catalog.sessions.save(replace(before, statements=statements), expected=before.version)

        saved = finding.put(lambda: catalog.sessions.get(team, name), save)
        length = count(len(saved.statements), "statement")
        print(f"session {saved.team}.{saved.name}: version {saved.version}, {length}")


@dataclass(frozen=True, slots=True)
class UseSession:
    name: str

    def run(self, bench: Workbench) -> None:
        session = bench.use(saved=self.name)
        print(f"session {self.name}: {count(len(session.journal), 'statement')} in its journal")


@dataclass(frozen=True, slots=True)
class DeleteSession:
    name: str

    def run(self, bench: Workbench) -> None:
        catalog = bench.catalog()
        it = finding.saved_session(catalog, self.name)
        catalog.sessions.delete(it.team, it.name, expected=it.version)
        print(f"deleted session {it.team}.{it.name}; what was opened from it goes on")


@dataclass(frozen=True, slots=True)
class Use:
    """A registered cluster or a saved session, whichever has the name."""

    name: str

    def run(self, bench: Workbench) -> None:
        catalog = bench.catalog()
        clusters = _names((each.team, each.name) for each in catalog.registry.clusters(catalog.teams))
        if self.name in clusters:
            session = bench.use(cluster=self.name)
            print(f"cluster {self.name}: {session.gateway.url}")
            return
        sessions = _names((each.team, each.name) for each in catalog.sessions.list(catalog.teams))
        if self.name in sessions:
            UseSession(self.name).run(bench)
            return
        if catalog.registry.yarns(catalog.teams):  # it may run there
            session = bench.use(cluster=self.name)
            print(f"cluster {session.target.name}: {session.gateway.url}")
            return
        close = suggest(self.name, clusters | sessions)
        hint = f"did you mean {close}?" if close else "`%flink clusters` and `%flink session list` list them"
        raise NotFoundError(f"there is no cluster and no session {self.name}", hint=hint)


@dataclass(frozen=True, slots=True)
class Clusters:
    def run(self, bench: Workbench) -> None:
        catalog = bench.catalog()
        gateways = {(each.team, each.name): each.url for each in catalog.registry.gateways(catalog.teams)}
        storages = {(each.team, each.name): each.uri for each in catalog.registry.storages(catalog.teams)}
        clusters = catalog.registry.clusters(catalog.teams)
        found = {team: catalog.addresses.all(team) for team in {each.team for each in clusters if each.yarn}}
        rows = [
            (
                "●" if bench.here[0] in (each.name, f"{each.team}.{each.name}") else "",
                each.name,
                each.team,
                f"{each.kind} ({each.yarn})" if each.yarn else each.kind,
                gateways.get((each.team, each.gateway or ""), ""),
                each.jobmanager_url or _found_at(found.get(each.team, {}).get(each.name)),
                storages.get((each.team, each.storage or ""), ""),
                each.flink_version,
                " ".join(each.labels),
                each.owner,
                each.description,
            )
            for each in clusters
        ]
        if rows:
            names = (
                "",
                "cluster",
                "team",
                "kind",
                "gateway",
                "JobManager",
                "storage",
                "Flink",
                "labels",
                "owner",
                "description",
            )
            show_table(names, rows)
        else:
            print("no cluster is registered: `%flink clusters add NAME --gateway URL` registers one")


@dataclass(frozen=True, slots=True)
class AddCluster:
    """A cluster, with a gateway and a storage of its name. What is None stays as it was."""

    name: str
    kind: str | None = None
    gateway_url: str | None = None
    jobmanager_url: str | None = None
    storage_uri: str | None = None
    flink_version: str | None = None
    description: str | None = None
    defaults: tuple[tuple[str, str], ...] = ()
    labels: tuple[str, ...] = ()
    yarn: str | None = None

    def run(self, bench: Workbench) -> None:
        catalog = bench.catalog()
        team, name = finding.place_for(catalog, self.name)
        self._keep_gateway(catalog, team, name)
        self._keep_storage(catalog, team, name)

        def save(before: RegisteredCluster | None) -> RegisteredCluster:
            known = before or RegisteredCluster(team, name, "standalone", owner=catalog.person)
            new = replace(
                known,
                kind=self.kind or ("yarn" if self.yarn and before is None else known.kind),
                yarn=self.yarn or known.yarn,
                jobmanager_url=self.jobmanager_url or known.jobmanager_url,
                gateway=name if self.gateway_url is not None else known.gateway,
                storage=name if self.storage_uri is not None else known.storage,
                flink_version=self.flink_version or known.flink_version,
                description=known.description if self.description is None else self.description,
                defaults={**known.defaults, **dict(self.defaults)},
                labels=tuple(dict.fromkeys((*known.labels, *self.labels))),
            )
            return catalog.registry.save_cluster(new, expected=before.version if before is not None else None)

        saved = finding.put(lambda: catalog.registry.cluster(team, name), save)
        print(f"cluster {saved.team}.{saved.name}: version {saved.version}; `%flink use {saved.name}` works on it")

    def _keep_gateway(self, catalog: Catalog, team: str, name: str) -> None:
        url = self.gateway_url
        if url is None:
            return

        def save(before: RegisteredGateway | None) -> RegisteredGateway:
            new = replace(before or RegisteredGateway(team, name, url, owner=catalog.person), url=url)
            return catalog.registry.save_gateway(new, expected=before.version if before is not None else None)

        finding.put(lambda: catalog.registry.gateway(team, name), save)

    def _keep_storage(self, catalog: Catalog, team: str, name: str) -> None:
        uri = self.storage_uri
        if uri is None:
            return

        def save(before: RegisteredStorage | None) -> RegisteredStorage:
            new = replace(before or RegisteredStorage(team, name, uri), uri=uri)
            return catalog.registry.save_storage(new, expected=before.version if before is not None else None)

        finding.put(lambda: catalog.registry.storage(team, name), save)


@dataclass(frozen=True, slots=True)
class DeleteCluster:
    """With the gateway and the storage of its name, when it had them."""

    name: str

    def run(self, bench: Workbench) -> None:
        catalog = bench.catalog()
        registry = catalog.registry
        it = finding.find(catalog, self.name, lambda name: registry.cluster(*name))
        registry.delete_cluster(it.team, it.name, expected=it.version)
        if it.gateway == it.name:
            registry.delete_gateway(it.team, it.name, expected=registry.gateway(it.team, it.name).version)
        if it.storage == it.name:
            registry.delete_storage(it.team, it.name, expected=registry.storage(it.team, it.name).version)
        print(f"deleted cluster {it.team}.{it.name}; what runs on it goes on")


def _found_at(address: ClusterAddress | None) -> str:
    """Where YARN said last that its JobManager is."""
    return address.url if address is not None else ""


def _names(known: Iterable[tuple[str, str]]) -> set[str]:
    return {spelling for team, name in known for spelling in (name, f"{team}.{name}")}


def _add_cluster(parser: LineParser, words: list[str]) -> Runnable:
    return AddCluster(
        words[0],
        parser.one("--kind"),
        parser.one("--gateway"),
        parser.one("--jobmanager"),
        parser.one("--storage"),
        parser.one("--flink-version"),
        parser.one("--description"),
        tuple(parser.pairs("-D").items()),
        labels=tuple(parser.all("--label")),
        yarn=parser.one("--yarn"),
    )


PLACE_SUBCOMMANDS: dict[str, Subcommand[Runnable]] = {
    "session list": Subcommand("", 0, "the sessions that the team saved", lambda _p, _w: SavedSessions()),
    "session save": Subcommand(
        "NAME",
        1,
        "save the session's journal under a name",
        lambda _p, w: SaveSession(w[0]),
        examples=(("%flink session save etl", "`%flink session use etl` makes it again, anywhere"),),
        least=1,
    ),
    "session use": Subcommand(
        "NAME", 1, "run the cells that follow in a saved session", lambda _p, w: UseSession(w[0]), least=1
    ),
    "session delete": Subcommand("NAME", 1, "delete a saved session", lambda _p, w: DeleteSession(w[0]), least=1),
    "use": Subcommand(
        "NAME",
        1,
        "work on a registered cluster, or in a saved session",
        lambda _p, w: Use(w[0]),
        examples=(("%flink use prod", "all that a newcomer types"),),
        least=1,
    ),
    "clusters": Subcommand(
        "",
        0,
        "the clusters that the team registered, or the sessions of a YARN",
        lambda p, _w: read_clusters(p, Clusters()),
        CLUSTERS_FLAGS,
        (("%flink clusters --yarn prod", "what runs there now"),),
    ),
    "clusters list": Subcommand("", 0, "the same", lambda p, _w: read_clusters(p, Clusters()), CLUSTERS_FLAGS),
    "clusters add": Subcommand(
        "NAME",
        1,
        "register a cluster, or change one",
        _add_cluster,
        (
            Flag(("--kind",), "standalone, yarn, kubernetes or embedded", "KIND"),
            Flag(("--yarn",), "the registered YARN on which the session of that name runs", "NAME"),
            Flag(("--gateway",), "address of its SQL Gateway", "URL"),
            Flag(("--jobmanager",), "address of its JobManager, where the gateway does not tell it", "URL"),
            Flag(("--storage",), "where the gateway, the cluster and notebooks can all read and write", "URI"),
            Flag(("--flink-version",), "such as 2.3.0", "VERSION"),
            Flag(("--description",), "what it is for", "TEXT"),
            Flag(("--label",), "what pools choose it by; can be repeated", "LABEL", repeatable=True),
            Flag(
                ("-D",),
                "an option of Flink for all statements there; can be repeated",
                "KEY=VALUE",
                repeatable=True,
            ),
        ),
        (("%flink clusters add prod --gateway http://gw.example.com:8083 --kind yarn", "then: %flink use prod"),),
        least=1,
    ),
    "clusters delete": Subcommand("NAME", 1, "forget a cluster", lambda _p, w: DeleteCluster(w[0]), least=1),
}
