"""Variables of environments (dev, test, prod, ...), and how their secrets are kept."""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import Enum

MASK = "******"
"""What stands in the place of a secret wherever a person can look."""

ANYWHERE = "*"
"""The environment whose value holds where an environment has none of its own."""


USUAL = ("dev", "test", "prod")
"""The environments that a team begins with."""


class VariableType(Enum):
    """What a value must be."""

    STRING = "string"
    INT = "int"
    DOUBLE = "double"
    BOOLEAN = "boolean"
    DURATION = "duration"  # Flink's: `10 s`, `5 min`
    SQL = "sql"  # a piece of SQL, put in as it is


@dataclass(frozen=True, slots=True)
class Variable:
    """A variable of a team with its value per environment.

    Of a secret one the values are references (`env:NAME`, `file:PATH`, `keyring:SERVICE/NAME`) or `MASK` where
    the value is kept encrypted: reading a variable never gives a secret away, resolving one does.
    A value may itself contain `${name}`.
    """

    team: str
    name: str
    type: VariableType = VariableType.STRING
    secret: bool = False
    description: str = ""
    values: dict[str, str] = field(default_factory=dict)
    version: int = 0


@dataclass(frozen=True, slots=True)
class Environment:
    team: str
    name: str
    description: str = ""


@dataclass(frozen=True, slots=True)
class Resolved:
    """A variable's value in an environment, for machines; `repr` and `shown` never give a secret away.

    `team` is whose variable it is.
    """

    name: str
    value: str = field(repr=False)
    secret: bool = False
    team: str = ""

    @property
    def shown(self) -> str:
        return MASK if self.secret else self.value
