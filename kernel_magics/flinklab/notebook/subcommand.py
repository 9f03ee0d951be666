"""What a subcommand of `%flink` is made of: how its line is written, what it is for, and the reader of it."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Generic, Protocol, TypeVar

from flinklab.domain.errors import UsageError
from flinklab.domain.text import one_line, suggest
from flinklab.notebook.flag_parser import HELP, Flag, LineParser, columns, help_page

if TYPE_CHECKING:
    from flinklab.notebook.workbench import Workbench

_Command = TypeVar("_Command", covariant=True)


class Runnable(Protocol):
    """A line that was read, as a value that can be carried out."""

    def run(self, bench: Workbench) -> None:
        """Raises `FlinklabError`."""
        ...


@dataclass(frozen=True, slots=True)
class Subcommand(Generic[_Command]):
    """`words`: how its words are written in the help; `most` and `least`: how many there may and must be."""

    words: str
    most: int
    meaning: str
    read: Callable[[LineParser, list[str]], _Command]
    flags: tuple[Flag, ...] = ()
    examples: tuple[tuple[str, str], ...] = ()
    least: int = 0


def read_line(
    line: str, sections: Mapping[str, Mapping[str, Subcommand[_Command]]], help_of: Callable[[str], _Command]
) -> _Command:
    """Read the line of `%flink`. The key of a subcommand is its name, of one word or two (`vars set`).

    `sections` are the subcommands by the heading that they have in the overview. `help_of` makes a command of a
    page of help. Raises `UsageError`, one line, nothing else.
    """
    known = {name: subcommand for section in sections.values() for name, subcommand in section.items()}
    overview = LineParser(line, (), "%flink")
    overview.take_flags()
    name = "" if overview.wants_help else overview.take_word()
    if not name or name == "help":
        return help_of(_overview(sections))
    second = overview.rest.split(None, 1)[:1]
    if second and f"{name} {second[0]}" in known:
        name = f"{name} {overview.take_word()}"
    if name not in known and second and second[0] in HELP.names and _actions(name, known):
        return help_of(help_page(_usages(_actions(name, known), known), {"Flags": (HELP,)}, ()))
    if name not in known:
        raise _unknown(name, second, known)
    return _read(overview.rest, name, known, help_of)


def _read(
    rest: str, name: str, known: Mapping[str, Subcommand[_Command]], help_of: Callable[[str], _Command]
) -> _Command:
    subcommand = known[name]
    parser = LineParser(rest, subcommand.flags, f"%flink {name}")
    words: list[str] = []
    parser.take_flags()
    while parser.rest and not parser.wants_help:
        words.append(parser.take_word())
        parser.take_flags()
    if parser.wants_help:
        return help_of(_help(name, known))
    if len(words) > subcommand.most:
        close = suggest(words[0], (action.partition(" ")[2] for action in _actions(name, known)))
        if close is not None:
            raise UsageError(f"unknown %flink {name} {one_line(words[0], 40)}: did you mean {close}?")
        surplus = one_line(words[subcommand.most], 40)
        raise UsageError(f"{surplus!r} is too much: write {_usage(name, subcommand)}")
    if len(words) < subcommand.least or not all(words[: subcommand.least]):
        raise UsageError(f"%flink {name} needs more: write {_usage(name, subcommand)}")
    return subcommand.read(parser, words)


def _unknown(name: str, second: list[str], known: Iterable[str]) -> UsageError:
    actions = [action.partition(" ")[2] for action in _actions(name, known)]
    if actions:  # a word that only opens others, such as import
        wrong = f"unknown %flink {name} {one_line(second[0], 40)}: " if second else f"%flink {name} needs a word: "
        close = suggest(second[0], actions) if second else None
        return UsageError(wrong + (f"did you mean {close}?" if close else f"one of {', '.join(actions)}"))
    close = suggest(name, {each.partition(" ")[0] for each in known})
    advice = f"did you mean {close}?" if close else "`%flink` lists them"
    return UsageError(f"unknown subcommand {one_line(name, 40)}: {advice}")


def _actions(name: str, known: Iterable[str]) -> list[str]:
    return [action for action in known if action.startswith(f"{name} ")]


def _usage(name: str, subcommand: Subcommand[_Command]) -> str:
    return f"%flink {name} {subcommand.words}".rstrip() + (" [flags]" if subcommand.flags else "")


def _overview(sections: Mapping[str, Mapping[str, Subcommand[_Command]]]) -> str:
    listed = {
        title: [(f"{name} {subcommand.words}".rstrip(), subcommand.meaning) for name, subcommand in section.items()]
        for title, section in sections.items()
    }
    room = max(len(left) for lines in listed.values() for left, _ in lines)
    parts = [f"{title}\n{columns(lines, room)}" for title, lines in listed.items()]
    return "\n\n".join(["%flink SUBCOMMAND", *parts, "%flink SUBCOMMAND -h shows its flags."])


def _help(name: str, known: Mapping[str, Subcommand[_Command]]) -> str:
    subcommand = known[name]
    return help_page(
        _usages([name, *_actions(name, known)], known), {"Flags": (*subcommand.flags, HELP)}, subcommand.examples
    )


def _usages(names: Iterable[str], known: Mapping[str, Subcommand[_Command]]) -> list[tuple[str, str]]:
    return [(_usage(name, known[name]), known[name].meaning) for name in names]
