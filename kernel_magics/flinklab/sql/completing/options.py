"""Which options can still be written, and which values one of them can have."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace

from flinklab.sql.completing.connectors import CATALOGS, CONNECTORS
from flinklab.sql.completing.formats import FORMATS
from flinklab.sql.completing.option import Option

_FORMAT_KEYS = {"format": "", "key.format": "key.", "value.format": "value."}
_CHOICE = {"TABLE": "connector", "CATALOG": "type", "MODEL": "provider"}


def options_for(kind: str, given: Mapping[str, str], columns: Sequence[str] = ()) -> list[Option]:
    """What is not given yet, the required ones first. `columns` are the table's, for keys that name one.

    Without a connector the only one is the connector itself.
    """
    choice = _CHOICE.get(kind)
    if choice is None:
        return []
    if choice not in given:
        return [Option(choice, "string", "", f"of what kind the {kind.lower()} is", True, chosen(kind))]
    found = {option.key: option for option in _all(kind, given, columns) if option.key not in given}
    if any(key in given for key in ("format", "value.format")):  # one of them is enough
        for key in {"format", "value.format"} & found.keys():
            found[key] = replace(found[key], required=False)
    if "topic-pattern" in given:
        found.pop("topic", None)
    return sorted(found.values(), key=lambda option: not option.required)


def values_for(kind: str, key: str, given: Mapping[str, str], columns: Sequence[str] = ()) -> tuple[str, ...]:
    """The values that `key` can have, the default first; none when anything goes."""
    if key == _CHOICE.get(kind):
        return chosen(kind)
    if key in _FORMAT_KEYS and kind == "TABLE":
        return tuple(FORMATS)
    option = next((option for option in _all(kind, given, columns) if option.key == key), None)
    return option.known_values if option is not None else ()


def chosen(kind: str) -> tuple[str, ...]:
    """The connectors, or types of catalogs, that are known."""
    return tuple({"TABLE": CONNECTORS, "CATALOG": CATALOGS}.get(kind, {}))


def _all(kind: str, given: Mapping[str, str], columns: Sequence[str]) -> Iterator[Option]:
    name = given.get(_CHOICE.get(kind, ""), "")
    for option in {"TABLE": CONNECTORS, "CATALOG": CATALOGS}.get(kind, {}).get(name, ()):
        if "#" in option.key:
            yield from (replace(option, key=option.key.replace("#", column)) for column in columns)
        else:
            yield option
    for key, prefix in _FORMAT_KEYS.items() if kind == "TABLE" else ():
        format_ = given.get(key, "")
        for option in FORMATS.get(format_, ()):
            yield replace(option, key=f"{prefix}{format_}.{option.key}")
