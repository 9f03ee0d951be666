"""The person whom Jupyter names, as the catalog records them."""

from __future__ import annotations

import shutil
from pathlib import Path
from typing import Any

import pytest
from jupyter_server.auth.identity import IdentityProvider, User

from fakes.jupyter import jupyter
from fakes.managed import add_job
from flinklab.catalog.catalog import Catalog
from flinklab.catalog.database import Database
from flinklab.catalog.lifecycle import open_database
from flinklab.domain.errors import CatalogUnavailableError, UsageError
from flinklab.domain.jobs import JobScript, JobVersion
from flinklab.domain.records import Pool
from flinklab.settings import load_settings
from flinklab_extension.identity import name_of

from .conftest import Served


class HubUser(User):  # type: ignore[misc]
    """As a single-user server of JupyterHub 5 or 6 makes it: what a login tells besides is shown, and no key."""

    def __init__(self, hub_user: dict[str, Any]) -> None:
        self.hub_user = hub_user
        super().__init__(username=hub_user["name"], **hub_user.get("user_info", {}))


@pytest.mark.parametrize(
    ("user", "name"),
    [
        (User("ann"), "ann"),
        (HubUser({"name": "ann", "kind": "user", "admin": True}), "ann"),
        (HubUser({"name": "ann", "user_info": {"name": "bob", "display_name": "Anonymous Io"}}), "ann"),
        (HubUser({"name": "0123456789abcdef" * 2}), "0123456789abcdef" * 2),
        (User("ann@example.org", display_name="Ann"), "ann@example.org"),
        (User("a" * 32), "a" * 32),
        (User("0123456789abcdef" * 2, "Anonymous Io", "Anonymous Io"), ""),
        (User("anonymous"), ""),
        (User("a\nb"), "a b"),
        ("anonymous", ""),
        (None, ""),
    ],
)
def test_a_name_that_jupyter_made_up_is_none(user: Any, name: str) -> None:
    assert name_of(user) == name


class Named(IdentityProvider):  # type: ignore[misc]
    """As a hub's: the name comes with the login."""

    async def get_user_token(self, handler: Any) -> User | None:
        found = await super().get_user_token(handler)
        return User(handler.request.headers.get("X-Its-Name", "ann")) if found else None


@pytest.fixture
def root(tmp_path: Path, _sqlite_template: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    for name in ("CONFIG", "DATA", "RUNTIME"):
        monkeypatch.setenv(f"JUPYTER_{name}_DIR", str(tmp_path / name.lower()))
    shutil.copyfile(_sqlite_template, tmp_path / "catalog.db")
    settings = f'[tool.flinklab]\ncatalog_url = "sqlite:///{tmp_path}/catalog.db"\n'
    (tmp_path / "pyproject.toml").write_text(settings, encoding="utf-8")
    return tmp_path


def test_an_order_is_recorded_as_the_persons_who_is_logged_in(root: Path) -> None:
    catalog = Catalog(open_database(f"sqlite:///{root}/catalog.db"), root / "key", team="my", environment="dev")
    catalog.job_versions.save(JobVersion("my", "orders", 0, JobScript("INSERT INTO s SELECT 1"), fingerprint="1"))
    add_job(catalog, "orders")
    with jupyter(root, identity_provider_class=Named) as server:
        assert server.get("status")["person"] == "ann"
        for name in ("ann", "bob"):
            with server.client() as client:
                order = {"kind": "start" if name == "ann" else "cancel"}
                reply = client.post("jobs/dev/orders/commands", json=order, headers={"X-Its-Name": name})
            assert reply.status_code == 201, reply.text
            assert reply.json()["by"] == name
    catalog.close()


def test_a_server_of_ones_own_records_the_user_of_the_machine_or_of_the_hub(
    root: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("JUPYTERHUB_USER", "cleo")
    with jupyter(root) as server:
        assert server.get("status")["person"] == "cleo"
    monkeypatch.delenv("JUPYTERHUB_USER")
    monkeypatch.setenv("LOGNAME", "dora")
    with jupyter(root) as server:
        assert server.get("status")["person"] == "dora"


def test_on_a_server_it_is_asked_who_is_connected(monkeypatch: pytest.MonkeyPatch) -> None:
    """Nobody answers at port 1: a name that was only said would be given without asking."""
    monkeypatch.setenv("JUPYTERHUB_USER", "cleo")
    database = Database("postgresql://ann@127.0.0.1:1/flinklab")
    database.act_for("bob")
    with pytest.raises(CatalogUnavailableError):
        _ = database.person
    database.close()


def test_what_is_asked_is_asked_with_the_settings_of_the_folder_that_is_shown(
    served: Served, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The server may have been started anywhere: settings there that cannot be read are nobody's here."""
    (tmp_path / "pyproject.toml").write_text("[tool.flinklab]\nlimit = 'a lot'\n", encoding="utf-8")
    monkeypatch.chdir(tmp_path)
    with pytest.raises(UsageError, match="a lot"):
        load_settings()
    registry, team = served.catalog.registry, served.catalog.team
    registry.save_pool(Pool(team, "spare", ("spare",)), expected=None)
    with served.jupyter.client() as client:
        answers = [
            client.get(path)
            for path in (
                "jobs/dev/moving/overview",
                "jobs/dev/moving/failures",
                "jobs/dev/moving/doctor",
                "jobs/dev/moving/plots/timeline",
                "clusters/main/overview",
                "clusters/main/doctor",
                "clusters/main/plots/metrics",
            )
        ]
        order = {"kind": "move", "arguments": {"pool": "spare"}}
        answers.append(client.post("jobs/dev/moving/commands", json=order))
    assert 404 not in {each.status_code for each in answers}
    assert [each.url for each in answers if "a lot" in each.text] == []
