"""`%flink snippets|history`: SQL that was kept, and SQL that was run."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta, timezone
from typing import TYPE_CHECKING

from flinklab.domain.records import HistoryEntry
from flinklab.domain.text import duration, one_line, parse_count, parse_duration
from flinklab.notebook import finding
from flinklab.notebook.flag_parser import Flag, LineParser
from flinklab.notebook.shown import moment
from flinklab.notebook.subcommand import Runnable, Subcommand
from flinklab.notebook.tables import show_table, show_text

if TYPE_CHECKING:
    from flinklab.notebook.workbench import Workbench

_ID = 8  # characters of an id that are shown, and enough to name it
_STATEMENT = 110


@dataclass(frozen=True, slots=True)
class Snippets:
    """The team's snippets, or the text of one."""

    name: str | None = None

    def run(self, bench: Workbench) -> None:
        catalog = bench.catalog()
        if self.name is not None:
            it = finding.snippet(catalog, self.name)
            print(f"{it.team}.{it.name} · version {it.version} · {it.changed_by}, {moment(it.changed_at)}")
            show_text(it.text)
            return
        rows = [
            (each.name, each.team, one_line(each.text, _STATEMENT), str(each.version), each.changed_by)
            for each in catalog.snippets.list(catalog.teams)
        ]
        if rows:
            show_table(("snippet", "team", "text", "version", "by"), rows)
        else:
            print("there are no snippets: `%%flinksql --save NAME` keeps a cell as one")


@dataclass(frozen=True, slots=True)
class DeleteSnippet:
    name: str

    def run(self, bench: Workbench) -> None:
        catalog = bench.catalog()
        it = finding.snippet(catalog, self.name)
        catalog.snippets.delete(it.team, it.name, expected=it.version)
        print(f"deleted snippet {it.team}.{it.name}")


@dataclass(frozen=True, slots=True)
class History:
    """Statements that were run, the newest first. `since`: seconds back from now."""

    text: str = ""
    mine: bool = False
    notebook: str | None = None
    since: float | None = None
    failed: bool = False
    limit: int = 50

    def run(self, bench: Workbench) -> None:
        catalog = bench.catalog()
        after = datetime.now(timezone.utc) - timedelta(seconds=self.since) if self.since is not None else None
        entries = catalog.history.search(
            text=self.text or None,
            person=catalog.person if self.mine else None,
            notebook=self.notebook,
            since=after,
            outcome="failed" if self.failed else None,
            limit=self.limit,
        )
        if entries:
            _show(entries)
        else:
            print("no statement is in the history that matches" if self != History() else "nothing was run yet")


@dataclass(frozen=True, slots=True)
class HistoryEntryCommand:
    """One statement of the history, by the beginning of its id: shown whole, or run again."""

    id: str
    again: bool = False

    def run(self, bench: Workbench) -> None:
        catalog = bench.catalog()
        entry = catalog.history.get(self.id)
        if self.again:
            print(one_line(entry.source, _STATEMENT))
            bench.run_sql(entry.source, entry.environment or None)
            return
        facts = [
            ("id", entry.id),
            ("person", entry.person),
            ("started", moment(entry.started_at)),
            ("took", _took(entry)),
            ("outcome", entry.outcome + (f": {entry.error}" if entry.error else "")),
            ("rows", f"{entry.rows:,}" if entry.rows is not None else ""),
            ("notebook", entry.notebook + (f", cell {entry.cell}" if entry.cell else "")),
            ("commit", entry.commit),
            ("cluster", entry.cluster),
            ("environment", entry.environment),
            ("job", entry.job_id),
        ]
        show_table(("", f"{entry.team}: {entry.kind}"), [(name, text) for name, text in facts if text], cell=400)
        show_text(entry.sql)


def _show(entries: Sequence[HistoryEntry]) -> None:
    rows = [
        (
            entry.id[:_ID],
            moment(entry.started_at),
            entry.person,
            entry.notebook,
            entry.outcome,
            _took(entry),
            f"{entry.rows:,}" if entry.rows is not None else "",
            one_line(entry.sql, _STATEMENT) if not entry.error else one_line(f"{entry.sql} — {entry.error}", 300),
        )
        for entry in entries
    ]
    show_table(("id", "started", "person", "notebook", "outcome", "took", "rows", "statement"), rows)
    print("`%flink history show ID` shows one whole, `%flink history run ID` runs it again")


def _took(entry: HistoryEntry) -> str:
    return duration((entry.ended_at - entry.started_at).total_seconds()) if entry.ended_at is not None else ""


def _history(parser: LineParser, words: list[str]) -> Runnable:
    since = parser.one("--since")
    most = parser.one("--limit")
    return History(
        " ".join(words),
        parser.has("--mine"),
        parser.one("--notebook"),
        parse_duration(since) if since is not None else None,
        parser.has("--failed"),
        parse_count(most) if most is not None else 50,
    )


RECORD_SUBCOMMANDS: dict[str, Subcommand[Runnable]] = {
    "snippets": Subcommand(
        "[NAME]",
        1,
        "the team's snippets, or the text of one",
        lambda _p, w: Snippets(w[0] if w else None),
        examples=(
            ("%%flinksql --save top_users", "keeps a cell as a snippet"),
            ("%%flinksql --with top_users", "puts it before another cell's SQL"),
        ),
    ),
    "snippets delete": Subcommand("NAME", 1, "delete a snippet", lambda _p, w: DeleteSnippet(w[0]), least=1),
    "history": Subcommand(
        "[TEXT]",
        20,
        "statements that were run, the newest first",
        _history,
        (
            Flag(("--mine",), "only one's own"),
            Flag(("--notebook",), "only of this notebook", "PATH"),
            Flag(("--since",), "only of the last 2h, 30min, 7d, ...", "TIME"),
            Flag(("--failed",), "only those that failed"),
            Flag(("-l", "--limit"), "how many (default: 50)", "N"),
        ),
        (
            ("%flink history orders --since 2h", "of two hours, with orders in it"),
            ("%flink history run 3f2a", "run one again, by the beginning of its id"),
        ),
    ),
    "history show": Subcommand(
        "ID", 1, "all about one, by the beginning of its id", lambda _p, w: HistoryEntryCommand(w[0]), least=1
    ),
    "history run": Subcommand(
        "ID", 1, "run one again", lambda _p, w: HistoryEntryCommand(w[0], again=True), least=1
    ),
}
