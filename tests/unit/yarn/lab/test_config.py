from __future__ import annotations

from pathlib import Path
from xml.etree import ElementTree

import pytest
from hypothesis import given
from hypothesis import strategies as st

from flinklab.yarn.hadoop import resource_managers
from flinklab.yarn.lab.config import flink_defaults, port_names, render_site, write_config, zookeeper_config
from flinklab.yarn.lab.options import LabOptions
from flinklab.yarn.session_config import has_high_availability

ALL = [LabOptions(), LabOptions(ha=True), LabOptions(zookeeper=True)]


def site(folder: Path, name: str) -> dict[str, str]:
    root = ElementTree.parse(folder / "conf" / name).getroot()
    return {each.findtext("name", ""): each.findtext("value", "") for each in root}


def written(folder: Path, options: LabOptions) -> dict[str, int]:
    ports = {name: 20000 + number for number, name in enumerate(port_names(options))}
    write_config(folder, options, ports, [folder / "client one.jar"])
    return ports


@pytest.mark.parametrize("options", ALL)
def test_every_port_is_in_the_configuration_once(tmp_path: Path, options: LabOptions) -> None:
    ports = written(tmp_path, options)
    sites = {**site(tmp_path, "core-site.xml"), **site(tmp_path, "yarn-site.xml")}
    named = [value for value in sites.values() if value.startswith("localhost:")]
    if options.has_zookeeper:
        assert f"clientPort={ports['zookeeper']}" in (tmp_path / "conf" / "zoo.cfg").read_text().splitlines()
    missing = {port for port in ports.values() if f"localhost:{port}" not in named}
    assert missing == ({ports["zookeeper"]} if options.zookeeper and not options.ha else set())
    assert len(named) == len(set(named))


@pytest.mark.parametrize("options", ALL)
def test_flinklab_finds_the_resourcemanagers_by_it(tmp_path: Path, options: LabOptions) -> None:
    ports = written(tmp_path, options)
    wanted = [
        f"http://localhost:{ports[name]}" for name in ports if name.endswith("webapp.address") and name[0] == "r"
    ]
    assert list(resource_managers(tmp_path / "conf", environment={})) == wanted


@pytest.mark.parametrize("options", ALL)
def test_whatever_listens_is_bound_to_loopback(tmp_path: Path, options: LabOptions) -> None:
    written(tmp_path, options)
    yarn = site(tmp_path, "yarn-site.xml")
    assert yarn["yarn.resourcemanager.bind-host"] == yarn["yarn.nodemanager.bind-host"] == "127.0.0.1"


def test_the_queues_shares_are_those_of_the_options(tmp_path: Path) -> None:
    written(tmp_path, LabOptions())
    scheduler = site(tmp_path, "capacity-scheduler.xml")
    names = scheduler["yarn.scheduler.capacity.root.queues"].split(",")
    assert sum(float(scheduler[f"yarn.scheduler.capacity.root.{name}.capacity"]) for name in names) == 100
    assert scheduler["yarn.scheduler.capacity.root.full.maximum-capacity"] == "1"


def test_no_container_is_larger_than_the_node(tmp_path: Path) -> None:
    written(tmp_path, LabOptions(memory=2048))
    assert site(tmp_path, "yarn-site.xml")["yarn.scheduler.maximum-allocation-mb"] == "2048"


@given(st.dictionaries(st.sampled_from("abc"), st.text(st.characters(codec="utf-8", exclude_categories=["C"]))))
def test_any_path_survives_the_xml(values: dict[str, str]) -> None:
    root = ElementTree.fromstring(render_site(values))
    assert {each.findtext("name"): each.findtext("value") for each in root} == values


def test_a_folder_with_a_backslash_survives_zookeepers_properties() -> None:
    assert r"dataDir=/a\\b/zookeeper" in zookeeper_config(Path(r"/a\b"), 1).splitlines()


def test_a_query_may_wait_for_a_taskmanager_as_long_as_flink_lets_it() -> None:
    assert flink_defaults(Path("/a"))["slot.request.timeout"] == "5 min"


def test_with_a_zookeeper_a_session_says_only_that_it_wants_it() -> None:
    defaults = flink_defaults(Path("/a"), "localhost:2181")
    assert defaults["high-availability.zookeeper.quorum"] == "localhost:2181"
    assert not has_high_availability(defaults)
    assert has_high_availability({**defaults, "high-availability.type": "zookeeper"})
    assert not [key for key in flink_defaults(Path("/a")) if key.startswith("high-availability")]
