"""A place that moves over the tokens of a statement."""

from __future__ import annotations

from collections.abc import Sequence

from flinklab.domain.errors import Position, StatementParseError
from flinklab.domain.text import one_line
from flinklab.sql.positions import Cursor, utf16_length
from flinklab.sql.tokens import Token, TokenKind, tokens


class Words:
    """The tokens of `text`, and the place `at` in them. Beyond either end it finds nothing."""

    def __init__(self, text: str, of: Sequence[Token] | None = None) -> None:
        self.text = text
        self.tokens = list(tokens(text)) if of is None else list(of)
        self.at = 0

    @property
    def is_over(self) -> bool:
        return self.at >= len(self.tokens)

    def token(self, ahead: int = 0) -> Token | None:
        at = self.at + ahead
        return self.tokens[at] if 0 <= at < len(self.tokens) else None

    def word(self, ahead: int = 0) -> str:
        """The keyword there, in capitals; empty when there is none."""
        token = self.token(ahead)
        return token.keyword if token else ""

    def peek(self, ahead: int = 0) -> str:
        token = self.token(ahead)
        return token.text if token else ""

    def take(self, *keywords: str) -> bool:
        """Steps over `keywords` if they stand here."""
        if any(self.word(ahead) != keyword for ahead, keyword in enumerate(keywords)):
            return False
        self.at += len(keywords)
        return True

    def string(self) -> str | None:
        """What the string literal here says, stepped over."""
        token = self.token()
        if token is None or token.kind is not TokenKind.STRING:
            return None
        self.at += 1
        return unquoted(token)

    def path(self) -> tuple[str, ...]:
        """The parts of the name that begins here, stepped over; none when this is no name."""
        parts: list[str] = []
        while (token := self.token()) is not None and (name := name_of(token)) is not None:
            parts.append(name)
            self.at += 1
            after = self.token(1)
            if self.peek() != "." or after is None or after.name is None:
                break
            self.at += 1
        return tuple(parts)

    def bracket(self) -> list[Token] | None:
        """The tokens inside the bracket that begins here, stepped over with its end; None when none begins.

        Raises `StatementParseError` when it never ends.
        """
        if self.peek() != "(":
            return None
        begin, depth = self.at, 0
        while (text := self.peek()) or not self.is_over:
            depth += (text == "(") - (text == ")")
            self.at += 1
            if depth == 0:
                return self.tokens[begin + 1 : self.at - 1]
        self.at = begin
        raise self.error("this bracket is never closed")

    def error(self, message: str) -> StatementParseError:
        """At the token here, or after the last one."""
        token = self.token()
        if token is None:
            last = self.tokens[-1] if self.tokens else None
            position = Cursor(self.text).at(last.offset + len(last.text) if last else 0)
            return StatementParseError(message, position=position)
        begin = Cursor(self.text).at(token.offset)
        end = begin.column + utf16_length(token.text.splitlines()[0]) - 1
        position = Position(begin.line, begin.column, begin.line, end)
        return StatementParseError(f"{message}, at {one_line(token.text, 40)}", position=position)


def unquoted(token: Token) -> str:
    """What a string literal says."""
    return token.text[1:].removesuffix("'").replace("''", "'")


def written(of: Sequence[Token]) -> str:
    """The tokens as they stand in their text, with one space where it has any room, and without comments."""
    text = ""
    end = of[0].offset if of else 0
    for token in of:
        text += (" " if token.offset > end else "") + token.text
        end = token.offset + len(token.text)
    return text


def name_of(token: Token) -> str | None:
    """What the token names; None for what is none, a number, and the `$` of a `${name}`."""
    is_other = token.kind is TokenKind.WORD and (token.text[0].isdigit() or token.text == "$")
    return None if is_other else token.name
