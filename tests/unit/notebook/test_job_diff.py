"""Two versions side by side, as a cell shows them."""

from __future__ import annotations

import re

from flinklab.domain.jobs import JobScript, JobVersion
from flinklab.jobs.difference import Difference, difference
from flinklab.notebook.job_diff import to_html, to_text


def versions(*texts: str) -> Difference:
    left, right = (JobVersion("my", "j", n, JobScript(text)) for n, text in enumerate(texts, 1))
    return difference(left, right)


def columns(html: str) -> list[list[str]]:
    rows = re.findall(r"<tr><td.*?</tr>", html, re.DOTALL)
    return [re.findall(r"<td[^>]*>(.*?)</td>", row, re.DOTALL) for row in rows]


def test_a_changed_line_stands_beside_the_one_that_it_was() -> None:
    html = to_html(versions("SELECT a\nFROM t", "SELECT b\nFROM t\nWHERE a < 1"))
    assert columns(html) == [
        ["SELECT a", "SELECT b"],
        ["FROM t;", "FROM t"],
        ["", "WHERE a &lt; 1;"],
    ]
    assert "text, version 1" in html
    assert "text, version 2" in html


def test_only_the_lines_near_a_change_are_shown() -> None:
    lines = [f"line {n}" for n in range(30)]
    html = to_html(versions("\n".join(lines), "\n".join([*lines[:-1], "other"])))
    assert columns(html) == [["…"], *([f"line {n}"] * 2 for n in (26, 27, 28)), ["line 29;", "other;"]]


def test_the_same_is_said_to_be_the_same() -> None:
    assert "version 1 and version 2 are the same" in to_text(versions("SELECT 1", "SELECT 1"))
