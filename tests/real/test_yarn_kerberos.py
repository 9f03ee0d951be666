"""A real ResourceManager that wants Kerberos on its REST API, and a real KDC: tickets, keytabs, proxy users."""

from __future__ import annotations

import time
import urllib.error
import urllib.request
from collections.abc import Callable, Iterator
from contextlib import closing
from pathlib import Path
from typing import Any

import httpx
import pytest

from flinklab.api.yarn import resource_manager
from flinklab.domain.errors import AccessDeniedError, YarnRefusedError
from flinklab.domain.yarn import Application, ApplicationState
from flinklab.local import LocalSettings
from flinklab.local.java import find_java
from flinklab.yarn.identity import Identity
from flinklab.yarn.lab.config import port_names, render_site, write_config
from flinklab.yarn.lab.jars import client_jars, daemon_jars
from flinklab.yarn.lab.options import LabOptions
from flinklab.yarn.lab.plan import make_parts
from flinklab.yarn.lab.ports import choose_ports
from flinklab.yarn.spnego import Negotiate
from kerberos import REALM, Kdc, ending_with_the_tests, running_kdc

_FILTER = "org.apache.hadoop.yarn.server.security.http.RMAuthenticationFilterInitializer"


@pytest.fixture(scope="module")
def kdc() -> Iterator[Kdc]:
    with running_kdc() as kdc:
        yield kdc


@pytest.fixture(autouse=True)
def _ask_this_kdc(kdc: Kdc, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("KRB5_CONFIG", str(kdc.config))
    monkeypatch.delenv("KRB5CCNAME", raising=False)


@pytest.fixture(scope="module")
def url(kdc: Kdc, local_jars: dict[str, Any], tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """Of a ResourceManager without nodes, by the host name that its principal has."""
    folder, settings, options = tmp_path_factory.mktemp("yarn"), LocalSettings(**local_jars), LabOptions()
    ports = choose_ports(port_names(options), {})
    write_config(folder, options, ports, client_jars(settings, lambda _: None))
    secure(folder / "conf", kdc)
    parts = make_parts(folder, options, find_java(settings.java_home), daemon_jars(settings, lambda _: None))
    manager = next(part for part in parts if part.name == "resourcemanager")
    java, *arguments = manager.command
    command = [java, f"-Djava.security.krb5.conf={kdc.config}", *arguments]
    url = f"http://localhost:{ports['rm1.webapp.address']}"
    Path(manager.log).parent.mkdir(parents=True)
    with (folder / "out").open("wb") as out, ending_with_the_tests(command, manager.environment, out) as process:
        deadline = time.monotonic() + 120
        while not wants_kerberos(url):
            assert process.poll() is None and time.monotonic() < deadline, Path(manager.log).read_text()[-2000:]
            time.sleep(0.2)
        yield url


def secure(conf: Path, kdc: Kdc) -> None:
    """SPNEGO on the REST API alone: what daemons say to each other stays as it is."""
    secret = conf / "signature"
    secret.write_text("of the cookies")
    http = "hadoop.http.authentication"
    core = {
        "hadoop.http.filter.initializers": _FILTER,
        f"{http}.type": "kerberos",
        f"{http}.kerberos.principal": f"HTTP/localhost@{REALM}",
        f"{http}.kerberos.keytab": str(kdc.keytab("HTTP/localhost")),
        f"{http}.signature.secret.file": str(secret),
        f"{http}.simple.anonymous.allowed": "false",
        "hadoop.proxyuser.knox.hosts": "*",
        "hadoop.proxyuser.knox.users": "ann",
    }
    acls = {"yarn.acl.enable": "true", "yarn.admin.acl": "nobody"}
    queues = {"yarn.scheduler.capacity.root.acl_administer_queue": " "}
    for name, more in (("core-site.xml", core), ("yarn-site.xml", acls), ("capacity-scheduler.xml", queues)):
        text = (conf / name).read_text()
        added = render_site(more)
        inner = added[added.index("<property>") : added.rindex("</configuration>")]
        (conf / name).write_text(text.replace("</configuration>", inner + "</configuration>"))


def wants_kerberos(url: str) -> bool:
    try:
        urllib.request.urlopen(f"{url}/ws/v1/cluster/info", timeout=10).close()
    except urllib.error.HTTPError as error:
        error.close()
        return error.code == 401 and error.headers["WWW-Authenticate"] == "Negotiate"
    except OSError:
        return False
    return False


def ask(url: str, **access: str) -> str:
    with closing(resource_manager(url, timeout=60, **access)) as manager:
        return manager.info().hadoop_version


def test_the_user_s_ticket_is_enough(url: str, kdc: Kdc, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("KRB5CCNAME", kdc.ticket("ann", tmp_path / "ann.cc"))
    assert ask(url, auth="kerberos").startswith("3.")
    assert ask(url, auth="kerberos", user="ann").startswith("3.")
    assert ask(url, auth="kerberos", user=f"ann@{REALM}").startswith("3.")


def test_a_keytab_needs_no_ticket(url: str, kdc: Kdc) -> None:
    assert ask(url, auth="kerberos", user="ann", keytab=str(kdc.keytab("ann"))).startswith("3.")


def test_who_did_not_know_learns_it(url: str) -> None:
    with pytest.raises(AccessDeniedError, match=r"wants Kerberos .*--auth kerberos"):
        ask(url)


def test_no_ticket(url: str) -> None:
    with pytest.raises(AccessDeniedError, match=r"there is no Kerberos ticket \(get one: kinit\)"):
        ask(url, auth="kerberos")


def test_a_ticket_of_somebody_else(url: str, kdc: Kdc, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("KRB5CCNAME", kdc.ticket("ann", tmp_path / "ann.cc"))
    with pytest.raises(AccessDeniedError, match=r"no Kerberos ticket of bob \(get one: kinit bob\)"):
        ask(url, auth="kerberos", user="bob")


def test_an_expired_ticket(url: str, kdc: Kdc, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("KRB5CCNAME", kdc.ticket("ann", tmp_path / "ann.cc", lifetime="1s"))

    def expired() -> bool:
        try:
            ask(url, auth="kerberos")
        except AccessDeniedError as error:
            assert "the Kerberos ticket has expired (get a new one: kinit)" in str(error)
            return True
        return False

    until(expired)


def test_a_keytab_of_somebody_else(url: str, kdc: Kdc) -> None:
    with pytest.raises(AccessDeniedError, match=r"no Kerberos ticket of nobody could be had by the keytab"):
        ask(url, auth="kerberos", user="nobody", keytab=str(kdc.keytab("ann")))


def test_a_host_name_that_is_not_the_principal_s(url: str, kdc: Kdc) -> None:
    with pytest.raises(AccessDeniedError, match=r"no web server on 127\.0\.0\.1"):
        ask(url.replace("localhost", "127.0.0.1"), auth="kerberos", user="ann", keytab=str(kdc.keytab("ann")))


def test_no_kdc(url: str, kdc: Kdc, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    nowhere = tmp_path / "krb5.conf"
    text = kdc.config.read_text()
    port = text.partition("kdc = 127.0.0.1:")[2].split()[0]
    nowhere.write_text(text.replace(f":{port}", ":1"))
    monkeypatch.setenv("KRB5_CONFIG", str(nowhere))
    with pytest.raises(AccessDeniedError, match="no KDC of the Kerberos realm can be reached"):
        ask(url, auth="kerberos", user="carl", keytab=str(kdc.keytab("carl")))


def test_one_is_whose_ticket_it_is(url: str, kdc: Kdc) -> None:
    """Only the owner, or who may act for her, ends an application."""
    application_id = submit(url, "ann", kdc)

    def manager(user: str, **more: str) -> Any:
        access = {"auth": "kerberos", "user": user, "keytab": str(kdc.keytab(user)), **more}
        return closing(resource_manager(url, timeout=60, **access))

    with manager("ann") as ann, manager("bob") as bob, manager("knox", proxy_user="ann") as knox:
        until(lambda: ann.application(application_id).state is ApplicationState.ACCEPTED)
        assert ann.application(application_id).user == "ann"
        with pytest.raises(YarnRefusedError, match=rf"not permitted to kill .* as bob@{REALM} \(its owner and"):
            bob.kill(application_id)
        with manager("knox", proxy_user="bob") as other, pytest.raises(AccessDeniedError) as caught:
            other.kill(application_id)
        assert "knox act for bob" in str(caught.value) and "hadoop.proxyuser.knox.hosts" in str(caught.value)
        assert not ann.application(application_id).is_over
        knox.kill(application_id)
        ended: Application = until(lambda: over(ann.application(application_id)))
    assert "killed by user ann" in ended.diagnostics


def over(application: Application) -> Application | None:
    return application if application.is_over else None


def submit(url: str, user: str, kdc: Kdc) -> str:
    auth = Negotiate(Identity("kerberos", user, keytab=str(kdc.keytab(user))))
    with httpx.Client(auth=auth, trust_env=False, timeout=60, base_url=f"{url}/ws/v1/cluster/apps") as client:
        application_id = str(client.post("/new-application").json()["application-id"])
        body = {
            "application-id": application_id,
            "application-name": "etl-1",
            "application-type": "Apache Flink",
            "queue": "default",
            "resource": {"memory": 256, "vCores": 1},
            "am-container-spec": {"commands": {"command": "sleep 600"}},
        }
        assert client.post("", json=body).status_code == 202
    return application_id


def until(condition: Callable[[], Any]) -> Any:
    deadline = time.monotonic() + 90
    while time.monotonic() < deadline:
        if value := condition():
            return value
        time.sleep(0.1)
    raise AssertionError(f"nothing came of {condition} in 90 s")
