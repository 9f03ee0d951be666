"""Flink SQL's own functions, types and reserved words, and settings that people change.

Source: the pages "System (Built-in) Functions", "Data Types", "SQL" (reserved keywords) and "Configuration" of
Flink 2.3's documentation.
"""

from __future__ import annotations

from flinklab.sql.keywords import words

_FUNCTIONS = """
ABS(number)
ACOS(number)
ARRAY_AGG([DISTINCT] value)
ARRAY_APPEND(array, element)
ARRAY_CONCAT(array, ...)
ARRAY_CONTAINS(array, element)
ARRAY_DISTINCT(array)
ARRAY_EXCEPT(array, array)
ARRAY_INTERSECT(array, array)
ARRAY_JOIN(array, delimiter [, null])
ARRAY_MAX(array)
ARRAY_MIN(array)
ARRAY_POSITION(array, element)
ARRAY_PREPEND(array, element)
ARRAY_REMOVE(array, element)
ARRAY_REVERSE(array)
ARRAY_SLICE(array, begin [, end])
ARRAY_SORT(array [, ascending [, nulls first]])
ARRAY_UNION(array, array)
ASCII(text)
ASIN(number)
ATAN(number)
ATAN2(y, x)
AVG(number)
BIN(integer)
BTRIM(text [, characters])
CARDINALITY(array or map)
CAST(value AS type)
CEIL(number or time TO unit)
CHAR_LENGTH(text)
CHR(integer)
COALESCE(value, ...)
COLLECT(value)
CONCAT(text, ...)
CONCAT_WS(delimiter, text, ...)
CONVERT_TZ(text, from zone, to zone)
COS(number)
COSH(number)
COT(number)
COUNT(* or [DISTINCT] value)
CUME_DIST()
CURRENT_DATABASE()
CURRENT_DATE
CURRENT_ROW_TIMESTAMP()
CURRENT_TIME
CURRENT_TIMESTAMP
CURRENT_WATERMARK(time attribute)
DATE_FORMAT(time, pattern)
DAYOFMONTH(date)
DAYOFWEEK(date)
DAYOFYEAR(date)
DECODE(bytes, charset)
DEGREES(radians)
DENSE_RANK()
E()
ELEMENT(array)
ELT(index, text, ...)
ENCODE(text, charset)
ENDSWITH(text, end)
EXP(number)
EXTRACT(unit FROM time)
FIRST_VALUE(value)
FLOOR(number or time TO unit)
FROM_BASE64(text)
FROM_UNIXTIME(seconds [, pattern])
GREATEST(value, ...)
GROUPING(column)
GROUPING_ID(column, ...)
HEX(value)
HOUR(time)
IF(condition, then, else)
IFNULL(value, instead)
INITCAP(text)
INSTR(text, part)
IS_ALPHA(text)
IS_DECIMAL(text)
IS_DIGIT(text)
JSON(text)
JSON_ARRAY(value, ...)
JSON_ARRAYAGG(value)
JSON_EXISTS(json, path)
JSON_OBJECT(KEY key VALUE value, ...)
JSON_OBJECTAGG(KEY key VALUE value)
JSON_QUERY(json, path)
JSON_QUOTE(text)
JSON_STRING(value)
JSON_UNQUOTE(text)
JSON_VALUE(json, path [RETURNING type])
LAG(value [, rows [, default]])
LAST_VALUE(value)
LEAD(value [, rows [, default]])
LEAST(value, ...)
LEFT(text, length)
LISTAGG(text [, separator])
LN(number)
LOCALTIME
LOCALTIMESTAMP
LOCATE(part, text [, begin])
LOG([base,] number)
LOG10(number)
LOG2(number)
LOWER(text)
LPAD(text, length, padding)
LTRIM(text [, characters])
MAP_ENTRIES(map)
MAP_FROM_ARRAYS(keys, values)
MAP_KEYS(map)
MAP_UNION(map, ...)
MAP_VALUES(map)
MAX(value)
MD5(text)
MIN(value)
MINUTE(time)
MOD(number, number)
MONTH(date)
NOW()
NTILE(buckets)
NULLIF(value, value)
OCTET_LENGTH(text)
OVERLAY(text PLACING part FROM begin [FOR length])
PARSE_JSON(text)
PARSE_URL(url, part [, key])
PERCENTILE(value, share)
PERCENT_RANK()
PI()
POSITION(part IN text)
POWER(number, exponent)
PRINTF(pattern, value, ...)
PROCTIME()
QUARTER(date)
RADIANS(degrees)
RAND([seed])
RAND_INTEGER([seed,] bound)
RANK()
REGEXP(text, pattern)
REGEXP_COUNT(text, pattern)
REGEXP_EXTRACT(text, pattern [, group])
REGEXP_EXTRACT_ALL(text, pattern [, group])
REGEXP_INSTR(text, pattern)
REGEXP_REPLACE(text, pattern, replacement)
REGEXP_SUBSTR(text, pattern)
REPEAT(text, times)
REPLACE(text, part, replacement)
REVERSE(text)
RIGHT(text, length)
ROUND(number [, digits])
ROW_NUMBER()
RPAD(text, length, padding)
RTRIM(text [, characters])
SECOND(time)
SHA1(text)
SHA224(text)
SHA256(text)
SHA2(text, bits)
SHA384(text)
SHA512(text)
SIGN(number)
SIN(number)
SINH(number)
SOURCE_WATERMARK()
SPLIT(text, delimiter)
SPLIT_INDEX(text, delimiter, index)
SQRT(number)
STARTSWITH(text, begin)
STDDEV_POP(number)
STDDEV_SAMP(number)
STR_TO_MAP(text [, list delimiter, key delimiter])
SUBSTR(text, begin [, length])
SUBSTRING(text FROM begin [FOR length])
SUM(number)
TAN(number)
TANH(number)
TIMESTAMPADD(unit, count, time)
TIMESTAMPDIFF(unit, from, to)
TO_BASE64(text)
TO_DATE(text [, pattern])
TO_TIMESTAMP(text [, pattern])
TO_TIMESTAMP_LTZ(value, precision or pattern)
TRANSLATE(text, from, to)
TRIM([BOTH | LEADING | TRAILING] characters FROM text)
TRUNCATE(number [, digits])
TRY_CAST(value AS type)
TRY_PARSE_JSON(text)
TYPEOF(value)
UNHEX(text)
UNIX_TIMESTAMP([text [, pattern]])
UPPER(text)
URL_DECODE(text)
URL_ENCODE(text)
UUID()
VAR_POP(number)
VAR_SAMP(number)
WEEK(date)
YEAR(date)
"""
FUNCTIONS = {line.partition("(")[0]: line for line in _FUNCTIONS.split("\n") if line}
"""How each is written, by its name."""

TYPES = (
    "STRING", "BIGINT", "INT", "DOUBLE", "BOOLEAN", "DECIMAL(10, 2)", "TIMESTAMP(3)", "TIMESTAMP_LTZ(3)",
    "DATE", "TIME", "ARRAY<", "MAP<", "ROW<", "MULTISET<", "BINARY(", "BITMAP", "BYTES", "CHAR(", "DECIMAL(",
    "FLOAT", "INTERVAL DAY TO SECOND", "INTERVAL YEAR TO MONTH", "NUMERIC(", "RAW(", "SMALLINT", "STRUCTURED<",
    "TIMESTAMP(", "TIMESTAMP_LTZ(", "TINYINT", "VARBINARY(", "VARCHAR(", "VARIANT",
)  # fmt: skip
"""The usual ones first."""

SETTINGS: dict[str, str] = {
    "execution.checkpointing.interval": "how often state is saved, 30 s",
    "execution.checkpointing.mode": "EXACTLY_ONCE or AT_LEAST_ONCE",
    "execution.checkpointing.timeout": "how long a checkpoint may take",
    "execution.checkpointing.unaligned.enabled": "checkpoints overtake rows under backpressure",
    "execution.checkpointing.dir": "where checkpoints are written",
    "execution.runtime-mode": "streaming or batch",
    "execution.state-recovery.path": "start with the state of this savepoint",
    "parallelism.default": "parallelism of jobs",
    "pipeline.max-parallelism": "how far a job can be rescaled later",
    "pipeline.name": "name of the job",
    "pipeline.object-reuse": "rows are not copied between operators",
    "restart-strategy.type": "what happens after a failure",
    "sql-client.execution.result-mode": "how Flink's own client shows rows",
    "state.backend.type": "hashmap, rocksdb or forst",
    "state.backend.incremental": "save only what changed",
    "table.display.max-column-width": "width of columns in Flink's own client",
    "table.dml-sync": "an INSERT waits for the end of its job",
    "table.exec.async-lookup.buffer-capacity": "lookups that may be under way",
    "table.exec.mini-batch.allow-latency": "how long rows are gathered",
    "table.exec.mini-batch.enabled": "gather rows before they are worked on",
    "table.exec.mini-batch.size": "how many rows are gathered",
    "table.exec.resource.default-parallelism": "parallelism of operators",
    "table.exec.sink.not-null-enforcer": "ERROR or DROP for nulls in NOT NULL columns",
    "table.exec.sink.upsert-materialize": "NONE, AUTO or FORCE: put changes of a key in order",
    "table.exec.source.cdc-events-duplicate": "changes may come twice",
    "table.exec.source.idle-timeout": "after so long a source without rows holds no watermark up",
    "table.exec.state.ttl": "how long state of a key is kept that nothing touches",
    "table.local-time-zone": "time zone of TIMESTAMP_LTZ",
    "table.optimizer.agg-phase-strategy": "AUTO, ONE_PHASE or TWO_PHASE",
    "table.optimizer.distinct-agg.split.enabled": "share a COUNT DISTINCT out against skew",
    "table.optimizer.join-reorder-enabled": "let the planner choose the order of joins",
    "table.optimizer.multiple-input-enabled": "chain operators with several inputs",
    "table.sql-dialect": "default or hive",
}
"""What they are for, by key."""

RESERVED = words(
    "ABS ALL ALLOCATE ALLOW ALTER AND ANY ARE ARRAY AS ASENSITIVE ASYMMETRIC AT ATOMIC AUTHORIZATION AVG BEGIN",
    "BETWEEN BIGINT BINARY BIT BLOB BOOLEAN BOTH BY BYTES CALL CALLED CARDINALITY CASCADED CASE CAST CATALOGS",
    "CEIL CEILING CHAR CHARACTER CHECK CLOB CLOSE COALESCE COLLATE COLLECT COLUMN COMMENT COMMIT CONDITION",
    "CONNECT CONSTRAINT CONTAINS CONVERT CORR COUNT COVAR_POP COVAR_SAMP CREATE CROSS CUBE CUME_DIST CURRENT",
    "CURSOR CYCLE DATABASES DATE DATETIME DAY DEALLOCATE DEC DECIMAL DECLARE DEFAULT DEFINE DELETE DENSE_RANK",
    "DEREF DESCRIBE DETERMINISTIC DISALLOW DISCONNECT DISTINCT DISTRIBUTED DISTRIBUTION DOUBLE DROP DYNAMIC EACH",
    "ELEMENT ELSE END EQUALS ESCAPE EVERY EXCEPT EXECUTE EXISTS EXP EXPLAIN EXTEND EXTERNAL EXTRACT FALSE FETCH",
    "FILTER FIRST_VALUE FLOAT FLOOR FOR FOREIGN FRAME_ROW FREE FROM FULL FUNCTION FUNCTIONS FUSION GET GLOBAL",
    "GRANT GROUP GROUPING GROUPS HAVING HOLD HOUR IDENTITY IMPORT IN INDICATOR INITIAL INNER INOUT INSERT INT",
    "INTEGER INTERSECT INTERSECTION INTERVAL INTO IS JOIN LAG LANGUAGE LARGE LAST_VALUE LATERAL LEAD LEADING LEFT",
    "LIKE LIMIT LN LOCAL LOCALTIME LOCALTIMESTAMP LOWER MATCH MATCHES MAX MEASURES MEMBER MERGE METHOD MIN MINUS",
    "MINUTE MOD MODELS MODIFIES MODIFY MODULE MODULES MONTH MULTISET NATIONAL NATURAL NCHAR NEW NEXT NO NONE",
    "NORMALIZE NOT NTH_VALUE NTILE NULL NULLIF NUMERIC OF OFFSET OLD ON ONLY OPEN OR ORDER OUT OUTER OVER",
    "OVERLAPS OVERLAY PARAMETER PARTITION PATTERN PER PERCENT PERIOD PERMUTE PORTION POSITION POWER PRECEDES",
    "PRECISION PREPARE PREV PRIMARY PROCEDURE PROCEDURES QUALIFY RANGE RANK RAW READS REAL RECURSIVE REF",
    "REFERENCES RELEASE RENAME RESET RESULT RETURN RETURNS REVOKE RIGHT ROLLBACK ROLLUP ROW ROWS ROW_NUMBER",
    "RUNNING SAVEPOINT SCALA SCROLL SEARCH SECOND SEEK SELECT SENSITIVE SESSION_USER SET SHOW SIMILAR SKIP",
    "SMALLINT SOME SPECIFIC SQL SQRT START STATEMENT STATIC STREAM STRING SUBMULTISET SUBSET SUBSTRING SUM",
    "SYMMETRIC SYSTEM SYSTEM_TIME SYSTEM_USER TABLE TABLES TABLESAMPLE THEN TIME TIMESTAMP TIMESTAMP_LTZ TINYINT",
    "TO TRAILING TRANSLATE TREAT TRIGGER TRIM TRUE TRUNCATE UESCAPE UNION UNIQUE UNKNOWN UNNEST UPDATE UPPER",
    "UPSERT USE USER USING VALUE VALUES VARBINARY VARCHAR VARYING VAR_POP VAR_SAMP VIEWS WATERMARK WATERMARKS",
    "WHEN WHENEVER WHERE WINDOW WITH WITHIN WITHOUT YEAR",
)
"""Words that Flink 2.3 takes for a name only in back-ticks: `SELECT 1 AS word` is refused."""
