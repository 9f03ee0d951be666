import pytest

from flinklab.domain.errors import Position
from flinklab.domain.statements import StatementKind
from flinklab.sql.split import split
from flinklab.sql.statement_sets import gather_sets, without_execute


def gathered(text: str):
    return gather_sets(text, split(text))


def test_a_whole_set_becomes_one_statement() -> None:
    text = (
        "SET 'a' = 'b';\nBEGIN STATEMENT SET;\nINSERT INTO x SELECT 1;\nINSERT INTO y SELECT 2;\nEND;\nSHOW TABLES"
    )
    first, insert, last = gathered(text)
    assert (first.kind, insert.kind, last.kind) == (StatementKind.SET, StatementKind.INSERT, StatementKind.SHOW)
    assert insert.text == ("EXECUTE STATEMENT SET BEGIN\nINSERT INTO x SELECT 1;\nINSERT INTO y SELECT 2;\nEND")


def test_places_in_the_set_are_places_in_the_cell() -> None:
    text = "-- sinks\nBEGIN STATEMENT SET; INSERT INTO x SELECT nope FROM t;\n  INSERT INTO y SELECT 2; END;"
    [insert] = gathered(text)
    for name, cell_line in (("nope", 2), ("y", 3)):
        line = next(i for i, found in enumerate(insert.text.splitlines(), 1) if f" {name} " in found)
        column = insert.text.splitlines()[line - 1].index(f" {name} ") + 2
        place = insert.locate(Position(line, column))
        assert place.line == cell_line
        assert text.splitlines()[place.line - 1][place.column - 1 :].startswith(name)


def test_an_open_set_stays_as_it_is() -> None:
    text = "BEGIN STATEMENT SET; INSERT INTO x SELECT 1"
    assert gathered(text) == split(text)


def test_an_end_without_a_begin_stays_as_it_is() -> None:
    assert gathered("END; SHOW TABLES") == split("END; SHOW TABLES")


def test_an_empty_set_is_left_to_the_gateway() -> None:
    [insert] = gathered("BEGIN STATEMENT SET; END;")
    assert insert.text.startswith("EXECUTE STATEMENT SET BEGIN\n")
    assert insert.text.endswith("END")


@pytest.mark.parametrize(
    ("text", "bare"),
    [
        (
            "EXECUTE STATEMENT SET BEGIN INSERT INTO x SELECT 1; END",
            "STATEMENT SET BEGIN INSERT INTO x SELECT 1; END",
        ),
        ("/* a */ execute\nSELECT 1", "/* a */        \nSELECT 1"),
        ("SELECT 'EXECUTE'", "SELECT 'EXECUTE'"),
        ("", ""),
    ],
)
def test_the_execute_before_a_statement_leaves_its_room(text: str, bare: str) -> None:
    assert without_execute(text).strip() == bare.strip()
    assert len(without_execute(text)) == len(text)
