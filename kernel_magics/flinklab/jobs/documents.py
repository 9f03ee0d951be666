"""A job as a file: what a pipeline applies, and what an export writes. YAML, of which JSON is a part."""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import msgspec
import yaml

from flinklab.domain.errors import UsageError
from flinklab.domain.jobs import Job, JobScript
from flinklab.domain.text import one_line, suggest
from flinklab.domain.typed import convert
from flinklab.jobs.policies import read_policies

RUNNING, STOPPED = "running", "stopped"


@dataclass(frozen=True, slots=True)
class JobDocument:
    """What a file says of a job. None: it says nothing, and what holds stays (a new job gets the default).

    `sql`: the statements, `SET` and `CREATE TEMPORARY ...` among them; one word that ends in `.sql` names a file
    beside the document. `version`: one that there is, in the place of `sql`. `config` belongs to the version;
    `overrides` win over it, in this environment only. `pool`: where a new job is placed and any is moved; empty for
    none. `policies`: the fields of `Policies` that are named, times in seconds. `state`: `running` or `stopped`.
    """

    name: str
    team: str | None = None
    environment: str | None = None
    cluster: str | None = None
    pool: str | None = None
    sql: str | None = None
    version: int | None = None
    config: dict[str, str] | None = None
    overrides: dict[str, str] | None = None
    parallelism: int | None = None
    backend: str | None = None
    policies: dict[str, int | float | None] | None = None
    tags: list[str] | None = None
    priority: int | None = None
    owner: str | None = None
    description: str | None = None
    state: str | None = None

    @property
    def sql_file(self) -> str | None:
        """The name of the file that holds the SQL, when the document only names it."""
        word = (self.sql or "").strip()
        return word if word.endswith(".sql") and len(word.split()) == 1 else None


_KEYS = tuple(field.name for field in dataclasses.fields(JobDocument))


def read_document(text: str) -> JobDocument:
    """Raises `UsageError`, one line, which names the key that is wrong."""
    try:
        found = yaml.safe_load(text)
    except yaml.YAMLError as error:
        mark = getattr(error, "problem_mark", None)
        place = f" in line {mark.line + 1}" if mark is not None else ""
        raise UsageError(f"the job's file is no YAML{place}: {getattr(error, 'problem', None) or error}") from None
    if not isinstance(found, Mapping):
        raise UsageError("the job's file has no keys", hint="it begins with `name: ...`")
    values = {str(key): value for key, value in found.items()}
    _check_keys(values)
    for key in ("config", "overrides"):
        if isinstance(values.get(key), Mapping):
            values[key] = {str(name): _option(key, name, value) for name, value in values[key].items()}
    if isinstance(values.get("policies"), Mapping):
        values["policies"] = read_policies(values["policies"])
    try:
        document = convert(values, JobDocument)
    except msgspec.ValidationError as error:
        raise UsageError(f"the job's file: {_in_words(error)}") from None
    return _checked(document)


def write_document(document: JobDocument) -> str:
    """As YAML that `read_document` reads as the same; SQL in lines as it was written."""
    values = {key: value for key in _KEYS if (value := getattr(document, key)) is not None}
    text: str = yaml.dump(values, Dumper=_Dumper, sort_keys=False, allow_unicode=True, width=100)
    return text


def document_of(job: Job, script: JobScript) -> JobDocument:
    """Everything that is wanted of a job: applied again, it changes nothing."""
    return JobDocument(
        name=job.key.name,
        team=job.key.team,
        environment=job.key.environment,
        cluster=None if job.pool else job.cluster,  # within its pool it may be elsewhere tomorrow
        pool=job.pool,
        sql=sql_of(script),
        config=dict(script.config),
        overrides=dict(job.deployment.config),
        parallelism=job.deployment.parallelism,
        backend=job.deployment.backend,
        policies=dataclasses.asdict(job.policies),
        tags=list(job.tags),
        priority=job.priority,
        owner=job.owner,
        description=job.description,
        state=RUNNING if job.wanted else STOPPED,
    )


def sql_of(script: JobScript) -> str:
    """The statements of a version as one text; what was SET is in its `config`."""
    return "".join(f"{statement};\n" for statement in (*script.setup, script.statement))


def arguments_of(document: JobDocument, job: Job) -> dict[str, Any]:
    """What the document wants to be different from what is wanted of `job`, as a command's arguments.

    Its version and its `state` are not among them.
    """
    deployment = dataclasses.replace(
        job.deployment,
        parallelism=_said(document.parallelism, job.deployment.parallelism),
        backend=_said(document.backend, job.deployment.backend),
        config=dict(_said(document.overrides, job.deployment.config)),
    )
    changes: dict[str, Any] = dict(document.policies or {})
    policies = dataclasses.replace(job.policies, **changes)
    wanted: dict[str, Any] = {
        "cluster": document.cluster,
        "pool": document.pool,
        "priority": document.priority,
        "owner": document.owner,
        "description": document.description,
    }
    different = {key: value for key, value in wanted.items() if value is not None and value != getattr(job, key)}
    if deployment != job.deployment:
        different["deployment"] = dataclasses.asdict(deployment)
    if policies != job.policies:
        different["policies"] = dataclasses.asdict(policies)
    if document.tags is not None and tuple(document.tags) != job.tags:
        different["tags"] = list(document.tags)
    return different


def _said(value: Any, otherwise: Any) -> Any:
    return otherwise if value is None else value


def _check_keys(values: Mapping[str, Any]) -> None:
    for key in values:
        if key not in _KEYS:
            close = suggest(key, _KEYS)
            hint = f"did you mean {close}?" if close else f"there are {', '.join(_KEYS)}"
            raise UsageError(f"the job's file has an unknown key {one_line(key, 40)!r}", hint=hint)


def _option(key: str, name: Any, value: Any) -> str:
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, (str, int, float)):
        return str(value)
    raise UsageError(f"the job's file: {key} {one_line(str(name), 40)} is one value", hint="put it into quotes")


def _checked(document: JobDocument) -> JobDocument:
    if not document.name:
        raise UsageError("the job's file: its name is empty")
    if (document.sql is None) == (document.version is None):
        raise UsageError("the job's file needs `sql` or `version`", hint="version is one of those that there are")
    if document.version is not None and document.config is not None:
        raise UsageError(
            "the job's file: config belongs to a version", hint="overrides win over it, in this environment only"
        )
    if document.state not in (None, RUNNING, STOPPED):
        raise UsageError(f"the job's file: state is {RUNNING} or {STOPPED}, not {one_line(document.state, 40)!r}")
    return document


def _in_words(error: msgspec.ValidationError) -> str:
    """`Expected `int | null`, got `str` - at `$.parallelism`` as a sentence that begins with the key."""
    text, _, place = str(error).partition(" - at ")
    key = place.strip("`").removeprefix("$.")
    words = text.replace("Expected", "must be").replace(", got", ", not").replace("`", "").replace(" | null", "")
    return f"{key} {words}" if key else text


class _Dumper(yaml.SafeDumper):  # type: ignore[misc]
    """Texts of several lines stay lines."""


def _text(dumper: Any, text: str) -> Any:
    # Other line ends than \n are read back as \n unless they are escaped.
    plain = all(each.isprintable() or each == "\n" for each in text)
    style = '"' if not plain else "|" if "\n" in text else None
    return dumper.represent_scalar("tag:yaml.org,2002:str", text, style=style)


_Dumper.add_representer(str, _text)
