"""From what a person wants of a session to Flink's options."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from flinklab.domain.errors import UsageError
from flinklab.domain.yarn import SessionSpec
from flinklab.yarn.identity import Identity
from flinklab.yarn.session_config import MARK, session_config

BARE = SessionSpec("etl-1")


def made(spec: SessionSpec = BARE, vcores: int | None = None, **defaults: str) -> dict[str, str]:
    keys = {key.replace("__", "-").replace("_", "."): value for key, value in defaults.items()}
    return session_config(spec, "r1", defaults=keys, identity=Identity(), largest_vcores=vcores)


def test_the_fields_become_flinks_options() -> None:
    config = made(SessionSpec("etl-1", "etl", 8, 4096, 2048, ("Nightly",), 3, {"a.b": "c"}), vcores=4)
    assert config["yarn.application.name"] == "etl-1"
    assert config["yarn.application.queue"] == "etl"
    assert config["taskmanager.numberOfTaskSlots"] == "8"
    assert config["taskmanager.memory.process.size"] == "4096m"
    assert config["jobmanager.memory.process.size"] == "2048m"
    assert config["yarn.tags"] == f"{MARK},r1,nightly"
    assert config["yarn.application-attempts"] == "3"
    assert config["yarn.containers.vcores"] == "4"
    assert config["a.b"] == "c"


def test_what_nobody_says_is_left_to_flink_and_yarn() -> None:
    config = made()
    assert not {"yarn.application.queue", "taskmanager.numberOfTaskSlots", "yarn.application-attempts"} & set(
        config
    )
    assert config["taskmanager.memory.process.size"] == "1728m"
    assert "--add-opens=java.base/java.util=ALL-UNNAMED" in config["env.java.opts.all"]


def test_fields_go_over_the_yarns_defaults_and_options_over_all() -> None:
    config = made(
        SessionSpec("etl-1", "etl", config={"taskmanager.numberOfTaskSlots": "2"}, slots=4),
        yarn_application_queue="default",
        taskmanager_numberOfTaskSlots="16",
        yarn_tags="team",
    )
    assert config["yarn.application.queue"] == "etl"
    assert config["taskmanager.numberOfTaskSlots"] == "2"
    assert config["yarn.tags"] == f"{MARK},r1,team"


@given(st.integers(1, 512), st.none() | st.integers(1, 64))
def test_a_container_never_asks_for_more_vcores_than_there_can_be(slots: int, largest: int | None) -> None:
    asked = int(made(SessionSpec("x", slots=slots), vcores=largest)["yarn.containers.vcores"])
    assert 1 <= asked <= min(slots, largest or 1)


def test_with_high_availability_a_jobmanager_may_come_back() -> None:
    assert made(high__availability_type="zookeeper")["yarn.application-attempts"] == "2"
    assert made(high__availability="zookeeper")["yarn.application-attempts"] == "2"
    assert "yarn.application-attempts" not in made(high__availability_type="NONE")
    once = SessionSpec("x", attempts=1)
    assert made(once, high__availability_type="zookeeper")["yarn.application-attempts"] == "1"


def test_one_id_of_high_availability_for_several_sessions_is_refused() -> None:
    with pytest.raises(UsageError, match="take each other's jobs"):
        made(high__availability_cluster__id="shared")


def test_a_keytab_goes_with_the_session() -> None:
    identity = Identity("kerberos", "ann@REALM", keytab="/k")
    config = session_config(BARE, "r1", defaults={}, identity=identity)
    assert config["security.kerberos.login.keytab"] == "/k"
    assert config["security.kerberos.login.principal"] == "ann@REALM"


@pytest.mark.parametrize(
    "spec",
    [
        SessionSpec(" "),
        SessionSpec("x", slots=0),
        SessionSpec("x", taskmanager_memory=-1),
        SessionSpec("x", tags=("with space",)),
        SessionSpec("x", tags=("a,b",)),
        SessionSpec("x", tags=("ä",)),
        SessionSpec("x", tags=("t" * 101,)),
        SessionSpec("x", tags=tuple(f"t{n}" for n in range(9))),
        SessionSpec("x", config={"taskmanager.numberOfTaskSlots": "many"}),
    ],
)
def test_what_cannot_be_is_said(spec: SessionSpec) -> None:
    with pytest.raises(UsageError):
        made(spec)
