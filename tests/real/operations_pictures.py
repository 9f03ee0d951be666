"""The README's pictures of operations: outputs that the notebook of operations keeps, as a browser draws them.

Run by hand after the notebook, in `tests/`: `python -m real.operations_pictures`. It writes `notebooks/images/`.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import nbformat
from plotly.offline import get_plotlyjs

from real.browser import running_chromium

NOTEBOOKS = Path(__file__).resolve().parents[2] / "notebooks"
PICTURES: Mapping[str, str] = {
    "watch": "%flink watch ops_revenue",
    "doctor": "%flink doctor idle",
    "backpressure": "%flink plot backpressure slow",
    "flame": "%flink plot flame",
    "skew": "%flink plot skew skewed",
    "checkpoints": "%flink plot checkpoints growing",
    "metrics": "%flink plot metrics ops_revenue",
    "lag": "%flink plot lag ops_revenue",
    "timeline": "%flink plot timeline ops_revenue",
}
_FIGURE, _HTML = "application/vnd.plotly.v1+json", "text/html"
DRAWN = "figure => Plotly.newPlot('figure', figure.data, figure.layout, {staticPlot: true})"
MOST_BYTES = 60_000
WIDTH = 860
PAGE = """<!doctype html><meta charset="utf-8"><style>
body { margin: 0; background: white; font: 13px/1.4 system-ui, sans-serif; color: #222; }
main { width: %dpx; padding: 6px; }
</style><main>%s</main>"""


def main() -> None:
    cells = nbformat.read(NOTEBOOKS / "operations.ipynb", as_version=4).cells
    with running_chromium() as browser:
        for name, source in PICTURES.items():
            target = NOTEBOOKS / "images" / f"operations-{name}.png"
            target.write_bytes(taken(browser, shown(cells, source)))
            size = target.stat().st_size
            assert size < MOST_BYTES, f"{target} has {size:,} bytes, and {MOST_BYTES:,} are the most"
            print(f"{target}: {size:,} bytes")


def shown(cells: Sequence[Any], source: str) -> Mapping[str, Any]:
    """The first picture of the cell that begins with `source`."""
    found = next(each for each in cells if each.cell_type == "code" and each.source.startswith(source))
    for output in found.outputs:
        data: Mapping[str, Any] = output.get("data", {})
        if _FIGURE in data or _HTML in data:
            return data
    raise LookupError(f"{source} shows no picture: run the notebook, and save it")


def taken(browser: Any, data: Mapping[str, Any], width: int = WIDTH) -> bytes:
    page = browser.new_page(viewport={"width": width + 20, "height": 600})
    try:
        page.set_content(PAGE % (width, data.get(_HTML, "") if _FIGURE not in data else "<div id='figure'></div>"))
        if _FIGURE in data:
            page.add_script_tag(content=get_plotlyjs())
            page.evaluate(DRAWN, dict(data[_FIGURE]))
        return page.locator("main").screenshot()  # type: ignore[no-any-return]
    finally:
        page.close()


if __name__ == "__main__":
    main()
