"""PostgreSQL's functions about teams: the ones that may look where a person may not.

Each runs as the owner of the tables (`SECURITY DEFINER`) for the login that is connected (`session_user`), and
finds nothing that a caller could put in its way: names are qualified and the search path is fixed.
"""

from __future__ import annotations

from collections.abc import Iterator

from flinklab.domain.people import Role

GOES_WITH_ITS_TEAM = (
    *("usage", "history", "environment", "member"),
    *("job_plan", "job_version", "cluster_lease", "cluster_status", "cluster_address"),
    *("series_sample", "series_chunk", "series_subject"),  # those of its clusters
)
"""Tables whose rows do not keep a team from being dropped; a definition that was dropped before does not, too."""

_AS_OWNER = "SECURITY DEFINER SET search_path = pg_catalog, pg_temp"


def statements(schema: str, people: str, supervisors: str) -> Iterator[str]:
    """The DDL; again is no harm.

    `schema` (quoted) is where the tables are, `people` the roles that may call, `supervisors` the one that is in
    every team. `flinklab_teams(least_role)` returns the ids of the teams in which the connected person has at
    least that role (1 viewer, 2 developer, 3 admin); of all teams for a supervisor and for the owner.
    """
    yield _teams(schema, supervisors)
    yield _create_team(schema)
    yield _drop_team(schema)
    for function in ("flinklab_teams(integer)", "flinklab_create_team(text, text)", "flinklab_drop_team(text)"):
        yield f"REVOKE ALL ON FUNCTION {schema}.{function} FROM PUBLIC"
        yield f"GRANT EXECUTE ON FUNCTION {schema}.{function} TO {people}"
    yield _keep_an_admin(schema)
    yield f"REVOKE ALL ON FUNCTION {schema}.flinklab_keep_an_admin() FROM PUBLIC"
    yield f"DROP TRIGGER IF EXISTS flinklab_keep_an_admin ON {schema}.member"
    # Judged at the end of a transaction, so that one admin can make way for another, and a team can go.
    yield (
        f"CREATE CONSTRAINT TRIGGER flinklab_keep_an_admin AFTER UPDATE OR DELETE ON {schema}.member"
        f" DEFERRABLE INITIALLY DEFERRED FOR EACH ROW WHEN (OLD.role >= {int(Role.ADMIN)})"
        f" EXECUTE FUNCTION {schema}.flinklab_keep_an_admin()"
    )


def _teams(schema: str, supervisors: str) -> str:
    return f"""
        CREATE OR REPLACE FUNCTION {schema}.flinklab_teams(least_role integer) RETURNS bigint[]
        LANGUAGE sql STABLE PARALLEL SAFE {_AS_OWNER} AS $$
            SELECT CASE
                WHEN pg_has_role(session_user, '{supervisors}', 'MEMBER')
                    OR pg_has_role(session_user, current_user, 'USAGE')
                THEN ARRAY(SELECT id FROM {schema}.team)
                ELSE ARRAY(
                    SELECT team_id FROM {schema}.member
                    WHERE person = session_user::text AND role >= least_role)
            END
        $$"""


def _create_team(schema: str) -> str:
    return f"""
        CREATE OR REPLACE FUNCTION {schema}.flinklab_create_team(team_name text, about text DEFAULT '')
        RETURNS bigint LANGUAGE plpgsql {_AS_OWNER} AS $$
        DECLARE made bigint;
        BEGIN
            IF team_name IS NULL OR team_name !~ '^[^[:cntrl:]]+$' OR team_name <> btrim(team_name) THEN
                RAISE EXCEPTION 'this cannot be the name of a team' USING ERRCODE = 'invalid_parameter_value';
            END IF;
            INSERT INTO {schema}.team (name, description) VALUES (team_name, about) RETURNING id INTO made;
            INSERT INTO {schema}.person (name) VALUES (session_user) ON CONFLICT DO NOTHING;
            INSERT INTO {schema}.member (team_id, person, role) VALUES (made, session_user, {int(Role.ADMIN)});
            RETURN made;
        END $$"""


def _drop_team(schema: str) -> str:
    goes = "\n".join(f"DELETE FROM {schema}.{table} WHERE team_id = gone;" for table in GOES_WITH_ITS_TEAM)
    return f"""
        CREATE OR REPLACE FUNCTION {schema}.flinklab_drop_team(team_name text)
        RETURNS void LANGUAGE plpgsql {_AS_OWNER} AS $$
        DECLARE gone bigint;
        BEGIN
            SELECT id INTO gone FROM {schema}.team
            WHERE name = team_name AND id = ANY ({schema}.flinklab_teams({int(Role.ADMIN)}));
            IF gone IS NULL THEN
                RAISE EXCEPTION 'only an admin of a team can drop it' USING ERRCODE = 'insufficient_privilege';
            END IF;
            DELETE FROM {schema}.definition WHERE team_id = gone AND dropped;
            {goes}
            DELETE FROM {schema}.team WHERE id = gone;
        END $$"""


def _keep_an_admin(schema: str) -> str:
    # The team's row is written, so that of two admins who leave at the same moment one waits for the other.
    return f"""
        CREATE OR REPLACE FUNCTION {schema}.flinklab_keep_an_admin()
        RETURNS trigger LANGUAGE plpgsql {_AS_OWNER} AS $$
        BEGIN
            UPDATE {schema}.team SET description = description WHERE id = OLD.team_id;
            IF FOUND AND NOT EXISTS (
                SELECT FROM {schema}.member WHERE team_id = OLD.team_id AND role >= {int(Role.ADMIN)}
            ) THEN
                RAISE EXCEPTION 'a team cannot be without an admin' USING ERRCODE = 'insufficient_privilege';
            END IF;
            RETURN NULL;
        END $$"""
