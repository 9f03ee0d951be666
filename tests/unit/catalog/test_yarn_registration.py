"""What may be registered of a YARN, and of a cluster that is on one."""

from __future__ import annotations

from dataclasses import asdict, replace
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from flinklab.catalog.registration import check_cluster, check_pool
from flinklab.catalog.yarn_registration import check_sizing, check_yarn
from flinklab.domain.errors import FlinklabError, SecretError, UsageError
from flinklab.domain.records import Pool, RegisteredCluster, RegisteredYarn
from flinklab.domain.yarn import SessionSpec

SECRET = "s3ntinel"
ID = "application_1700000000000_0001"
YARN = RegisteredYarn("my", "prod", ("http://rm1:8088", "https://proxy/yarn"))
CLUSTER = RegisteredCluster("my", "etl", "yarn", yarn="prod")


@pytest.mark.parametrize(
    "more",
    [
        {"access": {"auth": "none"}},
        {"access": {"auth": "simple", "user": "ann", "proxy_user": "etl"}},
        {
            "access": {
                "auth": "kerberos",
                "user": "ann@EXAMPLE.ORG",
                "keytab": "/etc/ann.keytab",
                "ca": "/etc/ca.pem",
            }
        },
        {"access": {"user": "ann", "password": "env:P", "token": "keyring:a/b", "headers": {"X": "file:/x"}}},
        {"hadoop_conf": "/etc/hadoop/conf", "flink_homes": {"2.3": "/opt/flink", "1.20": "/opt/flink-1.20"}},
        {"defaults": {"taskmanager.numberOfTaskSlots": "4", "s3.secret-key": "${key}"}},
        {"urls": ("http://ann@rm:8088/prefix/",)},
    ],
)
def test_a_yarn_is_registered_with_what_it_takes_to_ask_it(more: dict[str, Any]) -> None:
    check_yarn(replace(YARN, **more))


@pytest.mark.parametrize(
    ("more", "why", "hint"),
    [
        ({"urls": ()}, "needs the addresses of its ResourceManagers", "http://host:8088"),
        ({"urls": "http://rm:8088"}, "needs the addresses of its ResourceManagers", None),
        ({"urls": ("rm:8088",)}, "the ResourceManager's address is no address", None),
        ({"urls": ("http://rm", "hdfs://nn")}, "must begin with http", None),
        ({"urls": ("http://rm/cluster?user.name=ann",)}, "has a query or a fragment", "after"),
        ({"urls": ("http://rm/cluster#x",)}, "has a query or a fragment", "after"),
        ({"name": "rm:8088"}, "no colon and no comma", None),
        ({"access": {"auth": "spnego"}}, "auth of a YARN cannot be 'spnego'", "none, simple, kerberos"),
        ({"access": {"auth": "kerbros"}}, "auth of a YARN cannot be 'kerbros'", "did you mean kerberos?"),
        ({"access": {"proxyuser": "x"}}, "access to a YARN has no 'proxyuser'", "did you mean proxy_user?"),
        ({"access": {"zone": "UTC"}}, "access to a YARN has no 'zone'", None),
        ({"access": {"user": 7}}, "user must be text", None),
        ({"access": {"keytab": "ann.keytab"}}, "keytab must be an absolute path", None),
        ({"hadoop_conf": "conf"}, "hadoop_conf must be an absolute path", None),
        ({"flink_homes": {"2.3.0": "/opt/flink"}}, "by minor version, not by '2.3.0'", "2.3 or 1.20"),
        ({"flink_homes": {"two": "/opt/flink"}}, "by minor version, not by 'two'", None),
        ({"flink_homes": {"2.3": "flink"}}, r"the Flink home of 2\.3 must be an absolute path", None),
        ({"flink_homes": {"2.3": None}}, "flink_homes must be names with texts", None),
        ({"defaults": {"a": 1}}, "defaults must be names with texts", None),
    ],
)
def test_what_is_no_yarn_is_refused_in_one_line(more: dict[str, Any], why: str, hint: str | None) -> None:
    with pytest.raises(UsageError, match=why) as caught:
        check_yarn(replace(YARN, **more))
    assert "\n" not in str(caught.value)
    assert hint is None or hint in (caught.value.hint or "")


@pytest.mark.parametrize(
    "more",
    [
        {"urls": (f"http://ann:{SECRET}@rm:8088",)},
        {"urls": ("http://rm1:8088", f"http://ann:{SECRET}@rm2:8088")},
        {"access": {"password": SECRET}},
        {"access": {"token": SECRET}},
        {"access": {"headers": {"Authorization": SECRET}}},
        {"defaults": {"s3.secret-key": SECRET}},
    ],
)
def test_a_secret_of_a_yarn_is_not_kept_and_not_repeated(more: dict[str, Any]) -> None:
    with pytest.raises(SecretError) as caught:
        check_yarn(replace(YARN, **more))
    assert SECRET not in "".join(caught.value.report())


@pytest.mark.parametrize(
    ("cluster", "why"),
    [
        (RegisteredCluster("my", "c", "standalone", yarn="prod"), "of kind standalone is on no YARN"),
        (RegisteredCluster("my", "c", "kubernetes", application=ID), "of kind kubernetes is on no YARN"),
        (RegisteredCluster("my", "c", "yarn-application"), "needs a YARN"),
        (RegisteredCluster("my", "c", "yarn", application=ID), "is looked up on a YARN"),
        (replace(CLUSTER, application="etl"), "'etl' is no id of an application"),
        (replace(CLUSTER, application=f"{ID}\n"), "is no id of an application"),
        (replace(CLUSTER, labels=("large etl",)), "labels are words"),
        (replace(CLUSTER, sizing={"slotz": 8}), "sizing of a session has no 'slotz'"),
    ],
)
def test_a_cluster_says_of_yarn_what_goes_with_its_kind(cluster: RegisteredCluster, why: str) -> None:
    with pytest.raises(UsageError, match=why) as caught:
        check_cluster(cluster)
    assert "\n" not in str(caught.value)
    assert caught.value.hint


def test_sessions_and_clusters_of_applications_are_on_a_yarn() -> None:
    check_cluster(CLUSTER)
    check_cluster(replace(CLUSTER, application=ID, labels=("etl", "large")))
    check_cluster(replace(CLUSTER, kind="yarn-application"))
    check_cluster(RegisteredCluster("my", "c", "yarn", "http://jm:8081"))  # reached without its YARN


_COUNT = st.none() | st.integers(1, 10**6)
_SPEC = st.builds(
    SessionSpec,
    *(st.text(), st.text(), _COUNT, _COUNT, _COUNT, st.lists(st.text()).map(tuple), _COUNT),
    st.dictionaries(st.sampled_from(["a.b", "parallelism.default"]), st.text()),
)


@given(_SPEC)
def test_what_a_session_was_created_with_is_a_sizing(spec: SessionSpec) -> None:
    check_sizing(asdict(spec))


@pytest.mark.parametrize(
    ("sizing", "why"),
    [
        ({"slots": "8"}, "the sizing of a session cannot be read"),
        ({"slots": True}, "the sizing of a session cannot be read"),
        ({"tags": "a"}, "the sizing of a session cannot be read"),
        ({"config": {"a": 1}}, "the sizing of a session cannot be read"),
        ({"slots": 0}, "slots of a session must be at least 1"),
        ({"taskmanager_memory": -1}, "taskmanager_memory of a session must be at least 1"),
        ({"config": {"s3.secret-key": SECRET}}, "s3.secret-key would be kept"),
    ],
)
def test_what_is_no_sizing_is_refused(sizing: dict[str, Any], why: str) -> None:
    with pytest.raises(FlinklabError, match=why) as caught:
        check_sizing(sizing)
    assert SECRET not in "".join(caught.value.report())


def test_a_pool_chooses_by_labels() -> None:
    check_pool(Pool("my", "etl", ("etl", "large")))
    check_pool(Pool("my", "all"))
    with pytest.raises(UsageError, match="labels are words"):
        check_pool(Pool("my", "etl", ("etl,large",)))
