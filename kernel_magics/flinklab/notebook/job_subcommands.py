"""The lines of `%flink jobs|promote|start|stop|...`, as values."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from flinklab.domain.errors import UsageError
from flinklab.domain.text import one_line, parse_count, parse_duration
from flinklab.notebook.flag_parser import Flag, LineParser
from flinklab.notebook.job_commands import (
    Adopt,
    Ask,
    AskMany,
    Diff,
    Export,
    Following,
    Jobs,
    LiveJobs,
    MoveMany,
    Others,
    Recover,
    Story,
    Versions,
)
from flinklab.notebook.promotion_commands import Promote, Wish
from flinklab.notebook.subcommand import Runnable, Subcommand

_ENV = Flag(("--env",), "the job of this environment (default: the notebook's)", "NAME")
_NO_WAIT = Flag(("--no-wait",), "do not wait until it is carried out")
_TIMEOUT = Flag(("--timeout",), "wait at most so long (default: 5 min); it goes on all the same", "TIME")
_WHY = Flag(("--why",), "a word for the record", "TEXT")
_FOLLOWED = (_NO_WAIT, _TIMEOUT)
_ONE = (_ENV, _WHY, *_FOLLOWED)
_TEAM = Flag(("--team",), "all jobs of a team", "NAME")
_CLUSTER = Flag(("-c", "--cluster"), "all jobs on a cluster", "NAME")
_TAG = Flag(("--tag",), "all jobs with a tag; can be repeated", "TAG", repeatable=True)
_STATE = Flag(("--state",), "of state that may not fit: keep (take it over), drop (start without)", "keep|drop")

Arguments = Callable[[LineParser, list[str]], dict[str, Any]]


def _following(parser: LineParser) -> Following:
    timeout = parser.one("--timeout")
    if timeout is not None and parser.has("--no-wait"):
        raise UsageError("--timeout and --no-wait exclude each other")
    return Following(not parser.has("--no-wait"), parse_duration(timeout) if timeout is not None else None)


def _nothing(parser: LineParser, words: list[str]) -> dict[str, Any]:
    return {}


def _one(verb: str, arguments: Arguments = _nothing) -> Callable[[LineParser, list[str]], Runnable]:
    def read(parser: LineParser, words: list[str]) -> Runnable:
        name, *rest = words
        given = arguments(parser, rest)
        why = parser.one("--why")
        return Ask(verb, name, given | ({"why": why} if why else {}), parser.one("--env"), _following(parser))

    return read


def _one_or_many(verb: str, arguments: Arguments = _nothing) -> Callable[[LineParser, list[str]], Runnable]:
    def read(parser: LineParser, words: list[str]) -> Runnable:
        many = parser.has("--team") or parser.has("--cluster") or parser.has("--tag")
        if words and many:
            raise UsageError(f"%flink {verb} takes a NAME, or --team, --cluster and --tag, not both")
        if words:
            return _one(verb, arguments)(parser, words)
        if not many:
            raise UsageError(
                f"%flink {verb} needs the NAME of a job, or --team, --cluster or --tag for all of them"
            )
        if arguments(parser, []):
            raise UsageError(f"this is for one job: write %flink {verb} NAME")
        return AskMany(
            verb,
            parser.one("--team"),
            parser.one("--cluster"),
            tuple(parser.all("--tag")),
            parser.one("--env"),
            _following(parser),
        )

    return read


def _jobs(parser: LineParser, words: list[str]) -> Runnable:
    environment = parser.one("--env")
    if words:
        return Story(words[0], environment)
    where = (parser.one("--team"), environment, parser.one("--cluster"), tuple(parser.all("--tag")))
    if parser.has("--others"):
        if any(where) or parser.has("--pool") or parser.has("--live") or parser.has("--problems"):
            raise UsageError("--others is about the session's cluster, and takes no other flag")
        return Others()
    if parser.has("--live"):
        if parser.has("--problems"):
            raise UsageError("--live and --problems exclude each other: problems stand first in it")
        return LiveJobs(*where, parser.one("--pool"))
    return Jobs(*where, parser.has("--problems"), parser.one("--pool"))


def _promote(parser: LineParser, words: list[str]) -> Runnable:
    if parser.has("--notebook") and parser.has("--cell"):
        raise UsageError("--notebook and --cell exclude each other")
    if parser.has("--check") and parser.has("--start"):
        raise UsageError("--check and --start exclude each other")
    wish = Wish(
        words[0],
        parser.one("--env"),
        parser.one("--cluster"),
        tuple(parser.all("--tag")),
        parser.one("--note") or "",
        tuple(parser.all("--ignore")),
        parser.has("--start"),
        parser.has("--check"),
        parser.one("--state"),
        _following(parser),
        parser.one("--pool"),
    )
    return Promote(wish, parser.one("--cell"), parser.has("--notebook"), parser.pairs("-D"))


def _start(parser: LineParser, words: list[str]) -> dict[str, Any]:
    given: dict[str, Any] = {"from_": parser.one("--from")} if parser.has("--from") else {}
    if parser.has("--empty"):
        given["empty"] = True
    if parser.has("--state"):
        given["state"] = parser.one("--state")
    return given


def _number(text: str, what: str) -> int:
    if not text.isascii() or not text.isdigit() or not int(text):
        raise UsageError(f"{one_line(text, 40)!r} is no {what}: it is a whole number from 1 on")
    return int(text)


def _upgrade(parser: LineParser, words: list[str]) -> dict[str, Any]:
    given: dict[str, Any] = {"number": _number(words[0], "version")} if words else {}
    return given | ({"state": parser.one("--state")} if parser.has("--state") else {})


def _rollback(parser: LineParser, words: list[str]) -> dict[str, Any]:
    to = parser.one("--to")
    given: dict[str, Any] = {"to": _number(to, "version")} if to is not None else {}
    return given | ({"state": parser.one("--state")} if parser.has("--state") else {})


def _configure(parser: LineParser, words: list[str]) -> dict[str, Any]:
    given: dict[str, Any] = {}
    if parser.has("-D"):
        given["config"] = parser.pairs("-D")
    if parser.has("--policy"):
        given["policies"] = {
            key: None if text.lower() in ("", "none", "never") else text
            for key, text in parser.pairs("--policy").items()
        }
    if parser.has("--tag"):
        given["tags"] = [tag for tag in parser.all("--tag") if tag]
    for key in ("owner", "description", "pool"):
        if parser.has(f"--{key}"):
            given[key] = parser.one(f"--{key}")
    priority = parser.one("--priority")
    if priority is not None:
        try:
            given["priority"] = int(priority)
        except ValueError:
            raise UsageError(f"--priority is a whole number, not {one_line(priority, 40)!r}") from None
    return given


def _points(parser: LineParser, words: list[str]) -> dict[str, Any]:
    points = parser.one("--points")
    if points is None:
        raise UsageError("what becomes of its savepoints? Add --points keep or --points delete")
    return {"points": points}


def _recover(parser: LineParser, words: list[str]) -> Runnable:
    on = parser.one("--on")
    if on is None:
        raise UsageError("where shall its jobs go on? Add --on CLUSTER")
    return Recover(words[0], on, _following(parser))


def _adopt(parser: LineParser, words: list[str]) -> Runnable:
    cluster = parser.one("--cluster")
    if cluster is None:
        raise UsageError("on which cluster does it run? Add --cluster NAME")
    return Adopt(words[0], words[1], cluster, parser.one("--env"), _following(parser))


def _move(parser: LineParser, words: list[str]) -> Runnable:
    cluster, to = parser.one("--cluster"), parser.one("--to")
    if cluster is not None or to is not None:
        if words or cluster is None or to is None or parser.has("--pool") or parser.has("--lost"):
            raise UsageError("for all jobs of a cluster write %flink move --cluster FROM --to CLUSTER_OR_POOL")
        return MoveMany(cluster, to, parser.one("--why") or "", _following(parser))
    if not words:
        raise UsageError("%flink move needs the NAME of a job and where it goes, or --cluster FROM --to NAME")
    if (len(words) == 2) == parser.has("--pool"):
        raise UsageError(f"where to? Write %flink move {words[0]} CLUSTER, or --pool NAME")
    return _one("move", _destination)(parser, words)


def _destination(parser: LineParser, words: list[str]) -> dict[str, Any]:
    where = {"cluster": words[0]} if words else {"pool": parser.one("--pool")}
    return where | ({"lost": True} if parser.has("--lost") else {})


def _diff(parser: LineParser, words: list[str]) -> Runnable:
    numbers: list[int | None] = [_number(word, "version") for word in words[1:]]
    a, b = [*numbers, None, None][:2]
    return Diff(words[0], a, b, parser.one("--env"))


JOB_SUBCOMMANDS: dict[str, Subcommand[Runnable]] = {
    "promote": Subcommand(
        "NAME",
        1,
        "make the cell that ran last a managed job, or a new version of one",
        _promote,
        (
            Flag(("--cell",), "another cell that ran, by its id", "ID"),
            Flag(("--notebook",), "all cells that ran, as one text"),
            Flag(("--start",), "start it, or upgrade it when it runs"),
            Flag(("--check",), "only say what stands against it"),
            Flag(("--env",), "the environment whose values variables have (default: the notebook's)", "NAME"),
            Flag(("-c", "--cluster"), "the registered cluster that it is to run on", "NAME"),
            Flag(("--pool",), "of a new job: the pool of clusters within which it is placed and moved", "NAME"),
            Flag(("-D",), "an option of Flink; can be repeated", "KEY=VALUE", repeatable=True),
            Flag(("--tag",), "a tag of a new job; can be repeated", "TAG", repeatable=True),
            Flag(("--note",), "what is different in this version", "TEXT"),
            Flag(("--ignore",), "switch a rule off; can be repeated", "RULE", repeatable=True),
            _STATE,
            *_FOLLOWED,
        ),
        (
            ("%flink promote orders_dwd --start", "the last cell becomes a job that keeps running"),
            ("%flink promote orders_dwd --check", "what would stand against it"),
        ),
        least=1,
    ),
    "jobs": Subcommand(
        "[NAME]",
        1,
        "the managed jobs, problems first; with a name all about one",
        _jobs,
        (
            _TEAM,
            _CLUSTER,
            Flag(("--pool",), "those that are in a pool", "NAME"),
            _TAG,
            Flag(("--env",), "those of an environment", "NAME"),
            Flag(("--problems",), "only those with which something is wrong"),
            Flag(("--others",), "what else runs on the session's cluster; it is shown, and never touched"),
            Flag(("--live",), "a table that keeps itself up to date, with buttons"),
        ),
        (("%flink jobs --live", "follow them"), ("%flink jobs orders_dwd", "all about one")),
    ),
    "versions": Subcommand(
        "NAME", 1, "the versions of a job", lambda p, w: Versions(w[0], p.one("--env")), (_ENV,), least=1
    ),
    "diff": Subcommand(
        "NAME [A [B]]",
        3,
        "two versions side by side: text, plan, configuration",
        _diff,
        (_ENV,),
        (("%flink diff orders_dwd 2 3", "version 2 beside 3"),),
        least=1,
    ),
    "start": Subcommand(
        "[NAME]",
        1,
        "start a job from its newest restore point",
        _one_or_many("start", _start),
        (
            Flag(("--from",), "from the savepoint or checkpoint at a path", "PATH"),
            Flag(("--empty",), "without state"),
            _STATE,
            _TEAM,
            _CLUSTER,
            _TAG,
            *_ONE,
        ),
        (("%flink start --tag nightly", "all that have a tag"),),
    ),
    "stop": Subcommand(
        "[NAME]",
        1,
        "stop a job with a savepoint",
        _one_or_many("stop", lambda p, w: {"drain": True} if p.has("--drain") else {}),
        (
            Flag(("--drain",), "after all that is on its way went through: it is over for good"),
            _TEAM,
            _CLUSTER,
            _TAG,
            *_ONE,
        ),
    ),
    "cancel": Subcommand("NAME", 1, "end a job without a savepoint", _one("cancel"), _ONE, least=1),
    "savepoint": Subcommand(
        "NAME",
        1,
        "take a savepoint of a job that goes on",
        _one("savepoint", lambda p, w: {"canonical": True} if p.has("--canonical") else {}),
        (Flag(("--canonical",), "one that every state backend reads"), *_ONE),
        least=1,
    ),
    "restart": Subcommand(
        "[NAME]",
        1,
        "stop a job with a savepoint and start it from there",
        _one_or_many("restart"),
        (_TEAM, _CLUSTER, _TAG, *_ONE),
    ),
    "scale": Subcommand(
        "NAME PARALLELISM",
        2,
        "run a job with another parallelism",
        _one("scale", lambda p, w: {"parallelism": parse_count(w[0])}),
        _ONE,
        (("%flink scale orders_dwd 8", ""),),
        least=2,
    ),
    "upgrade": Subcommand(
        "NAME [VERSION]",
        2,
        "take a job to a version, the newest one without a number",
        _one("upgrade", _upgrade),
        (_STATE, *_ONE),
        (("%flink upgrade orders_dwd --state keep", "although it is not known whether its state fits"),),
        least=1,
    ),
    "rollback": Subcommand(
        "NAME",
        1,
        "take a job to the version that ran before",
        _one("rollback", _rollback),
        (Flag(("--to",), "to this version", "VERSION"), _STATE, *_ONE),
        least=1,
    ),
    "backend": Subcommand(
        "NAME BACKEND",
        2,
        "keep a job's state in hashmap or rocksdb, by a canonical savepoint",
        _one("switch_backend", lambda p, w: {"backend": w[0]}),
        _ONE,
        least=2,
    ),
    "move": Subcommand(
        "[NAME [CLUSTER]]",
        2,
        "take a job to another cluster with its state, or all jobs of one",
        _move,
        (
            Flag(("--pool",), "to the cluster of a pool that has most room", "NAME"),
            Flag(("-c", "--cluster"), "all jobs of this cluster, the first in priority first", "NAME"),
            Flag(("--to",), "where they go: a cluster or a pool", "NAME"),
            Flag(("--lost",), "the one that it is on is gone, with what ran there"),
            *_ONE,
        ),
        (
            ("%flink move orders_dwd etl-2", "with a savepoint"),
            ("%flink move orders_dwd --pool etl", "to another cluster of the pool, and from now on within it"),
            ("%flink move --cluster etl-1 --to etl", "clear a session before it is ended"),
        ),
    ),
    "configure": Subcommand(
        "NAME",
        1,
        "change what is wanted of a job and needs no restart",
        _one("configure", _configure),
        (
            Flag(("--policy",), "such as restarts=3, savepoint_every=6h; can be repeated", "KEY=VALUE", True),
            Flag(("-D",), "an option of Flink, from the next start on; can be repeated", "KEY=VALUE", True),
            Flag(("--tag",), "its tags from now on; can be repeated", "TAG", True),
            Flag(("--pool",), "the pool within which it may be moved; empty for none", "NAME"),
            Flag(("--priority",), "high ones are recovered first", "N"),
            Flag(("--owner",), "who it belongs to", "NAME"),
            Flag(("--description",), "what it is for", "TEXT"),
            *_ONE,
        ),
        (("%flink configure orders_dwd --policy savepoint_every=6h", "a savepoint four times a day"),),
        least=1,
    ),
    "delete": Subcommand(
        "NAME",
        1,
        "forget a job that does not run",
        _one("delete", _points),
        (Flag(("--points",), "what becomes of its savepoints: keep or delete", "keep|delete"), *_ONE),
        (("%flink delete orders_dwd --points keep", "its savepoints stay where they are"),),
        least=1,
    ),
    "adopt": Subcommand(
        "FLINK_ID NAME",
        2,
        "look after a Flink job that runs already",
        _adopt,
        (Flag(("-c", "--cluster"), "where it runs", "NAME"), _ENV, *_FOLLOWED),
        least=2,
    ),
    "recover": Subcommand(
        "CLUSTER",
        1,
        "a cluster is lost: let its jobs go on elsewhere, in the order of their priority",
        _recover,
        (Flag(("--on",), "where they go on", "CLUSTER"), *_FOLLOWED),
        (("%flink recover main --on spare", "from their newest restore points"),),
        least=1,
    ),
    "job export": Subcommand(
        "NAME",
        1,
        "a job as a file, for `flinklab job apply`",
        lambda p, w: Export(w[0], p.one("--env")),
        (_ENV,),
        least=1,
    ),
}
