"""What is said before anything is uploaded."""

from __future__ import annotations

import pytest

from flinklab.domain.errors import YarnRefusedError
from flinklab.domain.yarn import Application, ApplicationState, Queue, YarnInfo
from flinklab.yarn.queue_words import find_queue, in_numbers, queue_names, waiting
from flinklab.yarn.session_checks import check_name, check_queue, check_room

ETL = Queue("etl", "root.etl", memory_used=3072, memory_max=4096, used=0.75, waiting=1, largest_memory=4096)
QUEUES = [Queue("default", "root.default"), ETL, Queue("old", "root.old", is_running=False)]
UP = YarnInfo("3.4.1", nodes=1)


def session(name: str, state: ApplicationState = ApplicationState.RUNNING, **more: str) -> Application:
    return Application("application_1_0001", name, state, user="ann", **more)


def test_a_name_that_lives_is_taken() -> None:
    with pytest.raises(
        YarnRefusedError, match=r"called etl-1 is there already: application_1_0001 of ann, RUNNING"
    ):
        check_name("etl-1", [session("etl-1")])


@pytest.mark.parametrize(
    "other",
    [session("etl-2"), session("etl-1", ApplicationState.KILLED), session("etl-1", type="SPARK")],
)
def test_others_take_no_name(other: Application) -> None:
    check_name("etl-1", [other])


@pytest.mark.parametrize("name", ["", "etl", "root.etl", "default"])
def test_a_queue_is_named_as_yarn_takes_it(name: str) -> None:
    check_queue(name, QUEUES)


def test_a_wrong_queue_is_told_with_what_was_meant() -> None:
    with pytest.raises(YarnRefusedError) as refused:
        check_queue("elt", QUEUES)
    assert str(refused.value) == "there is no queue elt (did you mean etl? there are default, etl, old)"


def test_a_stopped_queue_takes_nothing() -> None:
    with pytest.raises(YarnRefusedError, match=r"root\.old is stopped"):
        check_queue("old", QUEUES)


def test_where_no_queue_is_told_nothing_is_held_against_one() -> None:
    check_queue("etl", [])


@pytest.mark.parametrize(
    ("process", "words"), [("taskmanager", "a TaskManager of 5 GiB"), ("jobmanager", "a JobManager of 5 GiB")]
)
def test_a_process_larger_than_any_container_is_told_with_the_largest(process: str, words: str) -> None:
    with pytest.raises(YarnRefusedError) as refused:
        check_room({f"{process}.memory.process.size": "5120m"}, ETL, UP)
    assert refused.value.message == f"{words} is larger than a container of this YARN may be: 4 GiB"
    assert "4096m" in str(refused.value.hint)


def test_what_fits_or_cannot_be_judged_goes_through() -> None:
    check_room({"taskmanager.memory.process.size": "4096m"}, ETL, UP)
    check_room({"taskmanager.memory.process.size": "9999999 kibibytes"}, ETL, UP)
    check_room({"taskmanager.memory.process.size": "5g"}, None, UP)


def test_a_yarn_without_a_node_runs_nothing() -> None:
    with pytest.raises(YarnRefusedError, match="no node of this YARN is up"):
        check_room({}, ETL, YarnInfo("3.4.1"))


def test_a_queue_in_numbers() -> None:
    assert (
        in_numbers(ETL) == "queue etl uses 3 GiB of at most 4 GiB (75 % of its own capacity), 1 application waits"
    )


def test_why_an_application_waits_in_yarns_own_words() -> None:
    told = (
        "[Sat Nov 21 22:40:39 +0000 2026] Application is Activated, waiting for resources to be assigned for AM.  "
        "Details : AM Partition = <DEFAULT_PARTITION> ; Partition Resource = <memory:8192, vCores:16> ; "
    )
    found = session("etl-1", ApplicationState.ACCEPTED, diagnostics=told, queue="root.etl")
    assert waiting(found, ETL).endswith(
        "; YARN says: Application is Activated, waiting for resources to be assigned for AM."
    )
    assert waiting(found, None).startswith("application_1_0001 waits: queue root.etl; YARN says: ")


def test_one_with_its_container_waits_for_no_queue() -> None:
    found = Application("application_1_0001", "x", ApplicationState.ACCEPTED, containers=1)
    assert waiting(found, ETL) == "application_1_0001 has its container; its JobManager is starting"


def test_leaves_of_one_name_are_told_by_their_paths() -> None:
    twice = [Queue("a", "root.x.a"), Queue("a", "root.y.a"), Queue("b", "root.b")]
    assert queue_names(twice) == "there are root.x.a, root.y.a, b"
    found = find_queue(twice, "root.y.a")
    assert found is not None and found.path == "root.y.a"
