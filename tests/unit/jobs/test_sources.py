"""What a job's newest version says to those who would change what it uses."""

from __future__ import annotations

import pytest

from flinklab.domain.definitions import Use
from flinklab.domain.jobs import JobScript, JobVersion
from flinklab.jobs.sources import sources_of_job, text_of
from flinklab.sql.split import split

INSERT = "INSERT INTO s SELECT k FROM"
VIEW = "CREATE TEMPORARY VIEW v AS SELECT k FROM o"


def sources(statement: str, *setup: str) -> list[str]:
    version = JobVersion("my", "j", 2, JobScript(statement, setup))
    use = Use("job", "my.j", "definition", "my", "o")
    return list(sources_of_job(use, lambda team, name: version))


@pytest.mark.parametrize(
    ("statement", "setup", "told"),
    [
        (f"{INSERT} o", (), [f"{INSERT} o"]),
        (f"{INSERT} v", (VIEW,), ["SELECT k FROM o"]),
        (f"{INSERT} V JOIN o ON TRUE", (VIEW,), ["SELECT k FROM o"]),
        (f"{INSERT} o", (VIEW, "USE dw", "ADD JAR 'j'"), ["SELECT k FROM o", f"{INSERT} o"]),
        (f"{INSERT} w", (VIEW, "CREATE TEMPORARY VIEW w AS SELECT k FROM v"), ["SELECT k FROM o"]),
        ("INSERT INTO s SELECT f(k) FROM o", ("CREATE TEMPORARY FUNCTION F AS 'X'",), []),
        (f"{INSERT} t", ("CREATE TEMPORARY TABLE t (k INT) WITH ('connector' = 'x')",), []),
    ],
)
def test_a_job_is_told_by_what_can_be_explained_alone(
    statement: str, setup: tuple[str, ...], told: list[str]
) -> None:
    assert sources(statement, *setup) == told


def test_a_job_is_looked_up_by_its_team_and_name() -> None:
    asked = []

    def newest(team: str, name: str) -> None:
        asked.append((team, name))

    assert sources_of_job(Use("job", "my.a.b", "definition", "my", "o"), newest) == []
    assert asked == [("my", "a.b")]


def test_a_versions_text_is_its_statements_in_order() -> None:
    script = JobScript(f"{INSERT} v", (VIEW, "USE dw"), {"a": "x"})
    assert [each.text for each in split(text_of(script))] == [VIEW, "USE dw", f"{INSERT} v"]
