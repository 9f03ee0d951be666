"""The README's pictures of YARN: outputs that the notebook of YARN keeps, as a browser draws them.

Run by hand after the notebook, in `tests/`: `python -m real.yarn_pictures`. It writes `notebooks/images/`.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import nbformat

from real.browser import running_chromium
from real.operations_pictures import MOST_BYTES, NOTEBOOKS, shown, taken

# The name of a picture, the cell after which it is looked for, the cell that shows it, and its width in pixels.
PICTURES: Mapping[str, tuple[str, str, int]] = {
    "sessions": ("%flink cluster create --yarn lab --name tour-2", "%flink clusters --yarn lab", 1120),
    "timeline": ("address =", "%flink plot timeline counted", 860),
}


def main() -> None:
    cells = nbformat.read(NOTEBOOKS / "yarn.ipynb", as_version=4).cells
    with running_chromium() as browser:
        for name, (before, source, width) in PICTURES.items():
            target = NOTEBOOKS / "images" / f"yarn-{name}.png"
            target.write_bytes(taken(browser, shown(_after(cells, before), source), width))
            size = target.stat().st_size
            assert size < MOST_BYTES, f"{target} has {size:,} bytes, and {MOST_BYTES:,} are the most"
            print(f"{target}: {size:,} bytes")


def _after(cells: Sequence[Any], source: str) -> Sequence[Any]:
    at = next(number for number, each in enumerate(cells) if each.source.startswith(source))
    return cells[at + 1 :]


if __name__ == "__main__":
    main()
