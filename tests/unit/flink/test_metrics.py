from __future__ import annotations

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from flinklab.domain.monitoring import Spread
from flinklab.flink.metrics import LONGEST_PATH, Aggregate, Named, number, paths, spreads, values

NAMES = st.lists(st.text("abcXYZ[]0123456789._- /ä", min_size=1, max_size=120), unique=True)


@pytest.mark.parametrize(
    ("told", "found"),
    [
        ("410", 410.0),
        (3, 3.0),
        ("NaN", None),
        ("true", None),
        ("n/a", None),
        ("", None),
        (None, None),
        ("Infinity", None),
        ("-9223372036854775808", None),
        (-9.223372036854776e18, None),
        ("-1", -1.0),
    ],
)
def test_what_is_no_number_or_no_watermark_is_not_known(told: float | str | None, found: float | None) -> None:
    assert number(told) == found


def test_an_aggregated_listing() -> None:
    body = b"""[{"id":"busyTimeMsPerSecond","min":"NaN","max":"NaN","avg":"NaN","sum":"NaN","skew":"NaN"},
    {"id":"currentInputWatermark","min":-9.223372036854776E18,"max":1.7E12,"avg":-4.6E18,"sum":-9.2E18},
    {"id":"numRecordsIn","min":1,"max":3.0,"avg":2.0,"sum":4.0,"skew":50.0}]"""
    assert spreads(msgspec.json.decode(body, type=list[Aggregate])) == {"numRecordsIn": Spread(1.0, 3.0, 2.0, 4.0)}


def test_a_plain_listing() -> None:
    found = [Named("uptime", "8630"), Named("lastCheckpointExternalPath", "file:/a/chk-1"), Named("listed only")]
    assert values(found) == {"uptime": 8630.0}


@given(NAMES, st.integers(0, 300))
def test_every_name_is_asked_for_once_and_no_request_is_too_long(names: list[str], length: int) -> None:
    from urllib.parse import parse_qs, urlsplit

    base = "/jobs/" + "a" * length
    asked = list(paths(base, names, "&agg=min,max"))
    assert all(len(path) <= LONGEST_PATH for path in asked)
    queries = [parse_qs(urlsplit(path).query) for path in asked]
    assert [name for query in queries for name in query["get"][0].split(",")] == names
    assert all(query["agg"] == ["min,max"] for query in queries)


def test_many_names_are_many_requests() -> None:
    names = [f"GroupAggregate[{number}].numRecordsIn" for number in range(500)]
    assert len(list(paths("/jobs/x", names))) == pytest.approx(
        sum(len(name) + 1 for name in names) / LONGEST_PATH, abs=1
    )
    assert list(paths("/jobs/x", [])) == []
