"""Which options hold secrets, as Flink itself judges it."""

from __future__ import annotations

from flinklab.sql.variables import references

# SENSITIVE_KEYS of org.apache.flink.configuration.GlobalConfiguration: what Flink hides in its logs.
SENSITIVE = (
    "password",
    "secret",
    "fs.azure.account.key",
    "apikey",
    "api-key",
    "auth-params",
    "service-key",
    "token",
    "basic-auth",
    "jaas.config",
    "http-headers",
)


def is_sensitive(key: str) -> bool:
    folded = key.lower()
    return any(part in folded for part in SENSITIVE)


def written_out(options: dict[str, str]) -> list[str]:
    """The keys of `options` whose values are secrets in clear, and no `${name}`."""
    return [key for key, value in options.items() if is_sensitive(key) and value and not references(value)]
