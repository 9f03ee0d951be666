"""Figures as plain data."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

TESTS = Path(__file__).resolve().parents[2]
DRAW_AT_ONCE = """
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta

from fakes.watched import watched
from flinklab.api.figures import job_figure
from flinklab.api.jobs import job

with watched(quiet=0) as world:
    handle = job("orders", "dev", world.catalog)
    draw = lambda kind: job_figure(handle, kind, timedelta(hours=1))
    with ThreadPoolExecutor(5) as threads:
        drawn = list(threads.map(draw, ("graph", "metrics", "lag", "checkpoints", "timeline")))
print(sum(bool(each["data"]) for each in drawn))
"""


def test_the_first_figures_of_a_process_can_be_drawn_at_once(tmp_path: Path) -> None:
    """A page asks for several: each thread begins to import what draws."""
    environment = os.environ | {"PYTHONPATH": str(TESTS), "XDG_DATA_HOME": str(tmp_path)}
    command = [sys.executable, "-c", DRAW_AT_ONCE]
    ended = subprocess.run(command, env=environment, capture_output=True, text=True, timeout=300, check=False)
    assert ended.stdout.split() == ["5"], ended.stderr
