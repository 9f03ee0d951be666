"""PostgreSQL's triggers that write the audit, and those that say who changed a row and when."""

from __future__ import annotations

from collections.abc import Iterator

from flinklab.catalog.audited import AUDITED, ONLY_ADDED, STAMPS, Audited, Tables, recordable
from flinklab.catalog.isolation import SUPERVISORS
from flinklab.domain.variables import MASK


def statements(schema: str, tables: Tables) -> Iterator[str]:
    """The DDL for those of `tables` that are audited or stamped. `schema`, quoted, is where they are."""
    yield _function(
        schema,
        "flinklab_only_added",
        "RAISE EXCEPTION '% is only added to', TG_TABLE_NAME USING ERRCODE = '42501';",
    )
    yield _function(
        schema, "flinklab_stamp", "NEW.changed_by := session_user; NEW.changed_at := now(); RETURN NEW;"
    )
    yield _function(schema, "flinklab_seen", "NEW.seen_by := session_user; NEW.seen_at := now(); RETURN NEW;")
    yield _function(schema, "flinklab_made", "NEW.made_by := session_user; NEW.made_at := now(); RETURN NEW;")
    yield _function(schema, "flinklab_asked", _ASKED)
    for table, actions in ONLY_ADDED.items():
        if table in tables:
            yield from _trigger(
                schema, table, "flinklab_only_added", f"BEFORE {' OR '.join((*actions, 'TRUNCATE'))}", "STATEMENT"
            )
    for table, columns in tables.items():
        names = {column["name"] for column in columns}
        if names.issuperset(STAMPS):
            yield from _trigger(schema, table, "flinklab_stamp", "BEFORE INSERT OR UPDATE")
        if "seen_by" in names:
            yield from _trigger(schema, table, "flinklab_seen", "BEFORE INSERT OR UPDATE")
        if "made_by" in names:
            yield from _trigger(schema, table, "flinklab_made", "BEFORE INSERT")
        if "asked_by" in names:
            yield from _trigger(schema, table, "flinklab_asked", "BEFORE INSERT OR UPDATE")
    for table, audited in AUDITED.items():
        if table in tables:
            function = f"flinklab_audit_{table}"
            yield _function(schema, function, _audit(schema, audited), "SECURITY DEFINER", _VARIABLES)
            yield from _trigger(schema, table, function, "AFTER INSERT OR UPDATE OR DELETE")


# A supervisor also records what nobody asked for: `the clock`.
_ASKED = f"""
    IF TG_OP = 'UPDATE' THEN
        NEW.asked_by := OLD.asked_by;
        NEW.asked_at := OLD.asked_at;
    ELSIF NOT pg_has_role(session_user, '{SUPERVISORS}', 'MEMBER') THEN
        NEW.asked_by := session_user;
        NEW.asked_at := clock_timestamp();
    END IF;
    RETURN NEW;"""


def _function(schema: str, name: str, body: str, security: str = "", variables: str = "") -> str:
    return (
        f"CREATE OR REPLACE FUNCTION {schema}.{name}() RETURNS trigger LANGUAGE plpgsql {security}"
        f" SET search_path = pg_catalog, pg_temp AS $$ {variables} BEGIN {body} END $$"
    )


def _trigger(schema: str, table: str, function: str, when: str, each: str = "ROW") -> Iterator[str]:
    yield f"REVOKE ALL ON FUNCTION {schema}.{function}() FROM PUBLIC"
    yield f"DROP TRIGGER IF EXISTS {function} ON {schema}.{table}"
    yield (
        f"CREATE TRIGGER {function} {when} ON {schema}.{table}"
        f" FOR EACH {each} EXECUTE FUNCTION {schema}.{function}()"
    )


_VARIABLES = """DECLARE
    was jsonb := to_jsonb(OLD);
    is_now jsonb := to_jsonb(NEW);
    changed jsonb := coalesce(is_now, was);
    key text;
"""


def _audit(schema: str, audited: Audited) -> str:
    key = f"changed ->> '{audited.key}'"
    if audited.parent:
        key = f"(SELECT name FROM {schema}.{audited.parent} WHERE id = ({key})::bigint)"
    no_news = _array(audited.no_news)
    body = f"""
    IF was - {no_news} = is_now - {no_news} THEN
        RETURN NULL;
    END IF;
    key := {key};
    IF key IS NULL THEN  -- it goes with its parent, of which there is a line
        RETURN NULL;
    END IF;
    IF TG_OP = 'UPDATE' THEN
        SELECT coalesce(jsonb_object_agg(f.key, f.value), '{{}}'),
            coalesce(jsonb_object_agg(f.key, is_now -> f.key), '{{}}')
        INTO was, is_now
        FROM jsonb_each(was) AS f WHERE f.key = '{audited.always}' OR f.value IS DISTINCT FROM is_now -> f.key;
    END IF;"""
    for column, sensitive in audited.masked.items():
        body += "".join(_mask(column, sensitive, document) for document in ("was", "is_now"))
    left_out = _array(audited.unrecorded)
    return f"""{body}
    INSERT INTO {schema}.audit (team_id, at, person, action, table_name, key, before, after)
    VALUES ((changed ->> '{audited.team}')::bigint, now(), session_user, lower(TG_OP), TG_TABLE_NAME, key,
        was - {left_out}, is_now - {left_out});
    RETURN NULL;"""


def _mask(column: str, sensitive: tuple[str, ...], document: str) -> str:
    kind = "jsonb_typeof(f.value)"
    is_open = recordable(
        sensitive, "f.key", "f.value #>> '{}'", f"{kind} = 'string'", f"{kind} IN ('object', 'array')"
    )
    return f"""
    IF jsonb_typeof({document} -> '{column}') = 'object' THEN
        {document} := jsonb_set({document}, '{{{column}}}', (
            SELECT coalesce(jsonb_object_agg(f.key, CASE WHEN {is_open} THEN f.value ELSE '"{MASK}"' END), '{{}}')
            FROM jsonb_each({document} -> '{column}') AS f));
    ELSE
        {document} := {document} - '{column}';
    END IF;"""


def _array(names: tuple[str, ...]) -> str:
    return "ARRAY[" + ", ".join(f"'{name}'" for name in names) + "]"
