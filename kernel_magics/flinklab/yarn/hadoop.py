"""What there is of Hadoop on the machine: where it says that YARN is, and the classes for Flink's client."""

from __future__ import annotations

import os
import shutil
import subprocess
from collections.abc import Callable, Mapping
from pathlib import Path

from flinklab.domain.errors import JarUnavailableError, NotInstalledError, UsageError, YarnError
from flinklab.local.jars import resolve_jar
from flinklab.local.settings import LocalSettings
from flinklab.yarn.siteconf import SiteConf

HADOOP_JARS = (
    "org.apache.hadoop:hadoop-client-api:3.4.1",
    "org.apache.hadoop:hadoop-client-runtime:3.4.1",
    "commons-logging:commons-logging:1.2",
)
"""What Flink's client needs, where the machine has no Hadoop: its shaded client, and what Flink logs with there."""

_CLASSPATH_WITHIN = 30.0  # s; `hadoop classpath` is a shell script that starts no Java
_ANY_ADDRESS = "0.0.0.0"
_NO_CLASSES = (
    "set HADOOP_CLASSPATH to what `hadoop classpath` prints, or HADOOP_HOME to Hadoop's folder; "
    "flinklab[local] can download them"
)


def conf_dir(environment: Mapping[str, str] | None = None) -> Path | None:
    """The folder with yarn-site.xml that the environment names, as Hadoop's own programs look for it."""
    env = os.environ if environment is None else environment
    named = [env[name] for name in ("HADOOP_CONF_DIR", "YARN_CONF_DIR") if env.get(name)]
    if env.get("HADOOP_HOME"):
        named.append(f"{env['HADOOP_HOME']}/etc/hadoop")
    places = (Path(place).expanduser() for place in (*named, "/etc/hadoop/conf"))
    return next((place for place in places if (place / "yarn-site.xml").is_file()), None)


def resource_managers(conf: Path, *, environment: Mapping[str, str] | None = None) -> tuple[str, ...]:
    """The URLs of the ResourceManagers that `conf`'s yarn-site.xml names: one, or all of those that stand by.

    Rules and default ports: Hadoop's `YarnConfiguration` and `WebAppUtils`. Raises `UsageError`.
    """
    site = SiteConf(conf, "core-site.xml", "yarn-site.xml", environment=environment)
    secure = site.get("yarn.http.policy", "HTTP_ONLY").upper() == "HTTPS_ONLY"
    ids = [each.strip() for each in site.get("yarn.resourcemanager.ha.rm-ids").split(",") if each.strip()]
    suffixes = [f".{each}" for each in ids] if site.flag("yarn.resourcemanager.ha.enabled") and ids else [""]
    urls = tuple(_url(site, suffix, secure) for suffix in suffixes)
    if not all(urls):
        raise UsageError(
            f"yarn-site.xml in {conf} does not say where the ResourceManager is",
            hint="give its address: http://HOST:8088",
        )
    return urls


def _url(site: SiteConf, suffix: str, secure: bool) -> str:
    host = site.get(f"yarn.resourcemanager.hostname{suffix}")
    key = "yarn.resourcemanager.webapp.https.address" if secure else "yarn.resourcemanager.webapp.address"
    written, _, port = site.get(f"{key}{suffix}").partition(":")
    host = written if written and written != _ANY_ADDRESS else host
    port = port or ("8090" if secure else "8088")
    return f"{'https' if secure else 'http'}://{host}:{port}" if host and host != _ANY_ADDRESS else ""


def hadoop_classpath(
    settings: LocalSettings,
    *,
    environment: Mapping[str, str] | None = None,
    progress: Callable[[str], None] | None = None,
) -> str:
    """The class path that Flink's client gets Hadoop by: the user's, the installed Hadoop's, or downloaded jars.

    Raises `YarnError` when none can be had.
    """
    env = os.environ if environment is None else environment
    if given := env.get("HADOOP_CLASSPATH", "").strip():
        return given
    if program := _hadoop(env):
        return _printed_classpath(program, env)
    try:
        return os.pathsep.join(str(resolve_jar(each, settings, progress)) for each in HADOOP_JARS)
    except (JarUnavailableError, NotInstalledError) as error:
        raise YarnError(
            "there are no Hadoop classes on this machine, which Flink's client for YARN needs",
            hint=_NO_CLASSES,
            details="\n".join(filter(None, (str(error), error.details))),
        ) from None


def _hadoop(env: Mapping[str, str]) -> str | None:
    home = env.get("HADOOP_HOME")
    if home and (found := shutil.which("hadoop", path=str(Path(home).expanduser() / "bin"))):
        return found
    return shutil.which("hadoop", path=env.get("PATH", ""))


def _printed_classpath(program: str, env: Mapping[str, str]) -> str:
    try:
        done = subprocess.run(
            [program, "classpath"],
            env=dict(env),
            capture_output=True,
            text=True,
            stdin=subprocess.DEVNULL,
            timeout=_CLASSPATH_WITHIN,
            check=True,
        )
    except (OSError, subprocess.SubprocessError) as error:
        told = getattr(error, "stderr", None) or str(error)
        raise YarnError(f"`{program} classpath` failed", hint=_NO_CLASSES, details=str(told)) from None
    printed = done.stdout.strip().splitlines()
    if not printed:
        raise YarnError(f"`{program} classpath` printed nothing", hint=_NO_CLASSES, details=done.stderr)
    return printed[-1]
