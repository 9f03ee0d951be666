"""Who is told of each statement that is run: the team's history, or nobody."""

from __future__ import annotations

from typing import Protocol

from flinklab.domain.statements import Statement
from flinklab.session.result import Result
from flinklab.session.supply import Prepared


class Record(Protocol):
    """One statement. Nothing here may raise or wait."""

    def prepared(self, prepared: Prepared) -> None: ...

    def ran(self, result: Result) -> None:
        """It has a result, which may still be filled: its end is the result's to tell."""
        ...

    def failed(self, error: BaseException) -> None: ...


class Recorder(Protocol):
    def begin(self, statement: Statement) -> Record: ...


class _Forget:
    def prepared(self, prepared: Prepared) -> None:
        pass

    def ran(self, result: Result) -> None:
        pass

    def failed(self, error: BaseException) -> None:
        pass


class NoHistory:
    def begin(self, statement: Statement) -> Record:
        return _Forget()
