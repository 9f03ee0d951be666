"""A Flink whose processes are small scripts: the real keeper and the real life cycle, in a second."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from fakes.maven import write_jar
from flinklab.local import LocalSettings, down, starting
from flinklab.local.distribution import Distribution
from flinklab.local.processes import processes_of

FAKE_FLINK = Path(__file__).with_name("fake_flink.py")


@pytest.fixture
def fake_home(tmp_path: Path) -> Path:
    """A Java home whose `java` is the stand-in."""
    home = tmp_path / "java home"
    (home / "bin").mkdir(parents=True)
    (home / "release").write_text('JAVA_VERSION="21.0.1"\n')
    java = home / "bin" / "java"
    python = Path(sys.executable).resolve()
    # Under the name "java", Python does not find its library by itself.
    java.write_text(
        f"#!/bin/bash\nexport PYTHONHOME='{sys.base_prefix}'\nexec -a java '{python}' '{FAKE_FLINK}' \"$@\"\n"
    )
    java.chmod(0o755)
    return home


@pytest.fixture
def fake_settings(tmp_path: Path, fake_home: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[LocalSettings]:
    home = tmp_path / "pyflink"
    write_jar(home / "lib" / "flink-dist-2.3.0.jar")
    write_jar(tmp_path / "jars" / "flink-sql-gateway-2.3.0.jar")
    monkeypatch.setattr(starting, "find_distribution", lambda: Distribution(home, "2.3.0"))
    settings = LocalSettings(
        state_dir=tmp_path / "state of ä",
        cache_dir=tmp_path / "cache",
        jars_dir=tmp_path / "jars",
        java_home=fake_home,
        start_timeout=60,
    )
    yield settings
    down(settings)
    assert processes_of(settings.state_dir, None) == []
