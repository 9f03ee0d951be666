"""From a cell to a managed job: `%%flinksql --job NAME` and `%flink promote NAME`."""

from __future__ import annotations

import shlex
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from flinklab.domain.errors import UsageError
from flinklab.domain.jobs import Cell, CommandKind
from flinklab.domain.text import count, one_line
from flinklab.jobs.asking import restore_from
from flinklab.notebook.job_commands import Following
from flinklab.notebook.job_findings import show_findings
from flinklab.notebook.problems import NOWHERE, Marks

if TYPE_CHECKING:
    from flinklab.jobs.judging import Judgement, Proposal
    from flinklab.jobs.promoting import Promotion
    from flinklab.notebook.flags import CellFlags
    from flinklab.notebook.workbench import Workbench


@dataclass(frozen=True, slots=True)
class RanCell:
    """A `%%flinksql` cell that ran: its text as it was run, and the settings that its line gave."""

    id: str
    text: str
    first_line: int = 2
    config: Mapping[str, str] = field(default_factory=dict)
    parallelism: int | None = None


@dataclass(frozen=True, slots=True)
class Wish:
    """How a text becomes a job. `state`: a person's word on state that may not fit (`keep`, `drop`)."""

    name: str
    environment: str | None = None
    cluster: str | None = None
    tags: tuple[str, ...] = ()
    note: str = ""
    ignore: tuple[str, ...] = ()
    start: bool = False
    check: bool = False
    state: str | None = None
    following: Following = field(default_factory=Following)
    pool: str | None = None


@dataclass(frozen=True, slots=True)
class Promote:
    """A cell that ran becomes a job: the last one, one by its id, or all of the notebook as one text."""

    wish: Wish
    cell: str | None = None
    notebook: bool = False
    config: Mapping[str, str] = field(default_factory=dict)

    def run(self, bench: Workbench) -> None:
        promote_cells(bench, self._cells(bench), self.wish, config=self.config, is_notebook=self.notebook)

    def _cells(self, bench: Workbench) -> Sequence[RanCell]:
        ran = bench.cells
        if not ran:
            raise UsageError(
                "no %%flinksql cell ran yet", hint="run the cell, or write `%%flinksql --job NAME` in it"
            )
        if self.notebook:
            return ran
        if self.cell is None:
            return [bench.last_cell or ran[-1]]
        found = [each for each in ran if each.id.startswith(self.cell)]
        if len(found) != 1:
            known = ", ".join(each.id[:8] for each in ran)
            problem = (
                f"{count(len(found), 'cell')} that ran have an id that begins with {one_line(self.cell, 40)!r}"
            )
            raise UsageError(problem, hint=f"those that ran are {known}")
        return found


def ran_cell(bench: Workbench, text: str, flags: CellFlags, first_line: int) -> RanCell:
    options = flags.options
    config = dict(options.config)
    if options.batch:
        config["execution.runtime-mode"] = "batch"
    if options.max_parallelism is not None:
        config["pipeline.max-parallelism"] = str(options.max_parallelism)
    return RanCell(bench.where().cell, text, first_line, config, options.parallelism)


def promote_cell(
    bench: Workbench, name: str, text: str, flags: CellFlags, first_line: int, marks: Marks = NOWHERE
) -> None:
    """`%%flinksql --job NAME`. Raises what `promote_cells` raises."""
    wish = Wish(
        name,
        flags.options.environment,
        flags.cluster,
        flags.tags,
        flags.note,
        flags.ignore,
        flags.start,
        flags.check,
        flags.state,
        Following(not flags.no_wait, flags.options.timeout),
        flags.pool,
    )
    promote_cells(bench, [ran_cell(bench, text, flags, first_line)], wish, marks=marks)


def promote_cells(
    bench: Workbench,
    cells: Sequence[RanCell],
    wish: Wish,
    *,
    config: Mapping[str, str] | None = None,
    is_notebook: bool = False,
    marks: Marks = NOWHERE,
) -> None:
    """Judge the cells as one text, and make a version of it unless `wish.check`; start it where that is wished.

    Raises what `flinklab.promote` raises; its warnings are shown, their places by `marks`.
    """
    from flinklab import api
    from flinklab.notebook.templating import refuse_templates

    for each in cells:
        refuse_templates(each.text, "a managed job")
    flags = {key: value for each in cells for key, value in each.config.items()} | dict(config or {})
    proposal = _proposal(cells, flags, wish, is_notebook)
    catalog, session = bench.catalog(), bench.session_for_job(wish.cluster)
    key = api.new_key(catalog, wish.name, wish.environment)
    parallelism = next((each.parallelism for each in reversed(cells) if each.parallelism), None)
    if wish.check:
        judgement = api.check_promotion(
            session, proposal, key, catalog=catalog, cluster=wish.cluster, pool=wish.pool, parallelism=parallelism
        )
        _show(judgement, marks)
        return
    where = bench.where()
    promotion = api.promote(
        session,
        proposal,
        key,
        catalog=catalog,
        cluster=wish.cluster,
        pool=wish.pool,
        parallelism=parallelism,
        tags=wish.tags,
        note=wish.note,
        origin=Cell(where.notebook, "" if is_notebook else cells[-1].id, where.commit),
    )
    show_findings(promotion.findings, marks)
    print(_told(promotion, wish))
    if wish.start:
        _start(bench, promotion, wish)


def _proposal(cells: Sequence[RanCell], flags: Mapping[str, str], wish: Wish, is_notebook: bool) -> Proposal:
    from flinklab.jobs.judging import Proposal
    from flinklab.jobs.script import CellText

    texts = tuple(CellText(each.text, each.id, each.first_line) for each in cells)
    return Proposal(texts, dict(flags), is_notebook, frozenset(wish.ignore))


def _show(judgement: Judgement, marks: Marks) -> None:
    show_findings(judgement.findings, marks)
    if judgement.refusal is not None:
        raise judgement.refusal
    if judgement.errors:
        raise UsageError(f"it cannot be promoted: {count(len(judgement.errors), 'finding')} to mend")
    print("it can be promoted")


def _told(promotion: Promotion, wish: Wish) -> str:
    job, version = promotion.job, promotion.version
    made = f"version {version.number}" + ("" if promotion.is_new else ", unchanged")
    line = f"{job.key}: {made}, on cluster {job.cluster}" + (f" of pool {job.pool}" if job.pool else "")
    if wish.pool is not None and job.pool != wish.pool:
        line += f"; `%flink move {shlex.quote(wish.name)} --pool {shlex.quote(wish.pool)}` takes it into that pool"
    if wish.start:
        return line
    name = shlex.quote(wish.name)
    if job.number != version.number:
        return f"{line}; it has version {job.number}: `%flink upgrade {name}` takes the new one"
    return line if job.wanted else f"{line}; `%flink start {name}` starts it"


def _start(bench: Workbench, promotion: Promotion, wish: Wish) -> None:
    """Start it with this version; one that runs is upgraded, one that has it already is left alone."""
    from flinklab import api
    from flinklab.jobs.wanting import in_the_end

    key, number = promotion.job.key, promotion.version.number
    handle = api.job(f"{key.team}.{key.name}", key.environment, bench.catalog())
    wanted = in_the_end(handle.managed)
    if not wanted.wanted:
        arguments = {"number": number, **restore_from(None, empty=False, state=wish.state)}
        wish.following(bench, handle.ask(CommandKind.START, arguments))
    elif wanted.number != number:
        wish.following(bench, handle.upgrade(number, state=wish.state))
    else:
        print(f"{key} runs, or is about to, with version {number} already")
