from hypothesis import given
from hypothesis import strategies as st

from flinklab.sql.atoms import atoms, blinded, in_capitals, in_room_of, says_the_same

PARTS = st.sampled_from(
    [
        *(
            "SELECT",
            "from",
            "key",
            "a",
            "t1",
            "count",
            "1.5",
            "1e-5",
            "desc",
            "E'\\''",
            "u&'\\00fc'",
            "'it''s; --'",
        ),
        *(
            "`a``b`",
            '"q;r"',
            "${dt}",
            "$${dt}",
            "${env}_orders",
            "{{ name }}",
            "(",
            ")",
            "[",
            "]",
            ",",
            ".",
            "=",
            "<",
        ),
        *(
            "<=",
            "<>",
            "||",
            "=>",
            "-",
            "+",
            ";",
            "-- said\n",
            "// said\n",
            "/* said */",
            "/*+ OPTIONS('a'='*/') */",
        ),
        *("'", "`", "/*", "/*+ open", "*/", "--", "ä", "表"),
    ]
)
ROOMS = st.sampled_from(["", " ", "\n", "\n    ", "\t"])
TEXTS = st.lists(st.tuples(PARTS, ROOMS)).map(lambda pairs: "".join(part + room for part, room in pairs))


def texts(text: str) -> list[str]:
    return [atom.text for atom in atoms(text)]


@given(TEXTS)
def test_atoms_and_the_room_between_them_are_the_text(text: str) -> None:
    end = 0
    for atom in atoms(text):
        assert atom.begin >= end
        assert text[end : atom.begin].strip("\t\n\v\f\r\x1c\x1d\x1e\x1f \x85\xa0\u200b\ufeff") == ""
        assert text[atom.begin : atom.end] == atom.text
        end = atom.end


def test_a_comment_and_a_whole_hint_are_atoms() -> None:
    assert texts("a /* b */ -- c\nd /*+ e('*/', f) */ g") == [
        *("a", "/* b */", "-- c", "d"),
        *("/*+ e('*/', f) */", "g"),
    ]


@given(TEXTS, st.sampled_from("x1"))
def test_what_is_blinded_has_its_atoms_where_they_were(text: str, variable: str) -> None:
    blind = blinded(text, variable)
    assert len(blind) == len(text)
    own = {atom.begin for atom in atoms(text)}
    assert {atom.begin for atom in atoms(blind)} <= own | {0}


def test_nothing_that_a_parser_could_obey_is_left_in_a_blinded_text() -> None:
    text = "SELECT 'secret', `name` -- sqlfluff:rules:x\nFROM ${a.b} /* noqa */ /*+ OPTIONS('k'='v') */ {{ f }}"
    assert blinded(text) == (
        "SELECT 'xxxxxx', `xxxx` --xxxxxxxxxxxxxxxxx\nFROM xxxxxx /*xxxxxx*/ /*+xxxxxxxxxxxxxxxxxx*/ xxxxxxx"
    )


@given(TEXTS, st.data())
def test_a_text_in_any_other_room_says_the_same_or_is_refused(text: str, data: st.DataObject) -> None:
    blind = blinded(text)
    rooms = data.draw(st.lists(ROOMS, min_size=len(atoms(blind)), max_size=len(atoms(blind))))
    laid_out = "".join(atom.text + room for atom, room in zip(atoms(blind), rooms, strict=True))
    result = in_room_of(text, blind, laid_out)
    assert result is None or says_the_same(text, result)


def test_a_formatter_that_writes_another_word_is_refused() -> None:
    text = "SELECT a FROM t"
    for other in ("SELECT b FROM t", "SELECT a AS a FROM t", "SELECT a FROM t;", "SELECT a FROM t -- hm", ""):
        assert in_room_of(text, blinded(text), other) is None


def test_names_keep_their_case_whatever_a_formatter_makes_of_them() -> None:
    text = "select Key, k.order, `from` from Orders o primary key"
    laid_out = "SELECT KEY, K.ORDER, `xxxx` FROM ORDERS O PRIMARY KEY"
    assert in_room_of(text, blinded(text), laid_out) == "SELECT KEY, k.order, `from` FROM Orders o PRIMARY KEY"
    as_it_was = "SELECT Key, K.ORDER, `xxxx` FROM ORDERS O PRIMARY key"
    assert in_room_of(text, blinded(text), as_it_was) == "SELECT Key, k.order, `from` FROM Orders o PRIMARY key"


def test_one_thing_is_not_torn_apart_nor_two_put_together() -> None:
    text = "a<=b u&'x' 1e-5 t.c E'x' MAP['k'] 'a'\n'b'"
    torn = "a < = b u & 'x' 1e - 5 t . c E 'x' MAP ['x'] 'x' 'x'"
    assert in_room_of(text, blinded(text), torn) == "a <= b u&'x' 1e-5 t.c E'x' MAP['k'] 'a'\n'b'"
    assert in_room_of("a - -b", "a - -b", "a --b") is None


def test_a_hint_stays_on_the_line_of_its_table() -> None:
    text = "FROM t /*+ OPTIONS('a'='b') */ WHERE x"
    laid_out = blinded(text).replace(" /*+", "\n/*+").replace(" WHERE", "\nWHERE")
    assert in_room_of(text, blinded(text), laid_out) == "FROM t /*+ OPTIONS('a'='b') */\nWHERE x"


@given(TEXTS)
def test_capitals_change_reserved_words_only(text: str) -> None:
    assert says_the_same(text, in_capitals(text))


def test_capitals() -> None:
    assert in_capitals("select `select`, 'from' from a.from -- from") == (
        "SELECT `select`, 'from' FROM a.from -- from"
    )
