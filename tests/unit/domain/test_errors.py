"""The error tree: one line, what to do, and no stack of ours."""

from __future__ import annotations

import pytest

from flinklab.domain import errors
from flinklab.domain.errors import (
    ConnectionFailedError,
    FlinklabError,
    Position,
    StartFailedError,
    StatementError,
    StatementInvalidError,
    StatementParseError,
    UnreachableError,
    UsageError,
)

_ALL = [kind for kind in vars(errors).values() if isinstance(kind, type) and issubclass(kind, FlinklabError)]


def test_the_drawing_of_the_tree_is_the_tree() -> None:
    assert errors.__doc__ is not None
    lines = [line for line in errors.__doc__.splitlines() if line.lstrip("│ ").startswith(("├", "└"))]
    drawn: list[tuple[str, str]] = []
    parent = ""
    for line in lines:
        name = line.lstrip("│├└─ ").split()[0]
        nested = line.startswith(("│ ", "  "))
        drawn.append((name, parent if nested else "FlinklabError"))
        parent = parent if nested else name
    real = [(kind.__name__, kind.__mro__[1].__name__) for kind in _ALL if kind is not FlinklabError]
    assert drawn == real


@pytest.mark.parametrize("kind", _ALL)
def test_every_error_reports_what_happened_and_what_to_do(kind: type[FlinklabError]) -> None:
    error = kind("it broke", hint="mend it", details="a long\nstory")
    assert error.report()[:2] == [f"{kind.__name__.removesuffix('Error')}: it broke", "  → mend it"]
    assert str(error) == "it broke (mend it)"
    assert error.details == "a long\nstory"
    assert error._render_traceback_() == error.report()


def test_only_a_failed_start_shows_the_end_of_its_log() -> None:
    log = "\n".join(f"line {number}" for number in range(100))
    shown = StartFailedError("the JobManager ended", details=log).report()
    assert shown == ["StartFailed: the JobManager ended", *(f"  | line {number}" for number in range(88, 100))]
    assert StartFailedError("the JobManager ended").report() == shown[:1]
    assert UnreachableError("nobody answers", details=log).report() == ["Unreachable: nobody answers"]


def test_without_a_hint_the_message_is_all() -> None:
    error = UsageError("it broke")
    assert error.report() == ["Usage: it broke"]
    assert str(error) == "it broke"
    assert (error.hint, error.details) == (None, None)


def test_a_statement_error_shows_its_place() -> None:
    error = StatementInvalidError(
        "Column 'nope' not found",
        hint="DESCRIBE orders",
        position=Position(2, 8, 2, 11),
        excerpt="  2 | SELECT nope\n    |        ^^^^",
    )
    assert error.report() == [
        "StatementInvalid: Column 'nope' not found (line 2, column 8)",
        "  2 | SELECT nope",
        "    |        ^^^^",
        "  → DESCRIBE orders",
    ]


def test_a_statement_error_without_a_place() -> None:
    error = StatementParseError("no SQL")
    assert isinstance(error, StatementError)
    assert (error.position, error.excerpt) == (None, None)
    assert error.report() == ["StatementParse: no SQL"]


def test_a_connection_error_knows_what_was_asked() -> None:
    error = UnreachableError("nobody answers", url="http://localhost:1")
    assert isinstance(error, ConnectionFailedError)
    assert error.url == "http://localhost:1"
    assert UnreachableError("nobody answers").url == ""
