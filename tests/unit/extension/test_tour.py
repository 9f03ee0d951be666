"""The tour is copied into the server's folder once, and never over what is there."""

from __future__ import annotations

import json

from .conftest import Served


def test_it_is_made_once_and_then_only_named(served: Served) -> None:
    place = served.root / "flinklab-tour.ipynb"
    assert not place.exists()
    assert served.jupyter.post("tour", {}) == {"path": "flinklab-tour.ipynb"}
    assert any("%load_ext flinklab" in "".join(cell["source"]) for cell in json.loads(place.read_text())["cells"])
    place.write_text("my work")
    assert served.jupyter.post("tour", {}) == {"path": "flinklab-tour.ipynb"}
    assert place.read_text() == "my work"
    place.unlink()


def test_a_folder_that_nobody_may_write_to_is_a_line(served: Served) -> None:
    blocked = served.root / "flinklab-tour.ipynb"
    blocked.mkdir()  # a folder of that name is no notebook, and cannot become one
    try:
        body = served.jupyter.post("tour", {}, 400)
    finally:
        blocked.rmdir()
    assert "cannot be written" in body["message"]
