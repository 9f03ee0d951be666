"""Where a session's JobManager is: kept, looked up when it fails, and how seldom YARN is asked for it."""

from __future__ import annotations

import threading
from collections.abc import Iterator, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from fakes.managed import add_job, ledger, running
from flinklab.api import locating
from flinklab.api.locating import EVERY, Locator, locator
from flinklab.catalog import lifecycle
from flinklab.catalog.catalog import Catalog
from flinklab.catalog.database import Database
from flinklab.domain.errors import (
    ClusterEndedError,
    NoApplicationError,
    NotPermittedError,
    UnreachableError,
    UsageError,
)
from flinklab.domain.records import ClusterAddress, RegisteredCluster, RegisteredYarn
from flinklab.domain.yarn import Application, ApplicationState, FinalStatus

ONE, TWO = "application_1_0001", "application_1_0002"
HERE, THERE = "http://node-1:1001", "http://node-2:1002"
CLUSTER = RegisteredCluster("my", "etl", "yarn", yarn="prod")


def app(number: int, url: str | None = HERE, **more: Any) -> Application:
    return Application(f"application_1_{number:04}", "etl", ApplicationState.RUNNING, jobmanager_url=url, **more)


def over(number: int, diagnostics: str = "") -> Application:
    return replace(
        app(number, None),
        state=ApplicationState.KILLED,
        final_status=FinalStatus.KILLED,
        diagnostics=diagnostics,
    )


class Yarn:
    """Both the way to its ResourceManager and that itself."""

    def __init__(self) -> None:
        self.listed: Sequence[Application] = [app(1)]
        self.error: UnreachableError | None = None
        self.asked = self.closed = 0
        self.now = 0.0

    def __call__(self, yarn: RegisteredYarn) -> Any:
        assert yarn.name == "prod"
        return self

    def applications(self) -> Sequence[Application]:
        self.asked += 1
        if self.error is not None:
            raise self.error
        return self.listed

    def close(self) -> None:
        self.closed += 1


@pytest.fixture
def catalog(tmp_path: Path) -> Iterator[Catalog]:
    url = f"sqlite:///{tmp_path}/catalog.db"
    lifecycle.init(url)
    with Catalog(Database(url), tmp_path / "key", team="my", environment="dev") as catalog:
        catalog.registry.save_yarn(RegisteredYarn("my", "prod", ("http://rm:8088",)), expected=None)
        catalog.registry.save_cluster(CLUSTER, expected=None)
        yield catalog


@pytest.fixture
def yarn() -> Yarn:
    return Yarn()


@pytest.fixture
def located(catalog: Catalog, yarn: Yarn) -> Locator:
    return Locator(catalog, yarn, lambda: yarn.now)


def keep(catalog: Catalog, url: str = HERE, application: str = ONE) -> None:
    catalog.addresses.put(ClusterAddress("my", "etl", url, application))


def test_it_is_looked_up_once_and_kept_for_everybody(located: Locator, catalog: Catalog, yarn: Yarn) -> None:
    assert located.address(CLUSTER).url == HERE
    kept = catalog.addresses.get("my", "etl")
    assert kept is not None and (kept.url, kept.application) == (HERE, ONE)
    assert located.address(CLUSTER).url == Locator(catalog, yarn).address(CLUSTER).url == HERE
    assert yarn.asked == yarn.closed == 1


def test_a_pinned_application_is_not_where_another_was(located: Locator, catalog: Catalog, yarn: Yarn) -> None:
    keep(catalog)
    yarn.listed = [app(1), app(2, THERE)]
    assert located.address(replace(CLUSTER, application=TWO)).url == THERE


def test_what_another_found_meanwhile_is_believed(located: Locator, catalog: Catalog, yarn: Yarn) -> None:
    keep(catalog, THERE)
    assert located.again(CLUSTER, HERE).url == THERE and yarn.asked == 0


def test_a_moved_one_is_found_and_kept(located: Locator, catalog: Catalog, yarn: Yarn) -> None:
    keep(catalog)
    yarn.listed = [app(1, THERE)]
    assert located.again(CLUSTER, HERE).url == THERE
    kept = catalog.addresses.get("my", "etl")
    assert kept is not None and kept.url == THERE


def test_yarn_is_asked_once_in_a_while_whoever_asks(located: Locator, catalog: Catalog, yarn: Yarn) -> None:
    keep(catalog)
    other = replace(CLUSTER, name="other")
    catalog.registry.save_cluster(other, expected=None)
    yarn.listed = [app(1), replace(app(2, THERE), name="other")]
    threads = [threading.Thread(target=located.find_again, args=(CLUSTER, HERE)) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(60)
    assert located.find(other).url == THERE and yarn.asked == 1
    yarn.now = EVERY
    assert located.find_again(CLUSTER, HERE).url == HERE and yarn.asked == 2


def test_a_silent_one_is_not_asked_again_at_once(located: Locator, catalog: Catalog, yarn: Yarn) -> None:
    keep(catalog)
    yarn.error = UnreachableError("cannot reach http://rm:8088: the connection was refused")
    for _ in range(3):
        with pytest.raises(UnreachableError) as caught:
            located.again(CLUSTER, HERE)
        assert caught.value.message.startswith("the ResourceManager of YARN prod does not answer either: cannot")
    assert yarn.asked == yarn.closed == 1


def test_an_end_is_told_without_the_secrets_in_it(located: Locator, catalog: Catalog, yarn: Yarn) -> None:
    keep(catalog)
    yarn.listed = [over(1, "AM failed: -Ds3.secret-key=hunter2 exitCode: 1")]
    with pytest.raises(ClusterEndedError, match="KILLED/KILLED: AM failed") as caught:
        located.again(CLUSTER, HERE)
    assert "hunter2" not in str(caught.value) and caught.value.application == ONE


def test_one_without_a_jobmanager_is_waited_for(located: Locator, yarn: Yarn) -> None:
    yarn.listed = [replace(app(1, None), state=ApplicationState.ACCEPTED, diagnostics="waiting for\n resources")]
    with pytest.raises(UnreachableError, match="no JobManager now, it is ACCEPTED: waiting for resources"):
        located.address(CLUSTER)


@pytest.mark.parametrize("is_live", [True, False])
def test_one_that_yarn_forgot_has_a_namesake_only_where_nothing_is_at_stake(
    located: Locator, catalog: Catalog, yarn: Yarn, is_live: bool
) -> None:
    keep(catalog)
    job = add_job(catalog, cluster="etl")
    if is_live:
        ledger(catalog, "etl").keep(*running(job))
    yarn.listed = [app(2, THERE)]
    if is_live:
        with pytest.raises(NoApplicationError, match="nothing says that it ended"):
            located.again(CLUSTER, HERE)
    else:
        assert located.again(CLUSTER, HERE).url == THERE


def test_who_may_not_keep_it_finds_it_too(
    located: Locator, catalog: Catalog, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refuse(address: ClusterAddress) -> ClusterAddress:
        raise NotPermittedError("a viewer only reads")

    monkeypatch.setattr(catalog.addresses, "put", refuse)
    assert located.address(CLUSTER).url == HERE
    assert catalog.addresses.get("my", "etl") is None


def test_a_session_without_a_yarn_says_so(located: Locator) -> None:
    with pytest.raises(UsageError, match="etl has no YARN"):
        located.address(replace(CLUSTER, yarn=None))


def test_there_is_one_for_a_catalog(catalog: Catalog) -> None:
    assert locator(catalog) is locator(catalog)
    assert catalog in locating._LOCATORS
