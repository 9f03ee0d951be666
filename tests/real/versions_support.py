"""A Flink of an older minor version beside the one that pip installed, for the whole run of the tests."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager
from pathlib import Path

import pytest

from flinklab.domain.errors import FlinklabError
from flinklab.local import LocalFlink, LocalSettings, up

OLDER = "1.20"
_EXACTLY = "1.20.3"  # a newer SQL Gateway is not in every Maven repository


@pytest.fixture(scope="session")
def older_settings(tmp_path_factory: pytest.TempPathFactory, local_jars: dict[str, object]) -> LocalSettings:
    """It comes from a folder that the machine names, or from the cache, or is downloaded there (230 MB, once)."""
    folder = tmp_path_factory.mktemp("older")
    return LocalSettings(
        state_dir=folder,
        flink_version=_EXACTLY,
        taskmanager_memory=1024,
        slots=8,
        **local_jars,  # type: ignore[arg-type]
    )


@pytest.fixture(scope="session")
def older(
    older_settings: LocalSettings, ended_with_us: Callable[[Path], AbstractContextManager[None]]
) -> Iterator[LocalFlink]:
    """It ends with the run, also when the run is killed."""
    with ended_with_us(older_settings.state_dir):
        try:
            flink = up(older_settings)
        except FlinklabError as error:
            pytest.fail(f"the tests need a Flink {_EXACTLY}: {error}", pytrace=False)
        yield flink


@pytest.fixture
def on_older(older: LocalFlink, older_settings: LocalSettings, monkeypatch: pytest.MonkeyPatch) -> LocalFlink:
    """The older Flink, and an environment in which it is the embedded one."""
    monkeypatch.setenv("FLINKLAB_STATE_DIR", str(older.state_dir))
    monkeypatch.setenv("FLINKLAB_CACHE_DIR", str(older_settings.cache_dir))
    return older
