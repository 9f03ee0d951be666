"""The options of Flink's formats, without the format's name before them.

Every key is one that the `ConfigOption`s in the jars of Flink 2.3.0 name.
"""

# ruff: noqa: E501 - an option is a line
from __future__ import annotations

from flinklab.sql.completing.option import Option, required

_TIMESTAMPS = ("SQL", "ISO-8601")
_NULL_KEYS = ("FAIL", "DROP", "LITERAL")
_IGNORE = Option("ignore-parse-errors", "boolean", "false", "leave out fields and rows that cannot be read")
_TIMESTAMP = Option("timestamp-format.standard", "enum", "SQL", "how timestamps are written", values=_TIMESTAMPS)
_NULL_KEY = Option(
    "map-null-key.mode", "enum", "FAIL", "what happens to a null as the key of a map", values=_NULL_KEYS
)
_NULL_LITERAL = Option("map-null-key.literal", "string", "null", "the key in its place, with LITERAL")
_PLAIN_DECIMAL = Option(
    "encode.decimal-as-plain-number", "boolean", "false", "no exponents: 0.000000027, not 2.7E-8"
)
_NO_NULLS = Option("encode.ignore-null-fields", "boolean", "false", "write only the fields that are not null")
_JSON = (_IGNORE, _TIMESTAMP, _NULL_KEY, _NULL_LITERAL, _PLAIN_DECIMAL, _NO_NULLS)
_REGISTRY = (
    required("url", "string", "address of the schema registry; several with commas"),
    Option("subject", "string", "", "subject that the schema is registered under when rows are written"),
    Option("schema", "string", "", "the schema itself, instead of the one made from the columns"),
    Option("basic-auth.credentials-source", "string", "", "where the name and password come from"),
    Option("basic-auth.user-info", "string", "", "name:password for the registry"),
    Option("bearer-auth.credentials-source", "string", "", "where the bearer token comes from"),
    Option("bearer-auth.token", "string", "", "a bearer token for the registry"),
    Option("ssl.keystore.location", "string", "", "file of the own key"),
    Option("ssl.keystore.password", "string", "", "password of that file"),
    Option("ssl.truststore.location", "string", "", "file of the certificates to trust"),
    Option("ssl.truststore.password", "string", "", "password of that file"),
    Option("properties", "map", "", "other properties for the client of the registry"),
)
_DATABASE = (
    Option("database.include", "string", "", "only changes of databases that match this regular expression"),
    Option("table.include", "string", "", "only changes of tables that match this regular expression"),
)

FORMATS: dict[str, tuple[Option, ...]] = {
    "json": (
        Option("fail-on-missing-field", "boolean", "false", "end with an error when a field is not there"),
        *_JSON,
        Option("decode.json-parser.enabled", "boolean", "true", "read with the faster parser"),
    ),
    "csv": (
        Option("field-delimiter", "string", ",", "what stands between fields"),
        Option("disable-quote-character", "boolean", "false", "quotes mean nothing"),
        Option("quote-character", "string", '"', "what stands around a field"),
        Option("allow-comments", "boolean", "false", "leave out lines that begin with #"),
        _IGNORE,
        Option("array-element-delimiter", "string", ";", "what stands between the elements of arrays and rows"),
        Option("escape-character", "string", "", "what makes the next character itself"),
        Option("null-literal", "string", "", "what is written for null"),
        Option("write-bigdecimal-in-scientific-notation", "boolean", "true", "1E+5, not 100000"),
    ),
    "avro": (
        Option("encoding", "enum", "binary", "how records are written", values=("binary", "json")),
        Option(
            "codec", "enum", "snappy", "how files are compressed",
            values=("null", "deflate", "snappy", "bzip2", "xz", "zstandard"),
        ),
        Option("timestamp_mapping.legacy", "boolean", "true", "the mapping of timestamps of Flink before 1.19"),
        _IGNORE,
    ),
    "avro-confluent": _REGISTRY,
    "debezium-json": (
        Option("schema-include", "boolean", "false", "the messages hold their schema, too"),
        *_JSON,
    ),
    "debezium-avro-confluent": _REGISTRY,
    "canal-json": (*_JSON, *_DATABASE),
    "maxwell-json": _JSON,
    "ogg-json": _JSON,
    "raw": (
        Option("charset", "string", "UTF-8", "of strings", values=("UTF-8", "ISO-8859-1", "UTF-16", "US-ASCII")),
        Option("endianness", "enum", "big-endian", "order of bytes in numbers", values=("big-endian", "little-endian")),
    ),
    "parquet": (
        Option("utc-timezone", "boolean", "false", "timestamps are in UTC, not in the local time zone"),
        Option("timestamp.time.unit", "enum", "micros", "how fine timestamps are", values=("nanos", "micros", "millis")),
        Option("write.int64.timestamp", "boolean", "false", "timestamps as INT64, not as INT96"),
        Option(
            "compression", "string", "SNAPPY", "how files are compressed",
            values=("SNAPPY", "GZIP", "ZSTD", "LZ4", "UNCOMPRESSED"),
        ),
    ),
    "orc": (
        Option(
            "compress", "string", "ZLIB", "how files are compressed", values=("ZLIB", "SNAPPY", "ZSTD", "LZ4", "NONE")
        ),
    ),
    "protobuf": (
        required("message-class-name", "string", "full name of the generated message class"),
        _IGNORE,
        Option("read-default-values", "boolean", "false", "defaults in the place of what is not set"),
        Option("write-null-string-literal", "string", "", "what is written for null in maps and arrays"),
    ),
}  # fmt: skip
