"""Thread dumps by stacks."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from flinklab.domain.monitoring import ThreadStack
from flinklab.telemetry.logs import pattern_of
from flinklab.telemetry.threads import grouped_threads, of_other_jobs, vertex_of_thread


def thread(name: str, state: str = "WAITING", at: str = "a.B.c(B.java:1)", lock: str = "1f2e") -> ThreadStack:
    head = f'"{name}" Id=7 {state} on java.lang.Object@{lock}'
    return ThreadStack(
        name, f"{head}\n\tat java.base@17.0.15/x.Y.z(Y.java)\n\t-  waiting on O@{lock}\n\tat {at}\n\n"
    )


def test_equal_stacks_are_one_group_whatever_they_wait_on() -> None:
    dump = {
        "tm-1": [thread("flink-1", lock="aa1"), thread("flink-2", lock="bb2"), thread("other", at="d.E.f(E.java)")]
    }
    first, second = grouped_threads(dump)
    assert first.threads == (("tm-1", "flink-1"), ("tm-1", "flink-2"))
    assert first.state == "WAITING"
    assert first.stack.splitlines() == [
        "at java.base@17.0.15/x.Y.z(Y.java)",
        "-  waiting on O",
        "at a.B.c(B.java:1)",
    ]
    assert second.threads == (("tm-1", "other"),)


def test_the_threads_of_tasks_come_first_and_blocked_ones_before_the_rest() -> None:
    dump = [
        thread("main", "RUNNABLE"),
        thread("Calc[2] (1/2)#0", "TIMED_WAITING"),
        thread("Legacy Source Thread - Source: a[1] (1/2)#3", "RUNNABLE"),
        thread("Agg (1/1)#0", "BLOCKED"),
        thread("OutputFlusher for Calc[2] (1/2)#0", "TIMED_WAITING"),
    ]
    found = grouped_threads({"tm": dump})
    assert [group.threads[0][1] for group in found] == [
        "Agg (1/1)#0",
        "Legacy Source Thread - Source: a[1] (1/2)#3",
        "Calc[2] (1/2)#0",
        "main",
        "OutputFlusher for Calc[2] (1/2)#0",
    ]
    assert [group.is_task for group in found] == [True, True, True, False, False]


def test_who_holds_a_lock_is_told() -> None:
    held = ThreadStack("t", '"t" Id=9 BLOCKED on a.B@12 owned by "writer "x"" Id=4\n\tat a.B.c(B.java)\n')
    (group,) = grouped_threads({"jobmanager": [held]})
    assert (group.state, group.owner) == ("BLOCKED", '"writer "x"" Id=4')


def test_a_search_looks_at_names_and_stacks() -> None:
    dump = {"tm": [thread("RocksDB-1"), thread("b", at="org.rocksdb.X.y(X.java)"), thread("c")]}
    names = [name for group in grouped_threads(dump, pattern_of("rocksdb")) for _, name in group.threads]
    assert sorted(names) == ["RocksDB-1", "b"]


def test_tasks_of_other_jobs_are_told_apart() -> None:
    dump = [thread("Source: a[1] (1/2)#0"), thread("Source: b[1] (1/2)#0"), thread("main")]
    assert of_other_jobs(dump, {"Source: a[1]"}) == {"Source: b[1] (1/2)#0"}
    assert vertex_of_thread("Legacy Source Thread - Source: a[1] -> Calc[2] (2/4)#11") == "Source: a[1] -> Calc[2]"
    assert vertex_of_thread("System Time Trigger for Source: a[1] (2/4)#11") == ""


@given(st.lists(st.tuples(st.text(), st.text()), max_size=8))
def test_no_thread_is_lost_whatever_it_says(dump: list[tuple[str, str]]) -> None:
    found = grouped_threads({"p": [ThreadStack(name, stack) for name, stack in dump]})
    assert sorted(name for group in found for _, name in group.threads) == sorted(name for name, _ in dump)
