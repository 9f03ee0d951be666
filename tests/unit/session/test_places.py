from flinklab.domain.errors import Position, StatementInvalidError
from flinklab.session.places import place
from flinklab.sql.split import split

CELL = "SHOW TABLES;\n  SELECT id,\n    nope\n  FROM t"


def placed(message: str, position: Position | None, first_line: int = 1, text: str = CELL) -> StatementInvalidError:
    error = StatementInvalidError(message, position=position)
    place(error, split(text)[-1], text, first_line)
    return error


def test_a_place_in_the_statement_becomes_one_in_the_cell() -> None:
    error = placed("Column 'nope' not found", Position(2, 5, 2, 8))
    assert error.position == Position(3, 5, 3, 8)
    assert error.excerpt is not None
    caret = error.excerpt.splitlines()[-1]
    line = next(found for found in error.excerpt.splitlines() if "nope" in found)
    assert caret.index("^") == line.index("nope")
    assert caret.count("^") == 4


def test_the_first_line_of_a_statement_is_moved_to_its_column() -> None:
    assert placed("x", Position(1, 1)).position == Position(2, 3)


def test_in_a_cell_the_magic_is_line_one() -> None:
    assert placed("x", Position(2, 5), first_line=2).position == Position(4, 5)


def test_without_a_place_there_is_none() -> None:
    error = placed("something went wrong", None)
    assert error.position is None
    assert error.excerpt is None
