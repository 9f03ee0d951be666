"""The two magics. They translate: flags to a call, a result to a picture, a traceback to one line."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

from IPython.core.magic import Magics, line_cell_magic, line_magic, magics_class
from traitlets import Enum, Float, Int

from flinklab.notebook.front_end import is_watched
from flinklab.notebook.workbench import Workbench

if TYPE_CHECKING:
    from IPython.core.interactiveshell import InteractiveShell

    from flinklab.session.options import RunOptions
    from flinklab.settings import Settings


@magics_class
class FlinkSQL(Magics):  # type: ignore[misc]
    """Flink SQL in cells. `%config FlinkSQL.limit = 500` sets a default for this notebook; what is not set here
    comes from the environment (`FLINKLAB_LIMIT`) or `[tool.flinklab]` in pyproject.toml."""

    limit = Int(None, allow_none=True, help="End a query after this many rows.").tag(config=True)
    timeout = Float(None, allow_none=True, help="End a query after this many seconds.").tag(config=True)
    rows_kept = Int(None, allow_none=True, help="Rows of a result kept in memory.").tag(config=True)
    wait_timeout = Float(
        None, allow_none=True, help="Seconds that a run without a front end follows a query that has no budget."
    ).tag(config=True)
    watched = Enum(
        ["auto", "yes", "no"], "auto", help="Whether a front end shows live tables; auto finds out per cell."
    ).tag(config=True)

    def __init__(self, shell: InteractiveShell) -> None:
        super().__init__(shell)
        self.workbench = Workbench()

    @line_cell_magic  # type: ignore[untyped-decorator]
    def flinksql(self, line: str, cell: str | None = None) -> None:
        """Run the SQL of the cell; `%%flinksql -h` lists the flags."""
        from flinklab.notebook.checking import show_plans, show_verdicts
        from flinklab.notebook.flags import cell_help, parse_cell_flags
        from flinklab.notebook.running import run_cell

        settings = self._settings()
        flags = parse_cell_flags(line, cell_magic=cell is not None, defaults=self._defaults(settings))
        if flags.help:
            print(cell_help())
            return
        text, first_line = _text_of(flags.file, flags.text, cell)
        session = self.workbench.session()
        if flags.check:
            show_verdicts(session.check(text, first_line=first_line))
        elif flags.explain:
            show_plans(session.check(text, first_line=first_line))
        else:
            run_cell(
                session,
                text,
                flags,
                first_line=first_line,
                watched=self._is_watched(),
                wait_timeout=self.wait_timeout if self.wait_timeout is not None else settings.wait_timeout,
                assign=lambda name, value: self.shell.push({name: value}),
            )

    @line_magic  # type: ignore[untyped-decorator]
    def flink(self, line: str) -> None:
        """Clusters, connections and what runs; `%flink -h` lists the subcommands."""
        from flinklab.notebook.commands import run_command

        run_command(line, self.workbench)
