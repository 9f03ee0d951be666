"""Pieces: every rule of Calcite's lexer that matters to where things end."""

from __future__ import annotations

from itertools import pairwise

import pytest
from hypothesis import given

from fakes.sql_texts import any_text
from flinklab.sql.pieces import PieceKind, pieces


def shape(text: str) -> list[tuple[str, str]]:
    return [(piece.kind.value, text[piece.begin : piece.end]) for piece in pieces(text)]


@given(any_text)
def test_pieces_of_any_text_follow_each_other_and_add_up_to_it(text: str) -> None:
    found = list(pieces(text))
    assert "".join(text[piece.begin : piece.end] for piece in found) == text
    assert all(piece.begin < piece.end for piece in found)
    assert [piece.end for piece in found[:-1]] == [piece.begin for piece in found[1:]]


@given(any_text)
def test_neighbouring_code_is_one_piece(text: str) -> None:
    kinds = [piece.kind for piece in pieces(text)]
    assert (PieceKind.CODE, PieceKind.CODE) not in list(pairwise(kinds))


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("", []),
        ("a", [("code", "a")]),
        ("a -- b; 'c\nd", [("code", "a "), ("comment", "-- b; 'c"), ("code", "\nd")]),
        ("a -- b\rd", [("code", "a "), ("comment", "-- b"), ("code", "\rd")]),
        ("a // it's\nd", [("code", "a "), ("comment", "// it's"), ("code", "\nd")]),
        ("a --", [("code", "a "), ("comment", "--")]),
        ("/**/a", [("comment", "/**/"), ("code", "a")]),
        ("/***/a", [("comment", "/***/"), ("code", "a")]),
        ("/*/a*/b", [("comment", "/*/a*/"), ("code", "b")]),
        ("/* /* */a", [("comment", "/* /* */"), ("code", "a")]),
        ("a /* b;", [("code", "a "), ("open comment", "/* b;")]),
        ("a /*", [("code", "a "), ("open comment", "/*")]),
        ("a /*/", [("code", "a "), ("open comment", "/*/")]),
        ("a-b/c*d", [("code", "a-b/c*d")]),
        ("'a;--/*'", [("string", "'a;--/*'")]),
        ("'a''b'c", [("string", "'a''b'"), ("code", "c")]),
        ("''''", [("string", "''''")]),
        ("'a\nb'", [("string", "'a\nb'")]),
        ("'a\\'b", [("string", "'a\\'"), ("code", "b")]),
        ("'ab", [("string", "'ab")]),
        ("'ab''", [("string", "'ab''")]),
        ("u&'\\0061'", [("code", "u&"), ("string", "'\\0061'")]),
        ("N'a\\'", [("code", "N"), ("string", "'a\\'")]),
        (r"E'a\'b'c", [("code", "E"), ("string", r"'a\'b'"), ("code", "c")]),
        (r"e'a\\'b", [("code", "e"), ("string", r"'a\\'"), ("code", "b")]),
        (r"E'a''\'b'", [("code", "E"), ("string", r"'a''\'b'")]),
        (r"E'a\'", [("code", "E"), ("string", r"'a\'")]),
        (r"E'a\ ", [("code", "E"), ("string", r"'a\ ")]),
        (r"SIZE'a\'b", [("code", "SIZE"), ("string", r"'a\'"), ("code", "b")]),
        (r"é_e'a\'b", [("code", "é_e"), ("string", r"'a\'"), ("code", "b")]),
        (r"(E'\'')", [("code", "(E"), ("string", r"'\''"), ("code", ")")]),
        ("`a``;'`b", [("quoted name", "`a``;'`"), ("code", "b")]),
        ("`a", [("quoted name", "`a")]),
        ('"a;\'b"c', [("code", '"a;\'b"c')]),
        ("\"a;'b'", [("code", '"a'), (";", ";"), ("string", "'b'")]),
        ("a /*+ OPTIONS('*/;'='1') */ b", None),
        ("SET a = hdfs://nn/x;", [("code", "SET a = hdfs://nn/x"), (";", ";")]),
        ("file:///x;", [("code", "file:///x"), (";", ";")]),
        ("a;;b", [("code", "a"), (";", ";"), (";", ";"), ("code", "b")]),
    ],
)
def test_where_pieces_end(text: str, expected: list[tuple[str, str]] | None) -> None:
    if expected is None:  # a hint: its inside is lexed like everything else
        expected = [("code", "a "), ("/*+", "/*+"), ("code", " OPTIONS("), ("string", "'*/;'"), ("code", "=")]
        expected += [("string", "'1'"), ("code", ") "), ("*/", "*/"), ("code", " b")]
    assert shape(text) == expected


def test_pieces_from_an_offset_on_are_those_of_the_rest() -> None:
    text = "SELECT 'a;b'; -- c"
    assert [text[piece.begin : piece.end] for piece in pieces(text, 7)] == ["'a;b'", ";", " ", "-- c"]
