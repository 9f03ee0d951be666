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
"""
