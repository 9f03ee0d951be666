"""The rules about a job's text: what it is made of, and what it names."""

from __future__ import annotations

from collections.abc import Iterator

from flinklab.domain.definitions import How
from flinklab.domain.errors import Position
from flinklab.domain.text import one_line
from flinklab.jobs.findings import Finding, Level, Matter
from flinklab.jobs.script import Placed, first_words
from flinklab.sql.positions import Cursor
from flinklab.sql.sensitive import without_secrets, written_out

_ERROR, _WARNING = Level.ERROR, Level.WARNING
_PRINTING = frozenset({"print", "blackhole"})
_WIDTH = 50


def nothing_to_run(matter: Matter) -> Iterator[Finding]:
    """A job needs an INSERT or a statement set."""
    if not matter.reading.jobs:
        yield Finding(
            "nothing-to-run",
            _ERROR,
            "there is no INSERT and no statement set here",
            "write INSERT INTO <a table of the catalog> SELECT ...",
        )


def one_job_only(matter: Matter) -> Iterator[Finding]:
    """One managed job is one Flink job."""
    jobs = matter.reading.jobs
    if len(jobs) > 1:
        yield _at(
            jobs[1],
            "one-job-only",
            _ERROR,
            f"{len(jobs)} statements would each start a Flink job",
            "put them between BEGIN STATEMENT SET; and END; or promote each as a job of its own",
        )


def no_query_for_a_person(matter: Matter) -> Iterator[Finding]:
    """Nobody looks at the rows of a SELECT, SHOW or EXPLAIN; a notebook's are left out."""
    for each in matter.reading.queries:
        if matter.reading.is_notebook:
            yield _left_out(each, "no-query-for-a-person", "a job has no rows to show")
        else:
            message = f"nobody would see the rows of {_said(each)}"
            hint = "take it out, or write INSERT INTO <a table of the catalog> before it"
            yield _at(each, "no-query-for-a-person", _ERROR, message, hint)


def permanent_object(matter: Matter) -> Iterator[Finding]:
    """What outlives the session is the catalog's: a job that creates it would do so at each start."""
    for each in matter.reading.permanent:
        if matter.reading.is_notebook:
            yield _left_out(each, "permanent-object", "the job uses what the catalog has")
        else:
            message = f"a job creates nothing that lasts: {_said(each)}"
            hint = "record it with `%%flinksql --catalog shared`, or write CREATE TEMPORARY"
            yield _at(each, "permanent-object", _ERROR, message, hint)


def not_for_a_job(matter: Matter) -> Iterator[Finding]:
    """ALTER, DROP, UPDATE, CALL and the like are done once, by a person."""
    for each in matter.reading.others:
        words = first_words(each.text) or _said(each)
        if words == "BEGIN STATEMENT":
            yield _at(each, "not-for-a-job", _ERROR, "a statement set that is never closed", "close it with END;")
        elif matter.reading.is_notebook:
            yield _left_out(each, "not-for-a-job", "a person does it once, a job would at each start")
        else:
            message = f"{words} cannot be part of a job"
            yield _at(each, "not-for-a-job", _ERROR, message, "run it in a cell of its own")


def after_the_job(matter: Matter) -> Iterator[Finding]:
    """What is set up after the statement that runs changes nothing for it."""
    for each in matter.reading.late:
        yield _left_out(each, "after-the-job", "it comes after the job's INSERT: write it before if it is needed")


def temporary_sink(matter: Matter) -> Iterator[Finding]:
    """Others cannot read, find or rely on a sink that only this job's session knows."""
    for sink in matter.sinks:
        if sink.own:
            yield Finding(
                "temporary-sink",
                _ERROR,
                f"{sink.name} is written, and is a temporary table of this text",
                f"record {sink.name} with `%%flinksql --catalog shared` and take its CREATE out of the text",
                sink.position,
                sink.placed.cell.id,
            )


def sink_not_shared(matter: Matter) -> Iterator[Finding]:
    """A job writes tables of the catalog: a supervisor knows no others."""
    return _not_shared(matter, "sink-not-shared", How.WRITES)


def source_not_shared(matter: Matter) -> Iterator[Finding]:
    """What a job reads is the catalog's, the text's own, or in a Flink catalog that the catalog defines."""
    return _not_shared(matter, "source-not-shared", How.READS)


def _not_shared(matter: Matter, rule: str, how: How) -> Iterator[Finding]:
    for each in matter.missing:
        if (each.how is How.WRITES) is not (how is How.WRITES):
            continue
        if each.in_session:
            message = f"{each.name} is only in your session"
            hint = f"record {each.name} with `%%flinksql --catalog shared`"
        else:
            message = f"{each.name} is neither in the catalog nor in this text"
            hint = each.suggestion or "`%flink tables` shows what the catalog has"
        yield Finding(rule, _ERROR, message, hint, each.position, each.cell)


def unknown_variable(matter: Matter) -> Iterator[Finding]:
    """Each `${name}` needs a value in the environment that the job runs in."""
    for each in matter.unresolved:
        hint = each.hint or "`%flink vars set` gives it one"
        yield Finding("unknown-variable", _ERROR, each.message, hint, each.position, each.cell)


def secret_in_text(matter: Matter) -> Iterator[Finding]:
    """A version is kept for ever and read by the whole team: a secret in it is a `${name}`."""
    hint = "make it a secret variable (`%flink vars set --secret`) and write ${name}"
    for each in (*matter.reading.setup, *matter.reading.jobs):
        shown = without_secrets(each.text)
        if shown != each.text:
            same = next(i for i, (a, b) in enumerate(zip(each.text, shown, strict=False)) if a != b)
            begin = Cursor(each.text).at(same)
            yield _at(each, "secret-in-text", _ERROR, "an option holds a secret in clear", hint, begin)
    for key in written_out(dict(matter.own_config)):
        yield Finding("secret-in-text", _ERROR, f"the setting {key} holds a secret in clear", hint)


def printing_sink(matter: Matter) -> Iterator[Finding]:
    """`print` and `blackhole` keep nothing."""
    for sink in matter.sinks:
        connector = sink.facts.connector
        if connector in _PRINTING:
            yield Finding(
                "printing-sink",
                _WARNING,
                f"{sink.name} keeps nothing: its connector is {connector}",
                "fine for a trial; a job that lasts writes somewhere",
                sink.position,
                sink.placed.cell.id,
            )


def no_watermark(matter: Matter) -> Iterator[Finding]:
    """A time window needs a time attribute, which a table has by its WATERMARK (or PROCTIME())."""
    refusal = matter.refusal
    if refusal is None or "time attribute" not in refusal.message:
        return
    without = [
        each.name for each in matter.sources if not each.is_view and each.facts.columns and not each.facts.watermark
    ]
    which = ", ".join(without) or "what the window reads"
    yield Finding(
        "no-watermark",
        _ERROR,
        f"a time window over {which}, which has no watermark",
        "add WATERMARK FOR <column> AS <column> - INTERVAL '5' SECOND to the table",
        refusal.position,
    )


def _at(
    placed: Placed, rule: str, level: Level, message: str, hint: str, position: Position | None = None
) -> Finding:
    return Finding(rule, level, message, hint, placed.place(position), placed.cell.id)


def _left_out(placed: Placed, rule: str, hint: str) -> Finding:
    return _at(placed, rule, _WARNING, f"left out: {_said(placed)}", hint)


def _said(placed: Placed) -> str:
    return one_line(without_secrets(placed.text), _WIDTH)
