from __future__ import annotations

from collections.abc import Callable, Iterator

import pytest

from fakes.resourcemanager import FakeApplication, FakeResourceManager
from flinklab.domain.errors import UnreachableError
from flinklab.flink.access import Access
from flinklab.yarn.application_ending import Ending, end_application
from flinklab.yarn.resourcemanager import RestResourceManager

QUICK = Ending(gently=0.2, killed=0.5, look=0.01)


@pytest.fixture
def yarn() -> Iterator[FakeResourceManager]:
    with FakeResourceManager() as yarn:
        yield yarn


@pytest.fixture
def application(yarn: FakeResourceManager) -> FakeApplication:
    return yarn.yarn.add("orders")


@pytest.fixture
def end(yarn: FakeResourceManager, application: FakeApplication) -> Iterator[Callable[..., None]]:
    client = RestResourceManager([Access(yarn.url)])
    yield lambda shut_down: end_application(client, application.id, shut_down, QUICK)
    client.close()


def nobody() -> None:
    raise UnreachableError("nobody answers")


def test_flink_ends_it_by_itself(
    end: Callable[..., None], yarn: FakeResourceManager, application: FakeApplication
) -> None:
    end(lambda: yarn.yarn.end(application, "FINISHED"))
    assert application.state == "FINISHED"


def test_a_jobmanager_that_takes_the_order_and_hangs_is_killed(
    end: Callable[..., None], application: FakeApplication
) -> None:
    end(lambda: None)
    assert application.state == "KILLED"


def test_a_jobmanager_that_does_not_answer_is_killed(
    end: Callable[..., None], application: FakeApplication
) -> None:
    end(nobody)
    assert application.state == "KILLED"


def test_one_that_is_over_is_left(
    end: Callable[..., None], yarn: FakeResourceManager, application: FakeApplication
) -> None:
    yarn.yarn.end(application, "FAILED")
    asked: list[None] = []
    end(lambda: asked.append(None))
    assert not asked and application.state == "FAILED"


def test_one_that_nobody_knows_and_that_does_not_answer_is_as_good_as_ended(
    end: Callable[..., None], yarn: FakeResourceManager, application: FakeApplication
) -> None:
    yarn.yarn.forget(application)
    end(nobody)


def test_without_a_resourcemanager_it_is_not_taken_for_ended(
    end: Callable[..., None], yarn: FakeResourceManager
) -> None:
    yarn.stop()
    with pytest.raises(UnreachableError):
        end(nobody)
