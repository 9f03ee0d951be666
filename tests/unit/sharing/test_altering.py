from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any, cast

import pytest
from hypothesis import given
from hypothesis import strategies as st

from flinklab.domain.definitions import Definition, DefinitionKind, Name
from flinklab.domain.errors import StatementInvalidError, UsageError
from flinklab.sharing.altering import Placeholders, altered
from flinklab.sharing.trial import Laboratory
from flinklab.sql.ddl import changes

VARIABLE = st.from_regex(r"[A-Za-zäö_][\w.]{0,10}(-\w{1,5})?", fullmatch=True)


class Flink:
    """A scratch session that shows `shown` as the text of whatever was altered."""

    def __init__(self, shown: str) -> None:
        self.shown = shown
        self.ran: list[str] = []
        self.resolver: Any = None

    @contextmanager
    def trial(self, *, resolver: Any) -> Iterator[Flink]:
        self.resolver = resolver
        yield self

    def plain(self, sql: str) -> list[tuple[object, ...]]:
        self.ran.append(sql)
        if "DECIMAL(flinklab" in sql:
            raise StatementInvalidError(f"Encountered {sql[sql.index('flinklab') :].split(',')[0]!r}")
        return [(self.shown,)]

    def text_of(self, definition: Definition) -> str:
        return str(self.resolver.resolve(definition.ddl.split(";\n")[-1], "").text)

    def in_full(self, sql: str, definition: Definition) -> str:
        return sql


def alter(flink: Flink, ddl: str, sql: str, kind: DefinitionKind = DefinitionKind.TABLE) -> str:
    change = changes(sql)
    assert change is not None
    return altered(Definition(Name("my", "t"), kind, ddl), change, sql, cast(Laboratory, flink))


@given(st.lists(VARIABLE, min_size=1, max_size=3))
def test_variables_come_back_under_their_names(names: list[str]) -> None:
    ddl = "CREATE TEMPORARY TABLE t (a INT) WITH (" + ", ".join(f"'k'='${{{name}}}'" for name in names) + ")"
    marked = Placeholders().resolve(ddl, "dev").text
    assert "${" not in marked
    flink = Flink(marked.replace("CREATE TEMPORARY TABLE t", "CREATE TABLE `default_catalog`.`my`.`t`"))
    assert alter(flink, ddl, "ALTER TABLE my.t ADD (b INT)") == ddl.replace("TEMPORARY TABLE t", "TABLE `t`")


def test_the_copy_is_no_temporary_one_and_jars_stay() -> None:
    flink = Flink("CREATE TABLE `c`.`my`.`t` (`a` INT)")
    text = alter(flink, "ADD JAR 'x.jar';\nCREATE TEMPORARY TABLE t (a INT)", "ALTER TABLE my.t ADD (b INT)")
    assert text == "ADD JAR 'x.jar';\nCREATE TABLE `t` (`a` INT)"
    assert flink.ran == [
        "CREATE DATABASE IF NOT EXISTS `my`",
        "CREATE TABLE IF NOT EXISTS `my`.`t` (a INT)",
        "ALTER TABLE my.t ADD (b INT)",
        "SHOW CREATE TABLE `my`.`t`",
    ]


@pytest.mark.parametrize(
    ("sql", "kind"),
    [
        ("ALTER TABLE t RENAME TO other", DefinitionKind.TABLE),
        ("ALTER FUNCTION t AS 'x.G'", DefinitionKind.FUNCTION),
        ("ALTER CATALOG t SET ('a'='b')", DefinitionKind.CATALOG),
    ],
)
def test_what_cannot_be_altered_asks_no_flink(sql: str, kind: DefinitionKind) -> None:
    flink = Flink("")
    with pytest.raises(UsageError):
        alter(flink, "CREATE TABLE t (a INT)", sql, kind)
    assert flink.ran == []


def test_to_rename_a_column_or_to_speak_of_it_is_no_rename() -> None:
    flink = Flink("CREATE TABLE `t` (`b` INT)")
    for sql in ("ALTER TABLE t RENAME a TO b", "ALTER TABLE t SET ('note'='rename to b')"):
        assert alter(flink, "CREATE TABLE t (a INT)", sql) == "CREATE TABLE `t` (`b` INT)"


def test_a_variable_that_is_no_text_is_told() -> None:
    with pytest.raises(UsageError, match=r"my\.t cannot be altered .*: Encountered '\$\{p-1\}'") as error:
        alter(Flink(""), "CREATE TABLE t (a DECIMAL(${p-1}, 2))", "ALTER TABLE t ADD (b INT)")
    assert "--catalog" in str(error.value.hint)
