"""What the wheel's build does with the JupyterLab side, with programs in place of Node and npm."""

from __future__ import annotations

import importlib.util
import json
import os
import stat
from pathlib import Path
from types import ModuleType

import pytest

ROOT = Path(__file__).resolve().parents[3]
EXTENSION = ROOT / "extension"

NPM = """#!/bin/sh
echo "$@" >> "$CALLS"
case "$1 $2" in
  "ci "*) mkdir -p node_modules ;;
  "run build:prod") mkdir -p flinklab_extension/labextension/static
    echo '{}' > flinklab_extension/labextension/package.json
    echo '{}' > flinklab_extension/labextension/build_log.json
    touch flinklab_extension/labextension/static/a.js ;;
esac
test "$1" != "$FAILS" || { echo "it went wrong"; exit 1; }
"""


@pytest.fixture(scope="module")
def hook() -> ModuleType:
    spec = importlib.util.spec_from_file_location("build_hook", EXTENSION / "build_hook.py")
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


class Programs:
    """A PATH with a Node of some version and an npm that notes what it is called with."""

    def __init__(self, folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        self._folder, self._calls, self._monkeypatch = folder / "bin", folder / "calls", monkeypatch
        self._folder.mkdir()
        self.has("npm", NPM)
        self.has_node("v22.1.0")
        monkeypatch.setenv("PATH", f"{self._folder}{os.pathsep}/usr/bin{os.pathsep}/bin")
        monkeypatch.setenv("CALLS", str(self._calls))
        monkeypatch.setenv("FAILS", "")

    def has(self, name: str, text: str) -> None:
        program = self._folder / name
        program.write_text(text)
        program.chmod(program.stat().st_mode | stat.S_IXUSR)

    def has_node(self, version: str) -> None:
        self.has("node", f"#!/bin/sh\necho {version}\n")

    def are_missing(self) -> None:
        self._monkeypatch.setenv("PATH", str(self._folder / "none"))

    def fail_at(self, first: str) -> None:
        self._monkeypatch.setenv("FAILS", first)

    def calls(self) -> list[str]:
        return [line.split()[0] for line in self._calls.read_text().splitlines()] if self._calls.exists() else []


@pytest.fixture
def programs(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Programs:
    return Programs(tmp_path, monkeypatch)


@pytest.fixture
def extension(tmp_path: Path) -> Path:
    folder = tmp_path / "extension"
    for name in ("src", "style", "schema"):
        (folder / name).mkdir(parents=True)
        (folder / name / "a").write_text(name)
    for name in ("package.json", "package-lock.json", "tsconfig.json"):
        (folder / name).write_text("{}")
    return folder


def built(hook: ModuleType, extension: Path) -> Path:
    place = extension / "flinklab_extension" / "labextension"
    hook.build(extension, place)
    return place


def test_what_the_same_sources_made_is_kept(hook: ModuleType, programs: Programs, extension: Path) -> None:
    built(hook, extension)
    assert programs.calls() == ["ci", "run"]
    built(hook, extension)
    assert programs.calls() == ["ci", "run"]


@pytest.mark.parametrize("changed", ["src/a", "style/a", "schema/a", "package.json", "tsconfig.json", "src/new"])
def test_other_sources_are_built_again_without_fetching_packages_again(
    hook: ModuleType, programs: Programs, extension: Path, changed: str
) -> None:
    built(hook, extension)
    (extension / changed).write_text("something else")
    built(hook, extension)
    assert programs.calls() == ["ci", "run", "run"]


def test_other_packages_are_fetched(hook: ModuleType, programs: Programs, extension: Path) -> None:
    built(hook, extension)
    (extension / "package-lock.json").write_text('{"other": 1}')
    built(hook, extension)
    assert programs.calls() == ["ci", "run", "ci", "run"]


def test_what_is_stale_never_stays(hook: ModuleType, programs: Programs, extension: Path) -> None:
    place = built(hook, extension)
    (extension / "src" / "a").write_text("something else")
    programs.fail_at("run")
    (place / "static" / "old.js").write_text("")
    with pytest.raises(hook.NotBuiltError, match="it went wrong"):
        built(hook, extension)
    assert not (place / "static" / "old.js").exists()
    with pytest.raises(hook.NotBuiltError):  # nor does what a failed build left count as built
        built(hook, extension)


@pytest.mark.parametrize("version", ["v18.20.4", "v20.18.3", "none"])
def test_a_node_that_is_too_old_says_which_is_needed(
    hook: ModuleType, programs: Programs, extension: Path, version: str
) -> None:
    programs.has_node(version)
    with pytest.raises(hook.NotBuiltError, match=r"install Node\.js 20\.19 or newer"):
        built(hook, extension)
    assert programs.calls() == []


@pytest.mark.parametrize("version", ["v20.19.0", "v22.0.0"])
def test_a_node_that_is_new_enough_builds(
    hook: ModuleType, programs: Programs, extension: Path, version: str
) -> None:
    programs.has_node(version)
    assert (built(hook, extension) / "package.json").is_file()


class App:
    def __init__(self) -> None:
        self.warnings: list[str] = []

    def display_warning(self, message: str) -> None:
        self.warnings.append(message)


def initialized(hook: ModuleType, root: Path, target: str) -> tuple[dict[str, object], App]:
    app = App()
    data: dict[str, object] = {"shared_data": {}, "artifacts": []}
    hook.LabBuildHook(str(root), {}, None, None, str(root), target, app).initialize("standard", data)
    return data, app


def test_without_node_the_rest_is_installed_and_said(
    hook: ModuleType, programs: Programs, extension: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("REQUIRE_LABEXTENSION", raising=False)
    programs.are_missing()
    data, app = initialized(hook, extension.parent, "wheel")
    assert list(data["shared_data"].values()) == ["etc/jupyter/jupyter_server_config.d/flinklab_extension.json"]  # type: ignore[attr-defined]
    [warning] = app.warnings
    assert "without its JupyterLab side: node is missing" in warning


def test_without_node_it_is_an_error_where_it_is_required(
    hook: ModuleType, programs: Programs, extension: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("REQUIRE_LABEXTENSION", "1")
    programs.are_missing()
    with pytest.raises(hook.NotBuiltError, match="node is missing"):
        initialized(hook, extension.parent, "wheel")


def test_the_wheel_has_the_files_and_not_what_only_the_build_needs(
    hook: ModuleType, programs: Programs, extension: Path
) -> None:
    data, app = initialized(hook, extension.parent, "wheel")
    place = "share/jupyter/labextensions/flinklab"
    assert app.warnings == []
    assert set(data["shared_data"].values()) == {  # type: ignore[attr-defined]
        "etc/jupyter/jupyter_server_config.d/flinklab_extension.json",
        f"{place}/install.json",
        f"{place}/package.json",
        f"{place}/static/a.js",
    }


def test_the_sdist_has_what_was_built(hook: ModuleType, programs: Programs, extension: Path) -> None:
    data, _ = initialized(hook, extension.parent, "sdist")
    assert data["artifacts"] == ["/extension/flinklab_extension/labextension"]
    assert data["shared_data"] == {}


def test_the_locked_packages_are_those_of_the_package_and_name_no_place_to_fetch_them_from() -> None:
    package = json.loads((EXTENSION / "package.json").read_text())
    lock = json.loads((EXTENSION / "package-lock.json").read_text())
    root = lock["packages"][""]
    assert root["dependencies"] == package["dependencies"]
    assert root["devDependencies"] == package["devDependencies"]
    assert [name for name, each in lock["packages"].items() if "resolved" in each] == []
    assert [name for name, each in lock["packages"].items() if name and "integrity" not in each] == []


def test_every_platform_gets_the_parts_that_a_locked_package_has_for_it() -> None:
    packages = json.loads((EXTENSION / "package-lock.json").read_text())["packages"]
    there = {name.rpartition("node_modules/")[2] for name in packages}
    wanted = {part for each in packages.values() for part in each.get("optionalDependencies", ())}
    assert wanted <= there
