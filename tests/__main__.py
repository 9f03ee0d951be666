"""Every check of the project, in one command: `python tests [PYTEST ARGUMENTS]`.

Without arguments the tests run in two halves side by side: those on real parts wait for Java most of the time.
"""

from __future__ import annotations

import subprocess
import sys
import sysconfig
import tempfile
import time
from collections import Counter
from pathlib import Path
from xml.etree import ElementTree

ROOT = Path(__file__).resolve().parent.parent
SCRIPTS = Path(sysconfig.get_path("scripts"))
CHECKS = {
    "ruff": [SCRIPTS / "ruff", "check", "."],
    "ruff format": [SCRIPTS / "ruff", "format", "--check", "."],
    "mypy --strict": [sys.executable, "-m", "mypy"],
    "import-linter": [SCRIPTS / "lint-imports"],
}
HALVES = {"unit, faults": ["unit", "faults"], "real, contract": ["real", "contract"]}
PYTEST = [sys.executable, "-m", "pytest", "-q"]


def main(arguments: list[str]) -> int:
    failed = []
    for name, command in CHECKS.items():
        print(f"== {name}", flush=True)
        if subprocess.run([*map(str, command)], cwd=ROOT).returncode != 0:
            failed.append(name)
    if arguments:
        print("== pytest", flush=True)
        is_bad = subprocess.run([*PYTEST, *arguments], cwd=ROOT).returncode != 0
    else:
        is_bad = not pytest_in_halves()
    if failed:
        print(f"failed: {', '.join(failed)}", file=sys.stderr)
    return 1 if failed or is_bad else 0


def pytest_in_halves() -> bool:
    """Run all tests, and tell of each half when it is over; the last line has the counts of both."""
    begun, counts, is_good = time.monotonic(), Counter[str](), True
    with tempfile.TemporaryDirectory() as folder:
        running = {name: Half(name, Path(folder)) for name in HALVES}
        for half in running.values():
            is_good &= half.tell()
            counts += half.counts()
    told = [f"{counts[what]} {what}" for what in ("failed", "passed", "skipped", "errors") if counts[what]]
    print(f"{', '.join(told) or 'no tests ran'} in {time.monotonic() - begun:.2f}s", flush=True)
    return is_good


class Half:
    """A pytest process of its own, which writes into a file."""

    def __init__(self, name: str, folder: Path) -> None:
        self._name = name
        stem = name.replace(", ", "-")
        self._output, self._report = folder / f"{stem}.txt", folder / f"{stem}.xml"
        rooms = [f"tests/{room}" for room in HALVES[name]]
        with self._output.open("wb") as output:
            self._process = subprocess.Popen(
                [*PYTEST, f"--junitxml={self._report}", "-o", "junit_family=xunit1", *rooms],
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

    def counts(self) -> Counter[str]:
        try:
            suite = ElementTree.parse(self._report).getroot()[0]
        except (OSError, ElementTree.ParseError, IndexError):
            return Counter(errors=1)  # it did not come to its end
        failed, errors, skipped = (int(suite.get(name, 0)) for name in ("failures", "errors", "skipped"))
        passed = int(suite.get("tests", 0)) - failed - errors - skipped
        return Counter(passed=passed, failed=failed, skipped=skipped, errors=errors)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
