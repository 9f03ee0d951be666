from __future__ import annotations

import dataclasses
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from flinklab.domain.errors import UsageError
from flinklab.local import LocalSettings
from flinklab.settings import Settings, load_settings


def pyproject(folder: Path, table: str) -> Path:
    folder.mkdir(parents=True, exist_ok=True)
    path = folder / "pyproject.toml"
    path.write_text(f"[project]\nname = 'x'\n\n[tool.flinklab]\n{table}\n", encoding="utf-8")
    return path


def test_without_anything_set_the_defaults_hold(tmp_path: Path) -> None:
    assert load_settings(tmp_path, {}) == Settings()
    assert Settings().for_local() == {}


def test_the_environment_is_read(tmp_path: Path) -> None:
    environ = {
        "FLINKLAB_STATE_DIR": "state",
        "FLINKLAB_JARS_DIR": "/jars",
        "FLINKLAB_SLOTS": "4",
        "FLINKLAB_START_TIMEOUT": "1.5",
        "FLINKLAB_GATEWAY_URL": "http://gateway:8083/",
        "OTHER": "x",
    }
    settings = load_settings(tmp_path, environ)
    assert settings == Settings(
        state_dir=tmp_path / "state",
        jars_dir=Path("/jars"),
        slots=4,
        start_timeout=1.5,
        gateway_url="http://gateway:8083",
    )


def test_the_nearest_pyproject_is_read(tmp_path: Path) -> None:
    pyproject(tmp_path, "slots = 1")
    pyproject(tmp_path / "a", 'slots = 2\nlimit = 5\njars-dir = "jars"')
    (tmp_path / "a" / "b").mkdir()
    settings = load_settings(tmp_path / "a" / "b", {})
    assert settings == Settings(slots=2, limit=5, jars_dir=tmp_path / "a" / "jars")


def test_a_pyproject_of_others_sets_nothing(tmp_path: Path) -> None:
    (tmp_path / "pyproject.toml").write_text("[tool.ruff]\nline-length = 100\n")
    assert load_settings(tmp_path, {}) == Settings()


def test_the_environment_wins(tmp_path: Path) -> None:
    pyproject(tmp_path, "slots = 2\nlimit = 5")
    assert load_settings(tmp_path, {"FLINKLAB_SLOTS": "3"}) == Settings(slots=3, limit=5)
    assert load_settings(tmp_path, {"FLINKLAB_SLOTS": ""}) == Settings(slots=2, limit=5)


def test_what_is_set_of_the_embedded_flink_suits_it(tmp_path: Path) -> None:
    settings = Settings(state_dir=tmp_path, slots=3, taskmanager_memory=1500, gateway_url="http://x", limit=3)
    local = LocalSettings(**settings.for_local())
    assert (local.state_dir, local.slots, local.taskmanager_memory) == (tmp_path, 3, 1500)
    everything = {field.name: "x" for field in dataclasses.fields(Settings)}
    known = {field.name for field in dataclasses.fields(LocalSettings)}
    assert set(Settings(**everything).for_local()) <= known  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("name", "suggestion"),
    [("FLINKLAB_SLOT", "did you mean FLINKLAB_SLOTS?"), ("FLINKLAB_XYZZY", "FLINKLAB_STATE_DIR")],
)
def test_an_unknown_variable_gets_a_suggestion(tmp_path: Path, name: str, suggestion: str) -> None:
    with pytest.raises(UsageError, match=f"unknown setting {name}") as caught:
        load_settings(tmp_path, {name: "1"})
    assert suggestion in (caught.value.hint or "")


def test_an_unknown_key_gets_a_suggestion_and_its_file(tmp_path: Path) -> None:
    path = pyproject(tmp_path, "row_kept = 3")
    with pytest.raises(UsageError) as caught:
        load_settings(tmp_path, {})
    assert caught.value.message == f"unknown setting tool.flinklab.row_kept in {path}"
    assert caught.value.hint == "did you mean tool.flinklab.rows_kept?"


@pytest.mark.parametrize(
    ("line", "words"),
    [
        ("slots = 'four'", "must be a whole number of at least 1, not 'four'"),
        ("slots = 1.5", "must be a whole number"),
        ("slots = true", "must be a whole number"),
        ("slots = 0", "must be a whole number of at least 1, not 0"),
        ("start_timeout = '5'", "must be a number of seconds above 0"),
        ("start_timeout = -1", "must be a number of seconds above 0"),
        ("timeout = nan", "must be a number of seconds above 0"),
        ("query_max_life = inf", "must be a number of seconds above 0"),
        ("state_dir = 3", "must be a path"),
        ("maven_mirror = 'example'", "must be a URL"),
        ("gateway_url = 8083", "must be a URL"),
        ("catalog_url = 'mysql://host/db'", "must be a URL such as sqlite:"),
        ("team = ''", "must be a name of 1 to 255 characters"),
        ('team = "a\\u0007b"', "must be a name of 1 to 255 characters"),
        (f"environment = '{'x' * 256}'", "must be a name of 1 to 255 characters"),
        ("search_path = 7", "must be names with commas between them, or a list of names"),
        ("search_path = ['a', 7]", "must be names with commas between them, or a list of names"),
        ("search_path = 'a,,b'", "must be names with commas between them, or a list of names"),
    ],
)
def test_a_wrong_value_says_what_is_right(tmp_path: Path, line: str, words: str) -> None:
    path = pyproject(tmp_path, line)
    with pytest.raises(UsageError, match=words) as caught:
        load_settings(tmp_path, {})
    assert f"tool.flinklab.{line.split()[0]} in {path}" in caught.value.message


@pytest.mark.parametrize("name", ["catalog_url", "catalog_password", "catalog_key"])
def test_what_may_be_a_secret_is_not_shown(tmp_path: Path, name: str) -> None:
    with pytest.raises(UsageError, match=f"FLINKLAB_{name.upper()} must be") as caught:
        load_settings(tmp_path, {f"FLINKLAB_{name.upper()}": "mysql://ann:hunter2@host/db"})
    assert "hunter2" not in str(caught.value)
    url = "postgresql://ann:hunter2@host/db"
    assert load_settings(tmp_path, {"FLINKLAB_CATALOG_URL": url}).catalog_url == url
    assert "hunter2" not in repr(Settings(catalog_url=url))


def test_the_catalog_is_set(tmp_path: Path) -> None:
    pyproject(
        tmp_path,
        'team = "risk"\nsearch_path = ["risk", "o\'neil, all", "risk"]\nenvironment = "test"\n'
        'catalog_url = "postgresql://ann@db/flinklab"\ncatalog_password = "env:DB_PASSWORD"',
    )
    settings = load_settings(tmp_path, {"FLINKLAB_CATALOG_KEY": "file:~/key", "FLINKLAB_TEAM": "fraud"})
    assert settings == Settings(
        catalog_url="postgresql://ann@db/flinklab",
        catalog_password="env:DB_PASSWORD",
        catalog_key="file:~/key",
        team="fraud",
        search_path=("risk", "o'neil, all"),
        environment="test",
    )


VISIBLE = st.text(st.characters(exclude_categories=["C", "Z"], exclude_characters=","), min_size=1, max_size=20)


@given(st.lists(VISIBLE, min_size=1, max_size=5, unique=True))
def test_a_search_path_is_the_same_as_text_and_as_a_list(names: list[str]) -> None:
    text = load_settings(Path("/nothing"), {"FLINKLAB_SEARCH_PATH": " , ".join(names)})
    assert text.search_path == tuple(names)


def test_a_pyproject_that_is_no_toml_is_named(tmp_path: Path) -> None:
    (tmp_path / "pyproject.toml").write_text("[tool")
    with pytest.raises(UsageError, match=r"pyproject\.toml cannot be read"):
        load_settings(tmp_path, {})


@given(st.integers(1, 10**9))
def test_both_places_agree_on_numbers(tmp_path_factory: pytest.TempPathFactory, number: int) -> None:
    folder = tmp_path_factory.mktemp("x")
    pyproject(folder, f"rows_kept = {number}\ntimeout = {number}")
    from_file = load_settings(folder, {})
    from_environment = load_settings(
        folder.parent / "nothing", {"FLINKLAB_ROWS_KEPT": str(number), "FLINKLAB_TIMEOUT": str(number)}
    )
    assert from_file == from_environment == Settings(rows_kept=number, timeout=float(number))


@given(
    st.sampled_from(["SLOTS", "TIMEOUT", "GATEWAY_URL", "CATALOG_URL", "CATALOG_KEY", "TEAM", "SEARCH_PATH"]),
    st.text(st.characters(blacklist_categories=["Cs"], blacklist_characters="\0"), max_size=20),
)
def test_no_text_in_the_environment_breaks_it(name: str, text: str) -> None:
    try:
        load_settings(Path("/"), {f"FLINKLAB_{name}": text})
    except UsageError as error:
        assert f"FLINKLAB_{name} must be" in error.message


def test_every_setting_is_documented() -> None:
    for field in dataclasses.fields(Settings):
        assert f"`{field.name}`" in (Settings.__doc__ or "")


def test_the_embedded_flink_has_a_version(tmp_path: Path) -> None:
    pyproject(tmp_path, 'flink_version = "1.20"')
    assert load_settings(tmp_path, {}).flink_version == "1.20"
    settings = load_settings(tmp_path, {"FLINKLAB_FLINK_VERSION": " 1.20.3 "})
    assert LocalSettings(**settings.for_local()).flink_version == "1.20.3"
    pyproject(tmp_path, "flink_version = 1.20")  # TOML reads 1.2
    with pytest.raises(UsageError, match=r"flink_version in .* must be a version of Flink as text"):
        load_settings(tmp_path, {})
    with pytest.raises(UsageError, match="must be a version of Flink"):
        load_settings(tmp_path, {"FLINKLAB_FLINK_VERSION": "newest"})


def test_homes_of_flink_are_read_by_minor_version(tmp_path: Path) -> None:
    wanted = {"1.20": tmp_path / "flink", "2.3": Path("/opt/flink-2.3.0")}
    environ = {"FLINKLAB_FLINK_HOMES": "1.20.3=flink, 2.3=/opt/flink-2.3.0"}
    assert load_settings(tmp_path, environ).flink_homes == wanted
    pyproject(tmp_path, 'flink_homes = { "1.20" = "flink", "2.3" = "/opt/flink-2.3.0" }')
    settings = load_settings(tmp_path, {})
    assert settings.flink_homes == wanted
    assert LocalSettings(**settings.for_local()).flink_homes == wanted


@pytest.mark.parametrize("text", ["/opt/flink", "1.20", "1.20=", "newest=/opt/flink", "1.20=/opt/flink,"])
def test_what_names_no_homes_is_refused(tmp_path: Path, text: str) -> None:
    with pytest.raises(
        UsageError, match=r"FLINKLAB_FLINK_HOMES must be folders by Flink's minor version, as in 1\.20="
    ):
        load_settings(tmp_path, {"FLINKLAB_FLINK_HOMES": text})


def test_a_home_of_flink_is_a_path(tmp_path: Path) -> None:
    pyproject(tmp_path, 'flink_homes = { "1.20" = 3 }')
    with pytest.raises(UsageError, match=r"tool\.flinklab\.flink_homes in .* must be folders"):
        load_settings(tmp_path, {})
