"""Error replies in the real gateway's form (Flink 2.3.0), shortened to a few stack frames."""

from __future__ import annotations

from typing import Any

_FRAMES = (
    "\tat org.apache.flink.table.gateway.rest.handler.statement.FetchResultsHandler.handleRequest"
    "(FetchResultsHandler.java:91)\n\tat java.base/java.lang.Thread.run(Unknown Source)\n"
)
GATEWAY = "org.apache.flink.table.gateway.api.utils.SqlGatewayException"
EXECUTION = "org.apache.flink.table.gateway.service.utils.SqlExecutionException"
OPERATION = "c65c4b2b-ecec-46c4-b1c0-fcd7d2fed762"


def trace(*causes: str) -> str:
    """`causes` from the outermost to the root, each `class: message`."""
    return (
        "\n".join(
            ("Caused by: " if i else "") + cause + "\n" + _FRAMES.rstrip("\n") for i, cause in enumerate(causes)
        )
        + "\n"
    )


def fetch_error(*causes: str) -> dict[str, Any]:
    """The body of a fetch that tells why a statement failed."""
    text = trace(f"{GATEWAY}: {GATEWAY}: Failed to fetchResults.", f"{GATEWAY}: Failed to fetchResults.", *causes)
    return {
        "errors": [
            "Internal server error.",
            f"<Exception on server side:\n{text}\nEnd of exception on server side>",
        ]
    }


def statement_error(*causes: str) -> dict[str, Any]:
    """The statement was refused by the planner."""
    return fetch_error(f"{EXECUTION}: Failed to execute the operation {OPERATION}.", *causes)


def job_error(*causes: str) -> dict[str, Any]:
    """The job failed while its rows were read."""
    return fetch_error(
        f"{EXECUTION}: Error while retrieving result.",
        "java.lang.RuntimeException: Failed to fetch next result",
        "java.io.IOException: Failed to fetch job execution result",
        "org.apache.flink.runtime.client.JobExecutionException: Job execution failed.",
        "org.apache.flink.runtime.JobException: Recovery is suppressed by NoRestartBackoffTimeStrategy",
        *causes,
    )


def handler_error(what: str, cause: str) -> dict[str, Any]:
    """What session and operation handlers answer: one entry with the whole trace."""
    return {
        "errors": [
            trace(
                f"org.apache.flink.runtime.rest.handler.RestHandlerException: Failed to {what}.",
                f"{GATEWAY}: Failed to {what}.",
                f"{GATEWAY}: {cause}",
            )
        ]
    }


def object_not_found(name: str, line: int, column: int) -> dict[str, Any]:
    where = f"From line {line}, column {column} to line {line}, column {column + len(name) - 1}"
    return _validation(where, f"Object '{name}' not found")


def column_not_found(name: str, line: int, column: int) -> dict[str, Any]:
    where = f"From line {line}, column {column} to line {line}, column {column + len(name) - 1}"
    return _validation(where, f"Column '{name}' not found in any table")


def _validation(where: str, what: str) -> dict[str, Any]:
    return statement_error(
        f"org.apache.flink.table.api.ValidationException: SQL validation failed. {where}: {what}",
        f"org.apache.calcite.runtime.CalciteContextException: {where}: {what}",
        f"org.apache.calcite.sql.validate.SqlValidatorException: {what}",
    )


def parse_error(token: str, line: int, column: int) -> dict[str, Any]:
    what = (
        f'Encountered "{token}" at line {line}, column {column}.\nWas expecting one of:\n    <EOF> \n    "AS" ...'
    )
    return statement_error(
        f"org.apache.flink.table.api.SqlParserException: SQL parse failed. {what}",
        f"org.apache.calcite.sql.parser.SqlParseException: {what}",
        f"org.apache.flink.sql.parser.impl.ParseException: {what}",
    )


def sink_not_found(name: str) -> dict[str, Any]:
    path = f"`default_catalog`.`default_database`.`{name}`"
    return statement_error(
        f"org.apache.flink.table.api.ValidationException: Cannot find table '{path}' in any of the catalogs "
        "[default_catalog], nor as a temporary table."
    )


def unknown_connector(identifier: str, table: str = "t") -> dict[str, Any]:
    return statement_error(
        "org.apache.flink.table.api.ValidationException: Unable to create a source for reading table "
        f"'default_catalog.default_database.{table}'.\n\nTable options are:\n\n'connector'='{identifier}'",
        "org.apache.flink.table.api.ValidationException: Cannot discover a connector using option: "
        f"'connector'='{identifier}'",
        f"org.apache.flink.table.api.ValidationException: Could not find any factory for identifier '{identifier}' "
        "that implements 'org.apache.flink.table.factories.DynamicTableFactory' in the classpath.\n\n"
        "Available factory identifiers are:\n\nblackhole\ndatagen\nfilesystem\nprint",
    )


def division_by_zero() -> dict[str, Any]:
    return job_error("java.lang.ArithmeticException: / by zero")
