"""The line of a magic: flags with values, words, and the rest of the line as it stands.

Flags are data (`Flag`), and both the parser and the help are made from them.
"""

from __future__ import annotations

import keyword
import re
import textwrap
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass

from flinklab.domain.errors import UsageError
from flinklab.domain.text import one_line, suggest

_WIDTH = 100
_SPACES = re.compile(r"\s*")
_PLAIN = re.compile(r"""[^\s'"]+""")
_ESCAPED = re.compile(r"""\\(["\\])""")
_QUOTED = re.compile(r"""'([^']*)'|"((?:[^"\\]|\\.)*)\"""", re.DOTALL)


@dataclass(frozen=True, slots=True)
class Flag:
    """One flag. `names`: the last one names it in the results. `value`: what stands for its value in the help,
    None for a flag without one."""

    names: tuple[str, ...]
    meaning: str
    value: str | None = None
    repeatable: bool = False

    @property
    def key(self) -> str:
        return self.names[-1]

    @property
    def heading(self) -> str:
        return ", ".join(self.names) + (f" {self.value}" if self.value else "")


HELP = Flag(("-h", "--help"), "show this")


class LineParser:
    """Takes a line apart from left to right. `where` names the command in messages (`%flink connect`)."""

    def __init__(self, line: str, flags: Sequence[Flag], where: str) -> None:
        self._line = line
        self._at = 0
        self._where = where
        self._flags = {name: flag for flag in (*flags, HELP) for name in flag.names}
        self._values: dict[str, list[str]] = {}

    @property
    def wants_help(self) -> bool:
        return HELP.key in self._values

    @property
    def rest(self) -> str:
        """What has not been taken yet, word for word."""
        self._skip_spaces()
        return self._line[self._at :]

    def has(self, key: str) -> bool:
        return key in self._values

    def one(self, key: str) -> str | None:
        """The value of a flag that may be given once, or None."""
        values = self._values.get(key)
        return values[0] if values else None

    def all(self, key: str) -> list[str]:
        """The values of a repeatable flag, in their order."""
        return list(self._values.get(key, []))

    def variable(self, key: str) -> str | None:
        """A name that Python can have. Raises `UsageError`."""
        name = self.one(key)
        if name is not None and (not name.isidentifier() or keyword.iskeyword(name)):
            raise UsageError(f"{one_line(name, 40)!r} is not a Python name")
        return name

    def pairs(self, key: str) -> dict[str, str]:
        """The `KEY=VALUE`s of a repeatable flag; a value may hold `=` and may be empty."""
        pairs: dict[str, str] = {}
        for text in self._values.get(key, []):
            name, equals, value = text.partition("=")
            name = name.strip()
            if not equals or not name:
                raise UsageError(f"{key} needs a key and a value: {key} {self._flags[key].value}")
            if name in pairs:
                raise UsageError(f"{key} {one_line(name, 40)} is given twice")
            pairs[name] = value
        return pairs

    def take_flags(self) -> None:
        """Take the flags that come next, up to the first word that is none, a lone `--`, or a wish for help."""
        while not self.wants_help and self.rest.startswith("-"):
            if self.rest.split(None, 1)[0] == "--":
                self._at += 2
                return
            self._take_flag(self.take_word())

    def take_match(self, pattern: re.Pattern[str]) -> re.Match[str] | None:
        """Take what the pattern matches at this place, if it does."""
        found = pattern.match(self.rest)
        if found is not None:
            self._at += found.end()
        return found

    def take_word(self) -> str:
        """The next word, quotes undone as a shell does; empty at the end of the line."""
        self._skip_spaces()
        begin, parts = self._at, []
        while self._at < len(self._line) and not self._line[self._at].isspace():
            found = _PLAIN.match(self._line, self._at) or _QUOTED.match(self._line, self._at)
            if found is None:
                raise UsageError(f"a quote is not closed: {one_line(self._line[begin:], 40)}")
            parts.append(_unquoted(found))
            self._at = found.end()
        return "".join(parts)

    def _skip_spaces(self) -> None:
        found = _SPACES.match(self._line, self._at)
        self._at = found.end() if found else self._at

    def _take_flag(self, word: str) -> None:
        flag, name, value = self._recognise(word)
        if flag.value is None:
            if value is not None:
                raise UsageError(f"{name} takes no value")
        elif value is None:
            value = self._next_value(flag, name)
        if flag.key in self._values and not flag.repeatable:
            raise UsageError(f"{name} is given twice")
        self._values.setdefault(flag.key, []).append(value or "")

    def _recognise(self, word: str) -> tuple[Flag, str, str | None]:
        """The flag of a word, the name it goes by there, and the value when the word holds it."""
        if word in self._flags:
            return self._flags[word], word, None
        name, equals, value = word.partition("=")
        flag = self._flags.get(name)
        if flag is not None and equals and (flag.value is not None or name.startswith("--")):
            return flag, name, value
        short = self._flags.get(word[:2])
        is_misspelt_long = "-" + name in self._flags  # `-limit`: not `-l imit`
        if short is not None and short.value is not None and not word.startswith("--") and not is_misspelt_long:
            return short, word[:2], word[2:]
        raise self._unknown(name)

    def _unknown(self, name: str) -> UsageError:
        close = closest(name, self._flags.values())
        advice = f"did you mean {close}?" if close else f"{self._where} -h lists them"
        return UsageError(f"unknown flag {one_line(name, 40)}: {advice}")

    def _next_value(self, flag: Flag, name: str) -> str:
        following = self.rest.split(None, 1)[0] if self.rest else ""
        if not following or following.startswith("--") or following in self._flags:
            raise UsageError(f"{name} needs a value: {name} {flag.value}")
        return self.take_word()


def closest(word: str, flags: Collection[Flag]) -> str | None:
    """The flag that a word was probably meant to be, dashes or not."""
    # Without the dashes, which would make everything look alike.
    bare = suggest(word.lstrip("-"), [flag.key.removeprefix("--") for flag in flags])
    return next((flag.key for flag in flags if flag.key.removeprefix("--") == bare), None)


def help_page(
    usage: Sequence[tuple[str, str]],
    sections: Mapping[str, Sequence[Flag]],
    examples: Sequence[tuple[str, str]],
    defaults: Mapping[str, str] | None = None,
) -> str:
    """The help of a command. `defaults` by flag key."""
    standing = defaults or {}
    room = max((len(flag.heading) for flags in sections.values() for flag in flags), default=0)
    parts = [columns(usage)]
    for title, flags in sections.items():
        rows = [
            (flag.heading, flag.meaning + (f" (default: {standing[flag.key]})" if flag.key in standing else ""))
            for flag in flags
        ]
        parts.append(f"{title}\n{columns(rows, room)}")
    if examples:
        parts.append(f"Examples\n{columns(examples)}")
    return "\n\n".join(parts)


def columns(rows: Sequence[tuple[str, str]], room: int = 0) -> str:
    """Two columns, the left one at least `room` wide, the right one wrapped."""
    begin = max(room, *(len(left) for left, _ in rows)) + 4
    lines = []
    for left, right in rows:
        wrapped = textwrap.wrap(right, max(_WIDTH - begin, _WIDTH // 3)) or [""]
        lines.append(f"  {left}".ljust(begin) + wrapped[0])
        lines.extend(" " * begin + line for line in wrapped[1:])
    return "\n".join(line.rstrip() for line in lines)


def _unquoted(found: re.Match[str]) -> str:
    if found.re is _PLAIN:
        return found[0]
    return found[1] if found[1] is not None else _ESCAPED.sub(r"\1", found[2])
