"""The tree: its pages joined are the whole, also while somebody adds something, and what a search finds fits it."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from flinklab.api.catalog_tree import TreeNode, tree_children, tree_search
from flinklab.catalog.catalog import Catalog
from flinklab.domain.definitions import Definition, Name
from flinklab.domain.errors import NotFoundError, UsageError
from flinklab.sql.ddl import read_ddl
from flinklab.sql.identifiers import quote

from .conftest import Fresh

ODD = (
    "a",
    "A",
    "aa",
    "a_a",
    "a-a",
    "a a",
    "B",
    "b",
    "_",
    "z",
    "Z",
    "ä",
    "é",
    "日",
    "𝄞",
    "`",
    "'",
    "%",
    "0",
    "10",
    "9",
)
names = st.lists(
    st.sampled_from(ODD) | st.text("abAB_ -é日%`", min_size=1, max_size=4), unique=True, min_size=1, max_size=12
).map(lambda found: [name for name in found if name.strip() == name and name])
WORDS = ("orders", "clicks", "amount", "éclair", "日付", "a%b", "x_y")
STEPS = settings(max_examples=12, deadline=None)


def define(catalog: Catalog, name: str, column: str = "id", comment: str = "") -> None:
    quoted = comment.replace("'", "''")
    text = f"CREATE TABLE {quote(name)} ({quote(column)} INT) COMMENT '{quoted}' WITH ('connector' = 'datagen')"
    ddl = read_ddl(text)
    catalog.definitions.save(Definition(Name("my", name), ddl.kind, text, ddl.facts), expected=None)


def pages(catalog: Catalog, limit: int, between: list[str] | None = None) -> list[list[str]]:
    """The labels of all pages of the tables; a name of `between` is added before each but the first."""
    found, after, more = [], "", list(between or [])
    while True:
        page = tree_children(catalog, ("my", "table"), after, limit)
        found.append([each.label for each in page.nodes])
        if page.after is None:
            return found
        after = page.after
        if more:
            define(catalog, more.pop())


@STEPS
@given(names=names, limit=st.integers(1, 5))
def test_pages_joined_are_the_whole(fresh: Fresh, names: list[str], limit: int) -> None:
    with fresh() as catalog:
        for name in names:
            define(catalog, name)
        found = pages(catalog, limit)
        joined = [label for page in found for label in page]
        assert sorted(joined) == sorted(names)
        assert joined == [each.label for each in tree_children(catalog, ("my", "table"), limit=1000).nodes]
        assert all(len(page) == limit for page in found[:-1])


@STEPS
@given(names=names, added=names, limit=st.integers(1, 4))
def test_what_is_added_between_pages_doubles_and_hides_nothing(
    fresh: Fresh, names: list[str], added: list[str], limit: int
) -> None:
    new = [name for name in added if name not in names]
    with fresh() as catalog:
        for name in names:
            define(catalog, name)
        joined = [label for page in pages(catalog, limit, new) for label in page]
    assert len(joined) == len(set(joined))
    assert set(names) <= set(joined) <= {*names, *new}


def test_both_databases_turn_the_pages_of_any_names(catalog: Catalog) -> None:
    """Each sorts by its own rules; a page has to go on by the same ones."""
    for name in ODD:
        define(catalog, name)
    for limit in (1, 2, 7, len(ODD)):
        joined = [label for page in pages(catalog, limit) for label in page]
        assert sorted(joined) == sorted(ODD)


@STEPS
@given(
    tables=st.lists(st.tuples(st.sampled_from(WORDS), st.sampled_from(WORDS), st.sampled_from(WORDS)), max_size=8),
    asked=st.lists(st.sampled_from((*WORDS, "ORD", "nt", "lic", "付", "%", "_")), min_size=1, max_size=2),
)
def test_what_is_found_has_every_word_in_it(
    fresh: Fresh, tables: list[tuple[str, str, str]], asked: list[str]
) -> None:
    texts = {}
    with fresh() as catalog:
        for number, (name, column, comment) in enumerate(tables):
            define(catalog, f"{name}{number}", column, comment)
            texts[f"my.{name}{number}"] = f"my {name}{number} {column} {comment} datagen"
        found = [each.label for each in tree_search(catalog, " ".join(asked)).nodes]
    has_all = {label for label, text in texts.items() if all(word.lower() in text.lower() for word in asked)}
    assert set(found) <= has_all
    assert len(found) == len(set(found))
    if all(len(word) >= 3 for word in asked):  # of a shorter one the first letters of a name are looked at
        assert set(found) == has_all


def test_who_looks_for_nothing_finds_nothing(catalog: Catalog) -> None:
    define(catalog, "orders")
    assert tree_search(catalog, "  ").nodes == ()


def test_the_way_down_is_team_kind_name_column(catalog: Catalog) -> None:
    define(catalog, "orders", "amount", "all orders")
    (team,) = tree_children(catalog).nodes
    assert (team.path, team.detail, team.opens) == (("my",), "1", True)
    (kind,) = tree_children(catalog, team.path).nodes
    assert (kind.path, kind.label, kind.detail) == (("my", "table"), "Tables", "1")
    (table,) = tree_children(catalog, kind.path).nodes
    assert table == TreeNode(("my", "table", "orders"), "orders", "table", "datagen", "all orders", True)
    (column,) = tree_children(catalog, table.path).nodes
    assert (column.path, column.detail, column.opens) == ((*table.path, "amount"), "INT", False)


@pytest.mark.parametrize(
    ("path", "error", "said"),
    [
        (("my", "tabel"), UsageError, "did you mean table?"),
        (("my", "tabel", "orders"), UsageError, "did you mean table?"),
        (("my", "table", "ordres"), NotFoundError, "ordres"),
        (("yours", "table"), NotFoundError, "yours"),
        (("my", "table", "orders", "id", "more"), UsageError, "open the tree from its root"),
    ],
)
def test_a_path_that_leads_nowhere_says_so(
    catalog: Catalog, path: tuple[str, ...], error: type[Exception], said: str
) -> None:
    with pytest.raises(error, match=said):
        tree_children(catalog, path)
