"""Versions, and what differs between them."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from flinklab.domain.errors import UsageError
from flinklab.domain.flink_versions import (
    FlinkVersion,
    differences,
    fit,
    is_meant,
    is_older,
    line_of,
    parse_version,
)

NUMBERS = st.integers(0, 9999)
VENDORS = st.sampled_from(["", "-SNAPSHOT", "-amzn-0", "-vvr-8.0.9", "-cdh7.1"])
VERSIONS = st.builds(FlinkVersion, NUMBERS, NUMBERS, st.integers(-1, 9999), VENDORS)


@given(VERSIONS)
def test_what_is_written_is_read(version: FlinkVersion) -> None:
    read = parse_version(f" {version} ")
    assert (read, read.vendor) == (version, version.vendor)
    assert line_of(str(version)) == f"{version.major}.{version.minor}"


@pytest.mark.parametrize("text", ["", "2", "2.", "v2.3", "2.3.0.0.0x y", "latest", "<unknown>", "2.3 0", "../2.3"])
def test_what_is_no_version(text: str) -> None:
    with pytest.raises(UsageError, match="is no version of Flink"):
        parse_version(text)
    assert line_of(text) == ""


def test_versions_are_ordered_by_number() -> None:
    ordered = ["1.9", "1.20", "1.20.0", "1.20.3", "1.20.10", "2.0.0", "2.3"]
    assert sorted(sorted(ordered), key=parse_version) == ordered


@given(VERSIONS, VERSIONS)
def test_a_gateway_fits_clusters_of_its_minor_version(one: FlinkVersion, other: FlinkVersion) -> None:
    assert fit(str(one), str(other)) is ((one.major, one.minor) == (other.major, other.minor))
    assert fit(str(one), f"{one.line}.7")
    assert fit(str(one), "<unknown>")
    assert fit("", str(other))


@pytest.mark.parametrize(
    ("version", "command", "scripts"),
    [
        ("1.17.2", ("run-application", "-t", "yarn-application"), False),
        ("1.20.5", ("run-application", "-t", "yarn-application"), False),
        ("2.0", ("run", "-t", "yarn-application"), True),
        ("2.3.0", ("run", "-t", "yarn-application"), True),
        ("9.9", ("run", "-t", "yarn-application"), True),
    ],
)
def test_how_an_application_begins(version: str, command: tuple[str, ...], scripts: bool) -> None:
    known = differences(version)
    assert (known.application_command, known.deploys_scripts) == (command, scripts)


@given(VERSIONS, VERSIONS)
def test_one_of_two_minor_versions_is_older(one: FlinkVersion, other: FlinkVersion) -> None:
    first, second = str(one), str(other)
    assert is_older(first, second) + is_older(second, first) + (one.line == other.line) == 1
    assert is_older("1.9.3", "1.20") and is_older("1.20.3", "2.3")
    assert not is_older("", first) and not is_older(first, "<unknown>")


def test_what_was_asked_for_is_a_minor_version_or_a_whole_one() -> None:
    assert is_meant("1.20.3", "1.20") and is_meant("1.20.3", "1.20.3") and is_meant("1.20.3-amzn-0", "1.20.3")
    assert not is_meant("1.20.3", "1.20.1") and not is_meant("2.3.0", "1.20") and not is_meant("", "1.20")
    with pytest.raises(UsageError):
        is_meant("1.20.3", "newest")


@pytest.mark.parametrize(("version", "does"), [("1.20.3", False), ("2.1.1", False), ("2.2.0", True), ("2.3", True)])
def test_since_when_state_may_begin_to_expire(version: str, does: bool) -> None:
    assert differences(version).migrates_to_ttl is does
