"""What one kernel holds: the sessions that its cells run in, and the team's catalog."""

from __future__ import annotations

import atexit
from collections import deque
from collections.abc import Callable, Hashable, Mapping
from types import MappingProxyType
from typing import TYPE_CHECKING, Any, Protocol

from flinklab.domain.errors import ConnectionFailedError, FlinklabError, UsageError
from flinklab.domain.text import one_line, suggest

if TYPE_CHECKING:
    from flinklab.catalog.catalog import Catalog
    from flinklab.notebook.cell_results import CellResults
    from flinklab.notebook.promotion_commands import RanCell
    from flinklab.session.result import Result
    from flinklab.session.session import Session
    from flinklab.sharing.recorder import Where


class Board(Protocol):
    """Something that is kept up to date in an output, in a thread of its own."""

    def start(self) -> None: ...

    def close(self) -> None:
        """Returns when it has ended."""
        ...


Place = tuple[str | None, str | None]
"""A cluster and a saved session, by name; None for the notebook's own."""

HERE: Place = (None, None)


class Workbench:
    """The kernel's sessions, each opened when a cell first needs it.

    A dead kernel loses nothing but this: the gateway ends the sessions, and their queries, by itself. `run_sql`
    runs a text as a cell of its own would, in an environment or the one that holds; `next_cell` puts one below;
    `names` are the person's variables, `assign` makes one, `where` tells which cell runs.
    """

    def __init__(
        self,
        run_sql: Callable[[str, str | None], None] = lambda text, environment: None,
        next_cell: Callable[[str], None] = lambda text: None,
        names: Mapping[str, Any] = MappingProxyType({}),
        where: Callable[[], Where] | None = None,
        assign: Callable[[str, Any], None] = lambda name, value: None,
    ) -> None:
        self.run_sql = run_sql
        self.next_cell = next_cell
        self.assign = assign
        self._names = names
        self._where = where
        self.environment: str | None = None
        self._here: Place = HERE
        self._sessions: dict[Place, Session] = {}
        self._access: dict[str, Any] = {}
        self._catalog: Catalog | None = None
        self._unsaid: deque[str] = deque()
        self._cells: dict[str, RanCell] = {}
        self.last_cell: RanCell | None = None
        self._results: CellResults | None = None
        self._boards: dict[Hashable, Board] = {}
        atexit.register(self.close)

    @property
    def connected(self) -> Session | None:
        """The session, when there is one already."""
        return self._sessions.get(self._here)

    def connected_at(self, *, cluster: str | None = None, saved: str | None = None) -> Session | None:
        """The session there, when it is open already."""
        place = (cluster, saved)
        return self._sessions.get(self._here if place == HERE else place)

    @property
    def here(self) -> Place:
        """What `session()` is: the notebook's own session, or the cluster and the saved session that it uses."""
        return self._here

    def session(self) -> Session:
        """The session; without one yet, on the gateway of the settings or the embedded Flink that runs."""
        return self._sessions.get(self._here) or self._open(self._here)

    def session_at(self, *, cluster: str | None = None, saved: str | None = None) -> Session:
        """A session beside the notebook's own: on a registered cluster, or made from a saved journal, or both.

        It is kept, and the same names give the same session. Raises `NotFoundError`.
        """
        place = (cluster, saved)
        if place == HERE:
            return self.session()
        return self._sessions.get(place) or self._open(place)

    def session_for_job(self, cluster: str | None) -> Session:
        """Of whose tables a job for the cluster is made: the session that is open there, else the notebook's own;
        where no gateway is known for that, one that is opened there."""
        known = self.connected_at(cluster=cluster) or self.connected
        if known is not None or cluster is None:
            return known or self.session()
        try:
            return self.session()
        except ConnectionFailedError:
            from flinklab.api.job_sessions import connect_for_jobs

            opened = self._connected({"name": cluster}, connect_for_jobs)
            return self._sessions.setdefault((cluster, None), opened)

    def use(self, *, cluster: str | None = None, saved: str | None = None) -> Session:
        """Let the cells that follow run there."""
        session = self.session_at(cluster=cluster, saved=saved)
        self._here = (cluster, saved)
        return session

    def connect(self, cluster: str | None = None, **access: Any) -> Session:
        """Use another gateway, or a cluster; the session before is closed.

        Takes the arguments of `flinklab.connect`, for a cluster those of `flinklab.connect_to`. When it fails, the
        session before stays.
        """
        if cluster is not None:
            access["name"] = cluster
        session = self._connected(access)
        self._forget(HERE)
        self._sessions[HERE], self._access, self._here = session, access, HERE
        return session

    def _connected(self, access: Mapping[str, Any], connect_to: Callable[..., Session] | None = None) -> Session:
        from flinklab import api

        heard: dict[str, Any] = {"notice": self._unsaid.append, "where": self._where}
        if "name" not in access:
            return api.connect(**heard, **access)
        # What is found and started is said at once: a gateway may take a minute.
        connect_to = connect_to or api.connect_to
        return connect_to(catalog=self.catalog(), progress=print, **heard, **access)

    def reset(self) -> Session:
        """A new session in the place of the one in use: empty, or as it was saved."""
        if self._here == HERE:
            return self.connect(**self._access)
        self._forget(self._here)
        return self.session()

    def catalog(self) -> Catalog:
        """The team's catalog that the settings name. Raises `CatalogError`."""
        if self._catalog is None:
            from flinklab import api

            self._catalog = api.open_catalog()
        if self.environment is not None:
            self._catalog.environment = self.environment
        return self._catalog

    @property
    def cells(self) -> list[RanCell]:
        """The `%%flinksql` cells that ran, each as it ran last, in the order in which they first did."""
        return list(self._cells.values())

    def where(self) -> Where:
        """The notebook, the cell and the commit that run now."""
        from flinklab.sharing.recorder import Where

        return self._where() if self._where is not None else Where()

    def remember(self, cell: RanCell) -> None:
        """A cell ran to its end."""
        self._cells[cell.id or f"{len(self._cells)}"] = cell
        self.last_cell = cell

    @property
    def results(self) -> CellResults:
        """What the cells left running."""
        from flinklab.notebook.cell_results import CellResults

        if self._results is None:
            self._results = CellResults()
        return self._results

    def keep_board(self, key: Hashable, reader: Board) -> None:
        """Let a reader go on until the kernel ends or another one of the same key comes."""
        before = self._boards.pop(key, None)
        if before is not None:
            before.close()
        self._boards[key] = reader
        reader.start()

    def value_of(self, name: str) -> Any:
        """A variable of the notebook. Raises `UsageError`."""
        if name in self._names:
            return self._names[name]
        close = suggest(name, self._names)
        hint = f"did you mean {close}?" if close else None
        raise UsageError(f"the notebook has no variable {one_line(name, 40)}", hint=hint)

    def result_of(self, name: str) -> Result | None:
        """What a variable of that name holds, if it is a result."""
        from flinklab.session.result import Result

        value = self._names.get(name)
        return value if isinstance(value, Result) else None

    def close(self) -> None:
        """Close the sessions, end the tables of jobs, and let go of the catalog."""
        boards, self._boards = list(self._boards.values()), {}
        for board in boards:
            board.close()
        sessions, self._sessions, self._here = list(self._sessions.values()), {}, HERE
        for session in sessions:
            session.close()
        catalog, self._catalog = self._catalog, None
        if catalog is not None:
            catalog.close()

    def retire(self) -> None:
        """Close all for good."""
        self.close()
        atexit.unregister(self.close)

    def say_unsaid(self) -> None:
        """Print what happened aside since the last time.

        It may have happened in a thread, and what a thread prints lands in whatever cell ran last: so a magic
        says it, when it begins and when it ends.
        """
        while self._unsaid:
            print(f"note: {self._unsaid.popleft()}")

    def _open(self, place: Place) -> Session:
        if place == HERE:
            return self.connect()
        from flinklab.notebook.finding import saved_session

        cluster, saved = place
        kept = saved_session(self.catalog(), saved) if saved is not None else None
        session = self._connected({"name": cluster} if cluster is not None else self._access)
        for text in kept.statements if kept is not None else ():
            try:
                session.sql(text)
            except FlinklabError as error:
                self._unsaid.append(f"session {saved}: could not run `{one_line(text, 60)}`: {error.message}")
        self._sessions[place] = session
        return session

    def _forget(self, place: Place) -> None:
        session = self._sessions.pop(place, None)
        if session is not None:
            session.close()
