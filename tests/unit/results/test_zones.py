from datetime import datetime, timedelta, timezone
from zoneinfo import ZoneInfo

import pyarrow as pa
import pytest
from hypothesis import given
from hypothesis import strategies as st

from flinklab.results.zones import arrow_zone, attach_zone, wall_clock

EPOCH = datetime(1970, 1, 1)
ZONES = ["UTC", "+05:30", "-11:00", "Europe/Berlin", "Asia/Shanghai", "America/New_York"]


def ticks(*times: datetime) -> pa.Array:
    return pa.array([(t - EPOCH) // timedelta(milliseconds=1) for t in times]).view(pa.timestamp("ms"))


def instants(array: pa.Array) -> list[datetime]:
    return [EPOCH + timedelta(milliseconds=t) for t in array.view(pa.int64()).to_pylist()]


@pytest.mark.parametrize(
    ("java", "arrow"),
    [
        ("UTC", "UTC"),
        ("Z", "UTC"),
        ("GMT", "UTC"),
        ("GMT+8", "+08:00"),
        ("GMT+08:00", "+08:00"),
        ("UTC-05:30", "-05:30"),
        ("+0530", "+05:30"),
        ("Asia/Shanghai", "Asia/Shanghai"),
        ("Mars/Olympus", None),
        ("", None),
        ("../etc", None),
    ],
)
def test_javas_names_for_zones(java: str, arrow: str | None) -> None:
    assert arrow_zone(java) == arrow


@pytest.mark.parametrize("zone", [z for z in ZONES if "/" in z])
@given(wall=st.datetimes(datetime(1, 1, 3), datetime(9999, 12, 28)))
def test_a_wall_clock_means_the_instant_that_the_zones_rules_say(zone: str, wall: datetime) -> None:
    wall = wall.replace(microsecond=0)
    meant = wall.replace(tzinfo=ZoneInfo(zone), fold=0).astimezone(timezone.utc)
    if meant.astimezone(ZoneInfo(zone)).replace(tzinfo=None) != wall:
        return  # a time that the clock never showed
    assert instants(attach_zone(ticks(wall), zone)) == [meant.replace(tzinfo=None)]


@pytest.mark.parametrize("zone", ZONES)
@given(wall=st.datetimes(datetime(1, 1, 3), datetime(2036, 12, 31)))
def test_the_wall_clock_leads_back(zone: str, wall: datetime) -> None:
    there = attach_zone(ticks(wall), zone)
    back = instants(wall_clock(there))[0] - instants(ticks(wall))[0]
    assert back == timedelta(0) or (back > timedelta(0) and "/" in zone)  # the clock went over such a time


@pytest.mark.parametrize("zone", ["Europe/Berlin", "America/New_York"])
def test_summer_time_does_not_end_in_2037(zone: str) -> None:
    # The time zone tables that Arrow reads end there; 2438 has the days of 2038.
    summers = ticks(datetime(2038, 7, 1), datetime(2438, 7, 1), datetime(1, 7, 1))
    near, far, _ = instants(attach_zone(summers, zone))
    assert near == datetime(2038, 7, 1) - (ZoneInfo(zone).utcoffset(datetime(2038, 7, 1)) or timedelta())
    assert far - near == datetime(2438, 7, 1) - datetime(2038, 7, 1)


def test_an_hour_that_comes_twice_is_the_earlier_one() -> None:
    wall = ticks(datetime(2020, 10, 25, 2, 30))
    assert instants(attach_zone(wall, "Europe/Berlin")) == [datetime(2020, 10, 25, 0, 30)]


def test_nulls_stay() -> None:
    wall = pa.array([None, 0]).view(pa.timestamp("us"))
    for zone in ZONES:
        assert attach_zone(wall, zone).null_count == 1
