/** Flink's words and flinklab's flags, written by generate_words.py from flinklab's own lists. */

export const KEYWORDS = `
ADD AFTER ALL ALLOCATE ALLOW ALTER AND ANY ARE AS ASC ASENSITIVE ASYMMETRIC AT ATOMIC
AUTHORIZATION BEGIN BETWEEN BIT BLOB BOTH BUCKETS BY CALL CALLED CASCADED CASE CATALOG CATALOGS
CEILING CHARACTER CHARACTER_LENGTH CHECK CLASSIFIER CLOB CLOSE COLLATE COLUMN COMMENT COMMIT
COMPILE CONDITION CONNECT CONSTRAINT CONTAINS CONVERT CORR COVAR_POP COVAR_SAMP CREATE CROSS
CUBE CURRENT CURSOR CYCLE DATABASE DATABASES DATETIME DEALLOCATE DEC DECLARE DEFAULT DEFINE
DELETE DEREF DESC DESCRIBE DESCRIPTOR DETERMINISTIC DISALLOW DISCONNECT DISTINCT DISTRIBUTED
DISTRIBUTION DROP DYNAMIC EACH ELSE END ENFORCED EQUALS ESCAPE EVERY EXCEPT EXCLUDING EXECUTE
EXISTS EXPLAIN EXTEND EXTERNAL FETCH FILTER FIRST FOR FOREIGN FRAME_ROW FREE FROM FULL FUNCTION
FUNCTIONS FUSION GET GLOBAL GRANT GROUP GROUPS HASH HAVING HOLD IDENTITY IF IMPORT IN INCLUDING
INDICATOR INITIAL INNER INOUT INPUT INSERT INTEGER INTERSECT INTERSECTION INTO IS JOIN KEY
LANGUAGE LARGE LAST LATERAL LEADING LEFT LIKE LIMIT LOCAL MATCH MATCHES MATCH_NUMBER
MATCH_RECOGNIZE MEASURES MEMBER MERGE METHOD MINUS MODEL MODELS MODIFIES MODIFY MODULE MODULES
NATIONAL NATURAL NCHAR NEW NEXT NO NONE NORMALIZE NOT NTH_VALUE NULLS OF OFFSET OLD ON ONLY OPEN
OPTIONS OR ORDER OUT OUTER OUTPUT OVER OVERLAPS OVERWRITE PARAMETER PARTITION PARTITIONED PAST
PATTERN PER PERCENT PERCENTILE_CONT PERCENTILE_DISC PERIOD PERMUTE PLAN PORTION PRECEDES
PRECISION PREPARE PREV PRIMARY PROCEDURE PROCEDURES QUALIFY QUARTER RANGE READS REAL RECURSIVE
REF REFERENCES REGR_COUNT RELEASE RENAME REPLACE RESET RESULT RETURN RETURNS REVOKE RIGHT
ROLLBACK ROLLUP ROWS RUNNING SAVEPOINT SCALA SCROLL SEARCH SEEK SELECT SENSITIVE SESSION_USER
SET SETS SHOW SIMILAR SKIP SOME SPECIFIC SQL START STATEMENT STATIC STREAM SUBMULTISET SUBSET
SYMMETRIC SYSTEM SYSTEM_TIME SYSTEM_USER TABLE TABLES TABLESAMPLE TEMPORARY THEN TO TRAILING
TREAT TRIGGER UESCAPE UNION UNIQUE UNNEST UPDATE UPSERT USE USER USING VALUE VALUES VARYING VIEW
VIEWS WATERMARK WATERMARKS WEEK WHEN WHENEVER WHERE WINDOW WITH WITHIN WITHOUT ZONE
`;

export const TYPES = `
ARRAY BIGINT BINARY BITMAP BOOLEAN BYTES CHAR DATE DAY DECIMAL DOUBLE FLOAT INT INTERVAL MAP
MONTH MULTISET NUMERIC RAW ROW SECOND SMALLINT STRING STRUCTURED TIME TIMESTAMP TIMESTAMP_LTZ
TINYINT VARBINARY VARCHAR VARIANT YEAR
`;

export const FUNCTIONS = `
ABS ARRAY_AGG ARRAY_APPEND ARRAY_CONCAT ARRAY_CONTAINS ARRAY_DISTINCT ARRAY_EXCEPT
ARRAY_INTERSECT ARRAY_JOIN ARRAY_MAX ARRAY_MIN ARRAY_POSITION ARRAY_PREPEND ARRAY_REMOVE
ARRAY_REVERSE ARRAY_SLICE ARRAY_SORT ARRAY_UNION AVG CARDINALITY CAST CEIL CHAR_LENGTH COALESCE
COLLECT CONCAT_WS CONVERT_TZ COUNT CUME_DIST CUMULATE CURRENT_DATABASE CURRENT_DATE
CURRENT_ROW_TIMESTAMP CURRENT_TIME CURRENT_TIMESTAMP CURRENT_WATERMARK DATE_FORMAT DENSE_RANK
ELEMENT EXP EXTRACT FIRST_VALUE FLOOR FROM_BASE64 FROM_UNIXTIME GROUPING GROUPING_ID HOP HOUR
IS_ALPHA IS_DECIMAL IS_DIGIT JSON_ARRAY JSON_ARRAYAGG JSON_EXISTS JSON_OBJECT JSON_OBJECTAGG
JSON_QUERY JSON_QUOTE JSON_STRING JSON_UNQUOTE JSON_VALUE LAG LAST_VALUE LEAD LN LOCALTIME
LOCALTIMESTAMP LOWER MAP_ENTRIES MAP_FROM_ARRAYS MAP_KEYS MAP_UNION MAP_VALUES MAX MIN MINUTE
MOD NTILE NULLIF OCTET_LENGTH OVERLAY PARSE_JSON PARSE_URL PERCENT_RANK POSITION POWER
RAND_INTEGER RANK REGEXP_COUNT REGEXP_EXTRACT REGEXP_EXTRACT_ALL REGEXP_INSTR REGEXP_REPLACE
REGEXP_SUBSTR ROW_NUMBER SOURCE_WATERMARK SPLIT_INDEX SQRT STDDEV_POP STDDEV_SAMP STR_TO_MAP
SUBSTRING SUM TO_BASE64 TO_DATE TO_TIMESTAMP TO_TIMESTAMP_LTZ TRANSLATE TRIM TRUNCATE TRY_CAST
TRY_PARSE_JSON TUMBLE UNIX_TIMESTAMP UPPER URL_DECODE URL_ENCODE VAR_POP VAR_SAMP
`;

/** A flag that takes a value ends with `=`. */
export const CELL_FLAGS = `
-o= --output= --mode= --rows-kept= -l= --limit= --timeout= --wait --detach --batch -p=
--parallelism= --max-parallelism= -D= --name= --from-savepoint= --file= --env= -c= --cluster=
-A= --session= -w= --with= --catalog= --tag= --note= --force -S= --save= --job= --pool= --start
--ignore= --state= --no-wait --check --explain --preview -h --help -h --help
`;

/** A line for each subcommand of `%flink`: its words, its flags. */
export const SUBCOMMANDS = `
adopt: -c= --cluster= --env= --no-wait --timeout= -h --help
backend: --env= --why= --no-wait --timeout= -h --help
cancel: --env= --why= --no-wait --timeout= -h --help
catalog: -h --help
cluster create: --yarn= --name= --application --queue= --slots= --tm-memory= --jm-memory= --tag= --label= --attempts= --storage= --flink= -D= --description= --anyway --timeout= -h --help
cluster label: --remove= -h --help
cluster resize: --queue= --priority= --slots= --tm-memory= --with-jobs --force --timeout= -h --help
cluster stop: --with-jobs --force --forget --timeout= -h --help
clusters: --yarn= --all -h --help
clusters add: --kind= --yarn= --gateway= --jobmanager= --storage= --flink-version= --description= --label= -D= -h --help
clusters delete: -h --help
clusters list: --yarn= --all -h --help
config: -h --help
configure: --policy= -D= --tag= --pool= --priority= --owner= --description= --env= --why= --no-wait --timeout= -h --help
connect: --yarn= --jobmanager= --ca= --header= --user= --password= --token= -h --help
delete: --points= --env= --why= --no-wait --timeout= -h --help
describe: --versions --diff= --audit -h --help
diff: --env= -h --help
doctor: -c= --cluster= --env= -o= --output= -h --help
down: -h --help
env: -h --help
env add: --team= --description= -h --help
env list: -h --help
env use: -h --help
exceptions: --since= --env= -h --help
export sql: --team= -h --help
export store: -h --help
gateways: -h --help
gateways down: -h --help
gateways up: -h --help
history: --mine --notebook= --since= --failed -l= --limit= -h --help
history run: -h --help
history show: -h --help
import frame: --option= --team= --replace -h --help
import jdbc: --schema= --table= --user= --password= --team= --replace -h --help
import session: --from-catalog= --database= --prefix= --team= --replace -h --help
import sql: --team= --replace -h --help
jar: -h --help
job export: --env= -h --help
jobs: --team= -c= --cluster= --pool= --tag= --env= --problems --others --live -h --help
logs: --process= --level= --grep= --since= -n= --lines= --list --file= --env= -h --help
move: --pool= -c= --cluster= --to= --lost --env= --why= --no-wait --timeout= -h --help
plot backpressure: --since= --until= --env= -o= --output= -h --help
plot checkpoints: --since= --until= --compare= --env= -o= --output= -h --help
plot flame: --kind= --subtask= --env= -o= --output= -h --help
plot graph: --env= -o= --output= -h --help
plot lag: --since= --until= --compare= --env= -o= --output= -h --help
plot metrics: --metric= --since= --until= --compare= --env= -o= --output= -h --help
plot skew: --since= --until= --compare= --env= -o= --output= -h --help
plot timeline: --since= --until= --env= -o= --output= -h --help
pool: -h --help
pool create: --label= --description= -h --help
pool delete: -h --help
pool list: -h --help
promote: --cell= --notebook --start --check --env= -c= --cluster= --pool= -D= --tag= --note= --ignore= --state= --no-wait --timeout= -h --help
queries: --end= --cell= -h --help
recover: --on= --no-wait --timeout= -h --help
report: --since= -o= --output= --no-doctor --env= -h --help
restart: --team= -c= --cluster= --tag= --env= --why= --no-wait --timeout= -h --help
revert: --note= --force -h --help
rollback: --to= --state= --env= --why= --no-wait --timeout= -h --help
savepoint: --canonical --env= --why= --no-wait --timeout= -h --help
scale: --env= --why= --no-wait --timeout= -h --help
search: --team= -l= --limit= -h --help
session: -h --help
session delete: -h --help
session list: -h --help
session save: -h --help
session use: -h --help
snippets: -h --help
snippets delete: -h --help
start: --from= --empty --state= --team= -c= --cluster= --tag= --env= --why= --no-wait --timeout= -h --help
status: -h --help
stop: --drain --team= -c= --cluster= --tag= --env= --why= --no-wait --timeout= -h --help
tables: --team= --kind= --connector= --tag= -l= --limit= -h --help
team: -h --help
threads: --process= --grep= --env= -h --help
tree: -h --help
up: --flink= -h --help
upgrade: --state= --env= --why= --no-wait --timeout= -h --help
use: -h --help
vars: --team= --env= -h --help
vars delete: -h --help
vars set: --env= --type= --secret --ask --description= -h --help
vars used: -h --help
versions: --env= -h --help
watch: -c= --cluster= --team= --here --env= -h --help
yarn: -h --help
yarn add: --rm= --hadoop-conf= --auth= --user= --proxy-user= --keytab= --password= --token= --header= --ca= --flink-home= -D= --description= -h --help
yarn delete: -h --help
yarn list: -h --help
yarn queues: -h --help
`;
