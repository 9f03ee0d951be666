"""The indexes that a search by part of a word goes by, and what keeps them up; made by a migration."""

from __future__ import annotations

from sqlalchemy import Connection, text
from sqlalchemy.exc import DBAPIError

from flinklab.catalog.isolation import SUPERVISORS, USERS
from flinklab.domain.errors import CatalogUnavailableError

CANDIDATES = 300
"""Of how many definitions that match a search the best are chosen: what bounds the work for a popular word."""


ENDS = "\n\n"
"""Around a name in SQLite's index: makes its beginning, even of one letter, and its end a trigram."""


def install(connection: Connection) -> None:
    """Make the indexes of the tables that are there, and index what is in them; again is no harm.

    As the owner of the tables, inside the transaction of a migration. Raises `CatalogUnavailableError` where the
    database lacks what it takes.
    """
    if connection.dialect.name == "sqlite":
        _install_in_sqlite(connection)
    else:
        _install_in_postgresql(connection)


def _install_in_postgresql(connection: Connection) -> None:
    try:
        with connection.begin_nested():
            connection.execute(text("CREATE EXTENSION IF NOT EXISTS pg_trgm"))
    except DBAPIError as error:
        raise CatalogUnavailableError(
            "PostgreSQL's extension pg_trgm is missing and could not be made",
            hint="install PostgreSQL's contrib package; as an administrator: CREATE EXTENSION pg_trgm;",
            details=str(error.orig),
        ) from error
    found = "SELECT quote_ident(current_schema()), quote_ident(n.nspname) FROM pg_extension e"
    found += " JOIN pg_namespace n ON n.oid = e.extnamespace WHERE e.extname = 'pg_trgm'"
    schema, trigrams = connection.execute(text(found)).one()
    for name, method, indexed in (
        ("ix_definition_search", "gin", f"search {trigrams}.gin_trgm_ops"),
        ("ix_definition_search_name", "gin", f"(split_part(search, E'\\n', 1)) {trigrams}.gin_trgm_ops"),
        ("ix_definition_search_prefix", "btree", "(split_part(search, E'\\n', 1)) text_pattern_ops"),
    ):
        # What was added last is read without an index until it is sorted in: little of it, then.
        few = " WITH (gin_pending_list_limit = 256)" if method == "gin" else ""
        connection.exec_driver_sql(
            f"CREATE INDEX IF NOT EXISTS {name} ON {schema}.definition USING {method} ({indexed}){few}"
        )
    connection.execute(text(_SEARCH.replace("{schema}", schema)))
    function = f"{schema}.flinklab_search(text, text[], text[], text[], text, text, text, text, integer)"
    connection.execute(text(f"REVOKE ALL ON FUNCTION {function} FROM PUBLIC"))
    connection.execute(text(f"GRANT EXECUTE ON FUNCTION {function} TO {USERS}, {SUPERVISORS}"))


# LIKE is not leakproof: under row-level security it is no condition of an index, and every row would be read.
# The function reads past the policies and applies their rule itself: teams in which `session_user` is.
# Every statement is planned for its own words, and by bitmaps alone, which a wrong guess of how rare a word is
# cannot turn into reading the whole table. What is so forbidden is just expensive, and would be worth compiling.
_SEARCH = f"""
CREATE OR REPLACE FUNCTION {{schema}}.flinklab_search(
    exact text, heads text[], anywhere text[], narrow text[],
    in_team text, of_kind text, of_connector text, with_tag text, most integer
) RETURNS TABLE (id bigint)
LANGUAGE plpgsql STABLE SECURITY DEFINER ROWS 50
SET search_path = pg_catalog, pg_temp
SET enable_seqscan = off
SET enable_indexscan = off
SET jit = off
AS $function$
DECLARE
    teams constant bigint[] := ARRAY(
        SELECT t.id FROM {{schema}}.team t
        WHERE t.id = ANY ({{schema}}.flinklab_teams(1)) AND (in_team IS NULL OR t.name = in_team));
    head constant text := $$split_part(search, E'\\n', 1)$$;
    columns constant text := $$split_part(search, E'\\t', 1)$$;
    allowed text := format('NOT dropped AND team_id = ANY (%L::bigint[])', teams);
    in_name text := (SELECT string_agg(format('%s LIKE %L', head, p), ' AND ') FROM unnest(heads) p);
    in_columns text := (SELECT string_agg(format('%s LIKE %L', columns, p), ' AND ') FROM unnest(anywhere) p);
    in_all text := (SELECT string_agg(format('search LIKE %L', p), ' AND ') FROM unnest(anywhere) p);
    wanted text;
    ids bigint[] := '{{}}';
BEGIN
    -- LIKE fails on a row that matches up to an escape without a character: of another team's rows it would tell.
    IF EXISTS (
        SELECT FROM unnest(heads || anywhere || narrow) p WHERE (length(p) - length(rtrim(p, E'\\\\'))) % 2 = 1
    ) THEN
        RAISE EXCEPTION 'a pattern ends with an escape' USING ERRCODE = 'invalid_escape_sequence';
    END IF;
    IF of_kind IS NOT NULL THEN allowed := allowed || format(' AND kind = %L', of_kind); END IF;
    IF of_connector IS NOT NULL THEN allowed := allowed || format(' AND connector = %L', of_connector); END IF;
    IF with_tag IS NOT NULL THEN allowed := allowed || format(' AND tags @> to_jsonb(%L::text)', with_tag); END IF;
    SELECT concat(allowed, string_agg(format(' AND search LIKE %L', p), '')) INTO allowed FROM unnest(narrow) p;
    FOREACH wanted IN ARRAY ARRAY[format('%s = %L', head, exact), in_name, coalesce(in_all, 'true')] LOOP
        CONTINUE WHEN wanted IS NULL;
        EXECUTE format(
            'SELECT $1 || ARRAY('
            '  SELECT id FROM ('
            '    SELECT id, name, CASE WHEN %s THEN 0 WHEN %s THEN 1 ELSE 2 END AS place'
            '    FROM {{schema}}.definition WHERE %s AND %s LIMIT greatest({CANDIDATES}, $2)) candidate'
            '  WHERE id <> ALL ($1) ORDER BY place, name COLLATE "C", id LIMIT $2)',
            coalesce(in_name, 'true'), coalesce(in_columns, 'true'), wanted, allowed)
        INTO ids USING ids, most - cardinality(ids);
        EXIT WHEN cardinality(ids) >= most;
    END LOOP;
    RETURN QUERY SELECT unnest(ids);
END
$function$
"""


def _install_in_sqlite(connection: Connection) -> None:
    there = connection.exec_driver_sql("SELECT 1 FROM sqlite_master WHERE name = 'definition_search'").first()
    if there:
        return
    try:
        for index in _INDEXES:
            connection.exec_driver_sql(index)
    except DBAPIError as error:
        raise CatalogUnavailableError(
            "this Python's SQLite cannot index for a search",
            hint="it takes SQLite 3.34 or later with FTS5",
            details=str(error.orig),
        ) from error
    for trigger in _TRIGGERS:
        connection.exec_driver_sql(trigger)
    for table in _PARTS:
        connection.exec_driver_sql(_indexing(table, "definition"))


# Without contents of their own: what is deleted from them is told to them again. `place` is team and kind. Names
# have an index of their own, in which a word that just columns have is known to be missing without reading where.
_PARTS = {
    "definition_search_name": (
        "name",
        "char(10, 10) || substr({row}.search, 1, instr({row}.search, char(10)) - 1) || char(10, 10)",
    ),
    "definition_search": ("body", "{row}.search"),
}
_INDEXES = tuple(
    f"CREATE VIRTUAL TABLE {table} USING fts5(place, {part}, content = '', tokenize = 'trigram case_sensitive 1')"
    for table, (part, _) in _PARTS.items()
)


def _indexing(table: str, row: str) -> str:
    """The statement that takes a row into an index, all of them (`definition`), or out of it (`old`)."""
    part, text_of = _PARTS[table]
    command, value = (f", {table}", ", 'delete'") if row == "old" else ("", "")
    return (
        f"INSERT INTO {table} (rowid, place, {part}{command})"
        f" SELECT {row}.id, '/' || {row}.team_id || '/' || {row}.kind || '/', {text_of.format(row=row)}{value}"
        + (" FROM definition" if row == "definition" else "")
        + f" WHERE {row}.search <> ''"
    )


_ADD, _REMOVE = (" ".join(f"{_indexing(table, row)};" for table in _PARTS) for row in ("new", "old"))
_TRIGGERS = (
    f"CREATE TRIGGER definition_search_insert AFTER INSERT ON definition BEGIN {_ADD} END",
    f"CREATE TRIGGER definition_search_delete AFTER DELETE ON definition BEGIN {_REMOVE} END",
    "CREATE TRIGGER definition_search_update AFTER UPDATE OF search, team_id, kind ON definition"
    " WHEN (old.search, old.team_id, old.kind) <> (new.search, new.team_id, new.kind)"
    f" BEGIN {_REMOVE} {_ADD} END",
)
