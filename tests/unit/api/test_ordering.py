"""Orders as another program sends them: what each kind takes, and that nothing else is recorded."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import flinklab
from fakes.managed import add_cluster, add_job, add_version, ledger, running
from flinklab.api import ordering
from flinklab.api.job_handle import JobHandle
from flinklab.api.ordering import give_order
from flinklab.catalog.catalog import Catalog
from flinklab.domain.errors import CommandRefusedError, FlinklabError, UsageError
from flinklab.domain.jobs import CommandKind

from .conftest import Fresh

KINDS = tuple(ordering._ORDERS)
VALUES: st.SearchStrategy[Any] = (
    st.none() | st.booleans() | st.integers(-2, 3) | st.floats(allow_nan=False) | st.text(max_size=3) | st.just([])
)
NAMES = sorted({name for _, taken in ordering._ORDERS.values() for name in taken})


@pytest.fixture
def orders(own: Catalog) -> JobHandle:
    """It runs in version 1, and there is a version 2."""
    return running_job(own)


def running_job(catalog: Catalog) -> JobHandle:
    add_cluster(catalog)
    ledger(catalog).keep(*running(add_job(catalog)))
    add_version(catalog, text="INSERT INTO s SELECT b FROM t")
    return flinklab.job("orders", catalog=catalog)


@pytest.mark.parametrize(
    ("kind", "arguments", "recorded"),
    [
        ("stop", {}, {}),
        ("stop", {"drain": True}, {"drain": True}),
        ("cancel", {}, {}),
        ("savepoint", {"canonical": True}, {"canonical": True}),
        ("restart", {}, {}),
        ("scale", {"parallelism": 3}, {"parallelism": 3}),
        ("upgrade", {"number": 2, "state": "drop"}, {"number": 2}),
        ("switch-backend", {"backend": "rocksdb"}, {"backend": "rocksdb"}),
        ("configure", {"tags": ["a"], "owner": "bob"}, {"tags": ["a"], "owner": "bob"}),
    ],
)
def test_an_order_is_recorded_with_its_arguments_and_its_reason(
    orders: JobHandle, kind: str, arguments: dict[str, Any], recorded: dict[str, Any]
) -> None:
    command = give_order(orders, kind, arguments, "because").look()
    assert command.kind is CommandKind(kind)
    assert command.why == "because"
    assert {name: command.arguments[name] for name in recorded} == recorded
    assert [each.look().id for each in orders.commands()] == [command.id]


@settings(max_examples=15, deadline=None)
@given(data=st.data())
def test_any_order_is_recorded_or_refused_in_words(fresh: Fresh, data: st.DataObject) -> None:
    with fresh() as catalog:
        handle = running_job(catalog)
        for _ in range(8):
            kind = data.draw(st.sampled_from(KINDS) | st.text(max_size=5))
            arguments = data.draw(st.dictionaries(st.sampled_from(NAMES) | st.text(max_size=3), VALUES, max_size=2))
            before = len(handle.commands())
            try:
                give_order(handle, kind, arguments)
            except FlinklabError as error:
                assert "\n" not in error.message
                assert len(handle.commands()) == before
            else:
                assert kind in KINDS
                assert set(arguments) <= set(ordering._ORDERS[kind][1])
                assert len(handle.commands()) == before + 1


@pytest.mark.parametrize(
    ("kind", "arguments", "said"),
    [
        ("stopp", {}, "did you mean stop?"),
        ("stop", {"drian": True}, "did you mean drain?"),
        ("cancel", {"drain": True}, "it takes none"),
        ("stop", {"drain": 1}, "drain of stop cannot be 1"),
        ("scale", {"parallelism": True}, "parallelism of scale cannot be True"),
        ("scale", {}, "scale needs parallelism"),
        ("delete", {}, "delete needs points"),
        ("switch-backend", {}, "switch-backend needs backend"),
    ],
)
def test_a_mistake_says_what_to_do(orders: JobHandle, kind: str, arguments: dict[str, Any], said: str) -> None:
    with pytest.raises(UsageError, match=said.replace("?", r"\?")):
        give_order(orders, kind, arguments)
    assert orders.commands() == []


def test_what_the_job_does_not_allow_now_is_refused(orders: JobHandle) -> None:
    with pytest.raises(CommandRefusedError):
        give_order(orders, "start", {})
    assert orders.commands() == []
