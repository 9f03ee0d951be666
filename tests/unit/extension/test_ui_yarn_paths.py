"""What is passed on to a ResourceManager: its pages, and nothing by which one is somebody else or ends anything."""

from __future__ import annotations

import string
from urllib.parse import unquote

import pytest
from hypothesis import given
from hypothesis import strategies as st

from flinklab_extension.ui_yarn_paths import START, is_application, is_file, readable

APPLICATION = "application_1795331581059_0001"
# As the links of Hadoop 3.4's pages have them.
PAGES = [
    START,
    "cluster/apps",
    "cluster/apps/RUNNING",
    "cluster/apps/NEW_SAVING",
    f"cluster/app/{APPLICATION}",
    "cluster/appattempt/appattempt_1795331581059_0001_000001",
    "cluster/container/container_1795331581059_0001_01_000001",
    "cluster/container/container_e17_1795331581059_0001_01_000001",
    f"cluster/logaggregationstatus/{APPLICATION}",
    "cluster/cluster",
    "cluster/nodes",
    "cluster/nodes/",
    "cluster/nodes/lost",
    "cluster/nodelabels",
    "cluster/scheduler",
]
FILES = [
    "static/yarn.css",
    "static/hadoop-st.png",
    "static/jquery/jquery-3.6.0.min.js",
    "static/jquery/themes-1.9.1/base/images/ui-bg_flat_75_ffffff_40x100.png",
    "static/dt-1.11.5/js/jquery.dataTables.min.js",
    "static/jt/jquery.jstree.js",
]
KEPT_BACK = [
    "",
    "/",
    "conf",
    "jmx",
    "stacks",
    "logs",
    "logs/",
    "logLevel",
    "prom",
    "isActive",
    f"proxy/{APPLICATION}",
    f"proxy/{APPLICATION}/",
    f"proxy/{APPLICATION}/jobs/overview",
    "ws/v1/cluster/apps",
    f"ws/v1/cluster/apps/{APPLICATION}/state",
    "ui2",
    "ui2/index.html",
    "cluster/errors-and-warnings",
    "cluster/kill",
    f"cluster/kill/{APPLICATION}",
    f"cluster/killapp/{APPLICATION}",
    f"cluster/app/{APPLICATION}/kill",
    "cluster/app",
    "cluster/app/1",
    "cluster/apps/ANY",
    "cluster/apps/",
    "cluster/nodes/mine",
    "cluster/",
    "static",
    "static/",
    "static/jquery/",
    "static/yarn.html",
    "static/conf",
    "clusters",
    "node/containerlogs/container_1795331581059_0001_01_000001/ann",
]
HOSTILE = [
    *("..", ".", "", "%2e%2e", "%2E.", "%252e%252e", "..%2f..", "%2f", "%5c", "\\", "%00", "%0d%0a", "a;b", "..;"),
    *("user@host", "%40", "http:", "é", "%c3%a9", "%ff", "a?b", "a#b", "%3f", "%23", " .", "\r\nX: y"),
]


@pytest.mark.parametrize("path", PAGES)
def test_its_pages_are_passed_on_as_they_are(path: str) -> None:
    assert readable(path) == "/" + path
    assert not is_file(path)


@pytest.mark.parametrize("path", FILES)
def test_its_files_are_passed_on_without_a_query(path: str) -> None:
    assert readable(path, "user.name=root") == "/" + path
    assert is_file(path)


@pytest.mark.parametrize("path", KEPT_BACK)
def test_nothing_else_is(path: str) -> None:
    assert readable(path) is None
    assert readable(path.replace("s", "%73")) is None


def test_a_query_has_only_what_the_links_have() -> None:
    assert readable("cluster/scheduler", "openQueues=root.default%23root.etl") == (
        "/cluster/scheduler?openQueues=root.default%23root.etl"
    )
    assert readable("cluster/nodes/", "node.label=") == "/cluster/nodes/?node.label="


@pytest.mark.parametrize(
    "query",
    [
        *("user.name=root", "doAs=root", "openQueues=a&user.name=root", "user%2ename=root", "delegation=x"),
        *("openQueues", "openQueues=%0d%0aX", "openQueues=<b>", "openQueues=%ff", "openQueues=" + "a" * 3000),
        *("openQueues=a%26doAs=root", "openQueues=a;doAs=root", "&".join(["openQueues=a"] * 9), "=", "&"),
    ],
)
def test_by_a_query_one_is_nobody_else(query: str) -> None:
    assert readable("cluster/scheduler", query) is None


@pytest.mark.parametrize("hostile", HOSTILE)
def test_a_path_with_something_else_in_it_is_not_passed_on(hostile: str) -> None:
    changed = {
        "/".join([*segments[:place], hostile, *segments[place:]])
        for segments in (path.split("/") for path in PAGES + FILES)
        for place in range(len(segments) + 1)
    }
    # An empty segment after the nodes is a page, too.
    assert [path for path in changed - set(PAGES) if readable(path) is not None] == []


_PIECES = st.sampled_from([*HOSTILE, "cluster", "static", "apps", "app", APPLICATION, "nodes", "x.js", "proxy"])


@given(
    st.one_of(
        st.text(alphabet=string.printable + "éÿ\x00\x85\u2028", max_size=80),
        st.lists(_PIECES, max_size=6).map("/".join),
    ),
    st.one_of(st.text(max_size=40), st.sampled_from(["openQueues=a", "doAs=a", "node.label=%20"])),
)
def test_nothing_gets_through_but_a_plain_path_of_the_list(raw: str, query: str) -> None:
    path = readable(raw, query)
    if path is None:
        return
    plain, _, asked = path.partition("?")
    assert plain.split("/")[1] in ("cluster", "static")
    assert unquote(plain) == plain
    assert not {".", ".."} & set(plain.split("/"))
    assert not set(plain) & set("\\@%?#\r\n\0 ;")
    assert not asked or asked.split("=")[0] in ("openQueues", "node.label")


def test_a_path_has_an_end() -> None:
    assert readable("static/" + "a/" * 3 + "x.js") is not None
    assert readable("static/" + "a/" * 2000 + "x.js") is None
    assert readable("cluster/app/application_" + "1" * 40 + "_0001") is None


def test_what_can_be_an_applications_id() -> None:
    assert is_application(APPLICATION)
    assert not any(map(is_application, ("", "application_1", APPLICATION + "\n", f"../{APPLICATION}")))
