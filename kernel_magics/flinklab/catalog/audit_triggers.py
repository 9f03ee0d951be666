"""The triggers that write the audit, on both databases, and PostgreSQL's that say who changed a row and when.

A line of the audit is written in the transaction of the change, whoever makes it and with whatever client. Of an
update it has the columns that changed. Left out are keys, what is worked out from other columns, and texts that
`definition_version` keeps; values of variables are never in it, and of what may hold credentials only references.

Whose change it is: on PostgreSQL the login that is connected. SQLite knows no logins: the row's own `changed_by`
where it has one, for a row that goes and for the rest the person of the catalog, and nobody's (an empty name)
when several are in it.
"""

from __future__ import annotations

from sqlalchemy import Connection, inspect, text

from flinklab.catalog import audit_postgresql, audit_sqlite


def install(connection: Connection) -> None:
    """Make the triggers for the tables that are there; again is no harm. For a migration, as the tables' owner.

    A migration that makes an audited table anew (SQLite's way to alter one) is to call it, too.
    """
    inspector = inspect(connection)
    tables = {name: inspector.get_columns(name) for name in inspector.get_table_names()}
    if connection.dialect.name == "sqlite":
        made = audit_sqlite.statements(tables)
    else:
        schema = connection.execute(text("SELECT quote_ident(current_schema())")).scalar_one()
        made = audit_postgresql.statements(schema, tables)
    for statement in made:
        connection.execute(text(statement))
