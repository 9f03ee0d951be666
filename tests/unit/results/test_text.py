import pytest
from hypothesis import given, settings

from fakes.pages import (
    BIGINT,
    INT,
    STRING,
    TIMESTAMP,
    Result,
    columns,
    comparable,
    expected,
    inserts,
    results,
    sure_text_types,
    text_inserts,
)
from flinklab.domain.columns import LogicalType
from flinklab.results.decode import Decoder
from flinklab.results.rows import rows_of
from flinklab.results.text import from_text
from flinklab.results.types import needs_text

INTS = LogicalType("ARRAY", element=INT)
BOOLEAN = LogicalType("BOOLEAN")


@settings(max_examples=50)
@given(results(sure_text_types))
def test_text_is_read_as_the_json_of_the_same_rows_would_be(result: Result) -> None:
    of, rows = result
    decoder = Decoder(of, "+05:30")
    table = decoder.inserts(text_inserts(*rows))
    assert comparable(rows_of(table)) == comparable(expected(*rows))
    if not needs_text(of):
        assert comparable(rows_of(decoder.inserts(inserts(*rows)))) == comparable(rows_of(table))


@pytest.mark.parametrize(
    ("text", "type", "value"),
    [
        ("TRUE", BOOLEAN, True),
        ("-Infinity", LogicalType("DOUBLE"), "-Infinity"),
        ("x'00ff'", LogicalType("VARBINARY"), "AP8="),
        ("2020-01-01 00:00:00.120", LogicalType(TIMESTAMP, precision=3), "2020-01-01T00:00:00.120"),
        ("+1 02:03:04.567", LogicalType("INTERVAL_DAY_TIME"), 93784567),
        ("-1-02", LogicalType("INTERVAL_YEAR_MONTH"), -14),
        ("[]", INTS, []),
        ("[1, NULL]", INTS, [1, None]),
        ("[[1], NULL, []]", LogicalType("ARRAY", element=INTS), [[1], None, []]),
        ("{}", LogicalType("MAP", key=INT, value=INT), []),
        ("{1=[1, 2], 2=NULL}", LogicalType("MAP", key=INT, value=INTS), [[1, [1, 2]], [2, None]]),
        ("{TRUE=2}", LogicalType("MULTISET", element=BOOLEAN), [[True, 2]]),
        ("(1, [2], TRUE)", LogicalType("ROW", fields=columns(INT, INTS, BOOLEAN)), [1, [2], True]),
        ("[NULL]", LogicalType("ARRAY", element=LogicalType("MAP", key=INT, value=INT)), [None]),
        ("NULL", STRING, "NULL"),
        ('{"a":[1,2]}', LogicalType("VARIANT"), '{"a":[1,2]}'),
        ("5", LogicalType("SOMETHING_NEW"), "5"),
    ],
)
def test_what_sqls_text_means(text: str, type: LogicalType, value: object) -> None:
    assert from_text(text, type) == value


@pytest.mark.parametrize(
    ("text", "type"),
    [
        ("true", BOOLEAN),
        ("1.5", BIGINT),
        ("1:02", LogicalType("INTERVAL_DAY_TIME")),
        ("14", LogicalType("INTERVAL_YEAR_MONTH")),
        ("1, 2", INTS),
        ("[1,2]", INTS),
        ("[1, ]", INTS),
        ("[1] 2", INTS),
        ("{1}", LogicalType("MAP", key=INT, value=INT)),
    ],
)
def test_what_means_nothing_is_refused(text: str, type: LogicalType) -> None:
    with pytest.raises(ValueError):
        from_text(text, type)


def test_text_with_more_than_one_meaning_is_refused_not_guessed() -> None:
    with pytest.raises(ValueError, match="CAST it to STRING"):
        from_text("[a, b]", LogicalType("ARRAY", element=STRING))
