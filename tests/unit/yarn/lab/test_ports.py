from __future__ import annotations

import socket

from flinklab.yarn.lab.ports import choose_ports

NAMES = ["a", "b", "c"]


def test_all_are_different_and_free() -> None:
    chosen = choose_ports(NAMES, {})
    assert len(set(chosen.values())) == 3
    for port in chosen.values():
        with socket.socket() as free:
            free.bind(("127.0.0.1", port))


def test_those_of_the_last_time_are_taken_again_where_they_are_free() -> None:
    before = choose_ports(NAMES, {})
    with socket.socket() as stranger:
        stranger.bind(("127.0.0.1", before["b"]))
        stranger.listen()
        again = choose_ports(NAMES, before)
    assert (again["a"], again["c"]) == (before["a"], before["c"])
    assert again["b"] not in before.values()
