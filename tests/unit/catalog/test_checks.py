"""What several kinds of registered things are held to."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from flinklab.catalog.checks import check_access, check_configuration, check_labels, check_one_of, check_path
from flinklab.domain.errors import SecretError, UsageError

SECRET = "s3ntinel"


def test_a_choice_is_one_of_the_known_or_said_with_the_one_that_was_meant() -> None:
    check_one_of("simple", ("none", "simple"), "auth cannot be {}")
    with pytest.raises(UsageError, match="auth cannot be 'simpel'") as caught:
        check_one_of("simpel", ("none", "simple"), "auth cannot be {}")
    assert caught.value.hint == "did you mean simple?"
    with pytest.raises(UsageError, match="auth cannot be '7'") as caught:
        check_one_of(7, ("none", "simple"), "auth cannot be {}")
    assert caught.value.hint == "there are none, simple"


@given(st.text())
def test_a_path_is_absolute_or_refused(text: str) -> None:
    if text.startswith("/") and text.isprintable():
        check_path(text, "keytab")
    else:
        with pytest.raises(UsageError, match="keytab must be an absolute path"):
            check_path(text, "keytab")


@given(st.lists(st.text()))
def test_labels_can_be_written_one_behind_the_other(words: list[str]) -> None:
    """What is taken comes back out of a list with commas."""
    try:
        check_labels(words)
    except UsageError:
        assert any(not word.isprintable() or word.split() != [word] or "," in word for word in words)
    else:
        assert not words or ",".join(words).split(",") == words


@pytest.mark.parametrize("labels", ["two words", None, 7, ("a", 7), [["a"]], {"a": "b"}])
def test_what_are_no_labels_is_refused(labels: Any) -> None:
    with pytest.raises(UsageError, match="labels are words"):
        check_labels(labels)


def test_secrets_of_an_access_are_references() -> None:
    known = ("token", "headers", "user")
    check_access({"token": "env:T", "headers": {"X": "file:/x"}, "user": "ann"}, known, "a thing")
    for access in ({"token": SECRET}, {"headers": {"X": SECRET}}):
        with pytest.raises(SecretError) as caught:
            check_access(access, known, "a thing")
        assert SECRET not in "".join(caught.value.report())
    with pytest.raises(UsageError, match="access to a thing has no 'tokn'") as unknown:
        check_access({"tokn": "env:T"}, known, "a thing")
    assert unknown.value.hint == "did you mean token?"


def test_a_secret_of_a_configuration_is_a_variable_and_nothing_else() -> None:
    check_configuration({"s3.secret-key": "${key}", "a": "b"})
    for value in (SECRET, f"${{a}}{SECRET}", f"${{a}}{SECRET}${{b}}"):
        with pytest.raises(SecretError, match=r"s3\.secret-key would be kept"):
            check_configuration({"s3.secret-key": value})
