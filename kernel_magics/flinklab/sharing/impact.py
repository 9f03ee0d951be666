"""What a change of a definition does to those that use it, tried in a scratch session."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass

from flinklab.domain.definitions import Use
from flinklab.domain.errors import CatalogError, StatementError
from flinklab.domain.statements import Statement, StatementKind
from flinklab.domain.text import count
from flinklab.sharing.trial import Laboratory, Overrides, Trial
from flinklab.sql.classify import starts_job
from flinklab.sql.split import split

Sources = Callable[[Use], Sequence[str]]
"""The statements by which something uses a definition, as they were last saved or run."""


@dataclass(frozen=True, slots=True)
class Impact:
    """Something that uses a definition; `breaks`: what Flink says of it after the change, None when it is fine."""

    use: Use
    breaks: str | None = None

    def __str__(self) -> str:
        use = f"{self.use.user_kind} {self.use.user} {self.use.how.value} {self.use.team}.{self.use.target}"
        return use if self.breaks is None else f"{use}, and would break: {self.breaks}"


def impacts(changed: Overrides, users: Sequence[Use], sources: Sources, laboratory: Laboratory) -> list[Impact]:
    """Each of `users`, those that would break first. What is broken already is not the change's doing."""
    if not users:
        return []
    found = list(_tried(changed, users, sources, laboratory))
    return sorted(found, key=lambda impact: impact.breaks is None)


def _tried(changed: Overrides, users: Sequence[Use], sources: Sources, laboratory: Laboratory) -> Iterator[Impact]:
    errors: dict[Use, tuple[str, str]] = {}
    with laboratory.trial(changed) as trial:
        for use in users:
            for statement in sources(use):
                error = _judged(statement, trial, lambda: laboratory.trial(changed))
                if error is not None:
                    errors[use] = (statement, error)
                    break
    if errors:
        with laboratory.trial() as trial:
            for use, (statement, _) in list(errors.items()):
                if _judged(statement, trial, laboratory.trial) is not None:
                    del errors[use]
    for use in users:
        yield Impact(use, errors[use][1] if use in errors else None)


def _judged(text: str, trial: Trial, fresh: Callable[[], AbstractContextManager[Trial]]) -> str | None:
    """What Flink says against the text, None when it is fine or cannot be judged without running it.

    What a text makes for itself (a job's temporary views) is made in a trial of its own.
    """
    statements = split(text)
    try:
        if len(statements) == 1:
            _judge(statements[0], trial)
            return None
        with fresh() as own:
            for statement in statements:
                _judge(statement, own)
    except (StatementError, CatalogError) as error:
        return error.message
    return None


def _judge(statement: Statement, trial: Trial) -> None:
    if statement.kind is StatementKind.QUERY or starts_job(statement):
        trial.ask(f"EXPLAIN {statement.text}")
    elif statement.kind is StatementKind.SHOW or _is_temporary(statement):
        trial.ask(statement.text)


def _is_temporary(statement: Statement) -> bool:
    words = statement.text.split(None, 2)[:2]
    return statement.kind is StatementKind.DDL and [word.upper() for word in words] == ["CREATE", "TEMPORARY"]


def summary(found: Sequence[Impact]) -> str:
    """One line: how many use it, how many of them break."""
    broken = sum(impact.breaks is not None for impact in found)
    users = Counter(impact.use.user_kind for impact in found)
    used = ", ".join(count(number, kind) for kind, number in users.items())
    return f"used by {used}" + (f"; {broken} would break" if broken else "")
