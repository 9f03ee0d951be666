"""How a lab gets into the catalog; the lab itself is a stand-in."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from datetime import datetime, timezone
from pathlib import Path

import pytest

from flinklab.api import open_catalog
from flinklab.api.yarn_lab import yarn_lab_up
from flinklab.catalog.catalog import Catalog
from flinklab.domain.errors import NotFoundError
from flinklab.settings import Settings
from flinklab.yarn import lab


def made(folder: Path, port: int) -> lab.YarnLab:
    return lab.YarnLab(
        urls=(f"http://localhost:{port}",),
        conf_dir=folder / "conf",
        hadoop_classpath="",
        zookeeper=None,
        folder=folder,
        options=lab.LabOptions(),
        pids={},
        logs={},
        requests={},
        started_at=datetime.now(timezone.utc),
        flink_defaults={"yarn.containers.vcores": "1"},
    )


@pytest.fixture
def catalog(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Iterator[Catalog]:
    monkeypatch.setenv("XDG_DATA_HOME", str(tmp_path / "data"))
    monkeypatch.setattr(lab, "up", lambda *_: made(tmp_path, 8088))
    catalog = open_catalog()
    yield catalog
    catalog.close()


def test_it_is_registered_in_the_persons_own_catalog(catalog: Catalog, tmp_path: Path) -> None:
    found = yarn_lab_up()
    known = catalog.registry.yarn(catalog.team, "lab")
    assert known.urls == found.urls
    assert known.hadoop_conf == str(tmp_path / "conf")
    assert known.defaults == {"yarn.containers.vcores": "1"}


def test_it_is_written_again_only_when_it_is_another(
    catalog: Catalog, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    yarn_lab_up()
    first = catalog.registry.yarn(catalog.team, "lab")
    yarn_lab_up()
    assert catalog.registry.yarn(catalog.team, "lab") == first
    monkeypatch.setattr(lab, "up", lambda *_: made(tmp_path, 8089))
    yarn_lab_up()
    second = catalog.registry.yarn(catalog.team, "lab")
    assert second == replace(first, urls=("http://localhost:8089",), version=second.version)
    assert second.version > first.version


@pytest.mark.parametrize(
    ("register", "shared", "there"), [(False, False, False), (None, True, False), (True, True, True)]
)
def test_in_a_catalog_of_others_it_is_registered_when_that_is_asked_for(
    catalog: Catalog, tmp_path: Path, register: bool | None, shared: bool, there: bool
) -> None:
    settings = Settings(
        catalog_url=f"sqlite:///{tmp_path / 'data' / 'flinklab' / 'catalog.db'}" if shared else None
    )
    yarn_lab_up(register=register, settings=settings)
    if there:
        assert catalog.registry.yarn(catalog.team, "lab").urls
    else:
        with pytest.raises(NotFoundError):
            catalog.registry.yarn(catalog.team, "lab")
