"""`%flink import|export`: what is defined elsewhere into the catalog, and the catalog as files for plain Flink."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from flinklab.domain.errors import UsageError
from flinklab.domain.text import count
from flinklab.notebook.flag_parser import Flag, LineParser
from flinklab.notebook.subcommand import Runnable, Subcommand

if TYPE_CHECKING:
    from flinklab.notebook.workbench import Workbench
    from flinklab.sharing.imports import Imported

_SHOWN = 5


@dataclass(frozen=True, slots=True)
class ImportSession:
    """Tables and views of the Flink catalogs of the session in use."""

    catalogs: tuple[str, ...] = ()
    databases: tuple[str, ...] = ()
    prefix: str = ""
    team: str | None = None
    replace: bool = False

    def run(self, bench: Workbench) -> None:
        from flinklab import api

        done = api.import_session(
            bench.session(),
            bench.catalog(),
            team=self.team,
            catalogs=self.catalogs,
            databases=self.databases,
            prefix=self.prefix,
            replace=self.replace,
            progress=print,
        )
        _say(done)


@dataclass(frozen=True, slots=True)
class ImportSql:
    """The CREATE statements of a file."""

    path: Path
    team: str | None = None
    replace: bool = False

    def run(self, bench: Workbench) -> None:
        from flinklab import api

        _say(api.import_sql(self.path, bench.catalog(), team=self.team, replace=self.replace))


@dataclass(frozen=True, slots=True)
class ImportJdbc:
    """The tables of a database; `password` is a reference."""

    url: str
    schema: str | None = None
    tables: tuple[str, ...] = ()
    user: str | None = None
    password: str | None = None
    team: str | None = None
    replace: bool = False

    def run(self, bench: Workbench) -> None:
        from flinklab import api

        done = api.import_jdbc(
            self.url,
            bench.catalog(),
            schema=self.schema,
            tables=self.tables or None,
            team=self.team,
            user=self.user,
            password=self.password,
            replace=self.replace,
        )
        _say(done)


@dataclass(frozen=True, slots=True)
class ImportFrame:
    """A table with the columns of a DataFrame of the notebook."""

    variable: str
    name: str
    options: tuple[tuple[str, str], ...] = ()
    team: str | None = None
    replace: bool = False

    def run(self, bench: Workbench) -> None:
        from flinklab import api

        frame = bench.value_of(self.variable)
        done = api.import_frame(
            frame, self.name, bench.catalog(), options=dict(self.options), team=self.team, replace=self.replace
        )
        print(f"{done.name} is shared now: version {done.version}, {count(len(done.facts.columns), 'column')}")


@dataclass(frozen=True, slots=True)
class ExportSql:
    """All definitions as one script; without a path it is put into the next cell."""

    path: Path | None = None
    team: str | None = None

    def run(self, bench: Workbench) -> None:
        from flinklab import api

        text = api.export_sql(bench.catalog(), teams=[self.team] if self.team is not None else None)
        if self.path is None:
            bench.next_cell(f"%%flinksql\n{text}")
            return
        try:
            self.path.expanduser().write_text(text, encoding="utf-8")
        except OSError as error:
            raise UsageError(f"cannot write {self.path}: {error.strerror}") from None
        print(f"wrote {self.path}: {count(len(text.splitlines()), 'line')}")


@dataclass(frozen=True, slots=True)
class ExportStore:
    """The catalogs as the files of Flink's catalog store."""

    folder: Path

    def run(self, bench: Workbench) -> None:
        from flinklab import api

        try:
            written = api.export_catalog_store(self.folder, bench.catalog())
        except OSError as error:
            raise UsageError(f"cannot write to {self.folder}: {error.strerror}") from None
        print(f"wrote {count(len(written), 'file')} to {self.folder}")
        print("a gateway loads them with table.catalog-store.kind: file and table.catalog-store.file.path: FOLDER")


def _say(done: Imported) -> None:
    names = [str(each.name) for each in done.definitions]
    some = ", ".join(names[:_SHOWN]) + (f" and {len(names) - _SHOWN:,} more" if len(names) > _SHOWN else "")
    print(f"imported {count(len(names), 'definition')}" + (f": {some}" if some else ""))
    for note in done.notes:
        print(f"note: {note}")


def _session(parser: LineParser, words: list[str]) -> Runnable:
    return ImportSession(
        tuple(parser.all("--from-catalog")),
        tuple(parser.all("--database")),
        parser.one("--prefix") or "",
        parser.one("--team"),
        parser.has("--replace"),
    )


def _sql(parser: LineParser, words: list[str]) -> Runnable:
    return ImportSql(Path(words[0]), parser.one("--team"), parser.has("--replace"))


def _jdbc(parser: LineParser, words: list[str]) -> Runnable:
    password = parser.one("--password")
    if password is not None and password.partition(":")[0] not in ("env", "file", "keyring"):
        # A secret on the line would be saved with the notebook, so it is refused, and never repeated.
        raise UsageError("--password takes where the secret is, never the secret: env:NAME, file:PATH")
    return ImportJdbc(
        words[0],
        parser.one("--schema"),
        tuple(parser.all("--table")),
        parser.one("--user"),
        password,
        parser.one("--team"),
        parser.has("--replace"),
    )


def _frame(parser: LineParser, words: list[str]) -> Runnable:
    return ImportFrame(
        words[0], words[1], tuple(parser.pairs("--option").items()), parser.one("--team"), parser.has("--replace")
    )


_TEAM = Flag(("--team",), "for this team, not one's own", "TEAM")
_REPLACE = Flag(("--replace",), "make new versions of those that are shared already")

EXCHANGE_SUBCOMMANDS: dict[str, Subcommand[Runnable]] = {
    "import session": Subcommand(
        "",
        0,
        "share the tables and views of the session's Flink catalogs",
        _session,
        (
            Flag(("--from-catalog",), "only of this Flink catalog; can be repeated", "NAME", repeatable=True),
            Flag(("--database",), "only of this database; can be repeated", "NAME", repeatable=True),
            Flag(("--prefix",), "put before every name", "TEXT"),
            _TEAM,
            _REPLACE,
        ),
        (
            (
                "%flink import session --from-catalog hive --prefix hive_",
                "under names of its own",
            ),
        ),
    ),
    "import sql": Subcommand(
        "PATH",
        1,
        "share what the CREATE statements of a file define",
        _sql,
        (_TEAM, _REPLACE),
        (("%flink import sql ddl/orders.sql", "they are not tried on a Flink"),),
        least=1,
    ),
    "import jdbc": Subcommand(
        "URL",
        1,
        "share the tables of a database as Flink tables",
        _jdbc,
        (
            Flag(("--schema",), "of this schema", "NAME"),
            Flag(("--table",), "only this table; can be repeated", "NAME", repeatable=True),
            Flag(("--user",), "who connects", "NAME"),
            Flag(("--password",), "where the password is: env:NAME, file:PATH or keyring:SERVICE/NAME", "REF"),
            _TEAM,
            _REPLACE,
        ),
        (("%flink import jdbc postgresql://db/shop --user ann --password env:SHOP", "all tables of a database"),),
        least=1,
    ),
    "import frame": Subcommand(
        "VARIABLE NAME",
        2,
        "share a table with the columns of a DataFrame",
        _frame,
        (
            Flag(("--option",), "an option of its connector; can be repeated", "KEY=VALUE", repeatable=True),
            _TEAM,
            _REPLACE,
        ),
        (("%flink import frame df orders --option connector=filesystem --option path=/data", "as df has them"),),
        least=2,
    ),
    "export sql": Subcommand(
        "[PATH]",
        1,
        "all that is shared as one script for plain Flink",
        lambda p, w: ExportSql(Path(w[0]) if w else None, p.one("--team")),
        (Flag(("--team",), "only of this team", "TEAM"),),
    ),
    "export store": Subcommand(
        "FOLDER",
        1,
        "the shared catalogs as files that a gateway loads",
        lambda _p, w: ExportStore(Path(w[0])),
        least=1,
    ),
}
