"""What is passed on to a JobManager: all that Flink's UI asks for, and nothing that one side may read otherwise."""

from __future__ import annotations

import string
from urllib.parse import unquote

import pytest
from hypothesis import given
from hypothesis import strategies as st

from flinklab_extension.ui_paths import MOST, is_file, readable

JOB, VERTEX = "a" * 32, "0123456789abcdef" * 2
WORKER = "192.168.1.5:44143-5c8a5e"

# As the UI of Flink 1.20 and 2.3 has them in its scripts.
ASKED = [
    "config",
    "overview",
    "applications/overview",
    f"applications/{JOB}",
    f"applications/{JOB}/exceptions",
    "jobmanager/config",
    "jobmanager/environment",
    "jobmanager/log",
    "jobmanager/logs",
    "jobmanager/logs/flink-root-standalonesession-0-host.log.1",
    "jobmanager/metrics",
    "jobmanager/profiler",
    "jobmanager/profiler/jobmanager_ITIMER_2026-01-01_00_00_00.html",
    "jobmanager/stdout",
    "jobmanager/thread-dump",
    "jobs/overview",
    f"jobs/{JOB}",
    f"jobs/{JOB}/checkpoints",
    f"jobs/{JOB}/checkpoints/config",
    f"jobs/{JOB}/checkpoints/details/12",
    f"jobs/{JOB}/checkpoints/details/12/subtasks/{VERTEX}",
    f"jobs/{JOB}/config",
    f"jobs/{JOB}/exceptions",
    f"jobs/{JOB}/jobmanager/config",
    f"jobs/{JOB}/jobmanager/environment",
    f"jobs/{JOB}/jobmanager/log-url",
    f"jobs/{JOB}/rescales/config",
    f"jobs/{JOB}/rescales/details/7f3c-1",
    f"jobs/{JOB}/rescales/history",
    f"jobs/{JOB}/rescales/overview",
    f"jobs/{JOB}/rescales/summary",
    f"jobs/{JOB}/resource-requirements",
    f"jobs/{JOB}/taskmanagers/{WORKER}/log-url",
    f"jobs/{JOB}/vertices/{VERTEX}",
    f"jobs/{JOB}/vertices/{VERTEX}/accumulators",
    f"jobs/{JOB}/vertices/{VERTEX}/backpressure",
    f"jobs/{JOB}/vertices/{VERTEX}/flamegraph",
    f"jobs/{JOB}/vertices/{VERTEX}/metrics",
    f"jobs/{JOB}/vertices/{VERTEX}/subtasks/accumulators",
    f"jobs/{JOB}/vertices/{VERTEX}/subtasks/metrics",
    f"jobs/{JOB}/vertices/{VERTEX}/subtasktimes",
    f"jobs/{JOB}/vertices/{VERTEX}/taskmanagers",
    f"jobs/{JOB}/vertices/{VERTEX}/watermarks",
    "taskmanagers",
    f"taskmanagers/{WORKER}",
    f"taskmanagers/{WORKER}/log",
    f"taskmanagers/{WORKER}/logs",
    f"taskmanagers/{WORKER}/logs/taskmanager.out",
    f"taskmanagers/{WORKER}/metrics",
    f"taskmanagers/{WORKER}/profiler",
    f"taskmanagers/{WORKER}/stdout",
    f"taskmanagers/{WORKER}/thread-dump",
]
FILES = [
    "",
    "index.html",
    "main.a877f62051d76ab2.js",
    "styles.25112ea718f4efbe.css",
    "3rdpartylicenses.txt",
    "assets/favicon/favicon-32x32.png",
    "assets/images/flink-logo.svg",
    "assets/vs/base/browser/ui/codicons/codicon/codicon.ttf",
]
# GETs of Flink's that act, and what else its UI does not need.
ACTING = [
    f"jobs/{JOB}/yarn-cancel",
    f"jobs/{JOB}/yarn-stop",
    f"applications/{JOB}/cancel",
    "jars",
    "jars/upload",
    "jars/a_b.jar/plan",
    "jars/a_b.jar/run",
    "cluster",
    "cluster/shutdown",
    "savepoint-disposal",
    "datasets",
    f"jobs/{JOB}/savepoints",
    f"jobs/{JOB}/stop",
    "v1/overview",
]
HOSTILE = [
    *(
        "..",
        ".",
        "",
        "%2e%2e",
        "%2E.",
        ".%2e",
        "%252e%252e",
        "..%2f..",
        "%2f",
        "%5c",
        "..\\..",
        "\\",
        "%00",
        "%0d%0a",
    ),
    *(
        "\r\nX: y",
        "user@host",
        "%40",
        "http:",
        "évil",
        "%c3%a9",
        "%ff",
        "a;b",
        "a?b",
        "a#b",
        "%3f",
        "%23",
        "..;",
        " .",
    ),
]


@pytest.mark.parametrize("path", ASKED)
def test_what_the_ui_asks_for_is_passed_on_as_it_is(path: str) -> None:
    assert readable(path) == "/" + path
    assert readable(path, "maxExceptions=10&get=a.b,c%20d") == f"/{path}?maxExceptions=10&get=a.b,c%20d"
    assert not is_file(path)


@pytest.mark.parametrize("path", FILES)
def test_its_files_are_passed_on_without_a_query(path: str) -> None:
    assert readable(path, "v=1") == "/" + path
    assert is_file(path)


@pytest.mark.parametrize("path", ACTING)
def test_what_acts_is_not(path: str) -> None:
    assert readable(path) is None
    assert readable(path.replace("-", "%2d").replace("s", "%73")) is None
    assert readable(path + "/") is None


@pytest.mark.parametrize("hostile", HOSTILE)
def test_a_path_with_something_else_in_it_is_not(hostile: str) -> None:
    changed = [
        "/".join([*segments[:place], hostile, *segments[place:]])
        for segments in (path.split("/") for path in ASKED + FILES[1:])
        for place in range(len(segments) + 1)
    ]
    assert [path for path in changed if readable(path) is not None] == []


@given(st.text(alphabet=string.printable + "éÿ\x00\x85\u2028", max_size=80), st.text(max_size=40))
def test_nothing_gets_through_but_a_plain_path(raw: str, query: str) -> None:
    _assert_plain(readable(raw, query))


@given(
    st.lists(
        st.sampled_from([*HOSTILE, "jobs", JOB, "overview", "assets", "x.js", "jobmanager", "logs"]), max_size=6
    )
)
def test_nor_of_pieces_that_do(pieces: list[str]) -> None:
    _assert_plain(readable("/".join(pieces)))


def _assert_plain(path: str | None) -> None:
    if path is None:
        return
    assert path.startswith("/")
    assert "//" not in path.partition("?")[0]
    plain, _, query = path.partition("?")
    assert not set(unquote(plain)) & set("\\@%?#\r\n\0")
    assert unquote(plain).count("/") == plain.count("/")
    assert not {".", ".."} & set(unquote(plain).split("/"))
    assert not any(each.isspace() or not each.isprintable() for each in query)


@pytest.mark.parametrize("query", ["a b", "a\r\nHost: x", "a\x00", "é", "a" * 20_000, "<script>", '"'])
def test_a_query_that_no_browser_sends_is_refused(query: str) -> None:
    assert readable("overview", query) is None


def test_a_path_has_an_end() -> None:
    assert readable("jobmanager/logs/" + "a" * 200) is not None
    assert readable("jobmanager/logs/" + "a" * 300) is None
    assert readable("assets/" + "a/" * MOST + "x.js") is None


def test_a_log_with_a_space_in_its_name_is_read_once_and_written_anew() -> None:
    assert readable("jobmanager/logs/my%20log%2elog") == "/jobmanager/logs/my%20log.log"
