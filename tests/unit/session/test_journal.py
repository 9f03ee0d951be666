import pytest

from flinklab.session.journal import Journal
from flinklab.sql.split import split


def recorded(sql: str, *, lasting: bool = False, started_job: bool = False) -> bool:
    journal = Journal()
    journal.record(split(sql)[0], lasting=lasting, started_job=started_job)
    return len(journal) == 1


@pytest.mark.parametrize(
    "sql",
    [
        "SET 'a' = 'b'",
        "RESET",
        "USE CATALOG c",
        "LOAD MODULE hive",
        "ADD JAR '/x.jar'",
        "CREATE TABLE t (a INT) WITH ('connector' = 'datagen')",
        "DROP TABLE t",
        "CREATE CATALOG c WITH ('type' = 'jdbc')",
    ],
)
def test_what_shapes_the_session_is_recorded(sql: str) -> None:
    assert recorded(sql)


@pytest.mark.parametrize("sql", ["SELECT 1", "SHOW TABLES", "INSERT INTO t SELECT 1", "STOP JOB 'x'", "CALL p()"])
def test_what_only_runs_is_not(sql: str) -> None:
    assert not recorded(sql)


def test_ddl_in_a_catalog_that_lasts_is_never_replayed() -> None:
    assert not recorded("DROP TABLE orders", lasting=True)


def test_ddl_that_started_a_job_is_never_replayed() -> None:
    assert not recorded("CREATE TABLE t AS SELECT * FROM s", started_job=True)
