from __future__ import annotations

from flinklab.domain.definitions import DefinitionKind, Name
from flinklab.domain.errors import StatementInvalidError
from flinklab.sharing.imports import from_session, secrets_as_variables

TEXTS = {
    ("c", "dw", "orders"): "CREATE TABLE `c`.`dw`.`orders` (\n  `id` BIGINT\n)\nWITH (\n  'connector' = 'kafka'\n)",
    ("c", "dw", "v"): "CREATE VIEW `c`.`dw`.`v` AS SELECT `id` FROM `c`.`dw`.`orders` JOIN `c`.`ods`.`users`",
    (
        "c",
        "ods",
        "users",
    ): "CREATE TABLE `c`.`ods`.`users` (`id` INT) WITH ('connector'='jdbc', 'password'='s3cret')",
    ("c", "ods", "orders"): "CREATE TABLE `c`.`ods`.`orders` (`id` INT) WITH ('connector'='jdbc')",
    ("c", "ods", "strange"): "CREATE EXOTIC TABLE x",
}


class Flink:
    """A session whose catalogs hold `TEXTS`."""

    def __init__(self) -> None:
        self.ran: list[str] = []

    def run(self, sql: str) -> list[tuple[object, ...]]:
        self.ran.append(sql)
        name = tuple(part for part in sql.split("`")[1::2])
        if sql == "SHOW CATALOGS":
            return [("c",)]
        if sql.startswith("SHOW DATABASES"):
            return [("dw",), ("ods",), ("empty",)]
        if sql.startswith("SHOW TABLES"):
            return [(path[2],) for path in [*TEXTS, ("c", "ods", "gone")] if path[:2] == name]
        if name not in TEXTS:
            raise StatementInvalidError("it does not exist")
        if sql.startswith("SHOW CREATE TABLE") and "CREATE VIEW" in TEXTS[name]:
            raise StatementInvalidError("SHOW CREATE TABLE is only supported for tables, but v is a view.")
        return [(TEXTS[name],)]


def test_all_tables_and_views_become_the_teams() -> None:
    lines: list[str] = []
    found = from_session(Flink().run, "my", "ann", progress=lines.append)
    by_name = {each.name: each for each in found.definitions}
    assert set(by_name) == {Name("my", "orders"), Name("my", "v"), Name("my", "users")}
    view = by_name[Name("my", "v")]
    assert view.kind is DefinitionKind.VIEW
    assert view.ddl == "CREATE VIEW `v` AS SELECT `id` FROM `orders` JOIN `users`"
    assert (view.owner, view.note) == ("ann", "imported from `c`.`dw`.`v`")
    assert by_name[Name("my", "orders")].facts.connector == "kafka"
    assert lines == ["c.dw: 2 tables and views", "c.ods: 4 tables and views", "c.empty: 0 tables and views"]


def test_what_could_not_become_one_is_noted() -> None:
    notes = from_session(Flink().run, "my", "ann").notes
    assert len(notes) == 4
    assert "`c`.`ods`.`gone` was left out: it does not exist" in notes
    assert "`c`.`ods`.`orders` was left out: the name orders is taken; import it with a prefix" in notes
    assert [note for note in notes if note.startswith("`c`.`ods`.`strange` was left out: expected CREATE")]
    assert [note for note in notes if "`%flink vars set users_password --secret`" in note]


def test_a_secret_becomes_a_variable() -> None:
    found = from_session(Flink().run, "my", "ann", databases=["ods"], prefix="ods_")
    users = next(each for each in found.definitions if each.name.name == "ods_users")
    assert "'password'='${ods_users_password}'" in users.ddl
    assert "s3cret" not in repr(found)
    assert {each.name.name for each in found.definitions} == {"ods_users", "ods_orders"}


def test_only_the_named_catalogs_are_read() -> None:
    flink = Flink()
    from_session(flink.run, "my", "ann", catalogs=["c"], databases=["dw"])
    assert "SHOW CATALOGS" not in flink.ran
    assert not [sql for sql in flink.ran if "`ods`.`" in sql]


def test_what_the_catalog_brought_is_not_imported() -> None:
    found = from_session(Flink().run, "my", "ann", skip={("c", "dw", "orders")})
    assert next(each for each in found.definitions if each.name.name == "orders").note == (
        "imported from `c`.`ods`.`orders`"
    )


def test_texts_without_secrets_stay_as_they_are() -> None:
    notes: list[str] = []
    for text in ("CREATE VIEW v AS SELECT 'password'", TEXTS[("c", "ods", "orders")]):
        assert secrets_as_variables(text, Name("my", "x"), notes) == text
    assert notes == []
