from __future__ import annotations

import pytest

from flinklab.domain.monitoring import Spread
from flinklab.flink.exposition import Collected, exposed_in, filtered, writers_of

# Lines of Flink 2.3.0's reporter, labels shortened.
OPERATOR = "flink_taskmanager_job_task_operator"
TASK = "flink_taskmanager_job_task"
TEXT = f"""# HELP {OPERATOR}_numRecordsOut numRecordsOut (scope: taskmanager_job_task_operator)
# TYPE {OPERATOR}_numRecordsOut gauge
{OPERATOR}_numRecordsOut{{job_id="j",task_id="v",operator_name="Source:_c_src_15_",tm_id="tm_1",subtask_index="0",}} 83.0
{OPERATOR}_numRecordsOut{{job_id="j",task_id="v",operator_name="d_out_32_:_Writer",tm_id="tm_1",subtask_index="0",}} 2.0
{TASK}_busyTimeMsPerSecond{{job_id="j",task_id="v",tm_id="tm_1",subtask_index="0",}} 100.0
{TASK}_busyTimeMsPerSecond{{job_id="j",task_id="v",tm_id="tm_1",subtask_index="1",}} 300.0
{TASK}_accumulateBusyTimeMs{{job_id="j",task_id="v",tm_id="tm_1",subtask_index="0",}} NaN
{TASK}_currentInputWatermark{{job_id="j",task_id="v",tm_id="tm_1",subtask_index="0",}} 1.7E12
{TASK}_currentInputWatermark{{job_id="j",task_id="v",tm_id="tm_1",subtask_index="1",}} -9.223372036854776E18
{TASK}_Shuffle_Netty_Output_Buffers_outPoolUsage{{job_id="j",task_id="v",tm_id="tm_1",subtask_index="0",}} 0.5
{TASK}_mailboxLatencyMs{{job_id="j",task_id="v",tm_id="tm_1",subtask_index="0",quantile="0.95",}} 7.0
{OPERATOR}_KafkaSourceReader_KafkaConsumer_records_lag_max{{job_id="j",task_id="v",operator_name="Source:_k_1_",tm_id="tm_1",subtask_index="0",}} 12.0
{OPERATOR}_KafkaSourceReader_topic_partition_currentOffset{{job_id="j",task_id="v",operator_name="Source:_k_1_",topic="t",partition="0",tm_id="tm_1",}} 9.0
flink_taskmanager_Status_JVM_Memory_Heap_Used{{host="h",tm_id="tm_1",}} 5.0
flink_taskmanager_Status_JVM_GarbageCollector_G1_Young_Generation_Count{{host="h",tm_id="tm_1",}} 6.0
process_cpu_seconds_total 1.0
"""  # noqa: E501


def by_name(text: str, *names: str) -> dict[str, list[float | None]]:
    found: dict[str, list[float | None]] = {}
    for each in exposed_in(text, names):
        found.setdefault(each.name, []).append(each.value)
    return found


def test_names_are_those_of_the_rest_api() -> None:
    assert by_name(TEXT) == {
        "Source__c_src[15].numRecordsOut": [83.0],
        "d_out[32]__Writer.numRecordsOut": [2.0],
        "busyTimeMsPerSecond": [100.0, 300.0],
        "accumulateBusyTimeMs": [None],
        "currentInputWatermark": [1.7e12, None],
        "Shuffle.Netty.Output.Buffers.outPoolUsage": [0.5],
        "mailboxLatencyMs_p95": [7.0],
        "Source__k[1].KafkaSourceReader_KafkaConsumer_records_lag_max": [12.0],
        "Status.JVM.Memory.Heap.Used": [5.0],
        "Status.JVM.GarbageCollector.G1_Young_Generation.Count": [6.0],
    }


def test_only_what_is_wanted_with_its_very_name() -> None:
    names = ("busyTimeMsPerSecond", ".records-lag-max", "Status.JVM.GarbageCollector.G1_Young_Generation.Count")
    assert by_name(TEXT, *names) == {
        "busyTimeMsPerSecond": [100.0, 300.0],
        "Source__k[1].KafkaSourceReader.KafkaConsumer.records-lag-max": [12.0],
        "Status.JVM.GarbageCollector.G1_Young_Generation.Count": [6.0],
    }
    assert by_name(TEXT, "Time") == {}


def test_a_reporter_that_replaces_nothing_in_labels() -> None:
    line = f'{OPERATOR}_numRecordsIn{{job_id="j",task_id="v",operator_name="out[3]: Writer",tm_id="a-1",}} 1.0\n'
    assert by_name(line) == {"out[3]__Writer.numRecordsIn": [1.0]}


def test_sub_tasks_together_and_what_one_does_not_know_is_not_known() -> None:
    collected = Collected()
    for each in exposed_in(TEXT):
        if each.vertex:
            collected.add(each)
    (found,) = collected.spreads().values()
    assert found["busyTimeMsPerSecond"] == Spread(100.0, 300.0, 200.0, 400.0)
    assert not {"currentInputWatermark", "accumulateBusyTimeMs"} & found.keys()


def test_who_writes() -> None:
    assert writers_of(TEXT) == ({"tm_1"}, {"j"})
    assert writers_of('flink_jobmanager_job_uptime{job_id="k",host="h",} 1.0') == (set(), {"k"})
    assert filtered("10.0.0.5:43001-ab c") == "10_0_0_5:43001_ab_c"


def test_no_exposition() -> None:
    with pytest.raises(ValueError, match=r".+"):
        list(exposed_in(f"{TASK}_busyTimeMsPerSecond{{job_id= nonsense"))
    assert list(exposed_in("<html>hello</html>")) == []
