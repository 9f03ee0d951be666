from __future__ import annotations

from pathlib import Path

from hypothesis import given
from hypothesis import strategies as st

from flinklab.local.logs import cause_in, tail


def test_the_deepest_cause_of_the_last_trace() -> None:
    lines = [
        "2026-01-01 00:00:00,000 ERROR o.a.f.X - earlier",
        "Caused by: java.lang.Early",
        "2026-01-01 00:00:01,000 ERROR o.a.f.X - Could not start cluster entrypoint",
        "org.apache.flink.Outer: Failed",
        "\tat a.B.c(B.java:1)",
        "Caused by: java.net.BindException: Could not start rest endpoint on any port in port range 8081",
        "\t... 13 more",
    ]
    assert cause_in(lines) == "java.net.BindException: Could not start rest endpoint on any port in port range 8081"


def test_else_the_last_error() -> None:
    lines = ["2026-01-01 00:00:00,000 ERROR a.B [] - first", "2026-01-01 00:00:00,000 FATAL a.B [] - second", "x"]
    assert cause_in(lines) == "a.B [] - second"


def test_else_what_the_jvm_says() -> None:
    start = ["Error occurred during initialization of VM", "Multiple garbage collectors selected"]
    assert cause_in(start) == "Multiple garbage collectors selected"
    assert cause_in(["Error: Could not find or load main class a.B", "Caused"]) == (
        "Could not find or load main class a.B"
    )
    assert cause_in(["Terminating due to java.lang.OutOfMemoryError: Java heap space"]) == (
        "java.lang.OutOfMemoryError: Java heap space"
    )


def test_a_healthy_log_has_no_cause() -> None:
    assert cause_in(["2026-01-01 00:00:00,000 INFO  a.B - all is well"]) is None
    assert cause_in([]) is None


@given(st.lists(st.text(st.characters(blacklist_categories=["Cs"]), max_size=50), max_size=60), st.integers(1, 50))
def test_the_tail_is_the_end_without_empty_lines(tmp_path_factory: object, lines: list[str], count: int) -> None:
    path = Path(tmp_path_factory.mktemp("log")) / "x.log"  # type: ignore[attr-defined]
    text = "\n".join(lines)
    path.write_bytes(text.encode())
    wanted = [line.rstrip() for line in text.splitlines() if line.strip()]
    assert tail(path, count) == wanted[-count:]


def test_only_the_end_of_a_large_log_is_read(tmp_path: Path) -> None:
    path = tmp_path / "x.log"
    path.write_bytes(b"\xff\xfe" * 500_000 + b"\n" + b"line\n" * 3)
    assert tail(path)[-3:] == ["line"] * 3


def test_no_log_has_no_lines(tmp_path: Path) -> None:
    assert tail(tmp_path / "none") == []


def test_a_thread_that_died_is_not_part_of_its_cause() -> None:
    assert cause_in(['Exception in thread "main" a.b.C: wrong', "\tat d.e"]) == "a.b.C: wrong"
