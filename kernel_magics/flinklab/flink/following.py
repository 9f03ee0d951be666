"""A transport to the JobManager of an application, wherever that is now.

A JobManager that moves leaves an address behind that may become another one's: a session of somebody else that
answers there does not know a single job of ours, as if all of them were gone. So who answers is asked for the
application that it is in: at the beginning, after every failure, from time to time, and whenever its configuration
is read by others, as it is whenever a job is missed.
"""

from __future__ import annotations

import re
import threading
import time
from collections.abc import Callable, Mapping
from contextlib import suppress
from dataclasses import dataclass
from typing import NoReturn

import msgspec

from flinklab.domain.errors import ClusterEndedError, ConnectionFailedError, FlinklabError, UnreachableError
from flinklab.domain.records import ClusterAddress
from flinklab.domain.typed import decode
from flinklab.flink.transport import Reply, Transport

PROVEN_FOR = 60.0
"""Seconds for which a JobManager that said where it is is believed, if nothing speaks against it."""

_CONFIG = "/jobmanager/config"
_APPLICATION = re.compile(r"application_\d+_\d+")
# Flink on YARN puts its application's id into both, unless somebody configured them (`YarnClusterDescriptor`,
# `YarnEntrypointUtils`).
_TELLING = ("high-availability.cluster-id", "io.tmp.dirs")
_UNAVAILABLE = (502, 503, 504)  # of a proxy, or of a JobManager that is not the leader


class _Setting(msgspec.Struct):
    key: str
    value: str


def applications_in(config: Mapping[str, str]) -> tuple[str, ...]:
    """The ids of YARN applications of which a JobManager's configuration speaks; empty outside of YARN.

    The HA cluster id is the application's own unless a person gave one, as may be to take over another's jobs.
    """
    return tuple(dict.fromkeys(each for key in _TELLING for each in _APPLICATION.findall(config.get(key, ""))))


@dataclass(slots=True, eq=False)
class _Place:
    """An address, its connection, and until when who answers there is proven (by the clock)."""

    address: ClusterAddress
    transport: Transport
    proven_until: float = float("-inf")


class Following:
    """Fulfils `Transport`. Begins at `address`, whose `application` has to answer there (empty: whoever does).

    `connect` makes the transport to a URL. `again` is asked after a failure, with the URL that failed, where the
    JobManager is: there goes the next request; the failed one is raised and never sent again. It may raise a
    `ClusterEndedError`, which is then raised in the place of the failure; what else it raises is told beside it.
    Any failure counts: a process that hangs, or that is no JobManager, is as gone as one that refuses connections.
    """

    def __init__(
        self,
        address: ClusterAddress,
        connect: Callable[[str], Transport],
        again: Callable[[str], ClusterAddress],
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._connect = connect
        self._again = again
        self._clock = clock
        self._looking = threading.Lock()
        self._place = _Place(address, connect(address.url))
        self._is_closed = False

    @property
    def url(self) -> str:
        """Where it is as far as is known."""
        return self._place.transport.url

    def request(self, method: str, path: str, body: bytes | None = None) -> Reply:
        place = self._proven()
        reply = self._sent(place, lambda: place.transport.request(method, path, body))
        if path == _CONFIG and reply.status == 200:
            self._check(place, reply)
        return reply

    def tail(self, path: str, most: int) -> Reply:
        place = self._proven()
        return self._sent(place, lambda: place.transport.tail(path, most))

    def prove(self) -> str:
        """The URL, after who answers there has just said that it is the application. Raises as `request` does."""
        place = self._place
        self._ask(place)
        return place.transport.url

    def close(self) -> None:
        with self._looking:
            self._is_closed = True
            self._place.transport.close()

    def _proven(self) -> _Place:
        place = self._place
        if place.address.application and self._clock() >= place.proven_until:
            self._ask(place)
        return place

    def _ask(self, place: _Place) -> None:
        reply = self._sent(place, lambda: place.transport.request("GET", _CONFIG))
        self._check(place, reply)

    def _check(self, place: _Place, reply: Reply) -> None:
        wanted, asked = place.address.application, self._clock()
        if not wanted:
            return
        told = _applications(reply)
        if wanted in told:
            place.proven_until = asked + PROVEN_FOR
            return
        who = f"{told[0]} answers" if told else "somebody answers who does not say that it is"
        message = f"at {place.transport.url} {who}, not {wanted}"
        self._failed(place, UnreachableError(message, url=place.transport.url + _CONFIG))

    def _sent(self, place: _Place, send: Callable[[], Reply]) -> Reply:
        try:
            reply = send()
        except ConnectionFailedError as error:
            self._failed(place, error)
        if reply.status >= 500:
            place.proven_until = float("-inf")
        if reply.status in _UNAVAILABLE:
            with suppress(UnreachableError):
                self._look_again(place)
        return reply

    def _failed(self, place: _Place, error: ConnectionFailedError) -> NoReturn:
        try:
            self._look_again(place)
        except ClusterEndedError:
            raise
        except FlinklabError as second:
            raise UnreachableError(
                f"{error.message}, and {second.message}", url=error.url, hint=second.hint, details=error.details
            ) from error
        raise error

    def _look_again(self, place: _Place) -> None:
        """One thread asks; those that failed at the same address meanwhile go on with what it found."""
        place.proven_until = float("-inf")
        with self._looking:
            if self._place is not place or self._is_closed:
                return
            found = self._again(place.address.url)
            if (found.url, found.application) == (place.address.url, place.address.application):
                return
            self._place = _Place(found, self._connect(found.url))
            place.transport.close()


def _applications(reply: Reply) -> tuple[str, ...]:
    try:
        settings = decode(reply.body, list[_Setting]) if reply.status == 200 else []
    except msgspec.DecodeError:
        return ()
    return applications_in({setting.key: setting.value for setting in settings})
