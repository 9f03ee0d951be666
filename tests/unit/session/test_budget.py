from flinklab.session.query import Budget


def test_without_a_budget_it_goes_on() -> None:
    assert Budget().spent(10**9, 10**9) is None


def test_each_budget_says_which_it_was() -> None:
    assert Budget(limit=10).spent(9, 1e6) is None
    assert Budget(limit=10).spent(10, 0) == "limit of 10 rows reached"
    assert Budget(timeout=30).spent(10**6, 29.9) is None
    assert "timeout of 30" in (Budget(timeout=30).spent(0, 30) or "")
    assert "longest life" in (Budget(longest_life=60).spent(0, 61) or "")
