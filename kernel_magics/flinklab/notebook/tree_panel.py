"""What a tree shows about one table: its text, who uses it, what it needs, and some of its rows."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from flinklab.domain.definitions import DefinitionKind, Name, Use
from flinklab.domain.errors import StatementError
from flinklab.notebook.definition_commands import summary
from flinklab.notebook.shown import masked, shown_ddl
from flinklab.notebook.tree_nodes import SHARED, Path
from flinklab.sql.identifiers import quote

if TYPE_CHECKING:
    from flinklab.catalog.catalog import Catalog
    from flinklab.session.query import QueryResult
    from flinklab.session.session import Session

SAMPLE_ROWS = 10
SAMPLE_SECONDS = 20.0
_PATIENCE = 30.0


@dataclass(frozen=True, slots=True)
class Panel:
    """`name` is how a query calls it, `query` one that reads it (empty where nothing can be read)."""

    title: str
    name: str
    ddl: str
    query: str = ""
    facts: Sequence[tuple[str, str]] = ()
    used_by: Sequence[tuple[str, str, str]] = ()
    needs: Sequence[tuple[str, str, str]] = field(default=())


class Describer:
    """Safe to use from several threads. Every method may raise a `FlinklabError`."""

    def __init__(self, catalog: Callable[[], Catalog], session: Callable[[], Session]) -> None:
        self._catalog = catalog
        self._session = session

    def panel(self, path: Path) -> Panel:
        if path[0] == SHARED:
            return self._shared(Name(path[1], path[3]))
        return self._of_the_session((path[1], path[2], path[4]), is_function=path[3] == "functions")

    def sample(self, path: Path) -> QueryResult:
        """Some rows, as a result that is over; it takes `SAMPLE_SECONDS` at the most, and waits for no cell."""
        name = (path[1], path[3]) if path[0] == SHARED else (path[1], path[2], path[4])
        result = self._session().sample(
            f"SELECT * FROM {quote(name)} LIMIT {SAMPLE_ROWS}", rows=SAMPLE_ROWS + 1, timeout=SAMPLE_SECONDS
        )
        result.wait(SAMPLE_SECONDS + _PATIENCE)
        return result

    def _shared(self, name: Name) -> Panel:
        catalog = self._catalog()
        it = catalog.definitions.get(name)
        reads = it.kind in (DefinitionKind.TABLE, DefinitionKind.VIEW)
        said = [(key, text) for key, text in summary(it) if key != "options"]
        return Panel(
            str(name),
            quote(name),
            shown_ddl(it),
            _query(quote(name), [column.name for column in it.facts.columns]) if reads else "",
            said,
            [(use.user_kind, use.user, use.how.value) for use in catalog.usage.users_of(name)],
            [_needed(use) for use in catalog.usage.used_by("definition", str(name))],
        )

    def _of_the_session(self, path: tuple[str, str, str], *, is_function: bool) -> Panel:
        title, quoted = ".".join(path), quote(path)
        if is_function:
            return Panel(title, quote(path), "")
        session = self._session()
        columns = [str(row[0]) for row in session.look(f"DESCRIBE {quoted}", timeout=_PATIENCE)]
        ddl = ""
        for kind in ("TABLE", "VIEW"):
            try:
                ddl = str(session.look(f"SHOW CREATE {kind} {quoted}", timeout=_PATIENCE)[0][0])
                break
            except StatementError as error:
                ddl = f"-- {error.message}"
        return Panel(title, quote(path), masked(ddl), _query(quote(path), columns))


def plain_data(panel: Panel) -> dict[str, Any]:
    return {
        "title": panel.title,
        "name": panel.name,
        "ddl": panel.ddl,
        "query": panel.query,
        "facts": [list(each) for each in panel.facts],
        "usedBy": [list(each) for each in panel.used_by],
        "needs": [list(each) for each in panel.needs],
    }


def _needed(use: Use) -> tuple[str, str, str]:
    return use.target_kind, f"{use.team}.{use.target}", use.how.value


def _query(name: str, columns: Sequence[str]) -> str:
    listed = ", ".join(quote(column) for column in columns) or "*"
    return f"%%flinksql\nSELECT {listed}\nFROM {name}"
