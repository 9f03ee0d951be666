"""Texts of Flink without the secrets that stand in them as settings: `password=x`, `sasl.jaas.config: ...`."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import replace

from flinklab.domain.monitoring import JobGraph
from flinklab.domain.variables import MASK
from flinklab.sql.sensitive import SENSITIVE

_WORDS = "|".join(re.escape(word) for word in (*SENSITIVE, "pwd", "credential", "authorization"))
_KEY = re.compile(rf"(?i)(?:{_WORDS})[\w.-]{{0,100}}")
_BEFORE = re.compile(r"[\w.-]{0,100}\Z")
# These have values of several words: all of the line may be of them.
_LONG = re.compile(r"(?i)jaas\.config|basic-auth|http-headers|auth-params|authorization")
_VALUE = re.compile(
    r"['\"`]?\s{0,4}(?:=>|[=:])\s{0,4}"
    r"(?:'(?P<single>(?:[^'\n]|'')*)'|\"(?P<double>(?:[^\"\\\n]|\\.)*)\"|(?P<bare>[^\s,;&)\]}'\"]+))"
)
_IN_URL = re.compile(r"(?P<before>://[^/\s:@]{0,200}:)[^/\s@]{1,200}(?=@)")
_BETWEEN = "\n\x1e\n"
_REST_OF_LINE = re.compile(r"[^\n]*")


def without_settings(text: str) -> str:
    """`******` in the place of each value whose key says that it is secret, and of a URL's password."""
    parts: list[str] = []
    done = 0
    while (key := _KEY.search(text, done)) is not None:
        value = _VALUE.match(text, key.end())
        begin = _BEFORE.search(text, max(done, key.start() - 100), key.start())
        if value is None or (begin is not None and begin[0].lower().startswith("fields.")):
            parts.append(text[done : key.end()])
            done = key.end()
            continue
        group = value.lastgroup or "bare"
        parts += text[done : value.start(group)], MASK
        rest = _REST_OF_LINE.match(text, value.end()) if group == "bare" and _LONG.search(key[0]) else None
        done = rest.end() if rest is not None else value.end(group)
    return _IN_URL.sub(rf"\g<before>{MASK}", "".join(parts) + text[done:])


def hidden_graph(graph: JobGraph, hide: Callable[[str], str]) -> JobGraph:
    """With what its operators say of themselves as `hide` shows it: a plan has the values of variables in it.

    `hide` is asked once for all of them; where it shows nothing, no operator says anything else.
    """
    texts = [operator.text for vertex in graph.vertices for operator in vertex.operators]
    shown = hide(_BETWEEN.join(texts))
    parts = iter(found if len(found := shown.split(_BETWEEN)) == len(texts) else [shown] * len(texts))
    return replace(
        graph,
        vertices=tuple(
            replace(vertex, operators=tuple(replace(each, text=next(parts)) for each in vertex.operators))
            for vertex in graph.vertices
        ),
    )
