"""Which application a session is: by table, and what never happens whatever YARN lists."""

from __future__ import annotations

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from flinklab.domain.errors import ClusterEndedError, NoApplicationError
from flinklab.domain.yarn import Application, ApplicationState, FinalStatus
from flinklab.yarn.meant import ending, meant

S, F = ApplicationState, FinalStatus


def app(
    number: int, state: S = S.RUNNING, name: str = "etl", final: F | None = None, start: int = 1
) -> Application:
    usual = {S.FINISHED: F.SUCCEEDED, S.FAILED: F.FAILED, S.KILLED: F.KILLED}.get(state, F.UNDEFINED)
    return Application(f"application_{start}_{number:04}", name, state, final or usual)


def one(number: int, start: int = 1) -> str:
    return app(number, start=start).id


FOUND = [
    ("the only one", [app(1)], {}, 1),
    ("others have other names", [app(1, name="other"), app(2)], {}, 2),
    ("those that are over do not count", [app(1, S.KILLED), app(2)], {}, 2),
    ("one that runs before one that waits", [app(1), app(2, S.ACCEPTED)], {}, 1),
    ("one that waits", [app(1, S.KILLED), app(2, S.ACCEPTED)], {}, 2),
    ("the known one, whoever else has its name", [app(1), app(2)], {"known": one(1)}, 1),
    ("the known one is about to end", [app(1, S.FINISHED, final=F.UNDEFINED), app(2)], {"known": one(1)}, 1),
    ("the known one is over, another took its place", [app(1, S.FAILED), app(2)], {"known": one(1)}, 2),
    ("the pinned one, whatever its name", [app(1, name="x"), app(2)], {"pinned": one(1)}, 1),
    ("the pinned one, whatever was known", [app(1), app(2)], {"pinned": one(2), "known": one(1)}, 2),
    ("what is no Flink application is not meant", [replace(app(1), type="SPARK"), app(2)], {}, 2),
]


@pytest.mark.parametrize(("listed", "given_", "number"), [c[1:] for c in FOUND], ids=[c[0] for c in FOUND])
def test_one_is_meant(listed: list[Application], given_: dict[str, str], number: int) -> None:
    assert meant(listed, "etl", **given_).id == one(number)
    assert meant(listed[::-1], "etl", **given_).id == one(number)


ENDED = [
    ("nothing took its place", [app(1, S.KILLED)], {"known": one(1)}),
    ("an older one does not", [app(1), app(2, S.KILLED)], {"known": one(2)}),
    ("one of a ResourceManager before does not", [app(9), app(1, S.FAILED, start=2)], {"known": one(1, 2)}),
    ("one that only waits does not yet", [app(1, S.KILLED), app(2, S.ACCEPTED)], {"known": one(1)}),
    ("one of another name does not", [app(1, S.KILLED), app(2, name="other")], {"known": one(1)}),
    ("one that is no Flink's does not", [app(1, S.KILLED), replace(app(2), type="SPARK")], {"known": one(1)}),
    ("the pinned one has no replacement", [app(1, S.KILLED), app(2)], {"pinned": one(1)}),
]


@pytest.mark.parametrize(("listed", "given_"), [c[1:] for c in ENDED], ids=[c[0] for c in ENDED])
def test_an_end_is_proven(listed: list[Application], given_: dict[str, str]) -> None:
    with pytest.raises(ClusterEndedError) as caught:
        meant(listed, "etl", **given_)
    assert caught.value.application == next(iter(given_.values()))
    assert f"session etl ended: {caught.value.application} is " in caught.value.message


NOTHING = [
    ("none has the name", [app(1, name="other")], {}, "no Flink application is called etl"),
    ("all have ended", [app(1, S.KILLED)], {}, "the last one ended: application_1_0001 is KILLED/KILLED"),
    ("several run", [app(2), app(1)], {}, "application_1_0001, application_1_0002"),
    ("several took its place", [app(1, S.KILLED), app(2), app(3)], {"known": one(1)}, "2 applications"),
    ("the known one is forgotten", [], {"known": one(1)}, "nothing says that it ended"),
    ("forgotten, with a namesake", [app(2)], {"known": one(1)}, "application_1_0002 is called etl now"),
    ("the pinned one is not known", [app(2)], {"pinned": one(1)}, "does not know application_1_0001"),
    ("the pinned one is no Flink's", [replace(app(1), type="TEZ")], {"pinned": one(1)}, "no Flink application"),
]


@pytest.mark.parametrize(("listed", "given_", "words"), [c[1:] for c in NOTHING], ids=[c[0] for c in NOTHING])
def test_nothing_is_proven(listed: list[Application], given_: dict[str, str], words: str) -> None:
    with pytest.raises(NoApplicationError) as caught:
        meant(listed, "etl", **given_)
    assert words in str(caught.value) and "\n" not in str(caught.value)


def test_an_end_is_told_in_a_line() -> None:
    over = replace(app(1, S.FAILED), diagnostics="AM Container exited\n  with  exitCode: -103\n" + "x" * 500)
    assert ending(over).startswith("application_1_0001 is FAILED/FAILED: AM Container exited with exitCode: -103")
    assert len(ending(over)) < 220 and "\n" not in ending(over)


LISTS = st.lists(
    st.builds(
        app,
        st.integers(1, 6),
        st.sampled_from(S),
        st.sampled_from(["etl", "other"]),
        st.sampled_from([None, F.UNDEFINED]),
    ),
    unique_by=lambda each: each.id,
    max_size=6,
)
IDS = st.sampled_from(["", *(one(number) for number in range(1, 7))])


@given(LISTS, IDS, IDS)
def test_whatever_is_listed(listed: list[Application], pinned: str, known: str) -> None:
    by_id = {each.id: each for each in listed}
    wanted = pinned or known
    try:
        found = meant(listed, "etl", pinned=pinned, known=known)
    except ClusterEndedError as error:
        assert error.application == wanted and by_id[wanted].is_over
    except NoApplicationError:
        assert pinned or known not in by_id or not known or by_id[known].is_over
    else:
        assert not found.is_over and found.is_flink
        assert pinned in ("", found.id)
        if not pinned and known and found.id != known:
            assert by_id[known].is_over and found.id > known and found.name == "etl"
