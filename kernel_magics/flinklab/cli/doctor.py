"""`flinklab doctor`: what is wrong with a job, a cluster or this installation, for scripts and pipelines."""

from __future__ import annotations

import argparse
import json

from flinklab.cli.commands import OK, Commands, say
from flinklab.cli.database import add_url, catalog_of
from flinklab.domain.errors import ConnectionFailedError, NotFoundError

FOUND, NOT_FOUND, NOT_SEEN = 1, 3, 4
_CODES = (
    "exit code 0: nothing is wrong, 1: there are findings, 2: wrong usage, 3: no job or cluster of that name, "
    "4: nothing was found, but not everything could be looked at"
)


def add_commands(commands: Commands) -> None:
    command = commands.add(
        "doctor", _doctor, "Say what is wrong with a job or a cluster, where, since when, and what to do (12 s)."
    )
    command.epilog = _CODES
    subject = command.add_mutually_exclusive_group(required=True)
    subject.add_argument("name", nargs="?", metavar="NAME", help="a job or a cluster: NAME, or TEAM.NAME")
    subject.add_argument(
        "--installation", action="store_true", help="instead of a job: what JupyterLab lacks of flinklab here"
    )
    command.add_argument("--env", metavar="ENV", help="the job of this environment (default: the settings' one)")
    command.add_argument("--json", action="store_true", help="answer with one JSON document")
    add_url(command)


def _doctor(options: argparse.Namespace) -> int:
    if options.installation:
        return _installation(options.json)
    from flinklab.api.diagnosis import diagnose_subject
    from flinklab.api.looking import subject_of

    try:
        with catalog_of(options) as catalog, subject_of(options.name, options.env, catalog) as subject:
            found = diagnose_subject(subject, say)
    except (NotFoundError, ConnectionFailedError) as error:
        say("\n".join(error.report()))
        return NOT_FOUND if isinstance(error, NotFoundError) else NOT_SEEN
    print(json.dumps(found.document(), indent=2) if options.json else found)
    if found.findings:
        return FOUND
    return NOT_SEEN if found.missing else OK


def _installation(is_json: bool) -> int:
    from flinklab.api import lab_problem

    problem = lab_problem()
    print(json.dumps({"problem": problem}) if is_json else problem or "JupyterLab has all of flinklab here")
    return FOUND if problem else OK
