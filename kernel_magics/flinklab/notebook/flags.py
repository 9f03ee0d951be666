"""The line of `%%flinksql`: its flags, and the SQL after them when it is all on one line."""

from __future__ import annotations

import keyword
import re
from collections.abc import Callable
from dataclasses import dataclass
from typing import TypeVar

from flinklab.domain.errors import UsageError
from flinklab.domain.text import count, duration, one_line, parse_count, parse_duration, suggest
from flinklab.notebook.flag_parser import HELP, Flag, LineParser, closest, help_page
from flinklab.results.table import Mode
from flinklab.session.options import RunOptions

_T = TypeVar("_T")
_NAME = re.compile(r"""([^\s<'"`]*)\s*<<""")
_MAX_PARALLELISM = 32768  # Flink's KeyGroupRangeAssignment.UPPER_BOUND_MAX_PARALLELISM
SHARED = "shared"
"""The word after `--catalog` that means the person's own team."""
_OF_A_QUERY = ("--output", "--mode", "--limit", "--rows-kept", "--detach", "--name", "--from-savepoint")
_MODES = [mode.value for mode in Mode]

_SECTIONS = {
    "What is shown": (
        Flag(("-o", "--output"), "the result goes into a variable; NAME << is the same", "VAR"),
        Flag(
            ("--mode",),
            "auto (append until a row takes another back, then the current table), append (every row), update (the "
            "current table), single (the newest row) or changelog (the changes themselves)",
            "MODE",
        ),
        Flag(("--rows-kept",), "rows of an append result to keep in memory; counts stay exact", "N|all"),
    ),
    "When it ends": (
        Flag(("-l", "--limit"), "end the query after N rows and keep them", "N"),
        Flag(("--timeout",), "end the query after 30s, 5min, 1h, 500ms, ... and keep its rows", "TIME"),
        Flag(("--wait",), "the cell ends when its query does"),
        Flag(("--detach",), "the cell returns at once, and its table goes on filling"),
    ),
    "How it runs": (
        Flag(("--batch",), "in batch mode"),
        Flag(("-p", "--parallelism"), "parallelism of the job", "N"),
        Flag(("--max-parallelism",), "how far the job can be rescaled later", "N"),
        Flag(("-D",), "an option of Flink for this cell only; can be repeated", "KEY=VALUE", repeatable=True),
        Flag(("--name",), "name of the job", "JOB"),
        Flag(("--from-savepoint",), "start with the state of a savepoint or checkpoint", "PATH"),
        Flag(("--file",), "run the statements of a file", "PATH"),
        Flag(("--env",), "environment that ${name} has its values from", "NAME"),
        Flag(("-c", "--cluster"), "run on a registered cluster, in a session beside this one", "NAME"),
        Flag(("-A", "--session"), "run in a saved session, beside this one", "NAME"),
        Flag(
            ("-w", "--with"), "put a snippet before the SQL of the cell; can be repeated", "NAME", repeatable=True
        ),
    ),
    "What is kept for the team": (
        Flag(
            ("--catalog",),
            "record the cell's CREATE statements for every session: shared (your own team), or a team's name",
            "NAME",
        ),
        Flag(("--tag",), "a tag of what is recorded, or of a new job; can be repeated", "TAG", repeatable=True),
        Flag(("--note",), "what the change is about, for the versions", "TEXT"),
        Flag(("--force",), "change what is shared although something that uses it breaks"),
        Flag(("-S", "--save"), "keep the cell as a snippet, and run it", "NAME"),
    ),
    "As a managed job": (
        Flag(("--job",), "make the cell a managed job, or a new version of one; it is not run here", "NAME"),
        Flag(("--pool",), "of a new job: the pool of clusters within which it is placed and moved", "NAME"),
        Flag(("--start",), "start it, or upgrade it when it runs"),
        Flag(("--ignore",), "switch a rule of the linter off; can be repeated", "RULE", repeatable=True),
        Flag(("--state",), "of state that may not fit: keep (take it over), drop (start without any)", "keep|drop"),
        Flag(("--no-wait",), "do not wait until it is started"),
    ),
    "Without running anything": (
        Flag(("--check",), "judge every statement"),
        Flag(("--explain",), "show the plans"),
        Flag(("--preview",), "show the SQL with the values of ${name} in place, secrets masked"),
        HELP,
    ),
}
CELL_FLAGS = tuple(flag for flags in _SECTIONS.values() for flag in flags)

_EXAMPLES = (
    ("%%flinksql --limit 100", "the first 100 rows"),
    ("%%flinksql orders << --timeout 1min", "orders.df has the rows of one minute"),
    ("%%flinksql -p 4 -D table.exec.mini-batch.enabled=true", "options for this cell only"),
    ("%flinksql SHOW TABLES", "one statement on one line"),
    ("%%flinksql --catalog shared --tag ods", "define tables once, for the team"),
    ("%%flinksql --job orders_dwd --start", "the cell becomes a job that keeps running"),
)


@dataclass(frozen=True, slots=True)
class CellFlags:
    """What the line says. `wait` is None when it says neither `--wait` nor `--detach`.

    `text` is the SQL of a line magic, as it stands after the flags. `shared`: the cell is recorded in the catalog,
    for `team` (None: the person's own). `snippets` come before the cell's SQL. `job`: the cell becomes the managed
    job of that name, or with `check` is judged as one. With `help` nothing else is meant.
    """

    options: RunOptions
    output: str | None = None
    wait: bool | None = None
    check: bool = False
    explain: bool = False
    preview: bool = False
    shared: bool = False
    team: str | None = None
    tags: tuple[str, ...] = ()
    note: str = ""
    save: str | None = None
    snippets: tuple[str, ...] = ()
    cluster: str | None = None
    session: str | None = None
    file: str | None = None
    job: str | None = None
    pool: str | None = None
    start: bool = False
    ignore: tuple[str, ...] = ()
    state: str | None = None
    no_wait: bool = False
    text: str = ""
    help: bool = False


def parse_cell_flags(line: str, *, cell_magic: bool, defaults: RunOptions | None = None) -> CellFlags:
    """Read the line of `%%flinksql` (`cell_magic`) or `%flinksql`. Raises `UsageError`, one line, nothing else.

    `defaults` are the options that hold where the line says nothing.
    """
    options = defaults if defaults is not None else RunOptions()
    parser = LineParser(line, CELL_FLAGS, "%%flinksql" if cell_magic else "%flinksql")
    parser.take_flags()
    named = None if parser.wants_help else parser.take_match(_NAME)
    parser.take_flags()
    if parser.wants_help:
        return CellFlags(options, help=True)
    if parser.has("--wait") and parser.has("--detach"):
        raise UsageError("--wait and --detach exclude each other")
    _exclude(parser, "--check", "--explain", "--preview", "--catalog")
    _exclude(parser, "--job", "--explain", "--preview", "--catalog")
    for key in ("--tag", "--note"):
        if parser.has(key) and not parser.has("--catalog") and not parser.has("--job"):
            raise UsageError(f"{key} is for what --catalog records: add --catalog shared")
    _check_job(parser)
    if parser.rest and cell_magic:
        raise _surplus(parser.take_word())
    if parser.rest and parser.has("--file"):
        raise UsageError("--file and SQL on the line exclude each other")
    catalog = _value(parser, "--catalog", _text, None)
    return CellFlags(
        options=_options(parser, options),
        output=_output(parser, named[1] if named else None),
        wait=True if parser.has("--wait") else False if parser.has("--detach") else None,
        check=parser.has("--check"),
        explain=parser.has("--explain"),
        preview=parser.has("--preview"),
        shared=parser.has("--catalog"),
        team=None if catalog == SHARED else catalog,
        tags=tuple(_read("--tag", tag, _text) for tag in parser.all("--tag")),
        note=_value(parser, "--note", _text, None) or "",
        save=_value(parser, "--save", _text, None),
        snippets=tuple(_read("--with", name, _text) for name in parser.all("--with")),
        cluster=_value(parser, "--cluster", _text, None),
        session=_value(parser, "--session", _text, None),
        file=_value(parser, "--file", _text, None),
        job=_value(parser, "--job", _text, None),
        pool=_value(parser, "--pool", _text, None),
        start=parser.has("--start"),
        ignore=tuple(parser.all("--ignore")),
        state=parser.one("--state"),
        no_wait=parser.has("--no-wait"),
        text=parser.rest,
    )


def cell_help(defaults: RunOptions | None = None) -> str:
    """The help of `%%flinksql -h`, with the defaults that hold."""
    options = defaults if defaults is not None else RunOptions()
    standing = {
        "--mode": options.mode.value,
        "--limit": count(options.limit, "row") if options.limit is not None else "none",
        "--timeout": duration(options.timeout) if options.timeout is not None else "none",
        "--rows-kept": f"{options.rows_kept:,}" if options.rows_kept is not None else "all",
        "--wait": "where nobody watches",
        "--detach": "where live tables are shown",
    }
    usage = (
        ("%%flinksql [NAME <<] [flags]", "run the SQL statements of the cell"),
        ("%flinksql [NAME <<] [flags] SQL", "the same on one line"),
    )
    return help_page(usage, _SECTIONS, _EXAMPLES, standing)


def _options(parser: LineParser, defaults: RunOptions) -> RunOptions:
    return RunOptions(
        mode=_value(parser, "--mode", _mode, defaults.mode),
        limit=_value(parser, "--limit", parse_count, defaults.limit),
        timeout=_value(parser, "--timeout", parse_duration, defaults.timeout),
        rows_kept=_value(parser, "--rows-kept", _rows_kept, defaults.rows_kept),
        batch=parser.has("--batch") or defaults.batch,
        parallelism=_value(parser, "--parallelism", parse_count, defaults.parallelism),
        max_parallelism=_value(parser, "--max-parallelism", _max_parallelism, defaults.max_parallelism),
        name=_value(parser, "--name", _text, defaults.name),
        from_savepoint=_value(parser, "--from-savepoint", _text, defaults.from_savepoint),
        environment=_value(parser, "--env", _text, defaults.environment),
        force=parser.has("--force") or defaults.force,
        config={**defaults.config, **parser.pairs("-D")},
    )


def _value(parser: LineParser, key: str, read: Callable[[str], _T], default: _T) -> _T:
    text = parser.one(key)
    return default if text is None else _read(key, text, read)


def _read(key: str, text: str, read: Callable[[str], _T]) -> _T:
    try:
        return read(text)
    except UsageError as error:
        raise UsageError(f"{key}: {error.message}", hint=error.hint) from None


def _exclude(parser: LineParser, *keys: str) -> None:
    given = [key for key in keys if parser.has(key)]
    if len(given) > 1:
        raise UsageError(f"{given[0]} and {given[1]} exclude each other")


def _check_job(parser: LineParser) -> None:
    for key in ("--pool", "--start", "--ignore", "--state", "--no-wait"):
        if parser.has(key) and not parser.has("--job"):
            raise UsageError(f"{key} is for a managed job: add --job NAME")
    for key in _OF_A_QUERY if parser.has("--job") else ():
        if parser.has(key):
            raise UsageError(f"--job and {key} exclude each other")
    if parser.has("--check"):
        _exclude(parser, "--check", "--start")


def _text(text: str) -> str:
    if not text.strip():
        raise UsageError("its value is empty")
    return text


def _rows_kept(text: str) -> int | None:
    return None if text.lower() == "all" else parse_count(text)


def _mode(text: str) -> Mode:
    if text.lower() in _MODES:
        return Mode(text.lower())
    close = suggest(text, _MODES)
    raise UsageError(
        f"unknown mode {text!r}: " + (f"did you mean {close}?" if close else f"one of {', '.join(_MODES)}")
    )


def _max_parallelism(text: str) -> int:
    number = parse_count(text)
    if number > _MAX_PARALLELISM:
        raise UsageError(f"{number:,} is more than Flink's {_MAX_PARALLELISM:,}")
    return number


def _output(parser: LineParser, named: str | None) -> str | None:
    flagged = parser.one("--output")
    if named is not None and flagged is not None:
        raise UsageError(f"the result has two names: {named} << and --output {flagged}")
    name = named if named is not None else flagged
    if name is None or (name.isidentifier() and not keyword.iskeyword(name)):
        return name
    if not name:
        raise UsageError("no name for the result: write NAME << or --output NAME")
    raise UsageError(f"{one_line(name, 40)!r} is not a Python name")


def _surplus(word: str) -> UsageError:
    close = closest(word, CELL_FLAGS)
    if close is not None:
        return UsageError(f"{one_line(word, 40)!r} is no flag: did you mean {close}?")
    return UsageError(f"{one_line(word, 40)!r} is no flag: in %%flinksql the SQL begins on the next line")
