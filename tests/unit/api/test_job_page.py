"""What a job's page shows, from a catalog and a fake cluster."""

from __future__ import annotations

import json
from collections.abc import Iterator

import pytest

import flinklab
from fakes.managed import add_cluster, add_job
from fakes.watched import Watched, watched
from flinklab.api import job_page
from flinklab.api.job_handle import JobHandle
from flinklab.domain.errors import NotFoundError, UsageError
from flinklab.domain.jobs import JobScript, JobVersion

SECOND = """INSERT INTO s
SELECT a, b
FROM t /*+ OPTIONS('password'='hunter2', 'scan.startup.mode'='${mode}') */"""


@pytest.fixture(scope="module")
def world(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Watched]:
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("XDG_DATA_HOME", str(tmp_path_factory.mktemp("data")))
        with watched(quiet=0) as world:
            team = world.catalog.team
            config = {"parallelism.default": "2", "s3.secret-key": "hunter2", "kafka.token": "${token}"}
            setup = ("CREATE TEMPORARY VIEW v AS SELECT 1",)
            world.catalog.job_versions.save(
                JobVersion(team, "orders", 0, JobScript(SECOND, setup, config), fingerprint="2", note="more")
            )
            yield world


@pytest.fixture
def orders(world: Watched) -> JobHandle:
    return flinklab.job("orders", catalog=world.catalog)


def test_the_numbers_end_with_the_newest_and_say_their_units(world: Watched, orders: JobHandle) -> None:
    found = job_page.overview(orders, world.catalog)
    vitals = {each["name"]: each for each in found["vitals"]}
    assert vitals["backpressured"]["unit"] == "%"
    for each in vitals.values():
        times = [at for at, _ in each["points"]]
        assert times == sorted(times)
        assert each["value"] == [value for _, value in each["points"] if value is not None][-1]
    json.dumps(found, allow_nan=False)


def test_checkpoints_are_told_the_newest_first_with_why_one_failed(world: Watched, orders: JobHandle) -> None:
    found = job_page.overview(orders, world.catalog)["checkpoints"]
    assert [each["id"] for each in found] == [6, 5, 4, 3, 2, 1]
    failed = next(each for each in found if each["status"] == "failed")
    assert (failed["id"], failed["kept"]) == (4, False)
    assert "expired" in failed["failure"]


def test_a_cluster_that_no_supervisor_holds_is_remarked(world: Watched, orders: JobHandle) -> None:
    assert job_page.overview(orders, world.catalog)["remark"] == ""
    add_cluster(world.catalog, "elsewhere")
    add_job(world.catalog, "lonely", cluster="elsewhere")
    lonely = flinklab.job("lonely", catalog=world.catalog)
    assert "no supervisor" in job_page.overview(lonely, world.catalog)["remark"]


def test_failures_are_grouped_by_their_root_cause(world: Watched, orders: JobHandle) -> None:
    found = job_page.failures(orders, world.catalog)
    first = found["groups"][0]
    assert "NumberFormatException" in first["cause"]
    assert first["count"] == 1
    assert found["more"] == 0


def test_failures_of_a_time_that_means_nothing_are_refused(world: Watched, orders: JobHandle) -> None:
    with pytest.raises(UsageError):
        job_page.failures(orders, world.catalog, "soon")


def test_a_version_tells_all_that_it_is_made_of_and_no_secret(world: Watched, orders: JobHandle) -> None:
    found = job_page.version(orders, world.catalog, 2)
    assert found["text"].startswith("CREATE TEMPORARY VIEW v AS SELECT 1;\n\nINSERT INTO s")
    assert found["note"] == "more"
    assert "${mode}" in found["text"]
    assert found["config"] == {"parallelism.default": "2", "s3.secret-key": "******", "kafka.token": "${token}"}
    assert "hunter2" not in json.dumps(found)


def test_a_version_that_there_is_not_is_said(world: Watched, orders: JobHandle) -> None:
    with pytest.raises(NotFoundError):
        job_page.version(orders, world.catalog, 99)


def test_two_versions_side_by_side_hide_what_is_secret(world: Watched, orders: JobHandle) -> None:
    found = job_page.difference(orders, world.catalog, 1, 2)
    text = next(each for each in found["sections"] if each["title"] == "text")
    assert (found["left"], found["right"], text["changed"]) == ("version 1", "version 2", True)
    assert any(row is not None and row[2] for row in text["rows"])
    assert "hunter2" not in json.dumps(found)


def test_without_numbers_the_wanted_version_stands_beside_the_newest(world: Watched, orders: JobHandle) -> None:
    found = job_page.difference(orders, world.catalog)
    assert (found["a"], found["b"]) == (1, 2)


def test_a_version_beside_itself_has_no_changed_line(world: Watched, orders: JobHandle) -> None:
    found = job_page.difference(orders, world.catalog, 2, 2)
    assert not any(each["changed"] or each["rows"] for each in found["sections"])


def test_lines_far_from_a_change_are_left_out(world: Watched) -> None:
    team = world.catalog.team
    lines = [f"SELECT {n}," for n in range(40)]
    for number, middle in enumerate(("x", "y")):
        text = "\n".join([*lines[:20], middle, *lines[20:]])
        world.catalog.job_versions.save(JobVersion(team, "long", 0, JobScript(text), fingerprint=f"long {number}"))
    add_job(world.catalog, "long")
    found = job_page.difference(flinklab.job("long", catalog=world.catalog), world.catalog, 1, 2)
    rows = next(each for each in found["sections"] if each["title"] == "text")["rows"]
    assert rows[0] is None
    assert rows[-1] is None
    assert rows[1:-1] == [
        *([line, line, False] for line in lines[17:20]),
        ["x", "y", True],
        *([line, line, False] for line in lines[20:23]),
    ]
