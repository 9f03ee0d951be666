"""Tab in a real IPython shell."""

from __future__ import annotations

import threading
import time
from collections.abc import Iterator
from typing import Any

import pytest
from IPython.core.completer import provisionalcompleter

from fakes.answers import table
from fakes.carets import split_at_caret
from fakes.gateway import FakeGateway
from flinklab.api.catalog import open_catalog
from flinklab.catalog.lifecycle import init
from flinklab.domain.definitions import Definition, DefinitionKind, Name
from flinklab.domain.variables import Variable
from flinklab.sql.ddl import read_ddl
from unit.notebook.conftest import Notebook

BOUND = 60.0  # seconds for what comes from a thread


def tab(notebook: Notebook, marked: str) -> list[Any]:
    text, position = split_at_caret(marked)
    with provisionalcompleter():
        return list(notebook.shell.Completer.completions(text, position))


def texts(notebook: Notebook, marked: str) -> list[str]:
    return [each.text for each in tab(notebook, marked)]


def eventually(notebook: Notebook, marked: str, wanted: str) -> list[str]:
    """The completions, as soon as `wanted` is one of them."""
    deadline = time.monotonic() + BOUND
    while wanted not in (found := texts(notebook, marked)):
        assert time.monotonic() < deadline, found
        time.sleep(0.02)
    return found


@pytest.fixture
def connected(notebook: Notebook, gateway: FakeGateway) -> Notebook:
    gateway.on("SHOW TABLES", table("table name STRING", [["clicks"]]))
    gateway.on(
        "DESCRIBE `clicks`",
        table(
            "name STRING, type STRING, `null` BOOLEAN",
            [["at", "TIMESTAMP(3) *ROWTIME*", True], ["who", "STRING", True]],
        ),
    )
    notebook.ok("%%flinksql\nSET 'a' = 'b'")
    return notebook


@pytest.fixture
def team(tmp_path: Any, monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """A catalog with a table, and a secret variable beside another one."""
    monkeypatch.setenv("FLINKLAB_CATALOG_URL", f"sqlite:///{tmp_path / 'team.db'}")
    init(f"sqlite:///{tmp_path / 'team.db'}")
    with open_catalog() as catalog:
        columns = "id BIGINT COMMENT 'its number', paid DECIMAL(10, 2)"
        ddl = f"CREATE TABLE payments ({columns}) WITH ('connector' = 'kafka')"
        catalog.definitions.save(
            Definition(Name(catalog.team, "payments"), DefinitionKind.TABLE, ddl, read_ddl(ddl).facts),
            expected=None,
        )
        for variable in (
            Variable(catalog.team, "brokers", values={"*": "kafka:9092"}),
            Variable(catalog.team, "password", secret=True, values={"*": "env:TEAM_PASSWORD"}),
        ):
            catalog.variables.save(variable, expected=None)
    yield


def test_a_cell_of_sql_gets_sql_and_nothing_of_python(notebook: Notebook) -> None:
    notebook.shell.user_ns["selection"] = 1
    assert texts(notebook, "%%flinksql\nsel|") == ["select"]
    assert texts(notebook, "%%flinksql\nSELECT 'imp|'") == []
    assert texts(notebook, "%%flinksql\n-- imp|") == []


def test_other_cells_are_left_alone(notebook: Notebook) -> None:
    before = texts(notebook, "x = 1\nimp|")
    assert "import" in before
    notebook.ok("%unload_ext flinklab")
    assert texts(notebook, "x = 1\nimp|") == before
    assert texts(notebook, "%%flinksql\nsel|") != ["select"]


def test_each_loading_leaves_one_matcher(notebook: Notebook) -> None:
    count = len(notebook.shell.Completer.custom_matchers)
    notebook.ok("%reload_ext flinklab")
    assert len(notebook.shell.Completer.custom_matchers) == count


def test_names_of_python_in_braces(notebook: Notebook) -> None:
    notebook.shell.user_ns["my_limit"] = 5
    assert "my_limit" in texts(notebook, "%%flinksql\nSELECT * FROM t LIMIT {{ my_l|")


def test_tables_and_columns_of_the_session(connected: Notebook) -> None:
    eventually(connected, "%%flinksql\nSELECT * FROM |", "clicks")
    eventually(connected, "%%flinksql\nSELECT c.| FROM clicks c", "who")
    [at, who] = tab(connected, "%%flinksql --limit 5\n\nSELECT c.| FROM clicks c")[:2]
    assert (at.text, at.type, who.type) == ("`at`", "column TIMESTAMP(3)", "column STRING")
    assert (who.start, who.end) == (31, 31)


def test_the_line_magic_too(connected: Notebook) -> None:
    eventually(connected, "%flinksql SELECT * FROM cl|", "clicks")
    eventually(connected, "x = 1\n%flinksql --limit 5 DESCRIBE cl|", "clicks")


def test_what_the_team_shares(notebook: Notebook, team: None) -> None:
    assert "payments" in eventually(notebook, "%%flinksql\nSELECT * FROM pay|", "payments")
    assert eventually(notebook, "%%flinksql\nSELECT p.| FROM payments p", "paid") == ["id", "paid"]
    [column] = tab(notebook, "%%flinksql\nSELECT p.i| FROM payments p")
    assert column.type == "column BIGINT · its number"
    eventually(notebook, "%%flinksql\nSELECT * FROM payments /*+ OPTIONS('|') */", "scan.startup.mode")


def test_a_secret_is_never_shown(notebook: Notebook, team: None) -> None:
    eventually(notebook, "%%flinksql\nSELECT '${|'", "password}")
    shown = {each.text: each.type for each in tab(notebook, "%%flinksql\nSELECT '${|'")}
    assert shown == {"brokers}": "variable kafka:9092", "password}": "variable secret"}


def test_flags_and_their_values(notebook: Notebook, team: None) -> None:
    assert "--limit" in texts(notebook, "%%flinksql --li|")
    [flag] = tab(notebook, "%%flinksql --lim|\nSELECT 1")
    assert flag.type == "flag N · end the query after N rows and keep them"
    assert texts(notebook, "%%flinksql --limit 5 --limi|") == []
    assert texts(notebook, "%%flinksql --mode up|") == ["update"]
    assert texts(notebook, "%%flinksql --mode=up|") == ["update"]
    assert {"dev", "prod"} <= set(eventually(notebook, "%%flinksql --env |", "dev"))


def test_subcommands_their_flags_and_words(notebook: Notebook, team: None) -> None:
    assert {"status", "savepoint", "jobs"} <= set(texts(notebook, "%flink |"))
    assert texts(notebook, "%flink statu|") == ["status"]
    assert {"checkpoints", "lag"} <= set(texts(notebook, "%flink plot |"))
    assert "--drain" in texts(notebook, "%flink stop x --|")
    eventually(notebook, "%flink vars pass|", "password")
    eventually(notebook, "%flink describe pay|", "payments")


def test_nothing_is_printed_and_nobody_waits_for_a_gateway_that_hangs(
    connected: Notebook, gateway: FakeGateway, capsys: pytest.CaptureFixture[str]
) -> None:
    released = threading.Event()
    gateway.on("SHOW TABLES", table("table name STRING", [["clicks"]], ready=released))
    try:
        texts(connected, "%%flinksql\nSELECT * FROM |")
        assert "WHERE" in texts(connected, "%%flinksql\nSELECT * FROM nobody |")
        begin = time.monotonic()
        for _ in range(20):
            assert "TABLE(" in texts(connected, "%%flinksql\nSELECT * FROM |")
        assert time.monotonic() - begin < BOUND / 4  # 20 times what the gateway takes would be far more
    finally:
        released.set()
    eventually(connected, "%%flinksql\nSELECT * FROM |", "clicks")
    assert capsys.readouterr() == ("", "")


def test_a_gateway_that_died_leaves_what_is_known(connected: Notebook, gateway: FakeGateway) -> None:
    eventually(connected, "%%flinksql\nSELECT * FROM |", "clicks")
    gateway.stop()
    assert "clicks" in texts(connected, "%%flinksql\nSELECT * FROM |")
    assert "kafka'" in texts(connected, "%%flinksql\nCREATE TABLE t (a INT) WITH ('connector' = 'k|")


def test_a_catalog_that_is_not_there(notebook: Notebook, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("FLINKLAB_CATALOG_URL", "postgresql://nobody@127.0.0.1:1/nothing")
    assert "TABLE(" in texts(notebook, "%%flinksql\nSELECT * FROM |")
    assert "CAST(" in texts(notebook, "%%flinksql\nSELECT |")


def test_a_tab_makes_no_catalog(notebook: Notebook, tmp_path: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("FLINKLAB_CATALOG_URL", raising=False)
    monkeypatch.setattr("flinklab.catalog.urls.default_path", lambda: tmp_path / "none.db")
    texts(notebook, "%%flinksql\nSELECT * FROM |")
    assert not (tmp_path / "none.db").exists()
