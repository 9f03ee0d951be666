"""Completions for a place, from what is known."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Sequence

from flinklab.domain.completion import Completion, CompletionType
from flinklab.domain.definitions import TableColumn
from flinklab.sql.completing.known import Known, KnownName
from flinklab.sql.completing.options import options_for, values_for
from flinklab.sql.completing.row_fields import fields_of
from flinklab.sql.completing.scope import Source, columns_of_source
from flinklab.sql.completing.wanted import Place, Want
from flinklab.sql.completing.words_of_sql import FUNCTIONS, RESERVED, SETTINGS, TYPES
from flinklab.sql.identifiers import quote

LIMIT = 300
_PLAIN = re.compile(r"[A-Za-z_][A-Za-z0-9_]*\Z")


def offers(place: Place, known: Known) -> list[Completion]:
    """What can stand there, the best first, at most `LIMIT`. Never what stands there already."""
    maker = _Maker(place, known)
    seen: set[str] = set()
    found = []
    for completion in maker.all():
        if completion.text not in seen:
            seen.add(completion.text)
            found.append(completion)
    return found[:LIMIT]


class _Maker:
    def __init__(self, place: Place, known: Known) -> None:
        self._place = place
        self._known = known
        self._caret = place.caret
        self._written = place.caret.written.casefold()

    def all(self) -> Iterator[Completion]:
        for want, make in self._makers():
            if want in self._place.wants:
                yield from make()
        if not self._caret.quote:
            yield from self._keywords()

    def _makers(self) -> list[tuple[Want, Callable[[], Iterator[Completion]]]]:
        return [
            (Want.KEY, self._keys),
            (Want.VALUE, self._values),
            (Want.SETTING, self._settings),
            (Want.VARIABLE, self._variables),
            (Want.PYTHON, self._python),
            (Want.COLUMN, self._columns),
            (Want.TABLE, self._tables),
            (Want.DATABASE, lambda: self._named(self._known.databases(self._place.path), CompletionType.TABLE)),
            (Want.CATALOG, lambda: self._named(self._known.catalogs(), CompletionType.TABLE)),
            (Want.MODEL, lambda: self._named(self._known.models(self._place.path), CompletionType.FUNCTION)),
            (Want.FUNCTION, self._functions),
            (Want.TYPE, self._types),
        ]

    def _columns(self) -> Iterator[Completion]:
        query, path = self._place.query, self._place.path
        if self._place.columns:
            yield from self._named([KnownName(name) for name in self._place.columns], CompletionType.COLUMN)
        if self._place.into:
            yield from self._of_table(self._known.columns(self._place.into) or ())
        if query is None:
            return
        if path:
            for source in query.visible:
                if source.alias == path[0] or source.path == path or source.path[-1:] == path:
                    columns = columns_of_source(source, query, self._known.columns)
                    yield from self._of_table(fields_of(columns, path[1:]) if source.alias == path[0] else columns)
                    return
            for source in query.visible:  # a field of a ROW without its table
                columns = columns_of_source(source, query, self._known.columns)
                yield from self._of_table(fields_of(columns, path))
            return
        for source in query.sources:
            yield from self._of_table(columns_of_source(source, query, self._known.columns), source)
        yield from self._named(
            [KnownName(source.alias, "alias") for source in query.visible if source.alias], CompletionType.TABLE
        )

    def _of_table(self, columns: Sequence[TableColumn], source: Source | None = None) -> Iterator[Completion]:
        of = f" of {source.alias}" if source is not None and source.alias else ""
        names = [KnownName(each.name, each.type + of if each.type else "", each.comment) for each in columns]
        yield from self._named(names, CompletionType.COLUMN)

    def _tables(self) -> Iterator[Completion]:
        query, path = self._place.query, self._place.path
        if query is not None and not path:
            ctes = [KnownName(name, "WITH") for name in query.ctes]
            yield from self._named(ctes, CompletionType.TABLE)
        yield from self._named(self._known.tables(path, self._caret.written), CompletionType.TABLE)
        if len(path) < 2:
            databases = self._known.databases(path)
            yield from self._named(databases, CompletionType.TABLE)
        if not path:
            yield from self._named(self._known.catalogs(), CompletionType.TABLE)

    def _functions(self) -> Iterator[Completion]:
        yield from self._named(self._known.functions(self._place.path), CompletionType.FUNCTION)
        if self._place.path or self._caret.quote:
            return
        for name, signature in FUNCTIONS.items():
            if self._fits(name):
                yield self._completion(self._cased(name), CompletionType.FUNCTION, signature)

    def _types(self) -> Iterator[Completion]:
        for name in TYPES:
            if self._fits(name) and not self._caret.quote:
                yield self._completion(self._cased(name), CompletionType.TYPE)

    def _keys(self) -> Iterator[Completion]:
        options = self._place.options
        if options is None:
            return
        given = {**self._known.options(options.hinted), **options.given} if options.hinted else options.given
        known = options_for(options.kind, given, self._column_names())
        for option in sorted(known, key=lambda option: not option.key.startswith(self._written)):
            if option.key in options.given or not self._fits(option.key, anywhere=True):
                continue
            if options.hinted and option.required:
                continue
            yield self._completion(
                self._option(option.key, followed=options.followed_by_value),
                CompletionType.OPTION,
                option.detail,
                option.comment,
            )

    def _values(self) -> Iterator[Completion]:
        options = self._place.options
        if options is None:
            return
        given = {**self._known.options(options.hinted), **options.given} if options.hinted else options.given
        for value in values_for(options.kind, options.key, given, self._column_names()):
            if self._fits(value):
                yield self._completion(self._string(value), CompletionType.VALUE)

    def _column_names(self) -> list[str]:
        options = self._place.options
        if options is None:
            return []
        columns = self._known.columns(options.hinted) if options.hinted else None
        return [each.name for each in columns] if columns is not None else list(options.columns)

    def _settings(self) -> Iterator[Completion]:
        for key, comment in SETTINGS.items():
            if self._fits(key, anywhere=True):
                yield self._completion(self._string(key), CompletionType.OPTION, "setting", comment)

    def _variables(self) -> Iterator[Completion]:
        end = "" if self._caret.closed else "}"
        for each in self._known.variables():
            if self._fits(each.name):
                yield self._completion(each.name + end, CompletionType.VARIABLE, each.detail, each.comment)

    def _python(self) -> Iterator[Completion]:
        for each in self._known.python_names():
            if self._fits(each.name):
                yield self._completion(each.name, CompletionType.VARIABLE, each.detail)

    def _keywords(self) -> Iterator[Completion]:
        for keyword in self._place.keywords:
            if self._fits(keyword):
                yield self._completion(self._cased(keyword), CompletionType.KEYWORD)

    def _named(self, names: Sequence[KnownName], type_: CompletionType) -> Iterator[Completion]:
        for each in sorted(names, key=lambda each: not each.name.casefold().startswith(self._written)):
            if each.name and self._fits(each.name, anywhere=type_ is CompletionType.TABLE):
                yield self._completion(self._identifier(each), type_, each.detail, each.comment)

    def _fits(self, name: str, *, anywhere: bool = False) -> bool:
        name = name.casefold()
        return name.startswith(self._written) or (anywhere and len(self._written) > 1 and self._written in name)

    def _cased(self, word: str) -> str:
        """In small letters where a person writes small ones."""
        return word.lower() if self._caret.written.islower() else word

    def _identifier(self, each: KnownName) -> str:
        if self._caret.quote:
            return each.name.replace("`", "``") + ("" if self._caret.closed else "`")
        if each.whole or (_PLAIN.match(each.name) and each.name.upper() not in RESERVED):
            return each.name
        return quote(each.name)

    def _string(self, text: str) -> str:
        text = text.replace("'", "''")
        if self._caret.quote:
            return text + ("" if self._caret.closed else "'")
        return f"'{text}'"

    def _option(self, key: str, *, followed: bool) -> str:
        """Where no value follows, all up to the quote that begins one."""
        if followed or self._caret.closed:
            return self._string(key)
        return f"{self._string(key)} = '"

    def _completion(self, text: str, type_: CompletionType, detail: str = "", comment: str = "") -> Completion:
        return Completion(text, type_, self._caret.begin, self._caret.end, detail, comment)
