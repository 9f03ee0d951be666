"""Connections to the clusters that are looked at: from the catalog, for a while, and closed."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from fakes.managed import add_cluster
from flinklab.catalog.catalog import Catalog
from flinklab.catalog.lifecycle import init, open_database
from flinklab.domain.errors import BrokenReplyError, NotFoundError
from flinklab.domain.records import RegisteredCluster
from flinklab.flink.transport import Reply
from flinklab.settings import Settings
from flinklab_extension import ui_clusters
from flinklab_extension.places import Place
from flinklab_extension.ui_clusters import UiClusters, ui_path

KEY = ("", "my", "main")


class Clock:
    now = 0.0

    def __call__(self) -> float:
        return self.now


class Lines:
    """The transports that were made, in order."""

    def __init__(self) -> None:
        self.made: list[Line] = []

    def __call__(self, *_: Any, **__: Any) -> Line:
        self.made.append(Line())
        return self.made[-1]


class Line:
    url = "http://front"
    reply = Reply(200, b"{}", "application/json")
    is_closed = False
    during: Any = None

    def tail(self, path: str, most: int) -> Reply:
        if self.during is not None:
            self.during()
        assert not self.is_closed
        return self.reply

    def close(self) -> None:
        self.is_closed = True


@pytest.fixture
def lines(monkeypatch: pytest.MonkeyPatch) -> Lines:
    lines = Lines()
    monkeypatch.setattr(ui_clusters, "jobmanager_transport", lines)
    return lines


@pytest.fixture
def place(tmp_path: Path) -> Iterator[Place]:
    url = f"sqlite:///{tmp_path}/catalog.db"
    place = Place(lambda: Settings(catalog_url=url, catalog_key=f"file:{tmp_path}/key"))
    init(url)
    with Catalog(open_database(url), tmp_path / "key", team="my", environment="dev") as catalog:
        add_cluster(catalog)
    yield place
    place.close()


def test_one_connection_is_used_for_a_while(place: Place, lines: Lines) -> None:
    clock = Clock()
    clusters = UiClusters(clock)
    for clock.now in (0.0, 29.0):
        assert clusters.read(place, KEY, "/overview").status == 200
    assert len(lines.made) == 1
    clock.now = 30.0
    clusters.read(place, KEY, "/overview")
    assert [each.is_closed for each in lines.made] == [True, False]
    clusters.close()
    assert lines.made[1].is_closed


def test_one_that_is_in_use_is_closed_when_it_is_free(place: Place, lines: Lines) -> None:
    clock = Clock()
    clusters = UiClusters(clock)
    clusters.read(place, KEY, "/overview")
    first = lines.made[0]

    def meanwhile() -> None:
        first.during = None
        clock.now = 30.0
        clusters.read(place, KEY, "/overview")
        assert not first.is_closed

    first.during = meanwhile
    clusters.read(place, KEY, "/overview")
    assert [each.is_closed for each in lines.made] == [True, False]


def test_one_that_is_not_registered_any_more_is_not_shown(place: Place, lines: Lines) -> None:
    clock = Clock()
    clusters = UiClusters(clock)
    clusters.read(place, KEY, "/overview")
    place.catalog().registry.delete_cluster("my", "main", expected=1)
    clock.now = 30.0
    with pytest.raises(NotFoundError):
        clusters.read(place, KEY, "/overview")


def test_only_of_a_text_the_end_is_enough(place: Place, lines: Lines, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(ui_clusters, "MOST", 4)
    clusters = UiClusters()
    monkeypatch.setattr(Line, "reply", Reply(200, b"tail", "text/plain; charset=UTF-8"))
    assert clusters.read(place, KEY, "/jobmanager/log").body == b"tail"
    monkeypatch.setattr(Line, "reply", Reply(200, b'": 1', "application/json"))
    with pytest.raises(BrokenReplyError):
        clusters.read(place, KEY, "/overview")


@pytest.mark.parametrize(
    ("cluster", "path"),
    [
        (RegisteredCluster("my", "a", "standalone", "http://a"), "flinklab/ui/my/a/"),
        (RegisteredCluster("my", "a", "kubernetes", gateway="g"), "flinklab/ui/my/a/"),
        (RegisteredCluster("my", "a", "standalone"), None),
        (RegisteredCluster("my", "a", "yarn", yarn="lab"), "flinklab/ui/my/a/"),
        (RegisteredCluster("my", "a", "yarn-application", yarn="lab"), None),
        (RegisteredCluster("my", "a", "embedded"), "flinklab/ui/my/a/"),
        (RegisteredCluster("t/m", "../?#", "embedded"), "flinklab/ui/t%2Fm/..%2F%3F%23/"),
    ],
)
def test_where_there_is_one_jobmanager_there_is_a_ui(cluster: RegisteredCluster, path: str | None) -> None:
    assert ui_path(cluster) == path
