"""Flink's client as it submits a script that has an application of its own."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from tempfile import TemporaryDirectory

from flinklab.yarn.application_script import Script
from flinklab.yarn.client import FlinkClient

_MAIN = "org.apache.flink.client.cli.CliFrontend"
_DRIVER = "org.apache.flink.table.runtime.application.SqlDriver"
_SCRIPT = "flinklab-script.sql"
_SHIPPED = "yarn.ship-files"


@dataclass(frozen=True, slots=True)
class ApplicationClient:
    """Fulfils `Program`. Flink ships what lies in `FLINK_OPT_DIR`, where it wants the gateway's jar and no more."""

    client: FlinkClient
    opt: Path

    def command(self, conf: Path) -> Sequence[str]:
        return self.client.command(conf)

    def environment(self, conf: Path) -> Mapping[str, str]:
        return {**self.client.environment(conf), "FLINK_OPT_DIR": str(self.opt)}


@contextmanager
def shipping(
    client: FlinkClient, gateway_jar: Path, script: Script, config: Mapping[str, str]
) -> Iterator[tuple[ApplicationClient, dict[str, str]]]:
    """The program that submits `script`, and its configuration.

    The script goes the way of Flink's own configuration, through the submitter's staging folder that nobody else
    may read, and not into arguments, which the ResourceManager and the JobManager show.
    """
    with TemporaryDirectory(prefix="flinklab-application-") as name:  # readable by this user only
        folder = Path(name)
        text = folder / _SCRIPT
        text.touch(mode=0o600)
        text.write_text(script.text, encoding="utf-8")
        opt = folder / "opt"
        opt.mkdir()
        (opt / gateway_jar.name).symlink_to(gateway_jar.resolve())
        shipped = [each for each in config.get(_SHIPPED, "").split(";") if each]
        shipped += [str(text), *map(str, script.jars)]
        arguments = ("run", "-t", "yarn-application", "-d", "-c", _DRIVER, str(gateway_jar), "--scriptUri", _SCRIPT)
        program = replace(client, main=_MAIN, arguments=arguments)
        yield ApplicationClient(program, opt), {**config, _SHIPPED: ";".join(shipped)}
