from datetime import date, datetime, timedelta

import pyarrow as pa
import pytest
from hypothesis import given
from hypothesis import strategies as st

from fakes.pages import timestamp
from flinklab.results.times import BeyondNanosecondsError, dates, times, timestamps


def read(*texts: str | None, unit: str) -> list[int | None]:
    return timestamps(pa.array(texts, pa.string()), unit).view(pa.int64()).to_pylist()


@given(st.lists(st.none() | st.dates()))
def test_dates(days: list[date | None]) -> None:
    assert dates([None if d is None else d.isoformat() for d in days]).to_pylist() == days


def test_dates_beyond_pythons_calendar_are_counted_on() -> None:
    last = dates(["9999-12-31"]).view(pa.int32())[0].as_py()
    first = dates(["0001-01-01"]).view(pa.int32())[0].as_py()
    assert dates(["+10000-01-01", "0000-12-31", "-0001-12-31", None]).view(pa.int32()).to_pylist() == [
        last + 1,
        first - 1,
        first - 1 - 366,  # the year 0 is a leap year
        None,
    ]


@pytest.mark.parametrize("text", ["", "2020", "2020-13-01", "2020-02-30", "today", "2020-01-01x"])
def test_what_is_no_date_is_refused(text: str) -> None:
    with pytest.raises(ValueError):
        dates([text])


@pytest.mark.parametrize(
    ("text", "milliseconds"),
    [("00:00", 0), ("01:02:03", 3723000), ("01:02:03.4", 3723400), ("23:59:59.9999", 86399999)],
)
def test_times(text: str, milliseconds: int) -> None:
    assert times([text, None], pa.time32("ms")).view(pa.int32()).to_pylist() == [milliseconds, None]
    assert times([text], pa.time64("us")).view(pa.int64())[0].as_py() // 1000 == milliseconds


def test_what_is_no_time_is_refused() -> None:
    with pytest.raises(ValueError, match="is no time"):
        times(["1:2"], pa.time32("ms"))


@given(st.datetimes(), st.sampled_from([(0, "s"), (3, "ms"), (6, "us")]))
def test_timestamps_are_the_same_in_json_and_in_sqls_text(when: datetime, digits: tuple[int, str]) -> None:
    precision, unit = digits
    value = timestamp(when, precision)
    per_second = {"s": 1, "ms": 1000, "us": 10**6}[unit]
    ticks = (value.python - datetime(1970, 1, 1)) // timedelta(microseconds=1) * per_second // 10**6
    assert value.text
    assert read(value.json.strip('"'), value.text, None, unit=unit) == [ticks, ticks, None]


def test_all_nine_digits_count() -> None:
    assert read("1970-01-01T00:00:00.123456789", "1970-01-01 00:00:00.1", unit="ns") == [123456789, 100000000]


def test_digits_finer_than_the_unit_are_cut() -> None:
    assert read("1970-01-01T00:00:01.999", unit="s") == [1]


@pytest.mark.parametrize(
    "text", ["9999-12-31T23:59:59", "0001-01-01T00:00:00", "1677-01-01T00:00:00.1", "+10000-01-01T00:00:00"]
)
def test_years_that_nanoseconds_do_not_reach_are_told_never_wrapped(text: str) -> None:
    with pytest.raises(BeyondNanosecondsError):
        read("2020-01-01T00:00:00", text, None, unit="ns")
    assert read(text, unit="us") != [None]


def test_the_first_day_after_the_last_of_four_digits() -> None:
    before, after = read("9999-12-31T23:59:59", "+10000-01-01T00:00:00", unit="s")
    assert before is not None
    assert after == before + 1


def test_only_nulls() -> None:
    assert read(None, None, unit="ns") == [None, None]
