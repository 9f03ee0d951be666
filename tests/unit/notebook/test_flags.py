"""The line of `%%flinksql`."""

from __future__ import annotations

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from flinklab.domain.errors import UsageError
from flinklab.notebook.flags import CELL_FLAGS, CellFlags, cell_help, parse_cell_flags
from flinklab.results.table import Mode
from flinklab.session.options import RunOptions


def cell(line: str, defaults: RunOptions | None = None) -> CellFlags:
    return parse_cell_flags(line, cell_magic=True, defaults=defaults)


def one_line(line: str) -> CellFlags:
    return parse_cell_flags(line, cell_magic=False)


def refusal(line: str, *, cell_magic: bool = True) -> str:
    with pytest.raises(UsageError) as caught:
        parse_cell_flags(line, cell_magic=cell_magic)
    [report] = caught.value.report()
    return report.removeprefix("Usage: ")


def test_an_empty_line_says_nothing() -> None:
    assert cell("  ") == CellFlags(RunOptions())


@pytest.mark.parametrize(
    ("line", "expected"),
    [
        ("--mode changelog", RunOptions(mode=Mode.CHANGELOG)),
        ("--mode APPEND", RunOptions(mode=Mode.APPEND)),
        ("-l 5", RunOptions(limit=5)),
        ("--limit 10k", RunOptions(limit=10_000)),
        ("--timeout 30s", RunOptions(timeout=30.0)),
        ("--timeout '5 min'", RunOptions(timeout=300.0)),
        ("--timeout 90", RunOptions(timeout=90.0)),
        ("--rows-kept 1M", RunOptions(rows_kept=1_000_000)),
        ("--rows-kept all", RunOptions(rows_kept=None)),
        ("--batch", RunOptions(batch=True)),
        ("-p 4 --max-parallelism 128", RunOptions(parallelism=4, max_parallelism=128)),
        ("-D a.b=c=d -De=f", RunOptions(config={"a.b": "c=d", "e": "f"})),
        ("--name 'my job'", RunOptions(name="my job")),
        ("--from-savepoint file:///tmp/sp", RunOptions(from_savepoint="file:///tmp/sp")),
    ],
)
def test_options(line: str, expected: RunOptions) -> None:
    assert cell(line).options == expected


def test_what_the_line_does_not_say_stays_as_it_is_set() -> None:
    defaults = RunOptions(limit=7, timeout=9.0, rows_kept=None, batch=True, config={"a": "1", "b": "2"}, name="n")
    assert cell("", defaults).options == defaults
    changed = cell("-l 8 --rows-kept 5 -D b=3", defaults).options
    assert (changed.limit, changed.timeout, changed.rows_kept) == (8, 9.0, 5)
    assert changed.config == {"a": "1", "b": "3"}
    assert defaults.config == {"a": "1", "b": "2"}


@pytest.mark.parametrize(
    ("line", "attribute", "expected"),
    [
        ("--wait", "wait", True),
        ("--detach", "wait", False),
        ("--check", "check", True),
        ("--explain", "explain", True),
        ("--file 'my file.sql'", "file", "my file.sql"),
        ("-o df", "output", "df"),
        ("df <<", "output", "df"),
        ("df<<", "output", "df"),
        ("größe << --batch", "output", "größe"),
        ("--batch df << -l 5", "output", "df"),
        ("-h", "help", True),
        ("df << --help", "help", True),
        ("--batch -h whatever 'follows", "help", True),
    ],
)
def test_what_else_a_line_says(line: str, attribute: str, expected: object) -> None:
    assert getattr(cell(line), attribute) == expected
    assert getattr(CellFlags(RunOptions()), attribute) != expected


@pytest.mark.parametrize(
    ("line", "output", "text"),
    [
        ("SELECT 1", None, "SELECT 1"),
        ("-l 5 SELECT '--limit 6', a  FROM b -- c", None, "SELECT '--limit 6', a  FROM b -- c"),
        ("df << SELECT 1", "df", "SELECT 1"),
        ("df <<SELECT 1", "df", "SELECT 1"),
        ("df << -l 5 SELECT 1 << 2", "df", "SELECT 1 << 2"),
        ("-- SELECT 1", None, "SELECT 1"),
        ("SELECT it's", None, "SELECT it's"),
        ("'a' << b", None, "'a' << b"),
        ("", None, ""),
    ],
)
def test_the_sql_of_a_line_is_kept_word_for_word(line: str, output: str | None, text: str) -> None:
    flags = one_line(line)
    assert (flags.output, flags.text) == (output, text)


@pytest.mark.parametrize(
    ("line", "message"),
    [
        ("--limt 5", "unknown flag --limt: did you mean --limit?"),
        ("--plot line:x,y", "unknown flag --plot: %%flinksql -h lists them"),
        ("--limit", "--limit needs a value: --limit N"),
        ("--limit --batch", "--limit needs a value: --limit N"),
        ("--limit 0", "--limit: '0' is not a whole number of at least 1"),
        ("--limit -5", "--limit: '-5' is not a number such as 500, 10k or 1M"),
        ("--rows-kept none", "--rows-kept: 'none' is not a number such as 500, 10k or 1M"),
        ("--timeout soon", "--timeout: 'soon' is not a duration such as 30s, 5 min, 1h or 500ms"),
        ("--timeout 0", "--timeout: '0' is not a duration of more than zero"),
        ("-p 1.5", "--parallelism: '1.5' is not a whole number of at least 1"),
        ("--max-parallelism 40000", "--max-parallelism: 40,000 is more than Flink's 32,768"),
        ("--mode chanelog", "--mode: unknown mode 'chanelog': did you mean changelog?"),
        ("--mode quux", "--mode: unknown mode 'quux': one of auto, append, update, single, changelog"),
        ("-D a", "-D needs a key and a value: -D KEY=VALUE"),
        ("-D a=1 -D a=2", "-D a is given twice"),
        ("--name ''", "--name: its value is empty"),
        ("--file ' '", "--file: its value is empty"),
        ("--wait --detach", "--wait and --detach exclude each other"),
        ("--check --explain", "--check and --explain exclude each other"),
        ("-l 5 --limit 5", "--limit is given twice"),
        ("my-df <<", "'my-df' is not a Python name"),
        ("1x <<", "'1x' is not a Python name"),
        ("class <<", "'class' is not a Python name"),
        ("-o None", "'None' is not a Python name"),
        ("<<", "no name for the result: write NAME << or --output NAME"),
        ("-o ''", "no name for the result: write NAME << or --output NAME"),
        ("a << -o b", "the result has two names: a << and --output b"),
        ("a << b <<", "'b' is no flag: in %%flinksql the SQL begins on the next line"),
        ("SELECT 1", "'SELECT' is no flag: in %%flinksql the SQL begins on the next line"),
        ("limit 5", "'limit' is no flag: did you mean --limit?"),
        ("--name 'a", "a quote is not closed: 'a"),
    ],
)
def test_mistakes_get_one_line(line: str, message: str) -> None:
    assert refusal(line) == message


def test_mistakes_in_a_line_magic() -> None:
    assert refusal("--file a.sql SELECT 1", cell_magic=False) == "--file and SQL on the line exclude each other"
    assert refusal("--plot x", cell_magic=False) == "unknown flag --plot: %flinksql -h lists them"


_names = [name for flag in CELL_FLAGS for name in flag.names]
_bits = st.sampled_from([*_names, "5", "a=b", "df <<", "'", '"', "=", "--", "-"])
_lines = st.one_of(st.text(), st.lists(st.one_of(_bits, st.text(max_size=5)), max_size=6).map(" ".join))


@given(
    st.one_of(st.text(), st.lists(st.one_of(_bits, st.text(max_size=5)), max_size=6).map(" ".join)), st.booleans()
)
def test_any_line_is_read_or_refused_in_one_line(line: str, cell_magic: bool) -> None:
    try:
        flags = parse_cell_flags(line, cell_magic=cell_magic)
    except UsageError as error:
        [report] = error.report()
        assert len(report.splitlines()) == 1
        assert len(report) < 300
    else:
        assert line.endswith(flags.text)
        assert not (cell_magic and flags.text)
        assert flags.output is None or flags.output.isidentifier()


def test_the_help_lists_every_flag_and_reads_well() -> None:
    text = cell_help()
    for flag in CELL_FLAGS:
        assert re.search(rf"^  {re.escape(flag.heading)}\s", text, re.MULTILINE), flag
    assert max(len(line) for line in text.splitlines()) <= 100
    assert not any(line != line.rstrip() for line in text.splitlines())


def test_the_help_shows_the_defaults_that_hold() -> None:
    changed = cell_help(RunOptions(mode=Mode.APPEND, limit=500, timeout=90.0, rows_kept=None))
    for shown in ("default: append", "default: 500 rows", "default: 1 min 30 s", "default: all"):
        assert shown not in cell_help()
        assert shown in " ".join(changed.split())
    assert "default: 10,000" in " ".join(cell_help().split())


def test_the_examples_of_the_help_are_right() -> None:
    examples = re.findall(r"^  (%%?)flinksql (.*?)(?:  |$)", cell_help().split("Examples")[1], re.MULTILINE)
    assert len(examples) >= 3
    for prefix, line in examples:
        assert parse_cell_flags(line, cell_magic=prefix == "%%") != CellFlags(RunOptions())


@pytest.mark.parametrize(
    ("line", "expected"),
    [
        ("--catalog shared", {"shared": True, "team": None}),
        (
            "--catalog dw --tag a --tag 'b c' --note why",
            {"shared": True, "team": "dw", "tags": ("a", "b c"), "note": "why"},
        ),
        ("-S mine -w one --with two", {"save": "mine", "snippets": ("one", "two")}),
        ("-A etl -c prod", {"session": "etl", "cluster": "prod"}),
        ("--preview", {"preview": True}),
    ],
)
def test_flags_of_the_catalog(line: str, expected: dict[str, object]) -> None:
    flags = parse_cell_flags(line, cell_magic=True)
    assert {name: getattr(flags, name) for name in expected} == expected


def test_environment_and_force_are_options_of_the_run() -> None:
    options = parse_cell_flags("--env prod --force", cell_magic=True).options
    assert (options.environment, options.force) == ("prod", True)


@pytest.mark.parametrize(
    ("line", "message"),
    [
        ("--tag a", "--tag is for what --catalog records: add --catalog shared"),
        ("--note a", "--note is for what --catalog records: add --catalog shared"),
        ("--catalog shared --preview", "--preview and --catalog exclude each other"),
        ("--catalog shared --tag ''", "--tag: its value is empty"),
        ("--catalogue shared", "unknown flag --catalogue: did you mean --catalog?"),
    ],
)
def test_mistakes_about_the_catalog(line: str, message: str) -> None:
    with pytest.raises(UsageError) as caught:
        parse_cell_flags(line, cell_magic=True)
    assert caught.value.message == message
