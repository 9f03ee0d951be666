"""What the pages of a job and of a cluster ask the server for."""

from __future__ import annotations

import pytest

from .conftest import PASSWORD, Served


def test_the_overview_of_a_job_needs_no_cluster(served: Served) -> None:
    found = served.jupyter.get("jobs/dev/orders/overview")
    assert [each["status"] for each in found["checkpoints"]] == ["completed"]
    assert found["checkpoints"][0]["kept"] is True
    assert found["vitals"] == []


def test_failures_are_told_also_where_the_cluster_is_down(served: Served) -> None:
    found = served.jupyter.get("jobs/dev/broken/failures", since="1h")
    assert [each["message"] for each in found["groups"]] == ["java.io.IOException: refused"]


def test_a_version_and_a_comparison_are_told_without_their_secrets(served: Served) -> None:
    version = served.jupyter.get("jobs/dev/orders/versions/1")
    assert version["text"].startswith("USE x;\n\nINSERT INTO s")
    compared = served.jupyter.get("jobs/dev/orders/difference", a=1, b=1)
    assert (compared["a"], compared["b"]) == (1, 1)
    assert PASSWORD not in str(version) + str(compared)


@pytest.mark.parametrize(
    "what", ["versions/0", "versions/-1", "versions/1.5", "versions/²", "versions/x/change", "difference?a=x"]
)
def test_a_number_that_is_none_is_refused(served: Served, what: str) -> None:
    with served.jupyter.client() as client:
        reply = client.get(f"jobs/dev/orders/{what}")
    assert reply.status_code == 400
    assert "whole number from 1" in reply.json()["message"]


def test_a_version_that_there_is_not_is_said(served: Served) -> None:
    served.jupyter.get("jobs/dev/orders/versions/99", 404)


@pytest.mark.parametrize(
    "what", ["overview", "failures", "versions/1", "versions/1/change", "difference", "doctor"]
)
def test_of_a_job_that_there_is_not_nothing_is_told(served: Served, what: str) -> None:
    served.jupyter.get(f"jobs/dev/nothing/{what}", 404)
    served.jupyter.get(f"jobs/dev/nothing/{what}", 404, team="my")


def test_a_cluster_that_is_down_says_so_in_a_line(served: Served) -> None:
    found = served.jupyter.get("clusters/main/overview", team="my")
    assert found["at"] is None
    assert found["trouble"]
    served.jupyter.get("clusters/nowhere/overview", 404)


def test_the_doctor_says_that_the_cluster_does_not_answer(served: Served) -> None:
    for path in ("jobs/dev/orders/doctor", "clusters/main/doctor"):
        assert served.jupyter.get(path, 502)["message"]
