"""What can stand on the line of a magic: subcommands, flags and the values of flags."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass

from flinklab.domain.completion import Completion, CompletionType
from flinklab.notebook.flag_parser import HELP, Flag
from flinklab.notebook.subcommand import Subcommand
from flinklab.sql.completing.known import KnownName

NamesOf = Callable[[str], Sequence[KnownName]]
"""The names that there are of a kind of thing: `clusters`, `jobs`, ..."""

_WORD = re.compile(r"\S*\Z")
_OF_FLAG = {
    "--cluster": "clusters",
    "--session": "sessions",
    "--with": "snippets",
    "--save": "snippets",
    "--env": "environments",
    "--job": "jobs",
    "--team": "teams",
    "--catalog": "teams",
    "--yarn": "yarns",
    "--gateway": "gateways",
}
_FIXED = {
    "--mode": ("auto", "append", "update", "single", "changelog"),
    "--catalog": ("shared",),
    "--rows-kept": ("all",),
    "--kind": ("table", "view", "function", "model", "catalog"),
    "--level": ("TRACE", "DEBUG", "INFO", "WARN", "ERROR"),
}
_OF_WORD = {
    "JOB": "jobs",
    "CLUSTER": "clusters",
    "TEAM": "teams",
    "VARIABLE": "python",
}
_OF_SUBCOMMAND = {
    "connect": "clusters",
    "use": "clusters",
    "clusters delete": "clusters",
    "cluster stop": "clusters",
    "cluster resize": "clusters",
    "session use": "sessions",
    "session delete": "sessions",
    "session save": "sessions",
    "snippets": "snippets",
    "snippets delete": "snippets",
    "env use": "environments",
    "vars": "variables",
    "vars set": "variables",
    "vars delete": "variables",
    "vars used": "variables",
    "describe": "tables",
    "revert": "tables",
    "team": "teams",
    "yarn delete": "yarns",
    "yarn queues": "yarns",
}
_OF_JOBS = frozenset(
    [
        "promote",
        "jobs",
        "versions",
        "diff",
        "start",
        "stop",
        "cancel",
        "savepoint",
        "restart",
        "scale",
        "upgrade",
        "rollback",
        "backend",
        "move",
        "configure",
        "delete",
    ]
)
_CHOICES = re.compile(r"[a-z_]+(?:\|[a-z_]+)+")


@dataclass(frozen=True, slots=True)
class _Typed:
    """The line up to the caret: whole words, and the word at the caret."""

    words: tuple[str, ...]
    word: str
    end: int

    @property
    def begin(self) -> int:
        return self.end - len(self.word)


def complete_flags(line: str, end: int, flags: Sequence[Flag], names_of: NamesOf) -> list[Completion]:
    """For the line of `%%flinksql` up to the caret, which is at `end` of the cell."""
    typed = _typed(line, end)
    value_of = _awaiting(typed, flags)
    if value_of is not None:
        return list(_values(value_of, typed, names_of))
    return list(_flags(typed, flags)) if not typed.word or typed.word.startswith("-") else []


def complete_command(
    line: str, end: int, sections: Mapping[str, Mapping[str, Subcommand[object]]], names_of: NamesOf
) -> list[Completion]:
    """For the line of `%flink` up to the caret."""
    typed = _typed(line, end)
    known = {name: each for section in sections.values() for name, each in section.items()}
    name, after = _subcommand(typed.words, known)
    if name is None:
        return list(_subcommands(typed, known))
    subcommand = known[name]
    value_of = _awaiting(typed, subcommand.flags)
    if value_of is not None:
        return list(_values(value_of, typed, names_of))
    found: list[Completion] = []
    if not after and not typed.word.startswith("-"):
        found += _subcommands(typed, known)
    if not typed.word.startswith("-"):
        found += _words(name, subcommand, len(_plain(after, subcommand.flags)), typed, names_of)
    if not typed.word or typed.word.startswith("-"):
        found += _flags(typed, subcommand.flags)
    return found


def _typed(line: str, end: int) -> _Typed:
    found = _WORD.search(line)
    word = found.group() if found else ""
    return _Typed(tuple(line[: len(line) - len(word)].split()), word, end)


def _subcommand(words: Sequence[str], known: Mapping[str, object]) -> tuple[str | None, Sequence[str]]:
    """The name of one or two words, and the words after it."""
    for count in (2, 1):
        name = " ".join(words[:count])
        if len(words) >= count and name in known:
            return name, words[count:]
    return None, words


def _subcommands(typed: _Typed, known: Mapping[str, Subcommand[object]]) -> Iterator[Completion]:
    before = " ".join(typed.words)
    seen: set[str] = set()
    for name, subcommand in known.items():
        if before and not name.startswith(before + " "):
            continue
        rest = name[len(before) :].lstrip()
        word, _, more = rest.partition(" ")
        if word and word.startswith(typed.word) and word not in seen:
            seen.add(word)
            comment = subcommand.meaning if not more else ""
            yield Completion(word, CompletionType.COMMAND, typed.begin, typed.end, "", comment)


def _words(
    name: str, subcommand: Subcommand[object], at: int, typed: _Typed, names_of: NamesOf
) -> Iterator[Completion]:
    shown = [each.strip("[]") for each in subcommand.words.split()]
    if at >= len(shown):
        return
    kinds = [_OF_WORD[each] for each in re.split(r"\|", shown[at]) if each in _OF_WORD]
    if at == 0 and name in _OF_SUBCOMMAND:
        kinds.append(_OF_SUBCOMMAND[name])
    elif at == 0 and name in _OF_JOBS:
        kinds.append("jobs")
    for kind in dict.fromkeys(kinds):
        yield from _known(names_of(kind), typed, typed.word)


def _plain(words: Sequence[str], flags: Sequence[Flag]) -> list[str]:
    """The words that are no flags and no values of flags."""
    takes_value = {name for flag in flags if flag.value is not None for name in flag.names}
    plain, is_value = [], False
    for word in words:
        if not is_value and not word.startswith("-"):
            plain.append(word)
        is_value = word in takes_value
    return plain


def _awaiting(typed: _Typed, flags: Sequence[Flag]) -> Flag | None:
    """The flag whose value is at the caret."""
    last = typed.words[-1] if typed.words else ""
    if typed.word.startswith("--") and "=" in typed.word:
        last = typed.word.partition("=")[0]
    return next((flag for flag in flags if flag.value is not None and last in flag.names), None)


def _values(flag: Flag, typed: _Typed, names_of: NamesOf) -> Iterator[Completion]:
    word = typed.word
    if word.startswith("--") and "=" in word:
        word = word.partition("=")[2]
    choices = _CHOICES.fullmatch(flag.value or "")
    fixed = (*_FIXED.get(flag.key, ()), *(choices.group().split("|") if choices else ()))
    yield from _known([KnownName(each) for each in fixed], typed, word)
    if flag.key in _OF_FLAG:
        yield from _known(names_of(_OF_FLAG[flag.key]), typed, word)


def _known(names: Sequence[KnownName], typed: _Typed, word: str) -> Iterator[Completion]:
    for each in names:
        if each.name.casefold().startswith(word.casefold()):
            begin = typed.end - len(word)
            text = each.name if not re.search(r"\s", each.name) else f'"{each.name}"'
            yield Completion(text, CompletionType.NAME, begin, typed.end, each.detail, each.comment)


def _flags(typed: _Typed, flags: Sequence[Flag]) -> Iterator[Completion]:
    given = {word.partition("=")[0] for word in typed.words}
    shown = flags if HELP in flags else (*flags, HELP)
    for flag in shown:
        if flag.repeatable or not given & set(flag.names):
            names = [name for name in flag.names if name.startswith(typed.word)]
            for name in names[-1:] if flag.key in names else names:
                yield Completion(name, CompletionType.FLAG, typed.begin, typed.end, flag.value or "", flag.meaning)
