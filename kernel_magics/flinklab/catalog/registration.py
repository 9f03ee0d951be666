"""What may be registered; judged before the database is asked."""

from __future__ import annotations

from flinklab.catalog.checks import (
    check_access,
    check_address,
    check_configuration,
    check_http,
    check_labels,
    check_one_of,
    check_texts,
)
from flinklab.catalog.yarn_registration import check_on_yarn, check_sizing
from flinklab.domain.records import Pool, RegisteredCluster, RegisteredGateway, RegisteredStorage

KINDS = ("standalone", "yarn", "yarn-application", "kubernetes", "embedded")

_ACCESS = ("jobmanager_url", "ca", "headers", "user", "password", "token", "zone", "properties")


def check_gateway(gateway: RegisteredGateway) -> None:
    """Raises `UsageError`, and `SecretError` for a secret that is written out."""
    check_http(gateway.url, "the gateway's address")
    check_access(gateway.access, _ACCESS, "a gateway")
    if "jobmanager_url" in gateway.access:
        check_http(gateway.access["jobmanager_url"], "the JobManager's address")
    check_configuration(gateway.access.get("properties", {}))


def check_storage(storage: RegisteredStorage) -> None:
    """Raises `UsageError`, and `SecretError` for a password in the URI."""
    check_address(storage.uri, "the storage's URI", "s3://bucket/path or file:///path")


def check_cluster(cluster: RegisteredCluster) -> None:
    """Raises `UsageError`, and `SecretError` for a secret that is written out."""
    check_one_of(cluster.kind, KINDS, "{} is no kind of cluster")
    if cluster.jobmanager_url is not None:
        check_http(cluster.jobmanager_url, "the JobManager's address")
    check_texts("defaults", cluster.defaults)
    check_configuration(cluster.defaults)
    check_on_yarn(cluster)
    check_sizing(cluster.sizing)
    check_labels(cluster.labels)


def check_pool(pool: Pool) -> None:
    """Raises `UsageError`."""
    check_labels(pool.labels)
