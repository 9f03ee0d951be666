from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy import URL

from flinklab.catalog.urls import default_path, default_url, masked, parse_url, place, sqlite_path
from flinklab.domain.errors import UsageError

WORDS = st.text(st.characters(exclude_categories=["C"]), min_size=1, max_size=20)


@pytest.mark.parametrize("scheme", ["postgresql", "postgres", "postgresql+psycopg", "postgresql+psycopg2"])
def test_every_way_to_write_postgresql_means_psycopg_3(scheme: str) -> None:
    url = parse_url(f"{scheme}://ann@host:5433/flinklab")
    assert url.drivername == "postgresql+psycopg"
    assert place(url) == "flinklab at host:5433"
    assert masked(url) == "postgresql://ann@host:5433/flinklab"
    assert sqlite_path(url) is None


def test_a_file_is_absolute_and_its_home_is_found(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("HOME", str(tmp_path / "home"))
    assert sqlite_path(parse_url("sqlite:///a/b.db")) == tmp_path / "a" / "b.db"
    assert sqlite_path(parse_url("sqlite:///~/b.db")) == tmp_path / "home" / "b.db"
    assert sqlite_path(parse_url("sqlite:////x/b.db")) == Path("/x/b.db")
    assert place(parse_url("sqlite:////x/b.db")) == "/x/b.db"
    assert masked(parse_url("sqlite:////x/b.db")) == "sqlite:////x/b.db"


def test_the_default_is_in_the_users_data_folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("XDG_DATA_HOME", str(tmp_path))
    assert default_path() == tmp_path / "flinklab" / "catalog.db"
    assert sqlite_path(parse_url(default_url())) == default_path()


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("", "cannot be read"),
        ("catalog.db", "cannot be read"),
        ("postgresql://host:port/x", "cannot be read"),
        ("sqlite://", "names no file"),
        ("sqlite:///:memory:", "names no file"),
        ("postgresql://ann@host", "names no database"),
        ("mysql://ann@host/x", "cannot be kept in mysql"),
    ],
)
def test_what_is_no_url_of_a_catalog(text: str, words: str) -> None:
    with pytest.raises(UsageError, match=words) as caught:
        parse_url(text)
    assert "sqlite:////path/to/catalog.db or postgresql://user@host/database" in str(caught.value.hint)


@given(password=WORDS, database=WORDS)
def test_no_password_is_shown_wherever_the_url_has_it(password: str, database: str) -> None:
    secret = f"<{password}>"
    for url in (
        URL.create("postgresql", "ann", secret, "host", None, database),
        URL.create("postgresql", "ann", None, "host", None, database, query={"password": secret}),
    ):
        parsed = parse_url(url.render_as_string(hide_password=False))
        assert parsed.password == secret
        assert parsed.database == database
        shown = masked(parsed)
        assert "***" in shown
        assert parse_url(shown).password == "***"
        assert parse_url(shown).database == database
    certificate = URL.create("postgresql", "ann", None, "host", None, database, query={"sslpassword": secret})
    assert parse_url(masked(parse_url(certificate.render_as_string()))).query["sslpassword"] == "***"


@given(st.text(max_size=40))
def test_no_text_breaks_it_or_is_repeated(text: str) -> None:
    try:
        parse_url(f"x:{text}")
    except UsageError as error:
        assert error.message in ("the catalog's URL cannot be read",) or "cannot be kept in" in error.message
