"""The local axis of time."""

from __future__ import annotations

import time
from collections.abc import Iterator
from datetime import datetime, timedelta, timezone

import numpy as np
import pytest

from flinklab.plots.clock import Clock
from flinklab.telemetry.span import Span


@pytest.fixture
def berlin(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    monkeypatch.setenv("TZ", "Europe/Berlin")
    time.tzset()
    yield
    monkeypatch.undo()
    time.tzset()


def day(*date: int) -> Span:
    until = datetime(*date, 12, tzinfo=timezone.utc)  # type: ignore[arg-type, misc]
    return Span(until - timedelta(hours=24), until)


def test_moments_are_shown_in_the_local_zone(berlin: None) -> None:
    clock = Clock(day(2026, 7, 1))
    assert clock.shown(datetime(2026, 7, 1, 8, 30, tzinfo=timezone.utc)) == "2026-07-01 10:30:00"
    assert clock.label == "local time (UTC+02:00)"


def test_the_night_in_which_the_clock_is_put_back_has_no_hour_twice(berlin: None) -> None:
    span = day(2026, 10, 25)
    clock = Clock(span)
    times = np.arange(span.since.timestamp(), span.until.timestamp(), 600)
    assert (np.diff(clock.x(times)) == 600_000).all()
    assert clock.label == "local time (UTC+01:00)"


def test_points_and_marks_share_an_axis(berlin: None) -> None:
    span = day(2026, 10, 25)
    clock = Clock(span)
    assert clock.x(np.array([span.since.timestamp()]))[0] == clock.at(span.since) == clock.axis()["range"][0]


def test_a_zone_west_of_greenwich_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    clock = Clock(day(2026, 7, 1))
    clock.offset = timedelta(hours=-3, minutes=-30)
    assert clock.label == "local time (UTC-03:30)"
