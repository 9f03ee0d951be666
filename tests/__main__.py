"""Every check of the project, in one command: `python tests [PYTEST ARGUMENTS]`."""

from __future__ import annotations

import subprocess
import sys
import sysconfig
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
SCRIPTS = Path(sysconfig.get_path("scripts"))
CHECKS = {
    "ruff": [SCRIPTS / "ruff", "check", "."],
    "ruff format": [SCRIPTS / "ruff", "format", "--check", "."],
    "mypy --strict": [sys.executable, "-m", "mypy"],
    "import-linter": [SCRIPTS / "lint-imports"],
}


def main(arguments: list[str]) -> int:
    failed = []
    for name, command in CHECKS.items():
        print(f"== {name}", flush=True)
        if subprocess.run([*map(str, command)], cwd=ROOT).returncode != 0:
            failed.append(name)
    print("== pytest", flush=True)
    tests = subprocess.run([sys.executable, "-m", "pytest", "-q", *arguments], cwd=ROOT).returncode
    if failed:
        print(f"failed: {', '.join(failed)}", file=sys.stderr)
    return 1 if failed or tests else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
