"""What can stand where a person types, as data."""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum


class CompletionType(Enum):
    """What a completion is a name of; in the order in which a list of them is best read."""

    OPTION = "option"
    VALUE = "value"
    COLUMN = "column"
    VARIABLE = "variable"
    TABLE = "table"
    FUNCTION = "function"
    TYPE = "type"
    KEYWORD = "keyword"
    FLAG = "flag"
    COMMAND = "command"
    NAME = "name"  # of a cluster, a session, a snippet, a job, an environment


@dataclass(frozen=True, slots=True)
class Completion:
    """`text` belongs in the place of the characters from `begin` up to `end`, which is where the caret is.

    `detail` is short (a column's type, an option's default), `comment` is a sentence, both may be empty.
    """

    text: str
    type: CompletionType
    begin: int
    end: int
    detail: str = ""
    comment: str = ""
