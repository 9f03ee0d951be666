"""What is searched of a definition, as one text that an index of trigrams can serve for every script."""

from __future__ import annotations

import unicodedata
from collections.abc import Iterable
from functools import lru_cache

from flinklab.domain.definitions import Definition

IN_INDEX = 3
"""Letters that a word has at least, folded, to be in an index of trigrams."""


class _Codes(dict[int, str]):
    """What stands for a character: itself for a small ASCII letter and a digit, else a capital and its code."""

    def __missing__(self, code: int) -> str:
        character = chr(code)
        plain = character.isascii() and character.isalnum()
        self[code] = character if plain else " " if character.isspace() else f"Q{code:x}"
        return self[code]


_CODES = _Codes({ord("_"): "Z"})


def fold(text: str) -> str:
    """The text in ASCII letters and digits, with single spaces: `订_A` is `Q8ba2Za`.

    Two letters of Chinese are a word, and as they are too few for a trigram; PostgreSQL moreover takes no trigrams
    from them under the locale C, nor across a `_`, so that `order_id` would be found wherever both words are. What
    is left has no character that LIKE or FTS5 reads as an operator.
    """
    return " ".join(unicodedata.normalize("NFKC", text).casefold().translate(_CODES).split())


def search_text(definition: Definition) -> str:
    """`name LF columns TAB the rest`, each folded, with spaces around each column and tag."""
    facts = definition.facts
    columns = " ".join(fold(column.name) for column in facts.columns)
    rest = (facts.connector, *definition.tags, facts.comment, *(column.comment for column in facts.columns))
    return f"{fold(definition.name.name)}\n {columns} \t {' '.join(fold(text) for text in rest if text)} "


def words_of(text: str) -> tuple[str, ...]:
    """The words that a person searches for, each once."""
    return tuple(dict.fromkeys(fold(text).split()))


def reason(places: Iterable[tuple[str, str]], words: tuple[str, ...]) -> str:
    """Where each of the words was found, by places and their texts: `name`, `name, column order_id`, `tag ods`."""
    folded = [(place, _folded(text)) for place, text in places if text]
    found = [[(place, text) for place, text in folded if word in text] for word in words]
    # The name before all, and a whole column or tag before a part of one.
    best = [
        min(some, key=lambda found: (found[0] != "name", found[1] != word))
        for word, some in zip(words, found, strict=True)
        if some
    ]
    return ", ".join(dict.fromkeys(place for place, _ in best))


_folded = lru_cache(4_096)(fold)  # tables of one house share most names of columns
