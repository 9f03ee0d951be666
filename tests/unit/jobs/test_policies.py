"""Policies as people write them."""

from __future__ import annotations

import dataclasses
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from flinklab.domain.errors import UsageError
from flinklab.domain.job_policies import Policies
from flinklab.jobs.policies import read_policies


@pytest.mark.parametrize(
    ("name", "written", "read"),
    [
        ("savepoint_every", "6h", 21_600.0),
        ("savepoint_every", None, None),
        ("restart_delay", "500ms", 0.5),
        ("restart_delay", 0, 0.0),
        ("prove_within", "40", 40.0),
        ("restarts", "3", 3),
        ("restarts", 0, 0),
    ],
)
def test_a_time_has_a_unit_or_is_in_seconds(name: str, written: Any, read: Any) -> None:
    found = read_policies({name: written})
    assert found == {name: read}
    assert type(found[name]) is type(read)


@given(st.floats(0, 1e9), st.integers(0, 10**6))
def test_what_a_policy_has_is_read_as_itself(seconds: float, restarts: int) -> None:
    policies = Policies(restarts=restarts, restart_delay=seconds, savepoint_every=seconds)
    assert Policies(**read_policies(dataclasses.asdict(policies))) == policies


@pytest.mark.parametrize(
    ("name", "written", "told"),
    [
        ("restart", 3, r"there is no policy 'restart' \(did you mean restarts\?\)"),
        ("restarts", "-1", "the policy restarts is a whole number, not '-1'"),
        ("restarts", 1.5, "the policy restarts is a whole number, not '1.5'"),
        ("restarts", None, "the policy restarts is a whole number, not 'None'"),
        ("restarts", True, "the policy restarts is a whole number, not 'True'"),
        ("restarts", float("inf"), "the policy restarts is a whole number, not 'inf'"),
        ("prove_within", -1, "the policy prove_within is a time such as 10 min, not '-1'"),
        ("prove_within", "soon", "the policy prove_within is a time such as 10 min, not 'soon'"),
        ("prove_within", [1], r"the policy prove_within is a time such as 10 min, not '\[1\]'"),
    ],
)
def test_what_means_nothing_is_said_in_one_line(name: str, written: Any, told: str) -> None:
    with pytest.raises(UsageError, match=f"^{told}$"):
        read_policies({name: written})
