"""What to do about well-known failures of Flink SQL. Pure text to text."""

from __future__ import annotations

import re
from collections.abc import Callable

_Advice = str | Callable[["re.Match[str]"], str | None]


def hint_for(text: str) -> str | None:
    """Advice for the first well-known failure that `text` (messages of all causes, joined) tells of."""
    for pattern, advice in _KNOWN:
        match = pattern.search(text)
        if match:
            return advice if isinstance(advice, str) else advice(match)
    return None


def _identifiers(text: str, heading: str) -> list[str]:
    """The lines of the list under a heading that ends with a colon."""
    lines = text.partition(heading)[2].strip().splitlines()
    names = []
    for line in lines:
        if not re.fullmatch(r"[\w.#-]+", line.strip()):
            if line.strip():
                break
            continue
        names.append(line.strip())
    return names


def _connector(match: re.Match[str]) -> str:
    known = _identifiers(match.string[match.start() :], "Available factory identifiers are:")
    there = f"there are: {', '.join(known)}; " if known else ""
    return f"{there}add a connector's jar with `%flink jar GROUP:ARTIFACT:VERSION`"


def _format(match: re.Match[str]) -> str:
    return f"add the jar of the format {match[1]!r} with `%flink jar GROUP:ARTIFACT:VERSION`, or check its name"


def _unsupported_options(match: re.Match[str]) -> str:
    rest = match.string[match.start() :]
    supported = _identifiers(rest, "Supported options:")
    wrong = ", ".join(_identifiers(rest, "Unsupported options:"))
    offer = f"; supported: {', '.join(supported)}" if supported else ""
    return f"not an option here: {wrong}{offer}"


def _missing_options(match: re.Match[str]) -> str:
    missing = _identifiers(match.string[match.start() :], "Missing required options are:")
    return f"add to WITH (...): {', '.join(missing)}"


def _schemas(match: re.Match[str]) -> str:
    return f"the query gives {match[1]}, the table takes {match[2]}"


def _keyword(match: re.Match[str]) -> str:
    word = match[1]
    if _STRUCTURE.fullmatch(word):
        return f"look at what stands before {word}: a comma too many, or a word missing"
    return f"if {word} is meant as a name, put it into back-ticks: `{word.lower()}`"


_STRUCTURE = re.compile(
    "and|as|by|create|drop|from|having|insert|join|limit|on|or|select|set|show|union|where|with", re.IGNORECASE
)
_RESERVED = (
    "value|values|user|date|time|timestamp|year|month|day|hour|minute|second|order|group|start|end|table|row"
)

_KNOWN: list[tuple[re.Pattern[str], _Advice]] = [
    (re.compile(pattern, re.DOTALL | flags), advice)
    for pattern, flags, advice in (
        (r"Could not find any factory for identifier '[^']*' that implements '[^']*DynamicTable", 0, _connector),
        (r"Could not find any (?:\w+ )?format factory for identifier '([^']*)'", 0, _format),
        (r"Unsupported options found for", 0, _unsupported_options),
        (r"required options are missing", 0, _missing_options),
        (
            r"do not contain an option key 'connector'",
            0,
            "say where the table's data is: WITH ('connector' = '...'); `datagen` makes rows up",
        ),
        (r"do not match\..*?Query schema: (\[.*?\])\n.*?Sink schema:\s+(\[.*?\])(?:\n|\Z)", 0, _schemas),
        (
            r"NoResourceAvailableException|Could not acquire the minimum required resources",
            0,
            "the cluster has no free slots: end other queries (`%flink queries`), lower the parallelism (-p), "
            "or start a TaskManager",
        ),
        (
            r"JobSubmissionException.*Connection refused|Failed to submit ExecutionPlan",
            0,
            "the gateway cannot reach the JobManager: see that it runs, and `rest.address` and `rest.port`",
        ),
        (r"/ by zero|Division by zero", 0, "guard the divisor: x / NULLIF(y, 0)"),
        (
            r"Error while retrieving result.*NumberFormatException: For input string",
            0,
            "TRY_CAST(... AS ...) gives NULL instead of failing",
        ),
        (
            r"ClassNotFoundException|NoClassDefFoundError",
            0,
            "a jar is missing: `%flink jar GROUP:ARTIFACT:VERSION` or ADD JAR '/path.jar'",
        ),
        (
            r"No match found for function signature",
            0,
            "SHOW FUNCTIONS lists what there is; check name and arguments",
        ),
        (
            r"Cannot find checkpoint or savepoint file/directory",
            0,
            "give the folder that holds `_metadata`, as the TaskManagers see it",
        ),
        (
            r"Unrecognized checkpoint version number|Unknown Flink version '",
            0,
            "it was made by a newer Flink than this one: state and compiled plans only go on in a newer one",
        ),
        (
            r"StateMigrationException",
            0,
            "the state is of other types than the query's; before Flink 2.2 it is that, too, when "
            "table.exec.state.ttl was switched on or off",
        ),
        (r"Unsupported query: CREATE (?:TEMPORARY )?MODEL", 0, "this version of Flink has no models"),
        (
            r"Cannot map checkpoint/savepoint state",
            0,
            "the query differs from the one that wrote the state; "
            "-D execution.state-recovery.ignore-unclaimed-state=true lets go of what does not fit",
        ),
        (
            r"consuming (?:update|delete)",
            0,
            "the query updates its rows: write to an upsert table with a PRIMARY KEY",
        ),
        (r"Sort on a non-time-attribute field", 0, "sort by a time attribute, add LIMIT, or run it with --batch"),
        (r"not supported for streaming mode|only supported in batch mode", 0, "run it with --batch"),
        (r"REMOVE JAR", 0, "open a new session to be rid of a jar"),
        (r"Flink doesn't support ENFORCED mode", 0, "write PRIMARY KEY (...) NOT ENFORCED"),
        (r"TableAlreadyExistException|already exists", 0, "DROP it first, or write CREATE ... IF NOT EXISTS"),
        (r"only single statement supported", 0, "send one statement at a time"),
        (r"Non-query expression encountered", 0, "often the first word is misspelt, or words are missing after it"),
        (rf"Encountered \"({_RESERVED})\b", re.IGNORECASE, _keyword),
        (r"Incorrect syntax near the keyword '(\w+)'", 0, _keyword),
        (
            r"must be a time attribute type",
            0,
            "declare it in the table: WATERMARK FOR ts AS ts - INTERVAL '5' SECOND",
        ),
        (r"Expression '.*?' is not being grouped", 0, "add it to GROUP BY, or aggregate it"),
        (r"Column '[^']*' not found in any table(?!; did)", 0, "DESCRIBE lists the columns of a table"),
        (
            r"(?:Object|Table) '[^']*' not found|Cannot find table|identifier ['`].*['`] does(?:n't| not) exist",
            0,
            "SHOW TABLES lists the tables of the current database, USE changes it",
        ),
        (r"Table `.*` doesn't exist", 0, "SHOW TABLES lists the tables of the current database, USE changes it"),
        (r"A database with name .* does not exist", 0, "SHOW DATABASES lists what there is"),
        (r"A catalog with name .* does not exist", 0, "SHOW CATALOGS lists what there is"),
        (
            r"(?:file|jar or artifact) resource \[.*\] not found",
            0,
            "the path is looked up on the gateway's machine",
        ),
        (
            r"FileNotFoundException: File .* does not exist",
            0,
            "the path is looked up on the TaskManagers' machines",
        ),
        (r"Column '.*?' is ambiguous", 0, "say of which table: t.column"),
        (r"higher than the max parallelism", 0, "raise --max-parallelism or lower -p"),
    )
]
