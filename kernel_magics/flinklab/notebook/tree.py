"""The tree of what is shared and what the session has: a widget that asks for what is opened, and nothing else.

Importing this module imports the widget packages.
"""

from __future__ import annotations

import logging
import threading
import uuid
from collections.abc import Callable
from dataclasses import asdict
from importlib.resources import files
from typing import TYPE_CHECKING, Any

import anywidget
import traitlets
from IPython.core.getipython import get_ipython
from IPython.display import publish_display_data

from flinklab.domain.errors import FlinklabError, UsageError
from flinklab.notebook.grid import Limits
from flinklab.notebook.live import Rate, answer_while_busy, moment_of
from flinklab.notebook.pace import Pace
from flinklab.notebook.picture import look
from flinklab.notebook.tree_nodes import SHARED, Browser, Nodes, Path
from flinklab.notebook.tree_panel import SAMPLE_ROWS, Describer, plain_data
from flinklab.notebook.tree_picture import bundle
from flinklab.session.aside import aside

if TYPE_CHECKING:
    from flinklab.notebook.workbench import Workbench

_log = logging.getLogger(__name__)
_ASSETS = files("flinklab.notebook")
_AT_ONCE = 4  # questions; a slow gateway must not pile up threads
_PICTURE_PAUSE = 1.0


class CatalogTree(anywidget.AnyWidget):  # type: ignore[misc]
    """The tree in the browser; any number of views of it.

    A view asks by messages: `{id, ask: "children", path, after}`, `{id, ask: "search", text}`,
    `{id, ask: "panel" | "sample", path}`. The answer, from a thread, is `{id, answer}` or `{id, error}`, where the
    error is a list of lines. `opened` are the paths of the open nodes, which a view that comes later opens, too.
    """

    _esm = _ASSETS.joinpath("tree.js").read_text("utf-8")
    _css = (
        look() + _ASSETS.joinpath("live.css").read_text("utf-8") + _ASSETS.joinpath("tree.css").read_text("utf-8")
    )

    opened = traitlets.List().tag(sync=True)
    mark = traitlets.Unicode().tag(sync=True)
    me = traitlets.Unicode().tag(sync=True)

    def __init__(
        self,
        browser: Browser,
        describer: Describer,
        *,
        opened: list[Path],
        mark: str = "",
        changed: Callable[[], None],
    ) -> None:
        """`changed` is called, from any thread, when the tree shows something else."""
        self.pages: dict[Path, Nodes] = {(): browser.children(())}
        self._browser = browser
        self._describer = describer
        self._changed = changed
        self._room = threading.Semaphore(_AT_ONCE)
        super().__init__(mark=mark, opened=[list(path) for path in opened])
        self.me = self.model_id
        answer_while_busy(self.comm)
        self.on_msg(lambda _widget, content, _buffers: self._hear(content))
        self.observe(lambda _change: self._changed(), "opened")

    def paths_open(self) -> set[Path]:
        return {tuple(path) for path in self.opened}

    def _hear(self, question: dict[str, Any]) -> None:
        aside(lambda: self._reply(question))

    def _reply(self, question: dict[str, Any]) -> None:
        with self._room:
            try:
                answer: dict[str, Any] = {"answer": self._answer(question)}
            except FlinklabError as error:
                answer = {"error": error.report()}
            except Exception as error:  # nobody else would see it
                _log.debug("the tree has no answer", exc_info=True)
                answer = {"error": [f"{type(error).__name__}: {error}"]}
        self.send({"id": question.get("id"), **answer})

    def _answer(self, question: dict[str, Any]) -> Any:
        path: Path = tuple(map(str, question.get("path", ())))
        match question.get("ask"):
            case "children":
                return self._children(path, str(question.get("after") or ""))
            case "search":
                return _plain(self._browser.search(str(question["text"])))
            case "panel":
                return plain_data(self._describer.panel(path))
            case "sample":
                result = self._describer.sample(path)
                moment = moment_of(result.snapshot(SAMPLE_ROWS), Limits(rows=SAMPLE_ROWS, whole=400), Rate())
                if result.error is not None:
                    raise result.error
                return moment
        raise UsageError(f"the tree does not know {question.get('ask')!r}")

    def _children(self, path: Path, after: str) -> dict[str, Any]:
        found = self._browser.children(path, after)
        before = self.pages[path].nodes if after and path in self.pages else ()
        self.pages[path] = Nodes((*before, *found.nodes), found.after)
        self._changed()
        return _plain(found)


def show_tree(bench: Workbench) -> None:
    """Put the tree into the output of the cell, with a picture of it that the saved notebook keeps.

    It opens with what the person's own team shares.
    """
    name = uuid.uuid4().hex[:12]
    mark, picture_id = f"flinklab-{name}", f"flinklab-picture-{name}"
    lock = threading.Lock()

    def session() -> Any:
        with lock:  # two nodes of the session may be opened at once
            return bench.session()

    browser = Browser(bench.catalog, session)
    tree = CatalogTree(
        browser,
        Describer(bench.catalog, session),
        opened=[(SHARED,), (SHARED, bench.catalog().team)],
        mark=mark,
        changed=lambda: pace.poke(),
    )
    for path in ((SHARED,), (SHARED, bench.catalog().team)):
        tree.pages[path] = browser.children(path)

    def draw(*, update: bool = True) -> None:
        _publish(bundle(tree.pages, tree.paths_open(), mark), picture_id, update=update)

    def redraw() -> None:
        try:
            draw()
        except Exception:
            _log.debug("the picture of a tree failed", exc_info=True)

    pace = Pace(redraw, lambda: _PICTURE_PAUSE)
    draw(update=False)
    if getattr(get_ipython(), "kernel", None) is not None:
        view = {"version_major": 2, "version_minor": 0, "model_id": tree.model_id}
        _publish({"application/vnd.jupyter.widget-view+json": view, "text/plain": ""}, f"flinklab-tree-{name}")


def _plain(found: Nodes) -> dict[str, Any]:
    nodes = [{**asdict(node), "path": list(node.path), "describes": node.describes} for node in found.nodes]
    return {"nodes": nodes, "after": found.after}


def _publish(data: dict[str, Any], display_id: str, *, update: bool = False) -> None:
    publish_display_data(data, metadata={}, transient={"display_id": display_id}, update=update)


def tree() -> None:
    """Browse what the team shares and what the notebook's session has: `%flink tree`.

    Raises `UsageError` outside of a notebook that has loaded flinklab.
    """
    shell = get_ipython()
    magics = shell.magics_manager.registry.get("FlinkSQL") if shell is not None else None
    if magics is None:
        raise UsageError("there is no notebook here that has loaded flinklab", hint="%load_ext flinklab")
    show_tree(magics.workbench)
