"""The line of `%flink`."""

from __future__ import annotations

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from flinklab.domain.errors import UsageError
from flinklab.notebook.catalog_subcommands import CATALOG_SUBCOMMANDS
from flinklab.notebook.subcommands import (
    Command,
    Config,
    Connect,
    Down,
    Help,
    Jar,
    Queries,
    SessionCommand,
    Status,
    Up,
    parse_flink,
)

FLINK = ["up", "down", "connect", "status", "queries", "jar", "session", "config"]
NAMES = [*FLINK, *(name for section in CATALOG_SUBCOMMANDS.values() for name in section)]


def help_of(line: str) -> str:
    command = parse_flink(line)
    assert isinstance(command, Help)
    return command.text


@pytest.mark.parametrize(
    ("line", "expected"),
    [
        ("up", Up()),
        ("up --flink 1.20", Up("1.20")),
        ("  down ", Down()),
        ("status", Status()),
        ("queries", Queries()),
        ("queries --end all", Queries("all")),
        ("queries --end=072d", Queries("072d")),
        ("jar org.example:a:1.0", Jar("org.example:a:1.0")),
        ("jar 'my jars/a.jar'", Jar("my jars/a.jar")),
        ("jar C:\\jars\\a.jar", Jar("C:\\jars\\a.jar")),
        ("session", SessionCommand()),
        ("session reset", SessionCommand(reset=True)),
        ("config", Config()),
        ("config a.b", Config("a.b")),
        ("config a.b 'c d'", Config("a.b", "c d")),
        ("config a.b ''", Config("a.b", "")),
        ("config a.b -- -1", Config("a.b", "-1")),
        ("connect http://gw:8083", Connect("http://gw:8083")),
        (
            "connect --ca my.pem http://gw:8083 --jobmanager http://jm",
            Connect("http://gw:8083", "http://jm", "my.pem"),
        ),
        (
            "connect gw --user ann --password env:GW --header X-A=b --header 'X-C=d e=f'",
            Connect("gw", headers={"X-A": "b", "X-C": "d e=f"}, user="ann", password="env:GW"),
        ),
        ("connect gw --token file:~/token", Connect("gw", token="file:~/token")),
        ("connect etl-1 --yarn http://rm:8088", Connect("etl-1", yarn="http://rm:8088")),
    ],
)
def test_commands(line: str, expected: Command) -> None:
    assert parse_flink(line) == expected


@pytest.mark.parametrize(
    ("line", "message"),
    [
        ("conect http://gw", "unknown subcommand conect: did you mean connect?"),
        ("stauts", "unknown subcommand stauts: did you mean status?"),
        ("frobnicate", "unknown subcommand frobnicate: `%flink` lists them"),
        ("--up", "unknown flag --up: %flink -h lists them"),
        ("up now", "'now' is too much: write %flink up [flags]"),
        ("config a b c", "'c' is too much: write %flink config [KEY [VALUE]]"),
        (
            "connect",
            "%flink connect needs the address of a SQL Gateway, such as http://localhost:8083, or a cluster's name",
        ),
        ("connect a b", "'b' is too much: write %flink connect URL|NAME [flags]"),
        ("connect a --tokn env:A", "unknown flag --tokn: did you mean --token?"),
        ("connect a --quux", "unknown flag --quux: %flink connect -h lists them"),
        (
            "connect http://a --yarn prod",
            "--yarn goes with the name of a session, not with the address of a gateway",
        ),
        (
            "connect a --jobmanager http://b",
            "--jobmanager goes with the address of a gateway; clusters have theirs registered",
        ),
        ("connect a --user b", "--user and --password go together"),
        ("connect a --password env:B", "--user and --password go together"),
        ("connect a --user b --password env:B --token env:C", "--token and --user exclude each other"),
        ("connect a --header b", "--header needs a key and a value: --header KEY=VALUE"),
        ("queries --end", "--end needs a value: --end ID|all"),
        ("jar", "%flink jar needs Maven coordinates (group:artifact:version) or the path of a jar"),
        ("session rest", "'rest' is not known: write %flink session or %flink session reset"),
        ("config ''", "the key is empty: write %flink config KEY VALUE"),
    ],
)
def test_mistakes_get_one_line(line: str, message: str) -> None:
    with pytest.raises(UsageError) as caught:
        parse_flink(line)
    assert caught.value.report() == [f"Usage: {message}"]


@pytest.mark.parametrize("flag", ["--user ann --password", "--token"])
@pytest.mark.parametrize("secret", ["hunter2", "env:", "file:", "environment:hunter2", "''"])
def test_a_secret_on_the_line_is_refused_and_not_repeated(flag: str, secret: str) -> None:
    with pytest.raises(UsageError, match="env:NAME or file:PATH") as caught:
        parse_flink(f"connect gw {flag} {secret}")
    assert "hunter2" not in str(caught.value)


@pytest.mark.parametrize("line", ["", "  ", "-h", "--help", "help", "-h up"])
def test_the_overview_has_a_line_for_each_subcommand(line: str) -> None:
    text = help_of(line)
    found = re.findall(r"^  ([a-z]+(?: [a-z]+)?)(?= ).*  \S", text, re.MULTILINE)
    assert found == NAMES
    assert max(len(line) for line in text.splitlines()) <= 100


@pytest.mark.parametrize("name", NAMES)
def test_each_subcommand_has_help(name: str) -> None:
    text = help_of(f"{name} -h")
    assert text.startswith(f"  %flink {name}")
    assert "-h, --help" in text
    assert help_of(f"{name} --help whatever 'follows") == text


@pytest.mark.parametrize("name", NAMES)
def test_the_examples_of_the_help_are_right(name: str) -> None:
    _, _, examples = help_of(f"{name} -h").partition("Examples\n")
    for line in re.findall(r"^  %flink (.*?)(?:  |$)", examples, re.MULTILINE):
        assert not isinstance(parse_flink(line), Help)


def test_the_flags_of_connect_are_in_its_help() -> None:
    text = help_of("connect -h")
    for heading in ("--jobmanager URL", "--ca FILE", "--header KEY=VALUE", "--user NAME", "--password REF"):
        assert re.search(rf"^  {re.escape(heading)}\s", text, re.MULTILINE)


_bits = st.sampled_from([*NAMES, "-h", "--end", "--user", "--header", "reset", "'", '"', "=", "--", "env:A", "a=b"])


@given(st.one_of(st.text(), st.lists(st.one_of(_bits, st.text(max_size=5)), max_size=6).map(" ".join)))
def test_any_line_is_read_or_refused_in_one_line(line: str) -> None:
    try:
        parse_flink(line)
    except UsageError as error:
        [report] = error.report()
        assert len(report.splitlines()) == 1
        assert len(report) < 300


@pytest.mark.parametrize(
    ("place", "is_address"),
    [
        ("http://gw:8083", True),
        ("gw:8083", True),
        ("gw/prefix", True),
        ("localhost", True),
        ("etl-1", False),
        ("dw.etl-1", False),
        ("localhost-1", False),
        ("application_1700000000000_0001", False),
    ],
)
def test_what_is_connected_to_is_an_address_or_a_name(place: str, is_address: bool) -> None:
    assert Connect(place).is_address is is_address
