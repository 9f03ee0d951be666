"""Jobs with applications of their own: what is asked of whom, and whose silence or end is whose."""

from __future__ import annotations

import logging
from collections.abc import Callable, Iterator, Mapping
from contextlib import ExitStack

import pytest

from fakes.jobmanager import FakeJobManager
from fakes.resourcemanager import FakeResourceManager
from flinklab.domain.cluster import JobState
from flinklab.domain.errors import ClusterEndedError, ConnectionFailedError, UnreachableError
from flinklab.domain.ids import JobId
from flinklab.domain.records import ClusterAddress
from flinklab.flink.access import Access
from flinklab.flink.following import Following
from flinklab.flink.jobcontrol import RestJobControl
from flinklab.flink.transport import HttpTransport
from flinklab.yarn.application_control import ApplicationsControl
from flinklab.yarn.application_directory import Directory
from flinklab.yarn.application_tags import job_tag
from flinklab.yarn.resourcemanager import RestResourceManager
from waiting import until

ONE, TWO, NOBODY = (JobId(letter * 32) for letter in "abc")


class Kept:
    """Fulfils `KeptAddresses`; what one supervisor keeps the next one finds."""

    def __init__(self) -> None:
        self.rows: dict[JobId, ClusterAddress] = {}

    def all(self) -> Mapping[JobId, ClusterAddress]:
        return dict(self.rows)

    def put(self, flink_id: JobId, url: str, application: str) -> ClusterAddress:
        self.rows[flink_id] = ClusterAddress("my", "apps", url, application)
        return self.rows[flink_id]

    def forget(self, flink_id: JobId) -> None:
        self.rows.pop(flink_id, None)


class Site:
    """A YARN with an application and a JobManager for each job."""

    def __init__(self, stack: ExitStack) -> None:
        self._stack = stack
        self.manager = stack.enter_context(FakeResourceManager())
        self.client = RestResourceManager([Access(self.manager.url)])
        stack.callback(self.client.close)
        self.kept = Kept()
        self.jobmanagers: dict[JobId, FakeJobManager] = {}
        self.ended: list[str] = []
        self.end: Callable[[JobId, ClusterAddress], None] = lambda _, there: self.ended.append(there.application)

    def submit(self, flink_id: JobId, *, has_job: bool = True) -> FakeJobManager:
        jobmanager = self.jobmanagers[flink_id] = self._stack.enter_context(FakeJobManager())
        made = self.manager.yarn.add("orders", tags=(job_tag(flink_id),), jobmanager=jobmanager.url)
        jobmanager.configuration["io.tmp.dirs"] = f"/tmp/{made.id}"
        if has_job:
            jobmanager.add_job("orders", job_id=flink_id, state="RUNNING")
        return jobmanager

    def application(self, flink_id: JobId) -> str:
        return next(each.id for each in self.manager.yarn.applications.values() if job_tag(flink_id) in each.tags)

    def control(self) -> ApplicationsControl:
        """As one that was just started has it."""
        directory = Directory(self.client.applications, self.kept)

        def connect(flink_id: JobId, address: ClusterAddress) -> RestJobControl:
            there = Following(
                address,
                lambda url: HttpTransport(Access(url, timeout=5)),
                lambda failed: directory.again(flink_id, failed),
            )
            return RestJobControl(Access(there.url), transport=there)

        control = ApplicationsControl("http://yarn", directory, connect, lambda *there: self.end(*there))
        self._stack.callback(control.close)
        return control

    @property
    def asked(self) -> int:
        return sum(self.manager.asked.values())


@pytest.fixture
def site() -> Iterator[Site]:
    with ExitStack() as stack:
        yield Site(stack)


def test_an_application_is_found_by_its_tag_once_and_then_its_jobmanager_is_asked(site: Site) -> None:
    site.submit(ONE)
    site.submit(TWO)
    control = site.control()
    assert [control.state(each) for each in (ONE, TWO, NOBODY)] == [JobState.RUNNING, JobState.RUNNING, None]
    before = site.asked
    for _ in range(5):
        assert {job.id: job.state for job in control.jobs()} == {ONE: JobState.RUNNING, TWO: JobState.RUNNING}
        assert control.state(ONE) is JobState.RUNNING
    assert control.overview().taskmanagers == 2
    assert site.asked == before

    # The next supervisor asks YARN for nothing, either.
    assert len(site.control().jobs()) == 2
    assert site.asked == before


def test_the_silence_of_one_is_not_that_of_the_others(site: Site) -> None:
    site.submit(ONE)
    silent = site.submit(TWO)
    control = site.control()
    assert control.state(ONE) and control.state(TWO)
    silent.stop()
    assert [job.id for job in control.jobs()] == [ONE]
    with pytest.raises(ConnectionFailedError):
        control.state(TWO)
    assert control.checkpoints(TWO) is None
    assert control.state(ONE) is JobState.RUNNING
    assert control.incarnation() == site.control().incarnation()


def test_one_that_was_silent_is_asked_once_in_a_round(site: Site) -> None:
    silent = site.submit(ONE)
    control = site.control()
    control.state(ONE)
    silent.stop()
    control.jobs()
    before = site.asked
    for _ in range(3):
        with pytest.raises(ConnectionFailedError):
            control.state(ONE)
    assert site.asked == before
    silent.start()
    assert [job.id for job in control.jobs()] == [ONE]


@pytest.mark.parametrize("state", ["FINISHED", "FAILED", "KILLED"])
def test_an_application_that_is_over_proves_the_end_of_its_job(site: Site, state: str) -> None:
    jobmanager = site.submit(ONE)
    site.submit(TWO)
    control = site.control()
    assert control.state(ONE) and control.state(TWO)
    jobmanager.stop()
    application = site.application(ONE)
    site.manager.yarn.end(site.manager.yarn.applications[application], state, diagnostics="killed by ann")
    assert [job.id for job in control.jobs()] == [TWO]
    with pytest.raises(ClusterEndedError, match=f"{application} is {state}/.*: killed by ann") as caught:
        control.state(ONE)
    assert caught.value.application == application
    # Also for one that comes anew, and never saw it alive.
    with pytest.raises(ClusterEndedError):
        site.control().state(ONE)


def test_what_yarn_does_not_know_any_more_proves_nothing(site: Site) -> None:
    jobmanager = site.submit(ONE)
    control = site.control()
    control.state(ONE)
    jobmanager.stop()
    site.manager.yarn.forget(site.manager.yarn.applications[site.application(ONE)])
    for each in (control, site.control()):
        with pytest.raises(UnreachableError, match=r"does not know application_\d+_\d+ \(any more\)"):
            each.state(ONE)


def test_a_jobmanager_that_moved_is_followed(site: Site) -> None:
    old = site.submit(ONE)
    control = site.control()
    control.state(ONE)
    old.stop()
    application = site.manager.yarn.applications[site.application(ONE)]
    site.manager.yarn.move(application, None)
    application.state = "ACCEPTED"
    with pytest.raises(UnreachableError, match="has no JobManager now, it is ACCEPTED"):
        control.state(ONE)
    with FakeJobManager() as new:
        new.configuration["io.tmp.dirs"] = f"/tmp/{application.id}"
        application.state, application.jobmanager = "RUNNING", new.url
        control.jobs()
        control.jobs()
        # Its script has not come to the job yet: it is no job that is gone.
        assert control.state(ONE) is JobState.INITIALIZING
        new.add_job("orders", job_id=ONE, state="RUNNING")
        assert [job.id for job in control.jobs()] == [ONE]
        assert site.kept.rows[ONE].url == new.url


def test_what_was_sent_with_a_job_is_told_by_the_job_alone(site: Site) -> None:
    """A lost reply is resolved by it: that it is not told yet must not be taken for nothing."""
    jobmanager = site.submit(ONE, has_job=False)
    control = site.control()
    assert control.state(ONE) is JobState.INITIALIZING
    with pytest.raises(UnreachableError, match="has not begun job"):
        control.job_parameters(ONE)
    jobmanager.add_job("orders", job_id=ONE, state="INITIALIZING")
    with pytest.raises(UnreachableError, match="has not begun job"):
        control.job_parameters(ONE)
    jobmanager.add_job("orders", job_id=ONE, state="RUNNING", parameters={"a": "b"})
    assert control.job_parameters(ONE) == {"a": "b"}


def test_without_a_resourcemanager_all_that_answers_is_seen(site: Site) -> None:
    site.submit(ONE)
    silent = site.submit(TWO)
    control = site.control()
    assert control.state(ONE) and control.state(TWO)
    site.manager.stop()
    silent.stop()
    assert [job.id for job in control.jobs()] == [ONE]
    with pytest.raises(ConnectionFailedError):
        control.state(TWO)


def test_applications_of_jobs_that_are_over_are_ended_and_forgotten_and_no_others(site: Site) -> None:
    site.submit(ONE)
    site.submit(TWO)
    control = site.control()
    assert control.state(ONE) and control.state(TWO)
    control.settle({ONE, NOBODY})
    until(lambda: set(site.kept.rows) == {ONE})
    assert site.ended == [site.application(TWO)]
    assert set(site.kept.rows) == {ONE}


def test_one_that_could_not_be_ended_is_tried_again(site: Site, caplog: pytest.LogCaptureFixture) -> None:
    site.submit(ONE)
    first = site.control()
    first.state(ONE)

    def refuses(flink_id: JobId, there: ClusterAddress) -> None:
        raise UnreachableError("nobody answers")

    site.end, ends = refuses, site.end
    with caplog.at_level(logging.WARNING):
        first.settle(set())
        until(lambda: "could not be ended yet" in caplog.text)
        first.close()
    assert set(site.kept.rows) == {ONE}
    site.end = ends
    second = site.control()
    second.settle(set())
    until(lambda: not site.kept.rows)
    assert site.ended


def test_applications_that_nobody_here_looks_after_are_told_of_once_and_left(
    site: Site, caplog: pytest.LogCaptureFixture
) -> None:
    site.submit(ONE)
    site.submit(TWO)
    control = site.control()
    control.state(ONE)
    with caplog.at_level(logging.WARNING):
        control.settle({ONE})
        until(lambda: site.application(TWO) in caplog.text)
        control.settle({ONE})
        control.close()
    assert caplog.text.count(site.application(TWO)) == 1
    assert not site.ended and site.application(ONE) not in caplog.text


def test_the_application_whose_address_is_kept_is_meant_not_a_later_one(site: Site) -> None:
    jobmanager = site.submit(ONE)
    control = site.control()
    control.state(ONE)
    first = site.application(ONE)
    site.submit(ONE, has_job=False)  # a submission that came late
    jobmanager.stop()
    site.manager.yarn.end(site.manager.yarn.applications[first], "FAILED")
    with pytest.raises(ClusterEndedError) as caught:
        control.state(ONE)
    assert caught.value.application == first
