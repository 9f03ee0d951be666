"""How Flink's client is started: with which classes, as whom, and with a configuration that nobody else reads."""

from __future__ import annotations

import os
import stat
from pathlib import Path

import pytest

from flinklab.local.distribution import Distribution
from flinklab.yarn.client import SESSION, FlinkClient, configured
from flinklab.yarn.identity import Identity


@pytest.fixture
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Distribution:
    for name in ("HADOOP_USER_NAME", "HADOOP_PROXY_USER", "KRB5_CONFIG"):
        monkeypatch.delenv(name, raising=False)
    (tmp_path / "lib").mkdir()
    (tmp_path / "lib" / "flink-dist-2.3.0.jar").touch()
    return Distribution(tmp_path, "2.3.0")


def client(home: Distribution, identity: Identity | None = None) -> FlinkClient:
    return FlinkClient(
        Path("/jdk/bin/java"), home, "/h/a.jar:/h/b.jar", Path("/etc/hadoop"), identity or Identity()
    )


def test_it_has_flinks_and_hadoops_classes_and_hadoops_configuration(home: Distribution) -> None:
    command = list(client(home).command(Path("/conf")))
    classpath = command[command.index("-cp") + 1].split(os.pathsep)
    assert classpath == [str(home.home / "lib" / "flink-dist-2.3.0.jar"), "/h/a.jar", "/h/b.jar", "/etc/hadoop"]
    assert command[-2:] == [SESSION, "-d"]
    environment = client(home).environment(Path("/conf"))
    assert (environment["FLINK_CONF_DIR"], environment["HADOOP_CONF_DIR"]) == ("/conf", "/etc/hadoop")


@pytest.mark.parametrize(
    ("identity", "user", "proxy"),
    [
        (Identity(), None, None),
        (Identity("simple", "ann"), "ann", None),
        (Identity("simple", "knox", "ann"), "knox", "ann"),
        (Identity("kerberos", "knox@REALM", "ann"), None, "ann"),
    ],
)
def test_who_submits(home: Distribution, identity: Identity, user: str | None, proxy: str | None) -> None:
    environment = client(home, identity).environment(Path("/conf"))
    assert (environment.get("HADOOP_USER_NAME"), environment.get("HADOOP_PROXY_USER")) == (user, proxy)


def test_a_name_that_is_set_but_empty_is_none(home: Distribution, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HADOOP_PROXY_USER", "")
    monkeypatch.setenv("HADOOP_USER_NAME", "")
    environment = client(home).environment(Path("/conf"))
    assert not {"HADOOP_PROXY_USER", "HADOOP_USER_NAME"} & set(environment)


def test_java_is_told_where_kerberos_is_configured(home: Distribution, monkeypatch: pytest.MonkeyPatch) -> None:
    assert not any("krb5" in word for word in client(home).command(Path("/conf")) if word.startswith("-D"))
    monkeypatch.setenv("KRB5_CONFIG", "/k/krb5.conf")
    assert "-Djava.security.krb5.conf=/k/krb5.conf" in client(home).command(Path("/conf"))


def test_its_configuration_is_nobody_elses_and_goes_with_it() -> None:
    with configured({"yarn.application.name": "etl-1", "s3.secret-key": 'x: "y"'}) as conf:
        assert stat.S_IMODE(conf.stat().st_mode) == 0o700
        text = (conf / "config.yaml").read_text()
        assert 's3.secret-key: "x: \\"y\\""' in text
        assert f'yarn.properties-file.location: "{conf}"' in text
        assert (conf / "log4j.properties").is_file()
    assert not conf.exists()
