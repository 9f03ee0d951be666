"""The options of the connectors that Flink's documentation describes.

The keys of Kafka (5.0.0), JDBC (4.0.0), HBase (4.0.0) are ones that the `ConfigOption`s in their jars name;
those of datagen, print, blackhole and filesystem are what a gateway of 2.3 names when one of them is wrong.
"""

# ruff: noqa: E501 - an option is a line
from __future__ import annotations

from flinklab.sql.completing.option import Option, required

_WATERMARKS = (
    Option(
        "scan.watermark.emit.strategy", "enum", "on-periodic", "when watermarks are sent",
        values=("on-periodic", "on-event"),
    ),
    Option("scan.watermark.idle-timeout", "duration", "", "after so long without rows a source holds nobody up"),
    Option("scan.watermark.alignment.group", "string", "", "sources of one group wait for each other"),
    Option("scan.watermark.alignment.max-drift", "duration", "", "how far a source may be ahead of its group"),
    Option("scan.watermark.alignment.update-interval", "duration", "1 s", "how often the group is asked"),
)  # fmt: skip
_SINK_PARALLELISM = Option("sink.parallelism", "int", "", "parallelism of the sink; else that of what comes before")
_SCAN_PARALLELISM = Option("scan.parallelism", "int", "", "parallelism of the source")
_FIELDS = Option(
    "value.fields-include", "enum", "ALL", "whether the columns of the key are in the value, too",
    values=("ALL", "EXCEPT_KEY"),
)  # fmt: skip
_SERVERS = required("properties.bootstrap.servers", "string", "the Kafka brokers, host:port with commas between")
_KAFKA_CLIENT = (
    Option("properties.security.protocol", "string", "", "how the brokers are reached",
           values=("PLAINTEXT", "SSL", "SASL_PLAINTEXT", "SASL_SSL")),
    Option("properties.sasl.mechanism", "string", "", "how to log in",
           values=("PLAIN", "SCRAM-SHA-256", "SCRAM-SHA-512", "GSSAPI", "OAUTHBEARER")),
    Option("properties.sasl.jaas.config", "string", "", "the login; keep it in a secret variable: ${name}"),
)  # fmt: skip
_OFFSETS = ("earliest-offset", "latest-offset", "group-offsets", "timestamp", "specific-offsets")
_TRANSACTIONS = (
    Option("sink.delivery-guarantee", "enum", "at-least-once", "what holds after a failure",
           values=("at-least-once", "exactly-once", "none")),
    Option("sink.transactional-id-prefix", "string", "", "of the transactions; exactly-once needs it"),
)  # fmt: skip
_BOUNDED = (
    Option("scan.bounded.mode", "enum", "unbounded", "where reading ends", values=("unbounded", *_OFFSETS[1:])),
    Option("scan.bounded.specific-offsets", "string", "", "partition:0,offset:42;partition:1,offset:300"),
    Option("scan.bounded.timestamp-millis", "long", "", "where reading ends, ms since 1970"),
)
_STARTUP = (
    Option("scan.startup.mode", "enum", "group-offsets", "where reading begins", values=_OFFSETS),
    Option("scan.startup.specific-offsets", "string", "", "partition:0,offset:42;partition:1,offset:300"),
    Option("scan.startup.timestamp-millis", "long", "", "where reading begins, ms since 1970"),
)
_BUFFER = (
    Option("sink.buffer-flush.max-rows", "int", "0", "rows that are kept before they are written; 0: none"),
    Option(
        "sink.buffer-flush.interval", "duration", "0 s", "how long rows are kept before they are written; 0: not"
    ),
)
_LOOKUP = (
    Option("lookup.cache", "enum", "NONE", "whether looked up rows are kept", values=("NONE", "PARTIAL")),
    Option("lookup.partial-cache.max-rows", "long", "", "how many are kept"),
    Option("lookup.partial-cache.expire-after-write", "duration", "", "for how long since they came"),
    Option("lookup.partial-cache.expire-after-access", "duration", "", "for how long since they were used"),
    Option("lookup.partial-cache.cache-missing-key", "boolean", "true", "also that there is no such row"),
    Option("lookup.max-retries", "int", "3", "how often a lookup is tried again"),
)
_COMMON_FORMAT = required("format", "string", "how the rows are written")

CONNECTORS: dict[str, tuple[Option, ...]] = {
    "kafka": (
        required("topic", "string", "the topics to read, with `;` between, or the one to write"),
        _SERVERS,
        Option("format", "string", "", "how the value is written; this or value.format is needed", True),
        Option("topic-pattern", "string", "", "a regular expression for topics to read, instead of topic"),
        Option("properties.group.id", "string", "", "the consumer group"),
        *_STARTUP,
        *_BOUNDED,
        Option("scan.topic-partition-discovery.interval", "duration", "5 min", "how often new partitions are looked for; 0: never"),
        _SCAN_PARALLELISM,
        Option("key.format", "string", "", "how the key is written; key.fields go with it"),
        Option("key.fields", "list", "", "the columns of the key, with `;` between"),
        Option("key.fields-prefix", "string", "", "what the names of the key's columns begin with"),
        Option("value.format", "string", "", "how the value is written, instead of format"),
        _FIELDS,
        Option("sink.partitioner", "string", "default", "which partition a row goes to", values=("default", "fixed", "round-robin")),
        *_TRANSACTIONS,
        _SINK_PARALLELISM,
        *_KAFKA_CLIENT,
        *_WATERMARKS,
    ),
    "upsert-kafka": (
        required("topic", "string", "the topic to read and write"),
        _SERVERS,
        required("key.format", "string", "how the key is written; its columns are the primary key"),
        required("value.format", "string", "how the value is written"),
        Option("key.fields-prefix", "string", "", "what the names of the key's columns begin with"),
        _FIELDS,
        Option("properties.group.id", "string", "", "the consumer group"),
        *_BOUNDED,
        _SCAN_PARALLELISM,
        *_BUFFER,
        *_TRANSACTIONS,
        _SINK_PARALLELISM,
        *_KAFKA_CLIENT,
        *_WATERMARKS,
    ),
    "jdbc": (
        required("url", "string", "JDBC address of the database: jdbc:postgresql://host:5432/name"),
        required("table-name", "string", "the table in the database"),
        Option("username", "string", "", "with password"),
        Option("password", "string", "", "keep it in a secret variable: ${name}"),
        Option("driver", "string", "", "class of the driver; else told by the address"),
        Option("compatible-mode", "string", "", "which database the address behaves like"),
        Option("connection.max-retry-timeout", "duration", "60 s", "how long to try to connect"),
        Option("scan.partition.column", "string", "", "a number or time by which reading is shared out"),
        Option("scan.partition.num", "int", "", "in how many parts"),
        Option("scan.partition.lower-bound", "long", "", "smallest value of the first part"),
        Option("scan.partition.upper-bound", "long", "", "largest value of the last part"),
        Option("scan.fetch-size", "int", "0", "rows per round trip; 0: as the driver likes"),
        Option("scan.auto-commit", "boolean", "true", "false lets PostgreSQL send rows as they are read"),
        *_LOOKUP,
        Option("sink.buffer-flush.max-rows", "int", "100", "rows that are kept before they are written"),
        Option("sink.buffer-flush.interval", "duration", "1 s", "how long rows are kept before they are written"),
        Option("sink.max-retries", "int", "3", "how often writing is tried again"),
        _SINK_PARALLELISM,
    ),
    "filesystem": (
        required("path", "string", "a folder or file: file:///data, s3://bucket/folder, hdfs://name/folder"),
        _COMMON_FORMAT,
        Option("source.monitor-interval", "duration", "", "look for new files so often; without it the table ends"),
        Option("source.path.regex-pattern", "string", "", "read only files whose whole path matches"),
        Option("source.report-statistics", "enum", "ALL", "whether the planner is told of sizes", values=("ALL", "NONE")),
        Option("partition.default-name", "string", "__DEFAULT_PARTITION__", "folder for null and empty values"),
        Option("partition.time-extractor.kind", "string", "default", "how a partition's time is read", values=("default", "custom")),
        Option("partition.time-extractor.class", "string", "", "class that reads it, with custom"),
        Option("partition.time-extractor.timestamp-pattern", "string", "", "$dt $hour:00:00"),
        Option("partition.time-extractor.timestamp-formatter", "string", "yyyy-MM-dd HH:mm:ss", "how that time is written"),
        Option("sink.rolling-policy.file-size", "size", "128 mb", "a file is closed at this size"),
        Option("sink.rolling-policy.rollover-interval", "duration", "30 min", "or after being open for so long"),
        Option("sink.rolling-policy.check-interval", "duration", "1 min", "how often that is looked at"),
        Option("sink.rolling-policy.inactivity-interval", "duration", "30 min", "or when nothing came for so long"),
        Option("auto-compaction", "boolean", "false", "put small files together"),
        Option("compaction.file-size", "size", "", "how large they are then"),
        Option("sink.partition-commit.trigger", "enum", "process-time", "what says that a partition is complete", values=("process-time", "partition-time")),
        Option("sink.partition-commit.delay", "duration", "0 s", "so long after its time"),
        Option("sink.partition-commit.watermark-time-zone", "string", "UTC", "time zone of the partition's time"),
        Option("sink.partition-commit.policy.kind", "string", "", "what is done then", values=("success-file", "metastore", "metastore,success-file", "custom")),
        Option("sink.partition-commit.policy.class", "string", "", "class that does it, with custom"),
        Option("sink.partition-commit.policy.class.parameters", "list", "", "for its constructor, with `;` between"),
        Option("sink.partition-commit.success-file.name", "string", "_SUCCESS", "name of the success-file"),
        Option("sink.shuffle-by-partition.enable", "boolean", "false", "fewer files: rows of a partition meet in one task"),
        _SINK_PARALLELISM,
        *_WATERMARKS,
    ),
    "datagen": (
        Option("rows-per-second", "long", "10000", "how fast rows are made"),
        Option("number-of-rows", "long", "", "after so many it ends"),
        _SCAN_PARALLELISM,
        Option("fields.#.kind", "enum", "random", "how values of the column are made", values=("random", "sequence")),
        Option("fields.#.min", "of the column", "", "smallest value, of random"),
        Option("fields.#.max", "of the column", "", "largest value, of random"),
        Option("fields.#.length", "int", "100", "length of strings, bytes, arrays and maps, of random"),
        Option("fields.#.var-len", "boolean", "false", "lengths up to it, not just that one"),
        Option("fields.#.max-past", "duration", "0 s", "how far back times go, of random"),
        Option("fields.#.null-rate", "float", "0", "share of nulls"),
        Option("fields.#.start", "of the column", "", "first value of a sequence"),
        Option("fields.#.end", "of the column", "", "last value of a sequence; the table ends there"),
    ),
    "print": (
        Option("print-identifier", "string", "", "what each line begins with"),
        Option("standard-error", "boolean", "false", "to standard error, not standard output"),
        _SINK_PARALLELISM,
    ),
    "blackhole": (),
    "elasticsearch-7": (
        required("hosts", "list", "http://host:9200, with `;` between"),
        required("index", "string", "the index; {column} and {now()|yyyy-MM-dd} in it are replaced"),
        Option("document-id.key-delimiter", "string", "_", "what stands between the parts of a document's id"),
        Option("username", "string", "", "with password"),
        Option("password", "string", "", "keep it in a secret variable: ${name}"),
        Option("format", "string", "json", "how documents are written"),
        Option("sink.delivery-guarantee", "enum", "at-least-once", "what holds after a failure", values=("at-least-once", "none")),
        Option("sink.bulk-flush.max-actions", "int", "1000", "actions in a request"),
        Option("sink.bulk-flush.max-size", "size", "2 mb", "size of a request"),
        Option("sink.bulk-flush.interval", "duration", "1 s", "how long actions are kept before they are sent"),
        Option("sink.bulk-flush.backoff.strategy", "enum", "DISABLED", "how a failed request is tried again", values=("DISABLED", "CONSTANT", "EXPONENTIAL")),
        Option("sink.bulk-flush.backoff.max-retries", "int", "", "how often"),
        Option("sink.bulk-flush.backoff.delay", "duration", "", "how long between"),
        Option("connection.path-prefix", "string", "", "what every address begins with: /v1"),
        _SINK_PARALLELISM,
    ),
    "hbase-2.2": (
        required("table-name", "string", "the table: namespace:table"),
        required("zookeeper.quorum", "string", "HBase's ZooKeeper: host:2181"),
        Option("zookeeper.znode.parent", "string", "/hbase", "HBase's folder in it"),
        Option("null-string-literal", "string", "null", "what a null string is written as"),
        Option("sink.buffer-flush.max-size", "size", "2 mb", "size of what is kept before it is written"),
        Option("sink.buffer-flush.max-rows", "int", "1000", "rows that are kept before they are written"),
        Option("sink.buffer-flush.interval", "duration", "1 s", "how long rows are kept before they are written"),
        Option("sink.ignore-null-value", "boolean", "false", "write no cell for null"),
        _SINK_PARALLELISM,
        Option("lookup.async", "boolean", "false", "look up without waiting"),
        *_LOOKUP,
    ),
}  # fmt: skip

EVERYWHERE = (Option("property-version", "int", "1", "version of the way options are written"),)
"""What Flink takes of every table; nobody needs to write it."""

CATALOGS: dict[str, tuple[Option, ...]] = {
    "generic_in_memory": (Option("default-database", "string", "default", "its first database"),),
    "jdbc": (
        required("base-url", "string", "JDBC address without the database: jdbc:postgresql://host:5432/"),
        required("default-database", "string", "the database to begin with"),
        required("username", "string", "with password"),
        required("password", "string", "keep it in a secret variable: ${name}"),
    ),
    "hive": (
        Option("hive-conf-dir", "string", "", "folder of hive-site.xml"),
        Option("default-database", "string", "default", "the database to begin with"),
        Option("hive-version", "string", "", "version of Hive; else told by its jars"),
        Option("hadoop-conf-dir", "string", "", "folder of Hadoop's configuration"),
    ),
}
"""By the `type` of a CREATE CATALOG."""
