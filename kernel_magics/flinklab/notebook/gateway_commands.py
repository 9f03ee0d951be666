"""`%flink gateways`: through which SQL Gateways statements go, and those that are kept on this machine."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from flinklab.notebook.shown import moment
from flinklab.notebook.subcommand import Runnable, Subcommand
from flinklab.notebook.tables import show_table

if TYPE_CHECKING:
    from flinklab.notebook.workbench import Workbench


@dataclass(frozen=True, slots=True)
class Gateways:
    """Those that the team registered, the embedded Flink's, and those that are kept here."""

    def run(self, bench: Workbench) -> None:
        from flinklab import api
        from flinklab.api.gateways import kept_gateways

        session = bench.connected
        here = session.gateway.url if session is not None else None
        catalog = bench.catalog()
        registered = catalog.registry.gateways(catalog.teams)
        rows = [(each.url, f"{each.team}.{each.name}", "", "", "") for each in registered]
        embedded = api.find_local()
        if embedded is not None:
            log = str(embedded.logs["gateway"])
            since = moment(embedded.started_at)
            rows.append((embedded.gateway_url, "the embedded Flink", embedded.flink_version, since, log))
        rows += [
            (each.url, "kept on this machine", each.version, moment(each.started_at), str(each.log))
            for each in kept_gateways()
        ]
        if rows:
            marked = [("●" if row[0] == here else "", *row) for row in rows]
            show_table(("", "gateway", "whose", "Flink", "since", "log"), marked)
        else:
            print("no gateway is registered or kept here; a cluster that needs one gets one when it is used")


@dataclass(frozen=True, slots=True)
class StartGateway:
    version: str

    def run(self, bench: Workbench) -> None:
        from flinklab.api.gateways import start_gateway

        started = start_gateway(self.version, progress=print)
        print(f"SQL Gateway of Flink {started.version}: {started.url}")


@dataclass(frozen=True, slots=True)
class EndGateway:
    version: str

    def run(self, bench: Workbench) -> None:
        from flinklab.api.gateways import end_gateway

        if not end_gateway(self.version, progress=print):
            print(f"no gateway of Flink {self.version} is kept here")


GATEWAY_SUBCOMMANDS: dict[str, Subcommand[Runnable]] = {
    "gateways": Subcommand(
        "", 0, "the SQL Gateways: the team's, and those of this machine", lambda _p, _w: Gateways()
    ),
    "gateways up": Subcommand(
        "VERSION",
        1,
        "keep a gateway of a version of Flink on this machine",
        lambda _p, w: StartGateway(w[0]),
        examples=(("%flink gateways up 1.20", "for clusters of Flink 1.20; downloads that Flink when it has to"),),
        least=1,
    ),
    "gateways down": Subcommand(
        "VERSION", 1, "end those of a version; jobs go on", lambda _p, w: EndGateway(w[0]), least=1
    ),
}
