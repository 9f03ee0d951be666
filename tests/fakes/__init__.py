"""Scriptable fakes of the SQL Gateway and the JobManager, on real loopback sockets.

from fakes.answers import Feed, fails, query
from fakes.gateway import FakeGateway
from fakes.jobmanager import FakeJobManager

with FakeJobManager() as jobmanager, FakeGateway(jobmanager=jobmanager) as gateway:
    gateway.on("SELECT * FROM t", query("id BIGINT, name STRING", [[1, "a"], [2, None]]))
    gateway.on("SELECT * FROM live", query("id BIGINT", feed := Feed()))   # feed.push([1]); feed.end()
    gateway.faults.add("fetch", "half a body")                              # the next fetch only
    ...  # talk to gateway.url
    assert gateway.count("submit") == 1

Jobs are kept as Flink keeps them:

    jobmanager.checkpointing.every = 10           # s, by jobmanager.clock; or .complete(job), .fail(job), .on_look
    jobmanager.checkpointing.lose(path)           # somebody deletes what lies there
    jobmanager.savepointing.held = True           # until .finish(trigger) or .fail(trigger, stacktrace)
    jobmanager.job_list.age = 3                   # s; so old may be what is told
    jobmanager.restart_job(job, "java.io.IOException: disk", task="Map")   # until .resume(job)
    jobmanager.clock.advance(301)
    jobmanager.restart(back_after=20)             # with FakeJobManager(ha="id") its jobs come back
    gateway.submitting.held = True                # jobs are on their way until gateway.deliver()
"""
