"""Which options hold secrets, as Flink itself judges it."""

from __future__ import annotations

import re

from flinklab.domain.variables import MASK
from flinklab.sql.tokens import TokenKind, tokens
from flinklab.sql.variables import mentions

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


# A password inside of a URL: `jdbc:...?password=x`, `mongodb://ann:x@host`.
_IN_URL = re.compile(r"(?i)\b(?:password|pwd|secret|token)=(?P<named>[^&;\s]+)|://[^/\s:@]*:(?P<user>[^/\s@]+)@")


def is_sensitive(key: str) -> bool:
    """`fields.token.length` of a datagen connector is about a column."""
    folded = key.lower()
    return not folded.startswith("fields.") and any(part in folded for part in SENSITIVE)


def written_out(options: dict[str, str]) -> list[str]:
    """The keys of `options` whose values are secrets in clear, or hold one in a URL, and no `${name}`."""
    return [key for key, value in options.items() if _is_secret(key, value)]


def without_secrets(text: str) -> str:
    """A statement for others to read: `******` for each option's value that is a secret in clear."""
    parts: list[str] = []
    done = 0
    key, is_value = "", False
    for token in tokens(text):
        if token.kind is not TokenKind.STRING:
            is_value = token.text == "=" and bool(key)
            continue
        said = token.text[1:].removesuffix("'")
        if is_value and _is_secret(key, said):
            parts += text[done : token.offset], f"'{MASK}'"
            done = token.offset + len(token.text)
        key, is_value = "" if is_value else said, False
    return "".join(parts) + text[done:]


def _is_secret(key: str, value: str) -> bool:
    if is_sensitive(key):
        return bool(value) and not mentions(value)
    return any(not mentions(found["named"] or found["user"]) for found in _IN_URL.finditer(value))
