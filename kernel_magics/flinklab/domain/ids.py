"""Names of things on the other side, kept apart by type."""

from typing import NewType

JobId = NewType("JobId", str)
"""A Flink job's id: 32 hexadecimal digits."""

SessionHandle = NewType("SessionHandle", str)
"""A SQL Gateway session (UUID)."""

OperationHandle = NewType("OperationHandle", str)
"""An operation (one submitted statement) in a gateway session (UUID)."""

AttemptId = NewType("AttemptId", str)
"""One submission of a job's version: a UUID's 32 hexadecimal digits."""

CommandId = NewType("CommandId", str)
"""An order to a job: a UUID's 32 hexadecimal digits, and the id that its savepoint is asked for with."""
