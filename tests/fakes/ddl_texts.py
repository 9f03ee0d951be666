"""Hypothesis strategies for CREATE statements whose facts are known."""

from __future__ import annotations

from dataclasses import dataclass

from hypothesis import strategies as st

from fakes.sql_texts import gaps
from flinklab.domain.definitions import Facts, TableColumn
from flinklab.sql.identifiers import quote, string

_names = st.sampled_from(["id", "日", "a b", "x`y", "PRIMARY", "ts", "COMMENT", "as", "from", "p.q", "'"])
_types = st.sampled_from(
    [
        "INT",
        "DECIMAL(10, 2) NOT NULL",
        "ROW<a INT, `b c` MAP<STRING, ARRAY<INT NOT NULL>>> NOT NULL",
        "TIMESTAMP(3) WITH LOCAL TIME ZONE",
        "ROW(a INT, b STRING)",
        "RAW('a.B', 'x,y')",
        "STRING",
        "DOUBLE PRECISION",
    ]
)
_expressions = st.sampled_from(
    ["a * 2 < 3", "f(a, b)", "CAST(x AS ROW<a INT, b INT>)", "a > b", "'COMMENT'", "`x`"]
)
texts = st.text(st.sampled_from("a'`,()${}é𝄞;- "), max_size=6)


@dataclass(frozen=True)
class TableText:
    text: str
    path: tuple[str, ...]
    facts: Facts
    temporary: bool
    if_not_exists: bool


@st.composite
def _columns(draw: st.DrawFn, name: str) -> tuple[str, TableColumn]:
    comment = draw(st.just("") | texts)
    tail = f" COMMENT {string(comment)}" if comment else ""
    shape = draw(st.sampled_from(["plain", "computed", "metadata", "key"]))
    if shape == "computed":
        expression = draw(_expressions)
        return f"{quote(name)} AS {expression}{tail}", TableColumn(name, "", comment, computed=expression)
    type_ = draw(_types)
    if shape == "metadata":
        text = f"{quote(name)} {type_} METADATA" + draw(st.sampled_from(["", " VIRTUAL"])) + tail
        return text, TableColumn(name, type_, comment, metadata=name)
    if shape == "key":
        text = f"{quote(name)} {type_} METADATA FROM 'the key' VIRTUAL{tail}"
        return text, TableColumn(name, type_, comment, metadata="the key")
    return f"{quote(name)} {type_}{tail}", TableColumn(name, type_, comment)


@st.composite
def tables(draw: st.DrawFn) -> TableText:
    """A CREATE TABLE with everything in it, comments between its words."""
    gap = draw(gaps.filter(bool))
    path = tuple(draw(st.lists(_names, min_size=1, max_size=3)))
    names = draw(st.lists(_names, min_size=1, max_size=5, unique=True))
    drawn = [draw(_columns(name)) for name in names]
    elements = [text for text, _ in drawn]
    primary_key: tuple[str, ...] = ()
    watermark = ""
    if draw(st.booleans()):
        primary_key = tuple(names[:2])
        constraint = draw(st.sampled_from(["", "CONSTRAINT pk "]))
        elements.append(f"{constraint}PRIMARY KEY ({', '.join(map(quote, primary_key))}) NOT ENFORCED")
    if draw(st.booleans()):
        watermark = "`ts` AS `ts` - INTERVAL '5' SECOND"
        elements.insert(draw(st.integers(0, len(elements))), f"WATERMARK FOR {watermark}")
    comment = draw(st.just("") | texts)
    partitions = tuple(names[:1]) if draw(st.booleans()) else ()
    options = draw(st.dictionaries(texts.filter(bool), texts, max_size=3))
    temporary, if_not_exists = draw(st.booleans()), draw(st.booleans())
    text = f"CREATE{' TEMPORARY' if temporary else ''}{gap}TABLE{' IF NOT EXISTS' if if_not_exists else ''} "
    text += quote(path)
    text += f" ({gap}" + f",{gap}".join(elements) + f"{gap})"
    text += f"{gap}COMMENT {string(comment)}" if comment else ""
    text += draw(st.sampled_from(["", " DISTRIBUTED BY HASH(`id`) INTO 4 BUCKETS", " DISTRIBUTED INTO 3 BUCKETS"]))
    text += f" PARTITIONED BY ({', '.join(map(quote, partitions))})" if partitions else ""
    if options:
        pairs = [f"{string(key)}{gap}={gap}{string(value)}" for key, value in options.items()]
        text += f"{gap}WITH (" + ", ".join(pairs) + ")"
    text += draw(st.sampled_from(["", " LIKE base (INCLUDING ALL)", ";", " -- end"]))
    columns = tuple(column for _, column in drawn)
    facts = Facts(columns, primary_key, partitions, watermark, options, comment)
    return TableText(text, path, facts, temporary, if_not_exists)
