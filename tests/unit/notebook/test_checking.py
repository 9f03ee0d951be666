"""How verdicts and plans are shown."""

from __future__ import annotations

import pytest
from IPython.utils.capture import capture_output

from flinklab.domain.errors import StatementInvalidError, UsageError
from flinklab.domain.statements import Statement, StatementKind
from flinklab.notebook.checking import show_plans, show_verdicts
from flinklab.session.check import Verdict

pytestmark = pytest.mark.usefixtures("shell")

GOOD = Verdict(Statement("SELECT a\n  FROM t\n WHERE a <> 'x'", StatementKind.QUERY), plan="Scan(<t>)\n")
UNJUDGED = Verdict(Statement("TRUNCATE TABLE t", StatementKind.OTHER), note="Flink cannot explain it")


def wrong(name: str) -> Verdict:
    error = StatementInvalidError(f"Object '{name}' not found")
    return Verdict(Statement(f"SELECT * FROM {name}", StatementKind.QUERY), error=error)


def test_a_verdict_is_one_line_and_markup_stays_text() -> None:
    with capture_output() as captured:
        show_verdicts([GOOD, UNJUDGED])
    [output] = captured.outputs
    assert output.data["text/plain"].splitlines() == [
        "✓ SELECT a FROM t WHERE a <> 'x'",
        "– TRUNCATE TABLE t",
        "    Flink cannot explain it",
    ]
    assert "a &lt;&gt; &#x27;x&#x27;" in output.data["text/html"]
    assert "mathjax_ignore" in output.data["text/html"]


def test_a_single_error_is_said_once_by_the_end_of_the_cell() -> None:
    with capture_output() as captured, pytest.raises(StatementInvalidError, match="'nope'"):
        show_verdicts([wrong("nope"), GOOD])
    [output] = captured.outputs
    assert [line[0] for line in output.data["text/plain"].splitlines()] == ["✗", "✓"]
    assert "not found" not in output.data["text/html"]


def test_of_several_errors_each_is_below_its_statement() -> None:
    with capture_output() as captured, pytest.raises(StatementInvalidError, match="'one'"):
        show_verdicts([wrong("one"), GOOD, wrong("two")])
    [output] = captured.outputs
    lines = output.data["text/plain"].splitlines()
    assert lines[1] == "    Object 'one' not found"
    assert lines[-1] == "    Object 'two' not found"


def test_a_plan_stands_below_its_statement() -> None:
    verdicts = (each for each in [UNJUDGED, GOOD])
    with capture_output() as captured:
        show_plans(verdicts)
    first, second = captured.outputs
    assert first.data["text/plain"] == "– TRUNCATE TABLE t\n    Flink cannot explain it"
    assert second.data["text/plain"].splitlines()[-1] == "Scan(<t>)"
    assert '<pre class="fl-text">Scan(&lt;t&gt;)</pre>' in second.data["text/html"]


def test_an_empty_cell_is_a_mistake() -> None:
    with pytest.raises(UsageError, match="no SQL statement"):
        show_verdicts([])
    with pytest.raises(UsageError, match="no SQL statement"):
        show_plans(verdict for verdict in ())
