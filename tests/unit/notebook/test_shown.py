"""Definitions as people may see them."""

from __future__ import annotations

from dataclasses import replace

from hypothesis import given
from hypothesis import strategies as st

from flinklab.domain.definitions import Definition, DefinitionKind, Name
from flinklab.notebook.shown import masked, shown_ddl, shown_diff, shown_options
from flinklab.sql.ddl import read_ddl
from flinklab.sql.identifiers import string

_SECRET_KEYS = st.sampled_from(["password", "properties.sasl.jaas.config", "s3.SECRET-key", "my.token"])
_SECRETS = st.text(min_size=8, max_size=20).filter(lambda text: "${" not in text and "\x00" not in text)


def definition(ddl: str, version: int = 1) -> Definition:
    last = ddl.rpartition(";\n")[2]
    read = read_ddl(last)
    return Definition(Name("my", "t"), read.kind, ddl, read.facts, version=version, changed_by="ann")


def table(key: str, value: str) -> str:
    return f"CREATE TABLE t (a INT) WITH ('connector' = 'x', {string(key)} = {string(value)})"


@given(_SECRET_KEYS, _SECRETS)
def test_no_secret_that_is_written_out_is_shown(key: str, secret: str) -> None:
    it = definition(f"ADD JAR 'a.jar';\n{table(key, secret)}")
    other = replace(it, ddl=it.ddl.replace("INT", "BIGINT"), version=2)
    for shown in (shown_ddl(it), str(shown_options(it)), shown_diff(it, other), masked(table(key, secret))):
        assert string(secret)[1:-1] not in shown
    assert shown_ddl(it).startswith("ADD JAR 'a.jar';\nCREATE TABLE t")


@given(_SECRET_KEYS)
def test_a_variable_is_no_secret_and_everything_else_stays(key: str) -> None:
    text = table(key, "${pw}")
    assert shown_ddl(definition(text)) == text
    assert shown_options(definition(text)) == {"connector": "x", key: "${pw}"}


def test_what_cannot_be_searched_for_secrets_is_not_shown() -> None:
    assert "hunter2" not in masked("CREATED TABLE t WITH ('password' = 'hunter2')")


def test_a_dropped_version_has_no_text_in_a_difference() -> None:
    before = definition(table("topic", "a"))
    gone = replace(before, version=2, dropped=True)
    assert shown_diff(before, gone).splitlines()[-1] == f"-{before.ddl}"
    assert before.kind is DefinitionKind.TABLE
