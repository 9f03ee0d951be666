from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from flinklab.domain.errors import UsageError
from flinklab.local.coordinates import Coordinates

PART = st.from_regex(r"[A-Za-z0-9_]+([.-][A-Za-z0-9_]+){0,3}", fullmatch=True).filter(
    lambda part: part.upper() not in ("RELEASE", "LATEST", "MANAGED") and not part.endswith("-SNAPSHOT")
)


@given(PART, PART, PART)
def test_three_parts_make_a_place_in_a_repository(group: str, artifact: str, version: str) -> None:
    coordinates = Coordinates.parse(f" {group}:{artifact}:{version}\n")
    assert str(coordinates) == f"{group}:{artifact}:{version}"
    path = coordinates.path
    assert str(path) == f"{group.replace('.', '/')}/{artifact}/{version}/{artifact}-{version}.jar"


@pytest.mark.parametrize(
    "text",
    [
        "",
        "a",
        "a:b",
        "a:b:",
        ":b:c",
        "a:b:c:d",
        "a b:c:d",
        "../x:b:1",
        "a:..:1",
        "a:b:../../1",
        "a:b:-1",
        "/a:b:1",
        "ä:b:1",
    ],
)
def test_what_is_no_coordinates(text: str) -> None:
    with pytest.raises(UsageError, match="not Maven coordinates") as caught:
        Coordinates.parse(text)
    assert "group:artifact:version" in str(caught.value)


@given(st.text(alphabet="ab./:\\-~\n", max_size=20))
def test_no_text_leads_out_of_the_cache(text: str) -> None:
    try:
        path = Coordinates.parse(text).path
    except UsageError:
        return
    assert not path.is_absolute()
    assert ".." not in path.parts


@pytest.mark.parametrize("version", ["RELEASE", "LATEST", "latest", "1.0-SNAPSHOT"])
def test_a_version_that_moves_is_refused(version: str) -> None:
    with pytest.raises(UsageError, match="moves"):
        Coordinates.parse(f"a:b:{version}")
