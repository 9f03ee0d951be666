"""What Flink's client prints, in plain words.

Flink 2.3 with Hadoop 3.4.1 printed these texts; some are cut short. Not seen, but written after what Hadoop's
sources say, are those about a queue that one may not use, that is stopped or that has too many, and about a folder
that is another's. What nobody foresaw is made up.
"""

from __future__ import annotations

import pytest

from flinklab.domain.errors import YarnError, YarnRefusedError
from flinklab.domain.yarn import Queue
from flinklab.yarn.client_output import Step, application_in, explain, hopeless, step_of

QUEUES = [Queue("default", "root.default"), Queue("etl", "root.etl")]
_DEPLOY = "org.apache.flink.client.deployment.ClusterDeploymentException: Couldn't deploy Yarn session cluster"
_SHORT = "org.apache.flink.yarn.YarnClusterDescriptor$YarnDeploymentException: "
_MAXIMUM = (
    "Please check the 'yarn.scheduler.maximum-allocation-mb' and the 'yarn.nodemanager.resource.memory-mb' "
    "configuration values"
)
_KILLED = (
    f"Caused by: {_SHORT}The YARN application unexpectedly switched to state KILLED during deployment. \n"
    "Diagnostics from YARN: Application application_17_0005 was killed by user root at 127.0.0.1\n"
    "If log aggregation is enabled on your cluster, use this command to further investigate the issue:\n"
    "yarn logs -applicationId application_17_0005"
)
_NO_CONF = (
    "22:38:36,499 WARN  HadoopUtils - Could not find Hadoop configuration via any of the supported methods (Flink "
    "configuration, environment variables)."
)

CASES = {
    "a wrong queue": (
        f"{_DEPLOY}\nCaused by: org.apache.hadoop.yarn.exceptions.YarnException: Failed to submit "
        "application_17_0002 "
        "to YARN : Application application_17_0002 submitted by user root to unknown queue: defalt",
        YarnRefusedError,
        "there is no queue defalt (did you mean default? there are default, etl)",
    ),
    "a JobManager that is too large": (
        f"{_DEPLOY}\nCaused by: {_SHORT}The cluster does not have the requested resources for the JobManager "
        f"available!\nMaximum Memory: 4096MB Requested: 5000MB. {_MAXIMUM}",
        YarnRefusedError,
        "a JobManager of 4.9 GiB is larger than a container of this YARN may be: 4 GiB (give it at most "
        "--jm-memory "
        "4096m, or raise yarn.scheduler.maximum-allocation-mb)",
    ),
    "TaskManagers that are too large": (
        f"{_DEPLOY}\nCaused by: {_SHORT}The cluster does not have the requested resources for the TaskManagers "
        f"available!\nMaximum Memory: 4096 Requested: 5000MB. {_MAXIMUM}",
        YarnRefusedError,
        "a TaskManager of 4.9 GiB is larger than a container of this YARN may be: 4 GiB (give it at most "
        "--tm-memory "
        "4096m, or raise yarn.scheduler.maximum-allocation-mb)",
    ),
    "no classes of Hadoop": (
        "Error: Unable to initialize main class org.apache.flink.yarn.cli.FlinkYarnSessionCli\n"
        "Caused by: java.lang.NoClassDefFoundError: org/apache/hadoop/yarn/exceptions/YarnException",
        YarnError,
        "Flink's client finds no Hadoop classes (org.apache.hadoop.yarn.exceptions.YarnException) (set "
        "HADOOP_CLASSPATH to what `hadoop classpath` prints)",
    ),
    "no configuration of Hadoop": (
        _NO_CONF,
        YarnError,
        "Flink's client does not find where YARN is (register the YARN with --hadoop-conf DIR, the folder with its "
        "core-site.xml and yarn-site.xml)",
    ),
    "a ResourceManager that is down": (
        "22:38:44,654 INFO  Client - Retrying connect to server: rm/10.0.0.1:8032. Already tried 3 time(s); retry "
        "policy is RetryUpToMaximumCountWithFixedSleep(maxRetries=10, sleepTime=1000 MILLISECONDS)",
        YarnError,
        "the ResourceManager does not answer Flink's client at rm/10.0.0.1:8032 (is it up, and is this its "
        "yarn.resourcemanager.address? It stands in the folder of --hadoop-conf)",
    ),
    "one that was killed": (
        f"{_DEPLOY}\n{_KILLED}",
        YarnError,
        "the application ended before its JobManager ran: KILLED: Application application_17_0005 was "
        "killed by user "
        "root at 127.0.0.1 (its log: yarn logs -applicationId application_17_0005)",
    ),
    "no ticket": (
        "org.apache.hadoop.security.AccessControlException: Client cannot authenticate via:[TOKEN, KERBEROS]",
        YarnRefusedError,
        "YARN wants Kerberos, and there is no valid ticket (`kinit` gets one; or register the YARN with "
        "--keytab FILE "
        "--user PRINCIPAL)",
    ),
    "nobody to act for": (
        "org.apache.hadoop.security.authorize.AuthorizationException: User: knox@X is not allowed to "
        "impersonate alice",
        YarnRefusedError,
        "YARN does not let knox@X act for alice (the ResourceManager's core-site.xml allows it: "
        "hadoop.proxyuser.knox.hosts and .users)",
    ),
    "no right to a queue": (
        "Caused by: org.apache.hadoop.security.AccessControlException: User bob does not have permission to submit "
        "application_17_0001 to queue etl",
        YarnRefusedError,
        "bob may not submit applications to queue etl (the queue's administrators give that right "
        "(acl_submit_applications))",
    ),
    "a queue that is stopped": (
        "Queue root.etl is STOPPED. Cannot accept submission of application: application_17_0001",
        YarnRefusedError,
        "queue root.etl is STOPPED: it takes no applications (there are default, etl)",
    ),
    "a queue with too many": (
        "Queue root.etl already has 10000 applications, cannot accept submission of application: "
        "application_17_0001",
        YarnRefusedError,
        "queue root.etl has 10000 applications already and takes no more (choose another queue, or wait until some "
        "have ended)",
    ),
    "a folder that is another's": (
        'Caused by: Permission denied: user=bob, access=WRITE, inode="/user":hdfs:supergroup:drwxr-xr-x',
        YarnRefusedError,
        "bob may not write to /user, where Flink is uploaded (set another folder: -D yarn.staging-directory=URI)",
    ),
    "what nobody foresaw": (
        f"{_DEPLOY}\n\tat some.Where(Where.java:1)\nCaused by: java.io.IOException: the moon is in the "
        "way\n\t... 7 more",
        YarnError,
        "Flink's client for YARN failed: the moon is in the way",
    ),
    "silence": ("", YarnError, "Flink's client for YARN failed: it printed nothing"),
}


@pytest.mark.parametrize("case", CASES)
def test_each_failure_is_one_line_that_says_what_to_do(case: str) -> None:
    text, kind, words = CASES[case]
    told = explain(text.splitlines(), QUEUES)
    assert type(told) is kind
    assert str(told) == words
    assert told.details == text


@pytest.mark.parametrize(
    ("line", "step"),
    [
        (
            "INFO  DefaultNoHARMFailoverProxyProvider - Connecting to ResourceManager at localhost:1",
            Step.CONNECTING,
        ),
        ("INFO  YarnClusterDescriptor - Cluster specification: ClusterSpecification{...}", Step.UPLOADING),
        ("INFO  YarnClusterDescriptor - Submitting application master application_17_0001", Step.SUBMITTING),
        ("INFO  YarnClusterDescriptor - Deploying cluster, current state ACCEPTED", Step.WAITING),
        ("INFO  YarnClusterDescriptor - YARN application has been deployed successfully.", Step.DEPLOYED),
        ("INFO  Configuration - resource-types.xml not found", None),
    ],
)
def test_how_far_it_is(line: str, step: Step | None) -> None:
    assert step_of(line) is step


def test_the_application_is_known_from_before_its_submission_on() -> None:
    assert application_in("Submitting application master application_17_0001") == "application_17_0001"
    assert application_in("Submitted application application_17_0001") == "application_17_0001"
    assert not application_in("Application application_17_0001 submitted by user root to unknown queue: nope")


def test_what_would_be_tried_for_ever_is_hopeless() -> None:
    assert hopeless(_NO_CONF)
    assert not hopeless("Retrying connect to server: rm:8032. Already tried 0 time(s)")
