"""Tab in a real kernel, as a front end asks for it, on a real gateway and on one that hangs; and in JupyterLab."""

from __future__ import annotations

import re
import threading
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

import flinklab
from fakes.answers import table
from fakes.carets import split_at_caret
from fakes.gateway import FakeGateway
from flinklab import Session, StatementError
from flinklab.api.catalog import open_catalog
from flinklab.catalog.lifecycle import init
from flinklab.domain.definitions import Definition, DefinitionKind, Name
from flinklab.domain.variables import Variable
from flinklab.local import LocalFlink
from flinklab.sql.completing.connectors import CONNECTORS, EVERYWHERE
from flinklab.sql.completing.words_of_sql import RESERVED
from flinklab.sql.ddl import read_ddl
from real.browser import Notebook, running_chromium, running_lab
from real.kernels import Kernel, eventually, write_spec

pytestmark = pytest.mark.filterwarnings("default")  # of the notebook libraries, which are not ours

PAYMENTS = """CREATE TABLE payments (id BIGINT COMMENT 'its number', paid DECIMAL(10, 2))
WITH ('connector' = 'kafka', 'topic' = 'payments')"""
CLICKS = """CREATE TEMPORARY TABLE clicks (who STRING, at_ TIMESTAMP(3), page ROW<url STRING>)
WITH ('connector' = 'datagen')"""


@pytest.fixture(scope="module")
def catalog_url(tmp_path_factory: pytest.TempPathFactory) -> str:
    """A team's catalog with a table, a function, and two variables, one of them secret."""
    url = f"sqlite:///{tmp_path_factory.mktemp('catalog') / 'team.db'}"
    init(url)
    with open_catalog(flinklab.Settings(catalog_url=url)) as catalog:
        for name, kind, ddl in (
            ("payments", DefinitionKind.TABLE, PAYMENTS),
            ("nearly", DefinitionKind.FUNCTION, "CREATE FUNCTION nearly AS 'com.example.Nearly'"),
        ):
            made = Definition(Name(catalog.team, name), kind, ddl, read_ddl(ddl).facts)
            catalog.definitions.save(made, expected=None)
        for variable in (
            Variable(catalog.team, "brokers", values={"*": "kafka:9092"}),
            Variable(catalog.team, "password", secret=True, values={"*": "env:TEAM_PASSWORD"}),
        ):
            catalog.variables.save(variable, expected=None)
    return url


@pytest.fixture(scope="module")
def start_kernel(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Callable[..., Kernel]]:
    """`start_kernel(NAME=value)`: a kernel with `%load_ext flinklab`, closed with the module."""
    folder = tmp_path_factory.mktemp("kernels")
    write_spec(folder / "data")
    started: list[Kernel] = []

    def start(**environment: str) -> Kernel:
        started.append(Kernel(folder, XDG_DATA_HOME=str(folder / "own"), **environment))
        return started[-1]

    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("JUPYTER_PATH", str(folder / "data"))
        patch.setenv("IPYTHONDIR", str(folder / "ipython"))
        yield start
        for kernel in started:
            kernel.close()


@pytest.fixture(scope="module")
def kernel(start_kernel: Callable[..., Kernel], embedded: LocalFlink, catalog_url: str) -> Kernel:
    """A kernel of somebody with a catalog and with a table in the session."""
    made = start_kernel(FLINKLAB_STATE_DIR=str(embedded.state_dir), FLINKLAB_CATALOG_URL=catalog_url)
    made.ok(f"%%flinksql\n{CLICKS}")
    return made


def tab(kernel: Kernel, marked: str) -> dict[str, str]:
    """The texts that a Tab at the caret `|` offers, each with its type, in order."""
    code, position = split_at_caret(marked)
    reply = kernel.complete(code, position)
    assert reply["status"] == "ok"
    offered = reply["metadata"]["_jupyter_types_experimental"]
    assert {each["end"] for each in offered} <= {position}
    return {each["text"]: each["type"] for each in offered}


def soon(kernel: Kernel, marked: str, wanted: str) -> dict[str, str]:
    """What a Tab offers, once `wanted` is there: what comes too late for one Tab is there for a later one."""
    return eventually(lambda: wanted in (found := tab(kernel, marked)) and found, wanted) or {}


def test_keywords(kernel: Kernel) -> None:
    assert tab(kernel, "%%flinksql\nSEL|") == {"SELECT": "keyword"}
    assert list(tab(kernel, "%%flinksql\nselect 1 from clicks wh|")) == ["where"]
    assert tab(kernel, "%%flinksql\nSELECT 1;\nCREATE TEMP|")["TEMPORARY"] == "keyword"
    assert tab(kernel, "%%flinksql\n-- SEL|") == {}


def test_tables_of_the_team_and_of_the_session(kernel: Kernel) -> None:
    assert soon(kernel, "%%flinksql\nSELECT * FROM pay|", "payments")["payments"] == "table table kafka"
    assert soon(kernel, "%%flinksql\nSELECT * FROM cl|", "clicks")["clicks"] == "table session"
    here = "%%flinksql\nCREATE TABLE mine (a INT) WITH ('connector' = 'datagen');\nINSERT INTO mi|"
    assert tab(kernel, here)["mine"] == "table this cell"


def test_columns_of_the_tables_in_the_query_with_type_and_comment(kernel: Kernel) -> None:
    of_team = soon(kernel, "%%flinksql\nSELECT p.| FROM payments AS p", "paid")
    assert of_team == {"id": "column BIGINT · its number", "paid": "column DECIMAL(10, 2)"}
    of_session = soon(kernel, "%%flinksql\nSELECT c.| FROM clicks AS c", "who")
    assert of_session["who"] == "column STRING"
    assert of_session["at_"] == "column TIMESTAMP(3)"
    fields = soon(kernel, "%%flinksql\nSELECT c.page.| FROM clicks AS c", "url")
    assert list(fields) == ["url"]
    both = soon(kernel, "%%flinksql\nSELECT | FROM clicks c JOIN payments p ON TRUE", "who")
    assert {"who", "paid", "c", "p"} <= set(both)


def test_functions(kernel: Kernel) -> None:
    found = soon(kernel, "%%flinksql\nSELECT regexp_ext| FROM clicks", "regexp_extract")
    assert found["regexp_extract"].startswith("function REGEXP_EXTRACT(")
    assert soon(kernel, "%%flinksql\nSELECT near|", "nearly")["nearly"] == "function function"


def test_variables_and_no_secret(kernel: Kernel) -> None:
    found = soon(kernel, "%%flinksql\nSELECT '${|'", "password}")
    assert found == {"brokers}": "variable kafka:9092", "password}": "variable secret"}
    assert tab(kernel, "%%flinksql\nSELECT '${br|}'") == {"brokers": "variable kafka:9092"}


def test_flags_of_the_magic_and_their_values(kernel: Kernel) -> None:
    assert tab(kernel, "%%flinksql --lim|\nSELECT 1") == {
        "--limit": "flag N · end the query after N rows and keep them"
    }
    assert list(tab(kernel, "%%flinksql --mode ch|\nSELECT 1")) == ["changelog"]
    assert "savepoint" in tab(kernel, "%flink savep|")
    assert "clicks" in soon(kernel, "x = 1\n%flinksql --limit 5 SELECT * FROM cl|", "clicks")


def test_options_of_the_connector_the_required_ones_first(kernel: Kernel) -> None:
    first = tab(kernel, "%%flinksql\nCREATE TABLE t (a INT) WITH (|)")
    assert next(iter(first)).startswith("'connector'")
    found = tab(kernel, "%%flinksql\nCREATE TABLE t (a INT) WITH ('connector' = 'kafka', |)")
    required = [key for key, shown in found.items() if "required" in shown]
    assert required
    assert list(found)[: len(required)] == required
    assert any(key.startswith("'properties.bootstrap.servers'") for key in required)
    fields = tab(kernel, "%%flinksql\nCREATE TABLE t (a INT) WITH ('connector' = 'datagen', 'fields.|')")
    assert any(key.startswith("fields.a.") for key in fields)


def test_what_only_the_gateway_knows(kernel: Kernel) -> None:
    """Flink's parser tells what follows where nothing of ours has anything to say."""
    text = "SELECT who FROM clicks FOR SYSTEM_T"
    assert [each.text for each in flinklab.complete(text)] == []
    assert soon(kernel, f"%%flinksql\n{text}|", "SYSTEM_TIME") == {"SYSTEM_TIME": "name gateway"}


def test_other_cells_keep_the_completion_of_python(kernel: Kernel) -> None:
    assert "import" in tab(kernel, "x = 1\nimp|")
    assert "import" not in tab(kernel, "%%flinksql\nimp|")


def test_a_gateway_that_hangs_delays_nothing(start_kernel: Callable[..., Kernel], catalog_url: str) -> None:
    released = threading.Event()
    with FakeGateway() as gateway:
        gateway.on("SHOW TABLES", table("table name STRING", [["clicks"]], ready=released))
        kernel = start_kernel(FLINKLAB_GATEWAY_URL=gateway.url, FLINKLAB_CATALOG_URL=catalog_url)
        kernel.ok("%%flinksql\nSET 'a' = 'b'")
        asked = "%%flinksql\nSELECT * FROM |"

        def answered_while_it_hangs() -> bool:
            # One that waits for the gateway answers only when the question was given up, and is gone there.
            found = tab(kernel, asked)
            return "payments" in found and "clicks" not in found and bool(gateway.open_operations())

        try:
            eventually(answered_while_it_hangs, "an answer beside a gateway that hangs")
        finally:
            released.set()
        assert {"clicks", "payments"} <= set(soon(kernel, asked, "clicks"))


@pytest.fixture(scope="module")
def session(embedded: LocalFlink) -> Iterator[Session]:
    with flinklab.connect(
        embedded.gateway_url, jobmanager_url=embedded.jobmanager_url, settings=flinklab.Settings()
    ) as session:
        yield session


def supported(session: Session, options: str, statement: str) -> set[str]:
    """The options that Flink names when one of them is wrong, with `#` for the column's name."""
    session.sql("DROP TEMPORARY TABLE IF EXISTS wrong")
    session.sql(f"CREATE TEMPORARY TABLE wrong (a STRING) WITH ({options}, 'no such option' = '1')")
    [verdict] = session.check(statement)
    assert isinstance(verdict.error, StatementError)
    _, _, said = (verdict.error.details or "").partition("Supported options:")
    assert said, verdict.error.details
    return {re.sub(r"^fields\.a\.", "fields.#.", line) for line in said.partition("\tat ")[0].split()}


@pytest.mark.parametrize(
    ("connector", "more", "statement"),
    [
        ("datagen", "", "SELECT * FROM wrong"),
        ("filesystem", ", 'path' = 'file:///tmp/none', 'format' = 'csv'", "SELECT * FROM wrong"),
        ("print", "", "INSERT INTO wrong VALUES ('a')"),
        ("blackhole", "", "INSERT INTO wrong VALUES ('a')"),
    ],
)
def test_our_options_are_those_that_flink_has(session: Session, connector: str, more: str, statement: str) -> None:
    there = supported(session, f"'connector' = '{connector}'{more}", statement) - {"connector"}
    ours = {option.key for option in CONNECTORS[connector]}
    everywhere = {option.key for option in EVERYWHERE}
    of_sources = {key for key in there if key.startswith("scan.watermark.")}  # Flink names them for every sink
    if connector == "datagen":  # it names those of the column's own kind and type
        assert there <= ours | everywhere
    else:
        assert there - everywhere - of_sources == ours - of_sources


@pytest.mark.parametrize("word", ["order", "day", "value", "user", "table"])
def test_reserved_words_are_refused_without_back_ticks(session: Session, word: str) -> None:
    assert word.upper() in RESERVED
    with pytest.raises(StatementError):
        session.ask(f"EXPLAIN SELECT 1 AS {word}")


def test_a_tab_in_jupyterlab(tmp_path: Path, embedded: LocalFlink, catalog_url: str) -> None:
    variables = {"FLINKLAB_STATE_DIR": str(embedded.state_dir), "FLINKLAB_CATALOG_URL": catalog_url}
    with running_lab(tmp_path / "lab", variables=variables) as lab, running_chromium() as browser:
        lab.write("tab.ipynb", ["%load_ext flinklab", "%%flinksql\nSELECT p. FROM payments AS p"])
        page = Notebook.open(browser, lab, "tab.ipynb")
        page.run(0)
        page.page.wait_for_function(_SHARED.format(0) + ".execution_count === 1", timeout=60_000)
        shown = eventually(lambda: offered(page, 1, 1, len("SELECT p.")), "a list of columns")
        # JupyterLab shows types in small letters.
        assert shown == ["id column bigint · its number", "paid column decimal(10, 2)"]
        page.page.keyboard.press("ArrowDown")
        page.page.keyboard.press("Enter")
        inserted = "%%flinksql\nSELECT p.paid FROM payments AS p"
        page.page.wait_for_function(f"text => {_SHARED.format(1)}.getSource() === text", arg=inserted)
        page.close()


_SHARED = "jupyterapp.shell.currentWidget.content.widgets[{}].model.sharedModel"
_PUT_CARET = """async ([index, line, column]) => {
    const notebook = jupyterapp.shell.currentWidget.content;
    notebook.activeCellIndex = index;
    const cell = notebook.widgets[index];
    await cell.ready;
    notebook.mode = 'edit';
    cell.editor.focus();
    cell.editor.setCursorPosition({line, column});
}"""


def offered(page: Notebook, cell: int, line: int, column: int) -> list[str]:
    """The lines of the list that a Tab there brings up; empty when none came."""
    from playwright.sync_api import TimeoutError as NotShown

    page.page.evaluate(_PUT_CARET, [cell, line, column])
    page.page.keyboard.press("Tab")
    items = page.page.locator(".jp-Completer .jp-Completer-item")
    try:
        items.first.wait_for(timeout=5_000)
    except NotShown:
        return []
    names = items.locator(".jp-Completer-match").all_text_contents()
    types = items.locator(".jp-Completer-typeExtended").all_text_contents()
    return [" ".join(pair) for pair in zip(names, types, strict=True)]
