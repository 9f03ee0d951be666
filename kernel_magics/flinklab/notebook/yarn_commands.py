"""`%flink yarn ...`: the YARN clusters of a team."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

from flinklab.domain.errors import UsageError
from flinklab.domain.records import RegisteredYarn
from flinklab.notebook import finding
from flinklab.notebook.flag_parser import Flag, LineParser
from flinklab.notebook.subcommand import Runnable, Subcommand
from flinklab.notebook.tables import show_table

if TYPE_CHECKING:
    from flinklab.notebook.workbench import Workbench

_ACCESS = ("auth", "user", "proxy_user", "keytab", "ca", "password", "token")


@dataclass(frozen=True, slots=True)
class AddYarn:
    """Register a YARN, or change one. What is None, or empty, stays as it was."""

    name: str
    urls: tuple[str, ...] = ()
    hadoop_conf: str | None = None
    access: tuple[tuple[str, str], ...] = ()
    flink_homes: tuple[tuple[str, str], ...] = ()
    defaults: tuple[tuple[str, str], ...] = ()
    description: str | None = None

    def run(self, bench: Workbench) -> None:
        catalog = bench.catalog()
        team, name = finding.place_for(catalog, self.name)

        def save(before: RegisteredYarn | None) -> RegisteredYarn:
            known = before or RegisteredYarn(team, name, (), owner=catalog.person)
            conf = self._conf(known)
            new = replace(
                known,
                urls=self.urls or known.urls or _urls_in(conf),
                hadoop_conf=conf,
                access={**known.access, **dict(self.access)},
                flink_homes={**known.flink_homes, **dict(self.flink_homes)},
                defaults={**known.defaults, **dict(self.defaults)},
                description=known.description if self.description is None else self.description,
            )
            return catalog.registry.save_yarn(new, expected=before.version if before is not None else None)

        saved = finding.put(lambda: catalog.registry.yarn(team, name), save)
        print(f"YARN {saved.team}.{saved.name}: version {saved.version}, {', '.join(saved.urls)}")
        print(f"`%flink clusters --yarn {saved.name}` lists its sessions")

    def _conf(self, known: RegisteredYarn) -> str:
        """The folder that is named, or the environment's."""
        from flinklab.yarn.hadoop import conf_dir

        if self.hadoop_conf is not None:
            return str(Path(self.hadoop_conf).expanduser().absolute())
        found = conf_dir() if not known.hadoop_conf else None
        return known.hadoop_conf or (str(found.absolute()) if found is not None else "")


@dataclass(frozen=True, slots=True)
class Yarns:
    def run(self, bench: Workbench) -> None:
        catalog = bench.catalog()
        rows = [
            (
                each.name,
                each.team,
                ", ".join(each.urls),
                str(each.access.get("auth") or "none"),
                str(each.access.get("proxy_user") or each.access.get("user") or ""),
                each.hadoop_conf,
                ", ".join(sorted(each.flink_homes)),
                each.owner,
                each.description,
            )
            for each in catalog.registry.yarns(catalog.teams)
        ]
        names = ("YARN", "team", "ResourceManager", "auth", "user", "Hadoop", "Flink homes", "owner", "description")
        if rows:
            show_table(names, rows)
        else:
            print("no YARN is registered: `%flink yarn add NAME --rm http://HOST:8088` registers one")


@dataclass(frozen=True, slots=True)
class DeleteYarn:
    name: str

    def run(self, bench: Workbench) -> None:
        catalog = bench.catalog()
        it = finding.find(catalog, self.name, lambda name: catalog.registry.yarn(*name))
        catalog.registry.delete_yarn(it.team, it.name, expected=it.version)
        print(f"deleted YARN {it.team}.{it.name}; what runs on it goes on")


@dataclass(frozen=True, slots=True)
class Queues:
    name: str

    def run(self, bench: Workbench) -> None:
        from flinklab.api.yarn_listing import queues
        from flinklab.notebook.meters import show_meters
        from flinklab.notebook.yarn_tables import QUEUE_COLUMNS, queue_rows

        show_meters(QUEUE_COLUMNS, queue_rows(queues(self.name, bench.catalog())))


def _urls_in(conf: str) -> tuple[str, ...]:
    from flinklab.yarn.hadoop import resource_managers

    if not conf:
        raise UsageError(
            "where is the ResourceManager?",
            hint="--rm http://HOST:8088, or --hadoop-conf DIR with its yarn-site.xml, or set HADOOP_CONF_DIR",
        )
    return resource_managers(Path(conf))


def _access(parser: LineParser) -> tuple[tuple[str, Any], ...]:
    given = {name: parser.one(f"--{name.replace('_', '-')}") for name in _ACCESS}
    if given["keytab"] is not None:
        given["keytab"] = str(Path(given["keytab"]).expanduser().absolute())
        given["auth"] = given["auth"] or "kerberos"
    elif given["auth"] is None and given["user"] is not None and given["password"] is None:
        given["auth"] = "simple"
    headers = parser.pairs("--header")
    found: dict[str, Any] = {name: value for name, value in given.items() if value is not None}
    return tuple((found | ({"headers": headers} if headers else {})).items())


def _urls(texts: Sequence[str]) -> tuple[str, ...]:
    return tuple(part.strip() for text in texts for part in text.split(",") if part.strip())


def _add(parser: LineParser, words: list[str]) -> Runnable:
    return AddYarn(
        words[0],
        _urls(parser.all("--rm")),
        parser.one("--hadoop-conf"),
        _access(parser),
        tuple(parser.pairs("--flink-home").items()),
        tuple(parser.pairs("-D").items()),
        parser.one("--description"),
    )


_ADD_FLAGS = (
    Flag(
        ("--rm",), "address of its ResourceManager, with commas between those of which one is active", "URL", True
    ),
    Flag(("--hadoop-conf",), "folder with core-site.xml and yarn-site.xml (default: HADOOP_CONF_DIR)", "DIR"),
    Flag(("--auth",), "how to ask the ResourceManager: none, simple (a name), kerberos (a ticket)", "HOW"),
    Flag(("--user",), "the name with simple, the principal with kerberos", "NAME"),
    Flag(("--proxy-user",), "for whom it is done, where YARN lets the user act for others", "NAME"),
    Flag(("--keytab",), "file with the principal's keys, in the place of a ticket by kinit", "FILE"),
    Flag(("--password",), "where the password of a proxy before YARN is: env:NAME or file:PATH", "WHERE"),
    Flag(("--token",), "where a bearer token is", "WHERE"),
    Flag(("--header",), "a header for each request; can be repeated", "NAME=WHERE", True),
    Flag(("--ca",), "file of certificates to trust", "FILE"),
    Flag(("--flink-home",), "folder of a Flink, by version; can be repeated", "VERSION=DIR", True),
    Flag(("-D",), "Flink configuration of new sessions; can be repeated", "KEY=VALUE", True),
    Flag(("--description",), "what it is for", "TEXT"),
)

YARN_SUBCOMMANDS: dict[str, Subcommand[Runnable]] = {
    "yarn": Subcommand("", 0, "the YARN clusters that the team registered", lambda _p, _w: Yarns()),
    "yarn list": Subcommand("", 0, "the same", lambda _p, _w: Yarns()),
    "yarn add": Subcommand(
        "NAME",
        1,
        "register a YARN, or change one",
        _add,
        _ADD_FLAGS,
        (
            ("%flink yarn add prod", "the one that HADOOP_CONF_DIR is for"),
            ("%flink yarn add prod --rm http://rm1:8088,http://rm2:8088 --hadoop-conf /etc/hadoop/conf", ""),
            ("%flink yarn add prod --rm https://rm:8090 --auth kerberos", "with the ticket of kinit"),
        ),
        least=1,
    ),
    "yarn delete": Subcommand("NAME", 1, "forget a YARN", lambda _p, w: DeleteYarn(w[0]), least=1),
    "yarn queues": Subcommand(
        "NAME|URL", 1, "the queues of a YARN, and how full they are", lambda _p, w: Queues(w[0]), least=1
    ),
}
