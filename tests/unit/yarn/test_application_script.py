"""What goes to an ApplicationMaster: the script, its jars, its tags; and to whom it is shown."""

from __future__ import annotations

import stat
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from flinklab.domain.ids import AttemptId, JobId
from flinklab.domain.yarn import Application, ApplicationState, FinalStatus
from flinklab.local.distribution import Distribution
from flinklab.sql.split import split
from flinklab.yarn.application_client import shipping
from flinklab.yarn.application_script import Script, script_of
from flinklab.yarn.application_tags import attempt_tag, cluster_tag, flink_id_of, foremost, job_tag
from flinklab.yarn.client import FlinkClient, configured

IDS = st.text("0123456789abcdef", min_size=32, max_size=32)
STATEMENTS = ("SET 'a' = 'b;c'", "CREATE TEMPORARY TABLE t (x INT) -- ; no end", "EXECUTE PLAN 'file:///p.json'")


@given(st.lists(st.sampled_from(STATEMENTS)))
def test_the_statements_are_those_that_a_script_is_split_into(statements: list[str]) -> None:
    found = script_of(statements)
    assert [each.text.partition(" --")[0] for each in split(found.text)] == [
        each.partition(" --")[0] for each in statements
    ]


def test_a_jar_of_this_machine_is_shipped_and_another_is_added_there(tmp_path: Path) -> None:
    jar = tmp_path / "it's a.jar"
    jar.touch()
    quoted = str(jar).replace("'", "''")
    found = script_of([f"ADD JAR '{quoted}'", f"add jar 'file://{quoted}'", "ADD JAR 'hdfs:///b.jar'", "USE x"])
    assert found.jars == (jar,)
    assert found.text == "ADD JAR 'hdfs:///b.jar'\n;\nUSE x\n;\n"


@given(IDS, IDS, st.text(min_size=1), st.text(min_size=1))
def test_an_application_tells_its_job_by_tags_that_yarn_takes(attempt: str, job: str, team: str, name: str) -> None:
    tags = (attempt_tag(AttemptId(attempt)), job_tag(JobId(job)), cluster_tag(team, name))
    assert all(len(each) <= 100 and each == each.lower() and each.isascii() for each in tags)
    assert not {" ", ","} & set("".join(tags))
    assert flink_id_of(Application("application_1_0001", "x", ApplicationState.RUNNING, tags=tags)) == job
    assert flink_id_of(Application("application_1_0001", "x", ApplicationState.RUNNING, tags=tags[:1])) is None


def test_one_that_lives_comes_before_one_that_is_over() -> None:
    over = Application("application_1_0002", "x", ApplicationState.KILLED, FinalStatus.KILLED)
    living = Application("application_1_0001", "x", ApplicationState.ACCEPTED)
    assert foremost([over, living]) is living
    assert foremost([over]) is over
    assert foremost([]) is None


@pytest.fixture
def client(tmp_path: Path) -> FlinkClient:
    flink = Distribution(tmp_path / "flink", "2.3.0")
    return FlinkClient(Path("/usr/bin/java"), flink, "hadoop.jar", tmp_path / "conf")


def test_the_script_is_in_no_argument_and_nobody_else_may_read_it(client: FlinkClient, tmp_path: Path) -> None:
    jar = tmp_path / "flink-sql-gateway-2.3.0.jar"
    jar.touch()
    script = Script("SET 'password' = 'hunter2'\n;\n", (tmp_path / "a.jar",))
    config = {"yarn.ship-files": "/opt/x", "a": "b"}
    with shipping(client, jar, script, config) as (program, shipped), configured(shipped) as conf:
        command, environment = program.command(conf), program.environment(conf)
        assert not any("hunter2" in each for each in (*command, *environment.values(), *shipped.values()))
        first, text, last = shipped["yarn.ship-files"].split(";")
        assert (first, last, shipped["a"]) == ("/opt/x", str(tmp_path / "a.jar"), "b")
        assert Path(text).read_text() == script.text
        assert stat.S_IMODE(Path(text).stat().st_mode) == 0o600
        assert stat.S_IMODE(Path(text).parent.stat().st_mode) == 0o700
        assert command[command.index("--scriptUri") + 1] == Path(text).name
        assert [each.name for each in Path(environment["FLINK_OPT_DIR"]).iterdir()] == [jar.name]
    assert not Path(text).exists()
