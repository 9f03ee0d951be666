"""Every check of the project, in one command: `python tests [PYTEST ARGUMENTS]`.

Without arguments the tests run in three parts side by side: those on real systems wait for them most of the time.
Where a few failed, their files run once more while nothing else does. What fails again is broken; what passes then
is named, because it depends on something that it should not.
"""

from __future__ import annotations

import importlib.util
import os
import subprocess
import sys
import sysconfig
import tempfile
import time
from collections import Counter
from collections.abc import Sequence
from pathlib import Path
from types import ModuleType
from xml.etree import ElementTree

ROOT = Path(__file__).resolve().parent.parent
SCRIPTS = Path(sysconfig.get_path("scripts"))
CHECKS = {
    "ruff": [SCRIPTS / "ruff", "check", "."],
    "ruff format": [SCRIPTS / "ruff", "format", "--check", "."],
    "mypy --strict": [sys.executable, "-m", "mypy"],
    "import-linter": [SCRIPTS / "lint-imports"],
}
BROWSER_CHECKS = {"eslint, prettier": "lint", "tsc": "check", "vitest": "test"}
EXTENSION = ROOT / "extension"
TESTS = ROOT / "tests"
ON_YARN_AND_IN_BROWSERS = [
    *sorted((TESTS / "real").glob("test_yarn_*.py")),
    *sorted((TESTS / "real").glob("test_lab_*.py")),
    *sorted((TESTS / "real").glob("test_*browser.py")),
    TESTS / "real" / "test_flink_120.py",
    TESTS / "contract" / "test_resource_manager.py",
]
PARTS = {
    "unit, faults": [TESTS / "unit", TESTS / "faults"],
    "real, contract": [
        TESTS / "real",
        TESTS / "contract",
        *(f"--ignore={path}" for path in ON_YARN_AND_IN_BROWSERS),
    ],
    "YARN, Flink 1.20, browsers": ON_YARN_AND_IN_BROWSERS,
}
FEW = 8
PYTEST = [sys.executable, "-m", "pytest", "-q"]


def main(arguments: list[str]) -> int:
    failed = []
    for name, command in CHECKS.items():
        print(f"== {name}", flush=True)
        if subprocess.run([*map(str, command)], cwd=ROOT).returncode != 0:
            failed.append(name)
    failed += failed_in_browser_code()
    if arguments:
        print("== pytest", flush=True)
        is_bad = subprocess.run([*PYTEST, *arguments], cwd=ROOT).returncode != 0
    else:
        is_bad = not pytest_in_parts()
    if failed:
        print(f"failed: {', '.join(failed)}", file=sys.stderr)
    return 1 if failed or is_bad else 0


def failed_in_browser_code() -> list[str]:
    """Build the JupyterLab side, unless it is built from these sources already, and check it; what was wrong."""
    print("== the JupyterLab side", flush=True)
    hook = build_hook()
    try:
        hook.build(EXTENSION, EXTENSION / "flinklab_extension" / "labextension")
        npm = hook.npm_of(os.environ)
    except hook.NotBuiltError as error:
        print(error, file=sys.stderr)
        return ["the JupyterLab side"]
    failed = []
    for name, script in BROWSER_CHECKS.items():
        print(f"== {name}", flush=True)
        if subprocess.run([npm, "run", "--silent", script], cwd=EXTENSION).returncode != 0:
            failed.append(name)
    return failed


def build_hook() -> ModuleType:
    """What builds the JupyterLab side into the wheel."""
    spec = importlib.util.spec_from_file_location("build_hook", EXTENSION / "build_hook.py")
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def pytest_in_parts() -> bool:
    """Run all tests, and tell of each part when it is over; the last line has the counts of all."""
    begun, counts, broken, is_good = time.monotonic(), Counter[str](), list[str](), True
    with tempfile.TemporaryDirectory() as folder:
        running = [Part(name, paths, Path(folder)) for name, paths in PARTS.items()]
        for part in running:
            is_well = part.tell()
            counts += part.counts()
            broken += part.broken()
            is_good &= is_well or bool(part.broken())
        if 0 < len(broken) <= FEW and all((ROOT / file).is_file() for file, _ in broken):
            again = Part("again, alone", sorted({ROOT / file for file, _ in broken}), Path(folder))
            is_good &= again.tell() or bool(again.broken())
            unsteady = [each for each in broken if each not in again.broken()]
            for file, name in unsteady:
                print(f"failed beside others and passed alone: {file}::{name}")
            broken = again.broken()
            counts.update(passed=len(unsteady))
            counts["failed"], counts["errors"] = len(broken), 0
    for file, name in broken:  # again, and short: what was wrong with one may be longer than anybody's screen
        print(f"not passed: {file}::{name}")
    told = [f"{counts[what]} {what}" for what in ("failed", "passed", "skipped", "errors") if counts[what]]
    print(f"{', '.join(told) or 'no tests ran'} in {time.monotonic() - begun:.2f}s", flush=True)
    return is_good and not broken


class Part:
    """A pytest process of its own, which writes into a file."""

    def __init__(self, name: str, paths: Sequence[Path | str], folder: Path) -> None:
        self._name = name
        stem = name.replace(", ", "-").replace(" ", "-")
        self._output, self._report = folder / f"{stem}.txt", folder / f"{stem}.xml"
        with self._output.open("wb") as output:
            self._process = subprocess.Popen(
                [*PYTEST, f"--junitxml={self._report}", "-o", "junit_family=xunit1", *map(str, paths)],
                cwd=ROOT,
                stdout=output,
                stderr=subprocess.STDOUT,
            )

    def tell(self) -> bool:
        """Show what it writes, as it comes, until it is over; whether all was well."""
        print(f"== pytest: {self._name}", flush=True)
        with self._output.open("rb") as output:
            while True:
                is_over = self._process.poll() is not None
                sys.stdout.buffer.write(output.read())
                sys.stdout.buffer.flush()
                if is_over:
                    return self._process.returncode == 0
                time.sleep(0.5)

    def broken(self) -> list[tuple[str, str]]:
        """The tests that failed or could not be run: their file, from the project's folder, and name."""
        suite = self._suite()
        if suite is None:
            return [(self._name, "it did not come to its end")]
        cases = [case for case in suite.iter("testcase") if {"failure", "error"} & {each.tag for each in case}]
        return [(str(case.get("file") or case.get("classname")), str(case.get("name"))) for case in cases]

    def counts(self) -> Counter[str]:
        suite = self._suite()
        if suite is None:
            return Counter(errors=1)
        failed, errors, skipped = (int(suite.get(name, 0)) for name in ("failures", "errors", "skipped"))
        passed = int(suite.get("tests", 0)) - failed - errors - skipped
        return Counter(passed=passed, failed=failed, skipped=skipped, errors=errors)

    def _suite(self) -> ElementTree.Element | None:
        try:
            return ElementTree.parse(self._report).getroot()[0]
        except (OSError, ElementTree.ParseError, IndexError):
            return None


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
