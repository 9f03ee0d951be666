"""A folder that pip takes for its index, with distributions of Flink of a few kB in it."""

from __future__ import annotations

import io
import tarfile
import zipfile
from functools import cache
from pathlib import Path

from fakes.maven import jar_bytes

# A source distribution that needs nothing to be built: pip asks it for its metadata only.
_BUILD = '[build-system]\nrequires = []\nbuild-backend = "backend"\nbackend-path = ["."]\n'
_BACKEND = """
import pathlib
def prepare_metadata_for_build_wheel(folder, config_settings=None):
    {before}
    info = pathlib.Path(folder, "apache_flink_libraries-{version}.dist-info")
    info.mkdir()
    (info / "METADATA").write_text("Metadata-Version: 2.1\\nName: apache-flink-libraries\\nVersion: {version}\\n")
    (info / "WHEEL").write_text("Wheel-Version: 1.0\\nGenerator: x\\nRoot-Is-Purelib: true\\nTag: py3-none-any\\n")
    return info.name
def build_wheel(folder, config_settings=None, metadata_directory=None):
    raise AssertionError("nothing is to be built")
"""
_METADATA = "Metadata-Version: 2.1\nName: apache-flink-libraries\nVersion: {version}\nRequires-Python: >=9\n"


@cache
def jars_of(version: str) -> dict[str, bytes]:
    return {
        f"lib/flink-dist-{version}.jar": jar_bytes(),
        "lib/flink-table-runtime.jar": jar_bytes(b"table"),
        f"opt/flink-python-{version}.jar": jar_bytes(b"python"),
        "plugins/metrics-jmx/flink-metrics-jmx.jar": jar_bytes(b"jmx"),
    }


def home(folder: Path, version: str) -> Path:
    """A folder of Flink."""
    for name, content in jars_of(version).items():
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(content)
    return folder


def add_sdist(index: Path, version: str, files: dict[str, bytes] | None = None, before: str = "pass") -> Path:
    """As up to 1.20. `files`: instead of its jars; `before`: what its setup does first, Python."""
    top = f"apache-flink-libraries-{version}"
    content = {
        "pyproject.toml": _BUILD.encode(),
        "backend.py": _BACKEND.format(version=version, before=before).encode(),
        "PKG-INFO": _METADATA.format(version=version).encode(),
        "deps/licenses/LICENSE.x": b"text",
        **{f"deps/{name}": body for name, body in (jars_of(version) if files is None else files).items()},
    }
    index.mkdir(parents=True, exist_ok=True)
    path = index / f"{top}.tar.gz"
    with tarfile.open(path, "w:gz") as archive:
        for name, body in content.items():
            entry = tarfile.TarInfo(f"{top}/{name}")
            entry.size = len(body)
            archive.addfile(entry, io.BytesIO(body))
    return path


def add_wheel(index: Path, version: str, files: dict[str, bytes] | None = None) -> Path:
    """As since 2.0."""
    info = f"apache_flink_libraries-{version}.dist-info"
    index.mkdir(parents=True, exist_ok=True)
    path = index / f"apache_flink_libraries-{version}-py2.py3-none-any.whl"
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, body in (jars_of(version) if files is None else files).items():
            archive.writestr(f"pyflink/{name}", body)
        archive.writestr("pyflink/licenses/LICENSE.x", "text")
        archive.writestr(f"{info}/METADATA", _METADATA.format(version=version))
        archive.writestr(f"{info}/WHEEL", "Wheel-Version: 1.0\nRoot-Is-Purelib: true\nTag: py2.py3-none-any\n")
        archive.writestr(f"{info}/RECORD", "")
    return path
