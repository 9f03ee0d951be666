"""The index by which a text is found in the statements of the history; made by a migration."""

from __future__ import annotations

import re

from sqlalchemy import Connection, Select, column, func, literal_column, select, text
from sqlalchemy import table as some_table

from flinklab.catalog.isolation import SUPERVISORS, USERS

CANDIDATES = 5_000
"""Of more entries than these that have a text, the newest are looked through."""

# From what is no ASCII letter or digit PostgreSQL takes no trigrams under the locale C.
_RUN = re.compile(r"[A-Za-z0-9]{3}")


def install(connection: Connection) -> None:
    """Make the index, and index what is there; again is no harm.

    As the owner of the tables, after those, their policies and the extension `pg_trgm` (`search_index`) are made.
    """
    if connection.dialect.name == "sqlite":
        for statement in _SQLITE:
            connection.exec_driver_sql(statement)
        connection.exec_driver_sql("INSERT INTO history_search (history_search) VALUES ('rebuild')")
        return
    found = "SELECT quote_ident(current_schema()), quote_ident(n.nspname) FROM pg_extension e"
    found += " JOIN pg_namespace n ON n.oid = e.extnamespace WHERE e.extname = 'pg_trgm'"
    schema, trigrams = connection.execute(text(found)).one()
    for statement in _postgresql(schema, trigrams):
        connection.execute(text(statement))


def serves(connection: Connection, wanted: str) -> bool:
    """Whether the index narrows the search for a text."""
    return len(wanted) >= 3 and (connection.dialect.name == "sqlite" or _RUN.search(wanted) is not None)


def numbers(connection: Connection, wanted: str) -> Select[tuple[int]]:
    """The numbers of the newest entries that have the text in their SQL and that the person may see."""
    if connection.dialect.name == "sqlite":
        found = some_table("history_search", column("rowid"))
        phrase = '"' + wanted.replace('"', '""') + '"'
        matches = literal_column("history_search").op("MATCH")(phrase)
        return select(found.c.rowid).where(matches).order_by(found.c.rowid.desc()).limit(CANDIDATES)
    rows = func.flinklab_search_history(pattern(wanted), CANDIDATES).table_valued("number")
    return select(rows.c.number)


def pattern(wanted: str) -> str:
    r"""For LIKE with `\` as its escape: the text anywhere."""
    return "%" + re.sub(r"([\\%_])", r"\\\1", wanted) + "%"


# Of the trigrams alone: the texts stay where they are.
_SQLITE = (
    "CREATE VIRTUAL TABLE IF NOT EXISTS history_search"
    " USING fts5(sql, content = 'history', content_rowid = 'number', tokenize = 'trigram')",
    "CREATE TRIGGER IF NOT EXISTS history_search_insert AFTER INSERT ON history BEGIN"
    " INSERT INTO history_search (rowid, sql) VALUES (new.number, new.sql); END",
    "CREATE TRIGGER IF NOT EXISTS history_search_delete AFTER DELETE ON history BEGIN"
    " INSERT INTO history_search (history_search, rowid, sql) VALUES ('delete', old.number, old.sql); END",
    "CREATE TRIGGER IF NOT EXISTS history_search_update AFTER UPDATE OF sql ON history"
    " WHEN old.sql <> new.sql BEGIN"
    " INSERT INTO history_search (history_search, rowid, sql) VALUES ('delete', old.number, old.sql);"
    " INSERT INTO history_search (rowid, sql) VALUES (new.number, new.sql); END",
)


def _postgresql(schema: str, trigrams: str) -> tuple[str, ...]:
    function, people = f"{schema}.flinklab_search_history(text, integer)", f"{USERS}, {SUPERVISORS}"
    # ILIKE is not leakproof: under row-level security it is no condition of an index. The function reads past the
    # policies and applies their rule itself. A text that is common was found among the newest entries before:
    # this is for the rare ones, for which the index is right whatever the planner guesses.
    return (
        f"CREATE INDEX IF NOT EXISTS ix_history_search ON {schema}.history USING gin (sql {trigrams}.gin_trgm_ops)",
        f"""
        CREATE OR REPLACE FUNCTION {function.replace("(text, integer)", "(pattern text, most integer)")}
        RETURNS TABLE (number bigint)
        LANGUAGE plpgsql STABLE SECURITY DEFINER ROWS 500
        SET search_path = pg_catalog, pg_temp
        SET plan_cache_mode = force_custom_plan
        SET enable_seqscan = off
        SET enable_indexscan = off
        AS $function$
        DECLARE
            teams constant bigint[] := {schema}.flinklab_teams(1);
        BEGIN
            -- ILIKE fails on a row that matches up to an escape without a character, of another team's rows, too.
            IF (length(pattern) - length(rtrim(pattern, E'\\\\'))) % 2 = 1 THEN
                RAISE EXCEPTION 'a pattern ends with an escape' USING ERRCODE = 'invalid_escape_sequence';
            END IF;
            RETURN QUERY SELECT h.number FROM {schema}.history h
            WHERE h.sql ILIKE pattern AND h.team_id = ANY (teams)
            ORDER BY h.number DESC LIMIT most;
        END
        $function$""",
        f"REVOKE ALL ON FUNCTION {function} FROM PUBLIC",
        f"GRANT EXECUTE ON FUNCTION {function} TO {people}",
    )
