"""Jobs as files: what is read, what is refused, and that an export says what is wanted."""

from __future__ import annotations

from dataclasses import asdict, replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from flinklab.domain.errors import UsageError
from flinklab.domain.job_policies import Deployment, Policies
from flinklab.domain.jobs import Job, JobKey, JobScript
from flinklab.jobs.documents import (
    JobDocument,
    arguments_of,
    document_of,
    read_document,
    sql_of,
    write_document,
)
from flinklab.jobs.wanting import with_arguments
from flinklab.sql.split import split

KEY = JobKey("dw", "orders", "prod")
TEXTS = st.text(st.characters(exclude_categories=["Cs"]), max_size=8)
CONFIGS = st.dictionaries(st.sampled_from(["a.b", "c", "yes", "1"]), TEXTS, max_size=2)
POLICIES = st.builds(
    Policies,
    restarts=st.integers(0, 100),
    restart_delay=st.floats(0, 1e6),
    savepoint_every=st.none() | st.floats(1, 1e6),
    keep_points=st.integers(1, 50),
)
JOBS = st.builds(
    Job,
    key=st.just(KEY),
    cluster=TEXTS,
    pool=st.sampled_from(["", "etl"]),
    number=st.integers(1, 99),
    wanted=st.booleans(),
    deployment=st.builds(
        Deployment,
        parallelism=st.none() | st.integers(1, 512),
        config=CONFIGS,
        backend=st.sampled_from(["", "rocksdb"]),
    ),
    policies=POLICIES,
    priority=st.integers(-5, 5),
    tags=st.lists(TEXTS, max_size=3).map(tuple),
    owner=TEXTS,
    description=TEXTS,
)
SCRIPTS = st.builds(
    JobScript,
    statement=st.sampled_from(["INSERT INTO s SELECT a\nFROM t -- all\nWHERE a > 'x;y'", "INSERT INTO s VALUES 1"]),
    setup=st.lists(st.sampled_from(["USE CATALOG c", "CREATE TEMPORARY VIEW v AS SELECT 1"]), max_size=2).map(
        tuple
    ),
    config=CONFIGS,
)


@given(JOBS, SCRIPTS)
def test_an_export_is_read_as_it_was_written(job: Job, script: JobScript) -> None:
    document = document_of(job, script)
    assert read_document(write_document(document)) == document


@given(JOBS, SCRIPTS)
def test_an_export_that_is_applied_again_changes_nothing(job: Job, script: JobScript) -> None:
    document = read_document(write_document(document_of(job, script)))
    assert arguments_of(document, job) == {}
    assert document.config == script.config
    statements = [statement.text for statement in split(document.sql or "")]
    assert statements == [*script.setup, script.statement]


@given(JOBS, JOBS.filter(lambda job: job.deployment.parallelism is not None))
def test_what_a_document_wants_is_what_its_arguments_make(job: Job, other: Job) -> None:
    document = document_of(other, JobScript("INSERT INTO s VALUES 1"))
    made = with_arguments(job, arguments_of(document, job))
    there = job.cluster if other.pool else other.cluster  # within its pool it stays where it is
    assert made == replace(other, number=job.number, wanted=job.wanted, cluster=there)
    assert arguments_of(document, made) == {}


def test_what_is_not_said_stays() -> None:
    job = Job(KEY, "main", 3, deployment=Deployment(4, {"a": "b"}, "rocksdb"), tags=("x",), owner="ann")
    assert arguments_of(JobDocument("orders", sql="INSERT INTO s VALUES 1"), job) == {}
    named = JobDocument("orders", sql="x", parallelism=8, policies={"restarts": 1})
    assert arguments_of(named, job) == {
        "deployment": {"parallelism": 8, "config": {"a": "b"}, "backend": "rocksdb"},
        "policies": asdict(Policies(restarts=1)),
    }


def test_sql_stays_in_lines() -> None:
    text = write_document(JobDocument("orders", sql=sql_of(JobScript("INSERT INTO s\nSELECT 1"))))
    assert "sql: |\n  INSERT INTO s\n  SELECT 1;\n" in text


def test_values_of_options_are_texts_and_times_are_words() -> None:
    document = read_document(
        "name: o\nsql: x\nconfig: {a: true, b: 3, c: 1 min}\npolicies: {restart_delay: 2 min, restarts: 3}"
    )
    assert document.config == {"a": "true", "b": "3", "c": "1 min"}
    assert document.policies == {"restart_delay": 120.0, "restarts": 3}
    assert isinstance((document.policies or {})["restarts"], int)


@pytest.mark.parametrize(
    ("sql", "file"), [("orders.sql", "orders.sql"), ("sql/o.sql\n", "sql/o.sql"), ("SELECT 1 FROM a.sql", None)]
)
def test_one_word_that_ends_in_sql_is_a_file(sql: str, file: str | None) -> None:
    assert JobDocument("o", sql=sql).sql_file == file


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("name: o\nsql: x\nparalelism: 3", "unknown key 'paralelism' (did you mean parallelism?)"),
        ("name: o\nsql: x\npolicies: {restart: 3}", "there is no policy 'restart'"),
        ("name: o\nsql: x\npolicies: {restarts: 1.5}", "policy restarts is a whole number, not '1.5'"),
        ("name: o\nsql: x\npolicies: {restart_delay: soon}", "is a time such as 10 min, not 'soon'"),
        ("name: o\nsql: x\nparallelism: many", "parallelism must be int, not str"),
        ("name: o\nsql: x\nstate: started", "state is running or stopped, not 'started'"),
        ("name: o\nsql: x\nconfig: {a: [1]}", "config a is one value"),
        ("name: o\nsql: x\nversion: 3", "needs `sql` or `version`"),
        ("name: o\nversion: 3\nconfig: {a: b}", "config belongs to a version"),
        ("name: o", "needs `sql` or `version`"),
        ("name: ''\nsql: x", "its name is empty"),
        ("sql: x", "missing required field"),
        ("- a", "has no keys"),
        ("name: [", "is no YAML in line 1"),
    ],
)
def test_a_mistake_is_one_line_that_names_the_key(text: str, said: str) -> None:
    with pytest.raises(UsageError) as raised:
        read_document(text)
    assert said in str(raised.value)
    assert "\n" not in str(raised.value)
