from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from fakes.sql_texts import any_text
from flinklab.sql.sensitive import is_sensitive, without_secrets, written_out


@pytest.mark.parametrize(
    ("key", "expected"),
    [
        ("password", True),
        ("properties.sasl.jaas.config", True),
        ("S3.Secret-Key", True),
        ("fs.azure.account.key.box", True),
        ("username", False),
        ("fields.token.length", False),  # a datagen column called token
    ],
)
def test_keys_that_flink_hides_are_sensitive(key: str, expected: bool) -> None:
    assert is_sensitive(key) is expected


@pytest.mark.parametrize(
    ("key", "value", "is_secret"),
    [
        ("password", "abc", True),
        ("password", "", False),
        ("password", "${pw}", False),
        ("password", "--${pw}", False),  # a value is no SQL: this is no comment
        ("password", "$${pw}", True),
        ("url", "jdbc:mysql://h/db?user=a&password=abc", True),
        ("url", "jdbc:mysql://h/db?user=a&password=${pw}", False),
        ("uri", "mongodb://ann:abc@h", True),
        ("uri", "mongodb://ann:${pw}@h", False),
        ("url", "jdbc:postgresql://h:5432/db", False),
        ("path", "s3://bucket/a:b@c", False),
        ("topic", "password", False),
    ],
)
def test_secrets_in_clear_are_seen(key: str, value: str, is_secret: bool) -> None:
    assert written_out({key: value, "connector": "x"}) == ([key] if is_secret else [])
    text = f"CREATE TABLE t (a INT) WITH ('{key}' = '{value}', 'connector'='x')"
    shown = without_secrets(text)
    assert shown == (text.replace(f"'{value}'", "'******'") if is_secret else text)


def test_all_values_of_a_statement_are_looked_at() -> None:
    text = "SET 'a.password'='x y'; SELECT 'password', 'x' FROM t /*+ OPTIONS('token'='it''s') */ -- 'token'='z'"
    assert without_secrets(text) == (
        "SET 'a.password'='******'; SELECT 'password', 'x' FROM t /*+ OPTIONS('token'='******') */ -- 'token'='z'"
    )


@given(any_text)
def test_any_text_is_read(text: str) -> None:
    assert without_secrets(without_secrets(text)) == without_secrets(text)


@given(st.text(st.characters(exclude_characters="${}\x00"), min_size=4).filter(lambda text: "*" not in text))
def test_no_value_of_a_password_is_left(value: str) -> None:
    quoted = value.replace("'", "''")
    assert without_secrets(f"SET 'password' = '{quoted}'") == "SET 'password' = '******'"
