"""The Flink panel with 50,000 tables and 1,000 jobs: how long the page is busy at once, how much of it is drawn.

A played server in the page answers at once, so what is measured is the panel's own work. Tasks are those of the
page's main thread in Chromium's trace. One's wall time has also the time in which another program had the core.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from real.browser import running_chromium
from real.lab_support import LabPage, running_extended_lab

TABLES, JOBS = 50_000, 1_000
STEPS = 100  # of scrolling
KEYS = 30
_PATIENCE = 180.0  # s
_PLAYED = Path(__file__).resolve().parent.parent / "real" / "played_flinklab.js"
_NAME = "panel.ipynb"
_CATEGORIES = ["disabled-by-default-devtools.timeline", "devtools.timeline", "toplevel", "__metadata"]
_TASKS = ("RunTask", "ThreadControllerImpl::RunTask")
_TREE = ".flinklab-Panel [role=tree][aria-label=Catalog]"
_GRID = ".flinklab-Panel [role=grid][aria-label^=Jobs]"
_ROW = f"{_TREE} [role=treeitem]"
_DRAWN = "new Promise(done => requestAnimationFrame(() => setTimeout(done)))"

_COUNT = """() => {
    window.mostNodes = 0;
    const count = () => {
        window.mostNodes = Math.max(window.mostNodes, document.querySelectorAll('.flinklab-Panel *').length);
        requestAnimationFrame(count);
    };
    count();
}"""
_LOAD = f"""async ([rows, seconds]) => {{
    const tree = document.querySelector('{_TREE}'), height = document.querySelector('{_ROW}').offsetHeight;
    const until = performance.now() + 1000 * seconds;
    while (tree.scrollHeight < rows * height && performance.now() < until) {{
        tree.scrollTop = tree.scrollHeight;
        await new Promise(done => setTimeout(done, 16));
    }}
    return Math.round(tree.scrollHeight / height);
}}"""
_JUMP = f"""async steps => {{
    const tree = document.querySelector('{_TREE}');
    for (let step = 0; step < steps; step++) {{
        tree.scrollTop = (step * 190056) % tree.scrollHeight;
        await {_DRAWN};
    }}
}}"""
_CHANGE = f"""async steps => {{
    const grid = document.querySelector('{_GRID}');
    for (let step = 0; step < steps; step++) {{
        grid.scrollTop = (step * 3318) % grid.scrollHeight;
        flinklabPlay.change(step);
        await {_DRAWN};
    }}
    grid.scrollTop = 0;
}}"""
_EMPTY = f"""async steps => {{
    const box = document.createElement('div'), high = document.createElement('div');
    box.style.cssText = 'position: fixed; top: 0; width: 200px; height: 300px; overflow: auto; z-index: 9999';
    high.style.height = '1200000px';
    box.append(high);
    document.body.append(box);
    for (let step = 0; step < steps; step++) {{
        box.scrollTop = (step * 190056) % box.scrollHeight;
        await {_DRAWN};
    }}
    box.remove();
}}"""


@dataclass(frozen=True)
class Longest:
    """Of the tasks of one measurement, in milliseconds: most CPU, most wall time; not of the same task."""

    cpu: float
    wall: float

    def __str__(self) -> str:
        return f"{self.cpu:.0f} ms CPU, {self.wall:.0f} ms wall"


def measured(folder: Path) -> Iterator[tuple[str, str]]:
    """As lines of a table: the longest task of each thing that a person does, and the most nodes of the panel."""
    with ExitStack() as stack:
        lab = stack.enter_context(running_extended_lab(folder / "panel", is_served=False))
        shown = _opened(stack.enter_context(running_chromium()), lab)
        page, trace = shown.page, Trace(shown.page)
        page.evaluate(_COUNT)
        page.evaluate("new Promise(done => requestIdleCallback(done))")

        def keys() -> None:
            page.locator(_TREE).focus()
            for key in ("Home", *("ArrowDown",) * KEYS, "End", *("ArrowUp",) * KEYS):
                page.keyboard.press(key)

        loaded = trace.longest(lambda: page.evaluate(_LOAD, [TABLES, _PATIENCE]))
        rows = page.evaluate(_LOAD, [TABLES, 0])
        assert rows >= TABLES, f"{rows:,} of {TABLES:,} rows were loaded in {_PATIENCE:.0f} s"
        jumped = trace.longest(lambda: page.evaluate(_JUMP, STEPS))
        changed = trace.longest(lambda: page.evaluate(_CHANGE, STEPS))
        typed = trace.longest(keys)
        nodes = page.evaluate("window.mostNodes")
        control = trace.longest(lambda: page.evaluate(_EMPTY, STEPS))
        shown.close()
    yield f"panel: longest task while {TABLES:,} tables are scrolled into the tree", str(loaded)
    yield f"panel: the same, {STEPS} jumps about in them", str(jumped)
    yield f"panel: the same, {JOBS:,} jobs scrolled, one changes with each step", str(changed)
    yield "panel: the same, arrow keys in the tree", str(typed)
    yield "panel: the same, an empty box that is scrolled in its place", str(control)
    yield "panel: most DOM nodes meanwhile", f"{nodes:,}"


class Trace:
    """Chromium's trace of a page's main thread."""

    def __init__(self, page: Any) -> None:
        self._page, self._devtools = page, page.context.new_cdp_session(page)
        self._events: list[dict[str, Any]] = []
        self._ended = 0
        self._devtools.on("Tracing.dataCollected", lambda part: self._events.extend(part["value"]))
        self._devtools.on("Tracing.tracingComplete", lambda _: self._end())

    def longest(self, work: Callable[[], object]) -> Longest:
        """Of the tasks while `work` is done."""
        self._events.clear()
        ended = self._ended
        config = {"includedCategories": _CATEGORIES, "excludedCategories": ["*"]}
        self._devtools.send("Tracing.start", {"traceConfig": config})
        work()
        self._devtools.send("Tracing.end")
        while self._ended == ended:
            self._page.wait_for_timeout(50)
        main = {_thread(each) for each in self._events if _is_main(each)}
        tasks = [each for each in self._events if each.get("name") in _TASKS and _thread(each) in main]
        assert tasks, "the trace has no task of the page"
        return Longest(*(max(each.get(name, 0) for each in tasks) / 1000 for name in ("tdur", "dur")))

    def _end(self) -> None:
        self._ended += 1


def _thread(event: dict[str, Any]) -> tuple[int, int]:
    return event["pid"], event["tid"]


def _is_main(event: dict[str, Any]) -> bool:
    return event.get("name") == "thread_name" and event["args"].get("name") == "CrRendererMain"


def _opened(browser: Any, lab: Any) -> LabPage:
    """With the panel open, and in its tree the tables of the first team."""
    lab.write(_NAME, ["x = 1"])
    shown = LabPage(browser.new_context(viewport={"width": 1100, "height": 950}).new_page())
    shown.page.add_init_script(_PLAYED.read_text("utf-8"))
    shown.page.goto(lab.url(_NAME), timeout=1000 * _PATIENCE)
    shown.await_app()
    shown.await_kernel()  # JupyterLab has nothing else to do from then on
    shown.command("flinklab:open-panel")
    for opened in range(2):  # a team, and its tables
        shown.page.locator(_ROW).nth(opened).click()
        shown.page.wait_for_function(
            f"opened => document.querySelectorAll('{_ROW}').length > opened + 1",
            arg=opened,
            timeout=1000 * _PATIENCE,
        )
    return shown
