"""The words that open a cluster's UI."""

from __future__ import annotations

from flinklab_extension.ui_grants import Grant, Grants


class Clock:
    now = 0.0

    def __call__(self) -> float:
        return self.now


def grant(cluster: str = "main") -> Grant:
    return Grant("ann", "", "my", cluster)


def test_a_word_opens_its_cluster_and_no_other() -> None:
    grants = Grants()
    word = grants.give(grant())
    assert grants.find(word, "my", "main") == grant()
    assert grants.find(word, "my", "other") is None
    assert grants.find(word, "other", "main") is None
    assert grants.find(word + "x", "my", "main") is None
    assert grants.find("", "my", "main") is None


def test_each_is_another_and_long() -> None:
    grants = Grants()
    words = {grants.give(grant()) for _ in range(50)}
    assert len(words) == 50
    assert all(len(word) >= 32 and "/" not in word for word in words)


def test_it_ends_after_half_a_day() -> None:
    clock = Clock()
    grants = Grants(clock)
    word = grants.give(grant())
    clock.now = 12 * 3600 - 1
    assert grants.find(word, "my", "main") is not None
    clock.now += 1
    assert grants.find(word, "my", "main") is None


def test_of_too_many_the_oldest_goes() -> None:
    grants = Grants()
    first, second = grants.give(grant()), grants.give(grant())
    rest = [grants.give(grant()) for _ in range(499)]
    assert grants.find(first, "my", "main") is None
    assert grants.find(second, "my", "main") is not None
    assert grants.find(rest[-1], "my", "main") is not None
