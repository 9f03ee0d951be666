"""The two magics. They translate: flags to a call, a result to a picture."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

from IPython.core.magic import Magics, line_cell_magic, line_magic, magics_class, no_var_expand
from traitlets import Enum, Float, Int

from flinklab.domain.errors import QueryCancelledError, UsageError
from flinklab.notebook.front_end import is_watched
from flinklab.notebook.problems import Marks, marking
from flinklab.notebook.where import Whereabouts
from flinklab.notebook.workbench import Workbench

if TYPE_CHECKING:
    from IPython.core.interactiveshell import InteractiveShell

    from flinklab.notebook.flags import CellFlags
    from flinklab.session.options import RunOptions
    from flinklab.session.session import Session
    from flinklab.settings import Settings


@magics_class
class FlinkSQL(Magics):  # type: ignore[misc]
    """Flink SQL in cells. `%config FlinkSQL.limit = 500` sets a default for this notebook; what is not set here
    comes from the environment (`FLINKLAB_LIMIT`) or `[tool.flinklab]` in pyproject.toml."""

    limit = Int(None, allow_none=True, min=1, help="End a query after this many rows.").tag(config=True)
    timeout = Float(None, allow_none=True, min=0.001, help="End a query after this many seconds.").tag(config=True)
    rows_kept = Int(None, allow_none=True, min=1, help="Rows of a result kept in memory.").tag(config=True)
    wait_timeout = Float(
        None,
        allow_none=True,
        min=0.001,
        help="Seconds to follow a query that nobody watches and that has no budget.",
    ).tag(config=True)
    live = Enum(["auto", "always", "never"], "auto", help="Live tables; auto: where a front end shows them.").tag(
        config=True
    )

    def __init__(self, shell: InteractiveShell) -> None:
        super().__init__(shell)
        self.workbench = Workbench(
            self._run_again,
            lambda text: shell.set_next_input(text),
            shell.user_ns,
            Whereabouts(shell),
            lambda name, value: shell.push({name: value}),
        )

    # SQL is run as it is written: IPython would put Python values in the place of `{...}` and `$...` in a line.
    @no_var_expand  # type: ignore[untyped-decorator]
    @line_cell_magic  # type: ignore[untyped-decorator]
    def flinksql(self, line: str, cell: str | None = None) -> None:
        """Run the SQL of the cell; `%%flinksql -h` lists the flags."""
        with self._in_words():
            self._flinksql(line, cell)

    @no_var_expand  # type: ignore[untyped-decorator]
    @line_magic  # type: ignore[untyped-decorator]
    def flink(self, line: str) -> None:
        """Connections and what runs; `%flink -h` lists the subcommands."""
        from flinklab.notebook.commands import run_command

        with self._in_words():
            run_command(line, self.workbench)

    def _flinksql(self, line: str, cell: str | None) -> None:
        from flinklab.notebook.flags import cell_help, parse_cell_flags
        from flinklab.settings import load_settings

        settings = load_settings()
        defaults = self._defaults(settings)
        flags = parse_cell_flags(line, cell_magic=cell is not None, defaults=defaults)
        if flags.help:
            print(cell_help(defaults))
            return
        text, first_line = _text_of(flags, cell)
        if flags.save is not None:
            from flinklab.notebook.snippets import save_snippet

            print(save_snippet(self.workbench.catalog(), flags.save, text))
        marks = Marks(cell if flags.file is None else None)
        with marking(marks, is_watched=lambda: is_watched(self.shell)):
            if flags.snippets:
                from flinklab.notebook.snippets import told_apart, with_snippets

                text, before = with_snippets(self.workbench.catalog(), flags.snippets, text)
                with told_apart(before, first_line):
                    self._do(text, flags, first_line - before, settings, marks)
            else:
                self._do(text, flags, first_line, settings, marks)

    def _do(self, text: str, flags: CellFlags, first_line: int, settings: Settings, marks: Marks) -> None:
        from flinklab.notebook.templating import refuse_templates, rendered

        if flags.job is not None and not flags.preview:
            from flinklab.notebook.promotion_commands import promote_cell

            promote_cell(self.workbench, flags.job, text, flags, first_line, marks)
            return
        if flags.shared:
            refuse_templates(text, "what a team shares")
        with rendered(text, self.shell.user_ns, first_line) as ready:
            self._do_rendered(ready, flags, first_line, settings, marks)
        if not (flags.preview or flags.check or flags.explain or flags.shared):
            self._remember(text, flags, first_line)

    def _do_rendered(self, text: str, flags: CellFlags, first_line: int, settings: Settings, marks: Marks) -> None:
        from flinklab.notebook.checking import show_plans, show_verdicts
        from flinklab.notebook.running import share_cell
        from flinklab.notebook.tables import show_text

        environment = flags.options.environment
        if flags.preview:
            from flinklab.api import preview

            show_text(preview(self.workbench.catalog(), text.strip(), environment))
            return
        session = self.workbench.session_at(cluster=flags.cluster, saved=flags.session)
        if flags.check:
            show_verdicts(session.check(text, first_line=first_line, environment=environment), marks)
        elif flags.explain:
            show_plans(session.check(text, first_line=first_line, environment=environment))
        elif flags.shared:
            print("\n".join(share_cell(session, text, flags)))
        else:
            self._run(session, text, flags, first_line, settings)

    def _remember(self, text: str, flags: CellFlags, first_line: int) -> None:
        from flinklab.notebook.promotion_commands import ran_cell

        self.workbench.remember(ran_cell(self.workbench, text, flags, first_line))

    def _run(self, session: Session, text: str, flags: CellFlags, first_line: int, settings: Settings) -> None:
        from flinklab.notebook.running import run_cell

        run_cell(
            session,
            text,
            flags,
            first_line=first_line,
            watched=self._is_watched(),
            wait_timeout=_first(self.wait_timeout, settings.wait_timeout),
            assign=lambda name, value: self.shell.push({name: value}),
            keep=lambda result: self.workbench.results.keep(self.workbench.where().cell, result),
        )

    def _run_again(self, text: str, environment: str | None) -> None:
        from flinklab.notebook.flags import CellFlags
        from flinklab.settings import load_settings

        settings = load_settings()
        defaults = self._defaults(settings)
        options = replace(defaults, environment=environment or defaults.environment)
        from flinklab.notebook.templating import rendered

        with rendered(text, self.shell.user_ns, 1) as ready:
            self._run(self.workbench.session(), ready, CellFlags(options), 1, settings)

    @contextmanager
    def _in_words(self) -> Iterator[None]:
        """Says what happened aside, and makes an interrupt one line like every other end of a cell."""
        self.workbench.say_unsaid()
        try:
            yield
        except KeyboardInterrupt:
            raise QueryCancelledError("interrupted") from None
        finally:
            self.workbench.say_unsaid()

    def _defaults(self, settings: Settings) -> RunOptions:
        from flinklab.session.options import RunOptions

        return replace(
            RunOptions(),
            limit=_first(self.limit, settings.limit),
            timeout=_first(self.timeout, settings.timeout),
            rows_kept=_first(self.rows_kept, settings.rows_kept),
            environment=self.workbench.environment,
        )

    def _is_watched(self) -> bool:
        return is_watched(self.shell) if self.live == "auto" else self.live == "always"


def _first(own: float | None, other: float | None) -> Any:
    return own if own is not None else other


def _text_of(flags: CellFlags, cell: str | None) -> tuple[str, int]:
    """The SQL to run, and which line its first one is for the reader: in a cell the magic is line 1."""
    if flags.file is None:
        return (cell, 2) if cell is not None else (flags.text, 1)
    if cell is not None and cell.strip():
        raise UsageError("--file and SQL in the cell exclude each other")
    from flinklab.api.files import read_text

    return read_text(Path(flags.file)), 1
