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
