"""What vertices are called over time."""

from __future__ import annotations

import math

from fakes.recorded import at, job_graph, recorded, vertex_id
from flinklab.domain.series import SeriesKey
from flinklab.plots.vertices import Parts, parts_of, parts_of_graph
from flinklab.ports.monitoring import JOBMANAGER


def test_a_vertex_that_an_upgrade_renames_is_drawn_to_its_end_and_both_are_named() -> None:
    old, new = job_graph("Source: orders[1]", "GroupAggregate[2]"), job_graph("Source: orders[9]", "Rank[10]")
    parts = parts_of([recorded(old), recorded(new, 6.0, 2)])
    first, second = parts.stretches[vertex_id(1)]
    assert (first.name, second.name) == ("GroupAggregate", "Rank")
    assert (first.since, first.until) == (-math.inf, at(6).timestamp())
    assert (second.since, second.until) == (at(6).timestamp(), math.inf)
    assert parts.name(vertex_id(1)) == "Rank"


def test_a_vertex_whose_number_alone_changed_goes_on() -> None:
    graphs = [recorded(job_graph("Source: orders[1]")), recorded(job_graph("Source: orders[105]"), 6.0)]
    assert len(parts_of(graphs).stretches[vertex_id(0)]) == 1


def test_a_vertex_keeps_its_colour_when_its_id_changes() -> None:
    graphs = [recorded(job_graph()), recorded(job_graph(first=7), 6.0, 2)]
    parts = parts_of(graphs)
    for number in range(3):
        old, new = parts.stretches[vertex_id(number)], parts.stretches[vertex_id(7 + number)]
        assert (old[0].name, old[0].slot) == (new[0].name, new[0].slot)


def test_the_order_is_that_of_the_graph_and_unknown_parts_come_last() -> None:
    parts = parts_of_graph(job_graph())
    keys = [SeriesKey(part, "busy") for part in ("zzz", vertex_id(2), vertex_id(0))]
    assert [stretch.name for _, stretch in parts.of(keys)] == ["orders", "top", "zzz"]


def test_processes_go_by_their_own_names() -> None:
    assert Parts().name(JOBMANAGER) == "JobManager"
    long = "127.0.0.1:35231-abcdef-0123456789"
    assert Parts().name(long).startswith("127.0.0.1:35")
    assert len(Parts().name(long)) < len(long)
