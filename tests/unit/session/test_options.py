import pytest

from flinklab.domain.errors import UsageError
from flinklab.results.table import Mode
from flinklab.session.options import RunOptions


def test_without_flags_nothing_is_configured() -> None:
    assert RunOptions().execution_config() == {}


def test_flags_become_flinks_options() -> None:
    options = RunOptions(
        batch=True, parallelism=2, max_parallelism=8, name="n", from_savepoint="/sp", config={"a": "b"}
    )
    assert options.execution_config() == {
        "a": "b",
        "execution.runtime-mode": "batch",
        "parallelism.default": "2",
        "pipeline.max-parallelism": "8",
        "pipeline.name": "n",
        "execution.state-recovery.path": "/sp",
    }


def test_a_flag_wins_over_the_same_option_given_by_key() -> None:
    assert RunOptions(parallelism=4, config={"parallelism.default": "1"}).execution_config() == {
        "parallelism.default": "4"
    }


@pytest.mark.parametrize("mode", list(Mode))
def test_a_mode_may_be_given_by_its_name(mode: Mode) -> None:
    assert RunOptions(mode=mode.value).mode is mode  # type: ignore[arg-type]


def test_a_mode_that_is_none_names_those_that_are() -> None:
    with pytest.raises(UsageError, match=r"no mode 'upsert'.*auto, append, update, single, changelog"):
        RunOptions(mode="upsert")  # type: ignore[arg-type]


@pytest.mark.parametrize("name", ["limit", "timeout", "rows_kept", "parallelism", "max_parallelism"])
@pytest.mark.parametrize("value", [0, -1])
def test_a_bound_is_more_than_nothing(name: str, value: int) -> None:
    with pytest.raises(UsageError, match=f"{name} is {value}"):
        RunOptions(**{name: value})  # type: ignore[arg-type]
