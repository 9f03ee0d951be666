"""A real JupyterLab with the extension in it, and pages that note what went wrong in them."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest

from fakes.jupyter import TOKEN, Jupyter
from flinklab.catalog import lifecycle
from flinklab.catalog.catalog import Catalog
from real.browser import Lab, Notebook, running_chromium, running_lab

BUILT = Path(__file__).resolve().parents[2] / "extension" / "flinklab_extension" / "labextension"
NAME = "flinklab"


def built_extension() -> Path:
    """The extension as JupyterLab loads it: the checkout's build, or the one that `LABEXTENSION` names.

    `AssertionError` with what to do when there is none.
    """
    folder = Path(os.environ.get("LABEXTENSION") or BUILT)
    assert (folder / "package.json").is_file(), (
        f"no JupyterLab extension in {folder}: `npm ci && npm run build:prod` in extension/ makes it"
    )
    return folder


@contextmanager
def running_extended_lab(
    folder: Path,
    *,
    is_served: bool = True,
    starts_supervisor: bool = False,
    arguments: Sequence[str] = (),
    variables: Mapping[str, str] | None = None,
) -> Iterator[Lab]:
    """A JupyterLab as `running_lab` makes it, with the extension, and the server's part of it when `is_served`.

    Its catalog is an empty file of its own unless `variables` say otherwise. Where `starts_supervisor`, an order
    from a page starts one, which outlives it.
    """
    linked = folder / "labextensions"
    linked.mkdir(parents=True)
    (linked / NAME).symlink_to(built_extension(), target_is_directory=True)
    catalog_url = f"sqlite:///{folder / 'catalog.db'}"
    lifecycle.init(catalog_url)
    own = {
        "FLINKLAB_CATALOG_URL": catalog_url,
        "FLINKLAB_STATE_DIR": str(folder / "state"),
        "XDG_DATA_HOME": str(folder / "user-data"),
    }
    given = [
        f"--LabApp.extra_labextensions_path={linked}",
        f"--JupyterNotebookApp.extra_labextensions_path={linked}",
        "--JupyterNotebookApp.expose_app_in_browser=True",
        f"--ServerApp.jpserver_extensions={{'flinklab_extension': {is_served}}}",
    ]
    if is_served:
        given.append(f"--FlinkLab.start_supervisor={starts_supervisor}")
    with running_lab(folder, arguments=[*given, *arguments], variables=own | dict(variables or {})) as lab:
        yield lab


@contextmanager
def catalog_of_server(root: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Catalog]:
    """The catalog that a Jupyter server in `root` will have, of one person; Jupyter's own folders are there."""
    for name in ("CONFIG", "DATA", "RUNTIME"):
        monkeypatch.setenv(f"JUPYTER_{name}_DIR", str(root / name.lower()))
    url = f"sqlite:///{root}/catalog.db"
    (root / "pyproject.toml").write_text(f'[tool.flinklab]\ncatalog_url = "{url}"\n', encoding="utf-8")
    lifecycle.init(url)
    with Catalog(lifecycle.open_database(url), root / "key", team="my", environment="dev") as catalog:
        yield catalog


@contextmanager
def logged_in(server: Jupyter) -> Iterator[Any]:
    """A page of a browser that is logged in to the server."""
    with running_chromium() as browser:
        page = browser.new_context(viewport={"width": 1300, "height": 850}).new_page()
        page.goto(f"{server.url}api/status?token={TOKEN}")
        assert page.context.cookies(), "no login"
        yield page
        page.context.close()


class LabPage(Notebook):
    """A page of JupyterLab with the extension; `wrong` has what its console said is wrong."""

    def __init__(self, page: Any) -> None:
        super().__init__(page)
        self.wrong: list[str] = []
        page.on("pageerror", lambda error: self.wrong.append(str(error)))
        page.on("console", lambda message: message.type == "error" and self.wrong.append(message.text))

    @classmethod
    def at(cls, browser: Any, address: str, **context: Any) -> LabPage:
        """The page at an address, begun to load."""
        shown = cls(browser.new_context(viewport={"width": 1400, "height": 900}, **context).new_page())
        shown.page.goto(address)
        return shown

    @classmethod
    def notebook(
        cls, browser: Any, lab: Lab, name: str, *cells: str, kernel: bool = True, **context: Any
    ) -> LabPage:
        """The notebook `name`, opened in JupyterLab; written with `cells` first when there are any."""
        if cells:
            lab.write(name, list(cells))
        shown = cls.at(browser, lab.url(name), **context)
        shown.page.wait_for_selector(".jp-Notebook .jp-CodeCell", timeout=60_000)
        if kernel:
            shown.await_kernel()
        return shown

    def await_app(self) -> None:
        """Wait until all plugins that start by themselves have started."""
        self.page.wait_for_function("window.jupyterapp !== undefined", timeout=60_000)
        self.page.evaluate("async () => { await jupyterapp.restored; }")

    def dark(self) -> None:
        """JupyterLab's dark theme."""
        self.page.evaluate(
            "async theme => { await jupyterapp.commands.execute('apputils:change-theme', {theme}); }",
            "JupyterLab Dark",
        )
        self.page.wait_for_selector("body[data-jp-theme-light='false']", state="attached", timeout=60_000)

    def plugins(self) -> list[str]:
        """The ids of the extension's plugins that JupyterLab activated."""
        ids: list[str] = self.page.evaluate(
            f"jupyterapp.listPlugins().filter(id => id.startsWith('{NAME}:') && jupyterapp.isPluginActivated(id))"
        )
        return ids


@pytest.fixture(scope="module")
def jupyter_lab(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Lab]:
    """A JupyterLab with the extension and an empty catalog, for all tests of a module."""
    with running_extended_lab(tmp_path_factory.mktemp("lab") / "lab") as lab:
        yield lab


@pytest.fixture(scope="module")
def chromium() -> Iterator[Any]:
    with running_chromium() as browser:
        yield browser


@pytest.fixture
def lab_page(jupyter_lab: Lab, chromium: Any, request: pytest.FixtureRequest) -> Iterator[Callable[..., LabPage]]:
    """`lab_page(*cells, kernel=True, **context)`: a notebook with these cells, opened, and closed with the test."""
    opened: list[LabPage] = []

    def open_(*cells: str, **options: Any) -> LabPage:
        name = f"{request.node.name}_{len(opened)}.ipynb".replace("[", "_").replace("]", "")
        opened.append(LabPage.notebook(chromium, jupyter_lab, name, *(cells or ("",)), **options))
        return opened[-1]

    yield open_
    for each in opened:
        each.close()
    jupyter_lab.end_kernels()
