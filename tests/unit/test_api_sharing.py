"""What the public functions of the catalog do with its stores, and a session whose catalog is not there."""

from __future__ import annotations

import socket
from collections.abc import Iterator
from datetime import datetime, timezone
from pathlib import Path

import pytest

from fakes.gateway import FakeGateway
from fakes.jobmanager import FakeJobManager
from flinklab import api
from flinklab.api import catalog as catalog_api
from flinklab.api.sharing import _sources, shared
from flinklab.catalog import lifecycle
from flinklab.catalog.catalog import Catalog
from flinklab.catalog.database import Database
from flinklab.domain.definitions import DefinitionKind, How, Name, Use
from flinklab.domain.errors import CatalogUnavailableError, UsageError
from flinklab.domain.records import HistoryEntry, RegisteredCluster, RegisteredGateway
from flinklab.domain.variables import ANYWHERE, Variable
from flinklab.settings import Settings
from flinklab.sharing.recorder import Where
from flinklab.sharing.sharing import Sharing

ORDERS = "CREATE TABLE orders (id BIGINT) WITH ('connector'='datagen')"


@pytest.fixture
def catalog(tmp_path: Path) -> Iterator[Catalog]:
    url = f"sqlite:///{tmp_path / 'catalog.db'}"
    lifecycle.init(url)
    with Catalog(Database(url), tmp_path / "key", team="my", environment="dev") as catalog:
        yield catalog


@pytest.fixture
def nobody() -> Iterator[int]:
    """A port at which nobody answers."""
    with socket.socket() as unused:
        unused.bind(("127.0.0.1", 0))
        yield unused.getsockname()[1]


def test_a_session_without_its_catalog_works_and_says_so_once(tmp_path: Path, nobody: int) -> None:
    notices: list[str] = []
    settings = Settings(
        catalog_url=f"postgresql://ann@127.0.0.1:{nobody}/flinklab",
        state_dir=tmp_path,
        team="ods",
        search_path=("dw",),
        environment="prod",
    )
    team = shared(
        settings,
        None,
        user="ann",
        cluster="c",
        where=lambda: Where("a.ipynb"),
        notice=notices.append,
        add_jar=str,
    )
    assert len(notices) == 1
    assert notices[0].endswith("statements go on without the shared catalog")
    assert team.supply.belonging.person == "ann"
    assert (team.supply.belonging.teams, team.supply.belonging.environment) == (("ods", "dw"), "prod")
    with pytest.raises(CatalogUnavailableError):
        team.supply.definitions.find([Name("ods", "t")])
    team.close()


def test_an_import_knows_who_reads_what(catalog: Catalog) -> None:
    found = api.import_sql(f"{ORDERS}; CREATE VIEW v AS SELECT id FROM orders; SELECT 1", catalog)
    assert [str(each.name) for each in found.definitions] == ["my.orders", "my.v"]
    assert len(found.notes) == 1
    [use] = catalog.usage.users_of(Name("my", "orders"))
    assert (use.user_kind, use.user, use.how) == ("definition", "my.v", How.READS)


def test_an_import_keeps_no_secret(catalog: Catalog, tmp_path: Path) -> None:
    path = tmp_path / "tables.sql"
    path.write_text("CREATE TABLE t (a INT) WITH ('connector'='jdbc', 'password'='s3cret')", encoding="utf-8")
    found = api.import_sql(path, catalog)
    assert "s3cret" not in catalog.definitions.get(Name("my", "t")).ddl
    assert found.notes
    with pytest.raises(UsageError, match="cannot read"):
        api.import_sql(tmp_path / "nix.sql", catalog)


def test_all_definitions_are_exported_however_many(catalog: Catalog, tmp_path: Path) -> None:
    api.import_sql(";".join(ORDERS.replace("orders", f"t{number}") for number in range(450)), catalog)
    api.import_sql("CREATE CATALOG hive WITH ('type'='hive')", catalog)
    assert api.export_sql(catalog).count("CREATE TABLE IF NOT EXISTS") == 450
    [path] = catalog_api.export_catalog_store(tmp_path / "store", catalog)
    assert path.name == "hive.yaml"


def test_values_become_rows(catalog: Catalog) -> None:
    api.import_sql(ORDERS, catalog)
    frame = api.to_frame(catalog.definitions.page("my"))
    assert (frame["name"][0], frame["kind"][0], frame["version"][0]) == ("my.orders", "table", 1)


def test_a_definition_is_judged_by_making_it_and_a_notebook_by_what_it_ran(catalog: Catalog) -> None:
    view = Use("definition", "my.v", "definition", "my", "orders", How.READS)
    assert _sources(catalog, view) == ["DESCRIBE `my`.`v`"]
    run = [("SELECT id FROM orders", "query", "finished"), ("SELECT nix FROM orders", "query", "failed")]
    run += [("DROP TABLE orders", "ddl", "finished"), ("SELECT id FROM orders", "query", "stopped")]
    started = datetime.now(timezone.utc)
    catalog.history.write(
        [
            HistoryEntry(
                f"{number:032x}", "my", catalog.person, started, sql, sql, kind, outcome, notebook="a.ipynb"
            )
            for number, (sql, kind, outcome) in enumerate(run)
        ]
    )
    notebook = Use("notebook", "a.ipynb", "definition", "my", "orders", How.READS)
    assert _sources(catalog, notebook) == ["SELECT id FROM orders"]
    assert _sources(catalog, Use("job", "j", "definition", "my", "orders")) == []


def test_a_registered_cluster_is_connected_to_by_name(catalog: Catalog, tmp_path: Path) -> None:
    with FakeJobManager() as jobmanager, FakeGateway(jobmanager=jobmanager) as fake:
        catalog.registry.save_gateway(
            RegisteredGateway("my", "g", fake.url, {"jobmanager_url": "http://127.0.0.1:1"}), expected=None
        )
        catalog.registry.save_cluster(
            RegisteredCluster(
                "my", "c", "standalone", jobmanager_url=jobmanager.url, gateway="g", defaults={"a.b": "1"}
            ),
            expected=None,
        )
        settings = Settings(state_dir=tmp_path)
        with api.connect_to("c", catalog, properties={"c.d": "2"}, settings=settings) as session:
            assert session.jobs is not None
            assert session.jobs.url == jobmanager.url
            assert isinstance(session.supply, Sharing)
            assert session.supply.belonging.person == catalog.person
            assert {"a.b": "1", "c.d": "2"}.items() <= session.configuration().items()
        with api.connect(fake.url, catalog=False) as session, pytest.raises(UsageError, match="without a catalog"):
            api.share(session, ORDERS)
        assert catalog.definitions.page("my") == []  # the one that was given stays open


def test_a_preview_shows_values_and_no_secrets(catalog: Catalog, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PW", "s3cret")
    catalog.variables.save(Variable("my", "pw", secret=True, values={ANYWHERE: "env:PW"}), expected=None)
    catalog.variables.save(Variable("my", "host", values={ANYWHERE: "db"}), expected=None)
    text = "CREATE TABLE t (a INT) WITH ('url'='jdbc:${host}', 'password'='${pw}')"
    assert api.preview(catalog, text) == "CREATE TABLE t (a INT) WITH ('url'='jdbc:db', 'password'='******')"


def test_kinds_of_what_is_imported(catalog: Catalog) -> None:
    api.import_sql("CREATE TEMPORARY SYSTEM FUNCTION f AS 'x.F'", catalog)
    assert catalog.definitions.get(Name("my", "f")).kind is DefinitionKind.FUNCTION
