"""From what a gateway says of a failure to our error tree. Pure: text in, an exception out.

The gateway answers a failed statement with a Java stack trace; which throwables mean what is read off Flink's
classes (`SqlParserException`, `ValidationException`, `JobExecutionException`, ...).
"""

from __future__ import annotations

import re

from flinklab.domain.errors import (
    SessionExpiredError,
    StatementError,
    StatementFailedError,
    StatementInvalidError,
    StatementParseError,
)
from flinklab.domain.text import suggest
from flinklab.flink.hints import hint_for
from flinklab.flink.places import names_in, position_in, without_positions
from flinklab.flink.trace import Cause, causes
from flinklab.sql.classify import FIRST_WORDS
from flinklab.sql.excerpt import find_identifier
from flinklab.sql.tokens import tokens

_LONGEST = 400
_PARSE = ("SqlParserException", "SqlParserEOFException", "SqlParseException", "ParseException", "TokenMgrError")
_RUN = (
    "JobExecutionException",
    "JobInitializationException",
    "JobSubmissionException",
    "JobCancellationException",
    "ProgramInvocationException",
    "NoResourceAvailableException",
    "FlinkJobNotFoundException",
)
# Throwables that say too little alone: what they happened in comes from the one around them.
_LACONIC = (
    "ClassNotFoundException",
    "NoClassDefFoundError",
    "ConnectException",
    "TimeoutException",
    "NumberFormatException",
    "JsonParseException",
)
# What a failed job is always wrapped in.
_WRAPPING = re.compile(
    r"Recovery is suppressed by|Job execution failed|Failed to fetch (?:next|job)|Job failed \(JobID"
)
_SESSION = re.compile(r"Session '([0-9a-fA-F-]+)' does not exist")
_LISTS = re.compile(
    r"\n\s*(?:Was expecting|Available factory|Table options are|Query schema)|\n\n"
    r"| Supported form\(s\): | that implements '[^']*' in the classpath"
)
_PREFIX = re.compile(r"\A(?:SQL (?:parse|validation) failed\.\s*)+")


def error_from(text: str, *, statement: str | None = None, url: str = "") -> StatementError | SessionExpiredError:
    """The error that a server's text tells of.

    `message` is one line without Java class names, `details` the whole text. `position` is counted in the
    submitted `statement`, None for a failure at run time; when the text names none but names a table, catalog, ...
    that stands in `statement`, it is that word's.
    """
    chain = causes(text)
    everything = "\n".join(f"{cause.name}: {cause.message}" for cause in chain)
    if _SESSION.search(everything):
        return SessionExpiredError(
            "the gateway does not know the session any more",
            url=url,
            hint="it may have been restarted",
            details=text,
        )
    kind = _kind(chain)
    # What fails while it runs may speak of places too, in the data that it reads.
    position = position_in(everything) if kind is not StatementFailedError else None
    message = _message(chain)
    if position is None and statement is not None and kind is StatementInvalidError:
        first_lines = [cause.message.partition("\n")[0] for cause in reversed(chain)]
        names = names_in("\n".join([message, *first_lines]))
        position = next(filter(None, (find_identifier(statement, name) for name in names)), None)
    hint = hint_for(everything)
    if statement is not None and "Non-query expression encountered" in message:
        # All that Flink says of a word that no statement begins with.
        word = next((token for token in tokens(statement) if token.keyword), None)
        if word is not None and word.keyword not in FIRST_WORDS:
            close = suggest(word.keyword, FIRST_WORDS)
            message, hint = f"no statement begins with {word.text}", f"did you mean {close}?" if close else hint
            position = find_identifier(statement, word.text)
    return kind(message, hint=hint, details=text, position=position)


def root_message(text: str) -> str:
    """The cause of a stack trace in one line."""
    return _message(causes(text))


def _kind(chain: list[Cause]) -> type[StatementError]:
    names = {cause.name for cause in chain}
    if names.intersection(_RUN) or any(c.message.startswith("Error while retrieving result") for c in chain):
        return StatementFailedError
    if names.intersection(_PARSE) or any("only single statement supported" in c.message for c in chain):
        return StatementParseError
    return StatementInvalidError


def _message(chain: list[Cause]) -> str:
    """The last cause that says something; a laconic one together with what it happened in."""
    said: list[str] = []
    for cause in reversed(chain):
        words = _words(cause)
        if said and _WRAPPING.match(cause.message):
            break
        if not words:
            continue
        said.append(words)
        if cause.name not in _LACONIC:
            break
    if not said:
        return (chain[-1].name if chain else "") or "the gateway gave no reason"
    inner, outer = said[0], said[-1]
    line = outer if inner in outer else f"{outer.rstrip('.')}: {inner}"
    return line if len(line) <= _LONGEST else line[: _LONGEST - 1] + "…"


def _words(cause: Cause) -> str:
    """A cause's message as one line: no position, no lists of options or tokens."""
    text = _PREFIX.sub("", cause.message)
    text = _LISTS.split(without_positions(text))[0]
    line = " ".join(text.split()).replace(" .", ".").removesuffix(".")
    if cause.name in _PARSE:
        return _syntax(line)
    if cause.name == "ClassNotFoundException":
        return f"class {line} not found"
    if cause.name == "ArithmeticException" and line == "/ by zero":
        return "division by zero"
    return line


def _syntax(line: str) -> str:
    met = re.match(r'Encountered "(.*)"\Z', line)
    if met and met[1].endswith("<EOF>"):
        return "the statement ends too soon"
    if met and met[1].startswith("\\'"):
        return "a quote is opened and never closed"
    strange = re.match(r'Lexical error\.? Encountered: "(.*)" \(\d+\)', line)
    return f"the character {strange[1]} does not belong here" if strange else line
