from __future__ import annotations

from pathlib import Path
from xml.sax.saxutils import escape

import pytest
from hypothesis import given
from hypothesis import strategies as st

from flinklab.domain.errors import UsageError
from flinklab.yarn.siteconf import SiteConf


def write(folder: Path, name: str = "yarn-site.xml", final: tuple[str, ...] = (), **values: str) -> None:
    """`__` for a dot."""
    properties = "".join(
        f"<property><name>{key.replace('__', '.')}</name><value>{escape(value)}</value>"
        + ("<final>true</final>" if key in final else "")
        + "</property>"
        for key, value in values.items()
    )
    (folder / name).write_text(f"<?xml version='1.0'?><configuration>{properties}</configuration>")


def read(folder: Path, **environment: str) -> SiteConf:
    return SiteConf(folder, "core-site.xml", "yarn-site.xml", environment=environment, user="ann")


def test_the_later_file_wins_but_over_what_is_final(tmp_path: Path) -> None:
    write(tmp_path, "core-site.xml", ("sealed",), sealed="core", open="core")
    write(tmp_path, "yarn-site.xml", sealed="yarn", open="yarn")
    site = read(tmp_path)
    assert (site.get("sealed"), site.get("open"), site.get("nix", "default")) == ("core", "yarn", "default")


def test_within_a_file_the_last_one_wins_and_final_holds_for_other_files(tmp_path: Path) -> None:
    twice = "".join(
        f"<property><name>a</name><value>{value}</value><final>true</final></property>" for value in ("1", "2")
    )
    (tmp_path / "core-site.xml").write_text(f"<configuration>{twice}</configuration>")
    assert read(tmp_path).get("a") == "2"


@pytest.mark.parametrize(
    ("value", "read_as"),
    [
        ("${host}:${port}", "rm1.example:8088"),
        ("${deep}", "rm1.example"),
        ("${nix}", "${nix}"),
        ("${user.name}", "ann"),
        ("${env.WHERE}", "here"),
        ("${env.NIX}", "${env.NIX}"),
        ("${env.NIX-there}", "there"),
        ("${env.EMPTY-there}", ""),
        ("${env.EMPTY:-there}", "there"),
        ("${env.NIX:-}", ""),
        ("$host {host} ${", "$host {host} ${"),
    ],
)
def test_references_are_followed_as_hadoop_does(tmp_path: Path, value: str, read_as: str) -> None:
    write(tmp_path, host="rm1.example", port="8088", deep="${host}", asked=value)
    assert read(tmp_path, WHERE="here", EMPTY="").get("asked") == read_as


def test_a_circle_of_references_ends(tmp_path: Path) -> None:
    write(tmp_path, a="${b}", b="${a}")
    assert read(tmp_path).get("a") in ("${a}", "${b}")


@given(st.text(st.characters(exclude_categories=("Cs", "Cc"), exclude_characters="$￾￿"), min_size=1))
def test_any_text_comes_through(tmp_path_factory: pytest.TempPathFactory, value: str) -> None:
    folder = tmp_path_factory.mktemp("conf")
    write(folder, key=value)
    assert read(folder).get("key") == value.strip()


def test_properties_as_attributes_and_inclusions(tmp_path: Path) -> None:
    (tmp_path / "core-site.xml").write_text(
        '<configuration xmlns:xi="http://www.w3.org/2001/XInclude"><xi:include href="more.xml"/>'
        '<property name="a" value="1"/><property><value>of nothing</value></property></configuration>'
    )
    assert read(tmp_path).get("a") == "1"


def test_what_is_no_folder_and_what_is_no_xml(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="set HADOOP_CONF_DIR"):
        read(tmp_path / "nix")
    (tmp_path / "yarn-site.xml").write_text("<configuration>")
    with pytest.raises(UsageError, match=r"yarn-site\.xml cannot be read"):
        read(tmp_path)
