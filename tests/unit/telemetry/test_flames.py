"""Flame graphs as people read them."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from flinklab.domain.monitoring import Flame
from flinklab.telemetry.flames import FlameFrame, flame_frames, operator_of, own_shares

METHODS = [
    "java.lang.Thread.run:840",
    "org.apache.flink.streaming.runtime.tasks.StreamTask.invoke:959",
    "org.apache.flink.table.runtime.operators.aggregate.GroupAggFunction.processElement:33",
    "StreamExecCalc$12.processElement:-1",
    "org.rocksdb.RocksDB.get:1",
]


def called(name: str, value: int, *children: Flame) -> Flame:
    return Flame(name, value, children)


@st.composite
def flames(draw: st.DrawFn, value: int = 1000, depth: int = 4) -> Flame:
    children: list[Flame] = []
    left = value
    for _ in range(draw(st.integers(0, 3)) if depth else 0):
        part = draw(st.integers(0, left))
        if part:
            children.append(draw(flames(part, depth - 1)))
            left -= part
    return Flame(draw(st.sampled_from(METHODS)), value, tuple(children))


@given(flames(), st.booleans(), st.sampled_from([0.0, 0.005, 0.1]))
@settings(max_examples=60, deadline=None)
def test_no_sample_is_lost(flame: Flame, fold: bool, least: float) -> None:
    root = Flame("root", flame.value, (flame,))
    frames = flame_frames(root, least=least, fold=fold)

    assert sum(frame.own for frame in frames) == pytest.approx(1.0)
    assert sum(own_shares(frames).values()) == pytest.approx(1.0)
    for index, frame in enumerate(frames):
        assert frame.parent < index
        children = [each for each in frames if each.parent == index]
        assert frame.value == pytest.approx(sum(each.value for each in children) + frame.own * flame.value)
        assert all(each.depth == frame.depth + 1 for each in children)


@pytest.mark.parametrize(
    ("method", "operator"),
    [
        ("StreamExecCalc$12.processElement", "Calc"),
        ("StreamExecLocalWindowAggregate$3.processElement", "LocalWindowAggregate"),
        ("org.apache.flink.table.runtime.operators.aggregate.GroupAggFunction.processElement", "GroupAggregate"),
        ("org.apache.flink.table.runtime.operators.aggregate.MiniBatchGroupAggFunction.finish", "GroupAggregate"),
        ("org.apache.flink.table.runtime.operators.join.stream.StreamingJoinOperator.processElement1", "Join"),
        ("org.apache.flink.table.runtime.operators.join.interval.RowTimeIntervalJoin.onTimer", "IntervalJoin"),
        ("org.apache.flink.table.runtime.operators.join.lookup.LookupJoinRunner.processElement", "LookupJoin"),
        ("org.apache.flink.table.runtime.operators.rank.AppendOnlyTopNFunction.processElement", "Rank"),
        ("org.apache.flink.streaming.api.operators.SourceOperator.emitNext", "source"),
        ("org.apache.flink.streaming.runtime.operators.sink.SinkWriterOperator.processElement", "sink"),
        ("org.apache.flink.streaming.runtime.tasks.StreamTask.invoke", ""),
        ("com.example.GroupAggFunction.processElement", ""),
        ("KeyProjection$7.apply", ""),
        ("root", ""),
    ],
)
def test_the_operator_of_a_method(method: str, operator: str) -> None:
    assert operator_of(method) == operator


def test_what_an_operator_calls_is_its_work_until_the_next_operator() -> None:
    calc = called("StreamExecCalc$1.processElement:-1", 60, called("java.util.regex.Pattern.matcher:1", 50))
    aggregate = called(METHODS[2], 100, called("org.rocksdb.RocksDB.get:1", 30), calc)
    frames = flame_frames(Flame("root", 100, (aggregate,)))
    assert own_shares(frames) == pytest.approx({"Calc": 0.6, "GroupAggregate": 0.4})


def test_lines_of_a_method_count_as_one_call() -> None:
    frames = flame_frames(Flame("root", 10, (called("a.B.c:1", 6), called("a.B.c:9", 4))))
    assert [(frame.name, frame.value) for frame in frames] == [("a.B.c", 10)]


def test_machinery_that_only_calls_itself_is_one_frame() -> None:
    inner = called("org.apache.flink.streaming.runtime.tasks.StreamTask.run:3", 10, called(METHODS[2], 10))
    middle = called("org.apache.flink.runtime.taskmanager.Task.run:2", 10, inner)
    root = Flame("root", 10, (called("java.lang.Thread.run:1", 10, middle),))

    folded, operator = flame_frames(root)
    assert len(folded.folded) == 3 and folded.short == "… StreamTask.run (3 frames)"
    assert operator.operator == "GroupAggregate" and operator.parent == 0
    assert [frame.depth for frame in flame_frames(root, fold=False)] == [0, 1, 2, 3]


def test_rare_frames_are_gathered() -> None:
    rare = tuple(called(f"a.B.m{index}:1", 1) for index in range(3))
    frames = flame_frames(Flame("root", 1000, (called("a.B.main:1", 1000, *rare),)))
    assert [(frame.name, frame.value) for frame in frames] == [("a.B.main", 1000), ("3 smaller", 3)]


def test_short_names_have_no_packages_and_no_numbers_of_lambdas() -> None:
    def short(name: str) -> str:
        return FlameFrame(-1, name, 0, 1, 1.0, 1.0).short

    assert short("org.apache.flink.table.data.binary.BinaryStringDataUtil.hash") == "BinaryStringDataUtil.hash"
    assert short("org.apache.flink.runtime.taskmanager.Task$$Lambda$0/0x0.run") == "Task$λ.run"
    assert short("3 smaller") == "3 smaller"


def test_without_samples_there_are_no_frames() -> None:
    assert flame_frames(Flame("root", 0)) == []
