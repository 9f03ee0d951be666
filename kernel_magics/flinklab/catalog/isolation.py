"""What PostgreSQL itself enforces between teams: whoever has a Python prompt gets no further than the magics do.

What an operator does, once:

1. as the server's administrator: a role that owns the catalog, and the database. The owner needs `CREATEROLE` to
   make people's logins; without it the administrator makes the group roles `flinklab_user` and
   `flinklab_supervisor` and the logins, and grants `flinklab_user` to each of them

       CREATE ROLE flinklab_owner LOGIN PASSWORD '...' CREATEROLE;
       CREATE DATABASE flinklab OWNER flinklab_owner;

2. as the owner: `flinklab db init`, which makes the tables, the roles and the policies, then
   `flinklab user add ann`, `flinklab team create orders`, `flinklab grant orders ann admin`
3. for each supervisor a login of its own: `GRANT flinklab_supervisor TO supervisor_1`

Each person connects with a login role of their own, never through a pool that shares one: the policies go by
`session_user`, which neither `SET ROLE` nor a function changes. The group roles are the whole server's: on a
server with several catalogs a supervisor of one is a supervisor of all.

The rules:

- viewers read a team's rows; what is written down of a secret variable (reference or cipher) only developers do
- developers write the team's things; `id` and `team_id` of a row never change, so no row moves to another team
- admins say who is in the team, and it always has one; `flinklab_create_team` makes its caller the first
- where a JobManager was found is written by developers and supervisors: all believe it, and look up anew what fails
- a row of the history is written by who ran the statement; the team reads it, admins let it go
- who changed a row and when is set by the database; versions of a definition and the audit are only added to
- developers add versions, plans, jobs that shall not run, and commands that nobody has begun: from then on only
  supervisors write what is recorded of a job. Who asked for a command, and when, is set by the database
- supervisors see and write all teams; the owner of the tables is not bound by policies. They are not forced on
  the owner, who could drop them anyway: backups, migrations and the functions below need to see all rows

What remains visible to everyone who can connect: names of login roles, that a team's name is taken, and through
`EXPLAIN`, the server's statistics and the time that a search takes how many rows a table has and how common a
guessed value is; never a value of a row.
"""

from __future__ import annotations

from collections.abc import Iterator, Set
from dataclasses import dataclass

from sqlalchemy import Connection, inspect, text
from sqlalchemy.engine.interfaces import ReflectedColumn
from sqlalchemy.exc import ProgrammingError

from flinklab.catalog import membership
from flinklab.domain.errors import NotPermittedError
from flinklab.domain.jobs import CommandState, ManagedState, Step
from flinklab.domain.people import Role

USERS, SUPERVISORS = "flinklab_user", "flinklab_supervisor"

_KEYS = frozenset({"id", "team_id", "definition_id", "variable_id"})  # say which row it is; never changed


def install(connection: Connection) -> None:
    """Make roles, functions, grants and policies for the tables that are there; again is no harm.

    For PostgreSQL, as the owner of the tables, inside the transaction of a migration. Raises `NotPermittedError`
    when the group roles are missing and may not be made, or when anybody may create objects in the schema.
    """
    create_roles(connection)
    schema = connection.execute(text("SELECT quote_ident(current_schema())")).scalar_one()
    _close_schema(connection, schema)
    for statement in membership.statements(schema, f"{USERS}, {SUPERVISORS}", SUPERVISORS):
        connection.execute(text(statement))
    inspector = inspect(connection)
    there = set(inspector.get_table_names())
    for name, rule in _rules(schema).items():
        if name in there:
            for statement in _statements(schema, name, inspector.get_columns(name), rule):
                connection.execute(text(statement))
    for name in there & {"person", "supervisor", "alembic_version"}:
        connection.execute(text(f"GRANT SELECT ON {schema}.{name} TO {USERS}, {SUPERVISORS}"))
    for name in there & {"person", "supervisor"}:
        connection.execute(text(f"GRANT INSERT, UPDATE, DELETE ON {schema}.{name} TO {SUPERVISORS}"))


def create_roles(connection: Connection) -> None:
    """Make the server's group roles where they are missing. Raises `NotPermittedError`."""
    for role in (USERS, SUPERVISORS):
        # Roles are of the whole server: another catalog's owner may be making them at this moment.
        make = f"""
            DO $$ BEGIN
                IF NOT EXISTS (SELECT FROM pg_catalog.pg_roles WHERE rolname = '{role}') THEN
                    CREATE ROLE {role} NOLOGIN;
                END IF;
            EXCEPTION WHEN duplicate_object OR unique_violation THEN NULL;
            END $$"""
        try:
            connection.execute(text(make))
        except ProgrammingError as error:
            raise NotPermittedError(
                f"the role {role} is missing, and you may not create roles on this server",
                hint=f"let its administrator run: CREATE ROLE {USERS}; CREATE ROLE {SUPERVISORS};",
            ) from error


def _close_schema(connection: Connection, schema: str) -> None:
    """Nobody but the owner makes objects beside ours: a function there could be called in place of another."""
    connection.execute(text(f"REVOKE CREATE ON SCHEMA {schema} FROM PUBLIC"))
    connection.execute(text(f"GRANT USAGE ON SCHEMA {schema} TO {USERS}, {SUPERVISORS}"))
    open_to_all = text(f"SELECT has_schema_privilege('{USERS}', current_schema(), 'CREATE')")
    if connection.execute(open_to_all).scalar_one():
        raise NotPermittedError(
            f"anybody may create objects in the schema {schema}",
            hint=f"let its owner run: REVOKE CREATE ON SCHEMA {schema} FROM PUBLIC;",
        )


@dataclass(frozen=True)
class _Rule:
    """Of a table with team data: the condition under which a row may be read, added, changed, removed.

    Empty: nobody may. `fixed`: columns that are not changed, beside keys. `changed`: the only ones that are.
    `supervised`: the condition under which a supervisor may write a row, whatever the others may.
    """

    select: str
    insert: str = ""
    update: str = ""
    delete: str = ""
    fixed: frozenset[str] = frozenset()
    changed: frozenset[str] = frozenset()
    supervised: str = ""


def _in_team(schema: str, least: Role, column: str = "team_id") -> str:
    # As a sub-select it is worked out once for a statement, not for each row, and can be looked up in an index.
    return f"{column} = ANY ((SELECT {schema}.flinklab_teams({int(least)}))::bigint[])"


def _rules(schema: str) -> dict[str, _Rule]:
    viewer, developer, admin = (_in_team(schema, role) for role in Role)

    def of_own(parent: str, child: str, key: str = "") -> str:
        """That the parent is the same team's: a foreign key alone would take another team's row."""
        return (
            f"EXISTS (SELECT FROM {schema}.{parent} AS parent"
            f" WHERE parent.id = {child}.{key or parent + '_id'} AND parent.team_id = {child}.team_id)"
        )

    not_secret = (
        f"cipher IS NULL AND EXISTS (SELECT FROM {schema}.variable AS parent"
        " WHERE parent.id = variable_value.variable_id AND NOT parent.secret)"
    )
    own_run = f"{viewer} AND person = session_user"
    own_sight = f"{viewer} AND seen_by = session_user"
    value = f"{developer} AND {of_own('variable', 'variable_value')}"
    version = f"{developer} AND {of_own('definition', 'definition_version')}"
    things = _Rule(viewer, developer, developer, developer)
    draft = f"{developer} AND state = '{ManagedState.DRAFT.value}' AND {of_own('job', 'job_status')}"
    order = (
        f"{developer} AND {of_own('job', 'command')} AND state = '{CommandState.WAITING.value}' AND is_open"
        f" AND step = '{Step.NEW.value}' AND trigger = '' AND before = '{{}}' AND savepoint = '' AND outcome = ''"
        " AND attempt IS NULL AND begun_at IS NULL AND step_at IS NULL AND ended_at IS NULL"
    )

    def of_job(table: str, insert: str = "") -> _Rule:
        supervised = f"{viewer} AND {of_own('job', table)}"
        return _Rule(viewer, insert, fixed=frozenset({"job_id"}), supervised=supervised)

    def of_subject(table: str, *fixed: str) -> _Rule:
        supervised = f"{viewer} AND {of_own('series_subject', table, 'subject_id')}"
        return _Rule(viewer, fixed=frozenset({"subject_id", *fixed}), supervised=supervised)

    subject = f"{viewer} AND (job_id IS NULL OR {of_own('job', 'series_subject')})"

    return {
        "team": _Rule(_in_team(schema, Role.VIEWER, "id"), update=_in_team(schema, Role.ADMIN, "id")),
        "member": _Rule(viewer, admin, admin, admin, fixed=frozenset({"person"})),
        "definition": _Rule(viewer, developer, developer),  # marked as dropped: with the row its versions would go
        "definition_version": _Rule(viewer, version),
        "usage": _Rule(
            viewer, viewer, viewer, f"({own_sight}) OR {developer}", changed=frozenset({"seen_at", "seen_by"})
        ),
        "environment": things,
        "variable": things,
        "variable_value": _Rule(f"{viewer} AND ({developer} OR ({not_secret}))", value, value, developer),
        "gateway": things,
        "storage": things,
        "cluster": things,
        "yarn": things,
        "pool": things,
        "snippet": things,
        "session": things,
        "history": _Rule(viewer, own_run, own_run, admin, fixed=frozenset({"person"})),
        "audit": _Rule(viewer),
        "job_version": _Rule(viewer, developer),
        "job_plan": _Rule(viewer, developer),
        "job": _Rule(viewer, f"{developer} AND NOT wanted", supervised=viewer),
        "job_status": of_job("job_status", draft),
        "attempt": of_job("attempt"),
        "command": of_job("command", order),
        "checkpoint": of_job("checkpoint"),
        "event": of_job("event"),
        "series_subject": _Rule(viewer, fixed=frozenset({"job_id"}), supervised=subject),
        "series_sample": of_subject("series_sample", "at"),
        "series_chunk": of_subject("series_chunk", "tier", "start"),
        "job_graph": of_job("job_graph"),
        "job_failure": of_job("job_failure"),
        "cluster_lease": _Rule(viewer, supervised=viewer),
        "cluster_status": _Rule(viewer, supervised=viewer),
        "cluster_address": _Rule(viewer, developer, developer, developer, fixed=frozenset({"cluster"})),
    }


def _statements(schema: str, name: str, columns: list[ReflectedColumn], rule: _Rule) -> Iterator[str]:
    table, people = f"{schema}.{name}", f"{USERS}, {SUPERVISORS}"
    writers = SUPERVISORS if rule.supervised else people
    counted = {column["name"] for column in columns if column.get("autoincrement")}
    names = [column["name"] for column in columns]
    changed = rule.changed or set(names) - _KEYS - rule.fixed
    yield f"ALTER TABLE {table} ENABLE ROW LEVEL SECURITY"
    yield f"REVOKE ALL ON {table} FROM PUBLIC, {people}"
    yield f"GRANT SELECT ON {table} TO {people}"
    if rule.insert or rule.supervised:
        adders = people if rule.insert else SUPERVISORS
        yield f"GRANT INSERT ({_listed(names, set(names) - counted)}) ON {table} TO {adders}"
        for column in counted:
            yield f"GRANT USAGE ON SEQUENCE {schema}.{name}_{column}_seq TO {adders}"
    if rule.update or rule.supervised:
        yield f"GRANT UPDATE ({_listed(names, changed)}) ON {table} TO {writers}"
    if rule.delete or rule.supervised:
        yield f"GRANT DELETE ON {table} TO {writers}"
    for action in ("select", "insert", "update", "delete"):
        condition = getattr(rule, action)
        yield f"DROP POLICY IF EXISTS flinklab_{action} ON {table}"
        if condition:
            using = f" USING ({condition})" if action != "insert" else ""
            check = f" WITH CHECK ({condition})" if action in ("insert", "update") else ""
            yield f"CREATE POLICY flinklab_{action} ON {table} FOR {action.upper()}{using}{check}"
    for action, clause in (("insert", "WITH CHECK"), ("update", "USING"), ("delete", "USING")):
        yield f"DROP POLICY IF EXISTS flinklab_supervised_{action} ON {table}"
        if rule.supervised:
            yield (
                f"CREATE POLICY flinklab_supervised_{action} ON {table} FOR {action.upper()} TO {SUPERVISORS}"
                f" {clause} ({rule.supervised})"
            )


def _listed(names: list[str], chosen: Set[str]) -> str:
    return ", ".join(f'"{name}"' for name in names if name in chosen)
