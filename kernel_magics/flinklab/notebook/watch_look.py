"""The style sheet that a watch's live view and its picture share."""

from __future__ import annotations

from functools import cache
from importlib.resources import files


@cache
def watch_look() -> str:
    text = files("flinklab.notebook").joinpath("watch.css").read_text("utf-8")
    return " ".join(text.split())
