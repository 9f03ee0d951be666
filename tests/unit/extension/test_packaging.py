"""The wheel and the sdist as a person gets them: built whole by the real hook and the real Node, then installed."""

from __future__ import annotations

import hashlib
import json
import os
import shutil
import subprocess
import sys
import tarfile
import venv
import zipfile
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[3]
LAB = "share/jupyter/labextensions/flinklab"
SERVER = "etc/jupyter/jupyter_server_config.d/flinklab_extension.json"
NOT_COPIED = ("node_modules", "lib", "labextension", "__pycache__", "tests", ".*cache", "dist")
WHEEL_BYTES = 2_500_000
"""Half again as much as today's: a library that is bundled by mistake is more."""
SECONDS = 300
FOUND_BY_JUPYTER = """
import json
from jupyter_core.paths import jupyter_config_path, jupyter_path
from jupyter_server.extension.config import ExtensionConfigManager
from jupyterlab_server.config import get_federated_extensions
import flinklab, flinklab_extension
lab = get_federated_extensions(jupyter_path("labextensions")).get("flinklab", {})
server = ExtensionConfigManager(read_config_path=jupyter_config_path()).get_jpserver_extensions()
modules = [flinklab.__file__, flinklab_extension.__file__]
found = {"lab": lab.get("ext_path"), "version": lab.get("version"), "modules": modules}
print(json.dumps({**found, "server": server.get("flinklab_extension")}))
"""


def node_modules(checkout: Path) -> None:
    """Give a copy the packages of this checkout, as `npm ci` does; `AssertionError` where they differ."""
    ours = ROOT / "extension" / "node_modules"
    lock = ROOT / "extension" / "package-lock.json"
    packages = json.loads(lock.read_text())["packages"]
    for name in (*packages[""]["dependencies"], *packages[""]["devDependencies"]):
        manifest, wanted = ours / name / "package.json", packages[f"node_modules/{name}"]["version"]
        there = json.loads(manifest.read_text())["version"] if manifest.is_file() else "missing"
        assert there == wanted, f"{name} is {there}, not {wanted}: `npm ci` in extension/ fetches it"
    theirs = checkout / "extension" / "node_modules"
    theirs.mkdir()
    for each in ours.iterdir():
        if each.name != ".installed.sha256":
            (theirs / each.name).symlink_to(each)
    (theirs / ".installed.sha256").write_text(hashlib.sha256(lock.read_bytes()).hexdigest())


def made(checkout: Path, target: str, *, has_node: bool) -> tuple[Path, str]:
    """What `pip install`, `pip install -e` or `pip wheel` has built, and what was said."""
    to = checkout.parent / f"{target} of {checkout.name}{'' if has_node else ' without Node'}"
    to.mkdir()
    path = os.environ["PATH"] if has_node else str(to)
    done = subprocess.run(
        [sys.executable, "-c", f"import hatchling.build as b, sys; print(b.build_{target}(sys.argv[1]))", str(to)],
        cwd=checkout,
        env={**os.environ, "REQUIRE_LABEXTENSION": "1" if has_node else "0", "PATH": path},
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        timeout=SECONDS,
    )
    assert done.returncode == 0, done.stdout[-3000:]
    return to / done.stdout.split()[-1], done.stdout


def names_in(wheel: Path) -> set[str]:
    """With what goes under the environment's prefix named as it lies there."""
    with zipfile.ZipFile(wheel) as archive:
        return {name.partition(".data/data/")[2] or name for name in archive.namelist()}


@pytest.fixture(scope="module")
def checkout(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A clean copy of the sources, with something in it that no one else should get."""
    copy = tmp_path_factory.mktemp("packaging") / "checkout"
    shutil.copytree(ROOT / "extension", copy / "extension", ignore=shutil.ignore_patterns(*NOT_COPIED))
    for name in ("kernel_magics", "notebooks"):
        shutil.copytree(ROOT / name, copy / name, ignore=shutil.ignore_patterns("__pycache__", "images"))
    for name in ("pyproject.toml", "README.md", "CHANGELOG.md", "LICENSE", ".gitignore"):
        shutil.copy(ROOT / name, copy)
    for name in ("tests/test_it.py", "extension/tests/it.test.ts"):
        (copy / name).parent.mkdir()
        (copy / name).write_text("")
    return copy


@pytest.fixture(scope="module")
def without_node(checkout: Path) -> tuple[Path, str]:
    return made(checkout, "wheel", has_node=False)


@pytest.fixture(scope="module")
def wheel(checkout: Path, without_node: object) -> Path:
    node_modules(checkout)
    return made(checkout, "wheel", has_node=True)[0]


@pytest.fixture(scope="module")
def sdist(checkout: Path, wheel: Path) -> Path:
    return made(checkout, "sdist", has_node=True)[0]


@pytest.fixture(scope="module")
def unpacked(checkout: Path, sdist: Path) -> Path:
    to = checkout.parent / "unpacked"
    with tarfile.open(sdist) as archive:
        archive.extractall(to)
    [folder] = to.iterdir()
    return folder


class Environment:
    """A Python of its own, in which this one's packages are found, too, after its own."""

    def __init__(self, folder: Path) -> None:
        venv.create(folder, with_pip=False, symlinks=True)
        self.folder, self.python = folder, folder / "bin" / "python"
        [packages] = folder.glob("lib/python*/site-packages")
        others = [each for each in sys.path if each.endswith("site-packages")]
        (packages / "zz_of_the_tests.pth").write_text("\n".join(others))

    def pip(self, *arguments: str) -> None:
        command = [sys.executable, "-m", "pip", "--python", str(self.python), "--no-input", *arguments]
        variables = {**os.environ, "PIP_NO_INDEX": "1", "PIP_DISABLE_PIP_VERSION_CHECK": "1"}
        done = subprocess.run(command, capture_output=True, text=True, env=variables, timeout=SECONDS)
        assert done.returncode == 0, done.stdout + done.stderr

    def install(self, wheel: Path, *more: str) -> None:
        """Also where the tests' own Python has flinklab installed: pip would let that one do."""
        self.pip("install", "--no-deps", "--ignore-installed", *more, str(wheel))

    def run(self, *arguments: str) -> subprocess.CompletedProcess[str]:
        kept = {name: value for name, value in os.environ.items() if not name.startswith(("JUPYTER", "PYTHON"))}
        home = {"HOME": str(self.folder / "home"), "PYTHONDONTWRITEBYTECODE": "1"}
        return subprocess.run(
            [str(self.python), *arguments],
            cwd=self.folder,
            env={**kept, **home},
            capture_output=True,
            text=True,
            timeout=SECONDS,
        )

    def files(self) -> set[Path]:
        return {each for each in self.folder.rglob("*") if not each.is_dir()}


@pytest.fixture
def environment(tmp_path: Path) -> Environment:
    return Environment(tmp_path / "environment")


def test_the_wheel_has_all_three_parts_and_no_more(wheel: Path) -> None:
    names = names_in(wheel)
    assert {
        "flinklab/__init__.py",
        "flinklab/py.typed",
        "flinklab/notebooks/tour.ipynb",
        "flinklab/catalog/migrations/script.py.mako",
        "flinklab_extension/app.py",
        "flinklab_extension/handlers/base.py",
        SERVER,
        f"{LAB}/install.json",
        f"{LAB}/package.json",
        f"{LAB}/schemas/flinklab/plugin.json",
        f"{LAB}/schemas/flinklab/cells.json",
        f"{LAB}/static/style.js",
        f"{LAB}/static/third-party-licenses.json",
    } <= names
    assert {name.split("/")[0] for name in names if not name.partition("/")[0].endswith(".dist-info")} == {
        "flinklab",
        "flinklab_extension",
        "share",
        "etc",
    }
    assert [name for name in names if name.endswith((".map", ".ts", ".tsx", ".test.js", ".sha256"))] == []
    parts = {part for name in names for part in name.split("/")}
    assert parts.isdisjoint({"tests", "node_modules", "build_log.json", "__pycache__", "labextension"})
    assert wheel.stat().st_size < WHEEL_BYTES


def test_every_module_of_the_sources_is_in_the_wheel(checkout: Path, wheel: Path) -> None:
    sources = {
        path.relative_to(checkout / folder).as_posix()
        for folder in ("kernel_magics", "extension")
        for path in (checkout / folder).rglob("*.py")
        if path.parent != checkout / "extension" and "node_modules" not in path.parts
    }
    assert sources
    assert sources <= names_in(wheel)


def test_what_the_browser_loads_first_is_there_and_names_no_place_of_the_build(checkout: Path, wheel: Path) -> None:
    with zipfile.ZipFile(wheel) as archive:
        [package] = [name for name in archive.namelist() if name.endswith(f"{LAB}/package.json")]
        built = json.loads(archive.read(package))
        entry = package.replace("package.json", built["jupyterlab"]["_build"]["load"])
        assert entry in archive.namelist()
        told = [name for name in archive.namelist() if str(checkout).encode() in archive.read(name)]
    assert told == []


def test_the_sdist_has_the_sources_and_what_they_made(checkout: Path, sdist: Path) -> None:
    with tarfile.open(sdist) as archive:
        names = {name.partition("/")[2] for name in archive.getnames()}
    assert {
        "extension/package-lock.json",
        "extension/build_hook.py",
        "extension/src/index.ts",
        "extension/flinklab_extension/labextension/package.json",
        "extension/flinklab_extension/labextension/sources.sha256",
        "tests/test_it.py",
    } <= names
    for name in ("src", "style", "schema"):
        sources = {each.relative_to(checkout).as_posix() for each in (checkout / "extension" / name).rglob("*.*")}
        assert sources <= names
    assert [name for name in names if "node_modules" in name or name.startswith("extension/lib/")] == []


def test_a_wheel_from_the_sdist_needs_no_node(unpacked: Path, wheel: Path) -> None:
    again, said = made(unpacked, "wheel", has_node=False)
    assert "without its JupyterLab side" not in said
    assert names_in(again) == names_in(wheel)


def test_what_was_installed_is_found_by_jupyter_and_leaves_nothing(environment: Environment, wheel: Path) -> None:
    before = environment.files()
    environment.install(wheel)
    found = json.loads(environment.run("-c", FOUND_BY_JUPYTER).stdout)
    assert found["lab"] == str(environment.folder / LAB)
    assert found["version"] == json.loads((ROOT / "extension" / "package.json").read_text())["version"]
    assert found["server"] is True
    assert all(name.startswith(str(environment.folder)) for name in found["modules"])
    doctor = environment.run("-m", "flinklab.cli", "doctor", "--installation")
    assert (doctor.returncode, doctor.stdout) == (0, "JupyterLab has all of flinklab here\n"), doctor.stderr
    environment.pip("uninstall", "--yes", "flinklab")
    assert environment.files() - before == set()


def test_an_install_in_place_is_found_by_jupyter_too(environment: Environment, checkout: Path, wheel: Path) -> None:
    environment.install(made(checkout, "editable", has_node=True)[0], "--no-compile")
    found = json.loads(environment.run("-c", FOUND_BY_JUPYTER).stdout)
    assert (found["lab"], found["server"]) == (str(environment.folder / LAB), True)
    assert found["modules"] == [
        str(checkout / "kernel_magics" / "flinklab" / "__init__.py"),
        str(checkout / "extension" / "flinklab_extension" / "__init__.py"),
    ]


def test_without_node_all_else_is_installed_and_the_doctor_says_what_is_missing(
    environment: Environment, without_node: tuple[Path, str], wheel: Path
) -> None:
    bare, said = without_node
    assert "without its JupyterLab side: node is missing" in said
    assert {name for name in names_in(wheel) - names_in(bare) if not name.startswith(LAB)} == set()
    environment.install(bare, "--no-compile")
    found = json.loads(environment.run("-c", FOUND_BY_JUPYTER).stdout)
    assert (found["lab"], found["server"]) == (None, True)
    doctor = environment.run("-m", "flinklab.cli", "doctor", "--installation", "--json")
    problem = json.loads(doctor.stdout)["problem"]
    assert doctor.returncode == 1
    assert "without its JupyterLab side" in problem
    assert "install Node.js 20.19 or newer, then flinklab again" in problem
    assert "\n" not in problem
