"""`%flink tables|search|describe|revert`: looking at what a team shares."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import TYPE_CHECKING

from flinklab.domain.definitions import Definition, DefinitionKind, TableColumn, Use
from flinklab.domain.errors import UsageError
from flinklab.domain.text import one_line, parse_count, suggest
from flinklab.notebook import finding
from flinklab.notebook.flag_parser import Flag, LineParser
from flinklab.notebook.shown import moment, shown_ddl, shown_diff, shown_options
from flinklab.notebook.subcommand import Runnable, Subcommand
from flinklab.notebook.tables import show_table, show_text
from flinklab.sql.identifiers import string

if TYPE_CHECKING:
    from flinklab.catalog.catalog import Catalog
    from flinklab.notebook.workbench import Workbench

_LIMIT = 100
_KINDS = [kind.value for kind in DefinitionKind]
_HEADINGS = ("name", "kind", "connector", "columns", "comment", "tags", "owner", "version", "changed")


@dataclass(frozen=True, slots=True)
class Tables:
    """List what is shared, or find it by words in names, columns, tags, connectors and comments."""

    text: str = ""
    team: str | None = None
    kind: DefinitionKind | None = None
    connector: str | None = None
    tag: str | None = None
    limit: int = _LIMIT

    def run(self, bench: Workbench) -> None:
        catalog = bench.catalog()
        found = self._found(catalog)
        if not found:
            print(self._nothing(catalog))
            return
        show_table(_HEADINGS, [_row(each) for each in found[: self.limit]])
        if len(found) > self.limit:
            print(f"these are the first {self.limit:,}: a part of a name narrows them, --limit N shows more")

    def _found(self, catalog: Catalog) -> list[Definition]:
        """One more than the limit when there are more."""
        most = self.limit + 1
        if not self.text and self.connector is None and self.tag is None:
            found: list[Definition] = []
            for team in [self.team] if self.team is not None else catalog.teams:
                found += catalog.definitions.page(team, kind=self.kind, limit=most - len(found))
                if len(found) >= most:
                    break
            return found
        hits = catalog.search.search(
            self.text, team=self.team, kind=self.kind, connector=self.connector, tag=self.tag, limit=most
        )
        known = catalog.definitions.find([hit.name for hit in hits])
        return [known[hit.name] for hit in hits if hit.name in known]

    def _nothing(self, catalog: Catalog) -> str:
        if self.text or self.kind or self.connector or self.tag:
            return "nothing is shared that matches: `%flink tables` lists everything"
        teams = self.team or ", ".join(catalog.teams)
        return f"team {teams} shares nothing yet: `%%flinksql --catalog shared` records what a cell creates"


@dataclass(frozen=True, slots=True)
class Find:
    """What matches words, the best first, and why."""

    text: str
    team: str | None = None
    limit: int = 50

    def run(self, bench: Workbench) -> None:
        hits = bench.catalog().search.search(self.text, team=self.team, limit=self.limit)
        if not hits:
            print(f"nothing is shared that has {one_line(self.text, 60)!r} in it")
            return
        rows = [
            (
                str(hit.name),
                hit.kind.value,
                hit.connector,
                hit.because,
                one_line(hit.comment, 60),
                " ".join(hit.tags),
                hit.owner,
            )
            for hit in hits
        ]
        show_table(("name", "kind", "connector", "found by", "comment", "tags", "owner"), rows)


@dataclass(frozen=True, slots=True)
class Describe:
    """All about one definition; or its versions, a difference of two of them, or its audit."""

    name: str
    versions: bool = False
    diff: tuple[int, int | None] | None = None
    audit: bool = False

    def run(self, bench: Workbench) -> None:
        catalog = bench.catalog()
        if self.diff is not None:
            self._show_diff(catalog, *self.diff)
        elif self.versions:
            self._show_versions(catalog)
        elif self.audit:
            from flinklab.notebook.people_commands import show_changes

            shown = finding.newest_version(catalog, self.name)
            show_changes(catalog.audit.changes(shown.name.team, table="definition", key=shown.name.name))
        else:
            _describe(catalog, finding.definition(catalog, self.name))

    def _show_diff(self, catalog: Catalog, older: int, newer: int | None) -> None:
        newest = finding.newest_version(catalog, self.name)
        before = catalog.definitions.version(newest.name, older)
        after = newest if newer is None else catalog.definitions.version(newest.name, newer)
        text = shown_diff(before, after)
        if text:
            show_text(text)
        else:
            print(f"versions {before.version} and {after.version} of {newest.name} have the same text")

    def _show_versions(self, catalog: Catalog) -> None:
        name = finding.newest_version(catalog, self.name).name
        rows = [
            (
                str(each.version),
                "dropped" if each.dropped else each.kind.value,
                each.changed_by,
                moment(each.changed_at),
                each.note,
                " ".join(each.tags),
            )
            for each in catalog.definitions.versions(name)
        ]
        show_table(("version", "kind", "by", "at", "note", "tags"), rows)


@dataclass(frozen=True, slots=True)
class Revert:
    """A new version with the text of an older one."""

    name: str
    version: int
    note: str = ""
    force: bool = False

    def run(self, bench: Workbench) -> None:
        from flinklab import api

        newest = finding.newest_version(bench.catalog(), self.name)
        done = api.revert(bench.session(), newest.name, self.version, note=self.note, force=self.force)
        print("\n".join(done.lines()))


def _row(each: Definition) -> tuple[str, ...]:
    return (
        str(each.name),
        each.kind.value,
        each.facts.connector,
        str(len(each.facts.columns) or ""),
        one_line(each.facts.comment, 60),
        " ".join(each.tags),
        each.owner,
        str(each.version),
        moment(each.changed_at),
    )


def _describe(catalog: Catalog, it: Definition) -> None:
    show_table(("", str(it.name)), summary(it), cell=400)
    show_text(shown_ddl(it))
    columns = [(each.name, each.type, _origin(each), each.comment) for each in it.facts.columns]
    kept = [0, 1, *(index for index in (2, 3) if any(row[index] for row in columns))]
    headings = ("column", "type", "from", "comment")
    if columns:
        show_table([headings[at] for at in kept], [[row[at] for at in kept] for row in columns])
    users = catalog.usage.users_of(it.name)
    if users:
        show_users(users)
    else:
        print("nothing is known to use it")
    needs = catalog.usage.used_by("definition", str(it.name))
    if needs:
        show_table(
            ("needs", "name", "how"),
            [(use.target_kind, f"{use.team}.{use.target}", use.how.value) for use in needs],
        )


def show_users(users: Iterable[Use]) -> None:
    rows = [(use.user_kind, use.user, use.how.value, use.seen_by, moment(use.seen_at)) for use in users]
    show_table(("used by", "name", "how", "person", "last seen"), rows)


def summary(it: Definition) -> list[tuple[str, str]]:
    """What there is to say about a definition besides its text and columns, secrets masked."""
    facts = it.facts
    lines = [
        ("kind", f"{it.kind.value} · {facts.connector}" if facts.connector else it.kind.value),
        ("comment", facts.comment),
        ("primary key", ", ".join(facts.primary_key)),
        ("partitioned by", ", ".join(facts.partitioned_by)),
        ("watermark", facts.watermark),
        ("options", ", ".join(f"{key} = {value}" for key, value in shown_options(it).items())),
        ("tags", " ".join(it.tags)),
        ("owner", it.owner),
        (
            "version",
            f"{it.version}, by {it.changed_by}, {moment(it.changed_at)}" + (f": {it.note}" if it.note else ""),
        ),
    ]
    return [(name, text) for name, text in lines if text]


def _origin(column: TableColumn) -> str:
    if column.computed:
        return f"AS {column.computed}"
    return f"METADATA FROM {string(column.metadata)}" if column.metadata else ""


def _tables(parser: LineParser, words: list[str]) -> Runnable:
    return Tables(
        " ".join(words),
        parser.one("--team"),
        _kind(parser.one("--kind")),
        parser.one("--connector"),
        parser.one("--tag"),
        _limit(parser, _LIMIT),
    )


def _find(parser: LineParser, words: list[str]) -> Runnable:
    return Find(" ".join(words), parser.one("--team"), _limit(parser, 50))


def _describe_words(parser: LineParser, words: list[str]) -> Runnable:
    older = parser.one("--diff")
    if older is None and len(words) > 1:
        raise UsageError(f"{one_line(words[1], 40)!r} is too much: write %flink describe NAME [flags]")
    given = [flag for flag in ("--versions", "--diff", "--audit") if parser.has(flag)]
    if len(given) > 1:
        raise UsageError(f"{given[0]} and {given[1]} exclude each other")
    newer = _version(words[1]) if len(words) > 1 else None
    diff = (_version(older), newer) if older is not None else None
    return Describe(words[0], parser.has("--versions"), diff, parser.has("--audit"))


def _revert(parser: LineParser, words: list[str]) -> Runnable:
    return Revert(words[0], _version(words[1]), parser.one("--note") or "", parser.has("--force"))


def _version(text: str) -> int:
    if not text.isascii() or not text.isdigit() or len(text) > 9 or int(text) < 1:
        raise UsageError(
            f"{one_line(text, 40)!r} is no version: they count from 1, `%flink describe NAME --versions`"
        )
    return int(text)


def _limit(parser: LineParser, default: int) -> int:
    text = parser.one("--limit")
    return default if text is None else parse_count(text)


def _kind(text: str | None) -> DefinitionKind | None:
    if text is None:
        return None
    singular = text.lower().removesuffix("s")
    if singular in _KINDS:
        return DefinitionKind(singular)
    close = suggest(text, _KINDS)
    raise UsageError(
        f"unknown kind {one_line(text, 40)}: "
        + (f"did you mean {close}?" if close else f"one of {', '.join(_KINDS)}")
    )


TEAM = Flag(("--team",), "of this team only", "TEAM")
_MOST = Flag(("-l", "--limit"), "how many", "N")

DEFINITION_SUBCOMMANDS: dict[str, Subcommand[Runnable]] = {
    "tables": Subcommand(
        "[TEXT]",
        20,
        "tables, views, functions, models and catalogs that are shared",
        _tables,
        (
            TEAM,
            Flag(("--kind",), f"only these: {', '.join(_KINDS)}", "KIND"),
            Flag(("--connector",), "only with this connector", "NAME"),
            Flag(("--tag",), "only with this tag", "TAG"),
            _MOST,
        ),
        (
            ("%flink tables", "everything along the search path of teams"),
            ("%flink tables orders --connector kafka", "what has orders in a name, a column or a comment"),
        ),
    ),
    "search": Subcommand(
        "TEXT",
        20,
        "find what is shared by its names, columns, tags and comments, the best first",
        _find,
        (TEAM, _MOST),
        (("%flink search user id", "with both words in it"),),
        least=1,
    ),
    "describe": Subcommand(
        "NAME",
        2,
        "all about what is shared under a name: text, columns, who uses it",
        _describe_words,
        (
            Flag(("--versions",), "its versions"),
            Flag(("--diff",), "what changed from version OLD to NEW, or to the newest", "OLD [NEW]"),
            Flag(("--audit",), "who did what to it"),
        ),
        (
            ("%flink describe dw.orders", "orders of team dw"),
            ("%flink describe orders --diff 1 2", "from version 1 to version 2"),
        ),
        least=1,
    ),
    "revert": Subcommand(
        "NAME VERSION",
        2,
        "make an older version the newest again; what was dropped comes back",
        _revert,
        (
            Flag(("--note",), "why", "TEXT"),
            Flag(("--force",), "although something that uses it breaks"),
        ),
        (("%flink revert orders 1", "the text of version 1 as a new version"),),
        least=2,
    ),
}
