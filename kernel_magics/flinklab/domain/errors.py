"""The one error tree.

```
FlinklabError
├── UsageError              a flag, a setting or an argument is wrong
├── StatementError          a statement was refused; knows its place in the cell
│   ├── StatementParseError       it is not SQL that Flink can read
│   ├── StatementInvalidError     a name, a type or an option in it is wrong
│   └── StatementFailedError      it was accepted and failed while it ran
├── ConnectionFailedError   something on the other side of a socket
│   ├── UnreachableError          nobody answers there
│   ├── NotAGatewayError          somebody answers, who is no SQL Gateway
│   ├── UnsupportedGatewayError   a gateway that speaks another API, or to other clusters
│   ├── AccessDeniedError         the credentials were refused
│   ├── BrokenReplyError          half a body, a 5xx, a reply that is not the protocol
│   ├── SessionExpiredError       the gateway forgot the session
│   └── ClusterEndedError         it is proven that the cluster has ended, and with it all that ran there
├── YarnError               a YARN cluster, or Flink's client for it
│   ├── NoApplicationError        no application fits what was asked for, or more than one does
│   └── YarnRefusedError          YARN, or Flink's client, would not: a queue, memory, permission
├── LocalFlinkError         the embedded Flink
│   ├── NotInstalledError         a part of it is not installed
│   ├── JavaNotFoundError         no Java 17 or 21
│   ├── JarUnavailableError       a jar could not be had
│   └── StartFailedError          a process did not come up; carries its last log lines
├── CatalogError            the shared catalog
│   ├── CatalogUnavailableError   its database cannot be reached, read or written
│   ├── SchemaVersionError        the database's schema is older, newer, or half made
│   ├── NotFoundError             nothing of that name is there
│   ├── ConflictError             somebody changed it in the meantime, or the name is taken
│   ├── NotPermittedError         the person's role does not allow it
│   ├── UnknownVariableError      `${name}` has no value in the environment
│   └── SecretError               a secret could not be had, or would be given away
├── JobError                managed jobs
│   ├── PromotionRefusedError     the linter, or Flink, has something against it; `findings` says what
│   ├── CommandRefusedError       it cannot be asked of the job as it is now
│   ├── CommandFailedError        it was carried out and came to nothing
│   ├── StillGoingOnError         it is not over yet; only the waiting for it is
│   ├── LeaseLostError            another supervisor looks after the cluster now
│   └── StorageError              a storage cannot be reached, which says nothing about what lies there
└── ResultError             the rows of a result
    ├── ResultTruncatedError      rows were let go (``--rows-kept``)
    ├── ResultBoundError          an updating result reached its bound
    └── QueryCancelledError       the query was ended before its last row
```

Every error is one line (`message`), says what to do (`hint`), and keeps the other side's whole text (`details`).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Position:
    """A place in the text of a cell: 1-based line and column, as Flink counts them."""

    line: int
    column: int
    end_line: int | None = None
    end_column: int | None = None


class FlinklabError(Exception):
    """Base of all errors of flinklab.

    `str(error)` is one line and the hint; `details` is everything the other side said.
    """

    def __init__(self, message: str, *, hint: str | None = None, details: str | None = None) -> None:
        super().__init__(message)
        self.message = message
        self.hint = hint
        self.details = details

    def __str__(self) -> str:
        return f"{self.message} ({self.hint})" if self.hint else self.message

    def report(self) -> list[str]:
        """The lines that a person sees: what happened, where, what to do."""
        lines = [f"{self.title}: {self.message}"]
        if self.hint:
            lines.append(f"  → {self.hint}")
        return lines

    @property
    def title(self) -> str:
        """The error's name in words, without the suffix: `StatementParse`, `Unreachable`."""
        return type(self).__name__.removesuffix("Error")

    def _render_traceback_(self) -> list[str]:
        # IPython asks an exception for this before it draws a traceback of its own: a person's
        # mistake fails the cell with its report and without our stack.
        return self.report()


class UsageError(FlinklabError):
    """A flag, a setting or an argument is wrong."""


class StatementError(FlinklabError):
    """A statement was refused or failed.

    `position` is the place in the cell (None when the server named none), `excerpt` the lines of the cell
    around it with a caret.
    """

    def __init__(
        self,
        message: str,
        *,
        hint: str | None = None,
        details: str | None = None,
        position: Position | None = None,
        excerpt: str | None = None,
    ) -> None:
        super().__init__(message, hint=hint, details=details)
        self.position = position
        self.excerpt = excerpt

    def report(self) -> list[str]:
        where = f" (line {self.position.line}, column {self.position.column})" if self.position else ""
        lines = [f"{self.title}: {self.message}{where}"]
        if self.excerpt:
            lines.extend(self.excerpt.splitlines())
        if self.hint:
            lines.append(f"  → {self.hint}")
        return lines


class StatementParseError(StatementError):
    """The text is not SQL that Flink can read."""


class StatementInvalidError(StatementError):
    """A name, a type or an option in the statement is wrong."""


class StatementFailedError(StatementError):
    """The statement was accepted and failed while it ran."""


class ConnectionFailedError(FlinklabError):
    """Something on the other side of a socket. `url` is what was asked."""

    def __init__(self, message: str, *, url: str = "", hint: str | None = None, details: str | None = None) -> None:
        super().__init__(message, hint=hint, details=details)
        self.url = url


class UnreachableError(ConnectionFailedError):
    """Nobody answers at the address."""


class NotAGatewayError(ConnectionFailedError):
    """Somebody answers, who is no SQL Gateway (or no JobManager)."""


class UnsupportedGatewayError(ConnectionFailedError):
    """A gateway whose API versions flinklab does not speak, or that cannot submit to the cluster."""


class AccessDeniedError(ConnectionFailedError):
    """The credentials were refused (401, 403) or the certificate was not trusted.

    `status`: of the reply, 0 when there was none; `challenge`: its `WWW-Authenticate`, as in `Negotiate`.
    """

    def __init__(
        self,
        message: str,
        *,
        url: str = "",
        hint: str | None = None,
        details: str | None = None,
        status: int = 0,
        challenge: str = "",
    ) -> None:
        super().__init__(message, url=url, hint=hint, details=details)
        self.status = status
        self.challenge = challenge


class BrokenReplyError(ConnectionFailedError):
    """A reply that is not the protocol: half a body, a 5xx without a cause, not JSON."""


class SessionExpiredError(ConnectionFailedError):
    """The gateway does not know the session (any more)."""


class ClusterEndedError(ConnectionFailedError):
    """The cluster has ended for good, and with it all that ran there: who keeps its record says so.

    `application`: of YARN, the id of the one that it was.
    """

    def __init__(
        self,
        message: str,
        *,
        application: str = "",
        url: str = "",
        hint: str | None = None,
        details: str | None = None,
    ) -> None:
        super().__init__(message, url=url, hint=hint, details=details)
        self.application = application


class YarnError(FlinklabError):
    """A YARN cluster, or Flink's client for it."""


class NoApplicationError(YarnError):
    """No application fits what was asked for, or more than one does."""


class YarnRefusedError(YarnError):
    """YARN, or Flink's client, would not: the queue, its capacity, memory, permission. `details`: what it said."""


class LocalFlinkError(FlinklabError):
    """The embedded Flink."""


class NotInstalledError(LocalFlinkError):
    """A part of the embedded Flink is not installed."""


class JavaNotFoundError(LocalFlinkError):
    """No Java runtime of version 17 or 21."""


class JarUnavailableError(LocalFlinkError):
    """A jar could not be downloaded or found."""


class StartFailedError(LocalFlinkError):
    """A process of the embedded Flink did not come up; `details` holds the last lines of its log."""

    def report(self) -> list[str]:
        lines = super().report()
        if self.details:
            lines.extend("  | " + line for line in self.details.splitlines()[-12:])
        return lines


class CatalogError(FlinklabError):
    """The shared catalog."""


class CatalogUnavailableError(CatalogError):
    """The catalog's database cannot be reached, read or written (down, locked, read-only, wrong password)."""


class SchemaVersionError(CatalogError):
    """The database's schema is older or newer than this flinklab's, or half made."""


class NotFoundError(CatalogError):
    """Nothing of that name is in the catalog, or the person may not see it."""


class ConflictError(CatalogError):
    """Somebody else changed it in the meantime, or the name is taken. `details` holds the difference."""


class NotPermittedError(CatalogError):
    """The person's role does not allow it."""


class UnknownVariableError(CatalogError):
    """`${name}` has no value in the environment, or refers to itself."""


class SecretError(CatalogError):
    """A secret could not be had, or would be given away."""


class JobError(FlinklabError):
    """Managed jobs."""


class PromotionRefusedError(JobError):
    """A text cannot become a job's version; each of `findings` is a line that says why and what to do.

    `positions` are their places in the text, in the same order; None for what has none.
    """

    def __init__(
        self,
        message: str,
        *,
        findings: Sequence[str] = (),
        positions: Sequence[Position | None] = (),
        hint: str | None = None,
        details: str | None = None,
    ) -> None:
        super().__init__(message, hint=hint, details=details)
        self.findings = tuple(findings)
        self.positions = tuple(positions)

    def report(self) -> list[str]:
        first, *rest = super().report()
        return [first, *(f"  · {finding}" for finding in self.findings), *rest]


class CommandRefusedError(JobError):
    """It cannot be asked of the job as it is now, or needs a person's word."""


class CommandFailedError(JobError):
    """It was carried out and came to nothing."""


class StillGoingOnError(JobError):
    """A command is not over yet: it goes on, and only the waiting for it ended."""


class LeaseLostError(JobError):
    """Another supervisor looks after the cluster now: nothing more may be written."""


class StorageError(JobError):
    """A storage cannot be reached or read. It says nothing about what lies there."""


class ResultError(FlinklabError):
    """The rows of a result."""


class ResultTruncatedError(ResultError):
    """Rows were let go to bound memory; the window that is left is in `result.kept`."""


class ResultBoundError(ResultError):
    """An updating result reached its bound: it cannot let rows go and stay exact."""


class QueryCancelledError(ResultError):
    """The query was ended before its last row."""
