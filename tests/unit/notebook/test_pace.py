"""Drawing at a bounded pace. Time and timers are the test's own."""

from __future__ import annotations

import threading
from collections.abc import Callable
from itertools import pairwise

from hypothesis import given
from hypothesis import strategies as st

from flinklab.notebook.pace import Pace


class Time:
    """A clock, and timers that ring when it is moved past them."""

    def __init__(self) -> None:
        self.now = 0.0
        self.timers: list[Timer] = []

    def timer(self, wait: float, ring: Callable[[], None]) -> Timer:
        return Timer(self, self.now + wait, ring)

    def move(self, seconds: float) -> None:
        end = self.now + seconds
        while due := [timer for timer in self.timers if timer.at <= end]:
            first = min(due, key=lambda timer: timer.at)
            self.timers.remove(first)
            self.now = max(self.now, first.at)
            first.ring()
        self.now = end


class Timer(threading.Timer):
    def __init__(self, time: Time, at: float, ring: Callable[[], None]) -> None:
        super().__init__(0, ring)
        self.time, self.at, self.ring = time, at, ring

    def start(self) -> None:
        assert self.daemon, "a timer must not keep a kernel from ending"
        self.time.timers.append(self)

    def cancel(self) -> None:
        if self in self.time.timers:
            self.time.timers.remove(self)


def paced(act: Callable[[], None], time: Time, pause: float = 1.0) -> Pace:
    return Pace(act, lambda: pause, clock=lambda: time.now, timer=time.timer)


def test_the_first_poke_acts_at_once_and_early_ones_act_once_later() -> None:
    time, acted = Time(), list[float]()
    pace = paced(lambda: acted.append(time.now), time)
    pace.poke()
    for _ in range(5):
        time.move(0.1)
        pace.poke()
    assert acted == [0.0]
    time.move(10)
    assert acted == [0.0, 1.0]


@given(st.lists(st.floats(0, 3), max_size=30))
def test_pauses_are_kept_and_the_last_state_is_always_drawn(gaps: list[float]) -> None:
    time, drawn, state = Time(), list[tuple[float, int]](), [0]
    pace = paced(lambda: drawn.append((time.now, state[0])), time)
    for number, gap in enumerate(gaps, 1):
        time.move(gap)
        state[0] = number
        pace.poke()
    time.move(5)
    assert all(later[0] - sooner[0] >= 0.999 for sooner, later in pairwise(drawn))
    assert (drawn[-1][1] if drawn else 0) == len(gaps)


def test_slow_drawing_takes_a_tenth_of_the_time() -> None:
    time, acted = Time(), list[float]()

    def draw() -> None:
        acted.append(time.now)
        time.now += 2.0

    pace = paced(draw, time)
    pace.poke()
    pace.poke()
    time.move(19.9)
    assert acted == [0.0]
    time.move(0.2)
    assert acted == [0.0, 22.0]


def test_the_pause_may_change() -> None:
    time, acted, pause = Time(), list[float](), [1.0]
    pace = Pace(lambda: acted.append(time.now), lambda: pause[0], clock=lambda: time.now, timer=time.timer)
    pace.poke()
    pause[0] = 5.0
    time.move(1)
    pace.poke()
    pace.poke()
    time.move(4.9)
    assert acted == [0.0, 1.0]
    time.move(0.2)
    assert acted == [0.0, 1.0, 6.0]


def test_nothing_is_drawn_after_the_end() -> None:
    time, acted = Time(), list[float]()
    pace = paced(lambda: acted.append(time.now), time)
    pace.poke()
    pace.poke()
    pace.close()
    pace.poke()
    time.move(10)
    assert acted == [0.0]


def test_the_end_waits_for_a_drawing_that_goes_on() -> None:
    entered, go_on, closed = threading.Event(), threading.Event(), threading.Event()

    def draw() -> None:
        entered.set()
        go_on.wait(60)

    pace = Pace(draw, lambda: 0.0)
    drawing = threading.Thread(target=pace.poke)
    drawing.start()
    assert entered.wait(60)
    closing = threading.Thread(target=lambda: (pace.close(), closed.set()))
    closing.start()
    assert not closed.is_set()
    go_on.set()
    drawing.join(60)
    closing.join(60)
    assert closed.is_set()
