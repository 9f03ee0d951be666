"""A notebook of 200 cells opened in JupyterLab, with the extension and without it, side by side."""

from __future__ import annotations

import statistics
from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path
from typing import Any

from real.browser import running_chromium, running_lab
from real.lab_support import LabPage, running_extended_lab

CELLS = 200
_OPENED = 3  # times in a row, of which the median is taken
_NAME = "cells.ipynb"
_SQL = """\
%%flinksql orders_{n} << --limit 100
SELECT window_start, product, COUNT(*) AS orders, SUM(amount) AS amount
FROM TUMBLE(TABLE orders /*+ OPTIONS('scan.startup.mode' = 'earliest-offset') */,
  DESCRIPTOR(ts), INTERVAL '1' MINUTE)
WHERE product LIKE '${{prefix}}%' AND amount > {n} -- the dear ones
GROUP BY window_start, window_end, product"""
_PYTHON = 'def double_{n}(frame):\n    """Twice the amounts."""\n    return frame.assign(amount=2 * frame.amount)'

# Opens the notebook in a page that is loaded, and counts until its cells are drawn and the page is at rest.
_OPEN = """async (path) => {
    const open = { path, factory: 'Notebook', kernelPreference: { shouldStart: false, canStart: false } };
    const begun = performance.now();
    const panel = await jupyterapp.commands.execute('docmanager:open', open);
    await panel.context.ready;
    await panel.revealed;
    while (!panel.node.querySelector('.cm-content .cm-line')) await new Promise(requestAnimationFrame);
    await new Promise(requestAnimationFrame);
    await new Promise(done => requestIdleCallback(done));
    const taken = performance.now() - begun;
    panel.close();
    panel.dispose();
    return taken;
}"""


def measured(folder: Path, pairs: int) -> Iterator[tuple[str, str]]:
    """As lines of a table: A B, B A, A B, ... each in a page of its own that was opened once before."""
    cells = [(_PYTHON if n % 2 else _SQL).format(n=n) for n in range(CELLS)]
    with ExitStack() as stack:
        browser = stack.enter_context(running_chromium())
        with_it = _opened(browser, stack.enter_context(running_extended_lab(folder / "with")), cells)
        without = _opened(browser, stack.enter_context(running_lab(folder / "without")), cells)
        times: dict[LabPage, list[float]] = {with_it: [], without: []}
        for pair in range(pairs):
            for page in (with_it, without) if pair % 2 else (without, with_it):
                opened = [page.page.evaluate(_OPEN, _NAME) for _ in range(_OPENED)]
                times[page].append(statistics.median(opened))
        ratios = [ours / theirs for ours, theirs in zip(times[with_it], times[without], strict=True)]
        with_it.close()
        without.close()
    yield (
        f"a notebook of {CELLS} cells opened, with the extension / without it",
        f"{statistics.median(ratios):.2f} ({min(ratios):.2f} to {max(ratios):.2f}, {pairs} pairs), "
        f"{statistics.median(times[with_it]):.0f} ms / {statistics.median(times[without]):.0f} ms",
    )


def _opened(browser: Any, lab: Any, cells: list[str]) -> LabPage:
    lab.write(_NAME, cells)
    page = LabPage.at(browser, lab.url(_NAME).partition("/tree/")[0] + "?" + lab.url(_NAME).partition("?")[2])
    page.await_app()
    page.page.evaluate(_OPEN, _NAME)
    return page
