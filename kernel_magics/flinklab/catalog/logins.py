"""People's logins on PostgreSQL: names are quoted as identifiers, a password leaves this process only hashed."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

from sqlalchemy import Connection, text

from flinklab.catalog.isolation import USERS
from flinklab.domain.errors import CatalogError, ConflictError, NotPermittedError, UsageError

if TYPE_CHECKING:
    import psycopg

_LONGEST = 63  # bytes; PostgreSQL cuts a longer name without a word


def let_in(connection: Connection, name: str, password: str | None) -> bool:
    """Give the login the group role, and make the login when there is none; whether it was made.

    Inside of the transaction of `connection`. Raises `UsageError` for a name that PostgreSQL cannot have,
    `ConflictError` for a password to a login that is there, `NotPermittedError` with the statement to be run.
    """
    if len(name.encode()) > _LONGEST:
        raise UsageError(f"a login's name has at most {_LONGEST} bytes: {name!r} has {len(name.encode())}")
    there = _ask(connection, "SELECT EXISTS (SELECT FROM pg_roles WHERE rolname = :name)", name)
    if there and password is not None:
        raise ConflictError(f"the login {name} is there, and keeps its password", hint="leave the password out")
    driver: psycopg.Connection[Any] = connection.connection.driver_connection  # type: ignore[assignment]
    if not there:
        with _explained(driver, "CREATE ROLE {} LOGIN", name):
            driver.execute(_create(driver, name, password))
    elif _ask(connection, f"SELECT pg_has_role(:name, '{USERS}', 'MEMBER')", name):
        return False
    _execute(driver, f"GRANT {USERS} TO {{}}", name)
    return not there


def keep_out(connection: Connection, name: str) -> None:
    """Take the group role from the login, which stays: it may be used for something else.

    Inside of the transaction of `connection`. Raises `NotPermittedError` with the statement to be run.
    """
    direct = f"""SELECT EXISTS (
        SELECT FROM pg_auth_members WHERE roleid = '{USERS}'::regrole
            AND member = (SELECT oid FROM pg_roles WHERE rolname = :name))"""
    if _ask(connection, direct, name):
        _execute(connection.connection.driver_connection, f"REVOKE {USERS} FROM {{}}", name)


def _ask(connection: Connection, question: str, name: str) -> bool:
    return bool(connection.execute(text(question), {"name": name}).scalar_one())


def _create(driver: psycopg.Connection[Any], name: str, password: str | None) -> psycopg.sql.Composed:
    from psycopg import sql

    if password is None:
        return sql.SQL("CREATE ROLE {} LOGIN").format(sql.Identifier(name))
    # As psql's \\password does: what the server may write into its log is no password.
    verifier = driver.pgconn.encrypt_password(password.encode(), name.encode(), b"scram-sha-256").decode()
    return sql.SQL("CREATE ROLE {} LOGIN PASSWORD {}").format(sql.Identifier(name), sql.Literal(verifier))


def _execute(driver: Any, statement: str, name: str) -> None:
    from psycopg import sql

    with _explained(driver, statement, name):
        driver.execute(sql.SQL(statement).format(sql.Identifier(name)))


@contextmanager
def _explained(driver: Any, statement: str, name: str) -> Iterator[None]:
    """An error of the server in our words; `statement` is what an administrator may run instead."""
    import psycopg
    from psycopg import sql

    try:
        yield
    except psycopg.errors.InsufficientPrivilege as error:
        shown = sql.SQL(statement).format(sql.Identifier(name)).as_string(driver)
        raise NotPermittedError(
            f"you may not change logins on this server: {error.diag.message_primary}",
            hint=f"let its administrator run: {shown};",
        ) from None
    except psycopg.Error as error:
        raise CatalogError(f"the server refused the login {name!r}: {error.diag.message_primary}") from None
