"""Values of declared types: what msgspec reads, and that no thread meets a class that another one reads half."""

from __future__ import annotations

import re
import subprocess
import sys
from pathlib import Path

import msgspec
import pytest

from flinklab.domain.jobs import Cell
from flinklab.domain.typed import convert, decode

IN_THREADS = """
import sys, threading
from dataclasses import make_dataclass
import msgspec
from flinklab.domain.typed import convert, decode

# What is met half read is a class whose fields are of classes that nobody met before.
sys.setswitchinterval(1e-6)
kinds = []
for number in range(60):
    parts = [msgspec.defstruct(f"Part{n}", [(f"i{m}", "int", m) for m in range(10)]) for n in range(6)]
    fields = [(f"p{n}", part | None, None) for n, part in enumerate(parts[:3])]
    others = [(f"p{n}", part | None, None) for n, part in enumerate(parts[3:])]
    kinds.append((make_dataclass("AClass", fields), msgspec.defstruct("AStruct", others)))
together = threading.Barrier(4)

def work():
    for a_class, a_struct in kinds:
        together.wait()
        assert convert({"p2": {"i7": 8}}, a_class).p2.i7 == 8
        together.wait()
        assert decode(b'{"p2": {"i3": 4}}', a_struct).p2.i3 == 4

threads = [threading.Thread(target=work) for _ in range(4)]
for each in threads:
    each.start()
for each in threads:
    each.join()
print("all of them read")
"""


ROOT = Path(__file__).parents[3]
AROUND = re.compile(r"msgspec\.convert\(|msgspec\.json\.decode\(.*type=")


def test_threads_that_meet_a_class_at_once_read_it_whole() -> None:
    ran = subprocess.run([sys.executable, "-c", IN_THREADS], capture_output=True, text=True, timeout=300)
    assert (ran.returncode, ran.stdout) == (0, "all of them read\n"), ran.stderr


def test_what_is_not_of_the_type_is_refused_each_time() -> None:
    for _ in range(2):
        with pytest.raises(msgspec.ValidationError, match=r"Expected `str`, got `int` - at `\$.notebook`"):
            convert({"notebook": 1}, Cell)
        with pytest.raises(msgspec.DecodeError):
            decode(b"<html>", Cell)
    assert convert({"notebook": "a.ipynb"}, Cell) == decode(b'{"notebook": "a.ipynb"}', Cell) == Cell("a.ipynb")


@pytest.mark.parametrize("package", ["kernel_magics/flinklab", "extension/flinklab_extension"])
def test_nothing_is_read_around_it(package: str) -> None:
    files = [path for path in (ROOT / package).rglob("*.py") if path.name != "typed.py"]
    assert files
    assert [path.name for path in files if AROUND.search(path.read_text("utf-8"))] == []
