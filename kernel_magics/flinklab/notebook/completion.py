"""Tab in a cell of Flink SQL, in every front end: a matcher of IPython's API version 2, which sees the cell."""

from __future__ import annotations

import logging
import re
import threading
import time
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from flinklab.domain.completion import Completion

if TYPE_CHECKING:
    from IPython.core.completer import CompletionContext, SimpleCompletion
    from IPython.core.interactiveshell import InteractiveShell

    from flinklab.api.completing import Completer
    from flinklab.api.known_catalog import KnownCatalog
    from flinklab.catalog.catalog import Catalog
    from flinklab.notebook.workbench import Workbench
    from flinklab.session.session import Session
    from flinklab.sql.completing.known import KnownName

_CELL = re.compile(r"\s*%%flinksql(?=\s|$)")
_LINE = re.compile(r"\s*(?:[^\W\d]\w*\s*=\s*)?%(?P<magic>flinksql|flink)(?=\s)")
_ENVIRONMENT = re.compile(r"(?:^|\s)--env[ =](\S+)")
_CLUSTER = re.compile(r"(?:^|\s)(?:--cluster[ =]|-c\s*)(\S+)")
_SESSION = re.compile(r"(?:^|\s)(?:--session[ =]|-A\s*)(\S+)")
_MOST = 60  # characters of what is shown beside a name
_log = logging.getLogger(__name__)


class FlinkMatcher:
    """Completes cells that begin with `%%flinksql` and lines with `%flinksql` and `%flink`, and no others.

    In those IPython's own matchers are held back, but in `{{ }}`.
    """

    matcher_api_version = 2
    matcher_priority = 100.0
    matcher_identifier = "flinklab"

    def __init__(self, shell: InteractiveShell, bench: Workbench) -> None:
        self.__qualname__ = type(self).__qualname__  # IPython takes matchers for functions
        self._shell = shell
        self._bench = bench
        self._lock = threading.Lock()
        self._catalog: Catalog | None = None
        self._is_closed = False
        self._completer: Completer | None = None
        self._known: KnownCatalog | None = None

    def __call__(self, context: CompletionContext) -> dict[str, Any]:
        """Called by IPython for every Tab. Raises nothing."""
        text, position = context.full_text, _position(context)
        try:
            found, is_ours = self.complete(text, position)
        except Exception:  # IPython would print its stack into the cell
            _log.debug("could not complete", exc_info=True)
            found, is_ours = [], False
        fragment = text[found[0].begin : position] if found else ""
        return {
            "completions": _Offered(found, is_ours),
            "matched_fragment": fragment,
            "ordered": True,
            "suppress": is_ours,
        }

    def complete(self, text: str, position: int) -> tuple[list[Completion], bool]:
        """The completions at `position` of a cell, and whether nobody else should complete there."""
        cell = _CELL.match(text)
        begin = text.rfind("\n", 0, position) + 1
        if cell is not None and position > cell.end():
            if "\n" in text[cell.end() : position]:
                return self._sql(text, position, text[cell.end() : text.find("\n", cell.end())])
            return self._flags(text[cell.end() : position], position), True
        line = _LINE.match(text, begin, position) if cell is None else None
        if line is None:
            return [], False
        rest = text[line.end() : position]
        if line["magic"] == "flink":
            return self._command(rest, position), True
        sql = _begin_of_sql(rest)
        if sql is None:
            return self._flags(rest, position), True
        end = text.find("\n", position)
        shift = line.end() + sql
        own = text[shift : end if end >= 0 else len(text)]
        found, is_ours = self._sql(own, position - shift, rest[:sql])
        return [_shifted(each, shift) for each in found], is_ours

    def close(self) -> None:
        """Let go of the catalog's database."""
        with self._lock:
            self._is_closed = True
            catalog, self._catalog = self._catalog, None
        if catalog is not None:
            catalog.close()

    def _sql(self, text: str, position: int, flags: str) -> tuple[list[Completion], bool]:
        from flinklab.sql.completing.place import place_at
        from flinklab.sql.completing.wanted import Want

        named = _ENVIRONMENT.search(flags)
        environment = named[1] if named else self._bench.environment
        found = self._completer_here().complete(
            text,
            position,
            session=self._session(flags),
            catalog=self._known,
            names=self._shell.user_ns,
            environment=environment,
        )
        is_python = Want.PYTHON in place_at(text, position).wants
        return found, not is_python

    def _flags(self, line: str, position: int) -> list[Completion]:
        from flinklab.notebook.flags import CELL_FLAGS
        from flinklab.notebook.line_completion import complete_flags

        return complete_flags(line, position, CELL_FLAGS, self._names)

    def _command(self, line: str, position: int) -> list[Completion]:
        from flinklab.notebook.line_completion import complete_command
        from flinklab.notebook.subcommands import all_sections

        return complete_command(line, position, all_sections(), self._names)

    def _names(self, what: str) -> Sequence[KnownName]:
        from flinklab.api.completing import PATIENCE
        from flinklab.sql.completing.known import KnownName

        if what == "python":
            return [KnownName(name) for name in self._shell.user_ns if not name.startswith("_")]
        self._completer_here()
        return self._known.names(what, time.monotonic() + PATIENCE) if self._known is not None else ()

    def _session(self, flags: str) -> Session | None:
        """The session that the cell runs in, if it is open: a Tab opens none."""
        cluster, saved = (found[1] if (found := named.search(flags)) else None for named in (_CLUSTER, _SESSION))
        return self._bench.connected_at(cluster=cluster, saved=saved)

    def _completer_here(self) -> Completer:
        if self._completer is None:
            from flinklab.api.completing import Completer
            from flinklab.api.known_catalog import KnownCatalog

            self._known = KnownCatalog(self._shared)
            self._completer = Completer()
        return self._completer

    def _shared(self) -> Catalog | None:
        """The catalog, opened in the thread that asks it; one that is not there yet is not made by a Tab."""
        with self._lock:
            if self._catalog is None and not self._is_closed:
                from flinklab.api.catalog import open_catalog
                from flinklab.catalog.urls import default_path
                from flinklab.settings import load_settings

                settings = load_settings()
                if settings.catalog_url is None and not default_path().exists():
                    return None
                self._catalog = open_catalog(settings)
            return self._catalog


class _Offered(list["SimpleCompletion"]):
    """Completions for IPython, which holds others back only where there is one: hence the length of none."""

    def __init__(self, found: Sequence[Completion], is_ours: bool) -> None:
        from IPython.core.completer import SimpleCompletion

        super().__init__(SimpleCompletion(each.text, type=shown_type(each)) for each in found)
        self._length: int = len(found) or int(is_ours)

    def __len__(self) -> int:
        return self._length


def shown_type(completion: Completion) -> str:
    """`column BIGINT`: what it is, and as much as there is room for of what there is to say.

    Of a matcher's completion IPython passes nothing else on to the front end; its signature stays empty.
    """
    more = " · ".join(part for part in (completion.detail, completion.comment) if part)
    text = f"{completion.type.value} {more}".rstrip()
    return text if len(text) <= _MOST else text[: _MOST - 1] + "…"


def _position(context: CompletionContext) -> int:
    """The caret's place in the whole text. IPython counts its lines by `\\n` alone."""
    lines = context.full_text.split("\n")
    column: int = context.cursor_position
    return sum(len(line) + 1 for line in lines[: context.cursor_line]) + column


def _begin_of_sql(rest: str) -> int | None:
    """Where the SQL of a `%flinksql` begins; None: in its flags still."""
    from flinklab.domain.errors import UsageError
    from flinklab.notebook.flag_parser import LineParser
    from flinklab.notebook.flags import CELL_FLAGS

    parser = LineParser(rest, CELL_FLAGS, "%flinksql")
    try:
        parser.take_flags()
    except UsageError:
        return None
    left = parser.rest
    if left and not left.startswith("-"):
        return len(rest) - len(left)
    return None


def _shifted(each: Completion, by: int) -> Completion:
    return Completion(each.text, each.type, each.begin + by, each.end + by, each.detail, each.comment)
