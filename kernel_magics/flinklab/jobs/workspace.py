"""One gateway session in which a version's text is judged, compiled or carried out."""

from __future__ import annotations

import hashlib
import json
import time
import uuid
from collections.abc import Callable, Mapping
from contextlib import suppress
from dataclasses import replace

from flinklab.domain.errors import (
    BrokenReplyError,
    ConnectionFailedError,
    Position,
    StatementError,
    StatementInvalidError,
    StorageError,
)
from flinklab.domain.ids import JobId, SessionHandle
from flinklab.domain.jobs import JobScript
from flinklab.domain.pages import Page, PageKind
from flinklab.domain.statements import Statement, StatementKind
from flinklab.jobs.plans import canonical, has_hint_options
from flinklab.jobs.replies import is_before_submission
from flinklab.jobs.sending import Lost
from flinklab.ports import Definitions, SqlGateway, Variables
from flinklab.ports.jobs import Storage
from flinklab.results.rows import rows_of
from flinklab.results.table import Mode, ResultTable
from flinklab.session.operation import drain, first_page, let_go
from flinklab.session.supply import Prepared, Rows
from flinklab.sharing.resolving import Resolver, hide_in
from flinklab.sharing.stock import AddJar, Notice, SharedStock
from flinklab.sql.classify import classify
from flinklab.sql.statement_sets import without_execute
from flinklab.sql.tokens import tokens

PATIENCE = 60.0
"""Seconds that a statement may take to be carried out, or a job to be submitted."""

TRIES = 8
"""How often a statement is tried again after something that it lacked was brought."""

JOB_ID = "$internal.pipeline.job-id"
"""The setting by which Flink takes a job under an id that was minted before."""

_MAKES = frozenset({StatementKind.DDL, StatementKind.USE, StatementKind.JAR})
_ONLY_SCHEMA = {"table.plan.compile.catalog-objects": "SCHEMA"}


class Workspace:
    """What can be done with `script` in one gateway session, which is its own.

    `config` goes with every statement, with the `${name}` in it replaced. `definitions`: the pinned ones, or those
    of the catalog as it is now. Every method may raise a `StatementError` (a place in it is one in the script's
    statement), a `ConnectionFailedError` or a `CatalogError`; no secret is in any of them. Not for several threads.
    """

    def __init__(
        self,
        gateway: SqlGateway,
        session: SessionHandle,
        script: JobScript,
        *,
        definitions: Definitions,
        variables: Variables,
        environment: str,
        config: Mapping[str, str] | None = None,
        add_jar: AddJar = str,
        notice: Notice = lambda line: None,
        patience: float = PATIENCE,
    ) -> None:
        self._gateway = gateway
        self._session = session
        self._script = script
        self._given = dict(script.config if config is None else config)
        self._add_jar = add_jar
        self._patience = patience
        self._stock = SharedStock(
            lambda sql: self._run(sql, {}),
            definitions,
            Resolver(variables, script.teams),
            script.teams,
            environment,
            notice=notice,
            add_jar=add_jar,
        )
        self._setup: list[Prepared] = []
        self._prepared: Prepared | None = None
        self._made_by: list[str] = []

    @property
    def secrets(self) -> frozenset[str]:
        """The values that were put in and that nobody may see."""
        return self._stock.secrets

    def made_by(self) -> tuple[str, ...]:
        """The statements that made the session what it is, in order. Secrets are in them: they are for Flink."""
        self._statement()
        return tuple(self._made_by)

    def resolved(self) -> str:
        """The statement with values in place; secrets are masked."""
        return self._statement().shown

    def config(self) -> dict[str, str]:
        """The settings with values in place. Secrets are in it: it is for the gateway only."""
        return {key: self._stock.value(value, None) for key, value in self._given.items()}

    def text_hash(self) -> str:
        """A SHA-256 of all that a plan is compiled from, secrets left out (none can be in a plan).

        The setup, the statement, the shared definitions that they name, and the settings of the planner.
        """
        statement = self._statement()
        made = sorted((".".join(path), self._stock.hide(each.text)) for path, each in self._stock.made.items())
        planner = {
            key: self._stock.hide(value)
            for key, value in sorted(self.config().items())
            if key.startswith("table.") or key == "execution.runtime-mode"
        }
        text = json.dumps([[each.shown for each in self._setup], statement.shown, made, planner])
        return hashlib.sha256(text.encode()).hexdigest()

    def explain(self) -> str:
        """Flink's plan of the statement, as text. Nothing is started."""
        rows = self._judge("EXPLAIN", {})
        return str(rows[0][0]) if rows else ""

    def compile(self, storage: Storage) -> str:
        """The statement's compiled plan with node ids that flinklab assigns.

        It goes through a file of `storage`, which the gateway writes. Raises `StorageError`, too.
        """
        prepared = self._statement()
        texts = [each.text for each in (*self._setup, prepared)] + [made.text for made in self._stock.made.values()]
        if any(map(_has_options_hint, texts)):
            raise _options_lost()
        place = storage.place(f"plans/{uuid.uuid4().hex}.json")
        try:
            self._judge(f"COMPILE PLAN {quoted(place)} FOR", _ONLY_SCHEMA)
            document = storage.read(place).decode()
        finally:
            with suppress(StorageError):
                storage.delete(place)
        if has_hint_options(document):
            raise _options_lost()
        return canonical(document, self._stock.hide)

    def execute(self, place: str, config: Mapping[str, str]) -> JobId | Lost:
        """Start the plan at `place` with `config` and no other settings.

        Raises the `StatementError` that Flink says of it. A `ConnectionFailedError` means that it was not sent;
        `Lost` that it was, and that its reply did not come within the patience.
        """
        return self._start(f"EXECUTE PLAN {quoted(place)}", config)

    def insert(self, config: Mapping[str, str]) -> JobId | Lost:
        """Start the statement itself, like `execute`. Its state could not be taken over by a plan."""
        return self._start(self._statement().text, config)

    def close(self) -> None:
        """End the session. A gateway that does not answer ends it after its idle time."""
        with suppress(ConnectionFailedError):
            self._gateway.close_session(self._session)

    def _statement(self) -> Prepared:
        """The statement with its values, the setup having been run and what both name being there."""
        if self._prepared is None:
            for text in self._script.setup[len(self._setup) :]:
                self._setup.append(self._set_up(text))
            self._prepared = self._prepare(self._script.statement)
        return self._prepared

    def _set_up(self, text: str) -> Prepared:
        prepared = self._prepare(text)
        is_jar = classify(text) is StatementKind.JAR
        self._ask(prepared, self._add_jar(prepared.text) if is_jar else prepared.text, self.config())
        return prepared

    def _prepare(self, text: str) -> Prepared:
        try:
            return self._stock.prepare(Statement(text, classify(text)))
        except StatementError as error:
            hide_in(error, self.secrets)
            raise

    def _judge(self, verb: str, config: Mapping[str, str]) -> Rows:
        """`verb` on a line before the statement, so that places in it are a line further down."""
        prepared = self._statement()
        return self._ask(
            prepared, f"{verb}\n{without_execute(prepared.text)}", {**self.config(), **config}, lines_before=1
        )

    def _ask(self, prepared: Prepared, sql: str, config: Mapping[str, str], *, lines_before: int = 0) -> Rows:
        for last in (*[False] * TRIES, True):
            try:
                return self._run(sql, config, prepared.hide)
            except StatementError as error:
                error.position = _moved_up(error.position, lines_before)
                if last or not self._stock.supply(prepared, error):
                    prepared.restore(error)
                    raise
        raise AssertionError("the last try returns or raises")

    def _run(self, sql: str, config: Mapping[str, str], hide: Callable[[bytes], bytes] = bytes) -> Rows:
        operation = self._gateway.submit(self._session, sql, config)
        first = first_page(self._gateway, self._session, operation, time.monotonic() + self._patience)
        if first.kind is PageKind.NOT_READY:
            let_go(self._gateway, self._session, operation)
            raise ConnectionFailedError(
                f"the gateway did not carry out a statement within {self._patience:g} s", url=self._gateway.url
            )
        pages: list[Page] = []
        table = ResultTable(first.columns, mode=Mode.APPEND, rows_kept=None)
        drain(self._gateway, self._session, operation, first, pages.append)
        for page in pages:
            table.add(replace(page, rows=hide(page.rows)))
        if _changes_session(sql):
            self._made_by.append(sql)
        return rows_of(table.arrow())

    def _start(self, sql: str, config: Mapping[str, str]) -> JobId | Lost:
        prepared = self._statement()
        for last in (*[False] * TRIES, True):
            try:
                return self._submit(sql, config)
            except StatementError as error:
                error.position = None  # it is one in a plan
                if last or not (is_before_submission(error) and self._stock.supply(prepared, error)):
                    hide_in(error, self.secrets)
                    raise
        raise AssertionError("the last try returns or raises")

    def _submit(self, sql: str, config: Mapping[str, str]) -> JobId | Lost:
        try:
            operation = self._gateway.submit(self._session, sql, config)
        except BrokenReplyError as error:
            return Lost(self._stock.hide(error.message))
        try:
            page = first_page(self._gateway, self._session, operation, time.monotonic() + self._patience)
        except ConnectionFailedError as error:
            return Lost(self._stock.hide(error.message))
        if page.kind is PageKind.NOT_READY:
            # The operation stays open: that it is closed would not call back what is on its way.
            return Lost(f"the gateway did not say within {self._patience:g} s what became of it")
        let_go(self._gateway, self._session, operation)
        return page.job_id or JobId(config[JOB_ID])


def _changes_session(text: str) -> bool:
    kind = classify(text)
    is_compiled = kind is StatementKind.DDL and next(tokens(text)).keyword == "COMPILE"
    return kind in _MAKES and not is_compiled


def _has_options_hint(text: str) -> bool:
    in_hint = False
    for token in tokens(text):
        if token.text in ("/*+", "*/"):
            in_hint = token.text == "/*+"
        elif in_hint and token.keyword == "OPTIONS":
            return True
    return False


def _options_lost() -> StatementError:
    return StatementInvalidError(
        "a compiled plan does not keep the options of an OPTIONS hint: the job would run without them",
        hint="give them to a table of its own: CREATE TEMPORARY TABLE name WITH (...) LIKE the_table",
    )


def _moved_up(position: Position | None, lines: int) -> Position | None:
    if position is None or not lines:
        return position
    end = position.end_line - lines if position.end_line is not None else None
    return replace(position, line=position.line - lines, end_line=end)


def quoted(place: str) -> str:
    return "'" + place.replace("'", "''") + "'"
