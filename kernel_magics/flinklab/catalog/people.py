"""Teams, the people of the catalog, and who has which role in which team."""

from __future__ import annotations

from sqlalchemy import ColumnElement, Connection, Select, case, cast, delete, func, insert, literal, select, update
from sqlalchemy.dialects.postgresql import ARRAY
from sqlalchemy.types import BigInteger

from flinklab.catalog import logins, membership, schema
from flinklab.catalog.database import Database
from flinklab.catalog.names import check_name, not_found, require_team
from flinklab.domain.errors import ConflictError, NotPermittedError, UsageError
from flinklab.domain.people import Member, Role, Team
from flinklab.domain.text import count
from flinklab.domain.variables import USUAL

_THINGS = (
    *(schema.definition, schema.variable, schema.gateway, schema.storage, schema.cluster),
    *(schema.yarn, schema.pool),
    *(schema.snippet, schema.session, schema.job),
)


class People:
    """Who is in the catalog, and what they may do.

    On PostgreSQL the database itself holds everyone to their role. On SQLite (one person's) teams and roles are
    kept for a later move to a server, and nobody is held to them: `isolates` is False.
    """

    def __init__(self, database: Database) -> None:
        self._database = database

    @property
    def isolates(self) -> bool:
        """Whether the database keeps teams apart."""
        return self._database.is_shared

    def teams(self) -> list[Team]:
        """The teams that the person is in, by name; all of them for a supervisor and for the catalog's owner."""
        with self._database.reading() as connection:
            rows = connection.execute(
                select(schema.team.c.name, schema.team.c.description).order_by(schema.team.c.name)
            )
            return [Team(*row) for row in rows]

    def create_team(self, name: str, description: str = "") -> Team:
        """A new team, with the usual environments and who makes it as admin. `UsageError`, `ConflictError`."""
        check_name(name, "team")
        try:
            with self._database.writing() as connection:
                if self._database.is_shared:
                    connection.execute(select(func.flinklab_create_team(name, description)))
                else:
                    _create_team(connection, name, description, self._database.person)
                number = require_team(connection, name)
                connection.execute(
                    insert(schema.environment), [{"team_id": number, "name": each} for each in USUAL]
                )
        except ConflictError as error:
            raise ConflictError(
                f"there is a team {name} already",
                hint="take another name, or let one of its admins take you in: flinklab grant",
            ) from error
        return Team(name, description)

    def drop_team(self, name: str) -> None:
        """Drop an empty team; its history goes with it, the audit stays.

        Raises `NotFoundError`, `NotPermittedError`, `ConflictError` when there is something in it.
        """
        self.require(name, Role.ADMIN)
        with self._database.writing() as connection:
            number = require_team(connection, name)
            things = _things(connection, number)
            if things:
                raise ConflictError(f"team {name} has {', '.join(things)}", hint="drop these first")
            if self._database.is_shared:
                connection.execute(select(func.flinklab_drop_team(name)))
            else:
                _drop_team(connection, number)

    def people(self) -> list[str]:
        """The names of all people in the catalog."""
        with self._database.reading() as connection:
            return _people(connection)

    def add_person(self, name: str, *, password: str | None = None) -> bool:
        """Let a person into the catalog, in no team yet; whether a login was made for them.

        On PostgreSQL a login of that name is taken, or made with `password`. Raises `UsageError`,
        `ConflictError`, `NotPermittedError`.
        """
        check_name(name, "person")
        if password is not None and not self._database.is_shared:
            raise UsageError("SQLite has no logins, and no passwords", hint="leave the password out")
        with self._database.writing() as connection:
            if name in _people(connection):
                raise ConflictError(f"{name} is in the catalog already")
            self._require_operator(connection)
            made = self._database.is_shared and logins.let_in(connection, name, password)
            connection.execute(insert(schema.person).values(name=name))
        return made

    def remove_person(self, name: str) -> None:
        """Take a person out of all teams and the catalog. A login stays on the server, and sees nothing here.

        Raises `NotFoundError`, `ConflictError` for the only admin of a team, `NotPermittedError`.
        """
        with self._database.writing() as connection:
            _require_person(connection, name)
            self._require_operator(connection)
            for team, number in connection.execute(_teams_of(name)).all():
                _require_another_admin(connection, team, number, name)
            connection.execute(delete(schema.member).where(schema.member.c.person == name))
            connection.execute(delete(schema.person).where(schema.person.c.name == name))
            if self._database.is_shared:
                logins.keep_out(connection, name)

    def grant(self, team: str, person: str, role: Role) -> Member:
        """Take a person into the team, or change their role.

        Raises `NotFoundError`, `NotPermittedError`, `ConflictError` when the team would be without an admin.
        """
        self.require(team, Role.ADMIN)
        with self._database.writing() as connection:
            number = require_team(connection, team)
            _require_person(connection, person)
            if role < Role.ADMIN:
                _require_another_admin(connection, team, number, person)
            changed = connection.execute(update(schema.member).where(_is(number, person)).values(role=role))
            if changed.rowcount == 0:
                connection.execute(insert(schema.member).values(team_id=number, person=person, role=role))
        return Member(team, person, role)

    def revoke(self, team: str, person: str) -> None:
        """Take a person out of the team. Raises what `grant` does."""
        self.require(team, Role.ADMIN)
        with self._database.writing() as connection:
            number = require_team(connection, team)
            _require_another_admin(connection, team, number, person)
            if connection.execute(delete(schema.member).where(_is(number, person))).rowcount == 0:
                members = connection.execute(
                    select(schema.member.c.person).where(schema.member.c.team_id == number)
                )
                raise not_found(f"person in team {team}", person, members.scalars())

    def members(self, team: str) -> list[Member]:
        """Who is in the team, admins first. Raises `NotFoundError`."""
        with self._database.reading() as connection:
            number = require_team(connection, team)
            rows = connection.execute(
                select(schema.member.c.person, schema.member.c.role)
                .where(schema.member.c.team_id == number)
                .order_by(schema.member.c.role.desc(), schema.member.c.person)
            )
            return [Member(team, person, Role(role)) for person, role in rows]

    def roles(self) -> dict[str, Role]:
        """The connected person's role in each of their teams; supervisors and the owner are admins of all."""
        with self._database.reading() as connection:
            rows = connection.execute(_roles(self._database)).all()
        return {name: Role(role) for name, role in rows}

    def role(self, team: str) -> Role | None:
        """The connected person's role in the team; None when they are not in it."""
        return self.roles().get(team)

    def require(self, team: str, role: Role) -> None:
        """Raises `NotPermittedError` when the connected person's role in the team is less than `role`.

        `NotFoundError` when there is no such team for them. On SQLite every role will do.
        """
        with self._database.reading() as connection:
            require_team(connection, team)
        own = self.role(team)
        if self.isolates and (own is None or own < role):
            admins = ", ".join(member.person for member in self.members(team) if member.role is Role.ADMIN)
            article = "an" if role is Role.ADMIN else "a"
            raise NotPermittedError(
                f"for that you must be {article} {role.name.lower()} of team {team}"
                + (f"; you are a {own.name.lower()}" if own else ""),
                hint=f"who can grant it: {admins}",
            )

    def _require_operator(self, connection: Connection) -> None:
        if self.isolates and not connection.scalar(
            select(func.has_table_privilege("person", literal("INSERT, DELETE")))
        ):
            raise NotPermittedError(
                "people are let in and out by the catalog's owner",
                hint="ask who made the catalog; those who are in it an admin can take into a team: flinklab grant",
            )


def _create_team(connection: Connection, name: str, description: str, person: str) -> None:
    made = connection.execute(
        insert(schema.team).values(name=name, description=description).returning(schema.team.c.id)
    ).scalar_one()
    if person not in _people(connection):
        connection.execute(insert(schema.person).values(name=person))
    connection.execute(insert(schema.member).values(team_id=made, person=person, role=Role.ADMIN))


def _drop_team(connection: Connection, number: int) -> None:
    connection.execute(
        delete(schema.definition).where(schema.definition.c.team_id == number, schema.definition.c.dropped)
    )
    for name in membership.GOES_WITH_ITS_TEAM:
        table = schema.METADATA.tables[name]
        connection.execute(delete(table).where(table.c.team_id == number))
    connection.execute(delete(schema.team).where(schema.team.c.id == number))


def _things(connection: Connection, number: int) -> list[str]:
    """What is in the team, in words: `3 definitions`, `1 variable`."""
    counts: list[Select[int]] = []
    for table in _THINGS:
        rows = select(func.count()).select_from(table).where(table.c.team_id == number)
        counts.append(rows.where(~table.c.dropped) if "dropped" in table.c else rows)
    found = connection.execute(select(*(rows.scalar_subquery() for rows in counts))).one()
    return [count(n, table.name) for n, table in zip(found, _THINGS, strict=True) if n]


def _people(connection: Connection) -> list[str]:
    return list(connection.execute(select(schema.person.c.name).order_by(schema.person.c.name)).scalars())


def _require_person(connection: Connection, name: str) -> None:
    people = _people(connection)
    if name not in people:
        raise not_found("person in the catalog", name, people)


def _require_another_admin(connection: Connection, team: str, number: int, person: str) -> None:
    """Raises `ConflictError` when the person is the team's only admin."""
    admins = connection.execute(
        select(schema.member.c.person).where(schema.member.c.team_id == number, schema.member.c.role == Role.ADMIN)
    ).scalars()
    if list(admins) == [person]:
        raise ConflictError(
            f"{person} is the only admin of team {team}", hint="make somebody else one: flinklab grant"
        )


def _is(number: int, person: str) -> ColumnElement[bool]:
    return (schema.member.c.team_id == number) & (schema.member.c.person == person)


def _teams_of(person: str) -> Select[str, int]:
    return (
        select(schema.team.c.name, schema.team.c.id)
        .join(schema.member, schema.member.c.team_id == schema.team.c.id)
        .where(schema.member.c.person == person)
    )


def _roles(database: Database) -> Select[str, int]:
    if not database.is_shared:
        return (
            select(schema.team.c.name, schema.member.c.role)
            .join(schema.member, schema.member.c.team_id == schema.team.c.id)
            .where(schema.member.c.person == database.person)
        )

    def at_least(role: Role) -> ColumnElement[bool]:
        # A sub-select is worked out once; the cast tells ANY of an array from ANY of rows.
        teams = select(func.flinklab_teams(int(role))).scalar_subquery()
        return schema.team.c.id == func.any(cast(teams, ARRAY(BigInteger)))

    return select(
        schema.team.c.name, case(*((at_least(role), int(role)) for role in reversed(Role)), else_=int(Role.VIEWER))
    )
