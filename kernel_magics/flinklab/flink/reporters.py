"""Flink's Prometheus reporters: where they are, and what they tell together.

https://nightlies.apache.org/flink/flink-docs-release-2.3/docs/deployment/metric_reporters/#prometheus
"""

from __future__ import annotations

import time
from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass, field

from flinklab.domain.errors import ConnectionFailedError, UsageError
from flinklab.domain.ids import JobId
from flinklab.flink.access import Access
from flinklab.flink.exposition import Collected, exposed_in, filtered, writers_of
from flinklab.flink.logfiles import whole_lines
from flinklab.flink.transport import HttpTransport, Transport
from flinklab.ports.monitoring import JOBMANAGER, Scraped

_CLASS = "org.apache.flink.metrics.prometheus.PrometheusReporter"
_DEFAULT_PORTS = "9249"
_TIMEOUT = 5.0  # s without a byte
_SEARCH = 5.0  # s after which no further port is tried
_MOST_PORTS = 100  # of a host
_MOST_BYTES = 64_000_000
AGAIN = 300.0
"""Seconds after which reporters that are missing are looked for again."""


@dataclass(frozen=True, slots=True)
class Sought:
    """What is known of a cluster: where its JobManager is, its TaskManagers' hosts by id, its jobs."""

    host: str
    machines: Mapping[str, str]
    jobs: Collection[JobId]


@dataclass(slots=True)
class _Found:
    """`seen`: the processes whose reporters answered."""

    seen: set[str] = field(default_factory=set)
    vertices: Collected = field(default_factory=Collected)
    jobs: dict[JobId, dict[str, float]] = field(default_factory=dict)
    processes: dict[str, dict[str, float]] = field(default_factory=dict)


def ports_of(config: Mapping[str, str]) -> list[int]:
    """Of the first Prometheus reporter that a cluster's configuration names; none without one."""
    wanted = [name.strip() for name in config.get("metrics.reporters", "").split(",") if name.strip()]
    keys = [key.split(".") for key in config if key.startswith("metrics.reporter.")]
    names = wanted or sorted({key[2] for key in keys if len(key) > 3})
    for name in names:
        own = f"metrics.reporter.{name}."
        kind = config.get(f"{own}factory.class") or config.get(f"{own}class", "")
        if kind.startswith(_CLASS):
            return _ports(config.get(f"{own}port", _DEFAULT_PORTS))
    return []


class Reporters:
    """Of one cluster. `connect` makes a transport for an address; `clock` counts seconds.

    Several processes of a host share a range of ports, and so do those of other clusters: what is another one's is
    told by its TaskManager's id, or by a job that this cluster does not know.
    """

    def __init__(
        self, connect: Callable[[str], Transport] | None = None, clock: Callable[[], float] = time.monotonic
    ) -> None:
        self._connect = connect or _plainly
        self._clock = clock
        self._known: dict[str, Transport] = {}
        self._search_at = float("-inf")

    @property
    def is_quiet(self) -> bool:
        """None was found, and it is too early to look again."""
        return not self._known and self._clock() < self._search_at

    def scrape(
        self, config: Callable[[], Mapping[str, str]], sought: Sought, names: Collection[str]
    ) -> Scraped | None:
        """`config` is asked when reporters are looked for."""
        texts = {url: text for url in list(self._known) if (text := self._read(url)) is not None}
        found = self._merged(texts, sought, names)
        if not self._is_all(found, sought) and self._clock() >= self._search_at:
            self._search_at = self._clock() + AGAIN
            texts |= self._search(ports_of(config()), sought, set(texts))
            found = self._merged(texts, sought, names)
        if not found.seen:
            return None
        return Scraped(found.vertices.spreads(), found.jobs, found.processes)

    def close(self) -> None:
        while self._known:
            self._known.popitem()[1].close()

    def _is_all(self, found: _Found, sought: Sought) -> bool:
        return found.seen >= {JOBMANAGER, *sought.machines}

    def _search(self, ports: list[int], sought: Sought, known: Collection[str]) -> dict[str, str]:
        until = self._clock() + _SEARCH
        found: dict[str, str] = {}
        for host in dict.fromkeys((sought.host, *sought.machines.values())):
            for port in ports[:_MOST_PORTS]:
                url = f"http://{f'[{host}]' if ':' in host else host}:{port}"
                if url in known or self._clock() >= until:
                    continue
                text = self._read(url)
                if text is not None:
                    found[url] = text
        return found

    def _read(self, url: str) -> str | None:
        """None: nobody answers there; it is not asked again before the next search."""
        try:
            transport = self._known.get(url) or self._connect(url)
        except UsageError:  # a host that can be none
            return None
        try:
            reply = transport.tail("/metrics", _MOST_BYTES)
        except ConnectionFailedError:
            reply = None
        if reply is None or reply.status != 200:
            self._known.pop(url, None)
            transport.close()
            return None
        self._known[url] = transport
        return whole_lines(reply.body, _MOST_BYTES)

    def _merged(self, texts: Mapping[str, str], sought: Sought, names: Collection[str]) -> _Found:
        """What is not this cluster's is forgotten, with its address."""
        found = _Found()
        processes = {filtered(machine): machine for machine in sought.machines}
        for url, text in texts.items():
            process = _process_of(text, processes, sought.jobs)
            if process is None or process in found.seen or not _put_all(found, process, text, names):
                self._forget(url)
        return found

    def _forget(self, url: str) -> None:
        transport = self._known.pop(url, None)
        if transport is not None:
            transport.close()


def _process_of(text: str, processes: Mapping[str, str], jobs: Collection[JobId]) -> str | None:
    """Whose reporter wrote it; None: nobody's of this cluster. `processes`: ids by how they are written."""
    writers, told = writers_of(text)
    if told and told.isdisjoint(jobs):
        return None
    if writers:
        return processes.get(writers.pop()) if len(writers) == 1 else None
    return JOBMANAGER if "flink_jobmanager_" in text else None


def _put_all(found: _Found, process: str, text: str, names: Collection[str]) -> bool:
    """False: it is no exposition."""
    try:
        exposed = list(exposed_in(text, names))
    except ValueError:
        return False
    found.seen.add(process)
    for each in exposed:
        if each.vertex:
            found.vertices.add(each)
        elif each.value is not None and each.job:
            found.jobs.setdefault(JobId(each.job), {})[each.name] = each.value
        elif each.value is not None:
            found.processes.setdefault(process, {})[each.name] = each.value
    return True


def _ports(text: str) -> list[int]:
    """`9250-9260`, `9249`, or several of them with commas; nothing of what cannot be read."""
    found: list[int] = []
    for part in text.split(","):
        first, _, last = part.strip().partition("-")
        if first.strip().isdecimal() and (not last or last.strip().isdecimal()):
            found.extend(range(int(first), int(last or first) + 1))
    return [port for port in found if 0 < port < 65536]


def _plainly(url: str) -> Transport:
    return HttpTransport(Access(url, timeout=_TIMEOUT), often=True)
