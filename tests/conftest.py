"""An environment without the person's own settings, and one real embedded Flink for the whole run."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import tempfile
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from pathlib import Path

import pytest
from hypothesis import HealthCheck, settings

from databases import (  # noqa: F401 (fixtures)
    _catalogs_are_copied,
    _postgres_template,
    _sqlite_template,
    catalog_owner,
    catalog_person,
    catalog_supervisor,
    catalogs_made_in_full,
    database,
    open_catalog,
    postgres_database,
    postgres_server,
    postgresql_url,
    sqlite_url,
    supervisor_database,
)
from flinklab.domain.errors import FlinklabError
from flinklab.local import LocalFlink, LocalSettings, up
from flinklab.settings import load_settings
from real.versions_support import older, older_settings, on_older  # noqa: F401 (fixtures)
from real.yarn_support import resource_manager, yarn_lab, yarn_session  # noqa: F401 (fixtures)

# A shell starts what runs in its background with SIGINT ignored, and tests of interrupts need it.
if signal.getsignal(signal.SIGINT) is signal.SIG_IGN:
    signal.signal(signal.SIGINT, signal.default_int_handler)

# No test may fail for being slow. On CI the examples are the same each time, as in Hypothesis's own profile for it:
# what fails there is the change's doing, and new examples are found where somebody sees them.
settings.register_profile(
    "flinklab", deadline=None, suppress_health_check=[HealthCheck.too_slow], derandomize="CI" in os.environ
)
settings.load_profile("flinklab")

# Where jars come from is the machine's affair; all else of the person's settings stays outside.
_JARS = {
    name: value
    for name, value in load_settings(Path("/")).for_local().items()
    if name in ("cache_dir", "jars_dir", "maven_mirror", "flink_homes")
}
# The person's own catalog stays outside, too.
_DATA = tempfile.TemporaryDirectory(prefix="flinklab-tests-")
os.environ["XDG_DATA_HOME"] = _DATA.name
_END_WHEN_THE_TESTS_DO = """
import sys
from pathlib import Path
from flinklab.local import LocalSettings, down
sys.stdin.read()
down(LocalSettings(state_dir=Path(sys.argv[1])))
"""


@contextmanager
def _ended_with_us(state_dir: Path) -> Iterator[None]:
    """Whatever runs in the state folder ends with this block, or with this process, however it ends."""
    watcher = subprocess.Popen(
        [sys.executable, "-c", _END_WHEN_THE_TESTS_DO, str(state_dir)],
        stdin=subprocess.PIPE,
        start_new_session=True,
    )
    assert watcher.stdin is not None
    try:
        yield
    finally:
        watcher.stdin.close()
        watcher.wait(60)


@pytest.fixture(autouse=True)
def clean_environment(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """No FLINKLAB_ setting of the person, and a state folder in which nothing runs."""
    for name in [name for name in os.environ if name.startswith("FLINKLAB_")]:
        monkeypatch.delenv(name)
    monkeypatch.setenv("FLINKLAB_STATE_DIR", str(tmp_path / "nothing-runs-here"))


@pytest.fixture(scope="session")
def local_jars() -> dict[str, object]:
    """Where this machine gets jars from, as arguments of `LocalSettings`."""
    return dict(_JARS)


@pytest.fixture(scope="session")
def ended_with_us() -> Callable[[Path], AbstractContextManager[None]]:
    """`with ended_with_us(state_dir):` for a test that starts a cluster of its own."""
    return _ended_with_us


@pytest.fixture(scope="session")
def embedded_settings(tmp_path_factory: pytest.TempPathFactory, local_jars: dict[str, object]) -> LocalSettings:
    # What a dead kernel leaves behind ends after this time and not after minutes.
    config = {"sql-gateway.session.idle-timeout": "45 s", "sql-gateway.session.check-interval": "1 s"}
    folder = tmp_path_factory.mktemp("embedded")
    return LocalSettings(state_dir=folder, flink_config=config, **local_jars)  # type: ignore[arg-type]


@pytest.fixture(scope="session")
def embedded(embedded_settings: LocalSettings) -> Iterator[LocalFlink]:
    """The embedded Flink of this test run. It ends with the run, also when the run is killed."""
    with _ended_with_us(embedded_settings.state_dir):
        try:
            flink = up(embedded_settings)
        except FlinklabError as error:
            pytest.fail(f"the tests need the embedded Flink: {error}", pytrace=False)
        yield flink


@pytest.fixture
def attached(embedded: LocalFlink, embedded_settings: LocalSettings, monkeypatch: pytest.MonkeyPatch) -> LocalFlink:
    """The embedded Flink, and an environment in which `flinklab.up()` and kernels find it."""
    monkeypatch.setenv("FLINKLAB_STATE_DIR", str(embedded.state_dir))
    monkeypatch.setenv("FLINKLAB_CACHE_DIR", str(embedded_settings.cache_dir))
    return embedded


@pytest.fixture
def no_java(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """A machine without a Java on the PATH and without JAVA_HOME."""
    monkeypatch.delenv("JAVA_HOME", raising=False)
    monkeypatch.setenv("PATH", str(tmp_path))
