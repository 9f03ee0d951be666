"""Hypothesis strategies for texts of SQL: arbitrary ones, and ones whose statements are known."""

from __future__ import annotations

from dataclasses import dataclass

from hypothesis import strategies as st

# Fragments that mean something to a lexer, so that random texts run into each other's ends.
_SHARDS = st.sampled_from(
    [
        "'",
        "''",
        "`",
        '"',
        ";",
        "--",
        "//",
        "/*",
        "*/",
        "/*+",
        "/",
        "*",
        "-",
        ":",
        "://",
        "\\",
        "\n",
        "\r",
        "\r\n",
        "\t",
        " ",
        "e",
        "E'",
        "u&'",
        "SELECT",
        "EXECUTE STATEMENT SET BEGIN",
        "END",
        "CASE",
        "(",
        ")",
        "𝄞",
        "é",
        "\ufeff",
        "\xa0",
        "x",
    ]
)
any_text = st.one_of(st.text(), st.lists(st.one_of(_SHARDS, st.text(max_size=3)), max_size=30).map("".join))

_inside = st.lists(
    st.sampled_from(["a", ";", "--", "/*", "*/", "//", "\n", "\r\n", "\\", '"', "𝄞", "é", " "]), max_size=6
).map("".join)
_words = st.sampled_from(
    ["a", "b1", "$x", "é", "1.5", "FROM", "CASE", "END", "BEGIN", "STATEMENT", "SET", "AS", "EXECUTE", "e"]
)
_strings = _inside.map(lambda text: f"'{text}'") | _inside.map(lambda text: f"'{text}''{text}'")
_escaped = _inside.map(lambda text: "E'{}'".format(text.replace("\\", "\\\\") + "\\'"))
_names = _inside.map(lambda text: f"`{text}``{text}`")
_hints = _inside.map(lambda text: f"/*+ OPTIONS('{text}'='1') */")
_symbols = st.sampled_from(["(", ")", ",", "=", "<>", "+", ".", "hdfs://nn/x", "?"])
_comment_text = st.sampled_from(["", " c", "; ' ` x", " it's /* -- ", "*", " é𝄞"])
comments = st.one_of(
    _comment_text.map(lambda text: f"--{text}\n"),
    _comment_text.map(lambda text: f"//{text}\r\n"),
    _comment_text.map(lambda text: f"/*{text}*/"),
)
gaps = st.lists(st.one_of(st.sampled_from([" ", "\n", "\r\n", "\r", "\t", "\f"]), comments), max_size=3).map(
    "".join
)
_parts = st.one_of(_words, _strings, _escaped, _names, _hints, _symbols)


@dataclass(frozen=True)
class Cell:
    """A text and the statements that it was made of, with their offsets."""

    text: str
    statements: list[tuple[int, str]]


@st.composite
def plain_statements(draw: st.DrawFn) -> str:
    """A statement that is no statement set, inner comments included."""
    statement = draw(st.sampled_from(["SELECT", "insert", "x", "`q;`", "(", "SHOW", "CREATE TABLE"]))
    for part in draw(st.lists(_parts, max_size=6)):
        statement += " " + draw(gaps) + part
    return statement


@st.composite
def statement_sets(draw: st.DrawFn) -> str:
    head = draw(
        st.sampled_from(["EXECUTE STATEMENT SET BEGIN", "explain estimated_cost, plan_advice statement set begin"])
    )
    head = draw(st.sampled_from([head, "COMPILE PLAN '/p;.json' FOR STATEMENT SET /* ; */ BEGIN"]))
    inner = draw(st.lists(plain_statements(), min_size=1, max_size=3))
    return head + "".join(f"\n{draw(gaps)}{statement} ;" for statement in inner) + draw(gaps) + "end"


@st.composite
def cells(draw: st.DrawFn) -> Cell:
    text = ""
    statements = []
    for statement in draw(st.lists(st.one_of(plain_statements(), statement_sets()), max_size=5)):
        text += draw(gaps)
        statements.append((len(text), statement))
        text += statement + " " + draw(gaps) + ";"
    if statements and draw(st.booleans()):
        text = text[:-1]  # the last one needs no semicolon
    return Cell(text + draw(gaps), statements)
