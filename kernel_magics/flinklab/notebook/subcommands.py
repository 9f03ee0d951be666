"""The line of `%flink`: a subcommand with its words and flags, as a value."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass

from flinklab.domain.errors import UsageError
from flinklab.domain.text import one_line
from flinklab.notebook.catalog_subcommands import CATALOG_SUBCOMMANDS
from flinklab.notebook.flag_parser import Flag, LineParser
from flinklab.notebook.subcommand import Runnable, Subcommand, read_line


@dataclass(frozen=True, slots=True)
class Help:
    """`-h`, or `%flink` alone: `text` is to be printed."""

    text: str


@dataclass(frozen=True, slots=True)
class Up:
    """Start the embedded Flink, or attach to the one that runs. `flink`: its version; None: the settings'."""

    flink: str | None = None


@dataclass(frozen=True, slots=True)
class Down:
    """Stop the embedded Flink."""


@dataclass(frozen=True, slots=True)
class Connect:
    """Work with another gateway, or on a cluster. The fields but for the first one are the arguments of
    `flinklab.connect` and `flinklab.connect_to`.

    `place`: a gateway's address, or what `connect_to` finds a cluster by. `password` and `token` are references
    (`env:NAME`, `file:PATH`), never secrets.
    """

    place: str
    jobmanager_url: str | None = None
    ca: str | None = None
    headers: Mapping[str, str] | None = None
    user: str | None = None
    password: str | None = None
    token: str | None = None
    yarn: str | None = None

    @property
    def is_address(self) -> bool:
        return _ADDRESS.match(self.place) is not None


@dataclass(frozen=True, slots=True)
class Status:
    """Say what one is connected to and how it is."""


@dataclass(frozen=True, slots=True)
class Queries:
    """List what runs from notebooks; end one (`end` is a job id or its beginning) or `all`, or what the `cell` of
    this notebook with that id left running."""

    end: str | None = None
    cell: str | None = None


@dataclass(frozen=True, slots=True)
class Jar:
    """Add a jar to the session: Maven coordinates `group:artifact:version` or a path."""

    jar: str


@dataclass(frozen=True, slots=True)
class SessionCommand:
    """Show the session, or begin a new one with nothing in it (`reset`)."""

    reset: bool = False


@dataclass(frozen=True, slots=True)
class Config:
    """Show the session's configuration, one key of it, or set one."""

    key: str | None = None
    value: str | None = None


# With a scheme, a port or a path: no name of a cluster has a slash or a colon in it.
_ADDRESS = re.compile(r".*[:/]|localhost\Z")

Command = Help | Up | Down | Connect | Status | Queries | Jar | SessionCommand | Config | Runnable


def parse_flink(line: str) -> Command:
    """Read the line of `%flink`. Raises `UsageError`, one line, nothing else."""
    return read_line(line, all_sections(), _help_page)


def all_sections() -> dict[str, Mapping[str, Subcommand[Command]]]:
    """The subcommands, by the heading that they have in the overview."""
    return {"Flink": _SUBCOMMANDS, **CATALOG_SUBCOMMANDS}


def _help_page(text: str) -> Command:
    return Help(text)


def _connect(parser: LineParser, words: list[str]) -> Connect:
    if not words or not words[0]:
        raise UsageError(
            "%flink connect needs the address of a SQL Gateway, such as http://localhost:8083, or a cluster's name"
        )
    user, password, token = parser.one("--user"), parser.one("--password"), parser.one("--token")
    if (user is None) != (password is None):
        raise UsageError("--user and --password go together")
    if token is not None and user is not None:
        raise UsageError("--token and --user exclude each other")
    wanted = Connect(
        words[0],
        parser.one("--jobmanager"),
        ca=parser.one("--ca"),
        headers=parser.pairs("--header") or None,
        user=user,
        password=_reference("--password", password),
        token=_reference("--token", token),
        yarn=parser.one("--yarn"),
    )
    if wanted.is_address and wanted.yarn is not None:
        raise UsageError("--yarn goes with the name of a session, not with the address of a gateway")
    if not wanted.is_address and wanted.jobmanager_url is not None:
        raise UsageError("--jobmanager goes with the address of a gateway; clusters have theirs registered")
    return wanted


def _reference(key: str, text: str | None) -> str | None:
    # A secret on the line would be saved with the notebook, so it is refused, and never repeated in the message.
    if text is None:
        return None
    scheme, _, rest = text.partition(":")
    if scheme not in ("env", "file") or not rest:
        raise UsageError(f"{key} takes where the secret is, never the secret: env:NAME or file:PATH")
    return text


def _queries(parser: LineParser, words: list[str]) -> Queries:
    if parser.has("--end") and parser.has("--cell"):
        raise UsageError("--end and --cell exclude each other")
    return Queries(parser.one("--end"), parser.one("--cell"))


def _jar(parser: LineParser, words: list[str]) -> Jar:
    if not words or not words[0]:
        raise UsageError("%flink jar needs Maven coordinates (group:artifact:version) or the path of a jar")
    return Jar(words[0])


def _session(parser: LineParser, words: list[str]) -> SessionCommand:
    if words and words[0] != "reset":
        raise UsageError(f"{one_line(words[0], 40)!r} is not known: write %flink session or %flink session reset")
    return SessionCommand(reset=bool(words))


def _config(parser: LineParser, words: list[str]) -> Config:
    if words and not words[0]:
        raise UsageError("the key is empty: write %flink config KEY VALUE")
    return Config(*words)


_SUBCOMMANDS: dict[str, Subcommand[Command]] = {
    "up": Subcommand(
        "",
        0,
        "start the embedded Flink, or attach to the one that runs",
        lambda parser, _words: Up(parser.one("--flink")),
        (Flag(("--flink",), "of this version, not the one that pip installed", "VERSION"),),
        (("%flink up --flink 1.20", "to try on what the team's clusters have (downloaded once)"),),
    ),
    "down": Subcommand("", 0, "stop the embedded Flink and what runs in it", lambda _p, _w: Down()),
    "connect": Subcommand(
        "URL|NAME",
        1,
        "work with the SQL Gateway at an address, or on a cluster: a registered one, or a session on YARN",
        _connect,
        (
            Flag(("--yarn",), "only a session on this YARN, registered or at this address", "NAME|URL"),
            Flag(("--jobmanager",), "address of the cluster, when the gateway does not tell the right one", "URL"),
            Flag(("--ca",), "certificates (PEM) to trust", "FILE"),
            Flag(("--header",), "a header of every request; can be repeated", "KEY=VALUE", repeatable=True),
            Flag(("--user",), "name for basic authentication", "NAME"),
            Flag(("--password",), "where its password is: env:NAME or file:PATH", "REF"),
            Flag(("--token",), "where a bearer token is: env:NAME or file:PATH", "REF"),
        ),
        (
            ("%flink connect http://localhost:8083", "a gateway of this machine"),
            ("%flink connect etl-1", "a cluster by name, or a session on YARN by name, application id or tag"),
            ("%flink connect https://gw.example.com --user ann --password env:GW_PASSWORD", "with a password"),
        ),
    ),
    "status": Subcommand("", 0, "what this notebook is connected to, and how it is", lambda _p, _w: Status()),
    "queries": Subcommand(
        "",
        0,
        "what still runs from notebooks: by whom, since when",
        _queries,
        (
            Flag(("--end",), "end one, by its job id or the beginning of it, or all", "ID|all"),
            Flag(("--cell",), "end what a cell of this notebook left running, by the cell's id", "ID"),
        ),
        (("%flink queries --end all", "end everything that notebooks left running"),),
    ),
    "jar": Subcommand(
        "G:A:V|PATH",
        1,
        "add a connector or another jar to the session",
        _jar,
        examples=(
            ("%flink jar org.apache.flink:flink-sql-connector-kafka:5.0.0-2.2", "by Maven coordinates"),
            ("%flink jar ./my-functions.jar", "from a file"),
        ),
    ),
    "session": Subcommand(
        "[reset]",
        1,
        "what the session is made of; reset begins an empty one",
        _session,
        examples=(("%flink session reset", "forget tables, views and settings of this session"),),
    ),
    "config": Subcommand(
        "[KEY [VALUE]]",
        2,
        "the session's configuration: all of it, one key, or set one",
        _config,
        examples=(("%flink config parallelism.default 4", "for every statement from now on"),),
    ),
}
