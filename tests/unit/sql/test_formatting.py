import sys

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from flinklab.domain.errors import NotInstalledError
from flinklab.sql import formatting
from flinklab.sql.atoms import says_the_same
from flinklab.sql.formatting import format_sql

LAID_OUT = """\
%%flinksql orders << --limit 10
SELECT
    a,
    b,
    COUNT(*) c
FROM ${env}_orders /*+ OPTIONS('scan.startup.mode'='earliest') */
WHERE dt = '${dt}' AND b <> `order` -- why
GROUP BY a, b;
"""


def test_a_cell_is_laid_out_and_keeps_what_is_its_own() -> None:
    text = (
        "%%flinksql orders << --limit 10\nselect a,b,count( * ) c from ${env}_orders "
        "/*+ OPTIONS('scan.startup.mode'='earliest') */ where dt='${dt}' and b<>`order` -- why\ngroup by a,b;\n"
    )
    formatted = format_sql(text)
    assert formatted.text == LAID_OUT
    assert formatted.remarks == ()
    assert format_sql(formatted.text).text == formatted.text


def test_what_cannot_be_read_stays_and_is_named_by_its_line_in_the_cell() -> None:
    text = "%%flinksql\nselect  1;\n\n-- odd\nalter table t set ('a'='b');\nselect  2"
    formatted = format_sql(text)
    assert formatted.text == "%%flinksql\nSELECT 1;\n\n-- odd\nalter table t set ('a'='b');\nSELECT 2"
    assert formatted.remarks == ("line 5: left as it is, sqlfluff cannot read it",)


@pytest.mark.parametrize(
    "text",
    ["", "%%flinksql", "%%flinksql\n", "  \n", "-- said", "set 'table.x'='from';", "show tables", "add jar 'a  b'"],
)
def test_what_is_nothing_to_lay_out_stays(text: str) -> None:
    assert format_sql(text).text == text
    assert format_sql(text).remarks == ()


@pytest.mark.parametrize(
    "text", ["execute statement set begin {}; {}; end", "begin statement set;\n{};\n{};\nend;"]
)
def test_the_statements_of_a_set_are_laid_out_one_by_one(text: str) -> None:
    formatted = format_sql(text.format("insert into a select  1", "insert into b select  2"))
    assert "INSERT INTO a SELECT 1;" in formatted.text
    assert "INSERT INTO b SELECT 2;" in formatted.text


def test_a_variable_may_stand_for_a_number() -> None:
    assert format_sql("select a from t limit ${n}").text == "SELECT a FROM t LIMIT ${n}"


def test_a_comment_gives_no_orders_to_the_formatter() -> None:
    text = "select  a -- sqlfluff:dialect:nope\nfrom t -- noqa"
    assert format_sql(text).text == "SELECT a -- sqlfluff:dialect:nope\nFROM t -- noqa"


def test_what_is_too_long_or_too_late_stays(monkeypatch: pytest.MonkeyPatch) -> None:
    assert format_sql("select  1", patience=-1).remarks == ("line 1: left as it is, there was no time left",)
    monkeypatch.setattr(formatting, "_LONGEST", 5)
    late = format_sql("select  1")
    assert late.text == "select  1"
    assert late.remarks == ("line 1: left as it is, longer than 5 characters",)


def test_without_sqlfluff_it_says_what_to_install(monkeypatch: pytest.MonkeyPatch) -> None:
    formatting._sqlfluff.cache_clear()
    monkeypatch.setitem(sys.modules, "sqlfluff.core", None)
    with pytest.raises(NotInstalledError, match=r"flinklab\[format\]"):
        format_sql("select 1")


NAMES = st.sampled_from(["a", "Key", "`order`", "t.b", "${x}", "x1", "desc", "last", "{{ n }}"])
VALUES = NAMES | st.sampled_from(
    ["1", "-2.5", "1e-5", "'it''s'", "E'\\''", "u&'\\00fc'", "interval '1' minute", "null"]
)
EXPRESSIONS = st.recursive(
    VALUES,
    lambda inner: (
        st.builds("{} {} {}".format, inner, st.sampled_from(["+", "<=", "and", "||", "- -"]), inner)
        | st.builds("count( {})".format, inner)
        | st.builds("case when {} then {} end".format, inner, inner)
        | st.builds("cast({} as decimal(10,2))".format, inner)
    ),
    max_leaves=4,
)
ROOM = st.sampled_from([" ", "\n", " -- said\n", " /* said */ ", "  "])
SELECTS = st.builds(
    "select{}{}{}from orders /*+ OPTIONS('a'='b') */ o{}where {}".format,
    ROOM,
    st.lists(EXPRESSIONS, min_size=1, max_size=3).map(",".join),
    ROOM,
    ROOM,
    EXPRESSIONS,
)
STATEMENTS = SELECTS | SELECTS.map("insert into s {}".format) | SELECTS.map("create temporary view v as {}".format)


@settings(max_examples=12, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(st.lists(STATEMENTS, min_size=1, max_size=2).map(";\n".join))
def test_formatting_never_changes_what_a_text_says(text: str) -> None:
    formatted = format_sql(text).text
    assert says_the_same(text, formatted)
    assert format_sql("%%flinksql\n" + text).text == "%%flinksql\n" + formatted
