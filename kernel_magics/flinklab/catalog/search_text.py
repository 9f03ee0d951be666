"""What is searched of a definition, as one text that an index of trigrams can serve for every script."""

from __future__ import annotations

import re
import unicodedata

from flinklab.domain.definitions import Definition

# PostgreSQL's pg_trgm takes trigrams from letters and digits, with one boundary after and two before a run of
# them; a word in which it finds none would make it read its whole index.
_HAS_TRIGRAM = re.compile(r"[a-z0-9]{3}|[a-z0-9]{2}[^a-z0-9]|[^a-z0-9][a-z0-9]")


def fold(text: str) -> str:
    """The text in small ASCII letters, with single spaces.

    Another letter becomes its code point (`订` is `u8ba2`): two letters of Chinese are a word, and too short for
    trigrams, which PostgreSQL moreover does not take from them under the locale C.
    """
    if text.isascii() and text.isprintable():
        return " ".join(text.lower().split())
    folded = unicodedata.normalize("NFKC", text).casefold()
    return " ".join("".join(map(_in_ascii, folded)).split())


def search_text(definition: Definition) -> str:
    """`name LF columns TAB the rest`, each folded, with spaces around each column and tag."""
    facts = definition.facts
    columns = " ".join(fold(column.name) for column in facts.columns)
    rest = (facts.connector, *definition.tags, facts.comment, *(column.comment for column in facts.columns))
    return f"{fold(definition.name.name)}\n {columns} \t {' '.join(fold(text) for text in rest if text)} "


def words_of(text: str) -> tuple[str, ...]:
    """The words that a person searches for, each once."""
    return tuple(dict.fromkeys(fold(text).split()))


def has_trigram(word: str) -> bool:
    """Whether an index of trigrams narrows the search for the folded word, in both databases."""
    return len(word) >= 3 and _HAS_TRIGRAM.search(word) is not None


def reason(definition: Definition, words: tuple[str, ...]) -> str:
    """Where each of the words was found: `name`, `name, column order_id`, `tag ods`."""
    places = _places(definition)
    found = [[(place, text) for place, text in places if word in text] for word in words]
    # The name before all, and a whole column or tag before a part of one.
    best = [
        min(some, key=lambda found: (found[0] != "name", found[1] != word))
        for word, some in zip(words, found, strict=True)
        if some
    ]
    return ", ".join(dict.fromkeys(place for place, _ in best))


def _places(definition: Definition) -> list[tuple[str, str]]:
    facts = definition.facts
    places = [("name", definition.name.name)]
    places += [(f"column {column.name}", column.name) for column in facts.columns]
    places += [(f"connector {facts.connector}", facts.connector)]
    places += [(f"tag {tag}", tag) for tag in definition.tags]
    places += [("comment", facts.comment)]
    places += [(f"comment of {column.name}", column.comment) for column in facts.columns]
    return [(place, fold(text)) for place, text in places]


def _in_ascii(character: str) -> str:
    if "!" <= character <= "~":
        return character
    return " " if character.isspace() else f"u{ord(character):04x}"
