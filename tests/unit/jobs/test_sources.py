"""What a job's newest version says to those who would change what it uses."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from flinklab.domain.definitions import Use
from flinklab.domain.jobs import JobScript, JobVersion
from flinklab.jobs.script import CellText, read_script
from flinklab.jobs.sources import sources_of_job, text_of
from flinklab.sql.split import split

INSERT = "INSERT INTO s SELECT k FROM v -- the view"
VIEW = "CREATE TEMPORARY VIEW v AS SELECT k FROM o"
SCRIPT = JobScript(INSERT, (VIEW, "USE dw"), {"a": "x"})


def use_by(user: str) -> Use:
    return Use("job", user, "definition", "my", "o")


def test_a_versions_text_is_its_statements_in_order() -> None:
    assert [each.text for each in split(text_of(SCRIPT))] == [VIEW, "USE dw", "INSERT INTO s SELECT k FROM v"]


@given(
    st.lists(st.sampled_from([VIEW, "USE dw", "ADD JAR 'a;b'", "LOAD MODULE m -- c"]), max_size=4), st.booleans()
)
def test_a_versions_text_makes_the_same_script_again(setup: list[str], is_set: bool) -> None:
    statement = f"EXECUTE STATEMENT SET BEGIN {INSERT}\n; {INSERT}\n; END" if is_set else INSERT
    script = read_script([CellText("\n;".join([*setup, statement]))]).script(["my"])
    again = read_script([CellText(text_of(script))]).script(["my"])
    assert again == script


def test_a_job_is_told_by_its_newest_version() -> None:
    assert sources_of_job(use_by("my.j"), lambda team, name: JobVersion(team, name, 2, SCRIPT)) == [text_of(SCRIPT)]


def test_a_job_is_looked_up_by_its_team_and_name() -> None:
    asked = []

    def newest(team: str, name: str) -> None:
        asked.append((team, name))

    assert sources_of_job(use_by("my.a.b"), newest) == []
    assert asked == [("my", "a.b")]
